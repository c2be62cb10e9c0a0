//! What the scenarios have in common: faults for one request, and sessions that lose it and go on or end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gateway_sm::{CloseReason, Mode, SendError, ServerConfig, Session, Timing};

use super::chat::Fate::{Sent, Unknown};
use super::chat::{Chat, TIMING};
use super::gateway::Upstream;
use crate::Drive;
use crate::server::{Fault, Reply, Request, Server};

pub(super) const MODES: [Mode; 3] = [Mode::Serial, Mode::Parallel, Mode::Learn];

/// In every mode at once: for what takes long because it waits.
pub(super) fn in_all_modes(scenario: impl Fn(Mode) + Sync) {
    let scenario = &scenario;
    thread::scope(|scope| {
        for mode in MODES {
            scope.spawn(move || scenario(mode));
        }
    });
}

/// A gateway with this behaviour and the faults in front of it.
pub(super) fn before(
    config: ServerConfig,
    fault: impl Fn(&mut Request) -> Fault + Send + Sync + 'static,
) -> (Upstream, Server) {
    let upstream = Upstream::start(config);
    let server = Server::before(upstream.address(), fault);
    (upstream, server)
}

pub(super) fn config() -> ServerConfig {
    ServerConfig::new("gateway.example.com", "192.0.2.7").unwrap()
}

/// Whether this request carries sends after the open.
pub(super) fn is_post(request: &Request) -> bool {
    !request.target.contains("Action=") && !request.body.is_empty()
}

pub(super) fn is_poll(request: &Request) -> bool {
    request.target.contains("Action=poll")
}

pub(super) fn carries(request: &Request, line: &str) -> bool {
    request.body.starts_with(format!("{line}\r\n").as_bytes())
}

/// The fault for the post that begins with the line `2`, once; the rest passes.
pub(super) fn on_two(
    fault: impl Fn() -> Fault + Send + Sync + 'static,
) -> impl Fn(&mut Request) -> Fault + Send + Sync + 'static {
    move |request| {
        if carries(request, "2") {
            fault()
        } else {
            Fault::none()
        }
    }
}

/// The fault for one poll, the first after `armed` was set.
pub(super) fn on_a_poll(
    armed: &Arc<AtomicBool>,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
) -> impl Fn(&mut Request) -> Fault + Send + Sync + 'static {
    let armed = Arc::clone(armed);
    move |request| {
        if is_poll(request) && armed.swap(false, Ordering::SeqCst) {
            fault()
        } else {
            Fault::none()
        }
    }
}

/// A page of a captive portal or a broken proxy.
pub(super) fn page() -> Reply {
    Reply::new(200, "<html>MSG 1 Please log in</html>\r\n").with("Content-Type", "text/html")
}

/// The reply of the server behind, cut off after so many bytes; `None`: before its last one.
pub(super) fn cut(after: Option<usize>) -> Fault {
    Fault::edit(move |reply| reply.cut = Some(after.unwrap_or(reply.len() - 1)))
}

/// In nothing, in the head, in the body.
pub(super) const CUTS: [Option<usize>; 3] = [Some(0), Some(12), None];

/// Tells 1, 2 and 3, of which the fault takes 2. The session must survive it and tell the truth.
#[track_caller]
pub(super) fn loses_two<D: Drive<Session>>(
    mode: Mode,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    heard: &[&str],
) {
    loses_two_in::<D>(mode, TIMING, fault, heard);
}

#[track_caller]
pub(super) fn loses_two_in<D: Drive<Session>>(
    mode: Mode,
    timing: Timing,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
    heard: &[&str],
) {
    let (upstream, server) = before(config(), on_two(fault));
    let mut chat = Chat::<D>::with(&server.url(""), |config| {
        config.mode(mode).timing(timing).unwrap()
    });
    assert_eq!(
        ["1", "2", "3"].map(|line| chat.tell(line)),
        [Sent, Unknown, Sent]
    );
    chat.until_received("ACK 3");
    chat.end_and_compare(&upstream);
    assert_eq!(upstream.heard(), heard);
    assert_eq!(chat.received(), ["ACK 1", "ACK 3"]);
    assert_eq!(chat.gaps(), 1);
}

