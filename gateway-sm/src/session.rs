//! `Session`, the client end of one gateway session: it decides, over parts that each know one thing. It
//! carries bytes and knows nothing of what is in them.

mod event;
mod fate;
mod flow;
mod inbox;
mod outbox;
mod poll_timer;
mod schedule;
mod slots;
mod upstream;

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode};

use self::fate::PostFate;
use self::inbox::{Inbox, Room};
use self::outbox::{Outbox, SendIds};
use self::schedule::{Abandoned, Schedule};
use self::slots::{Batch, Completed, InFlightPoll, Kind};
use self::upstream::Upstream;
use crate::config::{Config, ConfigError};
use crate::send_error::SendError;
use crate::state::{Flow, Phase, PollState, PostState, SessionState};
use crate::wire::Reply;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};

pub use self::event::{CloseReason, Event, Opened, ProtocolError, SendId};

/// The client end of one gateway session: turns sends into requests and replies into received bytes.
///
/// The [crate guide](crate) has the run loop, [what it decides](crate#what-it-decides), and every
/// [state](crate::state) that it can be in.
pub struct Session {
    config: Config,
    phase: Phase,
    /// The application has said its last words: no polls any more, and any failure is the end.
    leaving: bool,
    upstream: Upstream,
    outbox: Outbox,
    schedule: Schedule,
    inbox: Inbox,
    cancels: VecDeque<RequestId>,
}

impl Session {
    /// A session that is still to be opened: by the first [`send`](Self::send), whose frames the
    /// open takes along, or at once with [`Config::empty_open`].
    pub fn new(config: Config) -> Self {
        let settings = config.settings();
        Self {
            phase: Phase::Fresh,
            leaving: false,
            upstream: Upstream::new(settings.target.clone()),
            outbox: Outbox::default(),
            schedule: Schedule::new(settings),
            inbox: Inbox::new(settings.limits.undrained),
            cancels: VecDeque::new(),
            config,
        }
    }

    /// Queues one or more whole frames. They travel together, after everything queued before, and
    /// their fate is told by [`Event::Sent`] or [`Event::Unsent`].
    pub fn send(&mut self, frames: Bytes) -> Result<SendId, SendError> {
        if self.leaving || self.phase == Phase::Closed {
            return Err(SendError::Closed);
        }
        self.inbox.notice();
        self.outbox.push(frames, &self.config.settings().limits)
    }

    /// Sends these cookies from the next request on: those of the configuration have been renewed
    /// (gateway.md 16.5).
    pub fn set_cookies(&mut self, cookies: &str) -> Result<(), ConfigError> {
        self.config.set_cookies(cookies)
    }

    /// Whose session this is (`X-MSN-SkypeId`), as the newest reply that said it: a gateway can name
    /// the account only once the server behind it has accepted it, which need not be when it opens.
    pub fn skype_id(&self) -> Option<&str> {
        self.upstream.skype_id()
    }

    /// Where it stands, for logs.
    ///
    /// ```
    /// use gateway_sm::{Config, Session};
    /// let session = Session::new(Config::new("https://gateway.example.com")?);
    /// let fresh = "fresh, staying, mode learn, flow serial, post idle, poll off";
    /// assert_eq!(session.state().to_string(), fresh);
    /// # Ok::<(), gateway_sm::ConfigError>(())
    /// ```
    pub fn state(&self) -> SessionState {
        SessionState {
            phase: self.phase,
            leaving: self.leaving && self.phase != Phase::Closed,
            mode: self.schedule.mode(),
            flow: self.schedule.flow(),
            post: self.schedule.post(),
            poll: self.schedule.poll(),
        }
    }

    /// Says the last words (`OUT`) after everything queued, even if the queue is full, waits for the
    /// answer, then ends the session. Without a session, nothing is sent.
    pub fn close_with(&mut self, frames: Bytes) -> Result<SendId, SendError> {
        if self.leaving || self.phase == Phase::Closed {
            return Err(SendError::Closed);
        }
        if frames.len() > self.config.settings().limits.send {
            return Err(SendError::TooLarge);
        }
        let id = self.outbox.push_last(frames);
        self.leaving = true;
        // One in flight stays: its reply still counts, and a serial gateway would refuse a second request.
        self.schedule.end_polls();
        if self.phase == Phase::Fresh {
            self.end(CloseReason::Local);
        }
        Ok(id)
    }

    /// Ends the session now: what is queued is not sent, what is in flight is cancelled. With
    /// [`Config::close_action`], `Action=close` is still sent before [`Event::Closed`].
    pub fn close(&mut self) {
        let says_close = self.config.settings().close_action && self.phase == Phase::Live;
        self.leaving = true;
        if !says_close {
            self.end(CloseReason::Local);
        } else if !self.schedule.post_is_close() {
            // Said once, however often it is asked for.
            self.abandon();
            self.schedule.say_close();
        }
    }

