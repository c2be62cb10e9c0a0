//! One person whole: all that a rule about them can need.

use std::sync::Arc;

use machine_contract::UnixTime;
use msnp_proto::Guid;
use msnp_server::identity::{PersonId, Who};
use msnp_server::network::{
    ContactRecord, Group, Listed, Lists, Number, PersonRecord, Privacy, SENT, SentRecord,
};
use rusqlite::params;

use super::encoding::read_groups;
use super::error::Error;
use super::rows::{Rows, limit, person, person_id, unsigned};

/// The person of that number; `None` if there is none.
pub(super) fn read(rows: &mut Rows<'_>, who: PersonId) -> Result<Option<PersonRecord>, Error> {
    let id = person(who);
    // The last number is that of the newest message, or of one that was forgotten since.
    let sql = "SELECT name, privacy,
        max(last, coalesce((SELECT max(number) FROM share WHERE owner = ?1), 0))
        FROM account WHERE id = ?1";
    let found = rows.first(sql, [id], |_, row| {
        let blocks: Option<bool> = row.get(1)?;
        let privacy = blocks.map(|blocks| {
            if blocks {
                Privacy::BlockOthers
            } else {
                Privacy::AllowOthers
            }
        });
        let name: Arc<str> = row.get(0)?;
        Ok((name, privacy, Number(unsigned(row, 2)?)))
    })?;
    let Some((name, privacy, last)) = found else {
        return Ok(None);
    };
    Ok(Some(PersonRecord {
        who: rows.who(who)?,
        name,
        contacts: contacts(rows, id)?,
        groups: groups(rows, id)?,
        privacy,
        properties: rows.all(
            "SELECT name, value FROM property WHERE owner = ?1 ORDER BY name",
            [id],
            |_, row| Ok((row.get(0)?, row.get(1)?)),
        )?,
        listed: listed(rows, id)?,
        last,
        waiting: rows.all(
            "SELECT number FROM share WHERE owner = ?1 AND waiting = 1 ORDER BY number",
            [id],
            |_, row| Ok(Number(unsigned(row, 0)?)),
        )?,
        sent: sent(rows, id)?,
    }))
}

fn contacts(rows: &mut Rows<'_>, owner: i64) -> Result<Vec<ContactRecord>, Error> {
    let sql = "SELECT contact, name, lists, own_name, group_ids, version, told
        FROM contact JOIN account ON id = contact WHERE owner = ?1 ORDER BY contact";
    rows.all(sql, [owner], |rows, row| {
        let groups = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
        Ok(ContactRecord {
            who: rows.who(person_id(row, 0)?)?,
            name: row.get(1)?,
            lists: Lists::from_bits(row.get(2)?),
            own_name: row.get(3)?,
            groups: read_groups(groups)?,
            version: unsigned(row, 5)?,
            told: row.get(6)?,
        })
    })
}

fn groups(rows: &mut Rows<'_>, owner: i64) -> Result<Vec<Group>, Error> {
    let sql = "SELECT id, name FROM contact_group WHERE owner = ?1 ORDER BY position";
    rows.all(sql, [owner], |_, row| {
        Ok(Group {
            id: Guid::from_bytes(row.get(0)?),
            name: row.get(1)?,
        })
    })
}

fn listed(rows: &mut Rows<'_>, holder: i64) -> Result<Vec<(Who, Arc<str>, Listed)>, Error> {
    let sql = "SELECT stater, name, lists, version, answered
        FROM listed JOIN account ON id = stater WHERE holder = ?1 ORDER BY stater";
    rows.all(sql, [holder], |rows, row| {
        let fact = Listed {
            lists: row.get(2)?,
            version: unsigned(row, 3)?,
            answered: row.get(4)?,
        };
        Ok((rows.who(person_id(row, 0)?)?, row.get(1)?, fact))
    })
}

fn sent(rows: &mut Rows<'_>, owner: i64) -> Result<Vec<SentRecord>, Error> {
    let sql = "SELECT client_id, s.conversation, digest, arrival, endpoint
        FROM share AS s JOIN message AS m ON m.id = s.message
        WHERE owner = ?1 AND sent = 1 ORDER BY s.number DESC LIMIT ?2";
    let mut sent = rows.all(sql, params![owner, limit(SENT)], |rows, row| {
        let digest: i64 = row.get(2)?;
        Ok(SentRecord {
            endpoint: Guid::from_bytes(row.get(4)?),
            client_id: row.get(0)?,
            conversation: rows.conversation(row, 1)?,
            digest: digest.cast_unsigned(),
            arrival: UnixTime::from_millis(unsigned(row, 3)?),
        })
    })?;
    sent.reverse();
    Ok(sent)
}
