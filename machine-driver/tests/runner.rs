//! The rules of the runner, one by one, and random walks against a small reference.

mod script;
#[path = "runner/walks.rs"]
mod walks;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use machine_contract::{Failure, Instant, RequestId, StreamId};
use machine_driver::{Order, Outcome, Runner, Write};
use script::{Reaction, Script, at};

/// A driver's hand: it has a clock, and puts orders and events into words.
struct Hand {
    runner: Runner<Script>,
    now: Instant,
}

impl Hand {
    fn new() -> Self {
        Self::with(Runner::new(Script::default()))
    }

    fn with(runner: Runner<Script>) -> Self {
        let now = Instant::ORIGIN;
        Self { runner, now }
    }

    fn reacting(reaction: Reaction) -> Self {
        let mut hand = Self::new();
        hand.runner.call(
            |machine, _| machine.reaction = Some(reaction),
            Instant::ORIGIN,
        );
        hand
    }

    /// A request on its way, which is given up after 40 s.
    fn asked(&mut self) -> u64 {
        let id = self.ask();
        self.orders(&format!("send {id}"));
        id
    }

    fn ask(&mut self) -> u64 {
        let deadline = self.now + std::time::Duration::from_secs(40);
        self.verb(|it| it.ask(deadline))
    }

    /// A stream that is there, and of which the machine has been told.
    fn connected(&mut self) -> u64 {
        let deadline = self.now + std::time::Duration::from_secs(40);
        let id = self.verb(|it| it.connect(deadline));
        self.orders(&format!("connect {id}"));
        assert!(self.connects(id));
        self.told(&format!("connected {id}"));
        id
    }

    fn verb<R>(&mut self, verb: impl FnOnce(&mut Script) -> R) -> R {
        self.runner.call(|machine, _| verb(machine), self.now)
    }

    fn answer(&mut self, id: u64) {
        self.end(id, Ok(Response::new(Bytes::new())));
    }

    fn end(&mut self, id: u64, outcome: Outcome) {
        self.runner
            .handle_outcome(RequestId::new(id), outcome, self.now);
    }

    fn connects(&mut self, id: u64) -> bool {
        self.runner.handle_connected(StreamId::new(id), self.now)
    }

    fn fails(&mut self, id: u64, unwritten: usize) {
        self.runner
            .handle_stream_failed(StreamId::new(id), unwritten, self.now);
    }

    fn receives(&mut self, id: u64, bytes: &'static str) {
        let (id, bytes) = (StreamId::new(id), Bytes::from(bytes));
        self.runner.handle_received(id, bytes, self.now);
    }

    fn peer_finishes(&mut self, id: u64) {
        self.runner.handle_finished(StreamId::new(id), self.now);
    }

    fn write_finishes(&mut self, id: u64) {
        let id = StreamId::new(id);
        self.runner.handle_write_finished(id, self.now);
    }

    fn write(&mut self, id: u64) -> Write {
        self.runner.next_write(StreamId::new(id), self.now)
    }

    fn accepted(&mut self) -> Option<u64> {
        let (peer, local) = (([192, 0, 2, 7], 5000).into(), ([127, 0, 0, 1], 1863).into());
        let id = self.runner.handle_accepted(peer, local, self.now);
        id.map(StreamId::get)
    }

    fn reads(&mut self, id: u64) -> bool {
        self.runner.wants_read(StreamId::new(id))
    }

    fn order(&mut self) -> Option<String> {
        Some(match self.runner.poll_order(self.now)? {
            Order::Send(transmit) => format!("send {}", transmit.id.get()),
            Order::Cancel(id) => format!("cancel {}", id.get()),
            Order::Connect(id, _) => format!("connect {}", id.get()),
            Order::Drop(id) => format!("drop {}", id.get()),
        })
    }

    #[track_caller]
    fn orders(&mut self, expected: &str) {
        let orders: Vec<String> = std::iter::from_fn(|| self.order()).collect();
        assert_eq!(orders.join(", "), expected);
    }

