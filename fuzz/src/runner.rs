//! Properties of the driver kit's half of every driver: a machine that wants what the fuzzer says, and a driver that does what it says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{
    CertificateFault, Failure, HttpMachine, Instant, Machine, Remote, RequestId, StreamAsk,
    StreamId, StreamMachine, Transmit,
};
use machine_driver::{Order, Runner, Write};

use crate::choices::Choices;

/// The first half of the bytes is what the machine wants, the second what the driver does.
pub fn runner(data: &[u8]) {
    let (wants, does) = data.split_at(data.len() / 2);
    let mut driver = Driver::new(Whim::new(wants));
    let mut choices = Choices::new(does);
    driver.drain();
    while let Some(byte) = choices.byte() {
        driver.step(byte & 15, usize::from(byte >> 4));
        driver.drain();
    }
    driver.end();
}

/// All that is ever said.
const WORD: &[u8] = b"PNG\r\n";

/// What is open of a stream, as far as its machine knows.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Line {
    Wanted,
    There,
    HeardAll,
}

/// A machine of whims: at each input it wants something else. It holds the one who drives it to what the contract says.
#[derive(Debug, Default)]
struct Whim {
    wants: VecDeque<u8>,
    requests: BTreeSet<RequestId>,
    streams: BTreeMap<StreamId, Line>,
    last: u64,
    alarm: Option<Instant>,
    transmits: VecDeque<Transmit>,
    cancels: VecDeque<RequestId>,
    asks: VecDeque<StreamAsk>,
    words: usize,
    /// Bytes that it has said, by stream.
    given: BTreeMap<StreamId, usize>,
    /// Bytes that certainly did not leave, by stream.
    unwritten: BTreeMap<StreamId, usize>,
    /// How many inputs it has had.
    told: usize,
    failures: Vec<(RequestId, Failure)>,
}

impl Whim {
    fn new(wants: &[u8]) -> Self {
        Self {
            wants: wants.iter().copied().collect(),
            ..Self::default()
        }
    }

    /// Wants something.
    fn want(&mut self, now: Instant) {
        self.told += 1;
        let Some(byte) = self.wants.pop_front() else {
            return;
        };
        let time = Duration::from_secs(u64::from(byte >> 4));
        self.last += 1;
        match byte & 7 {
            0 | 1 => {
                let id = RequestId::new(self.last);
                let uri = if byte & 8 == 0 {
                    "https://a.example/"
                } else {
                    "/nowhere"
                };
                let request = Request::post(uri).body(Bytes::new()).expect("a request");
                self.transmits.push_back(Transmit {
                    id,
                    request,
                    deadline: now + time,
                    host_cookies: false,
                });
                self.requests.insert(id);
            }
            2 => {
                // What was not handed over yet is not to be seen at all.
                if let Some(id) = self.requests.pop_last() {
                    self.transmits.retain(|it| it.id != id);
                    self.cancels.push_back(id);
                }
            }
            3 => {
                let id = StreamId::new(self.last);
                let to = Remote::tcp("a.example", 1863).expect("an address");
                let deadline = now + time;
                self.asks.push_back(StreamAsk::Connect { id, to, deadline });
                self.streams.insert(id, Line::Wanted);
            }
            4 => {
                if let Some((id, _)) = self.streams.last_key_value() {
                    self.asks.push_back(StreamAsk::Finish(*id));
                }
            }
            5 => {
                if let Some((id, _)) = self.streams.pop_first() {
                    self.asks.push_back(StreamAsk::Drop(id));
                }
            }
            6 => self.alarm = Some(now + time + Duration::from_millis(1)),
            _ => self.words += 1,
        }
        if byte & 8 != 0 && byte & 7 > 1 {
            self.want(now);
        }
    }

    fn ended(&mut self, id: RequestId) {
        assert!(self.requests.remove(&id), "{id:?} is not in flight");
    }
}

impl Machine for Whim {
    type Event = ();

    fn handle_timeout(&mut self, now: Instant) {
        if self.alarm.is_some_and(|at| at <= now) {
            self.alarm = None;
            self.want(now);
        }
    }

