//! Random commands of four people at two places each, over a store that fails, takes long, or is cut off;
//! against what was answered.
//!
//! The model knows no rule. It knows what each command was answered, and what follows from that: what was done has
//! happened once, what was refused has not, and what was left open has happened whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use msnp_server::network::{
    Answer, Command, Config, ConnectionId, Contact, ConversationId, Event, Found, Kept, Lists,
    Number, PersonRecord, Presence, Privacy, Read, Refusal, RequestId, Status, ThreadId,
};
use proptest::prelude::*;
use simulation::rules::{ALL, PEOPLE, World, endpoint};
use std::sync::Arc;

use crate::words::{in_thread_as, make, numbered, set, status, with, word};

/// What happens.
#[derive(Clone, Debug)]
enum Step {
    Come(usize, u8),
    Go(usize, u8),
    Write(usize, u8, usize),
    WriteToAll(usize, u8),
    Repeat(usize, u8),
    List(usize, usize, Lists),
    Trust(usize, bool),
    Name(usize),
    Show(usize, u8, Status),
    Read(usize, u8, usize),
    Receive(usize, u8, usize),
    Browse(usize, u8, usize),
    Settle,
    Some,
    Wait(u64),
    Hold,
    Fail,
    Release,
    HoldReads,
    FailReads,
    Crash(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..PEOPLE.len();
    let at = 1..3_u8;
    let lists = prop::sample::select(vec![
        Lists::NONE,
        Lists::FORWARD,
        Lists::FORWARD | Lists::ALLOW,
        Lists::BLOCK,
        Lists::FORWARD | Lists::BLOCK,
    ]);
    let shown = prop::sample::select(vec![Status::Online, Status::Away, Status::Hidden]);
    prop_oneof![
        6 => (who.clone(), at.clone()).prop_map(|(who, at)| Step::Come(who, at)),
        2 => (who.clone(), at.clone()).prop_map(|(who, at)| Step::Go(who, at)),
        8 => (who.clone(), at.clone(), who.clone()).prop_map(|(who, at, to)| Step::Write(who, at, to)),
        4 => (who.clone(), at.clone()).prop_map(|(who, at)| Step::WriteToAll(who, at)),
        2 => (who.clone(), at.clone()).prop_map(|(who, at)| Step::Repeat(who, at)),
        5 => (who.clone(), who.clone(), lists).prop_map(|(who, whom, lists)| Step::List(who, whom, lists)),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, all)| Step::Trust(who, all)),
        2 => who.clone().prop_map(Step::Name),
        5 => (who.clone(), at.clone(), shown).prop_map(|(who, at, shown)| Step::Show(who, at, shown)),
        1 => (who.clone(), at.clone(), who.clone()).prop_map(|(who, at, to)| Step::Read(who, at, to)),
        4 => (who.clone(), at.clone(), 0..4_usize).prop_map(|(who, at, n)| Step::Receive(who, at, n)),
        1 => (who.clone(), at, who).prop_map(|(who, at, to)| Step::Browse(who, at, to)),
        6 => Just(Step::Settle),
        6 => Just(Step::Some),
        2 => (1..40_u64).prop_map(Step::Wait),
        2 => Just(Step::Hold),
        1 => Just(Step::Fail),
        3 => Just(Step::Release),
        1 => Just(Step::HoldReads),
        1 => Just(Step::FailReads),
        1 => any::<bool>().prop_map(Step::Crash),
    ]
}

/// What is known of a command.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Fate {
    /// It is not answered.
    Open,
    /// It was done.
    Done,
    /// It was not.
    Refused,
    /// It may have been.
    Unknown,
}

/// What a command would change.
#[derive(Clone, Debug)]
enum Deed {
    /// A message, by the words that nobody else has said.
    Said(String),
    /// A thread of all, which everybody but who blocks its maker is in.
    Thread,
    Name(usize, String),
    List(usize, usize, Lists),
    Trust(usize, Privacy),
    Received(Number),
    Nothing,
}

#[derive(Debug)]
struct Asked {
    connection: ConnectionId,
    request: RequestId,
    deed: Deed,
    fate: Fate,
}

/// One connection, and all that it was told.
#[derive(Debug)]
struct Line {
    connection: ConnectionId,
    who: usize,
    place: u8,
    enter: RequestId,
    entered: bool,
    told: Vec<Kept>,
    received: BTreeSet<Number>,
    seen: BTreeMap<String, Arc<Presence>>,
    roster: BTreeMap<String, Contact>,
}

