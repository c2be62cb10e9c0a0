//! `Front`: the machine at the kit's runner as the host of a simulation, and the streams behind it to a `TinyServer`, cut and delayed as a
//! seed says.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::ExchangeId;
use gateway_upstream::{Config, Event, Note, UpstreamGateway};
use http::{Request, Response};
use machine_contract::{Instant, Prng, Remote, RequestId, StreamId, Transmit};
use machine_driver::{Order, Runner, Write};
use msnp_proto::{FrameDecoder, PayloadTable, Side};
use simulation_kit::{ExchangeNumber, Host, Peer, Time};

use crate::tiny_server::TinyServer;

pub(crate) struct Front {
    runner: Runner<UpstreamGateway>,
    pub(crate) server: TinyServer,
    prng: Prng,
    /// What is under way on the streams.
    air: BTreeMap<(Instant, u64), Packet>,
    sent: u64,
    wires: BTreeMap<StreamId, Wire>,
    pub(crate) notes: Vec<Note>,
    /// The network addresses of machines; 192.0.2.1 unless said.
    pub(crate) addresses: BTreeMap<usize, u8>,
    /// Nothing is reached from now on: refused, or without an answer.
    pub(crate) unreachable: Option<Unreachable>,
    pub(crate) connects: Vec<Remote>,
    pub(crate) calls: VecDeque<Transmit>,
    pub(crate) cancelled: Vec<RequestId>,
    /// The most that a reply carried.
    pub(crate) largest_reply: usize,
}

#[derive(Copy, Clone, Debug)]
pub(crate) enum Unreachable {
    Refused,
    Silent,
}

#[derive(Debug)]
enum Packet {
    Connected(StreamId, Remote),
    Refused(StreamId),
    ToServer(StreamId, Bytes),
    ServerHeardAll(StreamId),
}

#[derive(Debug, Default)]
struct Wire {
    /// When the last packet to the server arrives: none overtakes it.
    busy: Option<Instant>,
    connected: bool,
    finished: bool,
}

impl Front {
    pub(crate) fn new(config: Config, server: TinyServer, seed: u64) -> Self {
        let machine = UpstreamGateway::new(config).expect("the bounds fit");
        Self {
            runner: Runner::new(machine),
            server,
            prng: Prng::from_number(seed),
            air: BTreeMap::new(),
            sent: 0,
            wires: BTreeMap::new(),
            notes: Vec::new(),
            addresses: BTreeMap::new(),
            unreachable: None,
            connects: Vec::new(),
            calls: VecDeque::new(),
            cancelled: Vec::new(),
            largest_reply: 0,
        }
    }

    /// Does something with the machine.
    pub(crate) fn call<T>(
        &mut self,
        now: Instant,
        verb: impl FnOnce(&mut UpstreamGateway, Instant) -> T,
    ) -> T {
        let said = self.runner.call(verb, now);
        self.pump(now);
        said
    }

    pub(crate) fn streams(&mut self, now: Instant) -> usize {
        self.call(now, |machine, _| machine.streams())
    }

    /// The server's process dies: every connection breaks.
    pub(crate) fn kill_server(&mut self, now: Instant) {
        let open: Vec<_> = self.wires.keys().copied().collect();
        self.wires.clear();
        for id in open {
            self.runner.handle_stream_failed(id, 0, now);
        }
        self.air.clear();
        self.unreachable = Some(Unreachable::Refused);
        self.pump(now);
    }

    /// What becomes of a call of the relay.
    pub(crate) fn answer_call(&mut self, response: Response<Bytes>, now: Instant) {
        let call = self.calls.pop_front().expect("a call was made");
        self.runner.handle_outcome(call.id, Ok(response), now);
        self.pump(now);
    }

    fn delay(&mut self) -> Duration {
        Duration::from_micros(self.prng.below(20_000))
    }

    fn send(&mut self, id: StreamId, packet: Packet, now: Instant) {
        let arrives = now + self.delay();
        let wire = self.wires.entry(id).or_default();
        let arrives = wire.busy.map_or(arrives, |busy| busy.max(arrives));
        wire.busy = Some(arrives);
        self.sent += 1;
        self.air.insert((arrives, self.sent), packet);
    }

    fn pump(&mut self, now: Instant) {
        while self.orders(now) | self.writes(now) | self.land(now) | self.reads(now) {}
    }

    fn orders(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(order) = self.runner.poll_order(now) {
            any = true;
            match order {
                Order::Connect(id, to) => {
                    self.connects.push(to.clone());
                    match self.unreachable {
                        None => self.send(id, Packet::Connected(id, to), now),
                        Some(Unreachable::Refused) => self.send(id, Packet::Refused(id), now),
                        Some(Unreachable::Silent) => {}
                    }
                }
                Order::Drop(id) => {
                    self.wires.remove(&id);
                }
                Order::Send(transmit) => self.calls.push_back(transmit),
                Order::Cancel(id) => self.cancelled.push(id),
            }
        }
        any
    }

