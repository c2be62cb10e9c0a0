//! The one thread that owns the server machine.
//!
//! The machine is pure and fast, so one thread serves all without locks; what waits (HTTP, the disk, password
//! hashing) waits elsewhere and talks to it by messages.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId, HttpConnection};
use http::{Request, Response};
use machine_contract::{Instant, RequestId};
use machine_driver::{Clock, LONGEST_WAIT, Outcome, SystemClock, wall_time};
use msnp_server::{
    Caller, CheckId, Effect, Entropy, Log, Now, PasswordCheck, Server, Verdict, imsoap,
};
use tokio::sync::oneshot;

use crate::keeper::{AccountQuestion, Keeper, Kept, Newcomer};
use crate::relay::Relay;

/// Inputs handled before the outputs are looked at again.
const BATCH: usize = 256;

/// How long the stop waits for the last replies to be written.
const FAREWELL: Duration = Duration::from_secs(2);

/// The same, where IM accounts are signed out elsewhere first; a client gives its own good-bye 5 s.
const LONG_FAREWELL: Duration = Duration::from_secs(6);

/// The handle to the thread; cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine {
    inbox: Sender<Input>,
    /// The next numbers of an exchange and of a connection.
    numbers: Arc<Numbers>,
}

#[derive(Default)]
struct Numbers {
    exchange: AtomicU64,
    connection: AtomicU64,
}

/// The engine has stopped.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

/// What happens.
pub(crate) enum Input {
    Request {
        exchange: ExchangeId,
        request: Box<Request<Bytes>>,
        caller: Caller,
        entropy: Box<Entropy>,
        reply: oneshot::Sender<Response<Bytes>>,
    },
    Sent(ExchangeId),
    Lost(ExchangeId),
    /// The client of an exchange that has no reply yet sends nothing more.
    HalfClosed(ExchangeId),
    ConnectionEnded(HttpConnection, ConnectionEnd),
    Kept(Kept),
    PasswordChecked(CheckId, Verdict),
    /// What became of a request of the server's own.
    Answered(RequestId, Box<Outcome>),
    Ask(AccountQuestion),
    Add(Newcomer),
    Stop,
}

/// Checks passwords, slowly, and tells the engine what it has found.
pub(crate) trait Checker: Send {
    fn check(&self, check: PasswordCheck);
}

/// An engine that is not running yet, so that others can have its handle.
pub(crate) struct Idle {
    engine: Engine,
    inputs: Receiver<Input>,
}

impl Idle {
    pub(crate) fn new() -> Self {
        let (inbox, inputs) = channel();
        let numbers = Arc::default();
        let engine = Engine { inbox, numbers };
        Self { engine, inputs }
    }

    pub(crate) const fn handle(&self) -> &Engine {
        &self.engine
    }

    /// Starts the thread.
    pub(crate) fn start(
        self,
        server: Server,
        keeper: Keeper,
        checker: impl Checker + 'static,
        relay: Option<Relay>,
    ) -> std::io::Result<(Engine, JoinHandle<()>)> {
        let core = Core {
            server,
            keeper,
            checker: Box::new(checker),
            relay,
            waiting: BTreeMap::new(),
        };
        let inputs = self.inputs;
        let thread = std::thread::Builder::new()
            .name("msnp-engine".to_owned())
            .spawn(move || core.run(&inputs))?;
        Ok((self.engine, thread))
    }
}

impl Engine {
    /// An id for one more HTTP request.
    pub(crate) fn next_exchange(&self) -> ExchangeId {
        ExchangeId::new(self.numbers.exchange.fetch_add(1, Ordering::Relaxed))
    }

    /// An id for one more HTTP connection.
    pub(crate) fn next_connection(&self) -> HttpConnection {
        HttpConnection(self.numbers.connection.fetch_add(1, Ordering::Relaxed))
    }

    /// The server's reply to one request; `None` if the engine has stopped.
    pub(crate) async fn request(
        &self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        caller: Caller,
        entropy: Entropy,
    ) -> Option<Response<Bytes>> {
        let (reply, replied) = oneshot::channel();
        let input = Input::Request {
            exchange,
            request: Box::new(request),
            caller,
            entropy: Box::new(entropy),
            reply,
        };
        self.inbox.send(input).ok()?;
        replied.await.ok()
    }

    /// Tells the engine something. A stopped one has nothing left to do with it.
    pub(crate) fn tell(&self, input: Input) {
        let _ = self.inbox.send(input);
    }

    /// Tells the engine something that it answers to whoever waits.
    pub(crate) async fn answer<T>(
        &self,
        input: impl FnOnce(oneshot::Sender<T>) -> Input,
    ) -> Result<T, Stopped> {
        let (reply, replied) = oneshot::channel();
        self.inbox.send(input(reply)).map_err(|_| Stopped)?;
        replied.await.map_err(|_| Stopped)
    }

