//! `run`: the guest program for drivers in Rust.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{CloseReason, Config, ConfigError, Event, Session, Timing};
use machine_contract::Failure;

use super::guest::{Arguments, Guest, Launch};
use crate::{Drive, Limits, TurnedClock};

/// The guest program: drives sessions to this gateway by a driver in Rust, until one has ended that the gateway did not ask to end.
///
/// ```no_run
/// # use std::time::Duration;
/// # use driver_conformance::{Drive, guests};
/// # fn main_of<MyDriver: Drive<gateway_sm::Session>>() -> Result<(), gateway_sm::ConfigError> {
/// // fn main: COMMAND GATEWAY SECONDS
/// let gateway = std::env::args().nth(1).unwrap_or_default();
/// let seconds = std::env::args().nth(2).and_then(|seconds| seconds.parse().ok());
/// guests::run::<MyDriver>(&gateway, Duration::from_secs(seconds.unwrap_or(40)))
/// # }
/// ```
///
/// # Errors
/// If that is no address of a gateway.
pub fn run<D: Drive<Session>>(gateway: &str, patience: Duration) -> Result<(), ConfigError> {
    run_until::<D>(gateway, patience, || false)
}

fn run_until<D: Drive<Session>>(
    gateway: &str,
    patience: Duration,
    stopped: impl Fn() -> bool,
) -> Result<(), ConfigError> {
    let timing = Timing {
        reply: patience,
        ..Timing::default()
    };
    let config = Config::new(gateway)?.timing(timing)?;
    let config = if D::KEEPS_COOKIES {
        config.host_cookies()?
    } else {
        config
    };
    // What a driver has still to end, it does by itself, and not because it is dropped.
    let mut at_work = Vec::new();
    loop {
        let session = Session::new(config.clone());
        let mut drive = D::start(session, Limits::default(), TurnedClock::new());
        let ended = one_session(&mut drive, &stopped);
        if ended != Some(CloseReason::Local) {
            return Ok(());
        }
        at_work.push(drive);
    }
}

/// Why it has ended; `None` if it was stopped.
fn one_session<D: Drive<Session>>(
    drive: &mut D,
    stopped: &impl Fn() -> bool,
) -> Option<CloseReason> {
    say(drive, Bytes::from_static(b"HELLO\r\n"));
    while !stopped() {
        match drive.next_event(BEAT) {
            Some(Event::Received(bytes)) => hear(drive, bytes),
            Some(Event::Unsent { id, fate }) => {
                let fate = match fate {
                    Failure::NotSent | Failure::Untrusted(_) => "notsent",
                    Failure::Unknown => "unknown",
                };
                say(drive, format!("UNSENT {id} {fate}\r\n").into());
            }
            Some(Event::Closed(reason)) => return Some(reason),
            _ => {}
        }
    }
    None
}

fn hear<D: Drive<Session>>(drive: &mut D, bytes: Bytes) {
    let rest = bytes.strip_prefix(b"REST ").map(<[u8]>::trim_ascii_end);
    let rest = rest.and_then(|millis| str::from_utf8(millis).ok()?.parse().ok());
    if bytes == "OUT\r\n" {
        drive.call(|session, _| session.close());
    } else if let Some(millis) = rest {
        drive.rest(Duration::from_millis(millis));
    } else if !bytes.starts_with(b"SKIP") {
        say(drive, bytes);
    }
}

/// One that is closed already takes nothing more, and tells why by itself.
fn say<D: Drive<Session>>(drive: &mut D, bytes: Bytes) {
    let _ = drive.call(|session, _| session.send(bytes));
}

/// A guest in a thread of this process, for the tests of a driver in Rust.
#[derive(Debug)]
#[non_exhaustive]
pub struct InThread<D>(std::marker::PhantomData<fn() -> D>);

impl<D> InThread<D> {
    /// Starts guests of this driver.
    pub const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<D> Default for InThread<D> {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Drive<Session>> Launch for InThread<D> {
    fn launch(&self, arguments: &Arguments) -> io::Result<Box<dyn Guest>> {
        let stopped = Arc::new(AtomicBool::new(false));
        let (stop, Arguments { gateway, patience }) = (Arc::clone(&stopped), arguments.clone());
        let at_work = thread::Builder::new().spawn(move || {
            // The suite's own address: it is one.
            let _ = run_until::<D>(&gateway, patience, || stop.load(Ordering::SeqCst));
        })?;
        Ok(Box::new(Thread { stopped, at_work }))
    }
}

struct Thread {
    stopped: Arc<AtomicBool>,
    at_work: JoinHandle<()>,
}

impl Guest for Thread {
    fn is_over(&mut self) -> bool {
        self.at_work.is_finished()
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}

/// How often a guest in a thread looks whether it should stop.
const BEAT: Duration = Duration::from_millis(200);
