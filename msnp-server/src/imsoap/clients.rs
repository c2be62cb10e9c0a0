//! `Clients`: the clients of the IM accounts, as one machine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine as _, Instant, Machine as _, Mux, RequestId, Secret, Transmit,
};
use msnp_client::{Access, Client, Config, ConversationId, Event, Service};

use super::directory::{Directory, Named};
use super::groups::groups_of;
use super::upstream::{AccountKey, Effect, UpstreamEvent};
use crate::identity::{Address, EmailAddress};
use crate::network::{Found, Read};

/// What an account's other places see this one called.
const ENDPOINT_NAME: &str = "IM web service";

/// A client for each IM account, from its sign-in until it has said good-bye.
///
/// Only clients that were told something are looked at, so that thousands of idle ones cost nothing.
#[derive(Debug)]
pub(super) struct Clients {
    service: Service,
    /// The accounts are this server's own, so its store knows what they call themselves: the gateway tells a
    /// client only what its other places say.
    own: bool,
    accounts: BTreeMap<AccountKey, Account>,
    mux: Mux<AccountKey>,
    /// Those that were told something since they were looked at.
    touched: BTreeSet<AccountKey>,
    alarms: BTreeSet<(Instant, AccountKey)>,
    lookups: VecDeque<(AccountKey, Read)>,
    /// How people are called whom a client has named, by the e-mail addresses that the store knows.
    directory: Directory,
    events: VecDeque<(AccountKey, UpstreamEvent)>,
    transmits: VecDeque<Transmit>,
    cancels: VecDeque<RequestId>,
}

#[derive(Debug)]
enum Account {
    /// Its name is looked up.
    Unnamed(Beginning),
    /// It is at work, and wants to be woken then.
    AtWork(Box<Client>, Option<Instant>),
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
    /// No clients yet; they will sign in at `service`, which is this server itself if the accounts are its
    /// `own`.
    pub(super) fn new(service: Service, own: bool) -> Self {
        Self {
            service,
            own,
            accounts: BTreeMap::new(),
            mux: Mux::new(),
            touched: BTreeSet::new(),
            alarms: BTreeSet::new(),
            lookups: VecDeque::new(),
            directory: Directory::default(),
            events: VecDeque::new(),
            transmits: VecDeque::new(),
            cancels: VecDeque::new(),
        }
    }

    /// Clients that are at work, or about to be.
    pub(super) fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether they sign in at this server itself.
    pub(super) const fn are_own(&self) -> bool {
        self.own
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
            Some(Account::AtWork(client, _)) => {
                let event = order(client, effect, now);
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
        if let Some((client, inner)) = self.owner(id) {
            client.handle_response(inner, response, now);
        }
    }

    pub(super) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        if let Some((client, inner)) = self.owner(id) {
            client.handle_failure(inner, failure, now);
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, account)) = self.alarms.first().copied()
            && at <= now
        {
            self.alarms.pop_first();
            if let Some(Account::AtWork(client, alarm)) = self.accounts.get_mut(&account) {
                *alarm = None;
                client.handle_timeout(now);
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
                && let Some(event) = self.next_event(account, now)
            {
                if self.own {
                    self.named(account, event, now);
                    continue;
                }
                return Some((account, UpstreamEvent::Event(event)));
            }
            self.touched.remove(&account);
            self.collect(account, now);
        }
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub(super) fn poll_cancel(&mut self) -> Option<RequestId> {
        self.cancels.pop_front()
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
            Ok(address) if self.own => {
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
        let access = Access::web(self.service.clone(), login, password.expose());
        let mut config = Config::new(access, *seed.expose())
            .endpoint_name(ENDPOINT_NAME)
            .acknowledge_by_hand(true);
        if let Some(name) = name {
            config = config.display_name(&*name);
            let name = UpstreamEvent::DisplayName(name.to_string());
            self.events.push_back((account, name));
        }
        let mut client = Client::new(config);
        client.sign_in(now);
        self.accounts
            .insert(account, Account::AtWork(Box::new(client), None));
        self.touched.insert(account);
        for effect in orders {
            self.carry_out(effect, now);
        }
    }

    /// The request has ended: whose it was, who is told now, and what that one calls it.
    fn owner(&mut self, id: RequestId) -> Option<(&mut Client, RequestId)> {
        let (account, inner) = self.mux.end_request(id)?;
        let Some(Account::AtWork(client, _)) = self.accounts.get_mut(&account) else {
            return None;
        };
        self.touched.insert(account);
        Some((client, inner))
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
                Some(next) => event = next,
                None => break,
            }
        }
        self.lookups.extend(
            self.directory
                .ask(account)
                .map(|addresses| (account, Read::Addresses(addresses))),
        );
    }

    fn next_event(&mut self, account: AccountKey, now: Instant) -> Option<Event> {
        let Some(Account::AtWork(client, _)) = self.accounts.get_mut(&account) else {
            return None;
        };
        loop {
            if let Some(event) = client.poll_event() {
                if matches!(event, Event::SignedOut(_)) {
                    self.remove(account);
                }
                return Some(event);
            }
            // Its events were taken, so it may have waited for that room.
            if client.poll_timeout().is_none_or(|at| at > now) {
                return None;
            }
            client.handle_timeout(now);
        }
    }

    /// Takes over what one client wants of the network, and of the clock.
    fn collect(&mut self, account: AccountKey, now: Instant) {
        let Some(Account::AtWork(client, alarm)) = self.accounts.get_mut(&account) else {
            return;
        };
        while let Some(transmit) = self.mux.poll_transmit(account, &mut **client, now) {
            self.transmits.push_back(transmit);
        }
        while let Some(cancel) = self.mux.poll_cancel(account, &mut **client) {
            self.cancels.push_back(cancel);
        }
        let before = std::mem::replace(alarm, client.poll_timeout());
        let after = *alarm;
        if let Some(at) = before {
            self.alarms.remove(&(at, account));
        }
        self.alarms.extend(after.map(|at| (at, account)));
    }

    fn remove(&mut self, account: AccountKey) {
        self.directory.forget(account);
        if let Some(Account::AtWork(_, Some(alarm))) = self.accounts.remove(&account) {
            self.alarms.remove(&(alarm, account));
        }
        self.mux.remove(account);
        while let Some(cancel) = self.mux.poll_cancelled() {
            self.cancels.push_back(cancel);
        }
    }
}

/// Has a client do something; what it says to that at once.
fn order(client: &mut Client, effect: Effect, now: Instant) -> Option<UpstreamEvent> {
    match effect {
        Effect::SetStatus { status, .. } => Some(match client.set_status(status, now) {
            Ok(operation) => UpstreamEvent::StatusTaken(operation, status),
            Err(refused) => UpstreamEvent::StatusRefused(status, refused),
        }),
        Effect::Send { to, text, .. } => {
            let conversation = ConversationId::from(&to);
            let taken = client.send_text(&conversation, &text, now);
            let refused = taken.err()?;
            Some(UpstreamEvent::MessageRefused(to, refused))
        }
        Effect::Acknowledge { receipt, .. } => {
            client.acknowledge(receipt, now);
            None
        }
        Effect::SignOut { .. } => {
            client.sign_out(now);
            None
        }
        Effect::StartSignIn { .. } => None,
    }
}
