//! Random walks: whatever a driver and a machine do, and in which order, a small reference says what may be
//! ordered and what must be told.

use std::collections::BTreeMap;

use machine_contract::{Failure, Instant, RequestId};
use machine_driver::{Order, Runner};
use proptest::prelude::*;

use crate::script::{Script, at};
use crate::{Bytes, Response, StreamId};

#[derive(Clone, Debug)]
enum Step {
    /// The machine wants a request, with so many seconds of patience.
    Ask(u64),
    Cancel(u64),
    /// A request has ended; true: by a response.
    End(u64, bool),
    Connect(u64),
    DropStream(u64),
    Finish(u64),
    /// A stream is there; true, or did not come about, or broke.
    Made(u64, bool),
    Hear(u64),
    PeerFinishes(u64),
    Write(u64),
    WriteFinishes(u64),
    Alarm(u64),
    Pass(u64),
    /// The driver asks for one order only.
    Order,
    Drain,
    Take,
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..6_u64;
    prop_oneof![
        3 => (0..20_u64).prop_map(Step::Ask),
        2 => id.clone().prop_map(Step::Cancel),
        3 => (id.clone(), any::<bool>()).prop_map(|(id, ok)| Step::End(id, ok)),
        2 => (0..20_u64).prop_map(Step::Connect),
        1 => id.clone().prop_map(Step::DropStream),
        1 => id.clone().prop_map(Step::Finish),
        3 => (id.clone(), any::<bool>()).prop_map(|(id, ok)| Step::Made(id, ok)),
        1 => id.clone().prop_map(Step::Hear),
        2 => id.clone().prop_map(Step::PeerFinishes),
        2 => id.clone().prop_map(Step::Write),
        2 => id.prop_map(Step::WriteFinishes),
        1 => (0..20_u64).prop_map(Step::Alarm),
        3 => (0..8_u64).prop_map(Step::Pass),
        2 => Just(Step::Order),
        3 => Just(Step::Drain),
        1 => Just(Step::Take),
    ]
}

/// What the reference knows of a request or of a stream.
#[derive(Debug, Default)]
struct Known {
    deadline: Instant,
    handed_out: bool,
    /// The stream is there.
    made: bool,
    taken_back: bool,
    /// How it ended, once it was told.
    told: Option<String>,
}

impl Known {
    fn is_open(&self) -> bool {
        !self.taken_back && self.told.is_none()
    }
}

struct Walk {
    runner: Runner<Script>,
    now: Instant,
    requests: BTreeMap<u64, Known>,
    streams: BTreeMap<u64, Known>,
    alarm: Option<Instant>,
}

impl Walk {
    fn new(has_streams: bool) -> Self {
        let new = if has_streams {
            Runner::new
        } else {
            Runner::http_only
        };
        Self {
            runner: new(Script::default()),
            now: Instant::ORIGIN,
            requests: BTreeMap::new(),
            streams: BTreeMap::new(),
            alarm: None,
        }
    }

    fn take(&mut self, step: &Step) {
        let now = self.now;
        match *step {
            Step::Ask(patience) => {
                let deadline = now + std::time::Duration::from_secs(patience);
                let id = self.runner.call(|it, _| it.ask(deadline), now);
                self.requests.insert(
                    id,
                    Known {
                        deadline,
                        ..Known::default()
                    },
                );
            }
            Step::Cancel(id) => {
                if let Some(known) = self.requests.get_mut(&id) {
                    known.taken_back = true;
                    self.runner.call(|it, _| it.cancel(id), now);
                }
            }
            Step::End(id, ok) => {
                // A driver tells only of what it was ordered; whether it is still open it need not know.
                if self.requests.get(&id).is_some_and(|known| known.handed_out) {
                    let response = Ok(Response::new(Bytes::new()));
                    let outcome = if ok { response } else { Err(Failure::Unknown) };
                    self.runner.handle_outcome(RequestId::new(id), outcome, now);
                }
            }
            Step::Connect(patience) => {
                let deadline = now + std::time::Duration::from_secs(patience);
                let id = self.runner.call(|it, _| it.connect(deadline), now);
                self.streams.insert(
                    id,
                    Known {
                        deadline,
                        ..Known::default()
                    },
                );
            }
            Step::DropStream(id) => {
                if let Some(known) = self.streams.get_mut(&id) {
                    known.taken_back = true;
                    self.runner.call(|it, _| it.drop_stream(id), now);
                }
            }
            Step::Finish(id) => self.runner.call(|it, _| it.finish(id), now),
            Step::Made(id, made) => {
                if let Some(known) = self.streams.get_mut(&id).filter(|known| known.handed_out) {
                    let wanted = known.is_open() && !known.made;
                    let name = StreamId::new(id);
                    if made {
                        let is_wanted = self.runner.handle_connected(name, now);
                        // What has ended, and of which the reference has not heard yet, is not wanted either.
                        assert!(wanted || !is_wanted);
                        known.made |= is_wanted;
                    } else {
                        self.runner.handle_stream_failed(name, 0, now);
                    }
                }
            }
            Step::Hear(id) => {
                let bytes = Bytes::from("x");
                self.runner.handle_received(StreamId::new(id), bytes, now);
            }
            Step::PeerFinishes(id) => self.runner.handle_finished(StreamId::new(id), now),
            Step::Write(id) => drop(self.runner.next_write(StreamId::new(id), now)),
            Step::WriteFinishes(id) => self.runner.handle_write_finished(StreamId::new(id), now),
            Step::Alarm(after) => {
                let due = now + std::time::Duration::from_secs(after);
                self.runner.call(|it, _| it.alarm = Some(due), now);
                self.alarm = Some(due);
            }
            Step::Pass(seconds) => self.now = now + std::time::Duration::from_secs(seconds),
            Step::Order => {
                self.order();
            }
            Step::Drain => self.drain(),
            Step::Take => {
                self.event();
            }
        }
    }

