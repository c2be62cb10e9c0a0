//! What the embedding program and a gateway call things by, and what the gateway tells: ids, events.

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use http::HeaderValue;

use crate::wire::Open;

/// Names one HTTP request that the embedding program has received. Never used twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(u64);

impl ExchangeId {
    /// The id with this number; the program counts its own requests.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Names one session of one [`Gateway`](crate::Gateway) among its events and verbs. Never used twice, and no
/// secret: it has nothing to do with the session id that the client knows.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(u64);

impl SessionKey {
    /// The key with this number, for applications that keep the number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number: sessions are counted in the order in which they open.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Who a request comes from, for [`ServerConfig::max_sessions_per_peer`](crate::ServerConfig::max_sessions_per_peer): put it into the
/// [extensions](http::Request::extensions) of the request. Whether to count single addresses or
/// whole networks (an IPv6 /64) is the embedding program's choice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the embedding program makes it")]
pub struct Peer(pub IpAddr);

/// The address at which a request has reached this gateway, for `GW-IP`, which is an address (web-client.md 3): put it into the
/// [extensions](http::Request::extensions) of the request, if clients can reach it and are not told another.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the embedding program makes it")]
pub struct ReachedAt(pub IpAddr);

/// By which HTTP connection a request comes, for what is known of the replies that go by it: put it into the
/// [extensions](http::Request::extensions) of the request. Never used twice. What becomes of the connection is told by
/// [`Gateway::handle_connection_ended`](crate::Gateway::handle_connection_ended).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the embedding program makes it")]
pub struct HttpConnection(pub u64);

/// How an HTTP connection has ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever hears of it decides on each"
)]
pub enum ConnectionEnd {
    /// The peer has closed it, and its TCP has taken every byte that was written: it says so of each, and a
    /// program that leaves bytes unread in its socket cannot close it without a reset.
    Orderly,
    /// This side has closed it first, as it was asked to with the request (`Connection: close`, all of HTTP/1.0), and the
    /// peer's TCP has taken every byte. Proxies ask so of each connection, and close it whatever becomes of the reply.
    Taken,
    /// A reset, a time-out, bytes that were not taken, another end by this side, or an end of which nothing is known.
    Broken,
}

impl ConnectionEnd {
    /// What it shows of the replies that went by the connection.
    pub(super) const fn evidence(self) -> Evidence {
        match self {
            Self::Orderly => Evidence::Shown,
            Self::Taken => Evidence::Taken,
            Self::Broken => Evidence::Lost,
        }
    }
}

/// What is known of tagged frames ([`Gateway::send_tagged`](crate::Gateway::send_tagged)) by how the connection goes on
/// that carried them.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the application has to decide on each"
)]
pub enum Evidence {
    /// Their reply was written. It may be lost all the same.
    Written,
    /// Their reply was read: the session's next poll has come by the connection that carried it, or that
    /// connection has ended [in order](ConnectionEnd::Orderly).
    Shown,
    /// The peer's TCP has taken their reply, and the connection has ended [as its request asked](ConnectionEnd::Taken): a client
    /// may have read it, or a proxy have lost it. What that means depends on whether the client has a word of its own for what it
    /// has read, which only the application knows.
    Taken,
    /// The connection [broke](ConnectionEnd::Broken) before anything showed that their reply was read.
    Lost,
}

/// What a client said of itself when it opened a session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenRequest {
    /// The query: which server, which framing, and wishes that need not be granted.
    pub open: Open,
    /// Who it came from, if the embedding program said so.
    pub peer: Option<Peer>,
    /// Who it claims to be.
    pub claims: Claims,
    /// `User-Agent`.
    pub user_agent: Option<HeaderValue>,
    /// `X-MSN-GWCapabilities: *`: it asks what the gateway can do, so it knows what a held poll is, and keeps one
    /// beside its posts.
    pub asks_capabilities: bool,
}

