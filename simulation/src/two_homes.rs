//! Two networks, each home to one of two people, joined by a bus that delays, repeats, mixes up, and is cut.
//!
//! What a home has kept outlives its process, and so does what the bus has taken; everything else ends with a crash. The
//! rules of a bus are those of [`Effect::Post`]: what has a number is brought again until it is done, in any order; what
//! has none is brought in the order in which it was given, or never.

mod side;

use std::collections::BTreeMap;
use std::time::Duration;

use machine_contract::{Instant, Prng};
use msnp_server::identity::Who;
use msnp_server::network::{
    Answer, Batch, Command, Config, ConnectionId, Effect, Event, Network, Parcel, Read, ReadId,
    Refusal, RequestId,
};
use msnp_server::{Memory, Now};

use self::side::Side;
use crate::rules::{ALL, START, endpoint};

/// Who lives at which home.
pub const HOMES: [&str; 2] = ["alice", "bob"];

/// How long it takes until the bus repeats what is not done.
const REPEAT: Duration = Duration::from_secs(1);

/// How long it takes at most until a home is told that the other is not reached, or is again.
const NOTICE_MS: u64 = 2_000;

/// What becomes of the batch that is under way when a process ends.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is kept, and nobody was told: neither was the bus.
    BehindTheBatch,
    /// It is lost.
    BeforeTheBatch,
}

/// The two homes, what is between them, and their clock.
#[derive(Debug)]
pub struct TwoHomes {
    sides: [Side; 2],
    now: Now,
    prng: Prng,
    happenings: BTreeMap<(Instant, u64), Happening>,
    happened: u64,
    cut: bool,
    /// Of a thousand batches, so many are not kept.
    failing: u64,
}

/// Something that happens later, at one of the homes.
#[derive(Debug)]
enum Happening {
    Committed(usize, u64, Batch),
    Found(usize, u64, ReadId, Read),
    /// The bus is given something.
    Given(usize, u64, Parcel),
    /// Something comes to a home.
    Comes(usize, Parcel),
    /// A home has told the bus that all up to a number is done.
    Done(usize, u64),
    /// The bus repeats what it has from a home.
    Repeat(usize),
    /// A home is told whether the other is reached.
    Notice(usize, bool),
}

impl TwoHomes {
    /// The homes of [`HOMES`], whose people know of each other by name alone.
    ///
    /// # Panics
    /// Never: the names are good.
    pub fn new(seed: u64) -> Self {
        Self::with_config(seed, &Config::default())
    }

    /// The same with a configuration.
    ///
    /// # Panics
    /// Never: the names are good.
    pub fn with_config(seed: u64, config: &Config) -> Self {
        let now = Now {
            monotonic: Instant::ORIGIN,
            wall: START,
        };
        let mut prng = Prng::from_number(seed);
        let [alice, bob] = HOMES;
        let mut sides =
            [(1, alice), (2, bob)].map(|(n, name)| Side::new(n, name, config, &mut prng, now));
        let [alice, bob] = [0, 1].map(|side: usize| sides[side].who().clone());
        sides[0].add_elsewhere(&bob);
        sides[1].add_elsewhere(&alice);
        let mut world = Self {
            sides,
            now,
            prng,
            happenings: BTreeMap::new(),
            happened: 0,
            cut: false,
            failing: 0,
        };
        for side in 0..2 {
            world.later(REPEAT, Happening::Repeat(side));
        }
        world
    }

    /// Of a thousand batches, so many are not kept from now on.
    pub const fn set_failing(&mut self, of_thousand: u64) {
        self.failing = of_thousand;
    }

    /// What time it is.
    pub const fn now(&self) -> Now {
        self.now
    }

