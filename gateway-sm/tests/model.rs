//! Random operations on the client end, against a small reference of what a gateway got and gave.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Config, Event, Limits, Mode, Open, SendId, Session};
use http::{Response, StatusCode};
use machine_contract::{Failure, Machine, RequestId, Transmit};
use proptest::prelude::*;
use proptest::sample::Index;
use simulation_kit::Solo;

#[derive(Clone, Debug)]
enum Op {
    Send(usize),
    Transmit,
    DrainEvents,
    /// The application takes some events and leaves the others.
    TakeEvents(usize),
    DrainCancels,
    Answer(Index, Reply),
    /// The request ended without a reply; whether the gateway had read it.
    Lose(Index, bool),
    NotSent(Index),
    Status(Index, u16),
    /// An outcome for a request that is not in flight.
    Stale(u64),
    /// Time passes, and maybe the driver is late to say so.
    Wait(u64, bool),
    /// The host was asleep.
    Suspend,
    CloseWith,
    Close,
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn on its own")]
struct Reply {
    body: usize,
    rotate: bool,
    close: bool,
    long_polls: bool,
    more: bool,
    html: bool,
}

fn op() -> impl Strategy<Value = Op> {
    let reply = (
        prop_oneof![8 => 0..4_usize, 1 => 10..60_usize],
        any::<bool>(),
        rare(40),
        rare(10),
        rare(4),
        rare(40),
    )
        .prop_map(|(body, rotate, close, long_polls, more, html)| Reply {
            body,
            rotate,
            close,
            long_polls,
            more,
            html,
        });
    let status = prop::sample::select(vec![302, 400, 401, 404, 408, 429, 500, 503, 504]);
    prop_oneof![
        8 => (0..12_usize).prop_map(Op::Send),
        16 => Just(Op::Transmit),
        2 => Just(Op::DrainEvents),
        4 => (1..4_usize).prop_map(Op::TakeEvents),
        2 => Just(Op::DrainCancels),
        16 => (any::<Index>(), reply).prop_map(|(index, reply)| Op::Answer(index, reply)),
        2 => (any::<Index>(), any::<bool>()).prop_map(|(index, read)| Op::Lose(index, read)),
        3 => any::<Index>().prop_map(Op::NotSent),
        1 => (any::<Index>(), status).prop_map(|(index, status)| Op::Status(index, status)),
        1 => (0..40_u64).prop_map(Op::Stale),
        10 => (0..4000_u64, any::<bool>()).prop_map(|(wait, tell)| Op::Wait(wait, tell)),
        1 => (0..100_000_u64).prop_map(|wait| Op::Wait(wait, true)),
        1 => Just(Op::Suspend),
        1 => rare(4).prop_map(|close| if close { Op::CloseWith } else { Op::Transmit }),
        1 => rare(8).prop_map(|close| if close { Op::Close } else { Op::Transmit }),
    ]
}

fn rare(one_in: u32) -> impl Strategy<Value = bool> {
    prop::bool::weighted(1.0 / f64::from(one_in))
}

/// Mode, limit of what is undrained, and the configuration with both.
fn config() -> impl Strategy<Value = (Mode, usize, Config)> {
    let mode = prop::sample::select(vec![Mode::Learn, Mode::Serial, Mode::Parallel]);
    let undrained = prop::sample::select(vec![0, 400, 1000, 4 << 20]);
    let all = (mode, undrained, any::<bool>(), any::<bool>(), 0..4_u32);
    all.prop_map(|(mode, undrained, empty, close, failures)| {
        let limits = Limits {
            request: 24,
            send: 48,
            queue: 96,
            undrained,
            failures,
            ..Limits::default()
        };
        let config = Config::new("https://gateway.example.com").unwrap();
        let config = config
            .open(Open::default())
            .unwrap()
            .limits(limits)
            .unwrap();
        let mut config = config.mode(mode).empty_open(empty).close_action(close);
        if empty {
            config = config.host_cookies().unwrap();
        }
        (mode, undrained, config)
    })
}

/// What became of a send, as the session tells it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Fate {
    Sent,
    Unsent(Failure),
}

