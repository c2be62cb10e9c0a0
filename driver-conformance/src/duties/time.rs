//! `now`: it never goes back and is never older than what happened.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use machine_contract::Instant;
use machine_driver::Clock;

use crate::server::{Fault, Server};
use crate::stage::{Stage, Subject, get, post};
use crate::{Breach, Drive, Probe, Step, Verdict};

/// The probe itself watches; this makes it see much.
pub(crate) fn now_never_goes_back<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let mut subject = stage.start::<D>();
    for n in 0_u32..20 {
        let request = get(&server.url("/"));
        let id = subject.call(|probe, now| {
            probe.wake_at(Some(now + Duration::from_millis(1)));
            probe.say(n);
            probe.ask(request, Duration::from_secs(60), now)
        });
        subject.says(n)?;
        let mut rang = false;
        let mut ended = false;
        while !(rang && ended) {
            match subject.told("an alarm and a response")? {
                crate::Told::Rang { .. } => rang = true,
                crate::Told::Answered(of, _) if of == id => ended = true,
                seen => return Err(crate::stage::told("an alarm and a response", seen)),
            }
        }
        subject.clock().turn(Duration::from_secs(1));
    }
    stage.no_misuse()
}

/// The driver's clock may have another origin: how far it is behind the suite's is measured in a call.
fn behind<D: Drive<Probe>>(subject: &mut Subject<D>) -> Duration {
    let clock = subject.clock().clone();
    subject.call(|_, now| clock.now() - now)
}

fn not_older(what: &str, told: Instant, behind: Duration, happened: Instant) -> Verdict {
    let told = told + behind;
    if told < happened {
        return Err(Breach::Early {
            what: format!("`now` of {what}"),
            early: happened - told,
        });
    }
    Ok(())
}

pub(crate) fn now_is_not_older_than_a_response<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let written = Arc::new(Mutex::new(Instant::ORIGIN));
    let mut subject = stage.start::<D>();
    let (writes, clock) = (Arc::clone(&written), subject.clock().clone());
    let server = Server::alone(move |_| {
        std::thread::sleep(Duration::from_millis(50));
        *writes.lock().unwrap_or_else(PoisonError::into_inner) = clock.now();
        Fault::none()
    });
    let behind = behind(&mut subject);
    subject.exchange(post(&server.url("/"), ""))?;
    let steps = subject.log().steps();
    let told = steps.iter().find_map(|step| match step {
        Step::Answered(_, now) => Some(*now),
        _ => None,
    });
    let happened = *written.lock().unwrap_or_else(PoisonError::into_inner);
    not_older("a response", told.unwrap_or_default(), behind, happened)
}

/// After the application was busy with something else for a while.
pub(crate) fn now_is_not_older_than_a_call<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let mut subject = stage.start::<D>();
    let behind = behind(&mut subject);
    for _ in 0..3 {
        subject.rest(Duration::from_millis(30));
        let happened = subject.clock().now();
        let told = subject.call(|_, now| now);
        not_older("a call", told, behind, happened)?;
    }
    Ok(())
}
