//! Events: in order, held by nobody but the machine, the last one too.

use std::time::Duration;

use crate::server::{Fault, Server};
use crate::stage::{AGES, Stage, WHILE, count, post, told};
use crate::{Drive, Probe, Step, Told, Trigger, Verdict, Wish};

pub(crate) fn a_call_gives_its_result_back<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    // Neither the verb nor its result owns what it uses.
    let words = [3_usize, 5];
    let (longest, waiting) = subject.call(|probe, _| (words.iter().max(), probe.events()));
    count(
        "what a call gave back",
        longest.copied().unwrap_or_default(),
        5,
    )?;
    count("events before anything was said", waiting, 0)
}

pub(crate) fn events_come_in_order<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    subject.call(|probe, _| (0..100).for_each(|n| probe.say(n)));
    for n in 0..100 {
        subject.says(n)?;
    }
    subject.quiet(Duration::ZERO, "that was all")
}

pub(crate) fn the_driver_holds_no_event<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    subject.call(|probe, _| (0..10).for_each(|n| probe.say(n)));
    let log = subject.log().clone();
    let taken = move || log.times(|step| *step == Step::Taken);
    subject.rest(WHILE);
    count("events taken before the application asked", taken(), 0)?;
    for n in 0..3 {
        subject.says(n)?;
    }
    subject.rest(WHILE);
    count("events taken for three that were asked for", taken(), 3)?;
    let waiting = subject.call(|probe, _| probe.events());
    count("events that the machine still holds", waiting, 7)
}

pub(crate) fn work_goes_on_while_nobody_takes_events<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    let [first, second] = ["/first", "/second"].map(|path| post(&server.url(path), ""));
    subject.call(|probe, now| {
        probe.say(0);
        probe.ask(first, AGES, now);
        // What is told of one thing makes it want the next.
        probe.after(Trigger::Answer, Wish::Ring(Duration::from_millis(5)));
        probe.after(Trigger::Alarm, Wish::Ask(second.into(), AGES));
    });
    let log = subject.log().clone();
    let answered = || log.times(|step| matches!(step, Step::Answered(..)));
    stage.until("two responses and an alarm", || {
        subject.rest(Duration::from_millis(5));
        answered() == 2
    })?;
    subject.says(0)?;
    match subject.told("the first response")? {
        Told::Answered(..) => subject.rings().map(drop),
        seen => Err(told("what was told came in order", seen)),
    }
}

pub(crate) fn the_last_event_is_delivered<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    let id = subject.ask(post(&server.url("/"), ""));
    subject.until("the request", || server.requests().len() == 1)?;
    // After it there is no request, no alarm and no call that would bring it up.
    subject.response(id)?;
    subject.call(|probe, _| probe.say(9));
    subject.says(9)?;
    subject.quiet(WHILE / 3, "that was the last")
}

pub(crate) fn dropping_the_driver_ends_its_requests<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::hang());
    let mut subject = stage.start::<D>();
    for _ in 0..2 {
        subject.ask(post(&server.url("/"), ""));
    }
    subject.until("the requests", || server.requests().len() == 2)?;
    drop(subject);
    stage.until("the connections to be closed", || server.abandoned() == 2)
}

pub(crate) fn dropping_the_driver_closes_kept_connections<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    subject.exchange(post(&server.url("/"), ""))?;
    drop(subject);
    stage.until("the connections to be closed", || {
        server.connections().iter().all(|one| one.closed_by_client)
    })
}
