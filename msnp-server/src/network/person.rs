//! `Person`: one person who is in memory, with what is kept of them and where they are.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use machine_contract::Instant;

use super::allowance::Allowance;
use super::batch::Gathering;
use super::batch_id::BatchId;
use super::book::Book;
use super::command::{Answer, ConnectionId};
use super::config::Config;
use super::endpoint::Places;
use super::entry::Entry;
use super::event::Event;
use super::letter::{Actor, AskId, Letter, Reply, ThreadChange, Words};
use super::lists::Lists;
use super::mailbox::Mailbox;
use super::message::{Kept, Number, Said};
use super::refusal::Refusal;
use super::sending::Sending;
use super::store::PersonRecord;
use super::thread::{Thread, ThreadId};
use super::turn::{Asked, Turn};
use super::work::{Work, queue};
use crate::identity::{PersonId, Who};

/// One person.
#[derive(Debug)]
pub(super) struct Person {
    who: Who,
    name: Arc<str>,
    book: Arc<Book>,
    mailbox: Mailbox,
    before: Option<Before>,
    places: Places,
    asks: BTreeMap<AskId, Ask>,
    /// What has to wait for the batch under way.
    queue: VecDeque<Work>,
    allowance: Allowance,
    /// Bytes of messages that may be kept for good.
    keeping: Allowance,
}

/// What is put back if a batch is not kept.
#[derive(Debug)]
struct Before {
    batch: BatchId,
    name: Arc<str>,
    book: Arc<Book>,
    last: Number,
    /// Contacts who were renamed meanwhile, which nothing undoes.
    renamed: Vec<Who>,
    /// What people of other homes have answered: they do so again.
    answered: Vec<(AskId, Ask)>,
}

/// What was decided about the changes of one batch.
#[derive(Debug)]
pub(super) enum Outcome {
    /// They are kept; the person was called so before.
    Kept(Arc<str>),
    /// They are not, and all is as it was before.
    Undone {
        /// These contacts were renamed meanwhile, and the person's places may not have heard of it.
        renamed: Vec<Who>,
        /// These have sent what is on its way all the same.
        reopened: Vec<Asked>,
    },
}

/// A question that the person has asked for a command.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// Whom to answer: who asked first, and those who repeated it.
    pub(super) asked: Vec<Asked>,
    pub(super) about: About,
}

/// What a question is about.
#[derive(Clone, Debug)]
pub(super) enum About {
    /// A message that the person wants to send.
    Sending(Box<Sending>),
    /// A thread that is to be made or changed.
    Thread(ThreadId),
    /// A thread that is to be made, with an id that may be taken.
    NewThread(ThreadId, Box<ThreadChange>),
    /// What several threads are like, as far as they have answered.
    Threads(Vec<(ThreadId, Described)>),
    /// Somebody who is asked into a room.
    Ring,
}

/// What one of several threads is like.
#[derive(Clone, Debug)]
pub(super) enum Described {
    /// It has not answered.
    Asked,
    /// It is none that the asker may know.
    Unknown,
    /// It is like this.
    As(Arc<Thread>),
}

impl Person {
    pub(super) fn new(mut record: PersonRecord, config: &Config, now: Instant) -> Self {
        Self {
            book: Arc::new(Book::new(&mut record)),
            mailbox: Mailbox::new(&mut record),
            who: record.who,
            name: record.name,
            before: None,
            places: Places::default(),
            asks: BTreeMap::new(),
            queue: VecDeque::new(),
            allowance: Allowance::new(config.command_burst, config.commands_per_second, now),
            keeping: Allowance::new(config.kept_bytes_burst, config.kept_bytes_per_second, now),
        }
    }

    pub(super) const fn who(&self) -> &Who {
        &self.who
    }

    pub(super) fn id(&self) -> PersonId {
        self.who.person()
    }

    pub(super) fn actor(&self) -> Actor {
        Actor::Person(self.id())
    }

    pub(super) const fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(super) fn book(&self) -> &Book {
        &self.book
    }

    pub(super) const fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    pub(super) const fn places(&self) -> &Places {
        &self.places
    }

    pub(super) const fn places_mut(&mut self) -> &mut Places {
        &mut self.places
    }

    pub(super) const fn allowance(&mut self) -> &mut Allowance {
        &mut self.allowance
    }

