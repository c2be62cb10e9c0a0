//! Requests that are no longer wanted.

use super::gateway::{Gateway, Kind, Visit, say};
use super::scene::Scene;
use crate::Verdict;
use crate::server::{Fault, Gate};

/// A poll is held, and then the guest closes the session and begins another, in which it says `PING 2`.
fn closes_under_a_poll(held: Gate) -> impl Fn(&Visit) -> Fault + Send + Sync {
    move |visit| match (visit.kind, visit.number) {
        (Kind::Open, 0) => say("PING 1\r\n"),
        (Kind::Post, 0) => say("OUT\r\n").until(&held),
        (Kind::Open, 1) => say("PING 2\r\n"),
        (Kind::Poll, _) => Fault::hang(),
        _ => say(""),
    }
}

pub(super) fn a_cancelled_request_closes_its_connection(scene: &Scene<'_>) -> Verdict {
    let polled = Gate::new();
    let gateway = Gateway::new(closes_under_a_poll(polled.clone()));
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "a poll", || gateway.count(Kind::Poll) == 1)?;
    polled.open();
    scene.until(&mut guest, "a second session", || {
        gateway.count(Kind::Open) == 2
    })?;
    // The same process goes on: it is not its end that closes the connection.
    scene.until(&mut guest, "the poll's connection to be closed", || {
        gateway.server().abandoned() == 1
    })
}

pub(super) fn a_cancel_disturbs_nothing_that_comes_after(scene: &Scene<'_>) -> Verdict {
    let polled = Gate::new();
    let gateway = Gateway::new(closes_under_a_poll(polled.clone()));
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "a poll", || gateway.count(Kind::Poll) == 1)?;
    polled.open();
    scene.until(&mut guest, "the second session to go on", || {
        gateway.times("PING 2") == 1 && gateway.count(Kind::Poll) == 2
    })
}
