//! Connections that are kept, and those that have died meanwhile.

use std::time::Duration;

use machine_contract::Failure;

use crate::server::{Fault, Reply, Server};
use crate::stage::{Stage, Subject, at_most, post, wrong_end};
use crate::{Breach, Drive, Probe, Verdict};

pub(crate) fn an_idle_connection_is_used_again<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    for _ in 0..3 {
        subject.exchange(post(&server.url("/"), "x"))?;
    }
    let requests = server.requests();
    let used = requests.iter().map(|request| request.connection).max();
    at_most("connections", used.unwrap_or_default() + 1, 1)
}

pub(crate) fn a_connection_that_the_server_ends_is_not_used_again<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let server = Server::alone(|request| match request.target.as_str() {
        // It says so and leaves the connection open: what comes on it is not answered.
        "/last" => Fault::answer(Reply::new(200, "").with("Connection", "close")),
        _ => Fault::none(),
    });
    let mut subject = stage.start::<D>();
    subject.exchange(post(&server.url("/last"), "x"))?;
    subject.exchange(post(&server.url("/"), "x"))?;
    let requests = server.requests();
    match &requests[..] {
        [last, next] if last.connection != next.connection => Ok(()),
        _ => Err(Breach::Wire {
            expected: "a connection that the server wants closed carries no more".into(),
            seen: server.transcript(),
        }),
    }
}

/// The server closes the connection after its answer, and the next post may meet it. Gives how often
/// the post was unknown.
fn meet_the_dead<D: Drive<Probe>>(stage: &Stage, notices: bool) -> Verdict<usize> {
    let server = Server::alone(|request| {
        if request.body.starts_with(b"kill") {
            // Without a word: the reply is whole and the connection ends.
            let reply = Reply::new(200, "");
            let len = reply.len();
            Fault::answer(reply.cut_after(len))
        } else {
            Fault::none()
        }
    });
    let mut subject = stage.start::<D>();
    let mut unknown = 0;
    for round in 0..ROUNDS {
        subject.exchange(post(&server.url("/"), format!("kill {round}")))?;
        if notices {
            subject.quiet(Duration::from_millis(20), "nothing is open")?;
        }
        let nonce = format!("nonce {round}");
        unknown += usize::from(one_of_the_three(&mut subject, &server, &nonce)?);
        let requests = server.requests();
        let times = requests.iter().filter(|r| r.body == nonce.as_bytes());
        at_most("times that a post arrived", times.count(), 1)?;
    }
    Ok(unknown)
}

/// The post is answered if it has arrived, and true if it is unknown.
fn one_of_the_three<D: Drive<Probe>>(
    subject: &mut Subject<D>,
    server: &Server,
    nonce: &str,
) -> Verdict<bool> {
    let id = subject.ask(post(&server.url("/"), nonce.to_owned()));
    let outcome = subject.outcome(id)?;
    let arrived = server.requests().iter().any(|r| r.body == nonce.as_bytes());
    match (&outcome, arrived) {
        (Ok(_), true) | (Err(Failure::NotSent), false) => Ok(false),
        (Err(Failure::Unknown), _) => Ok(true),
        _ => Err(wrong_end("that is not true", id, outcome)),
    }
}

pub(crate) fn what_meets_a_dead_connection_is_never_sent_twice<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    meet_the_dead::<D>(stage, false)?;
    meet_the_dead::<D>(stage, true).map(drop)
}

/// The driver had time to notice: it knows that nothing was sent, or has made a connection anew.
pub(crate) fn a_connection_that_died_before_is_no_doubt<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let unknown = meet_the_dead::<D>(stage, true)?;
    at_most("posts whose fate was unknown", unknown, 0)
}

const ROUNDS: usize = 12;