struct Model {
    world: World,
    lines: BTreeMap<(usize, u8), Line>,
    asked: Vec<Asked>,
    /// Each message with its author's place, its conversation, and the connections where it was said.
    said: BTreeMap<String, Message>,
    last: BTreeMap<(usize, u8), String>,
    threads: Vec<ThreadId>,
    count: usize,
}

#[derive(Clone, Debug)]
struct Message {
    author: usize,
    to: Option<usize>,
    command: Command,
    /// Where it was said first; `None` if it was repeated.
    at: Option<ConnectionId>,
    order: usize,
}

impl Model {
    fn new(seed: Option<u64>) -> Self {
        let mut config = Config::default();
        config.strangers_may_add = true;
        config.unreceived = 3;
        config.waiting_commands = 6;
        config.idle_people = 0;
        Self {
            world: World::new(config, seed),
            lines: BTreeMap::new(),
            asked: Vec::new(),
            said: BTreeMap::new(),
            last: BTreeMap::new(),
            threads: Vec::new(),
            count: 0,
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Come(who, place) => self.come(who, place),
            Step::Go(who, place) => {
                if let Some(line) = self.lines.remove(&(who, place)) {
                    self.look(line.connection);
                    self.world.hang_up(line.connection);
                    self.give_up(line.connection);
                }
            }
            Step::Write(who, place, to) => {
                self.count += 1;
                let words = format!("m{}", self.count);
                let command = numbered(PEOPLE[to], &words, &words);
                self.write(who, place, Some(to), words, command);
            }
            Step::WriteToAll(who, place) => match self.threads.last().copied() {
                None => self.ask(who, place, make(&PEOPLE), Deed::Thread),
                Some(thread) => {
                    self.count += 1;
                    let words = format!("m{}", self.count);
                    let command = in_thread_as(thread, &words, &words);
                    self.write(who, place, None, words, command);
                }
            },
            Step::Repeat(who, place) => {
                let Some(words) = self.last.get(&(who, place)).cloned() else {
                    return;
                };
                if let Some(message) = self.said.get_mut(&words) {
                    message.at = None;
                    let command = message.command.clone();
                    self.ask(who, place, command, Deed::Said(words));
                }
            }
            // From one place alone, so that what holds in the end is that of the last command.
            Step::List(who, whom, lists) => {
                if who != whom {
                    let deed = Deed::List(who, whom, lists);
                    self.ask(who, 1, set(PEOPLE[whom], lists), deed);
                }
            }
            Step::Trust(who, all) => {
                let privacy = if all {
                    Privacy::AllowOthers
                } else {
                    Privacy::BlockOthers
                };
                let deed = Deed::Trust(who, privacy);
                self.ask(who, 1, Command::SetPrivacy(privacy), deed);
            }
            Step::Name(who) => {
                self.count += 1;
                let name = format!("n{}", self.count);
                let command = Command::SetName(name.as_str().into());
                self.ask(who, 1, command, Deed::Name(who, name));
            }
            Step::Show(who, place, shown) => self.ask(who, place, status(shown), Deed::Nothing),
            Step::Read(who, place, to) => {
                self.ask(who, place, Command::Read(with(PEOPLE[to])), Deed::Nothing);
            }
            Step::Receive(who, place, n) => self.receive(who, place, n),
            Step::Browse(who, place, to) => {
                let command = Command::ListMessages {
                    conversation: with(PEOPLE[to]),
                    from: Number(0),
                    before: Number::LAST,
                    limit: 5,
                };
                self.ask(who, place, command, Deed::Nothing);
            }
            Step::Settle => self.world.settle(),
            Step::Some => {
                self.world.step();
            }
            Step::Wait(seconds) => self.world.wait(Duration::from_secs(seconds)),
            Step::Hold => self.world.hold_commits(),
            Step::Fail => self.world.fail_commits(),
            Step::Release => {
                self.world.release_reads();
                self.world.release();
            }
            Step::HoldReads => self.world.hold_reads(),
            Step::FailReads => self.world.fail_reads(),
            Step::Crash(kept) => self.crash(kept),
        }
        self.look_everywhere();
    }

