//! Deadlines: when the driver gives up by itself.

use std::time::Duration;

use machine_contract::{Failure, Instant, RequestId};

use crate::server::{Fault, Reply, Server};
use crate::stage::{Stage, Subject, WHILE, count, post};
use crate::{Breach, Drive, Probe, Step, Verdict};

const SHORT: Duration = Duration::from_millis(120);

/// The request fails by its deadline, and not before.
fn ends_by_deadline<D: Drive<Probe>>(
    subject: &mut Subject<D>,
    url: &str,
    patience: Duration,
) -> Verdict {
    let request = post(url, "hello");
    let (id, asked) = subject.call(|probe, now| (probe.ask(request, patience, now), now));
    subject.fails(id, Failure::Unknown)?;
    not_before(subject, id, asked + patience)
}

fn not_before<D: Drive<Probe>>(subject: &Subject<D>, id: RequestId, deadline: Instant) -> Verdict {
    let steps = subject.log().steps();
    let failed = steps.iter().find_map(|step| match step {
        Step::Failed(of, now) if *of == id => Some(*now),
        _ => None,
    });
    match failed {
        Some(now) if now < deadline => Err(Breach::Early {
            what: "a deadline".into(),
            early: deadline - now,
        }),
        _ => Ok(()),
    }
}

pub(crate) fn the_deadline_ends_a_request_that_nobody_answers<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    ends_what_has_arrived::<D>(stage, Fault::hang, SHORT)
}

pub(crate) fn a_body_that_is_too_slow_for_the_deadline_is_unknown<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    // A byte every 20 ms, for many times the deadline: no pause is long, the whole is.
    let slow = || {
        let body = vec![b'x'; 100_000];
        Fault::answer(Reply::new(200, body)).drip(Duration::from_millis(20))
    };
    ends_what_has_arrived::<D>(stage, slow, SHORT * 3)
}

/// The deadline ends a request that the server has. A machine with other work may not get one there within a
/// short time; then it is given longer.
fn ends_what_has_arrived<D: Drive<Probe>>(
    stage: &Stage,
    fault: fn() -> Fault,
    patience: Duration,
) -> Verdict {
    let mut verdict = Ok(());
    for patience in [1, 10, 100].map(|times| patience * times) {
        let server = Server::alone(move |_| fault());
        let mut subject = stage.start::<D>();
        ends_by_deadline(&mut subject, &server.url("/"), patience)?;
        verdict = count("requests", server.requests().len(), 1);
        if verdict.is_ok() {
            break;
        }
    }
    verdict
}

pub(crate) fn a_deadline_that_has_passed_sends_nothing<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    let late = subject.ask_within(post(&server.url("/"), ""), Duration::ZERO);
    subject.fails(late, Failure::NotSent)?;
    subject.quiet(WHILE, "it has ended")?;
    count("bytes that were read", server.transcript().0.len(), 0)
}

pub(crate) fn a_deadline_holds_by_the_clock_that_the_driver_was_given<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let server = Server::alone(|_| Fault::hang());
    let mut subject = stage.start::<D>();
    let minute = Duration::from_secs(60);
    let hour = minute * 60;
    let request = post(&server.url("/"), "");
    let (id, asked) = subject.call(|probe, now| (probe.ask(request, hour, now), now));
    subject.until("the request", || server.requests().len() == 1)?;
    subject.turn(minute * 59);
    subject.quiet(WHILE, "a minute is left")?;
    subject.turn(minute);
    subject.fails(id, Failure::Unknown)?;
    not_before(&subject, id, asked + hour)
}

/// One request's deadline is not another's, whichever was asked for first.
pub(crate) fn each_request_has_its_own_deadline<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::hang());
    let mut subject = stage.start::<D>();
    let ask = |subject: &mut Subject<D>, times: u32| {
        subject.ask_within(post(&server.url("/"), ""), SHORT * times)
    };
    let third = ask(&mut subject, 6);
    let first = ask(&mut subject, 2);
    let second = ask(&mut subject, 4);
    for id in [first, second, third] {
        subject.fails(id, Failure::Unknown)?;
    }
    Ok(())
}
