//! `Memory`: a store in ordered maps, for demos, tests, simulations and browsers.

mod letters;
mod mailbox;
mod person;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use machine_contract::{Secret, UnixTime};

use self::letters::Letters;
use self::person::Person;
use crate::account::{AccessToken, Account, NewAccount, Taken};
use crate::faces::AccessClaim;
use crate::identity::{Address, HomeId, PersonId, Who};
use crate::network::{
    Batch, Change, Conversation, ConversationId, Correspondence, Found, Kept, Message, MessageName,
    Number, Read, Thread, ThreadId,
};

/// A store that ends with the process. It answers at once and never fails.
///
/// ```
/// use msnp_server::identity::{Address, EmailAddress, SkypeId};
/// use msnp_server::network::{Batch, BatchId, Change, Found, Read};
/// use msnp_server::{Memory, NewAccount};
///
/// let mut store = Memory::new();
/// let alice = store.add_account(NewAccount {
///     skype_id: SkypeId::parse("live:alice")?,
///     email: EmailAddress::parse("alice@example.org")?,
///     name: "Alice".into(),
///     password_hash: String::new().into(),
/// })?;
/// store.commit(&Batch {
///     id: BatchId(1),
///     changes: vec![Change::Name(alice.person(), "Alice <3".into())],
/// });
/// let Found::Addresses(found) = store.read(&Read::Addresses(vec![Address::Skype(
///     SkypeId::parse("8:live:alice")?,
/// )])) else {
///     panic!("a question is answered by an answer of its kind");
/// };
/// assert_eq!(found, [Some((alice, "Alice <3".into()))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Memory {
    home: HomeId,
    people: BTreeMap<PersonId, Person>,
    addresses: BTreeMap<Address, PersonId>,
    /// People of other homes, and what they are called.
    elsewhere: BTreeMap<PersonId, (Who, Arc<str>)>,
    correspondence: BTreeMap<HomeId, Letters>,
    /// The last number that an account was given.
    last_person: u64,
    threads: BTreeMap<ThreadId, Arc<Thread>>,
    messages: BTreeMap<MessageName, Stored>,
    /// All messages, by when they came.
    arrivals: BTreeSet<(UnixTime, MessageName)>,
}

/// A message, and where it is kept.
#[derive(Debug)]
struct Stored {
    message: Arc<Message>,
    keepers: Vec<(PersonId, Number)>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store of that home, which gives numbers to people that no other home gives.
    pub fn at(home: HomeId) -> Self {
        Self {
            home,
            ..Self::default()
        }
    }

    /// Makes a person of another home known, under the name that others are shown.
    ///
    /// # Errors
    /// [`Taken`] if somebody else has their name or their address.
    pub fn add_elsewhere(&mut self, who: &Who, name: Arc<str>) -> Result<(), Taken> {
        let by_name = Address::Skype(who.skype_id().clone());
        let by_email = Address::Email(who.email().clone());
        for (address, taken) in [(&by_name, Taken::SkypeId), (&by_email, Taken::Email)] {
            let known = self.addresses.get(address);
            if known.is_some_and(|known| *known != who.person()) {
                return Err(taken);
            }
        }
        self.addresses.insert(by_name, who.person());
        self.addresses.insert(by_email, who.person());
        self.elsewhere.insert(who.person(), (who.clone(), name));
        Ok(())
    }

    /// What is kept of what was said to other homes and by them, for
    /// [`Network::with_correspondence`](crate::network::Network::with_correspondence).
    pub fn correspondence(&self) -> Correspondence {
        let mut kept = Correspondence::default();
        for (home, letters) in &self.correspondence {
            letters.tell(*home, &mut kept);
        }
        kept
    }

    /// Keeps a batch.
    pub fn commit(&mut self, batch: &Batch) {
        for change in &batch.changes {
            self.apply(change);
        }
    }

