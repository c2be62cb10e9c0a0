//! The kit itself: what it does to requests, and what it catches.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit, UnixTime};
use simulation_kit::{
    Acknowledged, Cut, Disturbance, Driver, ExchangeNumber, Fate, Faults, Host, Peer, Simulation,
    Solo, Time, Transcript, each_seed,
};

/// Says back what it is told, unless it is to keep silent, and remembers what became of it.
#[derive(Debug, Default)]
struct Echo {
    silent: bool,
    replies: VecDeque<(ExchangeNumber, Response<Bytes>)>,
    seen: Vec<ExchangeNumber>,
    sent: Vec<ExchangeNumber>,
    lost: Vec<ExchangeNumber>,
    spins: bool,
    /// What becomes of the next requests.
    fates: VecDeque<Fate>,
}

impl Host for Echo {
    fn fate(&mut self, _: Peer, _: &Transmit, _: Time) -> Option<Fate> {
        self.fates.pop_front()
    }

    fn handle_request(
        &mut self,
        exchange: ExchangeNumber,
        _: Peer,
        request: Request<Bytes>,
        _: Time,
    ) {
        self.seen.push(exchange);
        if !self.silent {
            let reply = Response::new(request.into_body());
            self.replies.push_back((exchange, reply));
        }
    }

    fn handle_reply_sent(&mut self, exchange: ExchangeNumber, _: Time) {
        self.sent.push(exchange);
    }

    fn handle_reply_lost(&mut self, exchange: ExchangeNumber, _: Time) {
        self.lost.push(exchange);
    }

    fn handle_timeout(&mut self, _: Time) {}

    fn poll_timeout(&self) -> Option<Instant> {
        self.spins.then_some(Instant::ORIGIN)
    }

    fn poll_reply(&mut self, _: Time) -> Option<(ExchangeNumber, Response<Bytes>)> {
        self.replies.pop_front()
    }
}

/// Asks as it is told.
#[derive(Debug, Default)]
struct Asker {
    last: u64,
    wanted: VecDeque<Transmit>,
    cancels: VecDeque<RequestId>,
    told: VecDeque<Result<Bytes, Failure>>,
    wakes: Option<Instant>,
    /// How long after each time that it is told one it wants to be told the next; else `wakes` stays as it is.
    wakes_every: Option<Duration>,
    rung: Vec<Instant>,
    /// What it waits for.
    open: BTreeSet<RequestId>,
    /// How often it was told what it does not wait for.
    late: usize,
}

impl Asker {
    fn ask(&mut self, text: &str, patience: Duration, now: Instant) -> RequestId {
        self.last += 1;
        let id = RequestId::new(self.last);
        self.open.insert(id);
        let request =
            Request::post("http://host/echo").body(Bytes::copy_from_slice(text.as_bytes()));
        self.wanted.push_back(Transmit {
            id,
            request: request.expect("a request"),
            deadline: now + patience,
            host_cookies: false,
        });
        id
    }
}

impl Machine for Asker {
    type Event = Result<Bytes, Failure>;

    fn handle_timeout(&mut self, now: Instant) {
        self.rung.push(now);
        if let Some(every) = self.wakes_every {
            self.wakes = Some(now + every);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.wakes
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.told.pop_front()
    }
}

impl HttpMachine for Asker {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _: Instant) {
        if self.open.remove(&id) {
            self.told.push_back(Ok(response.into_body()));
        } else {
            self.late += 1;
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, _: Instant) {
        if self.open.remove(&id) {
            self.told.push_back(Err(failure));
        } else {
            self.late += 1;
        }
    }

