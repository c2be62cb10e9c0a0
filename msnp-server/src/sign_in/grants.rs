//! `Grants`: what sign-ins have granted, bounded in number and time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Duration;

use machine_contract::Instant;

use crate::identity::Who;

/// How long a grant lives: a day, as Microsoft's tickets did (gateway.md 16.5), and those of the SOAP services
/// (soap.md 5.2).
pub(super) const LIFETIME: Duration = Duration::from_secs(86_400);

/// Grants of one account that may be in force at once; a further one ends the oldest.
const PER_ACCOUNT: usize = 32;

/// What a grant is found by: random bytes.
pub(super) type Key = [u8; 32];

/// All grants of one kind that are in force. They are not kept over a restart, so they run out by the clock that
/// deadlines are made of: no wall clock that is set ends or prolongs one.
pub(super) struct Grants<T> {
    by_key: BTreeMap<Key, Grant<T>>,
    /// Oldest first, never empty.
    by_account: BTreeMap<Who, VecDeque<Key>>,
    expiring: BTreeSet<(Instant, Key)>,
}

struct Grant<T> {
    account: Who,
    expires: Instant,
    what: T,
}

impl<T> Default for Grants<T> {
    fn default() -> Self {
        Self {
            by_key: BTreeMap::new(),
            by_account: BTreeMap::new(),
            expiring: BTreeSet::new(),
        }
    }
}

impl<T> Grants<T> {
    /// Grants something to an account, under a fresh random key; until when.
    pub(super) fn grant(&mut self, account: &Who, key: Key, what: T, now: Instant) -> Instant {
        self.forget_expired(now);
        let expires = now + LIFETIME;
        let grant = Grant {
            account: account.clone(),
            expires,
            what,
        };
        self.by_key.insert(key, grant);
        self.expiring.insert((expires, key));
        let keys = self.by_account.entry(account.clone()).or_default();
        keys.push_back(key);
        if let Some(oldest) = keys.front().copied()
            && keys.len() > PER_ACCOUNT
        {
            self.forget(oldest);
        }
        expires
    }

    /// What was granted under a key, to whom, and until when, if it is in force.
    pub(super) fn get(&self, key: &Key, now: Instant) -> Option<(&T, &Who, Instant)> {
        let grant = self.by_key.get(key)?;
        (grant.expires > now).then_some((&grant.what, &grant.account, grant.expires))
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, key: &Key, now: Instant) -> Option<&mut T> {
        let grant = self.by_key.get_mut(key)?;
        (grant.expires > now).then_some(&mut grant.what)
    }

    fn forget_expired(&mut self, now: Instant) {
        while let Some((expires, key)) = self.expiring.first().copied()
            && expires <= now
        {
            self.forget(key);
        }
    }

    /// Ends a grant, if it is in force.
    pub(super) fn forget(&mut self, key: Key) {
        let Some(grant) = self.by_key.remove(&key) else {
            return;
        };
        self.expiring.remove(&(grant.expires, key));
        if let Some(keys) = self.by_account.get_mut(&grant.account) {
            keys.retain(|kept| *kept != key);
            if keys.is_empty() {
                self.by_account.remove(&grant.account);
            }
        }
    }
}

/// How many; their keys are secrets.
impl<T> fmt::Debug for Grants<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grants({})", self.by_key.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::identity::{EmailAddress, HomeId, PersonId, SkypeId};

    fn somebody(number: u64) -> Who {
        let (name, email) = (format!("live:n{number}"), format!("n{number}@example.org"));
        Who::new(
            PersonId::new(number),
            HomeId::default(),
            SkypeId::parse(&name).unwrap(),
            EmailAddress::parse(&email).unwrap(),
        )
    }

    #[test]
    fn an_account_cannot_hoard_grants() {
        let (mut grants, now) = (Grants::default(), Instant::from_micros(1_000));
        for number in 0..=PER_ACCOUNT {
            let number = u8::try_from(number).unwrap();
            grants.grant(&somebody(1), [number; 32], number, now);
        }
        assert!(grants.get(&[0; 32], now).is_none(), "the oldest has ended");
        assert_eq!(grants.get(&[1; 32], now).unwrap().0, &1);
        assert_eq!(grants.by_key.len(), PER_ACCOUNT);
        grants.grant(&somebody(2), [200; 32], 200, now + LIFETIME);
        assert_eq!(grants.by_key.len(), 1, "those that have run out are gone");
        assert_eq!(grants.by_account.len(), 1);
        assert_eq!(grants.expiring.len(), 1);
    }

    #[test]
    fn a_grant_lasts_a_day_and_not_a_moment_more() {
        let (mut grants, now) = (Grants::default(), Instant::from_micros(1_000));
        let expires = grants.grant(&somebody(1), [7; 32], (), now);
        assert_eq!(expires, now + LIFETIME);
        let before = Instant::from_micros(expires.as_micros() - 1);
        let ((), who, until) = grants.get(&[7; 32], before).unwrap();
        assert_eq!((who, until), (&somebody(1), expires));
        assert!(grants.get(&[7; 32], expires).is_none());
    }
}
