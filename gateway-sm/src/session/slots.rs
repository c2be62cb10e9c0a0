//! The two requests that a session can have in flight, each in a slot of its own: the post and the poll.

use std::time::Duration;

use bytes::Bytes;

use super::outbox::SendIds;
use crate::mode::Mode;
use crate::state::{PollState, PostState};
use machine_contract::{Instant, RequestId};

/// What one post carries: its body, and whose sends are in it.
pub(super) struct Batch {
    kind: Kind,
    ids: SendIds,
    body: Bytes,
}

#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Commands,
    Close,
}

impl Batch {
    pub(super) const fn new(kind: Kind, ids: SendIds, body: Bytes) -> Self {
        Self { kind, ids, body }
    }

    /// Without a send.
    pub(super) const fn empty(kind: Kind) -> Self {
        Self::new(kind, 0..0, Bytes::new())
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn body(&self) -> Bytes {
        self.body.clone()
    }

    pub(super) fn ids(&self) -> SendIds {
        self.ids.clone()
    }
}

/// Where the request stands that carries sends, the open or the close.
pub(super) enum PostSlot {
    /// May be made; with the batch of a request that never left, if there is one.
    Ready(Option<Batch>),
    /// Not before then.
    Waiting(Option<Batch>, Instant),
    InFlight(RequestId, Batch),
}

impl PostSlot {
    pub(super) const IDLE: Self = Self::Ready(None);

    /// The batch that was in flight under this id; it is not any more.
    pub(super) fn complete(&mut self, id: RequestId) -> Option<Batch> {
        match std::mem::replace(self, Self::IDLE) {
            Self::InFlight(in_flight, batch) if in_flight == id => Some(batch),
            other => {
                *self = other;
                None
            }
        }
    }

    /// A batch that is to go out now, before anything new.
    pub(super) fn take_due(&mut self) -> Option<Batch> {
        match self {
            Self::Ready(due) => due.take(),
            Self::Waiting(..) | Self::InFlight(..) => None,
        }
    }

    /// Time has passed.
    pub(super) fn wake(&mut self, now: Instant) {
        if let Self::Waiting(batch, until) = self
            && *until <= now
        {
            *self = Self::Ready(batch.take());
        }
    }

    pub(super) const fn waits_until(&self) -> Option<Instant> {
        match self {
            Self::Waiting(_, until) => Some(*until),
            Self::Ready(_) | Self::InFlight(..) => None,
        }
    }

    /// The close is in flight or goes out next.
    pub(super) fn is_close(&self) -> bool {
        matches!(self, Self::Ready(Some(batch)) | Self::InFlight(_, batch)
            if batch.kind == Kind::Close)
    }

    pub(super) const fn state(&self) -> PostState {
        match self {
            Self::Ready(None) => PostState::Idle,
            Self::Ready(Some(_)) => PostState::Due,
            Self::Waiting(..) => PostState::Waiting,
            Self::InFlight(..) => PostState::InFlight,
        }
    }
}

/// Where the request stands that asks for what is queued at the gateway.
#[derive(Copy, Clone)]
pub(super) enum PollSlot {
    /// None until something calls for one.
    Off,
    Due,
    Waiting(Instant),
    InFlight(InFlightPoll),
}

impl PollSlot {
    /// The poll that was in flight under this id; it is not any more.
    pub(super) fn complete(&mut self, id: RequestId) -> Option<InFlightPoll> {
        match *self {
            Self::InFlight(poll) if poll.id == id => {
                *self = Self::Off;
                Some(poll)
            }
            _ => None,
        }
    }

    /// Time has passed.
    pub(super) fn wake(&mut self, now: Instant) {
        if let Self::Waiting(until) = *self
            && until <= now
        {
            *self = Self::Due;
        }
    }

    pub(super) const fn waits_until(&self) -> Option<Instant> {
        match self {
            Self::Waiting(until) => Some(*until),
            Self::Off | Self::Due | Self::InFlight(_) => None,
        }
    }

    /// A post was made beside it.
    pub(super) const fn overtake(&mut self) {
        if let Self::InFlight(poll) = self {
            poll.overtaken = true;
        }
    }

    pub(super) const fn in_flight(&self) -> Option<InFlightPoll> {
        match self {
            Self::InFlight(poll) => Some(*poll),
            Self::Off | Self::Due | Self::Waiting(_) => None,
        }
    }

    pub(super) const fn state(&self) -> PollState {
        match self {
            Self::Off => PollState::Off,
            Self::Due => PollState::Due,
            Self::Waiting(_) => PollState::Waiting,
            Self::InFlight(_) => PollState::InFlight,
        }
    }
}

/// A poll on its way.
#[derive(Copy, Clone)]
pub(super) struct InFlightPoll {
    id: RequestId,
    since: Instant,
    deadline: Instant,
    lifespan: Option<Duration>,
    /// A post was made meanwhile, which makes a gateway answer at once (gateway.md 13.9).
    overtaken: bool,
}

impl InFlightPoll {
    /// A poll that goes out now. `lifespan`: for how long it asks to be held.
    pub(super) const fn new(
        id: RequestId,
        since: Instant,
        deadline: Instant,
        lifespan: Option<Duration>,
    ) -> Self {
        Self {
            id,
            since,
            deadline,
            lifespan,
            overtaken: false,
        }
    }

    pub(super) const fn id(&self) -> RequestId {
        self.id
    }

    /// From when on the gateway must be holding it, if that was asked for.
    pub(super) fn held_from(&self) -> Option<Instant> {
        Some(self.since + self.lifespan?.min(Mode::HELD))
    }

    pub(super) fn is_held(&self, now: Instant) -> bool {
        self.held_from().is_some_and(|from| from <= now)
    }

    /// It asked to be held, and nobody answered in all the time that this gave.
    pub(super) fn has_run_out(&self, now: Instant) -> bool {
        self.lifespan.is_some() && self.deadline <= now
    }

    pub(super) const fn was_overtaken(&self) -> bool {
        self.overtaken
    }
}

/// A request that has come to its end.
pub(super) enum Completed {
    Post(Batch),
    Poll(InFlightPoll),
}

impl Completed {
    /// Whose sends were in it: nobody's, in a poll.
    pub(super) fn sends(&self) -> SendIds {
        match self {
            Self::Post(batch) => batch.ids(),
            Self::Poll(_) => 0..0,
        }
    }
}
