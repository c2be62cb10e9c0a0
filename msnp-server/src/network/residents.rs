//! `Residents`: the people and threads that are in memory, or on their way into it.

use std::collections::VecDeque;

use machine_contract::Instant;

use super::batch::Gathering;
use super::command::ConnectionId;
use super::entry::Next;
use super::letter::{Actor, AskId, Letter};
use super::message::Number;
use super::people::{Loaded, Slot};
use super::person::{Outcome, Person};
use super::refusal::Refusal;
use super::rules;
use super::sending::Sending;
use super::store::{Found, Read, StoreFailed};
use super::thread::ThreadId;
use super::thread_keeper::ThreadKeeper;
use super::turn::{Asked, Purpose, Turn};
use super::work::{self, Work};
use crate::identity::{HomeId, PersonId};

/// Everybody in memory, each with what waits for them.
#[derive(Debug)]
pub(super) struct Residents {
    people: Loaded<PersonId, Person>,
    threads: Loaded<ThreadId, ThreadKeeper>,
}

impl Residents {
    pub(super) const fn new() -> Self {
        Self {
            people: Loaded::new(),
            threads: Loaded::new(),
        }
    }

    /// Somebody who is in memory.
    pub(super) fn person(&mut self, id: PersonId) -> Option<&mut Person> {
        self.people.get_mut(id)
    }

    /// How many people there are.
    pub(super) fn people(&self) -> usize {
        self.people.len()
    }

    /// How many threads there are.
    pub(super) fn threads(&self) -> usize {
        self.threads.len()
    }

    /// How much waits for any of them, or for what they have asked each other.
    pub(super) fn waiting(&self) -> usize {
        let of_people = self.people.waiting(Person::waiting);
        of_people + self.threads.waiting(ThreadKeeper::waiting)
    }

    /// Whether the first command of a line can be carried out by somebody now. If not, it waits for them.
    pub(super) fn is_free(
        &mut self,
        id: PersonId,
        connection: ConnectionId,
        turn: &mut Turn,
    ) -> bool {
        let most = turn.config().waiting_commands;
        let work = Work::Line(connection);
        match self.people.slot(id) {
            Some(Slot::There(person)) if person.is_free(turn) => return true,
            Some(Slot::There(person)) => person.queue(work, most, turn),
            Some(Slot::Loading(waiting)) => work::queue(waiting, work, most, turn),
            None => {
                self.people.load(id, Some(work));
                turn.read(Purpose::Person(id), Read::Person(id));
            }
        }
        false
    }

    /// A letter has come for somebody. Gives it back if they can read it now; else it waits for them, unless they need
    /// not be loaded for it.
    pub(super) fn receive(&mut self, letter: Letter, turn: &mut Turn) -> Option<Letter> {
        let most = turn.config().waiting_commands;
        match letter.to() {
            Actor::Person(id) => match self.people.slot(id) {
                Some(Slot::There(person)) if person.is_free(turn) => return Some(letter),
                Some(Slot::There(person)) => person.queue(Work::Letter(letter), most, turn),
                // Also what loads nobody: who is being read may be about to be there, and what was read is
                // older than the letter.
                Some(Slot::Loading(waiting)) => {
                    work::queue(waiting, Work::Letter(letter), most, turn);
                }
                None if letter.loads() => {
                    self.people.load(id, Some(Work::Letter(letter)));
                    turn.read(Purpose::Person(id), Read::Person(id));
                }
                None => turn.post_unread(&letter),
            },
            Actor::Thread(id) => match self.threads.slot(id) {
                Some(Slot::There(thread)) if thread.is_free(turn) => return Some(letter),
                Some(Slot::There(thread)) => thread.queue(Work::Letter(letter), most, turn),
                Some(Slot::Loading(waiting)) => {
                    work::queue(waiting, Work::Letter(letter), most, turn);
                }
                None => {
                    self.threads.load(id, Some(Work::Letter(letter)));
                    turn.read(Purpose::Thread(id), Read::Thread(id));
                }
            },
            Actor::Elsewhere(..) => {}
        }
        None
    }

