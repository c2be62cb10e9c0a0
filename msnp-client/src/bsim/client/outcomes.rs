//! What follows from a reply, and from none.

use machine_contract::{Failure, Instant};
use soap_codec::bsim::{OperationName, Reply, Session, SessionEvents};

use super::calls::Call;
use super::{Client, Outgoing, State};
use crate::bsim::account::{Account, Stage};
use crate::bsim::event::{Event, LoginImFailure, NotSent, Reason};
use crate::bsim::problem::Problem;

impl Client {
    pub(super) fn succeeded(&mut self, call: Call, reply: Reply, now: Instant) {
        if let State::Inside { heard, .. } = &mut self.state {
            *heard = now;
        }
        match (call, reply) {
            (Call::Login, Reply::Login(Some(session))) if is_usable(&session) => {
                self.signed_in(session, now);
            }
            (Call::Login, _) => self.failed(Call::Login, Problem::NoSession, now),
            (Call::LoginIM(index), _) => {
                let until = now + self.config.timings.sign_in;
                self.called(
                    index,
                    Stage::Awaited {
                        until,
                        in_doubt: false,
                    },
                );
                self.fetch_soon(now);
            }
            (Call::KeepSessionAlive, Reply::KeepSessionAlive(events)) => {
                self.failures = 0;
                self.fetched(events.unwrap_or_default());
                self.fetch_soon(now);
            }
            (Call::KeepSessionAlive, _) => self.fetch_soon(now),
            (Call::ChangeStatus { account, status }, _) => {
                let account = self.accounts.get_mut(account);
                if let Some(wish) = account.and_then(|it| it.wish_for(&status)) {
                    (wish.told, wish.met_lost_session) = (true, false);
                }
            }
            (Call::SendMessage(message), _) => {
                self.events.push_back(Event::MessageSent(message.id));
            }
        }
    }

    pub(super) fn failed(&mut self, call: Call, problem: Problem, now: Instant) {
        let operation = call.name();
        if operation != OperationName::Login && problem.ends_session(operation) {
            match call {
                Call::SendMessage(message) => self.message_met_lost_session(message, &problem),
                Call::ChangeStatus { account, status } => {
                    self.status_met_lost_session(account, status, &problem);
                }
                Call::Login | Call::LoginIM(_) | Call::KeepSessionAlive => {}
            }
            return self.lost(problem, now);
        }
        if problem.fault().is_some() {
            // Should the session be gone all the same, the next fetch shows it before more is lost.
            self.fetch_at(now);
        }
        let is_refusal = problem.is_refusal();
        match call {
            // An account that was good once may be refused because the service is going down.
            Call::Login if !self.proven && (is_refusal || problem == Problem::NoSession) => {
                return self.over(Reason::Refused(problem));
            }
            Call::LoginIM(index) if is_refusal => {
                if self.called(index, Stage::Failed) {
                    self.login_im_failed(index, LoginImFailure::Call(problem));
                }
                return;
            }
            Call::ChangeStatus { account, status } if is_refusal => {
                return self.status_refused(account, status, problem);
            }
            Call::SendMessage(message) if is_refusal => {
                return self.events.push_back(Event::MessageNotSent {
                    message: message.id,
                    reason: NotSent::Call(problem),
                });
            }
            Call::SendMessage(message) => match problem.fate() {
                Failure::NotSent => self.messages.push_front(message),
                Failure::Unknown => self.events.push_back(Event::MessageUncertain {
                    message: message.id,
                    problem: problem.clone(),
                }),
            },
            Call::LoginIM(index) => {
                self.called(index, Stage::Due);
            }
            Call::KeepSessionAlive if problem.fate() == Failure::Unknown => {
                for account in &mut self.accounts {
                    if let Stage::Awaited { in_doubt, .. } = &mut account.stage {
                        *in_doubt = true;
                    }
                }
            }
            // Still due, or untold.
            Call::Login | Call::KeepSessionAlive | Call::ChangeStatus { .. } => {}
        }
        let silent = match &self.state {
            State::Inside { heard, .. } => now.saturating_duration_since(*heard),
            State::Off | State::Outside => std::time::Duration::ZERO,
        };
        if silent >= self.config.timings.session {
            self.lost(problem, now);
        } else {
            self.try_again(operation, problem, now);
        }
    }

