//! `Gateway`: the server end of `gateway.dll`, all its sessions in one machine. It carries bytes and knows no MSNP.

mod arrival;
mod carriers;
mod config;
mod cors;
mod event;
mod frames;
mod identity;
mod outgoing;
mod pending;
mod queries;
mod ready_reply;
mod refusal;
mod repeats;
mod request;
mod session;
mod sessions;
mod strangers;
mod table;

use std::fmt;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};

use self::config::Settings;
use self::frames::Piece;
use self::pending::{PendingRequests, Stage};
use self::refusal::Refusal;
use self::request::{Style, Wanted};
use self::sessions::Sessions;
use crate::send_error::SendError;
use crate::wire::Action;
use machine_contract::Instant;

pub use config::{Origins, ServerConfig, ServerConfigError, UnknownSession};
pub use event::{
    Claims, ConnectionEnd, EndReason, Evidence, ExchangeId, HttpConnection, OpenRequest, Peer,
    ReachedAt, ServerEvent, SessionKey,
};
pub use strangers::Strangers;

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
///   up, a newer poll comes, the session posts or ends. A client that has asked what the gateway can do
///   (`X-MSN-GWCapabilities`) keeps its poll beside its posts; others may ask for the next poll after
///   any answer (gateway.md 6). A poll without `Lifespan` is answered at once, so the posts of
///   clients that do one thing at a time never meet a poll in progress (gateway.md 13.9).
/// * What is known of the frames that were sent is told truthfully: see [`Evidence`].
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
    settings: Settings,
    sessions: Sessions,
    pending: PendingRequests,
}

impl Gateway {
    /// A gateway without sessions.
    pub fn new(config: ServerConfig) -> Self {
        Self {
            settings: config.into_settings(),
            sessions: Sessions::default(),
            pending: PendingRequests::default(),
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
        if !self.pending.begin(exchange, Style::of(&request)) {
            return;
        }
        let by = request.extensions().get::<HttpConnection>().copied();
        match request::read(&request, self.settings.max_body) {
            Ok(Wanted::Preflight) => self.pending.answer_preflight(exchange, &self.settings),
            Ok(Wanted::Action(Action::Open(open))) => {
                let open = OpenRequest::of(open, &request);
                self.open((exchange, by), open, request.into_body(), entropy, now);
            }
            Ok(Wanted::Action(action)) => {
                let claims = Claims::of(request.headers());
                self.serve(
                    (exchange, by),
                    &action,
                    (claims, request.into_body()),
                    entropy,
                    now,
                );
            }
            Err(refusal) => self.pending.refuse(exchange, refusal, &self.settings),
        }
    }

    /// A request has arrived that the application does not let in, a session at a server that it may not reach say: it is
    /// answered 400, which stops every client (gateway.md 13.12). 403 would be taken for a matter of credentials
    /// (gateway.md 19.11).
    pub fn refuse(&mut self, exchange: ExchangeId, request: &Request<Bytes>) {
        if self.pending.begin(exchange, Style::of(request)) {
            self.pending
                .refuse(exchange, Refusal::Unwelcome, &self.settings);
        }
    }

    /// A request has come that names somebody else's session. It is answered as if there were no such session.
    pub fn handle_foreign(&mut self, exchange: ExchangeId, request: &Request<Bytes>) {
        if self.pending.begin(exchange, Style::of(request)) {
            let (polite, settings) = (request.body().is_empty(), &self.settings);
            let refusal = Refusal::Unknown;
            self.pending
                .refuse_session(exchange, refusal, None, polite, settings);
        }
    }

    /// The whole reply to this exchange was written.
    pub fn handle_reply_sent(&mut self, exchange: ExchangeId, now: Instant) {
        let Some((key, stage)) = self.pending.finish(exchange) else {
            return;
        };
        match stage {
            Stage::Waiting(_) => self.sessions.forget(key, exchange, now),
            Stage::Replied { minor, close, .. } => {
                self.sessions.reply_sent(key, exchange, (minor, close), now);
            }
        }
    }

    /// The client of this exchange went away, before its reply was there or before all of it was
    /// written. Its frames go back in front of the session's queue.
    pub fn handle_reply_lost(&mut self, exchange: ExchangeId, now: Instant) {
        let Some((key, stage)) = self.pending.finish(exchange) else {
            return;
        };
        let frames = match stage {
            Stage::Waiting(_) => None,
            Stage::Replied { frames, .. } => Some(frames),
        };
        self.sessions.client_left(key, exchange, frames, now);
    }

    /// The client of this exchange has closed its side of the connection and reads on, or is gone: which of the two
    /// is seen when it is answered. A poll is not held any longer.
    pub fn handle_half_closed(&mut self, exchange: ExchangeId, now: Instant) {
        if let Some(key) = self.pending.session(exchange) {
            self.sessions.release(key, exchange, now);
        }
    }

    /// An HTTP connection has ended, after all that was to be said of its exchanges.
    pub fn handle_connection_ended(&mut self, connection: HttpConnection, end: ConnectionEnd) {
        self.sessions.connection_ended(connection, end);
    }

    /// Time has passed. Calling it early, late or often is harmless.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.sessions.handle_timeout(&self.settings, now);
        self.make_replies();
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
        self.send_tagged(session, frames, Vec::new(), now)
    }

