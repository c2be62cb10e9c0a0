//! Random walks through everything that can go wrong.

use std::time::Duration;

use machine_contract::Prng;
use msnp_client::{Client, Event, MessageId, OperationId, Status};
use simulation::{
    Acknowledged, Cut, Disturbance, Fate, Faults, Peer, StoreFaults, UnderWay, World, contact,
    each_seed, fate, shows,
};

const PEOPLE: usize = 3;

/// What everybody has done, as far as the end can be judged by it.
struct Walk {
    world: World,
    /// How bad it is when it is bad.
    faults: Faults,
    /// How the store is when it does not hang.
    store: StoreFaults,
    prng: Prng,
    said: Vec<Said>,
    /// How everybody said last that they are.
    statuses: [Status; PEOPLE],
    /// By what they said it, if their client can say what has become of that.
    set: [Option<OperationId>; PEOPLE],
    asleep: [bool; PEOPLE],
    /// How many processes of somebody's client have ended.
    ended: [usize; PEOPLE],
}

struct Said {
    from: usize,
    to: usize,
    id: MessageId,
    /// In which of the author's processes.
    life: usize,
}

impl Walk {
    fn new(seed: u64, faults: Faults, store: StoreFaults) -> Self {
        let mut world = World::new(seed, PEOPLE);
        for who in 0..PEOPLE {
            world.sign_in(who);
        }
        for who in 0..PEOPLE {
            for other in (0..PEOPLE).filter(|other| *other != who) {
                let added = world.ask(who, |client, now| client.add_contact(&contact(other), now));
                added.expect("taken");
            }
        }
        world.advance(Duration::from_secs(1));
        Self {
            world,
            faults,
            store,
            prng: Prng::from_number(seed ^ 0x5eed),
            said: Vec::new(),
            statuses: [Status::ONLINE; PEOPLE],
            set: [None; PEOPLE],
            asleep: [false; PEOPLE],
            ended: [0; PEOPLE],
        }
    }

    fn below(&mut self, bound: u64) -> usize {
        usize::try_from(self.prng.below(bound)).expect("small")
    }

    fn millis(&mut self, bound: u64) -> Duration {
        Duration::from_millis(self.prng.below(bound))
    }

    /// Something happens to the network, the server or the clients' devices.
    fn misfortune(&mut self, who: usize) {
        let peer = [None, Some(Peer(who))][self.below(2)];
        let how = [Cut::Refused, Cut::Silent][self.below(2)];
        let time = self.millis(100_000);
        let now = Duration::ZERO;
        match self.below(9) {
            8 => {
                let hangs = self.below(2) == 0;
                let store = StoreFaults {
                    hangs,
                    ..self.store.clone()
                };
                self.world.set_store_faults(store);
            }
            0 => self.world.disturb(now, Disturbance::Reset(peer)),
            1 => self
                .world
                .disturb(now, Disturbance::Cut { peer, time, how }),
            2 => self.world.restart_server(UnderWay::Either, time / 10),
            3 if !self.asleep[who] => {
                self.world.sleep(who);
                self.asleep[who] = true;
            }
            4 => {
                self.world.replace(who);
                (self.statuses[who], self.set[who]) = (Status::ONLINE, None);
                self.asleep[who] = false;
                self.ended[who] += 1;
                self.world.ask(who, Client::sign_in);
            }
            5 => self.world.set_faults(Faults::NONE),
            6 => self.world.set_faults(self.faults),
            _ => self.wake(),
        }
    }

    fn wake(&mut self) {
        for who in 0..PEOPLE {
            if std::mem::take(&mut self.asleep[who]) {
                self.world.wake(who);
            }
        }
    }

    fn step(&mut self) {
        let who = self.below(PEOPLE as u64);
        match self.below(16) {
            0..=2 => return self.misfortune(who),
            3..=5 => {
                let time = self.millis(30_000);
                return self.world.advance(time);
            }
            6..=8 => {
                let time = self.millis(500);
                return self.world.advance(time);
            }
            _ if self.asleep[who] => return,
            _ => {}
        }
        match self.below(10) {
            0 => self.world.ask(who, Client::sign_out),
            1 | 2 => self.world.ask(who, Client::sign_in),
            3 => {
                let status = [Status::BUSY, Status::AWAY, Status::ONLINE][self.below(3)];
                let set = self
                    .world
                    .ask(who, |client, now| client.set_status(status, now));
                if let Ok(operation) = set {
                    (self.statuses[who], self.set[who]) = (status, Some(operation));
                }
            }
            _ => {
                let to = (who + 1 + self.below(2)) % PEOPLE;
                let conversation = contact(to).into();
                let text = format!("{} to {to}", self.said.len());
                let said = self.world.ask(who, |client, now| {
                    client.send_text(&conversation, &text, now)
                });
                if let Ok(id) = said {
                    self.said.push(Said {
                        from: who,
                        to,
                        id,
                        life: self.ended[who],
                    });
                }
            }
        }
    }