    fn come(&mut self, who: usize, place: u8) {
        let connection = self.world.open();
        let enter = Command::Enter {
            who: self.world.who(PEOPLE[who]),
            endpoint: endpoint(u8::try_from(who).unwrap_or(0) * 10 + place),
        };
        let enter = self.world.say(connection, enter);
        let subscribe = self.world.say(connection, Command::Subscribe(ALL));
        for request in [enter, subscribe] {
            self.asked.push(Asked {
                connection,
                request,
                deed: Deed::Nothing,
                fate: Fate::Open,
            });
        }
        let line = Line {
            connection,
            who,
            place,
            enter,
            entered: false,
            told: Vec::new(),
            received: BTreeSet::new(),
            seen: BTreeMap::new(),
            roster: BTreeMap::new(),
        };
        // If it was there, the network ends it; if it never entered, its driver does.
        if let Some(before) = self.lines.insert((who, place), line) {
            self.world.settle();
            self.look(before.connection);
            self.world.hang_up(before.connection);
            self.give_up(before.connection);
        }
    }

    fn write(&mut self, who: usize, place: u8, to: Option<usize>, words: String, command: Command) {
        let Some(line) = self.lines.get(&(who, place)) else {
            return;
        };
        let message = Message {
            author: who,
            to,
            command: command.clone(),
            at: Some(line.connection),
            order: self.count,
        };
        self.said.insert(words.clone(), message);
        self.last.insert((who, place), words.clone());
        self.ask(who, place, command, Deed::Said(words));
    }

    fn ask(&mut self, who: usize, place: u8, command: Command, deed: Deed) {
        let Some(line) = self.lines.get(&(who, place)) else {
            return;
        };
        let connection = line.connection;
        let request = self.world.say(connection, command);
        self.asked.push(Asked {
            connection,
            request,
            deed,
            fate: Fate::Open,
        });
    }

    fn receive(&mut self, who: usize, place: u8, n: usize) {
        let Some(line) = self.lines.get_mut(&(who, place)) else {
            return;
        };
        let open: Vec<_> = line
            .told
            .iter()
            .map(|kept| kept.number)
            .filter(|number| !line.received.contains(number))
            .collect();
        if let Some(number) = open.get(n).copied() {
            line.received.insert(number);
            let deed = Deed::Received(number);
            self.ask(who, place, Command::Received(number), deed);
        }
    }

    fn crash(&mut self, kept: bool) {
        self.look_everywhere();
        if kept {
            self.world.restart_behind_the_batch();
        } else {
            self.world.restart();
        }
        for line in std::mem::take(&mut self.lines).into_values() {
            self.give_up(line.connection);
        }
    }

    /// A connection is gone: what it was not answered may have happened.
    fn give_up(&mut self, connection: ConnectionId) {
        self.look(connection);
        for one in &mut self.asked {
            if one.connection == connection && one.fate == Fate::Open {
                one.fate = Fate::Unknown;
            }
        }
    }

    fn look_everywhere(&mut self) {
        let all: Vec<_> = self.lines.values().map(|line| line.connection).collect();
        for connection in all {
            self.look(connection);
        }
    }

    /// Takes in what a connection was told and answered.
    fn look(&mut self, connection: ConnectionId) {
        for one in &mut self.asked {
            if one.connection != connection || one.fate != Fate::Open {
                continue;
            }
            let Some(answer) = self.world.answer(connection, one.request) else {
                continue;
            };
            one.fate = match answer {
                Ok(Answer::Thread(id)) => {
                    self.threads.push(id);
                    Fate::Done
                }
                Ok(_) => Fate::Done,
                Err(Refusal::Uncertain) => Fate::Unknown,
                Err(_) => Fate::Refused,
            };
            for line in self.lines.values_mut() {
                line.entered |= line.enter == one.request && one.fate == Fate::Done;
                // A client says again what was refused.
                if let (Deed::Received(number), Fate::Refused | Fate::Unknown) =
                    (&one.deed, one.fate)
                    && line.connection == connection
                {
                    line.received.remove(number);
                }
            }
        }
        let events = self.world.hear(connection);
        let Some(line) = self
            .lines
            .values_mut()
            .find(|line| line.connection == connection)
        else {
            return;
        };
        let who = self.world.who(PEOPLE[line.who]).person();
        for event in events {
            match event {
                Event::Message(kept) => {
                    let stored = self.world.store().read(&Read::Backlog {
                        owner: who,
                        after: Number(kept.number.0 - 1),
                        until: kept.number,
                        waiting: false,
                        limit: 1,
                    });
                    let Found::Messages(stored) = stored else {
                        panic!("an answer of its kind");
                    };
                    assert_eq!(
                        stored.first().map(|one| &one.message),
                        Some(&kept.message),
                        "what is told is kept"
                    );
                    let before = line.told.last().map(|one| one.number);
                    assert!(before < Some(kept.number), "in order, and once");
                    line.told.push(kept);
                }
                Event::Presence { who, shown, .. } => {
                    let name = who.skype_id().as_str().to_owned();
                    match shown {
                        Some(shown) => line.seen.insert(name, shown),
                        None => line.seen.remove(&name),
                    };
                }
                Event::Roster(contacts) => {
                    line.roster.clear();
                    change(line, contacts);
                }
                Event::RosterChanged(contacts) => change(line, contacts),
                _ => {}
            }
        }
    }

