//! What is kept of the correspondence with one other home.

use std::collections::BTreeMap;

use crate::identity::HomeId;
use crate::network::{Correspondence, Parcel};

/// What was said to one home, and how far that home was heard.
#[derive(Debug, Default)]
pub(super) struct Letters {
    /// By number, and whether the bus has it.
    outgoing: BTreeMap<u64, (Parcel, bool)>,
    /// The last number that something had.
    sent: u64,
    received: u64,
}

impl Letters {
    /// Something is said. What has no number is not to be kept.
    pub(super) fn put(&mut self, parcel: &Parcel) {
        if let Some(number) = parcel.number() {
            self.sent = self.sent.max(number);
            self.outgoing.insert(number, (parcel.clone(), false));
        }
    }

    /// The bus has all up to that number.
    pub(super) fn take(&mut self, number: u64) {
        self.outgoing.retain(|of, (parcel, taken)| {
            *taken |= *of <= number;
            !*taken || parcel.is_a_question()
        });
    }

    /// What was asked under that number is answered.
    pub(super) fn settle(&mut self, number: u64) {
        self.outgoing.remove(&number);
    }

    /// All up to that number is done that the home has said.
    pub(super) fn receive(&mut self, number: u64) {
        self.received = self.received.max(number);
    }

    /// The highest number of a message that is on its way to be kept.
    pub(super) fn last_name(&self) -> Option<u64> {
        let names = self
            .outgoing
            .values()
            .filter_map(|(parcel, _)| parcel.name());
        names.map(|name| name.number).max()
    }

    /// Adds what is kept to what is kept of other homes.
    pub(super) fn tell(&self, home: HomeId, all: &mut Correspondence) {
        all.outgoing.extend(self.outgoing.values().cloned());
        all.sent.push((home, self.sent));
        all.received.push((home, self.received));
    }
}
