//! `Core`: the server machine with those who keep, check and send for it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId, HttpConnection};
use http::{Request, Response};
use machine_contract::{Instant, StreamId};
use machine_driver::LONGEST_WAIT;
use msnp_server::faces::Announcement;
use msnp_server::{
    AccessCheck, Account, Caller, CheckId, Effect, Entropy, Now, PasswordCheck, Server, Verdict,
};
use tokio::sync::oneshot;

use super::lines::{Line, Lines, Ordered};
use super::log::{log, log_signed_out};
use super::people::People;
use super::tally::{Snapshot, Tally};
use crate::keeper::{AccountQuestion, Keeper, Kept, Newcomer};
use crate::relay::{Relay, Told};

/// How long the stop waits for the last replies to be written.
const FAREWELL: Duration = Duration::from_secs(2);

/// The same, where IM accounts are signed out elsewhere first; a client gives its own good-bye 5 s.
const LONG_FAREWELL: Duration = Duration::from_secs(6);

/// What happens beside requests.
pub(crate) enum Input {
    Sent(ExchangeId),
    Lost(ExchangeId),
    /// The client of an exchange that has no reply yet sends nothing more.
    HalfClosed(ExchangeId),
    ConnectionEnded(HttpConnection, ConnectionEnd),
    /// A stream has taken all that it was given.
    StreamTaken(StreamId),
    /// The peer of a stream says nothing more.
    StreamFinished(StreamId),
    StreamClosed(StreamId, ConnectionEnd),
    Kept(Kept),
    PasswordChecked(CheckId, Verdict),
    /// What became of a request or a stream of the server's own.
    Relayed(Told),
    Ask(AccountQuestion),
    Add(Newcomer),
}

/// Checks passwords, slowly, and tells the engine what it has found.
pub(crate) trait Checker: Send {
    fn check(&self, check: PasswordCheck);

    /// The same of an access token.
    fn check_access(&self, check: AccessCheck);
}

/// Who waits for the reply to a request.
type Waiting = oneshot::Sender<Response<Bytes>>;

pub(super) struct Core {
    server: Server,
    keeper: Keeper,
    checker: Box<dyn Checker>,
    /// Makes the server's own requests and streams, if it makes any.
    relay: Option<Relay>,
    /// HTTP requests that have no reply yet.
    waiting: BTreeMap<ExchangeId, Waiting>,
    /// Streams, and what their tasks are to do.
    lines: Lines,
    /// Replies that are to be handed out.
    replies: Vec<(Waiting, Response<Bytes>)>,
    people: People,
    tally: Tally,
    /// Since when the store has the batch that is under way, if one is.
    committing: Option<Instant>,
    /// When the thread that keeps the time looks next.
    alarm: Option<Instant>,
    /// It is stopping, and waits for the last replies no longer than until then.
    stop_by: Option<Instant>,
}

impl Core {
    pub(super) fn new(
        server: Server,
        keeper: Keeper,
        checker: Box<dyn Checker>,
        relay: Option<Relay>,
    ) -> Self {
        Self {
            server,
            keeper,
            checker,
            relay,
            waiting: BTreeMap::new(),
            lines: Lines::default(),
            replies: Vec::new(),
            people: People::default(),
            tally: Tally::default(),
            committing: None,
            alarm: None,
            stop_by: None,
        }
    }

    /// Whether a request comes by the session of somebody who is known.
    pub(super) fn is_somebodys(&self, request: &Request<Bytes>) -> bool {
        self.server.is_somebodys(request)
    }

    /// Whether it is not known who speaks by a stream.
    pub(super) fn is_strangers(&mut self, id: StreamId) -> bool {
        self.server.is_strangers(id)
    }

    pub(super) fn take_request(
        &mut self,
        exchange: ExchangeId,
        request: Request<Bytes>,
        caller: Caller,
        entropy: &Entropy,
        reply: Waiting,
        now: Now,
    ) {
        self.waiting.insert(exchange, reply);
        self.server
            .handle_request(exchange, request, caller, entropy, now);
    }

    /// A peer has made a stream, if there is room for one more.
    pub(super) fn accept(&mut self, caller: Caller, now: Now) -> Option<(StreamId, Line)> {
        let id = self.server.handle_accepted(caller, now)?;
        Some((id, self.lines.open(id)))
    }

    /// A stream has said something. Whether it is read on.
    pub(super) fn receive(&mut self, id: StreamId, bytes: Bytes, now: Now) -> bool {
        let reads = self.server.handle_received(id, bytes, now);
        self.lines.set_deaf(id, !reads);
        reads
    }

    pub(super) fn take(&mut self, input: Input, now: Now) {
        match input {
            Input::Sent(exchange) => self.server.handle_reply_sent(exchange, now),
            Input::Lost(exchange) => {
                self.waiting.remove(&exchange);
                self.server.handle_reply_lost(exchange, now);
            }
            Input::HalfClosed(exchange) => self.server.handle_half_closed(exchange, now),
            Input::ConnectionEnded(connection, end) => {
                self.server.handle_connection_ended(connection, end, now);
            }
            Input::StreamTaken(id) => self.server.handle_taken(id, now),
            Input::StreamFinished(id) => self.server.handle_finished(id, now),
            Input::StreamClosed(id, end) => {
                self.lines.close(id);
                self.server.handle_closed(id, end, now);
            }
            Input::Kept(kept) => self.take_kept(kept, now),
            Input::PasswordChecked(check, verdict) => {
                self.tally.check_ended();
                self.server.handle_password_checked(check, verdict, now);
            }
            Input::Relayed(Told::Answered(id, outcome)) => match *outcome {
                Ok(response) => self.server.handle_response(id, response, now),
                Err(failure) => self.server.handle_failure(id, failure, now),
            },
            Input::Relayed(Told::Stream(id, news)) => {
                self.server.handle_upstream_stream(id, news, now);
            }
            Input::Ask(question) => self.keeper.ask(question),
            Input::Add(new) => self.keeper.add(new),
        }
    }