    fn writes(&mut self, now: Instant) -> bool {
        let mut any = false;
        for id in self.connected() {
            loop {
                match self.runner.next_write(id, now) {
                    Write::Chunk(chunk) => self.send(id, Packet::ToServer(id, chunk), now),
                    Write::Finish => {
                        self.send(id, Packet::ServerHeardAll(id), now);
                        self.runner.handle_write_finished(id, now);
                    }
                    Write::Nothing => break,
                }
                any = true;
            }
        }
        any
    }

    fn land(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(first) = self.air.first_entry()
            && first.key().0 <= now
        {
            any = true;
            match first.remove() {
                Packet::Connected(id, to) => {
                    if self.runner.handle_connected(id, now) {
                        self.wires.entry(id).or_default().connected = true;
                        self.server.connected(id.get(), to.port() == 1864);
                    }
                }
                Packet::Refused(id) => self.runner.handle_stream_failed(id, 0, now),
                Packet::ToServer(id, bytes) => self.server.received(id.get(), &bytes),
                Packet::ServerHeardAll(id) => self.server.received(id.get(), b"OUT\r\n"),
            }
        }
        any
    }

    /// The streams' bytes come in pieces of any size, as far as they are wanted.
    fn reads(&mut self, now: Instant) -> bool {
        let mut any = false;
        for id in self.connected() {
            while self.runner.wants_read(id) {
                let most = match self.prng.below(4) {
                    0 => self.prng.below(3) + 1,
                    1 => self.prng.below(100) + 1,
                    _ => 16 * 1024,
                };
                let most = usize::try_from(most).expect("it is small");
                let bytes = self.server.take(id.get(), most);
                if bytes.is_empty() {
                    break;
                }
                any = true;
                self.runner.handle_received(id, bytes.into(), now);
            }
            let is_over = self.server.has_ended(id.get()) && self.server.waiting(id.get()) == 0;
            let wire = self.wires.entry(id).or_default();
            if is_over && !std::mem::replace(&mut wire.finished, true) {
                any = true;
                self.runner.handle_finished(id, now);
            }
        }
        any
    }

    fn connected(&self) -> Vec<StreamId> {
        let open = self.wires.iter().filter(|(_, wire)| wire.connected);
        open.map(|(id, _)| *id).collect()
    }

    /// Whole frames, and nothing behind them.
    fn look_at(&mut self, body: &Bytes) {
        self.largest_reply = self.largest_reply.max(body.len());
        let mut decoder = FrameDecoder::new(PayloadTable::sent_by(Side::Server));
        decoder.push(body.clone());
        loop {
            match decoder.next_frame() {
                Ok(None) => break,
                // A line of a command that nobody knows.
                Err(error) if !error.is_fatal() => {}
                frame => assert!(frame.is_ok(), "{frame:?}"),
            }
        }
        assert_eq!(decoder.buffered(), 0, "a reply ends inside of a frame");
    }
}

impl Host for Front {
    fn handle_request(
        &mut self,
        exchange: ExchangeNumber,
        peer: Peer,
        mut request: Request<Bytes>,
        time: Time,
    ) {
        let last = self.addresses.get(&peer.0).copied().unwrap_or(1);
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        request.extensions_mut().insert(gateway_sm::Peer(address));
        let (exchange, entropy) = (ExchangeId::new(exchange.0), self.prng.bytes());
        self.call(time.monotonic, |machine, now| {
            machine.handle_request(exchange, request, entropy, now);
        });
    }

    fn handle_reply_sent(&mut self, exchange: ExchangeNumber, time: Time) {
        let exchange = ExchangeId::new(exchange.0);
        self.call(time.monotonic, |machine, now| {
            machine.handle_reply_sent(exchange, now);
        });
    }

    fn handle_reply_lost(&mut self, exchange: ExchangeNumber, time: Time) {
        let exchange = ExchangeId::new(exchange.0);
        self.call(time.monotonic, |machine, now| {
            machine.handle_reply_lost(exchange, now);
        });
    }

    fn handle_timeout(&mut self, time: Time) {
        self.pump(time.monotonic);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let lands = self.air.first_key_value().map(|((at, _), _)| *at);
        [self.runner.poll_timeout(), lands]
            .into_iter()
            .flatten()
            .min()
    }

    fn poll_reply(&mut self, time: Time) -> Option<(ExchangeNumber, Response<Bytes>)> {
        self.pump(time.monotonic);
        while let Some(event) = self.runner.poll_event() {
            match event {
                Event::Reply(exchange, reply) => {
                    if reply.headers().contains_key("x-msn-messenger") {
                        self.look_at(reply.body());
                    }
                    return Some((ExchangeNumber(exchange.get()), reply));
                }
                Event::Note(note) => self.notes.push(note),
            }
        }
        None
    }
}
