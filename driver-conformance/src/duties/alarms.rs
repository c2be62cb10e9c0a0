//! Alarms: on time, moved both ways, none left behind.

use std::time::Duration;

use crate::server::{Fault, Server};
use crate::stage::{Stage, Subject, WHILE, count, post};
use crate::{Breach, Drive, Probe, Trigger, Verdict, Wish};

const SHORT: Duration = Duration::from_millis(60);
const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn the_machine_is_woken_when_it_asked_to_be<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    for _ in 0..3 {
        subject.call(|probe, now| probe.wake_at(Some(now + SHORT)));
        subject.rings()?;
    }
    subject.quiet(WHILE, "it rings once")
}

pub(crate) fn an_alarm_that_is_over_rings_at_once<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    for back in [Duration::ZERO, Duration::from_micros(1), HOUR] {
        subject.call(|probe, now| probe.wake_at(Some(now - back)));
        subject.rings()?;
    }
    Ok(())
}

pub(crate) fn an_alarm_can_be_moved_nearer<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    subject.call(|probe, now| probe.wake_at(Some(now + HOUR)));
    subject.quiet(WHILE / 3, "an hour is left")?;
    subject.call(|probe, now| probe.wake_at(Some(now + SHORT)));
    subject.rings()?;
    // Not by a call only.
    let server = Server::alone(|_| Fault::none());
    subject.call(|probe, now| probe.wake_at(Some(now + HOUR)));
    subject.call(|probe, _| probe.after(Trigger::Answer, Wish::Ring(SHORT)));
    subject.exchange(post(&server.url("/"), ""))?;
    subject.rings().map(drop)
}

pub(crate) fn an_alarm_can_be_moved_further<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    subject.call(|probe, now| probe.wake_at(Some(now + SHORT / 2)));
    let moved = subject.call(|probe, now| {
        probe.wake_at(Some(now + SHORT * 3));
        now + SHORT * 3
    });
    let (alarm, now) = subject.rings()?;
    if alarm != moved {
        let early = moved - now;
        return Err(Breach::Early {
            what: "the alarm".into(),
            early,
        });
    }
    subject.quiet(WHILE, "it rings once")
}

pub(crate) fn an_alarm_taken_back_does_not_ring<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    // On a busy host it may ring before it is taken back: then the next is given more time.
    for alarm in [SHORT / 2, SHORT * 20, SHORT * 400] {
        let mut subject = stage.start::<D>();
        subject.call(|probe, now| probe.wake_at(Some(now + alarm)));
        // The driver comes to know of it.
        let early = subject.quiet(SHORT / 6, "it is not due");
        subject.call(|probe, _| probe.wake_at(None));
        let log = subject.log().clone();
        if log.times(|step| matches!(step, crate::Step::Rang(_))) == 0 {
            early?;
            return stays_quiet(&mut subject);
        }
    }
    Err(Breach::InVain {
        what: "an alarm that can be taken back".into(),
        patience: SHORT * 400,
    })
}

fn stays_quiet<D: Drive<Probe>>(subject: &mut Subject<D>) -> Verdict {
    subject.quiet(WHILE, "there is no alarm")?;
    subject.call(|probe, now| probe.wake_at(Some(now + SHORT)));
    subject.rings().map(drop)
}

pub(crate) fn alarms_ring_by_the_clock_that_the_driver_was_given<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let mut subject = stage.start::<D>();
    for seconds in [3600, 20, 90, 30] {
        let at = Duration::from_secs(seconds);
        subject.call(|probe, now| probe.wake_at(Some(now + at)));
    }
    subject.turn(Duration::from_secs(25));
    subject.quiet(WHILE, "20 and 25 s are no longer wanted")?;
    subject.turn(Duration::from_secs(5));
    subject.rings()?;
    subject.turn(HOUR * 2);
    subject.quiet(WHILE, "the hour is no longer wanted")?;
    let rang = subject
        .log()
        .times(|step| matches!(step, crate::Step::Rang(_)));
    count("alarms", rang, 1)
}