    #[track_caller]
    fn told(&mut self, expected: &str) {
        let events: Vec<String> = std::iter::from_fn(|| self.runner.poll_event()).collect();
        assert_eq!(events.join(", "), expected);
    }
}

// Requests.

#[test]
fn a_request_is_handed_out_once_and_its_answer_is_told() {
    let mut it = Hand::new();
    let id = it.asked();
    it.orders("");
    it.answer(id);
    it.told("answered 0 200");
}

#[test]
fn a_failure_is_told_as_it_is() {
    let mut it = Hand::new();
    let (first, second) = (it.asked(), it.asked());
    it.end(second, Err(Failure::NotSent));
    it.end(first, Err(Failure::Unknown));
    it.told("failed 1 NotSent, failed 0 Unknown");
}

#[test]
fn a_cancel_in_the_same_drain_sends_nothing() {
    let mut it = Hand::new();
    let (first, second) = (it.ask(), it.ask());
    it.verb(|machine| machine.cancel(first));
    it.orders("send 1");
    it.answer(first);
    it.answer(second);
    it.told("answered 1 200");
}

#[test]
fn a_cancel_before_the_request_was_handed_out_sends_nothing() {
    let mut it = Hand::new();
    let first = it.asked();
    let second = it.ask();
    // Telling anything takes over what the machine wants by then.
    it.answer(first);
    it.verb(|machine| machine.cancel(second));
    it.orders("");
    it.told("answered 0 200");
}

#[test]
fn a_cancel_of_what_is_on_its_way_is_ordered_once() {
    let mut it = Hand::new();
    let id = it.asked();
    it.verb(|machine| (machine.cancel(id), machine.cancel(id)));
    it.orders("cancel 0");
    it.verb(|machine| machine.cancel(id));
    it.orders("");
    it.told("");
}

#[test]
fn an_answer_after_the_cancel_is_ignored() {
    let mut it = Hand::new();
    let id = it.asked();
    it.verb(|machine| machine.cancel(id));
    it.orders("cancel 0");
    it.answer(id);
    it.told("");
}

#[test]
fn an_answer_after_the_cancel_but_before_the_next_drain_is_ignored() {
    let mut it = Hand::new();
    let id = it.asked();
    it.verb(|machine| machine.cancel(id));
    it.answer(id);
    it.told("");
    it.orders("cancel 0");
}

#[test]
fn a_cancel_after_the_answer_is_nobody_s() {
    let mut it = Hand::new();
    let id = it.asked();
    it.answer(id);
    it.verb(|machine| machine.cancel(id));
    it.orders("");
}

#[test]
fn an_answer_after_the_deadline_is_ignored() {
    let mut it = Hand::new();
    let id = it.asked();
    it.now = at(40);
    it.orders("cancel 0");
    it.answer(id);
    it.told("failed 0 Unknown");
}

#[test]
fn a_second_answer_is_ignored() {
    let mut it = Hand::new();
    let id = it.asked();
    it.answer(id);
    it.end(id, Err(Failure::Unknown));
    it.told("answered 0 200");
}

#[test]
fn an_answer_to_what_nobody_asked_is_ignored() {
    let mut it = Hand::new();
    it.answer(7);
    it.told("");
}

#[test]
fn a_deadline_is_kept_to_the_moment_and_is_unknown() {
    let mut it = Hand::new();
    it.asked();
    it.now = Instant::from_micros(39_999_999);
    it.orders("");
    it.told("");
    it.now = at(40);
    it.orders("cancel 0");
    it.told("failed 0 Unknown");
    it.orders("");
}

#[test]
fn a_deadline_that_has_passed_sends_nothing() {
    let mut it = Hand::new();
    it.now = at(5);
    it.verb(|machine| (machine.ask(at(4)), machine.ask(at(5)), machine.ask(at(6))));
    it.orders("send 2");
    it.told("failed 0 NotSent, failed 1 NotSent");
}

