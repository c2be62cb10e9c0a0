//! `Turn`: what a rule can do beyond its own person or thread.
//!
//! It has something kept, writes letters, answers commands and tells connections; in what order and when
//! that leaves is decided here, so that no rule has to think of it.

use std::collections::{BTreeMap, VecDeque};

use machine_contract::{Instant, Prng};

use super::batch::Batches;
use super::batch_id::BatchId;
use super::bus::{Bus, Reading};
use super::command::{Answer, ConnectionId, RequestId};
use super::config::Config;
use super::directory::Directory;
use super::effect::Effect;
use super::entry::Entry;
use super::event::{CloseReason, Event};
use super::inbox::Backlog;
use super::letter::{Actor, AskId, Letter, Reply, Words};
use super::letters::Letters;
use super::line::Lines;
use super::message::MessageName;
use super::refusal::Refusal;
use super::store::{Batch, Change, Read, ReadId};
use super::thread::ThreadId;
use crate::identity::{Address, HomeId, PersonId, Who};
use crate::now::Now;

/// Everything of the network but its people, threads and rooms.
#[derive(Debug)]
pub(super) struct Turn {
    config: Config,
    home: HomeId,
    now: Now,
    prng: Prng,
    last_name: u64,
    last_ask: u64,
    last_read: u64,
    batches: Batches,
    bus: Bus,
    lines: Lines,
    directory: Directory,
    letters: Letters,
    reads: BTreeMap<ReadId, Purpose>,
    effects: VecDeque<Effect>,
    /// What the input that is being handled depends on.
    cause: BatchId,
}

/// A command that is being carried out.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) connection: ConnectionId,
    pub(super) request: RequestId,
}

/// What something is read for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// The first command of a line names these addresses.
    Addresses(Asked, Vec<Address>),
    Person(PersonId),
    Thread(ThreadId),
    Backlog(ConnectionId, Backlog),
    Command(Asked),
}

impl Turn {
    pub(super) fn new(
        config: Config,
        home: HomeId,
        last_name: u64,
        seed: [u8; 32],
        now: Now,
    ) -> Self {
        let mut prng = Prng::new(&seed);
        Self {
            config,
            home,
            now,
            last_name,
            // Not what an earlier process began with, whose questions may be answered yet by another home.
            last_ask: prng.number() >> 16,
            prng,
            last_read: 0,
            batches: Batches::new(),
            bus: Bus::default(),
            lines: Lines::default(),
            directory: Directory::default(),
            letters: Letters::default(),
            reads: BTreeMap::new(),
            effects: VecDeque::new(),
            cause: BatchId(0),
        }
    }

    /// A new input, which depends on nothing.
    pub(super) fn begin(&mut self, now: Now) {
        self.now = now;
        self.cause = BatchId(0);
    }

    /// What is handled from here on depends on that batch.
    pub(super) fn set_cause(&mut self, cause: BatchId) {
        self.cause = cause;
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    pub(super) const fn now(&self) -> Now {
        self.now
    }

    /// Bytes that nobody else can guess.
    pub(super) fn random(&mut self) -> [u8; 16] {
        self.prng.bytes()
    }

    /// A name for a message of somebody who lives here.
    pub(super) fn next_name(&mut self) -> MessageName {
        self.last_name += 1;
        MessageName {
            home: self.home,
            number: self.last_name,
        }
    }

    pub(super) fn next_ask(&mut self) -> AskId {
        self.last_ask += 1;
        AskId(self.last_ask)
    }

    /// Questions are numbered above that one.
    pub(super) fn skip_asks(&mut self, last: AskId) {
        self.last_ask = self.last_ask.max(last.0);
    }

    /// Somebody, as who reads and writes letters.
    pub(super) fn actor(&self, who: &Who) -> Actor {
        match who.home() {
            home if home == self.home => Actor::Person(who.person()),
            elsewhere => Actor::Elsewhere(elsewhere, who.person()),
        }
    }

    pub(super) const fn home(&self) -> HomeId {
        self.home
    }

    pub(super) const fn bus(&mut self) -> &mut Bus {
        &mut self.bus
    }

    pub(super) const fn lines(&mut self) -> &mut Lines {
        &mut self.lines
    }

    pub(super) const fn batches(&mut self) -> &mut Batches {
        &mut self.batches
    }

    pub(super) const fn directory(&mut self) -> &mut Directory {
        &mut self.directory
    }

    /// When something has to be done though nothing happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let hangs = self.batches.hangs_from(self.config.store_hangs_after);
        let deadlines = [self.batches.deadline(), self.lines.deadline(), hangs];
        let all = deadlines.into_iter().chain([self.bus.deadline()]);
        all.flatten().min()
    }