    fn signed_in(&mut self, session: Session, now: Instant) {
        self.events.push_back(Event::SignedIn {
            login_time: session.login_time.clone(),
            client_ip: session.client_ip.clone(),
        });
        self.proven = true;
        self.state = State::Inside {
            session,
            fetch_at: now,
            heard: now,
        };
        self.fetch_soon(now);
    }

    fn fetched(&mut self, events: SessionEvents) {
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

    /// The next fetch comes with the next beat.
    fn fetch_soon(&mut self, now: Instant) {
        let timings = &self.config.timings;
        let is_awaited = |account: &Account| matches!(account.stage, Stage::Awaited { .. });
        let pace = if self.accounts.iter().any(is_awaited) {
            timings.pace.min(timings.sign_in_pace)
        } else {
            timings.pace
        };
        self.fetch_at(now + pace);
    }

    /// `LoginIM` has come to this. False if it was asked for anew meanwhile, perhaps with another
    /// password, so that this is of no interest any more.
    fn called(&mut self, index: usize, stage: Stage) -> bool {
        let called = self.accounts.get_mut(index);
        let called = called.filter(|it| it.stage == Stage::Calling);
        called.is_some_and(|account| {
            account.stage = stage;
            true
        })
    }

    fn status_refused(&mut self, index: usize, status: String, problem: Problem) {
        if let Some(account) = self.accounts.get_mut(index) {
            if account.wish_for(&status).is_some() {
                account.wish = None;
            }
            self.events.push_back(Event::ChangeStatusFailed {
                account: account.name.clone(),
                status,
                problem,
            });
        }
    }

    /// The service refused the message because the session was gone: it may go out in the next one.
    fn message_met_lost_session(&mut self, mut message: Outgoing, problem: &Problem) {
        if message.met_lost_session {
            self.events.push_back(Event::MessageNotSent {
                message: message.id,
                reason: NotSent::Call(problem.clone()),
            });
        } else {
            message.met_lost_session = true;
            self.messages.push_front(message);
        }
    }

    /// So for a status: it is told in the next session, once.
    fn status_met_lost_session(&mut self, index: usize, status: String, problem: &Problem) {
        let account = self.accounts.get_mut(index);
        match account.and_then(|it| it.wish_for(&status)) {
            Some(wish) if !wish.met_lost_session => wish.met_lost_session = true,
            _ => self.status_refused(index, status, problem.clone()),
        }
    }

    fn lost(&mut self, problem: Problem, now: Instant) {
        self.state = State::Outside;
        self.accounts.iter_mut().for_each(Account::forget);
        // The first time at once: the service is there, or has been for a while.
        let Some(at) = self.rest(self.failures, &problem, now) else {
            return;
        };
        self.events.push_back(Event::SessionLost { problem, at });
    }

    fn try_again(&mut self, operation: OperationName, problem: Problem, now: Instant) {
        let Some(at) = self.rest(self.failures.saturating_add(1), &problem, now) else {
            return;
        };
        // The first call after the rest shows whether the session is still there.
        self.fetch_at(at);
        self.events.push_back(Event::Retrying {
            operation,
            problem,
            at,
        });
    }

    /// Rests as long as `steps` failures ask for, until when it says; `None` if it gives up instead.
    fn rest(&mut self, steps: u32, problem: &Problem, now: Instant) -> Option<Instant> {
        self.failures = self.failures.saturating_add(1);
        if self.failures > self.config.attempts {
            self.over(Reason::GaveUp(problem.clone()));
            return None;
        }
        let at = match steps {
            0 => now,
            _ => now + self.config.timings.pause(steps),
        };
        self.rest_until = Some(at);
        Some(at)
    }
}

/// Whoever has no id cannot come back with it.
fn is_usable(session: &Session) -> bool {
    let id = session.session_id.as_ref();
    id.is_some_and(|id| !id.expose().is_empty())
}
