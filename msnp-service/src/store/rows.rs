//! Rows of the SQLite store to values, and values to rows.

use bytes::Bytes;
use msnp_proto::{Guid, Secret};
use rusqlite::{Connection, Row, params};

use super::sqlite::SqliteError;
use crate::accounts::{SignInAddress, SkypeId};
use crate::notification::{
    Account, Author, ConversationId, Held, Lists, Member, Message, MessageId, Role, Share, Thread,
};

/// Puts contacts on lists; to be called within a savepoint.
pub(super) fn write_lists(
    all: &Connection,
    owner: &SkypeId,
    contacts: &[(SkypeId, Lists)],
) -> Result<(), SqliteError> {
    let mut put = all.prepare_cached(
        "INSERT INTO contact (owner, contact, lists) VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET lists = excluded.lists",
    )?;
    let mut forget = all.prepare_cached("DELETE FROM contact WHERE owner = ?1 AND contact = ?2")?;
    for (contact, lists) in contacts {
        let (owner, contact) = (owner.as_str(), contact.as_str());
        if *lists == Lists::NONE {
            forget.execute([owner, contact])?;
        } else {
            put.execute(params![owner, contact, lists.0])?;
        }
    }
    Ok(())
}

/// Writes a thread and its members; to be called within a savepoint.
pub(super) fn write_thread(all: &Connection, thread: &Thread) -> Result<(), SqliteError> {
    all.prepare_cached(
        "INSERT INTO thread (id, version, topic, creator) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT DO UPDATE SET version = excluded.version, topic = excluded.topic",
    )?
    .execute(params![
        thread.id.as_str(),
        number(thread.version),
        thread.topic,
        thread.creator.as_str()
    ])?;
    all.prepare_cached("DELETE FROM member WHERE thread = ?1")?
        .execute([thread.id.as_str()])?;
    {
        let mut add = all.prepare_cached(
            "INSERT INTO member (thread, position, who, is_admin, left_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (position, member) in thread.members.iter().enumerate() {
            add.execute(params![
                thread.id.as_str(),
                count(position),
                member.who.as_str(),
                member.role == Role::Admin,
                member.left.map(number)
            ])?;
        }
    }
    Ok(())
}

/// Writes a message and its shares; to be called within a savepoint.
pub(super) fn write_message(
    all: &Connection,
    message: &Message,
    shares: &[Share],
) -> Result<(), SqliteError> {
    let id = number(message.id.0);
    let (author, epid) = match &message.author {
        Author::Person(who, epid) => (who.to_muri(), Some(epid.as_bytes())),
        Author::Thread(thread) => (thread.as_str().to_owned(), None),
    };
    all.prepare_cached(
        "INSERT INTO message (id, arrival, author, epid, kind, client_id, headers, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        id,
        number(message.arrival),
        author,
        epid,
        message.kind,
        message.client_id,
        &message.headers[..],
        &message.body[..]
    ])?;
    {
        let mut share = all.prepare_cached(
            "INSERT INTO share (owner, message, conversation, pending) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let mut touch = all.prepare_cached(
            "INSERT INTO conversation (owner, id, last, horizon) VALUES (?1, ?2, ?3, '')
            ON CONFLICT DO UPDATE SET last = excluded.last",
        )?;
        for one in shares {
            let (owner, conversation) = (one.owner.as_str(), one.conversation.to_muri());
            share.execute(params![owner, id, conversation, one.pending])?;
            touch.execute(params![owner, conversation, id])?;
        }
    }
    Ok(())
}

/// The columns `who, is_admin, left_at`.
pub(super) fn read_member(row: &Row<'_>) -> Result<Member, SqliteError> {
    let left: Option<i64> = row.get(2)?;
    Ok(Member {
        who: read_name(row, 0)?,
        role: if row.get(1)? { Role::Admin } else { Role::User },
        left: left.map(|_| read_number(row, 2)).transpose()?,
    })
}

pub(super) fn read_account(row: &Row<'_>) -> Result<Account, SqliteError> {
    let address: String = row.get(1)?;
    Ok(Account {
        skype_id: read_name(row, 0)?,
        address: SignInAddress::parse(&address).map_err(|_| SqliteError::Damaged {
            what: "sign-in address",
        })?,
        display_name: row.get(2)?,
        password_hash: Secret::new(row.get(3)?),
    })
}

/// The columns `id, arrival, author, epid, kind, client_id, headers, body`, in this order.
pub(super) fn read_message(row: &Row<'_>) -> Result<Message, SqliteError> {
    let damaged = SqliteError::Damaged {
        what: "message's author",
    };
    let author = match read_conversation(row, 2)? {
        ConversationId::Person(who) => {
            let epid: Option<[u8; 16]> = row.get(3)?;
            Author::Person(who, Guid::from_bytes(epid.ok_or(damaged)?))
        }
        ConversationId::Thread(id) => Author::Thread(id),
    };
    Ok(Message {
        id: MessageId(read_number(row, 0)?),
        arrival: read_number(row, 1)?,
        author,
        kind: row.get(4)?,
        client_id: row.get(5)?,
        headers: Bytes::from(row.get::<_, Vec<u8>>(6)?),
        body: Bytes::from(row.get::<_, Vec<u8>>(7)?),
    })
}

/// The columns of [`read_message`], then `conversation, pending`.
pub(super) fn read_held(row: &Row<'_>) -> Result<Held, SqliteError> {
    Ok(Held {
        conversation: read_conversation(row, 8)?,
        message: read_message(row)?,
        pending: row.get(9)?,
    })
}

pub(super) fn read_conversation(
    row: &Row<'_>,
    column: usize,
) -> Result<ConversationId, SqliteError> {
    let muri: String = row.get(column)?;
    ConversationId::parse(&muri).ok_or(SqliteError::Damaged {
        what: "conversation's address",
    })
}

pub(super) fn read_name(row: &Row<'_>, column: usize) -> Result<SkypeId, SqliteError> {
    let name: String = row.get(column)?;
    SkypeId::parse(&name).map_err(|_| SqliteError::Damaged {
        what: "user's name",
    })
}

pub(super) fn read_number(row: &Row<'_>, column: usize) -> Result<u64, SqliteError> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| SqliteError::Damaged { what: "number" })
}

/// SQLite's integers are signed; times and ids do not get that far.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(super) fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
