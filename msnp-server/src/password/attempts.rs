//! Slows down the guessing of passwords, without letting strangers lock anybody out.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::time::Duration;

use machine_contract::Instant;

use crate::peer_network::PeerNetwork;

const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Counters of one kind that run at once by themselves; further ones share [`SHARED`] places.
const MOST: usize = 10_000;

/// Places of those that have none of their own.
const SHARED: usize = 4_096;

/// Pairs of account and network that are remembered for having signed in.
const KNOWN: usize = 20_000;

/// How many times what is allowed for one account from one network is allowed for it from all, and from one site for
/// all accounts.
pub(crate) const WIDER: u32 = 10;

/// Wrong attempts, per account (or user of the IM web service) and network.
///
/// * One network may be wrong about one account so often in a quarter of an hour. That locks nobody out who comes from
///   another network.
/// * All networks together may be wrong about one account ten times as often, and one site about all accounts: else
///   whoever has many networks, or tries one password on many accounts, would guess without bound. That does not hold
///   for an account from a network where it has signed in lately: its owner goes on.
/// * A counter that runs is never pushed out. When there are very many, new ones share places.
#[derive(Debug)]
pub(crate) struct Attempts<A> {
    allowed: u32,
    pairs: Counters<(A, Option<PeerNetwork>)>,
    accounts: Counters<A>,
    sites: Counters<PeerNetwork>,
    known: Known<(A, PeerNetwork)>,
}

impl<A: Ord + Clone + Hash> Attempts<A> {
    /// Allows so many wrong attempts per account and network in a quarter of an hour.
    pub(crate) fn new(allowed: u32) -> Self {
        Self {
            allowed,
            pairs: Counters::default(),
            accounts: Counters::default(),
            sites: Counters::default(),
            known: Known::default(),
        }
    }

    /// Counts an attempt, which may still turn out right.
    ///
    /// # Errors
    /// For how long none is allowed any more.
    pub(crate) fn begin(
        &mut self,
        account: &A,
        from: Option<PeerNetwork>,
        now: Instant,
    ) -> Result<(), Duration> {
        let pair = (account.clone(), from);
        let wider = self.allowed.saturating_mul(WIDER);
        let mut locked = self.pairs.locked_for(&pair, self.allowed, now);
        if let Some(network) = from
            && !self.known.contains(&(account.clone(), network))
        {
            locked = locked.max(self.accounts.locked_for(account, wider, now));
            locked = locked.max(self.sites.locked_for(&network.site(), wider, now));
        }
        if !locked.is_zero() {
            return Err(locked);
        }
        self.pairs.count(&pair, now);
        if let Some(network) = from {
            self.accounts.count(account, now);
            self.sites.count(&network.site(), now);
        }
        Ok(())
    }

    /// An attempt was right: the count of its account and network starts again.
    pub(crate) fn succeeded(&mut self, account: &A, from: Option<PeerNetwork>) {
        self.take_back(account, from);
        self.pairs.clear(&(account.clone(), from));
        if let Some(network) = from {
            self.known.insert((account.clone(), network));
        }
    }

    /// An attempt was neither right nor wrong: nobody has looked at it.
    pub(crate) fn take_back(&mut self, account: &A, from: Option<PeerNetwork>) {
        self.pairs.take_back(&(account.clone(), from));
        if let Some(network) = from {
            self.accounts.take_back(account);
            self.sites.take_back(&network.site());
        }
    }
}

/// Counters that run for a quarter of an hour each.
#[derive(Debug)]
struct Counters<K> {
    running: BTreeMap<K, Counter>,
    /// Their beginnings, the oldest first.
    begun: VecDeque<(Instant, K)>,
    /// Of all that find no place, by what is made of their names.
    shared: Vec<Counter>,
}

#[derive(Copy, Clone, Debug, Default)]
struct Counter {
    since: Option<Instant>,
    count: u32,
}

impl<K> Default for Counters<K> {
    fn default() -> Self {
        Self {
            running: BTreeMap::new(),
            begun: VecDeque::new(),
            shared: Vec::new(),
        }
    }
}

