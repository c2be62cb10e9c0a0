//! The task that runs one machine, and the two handles on it: [`Driver`] hears, [`Caller`] speaks.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use machine_contract::{HttpMachine, Instant, Machine};
use machine_driver::{Clock, SystemClock};
use reqwest::Client;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep_until};

use crate::Limits;
use crate::exchange::{InFlight, exchange};

/// A machine at work: a tokio task sends its requests, tells it what became of them, and buffers
/// its events.
///
/// The driver is the hearing end: [`next_event`](Self::next_event), or the [`Stream`]. To speak from
/// other tasks as well, take a [`Caller`].
///
/// Dropping the driver ends the task and drops every request in flight. The machine does not get
/// to say goodbye: call its closing verb first and wait for its last event.
pub struct Driver<M: Machine> {
    caller: Caller<M>,
    events: mpsc::Receiver<M::Event>,
    task: JoinHandle<M>,
}

impl<M> Driver<M>
where
    M: HttpMachine<Event: Send> + Send + 'static,
{
    /// Starts a task that runs this machine with this client.
    ///
    /// Make the client with [`HttpOptions`](crate::HttpOptions). One made by hand must follow no
    /// redirect, keep no cookies and resend nothing: the machine decides about these.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime whose timers are enabled.
    pub fn spawn(machine: M, client: Client, limits: Limits) -> Self {
        let (calls, call_queue) = mpsc::channel(CALLS);
        let (event_buffer, events) = mpsc::channel(limits.events.get());
        let task = Task {
            machine,
            client,
            body_limit: limits.body,
            calls: call_queue,
            events: event_buffer,
            in_flight: InFlight::default(),
        };
        Self {
            caller: Caller { calls },
            events,
            task: tokio::spawn(task.run()),
        }
    }

    /// The next event; `None` once the task has ended and all that it left was taken.
    ///
    /// A machine that has said its last word still runs, and this waits: each machine's events say
    /// which is the last. Cancellation-safe: a dropped future takes no event with it.
    pub async fn next_event(&mut self) -> Option<M::Event> {
        self.events.recv().await
    }

    /// Runs a verb on the machine; see [`Caller::call`].
    pub async fn call<R, F>(&self, verb: F) -> Result<R, Ended>
    where
        F: FnOnce(&mut M, Instant) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.caller.call(verb).await
    }

    /// A handle that other tasks can keep.
    pub fn caller(&self) -> Caller<M> {
        self.caller.clone()
    }

    /// Ends the task at once, drops the requests in flight and the events not taken, and gives the
    /// machine back.
    ///
    /// # Errors
    ///
    /// [`Ended`] if the machine, or a verb that ran on it, panicked.
    pub async fn shutdown(self) -> Result<M, Ended> {
        drop(self.events);
        self.task.await.map_err(|_| Ended)
    }
}

impl<M: Machine> Stream for Driver<M> {
    type Item = M::Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<M::Event>> {
        self.events.poll_recv(cx)
    }
}

// Nothing in a driver is pinned: its events are moved, its task is a handle.
impl<M: Machine> Unpin for Driver<M> {}

impl<M: Machine> fmt::Debug for Driver<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("ended", &self.task.is_finished())
            .field("events_waiting", &self.events.len())
            .finish_non_exhaustive()
    }
}

/// Speaks to a machine at work. Clones speak to the same one; keeping one alive keeps nothing
/// running.
pub struct Caller<M> {
    calls: mpsc::Sender<Call<M>>,
}

impl<M: 'static> Caller<M> {
    /// Runs a verb on the machine, inside its task, and gives back what it returned.
    ///
    /// The verb must not block: the machine stands still meanwhile. Verbs of one caller run in the
    /// order in which these futures were first polled.
    ///
    /// When the future is dropped, the verb has run whole or never runs.
    ///
    /// # Errors
    ///
    /// [`Ended`] if the task ended before the verb returned.
    pub async fn call<R, F>(&self, verb: F) -> Result<R, Ended>
    where
        F: FnOnce(&mut M, Instant) -> R + Send + 'static,
        R: Send + 'static,
    {
        let (returned, result) = oneshot::channel();
        let call: Call<M> = Box::new(move |machine, now| {
            if !returned.is_closed() {
                // Fails only if the future was dropped meanwhile.
                let _ = returned.send(verb(machine, now));
            }
        });
        self.calls.send(call).await.map_err(|_| Ended)?;
        result.await.map_err(|_| Ended)
    }
}

