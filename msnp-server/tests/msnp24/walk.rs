//! Random walks of four people with faults, against a small model: who must see whom, and which
//! message must have reached whom.

use std::collections::{BTreeMap, BTreeSet};

use msnp_server::network::{ConnectionId, Lists};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{ALL, Config, PEOPLE, World, between, body, frame};

#[derive(Clone, Debug)]
enum Step {
    SignIn {
        who: usize,
        place: u8,
    },
    SignOut {
        at: usize,
    },
    HangUp {
        at: usize,
    },
    Status {
        at: usize,
        status: usize,
    },
    List {
        at: usize,
        contact: usize,
        lists: u8,
    },
    Text {
        at: usize,
        to: usize,
    },
    Typing {
        at: usize,
        to: usize,
    },
    Nudge {
        at: usize,
        to: usize,
    },
    Acknowledge {
        at: usize,
        how_many: usize,
    },
    Gather {
        at: usize,
        others: u8,
    },
    Leave {
        at: usize,
        thread: usize,
    },
    Tell {
        at: usize,
        thread: usize,
    },
    Wait {
        seconds: u64,
    },
    Garbage {
        at: usize,
        bytes: String,
    },
}

const STATUSES: [&str; 9] = [
    "NLN", "BSY", "PHN", "IDL", "BRB", "LUN", "AWY", "HDN", "FLN",
];

fn step() -> impl Strategy<Value = Step> {
    let at = 0..8usize;
    let who = 0..PEOPLE.len();
    prop_oneof![
        5 => (who.clone(), 1..3u8).prop_map(|(who, place)| Step::SignIn { who, place }),
        1 => at.clone().prop_map(|at| Step::SignOut { at }),
        2 => at.clone().prop_map(|at| Step::HangUp { at }),
        5 => (at.clone(), 0..STATUSES.len()).prop_map(|(at, status)| Step::Status { at, status }),
        5 => (at.clone(), who.clone(), prop_oneof![Just(0u8), Just(1), Just(2), Just(3), Just(3), Just(4), Just(5)])
            .prop_map(|(at, contact, lists)| Step::List { at, contact, lists }),
        8 => (at.clone(), who.clone()).prop_map(|(at, to)| Step::Text { at, to }),
        1 => (at.clone(), who.clone()).prop_map(|(at, to)| Step::Typing { at, to }),
        1 => (at.clone(), who).prop_map(|(at, to)| Step::Nudge { at, to }),
        5 => (at.clone(), 1..6usize).prop_map(|(at, how_many)| Step::Acknowledge { at, how_many }),
        1 => (at.clone(), any::<u8>()).prop_map(|(at, others)| Step::Gather { at, others }),
        1 => (at.clone(), 0..3usize).prop_map(|(at, thread)| Step::Leave { at, thread }),
        3 => (at.clone(), 0..3usize).prop_map(|(at, thread)| Step::Tell { at, thread }),
        2 => prop_oneof![Just(1u64), Just(30), Just(61)].prop_map(|seconds| Step::Wait { seconds }),
        1 => (at, "[A-Z0-9 \\\\\r\n<>:]{0,40}").prop_map(|(at, bytes)| Step::Garbage { at, bytes: format!("{bytes}\r\n") }),
    ]
}

/// One connection, as the model sees it.
struct Client {
    id: ConnectionId,
    who: usize,
    place: u8,
    status: Option<&'static str>,
    /// The last that it was told of each person.
    seen: BTreeMap<usize, String>,
    /// The texts that it was sent.
    got: BTreeSet<String>,
    unacknowledged: Vec<String>,
    alive: bool,
}

/// A text, and who must get it.
struct Text {
    from: usize,
    receivers: BTreeSet<usize>,
    /// The connections that were there for it, and are to have it if they stay.
    places: Vec<ConnectionId>,
}

struct Model {
    world: World,
    clients: Vec<Client>,
    lists: [[u8; 4]; 4],
    threads: Vec<(String, BTreeSet<usize>)>,
    texts: BTreeMap<String, Text>,
}

