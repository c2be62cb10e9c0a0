//! The secret name of one session on the wire, `<major>.<minor>`: made from entropy, rotated or not, recognised again.

use std::collections::VecDeque;

use crate::wire::SessionId;

/// `major` names the session; the minors say which reply the client has seen last
/// (gateway.md 4.1: the part after the dot changed with every response in 2003).
pub(super) struct Identity {
    major: u64,
    /// The minor changes with every reply.
    rotates: bool,
    /// What replies carry now, and the whole id with it.
    minor: u64,
    id: Option<SessionId>,
    /// Of the replies written last, latest first. Two would do for replies that overtake each other
    /// (gateway.md 13.8), but a request may be on its way while others come and go.
    sent: [Option<u64>; 4],
    /// Of replies that are on their way or were lost, oldest first. The client may have seen any
    /// of them, and they do not push out the one that it has for certain.
    unconfirmed: VecDeque<u64>,
}

impl Identity {
    /// One whose replies each carry another minor if it `rotates`, or else all this one.
    pub(super) fn new(major: u64, minor: u64, rotates: bool) -> Self {
        if rotates {
            Self::rotating(major)
        } else {
            Self::fixed(major, minor)
        }
    }

    const fn rotating(major: u64) -> Self {
        Self {
            major,
            rotates: true,
            minor: 0,
            id: None,
            sent: [None; 4],
            unconfirmed: VecDeque::new(),
        }
    }

    fn fixed(major: u64, minor: u64) -> Self {
        let mut identity = Self::rotating(major);
        identity.issue(minor);
        identity.rotates = false;
        identity
    }

    /// The minor of the reply that is made now; `fresh` if they rotate.
    pub(super) fn next(&mut self, fresh: u64) -> u64 {
        if self.rotates {
            self.issue(fresh);
        }
        self.minor
    }

    fn issue(&mut self, minor: u64) {
        self.minor = minor;
        self.id = format!("{}.{minor}", self.major).parse().ok();
        self.unconfirmed.push_back(minor);
        if self.unconfirmed.len() > MOST {
            self.unconfirmed.pop_front();
        }
    }

    /// A reply with this minor was written.
    pub(super) fn sent(&mut self, minor: u64) {
        self.unconfirmed.retain(|&other| other != minor);
        if self.sent[0] != Some(minor) {
            self.sent.rotate_right(1);
            self.sent[0] = Some(minor);
        }
    }

    /// Whether a client may use this minor.
    pub(super) fn knows(&self, minor: u64) -> bool {
        self.sent.contains(&Some(minor)) || self.unconfirmed.contains(&minor)
    }

    /// The part before the dot.
    pub(super) fn major(&self) -> u64 {
        self.major
    }

    /// The whole id of the reply that was made last.
    pub(super) fn id(&self) -> Option<SessionId> {
        self.id.clone()
    }
}

/// Two numbers that cannot be guessed: 59 random bits each, so that the id has at most
/// 18 + 1 + 18 characters (Miranda's buffer holds 39, gateway.md 13.7).
pub(super) fn numbers(entropy: [u8; 16]) -> (u64, u64) {
    let all = u128::from_be_bytes(entropy);
    let half = |shift: u32| u64::try_from((all >> shift) & u128::from(BITS)).unwrap_or(BITS);
    (half(64), half(0))
}

const BITS: u64 = (1 << 59) - 1;

/// More ids than this are on their way or lost only when nothing reaches the client any more.
const MOST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(minors: &[u64]) -> Identity {
        let mut identity = Identity::rotating(7);
        identity.issue(0);
        for &minor in minors {
            identity.issue(minor);
        }
        identity
    }

    #[test]
    fn the_longest_id_fits_into_39_bytes() {
        let (major, minor) = numbers([0xff; 16]);
        assert_eq!(format!("{major}.{minor}").len(), 37);
    }

    #[test]
    fn entropy_reaches_both_numbers() {
        assert_eq!(numbers([0; 16]), (0, 0));
        assert_eq!(numbers(*b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02"), (1, 2));
    }

    #[test]
    fn the_ids_of_the_most_recent_replies_are_known() {
        let mut identity = issued(&[1, 2, 3, 4, 5]);
        for minor in 0..=5 {
            identity.sent(minor);
        }
        let known = [0, 1, 2, 3, 4, 5].map(|minor| identity.knows(minor));
        assert_eq!(known, [false, false, true, true, true, true]);
    }

    #[test]
    fn ids_of_lost_replies_do_not_push_out_the_one_the_client_has() {
        let mut identity = issued(&[1]);
        identity.sent(0);
        identity.sent(1);
        (2..20).for_each(|minor| identity.issue(minor));
        assert!(identity.knows(0) && identity.knows(1));
    }

    #[test]
    fn whichever_reply_arrives_last_has_the_id_that_is_used_next() {
        let mut identity = issued(&[1, 2, 3, 4]);
        for minor in [1, 2, 3, 4, 0] {
            identity.sent(minor);
        }
        assert!(identity.knows(0) && !identity.knows(1));
    }

    #[test]
    fn ids_on_their_way_are_known() {
        let mut identity = issued(&[1, 2, 3, 4]);
        identity.sent(4);
        assert!((0..=4).all(|minor| identity.knows(minor)));
    }

    #[test]
    fn ids_are_forgotten_when_nothing_arrives_any_more() {
        let mut identity = issued(&[]);
        (1..1000).for_each(|minor| identity.issue(minor));
        assert_eq!(identity.unconfirmed.len(), MOST);
    }
}
