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
    pub(super) name: String,
    pub(super) password: Secret<String>,
    pub(super) stage: Stage,
    pub(super) wish: Option<Wish>,
}

/// The status that the application wants.
pub(super) struct Wish {
    pub(super) status: String,
    /// The service was told in this session.
    pub(super) told: bool,
    /// It has met one lost session already; a second is put down to the status.
    pub(super) met_lost_session: bool,
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
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
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

    /// The wish, if it is still this one.
    pub(super) fn wish_for(&mut self, status: &str) -> Option<&mut Wish> {
        self.wish.as_mut().filter(|wish| wish.status == status)
    }
}
