//! The two handles on a machine at work, and the task behind them.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use machine_contract::{HttpMachine, Instant, StreamMachine};

use super::network::Network;
use super::pump::{Pump, Stream};
use super::wake::Bell;
use crate::{Ended, SharedClock};

/// Puts a machine to work on a network: the [`Driver`] hears and speaks, and whoever has an executor spawns
/// the [`Task`].
///
/// The task keeps requests, deadlines and alarms going while nobody waits in
/// [`next_event`](Driver::next_event). Its end is the end of the work, unless it was
/// [left out](Task::leave_out).
pub fn start<M, N>(machine: M, network: N, clock: SharedClock) -> (Driver<M, N>, Task<M, N>)
where
    M: HttpMachine + StreamMachine,
    N: Network,
{
    let bell = Arc::default();
    let pump = Pump::new(machine, network, clock, Arc::clone(&bell));
    let shared = Arc::new(Shared {
        pump: Mutex::new(Some(pump)),
        bell,
    });
    let task = Task {
        shared: Arc::clone(&shared),
        left_out: false,
    };
    (Driver(Caller(shared)), task)
}

/// A machine at work, in the hand of the one who hears what it says.
///
/// The events stay in the machine until they are taken; a machine whose events nobody takes stops asking
/// for more. Dropping the driver drops every request and stream in flight. The machine does not get to say
/// goodbye: call its closing verb first and wait for its last event.
pub struct Driver<M, N: Network>(Caller<M, N>);

impl<M: HttpMachine + StreamMachine, N: Network> Driver<M, N> {
    /// The next event; `None` once the machine has stopped working, after a panic.
    ///
    /// A machine that has said its last word still works, and this waits: each machine's events say which
    /// is the last. Cancellation-safe: a dropped future takes no event with it.
    pub async fn next_event(&mut self) -> Option<M::Event> {
        std::future::poll_fn(|cx| self.poll_next_event(cx)).await
    }

    /// The same for who polls by hand.
    pub fn poll_next_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<M::Event>> {
        let Shared { bell, .. } = &*self.0.0;
        // Before looking, so that nothing is missed in between.
        bell.set_waiter(cx.waker());
        let polled = match self.0.0.pump() {
            None => Poll::Ready(None),
            Some(mut guard) => match guard.pump.as_mut() {
                None => Poll::Ready(None),
                Some(pump) => match pump.next_event() {
                    Some(event) => Poll::Ready(Some(event)),
                    None => Poll::Pending,
                },
            },
        };
        if polled.is_ready() {
            bell.clear_waiter();
        }
        polled
    }

    /// Runs a verb on the machine; see [`Caller::call`].
    pub fn call<R>(&self, verb: impl FnOnce(&mut M, Instant) -> R) -> Result<R, Ended> {
        self.0.call(verb)
    }

    /// A handle that others can keep.
    pub fn caller(&self) -> Caller<M, N> {
        self.0.clone()
    }

