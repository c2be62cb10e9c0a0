//! The two requests that a session can have in flight: the post and the poll.

use std::time::Duration;

use bytes::Bytes;

use super::outbox::SendIds;
use crate::config::Mode;
use machine_contract::{Instant, RequestId};

/// The request that carries sends, the open or the close.
pub(super) enum Post {
    /// May be made; with the parcel of a request that never left, if there is one.
    Ready(Option<Parcel>),
    /// Not before then.
    Pausing(Option<Parcel>, Instant),
    Flying(RequestId, Parcel),
}

impl Post {
    pub(super) fn is_close(&self) -> bool {
        matches!(self, Self::Ready(Some(parcel)) | Self::Flying(_, parcel)
            if parcel.kind == Kind::Close)
    }
}

pub(super) struct Parcel {
    pub(super) kind: Kind,
    pub(super) ids: SendIds,
    pub(super) body: Bytes,
}

#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Commands,
    Close,
}

/// The request that asks for what is queued at the gateway.
pub(super) enum Poll {
    /// None until something calls for one.
    Off,
    Due,
    Pausing(Instant),
    Flying(FlyingPoll),
}

#[derive(Copy, Clone)]
pub(super) struct FlyingPoll {
    pub(super) id: RequestId,
    pub(super) since: Instant,
    pub(super) deadline: Instant,
    pub(super) lifespan: Option<u32>,
    /// A post was made meanwhile, which makes a gateway answer at once (gateway.md 13.9).
    pub(super) overtaken: bool,
}

impl FlyingPoll {
    /// From when on the gateway must be holding it, if that was asked for.
    pub(super) fn held_from(&self) -> Option<Instant> {
        let lifespan = Duration::from_secs(self.lifespan?.into());
        Some(self.since + lifespan.min(Mode::HELD))
    }

    pub(super) fn is_held(&self, now: Instant) -> bool {
        self.held_from().is_some_and(|from| from <= now)
    }
}

/// A request that has come to its end.
pub(super) enum Landed {
    Post(Parcel),
    Poll(FlyingPoll),
}

impl Parcel {
    pub(super) fn empty(kind: Kind) -> Self {
        Self {
            kind,
            ids: 0..0,
            body: Bytes::new(),
        }
    }
}