    /// All is well again for long enough that everybody finds the server; and who was told that a status may not have
    /// been set sets it again.
    fn quiet(&mut self) {
        self.world.set_faults(Faults::NONE);
        self.world.set_store_faults(StoreFaults::NONE);
        self.wake();
        for _ in 0..4 {
            self.world.advance(Duration::from_secs(200));
            for who in 0..PEOPLE {
                self.world.ask(who, Client::sign_in);
            }
        }
        for who in 0..PEOPLE {
            let set = self.set[who];
            let failed = |event: &Event| matches!(event, Event::OperationFailed { operation, .. } if Some(*operation) == set);
            if self.world.told(who, failed) {
                let status = self.statuses[who];
                let again = |client: &mut Client, now| client.set_status(status, now);
                self.world.ask(who, again).expect("taken");
            }
        }
        self.world.advance(Duration::from_secs(10));
    }

    fn check_presence(&self) {
        for who in 0..PEOPLE {
            let client = self.world.client(who);
            assert!(
                client.is_signed_in(),
                "{:?}",
                self.world.events(who).next_back()
            );
            for other in (0..PEOPLE).filter(|other| *other != who) {
                let seen = client.presence(&contact(other)).status;
                assert_eq!(seen, self.statuses[other], "{other}, as {who} sees them");
            }
        }
    }

    fn check_messages(&self) {
        for said in &self.said {
            self.check_message(said);
        }
    }

    fn check_message(&self, said: &Said) {
        let Said { from, to, id, life } = said;
        let author = self.world.lives(*from).nth(*life).expect("a life");
        let fates: Vec<_> = author.iter().filter_map(|(_, it)| fate(it, id)).collect();
        let from = contact(*from);
        let lives = self.world.lives(*to);
        let shown: Vec<_> = lives
            .map(|life| life.iter().filter(|(_, it)| shows(it, &from, id)).count())
            .collect();
        assert!(
            shown.iter().all(|times| *times <= 1),
            "{id:?}: shown {shown:?}"
        );
        let shown: usize = shown.iter().sum();
        match fates[..] {
            [Fate::Delivered] => assert!(shown >= 1, "{id:?}: acknowledged, and lost"),
            [Fate::Failed] => assert_eq!(shown, 0, "{id:?}: failed, and shown"),
            [Fate::Uncertain] => {}
            [] => assert_ne!(*life, self.ended[said.from], "{id:?}: no fate"),
            _ => panic!("{id:?} has the fates {fates:?}"),
        }
    }
}

fn walk(seed: u64, faults: Faults, store: &StoreFaults) -> Walk {
    let mut walk = Walk::new(seed, faults, store.clone());
    walk.world.set_faults(faults);
    walk.world.set_store_faults(store.clone());
    for _ in 0..80 {
        walk.step();
    }
    walk.quiet();
    walk.check_messages();
    walk
}

#[test]
fn no_acknowledged_message_is_lost_none_is_shown_twice_and_presence_is_right_in_the_end() {
    each_seed(0..100, |seed| {
        walk(seed, Faults::ROUGH, &StoreFaults::ROUGH).check_presence();
    });
}

#[test]
fn a_proxy_that_repeats_requests_doubles_and_loses_no_message() {
    let faults = Faults {
        repeated: 100,
        ..Faults::ROUGH
    };
    each_seed(0..50, |seed| {
        walk(seed, faults, &StoreFaults::ROUGH).check_presence();
    });
}

/// The gateway sends a session's next reply when it knows that the one before was sent, which most servers take to
/// be when it was written. Two replies then overtake each other, and what is told last may be the older status.
#[test]
fn messages_stand_though_replies_overtake_each_other() {
    let faults = Faults {
        acknowledged: Acknowledged::OnWrite,
        ..Faults::ROUGH
    };
    each_seed(0..50, |seed| {
        walk(seed, faults, &StoreFaults::ROUGH);
    });
}
