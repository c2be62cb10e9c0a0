//! Requests that are no longer wanted.

use std::time::Duration;

use machine_contract::RequestId;

use crate::server::{Fault, Gate, Server};
use crate::stage::{Stage, WHILE, count, post};
use crate::{Drive, Probe, Verdict};

pub(crate) fn nothing_is_told_of_a_cancelled_request<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let gate = Gate::new();
    let held_by = gate.clone();
    let server = Server::alone(move |request| match request.target.as_str() {
        "/held" => Fault::none().until(&held_by),
        _ => Fault::none(),
    });
    let mut subject = stage.start::<D>();
    let held = subject.ask(post(&server.url("/held"), ""));
    subject.until("the request", || server.requests().len() == 1)?;
    subject.call(|probe, _| probe.cancel(held));
    subject.quiet(WHILE, "nothing is told of a cancelled request")?;
    // An answer that still comes is nobody's.
    gate.open();
    subject.quiet(WHILE, "nothing is told of a cancelled request")?;
    subject.exchange(post(&server.url("/"), "")).map(drop)
}

pub(crate) fn a_cancelled_request_closes_its_connection<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::hang());
    let mut subject = stage.start::<D>();
    let held = subject.ask(post(&server.url("/held"), ""));
    subject.until("the request", || server.requests().len() == 1)?;
    subject.call(|probe, _| probe.cancel(held));
    subject.until("the connection to be closed", || server.abandoned() == 1)
}

pub(crate) fn a_cancel_may_come_twice_or_too_late<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|request| match request.target.as_str() {
        "/held" => Fault::hang(),
        _ => Fault::none(),
    });
    let mut subject = stage.start::<D>();
    let held = subject.ask(post(&server.url("/held"), ""));
    subject.until("the request", || server.requests().len() == 1)?;
    let over = subject.ask(post(&server.url("/"), ""));
    subject.response(over)?;
    for _ in 0..2 {
        subject.call(|probe, _| {
            for id in [held, held, over, RequestId::new(1_000_000)] {
                probe.cancel(id);
            }
        });
        subject.quiet(WHILE / 3, "nothing is told of a cancelled request")?;
    }
    subject.exchange(post(&server.url("/"), "")).map(drop)
}

pub(crate) fn a_request_cancelled_at_once_is_not_sent<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    let unwanted = post(&server.url("/unwanted"), "");
    subject.call(|probe, now| {
        let id = probe.ask(unwanted, Duration::from_secs(60), now);
        probe.cancel(id);
    });
    subject.quiet(WHILE, "nothing is told of a cancelled request")?;
    subject.exchange(post(&server.url("/"), ""))?;
    count("requests", server.requests().len(), 1)
}

/// The answer has arrived when the cancel is said, but the machine has not been told.
pub(crate) fn an_answer_that_crosses_its_cancel_is_not_told<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    for n in 1..=10 {
        let id = subject.ask(post(&server.url("/"), ""));
        subject.until("the request", || server.requests().len() == n)?;
        // The answer is on its way; the driver is not asked for anything meanwhile.
        std::thread::sleep(Duration::from_millis(3));
        // What it was told before the cancel it was told by right. The probe knows what is open.
        subject.call(|probe, _| probe.cancel(id));
        subject.forget(Duration::from_millis(3));
        stage.no_misuse()?;
    }
    Ok(())
}
