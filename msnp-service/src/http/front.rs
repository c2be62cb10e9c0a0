//! `Front`: carries one request to the server machine and its reply back.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version, header};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use msnp_server::{Caller, Entropy};

use super::reply_body::{Exchange, ReplyBody, Unflushed};
use super::request_body::{BodyError, Punctual};
use crate::config::Proxies;
use crate::engine::{Engine, Input};
use crate::random::random;

/// What all requests share.
pub(crate) struct Front {
    engine: Engine,
    /// The longest body of a request that may have a long one.
    request_bytes: usize,
}

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    caller: Caller,
    proxies: Arc<Proxies>,
    unflushed: Unflushed,
}

/// The largest body of a request to a page.
const PAGE_BYTES: usize = 16 * 1024;

impl Arrival {
    /// By a connection of this caller, who may be one of these proxies and speak for others.
    pub(super) const fn new(caller: Caller, proxies: Arc<Proxies>, unflushed: Unflushed) -> Self {
        Self {
            caller,
            proxies,
            unflushed,
        }
    }

    /// Where a request with these headers comes from, and who is to know of its reply.
    fn of(self, headers: &HeaderMap) -> (Caller, Unflushed) {
        let peer = self.proxies.client(self.caller.peer, headers);
        (
            Caller {
                peer,
                ..self.caller
            },
            self.unflushed,
        )
    }
}

impl Front {
    pub(crate) const fn new(engine: Engine, request_bytes: usize) -> Self {
        Self {
            engine,
            request_bytes,
        }
    }

    /// What comes by a connection that has just begun.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Answers one request. A held poll waits here; if the client goes away, hyper drops this future, and
    /// the exchange is reported lost.
    pub(super) async fn answer(
        &self,
        request: Request<Punctual>,
        arrival: Arrival,
    ) -> Response<ReplyBody> {
        match self.read(request).await {
            Ok(request) => self.carry_out(request, arrival).await,
            Err(refused) => plain(refused),
        }
    }

    /// A request with its body, or what is answered to one that is none.
    async fn read(&self, request: Request<Punctual>) -> Result<Request<Bytes>, Response<Bytes>> {
        let (mut head, body) = request.into_parts();
        if head.version == Version::HTTP_2 && !speak_http1(&mut head) || !names_one_host(&head) {
            return Err(bare(StatusCode::BAD_REQUEST));
        }
        let path = head.uri.path();
        let limit = if self.engine.takes_long_bodies(path) {
            self.request_bytes
        } else {
            PAGE_BYTES
        };
        if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
            // It says so in front; nobody has to wait for it.
            return Err(unread(StatusCode::PAYLOAD_TOO_LARGE, head.version));
        }
        match Limited::new(body, limit).collect().await {
            Ok(body) => Ok(Request::from_parts(head, body.to_bytes())),
            Err(error) => Err(unread(refusal(&*error), head.version)),
        }
    }

    async fn carry_out(&self, request: Request<Bytes>, arrival: Arrival) -> Response<ReplyBody> {
        let Some(entropy) = random() else {
            return plain(bare(StatusCode::SERVICE_UNAVAILABLE));
        };
        let id = self.engine.next_exchange();
        let exchange = Exchange::new(id, self.engine.clone());
        let (caller, unflushed) = arrival.of(request.headers());
        let entropy = Entropy::new(entropy);
        let Some(asked) = self.engine.ask(id, request, caller, &entropy).await else {
            return plain(bare(StatusCode::SERVICE_UNAVAILABLE));
        };
        // Not before the machine has the request: of one that it does not have, it would not hear that.
        if unflushed.asked(id) {
            self.engine.tell(Input::HalfClosed(id));
        }
        match asked.reply().await {
            Some(reply) => reply.map(|bytes| ReplyBody::new(bytes, exchange, unflushed)),
            None => plain(bare(StatusCode::SERVICE_UNAVAILABLE)),
        }
    }
}

/// A reply whose fate nobody asks for.
fn plain(reply: Response<Bytes>) -> Response<ReplyBody> {
    reply.map(ReplyBody::plain)
}

/// A status without a word.
fn bare(status: StatusCode) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = status;
    reply
}

/// The same for a request that was not read to its end, behind which no other can come by a connection of HTTP/1.
fn unread(status: StatusCode, version: Version) -> Response<Bytes> {
    let mut reply = bare(status);
    if version < Version::HTTP_2 {
        let headers = reply.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}

/// What a body is answered with that could not be read to its end.
fn refusal(error: &(dyn std::error::Error + 'static)) -> StatusCode {
    match error.downcast_ref::<BodyError>() {
        Some(BodyError::Late) => StatusCode::REQUEST_TIMEOUT,
        None if error.is::<LengthLimitError>() => StatusCode::PAYLOAD_TOO_LARGE,
        Some(BodyError::Broken(_)) | None => StatusCode::BAD_REQUEST,
    }
}

/// Says of a request of HTTP/2 what the same would be in HTTP/1: the host has a header of its own, and the cookies are one
/// (RFC 9113, 8.3.1 and 8.2.3). `false`: it names two hosts.
fn speak_http1(head: &mut Parts) -> bool {
    let authority = head.uri.authority().map(Authority::as_str);
    if let Some(authority) = authority.and_then(|name| HeaderValue::from_str(name).ok()) {
        let named = head.headers.get_all(header::HOST);
        if named
            .iter()
            .any(|host| !host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()))
        {
            return false;
        }
        head.headers.insert(header::HOST, authority);
    }
    let crumbs: Vec<&[u8]> = head
        .headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if crumbs.len() > 1
        && let Ok(cookies) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))
    {
        head.headers.insert(header::COOKIE, cookies);
    }
    true
}

/// RFC 9112, 3.2: a request of HTTP/1.1 names its host once. Two readers of one with more might each go by another.
fn names_one_host(head: &Parts) -> bool {
    let named = head.headers.get_all(header::HOST).iter().count();
    named == 1 || named == 0 && head.version < Version::HTTP_11
}
