//! `Slot`: one machine, and whether it keeps what a machine promises.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};

use crate::driver::Driver;

/// So many requests that have ended are answered again by a driver that pesters.
const PESTERED: usize = 3;

/// A machine that is driven, and watched.
#[derive(Debug)]
pub(crate) struct Slot<M> {
    machine: M,
    /// Every id that it has given.
    used: BTreeSet<RequestId>,
    /// The last that have ended.
    ended: VecDeque<RequestId>,
    driver: Driver,
    asleep: bool,
    /// Its application takes no events.
    deaf: bool,
}

/// What a machine wants of the network and tells, of one drain.
#[derive(Debug)]
pub(crate) struct Wanted<E> {
    pub(crate) requests: Vec<Transmit>,
    pub(crate) cancels: Vec<RequestId>,
    pub(crate) events: Vec<E>,
}

impl<M: Machine> Slot<M> {
    pub(crate) const fn new(machine: M) -> Self {
        Self {
            machine,
            used: BTreeSet::new(),
            ended: VecDeque::new(),
            driver: Driver::Usual,
            asleep: false,
            deaf: false,
        }
    }

    pub(crate) const fn machine(&self) -> &M {
        &self.machine
    }

    pub(crate) const fn machine_mut(&mut self) -> &mut M {
        &mut self.machine
    }

    pub(crate) const fn is_asleep(&self) -> bool {
        self.asleep
    }

    pub(crate) const fn set_asleep(&mut self, asleep: bool) {
        self.asleep = asleep;
    }

    pub(crate) const fn set_deaf(&mut self, deaf: bool) {
        self.deaf = deaf;
    }

    pub(crate) const fn set_driver(&mut self, driver: Driver) {
        self.driver = driver;
    }

    /// When it wants to be told the time; never while it sleeps.
    pub(crate) fn timeout(&self) -> Option<Instant> {
        if self.asleep {
            return None;
        }
        self.machine.poll_timeout()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.machine.handle_timeout(now);
        let next = self.machine.poll_timeout();
        assert!(
            next.is_none_or(|next| next > now),
            "a driver would spin: told that it is {now:?}, the machine waits for {next:?}"
        );
    }

    fn end(&mut self, id: RequestId) {
        if self.ended.len() >= PESTERED {
            self.ended.pop_front();
        }
        self.ended.push_back(id);
    }
}

impl<M: HttpMachine> Slot<M> {
    pub(crate) fn handle_response(
        &mut self,
        id: RequestId,
        response: Response<Bytes>,
        now: Instant,
    ) {
        self.end(id);
        self.machine.handle_response(id, response, now);
    }

    pub(crate) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        self.end(id);
        self.machine.handle_failure(id, failure, now);
    }

    /// The next request.
    pub(crate) fn transmit(&mut self, now: Instant) -> Option<Transmit> {
        let transmit = self.machine.poll_transmit(now)?;
        let new = self.used.insert(transmit.id);
        assert!(new, "the id {:?} was given before", transmit.id);
        Some(transmit)
    }

    /// The next request that is wanted no more.
    pub(crate) fn cancel(&mut self) -> Option<RequestId> {
        let id = self.machine.poll_cancel()?;
        assert!(self.used.contains(&id), "{id:?} was never asked for");
        self.end(id);
        Some(id)
    }

    /// Takes everything that the machine wants and tells. A request that is cancelled in the same drain sends
    /// nothing, so it is in neither list.
    pub(crate) fn drain(&mut self, now: Instant) -> Wanted<M::Event> {
        let mut wanted = Wanted {
            requests: Vec::new(),
            cancels: Vec::new(),
            events: Vec::new(),
        };
        if self.asleep {
            return wanted;
        }
        if self.driver == Driver::Pestering {
            self.pester(now);
        }
        loop {
            let moved = match self.driver {
                Driver::Usual | Driver::Pestering => {
                    self.take_request(&mut wanted, now)
                        || self.take_cancel(&mut wanted)
                        || self.take_event(&mut wanted)
                }
                Driver::Backwards => {
                    self.take_event(&mut wanted)
                        || self.take_cancel(&mut wanted)
                        || self.take_request(&mut wanted, now)
                }
            };
            if !moved {
                self.rest(now);
                let moved = self.take_request(&mut wanted, now)
                    || self.take_cancel(&mut wanted)
                    || self.take_event(&mut wanted);
                assert!(
                    !moved,
                    "at rest at {now:?}, the machine had something left to say"
                );
                return wanted;
            }
        }
    }

    /// Nothing is left to be taken. One call more of `handle_timeout` must change nothing then: a deadline that it would set waits
    /// for an input that may never come.
    fn rest(&mut self, now: Instant) {
        let before = self.machine.poll_timeout();
        if before.is_some_and(|due| due <= now) {
            return;
        }
        self.machine.handle_timeout(now);
        let after = self.machine.poll_timeout();
        assert_eq!(
            after, before,
            "at rest at {now:?}, the machine waits for another moment once it was told the time"
        );
    }

    fn take_request(&mut self, wanted: &mut Wanted<M::Event>, now: Instant) -> bool {
        let transmit = self.transmit(now);
        let moved = transmit.is_some();
        wanted.requests.extend(transmit);
        moved
    }

    fn take_cancel(&mut self, wanted: &mut Wanted<M::Event>) -> bool {
        let Some(id) = self.cancel() else {
            return false;
        };
        let before = wanted.requests.len();
        wanted.requests.retain(|transmit| transmit.id != id);
        if wanted.requests.len() == before {
            wanted.cancels.push(id);
        }
        true
    }

    fn take_event(&mut self, wanted: &mut Wanted<M::Event>) -> bool {
        if self.deaf {
            return false;
        }
        let event = self.machine.poll_event();
        let moved = event.is_some();
        wanted.events.extend(event);
        moved
    }

    /// Does what must not change anything.
    fn pester(&mut self, now: Instant) {
        self.machine.handle_timeout(now);
        self.machine.handle_timeout(now);
        for id in &self.ended {
            let late = Response::new(Bytes::from_static(b"too late"));
            self.machine.handle_response(*id, late, now);
            self.machine.handle_failure(*id, Failure::Unknown, now);
        }
        let nobody = RequestId::new(u64::MAX);
        self.machine.handle_failure(nobody, Failure::NotSent, now);
    }
}