    /// Carries out one order, if it is one that may be given.
    fn order(&mut self) -> bool {
        let Some(order) = self.runner.poll_order(self.now) else {
            return false;
        };
        self.events();
        match order {
            Order::Send(transmit) => {
                let known = self
                    .requests
                    .get_mut(&transmit.id.get())
                    .expect("it was asked for");
                assert!(!known.handed_out, "handed out twice");
                assert!(known.is_open(), "handed out although it is over: {known:?}");
                assert!(self.now < known.deadline, "handed out too late");
                known.handed_out = true;
            }
            Order::Connect(id, _) => {
                let known = self.streams.get_mut(&id.get()).expect("it was asked for");
                assert!(!known.handed_out, "handed out twice");
                assert!(known.is_open(), "handed out although it is over: {known:?}");
                assert!(self.now < known.deadline, "handed out too late");
                known.handed_out = true;
            }
            Order::Cancel(id) => {
                let known = &self.requests[&id.get()];
                assert!(known.handed_out && !known.is_open(), "cancelled: {known:?}");
            }
            Order::Drop(id) => {
                let known = &self.streams[&id.get()];
                assert!(known.handed_out && !known.is_open(), "dropped: {known:?}");
            }
        }
        true
    }

    fn drain(&mut self) {
        while self.order() {}
        self.events();
        let now = self.now;
        if self.alarm.is_some_and(|alarm| alarm <= now) {
            self.alarm = None;
        }
        // What is on its way, and the alarm: the earliest of them, and never one that has passed.
        let requests = self.requests.values().filter(|known| known.is_open());
        let streams = self
            .streams
            .values()
            .filter(|known| known.is_open() && !known.made);
        let open = requests.chain(streams).map(|known| known.deadline);
        let expected = open.chain(self.alarm).min();
        assert_eq!(self.runner.poll_timeout(), expected);
        assert!(expected.is_none_or(|due| now < due), "it would spin");
    }

    fn events(&mut self) {
        while self.event() {}
    }

    /// Hears one event, if it is one that may be told.
    fn event(&mut self) -> bool {
        let Some(event) = self.runner.poll_event() else {
            return false;
        };
        let mut words = event.splitn(3, ' ');
        let (what, id) = (words.next().unwrap_or_default(), words.next());
        let id: u64 = id.and_then(|id| id.parse().ok()).unwrap_or_default();
        let how = words.next().unwrap_or_default().to_owned();
        match what {
            "answered" | "failed" => {
                let known = self.requests.get_mut(&id).expect("it was asked for");
                assert!(!known.taken_back, "{event} after it was taken back");
                assert_eq!(known.told, None, "told twice");
                assert_eq!(how == "NotSent", !known.handed_out, "{event}");
                known.told = Some(how);
            }
            "unsupported" => {
                let known = self.streams.get_mut(&id).expect("it was asked for");
                assert!(!known.taken_back && !known.made, "{event}");
                assert_eq!(known.told, None, "told twice");
                known.told = Some(event.clone());
            }
            "closed" => {
                let known = self.streams.get_mut(&id).expect("it was asked for");
                assert!(!known.taken_back, "{event} after it was taken back");
                assert_eq!(known.told, None, "told twice");
                assert_eq!(how == "NotSent 0", !known.made, "{event}");
                known.told = Some(how);
            }
            "rang" => {}
            _ => {
                let known = &self.streams[&id];
                assert!(known.is_open(), "{event} after its end");
                assert!(known.made, "{event} before it was there");
            }
        }
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_request_and_every_stream_ends_once_or_was_taken_back(
        has_streams in prop::bool::weighted(0.8),
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut walk = Walk::new(has_streams);
        for step in &steps {
            // What was told before something is taken back is heard before: afterwards nothing may be.
            let takes_back = matches!(step, Step::Cancel(_) | Step::DropStream(_));
            if takes_back {
                walk.events();
                let before = walk.runner.call(|machine, _| machine.heard.len(), Instant::ORIGIN);
                prop_assert_eq!(before, 0);
            }
            walk.take(step);
        }
        walk.events();
        walk.now += at(1000) - at(0);
        walk.drain();
        for (id, known) in &walk.requests {
            prop_assert!(known.taken_back || known.told.is_some(), "request {} {:?}", id, known);
        }
        for (id, known) in &walk.streams {
            // One that is there may stay.
            let ended = known.taken_back || known.made || known.told.is_some();
            prop_assert!(ended, "stream {} {:?}", id, known);
            prop_assert!(has_streams || !known.handed_out);
        }
    }
}