    /// Answers a question.
    pub fn read(&self, question: &Read) -> Found {
        match question {
            Read::Addresses(addresses) => {
                let at = |address| match self.account_by_address(address) {
                    Some(account) => Some((account.who.clone(), Arc::clone(&account.name))),
                    None => self.elsewhere.get(self.addresses.get(address)?).cloned(),
                };
                Found::Addresses(addresses.iter().map(at).collect())
            }
            Read::Person(who) => {
                let found = self.people.get(who);
                Found::Person(found.map(|person| Box::new(person.record(|who| self.name(who)))))
            }
            Read::Thread(id) => Found::Thread(self.threads.get(id).cloned()),
            Read::Backlog {
                owner,
                after,
                until,
                waiting,
                limit,
            } => Found::Messages(self.people.get(owner).map_or_else(Vec::new, |person| {
                person.mailbox().backlog(*after, *until, *waiting, *limit)
            })),
            Read::Messages {
                owner,
                conversation,
                from,
                before,
                limit,
            } => Found::Messages(self.people.get(owner).map_or_else(Vec::new, |person| {
                person
                    .mailbox()
                    .messages(conversation, *from, *before, *limit)
            })),
            Read::Conversations {
                owner,
                since,
                limit,
            } => Found::Conversations(self.conversations(*owner, *since, *limit)),
        }
    }

    /// The highest number of a message that was named at `home`; 0 if there is none.
    pub fn last_name(&self, home: HomeId) -> u64 {
        let name = |number| MessageName { home, number };
        let mut names = self.messages.range(name(0)..=name(u64::MAX));
        let kept = names.next_back().map_or(0, |(name, _)| name.number);
        // Also of those that are on their way: their authors keep them when they are answered.
        let on_the_way = self.correspondence.values().filter_map(Letters::last_name);
        on_the_way.fold(kept, u64::max)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`Taken`] if somebody has its name or its address.
    pub fn add_account(&mut self, new: NewAccount) -> Result<Who, Taken> {
        let by_name = Address::Skype(new.skype_id.clone());
        let by_email = Address::Email(new.email.clone());
        if self.addresses.contains_key(&by_name) {
            return Err(Taken::SkypeId);
        }
        if self.addresses.contains_key(&by_email) {
            return Err(Taken::Email);
        }
        self.last_person += 1;
        let person = PersonId::new(u64::from(self.home.0) << 32 | self.last_person);
        let who = Who::new(person, self.home, new.skype_id, new.email);
        self.addresses.insert(by_name, person);
        self.addresses.insert(by_email, person);
        let account = Account {
            who: who.clone(),
            name: new.name,
            password_hash: new.password_hash,
        };
        self.people.insert(person, Person::new(account));
        Ok(who)
    }

    /// The account that an address leads to.
    pub fn account_by_address(&self, address: &Address) -> Option<&Account> {
        let person = self.addresses.get(address)?;
        Some(self.people.get(person)?.account())
    }

