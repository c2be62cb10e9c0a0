//! What goes wrong: [`Faults`] by chance, [`Disturbance`]s at a moment that is told.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use machine_contract::{Failure, Prng};

use crate::fate::Fate;
use crate::host::Peer;

/// How often what goes wrong, of a thousand requests, and how long everything takes.
///
/// Each request and each reply takes a time of its own between [`shortest`](Self::shortest) and
/// [`longest`](Self::longest), so those of different connections overtake each other.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// The least that one way takes.
    pub shortest: Duration,
    /// The most that one way takes.
    pub longest: Duration,
    /// No connection: the machine is told [`Failure::NotSent`].
    pub refused: u16,
    /// The request is lost on its way, or its body is cut: [`Failure::Unknown`], and the host never sees it.
    pub lost: u16,
    /// The reply is lost: [`Failure::Unknown`], and the host is told that it was.
    pub reply_lost: u16,
    /// The reply's body is cut: [`Failure::Unknown`], and the host believes that all of it was written.
    pub reply_cut: u16,
    /// The request arrives and nothing comes back: the machine waits until its deadline.
    pub stalled: u16,
    /// A proxy repeats the request, since its first connection broke: it arrives twice, one behind the other, and only
    /// the second reply comes back.
    pub repeated: u16,
    /// Somebody else answers, as the portal of a hotel does: 200 and a page of its own. The host never sees the
    /// request.
    pub portal: u16,
    /// When the host is told that a reply was sent.
    pub acknowledged: Acknowledged,
}

/// When a host is told that a reply was sent.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Acknowledged {
    /// When the machine has it.
    #[default]
    OnArrival,
    /// When its last byte was handed to the network, as real servers do. Two replies by two connections may
    /// then overtake each other.
    OnWrite,
}

/// What becomes of each request, one after the other, for tests in which a list is told instead of chances: proptest
/// makes it shorter when it finds something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What becomes of the requests; after the last the first again. If there is none, all is fine.
    pub fates: Vec<Fate>,
    /// How long each way takes; after the last the first again. If there is none, a millisecond.
    pub delays: Vec<Duration>,
    /// When the host is told that a reply was sent.
    pub acknowledged: Acknowledged,
}

/// Something that happens to the network at a moment that is told
/// ([`Network::disturb`](crate::Network::disturb)).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// From now on chance is as bad as this.
    Faults(Faults),
    /// Nothing gets through for a while, of one machine or of all.
    Cut {
        /// Whose.
        peer: Option<Peer>,
        /// How long.
        time: Duration,
        /// How the machine notices.
        how: Cut,
    },
    /// All open connections break, and new ones can be made at once.
    Reset(Option<Peer>),
}

/// How a machine notices that it is cut off.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// At once: connections break ([`Failure::Unknown`]) and none is accepted ([`Failure::NotSent`]).
    Refused,
    /// Not at all: everything goes nowhere, and each request ends at its deadline.
    Silent,
}

impl Faults {
    /// Nothing goes wrong; one way takes 1 to 20 ms.
    pub const NONE: Self = Self {
        shortest: Duration::from_millis(1),
        longest: Duration::from_millis(20),
        refused: 0,
        lost: 0,
        reply_lost: 0,
        reply_cut: 0,
        stalled: 0,
        repeated: 0,
        portal: 0,
        acknowledged: Acknowledged::OnArrival,
    };

    /// Of a thousand requests so many meet with trouble: a third each is refused, lost, and without its reply.
    #[must_use]
    pub const fn trouble(per_mille: u16) -> Self {
        let third = per_mille / 3;
        Self {
            refused: per_mille - 2 * third,
            lost: third,
            reply_lost: third,
            ..Self::NONE
        }
    }

    /// Everything happens, a little of each, and ways take up to 2 s.
    pub const ROUGH: Self = Self {
        shortest: Duration::from_millis(1),
        longest: Duration::from_secs(2),
        refused: 15,
        lost: 15,
        reply_lost: 15,
        reply_cut: 15,
        stalled: 5,
        repeated: 10,
        portal: 5,
        acknowledged: Acknowledged::OnArrival,
    };

    pub(crate) fn draw(&self, prng: &mut Prng) -> Fate {
        let mut dice = prng.below(1000);
        let chances = [
            (self.refused, Fate::Refused),
            (self.lost, Fate::Lost),
            (self.reply_lost, Fate::ReplyLost),
            (self.reply_cut, Fate::ReplyCut),
            (self.stalled, Fate::Stalled),
            (self.repeated, Fate::Repeated),
            (self.portal, Fate::Portal),
        ];
        for (chance, fate) in chances {
            let chance = u64::from(chance);
            if dice < chance {
                return fate;
            }
            dice -= chance;
        }
        Fate::Fine
    }

    pub(crate) fn delay(&self, prng: &mut Prng) -> Duration {
        let spread = self.longest.saturating_sub(self.shortest).as_micros();
        let spread = u64::try_from(spread).unwrap_or(u64::MAX).saturating_add(1);
        self.shortest + Duration::from_micros(prng.below(spread))
    }
}

impl Default for Faults {
    fn default() -> Self {
        Self::NONE
    }
}

impl Cut {
    /// What a request is told that begins while nothing gets through.
    pub(crate) const fn told_at_once(self) -> Option<Failure> {
        match self {
            Self::Refused => Some(Failure::NotSent),
            Self::Silent => None,
        }
    }
}

/// What one is shown who has not paid for the room.
pub(crate) fn portal() -> Response<Bytes> {
    let mut page = Response::new(Bytes::from_static(b"<!DOCTYPE html><title>Welcome</title>"));
    let html = HeaderValue::from_static("text/html");
    page.headers_mut().insert(header::CONTENT_TYPE, html);
    page
}
