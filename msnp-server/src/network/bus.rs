//! `Bus`: what is on its way to other homes, and from them.
//!
//! Numbers to a home have no gaps: they are given when a batch leaves, when it is known what became of the one before.
//! So the reader's home can tell what is missing, whatever order things come in, and takes in one after the other.

use std::collections::{BTreeMap, VecDeque};

use machine_contract::Instant;

use super::batch_id::BatchId;
use super::letter::{Actor, AskId, Letter, Words};
use super::parcel::{Correspondence, Parcel};
use super::sending::Sending;
use super::store::Change;
use crate::identity::{HomeId, PersonId};

/// All that is on its way.
#[derive(Debug, Default)]
pub(super) struct Bus {
    links: BTreeMap<HomeId, Link>,
    /// What the batch that gathers will hold.
    gathered: Vec<(Letter, Option<Sending>)>,
    /// How many of them are questions.
    asked: usize,
    /// What the batch under way holds.
    leaving: Vec<(Letter, Parcel)>,
    /// What was asked and is kept until it is answered.
    open: BTreeMap<AskId, Parcel>,
    /// What is answered in a batch that is not decided.
    settled: Vec<(BatchId, AskId, Parcel)>,
    /// Of an earlier process: whose it is to go on with it when they are in memory.
    resumed: BTreeMap<PersonId, Vec<(AskId, Sending)>>,
    /// What was asked and may be lost, until when an answer is waited for; that is the order of the questions too.
    fleeting: BTreeMap<AskId, (Instant, Letter)>,
}

/// What goes to and fro with one home.
#[derive(Debug, Default)]
struct Link {
    /// It is not reached.
    lost: bool,
    /// The last number that is kept of what was said to it.
    sent: u64,
    /// The last that is kept of what it says.
    received: u64,
    /// The last that was read, in `batch` if that is not decided.
    read: u64,
    batch: BatchId,
    /// The last that waits to be read, or was.
    accepted: u64,
    /// One is on its way to its reader: the next waits.
    reading: bool,
    waiting: VecDeque<Parcel>,
}

/// What was given by another home.
#[derive(Debug)]
pub(super) enum Arrival {
    /// It waits for its turn, or is nothing.
    Noted,
    /// All up to that number is done: its home has to be told again.
    Done(u64),
    /// To be read at once.
    Letter(Letter),
}

/// What comes of a letter from another home before its reader looks at it.
#[derive(Debug)]
pub(super) enum Reading {
    /// Nothing.
    Begins,
    /// It answers a question, of which this is to be kept.
    Settles(Change),
    /// It answers what nobody waits for.
    Unasked,
}

impl Bus {
    /// Goes on from what is kept. Gives what the bus does not have yet.
    pub(super) fn resume(&mut self, kept: Correspondence) -> Vec<Parcel> {
        for (home, number) in kept.sent {
            self.links.entry(home).or_default().sent = number;
        }
        for (home, number) in kept.received {
            let link = self.links.entry(home).or_default();
            (link.received, link.read, link.accepted) = (number, number, number);
        }
        let mut untaken = Vec::new();
        for (parcel, taken) in kept.outgoing {
            if !taken {
                untaken.push(parcel.sealed());
            }
            if let Some((author, ask, sending)) = parcel.sending() {
                let of_author = self.resumed.entry(author).or_default();
                of_author.push((ask, sending.clone()));
                self.open.insert(ask, parcel);
            }
        }
        untaken
    }

    /// The highest number of a question that is open.
    pub(super) fn last_ask(&self) -> Option<AskId> {
        self.open.last_key_value().map(|(ask, _)| *ask)
    }

    /// What somebody who was just read had asked before this process was there.
    pub(super) fn take_resumed(&mut self, author: PersonId) -> Vec<(AskId, Sending)> {
        self.resumed.remove(&author).unwrap_or_default()
    }

    /// How many questions are on their way, and how much waits to be given or read.
    pub(super) fn waiting(&self) -> usize {
        let unread = self.links.values().map(|link| link.waiting.len());
        let here = self.gathered.len() + unread.sum::<usize>();
        self.open.len() + self.fleeting.len() + here
    }

    /// How many questions are kept.
    pub(super) fn questions(&self) -> usize {
        self.open.len() + self.asked
    }

    pub(super) fn is_lost(&self, home: HomeId) -> bool {
        self.links.get(&home).is_some_and(|link| link.lost)
    }

    pub(super) fn set_lost(&mut self, home: HomeId, lost: bool) {
        self.links.entry(home).or_default().lost = lost;
    }

    /// A letter leaves with the batch that gathers.
    pub(super) fn gather(&mut self, letter: Letter, sending: Option<Sending>) {
        self.asked += usize::from(sending.is_some());
        self.gathered.push((letter, sending));
    }

    /// The batch leaves: what it is to hold of letters to other homes, and of theirs that were read.
    pub(super) fn leave(&mut self, batch: BatchId) -> Vec<Change> {
        let mut changes = Vec::new();
        for (home, link) in &self.links {
            if link.batch == batch {
                changes.push(Change::Incoming(*home, link.read));
            }
        }
        let mut last = BTreeMap::new();
        self.asked = 0;
        for (letter, sending) in std::mem::take(&mut self.gathered) {
            let Actor::Elsewhere(home, _) = letter.to() else {
                continue;
            };
            let sent = self.links.entry(home).or_default().sent;
            let number = last.entry(home).or_insert(sent);
            if let Some(parcel) = Parcel::new(&letter, Some(*number + 1), sending) {
                *number += 1;
                if let Some((_, ask, _)) = parcel.sending() {
                    self.open.insert(ask, parcel.clone());
                }
                changes.push(Change::Outgoing(parcel.clone()));
                self.leaving.push((letter, parcel));
            }
        }
        changes
    }

