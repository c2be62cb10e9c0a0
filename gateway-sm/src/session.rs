//! `Session`, the client end of one gateway session: the whole machine. It carries bytes and knows
//! nothing of what is in them.

mod event;
mod inbound;
mod lane;
mod outbound;
mod outbox;
mod pace;
mod room;

use std::collections::VecDeque;
use std::{fmt, mem};

use bytes::Bytes;
use http::{Response, StatusCode};

use self::lane::{Kind, Landed, Parcel, Poll, Post};
use self::outbox::{Outbox, SendIds};
use self::pace::Pace;
use crate::config::{Config, ConfigError, Mode};
use crate::send_error::SendError;
use crate::target::Target;
use crate::wire::{Host, SessionId};
use machine_contract::{
    EventQueue, Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};

pub use self::event::{CloseReason, Event, Opened, ProtocolError, SendId};

/// The client end of one gateway session: turns sends into requests and replies into received bytes.
///
/// See the [crate guide](crate) for the run loop. What it decides:
///
/// * **What is sent again.** A request that never left ([`Failure::NotSent`]) is made again with the
///   same body, up to [`Limits::failures`](crate::Limits::failures) in a row, more slowly each time.
///   A post of unknown fate is never made again: its sends are reported
///   ([`Event::Unsent`], [`Event::Gap`]) and the session goes on, since a body holds whole frames
///   and losing one leaves the stream in step. An empty poll is made again, and so is an open with
///   an empty body. Statuses 408, 429 and 5xx count as unknown fate.
/// * **After an unknown fate in serial mode** the reply that was lost may have held the next session
///   id. A poll goes first, and posts wait until something was answered; if the gateway does not know
///   the old id any more, the session ends with [`CloseReason::SessionLost`].
/// * **Held polls.** A 504 after [`Mode::HELD`] is an empty poll: a proxy lost patience. A poll that
///   passes its deadline is made again at once; because its reply may have been lost it is an
///   [`Event::Gap`] and counts as a failure until something is answered.
/// * **After the host was asleep** ([`handle_suspended`](Machine::handle_suspended)) a poll in flight is
///   probably dead: it is cancelled and made anew at once. Its reply may have been lost, which is an
///   [`Event::Gap`] but no failure of the gateway's. A post in flight is left to its reply or its deadline: it
///   cannot be made again, and most often it was answered before anybody noticed. If the session is gone, the
///   new poll shows it.
/// * **What is believed.** Only a body that came with status 200, `X-MSN-Messenger` and, at the
///   beginning of the stream, a letter `A` to `Z` or a digit goes up. Later bodies may begin anywhere
///   in a frame, so their first byte says nothing.
/// * **What waits for the application.** Events that are not taken are counted in bytes. Above
///   [`Limits::undrained`](crate::Limits::undrained) no poll is made, above twice that no post either but
///   for the last words, so an application that takes nothing has the session hold at most twice the
///   limit and two replies; the limit and two replies if it sends nothing. Replies under way are still
///   taken. Once events were taken, [`poll_timeout`](Machine::poll_timeout) names a moment that has
///   passed, and [`handle_timeout`](Machine::handle_timeout) goes on. Whoever takes nothing for longer than
///   the gateway keeps an idle session loses it.
pub struct Session {
    config: Config,
    state: State,
    /// Where the next request goes.
    target: Target,
    outbox: Outbox,
    post: Post,
    poll: Poll,
    pace: Pace,
    /// As configured; `Serial` instead of `Learn` once the gateway has changed the session id.
    mode: Mode,
    flow: Flow,
    /// The application has said its last words: no polls any more, and any failure is the end.
    leaving: bool,
    /// Failed requests since the last good reply.
    failures: u32,
    /// Bytes have gone up.
    begun: bool,
    refused: Option<Host>,
    skype_id: Option<String>,
    next_request: u64,
    events: EventQueue<Event>,
    /// Bytes of events at the last input: what requests go by.
    undrained: usize,
    cancels: VecDeque<RequestId>,
}

/// Which requests may be in flight together.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Flow {
    /// A post or a poll.
    Serial,
    /// A poll: after a post of unknown fate it has to find out whether the session lives.
    Probing,
    /// A post and a poll.
    Parallel,
}

#[derive(Debug)]
enum State {
    /// No request was made.
    Fresh,
    /// The open is in flight or will be made again.
    Opening,
    /// The gateway has made the session; this is its newest id.
    Live(SessionId),
    /// `Closed` was said.
    Closed,
}

impl Session {
    /// A session that is still to be opened: by the first [`send`](Self::send), whose frames the
    /// open takes along, or at once with [`Config::empty_open`].
    pub fn new(config: Config) -> Self {
        Self {
            state: State::Fresh,
            target: config.target.clone(),
            outbox: Outbox::default(),
            post: Post::Ready(None),
            poll: Poll::Off,
            pace: Pace::new(&config.timing),
            mode: config.mode,
            flow: match config.mode {
                Mode::Learn | Mode::Serial => Flow::Serial,
                Mode::Parallel => Flow::Parallel,
            },
            leaving: false,
            failures: 0,
            begun: false,
            refused: None,
            skype_id: None,
            next_request: 0,
            events: EventQueue::new(Event::heap),
            undrained: 0,
            cancels: VecDeque::new(),
            config,
        }
    }

