//! `Network`: the inputs and outputs of the machine, and who reads what when.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use machine_contract::{Instant, UnixTime};

use super::alarm::Alarms;
use super::command::{Answer, Command, ConnectionId, Refusal, RequestId};
use super::config::Config;
use super::effect::Effect;
use super::entry::{Entry, Next};
use super::letter::{Actor, Letter};
use super::message::{Number, ThreadId};
use super::people::{Loaded, Slot};
use super::person::{self, Outcome, Person, Work};
use super::roll_call::RollCalls;
use super::room::Rooms;
use super::rules;
use super::store::{BatchId, Change, Found, Read, ReadId, StoreFailed};
use super::thread_keeper::ThreadKeeper;
use super::turn::{Asked, Purpose, Turn};
use crate::identity::{Address, HomeId, PersonId, Who};
use crate::now::Now;

/// The rules of the network as a pure machine. See the [module's guide](super).
#[derive(Debug)]
pub struct Network {
    turn: Turn,
    people: Loaded<PersonId, Person>,
    threads: Loaded<ThreadId, ThreadKeeper>,
    rooms: Rooms,
    /// Those with what waits for them, and need not wait any longer.
    ready: VecDeque<Actor>,
    /// Those with what waits for them, and has to until a batch is decided that does not touch them.
    stuck: Vec<Actor>,
    calls: RollCalls,
    alarms: Alarms,
    cleaning: Instant,
}

/// How much a [`Network`] has in memory, for whoever watches over a server.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// People, those included whom nobody needs just now.
    pub people: usize,
    /// Threads, likewise.
    pub threads: usize,
    /// Rooms.
    pub rooms: usize,
    /// Connections that have asked for something and are not closed.
    pub connections: usize,
    /// Effects that were not taken, questions to the store that were not answered, and letters that wait
    /// for a batch.
    pub waiting: usize,
}

/// Where something stands among what is to be done with a person or a thread.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Behind what waits.
    Last,
    /// It has waited, and its turn has come.
    First,
}

/// How often old messages are looked for.
const CLEANING: Duration = Duration::from_secs(60 * 60);

impl Network {
    /// A network without connections, kept at `home`. `last_name` is the highest number of a message that
    /// this home has named; `seed` makes ids of threads, groups and rooms.
    pub fn new(config: Config, home: HomeId, last_name: u64, seed: [u8; 32], now: Now) -> Self {
        Self {
            turn: Turn::new(config, home, last_name, seed, now),
            people: Loaded::new(),
            threads: Loaded::new(),
            rooms: Rooms::default(),
            ready: VecDeque::new(),
            stuck: Vec::new(),
            calls: RollCalls::default(),
            alarms: Alarms::default(),
            cleaning: now.monotonic + CLEANING,
        }
    }

    /// The same network, where what people and threads say to each other comes in another order, as `seed`
    /// decides; only what one says to another stays in its order. For tests: no rule may depend on more.
    #[must_use]
    pub fn interleaved(mut self, seed: u64) -> Self {
        self.turn.interleave(seed);
        self
    }

    /// A command of a connection. Those of one connection are carried out and answered in their order.
    pub fn handle_command(
        &mut self,
        from: ConnectionId,
        request: RequestId,
        command: Command,
        now: Now,
    ) {
        self.turn.begin(now);
        let config = self.turn.config();
        let (deadline, most) = (
            now.monotonic + config.command_within,
            config.waiting_commands,
        );
        let lines = self.turn.lines();
        let command = if lines.waiting(from) < most {
            Ok(Box::new(command))
        } else {
            Err(Refusal::Busy)
        };
        lines.push(from, request, command, deadline);
        self.drive();
    }

    /// A connection is gone. What it asked for stands; the answers are dropped.
    pub fn handle_closed(&mut self, connection: ConnectionId, now: Now) {
        self.turn.begin(now);
        self.turn.lines().close(connection);
        self.drive();
    }