    /// Whether a message of this person's may be kept for good; if so, it counts from now on.
    pub(super) fn may_keep(&mut self, said: &Said, turn: &Turn) -> bool {
        let bytes = u32::try_from(said.size()).unwrap_or(u32::MAX);
        self.keeping.take_some(bytes, turn.now().monotonic)
    }

    /// Whether `other` may see and write to this person.
    pub(super) fn admits(&self, other: PersonId, turn: &Turn) -> bool {
        other == self.id() || self.book.admits(other, turn.config().privacy)
    }

    /// The batch in which something of this person changes, if it is not decided.
    pub(super) fn touched(&self) -> Option<BatchId> {
        self.before.as_ref().map(|before| before.batch)
    }

    /// Something that is kept is about to change.
    fn touch(&mut self, turn: &mut Turn) {
        let batch = turn.touch(self.actor());
        if self.before.is_none() {
            self.before = Some(Before {
                batch,
                name: self.name.clone(),
                book: self.book.clone(),
                last: self.mailbox.last(),
                renamed: Vec::new(),
                answered: Vec::new(),
            });
        }
    }

    /// The book, to be changed.
    pub(super) fn book_mut(&mut self, turn: &mut Turn) -> &mut Book {
        self.touch(turn);
        Arc::make_mut(&mut self.book)
    }

    /// The mailbox, to be changed.
    pub(super) fn mailbox_mut(&mut self, turn: &mut Turn) -> &mut Mailbox {
        self.touch(turn);
        &mut self.mailbox
    }

    /// The mailbox, for what need not be undone.
    pub(super) const fn mailbox_in_memory(&mut self) -> &mut Mailbox {
        &mut self.mailbox
    }

    pub(super) fn set_name(&mut self, name: Arc<str>, turn: &mut Turn) {
        self.touch(turn);
        self.name = name;
    }

    /// A contact has taken what was stated with that version, whatever becomes of the batch; whether that
    /// is news.
    pub(super) fn set_told(&mut self, contact: PersonId, version: u64) -> bool {
        if let Some(before) = &mut self.before {
            Arc::make_mut(&mut before.book).set_told(contact, version);
        }
        Arc::make_mut(&mut self.book).set_told(contact, version)
    }

    /// Somebody is called so by themselves, whatever becomes of the batch.
    pub(super) fn rename_contact(&mut self, who: &Who, name: &Arc<str>) {
        if let Some(before) = &mut self.before {
            Arc::make_mut(&mut before.book).rename(who.person(), name);
            before.renamed.push(who.clone());
        }
        Arc::make_mut(&mut self.book).rename(who.person(), name);
    }

    /// The book as it is kept.
    pub(super) fn kept_book(&self) -> &Book {
        let before = self.before.as_ref();
        before.map_or(&self.book, |before| &before.book)
    }

    /// What the person is called for sure.
    pub(super) fn kept_name(&self) -> &Arc<str> {
        let before = self.before.as_ref();
        before.map_or(&self.name, |before| &before.name)
    }

    /// The last number that is sure to be kept: what the person can have read.
    pub(super) fn last_kept(&self) -> Number {
        let before = self.before.as_ref();
        before.map_or(self.mailbox.last(), |before| before.last)
    }

    /// That batch is decided; if it is not kept, all is as it was before. `None` if it does not touch the
    /// person.
    pub(super) fn decide(&mut self, batch: &Gathering, kept: bool) -> Option<Outcome> {
        let before = self.before.take_if(|before| before.batch == batch.id())?;
        if kept {
            self.mailbox.kept(batch.id());
            if !Arc::ptr_eq(&self.book, &before.book) {
                self.see_contacts_alone();
            }
            return Some(Outcome::Kept(before.name));
        }
        self.name = before.name;
        self.book = before.book;
        self.mailbox.restore(before.last, batch.id());
        self.places.forget_above(before.last);
        self.see_contacts_alone();
        let mut reopened = Vec::new();
        for (ask, open) in before.answered {
            if let About::Sending(sending) = open.about {
                self.resume(ask, *sending);
                reopened.extend(open.asked);
            }
        }
        Some(Outcome::Undone {
            renamed: before.renamed,
            reopened,
        })
    }

    /// Whoever is not on the forward list is not seen.
    fn see_contacts_alone(&mut self) {
        let book = &self.book;
        self.places
            .forget_seen(|who| book.lists(who).contains(Lists::FORWARD));
    }