    /// Lets everything come to its end.
    fn quiet(&mut self) {
        self.world.release_reads();
        self.world.release();
        self.world.wait(Duration::from_secs(70));
        self.world.settle();
        self.look_everywhere();
        // Everything is received, until nothing more comes.
        loop {
            let places: Vec<_> = self.lines.keys().copied().collect();
            let before = self.asked.len();
            for (who, place) in places {
                for _ in 0..10 {
                    self.receive(who, place, 0);
                }
            }
            self.world.settle();
            self.look_everywhere();
            if self.asked.len() == before {
                break;
            }
        }
        self.world.wait(Duration::from_secs(5));
        self.look_everywhere();
    }

    fn check(mut self) {
        self.quiet();
        for one in &self.asked {
            assert_ne!(one.fate, Fate::Open, "each command is answered: {one:?}");
        }
        let load = self.world.network().load();
        let open = self.lines.len();
        assert_eq!((load.waiting, load.rooms, load.connections), (0, 0, open));
        self.check_messages();
        self.check_state();
        self.check_places();
        // Everybody comes once more, so that what was lost on the way is stated again.
        for who in everybody() {
            self.come(who, 1);
        }
        self.quiet();
        self.check_facts();
        self.check_places();
    }

    /// What became of a deed, of all the commands that asked for it.
    fn fate(&self, is: impl Fn(&Deed) -> bool) -> Fate {
        let fates: Vec<_> = self
            .asked
            .iter()
            .filter(|one| is(&one.deed))
            .map(|one| one.fate)
            .collect();
        if fates.contains(&Fate::Done) {
            Fate::Done
        } else if fates.contains(&Fate::Unknown) {
            Fate::Unknown
        } else {
            Fate::Refused
        }
    }

    fn mailbox(&self, who: usize) -> Vec<Kept> {
        let found = self.world.store().read(&Read::Backlog {
            owner: self.world.who(PEOPLE[who]).person(),
            after: Number(0),
            until: Number::LAST,
            waiting: false,
            limit: usize::MAX,
        });
        match found {
            Found::Messages(all) => all,
            _ => panic!("an answer of its kind"),
        }
    }

    fn record(&self, who: usize) -> PersonRecord {
        let id = self.world.who(PEOPLE[who]).person();
        match self.world.store().read(&Read::Person(id)) {
            Found::Person(Some(record)) => *record,
            _ => panic!("an account of this world"),
        }
    }

    /// Whether somebody may at any time have let nobody but some write to them.
    fn may_have_blocked(&self, who: usize, whom: usize) -> bool {
        self.asked.iter().any(|one| match one.deed {
            Deed::List(owner, contact, lists) => {
                owner == who && contact == whom && lists.contains(Lists::BLOCK)
            }
            Deed::Trust(owner, privacy) => owner == who && privacy == Privacy::BlockOthers,
            _ => false,
        })
    }

    fn may_have_blocked_anybody(&self, who: usize) -> bool {
        everybody().any(|whom| self.may_have_blocked(who, whom))
    }

