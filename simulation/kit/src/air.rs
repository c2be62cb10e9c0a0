//! `Air`: what is on its way, and when it arrives.

use std::collections::BTreeMap;

use machine_contract::Instant;

/// Packets, by when they arrive; of those that arrive at the same moment the first sent is the first.
#[derive(Debug)]
pub(crate) struct Air<P> {
    packets: BTreeMap<Landing, P>,
    count: u64,
}

/// When a packet arrives, and which of those that do then.
pub(crate) type Landing = (Instant, u64);

impl<P> Air<P> {
    pub(crate) const fn new() -> Self {
        Self {
            packets: BTreeMap::new(),
            count: 0,
        }
    }

    pub(crate) fn put(&mut self, at: Instant, packet: P) -> Landing {
        self.count += 1;
        let landing = (at, self.count);
        self.packets.insert(landing, packet);
        landing
    }

    /// It will not arrive.
    pub(crate) fn take_back(&mut self, landing: Landing) {
        self.packets.remove(&landing);
    }

    /// When the next arrives.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.packets.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next that has arrived.
    pub(crate) fn land(&mut self, now: Instant) -> Option<P> {
        let first = self.packets.first_entry();
        Some(first.filter(|it| it.key().0 <= now)?.remove())
    }
}