    /// The batch is kept. Gives what is to be given to the bus, and which homes are to be told up to which number
    /// all is done.
    pub(super) fn kept(&mut self, batch: BatchId) -> (Vec<Parcel>, Vec<(HomeId, u64)>) {
        self.settled.retain(|(of, ..)| *of != batch);
        let mut done = Vec::new();
        for (home, link) in &mut self.links {
            if link.batch == batch {
                link.received = link.read;
                done.push((*home, link.read));
            }
        }
        let mut given = Vec::new();
        for (_, parcel) in std::mem::take(&mut self.leaving) {
            let link = self.links.entry(parcel.to()).or_default();
            link.sent = parcel.number().unwrap_or(link.sent);
            given.push(parcel.sealed());
        }
        (given, done)
    }

    /// The batch is not kept: what was read in it is read again when the bus repeats it. Gives what was to leave
    /// with it, and never does.
    pub(super) fn failed(&mut self, batch: BatchId) -> Vec<Letter> {
        let (undone, others) = std::mem::take(&mut self.settled)
            .into_iter()
            .partition(|(of, ..)| *of == batch);
        self.settled = others;
        let undone: Vec<(BatchId, AskId, Parcel)> = undone;
        let undone = undone.into_iter().map(|(_, ask, parcel)| (ask, parcel));
        self.open.extend(undone);
        for link in self.links.values_mut() {
            if link.batch == batch {
                link.read = link.received;
                link.batch = BatchId(0);
                link.start_over();
            }
        }
        let mut never = Vec::new();
        for (letter, parcel) in std::mem::take(&mut self.leaving) {
            if let Some((_, ask, _)) = parcel.sending() {
                self.open.remove(&ask);
            }
            never.push(letter);
        }
        never
    }

    /// Something comes from another home; at most so many may `wait`. What is ahead of its turn, or too much, is
    /// passed over: the bus repeats it.
    pub(super) fn arrive(&mut self, from: HomeId, parcel: Parcel, most: usize) -> Arrival {
        let Some(number) = parcel.number() else {
            let Some(letter) = parcel.open(from, BatchId(0)) else {
                return Arrival::Noted;
            };
            // An answer to a question of another process, or one that was given up, is none.
            return match letter.words() {
                Words::Reply(ask, _) if self.fleeting.remove(ask).is_none() => Arrival::Noted,
                _ => Arrival::Letter(letter),
            };
        };
        let link = self.links.entry(from).or_default();
        if number <= link.received {
            return Arrival::Done(link.received);
        }
        if number == link.accepted + 1 && link.waiting.len() < most {
            link.accepted = number;
            link.waiting.push_back(parcel);
        }
        Arrival::Noted
    }

    /// The next letter from another home. It depends on the batch in which the one before it was read: else one
    /// could be kept as done, and the one before it not.
    pub(super) fn next_letter(&mut self) -> Option<Letter> {
        let mut links = self.links.iter_mut();
        let (home, link) = links.find(|(_, link)| !link.reading && !link.waiting.is_empty())?;
        let letter = link.waiting.pop_front()?.open(*home, link.batch);
        // Nothing else is ever sent with a number; it would be waited for as what is missing.
        link.reading = letter.is_some();
        letter
    }

    /// A letter from another home is read now, in the batch that gathers.
    pub(super) fn read(&mut self, letter: &Letter, batch: BatchId) -> Reading {
        let (Actor::Elsewhere(home, _), Some(number)) = (letter.from(), letter.parcel()) else {
            return Reading::Begins;
        };
        let link = self.links.entry(home).or_default();
        link.reading = false;
        link.read = number;
        link.batch = batch;
        let Words::Reply(ask, _) = letter.words() else {
            return Reading::Begins;
        };
        let Some(parcel) = self.open.remove(ask) else {
            return Reading::Unasked;
        };
        let change = Change::Settled(parcel.to(), parcel.number().unwrap_or_default());
        self.settled.push((batch, *ask, parcel));
        Reading::Settles(change)
    }

    /// A letter from another home cannot be read now: it is again when the bus repeats it.
    pub(super) fn put_off(&mut self, from: HomeId) {
        self.links.entry(from).or_default().start_over();
    }

    /// Something that may be lost is asked; an answer is waited for until then.
    pub(super) fn ask(&mut self, ask: AskId, letter: Letter, until: Instant) {
        self.fleeting.insert(ask, (until, letter));
    }

    /// When a question that may be lost is waited for no longer.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let first = self.fleeting.first_key_value()?;
        Some(first.1.0)
    }

    /// A question that was not answered in time.
    pub(super) fn take_overdue(&mut self, now: Instant) -> Option<Letter> {
        let overdue = self.deadline().is_some_and(|at| at <= now);
        let (_, (_, letter)) = overdue.then(|| self.fleeting.pop_first())??;
        Some(letter)
    }

    /// The questions that may be lost and were asked of that home: they are.
    pub(super) fn take_lost(&mut self, home: HomeId) -> Vec<Letter> {
        let is_there =
            |letter: &Letter| matches!(letter.to(), Actor::Elsewhere(at, _) if at == home);
        let lost = self.fleeting.iter().filter(|(_, (_, one))| is_there(one));
        let lost: Vec<AskId> = lost.map(|(ask, _)| *ask).collect();
        let letters = lost.iter().filter_map(|ask| self.fleeting.remove(ask));
        letters.map(|(_, letter)| letter).collect()
    }
}

impl Link {
    /// What comes next is what comes behind the last that was read.
    fn start_over(&mut self) {
        self.reading = false;
        self.accepted = self.read;
        self.waiting.clear();
    }
}