    fn poll_transmit(&mut self, _: Instant) -> Option<Transmit> {
        self.wanted.pop_front()
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancels.pop_front()
    }
}

const PEER: Peer = Peer(0);
const MINUTE: Duration = Duration::from_secs(60);

fn simulation(seed: u64, faults: Faults) -> Simulation<Echo, Asker> {
    let mut simulation = Simulation::new(Echo::default(), seed, UnixTime::from_secs(1));
    simulation.add(Asker::default());
    simulation.set_faults(faults);
    simulation
}

fn ask(simulation: &mut Simulation<Echo, Asker>, text: &str) {
    simulation.call(PEER, |asker, now| asker.ask(text, MINUTE, now));
}

/// What the machine was told, and how often the host saw a request, was told that it was sent, and that it
/// was lost.
#[track_caller]
fn check(faults: Faults, told: &Result<&'static str, Failure>, host: [usize; 3]) {
    each_seed(0..20, |seed| {
        let mut simulation = simulation(seed, faults);
        ask(&mut simulation, "hello");
        simulation.advance(2 * MINUTE);
        let events = simulation.take_events(PEER);
        let [(_, event)] = &events[..] else {
            panic!("{events:?}");
        };
        let told = told.map(|text| Bytes::from_static(text.as_bytes()));
        assert_eq!(*event, told);
        let Echo {
            seen, sent, lost, ..
        } = simulation.host();
        assert_eq!([seen.len(), sent.len(), lost.len()], host);
    });
}

#[test]
fn each_fault_is_told_to_both_ends_as_it_is() {
    let lost = Err(Failure::Unknown);
    check(Faults::NONE, &Ok("hello"), [1, 1, 0]);
    let refused = Faults {
        refused: 1000,
        ..Faults::NONE
    };
    check(refused, &Err(Failure::NotSent), [0, 0, 0]);
    check(
        Faults {
            lost: 1000,
            ..Faults::NONE
        },
        &lost,
        [0, 0, 0],
    );
    check(
        Faults {
            reply_lost: 1000,
            ..Faults::NONE
        },
        &lost,
        [1, 0, 1],
    );
    check(
        Faults {
            reply_cut: 1000,
            ..Faults::NONE
        },
        &lost,
        [1, 1, 0],
    );
    check(
        Faults {
            stalled: 1000,
            ..Faults::NONE
        },
        &lost,
        [1, 0, 1],
    );
    check(
        Faults {
            repeated: 1000,
            ..Faults::NONE
        },
        &Ok("hello"),
        [2, 1, 1],
    );
    let portal = Faults {
        portal: 1000,
        ..Faults::NONE
    };
    check(
        portal,
        &Ok("<!DOCTYPE html><title>Welcome</title>"),
        [0, 0, 0],
    );
    let on_write = Acknowledged::OnWrite;
    check(
        Faults {
            acknowledged: on_write,
            ..Faults::NONE
        },
        &Ok("hello"),
        [1, 1, 0],
    );
}

#[test]
fn what_is_not_answered_fails_at_its_deadline_and_the_host_learns_it() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call_host(|host, _| host.silent = true);
    ask(&mut simulation, "hello");
    simulation.advance(Duration::from_micros(59_999_999));
    assert_eq!(simulation.take_events(PEER), []);
    simulation.advance(Duration::from_micros(1));
    let at = Instant::ORIGIN + MINUTE;
    assert_eq!(simulation.take_events(PEER), [(at, Err(Failure::Unknown))]);
    simulation.advance(MINUTE);
    assert_eq!(simulation.host().lost.len(), 1);
}

#[test]
fn a_request_past_its_deadline_is_not_sent_and_that_is_told_at_once() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call(PEER, |asker, now| asker.ask("late", Duration::ZERO, now));
    let told = simulation.take_events(PEER);
    assert_eq!(told, [(Instant::ORIGIN, Err(Failure::NotSent))]);
    simulation.advance(MINUTE);
    assert_eq!(simulation.host().seen, []);
}

#[test]
fn a_cancel_in_the_same_drain_sends_nothing_and_a_later_one_tells_nothing() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call(PEER, |asker, now| {
        let id = asker.ask("never mind", MINUTE, now);
        asker.cancels.push_back(id);
    });
    simulation.advance(MINUTE);
    assert_eq!(simulation.host().seen, []);
    simulation.call_host(|host, _| host.silent = true);
    let id = simulation.call(PEER, |asker, now| asker.ask("hello", MINUTE, now));
    simulation.advance(Duration::from_secs(1));
    simulation.call(PEER, |asker, _| asker.cancels.push_back(id));
    simulation.advance(2 * MINUTE);
    assert_eq!(simulation.take_events(PEER), []);
    assert_eq!(simulation.host().lost, simulation.host().seen);
}

#[test]
fn while_it_is_cut_nothing_gets_through_and_then_everything_does() {
    for (how, told) in [(Cut::Refused, 1), (Cut::Silent, 0)] {
        each_seed(0..20, |seed| {
            let mut simulation = simulation(seed, Faults::NONE);
            let time = Duration::from_secs(30);
            let peer = Some(PEER);
            let cut = Disturbance::Cut { peer, time, how };
            simulation.disturb(Duration::from_secs(10), cut);
            simulation.advance(Duration::from_secs(15));
            ask(&mut simulation, "is anybody there?");
            simulation.advance(Duration::from_secs(1));
            let events = simulation.take_events(PEER);
            assert_eq!(events.len(), told);
            assert!(events.iter().all(|(_, it)| *it == Err(Failure::NotSent)));
            simulation.advance(Duration::from_secs(30));
            ask(&mut simulation, "now?");
            simulation.advance(Duration::from_secs(1));
            assert_eq!(simulation.host().seen.len(), 1);
            assert_eq!(simulation.take_events(PEER).len(), 1);
        });
    }
}

