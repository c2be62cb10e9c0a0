//! How streams come about, or not.

use std::io::Write;
use std::time::Duration;

use machine_contract::{Failure, Remote};

use crate::peer::{Peer, read, wait_for_close};
use crate::server::{Fault, Gate, Server};
use crate::stage::{AGES, Stage, WHILE, count, nobody_at, post, told};
use crate::{Breach, Drive, Probe, Step, Told, Verdict};

fn does_not_come_about<D: Drive<Probe>>(stage: &Stage, to: Remote, patience: Duration) -> Verdict {
    let mut subject = stage.start::<D>();
    let id = subject.call(|probe, now| {
        let id = probe.connect(to, patience, now);
        probe.send(id, "never");
        id
    });
    match subject.told("the end of a stream")? {
        // Of a driver that makes none, nothing else can be told.
        Told::Unsupported(of) if of == id => {}
        Told::Closed {
            id: of,
            failure: Some(Failure::NotSent),
            unwritten,
        } if of == id => count("unwritten bytes of a stream that gave none", unwritten, 0)?,
        seen => return Err(told("a stream does not come about", seen)),
    }
    subject.quiet(WHILE / 3, "it is over")
}

#[expect(clippy::expect_used, reason = "the suite's own names")]
pub(crate) fn a_stream_that_is_refused_is_not_sent<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let (_taken, address) = nobody_at(0);
    let to = Remote::tcp("127.0.0.1", address.port()).expect("an address");
    does_not_come_about::<D>(stage, to, AGES)
}

#[expect(clippy::expect_used, reason = "the suite's own names")]
pub(crate) fn a_stream_to_no_name_is_not_sent<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let to = Remote::tcp("no-such-host.invalid", 1863).expect("a name");
    does_not_come_about::<D>(stage, to, AGES)
}

/// The peer never says a word of the handshake. A driver without TLS refuses at once.
pub(crate) fn a_stream_that_hangs_ends_at_its_deadline<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    does_not_come_about::<D>(stage, peer.remote_over_tls(), Duration::from_millis(150))
}

pub(crate) fn a_stream_whose_deadline_has_passed_is_not_made<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let peer = Peer::new();
    does_not_come_about::<D>(stage, peer.remote(), Duration::ZERO)?;
    count("connections", usize::from(peer.has_a_visitor()), 0)
}

/// A driver that has streams makes it; one that has none says so before anything else happens.
pub(crate) fn a_stream_is_made_or_refused_at_once<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let mut subject = stage.start::<D>();
    let to = peer.remote();
    let id = subject.call(|probe, now| {
        probe.wake_at(Some(now + Duration::from_millis(1)));
        probe.connect(to, AGES, now)
    });
    loop {
        match subject.told("a stream or its refusal")? {
            Told::Connected(of) if of == id => return Ok(()),
            Told::Rang { .. } => {}
            Told::Unsupported(of) if of == id => break,
            seen => return Err(told("a stream or its refusal", seen)),
        }
    }
    let steps = subject.log().steps();
    let asked = steps.iter().position(|step| *step == Step::Connect(id));
    match asked.and_then(|at| steps.get(at + 1)) {
        Some(Step::Closed(of, _)) if *of == id => Ok(()),
        _ => Err(Breach::InVain {
            what: "a refusal in the same drain".into(),
            patience: Duration::ZERO,
        }),
    }
}

pub(crate) fn a_stream_dropped_at_once_is_not_heard_of<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let mut subject = stage.start::<D>();
    let to = peer.remote();
    subject.call(|probe, now| {
        let id = probe.connect(to, AGES, now);
        probe.drop_stream(id);
    });
    subject.quiet(WHILE, "nothing is told of a dropped stream")?;
    // The next one is not mistaken for it.
    let next = Peer::new();
    let script = next.script(|mut stream| stream.write_all(b"next"));
    let id = subject.connect(&next)?;
    subject.hears(id, 4)?;
    script.end(&mut subject, "the peer's word")
}

pub(crate) fn several_streams_and_requests_go_on_together<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let gate = Gate::new();
    let held_by = gate.clone();
    let server = Server::alone(move |request| match request.target.as_str() {
        "/held" => Fault::none().until(&held_by),
        _ => Fault::none(),
    });
    let mut subject = stage.start::<D>();
    let held = subject.ask(post(&server.url("/held"), ""));
    let peers = [(); 3].map(|()| Peer::new());
    let mut streams = Vec::new();
    for (peer, word) in peers.iter().zip([&b"one"[..], b"two", b"six"]) {
        let script = peer.script(move |mut stream| {
            let asked = read(&mut stream, 3)?;
            stream.write_all(&asked)?;
            wait_for_close(&mut stream)
        });
        streams.push((subject.connect(peer)?, word, script));
    }
    for (id, word, _) in streams.iter().rev() {
        subject.say_on(*id, word);
        let heard = subject.hears(*id, 3)?;
        super::same("an echo", &heard, word)?;
        subject.exchange(post(&server.url("/"), ""))?;
    }
    gate.open();
    subject.response(held)?;
    for (id, _, script) in streams {
        subject.call(|probe, _| probe.drop_stream(id));
        script.end(&mut subject, "a dropped stream to be closed")?;
    }
    Ok(())
}