impl Counter {
    fn is_over(self, now: Instant) -> bool {
        self.since.is_none_or(|since| now >= since + WINDOW)
    }

    fn count(&mut self, now: Instant) {
        if self.is_over(now) {
            (self.since, self.count) = (Some(now), 0);
        }
        self.count = self.count.saturating_add(1);
    }
}

impl<K: Ord + Clone + Hash> Counters<K> {
    /// For how long one more is not allowed.
    fn locked_for(&self, key: &K, allowed: u32, now: Instant) -> Duration {
        let own = self.running.get(key);
        let counter = own.or_else(|| self.shared.get(Self::place(key)));
        let locked = counter.filter(|it| it.count >= allowed && !it.is_over(now));
        let until = locked.and_then(|it| it.since).map(|since| since + WINDOW);
        until.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
    }

    fn count(&mut self, key: &K, now: Instant) {
        while let Some((since, _)) = self.begun.front()
            && now >= *since + WINDOW
        {
            if let Some((since, key)) = self.begun.pop_front()
                && self
                    .running
                    .get(&key)
                    .is_some_and(|it| it.since == Some(since))
            {
                self.running.remove(&key);
            }
        }
        if let Some(counter) = self.running.get_mut(key) {
            counter.count(now);
        } else if self.begun.len() < MOST {
            let mut counter = Counter::default();
            counter.count(now);
            self.running.insert(key.clone(), counter);
            self.begun.push_back((now, key.clone()));
        } else {
            // What they have in common is one more reason to be careful, not one to forget.
            self.shared.resize(SHARED, Counter::default());
            self.shared[Self::place(key)].count(now);
        }
    }

    fn take_back(&mut self, key: &K) {
        let own = self.running.get_mut(key);
        let counter = own.or_else(|| self.shared.get_mut(Self::place(key)));
        if let Some(counter) = counter {
            counter.count = counter.count.saturating_sub(1);
        }
    }

    /// It starts again; what it shares with others does not.
    fn clear(&mut self, key: &K) {
        if let Some(counter) = self.running.get_mut(key) {
            counter.count = 0;
        }
    }

    fn place(key: &K) -> usize {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        usize::try_from(hasher.finish() % SHARED as u64).unwrap_or_default()
    }
}

/// The latest of its kind; the one that was noted longest ago is forgotten first.
#[derive(Debug)]
struct Known<K> {
    noted: BTreeMap<K, u64>,
    order: BTreeMap<u64, K>,
    last: u64,
}

impl<K> Default for Known<K> {
    fn default() -> Self {
        Self {
            noted: BTreeMap::new(),
            order: BTreeMap::new(),
            last: 0,
        }
    }
}

impl<K: Ord + Clone> Known<K> {
    fn contains(&self, key: &K) -> bool {
        self.noted.contains_key(key)
    }