/// By what a request claims to come from somebody. The gateway checks none of it.
///
/// These are all the credentials that a request has. Whoever reads its headers beside the gateway
/// also finds cookies that prove nothing: see [`cookies`](Self::cookies).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// `X-MSN-Auth`, such as `Use-Cookie`: by it alone is decided which of the others count, and that has been done.
    pub auth: Option<HeaderValue>,
    /// The `Cookie` headers, and only if the request also said `X-MSN-Auth: Use-Cookie`: a browser
    /// sends cookies along with requests that a foreign page makes, but no such header without
    /// asking first. `Debug` hides them.
    pub cookies: Vec<HeaderValue>,
    /// `X-MSN-SslAuthToken`, `t=<base64>&p=`, and only if the request also said `X-MSN-Auth: Use-X-MSN-SslAuthToken` (gateway.md 16.1).
    /// `Debug` hides it.
    pub ssl_auth_token: Option<HeaderValue>,
}

/// What a [`Gateway`](crate::Gateway) tells the application.
///
/// `Debug` prints how many bytes came or come back, not the bytes: they hold tickets and messages.
#[derive(Clone)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the application has to decide on each"
)]
pub enum ServerEvent {
    /// There is a new session. If the request had a body, [`Received`](Self::Received) follows with
    /// the same exchange; if not, the gateway has answered it already.
    Opened {
        /// The session.
        session: SessionKey,
        /// The request that opened it.
        exchange: ExchangeId,
        /// What it said.
        request: Box<OpenRequest>,
    },
    /// Bytes have come from the client. The request waits for [`Gateway::answered`](crate::Gateway::answered). What a
    /// proxy repeats because it has seen no reply comes once: the repetition is answered with the first.
    Received {
        /// The session.
        session: SessionKey,
        /// The request that brought them.
        exchange: ExchangeId,
        /// Who it claims to be: cookies go with every request of a web client (gateway.md 16.1), so
        /// they may have been renewed since the session opened.
        claims: Claims,
        /// Whatever the request held: whole frames as a rule, but a client may cut them anywhere.
        bytes: Bytes,
    },
    /// Something is known of frames with these tags. Only of a session that has not ended, and of frames whose
    /// request named its [`HttpConnection`].
    Carried {
        /// The session.
        session: SessionKey,
        /// The tags, in the order in which their frames were sent.
        tags: Vec<u64>,
        /// What is known.
        evidence: Evidence,
    },
    /// The session has ended. The last event of this session, once for each.
    Closed {
        /// The session.
        session: SessionKey,
        /// Why.
        reason: EndReason,
        /// What the application sent and no reply is known to have carried, in order. Empty if the
        /// application or the client ended the session: then the rest is on offer to the client,
        /// in a reply that says `Session=close`, for one more session timeout.
        unsent: Vec<Bytes>,
    },
}

impl fmt::Debug for ServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened {
                session,
                exchange,
                request,
            } => write!(f, "Opened({}, {}, {request:?})", session.0, exchange.0),
            Self::Received {
                session,
                exchange,
                claims: _,
                bytes,
            } => write!(
                f,
                "Received({}, {}, {} bytes)",
                session.0,
                exchange.0,
                bytes.len()
            ),
            Self::Carried {
                session,
                tags,
                evidence,
            } => write!(f, "Carried({}, {tags:?}, {evidence:?})", session.0),
            Self::Closed {
                session,
                reason,
                unsent,
            } => {
                let unsent: usize = unsent.iter().map(Bytes::len).sum();
                write!(
                    f,
                    "Closed({}, {reason:?}, {unsent} bytes unsent)",
                    session.0
                )
            }
        }
    }
}

/// Why a session ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// [`Gateway::close`](crate::Gateway::close) was called.
    Application,
    /// The client asked for it with `Action=close`.
    Client,
    /// No request came for as long as [`ServerConfig::session_timeout`](crate::ServerConfig::session_timeout).
    Silence,
    /// Its client was a [stranger](crate::ServerConfig::max_strangers), and gave way to another.
    Displaced,
    /// The reply to its first request never reached the client, which therefore does not know its id.
    OpenLost,
}
