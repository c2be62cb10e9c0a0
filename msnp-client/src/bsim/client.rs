//! The machine itself: what the application may ask for, and the contract's inputs and outputs.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    EventQueue, Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};
use soap_codec::Secret;
use soap_codec::bsim::Session;

use super::account::{Account, Stage, Wish};
use super::config::Config;
use super::event::{Event, MessageId, NotSent, Reason, Refused};
use super::problem::{self, Problem};
use crate::request_slot::RequestSlot;

mod calls;
mod outcomes;

use calls::Call;

/// A client of the IM web service; the [module](super) tells how it behaves.
///
/// The service knows no way to sign out: what it was told to sign in stays so until its session ends
/// by silence (soap.md 1.2).
pub struct Client {
    config: Config,
    state: State,
    /// The service account was accepted since `sign_in`.
    proven: bool,
    accounts: Vec<Account>,
    messages: VecDeque<Outgoing>,
    last_message: u64,
    slot: RequestSlot,
    /// What the request is about.
    call: Option<Call>,
    /// Nothing is called before this.
    rest_until: Option<Instant>,
    /// In a row, without a good fetch between them.
    failures: u32,
    events: EventQueue<Event>,
    /// A fetch is due and waits for the application to take events.
    paused: bool,
}

enum State {
    /// Signed out.
    Off,
    /// Without a session, on the way to one.
    Outside,
    Inside {
        session: Session,
        fetch_at: Instant,
        /// The last good answer in this session.
        heard: Instant,
    },
}

/// A message that waits, or is in flight.
struct Outgoing {
    id: MessageId,
    /// Position in `accounts`, which only grows.
    account: usize,
    to: String,
    text: String,
    /// It has met one lost session already; a second is put down to the message.
    met_lost_session: bool,
}

impl Client {
    /// A client that has not begun.
    pub fn new(config: Config) -> Self {
        Self {
            slot: RequestSlot::new(config.timings.request),
            config,
            state: State::Off,
            proven: false,
            accounts: Vec::new(),
            messages: VecDeque::new(),
            last_message: 0,
            call: None,
            rest_until: None,
            failures: 0,
            events: EventQueue::new(Event::heap),
            paused: false,
        }
    }

    /// Signs in to the service, and then the IM accounts there. Nothing happens if that is so or
    /// under way already.
    pub fn sign_in(&mut self, now: Instant) {
        if matches!(self.state, State::Off) {
            self.state = State::Outside;
            self.advance(now);
        }
    }