    /// What waits for somebody who is there, in its order.
    pub(super) fn work(&mut self, of: Actor) -> Option<&mut VecDeque<Work>> {
        match of {
            Actor::Person(id) => self.people.get_mut(id).map(Person::work),
            Actor::Thread(id) => self.threads.get_mut(id).map(ThreadKeeper::work),
            Actor::Elsewhere(..) => None,
        }
    }

    /// The first of what waits for somebody who is there, and whom no batch under way touches.
    pub(super) fn first_work(&mut self, of: Actor, turn: &mut Turn) -> Option<&Work> {
        let must_wait = match of {
            Actor::Person(id) => self.people.get(id)?.must_wait(turn),
            Actor::Thread(id) => self.threads.get(id)?.must_wait(turn),
            Actor::Elsewhere(..) => true,
        };
        self.work(of).filter(|_| !must_wait)?.front()
    }

    /// Has a letter read by whom it is to, if they are there.
    pub(super) fn read_letter(&mut self, letter: &Letter, turn: &mut Turn) {
        match letter.to() {
            Actor::Person(id) => {
                if let Some(person) = self.people.get_mut(id) {
                    rules::read_letter(person, letter, turn);
                }
            }
            Actor::Thread(id) => {
                if let Some(thread) = self.threads.get_mut(id) {
                    thread.read_letter(letter, turn);
                }
            }
            Actor::Elsewhere(..) => {}
        }
    }

    /// What an author waits for the first reader of.
    pub(super) fn sending(&self, author: Actor, ask: Option<AskId>) -> Option<Sending> {
        self.people.get(author.person()?)?.sending(ask?)
    }

    /// Who has to be in memory before a letter to a thread is read.
    pub(super) fn keepers(&self, thread: ThreadId, letter: &Letter) -> Vec<PersonId> {
        let thread = self.threads.get(thread);
        thread.map_or_else(Vec::new, |thread| thread.keepers(letter))
    }

    /// Whether somebody is in memory.
    pub(super) fn is_there(&self, id: PersonId) -> bool {
        self.people.get(id).is_some()
    }

    /// Has somebody read who is not there, unless they are being read.
    pub(super) fn load(&mut self, id: PersonId, turn: &mut Turn) {
        if self.people.slot(id).is_none() {
            self.people.load(id, None);
            turn.read(Purpose::Person(id), Read::Person(id));
        }
    }

    /// A batch is decided that touches somebody, who is as it says.
    pub(super) fn decide(&mut self, who: Actor, decided: &Gathering, kept: bool, turn: &mut Turn) {
        match who {
            Actor::Person(id) => {
                let person = self.people.get_mut(id);
                match person.and_then(|person| Some((person.decide(decided, kept)?, person))) {
                    Some((Outcome::Kept(name), person)) => {
                        rules::tell_new_name(person, &name, turn);
                    }
                    Some((Outcome::Undone { renamed, reopened }, person)) => {
                        rules::catch_up_with_the_truth(person, &renamed, turn);
                        for asked in reopened {
                            turn.lines().doubt(asked.connection, asked.request);
                        }
                    }
                    None => {}
                }
            }
            Actor::Thread(id) => {
                if let Some(thread) = self.threads.get_mut(id) {
                    thread.decide(decided, kept);
                }
            }
            Actor::Elsewhere(..) => {}
        }
    }

    /// When something has to be done with somebody though nothing happens.
    pub(super) fn deadline(&self, of: Actor) -> Option<Instant> {
        match of {
            Actor::Person(id) => self.people.get(id)?.places().deadline(),
            Actor::Thread(id) => self.threads.get(id)?.deadline(),
            Actor::Elsewhere(..) => None,
        }
    }

