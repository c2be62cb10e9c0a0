//! Events that nobody takes.

use std::thread;
use std::time::{Duration, Instant};

use super::gateway::{Gateway, Kind, say};
use super::scene::Scene;
use crate::Verdict;
use crate::stage::at_most;

/// The gateway has a mebibyte to say whenever it is asked, and the guest takes nothing for a while: the polls stop. Afterwards
/// they go on.
pub(super) fn an_application_that_takes_nothing_stops_the_polls(scene: &Scene<'_>) -> Verdict {
    let gateway = Gateway::new(|visit| match (visit.kind, visit.number) {
        (Kind::Open, 0) => say(format!("REST {}\r\n", REST.as_millis())),
        (Kind::Poll, _) => {
            let mut mebibyte = b"SKIP ".to_vec();
            mebibyte.resize(1 << 20, b'.');
            say(mebibyte)
        }
        _ => say(""),
    });
    let mut guest = scene.start(&gateway)?;
    let opened = || gateway.count(Kind::Open) == 1;
    scene.until(&mut guest, "a session", opened)?;
    let (started, mut most) = (Instant::now(), 0);
    // It rests from a moment after this on, for longer than is looked here.
    loop {
        let polls = gateway.count(Kind::Poll);
        // Looked at afterwards: what was counted later does not count.
        if started.elapsed() > REST * 3 / 4 {
            break;
        }
        most = polls;
        thread::sleep(Duration::from_millis(20));
    }
    // As many as the session takes until it is full, and one that was out.
    at_most("mebibytes that nobody has taken", most, 4 + 1)?;
    scene.until(&mut guest, "polls after the rest", || {
        gateway.count(Kind::Poll) > 12
    })
}

const REST: Duration = Duration::from_secs(4);
