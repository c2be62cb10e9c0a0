//! `Session`, the client end of one gateway session: the whole machine. It carries bytes and knows
//! nothing of what is in them.

mod event;
mod outbox;
mod pace;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response, StatusCode};

use self::outbox::{Outbox, SendIds};
use self::pace::{Pace, backoff};
use crate::config::{Config, Mode};
use crate::machine::{Failure, Instant, Machine, RequestId, Transmit};
use crate::send_error::SendError;
use crate::target::Target;
use crate::wire::{Action, Host, Reply, SessionId, X_MSN_GW_CAPABILITIES};

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
/// * **What is believed.** Only a body that came with status 200, `X-MSN-Messenger` and, at the
///   beginning of the stream, a letter `A` to `Z` or a digit goes up. Later bodies may begin anywhere
///   in a frame, so their first byte says nothing.
pub struct Session {
    config: Config,
    state: State,
    /// Where the next request goes.
    target: Target,
    outbox: Outbox,
    post: Post,
    poll: Poll,
    pace: Pace,
    /// A poll and a post may be in flight together.
    parallel: bool,
    /// The application has said its last words: no polls any more, and any failure is the end.
    leaving: bool,
    /// A post's fate is unknown: in serial mode a poll has to find out whether the session lives.
    probing: bool,
    /// Failed requests since the last good reply.
    failures: u32,
    /// Bytes have gone up.
    begun: bool,
    refused: Option<Host>,
    next_request: u64,
    events: VecDeque<Event>,
    cancels: VecDeque<RequestId>,
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

/// The request that carries sends, the open or the close.
enum Post {
    /// May be made; with the parcel of a request that never left, if there is one.
    Ready(Option<Parcel>),
    /// Not before then.
    Pausing(Option<Parcel>, Instant),
    Flying(RequestId, Parcel),
}

impl Post {
    fn is_close(&self) -> bool {
        matches!(self, Self::Ready(Some(parcel)) | Self::Flying(_, parcel)
            if parcel.kind == Kind::Close)
    }
}

struct Parcel {
    kind: Kind,
    ids: SendIds,
    body: Bytes,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Kind {
    Open,
    Commands,
    Close,
}

/// The request that asks for what is queued at the gateway.
enum Poll {
    /// None until something calls for one.
    Off,
    Due,
    Pausing(Instant),
    Flying(FlyingPoll),
}

#[derive(Copy, Clone)]
struct FlyingPoll {
    id: RequestId,
    since: Instant,
    deadline: Instant,
    lifespan: Option<u32>,
    /// A post was made meanwhile, which makes a gateway answer at once (gateway.md 13.9).
    overtaken: bool,
}

impl FlyingPoll {
    /// From when on the gateway must be holding it, if that was asked for.
    fn held_from(&self) -> Option<Instant> {
        let lifespan = Duration::from_secs(self.lifespan?.into());
        Some(self.since + lifespan.min(Mode::HELD))
    }

    fn is_held(&self, now: Instant) -> bool {
        self.held_from().is_some_and(|from| from <= now)
    }
}

/// A request that has come to its end.
enum Landed {
    Post(Parcel),
    Poll(FlyingPoll),
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
            parallel: config.mode == Mode::Parallel,
            leaving: false,
            probing: false,
            failures: 0,
            begun: false,
            refused: None,
            next_request: 0,
            events: VecDeque::new(),
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
        self.outbox.push(frames, &self.config.limits)
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

    // What happened to requests.

    fn land(&mut self, id: RequestId) -> Option<Landed> {
        if let Post::Flying(flying, _) = self.post
            && flying == id
            && let Post::Flying(_, parcel) = std::mem::replace(&mut self.post, Post::Ready(None))
        {
            return Some(Landed::Post(parcel));
        }
        if let Poll::Flying(poll) = self.poll
            && poll.id == id
        {
            self.poll = Poll::Off;
            return Some(Landed::Poll(poll));
        }
        None
    }

