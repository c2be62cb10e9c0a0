//! The machine itself: what the application may ask for, what to call next, and what follows from a reply
//! and from none.

use std::fmt;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};
use soap_codec::bsim::{OperationName, Reply};

use super::account::Stage;
use super::call::Call;
use super::config::{Config, Settings};
use super::event::{Event, LoginImFailure, MessageId, NotSent, Reason, Refused};
use super::im_accounts::ImAccounts;
use super::problem::{self, Problem};
use super::request::request;
use super::service_session::{ServiceSession, is_usable};
use crate::request_slot::RequestSlot;

/// A client of the IM web service; the [module](super) tells how it behaves.
///
/// The service knows no way to sign out: what it was told to sign in stays so until its session ends
/// by silence (soap.md 1.2).
pub struct Client {
    settings: Settings,
    session: ServiceSession,
    accounts: ImAccounts,
    slot: RequestSlot,
    /// What the request is about.
    call: Option<Call>,
}

impl Client {
    /// A client that has not begun.
    pub fn new(config: Config) -> Self {
        let settings = config.into_settings();
        Self {
            session: ServiceSession::new(settings.timings, settings.attempts),
            accounts: ImAccounts::new(settings.limits, settings.timings.sign_in),
            slot: RequestSlot::new(settings.timings.request),
            settings,
            call: None,
        }
    }

    /// Signs in to the service, and then the IM accounts there. Nothing happens if that is so or
    /// under way already.
    pub fn sign_in(&mut self, now: Instant) {
        if self.session.is_off() {
            self.session.begin();
            self.advance(now);
        }
    }

    /// Ends it: nothing more is called, and the service ends its session by silence. Messages that
    /// wait are told as not sent, one in flight as uncertain.
    pub fn sign_out(&mut self, now: Instant) {
        if !self.session.is_off() {
            self.over(Reason::Requested);
            self.advance(now);
        }
    }

    /// Signs this IM account in, now or as soon as there is a session. Called again, it signs in with
    /// this password unless it is signed in already; then the password is for the next time.
    ///
    /// # Errors
    /// [`Refused::Full`].
    pub fn login_im(&mut self, account: &str, password: &str, now: Instant) -> Result<(), Refused> {
        self.accounts.login_im(account, password)?;
        self.advance(now);
        Ok(())
    }

    /// Sets the status of an IM account (`NLN`, `BSY`, …), now or as soon as it is signed in, and
    /// again after a lost session. Of several that could not be told yet, only the last is.
    ///
    /// `OnStatusChanged` says that it is so; [`Event::ChangeStatusFailed`] that it will not be.
    ///
    /// # Errors
    /// [`Refused::UnknownAccount`].
    pub fn change_status(
        &mut self,
        account: &str,
        status: &str,
        now: Instant,
    ) -> Result<(), Refused> {
        self.accounts.change_status(account, status)?;
        self.advance(now);
        Ok(())
    }

    /// Sends a message from an IM account, as soon as it is signed in. Messages of one account go
    /// out in this order.
    ///
    /// # Errors
    /// All of [`Refused`].
    pub fn send_message(
        &mut self,
        account: &str,
        to: &str,
        text: &str,
        now: Instant,
    ) -> Result<MessageId, Refused> {
        if self.session.is_off() {
            return Err(Refused::SignedOut);
        }
        let id = self.accounts.send_message(account, to, text)?;
        self.advance(now);
        Ok(id)
    }

    /// Fetches what happened at once instead of at the next beat. Until that has come to its end, not all is
    /// [settled](Self::is_settled).
    pub fn keep_session_alive(&mut self, now: Instant) {
        self.session.ask_fetch(now);
        self.advance(now);
    }

    /// Whether everything that was asked for has come to its end: IM accounts are signed in or have
    /// failed, and no status or message waits. Always so while signed out.
    pub fn is_settled(&self) -> bool {
        let is_asking = matches!(
            self.call,
            Some(Call::SendMessage(_) | Call::ChangeStatus { .. })
        );
        let is_asking = is_asking || self.session.is_fetch_asked();
        let is_quiet = self.session.is_inside() && !is_asking && self.accounts.is_settled();
        self.session.is_off() || is_quiet
    }

