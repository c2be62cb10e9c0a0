//! How streams end: on one side, on both, by force; told once and last.

use std::io::Write;
use std::time::Duration;

use machine_contract::Failure;

use super::same;
use crate::peer::{Peer, finish, pattern, read, read_to_end, reset, wait_for_close};
use crate::stage::{AGES, Stage, WHILE, at_most, count, told};
use crate::{Breach, Drive, Probe, Told, Verdict};

pub(crate) fn reading_goes_on_after_a_finish<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| {
        let heard = read_to_end(&mut stream)?;
        stream.write_all(b"I heard")?;
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(b" all")?;
        Ok(heard)
    });
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    subject.call(|probe, _| {
        probe.send(id, "that ");
        probe.send(id, "is all");
        probe.finish(id);
    });
    same("received", &subject.hears(id, 11)?, b"I heard all")?;
    subject.hears_the_end(id)?;
    let unwritten = subject.closes(id, None)?;
    count(
        "unwritten bytes of a stream that ended in order",
        unwritten,
        0,
    )?;
    subject.quiet(WHILE / 3, "the stream is over")?;
    same(
        "sent",
        &script.end(&mut subject, "the peer")?,
        b"that is all",
    )
}

pub(crate) fn writing_goes_on_after_the_peer_has_finished<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| {
        stream.write_all(&pattern(100_000))?;
        finish(&stream)?;
        read_to_end(&mut stream)
    });
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    // Everything before the end.
    same("received", &subject.hears(id, 100_000)?, &pattern(100_000))?;
    subject.hears_the_end(id)?;
    subject.quiet(WHILE / 3, "one side is open")?;
    for word in [&b"still "[..], b"here"] {
        subject.say_on(id, word);
        subject.quiet(WHILE / 6, "one side is open")?;
    }
    subject.call(|probe, _| probe.finish(id));
    subject.closes(id, None)?;
    subject.quiet(WHILE / 3, "the stream is over")?;
    same(
        "sent",
        &script.end(&mut subject, "the peer")?,
        b"still here",
    )
}

/// What was queued before the end goes out before it, however much it is.
pub(crate) fn a_finish_waits_for_what_is_to_be_sent<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| {
        std::thread::sleep(Duration::from_millis(50));
        read_to_end(&mut stream)
    });
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    let words = pattern(16 << 20);
    let sent = words.clone();
    subject.call(|probe, _| {
        probe.finish(id);
        probe.send(id, sent);
    });
    same(
        "sent",
        &script.end(&mut subject, "everything, and its end")?,
        &words,
    )
}

pub(crate) fn a_finish_may_come_before_the_stream_is_there<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| read_to_end(&mut stream));
    let mut subject = stage.start::<D>();
    let to = peer.remote();
    let id = subject.call(|probe, now| {
        let id = probe.connect(to, AGES, now);
        probe.send(id, "all at once");
        probe.finish(id);
        id
    });
    match subject.told("a stream")? {
        Told::Connected(of) if of == id => {}
        seen => return Err(told("a stream comes about", seen)),
    }
    let heard = script.end(&mut subject, "what was sent, and its end")?;
    same("sent", &heard, b"all at once")?;
    subject.hears_the_end(id)?;
    subject.closes(id, None).map(drop)
}

pub(crate) fn a_stream_that_is_reset_is_unknown<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(reset);
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    subject.say_on(id, b"who reads this?");
    subject.closes(id, Some(Failure::Unknown))?;
    subject.quiet(WHILE / 3, "the stream is over")?;
    script.end(&mut subject, "the peer")
}

/// The peer reads a part of a very long chunk, and then the stream is reset.
pub(crate) fn unwritten_bytes_are_counted<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    const LONG: usize = 64 << 20;
    const READ: usize = 1 << 20;
    let peer = Peer::new();
    let script = peer.script(|mut stream| {
        read(&mut stream, READ)?;
        // The buffers fill up.
        std::thread::sleep(Duration::from_millis(100));
        reset(stream)
    });
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    let chunk = vec![b'x'; LONG];
    subject.call(|probe, _| probe.send(id, chunk));
    let unwritten = subject.closes(id, Some(Failure::Unknown))?;
    let (given, _) = subject.log().given_on(id);
    script.end(&mut subject, "the peer")?;
    // No kernel has taken it all, and what the peer has read was written.
    at_most("bytes called unwritten", unwritten, given - READ)?;
    if unwritten == 0 {
        return Err(Breach::Count {
            what: "bytes called unwritten, of 64 MiB that nobody took".into(),
            expected: "more".into(),
            seen: 0,
        });
    }
    Ok(())
}

pub(crate) fn a_dropped_stream_is_closed_and_nothing_is_told<D: Drive<Probe>>(
    stage: &Stage,
) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| {
        // Talks until nobody listens.
        while stream.write_all(b"still talking").is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
        wait_for_close(&mut stream)
    });
    let mut subject = stage.start::<D>();
    let id = subject.connect(&peer)?;
    subject.hears(id, 13)?;
    subject.call(|probe, _| {
        probe.send(id, "the last word");
        probe.drop_stream(id);
        probe.drop_stream(id);
    });
    // What was told before the drop may wait yet; the probe knows what came after it.
    script.end(&mut subject, "a dropped stream to be closed")?;
    stage.no_misuse()
}

pub(crate) fn dropping_the_driver_closes_its_streams<D: Drive<Probe>>(stage: &Stage) -> Verdict {
    let peer = Peer::new();
    let script = peer.script(|mut stream| wait_for_close(&mut stream));
    let mut subject = stage.start::<D>();
    subject.connect(&peer)?;
    drop(subject);
    stage.until("the stream to be closed", || script.is_over())?;
    script.result("the stream to be closed")
}
