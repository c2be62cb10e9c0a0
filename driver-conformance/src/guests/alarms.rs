//! Alarms, as far as they can be seen: the machine's own pauses are kept, and waiting costs nothing.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::gateway::{Gateway, Kind, MESSENGER};
use super::scene::{Scene, pings};
use crate::server::{Fault, Reply};
use crate::{Breach, Verdict};

/// A gateway that does not hold polls is asked now and then: after a pause by the clock, and without anything else to wake
/// the machine.
pub(super) fn polls_are_made_when_the_machine_wants_them(scene: &Scene<'_>) -> Verdict {
    let polled = Arc::new(Mutex::new(Vec::new()));
    let writes = Arc::clone(&polled);
    let gateway = Gateway::new(move |visit| {
        if visit.kind == Kind::Poll {
            let mut polled = writes.lock().unwrap_or_else(PoisonError::into_inner);
            polled.push(Instant::now());
        }
        Fault::answer(Reply::new(200, "").with("X-MSN-Messenger", MESSENGER))
    });
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "polls", || gateway.count(Kind::Poll) == 4)?;
    let polled = polled.lock().unwrap_or_else(PoisonError::into_inner);
    for pair in polled.windows(2) {
        let pause = pair[1].duration_since(pair[0]);
        if let Some(early) = QUICK.checked_sub(pause).filter(|early| !early.is_zero()) {
            let what = "a poll".into();
            return Err(Breach::Early { what, early });
        }
    }
    Ok(())
}

/// Also where events wait: most of the time a guest does nothing but wait for a poll.
pub(super) fn a_held_poll_does_not_make_it_spin(scene: &Scene<'_>) -> Verdict {
    let gateway = Gateway::new(pings(|| super::gateway::say("")));
    let mut guest = scene.start(&gateway)?;
    scene.until(&mut guest, "a held poll", || {
        gateway.count(Kind::Poll) == 1 && gateway.count(Kind::Post) == 1
    })?;
    // A program that has just begun may still have something to do.
    thread::sleep(WATCHED / 3);
    let before = guest.processor_time();
    thread::sleep(WATCHED);
    let (Some(before), Some(after)) = (before, guest.processor_time()) else {
        let why = "nothing here tells how much time a process has used";
        return Err(Breach::CannotTell { why });
    };
    let spent = after.saturating_sub(before);
    if spent > WATCHED / 4 {
        return Err(Breach::Count {
            what: "milliseconds of work while nothing happened".into(),
            expected: format!("at most {}", (WATCHED / 4).as_millis()),
            seen: usize::try_from(spent.as_millis()).unwrap_or(usize::MAX),
        });
    }
    Ok(())
}

/// The shortest pause between polls that are not held (`Timing::quick`), less what clocks may differ by.
const QUICK: Duration = Duration::from_millis(490);

const WATCHED: Duration = Duration::from_millis(1200);
