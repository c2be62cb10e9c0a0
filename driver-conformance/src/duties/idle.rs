//! No spinning: how often a machine is asked while nothing happens.

use std::time::Duration;

use crate::server::{Fault, Server};
use crate::stage::{Stage, Subject, at_most, post};
use crate::{Drive, Probe, Verdict};

/// So often each method may be called while nothing happens: once for each wait and a few times more, far
/// less than once in a millisecond.
const ENOUGH: usize = 48;
const IDLE: Duration = Duration::from_millis(200);

fn is_calm<D: Drive<Probe>>(subject: &mut Subject<D>) -> Verdict {
    // What is still to be done after the last call is done now.
    subject.quiet(Duration::from_millis(20), "nothing happens")?;
    subject.log().forget_counts();
    subject.quiet(IDLE, "nothing happens")?;
    subject.rest(IDLE);
    asked_seldom(subject)
}

fn asked_seldom<D: Drive<Probe>>(subject: &Subject<D>) -> Verdict {
    let (method, times) = subject.log().counts().most();
    at_most(&format!("idle calls of {method}"), times, ENOUGH)
}

pub(crate) fn an_idle_driver_does_not_spin<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    is_calm(&mut stage.start::<D>())
}

pub(crate) fn a_held_request_does_not_make_it_spin<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::hang());
    let mut subject = stage.start::<D>();
    subject.ask(post(&server.url("/"), ""));
    subject.call(|probe, now| probe.wake_at(Some(now + Duration::from_secs(3600))));
    subject.until("the request", || server.requests().len() == 1)?;
    is_calm(&mut subject)
}

/// Also where the timers of the platform are coarser than the alarm.
pub(crate) fn a_near_alarm_does_not_make_it_spin<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    for micros in [900, 12_345, 100_000] {
        let wait = Duration::from_micros(micros);
        subject.call(|probe, now| probe.wake_at(Some(now + wait)));
        subject.log().forget_counts();
        subject.rings()?;
        asked_seldom(&subject)?;
    }
    Ok(())
}

pub(crate) fn an_event_that_waits_does_not_make_it_spin<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    subject.call(|probe, _| probe.say(1));
    subject.rest(Duration::from_millis(20));
    subject.log().forget_counts();
    subject.rest(IDLE);
    asked_seldom(&subject)?;
    subject.says(1)
}