    /// A number from the seed.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.prng.below(bound)
    }

    /// Who lives there.
    pub fn who(&self, side: usize) -> Who {
        self.sides[side].who().clone()
    }

    /// The network there.
    pub fn network(&mut self, side: usize) -> &mut Network {
        self.sides[side].network()
    }

    /// What is kept there.
    pub fn store(&self, side: usize) -> &Memory {
        self.sides[side].store()
    }

    /// How many numbered parcels the bus was given from there, repetitions included.
    pub fn given(&self, side: usize) -> usize {
        self.sides[side].given()
    }

    /// The person who lives there signs in and wants to be told everything.
    pub fn sign_in(&mut self, side: usize) -> ConnectionId {
        let connection = self.sides[side].open();
        let who = self.who(side);
        let endpoint = endpoint(u8::try_from(side).unwrap_or_default());
        self.say(side, connection, Command::Enter { who, endpoint });
        self.say(side, connection, Command::Subscribe(ALL));
        connection
    }

    /// Gives a command.
    pub fn say(&mut self, side: usize, from: ConnectionId, command: Command) -> RequestId {
        let request = self.sides[side].say(from, command, self.now);
        self.drain(side);
        request
    }

    /// Gives a command and waits until it is answered.
    ///
    /// # Panics
    /// If it is not within a minute.
    pub fn ask(
        &mut self,
        side: usize,
        from: ConnectionId,
        command: Command,
    ) -> Result<Answer, Refusal> {
        let request = self.say(side, from, command);
        for _ in 0..6_000 {
            if let Some(answer) = self.answer(side, from, request) {
                return answer;
            }
            self.advance(Duration::from_millis(10));
        }
        panic!("a command has no answer")
    }

    /// The answer to a command, if it has come.
    pub fn answer(
        &mut self,
        side: usize,
        from: ConnectionId,
        request: RequestId,
    ) -> Option<Result<Answer, Refusal>> {
        self.sides[side].answer(from, request)
    }

    /// What a connection was told since the last time.
    pub fn hear(&mut self, side: usize, at: ConnectionId) -> Vec<Event> {
        self.sides[side].hear(at)
    }

    /// The line between the homes is cut; each of them finds out.
    pub fn cut(&mut self) {
        self.cut = true;
        self.notify(false);
    }

    /// It is mended; each of them finds out.
    pub fn mend(&mut self) {
        self.cut = false;
        self.notify(true);
    }

    /// A process ends, and another takes its place. Who was connected is not; the other home finds out.
    pub fn crash(&mut self, side: usize, ending: Ending) {
        let at = &mut self.sides[side];
        if ending == Ending::BehindTheBatch {
            for happening in self.happenings.values() {
                if let Happening::Committed(of, process, batch) = happening
                    && (*of, *process) == (side, at.process())
                {
                    at.keep(batch);
                }
            }
        }
        at.restart(&mut self.prng, self.now);
        self.drain(side);
        if self.cut {
            self.later(Duration::ZERO, Happening::Notice(side, false));
        } else {
            // Behind the other notices on their way.
            self.later(
                Duration::from_millis(NOTICE_MS),
                Happening::Notice(1 - side, false),
            );
            self.later(
                Duration::from_millis(NOTICE_MS + 1),
                Happening::Notice(1 - side, true),
            );
        }
    }

    /// Lets time pass.
    pub fn advance(&mut self, time: Duration) {
        let end = self.now.monotonic + time;
        loop {
            let timers = self.sides.iter().filter_map(Side::timer);
            let first = self.happenings.first_key_value().map(|((at, _), _)| *at);
            let Some(next) = timers.chain(first).min().filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.until(next.max(self.now.monotonic));
            while let Some(entry) = self.happenings.first_entry()
                && entry.key().0 <= self.now.monotonic
            {
                let happening = entry.remove();
                self.happen(happening);
            }
            for side in 0..2 {
                let due = self.sides[side].timer();
                if due.is_some_and(|at| at <= self.now.monotonic) {
                    self.sides[side].network().handle_timeout(self.now);
                    self.drain(side);
                }
            }
        }
        self.now = self.now.until(end);
    }

    fn later(&mut self, after: Duration, happening: Happening) {
        self.happened += 1;
        let at = (self.now.monotonic + after, self.happened);
        self.happenings.insert(at, happening);
    }

    /// Later, by up to so many milliseconds.
    fn soon(&mut self, most: u64, happening: Happening) {
        let after = Duration::from_millis(self.prng.below(most + 1));
        self.later(after, happening);
    }

    fn notify(&mut self, reached: bool) {
        for side in 0..2 {
            // What was noticed before is told before.
            let noticed = self.happenings.iter().filter_map(|((at, _), one)| {
                matches!(one, Happening::Notice(of, _) if *of == side).then_some(*at)
            });
            let last = noticed.max().unwrap_or(self.now.monotonic);
            let ahead = last.saturating_duration_since(self.now.monotonic);
            let after = ahead + Duration::from_millis(self.prng.below(NOTICE_MS));
            self.later(after, Happening::Notice(side, reached));
        }
    }

    fn happen(&mut self, happening: Happening) {
        let now = self.now;
        match happening {
            // What an earlier process wanted is nobody's: its batches are lost, and the bus was given nothing.
            Happening::Committed(side, process, batch) => {
                let fails = self.prng.below(1_000) < self.failing;
                if process == self.sides[side].process() {
                    self.sides[side].decide(&batch, fails, now);
                    self.drain(side);
                }
            }
            Happening::Found(side, process, id, read) => {
                let at = &mut self.sides[side];
                if process == at.process() {
                    let found = at.store().read(&read);
                    at.network().handle_read(id, Ok(found), now);
                    self.drain(side);
                }
            }
            Happening::Given(side, process, parcel) => {
                if process == self.sides[side].process() {
                    self.take(side, parcel);
                }
            }
            Happening::Comes(side, parcel) => {
                if !self.cut {
                    let from = self.who(1 - side).home();
                    self.network(side).handle_parcel(from, parcel, now);
                    self.drain(side);
                }
            }
            Happening::Done(side, number) => {
                if !self.cut {
                    self.sides[1 - side].done(number);
                }
            }
            Happening::Repeat(side) => {
                let taken: Vec<_> = self.sides[side].taken().cloned().collect();
                for parcel in taken {
                    self.soon(200, Happening::Comes(1 - side, parcel));
                }
                self.later(REPEAT, Happening::Repeat(side));
            }
            Happening::Notice(side, reached) => {
                let other = self.who(1 - side).home();
                let network = self.network(side);
                if reached {
                    network.handle_home_back(other, now);
                } else {
                    network.handle_home_lost(other, now);
                }
                self.drain(side);
            }
        }
    }

    /// The bus is given something.
    fn take(&mut self, side: usize, parcel: Parcel) {
        if let Some(number) = parcel.number() {
            self.sides[side].take(&parcel, number, self.now);
            self.soon(200, Happening::Comes(1 - side, parcel));
            self.drain(side);
        } else {
            let after = Duration::from_millis(self.prng.below(100));
            let after = self.sides[side].arrival(after, self.now);
            self.later(after, Happening::Comes(1 - side, parcel));
        }
    }

    fn drain(&mut self, side: usize) {
        while let Some(effect) = self.sides[side].poll() {
            let process = self.sides[side].process();
            match effect {
                Effect::Answer(..) | Effect::Tell(..) | Effect::Close(..) => {}
                Effect::Commit(batch) => {
                    self.soon(50, Happening::Committed(side, process, batch));
                }
                Effect::Read(id, read) => {
                    self.soon(20, Happening::Found(side, process, id, read));
                }
                // Given to the bus after a while, in its order: the process may end in between.
                Effect::Post(_, parcel) => {
                    let after = Duration::from_millis(20);
                    self.later(after, Happening::Given(side, process, parcel));
                }
                Effect::Acknowledge(_, number) => self.soon(100, Happening::Done(side, number)),
            }
        }
    }
}