    /// The same, for frames of which the application wants to know what becomes of them: it is told by
    /// [`ServerEvent::Carried`] under these tags, which are its own numbers.
    ///
    /// # Errors
    /// As of [`send`](Self::send).
    pub fn send_tagged(
        &mut self,
        session: SessionKey,
        frames: Bytes,
        tags: Vec<u64>,
        now: Instant,
    ) -> Result<(), SendError> {
        let piece = Piece { frames, tags };
        self.sessions.send(session, piece, &self.settings, now)
    }

    /// The application has nothing more to say to the bytes that this exchange brought: due once for
    /// every [`Received`](ServerEvent::Received). Without it the reply waits for
    /// [`ServerConfig::post_hold`].
    pub fn answered(&mut self, exchange: ExchangeId, now: Instant) {
        if let Some(key) = self.pending.answered(exchange) {
            self.sessions.answered(key, exchange, now);
        }
    }

    /// Ends a session, as after `OUT`. What was sent before still leaves, with the waiting or the
    /// next reply, which says `Session=close`; bytes that come from now on get 400.
    pub fn close(&mut self, session: SessionKey, now: Instant) {
        self.sessions.close(session, now);
    }

    /// The client of a session is known to the application. It is none of the
    /// [strangers](ServerConfig::max_strangers) any more, and gives way to none.
    pub fn vouch(&mut self, session: SessionKey) {
        self.sessions.vouch(session);
    }

    /// Tells the client its Skype name, such as `live:alice`, in every reply from now on
    /// (`X-MSN-SkypeId`). An empty one is not sent: msn-pecan breaks on a header without a value.
    pub fn set_skype_id(&mut self, session: SessionKey, skype_id: HeaderValue) {
        let skype_id = Some(skype_id).filter(|skype_id| !skype_id.is_empty());
        self.sessions.set_skype_id(session, skype_id);
    }

    /// The next reply to write. None ever comes for an exchange that was reported lost. What is sent
    /// and closed between two calls leaves together, as far as it belongs to one session.
    #[must_use]
    pub fn poll_reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        loop {
            let reply = self.pending.poll();
            if reply.is_some() || !self.sessions.flush_next(&self.settings) {
                return reply;
            }
            self.make_replies();
        }
    }

    /// The next thing that the application should know.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        self.sessions.poll_event()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) if nothing else happens before. At once
    /// while [`poll_reply`](Self::poll_reply) is not drained.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.sessions.poll_timeout()
    }

    /// For whoever asks.
    const fn as_sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The same.
    const fn pending(&self) -> &PendingRequests {
        &self.pending
    }

    fn open(
        &mut self,
        (exchange, by): (ExchangeId, Option<HttpConnection>),
        open: OpenRequest,
        body: Bytes,
        entropy: [u8; 16],
        now: Instant,
    ) {
        let numbers = identity::numbers(entropy);
        let settings = &self.settings;
        let opened = self
            .sessions
            .open(open, numbers, (exchange, by), body, settings, now);
        self.make_replies();
        match opened {
            Ok(key) => self.pending.assign(exchange, key),
            Err(refusal) => self.pending.refuse(exchange, refusal, &self.settings),
        }
    }

    fn serve(
        &mut self,
        (exchange, by): (ExchangeId, Option<HttpConnection>),
        action: &Action,
        (claims, body): (Claims, Bytes),
        entropy: [u8; 16],
        now: Instant,
    ) {
        let (_, minor) = identity::numbers(entropy);
        // A 200 must not seem to acknowledge bytes that nobody has read.
        let polite = body.is_empty();
        let brought = (claims, body);
        let settings = &self.settings;
        let served = self
            .sessions
            .serve(action, minor, (exchange, by), brought, settings, now);
        // What was due before this request leaves before its refusal.
        self.make_replies();
        let session = action.session();
        match served {
            Ok(key) => self.pending.assign(exchange, key),
            Err(refusal) => {
                self.pending
                    .refuse_session(exchange, refusal, session, polite, &self.settings);
            }
        }
    }

    /// Puts what the sessions have ready into the replies that wait for it.
    fn make_replies(&mut self) {
        while let Some(ready) = self.sessions.poll_ready() {
            self.pending.reply(ready, &self.settings);
        }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("sessions", &self.sessions.table().len())
            .field("exchanges", &self.pending.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::pending::PendingRequest;
    use super::table::Entry;

    #[test]
    fn a_held_session_is_small() {
        // 10,000 of them, with their requests and their places in the maps, within 10 MB.
        let held = size_of::<Entry>() + size_of::<PendingRequest>();
        assert!(held <= 640, "{held} bytes");
    }
}
