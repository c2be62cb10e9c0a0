//! The machines of this workspace without an async runtime: ureq, a channel, and a thread for every
//! request in flight.
//!
//! [`Driver`] is all that it takes. It keeps the contract of [`Machine`] in one blocking loop,
//! [`Driver::next_event`]; outcomes and [`Call`]s from other threads wake it through the channel. A
//! request that was cancelled or is past its deadline is forgotten by its id: its thread lives on until
//! ureq gives up by itself, and what it brings is thrown away.

mod before;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use machine_contract::{Failure, HttpMachine, Instant, Machine, RequestId, Transmit};
use machine_driver::{Clock, SystemClock};
use ureq::{Agent, Error};

/// Runs one machine in the thread that asks for its events.
pub struct Driver<M> {
    machine: M,
    agent: Agent,
    /// When to give up each request; what is not in here is not in flight.
    deadlines: BTreeMap<RequestId, Instant>,
    inbox: Receiver<Input<M>>,
    callers: SyncSender<Input<M>>,
}

enum Input<M> {
    Outcome(RequestId, Outcome),
    Call(Call<M>),
}

type Outcome = Result<Response<Bytes>, Failure>;

/// A verb to run on the machine.
pub type Call<M> = Box<dyn FnOnce(&mut M, Instant) + Send>;

impl<M: HttpMachine + 'static> Driver<M> {
    /// Runs this machine with an agent from [`agent`].
    pub fn new(machine: M, agent: Agent) -> Self {
        let (callers, inbox) = sync_channel(WAITING);
        let deadlines = BTreeMap::new();
        Self {
            machine,
            agent,
            deadlines,
            inbox,
            callers,
        }
    }

    /// Blocks until the machine has something to say, or until that instant.
    pub fn next_event(&mut self, until: Instant) -> Option<M::Event> {
        loop {
            self.pass_time(SystemClock.now());
            while let Some(transmit) = self.machine.poll_transmit(SystemClock.now()) {
                self.start(transmit);
            }
            while let Some(id) = self.machine.poll_cancel() {
                self.deadlines.remove(&id);
            }
            if let Some(event) = self.machine.poll_event() {
                return Some(event);
            }
            let now = SystemClock.now();
            if until <= now {
                return None;
            }
            let deadline = self.deadlines.values().min().copied();
            let due = [deadline, self.machine.poll_timeout()]
                .into_iter()
                .flatten();
            let wait = due.fold(until, Instant::min).saturating_duration_since(now);
            match self.inbox.recv_timeout(wait) {
                Ok(Input::Outcome(id, outcome)) => self.end(id, outcome),
                Ok(Input::Call(call)) => call(&mut self.machine, SystemClock.now()),
                Err(_) => {} // Time has passed.
            }
        }
    }

    /// The machine itself, for the thread that runs it.
    pub fn machine(&mut self) -> &mut M {
        &mut self.machine
    }

    /// Speaks to the machine from another thread; what it says runs inside of
    /// [`next_event`](Self::next_event), and it waits while too much was said already. After the
    /// driver's end it does nothing.
    pub fn caller(&self) -> impl Fn(Call<M>) + Send + use<M> {
        let callers = self.callers.clone();
        move |call| drop(callers.send(Input::Call(call)))
    }

    fn pass_time(&mut self, now: Instant) {
        let late: Vec<_> = (self.deadlines.iter())
            .filter(|(_, deadline)| **deadline <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            self.end(id, Err(Failure::Unknown));
        }
        self.machine.handle_timeout(now);
    }

    fn start(&mut self, transmit: Transmit) {
        let Transmit {
            id,
            request,
            deadline,
            host_cookies: _,
        } = transmit;
        self.deadlines.insert(id, deadline);
        let (agent, inbox) = (self.agent.clone(), self.callers.clone());
        let exchange = move || {
            // Fails when the driver is gone: then nobody wants to know.
            let _ = inbox.send(Input::Outcome(id, exchange(&agent, request, deadline)));
        };
        if thread::Builder::new().spawn(exchange).is_err() {
            self.end(id, Err(Failure::NotSent));
        }
    }

    /// Tells the machine how a request ended, unless it was cancelled or given up before.
    fn end(&mut self, id: RequestId, outcome: Outcome) {
        if self.deadlines.remove(&id).is_none() {
            return;
        }
        match outcome {
            Ok(response) => self
                .machine
                .handle_response(id, response, SystemClock.now()),
            Err(failure) => self.machine.handle_failure(id, failure, SystemClock.now()),
        }
    }
}

/// One request, in its own thread.
fn exchange(agent: &Agent, request: Request<Bytes>, deadline: Instant) -> Outcome {
    let patience = deadline.saturating_duration_since(SystemClock.now());
    if patience.is_zero() {
        return Err(Failure::NotSent);
    }
    let (head, body) = request.into_parts();
    let request = agent
        .configure_request(Request::from_parts(head, &body[..]))
        .timeout_global(Some(patience))
        .build();
    let (head, mut body) = agent.run(request).map_err(|e| failure(&e))?.into_parts();
    let body = body.with_config().limit(BODY_LIMIT).read_to_vec();
    Ok(Response::from_parts(
        head,
        body.map_err(|_| Failure::Unknown)?.into(),
    ))
}

/// `NotSent` only where it is certain.
fn failure(error: &Error) -> Failure {
    match error {
        Error::HostNotFound | Error::ConnectionFailed | Error::BadUri(_) | Error::Http(_) => {
            Failure::NotSent
        }
        _ => Failure::Unknown,
    }
}

/// An agent that leaves every decision to the machine: any status is a response, no redirect is
/// followed. Plain http only; ureq's `rustls` feature would add https.
pub fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(Duration::from_secs(10)));
    before::agent(config.build())
}

/// So many outcomes and calls may wait in the channel before their threads do.
const WAITING: usize = 64;

/// The longest body that is read; a longer one counts as a response that did not arrive.
const BODY_LIMIT: u64 = 8 << 20;

impl<M> fmt::Debug for Driver<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_flight: Vec<_> = self.deadlines.keys().collect();
        f.debug_struct("Driver")
            .field("in_flight", &in_flight)
            .finish_non_exhaustive()
    }
}