    /// Queues one or more whole frames. They travel together, after everything queued before, and
    /// their fate is told by [`Event::Sent`] or [`Event::Unsent`].
    pub fn send(&mut self, frames: Bytes) -> Result<SendId, SendError> {
        if self.leaving || matches!(self.state, State::Closed) {
            return Err(SendError::Closed);
        }
        self.look();
        self.outbox.push(frames, &self.config.limits)
    }

    /// Sends these cookies from the next request on: those of the configuration have been renewed
    /// (gateway.md 16.5).
    pub fn set_cookies(&mut self, cookies: &str) -> Result<(), ConfigError> {
        self.config.set_cookies(cookies)
    }

    /// Whose session this is (`X-MSN-SkypeId`), as the newest reply that said it: a gateway can name
    /// the account only once the server behind it has accepted it, which need not be when it opens.
    pub fn skype_id(&self) -> Option<&str> {
        self.skype_id.as_deref()
    }

    /// Says the last words (`OUT`) after everything queued, even if the queue is full, waits for the
    /// answer, then ends the session. Without a session, nothing is sent.
    pub fn close_with(&mut self, frames: Bytes) -> Result<SendId, SendError> {
        if self.leaving || matches!(self.state, State::Closed) {
            return Err(SendError::Closed);
        }
        if frames.len() > self.config.limits.send {
            return Err(SendError::TooLarge);
        }
        let id = self.outbox.push_last(frames);
        self.leaving = true;
        if let Poll::Due | Poll::Pausing(_) = self.poll {
            self.poll = Poll::Off;
        }
        if let State::Fresh = self.state {
            self.end(CloseReason::Local);
        }
        Ok(id)
    }

    /// Ends the session now: what is queued is not sent, what is in flight is cancelled. With
    /// [`Config::close_action`], `Action=close` is still sent before [`Event::Closed`].
    pub fn close(&mut self) {
        let says_goodbye = self.config.close_action && matches!(self.state, State::Live(_));
        self.leaving = true;
        if !says_goodbye {
            self.end(CloseReason::Local);
        } else if !self.post.is_close() {
            self.abandon();
            self.post = Post::Ready(Some(Parcel::empty(Kind::Close)));
        }
    }

    /// Something was answered although the application is leaving.
    fn leave(&mut self, landed: &Landed) {
        if !self.outbox.is_empty() || !matches!(self.post, Post::Ready(None)) {
            return;
        }
        let said_goodbye = matches!(landed, Landed::Post(parcel) if parcel.kind == Kind::Close);
        if self.config.close_action && !said_goodbye {
            self.post = Post::Ready(Some(Parcel::empty(Kind::Close)));
        } else {
            self.end(CloseReason::Local);
        }
    }

    fn end(&mut self, reason: CloseReason) {
        if let State::Closed = self.state {
            return;
        }
        self.abandon();
        self.state = State::Closed;
        let reason = if self.leaving {
            CloseReason::Local
        } else {
            reason
        };
        self.tell(Event::Closed(reason));
    }

    /// Drops everything in flight and in the queue, and says so.
    fn abandon(&mut self) {
        match mem::replace(&mut self.post, Post::Ready(None)) {
            Post::Flying(id, parcel) => {
                self.cancels.push_back(id);
                self.unsent(parcel.ids, Failure::Unknown);
            }
            Post::Ready(Some(parcel)) | Post::Pausing(Some(parcel), _) => {
                self.unsent(parcel.ids, Failure::NotSent);
            }
            Post::Ready(None) | Post::Pausing(None, _) => {}
        }
        if let Poll::Flying(poll) = mem::replace(&mut self.poll, Poll::Off) {
            self.cancels.push_back(poll.id);
        }
        let queued = self.outbox.clear();
        self.unsent(queued, Failure::NotSent);
    }

    fn unsent(&mut self, ids: SendIds, fate: Failure) {
        for id in ids {
            let id = SendId(id);
            self.tell(Event::Unsent { id, fate });
        }
    }
}

impl Machine for Session {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        self.look();
        if let Post::Pausing(parcel, until) = &mut self.post
            && *until <= now
        {
            self.post = Post::Ready(parcel.take());
        }
        if self.learns_at().is_some_and(|at| at <= now) {
            self.flow = Flow::Parallel;
        }
        if let Poll::Pausing(until) = self.poll
            && until <= now
        {
            self.poll = Poll::Due;
        }
    }

    fn handle_suspended(&mut self, _now: Instant) {
        self.look();
        self.renew_poll();
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let post = match self.post {
            Post::Pausing(_, until) => Some(until),
            _ => None,
        };
        let poll = match self.poll {
            Poll::Pausing(until) => Some(until),
            _ => None,
        };
        // Taking events is an input that nobody tells: this has the driver tell it.
        let room = self.has_found_room().then_some(Instant::ORIGIN);
        [room, post, poll, self.learns_at()]
            .into_iter()
            .flatten()
            .min()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

impl HttpMachine for Session {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        let Some(landed) = self.land(id) else { return };
        self.look();
        match response.status() {
            StatusCode::OK => self.accept(landed, response, now),
            status => self.reject(landed, status, now),
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        let Some(landed) = self.land(id) else { return };
        self.look();
        self.fail(landed, failure, CloseReason::Unreachable(failure), now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match self.next_parcel() {
            Some(parcel) => Some(self.transmit_post(parcel, now)),
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
            .field("state", &self.state)
            .field("host", &self.target.host())
            .field("flow", &self.flow)
            .field("queued", &self.outbox.len())
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
