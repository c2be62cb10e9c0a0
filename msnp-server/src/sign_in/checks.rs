//! `Checks`: what waits for somebody's password, or their access token, to be checked.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::{HeaderMap, header};
use machine_contract::{Instant, Secret};

use crate::faces::AccessClaim;
use crate::identity::EmailAddress;
use crate::password::{AccessCheck, Attempts, CheckId, Claimant, PasswordCheck};

/// Something to be checked.
#[derive(Debug)]
pub(crate) enum Check {
    /// A password.
    Password(PasswordCheck),
    /// An access token.
    Access(AccessCheck),
}

/// Checks under way, by the `W` that each answers. Wrong passwords and wrong answers of one address count together, whatever
/// asked.
#[derive(Debug)]
pub(super) struct Checks<W> {
    attempts: Attempts<EmailAddress>,
    /// The longest password that is worth a check.
    password_bytes: usize,
    waiting: BTreeMap<CheckId, (EmailAddress, W)>,
    last: u64,
    wanted: VecDeque<Check>,
}

/// Why nothing is checked.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Unchecked {
    /// It cannot be right.
    Wrong,
    /// There were too many wrong ones; none is looked at for so long.
    TooMany(Duration),
}

impl Unchecked {
    /// For people.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Wrong => "Authentication Failure",
            Self::TooMany(_) => "Too many attempts. Please try again later.",
        }
    }

    /// For programs: not now, but after that time (RFC 9110 10.2.3).
    pub(super) fn write(self, headers: &mut HeaderMap) {
        if let Self::TooMany(time) = self {
            // Whole seconds, rounded up: who comes back then is let in.
            let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
    }
}

impl<W> Checks<W> {
    /// `attempts` wrong passwords per address are allowed in a quarter of an hour.
    pub(super) const fn new(attempts: u32, password_bytes: usize) -> Self {
        Self {
            attempts: Attempts::new(attempts),
            password_bytes,
            waiting: BTreeMap::new(),
            last: 0,
            wanted: VecDeque::new(),
        }
    }

    /// Counts an attempt to sign in with a password; whether that is worth a check, and there were not too many.
    pub(super) fn admit(
        &mut self,
        address: &EmailAddress,
        password: &str,
        now: Instant,
    ) -> Result<(), Unchecked> {
        if password.len() > self.password_bytes {
            return Err(Unchecked::Wrong);
        }
        self.count(address, now)
    }

    /// Has an admitted password checked for `waiting`.
    pub(super) fn password(&mut self, address: EmailAddress, password: &str, waiting: W) {
        let id = self.begin(&address, waiting);
        self.wanted.push_back(Check::Password(PasswordCheck {
            id,
            account: Claimant::Person(address),
            password: Secret::new(password.to_owned()),
        }));
    }

    /// Has an answer checked that an access token is said to give.
    pub(super) fn access(
        &mut self,
        claim: AccessClaim,
        waiting: W,
        now: Instant,
    ) -> Result<(), Unchecked> {
        self.count(&claim.address, now)?;
        let id = self.begin(&claim.address, waiting);
        let check = Check::Access(AccessCheck { id, claim });
        self.wanted.push_back(check);
        Ok(())
    }

    /// What has waited for a verdict, if anything still does.
    pub(super) fn answer(&mut self, check: CheckId, is_right: bool) -> Option<W> {
        let (address, waiting) = self.waiting.remove(&check)?;
        if is_right {
            self.attempts.succeeded(&address);
        }
        Some(waiting)
    }

    /// Nothing waits any more of what `is_lost`.
    pub(super) fn forget(&mut self, is_lost: impl Fn(&W) -> bool) {
        self.waiting.retain(|_, (_, waiting)| !is_lost(waiting));
    }

    /// The next thing to be checked.
    pub(super) fn poll(&mut self) -> Option<Check> {
        self.wanted.pop_front()
    }

    fn count(&mut self, address: &EmailAddress, now: Instant) -> Result<(), Unchecked> {
        if self.attempts.allow(address, now) {
            return Ok(());
        }
        let time = self.attempts.locked_for(address, now);
        Err(Unchecked::TooMany(time))
    }

    fn begin(&mut self, address: &EmailAddress, waiting: W) -> CheckId {
        self.last += 1;
        let id = CheckId(self.last);
        self.waiting.insert(id, (address.clone(), waiting));
        id
    }
}
