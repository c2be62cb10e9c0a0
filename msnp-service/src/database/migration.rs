//! From version 2 to 3, where it takes more than SQL: what the text of MSNP24 said becomes values.

use std::collections::BTreeMap;

use bytes::Bytes;
use machine_contract::UnixTime;
use msnp_proto::Address;
use msnp_proto::payload::message::ConsumptionHorizon;
use msnp_proto::payload::thread::{Role as WireRole, RoleChange, ThreadActivity};
use msnp_server::identity::{PersonId, Who};
use msnp_server::network::{Activity, Attributes, Deed, Role, Said};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params};

use super::encoding;
use super::error::OpenError;
use super::identities::identity;

/// Shares of messages that were carried over. `s` is the old share, `c` whom its conversation is with.
const SHARES: &str = "
INSERT INTO share (owner, number, conversation, message, waiting, sent)
    SELECT o.id, s.message,
        CASE WHEN substr(s.conversation, 1, 3) = '19:'
            THEN unhex(substr(s.conversation, 4, 32)) ELSE c.id END AS whom,
        s.message, s.pending, m.author = o.id AND m.client_id IS NOT NULL
    FROM old_share AS s
    JOIN account AS o ON o.skype_id = s.owner
    JOIN message AS m ON m.id = s.message
    LEFT JOIN account AS c ON c.skype_id = substr(s.conversation, 3)
    WHERE whom IS NOT NULL;
";

const END: &str = "
DROP TABLE old_conversation;
DROP TABLE old_share;
DROP TABLE old_message;
DROP TABLE old_member;
DROP TABLE old_thread;
DROP TABLE old_contact;
DROP TABLE old_account;
";

/// Whom a name of MSNP24 meant. Version 2 had no way to take an account away, so everybody is known;
/// what a hand has left of somebody is dropped.
type People = BTreeMap<String, Who>;

/// Carries everything over; to be called within a transaction.
pub(super) fn to_version_3(all: &Connection) -> Result<(), OpenError> {
    all.execute_batch(include_str!("schema/3.sql"))?;
    let people = people(all)?;
    carry_messages(all, &people)?;
    all.execute_batch(SHARES)?;
    carry_horizons(all)?;
    all.execute_batch(END)?;
    Ok(())
}

fn people(all: &Connection) -> Result<People, OpenError> {
    let mut statement = all.prepare("SELECT id, skype_id, email FROM account")?;
    let mut rows = statement.query([])?;
    let mut people = People::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let id = PersonId::new(id.unsigned_abs());
        let read = identity(id, row.get_ref(1)?.as_str(), row.get_ref(2)?.as_str());
        let who = read.map_err(|_| OpenError::Damaged { what: "account" })?;
        people.insert(who.skype_id().as_str().to_owned(), who);
    }
    Ok(people)
}