    /// None is lost, doubled, or out of order.
    fn check_messages(&self) {
        let mailboxes: Vec<Vec<Kept>> = everybody().map(|who| self.mailbox(who)).collect();
        let count = |who: usize, words: &str| {
            let all = mailboxes[who].iter();
            all.filter(|kept| word(kept) == words).count()
        };
        for (words, message) in &self.said {
            let fate = self.fate(|deed| matches!(deed, Deed::Said(said) if said == words));
            let own = count(message.author, words);
            match fate {
                Fate::Done => assert_eq!(own, 1, "{words} was accepted"),
                Fate::Refused => assert_eq!(own, 0, "{words} was refused"),
                Fate::Open | Fate::Unknown => assert!(own <= 1, "{words} is doubled"),
            }
            let Some(to) = message.to.filter(|to| *to != message.author) else {
                for who in everybody() {
                    let theirs = count(who, words);
                    // Who has blocked nobody is in every thread.
                    let member = message.to.is_none() && !self.may_have_blocked_anybody(who);
                    assert!(
                        theirs <= own && (theirs == own || !member),
                        "{words} is with {who}"
                    );
                }
                continue;
            };
            let theirs = count(to, words);
            if self.may_have_blocked(to, message.author) {
                assert!(theirs <= own, "{words} came to its reader alone");
            } else {
                assert_eq!(theirs, own, "{words} has to be with both");
            }
        }
        for kept in &mailboxes {
            let numbers = kept.iter().map(|one| one.number);
            assert!(numbers.is_sorted_by(|one, other| one < other));
            // What was said at one connection, in one conversation, is in its order.
            let mut last: BTreeMap<(ConnectionId, ConversationId), usize> = BTreeMap::new();
            for one in kept {
                let Some(message) = self.said.get(&word(one)) else {
                    continue;
                };
                if let Some(at) = message.at {
                    let before = last.insert((at, one.conversation.clone()), message.order);
                    assert!(before < Some(message.order), "{} is late", word(one));
                }
            }
        }
        // A thread gives its order to all.
        for thread in &self.threads {
            let of_thread = |all: &Vec<Kept>| -> Vec<_> {
                let all = all.iter();
                let all = all.filter(|one| one.conversation == ConversationId::Thread(*thread));
                all.map(|kept| kept.message.name).collect()
            };
            let all: Vec<Vec<_>> = mailboxes.iter().map(of_thread).collect();
            for (one, other) in all.iter().zip(all.iter().skip(1)) {
                let both = |all: &[_], with: &[_]| -> Vec<_> {
                    let all = all.iter().copied();
                    all.filter(|name| with.contains(name)).collect()
                };
                assert_eq!(both(one, other), both(other, one));
            }
        }
    }

    /// What holds is what was done last, or something that was left open.
    fn check_state(&self) {
        for who in everybody() {
            let record = self.record(who);
            let mut names = vec![PEOPLE[who].to_uppercase()];
            let mut trust = vec![None];
            let mut lists = vec![vec![Lists::NONE]; PEOPLE.len()];
            // An open one may have been carried out later than one that was done after it.
            for one in &self.asked {
                let done = one.fate == Fate::Done;
                match &one.deed {
                    Deed::Name(owner, name) if *owner == who => {
                        put(&mut names, name.clone(), one.fate, done);
                    }
                    Deed::Trust(owner, privacy) if *owner == who => {
                        put(&mut trust, Some(*privacy), one.fate, done);
                    }
                    Deed::List(owner, whom, list) if *owner == who => {
                        put(&mut lists[*whom], *list, one.fate, done);
                    }
                    _ => {}
                }
            }
            assert!(
                names.contains(&record.name.to_string()),
                "{names:?} {}",
                record.name
            );
            assert!(trust.contains(&record.privacy));
            for (whom, lists) in lists.iter().enumerate() {
                let is = self.lists(&record, whom);
                assert!(lists.contains(&is), "{who} {whom} {lists:?} {is:?}");
            }
        }
    }

    fn lists(&self, record: &PersonRecord, whom: usize) -> Lists {
        let id = self.world.who(PEOPLE[whom]).person();
        let contact = record.contacts.iter().find(|one| one.who.person() == id);
        contact.map_or(Lists::NONE, |one| one.lists)
    }

