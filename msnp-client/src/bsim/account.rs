//! An IM account, how far its sign-in is, and the status that it should have.

use gateway_sm::Instant;
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
    pub(super) password: Secret,
    pub(super) stage: Stage,
    /// The status that the application wants.
    pub(super) wish: Option<String>,
    /// Whether the service was told of it in this session.
    pub(super) told: bool,
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
        self.told = false;
        if self.stage != Stage::Failed {
            self.stage = Stage::Due;
        }
    }

    /// The status to tell the service now.
    pub(super) fn untold(&self) -> Option<&str> {
        let wish = self.wish.as_deref()?;
        (self.stage == Stage::Online && !self.told).then_some(wish)
    }
}
