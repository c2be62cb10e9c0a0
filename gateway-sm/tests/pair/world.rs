//! A client, a gateway and an application behind it, on one clock that jumps, over a network that misbehaves as told.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{
    CloseReason, Config, EndReason, Event, ExchangeId, Gateway, SendId, ServerConfig, ServerEvent,
    Session, SessionKey,
};
use http::{Request, Response};
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};

/// What becomes of one request and its reply.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Both arrive.
    Fine,
    /// No connection.
    NotSent,
    /// The request vanishes on its way.
    RequestLost,
    /// The reply does, and the server notices, sooner or later than the client.
    ReplyLost,
    /// The reply does, and the server believes that it was written.
    ReplyLostUnnoticed,
}

/// When the HTTP server says that a reply was sent.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Confirm {
    /// When the client has it.
    OnArrival,
    /// When its last byte was handed to the network, as real servers do.
    OnWrite,
}

/// What the two applications do next.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Step {
    ClientSends,
    ServerSends,
    Pass(Duration),
}

/// The network's future, used up in turn: fates, and delays in milliseconds.
#[derive(Debug)]
pub(crate) struct Weather {
    pub(crate) fates: Vec<Fate>,
    pub(crate) delays: Vec<u16>,
    pub(crate) confirm: Confirm,
    /// Whether the open may be lost too.
    pub(crate) spare_open: bool,
}

pub(crate) struct World {
    pub(crate) now: Instant,
    gateway: Gateway,
    client: Session,
    weather: Weather,
    calm: bool,
    drawn: usize,
    air: BTreeMap<(Instant, u64), Air>,
    events: u64,
    /// What the client waits for.
    requests: BTreeMap<RequestId, Flight>,
    /// What the server works on, and whose it is.
    exchanges: BTreeMap<ExchangeId, (RequestId, Fate)>,
    session: Option<SessionKey>,
    /// Numbers of the frames that the server's application has sent.
    pub(crate) told: u32,
    /// Frames that the server's application got back.
    pub(crate) returned: Vec<Bytes>,
    pub(crate) heard: Vec<u8>,
    pub(crate) ends: Vec<EndReason>,
    said: u32,
    pub(crate) sends: Vec<(SendId, String)>,
    pub(crate) sent: Vec<SendId>,
    pub(crate) unsent: Vec<(SendId, Failure)>,
    pub(crate) received: Vec<u8>,
    pub(crate) gaps: usize,
    pub(crate) closed: Vec<CloseReason>,
    /// What arrived by replies to polls, and to anything else.
    pub(crate) by_poll: Vec<u8>,
    pub(crate) by_post: Vec<u8>,
    pub(crate) most_in_flight: usize,
}

struct Flight {
    deadline: Instant,
    is_poll: bool,
    fate: Fate,
    exchange: Option<ExchangeId>,
}

enum Air {
    Request(RequestId, Request<Bytes>),
    Fails(RequestId, Failure),
    Reply(ExchangeId, Response<Bytes>),
    NoticesLoss(ExchangeId),
    Answers(ExchangeId),
}

impl World {
    pub(crate) fn new(client: Config, server: ServerConfig, weather: Weather) -> Self {
        Self {
            now: Instant::ORIGIN,
            gateway: Gateway::new(server),
            client: Session::new(client),
            weather,
            calm: false,
            drawn: 0,
            air: BTreeMap::new(),
            events: 0,
            requests: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            session: None,
            told: 0,
            returned: Vec::new(),
            heard: Vec::new(),
            ends: Vec::new(),
            said: 0,
            sends: Vec::new(),
            sent: Vec::new(),
            unsent: Vec::new(),
            received: Vec::new(),
            gaps: 0,
            closed: Vec::new(),
            by_poll: Vec::new(),
            by_post: Vec::new(),
            most_in_flight: 0,
        }
    }

    pub(crate) fn walk(&mut self, steps: &[Step]) {
        for &step in steps {
            match step {
                Step::ClientSends => self.client_sends(),
                Step::ServerSends => self.server_sends(),
                Step::Pass(time) => self.pass(time),
            }
        }
    }

    /// The network behaves from now on, for long enough that everything arrives.
    pub(crate) fn calm_down(&mut self) {
        self.calm = true;
        self.pass(Duration::from_secs(300));
    }

