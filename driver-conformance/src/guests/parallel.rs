//! A poll and a post that are in flight together: neither waits for the other.

use super::gateway::{Gateway, Kind, say};
use super::scene::{Scene, wrong};
use crate::Verdict;
use crate::server::{Fault, Gate};

pub(super) fn a_post_does_not_wait_for_a_held_poll(scene: &Scene<'_>) -> Verdict {
    let gateway = Gateway::new(|visit| match (visit.kind, visit.number) {
        (Kind::Open, 0) => say("PING 0\r\n"),
        // One after the other, so that a second connection is kept and used.
        (Kind::Post, number @ 0..3) => say(format!("PING {}\r\n", number + 1)),
        (Kind::Poll, _) => Fault::hang(),
        _ => say(""),
    });
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "a held poll, and four posts beside it", || {
        gateway.count(Kind::Poll) > 0 && gateway.times("PING 3") == 1
    })?;
    if gateway.count(Kind::Poll) != 1 || gateway.server().abandoned() > 0 {
        return Err(wrong("the poll stays out beside the posts", &gateway));
    }
    Ok(())
}

pub(super) fn a_poll_does_not_wait_for_a_held_post(scene: &Scene<'_>) -> Verdict {
    let (held, there) = (Gate::new(), Gate::new());
    let (holds, waits) = (held.clone(), there.clone());
    let gateway = Gateway::new(move |visit| match (visit.kind, visit.number) {
        (Kind::Open, 0) => say("PING 1\r\n"),
        (Kind::Post, 0) => say("").until(&holds),
        // What it brings makes the session ask again at once.
        (Kind::Poll, 0) => say("SKIP\r\n").until(&waits),
        (Kind::Poll, _) => Fault::hang(),
        _ => say(""),
    });
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "a post", || gateway.count(Kind::Post) == 1)?;
    there.open();
    scene.until(&mut guest, "a poll while a post is held", || {
        gateway.count(Kind::Poll) == 2
    })?;
    held.open();
    Ok(())
}
