//! What flows over a stream: in order, in chunks, and not faster than the other side takes it.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::same;
use crate::peer::{Peer, finish, pattern, read, read_to_end, wait_for_close};
use crate::server::{Fault, Gate, Server};
use crate::stage::{AGES, Stage, WHILE, at_most, post, told};
use crate::{Drive, Probe, Step, Told, Verdict};

/// More than the buffers of any kernel.
const MUCH: usize = 48 << 20;

pub(crate) fn a_stream_carries_bytes_both_ways<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| {
        stream.write_all(b"hello")?;
        let heard = read(&mut stream, 5)?;
        stream.write_all(b"again")?;
        wait_for_close(&mut stream)?;
        Ok(heard)
    });
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    same("received", &subject.hears(id, 5)?, b"hello")?;
    subject.say_on(id, b"world");
    same("received", &subject.hears(id, 5)?, b"again")?;
    subject.call(|probe, _| probe.drop_stream(id));
    same("sent", &script.end(&mut subject, "the peer")?, b"world")
}

pub(crate) fn chunks_are_sent_in_order<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| read_to_end(&mut stream));
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    let sent = pattern(300_000);
    let mut rest = Bytes::from(sent.clone());
    subject.call(|probe, _| {
        let mut len = 1;
        while !rest.is_empty() {
            probe.send(id, rest.split_to(len.min(rest.len())));
            len = len * 3 % 40_009;
        }
    });
    subject.call(|probe, _| probe.finish(id));
    let heard = script.end(&mut subject, "everything that was sent, and its end")?;
    same("sent", &heard, &sent)
}

/// The probe watches the length of each chunk.
pub(crate) fn chunks_are_received_in_order<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let said = pattern(1 << 20);
    let saying = said.clone();
    let script = peer.script(move |mut stream| {
        stream.write_all(&saying)?;
        finish(&stream)?;
        wait_for_close(&mut stream)
    });
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    // It piles up meanwhile.
    std::thread::sleep(Duration::from_millis(20));
    same("received", &subject.hears(id, said.len())?, &said)?;
    subject.hears_the_end(id)?;
    subject.call(|probe, _| probe.finish(id));
    subject.closes(id, None)?;
    script.end(&mut subject, "the stream to be closed")
}

pub(crate) fn reading_stops_while_nothing_is_wanted<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    const WANTED: usize = 100_000;
    let peer = Peer::new();
    let taken = Arc::new(AtomicUsize::new(0));
    let taking = Arc::clone(&taken);
    let said = pattern(MUCH);
    let saying = said.clone();
    let script = peer.script(move |mut stream| {
        for piece in saying.chunks(1 << 16) {
            stream.write_all(piece)?;
            taking.fetch_add(piece.len(), Ordering::SeqCst);
        }
        wait_for_close(&mut stream)
    });
    let mut subject = stage.start::<D>();
    let to = peer.remote();
    let id = subject.call(|probe, now| {
        let id = probe.connect(to, AGES, now);
        probe.hear(id, WANTED);
        id
    });
    match subject.told("a stream")? {
        Told::Connected(of) if of == id => {}
        seen => return Err(told("a stream comes about", seen)),
    }
    let mut heard = subject.hears(id, WANTED)?;
    // The peer says as much as the kernel takes, and the driver nothing of it.
    let mut before = usize::MAX;
    while before != taken.load(Ordering::SeqCst) {
        before = taken.load(Ordering::SeqCst);
        subject.until("time to pass", tick(WHILE))?;
    }
    let log = subject.log().clone();
    let received: usize = (log.steps().iter())
        .map(|step| match step {
            Step::Received(_, len) => *len,
            _ => 0,
        })
        .sum();
    at_most("bytes received", received, WANTED + (2 << 14))?;
    at_most(
        "bytes that the peer could say",
        taken.load(Ordering::SeqCst),
        MUCH - 1,
    )?;
    subject.call(|probe, _| probe.hear(id, usize::MAX));
    let left = MUCH - heard.len();
    heard.extend(subject.hears(id, left)?);
    same("received", &heard, &said)?;
    subject.call(|probe, _| probe.drop_stream(id));
    script.end(&mut subject, "the stream to be closed")
}

