//! `Packets`: what became of every packet of a capture, and of every byte in those that were followed.

/// Why a packet was passed over.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum OtherPacket {
    /// TCP of other ports.
    OtherPort,
    /// UDP, ICMP and the like.
    NotTcp,
    /// ARP and the like.
    NotIp,
    /// Part of a packet that was cut on its way: what it held is missing from its connection, which says so.
    Fragment,
    /// Its headers are cut off or wrong.
    Malformed,
    /// It came over a kind of link that is not read.
    OtherLink,
}

const KINDS: [(OtherPacket, &str); 6] = [
    (OtherPacket::OtherPort, "packets of other ports"),
    (OtherPacket::NotTcp, "packets that are not TCP"),
    (OtherPacket::NotIp, "packets that are not IP"),
    (OtherPacket::Fragment, "fragments of IP packets"),
    (OtherPacket::Malformed, "packets without whole headers"),
    (OtherPacket::OtherLink, "packets of other kinds of links"),
];

/// The counts.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Packets {
    seen: u64,
    followed: u64,
    passed_over: [u64; KINDS.len()],
    /// Bytes in the packets that were followed: those that went on, and those that came again.
    payload: u64,
    given: u64,
    repeated: u64,
}

impl Packets {
    /// A packet was read.
    pub(super) const fn see(&mut self) {
        self.seen += 1;
    }

    /// It is of a connection that is followed, and holds so many bytes.
    pub(super) const fn follow(&mut self, payload: u64) {
        self.followed += 1;
        self.payload += payload;
    }

    /// It is passed over.
    pub(super) const fn pass_over(&mut self, why: OtherPacket) {
        self.passed_over[why as usize] += 1;
    }

    /// Bytes went on to their stream.
    pub(super) const fn give(&mut self, bytes: u64) {
        self.given += bytes;
    }

    /// Bytes had come before.
    pub(super) const fn repeat(&mut self, bytes: u64) {
        self.repeated += bytes;
    }

    /// Whether every packet and every byte is accounted for.
    pub(crate) fn is_balanced(&self) -> bool {
        self.seen == self.followed + self.passed_over.iter().sum::<u64>()
            && self.payload == self.given + self.repeated
    }

    /// The counts that are not 0, with what they count.
    pub(crate) fn told(&self) -> Vec<(u64, &'static str)> {
        let passed_over = KINDS
            .iter()
            .map(|(kind, what)| (self.passed_over[*kind as usize], *what));
        [
            (self.seen, "packets"),
            (self.repeated, "bytes that came again"),
        ]
        .into_iter()
        .chain(passed_over)
        .filter(|(count, _)| *count > 0)
        .collect()
    }
}