    pub(crate) fn client_sends(&mut self) {
        self.said += 1;
        let frame = format!("C{:05}\r\n", self.said);
        if let Ok(id) = self.client.send(Bytes::from(frame.clone())) {
            self.sends.push((id, frame));
        }
        self.drain();
    }

    pub(crate) fn client_signs_out(&mut self) {
        let _ = self.client.close_with(Bytes::from_static(b"OUT\r\n"));
        self.drain();
    }

    pub(crate) fn server_closes(&mut self) {
        self.gateway.close(self.session.unwrap(), self.now);
        self.drain();
    }

    pub(crate) fn server_sends(&mut self) {
        let Some(session) = self.session else { return };
        let frame = frame(self.told);
        if self
            .gateway
            .send(session, Bytes::from(frame), self.now)
            .is_ok()
        {
            self.told += 1;
        }
        self.drain();
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut rounds = 0;
        while let Some(at) = self.next_instant().filter(|&at| at <= end) {
            rounds += 1;
            assert!(rounds < 20_000, "the machines spin");
            self.now = self.now.max(at);
            self.turn();
        }
        self.now = end;
    }

    fn next_instant(&self) -> Option<Instant> {
        let air = self.air.first_key_value().map(|(&(at, _), _)| at);
        let deadline = self.requests.values().map(|flight| flight.deadline).min();
        [
            air,
            deadline,
            self.client.poll_timeout(),
            self.gateway.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn turn(&mut self) {
        while let Some(entry) = self
            .air
            .first_entry()
            .filter(|entry| entry.key().0 <= self.now)
        {
            let air = entry.remove();
            self.land(air);
            self.drain();
        }
        let late: Vec<_> = self
            .requests
            .iter()
            .filter(|(_, flight)| flight.deadline <= self.now)
            .map(|(&id, _)| id)
            .collect();
        for id in late {
            self.abandon(id);
            self.client.handle_failure(id, Failure::Unknown, self.now);
        }
        self.client.handle_timeout(self.now);
        self.gateway.handle_timeout(self.now);
        for next in [self.client.poll_timeout(), self.gateway.poll_timeout()] {
            assert!(
                next.is_none_or(|next| next > self.now),
                "a driver would spin"
            );
        }
        self.drain();
    }

    fn land(&mut self, air: Air) {
        match air {
            Air::Request(id, request) => {
                // The client may have given up meanwhile; the bytes arrive all the same.
                self.events += 1;
                let exchange = ExchangeId::new(self.events);
                let fate = match self.requests.get_mut(&id) {
                    Some(flight) => {
                        flight.exchange = Some(exchange);
                        flight.fate
                    }
                    None => Fate::ReplyLost,
                };
                self.exchanges.insert(exchange, (id, fate));
                let entropy =
                    u128::from(self.events).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
                self.gateway
                    .handle_request(exchange, request, entropy.to_be_bytes(), self.now);
                if !self.requests.contains_key(&id) {
                    self.later(Air::NoticesLoss(exchange));
                }
            }
            Air::Fails(id, failure) => {
                if self.requests.remove(&id).is_some() {
                    self.client.handle_failure(id, failure, self.now);
                }
            }
            Air::Reply(exchange, response) => {
                let id = self.exchanges.remove(&exchange).map(|(id, _)| id);
                let flight = id.and_then(|id| Some((id, self.requests.remove(&id)?)));
                let Some((id, flight)) = flight else { return };
                if self.weather.confirm == Confirm::OnArrival {
                    self.gateway.handle_reply_sent(exchange, self.now);
                }
                if response.status() == 200 {
                    let lane = if flight.is_poll {
                        &mut self.by_poll
                    } else {
                        &mut self.by_post
                    };
                    lane.extend_from_slice(response.body());
                }
                self.client.handle_response(id, response, self.now);
            }
            Air::NoticesLoss(exchange) => {
                self.exchanges.remove(&exchange);
                self.gateway.handle_reply_lost(exchange, self.now);
            }
            Air::Answers(exchange) => self.gateway.answered(exchange, self.now),
        }
    }

    fn drain(&mut self) {
        loop {
            if let Some(transmit) = self.client.poll_transmit(self.now) {
                self.launch(transmit);
            } else if let Some(id) = self.client.poll_cancel() {
                self.abandon(id);
            } else if let Some(event) = self.client.poll_event() {
                self.client_hears(event);
            } else if let Some(event) = self.gateway.poll_event() {
                self.server_hears(event);
            } else if let Some((exchange, reply)) = self.gateway.poll_reply() {
                self.write(exchange, reply);
            } else {
                return;
            }
        }
    }

    fn launch(&mut self, transmit: Transmit) {
        let Transmit {
            id,
            request,
            deadline,
            host_cookies: _,
        } = transmit;
        let query = request.uri().query().unwrap_or_default();
        let is_open = query.contains("Action=open");
        let fate = if is_open && self.weather.spare_open {
            Fate::Fine
        } else {
            self.draw()
        };
        let is_poll = query.contains("Action=poll");
        self.requests.insert(
            id,
            Flight {
                deadline,
                is_poll,
                fate,
                exchange: None,
            },
        );
        self.most_in_flight = self.most_in_flight.max(self.requests.len());
        match fate {
            Fate::NotSent => self.later(Air::Fails(id, Failure::NotSent)),
            Fate::RequestLost => self.later(Air::Fails(id, Failure::Unknown)),
            _ => self.later(Air::Request(id, request)),
        }
    }

    fn write(&mut self, exchange: ExchangeId, reply: Response<Bytes>) {
        let Some(&(id, fate)) = self.exchanges.get(&exchange) else {
            panic!("a reply to an exchange that was reported lost");
        };
        match fate {
            Fate::Fine | Fate::NotSent | Fate::RequestLost => {
                if self.weather.confirm == Confirm::OnWrite {
                    self.gateway.handle_reply_sent(exchange, self.now);
                }
                self.later(Air::Reply(exchange, reply));
            }
            Fate::ReplyLost => {
                self.later(Air::Fails(id, Failure::Unknown));
                self.later(Air::NoticesLoss(exchange));
            }
            Fate::ReplyLostUnnoticed => {
                self.exchanges.remove(&exchange);
                self.gateway.handle_reply_sent(exchange, self.now);
                self.later(Air::Fails(id, Failure::Unknown));
            }
        }
    }

    /// The client has closed the connection of this request; the server notices later.
    fn abandon(&mut self, id: RequestId) {
        if let Some(exchange) = self.requests.remove(&id).and_then(|flight| flight.exchange)
            && self.exchanges.contains_key(&exchange)
        {
            self.later(Air::NoticesLoss(exchange));
        }
    }

    fn client_hears(&mut self, event: Event) {
        assert!(self.closed.is_empty(), "{event:?} after Closed");
        match event {
            Event::Received(bytes) => self.received.extend_from_slice(&bytes),
            Event::Sent(id) => self.sent.push(id),
            Event::Unsent { id, fate } => self.unsent.push((id, fate)),
            Event::Gap => self.gaps += 1,
            Event::Closed(reason) => self.closed.push(reason),
            Event::Opened(_) => {}
            Event::HostRefused(host) => panic!("refused {host}"),
        }
    }

    fn server_hears(&mut self, event: ServerEvent) {
        assert!(self.ends.is_empty(), "{event:?} after Closed");
        match event {
            ServerEvent::Opened { session, .. } => self.session = Some(session),
            ServerEvent::Received {
                exchange, bytes, ..
            } => {
                self.heard.extend_from_slice(&bytes);
                self.server_sends();
                if bytes.ends_with(b"OUT\r\n") {
                    self.server_closes();
                }
                self.later(Air::Answers(exchange));
            }
            ServerEvent::Closed { reason, unsent, .. } => {
                self.ends.push(reason);
                self.returned = unsent;
            }
        }
    }

    fn later(&mut self, air: Air) {
        self.events += 1;
        let delays = &self.weather.delays;
        let at = usize::try_from(self.events).unwrap_or(0) % delays.len().max(1);
        let delay = delays.get(at).copied().unwrap_or(1);
        let at = self.now + Duration::from_millis(u64::from(delay.max(1)));
        self.air.insert((at, self.events), air);
    }

    fn draw(&mut self) -> Fate {
        if self.calm || self.weather.fates.is_empty() {
            return Fate::Fine;
        }
        self.drawn += 1;
        self.weather.fates[self.drawn % self.weather.fates.len()]
    }
}

/// The frame with this number.
pub(crate) fn frame(number: u32) -> String {
    format!("S{number:05}\r\n")
}