/// A driver over threads takes over what the machine wants with each outcome, but may not ask for orders
/// before somebody waits for an event.
#[test]
fn a_deadline_that_passes_before_the_request_is_handed_out_sends_nothing() {
    let mut it = Hand::new();
    let first = it.asked();
    it.ask();
    it.answer(first);
    it.now = at(40);
    it.orders("");
    it.told("answered 0 200, failed 1 NotSent");
}

#[test]
fn a_request_that_leads_nowhere_is_refused() {
    let mut it = Hand::new();
    for uri in ["ftp://a.example/", "/path", "a.example:80"] {
        let request = Request::get(uri).body(Bytes::new()).unwrap();
        it.verb(|machine| machine.ask_for(request, at(40)));
    }
    let request = Request::get("https://a.example/").body(Bytes::new());
    it.verb(|machine| machine.ask_for(request.unwrap(), at(40)));
    it.orders("send 3");
    it.told("failed 0 NotSent, failed 1 NotSent, failed 2 NotSent");
}

#[test]
fn a_refused_request_that_is_taken_back_is_not_told() {
    let mut it = Hand::new();
    it.now = at(5);
    let id = it.verb(|machine| machine.ask(at(4)));
    it.verb(|machine| machine.cancel(id));
    it.orders("");
    it.told("");
}

#[test]
fn what_follows_from_a_refusal_is_ordered_in_the_same_drain() {
    let mut it = Hand::reacting(|machine, heard, now| {
        if heard == "failed 0 NotSent" {
            machine.ask(now + std::time::Duration::from_secs(1));
        }
    });
    it.verb(|machine| machine.ask(at(0)));
    it.orders("send 1");
}

#[test]
fn a_machine_that_wants_the_impossible_for_ever_does_not_stop_the_driver() {
    let mut it = Hand::reacting(|machine, _, now| {
        machine.ask(now);
    });
    it.verb(|machine| machine.ask(at(0)));
    it.orders("");
}

/// Of two that are given up in the same moment the first makes the machine take the second back.
#[test]
fn what_is_taken_back_because_of_a_deadline_is_not_told_in_the_same_moment() {
    let mut it = Hand::reacting(|machine, heard, _| {
        if heard.starts_with("failed 0") {
            machine.cancel(1);
        }
    });
    it.asked();
    it.asked();
    it.now = at(40);
    it.orders("cancel 0, cancel 1");
    it.told("failed 0 Unknown");
}

#[test]
fn what_is_taken_back_because_of_a_refusal_is_not_told_in_the_same_moment() {
    let mut it = Hand::reacting(|machine, heard, _| {
        if heard.starts_with("failed 0") {
            machine.cancel(1);
        }
    });
    it.verb(|machine| (machine.ask(at(0)), machine.ask(at(0))));
    it.orders("");
    it.told("failed 0 NotSent");
}

#[track_caller]
fn sent_length(request: http::request::Builder, body: &'static str) -> Option<String> {
    let mut it = Hand::new();
    let request = request.uri("http://a.example/").body(Bytes::from(body));
    it.verb(|machine| machine.ask_for(request.expect("a valid request"), at(1)));
    let Some(Order::Send(transmit)) = it.runner.poll_order(it.now) else {
        panic!("nothing was ordered")
    };
    let lengths: Vec<_> = transmit
        .request
        .headers()
        .get_all(CONTENT_LENGTH)
        .iter()
        .collect();
    assert!(lengths.len() <= 1);
    let first = lengths.first()?;
    Some(first.to_str().expect("digits").to_owned())
}

#[test]
fn an_empty_post_says_that_nothing_follows_and_others_are_left_alone() {
    let with = |length: &str| {
        Request::builder()
            .method("POST")
            .header(CONTENT_LENGTH, length)
    };
    assert_eq!(
        sent_length(Request::builder().method("POST"), "").as_deref(),
        Some("0")
    );
    assert_eq!(sent_length(with("0"), "").as_deref(), Some("0"));
    assert_eq!(sent_length(with("3"), "abc").as_deref(), Some("3"));
    assert_eq!(sent_length(Request::builder().method("POST"), "abc"), None);
    assert_eq!(sent_length(Request::builder().method("GET"), ""), None);
    assert_eq!(sent_length(Request::builder().method("PUT"), ""), None);
}

