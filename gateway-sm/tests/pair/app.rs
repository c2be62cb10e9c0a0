//! `App`: the gateway and an application behind it that answers everything with a frame, after a while.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{EndReason, ExchangeId, Gateway, ServerConfig, ServerEvent, SessionKey};
use http::{Request, Response};
use machine_contract::Instant;
use simulation_kit::{ExchangeNumber, Host, Peer, Time};

/// The server's side.
pub(crate) struct App {
    gateway: Gateway,
    session: Option<SessionKey>,
    /// What is answered when.
    answers: BTreeSet<(Instant, ExchangeId)>,
    /// How long it takes to answer, one after the other.
    delays: Vec<Duration>,
    answered: usize,
    lost: BTreeSet<ExchangeNumber>,
    told: u32,
    heard: Vec<u8>,
    ends: Vec<EndReason>,
    returned: Vec<Bytes>,
}

/// The frame with this number.
pub(crate) fn frame(number: u32) -> String {
    format!("S{number:05}\r\n")
}

impl App {
    pub(crate) fn new(config: ServerConfig, delays: Vec<Duration>) -> Self {
        Self {
            gateway: Gateway::new(config),
            session: None,
            answers: BTreeSet::new(),
            delays,
            answered: 0,
            lost: BTreeSet::new(),
            told: 0,
            heard: Vec::new(),
            ends: Vec::new(),
            returned: Vec::new(),
        }
    }

    /// How many frames it has sent.
    pub(crate) const fn told(&self) -> u32 {
        self.told
    }

    pub(crate) fn heard(&self) -> &[u8] {
        &self.heard
    }

    pub(crate) fn ends(&self) -> &[EndReason] {
        &self.ends
    }

    /// Frames that it got back.
    pub(crate) fn returned(&self) -> &[Bytes] {
        &self.returned
    }

    pub(crate) fn send(&mut self, time: Time) {
        let Some(session) = self.session else { return };
        let frame = Bytes::from(frame(self.told));
        if self.gateway.send(session, frame, time.monotonic).is_ok() {
            self.told += 1;
        }
        self.listen(time);
    }

    pub(crate) fn close(&mut self, time: Time) {
        self.gateway.close(self.session.unwrap(), time.monotonic);
        self.listen(time);
    }

    fn listen(&mut self, time: Time) {
        while let Some(event) = self.gateway.poll_event() {
            assert!(self.ends.is_empty(), "{event:?} after Closed");
            match event {
                ServerEvent::Opened { session, .. } => self.session = Some(session),
                ServerEvent::Received {
                    exchange, bytes, ..
                } => {
                    self.heard.extend_from_slice(&bytes);
                    self.send(time);
                    if bytes.ends_with(b"OUT\r\n") {
                        self.close(time);
                    }
                    let delay = self.delays[self.answered % self.delays.len()];
                    self.answered += 1;
                    self.answers.insert((time.monotonic + delay, exchange));
                }
                ServerEvent::Carried { .. } => panic!("no frames have a tag"),
                ServerEvent::Closed { reason, unsent, .. } => {
                    self.ends.push(reason);
                    self.returned = unsent;
                }
            }
        }
    }
}

impl Host for App {
    fn handle_request(
        &mut self,
        exchange: ExchangeNumber,
        _: Peer,
        request: Request<Bytes>,
        time: Time,
    ) {
        let entropy =
            u128::from(exchange.0).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let id = ExchangeId::new(exchange.0);
        self.gateway
            .handle_request(id, request, entropy.to_be_bytes(), time.monotonic);
        self.listen(time);
    }

    fn handle_reply_sent(&mut self, exchange: ExchangeNumber, time: Time) {
        let exchange = ExchangeId::new(exchange.0);
        self.gateway.handle_reply_sent(exchange, time.monotonic);
        self.listen(time);
    }

    fn handle_reply_lost(&mut self, exchange: ExchangeNumber, time: Time) {
        self.lost.insert(exchange);
        let exchange = ExchangeId::new(exchange.0);
        self.gateway.handle_reply_lost(exchange, time.monotonic);
        self.listen(time);
    }

    fn handle_timeout(&mut self, time: Time) {
        while let Some(&(at, exchange)) = self.answers.first()
            && at <= time.monotonic
        {
            self.answers.pop_first();
            self.gateway.answered(exchange, time.monotonic);
        }
        self.gateway.handle_timeout(time.monotonic);
        self.listen(time);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let answer = self.answers.first().map(|(at, _)| *at);
        answer.into_iter().chain(self.gateway.poll_timeout()).min()
    }

    fn poll_reply(&mut self, _: Time) -> Option<(ExchangeNumber, Response<Bytes>)> {
        let (exchange, reply) = self.gateway.poll_reply()?;
        let exchange = ExchangeNumber(exchange.get());
        let known = !self.lost.contains(&exchange);
        assert!(known, "a reply to an exchange that was reported lost");
        Some((exchange, reply))
    }
}
