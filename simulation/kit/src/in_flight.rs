//! What is known of a request: at the machine, at the host, and in between.

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, RequestId};

use crate::air::Landing;
use crate::fate::Fate;
use crate::faults::Disturbance;
use crate::host::{ExchangeNumber, Peer};

/// One request of a machine; unlike the machine's own ids it is unique over machines that take each
/// other's places.
pub(crate) type Ask = u64;

/// A request that a machine waits for.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) peer: Peer,
    pub(crate) id: RequestId,
    pub(crate) deadline: Landing,
    /// Something of it may have left the machine's host.
    pub(crate) leaves: bool,
    pub(crate) exchange: Option<ExchangeNumber>,
    /// The connection is gone; the machine will learn it.
    pub(crate) broken: bool,
}

/// A request that the host has.
#[derive(Debug)]
pub(crate) struct Carried {
    /// Whose answer it is, if anybody still waits.
    pub(crate) ask: Option<Ask>,
    pub(crate) peer: Peer,
    pub(crate) fate: Fate,
    pub(crate) replied: bool,
}

/// Something on its way.
#[derive(Debug)]
pub(crate) enum Packet {
    /// `answered`: its reply goes to whoever asked.
    Request {
        ask: Ask,
        peer: Peer,
        request: Request<Bytes>,
        fate: Fate,
        answered: bool,
    },
    /// Of the host, or of somebody else.
    Reply(Ask, Option<ExchangeNumber>, Response<Bytes>),
    Failure(Ask, Failure),
    Deadline(Ask),
    Lost(ExchangeNumber),
    Disturbance(Disturbance),
}