    /// Hands the machine a stream that a peer has made to an address of this host. False: the machine did
    /// not want it, and it was dropped.
    ///
    /// # Errors
    /// [`Ended`] if the machine has stopped working; the stream is dropped.
    pub fn accept(
        &self,
        stream: Stream<N>,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> Result<bool, Ended> {
        let mut guard = self.0.0.pump().ok_or(Ended)?;
        let pump = guard.pump.as_mut().ok_or(Ended)?;
        let accepted = pump.accept(stream, peer, local);
        drop(guard);
        self.0.0.bell.ring_waiter();
        Ok(accepted)
    }

    /// Ends the work at once, drops what is in flight, and gives the machine back, its events still in it.
    ///
    /// # Errors
    /// [`Ended`] if the machine, or a verb that ran on it, panicked.
    pub fn shutdown(self) -> Result<M, Ended> {
        let pump = self.0.0.pump().and_then(|mut guard| guard.pump.take());
        pump.map(Pump::into_machine).ok_or(Ended)
    }
}

#[cfg(feature = "stream")]
impl<M: HttpMachine + StreamMachine, N: Network> futures_core::Stream for Driver<M, N> {
    type Item = M::Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M::Event>> {
        self.poll_next_event(cx)
    }
}

// Nothing in a driver is pinned: its machine is moved, its futures are pinned by themselves.
impl<M, N: Network> Unpin for Driver<M, N> {}

impl<M, N: Network> Drop for Driver<M, N> {
    fn drop(&mut self) {
        self.0.0.end();
    }
}

impl<M, N: Network> fmt::Debug for Driver<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

/// Speaks to a machine at work. Clones speak to the same one; keeping one alive keeps nothing working.
pub struct Caller<M, N: Network>(Arc<Shared<M, N>>);

impl<M, N: Network> Caller<M, N> {
    /// Runs a verb on the machine, at once and in this thread, and gives back what it returned. What
    /// follows from it is begun before this returns: no other thread has to wake up for it.
    ///
    /// The verb must not block: the machine stands still meanwhile. If it panics, the machine is not used
    /// again.
    ///
    /// # Errors
    /// [`Ended`] if the machine has stopped working: its driver is gone, or something panicked in it.
    pub fn call<R>(&self, verb: impl FnOnce(&mut M, Instant) -> R) -> Result<R, Ended>
    where
        M: HttpMachine + StreamMachine,
    {
        let returned = {
            let mut guard = self.0.pump().ok_or(Ended)?;
            let pump = guard.pump.as_mut().ok_or(Ended)?;
            pump.call(verb)
        };
        self.0.bell.ring_waiter();
        Ok(returned)
    }
}

impl<M, N: Network> Clone for Caller<M, N> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M, N: Network> fmt::Debug for Caller<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}

/// Keeps a machine working; ends with its driver.
#[must_use = "futures do nothing unless they are polled"]
pub struct Task<M, N: Network> {
    shared: Arc<Shared<M, N>>,
    left_out: bool,
}

impl<M, N: Network> Task<M, N> {
    /// Does without the task: for an application that always waits in [`Driver::next_event`], and so does
    /// all of its work.
    pub fn leave_out(mut self) {
        self.left_out = true;
        self.shared.bell.clear_task();
    }
}

impl<M: HttpMachine + StreamMachine, N: Network> Future for Task<M, N> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.bell.set_task(cx.waker());
        let Some(mut guard) = self.shared.pump() else {
            return Poll::Ready(());
        };
        let Some(pump) = guard.pump.as_mut() else {
            return Poll::Ready(());
        };
        let told = pump.drive();
        // First: whoever is woken is about to want it.
        drop(guard);
        if told {
            self.shared.bell.ring_waiter();
        }
        Poll::Pending
    }
}

impl<M, N: Network> Unpin for Task<M, N> {}

impl<M, N: Network> Drop for Task<M, N> {
    fn drop(&mut self) {
        // An executor that goes down takes the machine with it: its timers and sockets go down as well.
        if !self.left_out {
            self.shared.end();
        }
    }
}

impl<M, N: Network> fmt::Debug for Task<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

struct Shared<M, N: Network> {
    /// `None` once it has ended.
    pump: Mutex<Option<Pump<M, N>>>,
    bell: Arc<Bell>,
}

impl<M, N: Network> Shared<M, N> {
    /// `None` if something panicked while it was held: the machine may be in the middle of anything.
    fn pump(&self) -> Option<Guard<'_, M, N>> {
        let pump = self.pump.lock().ok()?;
        let bell = &*self.bell;
        Some(Guard { pump, bell })
    }

    fn end(&self) {
        let mut pump = self.pump.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = pump.take();
        // Sockets and futures may take their time, and their wakers may come back here.
        drop(pump);
        drop(ended);
        self.bell.ring_all();
    }
}

/// The pump, held. If something panics meanwhile, everybody is woken to find that it has ended.
struct Guard<'a, M, N: Network> {
    pump: MutexGuard<'a, Option<Pump<M, N>>>,
    bell: &'a Bell,
}

impl<M, N: Network> Drop for Guard<'_, M, N> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.bell.ring_all();
        }
    }
}
