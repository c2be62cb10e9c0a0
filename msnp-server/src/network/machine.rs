//! `Network`: the inputs and outputs of the machine, and the order in which what they lead to is done.

use std::sync::Arc;
use std::time::Duration;

use machine_contract::{Instant, UnixTime};

use super::actors::Actors;
use super::batch_id::BatchId;
use super::command::{Command, ConnectionId, RequestId};
use super::config::Config;
use super::effect::Effect;
use super::entry::{Entry, Next};
use super::execution::{self, Place};
use super::findings;
use super::letter::{Actor, Words};
use super::message::{Author, Content, EndpointId, Message, Number, Said};
use super::parcel::{Correspondence, Parcel};
use super::posting;
use super::receipt::Evidence;
use super::refusal::Refusal;
use super::room::Rooms;
use super::rules;
use super::stall;
use super::store::{Change, Found, ReadId, StoreFailed};
use super::turn::{Asked, Purpose, Turn};
use crate::identity::{HomeId, Who};
use crate::now::Now;

/// The rules of the network as a pure machine. See the [module's guide](super).
#[derive(Debug)]
pub struct Network {
    turn: Turn,
    actors: Actors,
    rooms: Rooms,
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
    /// Effects that were not taken, questions to the store and among people that were not answered, and
    /// what waits for somebody or for a batch. Everybody in memory is looked at for it.
    pub waiting: usize,
}

/// How often old messages are looked for.
const CLEANING: Duration = Duration::from_secs(60 * 60);

impl Network {
    /// A network without connections, kept at `home`. `last_name` is the highest number of a message that
    /// this home has named; `seed` makes ids of threads, groups and rooms.
    pub fn new(config: Config, home: HomeId, last_name: u64, seed: [u8; 32], now: Now) -> Self {
        Self {
            turn: Turn::new(config, home, last_name, seed, now),
            actors: Actors::new(),
            rooms: Rooms::default(),
            cleaning: now.monotonic + CLEANING,
        }
    }

    /// The same network, where what people and threads say to each other comes in another order, as `seed`
    /// decides; only what one says to another stays in its order. For tests: no rule may depend on more.
    #[must_use]
    pub fn interleaved(mut self, seed: u64) -> Self {
        self.turn.letters().interleave(seed);
        self
    }

    /// The same network, which goes on with what its home has kept of its correspondence with other homes. To be
    /// called before any input.
    #[must_use]
    pub fn with_correspondence(mut self, kept: Correspondence) -> Self {
        posting::resume(kept, &mut self.turn);
        self
    }

    /// Something comes from another home, perhaps again. It is answered by
    /// [`Effect::Acknowledge`] when all that it says is kept; until then the bus repeats what has a number.
    pub fn handle_parcel(&mut self, from: HomeId, parcel: Parcel, now: Now) {
        self.turn.begin(now);
        posting::arrive(from, parcel, &mut self.turn);
        self.drive();
    }

    /// The bus has all that was said to a home up to that number, and keeps it: it need not be given to the bus again
    /// by another process.
    pub fn handle_taken(&mut self, home: HomeId, number: u64, now: Now) {
        self.turn.begin(now);
        self.turn.keep_some_day(None, Change::Taken(home, number));
        self.drive();
    }

    /// A home is not reached: nobody who lives there is seen any more. What was said to them and is kept is on its way
    /// all the same.
    pub fn handle_home_lost(&mut self, home: HomeId, now: Now) {
        self.turn.begin(now);
        posting::lose(home, &mut self.turn);
        self.actors.lose_home(home, &mut self.turn);
        self.drive();
    }

    /// A home is reached again, or may have missed something: both have to be told. Whoever is here and whoever is
    /// there see each other anew.
    pub fn handle_home_back(&mut self, home: HomeId, now: Now) {
        self.turn.begin(now);
        self.turn.bus().set_lost(home, false);
        self.actors.find_home(home, &mut self.turn);
        self.drive();
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
        posting::decide(batch, kept, &mut self.turn);
        self.turn.letters().release(batch);
        self.actors.decide(&decided, kept, &mut self.turn);
        self.turn.lines().decide(batch, kept);
        self.drive();
    }

    /// What was to be read was found, or could not be read.
    pub fn handle_read(&mut self, read: ReadId, outcome: Result<Found, StoreFailed>, now: Now) {
        self.turn.begin(now);
        let Some(purpose) = self.turn.take_purpose(read) else {
            return;
        };
        findings::take(purpose, outcome, &mut self.actors, &mut self.turn);
        self.drive();
    }

    /// The operator has something said, in the name of somebody, to everybody else who is there now: how many people those are.
    /// Each of their places is told ([`Event::Announcement`](super::Event::Announcement)). It is kept nowhere, and privacy lists do
    /// not matter to it.
    pub fn handle_announcement(&mut self, by: &Who, said: Said, now: Now) -> usize {
        self.turn.begin(now);
        let message = Arc::new(Message {
            name: self.turn.next_name(),
            arrival: now.wall,
            author: Author::Person(by.clone(), EndpointId::from_bytes([0; 16])),
            content: Content::Said(said),
        });
        let others = self.actors.listening().filter(|one| *one != by.person());
        let others: Vec<_> = others.collect();
        for other in &others {
            let (by, message) = (by.clone(), message.clone());
            let from = Actor::Person(by.person());
            let words = Words::Announce { by, message };
            self.turn.write(from, None, Actor::Person(*other), words);
        }
        self.drive();
        others.len()
    }

