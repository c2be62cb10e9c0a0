//! `Stage` and `Subject`: what a duty is written with. A driver with a probe in it, patience, and words for
//! what should come next.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant as StdInstant};

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, Instant, RequestId};
use socket2::{Domain, Socket, Type};

use crate::probe::{Log, Probe, Told};
use crate::{Breach, Drive, Limits, TurnedClock, Verdict};

/// Where one duty is judged.
#[derive(Debug)]
pub(crate) struct Stage {
    patience: Duration,
    logs: RefCell<Vec<Log>>,
}

impl Stage {
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            patience,
            logs: RefCell::default(),
        }
    }

    /// A driver with a fresh probe.
    pub(crate) fn start<D: Drive<Probe>>(&self) -> Subject<D> {
        self.start_with(Limits::default())
    }

    pub(crate) fn start_with<D: Drive<Probe>>(&self, limits: Limits) -> Subject<D> {
        let (log, clock) = (Log::default(), TurnedClock::new());
        self.logs.borrow_mut().push(log.clone());
        Subject {
            drive: D::start(Probe::new(log.clone()), limits, clock.clone()),
            log,
            clock,
            patience: self.patience,
            heard: VecDeque::new(),
        }
    }

    /// Waits for something that needs no driver.
    pub(crate) fn until(&self, what: &str, mut done: impl FnMut() -> bool) -> Verdict {
        let started = StdInstant::now();
        while !done() {
            if started.elapsed() > self.patience {
                return Err(self.in_vain(what));
            }
            thread::sleep(BEAT);
        }
        Ok(())
    }

    pub(crate) fn in_vain(&self, what: &str) -> Breach {
        Breach::InVain {
            what: what.to_owned(),
            patience: self.patience,
        }
    }

    /// What no probe may be put through was not done to any.
    pub(crate) fn no_misuse(&self) -> Verdict {
        let logs = self.logs.borrow();
        let misuse = logs.iter().find_map(Log::first_misuse);
        misuse.map_or(Ok(()), |misuse| Err(misuse.into()))
    }
}

/// A driver at work, and what its probe was told.
#[derive(Debug)]
pub(crate) struct Subject<D> {
    drive: D,
    log: Log,
    clock: TurnedClock,
    patience: Duration,
    heard: VecDeque<Told>,
}

impl<D: Drive<Probe>> Subject<D> {
    /// What was done to the probe.
    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    /// The driver's clock.
    pub(crate) const fn clock(&self) -> &TurnedClock {
        &self.clock
    }

    /// Lets the driver work for so long, and takes nothing.
    pub(crate) fn rest(&mut self, time: Duration) {
        self.drive.rest(time);
    }

    /// Takes whatever is told until nothing comes for so long.
    pub(crate) fn forget(&mut self, quiet: Duration) {
        self.heard.clear();
        while self.drive.next_event(quiet).is_some() {}
    }

    pub(crate) fn call<R>(&mut self, verb: impl FnOnce(&mut Probe, Instant) -> R) -> R {
        let log = self.log.clone();
        self.drive.call(|probe, now| {
            log.verb(now);
            verb(probe, now)
        })
    }

    /// Asks for a request that has all the time it wants.
    pub(crate) fn ask(&mut self, request: Request<Bytes>) -> RequestId {
        self.ask_within(request, AGES)
    }

    pub(crate) fn ask_within(&mut self, request: Request<Bytes>, patience: Duration) -> RequestId {
        self.call(|probe, now| probe.ask(request, patience, now))
    }

    /// The next thing that the probe was told.
    pub(crate) fn told(&mut self, what: &str) -> Verdict<Told> {
        let heard = self.heard.pop_front();
        heard
            .or_else(|| self.drive.next_event(self.patience))
            .ok_or_else(|| self.in_vain(what))
    }

    /// How this request ends, which must be the next thing that is told.
    pub(crate) fn outcome(&mut self, id: RequestId) -> Verdict<Result<Response<Bytes>, Failure>> {
        match self.told("the end of a request")? {
            Told::Answered(of, response) if of == id => Ok(Ok(response)),
            Told::Failed(of, failure) if of == id => Ok(Err(failure)),
            seen => Err(told(format!("request {} should end", id.get()), seen)),
        }
    }

    /// The response to this request, which must be the next thing that is told.
    pub(crate) fn response(&mut self, id: RequestId) -> Verdict<Response<Bytes>> {
        self.outcome(id)?
            .map_err(|failure| told("a response should arrive", Told::Failed(id, failure)))
    }

    /// Asks, and gives the response.
    pub(crate) fn exchange(&mut self, request: Request<Bytes>) -> Verdict<Response<Bytes>> {
        let id = self.ask(request);
        self.response(id)
    }

