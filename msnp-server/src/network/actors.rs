//! `Actors`: the people and threads in memory, what waits for them, and who reads what when.

use std::collections::VecDeque;

use machine_contract::Instant;

use super::alarm::Alarms;
use super::batch::Gathering;
use super::command::{ConnectionId, Refusal};
use super::entry::Next;
use super::letter::{Actor, Letter};
use super::message::Number;
use super::people::{Loaded, Slot};
use super::person::{Outcome, Person};
use super::posting;
use super::roll_call::RollCalls;
use super::rules;
use super::store::{Found, Read, StoreFailed};
use super::thread::ThreadId;
use super::thread_keeper::ThreadKeeper;
use super::turn::{Asked, Purpose, Turn};
use super::work::{self, Work};
use crate::identity::{HomeId, PersonId};

/// Everybody in memory.
#[derive(Debug)]
pub(super) struct Actors {
    people: Loaded<PersonId, Person>,
    threads: Loaded<ThreadId, ThreadKeeper>,
    /// Those with what waits for them, and need not wait any longer.
    ready: VecDeque<Actor>,
    /// Those with what waits for them, and has to until a batch is decided that does not touch them.
    stuck: Vec<Actor>,
    calls: RollCalls,
    alarms: Alarms,
}

impl Actors {
    pub(super) fn new() -> Self {
        Self {
            people: Loaded::new(),
            threads: Loaded::new(),
            ready: VecDeque::new(),
            stuck: Vec::new(),
            calls: RollCalls::default(),
            alarms: Alarms::default(),
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

    /// When something has to be done though nothing happens.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.alarms.next()
    }

    /// Whether the first command of a line can be carried out by somebody now. If not, it waits for them, and its
    /// line is [given](Self::next_line) in its turn.
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

    /// Does the next thing that need not wait any longer. Gives a line whose first command has waited for
    /// that person, and is to be carried out now; unless it was a letter, which may have written others.
    pub(super) fn next_line(&mut self, turn: &mut Turn) -> Option<(PersonId, ConnectionId)> {
        let actor = self.ready.pop_front()?;
        let connection = self.work_off(actor, turn)?;
        match actor {
            Actor::Person(id) => Some((id, connection)),
            Actor::Thread(_) | Actor::Elsewhere(..) => None,
        }
    }

    /// Whether something need not wait any longer.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// A batch is decided. Who is touched by it is as it says, and what waited for it goes on.
    pub(super) fn decide(&mut self, decided: &Gathering, kept: bool, turn: &mut Turn) {
        for actor in decided.touched() {
            match actor {
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
                Actor::Elsewhere(..) => {}
                Actor::Thread(id) => {
                    if let Some(thread) = self.threads.get_mut(id) {
                        thread.decide(decided, kept);
                    }
                }
            }
            self.ready.push_back(actor);
        }
        self.ready.extend(self.stuck.drain(..));
    }

    /// Time has passed: does what is due.
    pub(super) fn wake(&mut self, now: Instant, turn: &mut Turn) {
        while let Some(actor) = self.alarms.take_due(now) {
            match actor {
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
            self.set_alarm(Some(actor));
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

    /// Messages below that number are no more.
    pub(super) fn forget_below(&mut self, number: Number) {
        for person in self.people.all_mut() {
            person.mailbox_in_memory().forget_below(number);
        }
    }

    /// Gives a letter to its reader, who may have to be loaded for it, or has others to read before.
    pub(super) fn deliver(&mut self, letter: Letter, turn: &mut Turn) {
        let Some(letter) = turn.admit(letter) else {
            return;
        };
        let most = turn.config().waiting_commands;
        match letter.to {
            Actor::Person(id) => match self.people.slot(id) {
                Some(Slot::There(person)) if person.is_free(turn) => self.hand(&letter, turn),
                Some(Slot::There(person)) => {
                    person.queue(Work::Letter(letter), most, turn);
                }
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
                Some(Slot::There(thread)) if thread.is_free(turn) => {
                    thread.work().push_back(Work::Letter(letter));
                    self.work_off(Actor::Thread(id), turn);
                }
                Some(Slot::There(thread)) => {
                    thread.queue(Work::Letter(letter), most, turn);
                }
                Some(Slot::Loading(waiting)) => {
                    work::queue(waiting, Work::Letter(letter), most, turn);
                }
                None => {
                    self.threads.load(id, Some(Work::Letter(letter)));
                    turn.read(Purpose::Thread(id), Read::Thread(id));
                }
            },
            Actor::Elsewhere(..) => {
                let author = letter.from.person().and_then(|id| self.people.get(id));
                let sending = author.and_then(|author| author.sending(letter.ask()?));
                posting::post(letter, sending, turn);
            }
        }
    }

    /// Has a letter read by somebody who is there.
    fn hand(&mut self, letter: &Letter, turn: &mut Turn) {
        turn.set_cause(letter.hold);
        if !turn.begin_reading(letter) {
            return;
        }
        match letter.to {
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
        self.set_alarm(Some(letter.to));
    }

    /// Has everybody read who is to keep what comes of a letter to a thread. Whether all are there, or can't be.
    fn call_the_roll(&mut self, thread: ThreadId, letter: &Letter, turn: &mut Turn) -> bool {
        let keepers = self.threads.get(thread).map(|one| one.keepers(letter));
        let mut complete = true;
        for id in keepers.unwrap_or_default() {
            let there = matches!(self.people.slot(id), Some(Slot::There(_)));
            if there || !self.calls.call(thread, id) {
                continue;
            }
            complete = false;
            if self.people.slot(id).is_none() {
                self.people.load(id, None);
                turn.read(Purpose::Person(id), Read::Person(id));
            }
        }
        complete
    }

    /// Somebody was read, or cannot be: threads that need them go on. What a thread was asked is refused if the
    /// store failed; but answers are not, since what they answer would wait for ever.
    fn answer_calls(&mut self, who: PersonId, outcome: Result<(), Refusal>, turn: &mut Turn) {
        let calling: Vec<_> = self.calls.threads(who).collect();
        for id in calling {
            self.ready.push_back(Actor::Thread(id));
            let Err(refusal) = outcome else {
                continue;
            };
            self.calls.excuse(id, who);
            let Some(waiting) = self.threads.get_mut(id).map(ThreadKeeper::work) else {
                continue;
            };
            if let Some(Work::Letter(letter)) = waiting.front()
                && letter.ask().is_some()
                && refusal == Refusal::Store
            {
                self.calls.close(id);
                turn.post_reply(letter, refusal);
                waiting.pop_front();
            }
        }
    }

    /// Does the first of what waits for somebody, unless it still has to wait. A line is given whose first command
    /// waited, and is to be carried out now, before what came behind it.
    fn work_off(&mut self, actor: Actor, turn: &mut Turn) -> Option<ConnectionId> {
        let waiting = match actor {
            Actor::Person(id) => {
                let person = self.people.get_mut(id);
                let free = person.filter(|person| !person.must_wait(turn));
                free.map(Person::work)
            }
            Actor::Thread(id) => {
                let thread = self.threads.get_mut(id);
                let free = thread.filter(|thread| !thread.must_wait(turn));
                free.map(ThreadKeeper::work)
            }
            Actor::Elsewhere(..) => None,
        };
        // If a batch touches them, they are ready again when it is decided.
        match waiting?.front()? {
            Work::Letter(letter) if turn.must_wait(letter) => {
                self.stuck.push(actor);
                return None;
            }
            Work::Letter(letter) => {
                if let Actor::Thread(id) = actor {
                    let letter = letter.clone();
                    if !self.call_the_roll(id, &letter, turn) {
                        return None;
                    }
                    self.calls.close(id);
                }
            }
            Work::Line(_) => {}
        }
        let work = match actor {
            Actor::Person(id) => self.people.get_mut(id).map(Person::work),
            Actor::Thread(id) => self.threads.get_mut(id).map(ThreadKeeper::work),
            Actor::Elsewhere(..) => None,
        };
        let work = work.and_then(VecDeque::pop_front)?;
        self.ready.push_front(actor);
        match work {
            Work::Line(connection) => Some(connection),
            Work::Letter(letter) => {
                if let Some(letter) = turn.unless_failed(letter) {
                    self.hand(&letter, turn);
                }
                None
            }
        }
    }

    /// Somebody was read, or cannot be.
    pub(super) fn take_person(
        &mut self,
        id: PersonId,
        outcome: Result<Found, StoreFailed>,
        turn: &mut Turn,
    ) {
        let now = turn.now().monotonic;
        let refusal = match outcome {
            Ok(Found::Person(Some(record))) => {
                let most = turn.config().idle_people;
                let calls = &self.calls;
                self.people.put_away(most, |person| {
                    person.is_idle(turn) && calls.threads(person.id()).next().is_none()
                });
                let mut person = Person::new(*record, turn.config(), now);
                for (ask, sending) in turn.bus().take_resumed(id) {
                    person.resume(ask, sending);
                }
                person.work().append(&mut self.people.end_loading(id));
                self.people.insert(id, person);
                self.ready.push_back(Actor::Person(id));
                self.answer_calls(id, Ok(()), turn);
                return;
            }
            Ok(_) => Refusal::NoAccount,
            Err(StoreFailed) => Refusal::Store,
        };
        let waiting = self.people.end_loading(id);
        self.answer_calls(id, Err(refusal), turn);
        for work in waiting {
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

    /// A thread was read, or cannot be.
    pub(super) fn take_thread(
        &mut self,
        id: ThreadId,
        outcome: Result<Found, StoreFailed>,
        turn: &mut Turn,
    ) {
        match outcome {
            Ok(Found::Thread(thread)) => {
                let most = turn.config().idle_people;
                self.threads.put_away(most, |thread| thread.is_idle());
                let mut thread = ThreadKeeper::new(id, thread);
                thread.work().append(&mut self.threads.end_loading(id));
                self.threads.insert(id, thread);
                self.ready.push_back(Actor::Thread(id));
            }
            _ => {
                for work in self.threads.end_loading(id) {
                    if let Work::Letter(letter) = work {
                        turn.post_reply(&letter, Refusal::Store);
                    }
                }
            }
        }
    }

    /// Sets anew when something has to be done with somebody.
    pub(super) fn set_alarm(&mut self, of: Option<Actor>) {
        let Some(of) = of else {
            return;
        };
        let at = match of {
            Actor::Person(id) => {
                let person = self.people.get(id);
                person.and_then(|person| person.places().deadline())
            }
            Actor::Thread(id) => self.threads.get(id).and_then(ThreadKeeper::deadline),
            Actor::Elsewhere(..) => None,
        };
        self.alarms.set(of, at);
    }
}
