//! `Schedule`: when the two slots of a session make their requests. It knows no URI, no reply, no event;
//! what a failure means for the session is the session's to decide.

use std::mem;
use std::time::Duration;

use super::flow::FlowControl;
use super::outbox::SendIds;
use super::poll_timer::PollTimer;
use super::slots::{Batch, Completed, InFlightPoll, Kind, PollSlot, PostSlot};
use crate::config::Settings;
use crate::state::{Flow, Phase, PollState, PostState, SessionState};
use machine_contract::{Failure, Instant, RequestId, Transmit};

/// Both slots, what they wait for, and what is known of how the gateway takes requests.
pub(super) struct Schedule {
    post: PostSlot,
    poll: PollSlot,
    flow: FlowControl,
    timer: PollTimer,
    /// Failed requests since the last good reply.
    failures: u32,
    most_failures: u32,
}

/// What was in the slots when they were emptied.
pub(super) struct Abandoned {
    /// Whose sends were in the post, and what is known of them.
    pub(super) unsent: Option<(SendIds, Failure)>,
    /// What was in flight.
    pub(super) in_flight: [Option<RequestId>; 2],
}

impl Schedule {
    pub(super) const fn new(settings: &Settings) -> Self {
        Self {
            post: PostSlot::IDLE,
            poll: PollSlot::Off,
            flow: FlowControl::new(settings.mode),
            timer: PollTimer::new(settings.timing),
            failures: 0,
            most_failures: settings.limits.failures,
        }
    }

    // What the next requests go by.

    /// Whether flow and slot let a post out now.
    pub(super) fn may_post(&self, leaving: bool) -> bool {
        let is_ready = matches!(self.post, PostSlot::Ready(_));
        is_ready && self.flow.may_post(self.poll.in_flight().is_some(), leaving)
    }

    /// The batch of a request that never left, or the close: they go before anything new.
    pub(super) fn take_due_post(&mut self) -> Option<Batch> {
        self.post.take_due()
    }

    pub(super) fn start_post(&mut self, id: RequestId, batch: Batch) {
        self.poll.overtake();
        self.post = PostSlot::InFlight(id, batch);
    }

    /// Whether a poll is due and flow and slots let it out now.
    pub(super) fn may_poll(&self) -> bool {
        self.poll.state() == PollState::Due && self.flow.may_poll(self.post_is_idle())
    }

    /// `lifespan`: for how long it asks to be held.
    pub(super) const fn start_poll(
        &mut self,
        transmit: &Transmit,
        lifespan: Option<Duration>,
        now: Instant,
    ) {
        let poll = InFlightPoll::new(transmit.id, now, transmit.deadline, lifespan);
        self.poll = PollSlot::InFlight(poll);
    }

    // What happens to them.

    /// The request that this id names, if it is in flight; it is not any more.
    pub(super) fn complete(&mut self, id: RequestId) -> Option<Completed> {
        if let Some(batch) = self.post.complete(id) {
            return Some(Completed::Post(batch));
        }
        let poll = self.poll.complete(id)?;
        self.flow.fall_back(false);
        Some(Completed::Poll(poll))
    }

    /// A gateway has answered, and well.
    pub(super) fn answered(&mut self) {
        self.failures = 0;
        self.flow.answered();
    }

    /// What the reply says of how the gateway takes requests: that it holds polls, that the session id is another than the
    /// one before, and for how long an idle session is kept.
    pub(super) fn heed(
        &mut self,
        polls_are_held: bool,
        id_changed: bool,
        session_timeout: Option<Duration>,
    ) {
        if polls_are_held {
            self.flow.polls_are_held();
        }
        // After the capability: who holds polls and changes ids all the same is served serially.
        if id_changed {
            self.flow.ids_change();
            self.flow.fall_back(self.poll.in_flight().is_some());
        }
        if let Some(session_timeout) = session_timeout {
            self.timer.keep_alive(session_timeout);
        }
    }

    /// A request was answered: what follows. `empty`: without a body. `more`: the gateway has more to say at once.
    pub(super) fn after(&mut self, completed: Completed, empty: bool, more: bool, now: Instant) {
        match completed {
            Completed::Post(batch) => self.after_post(batch.kind(), more, now),
            Completed::Poll(poll) => self.after_poll(poll, empty, more, now),
        }
    }

    /// A post was answered: what follows for the poll.
    fn after_post(&mut self, kind: Kind, more: bool, now: Instant) {
        self.timer.quicken();
        if self.poll.in_flight().is_some() {
            return;
        }
        let held_next = self.poll.state() == PollState::Due || kind == Kind::Open;
        if more || (self.flow.is(Flow::Parallel) && held_next) {
            self.poll = PollSlot::Due;
            return;
        }
        let soon = now + self.timer.pause();
        // What the post has caused may be there soon; a poll that comes sooner stays.
        self.poll = PollSlot::Waiting(match self.poll {
            PollSlot::Waiting(until) => until.min(soon),
            _ => soon,
        });
    }