impl Model {
    fn new(interleaving: Option<u64>) -> Self {
        let mut config = Config::default();
        config.network.strangers_may_add = true;
        config.network.unreceived = 2;
        config.network.command_burst = 100_000;
        config.faces.command_burst = 100_000;
        Self {
            world: World::over((), config, interleaving),
            clients: Vec::new(),
            lists: [[0; 4]; 4],
            threads: Vec::new(),
            texts: BTreeMap::new(),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::SignIn { who, place } => self.sign_in(who, place),
            Step::SignOut { at } => self.with(at, |model, at| {
                let id = model.clients[at].id;
                model.world.say(id, "OUT 9 CON 0\r\n");
                model.clients[at].alive = false;
            }),
            Step::HangUp { at } => self.with(at, |model, at| {
                model.world.hang_up(model.clients[at].id);
                model.clients[at].alive = false;
            }),
            Step::Status { at, status } => self.with(at, |model, at| {
                let client = &mut model.clients[at];
                client.status = Some(STATUSES[status]);
                model.world.status(
                    client.id,
                    PEOPLE[client.who],
                    client.place,
                    STATUSES[status],
                );
            }),
            Step::List { at, contact, lists } => self.with(at, |model, at| {
                let (id, who) = (model.clients[at].id, model.clients[at].who);
                if who == contact {
                    return;
                }
                model.world.list(id, PEOPLE[contact], lists);
                model.lists[who][contact] = lists;
                if lists & 1 == 0 {
                    for client in model.clients.iter_mut().filter(|client| client.who == who) {
                        client.seen.remove(&contact);
                    }
                }
            }),
            Step::Text { at, to } => self.with(at, |model, at| {
                let from = model.clients[at].who;
                let receivers = if model.admits(to, from) {
                    BTreeSet::from([to])
                } else {
                    BTreeSet::new()
                };
                model.text(at, &format!("8:{}", PEOPLE[to]), receivers);
            }),
            Step::Typing { at, to } => {
                self.with(at, |model, at| model.passing(at, to, "Control/Typing"));
            }
            Step::Nudge { at, to } => self.with(at, |model, at| model.passing(at, to, "Nudge")),
            Step::Acknowledge { at, how_many } => self.with(at, |model, at| {
                for _ in 0..how_many {
                    model.acknowledge_one(at);
                }
            }),
            Step::Gather { at, others } => self.with(at, |model, at| model.gather(at, others)),
            Step::Leave { at, thread } => self.with(at, |model, at| model.leave(at, thread)),
            Step::Tell { at, thread } => self.with(at, |model, at| {
                let Some((id, members)) = model.threads.get(thread).cloned() else {
                    return;
                };
                if members.contains(&model.clients[at].who) {
                    model.text(at, &id, members);
                }
            }),
            Step::Wait { seconds } => self.world.wait(seconds),
            Step::Garbage { at, bytes } => self.with(at, |model, at| {
                model.world.say(model.clients[at].id, &bytes);
            }),
        }
        self.listen();
        self.check_sight();
    }

    /// With a connection that is there, if there is one.
    fn with(&mut self, at: usize, act: impl FnOnce(&mut Self, usize)) {
        let alive: Vec<usize> = (0..self.clients.len())
            .filter(|at| self.clients[*at].alive)
            .collect();
        if !alive.is_empty() {
            act(self, alive[at % alive.len()]);
        }
    }

    fn sign_in(&mut self, who: usize, place: u8) {
        let endpoint = u8::try_from(who).unwrap() * 16 + place;
        let mut status = None;
        let id = self.world.bind(PEOPLE[who], endpoint);
        for old in self
            .clients
            .iter_mut()
            .filter(|old| old.alive && old.who == who && old.place == endpoint)
        {
            old.alive = false;
            status = old.status;
        }
        self.world
            .say(id, &frame("PUT 5 MSGR\\SUBSCRIPTIONS", "", ALL));
        self.clients.push(Client {
            id,
            who,
            place: endpoint,
            status,
            seen: BTreeMap::new(),
            got: BTreeSet::new(),
            unacknowledged: Vec::new(),
            alive: true,
        });
    }

    fn text(&mut self, at: usize, to: &str, mut receivers: BTreeSet<usize>) {
        let (id, from) = (self.clients[at].id, self.clients[at].who);
        let text = format!("text {}", self.texts.len());
        receivers.remove(&from);
        self.world.text(id, PEOPLE[from], to, &text);
        let here = self.clients.iter().filter(|client| {
            client.alive
                && client.id != id
                && (client.who == from || receivers.contains(&client.who))
        });
        let places = here.map(|client| client.id).collect();
        self.texts.insert(
            text,
            Text {
                from,
                receivers,
                places,
            },
        );
    }