    /// The batch of the next post, if one may be made now.
    fn next_batch(&mut self) -> Option<Batch> {
        if !self.schedule.may_post(self.leaving) || self.inbox.room() < self.room_for_post() {
            return None;
        }
        if let Some(batch) = self.schedule.take_due_post() {
            return Some(batch);
        }
        let settings = self.config.settings();
        let kind = match self.phase {
            Phase::Fresh if settings.empty_open => return Some(Batch::empty(Kind::Open)),
            Phase::Fresh => Kind::Open,
            Phase::Live => Kind::Commands,
            // Nothing is posted before a session id is known (gateway.md 15 "libpurple").
            Phase::Opening | Phase::Closed => return None,
        };
        let (ids, body) = self.outbox.take(settings.limits.request)?;
        Some(Batch::new(kind, ids, body))
    }

    fn transmit_post(&mut self, batch: Batch, now: Instant) -> Transmit {
        if self.phase == Phase::Fresh {
            self.phase = Phase::Opening;
        }
        let asks = self.schedule.asks_for_capabilities();
        let settings = self.config.settings();
        let transmit = self.upstream.post(&batch, asks, settings, now);
        self.schedule.start_post(transmit.id, batch);
        transmit
    }

    /// The next poll, if one is due and may be made now.
    fn transmit_poll(&mut self, now: Instant) -> Option<Transmit> {
        if !self.schedule.may_poll() || self.inbox.room() < self.room_for_poll() {
            return None;
        }
        let settings = self.config.settings();
        // A poll that is to be answered at once says nothing of it, as in the clients of MSNP8 to 18.
        let lifespan = Some(settings.lifespan)
            .filter(|lifespan| self.schedule.asks_to_be_held() && !lifespan.is_zero());
        let transmit = self.upstream.poll(lifespan, settings, now)?;
        let Transmit { id, deadline, .. } = transmit;
        let poll = InFlightPoll::new(id, now, deadline, lifespan);
        self.schedule.start_poll(poll);
        Some(transmit)
    }

    const fn room_for_post(&self) -> Room {
        if self.leaving {
            Room::Goodbye
        } else {
            Room::Posts
        }
    }

    /// A probe is made for the sake of the posts behind it, and waits when they do.
    fn room_for_poll(&self) -> Room {
        match self.schedule.flow() {
            Flow::Probing => self.room_for_post(),
            Flow::Serial | Flow::Parallel => Room::Polls,
        }
    }

    /// Whether a request waited for room at the last input and has it now.
    fn has_found_room(&self) -> bool {
        let (before, now) = (self.inbox.room(), self.inbox.next_room());
        if now <= before {
            return false;
        }
        let found = |needed| before < needed && needed <= now;
        let post_waits = match (self.schedule.post(), self.phase) {
            (PostState::Due, _) => true,
            (PostState::Idle, Phase::Live) => !self.outbox.is_empty(),
            _ => false,
        };
        let poll_waits = self.schedule.poll() == PollState::Due;
        (post_waits && found(self.room_for_post())) || (poll_waits && found(self.room_for_poll()))
    }

    /// A response with status 200.
    fn accept(&mut self, completed: Completed, response: Response<Bytes>, now: Instant) {
        let (head, body) = response.into_parts();
        let settings = self.config.settings();
        let reply = match self.upstream.read(&head.headers, &body, settings) {
            Ok(reply) => reply,
            Err(error) => {
                // Whatever answered, the gateway may have read the post before it.
                if let Completed::Post(batch) = completed {
                    self.unsent(batch.ids(), Failure::Unknown);
                }
                return self.end(CloseReason::Protocol(error));
            }
        };
        self.schedule.answered();
        self.follow(&reply, &body);
        if let Completed::Post(batch) = &completed {
            for id in batch.ids() {
                self.inbox.tell(Event::Sent(SendId::new(id)));
            }
        }
        let empty = body.is_empty();
        if !empty {
            self.inbox.tell(Event::Received(body));
        }
        // The body of the closing reply still counts (gateway.md 14.8), and was told by now.
        if reply.close {
            return self.end(CloseReason::Peer);
        }
        if self.leaving {
            return self.leave(&completed);
        }
        // A server that always says so and brings nothing would be asked for ever without a pause.
        let more = reply.more_data == Some(true) && !empty;
        match completed {
            Completed::Post(batch) => self.schedule.after_post(batch.kind(), more, now),
            Completed::Poll(poll) => self.schedule.after_poll(poll, empty, more, now),
        }
    }

    /// Takes over what a reply says of the session and of the gateway.
    fn follow(&mut self, reply: &Reply, body: &Bytes) {
        let settings = self.config.settings();
        let followed = self.upstream.follow(reply, body, settings);
        if reply.long_polls {
            self.schedule.polls_are_held();
        }
        // After the capability: who holds polls and changes ids all the same is served serially.
        if followed.id_changed {
            self.schedule.ids_change();
        }
        if let Some(session_timeout) = reply.session_timeout {
            self.schedule.keep_alive(session_timeout);
        }
        if let Some(opened) = followed.opened {
            self.phase = Phase::Live;
            self.inbox.tell(Event::Opened(opened));
        }
        if let Some(host) = followed.refused {
            self.inbox.tell(Event::HostRefused(host));
        }
    }

