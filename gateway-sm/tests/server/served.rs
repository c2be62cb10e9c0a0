//! A gateway that is driven by hand: requests in, and everything else when the test says so.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Gateway, SendError, ServerConfig, ServerEvent, SessionKey};
use http::{Request, Response};
use machine_contract::{Instant, Machine};
use simulation_kit::Solo;

/// A gateway on a clock of the kit's.
pub(crate) struct Served {
    solo: Solo<Timed>,
    exchanges: u64,
}

/// The gateway as a machine: what has time and events.
struct Timed(Gateway);

impl Served {
    pub(crate) fn new(config: ServerConfig) -> Self {
        Self {
            solo: Solo::new(Timed(Gateway::new(config))),
            exchanges: 0,
        }
    }

    pub(crate) const fn now(&self) -> Instant {
        self.solo.now()
    }

    pub(crate) const fn gateway(&mut self) -> &mut Gateway {
        &mut self.solo.machine_mut().0
    }

    /// Time passes of which the gateway is not told.
    pub(crate) fn skip(&mut self, time: Duration) {
        self.solo.skip(time);
    }

    /// The gateway is told the time.
    pub(crate) fn tell_time(&mut self) {
        self.solo.tell_time();
    }

    /// Time passes, the timers ringing when they are due.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.solo.advance(time);
    }

    /// Something arrives, under an id of its own.
    pub(crate) fn request(&mut self, request: Request<Bytes>) -> ExchangeId {
        self.exchanges += 1;
        let exchange = ExchangeId::new(self.exchanges);
        let entropy =
            u128::from(self.exchanges).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        self.request_as(exchange, request, entropy.to_be_bytes());
        exchange
    }

    /// Something arrives under that id.
    pub(crate) fn request_as(
        &mut self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        entropy: [u8; 16],
    ) {
        self.call(|gateway, now| gateway.handle_request(exchange, request, entropy, now));
    }

    /// The client has read the reply.
    pub(crate) fn reply_sent(&mut self, exchange: ExchangeId) {
        self.call(|gateway, now| gateway.handle_reply_sent(exchange, now));
    }

    /// The client has gone away.
    pub(crate) fn reply_lost(&mut self, exchange: ExchangeId) {
        self.call(|gateway, now| gateway.handle_reply_lost(exchange, now));
    }

    pub(crate) fn send(&mut self, session: SessionKey, frames: Bytes) -> Result<(), SendError> {
        self.call(|gateway, now| gateway.send(session, frames, now))
    }

    pub(crate) fn answered(&mut self, exchange: ExchangeId) {
        self.call(|gateway, now| gateway.answered(exchange, now));
    }

    pub(crate) fn close(&mut self, session: SessionKey) {
        self.call(|gateway, now| gateway.close(session, now));
    }

    pub(crate) fn poll_reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        self.gateway().poll_reply()
    }

    pub(crate) fn poll_event(&mut self) -> Option<ServerEvent> {
        self.gateway().poll_event()
    }

    fn call<T>(&mut self, verb: impl FnOnce(&mut Gateway, Instant) -> T) -> T {
        self.solo.call(|Timed(gateway), now| verb(gateway, now))
    }
}

impl Machine for Timed {
    type Event = ServerEvent;

    fn handle_timeout(&mut self, now: Instant) {
        self.0.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.0.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<ServerEvent> {
        self.0.poll_event()
    }
}