    fn handle_suspended(&mut self, now: Instant) {
        self.want(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.alarm
    }

    fn poll_event(&mut self) -> Option<()> {
        None
    }
}

impl HttpMachine for Whim {
    fn handle_response(&mut self, id: RequestId, _: Response<Bytes>, now: Instant) {
        self.ended(id);
        self.want(now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.ended(id);
        self.failures.push((id, failure));
        self.want(now);
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancels.pop_front()
    }
}

impl StreamMachine for Whim {
    fn poll_stream(&mut self, _: Instant) -> Option<StreamAsk> {
        self.asks.pop_front()
    }

    fn poll_send(&mut self, id: StreamId, _: Instant) -> Option<Bytes> {
        let line = self.streams.get(&id);
        assert!(
            line.is_some_and(|it| *it != Line::Wanted),
            "{id:?}: {line:?}"
        );
        self.words = self.words.checked_sub(1)?;
        *self.given.entry(id).or_default() += WORD.len();
        Some(Bytes::from_static(WORD))
    }

    fn handle_accepted(&mut self, _: SocketAddr, _: SocketAddr, now: Instant) -> Option<StreamId> {
        self.last += 1;
        let id = StreamId::new(self.last);
        self.streams.insert(id, Line::There);
        self.want(now);
        // It may have been dropped again by a whim.
        self.streams.contains_key(&id).then_some(id)
    }

    fn handle_connected(&mut self, id: StreamId, now: Instant) {
        let before = self.streams.insert(id, Line::There);
        assert_eq!(before, Some(Line::Wanted), "{id:?} was not wanted");
        self.want(now);
    }

    fn handle_received(&mut self, id: StreamId, bytes: Bytes, now: Instant) {
        assert_eq!(self.streams.get(&id), Some(&Line::There));
        assert!(!bytes.is_empty());
        self.want(now);
    }

    fn handle_finished(&mut self, id: StreamId, now: Instant) {
        let before = self.streams.insert(id, Line::HeardAll);
        assert_eq!(before, Some(Line::There), "{id:?} ends twice");
        self.want(now);
    }

    fn handle_closed(
        &mut self,
        id: StreamId,
        failure: Option<Failure>,
        unwritten: usize,
        now: Instant,
    ) {
        let given = self.given.get(&id).copied().unwrap_or_default();
        assert!(unwritten <= given, "{unwritten} of {given} did not leave");
        assert!(failure.is_some() || unwritten == 0, "all has left in order");
        self.unwritten.insert(id, unwritten);
        let line = self.streams.remove(&id);
        let is_fit = match failure {
            None => line == Some(Line::HeardAll),
            Some(failure) if failure.is_unsent() => line == Some(Line::Wanted),
            Some(_) => line.is_some_and(|it| it != Line::Wanted),
        };
        assert!(is_fit, "{id:?}: {failure:?} of {line:?}");
        self.want(now);
    }
}

struct Driver {
    runner: Runner<Whim>,
    now: Instant,
    /// Requests that are on their way, as far as this driver knows.
    sent: BTreeSet<RequestId>,
    /// All that were ever handed out.
    handed_out: BTreeSet<RequestId>,
    streams: Vec<StreamId>,
    writing: BTreeSet<StreamId>,
}

impl Driver {
    fn new(machine: Whim) -> Self {
        let mut runner = Runner::new(machine);
        runner.call(Whim::want, Instant::ORIGIN);
        Self {
            runner,
            now: Instant::ORIGIN,
            sent: BTreeSet::new(),
            handed_out: BTreeSet::new(),
            streams: Vec::new(),
            writing: BTreeSet::new(),
        }
    }

    /// Carries out all orders. Then all that is wanted has been handed out, and nothing waits for a moment that has passed.
    fn drain(&mut self) {
        loop {
            let before = self.look(|whim| whim.told);
            while let Some(order) = self.runner.poll_order(self.now) {
                self.obey(order);
            }
            if self.look(|whim| whim.told) == before {
                break;
            }
        }
        let open = self.look(|whim| whim.requests.clone());
        assert!(open.is_subset(&self.sent), "{open:?} are not under way");
        let due = self.runner.poll_timeout();
        assert!(due.is_none_or(|at| at > self.now), "it spins at {due:?}");
        for (id, failure) in self.look(|whim| std::mem::take(&mut whim.failures)) {
            let is_unsent = !self.handed_out.contains(&id);
            assert!(!is_unsent || failure.is_unsent(), "{id:?} never left");
        }
    }