    /// A response with another status than 200. Its body is nobody's business.
    fn reject(&mut self, completed: Completed, status: StatusCode, now: Instant) {
        let reason = fate::reason_of(status, self.phase == Phase::Live);
        match completed {
            // A proxy lost patience with a poll that the gateway was holding, as it should.
            Completed::Poll(poll) if status == StatusCode::GATEWAY_TIMEOUT && poll.is_held(now) => {
                if !self.leaving {
                    self.schedule.after_poll(poll, true, false, now);
                }
            }
            completed if fate::may_pass(status) => {
                self.fail(completed, Failure::Unknown, reason, now);
            }
            Completed::Post(batch) => {
                self.unsent(batch.ids(), Failure::Unknown);
                self.end(reason);
            }
            Completed::Poll(_) => self.end(reason),
        }
    }

    /// A request without a usable answer; `reason` is why the session ends if it has to.
    fn fail(&mut self, completed: Completed, failure: Failure, reason: CloseReason, now: Instant) {
        let (given_up, later) = self.schedule.count_failure(now);
        match completed {
            Completed::Poll(poll) => {
                // The gateway may have put frames into the reply that was lost.
                if failure == Failure::Unknown {
                    self.inbox.tell(Event::Gap);
                }
                if given_up {
                    self.end(reason);
                } else if !self.leaving {
                    self.schedule.retry_poll(poll, later, now);
                }
                // Last words still wait for their own answer; no poll comes after them.
            }
            Completed::Post(batch) => {
                match fate::of_post(&batch, failure, given_up, self.leaving) {
                    PostFate::Again => self.schedule.retry_post(batch, later),
                    PostFate::End => {
                        self.unsent(batch.ids(), failure);
                        self.end(reason);
                    }
                    PostFate::Lost => {
                        self.unsent(batch.ids(), failure);
                        // Its reply was lost as well, with whatever stood in it.
                        self.inbox.tell(Event::Gap);
                        self.schedule.after_lost_post(later);
                    }
                }
            }
        }
    }

    /// Something was answered although the application is leaving.
    fn leave(&mut self, completed: &Completed) {
        // The last words, or something before them, are still to be answered.
        if !self.outbox.is_empty() || !self.schedule.post_is_idle() {
            return;
        }
        let said_close = matches!(completed, Completed::Post(batch) if batch.kind() == Kind::Close);
        if self.config.settings().close_action && !said_close {
            self.schedule.say_close();
        } else {
            self.end(CloseReason::Local);
        }
    }

    fn end(&mut self, reason: CloseReason) {
        if self.phase == Phase::Closed {
            return;
        }
        self.abandon();
        self.phase = Phase::Closed;
        // Whatever ended it, the application was about to.
        let reason = if self.leaving {
            CloseReason::Local
        } else {
            reason
        };
        self.inbox.tell(Event::Closed(reason));
    }

    /// Drops everything in flight and in the queue, and says so.
    fn abandon(&mut self) {
        let Abandoned { post, poll } = self.schedule.abandon();
        if let Some((batch, in_flight)) = post {
            let fate = match in_flight {
                Some(_) => Failure::Unknown,
                None => Failure::NotSent,
            };
            self.cancels.extend(in_flight);
            self.unsent(batch.ids(), fate);
        }
        self.cancels.extend(poll);
        let queued = self.outbox.clear();
        self.unsent(queued, Failure::NotSent);
    }

    fn unsent(&mut self, ids: SendIds, fate: Failure) {
        for id in ids {
            let id = SendId::new(id);
            self.inbox.tell(Event::Unsent { id, fate });
        }
    }
}

impl Machine for Session {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        self.inbox.notice();
        self.schedule.wake(now);
    }

    fn handle_suspended(&mut self, _now: Instant) {
        self.inbox.notice();
        if let Some(dead) = self.schedule.renew_poll(self.leaving) {
            self.cancels.push_back(dead);
            self.inbox.tell(Event::Gap);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        // Taking events is an input that nobody tells: this has the driver tell it.
        let room = self.has_found_room().then_some(Instant::ORIGIN);
        room.or_else(|| self.schedule.wakes_at())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.inbox.take()
    }
}

impl HttpMachine for Session {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        let Some(completed) = self.schedule.complete(id) else {
            return;
        };
        self.inbox.notice();
        match response.status() {
            StatusCode::OK => self.accept(completed, response, now),
            status => self.reject(completed, status, now),
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        let Some(completed) = self.schedule.complete(id) else {
            return;
        };
        self.inbox.notice();
        let reason = CloseReason::Unreachable(failure);
        self.fail(completed, failure, reason, now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match self.next_batch() {
            Some(batch) => Some(self.transmit_post(batch, now)),
            None => self.transmit_poll(now),
        }
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancels.pop_front()
    }
}

impl StreamMachine for Session {}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &format_args!("{}", self.state()))
            .field("host", &self.upstream.host())
            .field("queued", &self.outbox.len())
            .field("failures", &self.schedule.failures())
            .finish_non_exhaustive()
    }
}
