//! `Host`: the server that is simulated, whatever it serves.

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Instant, Transmit};

use crate::clock::Time;
use crate::fate::Fate;

/// One of the machines, by its place among them.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Peer(pub usize);

/// One request at the host, and its reply. Never used twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeNumber(pub u64);

/// A server of HTTP requests without a socket.
///
/// Each request is answered at most once, by [`poll_reply`](Self::poll_reply), and ends with exactly one of
/// [`handle_reply_sent`](Self::handle_reply_sent) and [`handle_reply_lost`](Self::handle_reply_lost), unless
/// the host itself is [replaced](crate::Simulation::replace_host).
pub trait Host {
    /// What becomes of a request on its way here, for a test that says so of each; `None` leaves it to the network.
    fn fate(&mut self, _peer: Peer, _transmit: &Transmit, _time: Time) -> Option<Fate> {
        None
    }

    /// A request has arrived, whole.
    fn handle_request(
        &mut self,
        exchange: ExchangeNumber,
        peer: Peer,
        request: Request<Bytes>,
        time: Time,
    );

    /// The reply was written.
    fn handle_reply_sent(&mut self, exchange: ExchangeNumber, time: Time);

    /// Nobody waits for the reply any more, whether there is one yet or not.
    fn handle_reply_lost(&mut self, exchange: ExchangeNumber, time: Time);

    /// Time has passed. Afterwards [`poll_timeout`](Self::poll_timeout) is `None` or later.
    fn handle_timeout(&mut self, time: Time);

    /// When to call [`handle_timeout`](Self::handle_timeout).
    fn poll_timeout(&self) -> Option<Instant>;

    /// The next reply. It is asked for when everything that happens at the same moment was told, so here
    /// a host also does what it has put off to do together.
    fn poll_reply(&mut self, time: Time) -> Option<(ExchangeNumber, Response<Bytes>)>;
}