    /// Whether there is a session, as far as is known.
    pub const fn is_signed_in(&self) -> bool {
        self.session.is_inside()
    }

    /// Whether this IM account is signed in, as far as is known.
    pub fn is_im_signed_in(&self, account: &str) -> bool {
        self.is_signed_in() && self.accounts.is_online(account)
    }

    /// Does what can be done now: ends what waited too long, and begins the next call.
    fn advance(&mut self, now: Instant) {
        self.accounts.resume(now);
        self.accounts.expire(now);
        while self.slot.is_idle() && self.session.is_rested(now) {
            let Some(call) = self.next_call(now) else {
                return;
            };
            let account = call
                .account()
                .and_then(|index| self.accounts.account(index));
            let session = self.session.session().cloned();
            let operation = call.operation(&self.settings, session, account);
            match request(&self.settings.uri, &operation, self.settings.as_captured) {
                Ok(request) => {
                    self.slot.start(request);
                    self.call = Some(call);
                }
                // Ends what it is about, so the next turn finds something else.
                Err(error) => self.failed(call, Problem::Unwritable(error), now),
            }
        }
    }

    fn next_call(&mut self, now: Instant) -> Option<Call> {
        if self.session.is_off() {
            return None;
        }
        let Some(fetch_at) = self.session.fetch_at() else {
            return Some(Call::Login);
        };
        if let Some(index) = self.accounts.take_due() {
            return Some(Call::LoginIM(index));
        }
        if fetch_at <= now {
            if self.accounts.has_room() {
                return Some(Call::KeepSessionAlive);
            }
            self.accounts.pause();
        }
        if let Some((account, status)) = self.accounts.untold_status() {
            return Some(Call::ChangeStatus { account, status });
        }
        self.accounts.take_ready_message().map(Call::SendMessage)
    }

    fn succeeded(&mut self, call: Call, reply: Reply, now: Instant) {
        self.session.heard(now);
        match (call, reply) {
            (Call::Login, Reply::Login(Some(session))) if is_usable(&session) => {
                self.accounts.tell(Event::SignedIn {
                    login_time: session.login_time.clone(),
                    client_ip: session.client_ip.clone(),
                });
                self.session.enter(session, now);
                self.fetch_soon(now);
            }
            (Call::Login, _) => self.failed(Call::Login, Problem::NoSession, now),
            (Call::LoginIM(index), _) => {
                self.accounts.await_login(index, now);
                self.fetch_soon(now);
            }
            (Call::KeepSessionAlive, Reply::KeepSessionAlive(events)) => {
                self.session.fetched();
                self.accounts.fetched(events.unwrap_or_default());
                self.fetch_soon(now);
            }
            (Call::KeepSessionAlive, _) => self.fetch_soon(now),
            (Call::ChangeStatus { account, status }, _) => {
                self.accounts.status_told(account, &status);
            }
            (Call::SendMessage(message), _) => {
                self.accounts.tell(Event::MessageSent(message.id));
            }
        }
    }

    /// What follows from a call without a good reply: it was refused, its fate is open, or the session is
    /// gone; and then the service is called again after a rest, or for another session.
    fn failed(&mut self, call: Call, problem: Problem, now: Instant) {
        let operation = call.name();
        if operation != OperationName::Login && problem.ends_session(operation) {
            self.accounts.met_lost_session(call, &problem);
            return self.lost(problem, now);
        }
        if problem.fault().is_some() {
            // Should the session be gone all the same, the next fetch shows it before more is lost.
            self.session.fetch(now);
        }
        let is_refusal = problem.is_refusal();
        match call {
            // An account that was good once may be refused because the service is going down.
            Call::Login
                if !self.session.is_proven() && (is_refusal || problem == Problem::NoSession) =>
            {
                return self.over(Reason::Refused(problem));
            }
            Call::LoginIM(index) if is_refusal => {
                if self.accounts.called(index, Stage::Failed) {
                    let reason = LoginImFailure::Call(problem);
                    self.accounts.login_im_failed(index, reason);
                }
                return;
            }
            Call::ChangeStatus { account, status } if is_refusal => {
                return self.accounts.status_refused(account, status, problem);
            }
            Call::SendMessage(message) if is_refusal => {
                return self.accounts.tell(Event::MessageNotSent {
                    message: message.id,
                    reason: NotSent::Call(problem),
                });
            }
            Call::SendMessage(message) if problem.fate().is_unsent() => {
                self.accounts.put_back(message);
            }
            Call::SendMessage(message) => self.accounts.uncertain(&message, problem.clone()),
            Call::LoginIM(index) => {
                self.accounts.called(index, Stage::Due);
            }
            Call::KeepSessionAlive if problem.fate() == Failure::Unknown => self.accounts.doubt(),
            // Still due, or untold.
            Call::Login | Call::KeepSessionAlive | Call::ChangeStatus { .. } => {}
        }
        if self.session.is_silent(now) {
            self.lost(problem, now);
        } else {
            self.try_again(operation, problem, now);
        }
    }