    /// Has something said to everybody else who is signed in, in the name of that account: to how many people.
    pub(super) fn announce(&mut self, by: &Account, words: &Announcement, now: Now) -> usize {
        self.server
            .handle_announcement(&by.who, &by.name, words, now)
    }

    /// How it is.
    pub(super) fn snapshot(&mut self) -> Snapshot {
        Snapshot {
            counts: self.tally.counts(),
            is_degraded: self.keeper.is_degraded(),
            gateway_sessions: self.server.sessions(),
            gateway_bytes: self.server.queued_bytes_of_sessions(),
            streams: self.server.open_streams(),
            connections: self.server.connections(),
            soap_clients: self.server.upstream_clients(),
            people: self.people.count(),
            waiting_requests: self.waiting.len(),
            stream_bytes: self.server.queued_bytes(),
        }
    }

    /// Signs everybody out; how many that are.
    pub(super) fn begin_to_stop(&mut self, now: Now) -> usize {
        let people = self.people.count();
        self.server.handle_shutdown(now);
        let elsewhere = self.server.upstream_clients() > 0;
        let farewell = if elsewhere { LONG_FAREWELL } else { FAREWELL };
        self.stop_by = Some(now.monotonic + farewell);
        people
    }

    /// Whether it is stopping and has nothing left to wait for: everything was answered, everybody is signed out and what
    /// they had received is kept, or that has taken too long.
    pub(super) fn is_over(&self, now: Now) -> bool {
        let is_told = || self.waiting.is_empty() && self.lines.is_empty();
        let is_kept = self.committing.is_none();
        let is_done = || is_told() && is_kept && self.server.upstream_clients() == 0;
        self.stop_by
            .is_some_and(|at| at <= now.monotonic || is_done())
    }

    /// Waits until all is written.
    pub(super) fn close(self) {
        self.keeper.close();
    }

    /// Lets due time pass, does what the server wants done, and collects its replies.
    pub(super) fn drive(&mut self, now: Now) {
        let due = self.server.poll_timeout();
        if due.is_some_and(|at| at <= now.monotonic) {
            self.server.handle_timeout(now);
        }
        while let Some(effect) = self.server.poll_effect() {
            if let Some(kept) = self.carry_out(effect, now) {
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
            while let Some(order) = self.server.poll_upstream_stream() {
                relay.order(order);
            }
        }
        self.lines.take(&mut self.server);
        while let Some((exchange, reply)) = self.server.poll_reply() {
            if let Some(waiting) = self.waiting.remove(&exchange) {
                self.replies.push((waiting, reply));
            }
        }
    }

    /// Does one thing that the server wants. What the store has decided at once.
    fn carry_out(&mut self, effect: Effect, now: Now) -> Option<Kept> {
        match effect {
            Effect::Commit(batch) => {
                self.committing = Some(now.monotonic);
                return self.keeper.commit(batch);
            }
            Effect::Read(id, read) => return self.keeper.read(id, read),
            Effect::CheckPassword(check) => {
                self.tally.check_begun();
                self.checker.check(check);
            }
            Effect::CheckAccess(check) => {
                self.tally.check_begun();
                self.checker.check_access(check);
            }
            Effect::Log(line) => {
                self.tally.see(&line);
                log(&line);
                if let Some(who) = self.people.see(&line) {
                    self.tally.signed_out();
                    log_signed_out(&who);
                }
            }
        }
        None
    }

    /// The replies since this was asked last, each with who waits for it.
    pub(super) fn take_replies(&mut self) -> Vec<(Waiting, Response<Bytes>)> {
        std::mem::take(&mut self.replies)
    }

    /// What the tasks of streams are to do since this was asked last.
    pub(super) fn take_orders(&mut self) -> Vec<Ordered> {
        self.lines.take_orders()
    }

    /// Whether the thread that keeps the time has to look before it means to. It is told so once.
    pub(super) fn wants_to_wake_sooner(&mut self, now: Now) -> bool {
        let Some(alarm) = self.alarm else {
            // It is about to look anyway.
            return false;
        };
        let sooner = self.is_over(now) || self.deadline().is_some_and(|at| at < alarm);
        if sooner {
            self.alarm = None;
        }
        sooner
    }

    /// The thread that keeps the time looks again after so long. Deadlines that have moved away wake it in vain, once
    /// each; to tell it of them would wake it more often.
    pub(super) fn set_alarm(&mut self, now: Now) -> Duration {
        // Its timer stands still while the host is asleep, the clock does not.
        let latest = now.monotonic + LONGEST_WAIT;
        let alarm = self.deadline().map_or(latest, |at| at.min(latest));
        self.alarm = Some(alarm);
        alarm.saturating_duration_since(now.monotonic)
    }

    fn deadline(&self) -> Option<Instant> {
        let deadlines = [self.server.poll_timeout(), self.stop_by];
        deadlines.into_iter().flatten().min()
    }

    fn take_kept(&mut self, kept: Kept, now: Now) {
        match kept {
            Kept::Committed(batch, outcome) => {
                let since = self.committing.take().unwrap_or(now.monotonic);
                let kept = outcome.is_ok();
                self.tally.committed(since, now.monotonic, kept);
                self.server.handle_committed(batch, outcome, now);
            }
            Kept::Found(read, outcome) => self.server.handle_read(read, outcome, now),
        }
    }
}