    /// Signs everybody out and ends the thread.
    pub(crate) fn stop(&self) {
        self.tell(Input::Stop);
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

struct Core {
    server: Server,
    keeper: Keeper,
    checker: Box<dyn Checker>,
    /// Makes the server's own requests, if it makes any.
    relay: Option<Relay>,
    /// HTTP requests that have no reply yet.
    waiting: BTreeMap<ExchangeId, oneshot::Sender<Response<Bytes>>>,
}

impl Core {
    fn run(mut self, inputs: &Receiver<Input>) {
        let mut stop_by: Option<Instant> = None;
        loop {
            let deadlines = [self.server.poll_timeout(), stop_by];
            let first = match deadlines.into_iter().flatten().min() {
                // The timer stands still while the host is asleep, the clock does not.
                Some(deadline) => inputs.recv_timeout(
                    deadline
                        .saturating_duration_since(now().monotonic)
                        .min(LONGEST_WAIT),
                ),
                None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let mut input = match first {
                Ok(input) => Some(input),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let mut taken = 0;
            while let Some(next) = input {
                if matches!(next, Input::Stop) {
                    self.server.handle_shutdown(now());
                    let elsewhere = self.server.upstream_clients() > 0;
                    let farewell = if elsewhere { LONG_FAREWELL } else { FAREWELL };
                    stop_by = Some(now().monotonic + farewell);
                } else {
                    self.take(next);
                }
                taken += 1;
                input = if taken < BATCH {
                    inputs.try_recv().ok()
                } else {
                    None
                };
            }
            let now = now();
            if self
                .server
                .poll_timeout()
                .is_some_and(|at| at <= now.monotonic)
            {
                self.server.handle_timeout(now);
            }
            self.give_out(now);
            if let Some(stop_by) = stop_by
                && (self.is_done() || now.monotonic >= stop_by)
            {
                break;
            }
        }
        // What was still under way is written, though nobody is told of it any more.
        self.keeper.close();
    }

    fn take(&mut self, input: Input) {
        let now = now();
        match input {
            Input::Request {
                exchange,
                request,
                caller,
                entropy,
                reply,
            } => {
                self.waiting.insert(exchange, reply);
                self.server
                    .handle_request(exchange, *request, caller, &entropy, now);
            }
            Input::Sent(exchange) => self.server.handle_reply_sent(exchange, now),
            Input::Lost(exchange) => {
                self.waiting.remove(&exchange);
                self.server.handle_reply_lost(exchange, now);
            }
            Input::HalfClosed(exchange) => self.server.handle_half_closed(exchange, now),
            Input::ConnectionEnded(connection, end) => {
                self.server.handle_connection_ended(connection, end, now);
            }
            Input::Kept(kept) => self.take_kept(kept, now),
            Input::PasswordChecked(check, verdict) => {
                self.server.handle_password_checked(check, verdict, now);
            }
            Input::Answered(id, outcome) => match *outcome {
                Ok(response) => self.server.handle_response(id, response, now),
                Err(failure) => self.server.handle_failure(id, failure, now),
            },
            Input::Ask(question) => self.keeper.ask(question),
            Input::Add(new) => self.keeper.add(new),
            Input::Stop => {}
        }
    }

    /// Everything was answered, and everybody is signed out.
    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.server.upstream_clients() == 0
    }

    fn take_kept(&mut self, kept: Kept, now: Now) {
        match kept {
            Kept::Committed(batch, outcome) => self.server.handle_committed(batch, outcome, now),
            Kept::Found(read, outcome) => self.server.handle_read(read, outcome, now),
        }
    }

    /// Does what the server wants done, and hands out its replies.
    fn give_out(&mut self, now: Now) {
        while let Some(effect) = self.server.poll_effect() {
            let kept = match effect {
                Effect::Commit(batch) => self.keeper.commit(batch),
                Effect::Read(id, read) => self.keeper.read(id, read),
                Effect::CheckPassword(check) => {
                    self.checker.check(check);
                    None
                }
                Effect::Log(line) => {
                    log(&line);
                    None
                }
            };
            if let Some(kept) = kept {
                self.take_kept(kept, now);
            }
        }
        self.server.set_degraded(self.keeper.is_degraded());
        if let Some(relay) = &self.relay {
            while let Some(transmit) = self.server.poll_transmit() {
                relay.send(transmit);
            }
            while let Some(id) = self.server.poll_cancel() {
                relay.cancel(id);
            }
        }
        while let Some((exchange, reply)) = self.server.poll_reply() {
            if let Some(waiting) = self.waiting.remove(&exchange) {
                // If nobody waits any more, the exchange's guard has said or will say so.
                let _ = waiting.send(reply);
            }
        }
    }
}

fn log(line: &Log) {
    match line {
        Log::Opened {
            connection,
            signed_in,
        } => tracing::debug!(connection = connection.0, signed_in, "session opened"),
        Log::SignedIn { connection, who } => {
            tracing::info!(connection = connection.0, account = %who.skype_id(), "signed in");
        }
        Log::SignedInAtPage { who } => {
            tracing::info!(account = %who.skype_id(), "signed in at the page");
        }
        Log::ImSoap(line) => log_imsoap(line),
        Log::NotKeepingUp { connection } => {
            tracing::debug!(connection = connection.0, "a client does not keep up");
        }
        Log::Closed { connection, reason } => {
            tracing::debug!(connection = connection.0, ?reason, "session closed");
        }
        _ => {}
    }
}

fn log_imsoap(line: &imsoap::Log) {
    match line {
        imsoap::Log::LoggedIn { user, peer } => {
            tracing::info!(%user, %peer, "logged in at the IM web service");
        }
        imsoap::Log::Called {
            operation,
            error: None,
        } => tracing::debug!(%operation, "IM web service"),
        imsoap::Log::Called {
            operation,
            error: Some(denied),
        } => tracing::debug!(%operation, %denied, "IM web service"),
        imsoap::Log::Refused(refusal) => tracing::debug!(%refusal, "IM web service"),
        imsoap::Log::Unwritable { operation, error } => {
            tracing::error!(%operation, %error, "a reply cannot be written");
        }
        _ => {}
    }
}

/// The two clocks, by which everything in the process goes.
pub(crate) fn now() -> Now {
    Now {
        monotonic: SystemClock.now(),
        wall: wall_time(),
    }
}