#[test]
fn a_reset_breaks_what_is_open_and_the_next_request_gets_through() {
    each_seed(0..20, |seed| {
        let mut simulation = simulation(seed, Faults::NONE);
        simulation.call_host(|host, _| host.silent = true);
        ask(&mut simulation, "hello");
        simulation.advance(Duration::from_secs(1));
        simulation.disturb(Duration::ZERO, Disturbance::Reset(None));
        simulation.call_host(|host, _| host.silent = false);
        ask(&mut simulation, "again");
        simulation.advance(Duration::from_secs(1));
        let mut told: Vec<_> = simulation.take_events(PEER);
        told.sort_by_key(|(_, it)| it.is_ok());
        let told: Vec<_> = told.into_iter().map(|(_, it)| it).collect();
        assert_eq!(
            told,
            [Err(Failure::Unknown), Ok(Bytes::from_static(b"again"))]
        );
        let host = simulation.host();
        assert_eq!(
            [host.seen.len(), host.lost.len(), host.sent.len()],
            [2, 1, 1]
        );
    });
}

#[test]
fn who_sleeps_hears_nothing_and_learns_it_when_awake() {
    let mut simulation = simulation(1, Faults::NONE);
    ask(&mut simulation, "hello");
    simulation.sleep(PEER);
    simulation.advance(2 * MINUTE);
    assert_eq!(simulation.take_events(PEER), []);
    assert_eq!(simulation.host().lost.len(), 1);
    simulation.wake(PEER);
    let at = Instant::ORIGIN + 2 * MINUTE;
    assert_eq!(simulation.take_events(PEER), [(at, Err(Failure::Unknown))]);
}

#[test]
fn who_takes_the_place_of_another_is_told_nothing_of_their_requests() {
    each_seed(0..20, |seed| {
        let mut simulation = simulation(seed, Faults::NONE);
        ask(&mut simulation, "of the first");
        simulation.replace(PEER, Asker::default());
        ask(&mut simulation, "of the second");
        simulation.advance(MINUTE);
        let told: Vec<_> = simulation.take_events(PEER);
        let told: Vec<_> = told.into_iter().map(|(_, it)| it).collect();
        assert_eq!(told, [Ok(Bytes::from_static(b"of the second"))]);
        let host = simulation.host();
        assert_eq!(
            [host.seen.len(), host.lost.len(), host.sent.len()],
            [2, 1, 1]
        );
    });
}

#[test]
fn another_host_in_the_place_of_one_breaks_what_it_had_not_answered() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call_host(|host, _| host.silent = true);
    ask(&mut simulation, "hello");
    simulation.advance(Duration::from_secs(1));
    simulation.replace_host(|host, _| *host = Echo::default());
    simulation.advance(Duration::from_secs(1));
    let told: Vec<_> = simulation.take_events(PEER);
    assert!(matches!(told[..], [(_, Err(Failure::Unknown))]), "{told:?}");
    assert_eq!(simulation.host().lost, []);
}

fn rough(seed: u64) -> Transcript {
    let mut simulation = simulation(seed, Faults::ROUGH);
    for n in 0..100 {
        ask(&mut simulation, &n.to_string());
        simulation.advance(Duration::from_millis(100));
    }
    simulation.advance(2 * MINUTE);
    assert_eq!(
        simulation.take_events(PEER).len(),
        100,
        "each request ends once"
    );
    let host = simulation.host();
    assert_eq!(host.sent.len() + host.lost.len(), host.seen.len());
    simulation.transcript().clone()
}

#[test]
fn the_same_seed_gives_the_same_transcript_and_every_exchange_ends_once() {
    each_seed(0..20, |seed| assert!(rough(seed) == rough(seed)));
    assert!(rough(1) != rough(2));
}

