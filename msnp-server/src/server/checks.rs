//! `Checks`: passwords that are to be checked, for whom, and whose turn it is.

use super::askers::{Asker, Askers};
use super::config::Config;
use crate::password::{AccessCheck, CheckId, FairQueue, PasswordCheck};

/// Checks under way, and passwords that wait for theirs.
#[derive(Debug)]
pub(super) struct Checks {
    askers: Askers,
    passwords: FairQueue<PasswordCheck>,
}

impl Checks {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            askers: Askers::default(),
            passwords: FairQueue::new(
                config.password_checks_at_once,
                config.password_checks_waiting,
                config.password_checks_of_site,
            ),
        }
    }

    /// A password is to be checked.
    ///
    /// # Errors
    /// Who asks for it, and what they call it: too many wait already.
    pub(super) fn password(
        &mut self,
        asker: Asker,
        check: PasswordCheck,
    ) -> Result<(), (Asker, CheckId)> {
        let (from, called) = (check.from, check.id);
        let id = CheckId(self.askers.ask(asker, called.0));
        if self.passwords.push(from, id, PasswordCheck { id, ..check }) {
            return Ok(());
        }
        self.askers.answer(id.0);
        Err((asker, called))
    }

    /// A claim is to be checked, which costs a look and has no queue.
    pub(super) fn access(&mut self, check: AccessCheck) -> AccessCheck {
        let id = CheckId(self.askers.ask(Asker::Backend, check.id.0));
        AccessCheck { id, ..check }
    }

    /// The next password to be checked now.
    pub(super) fn poll(&mut self) -> Option<PasswordCheck> {
        self.passwords.poll()
    }

    /// A check is over: who has asked for it, and what they call it.
    pub(super) fn done(&mut self, check: CheckId) -> Option<(Asker, CheckId)> {
        self.passwords.done(check);
        let (asker, called) = self.askers.answer(check.0)?;
        Some((asker, CheckId(called)))
    }
}
