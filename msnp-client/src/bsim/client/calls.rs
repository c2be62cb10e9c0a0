//! What to call next, one call at a time.

use machine_contract::Instant;
use soap_codec::bsim::{
    ChangeStatus, KeepSessionAlive, Login, LoginIM, Operation, OperationName, SendMessage, Session,
};

use super::{Client, Outgoing, State};
use crate::bsim::account::{IM_TYPE, Stage};
use crate::bsim::config::Config;
use crate::bsim::event::{Event, LoginImFailure, NotSent};
use crate::bsim::problem::Problem;
use crate::bsim::request::request;

/// A call that is to be made, or in flight. Numbers are positions in `accounts`, which only grows.
pub(super) enum Call {
    Login,
    LoginIM(usize),
    KeepSessionAlive,
    ChangeStatus { account: usize, status: String },
    SendMessage(Outgoing),
}

impl Call {
    pub(super) const fn name(&self) -> OperationName {
        match self {
            Self::Login => OperationName::Login,
            Self::LoginIM(_) => OperationName::LoginIM,
            Self::KeepSessionAlive => OperationName::KeepSessionAlive,
            Self::ChangeStatus { .. } => OperationName::ChangeStatus,
            Self::SendMessage(_) => OperationName::SendMessage,
        }
    }
}

impl Client {
    /// Does what can be done now: ends what waited too long, and begins the next call.
    pub(super) fn advance(&mut self, now: Instant) {
        self.resume(now);
        self.expire(now);
        while self.slot.is_idle() {
            if self.rest_until.is_some_and(|until| until > now) {
                return;
            }
            self.rest_until = None;
            let Some(call) = self.next_call(now) else {
                return;
            };
            match request(&self.config.uri, &self.operation(&call)) {
                Ok(request) => {
                    self.slot.start(request);
                    self.call = Some(call);
                }
                // Ends what it is about, so the next turn finds something else.
                Err(error) => self.failed(call, Problem::Unwritable(error), now),
            }
        }
    }

    /// When the first IM account has been signing in for too long.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        if self.paused {
            return None;
        }
        let awaited = self
            .accounts
            .iter()
            .filter_map(|account| match account.stage {
                Stage::Awaited { until, .. } => Some(until),
                _ => None,
            });
        awaited.min()
    }

    /// There is room again. `OnLogin` may lie with the service, from where nothing was fetched: nobody was
    /// late, so each sign-in gets its whole time once more.
    fn resume(&mut self, now: Instant) {
        if !self.paused || !self.has_room() {
            return;
        }
        self.paused = false;
        for account in &mut self.accounts {
            if let Stage::Awaited { until, .. } = &mut account.stage {
                *until = now + self.config.timings.sign_in;
            }
        }
    }

    fn expire(&mut self, now: Instant) {
        if self.paused {
            return;
        }
        for index in 0..self.accounts.len() {
            let Some(account) = self.accounts.get_mut(index) else {
                return;
            };
            match account.stage {
                // The service has no other way to ask: a message shows whether it is so.
                Stage::Awaited {
                    until,
                    in_doubt: true,
                } if until <= now => account.stage = Stage::Online,
                Stage::Awaited { until, .. } if until <= now => {
                    self.login_im_failed(index, LoginImFailure::TimedOut);
                }
                _ => {}
            }
        }
    }

    pub(super) fn login_im_failed(&mut self, index: usize, reason: LoginImFailure) {
        if let Some(account) = self.accounts.get_mut(index) {
            account.stage = Stage::Failed;
            self.events.push_back(Event::LoginImFailed {
                account: account.name.clone(),
                reason,
            });
        }
        self.drop_messages(|it| it.account == index, &NotSent::AccountNotSignedIn);
    }

    fn next_call(&mut self, now: Instant) -> Option<Call> {
        let has_room = self.has_room();
        let fetch_at = match &self.state {
            State::Off => return None,
            State::Outside => return Some(Call::Login),
            State::Inside { fetch_at, .. } => *fetch_at,
        };
        for (index, account) in self.accounts.iter_mut().enumerate() {
            if account.stage == Stage::Due {
                account.stage = Stage::Calling;
                return Some(Call::LoginIM(index));
            }
        }
        if fetch_at <= now {
            if has_room {
                return Some(Call::KeepSessionAlive);
            }
            self.paused = true;
        }
        for (index, account) in self.accounts.iter().enumerate() {
            if let Some(status) = account.untold() {
                return Some(Call::ChangeStatus {
                    account: index,
                    status: status.to_owned(),
                });
            }
        }
        let is_online = |message: &Outgoing| {
            let account = self.accounts.get(message.account);
            account.is_some_and(|it| it.stage == Stage::Online)
        };
        let ready = self.messages.iter().position(is_online)?;
        self.messages.remove(ready).map(Call::SendMessage)
    }

    fn operation(&self, call: &Call) -> Operation {
        let session = match &self.state {
            State::Inside { session, .. } => Some(session.clone()),
            State::Off | State::Outside => None,
        };
        let name = |index: usize| self.accounts.get(index).map(|it| it.name.clone());
        let im_type = Some(IM_TYPE.to_owned());
        match call {
            Call::Login => login(&self.config),
            Call::LoginIM(account) => Operation::LoginIM(LoginIM {
                session,
                im_type,
                account: name(*account),
                password: self.accounts.get(*account).map(|it| it.password.clone()),
            }),
            Call::KeepSessionAlive => keep_session_alive(session),
            Call::ChangeStatus { account, status } => Operation::ChangeStatus(ChangeStatus {
                session,
                im_type,
                im_account: name(*account),
                status: Some(status.clone()),
            }),
            Call::SendMessage(message) => Operation::SendMessage(SendMessage {
                session,
                im_type,
                account: name(message.account),
                to_account: Some(message.to.clone()),
                message: Some(message.text.clone()),
            }),
        }
    }
}

fn login(config: &Config) -> Operation {
    Operation::Login(Login {
        user_id: Some(config.user_id.clone()),
        password: Some(config.password.clone()),
    })
}

fn keep_session_alive(session: Option<Session>) -> Operation {
    Operation::KeepSessionAlive(KeepSessionAlive { session })
}
