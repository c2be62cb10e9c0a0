//! `Clients`: the clients of the IM accounts, as one machine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, Instant, Mux, RequestId, Secret, StreamId};
use msnp_client::Event;

use super::at_work::AtWork;
use super::directory::{Directory, Named};
use super::groups::groups_of;
use super::lines::StreamNews;
use super::outgoing::Outgoing;
use super::upstream::{AccountKey, Effect, UpstreamEvent};
use super::ways::Ways;
use crate::identity::{Address, EmailAddress};
use crate::network::{Found, Read};

/// A client for each IM account, from its sign-in until it has said good-bye.
///
/// Only clients that were told something are looked at, so that thousands of idle ones cost nothing.
#[derive(Debug)]
pub(super) struct Clients {
    ways: Ways,
    accounts: BTreeMap<AccountKey, Account>,
    mux: Mux<AccountKey>,
    /// Those that were told something since they were looked at.
    touched: BTreeSet<AccountKey>,
    alarms: BTreeSet<(Instant, AccountKey)>,
    lookups: VecDeque<(AccountKey, Read)>,
    /// How people are called whom a client has named, by the e-mail addresses that the store knows.
    directory: Directory,
    events: VecDeque<(AccountKey, UpstreamEvent)>,
    outgoing: Outgoing,
}

#[derive(Debug)]
enum Account {
    /// Its name is looked up.
    Unnamed(Beginning),
    /// It has its client.
    AtWork(AtWork),
}

/// What is kept until there is a client.
#[derive(Debug)]
struct Beginning {
    /// What it calls itself, once that is known.
    name: Option<Arc<str>>,
    login: String,
    password: Secret<String>,
    seed: Secret<[u8; 32]>,
    /// What it is to do once it is there; as many as may be open.
    orders: Vec<Effect>,
}

impl Clients {
    /// No clients yet; they will sign in by these ways.
    pub(super) fn new(ways: Ways) -> Self {
        Self {
            ways,
            accounts: BTreeMap::new(),
            mux: Mux::new(),
            touched: BTreeSet::new(),
            alarms: BTreeSet::new(),
            lookups: VecDeque::new(),
            directory: Directory::default(),
            events: VecDeque::new(),
            outgoing: Outgoing::default(),
        }
    }

    /// Clients that are at work, or about to be.
    pub(super) fn len(&self) -> usize {
        self.accounts.len()
    }

    /// What they want of the network, complete once [`poll_event`](Self::poll_event) has nothing more.
    pub(super) const fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    /// Does what a session wants.
    pub(super) fn carry_out(&mut self, effect: Effect, now: Instant) {
        let account = effect.account();
        if let Effect::StartSignIn {
            login,
            password,
            seed,
            ..
        } = effect
        {
            let beginning = Beginning {
                name: None,
                login,
                password,
                seed: Secret::new(seed),
                orders: Vec::new(),
            };
            self.begin(account, beginning, now);
            return;
        }
        match self.accounts.get_mut(&account) {
            Some(Account::AtWork(it)) => {
                let event = it.carry_out(effect, now);
                self.events.extend(event.map(|event| (account, event)));
                self.touched.insert(account);
            }
            Some(Account::Unnamed(_)) if matches!(effect, Effect::SignOut { .. }) => {
                self.accounts.remove(&account);
            }
            Some(Account::Unnamed(beginning)) => beginning.orders.push(effect),
            // One that has just ended has said why, or is about to.
            None => {}
        }
    }

    /// What was looked up for an account; `None` where the store failed. Then people go by the names that they have.
    pub(super) fn handle_found(&mut self, account: AccountKey, found: Option<Found>, now: Instant) {
        match self.accounts.remove(&account) {
            Some(Account::Unnamed(beginning)) => {
                self.own_found(account, beginning, found, now);
                return;
            }
            Some(other) => {
                self.accounts.insert(account, other);
            }
            None => {}
        }
        let found = match found {
            Some(Found::Addresses(found)) => found,
            _ => Vec::new(),
        };
        let found = found.into_iter().map(|one| one.map(|(who, _)| who));
        let told = self.directory.found(account, found);
        let told = told.into_iter().map(UpstreamEvent::Event);
        self.events.extend(told.map(|event| (account, event)));
        // Its client may have said more meanwhile.
        self.touched.insert(account);
    }

    /// An account that is about to sign in was looked up: first who it is, then its groups.
    fn own_found(
        &mut self,
        account: AccountKey,
        mut beginning: Beginning,
        found: Option<Found>,
        now: Instant,
    ) {
        match found {
            Some(Found::Addresses(found)) => {
                if let Some((who, name)) = found.into_iter().next().flatten() {
                    beginning.name = Some(name);
                    self.lookups
                        .push_back((account, Read::Person(who.person())));
                    self.accounts.insert(account, Account::Unnamed(beginning));
                    return;
                }
            }
            Some(Found::Person(Some(record))) => {
                self.events.push_back((account, groups_of(&record)));
            }
            _ => {}
        }
        self.start(account, beginning, now);
    }

    pub(super) fn handle_response(
        &mut self,
        id: RequestId,
        response: Response<Bytes>,
        now: Instant,
    ) {
        if let Some((it, inner)) = self.owner(id) {
            it.handle_response(inner, response, now);
        }
    }

