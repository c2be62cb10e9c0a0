//! `Transcript`: what crossed the network, and when.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use machine_contract::{Failure, Instant, RequestId};

use crate::arrival::Arrival;
use crate::host::{ExchangeNumber, Peer};

/// Everything that crossed the network, in order. Two runs with the same seed have equal ones.
///
/// `Display` shows no body, header or query: they hold secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    entries: Vec<Entry>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// What.
    pub what: What,
}

/// What happened. A digest stands for all bytes of the request or reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A machine has made a request to this path.
    Asked(Peer, RequestId, String, u64),
    /// A machine wants an answer no more.
    Cancelled(Peer, RequestId),
    /// A request has arrived.
    Arrived(Peer, RequestId, ExchangeNumber),
    /// The host has replied with this status.
    Replied(ExchangeNumber, u16, u64),
    /// A machine has its answer, with this status.
    Answered(Peer, RequestId, u16),
    /// A machine was told of a failure.
    Failed(Peer, RequestId, Failure),
    /// The host was told that a reply was sent.
    Sent(ExchangeNumber),
    /// The host was told that a reply was lost.
    Lost(ExchangeNumber),
    /// Something that whoever runs the simulation has done.
    Noted(String),
}

impl Transcript {
    /// All of it.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Something more has happened.
    pub fn note(&mut self, at: Instant, what: What) {
        self.entries.push(Entry { at, what });
    }

    pub(crate) fn note_request(
        &mut self,
        at: Instant,
        peer: Peer,
        id: RequestId,
        request: &Request<Bytes>,
    ) {
        let path = format!("{} {}", request.method(), request.uri().path());
        let digest = digest_of_request(request);
        self.note(at, What::Asked(peer, id, path, digest));
    }

    pub(crate) fn note_reply(
        &mut self,
        at: Instant,
        exchange: ExchangeNumber,
        reply: &Response<Bytes>,
    ) {
        let digest = digest_of_reply(reply);
        self.note(at, What::Replied(exchange, reply.status().as_u16(), digest));
    }

    pub(crate) fn note_arrival(&mut self, at: Instant, arrival: &Arrival) {
        let what = match arrival {
            // Noted as `Arrived`, with the machine's own id.
            Arrival::Request(..) => return,
            Arrival::Sent(exchange) => What::Sent(*exchange),
            Arrival::Lost(exchange) => What::Lost(*exchange),
            Arrival::Response(peer, id, reply) => {
                What::Answered(*peer, *id, reply.status().as_u16())
            }
            Arrival::Failure(peer, id, failure) => What::Failed(*peer, *id, *failure),
        };
        self.note(at, what);
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Entry { at, what } in &self.entries {
            writeln!(f, "{:>12.6} {what:?}", at.since_origin().as_secs_f64())?;
        }
        Ok(())
    }
}

fn digest_of_request(request: &Request<Bytes>) -> u64 {
    let uri = request.uri().to_string();
    let start = fnv(FNV_START, request.method().as_str().as_bytes());
    digest(
        fnv(start, uri.as_bytes()),
        request.headers(),
        request.body(),
    )
}

fn digest_of_reply(reply: &Response<Bytes>) -> u64 {
    digest(FNV_START, reply.headers(), reply.body())
}

fn digest(start: u64, headers: &HeaderMap, body: &Bytes) -> u64 {
    let headers = headers.iter().fold(start, |digest, (name, value)| {
        fnv(fnv(digest, name.as_str().as_bytes()), value.as_bytes())
    });
    fnv(headers, body)
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: enough to tell two runs apart.
fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
