//! Values to columns, and messages back from rows.

use std::sync::Arc;

use bytes::Bytes;
use machine_contract::UnixTime;
use msnp_proto::Guid;
use msnp_server::identity::{HomeId, PersonId, Who};
use msnp_server::network::{
    Author, Content, ConversationId, Kept, Message, MessageName, Number, Said, ThreadId,
};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Row};

use super::encoding::{read_activity, read_attributes};
use super::error::Error;
use super::identities::Identities;

/// The columns that [`Rows::kept`] reads, of `share AS s JOIN message AS m`.
pub(super) const KEPT: &str = "s.number, s.conversation, s.waiting, m.home, m.number, m.arrival,
    m.author, m.endpoint, m.client_id, m.kind, m.attributes, m.body";

/// A number to compare with. SQLite's integers are signed; what is above them is above all that are
/// stored.
pub(super) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// How many rows at most.
pub(super) fn limit(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number that must be stored as it is.
pub(super) fn exact(value: u64, what: &'static str) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::TooHigh { what })
}

/// A person, to look up.
pub(super) fn person(who: PersonId) -> i64 {
    bound(who.get())
}

/// A conversation: a person's number, or a thread's 16 bytes.
pub(super) fn conversation(id: &ConversationId) -> ToSqlOutput<'_> {
    match id {
        ConversationId::Person(who) => ToSqlOutput::Owned(Value::Integer(person(who.person()))),
        ConversationId::Thread(id) => ToSqlOutput::Borrowed(ValueRef::Blob(&id.0)),
    }
}

/// An author: the same.
pub(super) fn author(author: &Author) -> ToSqlOutput<'_> {
    match author {
        Author::Person(who, _) => ToSqlOutput::Owned(Value::Integer(person(who.person()))),
        Author::Thread(id) => ToSqlOutput::Borrowed(ValueRef::Blob(&id.0)),
    }
}

/// A number that was never negative.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64, Error> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Error::Damaged { what: "number" })
}

/// A person's number.
pub(super) fn person_id(row: &Row<'_>, column: usize) -> Result<PersonId, Error> {
    Ok(PersonId::new(unsigned(row, column)?))
}

/// Reads rows that name people.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    connection: &'a Connection,
    identities: &'a mut Identities,
}

impl<'a> Rows<'a> {
    /// Reads over this connection, and remembers who is who.
    pub(super) const fn new(connection: &'a Connection, identities: &'a mut Identities) -> Self {
        Self {
            connection,
            identities,
        }
    }

    /// Who somebody is.
    pub(super) fn who(&mut self, person: PersonId) -> Result<Who, Error> {
        self.identities.who(self.connection, person)
    }

    /// What a statement finds, each row read by `read`.
    pub(super) fn all<T>(
        &mut self,
        sql: &str,
        params: impl rusqlite::Params,
        mut read: impl FnMut(&mut Self, &Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(self, row)?);
        }
        Ok(all)
    }

    /// The first row that a statement finds.
    pub(super) fn first<T>(
        &mut self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&mut Self, &Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        match rows.next()? {
            Some(row) => read(self, row).map(Some),
            None => Ok(None),
        }
    }

    /// The columns of [`KEPT`].
    pub(super) fn kept(&mut self, row: &Row<'_>) -> Result<Kept, Error> {
        Ok(Kept {
            number: Number(unsigned(row, 0)?),
            conversation: self.conversation(row, 1)?,
            waiting: row.get(2)?,
            message: Arc::new(self.message(row)?),
        })
    }

    /// A conversation's or a sender's column.
    pub(super) fn conversation(
        &mut self,
        row: &Row<'_>,
        column: usize,
    ) -> Result<ConversationId, Error> {
        let damaged = Error::Damaged {
            what: "conversation",
        };
        match row.get_ref(column)? {
            ValueRef::Integer(_) => {
                let who = self.who(person_id(row, column)?)?;
                Ok(ConversationId::Person(who))
            }
            ValueRef::Blob(id) => {
                let id = id.try_into().map_err(|_| damaged)?;
                Ok(ConversationId::Thread(ThreadId(id)))
            }
            _ => Err(damaged),
        }
    }

    fn message(&mut self, row: &Row<'_>) -> Result<Message, Error> {
        let home = unsigned(row, 3)?;
        let home = u32::try_from(home).map_err(|_| Error::Damaged { what: "home" })?;
        let author = match self.conversation(row, 6)? {
            ConversationId::Person(who) => Author::Person(who, Guid::from_bytes(row.get(7)?)),
            ConversationId::Thread(id) => Author::Thread(id),
        };
        let kind: Option<Arc<str>> = row.get(9)?;
        let body: Vec<u8> = row.get(11)?;
        let content = match kind {
            Some(kind) => Content::Said(Said {
                kind,
                client_id: row.get(8)?,
                attributes: read_attributes(
                    row.get_ref(10)?.as_blob().map_err(rusqlite::Error::from)?,
                )?,
                body: Bytes::from(body),
            }),
            None => Content::Activity(read_activity(&body, |who| self.who(who))?),
        };
        Ok(Message {
            name: MessageName {
                home: HomeId(home),
                number: unsigned(row, 4)?,
            },
            arrival: UnixTime::from_millis(unsigned(row, 5)?),
            author,
            content,
        })
    }
}
