//! `Reader`: who answers questions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use machine_contract::UnixTime;
use msnp_server::identity::{Address, HomeId, PersonId, Who};
use msnp_server::network::{
    Conversation, ConversationId, Found, Horizon, Kept, Member, Number, Read, Role, Thread,
    ThreadId,
};
use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::accounts::Accounts;
use super::error::{Error, OpenError};
use super::identities::Identities;
use super::person;
use super::rows::{KEPT, Rows, bound, conversation, limit, person as id_of, person_id, unsigned};
use super::{file, schema};

/// The connection that reads. It sees what was committed before it was asked, and waits for no writer.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    identities: Identities,
}

impl Reader {
    /// Opens a file that a [`Writer`](super::Writer) has opened before. `patience` is how long to wait
    /// where a reader has to, while another process recovers the log.
    ///
    /// # Errors
    /// [`OpenError`] if there is no file, or none of this version.
    pub fn open(path: impl AsRef<Path>, patience: Duration) -> Result<Self, OpenError> {
        let connection = file::open(path.as_ref(), patience)?;
        schema::read_only(&connection)?;
        Ok(Self {
            connection,
            identities: Identities::default(),
        })
    }

    /// Answers a question, all of it from one moment.
    ///
    /// # Errors
    /// [`Error`] if the database cannot be read.
    pub fn read(&mut self, question: &Read) -> Result<Found, Error> {
        // Dropped, it rolls back: there is nothing to keep.
        let moment = self.connection.transaction()?;
        answer(&mut Rows::new(&moment, &mut self.identities), question)
    }

    /// The highest number of a message that was named at `home`; 0 if there is none.
    ///
    /// # Errors
    /// [`Error`] if the database cannot be read.
    pub fn last_name(&self, home: HomeId) -> Result<u64, Error> {
        let sql = "SELECT coalesce(max(number), 0) FROM message WHERE home = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([home.0])?;
        match rows.next()? {
            Some(row) => unsigned(row, 0),
            None => Ok(0),
        }
    }

    /// The accounts.
    pub const fn accounts(&self) -> Accounts<'_> {
        Accounts::new(&self.connection)
    }
}

fn answer(rows: &mut Rows<'_>, question: &Read) -> Result<Found, Error> {
    Ok(match question {
        Read::Addresses(addresses) => {
            let found = addresses.iter().map(|address| at(rows, address));
            Found::Addresses(found.collect::<Result<_, _>>()?)
        }
        Read::Person(who) => Found::Person(person::read(rows, *who)?.map(Box::new)),
        Read::Thread(id) => Found::Thread(thread(rows, *id)?.map(Arc::new)),
        Read::Backlog {
            owner,
            after,
            until,
            waiting,
            limit: most,
        } => {
            // With the condition in its text, SQLite can use the index of those that wait.
            let only = if *waiting { "AND waiting = 1" } else { "" };
            let sql = format!(
                "SELECT {KEPT} FROM share AS s JOIN message AS m ON m.id = s.message
                WHERE owner = ?1 AND s.number > ?2 AND s.number <= ?3 {only}
                ORDER BY s.number LIMIT ?4"
            );
            let range = [id_of(*owner), bound(after.0), bound(until.0), limit(*most)];
            Found::Messages(rows.all(&sql, range, Rows::kept)?)
        }
        Read::Messages {
            owner,
            conversation: id,
            from,
            before,
            limit: most,
        } => {
            let sql = format!(
                "SELECT {KEPT} FROM share AS s JOIN message AS m ON m.id = s.message
                WHERE owner = ?1 AND conversation = ?2 AND s.number >= ?3 AND s.number < ?4
                ORDER BY s.number DESC LIMIT ?5"
            );
            let range = params![
                id_of(*owner),
                conversation(id),
                bound(from.0),
                bound(before.0),
                limit(*most)
            ];
            Found::Messages(rows.all(&sql, range, Rows::kept)?)
        }
        Read::Conversations {
            owner,
            since,
            limit,
        } => Found::Conversations(conversations(rows, *owner, *since, *limit)?),
    })
}

fn at(rows: &mut Rows<'_>, address: &Address) -> Result<Option<(Who, Arc<str>)>, Error> {
    let (sql, text) = match address {
        Address::Skype(name) => (
            "SELECT id, name FROM account WHERE skype_id = ?1 AND password_hash <> '!'",
            name.as_str(),
        ),
        Address::Email(email) => (
            "SELECT id, name FROM account WHERE email = ?1 AND password_hash <> '!'",
            email.as_str(),
        ),
    };
    rows.first(sql, [text], |rows, row| {
        Ok((rows.who(person_id(row, 0)?)?, row.get(1)?))
    })
}