    /// The process is about to end: what nobody waits for is kept at once from now on, receipts above all, else what was
    /// received comes again.
    pub fn handle_shutdown(&mut self, now: Now) {
        self.turn.begin(now);
        self.turn.batches().hurry_all();
        self.drive();
    }

    /// Time has passed. Calling it early or often is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        self.turn.begin(now);
        stall::answer_overdue(&mut self.turn);
        posting::stop_asking(&mut self.turn);
        self.actors.wake(now.monotonic, &mut self.turn);
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
            self.actors.forget_below(Number(kept));
            let before = UnixTime::from_millis(kept);
            self.turn.keep_some_day(None, Change::Forget(before));
        }
        self.drive();
        self.turn.leave_overdue();
    }

    /// When to call [`handle_timeout`](Self::handle_timeout). Behind it, this is later than then.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let deadlines = [self.turn.deadline(), self.actors.deadline()];
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
        let person = self.actors.person(id)?;
        person.places_mut().hear(connection, now.monotonic);
        Some(person.allowance().take(now.monotonic))
    }

    /// Whether [evidence](Command::Evidence) of these messages may change anything. An endpoint that says itself what it has
    /// received is one of which neither a reply that was written is news, nor one that was read with nothing in it but what it has told of.
    pub fn is_news(
        &mut self,
        connection: ConnectionId,
        evidence: Evidence,
        messages: &[Number],
    ) -> bool {
        let id = self.turn.lines().entered(connection);
        let person = id.and_then(|id| self.actors.person(id));
        let inbox = person.and_then(|person| person.places_mut().inbox(connection));
        let Some(inbox) = inbox.filter(|inbox| inbox.acknowledges()) else {
            return true;
        };
        match evidence {
            Evidence::Written => false,
            Evidence::Shown => messages.iter().any(|number| inbox.is_on_the_way(*number)),
            Evidence::Taken | Evidence::Lost => true,
        }
    }

    /// Whether the store takes too long ([`Config::store_hangs_after`]): until it answers, nothing more is kept.
    #[must_use]
    pub const fn store_hangs(&self) -> bool {
        self.turn.store_hangs()
    }

    /// How much is in memory.
    #[must_use]
    pub fn load(&self) -> Load {
        Load {
            people: self.actors.people(),
            threads: self.actors.threads(),
            rooms: self.rooms.len(),
            connections: self.turn.open_lines(),
            waiting: self.turn.waiting() + self.actors.waiting(),
        }
    }

    /// The name that others are shown of the person at a connection that has entered.
    pub fn name(&mut self, connection: ConnectionId) -> Option<Arc<str>> {
        let id = self.turn.lines().entered(connection)?;
        Some(self.actors.person(id)?.name().clone())
    }

    /// Runs until nothing is left to do without another input.
    fn drive(&mut self) {
        loop {
            if let Some(letter) = self.turn.letters().take_next() {
                self.actors.deliver(letter, &mut self.turn);
            } else if let Some(letter) = self.turn.bus().next_letter() {
                self.actors.deliver(letter, &mut self.turn);
            } else if let Some(connection) = self.turn.lines().take_runnable() {
                self.run_line(connection, Place::Last);
            } else if self.actors.is_ready() {
                if let Some((id, connection)) = self.actors.next_line(&mut self.turn) {
                    self.run_line(connection, Place::First(id));
                }
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
        self.turn.set_cause(BatchId(0));
        match self.turn.lines().next(connection) {
            Next::Nothing => {}
            Next::Refused(request, refusal) => {
                let asked = Asked {
                    connection,
                    request,
                };
                self.turn.answer(asked, None, Err(refusal));
            }
            Next::Gone => self.forget(connection),
            Next::Command(request, command) => {
                let asked = Asked {
                    connection,
                    request,
                };
                let (actors, rooms) = (&mut self.actors, &mut self.rooms);
                let outcome =
                    execution::start(asked, command, place, actors, rooms, &mut self.turn);
                if let Err(refusal) = outcome {
                    self.turn.answer(asked, None, Err(refusal));
                }
            }
        }
    }

    /// A connection that was closed has nothing left to do.
    fn forget(&mut self, connection: ConnectionId) {
        let id = self.turn.lines().remove(connection);
        if let Some(person) = id.and_then(|id| self.actors.person(id)) {
            rules::leave(person, connection, &mut self.turn);
        }
        self.rooms.forget(connection, &mut self.turn);
        self.actors.set_alarm(id.map(Actor::Person));
    }

    /// Lets go what leaves a connection, as far as what it depends on is kept.
    fn flush(&mut self, connection: ConnectionId) {
        let (decided, hangs) = (self.turn.batches().decided(), self.turn.store_hangs());
        while let Some(entry) = self.turn.lines().take_out(connection, decided, hangs) {
            let id = self.turn.lines().entered(connection);
            match entry {
                Entry::Offer(kept) => {
                    if let Some(person) = id.and_then(|id| self.actors.person(id)) {
                        rules::offer(person, connection, &kept, &mut self.turn);
                    }
                    self.actors.set_alarm(id.map(Actor::Person));
                }
                Entry::Backlog => {
                    if let Some(person) = id.and_then(|id| self.actors.person(id)) {
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
}