    fn passing(&mut self, at: usize, to: usize, kind: &str) {
        let (id, from) = (self.clients[at].id, self.clients[at].who);
        self.world
            .message(id, PEOPLE[from], &format!("8:{}", PEOPLE[to]), kind, "", "");
    }

    fn gather(&mut self, at: usize, others: u8) {
        let (id, who) = (self.clients[at].id, self.clients[at].who);
        if self.threads.len() >= 3 {
            return;
        }
        let named: Vec<usize> = (0..4).filter(|one| others >> one & 1 == 1).collect();
        let member = |one: &usize| {
            [
                "<member><mri>8:",
                PEOPLE[*one],
                "</mri><role>user</role></member>",
            ]
            .concat()
        };
        let members: String = named.iter().map(member).collect();
        self.listen();
        self.world.say(
            id,
            &frame(
                "PUT 10 MSGR\\THREAD",
                "",
                &format!("<thread><id></id><members>{members}</members></thread>"),
            ),
        );
        let frames = self.world.hear(id);
        let thread = between(&frames[0], "<id>", "</id>").to_owned();
        self.read(at, &frames);
        let mut present: BTreeSet<usize> = named
            .into_iter()
            .filter(|one| self.admits(*one, who))
            .collect();
        present.insert(who);
        self.threads.push((thread, present));
    }

    fn leave(&mut self, at: usize, thread: usize) {
        let (id, who) = (self.clients[at].id, self.clients[at].who);
        let Some((thread, members)) = self.threads.get_mut(thread) else {
            return;
        };
        if members.remove(&who) {
            let body = format!(
                "<thread><id>{thread}</id><members><member><mri>8:{}</mri></member></members></thread>",
                PEOPLE[who]
            );
            self.world.say(id, &frame("DEL 11 MSGR\\THREAD", "", &body));
        }
    }

    fn acknowledge_one(&mut self, at: usize) -> bool {
        let client = &mut self.clients[at];
        if client.unacknowledged.is_empty() || !client.alive {
            return false;
        }
        let ack_id = client.unacknowledged.remove(0);
        let id = client.id;
        self.world.acknowledge(id, &ack_id);
        self.listen();
        true
    }

    fn listen(&mut self) {
        for at in 0..self.clients.len() {
            let frames = self.world.hear(self.clients[at].id);
            if self.world.is_closed(self.clients[at].id) {
                self.clients[at].alive = false;
            }
            self.read(at, &frames);
        }
    }

    fn read(&mut self, at: usize, frames: &[String]) {
        for frame in frames {
            assert!(!frame.starts_with("501"), "{frame}");
            if frame.starts_with("SDG 0 MSGR ") {
                self.read_message(at, frame);
            }
            let client = &mut self.clients[at];
            if frame.starts_with("NFY 0 MSGR\\PUT ") || frame.starts_with("NFY 0 MSGR\\DEL ") {
                let about = between(frame, "From: 8:", "\r\n");
                let about = PEOPLE
                    .iter()
                    .position(|who| *who == about)
                    .expect("one of the four");
                if about == client.who {
                    continue;
                }
                if frame.starts_with("NFY 0 MSGR\\PUT ") {
                    assert!(!frame.contains("EpName"), "private data");
                    client
                        .seen
                        .insert(about, between(frame, "<Status>", "</Status>").to_owned());
                } else if body(frame) == "<user><s n=\"IM\" /></user>" {
                    client.seen.remove(&about);
                }
            }
        }
    }

    fn read_message(&mut self, at: usize, frame: &str) {
        let client = &mut self.clients[at];
        if let Some((_, rest)) = frame.split_once("Ack-Id: ") {
            client
                .unacknowledged
                .push(rest.split_once("\r\n").unwrap().0.to_owned());
        }
        let text = body(frame).to_owned();
        if let Some(known) = self.texts.get(&text) {
            assert!(
                known.from == client.who || known.receivers.contains(&client.who),
                "{text:?} reached {}",
                PEOPLE[client.who]
            );
            assert!(client.got.insert(text), "twice on one connection: {frame}");
        }
    }