    /// Whether the store takes too long: until it answers, nothing more is to be kept.
    pub(super) const fn store_hangs(&self) -> bool {
        self.batches.hangs()
    }

    /// Somebody waits for this to be kept.
    pub(super) fn keep(&mut self, change: Change) {
        self.batches.keep(change);
    }

    /// Nobody waits for this to be kept, of somebody or of nobody.
    pub(super) fn keep_some_day(&mut self, of: Option<PersonId>, change: Change) {
        let leave_by = self.now.monotonic + self.config.commit_within;
        self.batches.keep_some_day(of, change, leave_by);
    }

    /// Somebody waits now for what nobody waited for of a person: the batch that has it, if any does.
    pub(super) fn hurry(&mut self, person: PersonId) -> Option<BatchId> {
        self.batches.hurry(person)
    }

    /// The batch that gathers, in which something of `actor` changes.
    pub(super) fn touch(&mut self, actor: Actor) -> BatchId {
        self.batches.touch(actor);
        self.batches.gathering()
    }

    /// What depends on the input that is being handled, and on the state of somebody who is touched by
    /// `touched`, depends on this batch.
    fn hold(&self, touched: Option<BatchId>) -> BatchId {
        touched.map_or(self.cause, |touched| touched.max(self.cause))
    }

    /// Writes a letter from somebody who is touched by `touched`.
    pub(super) fn write(&mut self, from: Actor, touched: Option<BatchId>, to: Actor, words: Words) {
        let hold = self.hold(touched);
        self.letters.push(Letter::new(from, to, hold, words));
    }

    /// Answers the question of a letter.
    pub(super) fn reply(&mut self, to: &Letter, touched: Option<BatchId>, reply: Reply) {
        if let Some(letter) = to.reply(reply) {
            let hold = self.hold(touched);
            self.letters.push(letter.with_hold(hold));
        }
    }

    /// A letter's question is refused, by nobody. What comes from another home is not: it comes again, or only who
    /// is there was asked.
    pub(super) fn post_reply(&mut self, to: &Letter, refusal: Refusal) {
        match to.from() {
            Actor::Elsewhere(home, _) if to.parcel().is_some() => self.bus.put_off(home),
            Actor::Elsewhere(..) => self.letters.extend(to.unread()),
            Actor::Person(_) | Actor::Thread(_) => {
                self.letters.extend(to.reply(Reply::Refused(refusal)));
            }
        }
    }

    /// Nobody is there to read a letter.
    pub(super) fn post_unread(&mut self, letter: &Letter) {
        self.begin_reading(letter);
        self.letters.extend(letter.unread());
    }

    /// A letter is read now. If it is from another home, the batch that gathers says so. `false`: it answers what
    /// nobody waits for.
    pub(super) fn begin_reading(&mut self, letter: &Letter) -> bool {
        if letter.parcel().is_none() {
            return true;
        }
        self.batches.hurry_anyway();
        match self.bus.read(letter, self.batches.gathering()) {
            Reading::Begins => true,
            Reading::Settles(change) => {
                self.batches.keep(change);
                true
            }
            Reading::Unasked => false,
        }
    }

    /// Whether a letter can be given to its reader now; `None` if it never is, or not yet.
    ///
    /// What is written while a batch is under way, and depends on it, waits for it: else something could be
    /// built, in the next batch, on what is still undone. What depends on the batch that gathers is read at once,
    /// since both are kept together, or neither is. Facts wait in both cases, and what leaves unkept for another home.
    pub(super) fn admit(&mut self, letter: Letter) -> Option<Letter> {
        let letter = self.unless_failed(letter)?;
        let undecided = letter.hold() > self.batches.decided();
        let waits = self.must_wait(&letter) || undecided && letter.waits_until_kept();
        self.letters.unless_deferred(letter, waits)
    }

    /// Whether what a letter says depends on the batch under way.
    pub(super) fn must_wait(&self, letter: &Letter) -> bool {
        self.batches.under_way() == Some(letter.hold())
    }