#[test]
fn requests_of_different_connections_overtake_each_other() {
    let mut simulation = simulation(1, Faults::NONE);
    for n in 0..20 {
        ask(&mut simulation, &n.to_string());
    }
    simulation.advance(MINUTE);
    let told = simulation.take_events(PEER).into_iter();
    let numbers: Vec<u32> = told
        .map(|(_, it)| {
            String::from_utf8_lossy(&it.expect("an answer"))
                .parse()
                .expect("a number")
        })
        .collect();
    assert_eq!(numbers.len(), 20);
    assert!(!numbers.is_sorted(), "{numbers:?}");
}

#[test]
#[should_panic = "was given before"]
fn an_id_that_is_used_twice_is_caught() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call(PEER, |asker, now| {
        asker.ask("one", MINUTE, now);
        asker.last = 0;
        asker.ask("two", MINUTE, now);
    });
}

#[test]
#[should_panic = "was never asked for"]
fn a_cancel_of_nothing_is_caught() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call(PEER, |asker, _| asker.cancels.push_back(RequestId::new(7)));
}

#[test]
#[should_panic = "a driver would spin"]
fn a_deadline_that_stays_in_the_past_is_caught() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call(PEER, |asker, now| asker.wakes = Some(now));
    simulation.advance(MINUTE);
}

#[test]
#[should_panic = "the host would spin"]
fn a_host_whose_deadline_stays_in_the_past_is_caught() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call_host(|host, _| host.spins = true);
    simulation.advance(MINUTE);
}

#[test]
#[should_panic = "two replies"]
fn a_host_that_replies_twice_is_caught() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call_host(|host, _| host.silent = true);
    ask(&mut simulation, "hello");
    simulation.advance(Duration::from_secs(1));
    simulation.call_host(|host, _| {
        for _ in 0..2 {
            let reply = Response::new(Bytes::new());
            host.replies.push_back((host.seen[0], reply));
        }
    });
}

fn solo() -> Solo<Asker> {
    Solo::new(Asker::default())
}

#[test]
fn a_solo_machine_is_told_what_its_test_says_and_nothing_else() {
    let mut solo = solo();
    solo.skip(MINUTE);
    let ids =
        solo.call(|asker, now| [asker.ask("one", MINUTE, now), asker.ask("two", MINUTE, now)]);
    let sent: Vec<_> = std::iter::from_fn(|| solo.transmit()).collect();
    assert_eq!(sent.iter().map(|sent| sent.id).collect::<Vec<_>>(), ids);
    assert_eq!(sent[0].deadline, Instant::ORIGIN + 2 * MINUTE);
    solo.advance(10 * MINUTE);
    assert_eq!(solo.event(), None, "no deadline of the kit's");
    solo.respond(ids[0], Response::new(Bytes::from_static(b"yes")));
    solo.fail(ids[1], Failure::NotSent);
    let told: Vec<_> = std::iter::from_fn(|| solo.event()).collect();
    assert_eq!(
        told,
        [Ok(Bytes::from_static(b"yes")), Err(Failure::NotSent)]
    );
    assert!(solo.machine().rung.is_empty());
    solo.machine_mut().cancels.push_back(ids[0]);
    assert_eq!((solo.cancel(), solo.cancel()), (Some(ids[0]), None));
}

#[test]
fn a_solo_machine_is_told_the_time_when_it_asks_and_not_while_that_is_skipped() {
    let mut solo = solo();
    assert_eq!(solo.advance_to_next(), None, "it waits for nothing");
    solo.machine_mut().wakes_every = Some(MINUTE);
    solo.tell_time();
    solo.advance(2 * MINUTE + Duration::from_secs(59));
    solo.skip(5 * MINUTE);
    assert_eq!(solo.advance_to_next(), Some(Duration::ZERO), "it is late");
    assert_eq!(solo.advance_to_next(), Some(MINUTE));
    let rung = solo.machine().rung.iter();
    let rung: Vec<_> = rung.map(|at| at.since_origin().as_secs()).collect();
    assert_eq!(rung, [0, 60, 120, 479, 539]);
    solo.skip_to(Instant::ORIGIN);
    assert_eq!(
        solo.now().since_origin().as_secs(),
        539,
        "no clock goes back"
    );
}

#[test]
#[should_panic = "was given before"]
fn an_id_that_a_solo_machine_uses_twice_is_caught() {
    let mut solo = solo();
    solo.call(|asker, now| {
        asker.ask("one", MINUTE, now);
        asker.last = 0;
        asker.ask("two", MINUTE, now);
    });
    while solo.transmit().is_some() {}
}

#[test]
#[should_panic = "was never asked for"]
fn a_cancel_of_nothing_by_a_solo_machine_is_caught() {
    let mut solo = solo();
    solo.machine_mut().cancels.push_back(RequestId::new(7));
    solo.cancel();
}