struct World {
    solo: Solo<Session>,
    mode: Mode,
    undrained: usize,
    in_flight: Vec<Transmit>,
    /// Sends that were accepted, with their frames.
    sends: BTreeMap<SendId, String>,
    fates: BTreeMap<SendId, Fate>,
    /// The numbers of the sends that the gateway has read, in order.
    read: Vec<usize>,
    /// What the gateway gave in good replies, and what came up.
    given: Vec<u8>,
    received: Vec<u8>,
    /// The body of a post that never left, which must come next.
    again: Option<Bytes>,
    minor: u32,
    leaving: bool,
    closed: bool,
    /// Everything observable, for the comparison of two runs.
    trace: String,
}

impl World {
    fn new(config: Config, mode: Mode, undrained: usize) -> Self {
        Self {
            solo: Solo::new(Session::new(config)),
            mode,
            undrained,
            in_flight: Vec::new(),
            sends: BTreeMap::new(),
            fates: BTreeMap::new(),
            read: Vec::new(),
            given: Vec::new(),
            received: Vec::new(),
            again: None,
            minor: 0,
            leaving: false,
            closed: false,
            trace: String::new(),
        }
    }

    fn step(&mut self, op: &Op) {
        match op {
            Op::Send(size) => self.send(*size),
            Op::Transmit => self.transmit(),
            Op::DrainEvents => self.drain_events(),
            Op::TakeEvents(most) => self.take_events(*most),
            Op::DrainCancels => self.drain_cancels(),
            Op::Answer(index, reply) => {
                if let Some(transmit) = self.complete(*index) {
                    self.answer(&transmit, reply);
                }
            }
            Op::Lose(index, read) => {
                if let Some(transmit) = self.complete(*index) {
                    if *read {
                        self.read(&transmit);
                    }
                    self.solo.fail(transmit.id, Failure::Unknown);
                }
            }
            Op::NotSent(index) => {
                if let Some(transmit) = self.complete(*index) {
                    if !is_poll(&transmit) {
                        self.again = Some(transmit.request.body().clone());
                    }
                    self.solo.fail(transmit.id, Failure::NotSent);
                }
            }
            Op::Status(index, status) => {
                if let Some(transmit) = self.complete(*index) {
                    let mut response = Response::new(Bytes::from_static(b"NOT FOR YOU"));
                    *response.status_mut() = StatusCode::from_u16(*status).unwrap();
                    self.solo.respond(transmit.id, response);
                }
            }
            Op::Stale(number) => {
                let id = RequestId::new(*number);
                if !self.in_flight.iter().any(|transmit| transmit.id == id) {
                    let response = Response::builder().header("X-MSN-Messenger", "Session=close");
                    let response = response.body(Bytes::from_static(b"STALE")).unwrap();
                    self.solo.respond(id, response);
                    self.solo.fail(id, Failure::Unknown);
                }
            }
            Op::Wait(milliseconds, tell) => {
                self.solo.skip(Duration::from_millis(*milliseconds));
                if *tell {
                    self.tick();
                }
            }
            Op::Suspend => {
                let before = self.solo.timeout();
                self.solo.call(Session::handle_suspended);
                let found_room = before.is_some_and(|at| at <= self.solo.now());
                let moved = self.solo.timeout() != before && !found_room;
                assert!(
                    !moved || self.in_flight.iter().any(is_poll),
                    "sleep moved a deadline"
                );
            }
            Op::CloseWith => {
                let id = self
                    .solo
                    .machine_mut()
                    .close_with(Bytes::from_static(b"S999999;"));
                if let Ok(id) = id {
                    self.sends.insert(id, "S999999;".to_owned());
                    self.leaving = true;
                }
            }
            Op::Close => {
                self.solo.machine_mut().close();
                self.again = None;
                self.leaving = true;
            }
        }
    }