// Time.

#[test]
fn a_due_alarm_rings_once_and_nothing_spins() {
    let mut it = Hand::new();
    it.verb(|machine| machine.alarm = Some(at(10)));
    it.now = at(9);
    it.orders("");
    assert_eq!(it.runner.poll_timeout(), Some(at(10)));
    it.now = at(10);
    it.orders("");
    assert_eq!(it.runner.poll_timeout(), None);
    it.orders("");
    it.told("rang");
}

#[test]
fn what_follows_from_an_alarm_is_ordered_in_the_same_drain() {
    let mut it = Hand::reacting(|machine, _, _| {
        machine.ask(at(50));
    });
    it.verb(|machine| machine.alarm = Some(at(10)));
    it.now = at(10);
    it.orders("send 0");
}

#[test]
fn the_time_out_is_the_earliest_of_all() {
    let mut it = Hand::new();
    assert_eq!(it.runner.poll_timeout(), None);
    it.verb(|machine| machine.alarm = Some(at(90)));
    assert_eq!(it.runner.poll_timeout(), Some(at(90)));
    it.verb(|machine| (machine.ask(at(60)), machine.ask(at(80))));
    it.orders("send 0, send 1");
    assert_eq!(it.runner.poll_timeout(), Some(at(60)));
    it.verb(|machine| machine.connect(at(50)));
    it.orders("connect 0");
    assert_eq!(it.runner.poll_timeout(), Some(at(50)));
    assert!(it.connects(0));
    assert_eq!(it.runner.poll_timeout(), Some(at(60)));
    it.answer(0);
    assert_eq!(it.runner.poll_timeout(), Some(at(80)));
    it.verb(|machine| machine.alarm = Some(at(70)));
    assert_eq!(it.runner.poll_timeout(), Some(at(70)));
    it.verb(|machine| machine.cancel(1));
    it.orders("cancel 1");
    it.now = at(70);
    it.orders("");
    assert_eq!(it.runner.poll_timeout(), None);
}

#[test]
fn sleep_is_handed_on() {
    let mut it = Hand::reacting(|machine, _, _| {
        machine.ask(at(40));
    });
    it.runner.handle_suspended(it.now);
    it.told("suspended");
    it.orders("send 0");
}

// Streams.

#[test]
fn a_host_without_streams_refuses_them_in_the_same_drain() {
    let mut it = Hand::with(Runner::http_only(Script::default()));
    it.verb(|machine| {
        machine.reaction = Some(|machine, _, _| {
            machine.ask(at(40));
        });
        machine.connect(at(40))
    });
    it.orders("send 0");
    it.told("unsupported 0");
}

#[test]
fn a_refused_stream_that_is_dropped_is_not_told() {
    let mut it = Hand::with(Runner::http_only(Script::default()));
    let id = it.verb(|machine| machine.connect(at(40)));
    it.verb(|machine| machine.drop_stream(id));
    it.orders("");
    it.told("");
}

#[test]
fn a_stream_whose_deadline_has_passed_is_not_made() {
    let mut it = Hand::new();
    it.now = at(5);
    it.verb(|machine| machine.connect(at(5)));
    it.orders("");
    it.told("closed 0 NotSent 0");
}

#[test]
fn a_stream_whose_deadline_passes_before_it_is_ordered_is_not_made() {
    let mut it = Hand::new();
    let id = it.asked();
    it.verb(|machine| machine.connect(at(5)));
    it.answer(id);
    it.now = at(5);
    it.orders("");
    it.told("answered 0 200, closed 0 NotSent 0");
}

