//! The runner over threads, for HTTP libraries that block: one thread for each request in flight.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::Duration;

use machine_contract::{Failure, HttpMachine, Instant, StreamMachine, Transmit};

use crate::clock::Clock;
use crate::{Ended, LONGEST_WAIT, Order, Outcome, Runner, SharedClock, SleepWatch};

/// An HTTP library that blocks.
pub trait Network {
    /// Makes one request and reads its response to the end, in a thread of its own.
    ///
    /// After `patience` nobody wants to know any more; a library that can give up by itself should do so
    /// then, so that its thread ends.
    fn exchange(&self, transmit: Transmit, patience: Duration) -> Outcome;
}

/// A machine at work in whichever thread waits for its events: that one passes time and starts requests.
///
/// A thread cannot be stopped, so a request that is cancelled or given up goes on until the library gives
/// up; what it brings is thrown away. There are no streams: those that the machine wants are refused.
pub struct Driver<M, N> {
    shared: Arc<Shared<M>>,
    network: Arc<N>,
    sleep_watch: SleepWatch,
}

struct Shared<M> {
    runner: Mutex<Runner<M>>,
    /// Something was told to the runner.
    told: Condvar,
    clock: SharedClock,
}

impl<M, N> Driver<M, N>
where
    M: HttpMachine + StreamMachine + Send + 'static,
    N: Network + Send + Sync + 'static,
{
    /// Runs this machine on this network.
    pub fn new(machine: M, network: N, clock: SharedClock) -> Self {
        let shared = Shared {
            runner: Mutex::new(Runner::http_only(machine)),
            told: Condvar::new(),
            clock,
        };
        Self {
            shared: Arc::new(shared),
            network: Arc::new(network),
            sleep_watch: SleepWatch::default(),
        }
    }

    /// Blocks until the machine has something to say, or until that moment of the clock.
    ///
    /// # Errors
    /// [`Ended`] if the machine, or a verb that ran on it, panicked.
    pub fn next_event(&mut self, until: Instant) -> Result<Option<M::Event>, Ended> {
        let Shared { told, clock, .. } = &*self.shared;
        let mut runner = self.shared.runner()?;
        loop {
            if self.sleep_watch.look(clock) {
                runner.handle_suspended(clock.now());
            }
            let event = runner.poll_event();
            self.carry_out(&mut runner);
            if event.is_some() {
                return Ok(event);
            }
            // What was refused at once may have been told at once.
            if let Some(event) = runner.poll_event() {
                self.carry_out(&mut runner);
                return Ok(Some(event));
            }
            let now = clock.now();
            if until <= now {
                return Ok(None);
            }
            let due = runner.poll_timeout().map_or(until, |due| due.min(until));
            let wait = due.saturating_duration_since(now).min(LONGEST_WAIT);
            (runner, _) = told.wait_timeout(runner, wait).map_err(|_| Ended)?;
        }
    }

    /// Runs a verb on the machine, at once; see [`Caller::call`].
    ///
    /// # Errors
    /// [`Ended`] if the machine, or a verb that ran on it, panicked.
    pub fn call<R>(&self, verb: impl FnOnce(&mut M, Instant) -> R) -> Result<R, Ended> {
        self.shared.tell(|runner, now| runner.call(verb, now))
    }

    /// A handle for other threads.
    pub fn caller(&self) -> Caller<M> {
        Caller(Arc::downgrade(&self.shared))
    }

    fn carry_out(&self, runner: &mut Runner<M>) {
        while let Some(order) = runner.poll_order(self.shared.clock.now()) {
            if let Order::Send(transmit) = order {
                self.start(transmit, runner);
            }
        }
    }

    fn start(&self, transmit: Transmit, runner: &mut Runner<M>) {
        let id = transmit.id;
        let now = self.shared.clock.now();
        let patience = transmit.deadline.saturating_duration_since(now);
        let (network, shared) = (Arc::clone(&self.network), Arc::downgrade(&self.shared));
        let exchange = move || {
            let outcome = network.exchange(transmit, patience);
            if let Some(shared) = shared.upgrade() {
                // After a panic nobody wants to know.
                let _ = shared.tell(|runner, now| runner.handle_outcome(id, outcome, now));
            }
        };
        if thread::Builder::new().spawn(exchange).is_err() {
            runner.handle_outcome(id, Err(Failure::NotSent), now);
        }
    }
}

impl<M> Shared<M> {
    fn runner(&self) -> Result<MutexGuard<'_, Runner<M>>, Ended> {
        self.runner.lock().map_err(|_| Ended)
    }

    fn tell<R>(&self, input: impl FnOnce(&mut Runner<M>, Instant) -> R) -> Result<R, Ended> {
        // After the lock is free again, and after a panic too.
        let _notify = Notify(&self.told);
        let mut runner = self.runner()?;
        Ok(input(&mut runner, self.clock.now()))
    }
}

/// Wakes whoever waits when it is dropped.
struct Notify<'a>(&'a Condvar);

impl Drop for Notify<'_> {
    fn drop(&mut self) {
        self.0.notify_all();
    }
}

impl<M, N> fmt::Debug for Driver<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

/// Speaks to a machine from any thread. Keeping one alive keeps nothing working.
pub struct Caller<M>(Weak<Shared<M>>);

impl<M: HttpMachine + StreamMachine> Caller<M> {
    /// Runs a verb on the machine, at once and in this thread, and gives back what it returned; what
    /// follows from it is carried out by the thread that waits for events.
    ///
    /// # Errors
    /// [`Ended`] if the driver is gone, or something panicked in the machine.
    pub fn call<R>(&self, verb: impl FnOnce(&mut M, Instant) -> R) -> Result<R, Ended> {
        let shared = self.0.upgrade().ok_or(Ended)?;
        shared.tell(|runner, now| runner.call(verb, now))
    }
}

impl<M> Clone for Caller<M> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<M> fmt::Debug for Caller<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}