    fn send(&mut self, padding: usize) {
        let frames = format!("S{}{};", self.sends.len(), "x".repeat(padding));
        if let Ok(id) = self.solo.machine_mut().send(Bytes::from(frames.clone())) {
            assert!(!self.leaving, "a send was taken after the last words");
            self.sends.insert(id, frames);
        }
    }

    fn transmit(&mut self) {
        let Some(transmit) = self.solo.transmit() else {
            return;
        };
        assert!(transmit.deadline > self.solo.now());
        let poll = is_poll(&transmit);
        let request = &transmit.request;
        let auth = request.headers().contains_key("x-msn-auth");
        assert_eq!(transmit.host_cookies, auth, "marked, and not marked");
        assert!(!request.headers().contains_key("cookie"));
        writeln!(self.trace, "{} {:?}", request.uri(), request.body()).unwrap();
        // A probe may go as far as a post, and it is not visible from outside what a poll is for.
        let held = self.given.len() - self.received.len();
        let room = self.undrained * 2;
        assert!(self.leaving || held <= room, "a request without room");
        if poll && self.mode == Mode::Parallel {
            assert!(held <= self.undrained, "a poll without room");
        }
        if poll {
            assert!(transmit.request.body().is_empty(), "a poll with a body");
        } else if let Some(again) = self.again.take() {
            assert_eq!(transmit.request.body(), &again, "a retry with other bytes");
        }
        self.drain_cancels();
        if self.mode == Mode::Serial {
            assert!(
                self.in_flight.is_empty(),
                "two requests at once in serial mode"
            );
        } else {
            assert!(self.in_flight.iter().all(|other| is_poll(other) != poll));
        }
        assert!(self.in_flight.len() < 2);
        assert!(self.in_flight.iter().all(|other| other.id != transmit.id));
        self.in_flight.push(transmit);
    }

    fn complete(&mut self, index: Index) -> Option<Transmit> {
        self.drain_cancels();
        (!self.in_flight.is_empty())
            .then(|| self.in_flight.remove(index.index(self.in_flight.len())))
    }

    /// The gateway reads a body: whole sends, each once, in order.
    fn read(&mut self, transmit: &Transmit) {
        let body = str::from_utf8(transmit.request.body()).unwrap();
        assert!(body.is_empty() || body.ends_with(';'), "a send was split");
        for piece in body.split_terminator(';') {
            let number = piece
                .trim_start_matches('S')
                .trim_end_matches('x')
                .parse()
                .unwrap();
            assert!(
                self.read.last().is_none_or(|&last| last < number),
                "repeated or out of order"
            );
            self.read.push(number);
        }
    }

    fn answer(&mut self, transmit: &Transmit, reply: &Reply) {
        self.read(transmit);
        let mut response = Response::builder();
        let body = if reply.html {
            "<html>".to_owned()
        } else {
            format!("R{};", self.minor).repeat(reply.body)
        };
        if !reply.html {
            self.minor += u32::from(reply.rotate);
            let mut messenger = format!("SessionID=1.{}", self.minor);
            if reply.close {
                messenger += "; Session=close";
            }
            if reply.more {
                messenger += "; MoreData=true";
            }
            response = response.header("X-MSN-Messenger", messenger);
            if reply.long_polls {
                response = response.header("X-MSN-GWCapabilities", "LP");
            }
            self.given.extend_from_slice(body.as_bytes());
        }
        let response = response.body(Bytes::from(body)).unwrap();
        self.solo.respond(transmit.id, response);
    }

    fn tick(&mut self) {
        for _ in 0..2 {
            self.solo.tell_time();
        }
    }

    fn drain_cancels(&mut self) {
        while let Some(id) = self.solo.cancel() {
            let in_flight = self.in_flight.len();
            self.in_flight.retain(|transmit| transmit.id != id);
            assert_eq!(
                self.in_flight.len() + 1,
                in_flight,
                "cancelled what is not in flight"
            );
        }
    }

    fn drain_events(&mut self) {
        self.take_events(usize::MAX);
    }