#[test]
#[should_panic = "a driver would spin"]
fn a_solo_machine_whose_deadline_stays_in_the_past_is_caught() {
    let mut solo = solo();
    solo.call(|asker, now| asker.wakes = Some(now));
    solo.advance(MINUTE);
}

/// What the machine has told since this was asked last, without the moments.
fn told(simulation: &mut Simulation<Echo, Asker>) -> Vec<Result<Bytes, Failure>> {
    let told = simulation.take_events(PEER).into_iter();
    told.map(|(_, event)| event).collect()
}

#[test]
fn a_host_may_say_what_becomes_of_each_request() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.host_mut().fates = [Fate::Refused, Fate::Lost, Fate::ReplyLost].into();
    for _ in 0..4 {
        ask(&mut simulation, "hello");
        simulation.advance(Duration::from_secs(1));
    }
    let hello = Ok(Bytes::from_static(b"hello"));
    let (unsent, unknown) = (Err(Failure::NotSent), Err(Failure::Unknown));
    let expected = [unsent, unknown.clone(), unknown, hello];
    assert_eq!(told(&mut simulation), expected);
    assert_eq!(simulation.host().seen.len(), 2);
}

#[test]
fn what_an_application_does_not_take_stays_in_its_machine() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.set_deaf(PEER, true);
    ask(&mut simulation, "hello");
    simulation.advance(MINUTE);
    assert_eq!(told(&mut simulation), []);
    assert_eq!(simulation.machine(PEER).told.len(), 1);
    simulation.set_deaf(PEER, false);
    simulation.settle();
    assert_eq!(told(&mut simulation).len(), 1);
}

#[test]
fn nothing_follows_a_prompt_before_the_driver_has_its_turn() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.prompt(PEER, |asker, now| asker.ask("one", MINUTE, now));
    simulation.prompt(PEER, |asker, now| asker.ask("two", MINUTE, now));
    assert_eq!(simulation.machine(PEER).wanted.len(), 2);
    simulation.settle();
    assert_eq!(simulation.machine(PEER).wanted.len(), 0);
}

#[test]
fn a_driver_that_pesters_answers_what_has_ended_and_tells_the_time_unasked() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.set_driver(PEER, Driver::Pestering);
    ask(&mut simulation, "hello");
    simulation.advance(Duration::from_secs(1));
    let hello = Ok(Bytes::from_static(b"hello"));
    assert_eq!(told(&mut simulation), [hello]);
    let machine = simulation.machine(PEER);
    assert!(machine.late > 0 && !machine.rung.is_empty());
    assert_eq!(simulation.host().seen.len(), 1);
}

#[test]
fn a_driver_may_take_requests_last() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.set_driver(PEER, Driver::Backwards);
    ask(&mut simulation, "hello");
    simulation.advance(Duration::from_secs(1));
    let hello = Ok(Bytes::from_static(b"hello"));
    assert_eq!(told(&mut simulation), [hello]);
}

#[test]
fn a_jump_tells_everybody_the_time_once() {
    let mut simulation = simulation(1, Faults::NONE);
    simulation.call(PEER, |asker, now| {
        asker.wakes = Some(now + Duration::from_secs(1));
        asker.wakes_every = Some(Duration::from_secs(1));
    });
    simulation.call_host(|host, _| host.silent = true);
    ask(&mut simulation, "hello");
    simulation.advance(Duration::ZERO);
    simulation.jump(2 * MINUTE);
    let after = Instant::ORIGIN + 2 * MINUTE;
    // Machines at rest are told the time as often as it is looked whether they are.
    let mut rung = simulation.machine(PEER).rung.clone();
    rung.dedup();
    assert_eq!(rung, [Instant::ORIGIN, after], "no moment between");
    let events = simulation.take_events(PEER);
    assert_eq!(events, [(after, Err(Failure::Unknown))]);
}

#[test]
fn what_a_proxy_repeats_arrives_behind_the_first_and_answers_in_its_place() {
    let faults = Faults {
        repeated: 1000,
        longest: Duration::from_secs(2),
        ..Faults::NONE
    };
    each_seed(0..20, |seed| {
        let mut simulation = simulation(seed, faults);
        ask(&mut simulation, "hello");
        simulation.advance(MINUTE);
        let Echo {
            seen, sent, lost, ..
        } = simulation.host();
        assert_eq!((&seen[..1], &seen[1..]), (&lost[..], &sent[..]));
    });
}
