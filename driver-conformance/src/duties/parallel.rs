//! Requests that are in flight together: none waits for another.

use std::time::Duration;

use http::StatusCode;
use machine_contract::Failure;

use crate::server::{Fault, Gate, Reply, Server};
use crate::stage::{Stage, count, post, told};
use crate::{Drive, Probe, Told, Verdict};

pub(crate) fn two_requests_are_in_flight_together<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|request| match request.target.as_str() {
        "/held" => Fault::hang(),
        _ => Fault::answer(Reply::new(200, "now")),
    });
    let mut subject = stage.start::<D>();
    let held = post(&server.url("/held"), "");
    let quick = post(&server.url("/now"), "");
    let (held, quick) = subject.call(|probe, now| {
        let held = probe.ask(held, Duration::from_millis(300), now);
        (held, probe.ask(quick, crate::stage::AGES, now))
    });
    subject.response(quick)?;
    subject.fails(held, Failure::Unknown)
}

pub(crate) fn a_post_does_not_wait_for_a_held_poll<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let gate = Gate::new();
    let held_by = gate.clone();
    let server = Server::alone(move |request| match request.target.as_str() {
        "/poll" => Fault::answer(Reply::new(200, "poll")).until(&held_by),
        _ => Fault::none(),
    });
    let mut subject = stage.start::<D>();
    let poll = subject.ask(post(&server.url("/poll"), ""));
    subject.until("the poll", || !server.requests().is_empty())?;
    // One after the other, so that a second connection is kept and used.
    for _ in 0..3 {
        subject.exchange(post(&server.url("/post"), "x"))?;
    }
    gate.open();
    subject.response(poll).map(drop)
}

pub(crate) fn a_poll_does_not_wait_for_a_held_post<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let gate = Gate::new();
    let held_by = gate.clone();
    let server = Server::alone(move |request| match request.target.as_str() {
        "/post" => Fault::none().until(&held_by),
        _ => Fault::none(),
    });
    let mut subject = stage.start::<D>();
    // The post finds a kept connection, and the poll none.
    subject.exchange(post(&server.url("/"), ""))?;
    let held = subject.ask(post(&server.url("/post"), vec![7; 100_000]));
    subject.until("the post", || server.requests().len() == 2)?;
    subject.exchange(post(&server.url("/poll"), ""))?;
    gate.open();
    subject.response(held).map(drop)
}

pub(crate) fn many_requests_are_in_flight_together<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let gate = Gate::new();
    let held_by = gate.clone();
    let server = Server::alone(move |request| {
        Fault::answer(Reply::new(200, request.target.clone())).until(&held_by)
    });
    let mut subject = stage.start::<D>();
    let asked: Vec<_> = (0..MANY)
        .map(|n| subject.ask(post(&server.url(&format!("/{n}")), "")))
        .collect();
    subject.until("all requests", || server.requests().len() == MANY)?;
    gate.open();
    let mut answered = 0;
    while answered < MANY {
        match subject.told("all responses")? {
            // Each its own.
            Told::Answered(id, response)
                if response.status() == StatusCode::OK
                    && asked.iter().position(|asked| *asked == id)
                        == str::from_utf8(response.body())
                            .ok()
                            .and_then(|path| path[1..].parse().ok()) =>
            {
                answered += 1;
            }
            seen => return Err(told("each request has its own response", seen)),
        }
    }
    count("requests", server.requests().len(), MANY)
}

/// As many as browsers allow to one host.
const MANY: usize = 6;