    fn insert(&mut self, key: K) {
        self.last += 1;
        if let Some(before) = self.noted.insert(key.clone(), self.last) {
            self.order.remove(&before);
        }
        self.order.insert(self.last, key);
        if self.noted.len() > KNOWN
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.noted.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::EmailAddress;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    fn network(number: usize) -> Option<PeerNetwork> {
        let bits = 0xc633_0000 + u32::try_from(number).unwrap();
        PeerNetwork::of(std::net::Ipv4Addr::from_bits(bits).into())
    }

    fn at(seconds: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(seconds)
    }

    #[test]
    fn guessing_is_stopped_and_forgiven_after_a_while() {
        let mut attempts = Attempts::new(2);
        let alice = address("alice@example.org");
        for from in [network(1), None] {
            for _ in 0..2 {
                assert_eq!(attempts.begin(&alice, from, at(0)), Ok(()));
            }
            let locked = attempts.begin(&alice, from, at(60));
            assert_eq!(locked, Err(Duration::from_secs(14 * 60)));
            assert_eq!(
                attempts.begin(&address("bob@example.org"), from, at(60)),
                Ok(())
            );
            assert_eq!(attempts.begin(&alice, from, at(0) + WINDOW), Ok(()));
        }
    }

    #[test]
    fn a_right_password_clears_the_count_and_one_that_nobody_looked_at_does_not_count() {
        let mut attempts = Attempts::new(1);
        let alice = address("alice@example.org");
        for _ in 0..3 {
            assert_eq!(attempts.begin(&alice, network(1), at(0)), Ok(()));
            attempts.succeeded(&alice, network(1));
            assert_eq!(attempts.begin(&alice, network(1), at(0)), Ok(()));
            attempts.take_back(&alice, network(1));
        }
    }

    /// Case D4: twenty wrong tries from anywhere locked the owner out, for ever if repeated.
    #[test]
    fn strangers_lock_nobody_out() {
        let mut attempts = Attempts::new(20);
        let (alice, home) = (address("alice@example.org"), network(0));
        assert_eq!(attempts.begin(&alice, home, at(0)), Ok(()));
        attempts.succeeded(&alice, home);
        // One stranger locks out himself.
        let tries = (0..100).filter(|_| attempts.begin(&alice, network(1), at(1)).is_ok());
        assert_eq!(tries.count(), 20);
        assert_eq!(attempts.begin(&alice, network(2), at(1)), Ok(()));
        // Many strangers lock out strangers.
        let tries = (3..100).filter(|it| attempts.begin(&alice, network(*it), at(1)).is_ok());
        assert!(tries.count() > 90);
        let guess = |attempts: &mut Attempts<_>, from| attempts.begin(&alice, network(from), at(1));
        let more = (100..1000).filter(|from| guess(&mut attempts, *from).is_ok());
        assert!(more.count() < 200, "all together are held to a bound");
        assert!(guess(&mut attempts, 5000).is_err());
        assert_eq!(
            attempts.begin(&alice, home, at(2)),
            Ok(()),
            "the owner goes on"
        );
    }

    #[test]
    fn one_site_cannot_try_every_account_and_its_known_people_go_on() {
        let mut attempts = Attempts::new(20);
        let (alice, site) = (address("alice@example.org"), network(1));
        attempts.succeeded(&alice, site);
        let tries = (0..1000).filter(|number| {
            let account = address(&format!("user{number}@example.org"));
            attempts.begin(&account, site, at(0)).is_ok()
        });
        assert_eq!(tries.count(), 200);
        assert_eq!(attempts.begin(&alice, site, at(0)), Ok(()));
    }

    /// Case D3: 10,000 other counters pushed out the victim's, so that 199 of 200 guesses were checked.
    #[test]
    fn a_counter_that_runs_is_never_pushed_out() {
        let mut attempts = Attempts::new(20);
        let alice = address("alice@example.org");
        let guess = |attempts: &mut Attempts<_>| attempts.begin(&alice, None, at(1)).is_ok();
        assert_eq!((0..10).filter(|_| guess(&mut attempts)).count(), 10);
        for number in 0..2 * MOST {
            let other = address(&format!("user{number}@example.org"));
            let _ = attempts.begin(&other, None, at(1));
        }
        assert_eq!((0..200).filter(|_| guess(&mut attempts)).count(), 10);
        // Nor is one that began when there was no place left.
        let last = address("last@example.org");
        let guess = |attempts: &mut Attempts<_>| attempts.begin(&last, None, at(1)).is_ok();
        assert!((0..200).filter(|_| guess(&mut attempts)).count() <= 20);
    }

    #[test]
    fn the_memory_is_bounded_and_given_back() {
        let mut attempts = Attempts::new(1);
        for number in 0..MOST + 50 {
            let account = address(&format!("user{number}@example.org"));
            let _ = attempts.begin(&account, network(number), at(0));
            attempts.succeeded(&account, network(number));
        }
        assert_eq!(attempts.pairs.running.len(), MOST);
        let _ = attempts.begin(&address("a@example.org"), None, at(0) + WINDOW);
        assert_eq!(attempts.pairs.running.len(), 1);
        let mut known = Known::default();
        for number in 0..2 * KNOWN {
            known.insert(number);
        }
        assert_eq!((known.noted.len(), known.order.len()), (KNOWN, KNOWN));
        assert!(known.contains(&(2 * KNOWN - 1)) && !known.contains(&0));
    }
}