    /// What each place was told adds up to what is kept, and to how everybody is.
    fn check_places(&mut self) {
        let mut shown = BTreeMap::new();
        for who in everybody() {
            let own = self
                .lines
                .values()
                .filter(|line| line.who == who && line.entered);
            let own: Vec<_> = own
                .map(|line| line.seen.get(PEOPLE[who]).cloned())
                .collect();
            // A place that has said nothing of itself yet was told what the others have said.
            shown.insert(who, own);
        }
        for line in self.lines.values().filter(|line| line.entered) {
            let record = self.record(line.who);
            let waiting = record.waiting.len();
            assert_eq!(waiting, 0, "all is received");
            for whom in everybody().filter(|whom| *whom != line.who) {
                let name = PEOPLE[whom];
                let contact = line.roster.get(name);
                let own = contact.map_or(Lists::NONE, |one| one.lists) & Lists::OWN;
                // The place that changes contacts is not told what it did itself.
                if line.place != 1 {
                    assert_eq!(own, self.lists(&record, whom), "{} of {}", name, line.who);
                }
                // Who is not watched does not tell a new name.
                if let Some(contact) = contact
                    && (own & self.lists(&record, whom)).contains(Lists::FORWARD)
                {
                    assert_eq!(contact.name, self.record(whom).name);
                }
                self.check_sight(line, &record, whom);
            }
        }
    }

    /// Whoever is on the forward list and lets themselves be seen, is.
    fn check_sight(&self, line: &Line, record: &PersonRecord, whom: usize) {
        let id = self.world.who(PEOPLE[line.who]).person();
        let other = self.record(whom);
        let lists = other
            .contacts
            .iter()
            .find(|one| one.who.person() == id)
            .map_or(Lists::NONE, |one| one.lists);
        let privacy = other.privacy.unwrap_or(Privacy::AllowOthers);
        let watches = self.lists(record, whom).contains(Lists::FORWARD);
        let seen = line.seen.get(PEOPLE[whom]);
        if !watches {
            return;
        }
        if !privacy.admits(lists) {
            assert_eq!(seen, None, "{} must not see {}", line.who, whom);
            return;
        }
        let there: BTreeSet<_> = self
            .lines
            .values()
            .filter(|one| one.who == whom && one.entered)
            .map(|one| endpoint(u8::try_from(whom).unwrap_or(0) * 10 + one.place))
            .collect();
        // One that sees itself as the others do: a place is shown its sisters, and not itself.
        if let Some(seen) = seen {
            for place in &seen.endpoints {
                assert!(
                    there.contains(&place.id),
                    "{} sees a place that is gone",
                    line.who
                );
            }
        }
        for sister in self
            .lines
            .values()
            .filter(|one| one.who == whom && one.entered)
        {
            let Some(own) = sister.seen.get(PEOPLE[whom]) else {
                continue;
            };
            let mine = endpoint(u8::try_from(whom).unwrap_or(0) * 10 + sister.place);
            for place in own.endpoints.iter().filter(|place| place.id != mine) {
                let theirs =
                    seen.and_then(|seen| seen.endpoints.iter().find(|one| one.id == place.id));
                let is = theirs.map(|one| one.status);
                let should = Some(place.status).filter(|status| status.is_visible());
                assert_eq!(is, should, "{} sees {} at {:?}", line.who, whom, place.id);
            }
        }
    }

    /// What one states, the other knows.
    fn check_facts(&self) {
        for who in everybody() {
            let record = self.record(who);
            for contact in &record.contacts {
                assert!(contact.told, "{contact:?}");
            }
            for whom in everybody().filter(|whom| *whom != who) {
                let states = self.lists(&record, whom).contains(Lists::FORWARD);
                let id = self.world.who(PEOPLE[who]).person();
                let other = self.record(whom);
                let mut listed = other.listed.iter().filter(|one| one.0.person() == id);
                let knows = listed.any(|one| one.2.lists);
                assert_eq!(knows, states, "{who} lists {whom}");
            }
        }
    }
}

fn everybody() -> std::ops::Range<usize> {
    0..PEOPLE.len()
}

/// What may hold in the end: what was done last, and what was left open at any time.
fn put<T: Clone + PartialEq>(candidates: &mut Vec<T>, value: T, fate: Fate, done: bool) {
    if done {
        candidates[0] = value;
    } else if fate == Fate::Unknown {
        candidates.push(value);
    }
}

fn change(line: &mut Line, contacts: Vec<Contact>) {
    for contact in contacts {
        let name = contact.who.skype_id().as_str().to_owned();
        if !contact.lists.contains(Lists::FORWARD) && line.place != 1 {
            line.seen.remove(&name);
        }
        if contact.lists == Lists::NONE {
            line.roster.remove(&name);
        } else {
            line.roster.insert(name, contact);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_is_what_was_answered(
        seed in prop::option::of(1..u64::MAX),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut model = Model::new(seed);
        for step in &steps {
            model.take(step);
        }
        model.check();
    }
}
