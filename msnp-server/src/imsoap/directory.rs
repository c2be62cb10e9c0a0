//! `Directory`: the e-mail addresses of those whom clients name otherwise.

use std::collections::{BTreeMap, VecDeque};

use msnp_client::{ContactId, Event};

use super::upstream::AccountKey;
use crate::identity::{Address, SkypeId, Who};

/// People whose addresses are kept for one account; the client itself keeps no more.
const MOST: usize = 4_000;

/// Events of one account that may wait for addresses, and people that are looked up together.
const WAITING: usize = 256;

/// The network of the names that MSNP24 calls people by (msnp24.md 4).
const SKYPE: u32 = 8;

/// By which addresses people are called. The callers of the web service know people by their e-mail addresses
/// (soap.md 2.3), the clients that sign in for them by the names of MSNP24.
#[derive(Debug, Default)]
pub(super) struct Directory(BTreeMap<AccountKey, Page>);

/// What is known for one account.
#[derive(Debug, Default)]
struct Page {
    /// Whoever has no address keeps the name.
    known: BTreeMap<ContactId, ContactId>,
    waiting: VecDeque<Event>,
    /// Who is named in what waits and not known yet.
    unknown: Vec<ContactId>,
    is_asked: bool,
}

/// What becomes of an event.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at where it is given, and kept nowhere"
)]
pub(super) enum Named {
    /// It names people by their addresses now.
    Told(Event),
    /// It waits until they are known.
    Waits,
    /// The same, and no more is to be given.
    Full,
}

impl Directory {
    /// Puts addresses into an event. Events stay in their order, so one waits behind another too.
    pub(super) fn named(&mut self, account: AccountKey, mut event: Event) -> Named {
        let page = self.0.entry(account).or_default();
        let mut unknown = Vec::new();
        each_person(&mut event, |who| {
            let is_new = !page.known.contains_key(who) && !page.unknown.contains(who);
            if who.network() == SKYPE && is_new {
                unknown.push(who.clone());
            }
        });
        if page.waiting.is_empty() && unknown.is_empty() {
            page.put_into(&mut event);
            if matches!(event, Event::SignedOut(_)) {
                self.0.remove(&account);
            }
            return Named::Told(event);
        }
        page.unknown.append(&mut unknown);
        // A message may be large, and its client has room for it.
        let is_large = matches!(
            event,
            Event::MessageReceived(_) | Event::MessageEdited { .. }
        );
        page.waiting.push_back(event);
        if is_large || page.waiting.len() >= WAITING || page.unknown.len() >= WAITING {
            Named::Full
        } else {
            Named::Waits
        }
    }

    /// Whose addresses are to be looked up, for what waits; then [`found`](Self::found).
    pub(super) fn ask(&mut self, account: AccountKey) -> Option<Vec<Address>> {
        let page = self.0.get_mut(&account)?;
        if page.waiting.is_empty() || page.is_asked {
            return None;
        }
        page.is_asked = true;
        // What no account can be called is nobody's name here.
        let (names, others): (Vec<_>, Vec<_>) = std::mem::take(&mut page.unknown)
            .into_iter()
            .partition(|who| SkypeId::parse(who.name()).is_ok());
        for who in others {
            page.learn(who.clone(), who);
        }
        let addresses = names
            .iter()
            .filter_map(|who| SkypeId::parse(who.name()).ok());
        let addresses = addresses.map(Address::Skype).collect();
        page.unknown = names;
        Some(addresses)
    }

    /// Whether addresses are looked up for this account.
    pub(super) fn is_asked(&self, account: AccountKey) -> bool {
        self.0.get(&account).is_some_and(|page| page.is_asked)
    }

    /// Who was asked for, in the same order; whoever is left out has no address. What waited for that.
    pub(super) fn found(
        &mut self,
        account: AccountKey,
        found: impl Iterator<Item = Option<Who>>,
    ) -> VecDeque<Event> {
        let Some(page) = self.0.get_mut(&account) else {
            return VecDeque::new();
        };
        page.is_asked = false;
        let found = found.chain(std::iter::repeat(None));
        for (name, who) in std::mem::take(&mut page.unknown).into_iter().zip(found) {
            let address = who.and_then(|who| ContactId::messenger(who.email().as_str()).ok());
            let address = address.unwrap_or_else(|| name.clone());
            page.learn(name, address);
        }
        let mut told = std::mem::take(&mut page.waiting);
        for event in &mut told {
            page.put_into(event);
        }
        if matches!(told.back(), Some(Event::SignedOut(_))) {
            self.0.remove(&account);
        }
        told
    }

    /// The account has ended; what still waits is told first.
    pub(super) fn forget(&mut self, account: AccountKey) {
        if self.0.get(&account).is_some_and(|it| it.waiting.is_empty()) {
            self.0.remove(&account);
        }
    }
}

impl Page {
    fn learn(&mut self, name: ContactId, address: ContactId) {
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(name, address);
    }

    fn put_into(&self, event: &mut Event) {
        each_person(event, |who| {
            if let Some(address) = self.known.get(who) {
                *who = address.clone();
            }
        });
    }
}

/// Visits whoever is named in an event that the service has a word for.
fn each_person(event: &mut Event, mut visit: impl FnMut(&mut ContactId)) {
    match event {
        Event::SignedIn(who) | Event::ContactRemoved(who) => visit(who),
        Event::ContactChanged(contact) => visit(&mut contact.id),
        Event::PresenceChanged { contact, .. } => visit(contact),
        Event::MessageReceived(message) | Event::MessageEdited { edit: message, .. } => {
            visit(&mut message.from);
        }
        _ => {}
    }
}
