//! `Checks`: what waits for somebody's password, or their access token, to be checked.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::{HeaderMap, header};
use machine_contract::{Instant, Secret};

use crate::faces::AccessClaim;
use crate::identity::EmailAddress;
use crate::password::{AccessCheck, Attempts, CheckId, Claimant, PasswordCheck, Verdict};
use crate::peer_network::PeerNetwork;

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
    waiting: BTreeMap<CheckId, (Claimed, W)>,
    last: u64,
    wanted: VecDeque<Check>,
}

/// Whose account somebody says to have, and from which network.
pub(super) type Claimed = (EmailAddress, Option<PeerNetwork>);

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
    /// `attempts` wrong passwords per address and network are allowed in a quarter of an hour.
    pub(super) fn new(attempts: u32, password_bytes: usize) -> Self {
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
        claimed: &Claimed,
        password: &str,
        now: Instant,
    ) -> Result<(), Unchecked> {
        if password.len() > self.password_bytes {
            return Err(Unchecked::Wrong);
        }
        self.count(claimed, now)
    }

    /// Has an admitted password checked for `waiting`.
    pub(super) fn password(&mut self, claimed: Claimed, password: &str, waiting: W) {
        let id = self.begin(claimed.clone(), waiting);
        let (address, from) = claimed;
        self.wanted.push_back(Check::Password(PasswordCheck {
            id,
            account: Claimant::Person(address),
            password: Secret::new(password.to_owned()),
            from,
        }));
    }

    /// Has an answer checked that an access token is said to give.
    pub(super) fn access(
        &mut self,
        claim: AccessClaim,
        from: Option<PeerNetwork>,
        waiting: W,
        now: Instant,
    ) -> Result<(), Unchecked> {
        let claimed = (claim.address.clone(), from);
        self.count(&claimed, now)?;
        let id = self.begin(claimed, waiting);
        let check = Check::Access(AccessCheck { id, claim });
        self.wanted.push_back(check);
        Ok(())
    }

    /// What has waited for a verdict, if anything still does.
    pub(super) fn answer(&mut self, check: CheckId, verdict: &Verdict) -> Option<W> {
        let ((address, from), waiting) = self.waiting.remove(&check)?;
        match verdict {
            Verdict::Right(_) | Verdict::RightUser { .. } => {
                self.attempts.succeeded(&address, from);
            }
            Verdict::Unavailable => self.attempts.take_back(&address, from),
            Verdict::Wrong => {}
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

    fn count(&mut self, (address, from): &Claimed, now: Instant) -> Result<(), Unchecked> {
        let counted = self.attempts.begin(address, *from, now);
        counted.map_err(Unchecked::TooMany)
    }

    fn begin(&mut self, claimed: Claimed, waiting: W) -> CheckId {
        self.last += 1;
        let id = CheckId(self.last);
        self.waiting.insert(id, (claimed, waiting));
        id
    }
}