    /// This request must fail so.
    pub(crate) fn fails(&mut self, id: RequestId, expected: Failure) -> Verdict {
        match self.outcome(id)? {
            Err(failure) if failure == expected => Ok(()),
            outcome => Err(wrong_end(
                &format!("{expected}, should be said"),
                id,
                outcome,
            )),
        }
    }

    /// The next thing that is told must be this number.
    pub(crate) fn says(&mut self, number: u32) -> Verdict {
        match self.told("what the machine said itself")? {
            Told::Said(said) if said == number => Ok(()),
            seen => Err(told(format!("{number} should come next"), seen)),
        }
    }

    /// The next thing that is told must be the alarm; when it was due, and when it rang.
    pub(crate) fn rings(&mut self) -> Verdict<(Instant, Instant)> {
        match self.told("an alarm")? {
            Told::Rang { alarm, now } if now < alarm => Err(Breach::Early {
                what: "an alarm".into(),
                early: alarm - now,
            }),
            Told::Rang { alarm, now } => Ok((alarm, now)),
            seen => Err(told("the alarm should ring", seen)),
        }
    }

    /// Waits until this is so. What is told meanwhile is kept.
    pub(crate) fn until(&mut self, what: &str, mut done: impl FnMut() -> bool) -> Verdict {
        let started = StdInstant::now();
        while !done() {
            if started.elapsed() > self.patience {
                return Err(self.in_vain(what));
            }
            let event = self.drive.next_event(BEAT);
            self.heard.extend(event);
        }
        Ok(())
    }

    /// Lets the driver work for so long, and nothing may be told.
    pub(crate) fn quiet(&mut self, time: Duration, why: &str) -> Verdict {
        let event = self.heard.pop_front();
        match event.or_else(|| self.drive.next_event(time)) {
            Some(seen) => Err(told(why, seen)),
            None => Ok(()),
        }
    }

    /// The clock is turned, and the driver is made to look at it.
    pub(crate) fn turn(&mut self, by: Duration) {
        self.clock.turn(by);
        self.call(|_, _| ());
    }

    pub(crate) fn in_vain(&self, what: &str) -> Breach {
        Breach::InVain {
            what: what.to_owned(),
            patience: self.patience,
        }
    }
}

/// It was told something that it should not have been.
pub(crate) fn told(expected: impl Into<String>, seen: Told) -> Breach {
    Breach::Told {
        expected: expected.into(),
        seen: Box::new(seen),
    }
}

/// A request ended otherwise than it should.
pub(crate) fn wrong_end(
    expected: &str,
    id: RequestId,
    outcome: Result<Response<Bytes>, Failure>,
) -> Breach {
    told(
        expected,
        match outcome {
            Ok(response) => Told::Answered(id, response),
            Err(failure) => Told::Failed(id, failure),
        },
    )
}

/// So many there must be.
pub(crate) fn count(what: &str, seen: usize, expected: usize) -> Verdict {
    if seen == expected {
        return Ok(());
    }
    Err(Breach::Count {
        what: what.to_owned(),
        expected: expected.to_string(),
        seen,
    })
}

/// So many there may be at most.
pub(crate) fn at_most(what: &str, seen: usize, most: usize) -> Verdict {
    if seen <= most {
        return Ok(());
    }
    Err(Breach::Count {
        what: what.to_owned(),
        expected: format!("at most {most}"),
        seen,
    })
}

#[expect(clippy::expect_used, reason = "the suite writes its own requests")]
pub(crate) fn post(url: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(url).body(body.into()).expect("a request")
}

#[expect(clippy::expect_used, reason = "the suite writes its own requests")]
pub(crate) fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).expect("a request")
}

/// Takes a port so that nobody can listen there, and nobody does: whoever connects is refused. It is free
/// again when the socket is dropped. Port 0: any.
#[expect(
    clippy::expect_used,
    reason = "a host without loopback can test nothing"
)]
pub(crate) fn nobody_at(port: u16) -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    // Connections that are over are not in the way.
    let reused = socket.set_reuse_address(port != 0);
    reused.expect("an option that every socket has");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    socket.bind(&address.into()).expect("a port on loopback");
    let taken = socket.local_addr().expect("it was bound");
    (socket, taken.as_socket().expect("an address with a port"))
}

/// How long the suite waits for a duty: what takes longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How long it waits for what is declared a lack.
pub(crate) const LACKING: Duration = Duration::from_secs(2);

/// Longer than any duty.
pub(crate) const AGES: Duration = Duration::from_secs(3600);

/// How often it looks whether something has come about.
const BEAT: Duration = Duration::from_millis(3);

/// How long it watches that nothing comes. A driver that is wrong and slower than this is not found out;
/// one that is right is never accused.
pub(crate) const WHILE: Duration = Duration::from_millis(60);