    /// Whether a batch that touches this person is under way, so that rules have to wait.
    pub(super) fn must_wait(&self, turn: &mut Turn) -> bool {
        let under_way = turn.batches().under_way();
        under_way.is_some() && self.touched() == under_way
    }

    /// Whether something can be done at once: nothing that came before waits, nor has to.
    pub(super) fn is_free(&self, turn: &mut Turn) -> bool {
        self.queue.is_empty() && !self.must_wait(turn)
    }

    /// Puts something behind what waits.
    pub(super) fn queue(&mut self, work: Work, most: usize, turn: &mut Turn) {
        queue(&mut self.queue, work, most, turn);
    }

    /// What waits, in its order.
    pub(super) const fn work(&mut self) -> &mut VecDeque<Work> {
        &mut self.queue
    }

    /// Remembers a question; the answer comes as a letter.
    pub(super) fn ask(&mut self, ask: AskId, asked: Asked, about: About) {
        let asked = vec![asked];
        self.asks.insert(ask, Ask { asked, about });
    }

    /// The same command again: it gets the same answer.
    pub(super) fn ask_too(&mut self, ask: AskId, asked: Asked) -> bool {
        let Some(open) = self.asks.get_mut(&ask) else {
            return false;
        };
        open.asked.push(asked);
        true
    }

    pub(super) fn take_ask(&mut self, ask: AskId) -> Option<Ask> {
        self.asks.remove(&ask)
    }

    pub(super) fn put_ask(&mut self, ask: AskId, open: Ask) {
        self.asks.insert(ask, open);
    }

    /// The message that was asked about.
    pub(super) fn sending(&self, ask: AskId) -> Option<Sending> {
        match &self.asks.get(&ask)?.about {
            About::Sending(sending) => Some((**sending).clone()),
            _ => None,
        }
    }

    /// A message is on its way to somebody of another home, and nobody waits for the answer just now.
    pub(super) fn resume(&mut self, ask: AskId, sending: Sending) {
        self.mailbox.resume(ask, &sending);
        let (asked, about) = (Vec::new(), About::Sending(Box::new(sending)));
        self.asks.insert(ask, Ask { asked, about });
    }

    /// Somebody of another home has answered. If the batch is not kept in which that makes a difference, they do
    /// so again.
    pub(super) fn note_answered(&mut self, ask: AskId, sending: &Sending, asked: &[Asked]) {
        if let Some(before) = &mut self.before {
            let (asked, about) = (asked.to_vec(), About::Sending(Box::new(sending.clone())));
            before.answered.push((ask, Ask { asked, about }));
        }
    }

    /// Writes to somebody.
    pub(super) fn write(&self, to: Actor, words: Words, turn: &mut Turn) {
        turn.write(self.actor(), self.touched(), to, words);
    }

    /// Answers a letter's question.
    pub(super) fn reply(&self, letter: &Letter, reply: Reply, turn: &mut Turn) {
        turn.reply(letter, self.touched(), reply);
    }

    /// Answers a command.
    pub(super) fn answer(&self, asked: Asked, answer: Result<Answer, Refusal>, turn: &mut Turn) {
        turn.answer(asked, self.touched(), answer);
    }

    /// Tells one of the places.
    pub(super) fn tell(&self, to: ConnectionId, event: Event, turn: &mut Turn) {
        turn.tell(to, self.touched(), event);
    }

    /// Offers a new message to every place that wants messages.
    pub(super) fn offer(&self, kept: &Kept, turn: &mut Turn) {
        for connection in self.places.that_want_messages() {
            turn.leave(connection, self.touched(), Entry::Offer(kept.clone()));
        }
    }

    /// How much waits for this person, or for what they have asked.
    pub(super) fn waiting(&self) -> usize {
        self.asks.len() + self.queue.len()
    }

    /// Whether nobody needs this person to be in memory, and the store knows as much.
    pub(super) fn is_idle(&mut self, turn: &mut Turn) -> bool {
        let (id, now) = (self.id(), turn.now().monotonic);
        !turn.batches().owes(id)
            && self.places.is_empty()
            && self.before.is_none()
            && self.asks.is_empty()
            && self.queue.is_empty()
            && self.allowance.is_full(now)
            && self.keeping.is_full(now)
    }
}