    /// Ends it: nothing more is called, and the service ends its session by silence. Messages that
    /// wait are told as not sent, one in flight as uncertain.
    pub fn sign_out(&mut self, now: Instant) {
        if !matches!(self.state, State::Off) {
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
        let password = Secret::new(password.to_owned());
        if let Some(known) = self.accounts.iter_mut().find(|it| it.is(account)) {
            known.password = password;
            if known.stage != Stage::Online {
                known.stage = Stage::Due;
            }
        } else if self.accounts.len() < self.config.limits.accounts {
            self.accounts.push(Account {
                name: account.to_owned(),
                password,
                stage: Stage::Due,
                wish: None,
            });
        } else {
            return Err(Refused::Full);
        }
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
        let index = self.index(account)?;
        if let Some(account) = self.accounts.get_mut(index) {
            account.wish = Some(Wish {
                status: status.to_owned(),
                told: false,
                met_lost_session: false,
            });
        }
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
        if matches!(self.state, State::Off) {
            return Err(Refused::SignedOut);
        }
        let index = self.index(account)?;
        if self
            .accounts
            .get(index)
            .is_some_and(|it| it.stage == Stage::Failed)
        {
            return Err(Refused::AccountNotSignedIn);
        }
        if text.len().max(to.len()) > self.config.limits.text {
            return Err(Refused::TooLong);
        }
        if self.messages.len() >= self.config.limits.messages || self.is_deaf() {
            return Err(Refused::Full);
        }
        self.last_message += 1;
        let id = MessageId(self.last_message);
        self.messages.push_back(Outgoing {
            id,
            account: index,
            to: to.to_owned(),
            text: text.to_owned(),
            met_lost_session: false,
        });
        self.advance(now);
        Ok(id)
    }

    /// Fetches what happened at once instead of at the next beat.
    pub fn keep_session_alive(&mut self, now: Instant) {
        self.fetch_at(now);
        self.advance(now);
    }

    /// Whether everything that was asked for has come to its end: IM accounts are signed in or have
    /// failed, and no status or message waits. Always so while signed out.
    pub fn is_settled(&self) -> bool {
        let is_open = |account: &Account| {
            let is_underway = !matches!(account.stage, Stage::Online | Stage::Failed);
            is_underway || account.untold().is_some()
        };
        let is_asking = matches!(
            self.call,
            Some(Call::SendMessage(_) | Call::ChangeStatus { .. })
        );
        let is_busy = is_asking || !self.messages.is_empty() || self.accounts.iter().any(is_open);
        match self.state {
            State::Off => true,
            State::Outside => false,
            State::Inside { .. } => !is_busy,
        }
    }

    /// Whether there is a session, as far as is known.
    pub const fn is_signed_in(&self) -> bool {
        matches!(self.state, State::Inside { .. })
    }

    /// Whether this IM account is signed in, as far as is known.
    pub fn is_im_signed_in(&self, account: &str) -> bool {
        let found = self.accounts.iter().find(|it| it.is(account));
        self.is_signed_in() && found.is_some_and(|it| it.stage == Stage::Online)
    }

    /// Whether more may be fetched.
    fn has_room(&self) -> bool {
        let limits = &self.config.limits;
        self.events.len() < limits.events && self.events.held() <= limits.undrained
    }

    /// Each message ends in an event: whoever takes none must not send for ever. Up to twice the limits he
    /// may, since he may be about to listen.
    fn is_deaf(&self) -> bool {
        let limits = &self.config.limits;
        self.events.len() > limits.events.saturating_mul(2)
            || self.events.held() > limits.undrained.saturating_mul(2)
    }

    fn fetch_at(&mut self, at: Instant) {
        if let State::Inside { fetch_at, .. } = &mut self.state {
            *fetch_at = at;
        }
    }

    fn index(&self, account: &str) -> Result<usize, Refused> {
        let found = self.accounts.iter().position(|it| it.is(account));
        found.ok_or(Refused::UnknownAccount)
    }

    /// The end, for this reason: every message gets its fate, then comes the last event.
    fn over(&mut self, reason: Reason) {
        let fate = self.slot.abandon();
        if let Some(Call::SendMessage(message)) = self.call.take() {
            match fate {
                Failure::NotSent => self.messages.push_front(message),
                Failure::Unknown => self.events.push_back(Event::MessageUncertain {
                    message: message.id,
                    problem: Problem::NoAnswer,
                }),
            }
        }
        self.drop_messages(|_| true, &NotSent::SignedOut);
        self.state = State::Off;
        self.proven = false;
        self.rest_until = None;
        self.failures = 0;
        self.accounts.iter_mut().for_each(Account::forget);
        self.events.push_back(Event::SignedOut(reason));
    }

    fn drop_messages(&mut self, doomed: impl Fn(&Outgoing) -> bool, reason: &NotSent) {
        let events = &mut self.events;
        self.messages.retain(|message| {
            if doomed(message) {
                events.push_back(Event::MessageNotSent {
                    message: message.id,
                    reason: reason.clone(),
                });
                return false;
            }
            true
        });
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
        let next_call = match &self.state {
            _ if !self.slot.is_idle() => self.slot.poll_timeout(),
            State::Off => None,
            State::Outside => self.rest_until,
            // Taking events is an input that nobody tells: this has the driver tell it.
            State::Inside { .. } if self.paused && self.has_room() => Some(Instant::ORIGIN),
            State::Inside { .. } if self.paused => self.rest_until,
            State::Inside { fetch_at, .. } => self.rest_until.max(Some(*fetch_at)),
        };
        [next_call, self.next_expiry()].into_iter().flatten().min()
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

impl HttpMachine for Client {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        if !self.slot.end(id) {
            return;
        }
        if let Some(call) = self.call.take() {
            match problem::read(call.name(), &response, self.config.limits.response) {
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
        let problem = match failure {
            Failure::NotSent => Problem::Unreachable,
            Failure::Unknown => Problem::NoAnswer,
        };
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
        let state = match self.state {
            State::Off => "Off",
            State::Outside => "Outside",
            State::Inside { .. } => "Inside",
        };
        f.debug_struct("Client")
            .field("state", &state)
            .field("calling", &self.call.as_ref().map(Call::name))
            .field("accounts", &self.accounts.len())
            .field("messages", &self.messages.len())
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
