//! Each change of a batch as statements; to be called within a transaction.
//!
//! What a message costs: one statement, and one for each who keeps it.

use std::collections::BTreeMap;

use machine_contract::UnixTime;
use msnp_server::identity::PersonId;
use msnp_server::network::{
    Author, Change, ContactRecord, Content, GroupId, Lists, Message, Privacy, Role, Thread,
};
use rusqlite::types::Value;
use rusqlite::{Connection, Params, params};

use super::encoding;
use super::error::Error;
use super::rows::{author, bound, conversation, exact, limit, person};

/// Makes one change.
pub(super) fn apply(all: &Connection, change: &Change) -> Result<(), Error> {
    match change {
        Change::Name(who, name) => execute(
            all,
            "UPDATE account SET name = ?2 WHERE id = ?1",
            params![person(*who), name],
        ),
        Change::Contact(owner, contact) => set_contact(all, *owner, contact),
        Change::Told(owner, contact, version) => set_told(all, *owner, *contact, *version),
        Change::Group(owner, group) => execute(
            all,
            "INSERT INTO contact_group (owner, id, name) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET name = excluded.name",
            params![person(*owner), group.id.as_bytes(), group.name],
        ),
        Change::GroupRemoved(owner, id) => remove_group(all, *owner, *id),
        Change::Privacy(owner, privacy) => execute(
            all,
            "UPDATE account SET privacy = ?2 WHERE id = ?1",
            params![person(*owner), *privacy == Privacy::BlockOthers],
        ),
        Change::Property(owner, name, value) if value.is_empty() => execute(
            all,
            "DELETE FROM property WHERE owner = ?1 AND name = ?2",
            params![person(*owner), name],
        ),
        Change::Property(owner, name, value) => execute(
            all,
            "INSERT INTO property (owner, name, value) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET value = excluded.value",
            params![person(*owner), name, value],
        ),
        Change::Listed { holder, by, fact } => execute(
            all,
            "INSERT INTO listed (holder, stater, lists, version, answered) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET lists = excluded.lists, version = excluded.version,
            answered = excluded.answered",
            params![
                person(*holder),
                person(by.person()),
                fact.lists,
                exact(fact.version, "version")?,
                fact.answered
            ],
        ),
        Change::Message(message) => put_message(all, message),
        // The message's row says its id, and whether it is the owner's own. A message that is not there
        // is kept by nobody.
        Change::Share {
            owner,
            number,
            conversation: id,
            message,
            waiting,
        } => execute(
            all,
            "INSERT INTO share (owner, number, conversation, message, waiting, sent)
            SELECT ?1, ?2, ?3, id, ?4, author = ?1 AND client_id IS NOT NULL
            FROM message WHERE home = ?5 AND number = ?6",
            params![
                person(*owner),
                exact(number.0, "message's number")?,
                conversation(id),
                waiting,
                message.home.0,
                bound(message.number)
            ],
        ),
        Change::Received(owner, number) => execute(
            all,
            "UPDATE share SET waiting = 0 WHERE owner = ?1 AND number = ?2 AND waiting = 1",
            [person(*owner), bound(number.0)],
        ),
        Change::Read(owner, id, number, at) => execute(
            all,
            "INSERT INTO horizon (owner, conversation, number, read_at) SELECT ?1, ?2, ?3, ?4
            WHERE EXISTS (SELECT 1 FROM share WHERE owner = ?1 AND conversation = ?2)
            ON CONFLICT DO UPDATE SET number = excluded.number, read_at = excluded.read_at",
            params![
                person(*owner),
                conversation(id),
                bound(number.0),
                bound(at.as_millis())
            ],
        ),
        Change::Thread(thread) => put_thread(all, thread),
        Change::Outgoing(_) | Change::Taken(..) | Change::Settled(..) | Change::Incoming(..) => {
            Err(Error::NoOtherHomes)
        }
        Change::Forget(before) => forget(all, *before),
    }
}

fn execute(all: &Connection, sql: &str, params: impl Params) -> Result<(), Error> {
    all.prepare_cached(sql)?.execute(params)?;
    Ok(())
}

fn set_contact(all: &Connection, owner: PersonId, contact: &ContactRecord) -> Result<(), Error> {
    let who = person(contact.who.person());
    if contact.is_empty() {
        let sql = "DELETE FROM contact WHERE owner = ?1 AND contact = ?2";
        return execute(all, sql, [person(owner), who]);
    }
    execute(
        all,
        "INSERT INTO contact (owner, contact, lists, own_name, group_ids, version, told)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT DO UPDATE SET lists = excluded.lists, own_name = excluded.own_name,
        group_ids = excluded.group_ids, version = excluded.version, told = excluded.told",
        params![
            person(owner),
            who,
            contact.lists.bits(),
            contact.own_name,
            encoding::groups(&contact.groups),
            exact(contact.version, "version")?,
            contact.told
        ],
    )
}

fn set_told(
    all: &Connection,
    owner: PersonId,
    contact: PersonId,
    version: u64,
) -> Result<(), Error> {
    execute(
        all,
        "UPDATE contact SET told = 1 WHERE owner = ?1 AND contact = ?2 AND version = ?3",
        [person(owner), person(contact), bound(version)],
    )?;
    let sql = "DELETE FROM contact WHERE owner = ?1 AND contact = ?2
        AND lists = 0 AND own_name = '' AND group_ids = x'' AND told = 1";
    execute(all, sql, [person(owner), person(contact)])
}