    pub(super) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        if let Some((it, inner)) = self.owner(id) {
            it.handle_failure(inner, failure, now);
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, account)) = self.alarms.first().copied()
            && at <= now
        {
            self.alarms.pop_first();
            if let Some(Account::AtWork(it)) = self.accounts.get_mut(&account) {
                it.handle_timeout(now);
                self.touched.insert(account);
            }
        }
    }

    /// The next that a client says. Once there is nothing more, what they want of the network is complete.
    pub(super) fn poll_event(&mut self, now: Instant) -> Option<(AccountKey, UpstreamEvent)> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            let account = self.touched.first().copied()?;
            if !self.directory.is_asked(account)
                && let Some((event, is_own)) = self.next_event(account, now)
            {
                if is_own {
                    self.named(account, event, now);
                } else {
                    let event = UpstreamEvent::Event(event);
                    self.events.push_back((account, event));
                }
                continue;
            }
            self.touched.remove(&account);
            self.collect(account, now);
        }
    }

    /// What is to be looked up for an account, one thing at a time; then [`handle_found`](Self::handle_found).
    pub(super) fn poll_lookup(&mut self) -> Option<(AccountKey, Read)> {
        self.lookups.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.alarms.first().map(|(at, _)| *at)
    }

    fn begin(&mut self, account: AccountKey, beginning: Beginning, now: Instant) {
        match EmailAddress::parse(&beginning.login) {
            // The store knows what one's own accounts call themselves: the gateway tells a client only what its other
            // places say.
            Ok(address) if self.ways.of(&beginning.login).is_own() => {
                let read = Read::Addresses(vec![Address::Email(address)]);
                self.lookups.push_back((account, read));
                self.accounts.insert(account, Account::Unnamed(beginning));
            }
            _ => self.start(account, beginning, now),
        }
    }

    fn start(&mut self, account: AccountKey, beginning: Beginning, now: Instant) {
        let Beginning {
            name,
            login,
            password,
            seed,
            orders,
        } = beginning;
        let way = self.ways.of(&login);
        let at_work = AtWork::begin(way, (login, &password), name.as_deref(), &seed, now);
        if let Some(name) = name {
            let name = UpstreamEvent::DisplayName(name.to_string());
            self.events.push_back((account, name));
        }
        self.accounts.insert(account, Account::AtWork(at_work));
        self.touched.insert(account);
        for effect in orders {
            self.carry_out(effect, now);
        }
    }

    /// The request has ended: whose it was, who is told now, and what that one calls it.
    fn owner(&mut self, id: RequestId) -> Option<(&mut AtWork, RequestId)> {
        let (account, inner) = self.mux.end_request(id)?;
        let Some(Account::AtWork(it)) = self.accounts.get_mut(&account) else {
            return None;
        };
        self.touched.insert(account);
        Some((it, inner))
    }

    /// Something has happened to a stream.
    pub(super) fn handle_stream(&mut self, id: StreamId, news: StreamNews, now: Instant) {
        let owner = match &news {
            StreamNews::Closed { .. } => self.mux.end_stream(id),
            _ => self.mux.stream(id),
        };
        let Some((account, inner)) = owner else {
            return;
        };
        if let Some(Account::AtWork(it)) = self.accounts.get_mut(&account) {
            it.handle_stream(id, inner, news, now);
            self.touched.insert(account);
        }
    }

    /// Tells an event with the e-mail addresses of those whom it names. While one of them is looked up it waits, and so
    /// does what comes after it, as far as the directory takes it: the rest stays with the client.
    fn named(&mut self, account: AccountKey, event: Event, now: Instant) {
        let mut event = event;
        loop {
            match self.directory.named(account, event) {
                Named::Told(event) => {
                    let event = UpstreamEvent::Event(event);
                    self.events.push_back((account, event));
                    return;
                }
                Named::Waits => {}
                Named::Full => break,
            }
            match self.next_event(account, now) {
                Some((next, _)) => event = next,
                None => break,
            }
        }
        self.lookups.extend(
            self.directory
                .ask(account)
                .map(|addresses| (account, Read::Addresses(addresses))),
        );
    }

    /// The next that a client says, and whether it has signed in at this server itself.
    fn next_event(&mut self, account: AccountKey, now: Instant) -> Option<(Event, bool)> {
        let Some(Account::AtWork(it)) = self.accounts.get_mut(&account) else {
            return None;
        };
        let event = it.poll_event(now)?;
        let is_own = it.is_own();
        match event {
            Event::SignedIn(_) => {
                let groups = it.groups();
                self.events.extend(groups.map(|groups| (account, groups)));
            }
            Event::SignedOut(_) => self.remove(account),
            _ => {}
        }
        Some((event, is_own))
    }

    /// Takes over what one client wants of the network, and of the clock.
    fn collect(&mut self, account: AccountKey, now: Instant) {
        let Some(Account::AtWork(it)) = self.accounts.get_mut(&account) else {
            return;
        };
        it.collect(account, &mut self.mux, &mut self.outgoing, now);
        let (before, after) = it.move_alarm();
        if let Some(at) = before {
            self.alarms.remove(&(at, account));
        }
        self.alarms.extend(after.map(|at| (at, account)));
    }

    fn remove(&mut self, account: AccountKey) {
        self.directory.forget(account);
        self.mux.remove(account);
        let Some(Account::AtWork(it)) = self.accounts.remove(&account) else {
            return;
        };
        if let Some(alarm) = it.alarm() {
            self.alarms.remove(&(alarm, account));
        }
        while let Some(cancel) = self.mux.poll_cancelled() {
            self.outgoing.cancel(it.is_own(), cancel);
        }
        while let Some(dropped) = self.mux.poll_dropped() {
            self.outgoing.drop_stream(&dropped);
        }
    }
}