#[test]
fn a_stream_that_does_not_come_about_by_its_deadline_is_dropped_as_not_sent() {
    let mut it = Hand::new();
    let id = it.verb(|machine| machine.connect(at(10)));
    it.orders("connect 0");
    it.now = at(10);
    it.orders("drop 0");
    it.told("closed 0 NotSent 0");
    assert!(!it.connects(id));
    it.fails(id, 0);
    it.told("");
}

#[test]
fn a_stream_that_was_there_in_time_has_no_deadline() {
    let mut it = Hand::new();
    it.connected();
    it.now = at(1000);
    it.orders("");
    it.told("");
}

#[test]
fn a_stream_that_does_not_come_about_is_not_sent_and_one_that_breaks_is_unknown() {
    let mut it = Hand::new();
    let first = it.verb(|machine| machine.connect(at(10)));
    it.orders("connect 0");
    it.fails(first, 0);
    it.told("closed 0 NotSent 0");
    let second = it.connected();
    it.fails(second, 0);
    it.told("closed 1 Unknown 0");
    it.fails(second, 0);
    it.told("");
}

#[test]
fn what_was_not_written_is_handed_on() {
    let mut it = Hand::new();
    let id = it.connected();
    it.verb(|machine| machine.send(id, "hello"));
    assert_eq!(it.write(id), Write::Chunk(Bytes::from("hello")));
    it.fails(id, 3);
    it.told("closed 0 Unknown 3");
}

#[test]
fn a_stream_that_is_dropped_in_the_same_drain_is_not_made() {
    let mut it = Hand::new();
    let id = it.verb(|machine| machine.connect(at(10)));
    it.verb(|machine| machine.drop_stream(id));
    it.orders("");
    it.told("");
    assert!(!it.connects(id));
}

#[test]
fn a_stream_that_was_dropped_meanwhile_is_not_wanted_when_it_is_there() {
    let mut it = Hand::new();
    let id = it.verb(|machine| machine.connect(at(10)));
    it.orders("connect 0");
    it.verb(|machine| machine.drop_stream(id));
    assert!(!it.connects(id));
    it.orders("drop 0");
    it.told("");
}

#[test]
fn a_stream_is_connected_once() {
    let mut it = Hand::new();
    let id = it.connected();
    assert!(!it.connects(id));
    assert!(!it.connects(7));
    it.told("");
}

#[test]
fn nothing_is_told_of_a_stream_that_was_dropped() {
    let mut it = Hand::new();
    let id = it.connected();
    it.verb(|machine| machine.drop_stream(id));
    it.receives(id, "late");
    it.peer_finishes(id);
    it.fails(id, 0);
    it.told("");
    it.orders("drop 0");
    assert!(!it.reads(id));
    assert_eq!(it.write(id), Write::Nothing);
}

#[test]
fn nothing_is_told_after_the_peer_has_finished_and_it_finishes_once() {
    let mut it = Hand::new();
    let id = it.connected();
    it.receives(id, "a");
    it.peer_finishes(id);
    it.receives(id, "b");
    it.peer_finishes(id);
    it.told("received 0 a, finished 0");
    assert!(!it.reads(id));
}

#[test]
fn nothing_is_told_of_a_stream_that_is_not_there_yet() {
    let mut it = Hand::new();
    let id = it.verb(|machine| machine.connect(at(10)));
    it.orders("connect 0");
    it.receives(id, "a");
    it.peer_finishes(id);
    assert!(!it.reads(id));
    assert_eq!(it.write(id), Write::Nothing);
    it.told("");
}

#[test]
fn an_empty_chunk_is_not_told() {
    let mut it = Hand::new();
    let id = it.connected();
    it.receives(id, "");
    it.told("");
}

#[test]
fn a_stream_is_read_only_while_the_machine_wants_it() {
    let mut it = Hand::new();
    let id = it.connected();
    assert!(it.reads(id));
    it.verb(|machine| machine.deaf.insert(StreamId::new(id)));
    assert!(!it.reads(id));
    it.verb(|machine| machine.deaf.clear());
    assert!(it.reads(id));
}