    /// A batch is kept, or none of it is. Nothing if it is not the one under way.
    pub fn handle_committed(&mut self, batch: BatchId, outcome: Result<(), StoreFailed>, now: Now) {
        self.turn.begin(now);
        let leave_by = now.monotonic + self.turn.config().commit_within;
        let kept = outcome.is_ok();
        let Some(decided) = self.turn.batches().decide(batch, kept, leave_by) else {
            return;
        };
        self.turn.release_deferred();
        for actor in decided.touched() {
            match actor {
                Actor::Person(id) => {
                    if let Some(person) = self.people.get_mut(id) {
                        match person.decide(&decided, kept) {
                            Some(Outcome::Kept(name)) => {
                                rules::tell_new_name(person, &name, &mut self.turn);
                            }
                            Some(Outcome::Undone(renamed)) => {
                                rules::catch_up_with_the_truth(person, &renamed, &mut self.turn);
                            }
                            None => {}
                        }
                    }
                }
                Actor::Thread(id) => {
                    if let Some(thread) = self.threads.get_mut(id) {
                        thread.decide(&decided, kept);
                    }
                }
            }
            self.ready.push_back(actor);
        }
        self.ready.extend(self.stuck.drain(..));
        self.turn.lines().decide(batch, kept);
        self.drive();
    }

    /// What was to be read was found, or could not be read.
    pub fn handle_read(&mut self, read: ReadId, outcome: Result<Found, StoreFailed>, now: Now) {
        self.turn.begin(now);
        let Some(purpose) = self.turn.take_purpose(read) else {
            return;
        };
        match purpose {
            Purpose::Addresses(asked, addresses) => {
                self.take_addresses(asked, addresses, outcome);
            }
            Purpose::Person(id) => self.take_person(id, outcome),
            Purpose::Thread(id) => self.take_thread(id, outcome),
            Purpose::Backlog(connection, asked) => {
                let found = match outcome {
                    Ok(Found::Messages(messages)) => Some(messages),
                    _ => None,
                };
                let id = self.turn.lines().entered(connection);
                if let Some(person) = id.and_then(|id| self.people.get_mut(id)) {
                    rules::take_backlog(person, connection, asked, found, &mut self.turn);
                }
                self.set_alarm(id.map(Actor::Person));
            }
            Purpose::Command(asked) => {
                let answer = match outcome {
                    Ok(Found::Messages(messages)) => Ok(Answer::Messages(messages)),
                    Ok(Found::Conversations(all)) => Ok(Answer::Conversations(all)),
                    _ => Err(Refusal::Store),
                };
                self.turn.answer(asked, None, answer);
            }
        }
        self.drive();
    }

