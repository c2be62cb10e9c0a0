//! `Gateway`: the server end of `gateway.dll`, all its sessions in one machine. It carries bytes and knows no MSNP.

mod admission;
mod config;
mod cors;
mod event;
mod exchange;
mod identity;
mod request;
mod session;
mod sessions;
mod settle;

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};

use crate::SendError;
use crate::wire::Action;
pub use config::{Origins, ServerConfig, ServerConfigError, UnknownSession};
pub use event::{Claims, EndReason, ExchangeId, OpenRequest, Peer, ServerEvent, SessionKey};
use exchange::{Exchanges, Stage};
use machine_contract::Instant;
use request::{Asked, Style};
use session::Due;
use sessions::Sessions;

/// The server end of `gateway.dll`: takes requests, says what to answer and when, and hands the
/// application the bytes in between.
///
/// The [crate guide](crate#the-server-end) has the run loop and what a driver owes. In short: give every HTTP request to
/// [`handle_request`](Self::handle_request), write what [`poll_reply`](Self::poll_reply) gives, and report each
/// exchange once, with [`handle_reply_sent`](Self::handle_reply_sent) or
/// [`handle_reply_lost`](Self::handle_reply_lost). A client that does not read its reply keeps its session alive until
/// the write is given up.
///
/// # What it promises
///
/// * Frames reach the client whole, once and in order, or come back with
///   [`Closed`](ServerEvent::Closed). One reply at a time carries frames of a session: the next
///   leaves when that one is known to be sent or lost, and a lost one's frames go back in front.
///   (What two connections do to two replies that were both written is the network's affair.)
/// * A reply to a request that brought bytes carries what was sent before
///   [`answered`](Self::answered); everything else leaves by the held poll, at once. Replies are
///   made when they are polled, so what is said in one go (two sends and a close) is one reply.
/// * A poll with `Lifespan` is held, one per session, until there is something to say, its time is
///   up, a newer poll comes or the session ends. A command post leaves it alone, as clients that
///   hold polls post beside them; a poll without `Lifespan` is answered at once, so the posts of
///   clients that do one thing at a time never meet a poll in progress (gateway.md 13.9).
/// * A session that has ended never lives again.
/// * Everything is bounded by [`ServerConfig`], and a request costs no more than the logarithm of
///   the number of sessions.
/// * The same calls give the same outputs.
///
/// # Example
///
/// ```
/// use bytes::Bytes;
/// use gateway_sm::{ExchangeId, Gateway, ServerConfig, ServerEvent};
/// use machine_contract::Instant;
///
/// let mut gateway = Gateway::new(ServerConfig::new("gw1.example.com", "192.0.2.7")?);
/// let now = Instant::ORIGIN;
/// let exchange = ExchangeId::new(1);
/// let request = http::Request::post("/gateway/gateway.dll?Action=open&Server=NS")
///     .body(Bytes::from("VER 1 MSNP8 CVR0\r\n"))?;
/// gateway.handle_request(exchange, request, *b"0123456789abcdef", now);
///
/// while let Some(event) = gateway.poll_event() {
///     if let ServerEvent::Received { session, exchange, bytes, .. } = event {
///         assert_eq!(bytes, "VER 1 MSNP8 CVR0\r\n");
///         gateway.send(session, Bytes::from("VER 1 MSNP8\r\n"), now)?;
///         gateway.answered(exchange, now);
///     }
/// }
/// let (to, reply) = gateway.poll_reply().expect("the post was answered");
/// assert_eq!((to, &reply.body()[..]), (exchange, &b"VER 1 MSNP8\r\n"[..]));
/// gateway.handle_reply_sent(exchange, now);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Gateway {
    config: ServerConfig,
    sessions: Sessions,
    exchanges: Exchanges,
    events: VecDeque<ServerEvent>,
    /// Sessions whose replies are to be collected: not before the last moment, so that what the
    /// application does in one go makes one reply.
    stirred: VecDeque<SessionKey>,
    /// The latest instant that was told.
    now: Option<Instant>,
    /// Empty between calls; kept for its memory.
    due: Vec<Due>,
}

impl Gateway {
    /// A gateway without sessions.
    pub fn new(mut config: ServerConfig) -> Self {
        let seconds = config.session_timeout.as_secs().max(1);
        config.reply.session_timeout = u32::try_from(seconds).ok();
        Self {
            config,
            sessions: Sessions::default(),
            exchanges: Exchanges::default(),
            events: VecDeque::new(),
            stirred: VecDeque::new(),
            now: None,
            due: Vec::new(),
        }
    }

    /// A request has arrived, whole. `entropy` are 16 bytes that nobody can guess, fresh for every
    /// request. An exchange that is in progress already is left alone.
    pub fn handle_request(
        &mut self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        entropy: [u8; 16],
        now: Instant,
    ) {
        let (major, minor) = identity::numbers(entropy);
        let style = Style::of(request.headers(), minor);
        if !self.exchanges.begin(exchange, style) {
            return;
        }
        match request::read(&request, self.config.max_body) {
            Ok(Asked::Preflight) => self.exchanges.answer_preflight(exchange, &self.config),
            Ok(Asked::Action(Action::Open(open))) => {
                let asked = OpenRequest::of(open, &request);
                let opened = self.open(exchange, asked, request.into_body(), (major, minor), now);
                if let Err(refusal) = opened {
                    self.exchanges.refuse(exchange, refusal, &self.config);
                }
            }
            Ok(Asked::Action(action)) => {
                let claims = Claims::of(request.headers());
                let body = request.into_body();
                let polite = body.is_empty();
                if let Err(refusal) = self.serve(exchange, &action, claims, body, now) {
                    self.exchanges.refuse_session(
                        exchange,
                        refusal,
                        action.session(),
                        polite,
                        &self.config,
                    );
                }
            }
            Err(refusal) => self.exchanges.refuse(exchange, refusal, &self.config),
        }
    }