    fn take_events(&mut self, most: usize) {
        let before = self.solo.timeout();
        for _ in 0..most {
            let Some(event) = self.solo.event() else {
                break;
            };
            assert!(!self.closed, "{event:?} after Closed");
            writeln!(self.trace, "{event:?}").unwrap();
            match event {
                Event::Received(bytes) => self.received.extend_from_slice(&bytes),
                Event::Sent(id) => self.decide(id, Fate::Sent),
                Event::Unsent { id, fate } => self.decide(id, Fate::Unsent(fate)),
                Event::Closed(_) => self.closed = true,
                Event::Opened(_) | Event::Gap | Event::HostRefused(_) => {}
            }
        }
        let after = self.solo.timeout();
        assert!(
            after == before || after.is_some_and(|at| at <= self.solo.now()),
            "taking events moves no deadline, it only calls for handle_timeout"
        );
    }

    fn decide(&mut self, id: SendId, fate: Fate) {
        assert!(self.sends.contains_key(&id), "an unknown send");
        assert!(
            self.fates.insert(id, fate).is_none(),
            "two fates for one send"
        );
        let undecided = self
            .sends
            .range(..id)
            .any(|(id, _)| !self.fates.contains_key(id));
        assert!(!undecided, "fates out of order");
    }

    /// From here on the network is perfect: everything must come to an end.
    fn drive(&mut self) {
        for _ in 0..200 {
            // Who leaves needs nobody who listens; the others go on once somebody does.
            if !self.leaving {
                self.drain_events();
            }
            if self.solo.timeout().is_some_and(|at| at <= self.solo.now()) {
                self.tick();
            }
            self.transmit();
            self.transmit();
            let answered = !self.in_flight.is_empty();
            self.answer_all();
            if !answered {
                if !self.leaving {
                    self.drain_events();
                }
                match self.solo.timeout() {
                    Some(at) => self.solo.skip_to(at),
                    None => break,
                }
            }
        }
        self.drain_events();
        let undecided = self
            .sends
            .keys()
            .filter(|id| !self.fates.contains_key(id))
            .count();
        assert_eq!(undecided, 0, "sends without a fate");
        assert!(self.closed || !self.leaving, "leaving does not end");
        if !self.closed {
            self.solo.machine_mut().close();
            self.again = None;
            self.transmit();
            self.answer_all();
            self.drain_events();
        }
        assert!(self.closed);
        assert!(self.solo.transmit().is_none());
        assert!(self.solo.timeout().is_none());
        self.check_truth();
    }

    fn answer_all(&mut self) {
        let good = Reply {
            body: 0,
            rotate: false,
            close: false,
            long_polls: false,
            more: false,
            html: false,
        };
        self.drain_cancels();
        while let Some(transmit) = self.in_flight.pop() {
            self.answer(&transmit, &good);
            self.drain_cancels();
        }
    }

    /// What was told is what happened.
    fn check_truth(&self) {
        assert_eq!(
            self.received, self.given,
            "lost, doubled or reordered bytes"
        );
        for (id, frames) in &self.sends {
            let number = frames
                .trim_start_matches('S')
                .trim_end_matches(['x', ';'])
                .parse()
                .unwrap();
            let read = self.read.contains(&number);
            match self.fates[id] {
                Fate::Sent => assert!(read, "{frames} was not read"),
                Fate::Unsent(fate) => assert!(!read || !fate.is_unsent(), "{frames} was read"),
            }
        }
    }
}

fn is_poll(transmit: &Transmit) -> bool {
    transmit
        .request
        .uri()
        .query()
        .unwrap()
        .contains("Action=poll")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_session_tells_the_truth(
        (mode, undrained, config) in config(),
        ops in prop::collection::vec(op(), 0..120),
    ) {
        let run = || {
            let mut world = World::new(config.clone(), mode, undrained);
            for op in &ops {
                world.step(op);
            }
            world.drive();
            world.trace
        };
        prop_assert_eq!(run(), run(), "two runs differ");
    }
}