/// A message's id becomes its name at the first home, and its number in every keeping.
fn carry_messages(all: &Connection, people: &People) -> Result<(), OpenError> {
    let sql = "SELECT id, arrival, author, epid, kind, client_id, headers, body FROM old_message";
    let mut read = all.prepare(sql)?;
    let mut write = all.prepare(
        "INSERT INTO message
        (id, home, number, arrival, author, endpoint, client_id, digest, kind, attributes, body)
        VALUES (?1, 0, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let author: String = row.get(2)?;
        let Some(author) = author_of(&author, people) else {
            // Nobody is left who could be told whose it is.
            continue;
        };
        let (id, arrival): (i64, i64) = (row.get(0)?, row.get(1)?);
        let endpoint: Option<Vec<u8>> = row.get(3)?;
        let said = said(row)?;
        let activity = matches!(author, Value::Blob(_))
            .then(|| activity(&said.body, people))
            .flatten();
        match activity {
            Some(activity) => write.execute(params![
                id,
                arrival,
                author,
                endpoint,
                None::<&str>,
                None::<i64>,
                None::<&str>,
                &[][..] as &[u8],
                encoding::activity(&activity)
            ])?,
            None => write.execute(params![
                id,
                arrival,
                author,
                endpoint,
                said.client_id,
                said.client_id.as_ref().map(|_| said.digest().cast_signed()),
                said.kind,
                encoding::attributes(&said.attributes),
                &said.body[..]
            ])?,
        };
    }
    Ok(())
}

/// `8:name` or `19:…@thread.skype`.
fn author_of(muri: &str, people: &People) -> Option<Value> {
    if let Some(name) = muri.strip_prefix("8:") {
        let who = people.get(name)?;
        return i64::try_from(who.person().get()).ok().map(Value::Integer);
    }
    let hex = muri.strip_prefix("19:")?.strip_suffix("@thread.skype")?;
    let id = u128::from_str_radix(hex, 16).ok()?;
    Some(Value::Blob(id.to_be_bytes().into()))
}

/// The headers were kept as `Name: value` lines ending in CRLF.
fn said(row: &Row<'_>) -> Result<Said, rusqlite::Error> {
    let (headers, body): (Vec<u8>, Vec<u8>) = (row.get(6)?, row.get(7)?);
    let mut attributes = Attributes::new();
    let headers = String::from_utf8_lossy(&headers);
    for (name, value) in headers
        .split("\r\n")
        .filter_map(|line| line.split_once(": "))
    {
        attributes.push(name, value);
    }
    Ok(Said {
        kind: row.get(4)?,
        client_id: row.get(5)?,
        attributes,
        body: Bytes::from(body),
    })
}

/// What the XML of an activity says, if it says all of it in words that are known and of people who are.
fn activity(xml: &[u8], people: &People) -> Option<Activity> {
    let who = |address: &Address| {
        let name = address.as_str().strip_prefix("8:")?;
        people.get(name).cloned()
    };
    let all = |addresses: &[Address]| addresses.iter().map(who).collect::<Option<Vec<_>>>();
    let (at, by, deed) = match ThreadActivity::parse(xml).ok()? {
        ThreadActivity::AddMember {
            event_time,
            initiator,
            targets,
        } => (event_time, initiator, Deed::Added(all(&targets)?)),
        ThreadActivity::DeleteMember {
            event_time,
            initiator,
            targets,
        } => (event_time, initiator, Deed::Removed(all(&targets)?)),
        ThreadActivity::TopicUpdate {
            event_time,
            initiator,
            topic,
        } => (event_time, initiator, Deed::Topic(topic.into())),
        ThreadActivity::RoleUpdate {
            event_time,
            initiator,
            targets,
        } => {
            let change = |change: &RoleChange| Some((who(&change.id)?, role(&change.role)?));
            let changes = targets.iter().map(change).collect::<Option<_>>()?;
            (event_time, initiator, Deed::Roles(changes))
        }
        ThreadActivity::Other(_) => return None,
    };
    Some(Activity {
        at: UnixTime::from_millis(at),
        by: who(&by)?,
        deed,
    })
}

fn role(word: &WireRole) -> Option<Role> {
    match word.as_str() {
        "admin" => Some(Role::Admin),
        "user" => Some(Role::User),
        _ => None,
    }
}

/// `<message time>;<read time>;<client id>` (msnp24.md 12). The client id is the message's own.
fn carry_horizons(all: &Connection) -> Result<(), OpenError> {
    let mut read = all.prepare(
        "SELECT o.id, old.horizon, CASE WHEN substr(old.id, 1, 3) = '19:'
            THEN unhex(substr(old.id, 4, 32)) ELSE c.id END AS whom
        FROM old_conversation AS old
        JOIN account AS o ON o.skype_id = old.owner
        LEFT JOIN account AS c ON c.skype_id = substr(old.id, 3)
        WHERE old.horizon <> '' AND whom IS NOT NULL",
    )?;
    let mut write = all.prepare(
        "INSERT INTO horizon (owner, conversation, number, read_at) SELECT ?1, ?2, ?3, ?4
        WHERE EXISTS (SELECT 1 FROM share WHERE owner = ?1 AND conversation = ?2)",
    )?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let (owner, horizon, whom): (i64, String, Value) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Ok(horizon) = horizon.parse::<ConsumptionHorizon>() else {
            continue;
        };
        let times = [horizon.message_time, horizon.read_time].map(i64::try_from);
        if let [Ok(number), Ok(at)] = times {
            write.execute(params![owner, whom, number, at])?;
        }
    }
    Ok(())
}
