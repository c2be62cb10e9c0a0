//! A server that has a mebibyte to say whenever it is asked, and an application that does not listen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gateway_sm::{CloseReason, Limits, Mode, Session};

use super::chat::Fate::{Sent, Unknown};
use super::chat::{Chat, PATIENCE};
use super::gateway::{Upstream, lines};
use super::losses::{before, broken, carries, config, in_all_modes, is_poll};
use crate::Drive;
use crate::server::Fault;

const MIB: usize = 1 << 20;

/// So many mebibytes are taken after all: several times what may be kept.
const ALL: usize = 20;

/// A line of one mebibyte, in which no two pieces are the same.
fn mebibyte(number: usize) -> String {
    let mut line = format!("FLOOD {number:05} ");
    for piece in 0.. {
        let piece = format!("{number:05}:{piece:06} ");
        if line.len() + piece.len() + 2 > MIB {
            break;
        }
        line += &piece;
    }
    line += &".".repeat(MIB - 2 - line.len());
    line
}

/// What it leaves untaken stops the polls, in bytes, but neither posts nor alarms; nothing is lost by it.
pub(crate) fn an_application_that_takes_nothing<D: Drive<Session>>() {
    let default = Limits::default().undrained;
    in_all_modes(|mode| takes_nothing::<D>(mode, 2 * MIB));
    takes_nothing::<D>(Mode::Learn, default);
}

fn takes_nothing<D: Drive<Session>>(mode: Mode, undrained: usize) {
    let flooded = Arc::new(AtomicBool::new(false));
    let replies = Arc::new(AtomicUsize::new(0));
    let (switch, count) = (Arc::clone(&flooded), Arc::clone(&replies));
    let (upstream, server) = before(config(), move |request| {
        if carries(request, "2") {
            return broken();
        }
        if !is_poll(request) || !switch.load(Ordering::SeqCst) {
            return Fault::none();
        }
        request.target = request.target.replace("&Lifespan=60", "");
        let number = count.fetch_add(1, Ordering::SeqCst);
        // One poll at a time: these are in order.
        Fault::edit(move |reply| {
            let line = format!("{}\r\n", mebibyte(number));
            // In front, so that what is said last also comes last.
            reply.body.splice(..0, line.bytes());
        })
    });
    let limits = Limits {
        undrained,
        ..Limits::default()
    };
    let mut chat = Chat::<D>::with(&server.url(""), |config| {
        config.mode(mode).limits(limits).unwrap()
    });
    assert_eq!(chat.tell("1"), Sent);
    chat.until_received("ACK 1");
    let taken = || replies.load(Ordering::SeqCst) * MIB;
    // A poll is made as long as no more than the limit is kept, and one that finds out whether polls are
    // held as long as a post would be, which is up to twice the limit; its reply comes on top of that.
    let most = undrained + MIB;
    let most_with_posts = match mode {
        Mode::Learn => most + undrained,
        _ => most,
    };

    flooded.store(true, Ordering::SeqCst);
    // To the poll that is held.
    upstream.say("GO");
    if D::WORKS_AT_REST {
        rest_until(&mut chat, "polls up to the limit", || taken() >= undrained);
    }
    rest_until_still(&mut chat, taken);
    assert!(
        taken() <= most,
        "{mode:?}: {} bytes, nobody has taken one, and the limit is {undrained}",
        taken()
    );

    if D::WORKS_AT_REST {
        chat.send("2");
        rest_until(&mut chat, "a post", || {
            server
                .requests()
                .iter()
                .any(|request| carries(request, "2"))
        });
        // That one has failed: the next waits for an alarm.
        chat.send("3");
        rest_until(&mut chat, "a post after one that has failed", || {
            upstream.heard().iter().any(|line| line == "3")
        });
        rest_until_still(&mut chat, taken);
        assert!(
            taken() <= most_with_posts,
            "{mode:?}: {} bytes after posts",
            taken()
        );
    }

    chat.until("many bytes", |chat| {
        let kept = taken().saturating_sub(chat.received_bytes().len());
        assert!(kept <= most_with_posts, "{mode:?}: {kept} bytes are kept");
        taken() >= ALL * MIB
    });
    flooded.store(false, Ordering::SeqCst);
    upstream.say("END");
    chat.until("the end of it", |chat| {
        chat.received_bytes().ends_with(b"END\r\n")
    });
    assert_eq!(chat.tell("5"), Sent);
    chat.until("its answer", |chat| {
        chat.received_bytes().ends_with(b"ACK 5\r\n")
    });
    let fates: &[_] = if D::WORKS_AT_REST {
        &[Sent, Unknown, Sent, Sent]
    } else {
        &[Sent, Sent]
    };
    assert_eq!(chat.fates(), fates, "{mode:?}");
    chat.close();
    chat.until_end(|reason| reason == CloseReason::Local);

    compare(&chat, &upstream, taken() / MIB);
}

/// Whether every mebibyte has come, in order and whole, and everything else that was said too.
#[track_caller]
fn compare<D: Drive<Session>>(chat: &Chat<D>, upstream: &Upstream, count: usize) {
    let (flood, mut other): (Vec<_>, Vec<_>) = lines(chat.received_bytes())
        .into_iter()
        .partition(|line| line.starts_with("FLOOD"));
    assert!(flood.len() >= ALL);
    assert_eq!(flood.len(), count, "all of it");
    for (number, line) in flood.iter().enumerate() {
        assert!(*line == mebibyte(number), "{number} is in its place");
    }
    let mut told = upstream.said();
    // In parallel mode they may have overtaken each other.
    told.sort();
    other.sort();
    assert_eq!(other, told);
}

/// Takes nothing until this has come to be.
#[track_caller]
fn rest_until<D: Drive<Session>>(chat: &mut Chat<D>, what: &str, done: impl Fn() -> bool) {
    let patience = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < patience, "waited in vain for {what}");
        chat.rest(Duration::from_millis(10));
    }
}

/// Takes nothing until this has stood still for a while.
#[track_caller]
fn rest_until_still<D: Drive<Session>>(chat: &mut Chat<D>, count: impl Fn() -> usize) {
    let patience = Instant::now() + PATIENCE;
    let (mut last, mut still) = (count(), 0);
    // Several of the longest pause between polls.
    while still < 10 {
        assert!(Instant::now() < patience, "{last} bytes and no end");
        chat.rest(Duration::from_millis(50));
        let now = count();
        still = if now == last { still + 1 } else { 0 };
        last = now;
    }
}
