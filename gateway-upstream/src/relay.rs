//! `Relay`: the calls of sign-in and contact lists, made for web pages that may not make them themselves.
//!
//! A page may not call another origin that does not let it, nor write every header, nor read those of the reply. The relay makes the
//! call, to one of a fixed list of addresses, and shows what came. It is no proxy: a page chooses a name of the list and nothing else.

mod config;
mod headers;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Peer};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use machine_contract::{Failure, Instant, RequestId, Transmit};

pub use config::{RelayConfig, RelayError};

use config::{NamedCall, Settings};

/// The path below which the calls have their names.
pub const RELAY_PATH: &str = "/relay/";

#[derive(Debug)]
pub(crate) struct Relay {
    settings: Settings,
    calls: BTreeMap<RequestId, Call>,
    by_exchange: BTreeMap<ExchangeId, RequestId>,
    next: u64,
    transmits: VecDeque<Transmit>,
    cancels: VecDeque<RequestId>,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
}

/// A call on its way.
#[derive(Debug)]
struct Call {
    exchange: ExchangeId,
    origin: HeaderValue,
    peer: Option<IpAddr>,
    deadline: Instant,
}

/// Why a call is not made.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// No call has this name.
    Name,
    /// The call is not made so.
    Method,
    /// The body is too long.
    TooLong,
    /// A query, which would be a way to another address.
    Query,
    /// Too many at once.
    TooMany,
}

impl Refusal {
    const fn status(self) -> StatusCode {
        match self {
            Self::Name => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Query => StatusCode::BAD_REQUEST,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

impl Relay {
    pub(crate) fn new(config: RelayConfig) -> Self {
        Self {
            settings: config.into_settings(),
            calls: BTreeMap::new(),
            by_exchange: BTreeMap::new(),
            next: 0,
            transmits: VecDeque::new(),
            cancels: VecDeque::new(),
            replies: VecDeque::new(),
        }
    }

    /// A request below [`RELAY_PATH`].
    ///
    /// Only pages of listed origins get anything, and only they need it: whoever says nothing of where it comes from is no page, and can
    /// make the call without help.
    pub(crate) fn handle_request(
        &mut self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        now: Instant,
    ) {
        let origin = headers::origin(request.headers());
        let Some(origin) = origin.filter(|origin| self.settings.allows(origin)) else {
            self.answer(exchange, bare(StatusCode::FORBIDDEN), None);
            return;
        };
        if request.method() == Method::OPTIONS {
            let mut reply = bare(StatusCode::NO_CONTENT);
            headers::write_preflight(reply.headers_mut());
            self.answer(exchange, reply, Some(&origin));
            return;
        }
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
        match self.outward(request, peer) {
            Ok(outward) => {
                let id = RequestId::new(self.next);
                self.next += 1;
                let deadline = now.saturating_add(self.settings.limits().patience);
                self.transmits.push_back(Transmit {
                    id,
                    request: outward,
                    deadline,
                    host_cookies: false,
                });
                self.by_exchange.insert(exchange, id);
                let call = Call {
                    exchange,
                    origin,
                    peer,
                    deadline,
                };
                self.calls.insert(id, call);
            }
            Err(refusal) => self.answer(exchange, bare(refusal.status()), Some(&origin)),
        }
    }

    /// Nobody waits for this reply any more.
    pub(crate) fn forget(&mut self, exchange: ExchangeId) {
        self.replies.retain(|(other, _)| *other != exchange);
        let Some(id) = self.by_exchange.remove(&exchange) else {
            return;
        };
        self.calls.remove(&id);
        let before = self.transmits.len();
        self.transmits.retain(|transmit| transmit.id != id);
        // What was never asked for is not taken back.
        if self.transmits.len() == before {
            self.cancels.push_back(id);
        }
    }

    pub(crate) fn handle_response(&mut self, id: RequestId, response: Response<Bytes>) {
        let Some(call) = self.end(id) else {
            return;
        };
        let reply = if response.body().len() > self.settings.limits().reply_bytes {
            bare(StatusCode::BAD_GATEWAY)
        } else {
            headers::inward(response)
        };
        self.answer(call.exchange, reply, Some(&call.origin));
    }

    pub(crate) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        let Some(call) = self.end(id) else {
            return;
        };
        let late = failure == Failure::Unknown && call.deadline <= now;
        let status = if late {
            StatusCode::GATEWAY_TIMEOUT
        } else {
            StatusCode::BAD_GATEWAY
        };
        self.answer(call.exchange, bare(status), Some(&call.origin));
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub(crate) fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancels.pop_front()
    }

    pub(crate) fn poll_reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        self.replies.pop_front()
    }

    /// The request that is made for a page, if it is made.
    fn outward(
        &self,
        request: Request<Bytes>,
        peer: Option<IpAddr>,
    ) -> Result<Request<Bytes>, Refusal> {
        let name = name(request.uri().path());
        let call = name
            .and_then(|name| self.settings.call(name))
            .ok_or(Refusal::Name)?;
        if request.uri().query().is_some() {
            return Err(Refusal::Query);
        }
        if !NamedCall::is_made_by(request.method()) {
            return Err(Refusal::Method);
        }
        if request.body().len() > self.settings.limits().request_bytes {
            return Err(Refusal::TooLong);
        }
        let of_peer = self.calls.values().filter(|call| call.peer == peer);
        let crowded = peer.is_some() && of_peer.count() >= self.settings.limits().at_once_of_peer;
        if crowded || self.calls.len() >= self.settings.limits().at_once {
            return Err(Refusal::TooMany);
        }
        let (head, body) = request.into_parts();
        let mut outward = Request::new(body);
        *outward.method_mut() = head.method;
        *outward.uri_mut() = call.url().clone();
        *outward.headers_mut() = headers::outward(&head.headers);
        Ok(outward)
    }

    fn end(&mut self, id: RequestId) -> Option<Call> {
        let call = self.calls.remove(&id)?;
        self.by_exchange.remove(&call.exchange);
        Some(call)
    }

    fn answer(
        &mut self,
        exchange: ExchangeId,
        mut reply: Response<Bytes>,
        origin: Option<&HeaderValue>,
    ) {
        headers::write_standing(origin, reply.headers_mut());
        self.replies.push_back((exchange, reply));
    }
}

/// Whether a request is for the relay. libpurple writes double slashes in front of paths, and so may others.
pub(crate) fn is_relay(path: &str) -> bool {
    name(path).is_some()
}

fn name(path: &str) -> Option<&str> {
    let bare = path.trim_start_matches('/');
    bare.strip_prefix(RELAY_PATH.trim_start_matches('/'))
}

fn bare(status: StatusCode) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = status;
    let headers: &mut HeaderMap = reply.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    reply
}