    /// A response with status 200.
    fn accept(&mut self, landed: Landed, response: Response<Bytes>, now: Instant) {
        let (head, body) = response.into_parts();
        let reply = match self.check(&head.headers, &body) {
            Ok(reply) => reply,
            Err(error) => {
                if let Landed::Post(parcel) = landed {
                    self.unsent(parcel.ids, Failure::Unknown);
                }
                return self.end(CloseReason::Protocol(error));
            }
        };
        self.failures = 0;
        self.probing = false;
        self.follow(&reply);
        if let Landed::Post(parcel) = &landed {
            for id in parcel.ids.clone() {
                self.events.push_back(Event::Sent(SendId(id)));
            }
        }
        let empty = body.is_empty();
        if !empty {
            self.begun = true;
            self.events.push_back(Event::Received(body));
        }
        if reply.close {
            return self.end(CloseReason::Peer);
        }
        if self.leaving {
            return self.leave(&landed);
        }
        let more = reply.more_data == Some(true) && !empty;
        match landed {
            Landed::Post(parcel) => self.after_post(&parcel, more, now),
            Landed::Poll(poll) => self.after_poll(poll, empty, more, now),
        }
    }

    /// Whether a gateway sent this, and a usable one.
    fn check(&self, headers: &http::HeaderMap, body: &Bytes) -> Result<Reply, ProtocolError> {
        if body.len() > self.config.limits.reply {
            return Err(ProtocolError::TooLarge);
        }
        let reply = Reply::parse(headers)?;
        if let (false, Some(first)) = (self.begun, body.first())
            && !(first.is_ascii_uppercase() || first.is_ascii_digit())
        {
            return Err(ProtocolError::NotMessenger);
        }
        if matches!(self.state, State::Opening) && reply.session.is_none() && !reply.close {
            return Err(ProtocolError::NoSession);
        }
        Ok(reply)
    }

    /// Takes over id, host, capabilities and lifetime: before the next request is built, after the
    /// response is complete (gateway.md 14.2, 15 "papyon").
    fn follow(&mut self, reply: &Reply) {
        match self.config.hosts.choose(reply, self.config.target.host()) {
            Ok(Some(host)) => self.move_to(host),
            Ok(None) => {}
            Err(host) => {
                if self.refused.as_ref() != Some(&host) {
                    self.events.push_back(Event::HostRefused(host.clone()));
                    self.refused = Some(host);
                }
            }
        }
        if self.config.mode == Mode::Learn && reply.long_polls {
            self.parallel = true;
        }
        let session_timeout = reply
            .session_timeout
            .map(|seconds| Duration::from_secs(seconds.into()));
        if let Some(session_timeout) = session_timeout {
            self.pace.keep_alive(session_timeout, &self.config.timing);
        }
        let Some(session) = reply.session.clone() else {
            return;
        };
        let text = |value: &Option<HeaderValue>| {
            let value = str::from_utf8(value.as_ref()?.as_bytes()).ok()?;
            Some(value.to_owned())
        };
        if let State::Opening = self.state {
            self.events.push_back(Event::Opened(Opened {
                host: self.target.host().clone(),
                server: text(&reply.server),
                skype_id: text(&reply.skype_id),
                session_timeout,
            }));
        }
        self.state = State::Live(session);
    }

    fn move_to(&mut self, host: Host) {
        // A gateway on a port of its own that names itself without it means itself.
        let here = [self.target.host(), self.config.target.host()];
        let known = here.into_iter().find(|known| known.is_same_host(&host));
        let host = match known {
            Some(known) if host.port().is_none() => known.clone(),
            _ => host,
        };
        self.target.move_to(host);
    }

    fn after_post(&mut self, parcel: &Parcel, more: bool, now: Instant) {
        self.pace.quicken(&self.config.timing);
        if let Poll::Flying(_) = self.poll {
            return;
        }
        let soon = now + self.pace.pause();
        self.poll = match self.poll {
            _ if more => Poll::Due,
            Poll::Off if self.parallel && parcel.kind == Kind::Open => Poll::Due,
            Poll::Due if self.parallel => Poll::Due,
            Poll::Pausing(until) => Poll::Pausing(until.min(soon)),
            _ => Poll::Pausing(soon),
        };
    }

    fn after_poll(&mut self, poll: FlyingPoll, empty: bool, more: bool, now: Instant) {
        let held = poll.is_held(now);
        if held && self.config.mode == Mode::Learn {
            self.parallel = true;
        }
        if !empty {
            self.pace.quicken(&self.config.timing);
        }
        let at_once = more || held || (self.parallel && (!empty || poll.overtaken));
        self.poll = if at_once {
            Poll::Due
        } else {
            Poll::Pausing(now + self.pace.pause())
        };
    }

