//! `Actors`: who of those in memory does what next.

use std::collections::VecDeque;

use machine_contract::Instant;

use super::alarm::Alarms;
use super::batch::Gathering;
use super::command::ConnectionId;
use super::letter::{Actor, Letter};
use super::message::Number;
use super::person::Person;
use super::posting;
use super::refusal::Refusal;
use super::residents::Residents;
use super::roll_call::RollCalls;
use super::store::{Found, StoreFailed};
use super::thread::ThreadId;
use super::turn::Turn;
use super::work::Work;
use crate::identity::{HomeId, PersonId};

/// Everybody in memory, and whose turn it is.
#[derive(Debug)]
pub(super) struct Actors {
    residents: Residents,
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
            residents: Residents::new(),
            ready: VecDeque::new(),
            stuck: Vec::new(),
            calls: RollCalls::default(),
            alarms: Alarms::default(),
        }
    }

    /// Somebody who is in memory.
    pub(super) fn person(&mut self, id: PersonId) -> Option<&mut Person> {
        self.residents.person(id)
    }

    /// How many people there are.
    pub(super) fn people(&self) -> usize {
        self.residents.people()
    }

    /// How many threads there are.
    pub(super) fn threads(&self) -> usize {
        self.residents.threads()
    }

    /// How much waits for any of them, or for what they have asked each other.
    pub(super) fn waiting(&self) -> usize {
        self.residents.waiting()
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
        self.residents.is_free(id, connection, turn)
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
            self.residents.decide(actor, decided, kept, turn);
            self.ready.push_back(actor);
        }
        self.ready.extend(self.stuck.drain(..));
    }

    /// Time has passed: does what is due.
    pub(super) fn wake(&mut self, now: Instant, turn: &mut Turn) {
        while let Some(actor) = self.alarms.take_due(now) {
            self.residents.stop_waiting(actor, turn);
            self.set_alarm(Some(actor));
        }
    }

    /// A home is not reached any more: nobody who lives there is seen.
    pub(super) fn lose_home(&mut self, home: HomeId, turn: &mut Turn) {
        self.residents.lose_home(home, turn);
    }

    /// A home is reached again: what those there have missed is said once more.
    pub(super) fn find_home(&mut self, home: HomeId, turn: &mut Turn) {
        self.residents.find_home(home, turn);
    }

    /// The people who are there and want to be told of messages.
    pub(super) fn listening(&mut self) -> impl Iterator<Item = PersonId> {
        self.residents.listening()
    }

    /// Messages below that number are no more.
    pub(super) fn forget_below(&mut self, number: Number) {
        self.residents.forget_below(number);
    }

    /// Gives a letter to its reader, who may have to be loaded for it, or has others to read before.
    pub(super) fn deliver(&mut self, letter: Letter, turn: &mut Turn) {
        let Some(letter) = turn.admit(letter) else {
            return;
        };
        let to = letter.to();
        match to {
            Actor::Person(_) => {
                if let Some(letter) = self.residents.receive(letter, turn) {
                    self.hand(&letter, turn);
                }
            }
            // It goes by what waits even if nothing does, since others may have to be in memory before it is read.
            Actor::Thread(_) => {
                if let Some(letter) = self.residents.receive(letter, turn)
                    && let Some(work) = self.residents.work(to)
                {
                    work.push_back(Work::Letter(letter));
                    self.work_off(to, turn);
                }
            }
            Actor::Elsewhere(..) => {
                let sending = self.residents.sending(letter.from(), letter.ask());
                posting::post(letter, sending, turn);
            }
        }
    }

    /// Has a letter read by somebody who is there.
    fn hand(&mut self, letter: &Letter, turn: &mut Turn) {
        turn.set_cause(letter.hold());
        if turn.begin_reading(letter) {
            self.residents.read_letter(letter, turn);
            self.set_alarm(Some(letter.to()));
        }
    }

    /// Has everybody read who is to keep what comes of a letter to a thread. Whether all are there, or can't be.
    fn call_the_roll(&mut self, thread: ThreadId, letter: &Letter, turn: &mut Turn) -> bool {
        let mut complete = true;
        for id in self.residents.keepers(thread, letter) {
            if self.residents.is_there(id) || !self.calls.call(thread, id) {
                continue;
            }
            complete = false;
            self.residents.load(id, turn);
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
            let Some(waiting) = self.residents.work(Actor::Thread(id)) else {
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
        // If a batch touches them, they are ready again when it is decided.
        match self.residents.first_work(actor, turn)? {
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
        let work = self.residents.work(actor).and_then(VecDeque::pop_front)?;
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
        let calls = &self.calls;
        let needed = |id| calls.threads(id).next().is_some();
        let outcome = self.residents.take_person(id, outcome, needed, turn);
        if outcome.is_ok() {
            self.ready.push_back(Actor::Person(id));
        }
        self.answer_calls(id, outcome, turn);
        if let Err(refusal) = outcome {
            self.residents.refuse(id, refusal, turn);
        }
    }

    /// A thread was read, or cannot be.
    pub(super) fn take_thread(
        &mut self,
        id: ThreadId,
        outcome: Result<Found, StoreFailed>,
        turn: &mut Turn,
    ) {
        if self.residents.take_thread(id, outcome, turn) {
            self.ready.push_back(Actor::Thread(id));
        }
    }

    /// Sets anew when something has to be done with somebody.
    pub(super) fn set_alarm(&mut self, of: Option<Actor>) {
        if let Some(of) = of {
            self.alarms.set(of, self.residents.deadline(of));
        }
    }
}
