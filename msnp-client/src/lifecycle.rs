//! From signed out to signed in and back: what follows what. The graph stands in the crate's guide.
//!
//! It makes no connection itself: it says what is to be done ([`Next`]) and is told what happened.

mod next;
mod phase;

use std::time::Duration;

use gateway_sm::HostPolicy;
use machine_contract::{Instant, Machine};

use crate::access::Access;
use crate::config::Settings;
use crate::event::Reason;
use crate::fact::Route;
use crate::limits::Timings;
use crate::retry::Retry;
use crate::sign_in::{AuthTokens, SignIn, SignInEvent};

pub(crate) use next::Next;
use phase::{Credit, Phase, Renewal};

/// What a redirect may ask to wait for.
const LONGEST_REDIRECT_WAIT: Duration = Duration::from_secs(60);

/// Where the client stands between signed out and signed in.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    rules: Rules,
    phase: Phase,
    /// Sign-ins in a row that failed or did not last.
    attempts: u32,
}

/// What the configuration says of all this.
#[derive(Debug)]
struct Rules {
    access: Access,
    hosts: HostPolicy,
    timings: Timings,
    retry: Retry,
    most_redirects: u32,
}

impl Lifecycle {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            rules: Rules {
                access: settings.access.clone(),
                hosts: settings.host_policy.clone(),
                timings: settings.timings,
                retry: Retry::new(
                    settings.timings,
                    settings.reconnect_attempts,
                    settings.access.can_renew(),
                ),
                most_redirects: settings.limits.redirects,
            },
            phase: Phase::SignedOut,
            attempts: 0,
        }
    }

    /// Neither signed in nor about to be.
    pub(crate) const fn is_out(&self) -> bool {
        matches!(self.phase, Phase::SignedOut | Phase::Leaving)
    }

    /// What is shown, while there is a connection or one is to be made.
    pub(crate) const fn tokens(&self) -> Option<&AuthTokens> {
        match &self.phase {
            Phase::Connecting(credit) => Some(&credit.tokens),
            Phase::Online { tokens, .. } => Some(tokens),
            _ => None,
        }
    }

    /// The machine that gets the tokens to sign in with.
    pub(crate) fn sign_in_machine(&mut self) -> Option<&mut SignIn> {
        match &mut self.phase {
            Phase::SigningIn(machine) => Some(machine),
            _ => None,
        }
    }

    /// The machine that gets the tokens to renew with.
    pub(crate) fn renewal_machine(&mut self) -> Option<&mut SignIn> {
        match &mut self.phase {
            Phase::Online {
                renewal: Renewal::Getting(machine),
                ..
            } => Some(machine),
            _ => None,
        }
    }

    /// The application wants to be signed in: from the beginning, or, while there is a pause between attempts, at once.
    pub(crate) fn sign_in(&mut self) {
        if matches!(self.phase, Phase::SignedOut | Phase::Pausing { .. }) {
            self.attempts = 0;
            self.begin();
        }
    }

    /// The application wants to be signed out.
    pub(crate) fn sign_out(&mut self) -> Next {
        match self.phase {
            Phase::SignedOut | Phase::Leaving => Next::Wait,
            Phase::Connecting(_) | Phase::Online { .. } => {
                self.phase = Phase::Leaving;
                Next::Leave
            }
            Phase::SigningIn(_) | Phase::Pausing { .. } | Phase::Following { .. } => {
                self.over(Reason::Requested)
            }
        }
    }

    /// What the machines inside say. `None`: nothing.
    pub(crate) fn poll(&mut self, random: impl FnOnce() -> u64, now: Instant) -> Option<Next> {
        if let Some(event) = self.sign_in_machine().and_then(Machine::poll_event) {
            return Some(self.on_sign_in(event, random, now));
        }
        let event = self.renewal_machine().and_then(Machine::poll_event)?;
        Some(self.on_renewal(event, now))
    }

    fn on_sign_in(
        &mut self,
        event: SignInEvent,
        random: impl FnOnce() -> u64,
        now: Instant,
    ) -> Next {
        match event {
            SignInEvent::Step(step) => Next::Tell(step),
            SignInEvent::Ready(tokens) => {
                self.phase = Phase::Connecting(Credit {
                    tokens,
                    are_proven: false,
                    redirects: 0,
                });
                Next::Connect {
                    place: self.rules.access.place(),
                    state: None,
                }
            }
            SignInEvent::Failed(reason) => self.ended(reason, random, now),
        }
    }

    fn on_renewal(&mut self, event: SignInEvent, now: Instant) -> Next {
        let again = self.renew_again(now);
        let Phase::Online {
            tokens, renewal, ..
        } = &mut self.phase
        else {
            return Next::Wait;
        };
        match event {
            SignInEvent::Step(_) => Next::Wait,
            SignInEvent::Ready(fresh) => {
                *tokens = fresh;
                *renewal = Renewal::Shown;
                Next::ShowTokens
            }
            SignInEvent::Failed(_) => {
                *renewal = again;
                Next::Wait
            }
        }
    }

    /// The connection is ready.
    pub(crate) fn connected(&mut self, now: Instant) {
        let renewal = Renewal::DueAt(now.checked_add(self.rules.timings.renewal));
        if let Phase::Connecting(credit) = &self.phase {
            self.phase = Phase::Online {
                tokens: credit.tokens.clone(),
                since: now,
                renewal,
            };
        }
    }

    /// The service has answered what was shown to it on the connection.
    pub(crate) fn renewed(&mut self, outcome: Result<(), Reason>, now: Instant) -> Next {
        let next = now.checked_add(self.rules.timings.renewal);
        let again = self.renew_again(now);
        let Phase::Online { renewal, .. } = &mut self.phase else {
            return Next::Wait;
        };
        *renewal = match outcome {
            Ok(()) => Renewal::DueAt(next),
            Err(reason @ (Reason::WrongCredentials | Reason::AuthenticationExpired)) => {
                return Next::End(reason);
            }
            Err(_) => again,
        };
        Next::Wait
    }

    /// The old authentication still holds: there is an hour's time to renew it.
    fn renew_again(&self, now: Instant) -> Renewal {
        Renewal::DueAt(now.checked_add(self.rules.timings.longest_backoff))
    }

    /// The service sends the client elsewhere, and the connection is over.
    pub(crate) fn redirected(
        &mut self,
        route: Route,
        random: impl FnOnce() -> u64,
        now: Instant,
    ) -> Next {
        let mut credit = match &self.phase {
            Phase::Connecting(credit) => credit.clone(),
            Phase::Online { tokens, .. } => Credit {
                tokens: tokens.clone(),
                are_proven: true,
                redirects: 0,
            },
            // Who leaves does not go elsewhere.
            Phase::Leaving => return self.over(Reason::Requested),
            Phase::SignedOut
            | Phase::SigningIn(_)
            | Phase::Pausing { .. }
            | Phase::Following { .. } => return Next::Wait,
        };
        credit.redirects += 1;
        let home = self.rules.access.place();
        let place = home.follow(&route, &self.rules.hosts);
        let place = place.filter(|_| credit.redirects <= self.rules.most_redirects);
        let Some(place) = place else {
            return self.ended(Reason::RedirectRefused, random, now);
        };
        if route.wait().is_zero() {
            self.phase = Phase::Connecting(credit);
            return Next::Connect {
                place,
                state: route.into_state(),
            };
        }
        self.phase = Phase::Following {
            until: now + route.wait().min(LONGEST_REDIRECT_WAIT),
            place: Box::new(place),
            state: route.into_state(),
            credit,
        };
        Next::Wait
    }

    /// The connection was in vain, and another one is to be tried that offers something else.
    pub(crate) fn again(&self) -> Next {
        match &self.phase {
            Phase::Connecting(_) => Next::Connect {
                place: self.rules.access.place(),
                state: None,
            },
            _ => Next::Wait,
        }
    }

    /// The connection, or the attempt to make one, has ended.
    pub(crate) fn ended(
        &mut self,
        reason: Reason,
        random: impl FnOnce() -> u64,
        now: Instant,
    ) -> Next {
        let are_proven = match &self.phase {
            // There is nothing that could end.
            Phase::SignedOut | Phase::Pausing { .. } | Phase::Following { .. } => {
                return Next::Wait;
            }
            // However it ends, it was wished for.
            Phase::Leaving => return self.over(Reason::Requested),
            Phase::Online { since, .. } => {
                // One that lasted begins a new row of attempts.
                if now.saturating_duration_since(*since) >= self.rules.timings.longest_backoff {
                    self.attempts = 0;
                }
                true
            }
            Phase::Connecting(credit) => credit.are_proven,
            Phase::SigningIn(_) => false,
        };
        let retry = &self.rules.retry;
        if retry.is_useless(reason, are_proven, self.attempts) {
            return self.over(reason);
        }
        self.attempts += 1;
        let wait = retry.wait(reason, self.attempts, random());
        self.phase = Phase::Pausing { until: now + wait };
        Next::Retry {
            attempt: self.attempts,
            wait,
            reason,
        }
    }

    fn begin(&mut self) {
        self.phase = Phase::SigningIn(Box::new(self.fresh_sign_in()));
    }

    fn fresh_sign_in(&self) -> SignIn {
        let rules = &self.rules;
        SignIn::new(&rules.access, &rules.hosts, rules.timings.request)
    }

    fn over(&mut self, reason: Reason) -> Next {
        self.phase = Phase::SignedOut;
        Next::Over(reason)
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Next {
        if let Some(machine) = self.sign_in_machine() {
            machine.handle_timeout(now);
        }
        if let Some(machine) = self.renewal_machine() {
            machine.handle_timeout(now);
        }
        match &self.phase {
            Phase::Pausing { until } if *until <= now => self.begin(),
            Phase::Following {
                until,
                place,
                state,
                credit,
            } if *until <= now => {
                let next = Next::Connect {
                    place: (**place).clone(),
                    state: state.clone(),
                };
                self.phase = Phase::Connecting(credit.clone());
                return next;
            }
            Phase::Online {
                renewal: Renewal::DueAt(Some(at)),
                ..
            } if *at <= now => {
                let fresh = Renewal::Getting(Box::new(self.fresh_sign_in()));
                if let Phase::Online { renewal, .. } = &mut self.phase {
                    *renewal = fresh;
                }
            }
            _ => {}
        }
        Next::Wait
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match &self.phase {
            Phase::SignedOut | Phase::Connecting(_) | Phase::Leaving => None,
            Phase::SigningIn(machine) => machine.poll_timeout(),
            Phase::Online { renewal, .. } => match renewal {
                Renewal::DueAt(at) => *at,
                Renewal::Getting(machine) => machine.poll_timeout(),
                Renewal::Shown => None,
            },
            Phase::Pausing { until } | Phase::Following { until, .. } => Some(*until),
        }
    }
}

#[cfg(test)]
mod tests;