    /// What a letter says has never been if the batch that it depends on was not kept. Questions are answered all
    /// the same, and who has asked hears so.
    pub(super) fn unless_failed(&mut self, letter: Letter) -> Option<Letter> {
        if !self.batches.has_failed(letter.hold()) {
            return Some(letter);
        }
        if letter.parcel().is_some() {
            // It is read when the bus repeats it, behind what was to be read before it.
            return None;
        }
        let nothing = BatchId(0);
        if let Words::Reply(ask, _) = letter.words() {
            let refused = Words::Reply(*ask, Reply::Refused(Refusal::Store));
            return Some(Letter::new(letter.from(), letter.to(), nothing, refused));
        }
        self.post_reply(&letter.with_hold(nothing), Refusal::Store);
        None
    }

    /// The letters that were written and not read.
    pub(super) const fn letters(&mut self) -> &mut Letters {
        &mut self.letters
    }

    /// Answers a command of somebody who is touched by `touched`.
    pub(super) fn answer(
        &mut self,
        asked: Asked,
        touched: Option<BatchId>,
        answer: Result<Answer, Refusal>,
    ) {
        let hold = self.hold(touched);
        self.lines
            .answer(asked.connection, asked.request, answer, hold);
    }

    /// Tells a connection something.
    pub(super) fn tell(&mut self, to: ConnectionId, touched: Option<BatchId>, event: Event) {
        self.leave(to, touched, Entry::Event(event));
    }

    /// Puts something behind what leaves a connection.
    pub(super) fn leave(&mut self, to: ConnectionId, touched: Option<BatchId>, entry: Entry) {
        let hold = self.hold(touched);
        self.lines.push_out(to, hold, entry);
    }

    /// Ends a connection. What was asked there and is under way stands; what waits is dropped.
    pub(super) fn close(&mut self, connection: ConnectionId, reason: CloseReason) {
        self.lines.end(connection);
        self.effects.push_back(Effect::Close(connection, reason));
    }

    /// Has something read at once.
    pub(super) fn read(&mut self, purpose: Purpose, read: Read) {
        self.last_read += 1;
        let id = ReadId(self.last_read);
        self.reads.insert(id, purpose);
        self.effects.push_back(Effect::Read(id, read));
    }

    /// What that was read for.
    pub(super) fn take_purpose(&mut self, id: ReadId) -> Option<Purpose> {
        self.reads.remove(&id)
    }

    /// How much waits for whoever drives the network.
    pub(super) fn waiting(&self) -> usize {
        self.effects.len() + self.reads.len() + self.letters.len() + self.bus.waiting()
    }

    pub(super) fn open_lines(&self) -> usize {
        self.lines.len()
    }

    /// Something is to be done, and nothing holds it back.
    pub(super) fn effect(&mut self, effect: Effect) {
        if let Effect::Tell(connection, event) = &effect {
            self.lines.add_bytes(*connection, event.size());
        }
        if let Effect::Answer(connection, _, Ok(answer)) = &effect {
            self.lines.add_bytes(*connection, answer.size());
        }
        self.effects.push_back(effect);
    }

    /// A batch that nobody waits for leaves when its time has come.
    pub(super) fn leave_overdue(&mut self) {
        let now = self.now.monotonic;
        if self.batches.deadline().is_some_and(|at| at <= now)
            && let Some(batch) = self.leave_batch(now)
        {
            self.effects.push_back(Effect::Commit(batch));
        }
    }

    /// With a batch goes what it says to other homes, numbered now that it is known what became of the one before.
    fn leave_batch(&mut self, now: Instant) -> Option<Batch> {
        let mut batch = self.batches.leave(now)?;
        batch.changes.extend(self.bus.leave(batch.id));
        Some(batch)
    }

    /// The next thing to do; a batch leaves when nothing else is to be done.
    pub(super) fn next_effect(&mut self) -> Option<Effect> {
        if let Some(effect) = self.effects.pop_front() {
            if let Effect::Close(connection, _) = &effect {
                self.lines.remove(*connection);
            }
            return Some(effect);
        }
        let leaving = self.leave_batch(self.now.monotonic);
        if leaving.is_none() {
            self.lines.rest();
        }
        leaving.map(Effect::Commit)
    }
}
