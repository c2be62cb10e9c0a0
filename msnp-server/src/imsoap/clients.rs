//! `Clients`: the clients of the IM accounts, as one machine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use machine_contract::{
    Failure, HttpMachine as _, Instant, Machine as _, Mux, RequestId, Secret, Transmit,
};
use msnp_client::{Access, Client, Config, ConversationId, Event, Service};

use super::upstream::{AccountKey, Effect, UpstreamEvent};
use crate::identity::{Address, EmailAddress};

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
    lookups: VecDeque<(AccountKey, Address)>,
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

    /// What an account calls itself was looked up.
    pub(super) fn handle_name(
        &mut self,
        account: AccountKey,
        name: Option<Arc<str>>,
        now: Instant,
    ) {
        match self.accounts.remove(&account) {
            Some(Account::Unnamed(beginning)) => self.start(account, beginning, name, now),
            Some(other) => {
                self.accounts.insert(account, other);
            }
            None => {}
        }
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
            if let Some(event) = self.next_event(account, now) {
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

    /// Whose name is to be looked up; then [`handle_name`](Self::handle_name).
    pub(super) fn poll_lookup(&mut self) -> Option<(AccountKey, Address)> {
        self.lookups.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.alarms.first().map(|(at, _)| *at)
    }

    fn begin(&mut self, account: AccountKey, beginning: Beginning, now: Instant) {
        match EmailAddress::parse(&beginning.login) {
            Ok(address) if self.own => {
                self.lookups.push_back((account, Address::Email(address)));
                self.accounts.insert(account, Account::Unnamed(beginning));
            }
            _ => self.start(account, beginning, None, now),
        }
    }

    fn start(
        &mut self,
        account: AccountKey,
        beginning: Beginning,
        name: Option<Arc<str>>,
        now: Instant,
    ) {
        let Beginning {
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
