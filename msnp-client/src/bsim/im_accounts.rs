//! The IM accounts with what they want said, and what the application has not taken yet.

use std::collections::VecDeque;
use std::time::Duration;

use machine_contract::{EventQueue, Instant};
use soap_codec::Secret;
use soap_codec::bsim::SessionEvents;

use super::account::{Account, Stage};
use super::call::{Call, QueuedMessage};
use super::config::Limits;
use super::event::{Event, LoginImFailure, MessageId, NotSent, Refused};
use super::problem::Problem;

/// Accounts, their messages and the events. Numbers are positions among the accounts, of which there are
/// never fewer.
pub(super) struct ImAccounts {
    limits: Limits,
    /// How long signing in an IM account may take.
    sign_in: Duration,
    accounts: Vec<Account>,
    messages: VecDeque<QueuedMessage>,
    last_message: u64,
    events: EventQueue<Event>,
    /// A fetch is due and waits for the application to take events.
    is_paused: bool,
}

impl ImAccounts {
    pub(super) fn new(limits: Limits, sign_in: Duration) -> Self {
        Self {
            limits,
            sign_in,
            accounts: Vec::new(),
            messages: VecDeque::new(),
            last_message: 0,
            events: EventQueue::new(Event::heap),
            is_paused: false,
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether more may be fetched.
    pub(super) fn has_room(&self) -> bool {
        self.events.len() < self.limits.events && self.events.held() <= self.limits.undrained
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// A fetch is due, and there is no room for what it may bring.
    pub(super) const fn pause(&mut self) {
        self.is_paused = true;
    }

    /// There is room again. `OnLogin` may lie with the service, from where nothing was fetched: nobody was
    /// late, so each sign-in gets its whole time once more.
    pub(super) fn resume(&mut self, now: Instant) {
        if !self.is_paused || !self.has_room() {
            return;
        }
        self.is_paused = false;
        for account in &mut self.accounts {
            account.await_until(now + self.sign_in);
        }
    }

    pub(super) fn account(&self, index: usize) -> Option<&Account> {
        self.accounts.get(index)
    }

    pub(super) fn count(&self) -> usize {
        self.accounts.len()
    }

    pub(super) fn waiting_messages(&self) -> usize {
        self.messages.len()
    }

    /// Whether all have come to rest: signed in or failed, every status told, no message waiting.
    pub(super) fn is_settled(&self) -> bool {
        let is_open = |account: &Account| {
            let is_underway = !matches!(account.stage(), Stage::Online | Stage::Failed);
            is_underway || account.untold().is_some()
        };
        self.messages.is_empty() && !self.accounts.iter().any(is_open)
    }

    pub(super) fn is_online(&self, account: &str) -> bool {
        let found = self.accounts.iter().find(|it| it.is(account));
        found.is_some_and(|it| it.stage() == Stage::Online)
    }

    /// An account is to be signed in.
    pub(super) fn login_im(&mut self, account: &str, password: &str) -> Result<(), Refused> {
        let password = Secret::new(password.to_owned());
        if let Some(known) = self.accounts.iter_mut().find(|it| it.is(account)) {
            known.sign_in(password);
        } else if self.accounts.len() < self.limits.accounts {
            self.accounts.push(Account::new(account, password));
        } else {
            return Err(Refused::Full);
        }
        Ok(())
    }

    /// An account is to have this status.
    pub(super) fn change_status(&mut self, account: &str, status: &str) -> Result<(), Refused> {
        let found = self.accounts.iter_mut().find(|it| it.is(account));
        found.ok_or(Refused::UnknownAccount)?.wish(status);
        Ok(())
    }

    /// An account says something.
    pub(super) fn send_message(
        &mut self,
        account: &str,
        to: &str,
        text: &str,
    ) -> Result<MessageId, Refused> {
        let found = self.accounts.iter().position(|it| it.is(account));
        let index = found.ok_or(Refused::UnknownAccount)?;
        let stage = self.accounts.get(index).map(Account::stage);
        if stage == Some(Stage::Failed) {
            return Err(Refused::AccountNotSignedIn);
        }
        if text.len().max(to.len()) > self.limits.text {
            return Err(Refused::TooLong);
        }
        if self.messages.len() >= self.limits.messages || self.is_deaf() {
            return Err(Refused::Full);
        }
        self.last_message += 1;
        let id = MessageId(self.last_message);
        self.messages.push_back(QueuedMessage {
            id,
            account: index,
            to: to.to_owned(),
            text: text.to_owned(),
            met_lost_session: false,
        });
        Ok(id)
    }

    /// Each message ends in an event: whoever takes none must not send for ever. Up to twice the limits he
    /// may, since he may be about to listen.
    fn is_deaf(&self) -> bool {
        self.events.len() > self.limits.events.saturating_mul(2)
            || self.events.held() > self.limits.undrained.saturating_mul(2)
    }

    /// The first account whose sign-in is due, which is being called from now on.
    pub(super) fn take_due(&mut self) -> Option<usize> {
        self.accounts.iter_mut().position(Account::call)
    }

    /// The first status that the service does not know yet.
    pub(super) fn untold_status(&self) -> Option<(usize, String)> {
        let mut accounts = self.accounts.iter().enumerate();
        accounts.find_map(|(index, account)| Some((index, account.untold()?.to_owned())))
    }

    /// The first message whose account is signed in.
    pub(super) fn take_ready_message(&mut self) -> Option<QueuedMessage> {
        let is_online = |message: &QueuedMessage| {
            let account = self.accounts.get(message.account);
            account.is_some_and(|it| it.stage() == Stage::Online)
        };
        let ready = self.messages.iter().position(is_online)?;
        self.messages.remove(ready)
    }

    /// Whether `OnLogin` is waited for.
    pub(super) fn is_signing_in(&self) -> bool {
        let mut awaited = self.accounts.iter().filter_map(Account::awaited_until);
        awaited.next().is_some()
    }

    /// When the first account has been signing in for too long.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        let first = self.accounts.iter().filter_map(Account::awaited_until);
        let first = first.min();
        first.filter(|_| !self.is_paused)
    }

    pub(super) fn expire(&mut self, now: Instant) {
        if self.is_paused {
            return;
        }
        for index in 0..self.accounts.len() {
            let account = self.accounts.get_mut(index);
            if account.is_some_and(|it| it.expires(now)) {
                self.login_im_failed(index, LoginImFailure::TimedOut);
            }
        }
    }

    pub(super) fn login_im_failed(&mut self, index: usize, reason: LoginImFailure) {
        if let Some(account) = self.accounts.get_mut(index) {
            account.fail();
            self.events.push_back(Event::LoginImFailed {
                account: account.name().to_owned(),
                reason,
            });
        }
        self.drop_messages(|it| it.account == index, &NotSent::AccountNotSignedIn);
    }

    /// `LoginIM` was accepted: `OnLogin` should come.
    pub(super) fn await_login(&mut self, index: usize, now: Instant) {
        let until = now + self.sign_in;
        let in_doubt = false;
        self.called(index, Stage::Awaited { until, in_doubt });
    }

    /// `LoginIM` has come to this. False if it was asked for anew meanwhile, perhaps with another
    /// password, so that this is of no interest any more.
    pub(super) fn called(&mut self, index: usize, stage: Stage) -> bool {
        let account = self.accounts.get_mut(index);
        account.is_some_and(|it| it.called(stage))
    }

    /// A fetch was lost that may have held `OnLogin`.
    pub(super) fn doubt(&mut self) {
        self.accounts.iter_mut().for_each(Account::doubt);
    }

    /// The session is gone, and with it what the service knew.
    pub(super) fn forget(&mut self) {
        self.accounts.iter_mut().for_each(Account::forget);
    }

    /// What a fetch has brought.
    pub(super) fn fetched(&mut self, events: SessionEvents) {
        for im in events.ims {
            let known = self.accounts.iter().position(|it| it.is(&im.account));
            let account = known.and_then(|index| self.accounts.get_mut(index));
            let failed = account.and_then(|account| account.learn(&im.events));
            for event in im.events {
                self.events.push_back(Event::On {
                    im_type: im.im_type.clone(),
                    account: im.account.clone(),
                    event,
                });
            }
            if let Some((index, line)) = known.zip(failed) {
                self.login_im_failed(index, LoginImFailure::Told(line));
            }
        }
    }

    /// The service knows this status now.
    pub(super) fn status_told(&mut self, index: usize, status: &str) {
        if let Some(account) = self.accounts.get_mut(index) {
            account.status_told(status);
        }
    }

    pub(super) fn status_refused(&mut self, index: usize, status: String, problem: Problem) {
        if let Some(account) = self.accounts.get_mut(index) {
            account.drop_wish(&status);
            self.events.push_back(Event::ChangeStatusFailed {
                account: account.name().to_owned(),
                status,
                problem,
            });
        }
    }

    /// The service refused the call because the session was gone.
    pub(super) fn met_lost_session(&mut self, call: Call, problem: &Problem) {
        match call {
            Call::SendMessage(message) => self.message_met_lost_session(message, problem),
            Call::ChangeStatus { account, status } => {
                self.status_met_lost_session(account, status, problem);
            }
            Call::Login | Call::LoginIM(_) | Call::KeepSessionAlive => {}
        }
    }

    /// A status is told in the next session, once.
    fn status_met_lost_session(&mut self, index: usize, status: String, problem: &Problem) {
        let account = self.accounts.get_mut(index);
        if !account.is_some_and(|it| it.may_tell_again(&status)) {
            self.status_refused(index, status, problem.clone());
        }
    }

    /// So for a message: it may go out in the next session.
    fn message_met_lost_session(&mut self, mut message: QueuedMessage, problem: &Problem) {
        if message.met_lost_session {
            self.events.push_back(Event::MessageNotSent {
                message: message.id,
                reason: NotSent::Call(problem.clone()),
            });
        } else {
            message.met_lost_session = true;
            self.put_back(message);
        }
    }

    /// It certainly was not sent: it is the next of all.
    pub(super) fn put_back(&mut self, message: QueuedMessage) {
        self.messages.push_front(message);
    }

    /// Nobody can tell whether it was.
    pub(super) fn uncertain(&mut self, message: &QueuedMessage, problem: Problem) {
        self.tell(Event::MessageUncertain {
            message: message.id,
            problem,
        });
    }

    /// No message will be sent any more, for this reason.
    pub(super) fn drop_all_messages(&mut self, reason: &NotSent) {
        self.drop_messages(|_| true, reason);
    }

    fn drop_messages(&mut self, doomed: impl Fn(&QueuedMessage) -> bool, reason: &NotSent) {
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
