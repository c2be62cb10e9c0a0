//! `Arrival`: what a network delivers.

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, RequestId};

use crate::host::{ExchangeNumber, Peer};

/// Something arrives, somewhere.
#[derive(Debug)]
pub enum Arrival {
    /// A request, at the host.
    Request(ExchangeNumber, Peer, Request<Bytes>),
    /// The host learns that a reply was sent.
    Sent(ExchangeNumber),
    /// The host learns that nobody waits for a reply any more.
    Lost(ExchangeNumber),
    /// A reply, at a machine.
    Response(Peer, RequestId, Response<Bytes>),
    /// A machine learns that its request has failed.
    Failure(Peer, RequestId, Failure),
}