fn thread(rows: &mut Rows<'_>, id: ThreadId) -> Result<Option<Thread>, Error> {
    let sql = "SELECT version, topic, creator FROM thread WHERE id = ?1";
    let found = rows.first(sql, [&id.0], |rows, row| {
        Ok(Thread {
            id,
            version: unsigned(row, 0)?,
            topic: row.get(1)?,
            creator: rows.who(person_id(row, 2)?)?,
            members: Vec::new(),
        })
    })?;
    let Some(mut thread) = found else {
        return Ok(None);
    };
    let sql = "SELECT person, is_admin, left_at FROM member WHERE thread = ?1 ORDER BY position";
    thread.members = rows.all(sql, [&id.0], |rows, row| {
        let left: Option<i64> = row.get(2)?;
        let left = left.map(|_| unsigned(row, 2)).transpose()?;
        Ok(Member {
            who: rows.who(person_id(row, 0)?)?,
            role: if row.get(1)? { Role::Admin } else { Role::User },
            left: left.map(UnixTime::from_millis),
        })
    })?;
    Ok(Some(thread))
}

/// No table says which conversations there are, so that a message need not write to it. The index by
/// conversation does: one search finds the first, one more each next, one its newest message.
fn conversations(
    rows: &mut Rows<'_>,
    owner: PersonId,
    since: Number,
    most: usize,
) -> Result<Vec<Conversation>, Error> {
    let sql = "WITH RECURSIVE known (id) AS (
            SELECT min(conversation) FROM share WHERE owner = ?1
            UNION ALL
            SELECT (SELECT min(conversation) FROM share WHERE owner = ?1 AND conversation > known.id)
            FROM known WHERE known.id IS NOT NULL
        ), newest (id, last) AS (
            SELECT id, (SELECT max(number) FROM share WHERE owner = ?1 AND conversation = known.id)
            FROM known WHERE id IS NOT NULL
        )
        SELECT id, last FROM newest WHERE last >= ?2 ORDER BY last DESC LIMIT ?3";
    let range = [id_of(owner), bound(since.0), limit(most)];
    let newest: Vec<(Value, i64)> =
        rows.all(sql, range, |_, row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut all = Vec::with_capacity(newest.len());
    for (id, last) in newest {
        let sql = format!(
            "SELECT {KEPT} FROM share AS s JOIN message AS m ON m.id = s.message
            WHERE owner = ?1 AND s.number = ?2"
        );
        let kept = rows.first(&sql, [id_of(owner), last], Rows::kept)?;
        let last = kept.ok_or(Error::Damaged { what: "share" })?;
        all.push(Conversation {
            horizon: horizon(rows, owner, &id)?,
            left: left(rows, owner, &last)?,
            last,
        });
    }
    Ok(all)
}

/// The horizon is told by the last message at or below it: numbers that were never in the
/// conversation, and those forgotten since, say nothing to a client. Without one it stays as it is.
fn horizon(rows: &mut Rows<'_>, owner: PersonId, id: &Value) -> Result<Option<Horizon>, Error> {
    let owner = id_of(owner);
    let sql = "SELECT number, read_at FROM horizon WHERE owner = ?1 AND conversation = ?2";
    let found = rows.first(sql, params![owner, id], |_, row| {
        Ok((unsigned(row, 0)?, unsigned(row, 1)?))
    })?;
    let Some((number, at)) = found else {
        return Ok(None);
    };
    let sql = "SELECT s.number, client_id FROM share AS s JOIN message AS m ON m.id = s.message
        WHERE owner = ?1 AND conversation = ?2 AND s.number <= ?3 ORDER BY s.number DESC LIMIT 1";
    let message = rows.first(sql, params![owner, id, bound(number)], |_, row| {
        Ok((unsigned(row, 0)?, row.get(1)?))
    })?;
    let (number, client_id) = message.unwrap_or((number, None));
    Ok(Some(Horizon {
        number: Number(number),
        client_id,
        at: UnixTime::from_millis(at),
    }))
}

/// Whether `owner` is out of the thread that a message belongs to. Of who has been out so long that the
/// thread does not remember it, the last message is the best that is known.
fn left(rows: &mut Rows<'_>, owner: PersonId, last: &Kept) -> Result<Option<UnixTime>, Error> {
    let ConversationId::Thread(id) = last.conversation else {
        return Ok(None);
    };
    let sql = "SELECT left_at FROM member WHERE thread = ?1 AND person = ?2 ORDER BY position";
    let member = rows.first(sql, params![id.0, id_of(owner)], |_, row| {
        let left: Option<i64> = row.get(0)?;
        left.map(|_| unsigned(row, 0)).transpose()
    })?;
    Ok(match member {
        Some(left) => left.map(UnixTime::from_millis),
        None => Some(UnixTime::from_millis(last.number.0)),
    })
}