    fn fetch_soon(&mut self, now: Instant) {
        let is_signing_in = self.accounts.is_signing_in();
        self.session.fetch_soon(is_signing_in, now);
    }

    fn lost(&mut self, problem: Problem, now: Instant) {
        self.session.lose();
        self.accounts.forget();
        // The first time at once: the service is there, or has been for a while.
        let steps = self.session.failures();
        match self.session.rest(steps, now) {
            Some(at) => self.accounts.tell(Event::SessionLost { problem, at }),
            None => self.over(Reason::GaveUp(problem)),
        }
    }

    fn try_again(&mut self, operation: OperationName, problem: Problem, now: Instant) {
        let steps = self.session.failures().saturating_add(1);
        let Some(at) = self.session.rest(steps, now) else {
            return self.over(Reason::GaveUp(problem));
        };
        // The first call after the rest shows whether the session is still there.
        self.session.fetch(at);
        self.accounts.tell(Event::Retrying {
            operation,
            problem,
            at,
        });
    }

    /// The end, for this reason: every message gets its fate, then comes the last event.
    fn over(&mut self, reason: Reason) {
        let fate = self.slot.abandon();
        if let Some(Call::SendMessage(message)) = self.call.take() {
            if fate.is_unsent() {
                self.accounts.put_back(message);
            } else {
                self.accounts.uncertain(&message, Problem::NoAnswer);
            }
        }
        self.accounts.drop_all_messages(&NotSent::SignedOut);
        self.session.end();
        self.accounts.forget();
        self.accounts.tell(Event::SignedOut(reason));
    }
}

impl Machine for Client {
    type Event = Event;

    fn handle_timeout(&mut self, now: Instant) {
        if self.slot.overdue(now)
            && let Some(call) = self.call.take()
        {
            self.failed(call, Problem::NoAnswer, now);
        }
        self.advance(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let next_call = if self.slot.is_idle() {
            let (is_paused, has_room) = (self.accounts.is_paused(), self.accounts.has_room());
            self.session.next_call(is_paused, has_room)
        } else {
            self.slot.poll_timeout()
        };
        let expiry = self.accounts.next_expiry();
        next_call.into_iter().chain(expiry).min()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.accounts.poll_event()
    }
}

impl HttpMachine for Client {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        if !self.slot.end(id) {
            return;
        }
        if let Some(call) = self.call.take() {
            match problem::read(call.name(), &response, self.settings.limits.response) {
                Ok(reply) => self.succeeded(call, reply, now),
                Err(problem) => self.failed(call, problem, now),
            }
        }
        self.advance(now);
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        if !self.slot.end(id) {
            return;
        }
        let problem = Problem::of(failure);
        if let Some(call) = self.call.take() {
            self.failed(call, problem, now);
        }
        self.advance(now);
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.slot.poll_transmit(now)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.slot.poll_cancel()
    }
}

impl StreamMachine for Client {}

/// Shows neither accounts, nor texts, nor the session.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("is_signed_in", &self.session.is_inside())
            .field("calling", &self.call.as_ref().map(Call::name))
            .field("accounts", &self.accounts.count())
            .field("messages", &self.accounts.waiting_messages())
            .field("failures", &self.session.failures())
            .finish_non_exhaustive()
    }
}