impl<M> Clone for Caller<M> {
    fn clone(&self) -> Self {
        Self {
            calls: self.calls.clone(),
        }
    }
}

impl<M> fmt::Debug for Caller<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("ended", &self.calls.is_closed())
            .finish_non_exhaustive()
    }
}

/// The machine's task has ended: its driver is gone, or something panicked in it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the machine's task has ended")]
pub struct Ended;

type Call<M> = Box<dyn FnOnce(&mut M, Instant) + Send>;

/// What runs inside the task.
struct Task<M: HttpMachine> {
    machine: M,
    client: Client,
    body_limit: usize,
    calls: mpsc::Receiver<Call<M>>,
    events: mpsc::Sender<M::Event>,
    in_flight: InFlight,
}

impl<M: HttpMachine> Task<M> {
    /// The run loop of [`Machine`], until nobody listens any more.
    async fn run(mut self) -> M {
        let mut alarm = Alarm::new();
        loop {
            let buffer_full = self.drain();
            let due = self.machine.poll_timeout();
            tokio::select! {
                () = self.events.closed() => return self.machine,
                Some(call) = self.calls.recv() => call(&mut self.machine, now()),
                (id, outcome) = self.in_flight.next() => match outcome {
                    Ok(response) => self.machine.handle_response(id, response, now()),
                    Err(failure) => self.machine.handle_failure(id, failure, now()),
                },
                () = alarm.ring(due) => self.machine.handle_timeout(now()),
                // The permit is given back at once: the next `drain` takes it again.
                _ = self.events.reserve(), if buffer_full => {}
            }
        }
    }

    /// Carries out what the machine wants. True if it may have events that the buffer has no room
    /// for: they stay in the machine, which bounds them.
    fn drain(&mut self) -> bool {
        while let Some(transmit) = self.machine.poll_transmit(now()) {
            self.in_flight.start(
                transmit.id,
                exchange(
                    self.client.clone(),
                    transmit.request,
                    transmit.deadline,
                    self.body_limit,
                ),
            );
        }
        while let Some(id) = self.machine.poll_cancel() {
            self.in_flight.cancel(id);
        }
        loop {
            match self.events.try_reserve() {
                Ok(room) => match self.machine.poll_event() {
                    Some(event) => room.send(event),
                    None => return false,
                },
                // A closed buffer is not full: `run` sees that it is closed.
                Err(refused) => return matches!(refused, mpsc::error::TrySendError::Full(())),
            }
        }
    }
}

/// One timer for the whole task, moved only when the machine wants another instant.
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    set_to: Option<Instant>,
}

impl Alarm {
    fn new() -> Self {
        Self {
            sleep: Box::pin(sleep_until(tokio::time::Instant::now())),
            set_to: None,
        }
    }

    /// Waits for that instant, for ever if there is none. Cancellation-safe.
    async fn ring(&mut self, due: Option<Instant>) {
        let Some(due) = due else {
            return std::future::pending().await;
        };
        if self.set_to != Some(due) {
            self.sleep.as_mut().reset(on_tokio(due));
            self.set_to = Some(due);
        }
        self.sleep.as_mut().await;
    }
}

/// The machine's clock: tokio's, so that a runtime whose clock is paused stays true to it.
pub(crate) fn now() -> Instant {
    SystemClock.now()
}

pub(crate) fn on_tokio(at: Instant) -> tokio::time::Instant {
    tokio::time::Instant::now() + at.saturating_duration_since(now())
}

/// How many verbs may wait for the task before `call` itself waits. More would only move the queue
/// from the callers into here.
const CALLS: usize = 32;