    fn look<R>(&mut self, look: impl FnOnce(&mut Whim) -> R) -> R {
        self.runner.call(|whim, _| look(whim), self.now)
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Send(transmit) => {
                let id = transmit.id;
                assert!(transmit.deadline > self.now, "{id:?} is too late");
                assert!(self.look(|whim| whim.requests.contains(&id)), "{id:?}");
                assert!(self.handed_out.insert(id), "{id:?} is handed out twice");
                assert_eq!(transmit.request.uri().host(), Some("a.example"));
                assert_eq!(transmit.request.headers()["content-length"], "0");
                self.sent.insert(id);
            }
            Order::Cancel(id) => {
                assert!(self.sent.remove(&id), "{id:?} was never handed out");
                assert!(!self.look(|whim| whim.requests.contains(&id)), "{id:?}");
            }
            Order::Connect(id, _) => {
                assert!(!self.streams.contains(&id), "{id:?} is made twice");
                self.streams.push(id);
            }
            Order::Drop(id) => {
                assert!(!self.look(|whim| whim.streams.contains_key(&id)));
                self.streams.retain(|other| *other != id);
            }
        }
    }

    fn step(&mut self, what: u8, how: usize) {
        let now = self.now;
        // Also such as have ended: the driver may be late.
        let request = self.handed_out.iter().rev().nth(how % 4).copied();
        let stream = self.streams.iter().rev().nth(how % 4).copied();
        match (what, request, stream) {
            (0 | 1, Some(id), _) => {
                let outcome = match how / 4 {
                    0 => Err(Failure::NotSent),
                    1 => Err(Failure::Unknown),
                    _ => Ok(Response::new(Bytes::new())),
                };
                self.sent.remove(&id);
                self.runner.handle_outcome(id, outcome, now);
            }
            (2 | 3, _, Some(id)) => {
                let is_wanted = self.runner.handle_connected(id, now);
                assert!(!is_wanted || self.streams.contains(&id));
            }
            (4, _, Some(id)) if how & 4 == 0 => {
                // Of the last word, or of none.
                let said = self.look(|whim| whim.given.get(&id).copied());
                let unwritten = said.unwrap_or_default().min(how & 8);
                self.runner.handle_stream_failed(id, unwritten, now);
                let told = self.look(|whim| whim.unwritten.get(&id).copied());
                assert!(told.is_none_or(|told| told == unwritten), "{told:?}");
                self.streams.retain(|other| *other != id);
            }
            (4, _, Some(id)) => {
                let fault = CertificateFault::Expired;
                self.runner.handle_stream_untrusted(id, fault, now);
                self.streams.retain(|other| *other != id);
            }
            (5 | 6, _, Some(id)) => match self.runner.next_write(id, now) {
                Write::Chunk(bytes) => assert!(!bytes.is_empty()),
                Write::Finish => assert!(self.writing.insert(id), "{id:?} is finished twice"),
                Write::Nothing => {}
            },
            (7, _, Some(id)) if self.writing.contains(&id) => {
                self.runner.handle_write_finished(id, now);
            }
            (8 | 9, _, Some(id)) if self.runner.wants_read(id) => {
                let some = Bytes::from_static(b"QNG 50\r\n");
                self.runner.handle_received(id, some, now);
            }
            (10, _, Some(id)) => self.runner.handle_finished(id, now),
            (11, _, _) => {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1863));
                let accepted = self.runner.handle_accepted(address, address, now);
                self.streams.extend(accepted);
            }
            (12, _, _) => self.runner.handle_suspended(now),
            (13, _, _) => self.runner.call(Whim::want, now),
            (14, _, _) => self.now = now + Duration::from_millis(100 << how),
            (15, _, _) => {
                let due = self.runner.poll_timeout();
                self.now = due.map_or(now, |at| at.max(now));
            }
            _ => {}
        }
    }

    /// Time goes on: everything comes to an end.
    fn end(mut self) {
        self.look(|whim| whim.wants.clear());
        for turn in 0.. {
            assert!(turn < 10_000, "it has no end");
            self.drain();
            let Some(due) = self.runner.poll_timeout() else {
                break;
            };
            self.now = due;
        }
        assert!(self.look(|whim| whim.requests.is_empty()));
        let whim = self.runner.into_machine();
        let mut streams = whim.streams.values();
        assert!(streams.all(|it| *it != Line::Wanted), "{:?}", whim.streams);
    }
}