    /// Time has passed. Calling it early or often is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        self.turn.begin(now);
        while let Some((connection, request, refusal)) =
            self.turn.lines().take_overdue(now.monotonic)
        {
            // At once: the answer may be behind what is held back by the batch that takes too long.
            let answer = Effect::Answer(connection, request, Err(refusal));
            self.turn.effect(answer);
        }
        while let Some(actor) = self.alarms.take_due(now.monotonic) {
            match actor {
                Actor::Person(id) => {
                    if let Some(person) = self.people.get_mut(id) {
                        rules::stop_waiting(person, &mut self.turn);
                    }
                }
                Actor::Thread(id) => {
                    if let Some(thread) = self.threads.get_mut(id) {
                        thread.stop_asking(&mut self.turn);
                    }
                }
            }
            self.set_alarm(Some(actor));
        }
        if self.cleaning <= now.monotonic {
            self.cleaning = now.monotonic + CLEANING;
            // The age of a message is between two times of the wall clock, since rows outlive the process.
            // A clock that is set makes messages older or younger by as much; when they are looked for
            // is no matter of it.
            let retention = u64::try_from(self.turn.config().retention.as_millis());
            let kept = now
                .wall
                .as_millis()
                .saturating_sub(retention.unwrap_or(u64::MAX));
            for person in self.people.all_mut() {
                person.mailbox_in_memory().forget_below(Number(kept));
            }
            let before = UnixTime::from_millis(kept);
            self.turn.keep_some_day(None, Change::Forget(before));
        }
        self.drive();
        self.turn.leave_overdue();
    }

    /// When to call [`handle_timeout`](Self::handle_timeout). Behind it, this is later than then.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let deadlines = [self.turn.deadline(), self.alarms.next()];
        let first = deadlines.into_iter().flatten().min();
        Some(first.map_or(self.cleaning, |at| at.min(self.cleaning)))
    }

    /// The next thing to do. A batch leaves when nothing else is to be done, so that all inputs before
    /// share it.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.turn.next_effect()
    }

    /// Takes one command's worth from the allowance of the person at a connection, if there is one
    /// left. `None`: the connection has not entered.
    pub fn take_allowance(&mut self, connection: ConnectionId, now: Now) -> Option<bool> {
        let id = self.turn.lines().entered(connection)?;
        let person = self.people.get_mut(id)?;
        Some(person.allowance().take(now.monotonic))
    }

    /// How much is in memory.
    #[must_use]
    pub fn load(&self) -> Load {
        Load {
            people: self.people.len(),
            threads: self.threads.len(),
            rooms: self.rooms.len(),
            connections: self.turn.open_lines(),
            waiting: self.turn.waiting() + self.ready.len(),
        }
    }

    /// The name that others are shown of the person at a connection that has entered.
    pub fn name(&mut self, connection: ConnectionId) -> Option<Arc<str>> {
        let id = self.turn.lines().entered(connection)?;
        Some(self.people.get(id)?.name().clone())
    }

    /// Runs until nothing is left to do without another input.
    fn drive(&mut self) {
        loop {
            if let Some(letter) = self.turn.next_letter() {
                self.deliver(letter);
            } else if let Some(connection) = self.turn.lines().take_runnable() {
                self.turn.set_cause(BatchId(0));
                self.run_line(connection, Place::Last);
            } else if let Some(actor) = self.ready.pop_front() {
                self.work_off(actor);
            } else if let Some(connection) = self.turn.lines().take_dirty() {
                self.turn.set_cause(BatchId(0));
                self.flush(connection);
            } else {
                return;
            }
        }
    }

    /// Looks at the first command of a line.
    fn run_line(&mut self, connection: ConnectionId, place: Place) {
        match self.turn.lines().next(connection) {
            Next::Nothing => {}
            Next::Refused(request, refusal) => self.refuse(connection, request, refusal),
            Next::Gone => self.forget(connection),
            Next::Command(request, command) => {
                if let Err(refusal) = self.start(connection, request, command, place) {
                    self.refuse(connection, request, refusal);
                }
            }
        }
    }

    /// Carries out the first command of a line, or has it wait for what it needs.
    fn start(
        &mut self,
        connection: ConnectionId,
        request: RequestId,
        command: Box<Command>,
        place: Place,
    ) -> Result<(), Refusal> {
        let lines = self.turn.lines();
        if let Command::Enter { who, .. } = &*command {
            if lines.entered(connection).is_some() {
                return Err(Refusal::Entered);
            }
            lines.set_person(connection, who.person());
        } else if lines.entered(connection).is_none() {
            return Err(Refusal::NotEntered);
        }
        let id = lines.person(connection).ok_or(Refusal::NotEntered)?;
        let asked = Asked {
            connection,
            request,
        };
        let unknown = self.unknown_addresses(connection, &command)?;
        if !unknown.is_empty() {
            self.turn.lines().put_back(connection, command);
            self.turn.lines().look_up(connection);
            let purpose = Purpose::Addresses(asked, unknown.clone());
            self.turn.read(purpose, Read::Addresses(unknown));
            return Ok(());
        }
        let most = self.turn.config().waiting_commands;
        let work = Work::Line(connection);
        match self.people.slot(id) {
            Some(Slot::There(person))
                if place == Place::First || person.is_free(&mut self.turn) =>
            {
                self.carry_out(id, asked, *command);
                return Ok(());
            }
            Some(Slot::There(person)) => person.queue(work, most, &mut self.turn),
            Some(Slot::Loading(waiting)) => person::queue(waiting, work, most, &mut self.turn),
            None => {
                self.people.load(id, Some(work));
                self.turn.read(Purpose::Person(id), Read::Person(id));
            }
        }
        self.turn.lines().put_back(connection, command);
        Ok(())
    }

    fn carry_out(&mut self, id: PersonId, asked: Asked, command: Command) {
        let Some(person) = self.people.get_mut(id) else {
            return;
        };
        match command {
            Command::Enter { endpoint, .. } => {
                let stale = rules::enter(person, asked, endpoint, &mut self.turn);
                if let Some(stale) = stale {
                    self.rooms.forget(stale, &mut self.turn);
                }
            }
            Command::OpenRoom
            | Command::Invite { .. }
            | Command::JoinRoom(_)
            | Command::LeaveRoom(_)
            | Command::SayInRoom { .. } => {
                let outcome = self
                    .rooms
                    .carry_out(person, asked, &command, &mut self.turn);
                if let Some(answer) = outcome.transpose() {
                    // No batch undoes what happens in rooms, so none refuses it.
                    self.turn.answer(asked, None, answer);
                }
            }
            command => rules::carry_out(person, asked, command, &mut self.turn),
        }
        self.set_alarm(Some(Actor::Person(id)));
    }

    fn refuse(&mut self, connection: ConnectionId, request: RequestId, refusal: Refusal) {
        let asked = Asked {
            connection,
            request,
        };
        self.turn.answer(asked, None, Err(refusal));
    }

    /// The addresses that a command names and that have to be looked up first.
    fn unknown_addresses(
        &mut self,
        connection: ConnectionId,
        command: &Command,
    ) -> Result<Vec<Address>, Refusal> {
        let named = command.addresses();
        let config = self.turn.config();
        // More than any rule takes: everybody by both addresses, twice. So the directory always has room for
        // all that one command names.
        if named.len() > config.contacts.max(config.thread_members).saturating_mul(4) {
            return Err(Refusal::ListFull);
        }
        let mut unknown = BTreeSet::new();
        for address in named {
            let known = self.turn.directory().get(address).is_some()
                || self.turn.lines().leads_to_nobody(connection, address);
            if !known {
                unknown.insert(address.clone());
            }
        }
        Ok(unknown.into_iter().collect())
    }

    /// A connection that was closed has nothing left to do.
    fn forget(&mut self, connection: ConnectionId) {
        let id = self.turn.lines().remove(connection);
        if let Some(person) = id.and_then(|id| self.people.get_mut(id)) {
            rules::leave(person, connection, &mut self.turn);
        }
        self.rooms.forget(connection, &mut self.turn);
        self.set_alarm(id.map(Actor::Person));
    }

    /// Gives a letter to its reader, who may have to be loaded for it, or has others to read before.
    fn deliver(&mut self, letter: Letter) {
        let Some(letter) = self.turn.admit(letter) else {
            return;
        };
        let most = self.turn.config().waiting_commands;
        match letter.to {
            Actor::Person(id) => match self.people.slot(id) {
                Some(Slot::There(person)) if person.is_free(&mut self.turn) => self.hand(&letter),
                Some(Slot::There(person)) => {
                    person.queue(Work::Letter(letter), most, &mut self.turn);
                }
                // Also what loads nobody: who is being read may be about to be there, and what was read is
                // older than the letter.
                Some(Slot::Loading(waiting)) => {
                    person::queue(waiting, Work::Letter(letter), most, &mut self.turn);
                }
                None if letter.loads() => {
                    self.people.load(id, Some(Work::Letter(letter)));
                    self.turn.read(Purpose::Person(id), Read::Person(id));
                }
                None => self.turn.post_unread(&letter),
            },
            Actor::Thread(id) => match self.threads.slot(id) {
                Some(Slot::There(thread)) if thread.is_free(&mut self.turn) => {
                    thread.work().push_back(Work::Letter(letter));
                    self.work_off(Actor::Thread(id));
                }
                Some(Slot::There(thread)) => {
                    thread.queue(Work::Letter(letter), most, &mut self.turn);
                }
                Some(Slot::Loading(waiting)) => {
                    person::queue(waiting, Work::Letter(letter), most, &mut self.turn);
                }
                None => {
                    self.threads.load(id, Some(Work::Letter(letter)));
                    self.turn.read(Purpose::Thread(id), Read::Thread(id));
                }
            },
        }
    }

    /// Has a letter read by somebody who is there.
    fn hand(&mut self, letter: &Letter) {
        self.turn.set_cause(letter.hold);
        match letter.to {
            Actor::Person(id) => {
                if let Some(person) = self.people.get_mut(id) {
                    rules::read_letter(person, letter, &mut self.turn);
                }
            }
            Actor::Thread(id) => {
                if let Some(thread) = self.threads.get_mut(id) {
                    thread.read_letter(letter, &mut self.turn);
                }
            }
        }
        self.set_alarm(Some(letter.to));
    }

    /// Has everybody read who is to keep what comes of a letter to a thread. Whether all are there, or can't be.
    fn call_the_roll(&mut self, thread: ThreadId, letter: &Letter) -> bool {
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
                self.turn.read(Purpose::Person(id), Read::Person(id));
            }
        }
        complete
    }

    /// Somebody was read, or cannot be: threads that need them go on. What a thread was asked is refused if the
    /// store failed; but answers are not, since what they answer would wait for ever.
    fn answer_calls(&mut self, who: PersonId, outcome: Result<(), Refusal>) {
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
                self.turn.post_reply(letter, refusal);
                waiting.pop_front();
            }
        }
    }

    /// Does the first of what waits for somebody, unless it still has to wait.
    fn work_off(&mut self, actor: Actor) {
        let waiting = match actor {
            Actor::Person(id) => {
                let person = self.people.get_mut(id);
                let free = person.filter(|person| !person.must_wait(&mut self.turn));
                free.map(Person::work)
            }
            Actor::Thread(id) => {
                let thread = self.threads.get_mut(id);
                let free = thread.filter(|thread| !thread.must_wait(&mut self.turn));
                free.map(ThreadKeeper::work)
            }
        };
        // If a batch touches them, they are ready again when it is decided.
        let Some(waiting) = waiting else {
            return;
        };
        match waiting.front() {
            None => return,
            Some(Work::Letter(letter)) if self.turn.must_wait(letter) => {
                self.stuck.push(actor);
                return;
            }
            Some(Work::Letter(letter)) => {
                if let Actor::Thread(id) = actor {
                    let letter = letter.clone();
                    if !self.call_the_roll(id, &letter) {
                        return;
                    }
                    self.calls.close(id);
                }
            }
            Some(Work::Line(_)) => {}
        }
        let work = match actor {
            Actor::Person(id) => self.people.get_mut(id).map(Person::work),
            Actor::Thread(id) => self.threads.get_mut(id).map(ThreadKeeper::work),
        };
        let work = work.and_then(VecDeque::pop_front);
        self.ready.push_front(actor);
        self.turn.set_cause(BatchId(0));
        match work {
            Some(Work::Line(connection)) => self.run_line(connection, Place::First),
            Some(Work::Letter(letter)) => {
                if let Some(letter) = self.turn.unless_failed(letter) {
                    self.hand(&letter);
                }
            }
            None => {}
        }
    }

    /// Lets go what leaves a connection, as far as what it depends on is kept.
    fn flush(&mut self, connection: ConnectionId) {
        let decided = self.turn.batches().decided();
        while let Some(entry) = self.turn.lines().take_out(connection, decided) {
            let id = self.turn.lines().entered(connection);
            match entry {
                Entry::Offer(kept) => {
                    if let Some(person) = id.and_then(|id| self.people.get_mut(id)) {
                        rules::offer(person, connection, &kept, &mut self.turn);
                    }
                    self.set_alarm(id.map(Actor::Person));
                }
                Entry::Backlog => {
                    if let Some(person) = id.and_then(|id| self.people.get_mut(id)) {
                        rules::read_next_page(person, connection, &mut self.turn);
                    }
                }
                Entry::Read(request, read) => {
                    let asked = Asked {
                        connection,
                        request,
                    };
                    self.turn.read(Purpose::Command(asked), read);
                }
                Entry::Answer(request, answer) => {
                    self.turn
                        .effect(Effect::Answer(connection, request, answer));
                }
                Entry::Event(event) => self.turn.effect(Effect::Tell(connection, event)),
            }
        }
    }

    fn take_addresses(
        &mut self,
        asked: Asked,
        addresses: Vec<Address>,
        outcome: Result<Found, StoreFailed>,
    ) {
        let Asked {
            connection,
            request,
        } = asked;
        let Ok(Found::Addresses(found)) = outcome else {
            let waits = self.turn.lines().looked_up(connection, request, Vec::new());
            if waits {
                self.refuse(connection, request, Refusal::Store);
            }
            return;
        };
        let mut nobody = Vec::new();
        let found: Vec<Option<(Who, Arc<str>)>> = found;
        for (address, found) in addresses.into_iter().zip(found) {
            match found {
                Some((who, name)) => self.turn.directory().insert(address, who, name),
                None => nobody.push(address),
            }
        }
        self.turn.lines().looked_up(connection, request, nobody);
    }

    fn take_person(&mut self, id: PersonId, outcome: Result<Found, StoreFailed>) {
        let now = self.turn.now().monotonic;
        let refusal = match outcome {
            Ok(Found::Person(Some(record))) => {
                let most = self.turn.config().idle_people;
                let (turn, calls) = (&mut self.turn, &self.calls);
                self.people.put_away(most, |person| {
                    person.is_idle(turn) && calls.threads(person.id()).next().is_none()
                });
                let mut person = Person::new(*record, self.turn.config(), now);
                person.work().append(&mut self.people.end_loading(id));
                self.people.insert(id, person);
                self.ready.push_back(Actor::Person(id));
                self.answer_calls(id, Ok(()));
                return;
            }
            Ok(_) => Refusal::NoAccount,
            Err(StoreFailed) => Refusal::Store,
        };
        let waiting = self.people.end_loading(id);
        self.answer_calls(id, Err(refusal));
        for work in waiting {
            match work {
                Work::Letter(letter) if refusal == Refusal::Store => {
                    self.turn.post_reply(&letter, Refusal::Store);
                }
                Work::Letter(letter) => self.turn.post_unread(&letter),
                // It may be another who wants to enter there by now.
                Work::Line(connection) if self.turn.lines().person(connection) != Some(id) => {}
                Work::Line(connection) => {
                    self.turn.lines().clear_person(connection);
                    if let Next::Command(request, _) = self.turn.lines().next(connection) {
                        self.refuse(connection, request, refusal);
                    }
                }
            }
        }
    }

    fn take_thread(&mut self, id: ThreadId, outcome: Result<Found, StoreFailed>) {
        match outcome {
            Ok(Found::Thread(thread)) => {
                let most = self.turn.config().idle_people;
                self.threads.put_away(most, |thread| thread.is_idle());
                let mut thread = ThreadKeeper::new(id, thread);
                thread.work().append(&mut self.threads.end_loading(id));
                self.threads.insert(id, thread);
                self.ready.push_back(Actor::Thread(id));
            }
            _ => {
                for work in self.threads.end_loading(id) {
                    if let Work::Letter(letter) = work {
                        self.turn.post_reply(&letter, Refusal::Store);
                    }
                }
            }
        }
    }

    fn set_alarm(&mut self, of: Option<Actor>) {
        let Some(of) = of else {
            return;
        };
        let at = match of {
            Actor::Person(id) => {
                let person = self.people.get(id);
                person.and_then(|person| person.places().deadline())
            }
            Actor::Thread(id) => self.threads.get(id).and_then(ThreadKeeper::deadline),
        };
        self.alarms.set(of, at);
    }
}