/// Tells 1, then loses one poll to the fault. The session must survive it.
#[track_caller]
pub(super) fn loses_a_poll<D: Drive<Session>>(
    mode: Mode,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
) {
    loses_a_poll_in::<D>(mode, TIMING, fault);
}

#[track_caller]
pub(super) fn loses_a_poll_in<D: Drive<Session>>(
    mode: Mode,
    timing: Timing,
    fault: impl Fn() -> Fault + Send + Sync + 'static,
) {
    let armed = Arc::new(AtomicBool::new(false));
    let (upstream, server) = before(config(), on_a_poll(&armed, fault));
    let mut chat = Chat::<D>::with(&server.url(""), |config| {
        let config = config.mode(mode).timing(timing).unwrap();
        config.lifespan(Duration::from_secs(1)).unwrap()
    });
    assert_eq!(chat.tell("1"), Sent);
    armed.store(true, Ordering::SeqCst);
    // Releases a poll that is held already: the one after it meets the fault.
    upstream.say("ONE");
    chat.until("a gap", |chat| chat.gaps() == 1);
    upstream.say("TWO");
    chat.until_received("TWO");
    chat.end_and_compare(&upstream);
    assert_eq!(chat.received(), ["ACK 1", "ONE", "TWO"]);
}

/// Tells 1, then the fault ends the session at 2.
#[track_caller]
pub(super) fn ends_at_two<D: Drive<Session>>(
    mode: Mode,
    fault: fn() -> Fault,
    is_expected: fn(CloseReason) -> bool,
) {
    let (upstream, server) = before(config(), on_two(fault));
    let mut chat = Chat::<D>::new(&server.url(""), mode);
    assert_eq!(["1", "2"].map(|line| chat.tell(line)), [Sent, Unknown]);
    chat.until_end(is_expected);
    let refused = chat.try_send("3");
    assert_eq!(refused, Err(SendError::Closed));
    chat.end_and_compare(&upstream);
    assert_eq!(upstream.heard(), ["1"]);
    assert_eq!(chat.received(), ["ACK 1"]);
}

/// Tells 1, then the fault ends the session at a poll.
#[track_caller]
pub(super) fn ends_at_a_poll<D: Drive<Session>>(
    mode: Mode,
    fault: fn() -> Fault,
    is_expected: fn(CloseReason) -> bool,
) {
    let armed = Arc::new(AtomicBool::new(false));
    let (upstream, server) = before(config(), on_a_poll(&armed, fault));
    let mut chat = Chat::<D>::new(&server.url(""), mode);
    assert_eq!(chat.tell("1"), Sent);
    armed.store(true, Ordering::SeqCst);
    upstream.say("ONE");
    chat.until_end(is_expected);
    chat.end_and_compare(&upstream);
    assert!(
        ["ACK 1", "ONE"].starts_with(
            &chat
                .received()
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
        )
    );
}

/// The fault meets the open, which takes 1 along, and ends the session.
#[track_caller]
pub(super) fn ends_at_the_open<D: Drive<Session>>(
    mode: Mode,
    fault: fn() -> Fault,
    heard: &[&str],
    is_expected: fn(CloseReason) -> bool,
) {
    ends_at_the_open_in::<D>(mode, TIMING, fault, heard, is_expected);
}

#[track_caller]
pub(super) fn ends_at_the_open_in<D: Drive<Session>>(
    mode: Mode,
    timing: Timing,
    fault: fn() -> Fault,
    heard: &[&str],
    is_expected: fn(CloseReason) -> bool,
) {
    let (upstream, server) = before(config(), move |_| fault());
    let mut chat = Chat::<D>::with(&server.url(""), |config| {
        config.mode(mode).timing(timing).unwrap()
    });
    assert_eq!(chat.tell("1"), Unknown);
    chat.until_end(is_expected);
    chat.end_and_compare(&upstream);
    assert_eq!(upstream.heard(), heard);
    assert_eq!((chat.opened(), chat.received().len()), (0, 0));
    assert_eq!(server.requests().len(), 1);
}

pub(super) fn broken() -> Fault {
    Fault::answer(Reply {
        status: 500,
        ..page()
    })
}
