//! Two programs, the server, and what lies between: a fuzzer says what arrives, when, and what has become of it on the way.

use std::time::Duration;

use crate::choices::Choices;
use crate::home::{Home, Resident, Way};
use crate::hostile::request;
use crate::house::{House, Store};

/// Rounds in which an honest network comes to rest. Whoever asks on and on while no time passes never does.
const ROUNDS: usize = 400;
pub(crate) struct Street<R: Resident> {
    homes: Vec<Home<R>>,
    house: House,
}

impl<R: Resident> Street<R> {
    pub(crate) fn new(residents: impl IntoIterator<Item = (R, R::Machine)>) -> Self {
        let homes = residents.into_iter();
        Self {
            homes: homes.map(|(it, machine)| Home::new(it, machine)).collect(),
            house: House::new(),
        }
    }

    /// Plays what the bytes say. All outputs as a number.
    pub(crate) fn play(mut self, choices: &mut Choices<'_>) -> u64 {
        while let Some(byte) = choices.byte() {
            self.step(byte & 15, usize::from(byte >> 4), choices);
            self.look();
        }
        self.end()
    }

    /// The lowest bit of `how` says whose program it is about.
    fn step(&mut self, what: u8, how: usize, choices: &mut Choices<'_>) {
        let who = how % self.homes.len();
        let how = how / self.homes.len();
        let home = &mut self.homes[who];
        match what {
            0 | 1 => self.settle(),
            2 => home.deliver(how, Way::Straight, &mut self.house),
            3 => home.deliver(how, Way::Bent(choices), &mut self.house),
            4 => home.hand_back(how, Way::Straight, &mut self.house),
            5 => home.hand_back(how, Way::Bent(choices), &mut self.house),
            6 => home.make_up(how, choices, &mut self.house),
            7 => home.fail(how, &mut self.house),
            8 => drop(home.carry(&mut Way::Straight, &mut self.house)),
            9 => drop(home.carry(&mut Way::Bent(choices), &mut self.house)),
            10 => home.disturb(how, choices, &mut self.house),
            11 | 12 => home.call(|it, machine, now| it.act(machine, choices, now)),
            13 => self.pass(Duration::from_millis(1 << how)),
            14 => self.pass(Duration::from_secs(8 * how as u64)),
            _ => self.turn(who, how, choices),
        }
    }

    /// What is rare.
    fn turn(&mut self, who: usize, how: usize, choices: &mut Choices<'_>) {
        let home = &mut self.homes[who];
        match how {
            0 => home.call(R::sign_in),
            1 => home.call(R::sign_out),
            2 => home.set_deaf(!home.is_deaf()),
            3 => home.hands_mut().suspended(),
            4 => {
                let now = home.hands().now();
                let next = [home.hands().timeout(), self.house.timeout()];
                let next = next.into_iter().flatten().min();
                self.pass(next.map_or(Duration::ZERO, |at| at.saturating_duration_since(now)));
            }
            5 => {
                let store = *choices.of(&[Store::Prompt, Store::Slow, Store::Failing]);
                self.house.set_store(store);
            }
            6 => drop(self.house.let_one()),
            _ => match choices.below(8) {
                0 => self.house.shut_down(),
                _ => self.stranger(choices),
            },
        }
    }

    /// A request of somebody else. Some go at once, most wait.
    fn stranger(&mut self, choices: &mut Choices<'_>) {
        let exchange = self.house.ask(request(choices));
        if choices.below(4) == 0 {
            self.house.lost(exchange);
        }
    }

    /// Everything arrives, unharmed, until nothing moves.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < ROUNDS, "it goes on and on while no time passes");
            let mut moved = self.house.let_one();
            for home in &mut self.homes {
                moved |= home.settle(&mut self.house);
            }
            self.collect();
            if !moved {
                return;
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        for home in &mut self.homes {
            home.hands_mut().pass(time);
            home.look(&mut self.house);
        }
        self.house.pass(time);
        self.collect();
    }

    /// Replies go to whoever waits for them.
    fn collect(&mut self) {
        while let Some((exchange, reply)) = self.house.reply() {
            let mut homes = self.homes.iter_mut();
            let of_none = homes.try_fold(reply, |reply, home| home.take_reply(exchange, reply));
            if of_none.is_some() {
                self.house.written(exchange);
            }
        }
    }

    fn look(&mut self) {
        for home in &mut self.homes {
            home.listen();
            home.look(&mut self.house);
        }
        self.collect();
    }

    /// Everybody goes, and everything has come to its end.
    fn end(mut self) -> u64 {
        let mut sum = self.house.sum();
        for mut home in self.homes {
            home.set_deaf(false);
            home.listen();
            home.hands_mut().pester();
            home.call(R::sign_out);
            for round in 0.. {
                assert!(round < ROUNDS, "whoever signs out never comes to rest");
                while !home.hands().requests().is_empty() {
                    home.fail(0, &mut self.house);
                }
                for id in home.hands().streams() {
                    home.hands_mut().broken(id, usize::MAX);
                }
                home.listen();
                if !home.hands_mut().wait() {
                    break;
                }
            }
            home.listen();
            home.look(&mut self.house);
            home.over();
            sum = sum.rotate_left(7) ^ home.hands().sum();
        }
        self.house.end();
        sum
    }
}