    /// The whole reply to this exchange was written.
    pub fn handle_reply_sent(&mut self, exchange: ExchangeId, now: Instant) {
        let Some((key, session, stage)) = self.finish(exchange) else {
            return;
        };
        match stage {
            // There was no reply to send: the program has mixed something up, nothing was delivered.
            Stage::Waiting(_) => session.forget(exchange, now),
            Stage::Replied { minor, close, .. } => {
                if session.opening == Some(exchange) {
                    session.opening = None;
                }
                session.identity.sent(minor);
                session.reply_sent(exchange, close, now);
            }
        }
        self.stir(key, now);
    }

    /// The client of this exchange went away, before its reply was there or before all of it was
    /// written. Its frames go back in front of the session's queue.
    pub fn handle_reply_lost(&mut self, exchange: ExchangeId, now: Instant) {
        let Some((key, session, stage)) = self.finish(exchange) else {
            return;
        };
        match stage {
            Stage::Waiting(_) => session.forget(exchange, now),
            Stage::Replied { frames, .. } => session.reply_lost(exchange, frames, now),
        }
        if session.opening == Some(exchange) {
            self.remove(key, EndReason::OpenLost);
        } else {
            self.stir(key, now);
        }
    }

    /// Time has passed. Calling it early, late or often is harmless.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(Some(now));
        while self.settle_next() {}
        while let Some((at, key)) = self.sessions.first_due()
            && at <= now
        {
            if self.expired(key, now) {
                self.remove(key, EndReason::Silence);
            } else {
                self.settle(key, now);
            }
        }
    }

    /// Queues frames for the client: whole ones, since a reply is never cut inside of what was
    /// given here at once (libpurple and papyon lose a frame that is split, gateway.md 5.1). They
    /// leave with the reply of a request that is being worked on, else with the held poll, at once.
    ///
    /// # Errors
    /// [`SendError::Full`] asks the application for a decision: to wait or to close the session.
    pub fn send(
        &mut self,
        session: SessionKey,
        frames: Bytes,
        now: Instant,
    ) -> Result<(), SendError> {
        let key = session;
        let session = self
            .sessions
            .get_mut(key)
            .filter(|session| !session.ended());
        let session = session.ok_or(SendError::Closed)?;
        if frames.len() > self.config.max_queued {
            return Err(SendError::TooLarge);
        }
        if session.backlog() + frames.len() > self.config.max_queued {
            return Err(SendError::Full);
        }
        if !frames.is_empty() {
            session.enqueue(frames);
            self.stir(key, now);
        }
        Ok(())
    }

    /// The application has nothing more to say to the bytes that this exchange brought: due once for
    /// every [`Received`](ServerEvent::Received). Without it the reply waits for
    /// [`ServerConfig::post_hold`].
    pub fn answered(&mut self, exchange: ExchangeId, now: Instant) {
        let Some(key) = self.exchanges.session(exchange) else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(key) {
            session.answered(exchange);
            self.stir(key, now);
        }
    }

    /// Ends a session, as after `OUT`. What was sent before still leaves, with the waiting or the
    /// next reply, which says `Session=close`; bytes that come from now on get 400.
    pub fn close(&mut self, session: SessionKey, now: Instant) {
        self.end(session, EndReason::Application);
        self.stir(session, now);
    }

    /// Tells the client its Skype name, such as `live:alice`, in every reply from now on
    /// (`X-MSN-SkypeId`). An empty one is not sent: msn-pecan breaks on a header without a value.
    pub fn set_skype_id(&mut self, session: SessionKey, skype_id: HeaderValue) {
        if let Some(session) = self.sessions.get_mut(session) {
            session.skype_id = Some(skype_id).filter(|skype_id| !skype_id.is_empty());
        }
    }

    /// The next reply to write. None ever comes for an exchange that was reported lost. What is sent
    /// and closed between two calls leaves together, as far as it belongs to one session.
    #[must_use]
    pub fn poll_reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        loop {
            let reply = self.exchanges.poll();
            if reply.is_some() || !self.settle_next() {
                return reply;
            }
        }
    }

    /// The next thing that the application should know.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        self.events.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) if nothing else happens before. At once
    /// while [`poll_reply`](Self::poll_reply) is not drained.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.stirred.is_empty() {
            self.sessions.first_due().map(|(at, _)| at)
        } else {
            self.now
        }
    }

    /// How many sessions there are, with those that have ended and whose clients do not know it yet.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("sessions", &self.sessions.len())
            .field("exchanges", &self.exchanges.len())
            .finish_non_exhaustive()
    }
}