    /// All accounts, in the order of their names on MSNP24.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        // Names sort before e-mail addresses.
        let names = self
            .addresses
            .iter()
            .filter_map(|(address, person)| matches!(address, Address::Skype(_)).then_some(person));
        names.filter_map(|person| Some(self.people.get(person)?.account()))
    }

    /// Changes the name that others are shown; `false` if there is no such person.
    pub fn set_name(&mut self, who: PersonId, name: Arc<str>) -> bool {
        let Some(person) = self.people.get_mut(&who) else {
            return false;
        };
        person.set_name(name);
        true
    }

    /// Changes the password; `false` if there is no such person.
    pub fn set_password_hash(&mut self, who: PersonId, hash: Secret<String>) -> bool {
        let Some(person) = self.people.get_mut(&who) else {
            return false;
        };
        person.set_password_hash(hash);
        true
    }

    /// Gives an account one more access token; `false` if there is no such person, or the number is taken.
    pub fn add_access_token(&mut self, who: PersonId, token: AccessToken) -> bool {
        let person = self.people.get_mut(&who);
        person.is_some_and(|person| person.add_access_token(token))
    }

    /// The access tokens of an account.
    pub fn access_tokens(&self, who: PersonId) -> &[AccessToken] {
        let person = self.people.get(&who);
        person.map_or(&[], Person::access_tokens)
    }

    /// Who has made a claim, if it is right.
    pub fn claimant(&self, claim: &AccessClaim) -> Option<Who> {
        let address = Address::Email(claim.address.clone());
        let who = &self.account_by_address(&address)?.who;
        let mut tokens = self.access_tokens(who.person()).iter();
        tokens
            .any(|token| claim.fits(&token.token))
            .then(|| who.clone())
    }

    /// Changes of people who have no account change nothing.
    fn apply(&mut self, change: &Change) {
        match change {
            Change::Name(who, name) => {
                self.set_name(*who, Arc::clone(name));
            }
            Change::Contact(owner, contact) => self.with(*owner, |it| it.set_contact(contact)),
            Change::Group(owner, group) => self.with(*owner, |it| it.set_group(group)),
            Change::GroupRemoved(owner, id) => self.with(*owner, |it| it.remove_group(*id)),
            Change::Privacy(owner, privacy) => self.with(*owner, |it| it.set_privacy(*privacy)),
            Change::Property(owner, name, value) => {
                self.with(*owner, |it| it.set_property(name, value));
            }
            Change::Listed { holder, by, fact } => {
                self.with(*holder, |it| it.set_listed(by, *fact));
            }
            Change::Message(message) => self.put_message(message),
            Change::Share {
                owner,
                number,
                conversation,
                message,
                waiting,
            } => self.put_share(*owner, *number, conversation, *message, *waiting),
            Change::Received(owner, number) => {
                self.with(*owner, |it| it.mailbox_mut().receive(*number));
            }
            Change::Read(owner, conversation, number, at) => self.with(*owner, |it| {
                it.mailbox_mut().read_up_to(conversation, *number, *at);
            }),
            Change::Thread(thread) => {
                self.threads.insert(thread.id, Arc::clone(thread));
            }
            Change::Told(owner, contact, version) => {
                self.with(*owner, |person| person.set_told(*contact, *version));
            }
            Change::Outgoing(parcel) => self.letters(parcel.to()).put(parcel),
            Change::Taken(home, number) => self.letters(*home).take(*number),
            Change::Settled(home, number) => self.letters(*home).settle(*number),
            Change::Incoming(home, number) => self.letters(*home).receive(*number),
            Change::Forget(before) => self.forget(*before),
        }
    }

    fn with(&mut self, who: PersonId, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.people.get_mut(&who) {
            change(person);
        }
    }

    fn letters(&mut self, home: HomeId) -> &mut Letters {
        self.correspondence.entry(home).or_default()
    }

    fn name(&self, who: &Who) -> Arc<str> {
        let here = self.people.get(&who.person());
        let here = here.map(|person| &person.account().name);
        let elsewhere = self.elsewhere.get(&who.person()).map(|(_, name)| name);
        here.or(elsewhere).cloned().unwrap_or_default()
    }

    fn put_message(&mut self, message: &Arc<Message>) {
        let arrivals = &mut self.arrivals;
        self.messages.entry(message.name).or_insert_with(|| {
            arrivals.insert((message.arrival, message.name));
            Stored {
                message: Arc::clone(message),
                keepers: Vec::with_capacity(2),
            }
        });
    }

    fn put_share(
        &mut self,
        owner: PersonId,
        number: Number,
        conversation: &ConversationId,
        message: MessageName,
        waiting: bool,
    ) {
        let (Some(person), Some(stored)) =
            (self.people.get_mut(&owner), self.messages.get_mut(&message))
        else {
            return;
        };
        let kept = Kept {
            number,
            conversation: conversation.clone(),
            message: Arc::clone(&stored.message),
            waiting,
        };
        if person.mailbox_mut().put(owner, kept) {
            stored.keepers.push((owner, number));
        }
    }

    fn forget(&mut self, before: UnixTime) {
        while let Some(oldest) = self.arrivals.pop_first() {
            let (arrival, name) = oldest;
            if arrival >= before {
                self.arrivals.insert(oldest);
                break;
            }
            let Some(gone) = self.messages.remove(&name) else {
                continue;
            };
            for (owner, number) in gone.keepers {
                self.with(owner, |person| person.mailbox_mut().forget(number));
            }
        }
    }

    fn conversations(&self, owner: PersonId, since: Number, limit: usize) -> Vec<Conversation> {
        let Some(person) = self.people.get(&owner) else {
            return Vec::new();
        };
        let newest = person.mailbox().conversations(since, limit);
        newest
            .map(|(last, horizon)| Conversation {
                left: self.left(owner, last),
                last: last.clone(),
                horizon,
            })
            .collect()
    }

    /// Whether `owner` is out of the thread that a message belongs to. Of who has been out so long that
    /// the thread does not remember it, the last message is the best that is known.
    fn left(&self, owner: PersonId, last: &Kept) -> Option<UnixTime> {
        let ConversationId::Thread(id) = last.conversation else {
            return None;
        };
        let thread = self.threads.get(&id);
        let member =
            thread.and_then(|thread| thread.members.iter().find(|one| one.who.person() == owner));
        match member {
            Some(member) => member.left,
            None => Some(UnixTime::from_millis(last.number.0)),
        }
    }
}
