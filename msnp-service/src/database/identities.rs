//! Who is who, remembered: an identity never changes.

use std::collections::HashMap;

use msnp_server::identity::{EmailAddress, HomeId, PersonId, SkypeId, Who};
use rusqlite::Connection;

use super::error::Error;

/// So many are remembered, about 200 bytes each; beyond that all are forgotten and read again.
const REMEMBERED: usize = 65_536;

/// The identities that were read so far.
#[derive(Debug, Default)]
pub(super) struct Identities(HashMap<PersonId, Who>);

impl Identities {
    /// The identity of somebody who has an account.
    pub(super) fn who(&mut self, all: &Connection, person: PersonId) -> Result<Who, Error> {
        if let Some(who) = self.0.get(&person) {
            return Ok(who.clone());
        }
        let damaged = Error::Damaged { what: "person" };
        let id = i64::try_from(person.get()).map_err(|_| damaged)?;
        let mut statement =
            all.prepare_cached("SELECT skype_id, email FROM account WHERE id = ?1")?;
        let mut rows = statement.query([id])?;
        let row = rows.next()?.ok_or(Error::Damaged { what: "person" })?;
        let who = identity(person, row.get_ref(0)?.as_str(), row.get_ref(1)?.as_str())?;
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(person, who.clone());
        Ok(who)
    }
}

/// Somebody of this machine, with the columns `skype_id` and `email`.
pub(super) fn identity<E>(
    person: PersonId,
    skype_id: Result<&str, E>,
    email: Result<&str, E>,
) -> Result<Who, Error> {
    let skype_id = skype_id.ok().and_then(|name| SkypeId::parse(name).ok());
    let email = email.ok().and_then(|email| EmailAddress::parse(email).ok());
    match (skype_id, email) {
        (Some(skype_id), Some(email)) => Ok(Who::new(person, HomeId::default(), skype_id, email)),
        _ => Err(Error::Damaged {
            what: "person's addresses",
        }),
    }
}
