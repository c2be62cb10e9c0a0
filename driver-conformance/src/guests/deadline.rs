//! Deadlines: when the driver gives up by itself.

use std::time::{Duration, Instant};

use super::gateway::{Gateway, reply};
use super::scene::{AtWork, IMPATIENT, Scene, pings, same};
use crate::server::Fault;
use crate::{Breach, Verdict};

/// The post whose answer is this is given up, not before its time, and the guest is told `unknown`.
fn is_given_up(
    scene: &Scene<'_>,
    answer: impl Fn() -> Fault + Send + Sync + 'static,
) -> Verdict<(Gateway, AtWork)> {
    let gateway = Gateway::new(pings(answer));
    let mut guest = scene.start_at(gateway.url(), IMPATIENT)?;
    scene.until(&mut guest, "a post", || !gateway.posts().is_empty())?;
    // It was sent before it was seen here, so this begins too late by nobody knows how much.
    let seen = Instant::now();
    scene.until(&mut guest, "the deadline of a post", || {
        gateway.posts().len() == 2
    })?;
    let early = IMPATIENT.saturating_sub(seen.elapsed() + SLACK);
    if !early.is_zero() {
        let what = "a deadline".into();
        return Err(Breach::Early { what, early });
    }
    same("a fate", &gateway.posts()[1], b"UNSENT 1 unknown\r\n")?;
    Ok((gateway, guest))
}

pub(super) fn the_deadline_ends_a_request_that_nobody_answers(scene: &Scene<'_>) -> Verdict {
    is_given_up(scene, Fault::hang).map(drop)
}

pub(super) fn a_body_that_is_too_slow_for_the_deadline_is_unknown(scene: &Scene<'_>) -> Verdict {
    // A byte every 50 ms, for longer than anybody waits: no pause is long, the whole is.
    let slow = || Fault::answer(reply(vec![b'x'; 100_000])).drip(Duration::from_millis(50));
    is_given_up(scene, slow).map(drop)
}

pub(super) fn a_request_that_is_given_up_closes_its_connection(scene: &Scene<'_>) -> Verdict {
    let (gateway, mut guest) = is_given_up(scene, Fault::hang)?;
    scene.until(&mut guest, "the connection to be closed", || {
        gateway.server().abandoned() == 1
    })
}

/// How long a request may have been on its way before it was seen. A driver that gives up less than this too early
/// is not found out; none that is right is accused.
const SLACK: Duration = Duration::from_secs(2);