#[test]
fn the_end_of_writing_waits_for_what_is_to_be_said() {
    let mut it = Hand::new();
    let id = it.connected();
    it.verb(|machine| {
        machine.send(id, "a");
        machine.finish(id);
        machine.send(id, "b");
    });
    assert_eq!(it.write(id), Write::Chunk(Bytes::from("a")));
    assert_eq!(it.write(id), Write::Chunk(Bytes::from("b")));
    assert_eq!(it.write(id), Write::Finish);
    assert_eq!(it.write(id), Write::Nothing);
    it.write_finishes(id);
    assert_eq!(it.write(id), Write::Nothing);
    // Reading goes on.
    it.receives(id, "c");
    it.told("received 0 c");
}

#[test]
fn nothing_is_said_on_a_side_that_is_being_finished() {
    let mut it = Hand::new();
    let id = it.connected();
    it.verb(|machine| machine.finish(id));
    assert_eq!(it.write(id), Write::Finish);
    it.verb(|machine| machine.send(id, "late"));
    assert_eq!(it.write(id), Write::Nothing);
}

#[test]
fn an_end_that_was_wanted_before_the_stream_was_there_is_not_forgotten() {
    let mut it = Hand::new();
    let id = it.verb(|machine| machine.connect(at(10)));
    it.verb(|machine| (machine.send(id, "a"), machine.finish(id)));
    it.orders("connect 0");
    assert!(it.connects(id));
    assert_eq!(it.write(id), Write::Chunk(Bytes::from("a")));
    assert_eq!(it.write(id), Write::Finish);
}

#[test]
fn a_stream_whose_sides_have_both_finished_is_over_in_order_once() {
    let mut it = Hand::new();
    for peer_first in [true, false] {
        let id = it.connected();
        it.verb(|machine| machine.finish(id));
        assert_eq!(it.write(id), Write::Finish);
        if peer_first {
            it.peer_finishes(id);
            it.told(&format!("finished {id}"));
            it.write_finishes(id);
            it.told(&format!("closed {id} in order 0"));
        } else {
            it.write_finishes(id);
            it.told("");
            it.peer_finishes(id);
            it.told(&format!("finished {id}, closed {id} in order 0"));
        }
        it.orders(&format!("drop {id}"));
        it.peer_finishes(id);
        it.write_finishes(id);
        it.fails(id, 0);
        it.verb(|machine| machine.drop_stream(id));
        it.orders("");
        it.told("");
    }
}

#[test]
fn a_stream_that_is_dropped_when_the_peer_has_finished_is_not_told_of_its_end() {
    let mut it = Hand::reacting(|machine, heard, _| {
        if heard == "finished 0" {
            machine.drop_stream(0);
        }
    });
    let id = it.connected();
    it.verb(|machine| machine.finish(id));
    assert_eq!(it.write(id), Write::Finish);
    it.write_finishes(id);
    it.peer_finishes(id);
    it.orders("drop 0");
    it.told("finished 0");
}

#[test]
fn a_stream_that_a_peer_made_is_connected_from_the_start_if_it_is_taken() {
    let mut it = Hand::new();
    assert_eq!(it.accepted(), None);
    it.told("");
    it.verb(|machine| machine.accepts = true);
    let id = it.accepted().expect("it is taken");
    it.told("accepted 0 192.0.2.7:5000 127.0.0.1:1863");
    assert!(it.reads(id));
    assert!(!it.connects(id));
    it.verb(|machine| machine.send(id, "VER"));
    assert_eq!(it.write(id), Write::Chunk(Bytes::from("VER")));
    it.receives(id, "a");
    it.fails(id, 0);
    it.told("received 0 a, closed 0 Unknown 0");
    assert_eq!(it.runner.poll_timeout(), None);
}

#[test]
fn the_machine_comes_back_with_its_events() {
    let mut it = Hand::new();
    it.verb(|machine| machine.say("hello"));
    assert_eq!(it.runner.into_machine().heard, ["hello"]);
}
