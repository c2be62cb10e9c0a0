//! `Askers`: who has asked the shell something.

use std::collections::BTreeMap;

use super::effect::Effect;
use crate::network::{Read, ReadId};

/// The part of the server that has asked.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// What clients of MSNP talk to.
    Backend,
    /// The IM web service.
    ImSoap,
}

/// Numbers questions of several parts anew, each of which counts its own.
#[derive(Debug, Default)]
pub(super) struct Askers {
    last: u64,
    open: BTreeMap<u64, (Asker, u64)>,
}

impl Askers {
    /// The number under which the shell is asked.
    pub(super) fn ask(&mut self, asker: Asker, number: u64) -> u64 {
        self.last += 1;
        self.open.insert(self.last, (asker, number));
        self.last
    }

    /// Has the store asked for something.
    pub(super) fn read(&mut self, asker: Asker, number: u64, read: Read) -> Effect {
        Effect::Read(ReadId(self.ask(asker, number)), read)
    }

    /// Who has asked that, and by what number; `None` if it is answered already.
    pub(super) fn answer(&mut self, number: u64) -> Option<(Asker, u64)> {
        self.open.remove(&number)
    }
}