    /// A poll was answered: when the next one goes out.
    pub(super) fn after_poll(&mut self, poll: InFlightPoll, empty: bool, more: bool, now: Instant) {
        let held = poll.is_held(now);
        if held {
            self.flow.polls_are_held();
        }
        if !empty {
            self.timer.quicken();
        }
        // An empty poll that came back at once was not held: the next must not come at once too, or the
        // two ends would do nothing else. One that a post has overtaken is sent home at once by gateways
        // that hold polls (gateway.md 13.9), and says nothing against it.
        let parallel = self.flow.is(Flow::Parallel);
        let at_once = more || held || (parallel && (!empty || poll.was_overtaken()));
        self.poll = if at_once {
            PollSlot::Due
        } else {
            PollSlot::Waiting(now + self.timer.pause())
        };
    }

    /// One failure more: whether there were too many in a row, and when to try again if not.
    pub(super) fn count_failure(&mut self, now: Instant) -> (bool, Instant) {
        self.failures = self.failures.saturating_add(1);
        let later = now + self.timer.back_off(self.failures);
        (self.failures > self.most_failures, later)
    }

    /// This post never left, or may be made twice: it is made again.
    pub(super) fn retry_post(&mut self, batch: Batch, later: Instant) {
        self.post = PostSlot::Waiting(Some(batch), later);
    }

    /// A poll failed.
    pub(super) fn retry_poll(&mut self, poll: InFlightPoll, later: Instant, now: Instant) {
        // A held poll that ran out has waited long enough: nobody is troubled by the next.
        self.poll = if poll.has_run_out(now) {
            PollSlot::Due
        } else {
            PollSlot::Waiting(later)
        };
    }

    /// A post was lost and is not made again.
    pub(super) fn after_lost_post(&mut self, later: Instant) {
        if self.flow.is(Flow::Parallel) {
            // A poll is out and will show whether the session lives.
            self.post = PostSlot::Waiting(None, later);
        } else {
            self.flow.probe();
            self.poll = PollSlot::Waiting(later);
        }
    }

    /// The connection of a poll in flight is probably dead, and nobody will say so before its deadline:
    /// another is made, unless the session is `leaving`. The one to cancel.
    pub(super) fn renew_poll(&mut self, leaving: bool) -> Option<RequestId> {
        let poll = self.poll.in_flight()?;
        self.poll = if leaving {
            PollSlot::Off
        } else {
            PollSlot::Due
        };
        self.flow.fall_back(false);
        Some(poll.id())
    }

    /// No poll is made any more; one in flight is left alone.
    pub(super) fn end_polls(&mut self) {
        if self.poll.in_flight().is_none() {
            self.poll = PollSlot::Off;
        }
    }

    /// Says `Action=close` next.
    pub(super) fn say_close(&mut self) {
        self.post = PostSlot::Ready(Some(Batch::empty(Kind::Close)));
    }

    /// Empties both slots.
    pub(super) fn abandon(&mut self) -> Abandoned {
        let poll = self.poll.in_flight().map(|poll| poll.id());
        self.poll = PollSlot::Off;
        let post = match mem::replace(&mut self.post, PostSlot::IDLE) {
            PostSlot::InFlight(id, batch) => Some((batch, Some(id))),
            PostSlot::Ready(batch) | PostSlot::Waiting(batch, _) => {
                batch.map(|batch| (batch, None))
            }
        };
        let id = post.as_ref().and_then(|(_, id)| *id);
        let fate = id.map_or(Failure::NotSent, |_| Failure::Unknown);
        Abandoned {
            unsent: post.map(|(batch, _)| (batch.ids(), fate)),
            in_flight: [id, poll],
        }
    }

    /// Time has passed.
    pub(super) fn wake(&mut self, now: Instant) {
        self.post.wake(now);
        self.poll.wake(now);
        if self.learns_at().is_some_and(|at| at <= now) {
            self.flow.polls_are_held();
        }
    }

    // What they show.

    /// Where a session stands that has come so far.
    pub(super) const fn state(&self, phase: Phase, leaving: bool) -> SessionState {
        SessionState {
            phase,
            leaving,
            mode: self.flow.mode(),
            flow: self.flow.flow(),
            post: self.post.state(),
            poll: self.poll.state(),
        }
    }

    /// When [`wake`](Self::wake) changes something.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        let all = [
            self.post.waits_until(),
            self.poll.waits_until(),
            self.learns_at(),
        ];
        all.into_iter().flatten().min()
    }

    /// When a poll in flight will have shown that the gateway holds polls.
    fn learns_at(&self) -> Option<Instant> {
        let poll = self.poll.in_flight()?;
        poll.held_from().filter(|_| self.flow.learns_from_polls())
    }

    /// For how long the next poll asks to be held. One that is to be answered at once says nothing of it, as in the clients
    /// of MSNP8 to 18.
    pub(super) fn lifespan(&self, longest: Duration) -> Option<Duration> {
        (self.flow.asks_to_be_held() && !longest.is_zero()).then_some(longest)
    }

    pub(super) fn asks_for_capabilities(&self) -> bool {
        self.flow.asks_for_capabilities()
    }

    pub(super) fn post_is_idle(&self) -> bool {
        self.post.state() == PostState::Idle
    }

    pub(super) fn post_is_close(&self) -> bool {
        self.post.is_close()
    }

    pub(super) const fn flow(&self) -> Flow {
        self.flow.flow()
    }

    pub(super) const fn post(&self) -> PostState {
        self.post.state()
    }

    pub(super) const fn poll(&self) -> PollState {
        self.poll.state()
    }

    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }
}
