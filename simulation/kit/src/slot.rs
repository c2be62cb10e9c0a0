//! `Slot`: one machine, and whether it keeps what a machine promises.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};

/// A machine that is driven, and watched.
#[derive(Debug)]
pub(crate) struct Slot<M> {
    machine: M,
    /// Every id that it has given.
    used: BTreeSet<RequestId>,
    asleep: bool,
}

/// What a machine wants of the network, of one drain.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) requests: Vec<Transmit>,
    pub(crate) cancels: Vec<RequestId>,
}

impl<M: Machine> Slot<M> {
    pub(crate) const fn new(machine: M) -> Self {
        Self {
            machine,
            used: BTreeSet::new(),
            asleep: false,
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
}

impl<M: HttpMachine> Slot<M> {
    pub(crate) fn handle_response(
        &mut self,
        id: RequestId,
        response: Response<Bytes>,
        now: Instant,
    ) {
        self.machine.handle_response(id, response, now);
    }

    pub(crate) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
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
        Some(id)
    }

    /// Takes everything that the machine wants. A request that is cancelled in the same drain sends
    /// nothing, so it is in neither list.
    pub(crate) fn drain(&mut self, now: Instant) -> Wanted {
        let mut wanted = Wanted::default();
        if self.asleep {
            return wanted;
        }
        loop {
            if let Some(transmit) = self.transmit(now) {
                wanted.requests.push(transmit);
            } else if let Some(id) = self.cancel() {
                let before = wanted.requests.len();
                wanted.requests.retain(|transmit| transmit.id != id);
                if wanted.requests.len() == before {
                    wanted.cancels.push(id);
                }
            } else {
                return wanted;
            }
        }
    }
}