pub(crate) fn a_peer_that_does_not_read_stops_the_sending<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    const CHUNK: usize = 1 << 16;
    let peer = Peer::new();
    let gate = Gate::new();
    let opened = gate.clone();
    let script = peer.script(move |mut stream| {
        while !opened.is_open() {
            std::thread::sleep(Duration::from_millis(2));
        }
        read_to_end(&mut stream)
    });
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    let sent = pattern(MUCH);
    let mut rest = Bytes::from(sent.clone());
    subject.call(|probe, _| {
        while !rest.is_empty() {
            probe.send(id, rest.split_to(CHUNK));
        }
        probe.finish(id);
    });
    let log = subject.log().clone();
    let mut before = usize::MAX;
    while before != log.given_on(id).0 {
        before = log.given_on(id).0;
        subject.until("time to pass", tick(WHILE))?;
    }
    // The rest is still the machine's.
    at_most("bytes taken from the machine", before, MUCH - CHUNK)?;
    gate.open();
    let heard = script.end(&mut subject, "everything that was sent, and its end")?;
    same("sent", &heard, &sent)
}

pub(crate) fn the_machine_is_drained_after_bytes_were_received<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| {
        for n in 0..20_u8 {
            stream.write_all(&[n])?;
            let echo = read(&mut stream, 1)?;
            if echo != [n] {
                return Err(std::io::ErrorKind::InvalidData.into());
            }
        }
        Ok(())
    });
    let mut subject = stage.start::<D>();
    let to = peer.remote();
    subject.call(|probe, now| {
        let id = probe.connect(to, AGES, now);
        probe.echo(id);
    });
    script.end(&mut subject, "an echo of every byte")
}

/// One peer never stops talking. Everything else goes on.
pub(crate) fn no_stream_starves_another<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let server = Server::alone(|_| Fault::none());
    let enough = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&enough);
    let loud = Peer::new();
    let flood = loud.script(move |mut stream| {
        let words = vec![b'x'; 1 << 16];
        while !stop.load(Ordering::SeqCst) && stream.write_all(&words).is_ok() {}
        Ok(())
    });
    let quiet = Peer::new();
    let answer = quiet.script(|mut stream| {
        let heard = read(&mut stream, 4)?;
        stream.write_all(b"here")?;
        wait_for_close(&mut stream)?;
        Ok(heard)
    });
    let mut subject = stage.start::<D>();
    let silent = subject.connect(&quiet)?;
    let talking = subject.connect(&loud)?;
    subject.hears(talking, 1 << 16)?;
    let request = post(&server.url("/"), "");
    let id = subject.call(|probe, now| {
        probe.wake_at(Some(now + Duration::from_millis(10)));
        probe.send(silent, "you?");
        probe.ask(request, AGES, now)
    });
    // Each of the three has to come through while the loud one goes on; in which order is nobody's promise.
    let mut left = 3;
    while left > 0 {
        match subject.told("a word, an alarm and a response")? {
            Told::Received(of, _) if of == talking => {}
            Told::Received(of, word) if of == silent && word == "here" => left -= 1,
            Told::Rang { .. } => left -= 1,
            Told::Answered(of, _) if of == id => left -= 1,
            seen => return Err(told("a word, an alarm and a response", seen)),
        }
    }
    enough.store(true, Ordering::SeqCst);
    subject.call(|probe, _| {
        probe.drop_stream(talking);
        probe.drop_stream(silent);
    });
    flood.end(&mut subject, "a dropped stream to be closed")?;
    same("sent", &answer.end(&mut subject, "the peer")?, b"you?")
}

/// True once so much time has passed.
fn tick(time: Duration) -> impl FnMut() -> bool {
    let started = std::time::Instant::now();
    move || started.elapsed() >= time
}