    /// A response with another status than 200. Its body is nobody's business.
    fn reject(&mut self, landed: Landed, status: StatusCode, now: Instant) {
        let live = matches!(self.state, State::Live(_));
        let reason = match status.as_u16() {
            401 | 403 => CloseReason::Unauthorized(status),
            400 | 404 | 410 if live => CloseReason::SessionLost,
            _ => CloseReason::Status(status),
        };
        let passing = matches!(status.as_u16(), 408 | 429) || status.is_server_error();
        match landed {
            Landed::Poll(poll) if status == StatusCode::GATEWAY_TIMEOUT && poll.is_held(now) => {
                if !self.leaving {
                    self.after_poll(poll, true, false, now);
                }
            }
            landed if passing => self.fail(landed, Failure::Unknown, reason, now),
            Landed::Post(parcel) => {
                self.unsent(parcel.ids, Failure::Unknown);
                self.end(reason);
            }
            Landed::Poll(_) => self.end(reason),
        }
    }

    /// A request without a usable answer; `reason` is why the session ends if it has to.
    fn fail(&mut self, landed: Landed, failure: Failure, reason: CloseReason, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        let given_up = self.failures > self.config.limits.failures;
        let later = now + backoff(self.failures, &self.config.timing);
        match landed {
            Landed::Poll(poll) => {
                if failure == Failure::Unknown {
                    self.events.push_back(Event::Gap);
                }
                if given_up {
                    self.end(reason);
                } else if !self.leaving {
                    let held = poll.lifespan.is_some() && now >= poll.deadline;
                    self.poll = if held {
                        Poll::Due
                    } else {
                        Poll::Pausing(later)
                    };
                }
            }
            Landed::Post(parcel) => {
                let empty_open = parcel.kind == Kind::Open && parcel.ids.is_empty();
                let again = failure == Failure::NotSent || empty_open;
                if again && !given_up && !self.leaving {
                    self.post = Post::Pausing(Some(parcel), later);
                    return;
                }
                self.unsent(parcel.ids, failure);
                if again || given_up || self.leaving || parcel.kind == Kind::Open {
                    return self.end(reason);
                }
                self.events.push_back(Event::Gap);
                if self.parallel {
                    self.post = Post::Pausing(None, later);
                } else {
                    self.probing = true;
                    self.poll = Poll::Pausing(later);
                }
            }
        }
    }

    // The end.

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
        self.events.push_back(Event::Closed(reason));
    }

    /// Drops everything in flight and in the queue, and says so.
    fn abandon(&mut self) {
        match std::mem::replace(&mut self.post, Post::Ready(None)) {
            Post::Flying(id, parcel) => {
                self.cancels.push_back(id);
                self.unsent(parcel.ids, Failure::Unknown);
            }
            Post::Ready(Some(parcel)) | Post::Pausing(Some(parcel), _) => {
                self.unsent(parcel.ids, Failure::NotSent);
            }
            Post::Ready(None) | Post::Pausing(None, _) => {}
        }
        if let Poll::Flying(poll) = std::mem::replace(&mut self.poll, Poll::Off) {
            self.cancels.push_back(poll.id);
        }
        let queued = self.outbox.clear();
        self.unsent(queued, Failure::NotSent);
    }

    fn unsent(&mut self, ids: SendIds, fate: Failure) {
        for id in ids {
            let id = SendId(id);
            self.events.push_back(Event::Unsent { id, fate });
        }
    }

    // What to do next.

    fn next_parcel(&mut self) -> Option<Parcel> {
        let blocked_by_poll = !self.parallel && matches!(self.poll, Poll::Flying(_));
        let blocked_by_probe = !self.parallel && self.probing && !self.leaving;
        if blocked_by_poll || blocked_by_probe {
            return None;
        }
        let Post::Ready(again) = &mut self.post else {
            return None;
        };
        if let Some(parcel) = again.take() {
            return Some(parcel);
        }
        let kind = match self.state {
            State::Fresh if self.config.empty_open => return Some(Parcel::empty(Kind::Open)),
            State::Fresh => Kind::Open,
            State::Live(_) => Kind::Commands,
            State::Opening | State::Closed => return None,
        };
        let (ids, body) = self.outbox.take(self.config.limits.request)?;
        Some(Parcel { kind, ids, body })
    }