/// A contact is forgotten if its last group was all that there was to remember.
fn remove_group(all: &Connection, owner: PersonId, id: GroupId) -> Result<(), Error> {
    let owner = person(owner);
    execute(
        all,
        "DELETE FROM contact_group WHERE owner = ?1 AND id = ?2",
        params![owner, id.as_bytes()],
    )?;
    let mut inside = Vec::new();
    {
        let sql = "SELECT contact, lists, own_name = '', group_ids, told FROM contact
            WHERE owner = ?1 AND group_ids <> x''";
        let mut statement = all.prepare_cached(sql)?;
        let mut rows = statement.query([owner])?;
        while let Some(row) = rows.next()? {
            let form = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
            let mut groups = encoding::read_groups(form)?;
            let before = groups.len();
            groups.retain(|group| *group != id);
            if groups.len() < before {
                let contact: i64 = row.get(0)?;
                let (lists, unnamed, told): (u8, bool, bool) =
                    (row.get(1)?, row.get(2)?, row.get(4)?);
                let lists = Lists::from_bits(lists);
                let empty = lists == Lists::NONE && unnamed && groups.is_empty() && told;
                inside.push((contact, groups, empty));
            }
        }
    }
    for (contact, groups, empty) in inside {
        if empty {
            let sql = "DELETE FROM contact WHERE owner = ?1 AND contact = ?2";
            execute(all, sql, [owner, contact])?;
        } else {
            let sql = "UPDATE contact SET group_ids = ?3 WHERE owner = ?1 AND contact = ?2";
            execute(all, sql, params![owner, contact, encoding::groups(&groups)])?;
        }
    }
    Ok(())
}

fn put_message(all: &Connection, message: &Message) -> Result<(), Error> {
    let endpoint = match &message.author {
        Author::Person(_, endpoint) => Some(endpoint.as_bytes()),
        Author::Thread(_) => None,
    };
    let activity;
    let (kind, client_id, digest, attributes, body) = match &message.content {
        Content::Said(said) => (
            Some(&said.kind),
            said.client_id.as_deref(),
            // All 64 bits count; SQLite's integers are signed.
            said.client_id.as_ref().map(|_| said.digest().cast_signed()),
            encoding::attributes(&said.attributes),
            &said.body[..],
        ),
        Content::Activity(happened) => {
            activity = encoding::activity(happened);
            (None, None, None, Vec::new(), &activity[..])
        }
    };
    execute(
        all,
        "INSERT INTO message
        (home, number, arrival, author, endpoint, client_id, digest, kind, attributes, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
        params![
            message.name.home.0,
            exact(message.name.number, "message's name")?,
            bound(message.arrival.as_millis()),
            author(&message.author),
            endpoint,
            client_id,
            digest,
            kind,
            attributes,
            body
        ],
    )
}

fn put_thread(all: &Connection, thread: &Thread) -> Result<(), Error> {
    let id = &thread.id.0;
    execute(
        all,
        "INSERT INTO thread (id, version, topic, creator) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET version = excluded.version, topic = excluded.topic,
        creator = excluded.creator",
        params![
            id,
            exact(thread.version, "version")?,
            thread.topic,
            person(thread.creator.person())
        ],
    )?;
    execute(all, "DELETE FROM member WHERE thread = ?1", [id])?;
    for (position, member) in thread.members.iter().enumerate() {
        execute(
            all,
            "INSERT INTO member (thread, position, person, is_admin, left_at)
            VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                id,
                limit(position),
                person(member.who.person()),
                member.role == Role::Admin,
                member.left.map(|left| bound(left.as_millis()))
            ],
        )?;
    }
    Ok(())
}

/// Forgets what came before that time. The shares that go say which conversations have to be looked at,
/// so nobody else's are; and the numbers that go are remembered, for none is ever given again.
fn forget(all: &Connection, before: UnixTime) -> Result<(), Error> {
    let before = bound(before.as_millis());
    let mut touched: BTreeMap<(i64, Key), i64> = BTreeMap::new();
    {
        let sql = "DELETE FROM share WHERE message IN (SELECT id FROM message WHERE arrival < ?1)
            RETURNING owner, conversation, number";
        let mut statement = all.prepare_cached(sql)?;
        let mut rows = statement.query([before])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(2)?;
            let highest = touched.entry((row.get(0)?, Key::of(row.get(1)?)?));
            let highest = highest.or_insert(number);
            *highest = number.max(*highest);
        }
    }
    execute(all, "DELETE FROM message WHERE arrival < ?1", [before])?;
    for ((owner, conversation), highest) in touched {
        execute(
            all,
            "UPDATE account SET last = ?2 WHERE id = ?1 AND last < ?2",
            [owner, highest],
        )?;
        execute(
            all,
            "DELETE FROM horizon WHERE owner = ?1 AND conversation = ?2
            AND NOT EXISTS (SELECT 1 FROM share WHERE owner = ?1 AND conversation = ?2)",
            params![owner, Value::from(conversation)],
        )?;
    }
    Ok(())
}

/// A conversation as it is stored; SQLite's own values have no order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Person(i64),
    Thread(Vec<u8>),
}

impl Key {
    fn of(stored: Value) -> Result<Self, Error> {
        match stored {
            Value::Integer(person) => Ok(Self::Person(person)),
            Value::Blob(id) => Ok(Self::Thread(id)),
            _ => Err(Error::Damaged {
                what: "conversation",
            }),
        }
    }
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Person(person) => Self::Integer(person),
            Key::Thread(id) => Self::Blob(id),
        }
    }
}
