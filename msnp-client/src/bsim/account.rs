//! An IM account, how far its sign-in is, and the status that it should have.

use machine_contract::Instant;
use soap_codec::Secret;
use soap_codec::bsim::Event as On;

/// The only network that was ever seen (soap.md 2.3).
pub(super) const IM_TYPE: &str = "msn";

/// How the log lines of `msnp-service` begin when a sign-in failed, and when an account that was signed
/// in is so no more. What the service of 2008 said is not known (soap.md 6).
const LOGIN_FAILED: &str = "Login failed: ";
const SIGNED_OUT: &str = "Signed out: ";

/// An account that was given to the client.
pub(super) struct Account {
    name: String,
    password: Secret<String>,
    stage: Stage,
    wish: Option<Wish>,
}

/// The status that the application wants.
struct Wish {
    status: String,
    /// The service was told in this session.
    told: bool,
    /// It has met one lost session already; a second is put down to the status.
    met_lost_session: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// `LoginIM` is to be called.
    Due,
    /// It is being called.
    Calling,
    /// It was called; `OnLogin` should come.
    Awaited {
        until: Instant,
        /// A fetch was lost that may have held it.
        in_doubt: bool,
    },
    Online,
    Failed,
}

impl Account {
    /// One whose sign-in is due.
    pub(super) fn new(name: &str, password: Secret<String>) -> Self {
        Self {
            name: name.to_owned(),
            password,
            stage: Stage::Due,
            wish: None,
        }
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn password(&self) -> &Secret<String> {
        &self.password
    }

    pub(super) const fn stage(&self) -> Stage {
        self.stage
    }

    /// It is to be signed in with this password, now or the next time.
    pub(super) fn sign_in(&mut self, password: Secret<String>) {
        self.password = password;
        if self.stage != Stage::Online {
            self.stage = Stage::Due;
        }
    }

    /// It is being called from now on, if that is due. False: it is not.
    pub(super) fn call(&mut self) -> bool {
        self.moves(Stage::Due, Stage::Calling)
    }

    /// Its call has come to this. False if it was asked for anew meanwhile.
    pub(super) fn called(&mut self, stage: Stage) -> bool {
        self.moves(Stage::Calling, stage)
    }

    fn moves(&mut self, from: Stage, to: Stage) -> bool {
        let is_there = self.stage == from;
        if is_there {
            self.stage = to;
        }
        is_there
    }

    /// Until when `OnLogin` is waited for.
    pub(super) const fn awaited_until(&self) -> Option<Instant> {
        match self.stage {
            Stage::Awaited { until, .. } => Some(until),
            _ => None,
        }
    }

    /// `OnLogin` is waited for until then, if it is.
    pub(super) fn await_until(&mut self, later: Instant) {
        if let Stage::Awaited { until, .. } = &mut self.stage {
            *until = later;
        }
    }

    /// A fetch was lost that may have held `OnLogin`.
    pub(super) fn doubt(&mut self) {
        if let Stage::Awaited { in_doubt, .. } = &mut self.stage {
            *in_doubt = true;
        }
    }

    /// True: `OnLogin` did not come in time. If a lost fetch may have held it, the account is taken for signed
    /// in: the service has no other way to ask, and a message shows whether it is so.
    pub(super) fn expires(&mut self, now: Instant) -> bool {
        match self.stage {
            Stage::Awaited { until, in_doubt } if until <= now => {
                if in_doubt {
                    self.stage = Stage::Online;
                }
                !in_doubt
            }
            _ => false,
        }
    }

    pub(super) const fn fail(&mut self) {
        self.stage = Stage::Failed;
    }

    /// What a fetch says about the sign-in. `Some` if it has failed, in the service's words.
    pub(super) fn learn(&mut self, events: &[On]) -> Option<String> {
        if self.stage == Stage::Due {
            // Of the sign-in before.
            return None;
        }
        let line = |prefix: &str| {
            let lines = events.iter().filter_map(|event| match event {
                On::OnLog(lines) => Some(lines),
                _ => None,
            });
            let found = lines.flatten().find(|line| line.starts_with(prefix));
            found.cloned()
        };
        let is_life = |event: &On| !matches!(event, On::OnLog(_) | On::Other(_));
        let failed = line(SIGNED_OUT).or_else(|| {
            if events.iter().any(is_life) {
                self.stage = Stage::Online;
                return None;
            }
            line(LOGIN_FAILED).filter(|_| matches!(self.stage, Stage::Awaited { .. }))
        })?;
        self.stage = Stage::Failed;
        Some(failed)
    }

    /// The session is gone, and with it what the service knew.
    pub(super) fn forget(&mut self) {
        if let Some(wish) = &mut self.wish {
            wish.told = false;
        }
        if self.stage != Stage::Failed {
            self.stage = Stage::Due;
        }
    }

    /// The status to tell the service now.
    pub(super) fn untold(&self) -> Option<&str> {
        let wish = self.wish.as_ref().filter(|wish| !wish.told)?;
        (self.stage == Stage::Online).then_some(wish.status.as_str())
    }

    /// The application wants this status.
    pub(super) fn wish(&mut self, status: &str) {
        self.wish = Some(Wish {
            status: status.to_owned(),
            told: false,
            met_lost_session: false,
        });
    }

    /// The service knows this status now.
    pub(super) fn status_told(&mut self, status: &str) {
        if let Some(wish) = self.wish_for(status) {
            (wish.told, wish.met_lost_session) = (true, false);
        }
    }

    /// The service does not take this status.
    pub(super) fn drop_wish(&mut self, status: &str) {
        if self.wish_for(status).is_some() {
            self.wish = None;
        }
    }

    /// This status has met a lost session. False: it is no longer wanted, or that was the second.
    pub(super) fn may_tell_again(&mut self, status: &str) -> bool {
        let wish = self.wish_for(status);
        wish.is_some_and(|wish| !std::mem::replace(&mut wish.met_lost_session, true))
    }

    /// The wish, if it is still this one.
    fn wish_for(&mut self, status: &str) -> Option<&mut Wish> {
        self.wish.as_mut().filter(|wish| wish.status == status)
    }
}
