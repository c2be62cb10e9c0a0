//! The machine is drained after every input: what it wants because of it is done without another.

use machine_contract::Failure;

use crate::server::{Fault, Server};
use crate::stage::{AGES, Stage, Subject, nobody_at, post, told};
use crate::{Drive, Probe, Told, Trigger, Verdict, Wish};

/// After the trigger the probe wants a request made, and one that is held taken back.
fn then_asks<D: Drive<Probe>>(
    subject: &mut Subject<D>,
    server: &Server,
    trigger: Trigger,
) -> usize {
    let request = post(&server.url("/then"), "");
    subject.call(|probe, _| probe.after(trigger, Wish::Ask(request.into(), AGES)));
    server.requests().len()
}

/// The wished request is made, and answered, without a call.
fn is_made<D: Drive<Probe>>(subject: &mut Subject<D>, server: &Server) -> Verdict {
    subject.until("what the machine wanted after an input", || {
        server
            .requests()
            .iter()
            .any(|request| request.target == "/then")
    })?;
    match subject.told("its response")? {
        Told::Answered(..) => Ok(()),
        seen => Err(told("the wished request is answered", seen)),
    }
}

pub(crate) fn the_machine_is_drained_after_a_call<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    subject.quiet(crate::stage::WHILE / 3, "nothing happens")?;
    subject.ask(post(&server.url("/then"), ""));
    is_made(&mut subject, &server)
}

pub(crate) fn the_machine_is_drained_after_a_response<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    then_asks(&mut subject, &server, Trigger::Answer);
    subject.exchange(post(&server.url("/"), ""))?;
    is_made(&mut subject, &server)
}

pub(crate) fn the_machine_is_drained_after_a_failure<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    then_asks(&mut subject, &server, Trigger::Failure);
    let (_taken, address) = nobody_at(0);
    let id = subject.ask(post(&format!("http://{address}/"), ""));
    if subject.outcome(id)?.is_ok() {
        return Err(subject.in_vain("a failure"));
    }
    is_made(&mut subject, &server)?;
    // One that failed before it was begun.
    then_asks(&mut subject, &server, Trigger::Failure);
    let before = server.requests().len();
    let id = subject.ask_within(post(&server.url("/"), ""), std::time::Duration::ZERO);
    subject.fails(id, Failure::NotSent)?;
    subject.until("what the machine wanted after an input", || {
        server.requests().len() == before + 1
    })
}

pub(crate) fn the_machine_is_drained_after_an_alarm<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    then_asks(&mut subject, &server, Trigger::Alarm);
    subject.call(|probe, now| probe.wake_at(Some(now + std::time::Duration::from_millis(20))));
    subject.rings()?;
    is_made(&mut subject, &server)
}

pub(crate) fn the_machine_is_drained_after_an_event_was_taken<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    then_asks(&mut subject, &server, Trigger::Taken);
    subject.call(|probe, _| probe.say(1));
    subject.says(1)?;
    is_made(&mut subject, &server)
}

pub(crate) fn the_time_is_looked_at_after_an_event_was_taken<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let mut subject = stage.start::<D>();
    subject.call(|probe, now| {
        // A machine that was full names a moment that has passed.
        probe.after(Trigger::Taken, Wish::Ring(std::time::Duration::ZERO));
        probe.wake_at(Some(now + AGES));
        probe.say(1);
    });
    subject.says(1)?;
    subject.rings().map(drop)
}

pub(crate) fn a_cancel_wanted_by_an_input_is_carried_out<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let server = Server::alone(|request| match request.target.as_str() {
        "/held" => Fault::hang(),
        _ => Fault::none(),
    });
    let mut subject = stage.start::<D>();
    let held = subject.ask(post(&server.url("/held"), ""));
    subject.call(|probe, _| probe.after(Trigger::Answer, Wish::Cancel(held)));
    subject.exchange(post(&server.url("/"), ""))?;
    let log = subject.log().clone();
    subject.until("the cancel", || {
        log.times(|step| matches!(step, crate::Step::Cancel(id) if *id == held)) == 1
    })
}