    /// That time has come.
    pub(super) fn stop_waiting(&mut self, who: Actor, turn: &mut Turn) {
        match who {
            Actor::Person(id) => {
                if let Some(person) = self.people.get_mut(id) {
                    rules::stop_waiting(person, turn);
                }
            }
            Actor::Thread(id) => {
                if let Some(thread) = self.threads.get_mut(id) {
                    thread.stop_asking(turn);
                }
            }
            Actor::Elsewhere(..) => {}
        }
    }

    /// A home is not reached any more: nobody who lives there is seen.
    pub(super) fn lose_home(&mut self, home: HomeId, turn: &mut Turn) {
        for person in self.people.all_mut() {
            rules::lose_home(person, home, turn);
        }
    }

    /// A home is reached again: what those there have missed is said once more.
    pub(super) fn find_home(&mut self, home: HomeId, turn: &mut Turn) {
        for person in self.people.all_mut() {
            rules::find_home(person, home, turn);
        }
    }

    /// The people who are there and want to be told of messages.
    pub(super) fn listening(&mut self) -> impl Iterator<Item = PersonId> {
        let people = self.people.all_mut();
        let listens = |one: &&mut Person| one.places().that_want_messages().next().is_some();
        people.filter(listens).map(|one| one.id())
    }

    /// Messages below that number are no more.
    pub(super) fn forget_below(&mut self, number: Number) {
        for person in self.people.all_mut() {
            person.mailbox_in_memory().forget_below(number);
        }
    }

    /// Somebody was read, or cannot be: then what waits for them is to be [refused](Self::refuse). Puts others away if there
    /// are too many, but nobody who is `needed`.
    pub(super) fn take_person(
        &mut self,
        id: PersonId,
        outcome: Result<Found, StoreFailed>,
        needed: impl Fn(PersonId) -> bool,
        turn: &mut Turn,
    ) -> Result<(), Refusal> {
        let record = match outcome {
            Ok(Found::Person(Some(record))) => record,
            Ok(_) => return Err(Refusal::NoAccount),
            Err(StoreFailed) => return Err(Refusal::Store),
        };
        let most = turn.config().idle_people;
        self.people
            .put_away(most, |person| person.is_idle(turn) && !needed(person.id()));
        let now = turn.now().monotonic;
        let mut person = Person::new(*record, turn.config(), now);
        for (ask, sending) in turn.bus().take_resumed(id) {
            person.resume(ask, sending);
        }
        person.work().append(&mut self.people.end_loading(id));
        self.people.insert(id, person);
        Ok(())
    }

    /// Somebody cannot be read: what waits for them is answered so.
    pub(super) fn refuse(&mut self, id: PersonId, refusal: Refusal, turn: &mut Turn) {
        for work in self.people.end_loading(id) {
            match work {
                Work::Letter(letter) if refusal == Refusal::Store => {
                    turn.post_reply(&letter, Refusal::Store);
                }
                Work::Letter(letter) => turn.post_unread(&letter),
                // It may be another who wants to enter there by now.
                Work::Line(connection) if turn.lines().person(connection) != Some(id) => {}
                Work::Line(connection) => {
                    turn.lines().clear_person(connection);
                    if let Next::Command(request, _) = turn.lines().next(connection) {
                        let asked = Asked {
                            connection,
                            request,
                        };
                        turn.answer(asked, None, Err(refusal));
                    }
                }
            }
        }
    }

    /// A thread was read, or cannot be; then what waits for it is refused. Whether it is there.
    pub(super) fn take_thread(
        &mut self,
        id: ThreadId,
        outcome: Result<Found, StoreFailed>,
        turn: &mut Turn,
    ) -> bool {
        let Ok(Found::Thread(thread)) = outcome else {
            for work in self.threads.end_loading(id) {
                if let Work::Letter(letter) = work {
                    turn.post_reply(&letter, Refusal::Store);
                }
            }
            return false;
        };
        let most = turn.config().idle_people;
        self.threads.put_away(most, |thread| thread.is_idle());
        let mut thread = ThreadKeeper::new(id, thread);
        thread.work().append(&mut self.threads.end_loading(id));
        self.threads.insert(id, thread);
        true
    }
}