    /// Everyone sees exactly those contacts, as they are, whom they may see.
    fn check_sight(&self) {
        for client in self.clients.iter().filter(|client| client.alive) {
            for about in (0..4).filter(|about| *about != client.who) {
                let watched = self.lists[client.who][about] & 1 == 1;
                let shown = if watched && self.admits(about, client.who) {
                    self.status(about)
                } else {
                    None
                };
                let seen = client.seen.get(&about).map(String::as_str);
                assert_eq!(seen, shown, "{} sees {}", PEOPLE[client.who], PEOPLE[about]);
            }
        }
    }

    /// The status that others are shown.
    fn status(&self, who: usize) -> Option<&'static str> {
        let places = self
            .clients
            .iter()
            .filter(|client| client.alive && client.who == who);
        let visible = places
            .filter_map(|client| client.status)
            .filter(|status| !["HDN", "FLN"].contains(status));
        visible.min_by_key(|status| STATUSES.iter().position(|known| known == status))
    }

    fn admits(&self, who: usize, other: usize) -> bool {
        self.lists[who][other] & 4 == 0
    }

    /// Acknowledges everything, until nothing comes any more.
    fn drain(&mut self) {
        self.listen();
        loop {
            let mut any = false;
            for at in 0..self.clients.len() {
                any |= self.acknowledge_one(at);
            }
            if !any {
                break;
            }
        }
    }

    fn finish(mut self) {
        // Whoever was there to the end has everything since he came.
        for who in 0..4 {
            self.sign_in(who, 9);
        }
        self.drain();
        for (text, known) in &self.texts {
            for client in self.clients.iter().filter(|client| client.alive) {
                if known.places.contains(&client.id) {
                    assert!(
                        client.got.contains(text),
                        "{text:?} passed {} by",
                        PEOPLE[client.who]
                    );
                }
            }
            for who in &known.receivers {
                let got = self
                    .clients
                    .iter()
                    .any(|client| client.who == *who && client.got.contains(text));
                assert!(got, "{text:?} never reached {}", PEOPLE[*who]);
            }
        }
        // What was received is kept a second later.
        self.world.wait(1);
        for who in PEOPLE {
            assert_eq!(self.world.waiting(who), 0, "{who} has everything");
            for contact in self.world.record(who).contacts {
                let lists = contact.lists;
                assert!(
                    lists != Lists::NONE && !lists.contains(Lists::ALLOW | Lists::BLOCK),
                    "{contact:?}"
                );
            }
        }
        // One more message reaches every endpoint that is there.
        let last = self.clients.len() - 1;
        self.lists = [[0; 4]; 4];
        self.world.list(self.clients[last - 1].id, PEOPLE[3], 2);
        self.text(last, &format!("8:{}", PEOPLE[2]), BTreeSet::from([2]));
        self.drain();
        let text = format!("text {}", self.texts.len() - 1);
        for client in self
            .clients
            .iter()
            .filter(|client| client.alive && (client.who == 2 || client.who == 3))
        {
            let own = client.id == self.clients[last].id;
            assert_eq!(
                client.got.contains(&text),
                !own,
                "{} at {}",
                PEOPLE[client.who],
                client.place
            );
        }
        let alive = self.clients.iter().filter(|client| client.alive).count();
        assert_eq!(self.world.server().connections(), alive);
        for client in &self.clients {
            let now = self.world.now();
            self.world.server().handle_closed(client.id, now);
        }
        assert_eq!(self.world.server().connections(), 0);
    }
}

fn walk(interleaving: Option<u64>, steps: Vec<Step>) {
    let mut model = Model::new(interleaving);
    for step in steps {
        model.take(step);
    }
    model.finish();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn everyone_gets_what_is_theirs_and_sees_whom_they_may(steps in vec(step(), 1..120)) {
        walk(None, steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn everyone_does_so_whatever_comes_first(seed: u64, steps in vec(step(), 1..120)) {
        walk(Some(seed), steps);
    }
}

proptest! {
    #[test]
    fn no_bytes_stop_the_server(chunks in vec(vec(any::<u8>(), 0..60), 1..20)) {
        let mut world = World::new();
        let client = world.bind("alice", 1);
        for chunk in chunks {
            world.say_bytes(client, chunk.into());
        }
        world.wait(1);
        let bob = world.online("bob", 2);
        prop_assert!(world.ask(bob, "PNG 9 CON 0\r\n")[0].starts_with("PNG 9 CON "));
    }
}
