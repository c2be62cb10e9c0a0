//! `Session`, the client end of one gateway session: it decides, over parts that each know one thing. It
//! carries bytes and knows nothing of what is in them.

mod event;
mod fate;
mod flow;
mod inbox;
mod life;
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
use self::life::Life;
use self::outbox::Outbox;
use self::schedule::{Abandoned, Schedule};
use self::slots::{Batch, Completed, Kind};
use self::upstream::Upstream;
use crate::config::{Config, ConfigError};
use crate::send_error::SendError;
use crate::state::{Phase, PollState, PostState, SessionState};
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
    life: Life,
    upstream: Upstream,
    outbox: Outbox,
    schedule: Schedule,
    inbox: Inbox,
    cancels: VecDeque<RequestId>,
}

impl Session {
    /// A session that is still to be opened: by the first [`send`](Self::send), whose frames go along, or by [`Config::empty_open`].
    pub fn new(config: Config) -> Self {
        let settings = config.settings();
        Self {
            life: Life::FRESH,
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
        if !self.life.takes_sends() {
            return Err(SendError::Closed);
        }
        self.inbox.notice();
        self.outbox.push(frames, &self.config.settings().limits)
    }

    /// Sends these cookies from the next request on: those of the configuration have been renewed (gateway.md 16.5).
    pub fn set_cookies(&mut self, cookies: &str) -> Result<(), ConfigError> {
        self.config.set_cookies(cookies)
    }

    /// Shows this ticket from the next request on ([`Config::ssl_auth_token`]): the first, or one that has been renewed.
    pub fn set_ssl_auth_token(&mut self, token: &str) -> Result<(), ConfigError> {
        self.config.set_ssl_auth_token(token)
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
        let phase = self.life.phase();
        let leaving = self.life.is_leaving() && phase != Phase::Closed;
        self.schedule.state(phase, leaving)
    }

    /// Says the last words (`OUT`) after everything queued, even if the queue is full, waits for the
    /// answer, then ends the session. Without a session, nothing is sent.
    pub fn close_with(&mut self, frames: Bytes) -> Result<SendId, SendError> {
        if !self.life.takes_sends() {
            return Err(SendError::Closed);
        }
        if frames.len() > self.config.settings().limits.send {
            return Err(SendError::TooLarge);
        }
        let id = self.outbox.push_last(frames);
        self.life.leave();
        // One in flight stays: its reply still counts, and a serial gateway would refuse a second request.
        self.schedule.end_polls();
        if self.life.phase() == Phase::Fresh {
            self.end(CloseReason::Local);
        }
        Ok(id)
    }

    /// Ends the session now: what is queued is not sent, what is in flight is cancelled. With
    /// [`Config::close_action`], `Action=close` is still sent before [`Event::Closed`].
    pub fn close(&mut self) {
        let says_close = self.config.settings().close_action && self.life.phase() == Phase::Live;
        self.life.leave();
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
        if !self.schedule.may_post(self.life.is_leaving())
            || self.inbox.room() < self.life.room_for_post()
        {
            return None;
        }
        if let Some(batch) = self.schedule.take_due_post() {
            return Some(batch);
        }
        let settings = self.config.settings();
        let kind = self.life.next_post()?;
        if kind == Kind::Open && settings.empty_open {
            return Some(Batch::empty(kind));
        }
        let (ids, body) = self.outbox.take(settings.limits.request)?;
        Some(Batch::new(kind, ids, body))
    }

    fn transmit_post(&mut self, batch: Batch, now: Instant) -> Transmit {
        self.life.posting();
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
        let lifespan = self.schedule.lifespan(settings.lifespan);
        let transmit = self.upstream.poll(lifespan, settings, now)?;
        self.schedule.start_poll(&transmit, lifespan, now);
        Some(transmit)
    }

    const fn room_for_poll(&self) -> Room {
        self.life.room_for_poll(self.schedule.flow())
    }

    /// Whether a request waited for room at the last input and has it now.
    fn has_found_room(&self) -> bool {
        let post_waits = match (self.schedule.post(), self.life.phase()) {
            (PostState::Due, _) => true,
            (PostState::Idle, Phase::Live) => !self.outbox.is_empty(),
            _ => false,
        };
        let poll_waits = self.schedule.poll() == PollState::Due;
        (post_waits && self.inbox.has_found(self.life.room_for_post()))
            || (poll_waits && self.inbox.has_found(self.room_for_poll()))
    }

    /// A response with status 200.
    fn accept(&mut self, completed: Completed, response: Response<Bytes>, now: Instant) {
        let (head, body) = response.into_parts();
        let settings = self.config.settings();
        let reply = match self.upstream.read(&head.headers, &body, settings) {
            Ok(reply) => reply,
            Err(error) => {
                // Whatever answered, the gateway may have read the post before it.
                self.inbox.tell_unsent(completed.sends(), Failure::Unknown);
                return self.end(CloseReason::Protocol(error));
            }
        };
        self.schedule.answered();
        self.follow(&reply, &body);
        self.inbox.tell_sent(completed.sends());
        let empty = body.is_empty();
        if !empty {
            self.inbox.tell(Event::Received(body));
        }
        // The body of the closing reply still counts (gateway.md 14.8), and was told by now.
        if reply.close {
            return self.end(CloseReason::Peer);
        }
        if self.life.is_leaving() {
            return self.leave(&completed);
        }
        // A server that always says so and brings nothing would be asked for ever without a pause.
        let more = reply.more_data == Some(true) && !empty;
        self.schedule.after(completed, empty, more, now);
    }

    /// Takes over what a reply says of the session and of the gateway.
    fn follow(&mut self, reply: &Reply, body: &Bytes) {
        let followed = self.upstream.follow(reply, body, self.config.settings());
        let (held, timeout) = (reply.holds_polls(), reply.session_timeout);
        self.schedule.heed(held, followed.id_changed, timeout);
        if let Some(opened) = followed.opened {
            self.life.opened();
            self.inbox.tell(Event::Opened(opened));
        }
        if let Some(host) = followed.refused {
            self.inbox.tell(Event::HostRefused(host));
        }
    }

    /// A response with another status than 200. Its body is nobody's business.
    fn reject(&mut self, completed: Completed, status: StatusCode, now: Instant) {
        let reason = fate::reason_of(status, self.life.phase() == Phase::Live);
        match completed {
            // A proxy lost patience with a poll that the gateway was holding, as it should.
            Completed::Poll(poll) if status == StatusCode::GATEWAY_TIMEOUT && poll.is_held(now) => {
                if !self.life.is_leaving() {
                    self.schedule.after_poll(poll, true, false, now);
                }
            }
            completed if fate::may_pass(status) => {
                self.fail(completed, Failure::Unknown, reason, now);
            }
            completed => {
                self.inbox.tell_unsent(completed.sends(), Failure::Unknown);
                self.end(reason);
            }
        }
    }

    /// A request without a usable answer; `reason` is why the session ends if it has to.
    fn fail(&mut self, completed: Completed, failure: Failure, reason: CloseReason, now: Instant) {
        let (enough, later) = self.schedule.count_failure(now);
        let given_up = enough || fate::is_the_same_again(failure);
        match completed {
            Completed::Poll(poll) => {
                // The gateway may have put frames into the reply that was lost.
                if failure == Failure::Unknown {
                    self.inbox.tell(Event::Gap);
                }
                if given_up {
                    self.end(reason);
                } else if !self.life.is_leaving() {
                    self.schedule.retry_poll(poll, later, now);
                }
                // Last words still wait for their own answer; no poll comes after them.
            }
            Completed::Post(batch) => {
                match fate::of_post(&batch, failure, given_up, self.life.is_leaving()) {
                    PostFate::Again => self.schedule.retry_post(batch, later),
                    PostFate::End => {
                        self.inbox.tell_unsent(batch.ids(), failure.fate());
                        self.end(reason);
                    }
                    PostFate::Lost => {
                        self.inbox.tell_unsent(batch.ids(), failure);
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
        if let Some(reason) = self.life.end(reason) {
            self.abandon();
            self.inbox.tell(Event::Closed(reason));
        }
    }

    /// Drops everything in flight and in the queue, and says so.
    fn abandon(&mut self) {
        let Abandoned { unsent, in_flight } = self.schedule.abandon();
        self.cancels.extend(in_flight.into_iter().flatten());
        if let Some((ids, fate)) = unsent {
            self.inbox.tell_unsent(ids, fate);
        }
        let queued = self.outbox.clear();
        self.inbox.tell_unsent(queued, Failure::NotSent);
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
        if let Some(dead) = self.schedule.renew_poll(self.life.is_leaving()) {
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
        self.fail(completed, failure, CloseReason::Unreachable(failure), now);
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
