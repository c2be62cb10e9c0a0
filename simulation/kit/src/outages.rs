//! `Outages`: who cannot be reached.

use std::collections::BTreeSet;

use machine_contract::Instant;

use crate::faults::Cut;
use crate::host::Peer;

/// Who is cut off until when, and who sleeps.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    cuts: Vec<(Option<Peer>, Instant, Cut)>,
    asleep: BTreeSet<Peer>,
}

impl Outages {
    /// Nothing gets through to a machine, or to any.
    pub(crate) fn cut(&mut self, peer: Option<Peer>, until: Instant, how: Cut, now: Instant) {
        self.cuts.retain(|(_, until, _)| *until > now);
        self.cuts.push((peer, until, how));
    }

    /// How a machine is cut off just now, if it is.
    pub(crate) fn cut_of(&self, peer: Peer, now: Instant) -> Option<Cut> {
        let mut cuts = self.cuts.iter();
        let cut = cuts.find(|(of, until, _)| *until > now && of.is_none_or(|of| of == peer));
        cut.map(|(_, _, how)| *how)
    }

    pub(crate) fn sleep(&mut self, peer: Peer) {
        self.asleep.insert(peer);
    }

    pub(crate) fn wake(&mut self, peer: Peer) {
        self.asleep.remove(&peer);
    }

    pub(crate) fn is_asleep(&self, peer: Peer) -> bool {
        self.asleep.contains(&peer)
    }
}