    fn transmit_post(&mut self, parcel: Parcel, now: Instant) -> Transmit {
        let action = match (&self.state, parcel.kind) {
            (State::Live(session), Kind::Close) => Action::Close {
                session: session.clone(),
            },
            (State::Live(session), _) => Action::Post {
                session: session.clone(),
            },
            _ => {
                self.state = State::Opening;
                Action::Open(self.config.open.clone())
            }
        };
        if let Poll::Flying(poll) = &mut self.poll {
            poll.overtaken = true;
        }
        let deadline = now + self.config.timing.reply;
        let transmit = self.transmit(&action, parcel.body.clone(), deadline);
        self.post = Post::Flying(transmit.id, parcel);
        transmit
    }

    fn transmit_poll(&mut self, now: Instant) -> Option<Transmit> {
        let State::Live(session) = &self.state else {
            return None;
        };
        let post_idle = matches!(self.post, Post::Ready(None));
        if !matches!(self.poll, Poll::Due) || self.leaving || !(self.parallel || post_idle) {
            return None;
        }
        // A probe wants its answer at once; a serial gateway would keep posts waiting.
        let short = self.config.mode == Mode::Serial || self.probing;
        let lifespan = (!short && self.config.lifespan > 0).then_some(self.config.lifespan);
        let patience = match lifespan {
            Some(seconds) => Duration::from_secs(seconds.into()) + self.config.timing.margin,
            None => self.config.timing.reply,
        };
        let action = Action::Poll {
            session: session.clone(),
            lifespan,
        };
        let transmit = self.transmit(&action, Bytes::new(), now + patience);
        self.poll = Poll::Flying(FlyingPoll {
            id: transmit.id,
            since: now,
            deadline: transmit.deadline,
            lifespan,
            overtaken: false,
        });
        Some(transmit)
    }

    fn transmit(&mut self, action: &Action, body: Bytes, deadline: Instant) -> Transmit {
        let id = RequestId::new(self.next_request);
        self.next_request += 1;
        let size = body.len();
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.uri(action);
        *request.headers_mut() = self.config.headers.clone();
        // HTTP libraries leave it out when a body is empty; gateways want it (gateway.md 3).
        request.headers_mut().insert(CONTENT_LENGTH, size.into());
        if let (Action::Open(_), Mode::Learn) = (action, self.config.mode) {
            let all = HeaderValue::from_static("*");
            request.headers_mut().insert(X_MSN_GW_CAPABILITIES, all);
        }
        Transmit {
            id,
            request,
            deadline,
        }
    }

    /// When a poll in flight will have shown that the gateway holds polls.
    fn learns_at(&self) -> Option<Instant> {
        match &self.poll {
            Poll::Flying(poll) if self.config.mode == Mode::Learn && !self.parallel => {
                poll.held_from()
            }
            _ => None,
        }
    }
}

impl Machine for Session {
    type Event = Event;

    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        let Some(landed) = self.land(id) else { return };
        match response.status() {
            StatusCode::OK => self.accept(landed, response, now),
            status => self.reject(landed, status, now),
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        let Some(landed) = self.land(id) else { return };
        self.fail(landed, failure, CloseReason::Unreachable(failure), now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Post::Pausing(parcel, until) = &mut self.post
            && *until <= now
        {
            self.post = Post::Ready(parcel.take());
        }
        if self.learns_at().is_some_and(|at| at <= now) {
            self.parallel = true;
        }
        if let Poll::Pausing(until) = self.poll
            && until <= now
        {
            self.poll = Poll::Due;
        }
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

    fn poll_timeout(&self) -> Option<Instant> {
        let post = match self.post {
            Post::Pausing(_, until) => Some(until),
            _ => None,
        };
        let poll = match self.poll {
            Poll::Pausing(until) => Some(until),
            _ => None,
        };
        [post, poll, self.learns_at()].into_iter().flatten().min()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

impl Parcel {
    fn empty(kind: Kind) -> Self {
        Self {
            kind,
            ids: 0..0,
            body: Bytes::new(),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.state)
            .field("host", &self.target.host())
            .field("parallel", &self.parallel)
            .field("queued", &self.outbox.len())
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
