//! `Fresh`: contacts who were added elsewhere a moment ago, by the address book as a rule.

use std::collections::BTreeMap;
use std::time::Duration;

use machine_contract::Instant;

use crate::identity::{PersonId, Who};
use crate::network::Presence;

/// For how long they are not shown, if the client does not name them before. libpurple mixes up its calls to the address book when a
/// contact is shown before it has read that the contact is there; then it never learns the contact's id.
const MOMENT: Duration = Duration::from_secs(1);

/// Who they are, and how they would have been shown.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    until: Option<Instant>,
    contacts: BTreeMap<PersonId, Option<Held>>,
}

/// Somebody as they were seen last.
pub(super) type Held = (Who, Option<Presence>);

impl Fresh {
    /// Somebody was added.
    pub(super) fn add(&mut self, person: PersonId, now: Instant) {
        self.contacts.insert(person, None);
        // Of the first of them: whoever goes on adding would never see anybody.
        self.until.get_or_insert(now + MOMENT);
    }

    /// Keeps how somebody is seen, if they are fresh; whether they are.
    pub(super) fn hold(&mut self, who: &Who, shown: Option<&Presence>) -> bool {
        let fresh = self.contacts.get_mut(&who.person());
        let held = fresh.map(|held| *held = Some((who.clone(), shown.cloned())));
        held.is_some()
    }

    /// Nobody is fresh any more; those who are to be shown.
    pub(super) fn release(&mut self) -> Vec<Held> {
        self.until = None;
        let contacts = std::mem::take(&mut self.contacts);
        contacts.into_values().flatten().collect()
    }

    /// When they are to be released.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.until
    }
}
