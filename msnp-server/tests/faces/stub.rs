//! A client of the stub.

use bytes::Bytes;
use msnp_server::network::{ConnectionId, Lists, Status};

use crate::client::{self, Client, Dialect, Heard, Outcome, World};

pub(crate) const DIALECT: Dialect = Dialect {
    sign_in: |world, who, _| Box::new(Stub::sign_in(world, who)),
    streams,
    commands,
    frames: |bytes| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.lines().map(String::from).collect()
    },
    has_places: false,
    has_several_places: true,
    tells_lists: true,
    keeps_for_the_absent: true,
};

pub(crate) struct Stub {
    who: String,
    main: ConnectionId,
    /// One for each conversation, with whom it is.
    talks: Vec<(String, ConnectionId)>,
    heard: Vec<Heard>,
    /// Replies that nobody has looked at.
    replies: Vec<String>,
}

fn address(name: &str) -> String {
    format!("{name}@example.org")
}

fn name(address: &str) -> String {
    address.strip_suffix("@example.org").unwrap().to_owned()
}

fn streams(world: &mut World) -> Vec<String> {
    let mut alice = Stub::sign_in(world, "alice");
    let room = alice.ask(world, "ROOM bob@example.org");
    let token = room[0].rsplit(' ').next().unwrap();
    vec![
        "HELLO alice@example.org\r\nWATCH\r\nADD bob@example.org\r\nSTATUS busy\r\nGROUP x y\r\nPRIVACY closed\r\nKEEP a b\r\nROOM bob@example.org\r\nBLOCK bob@example.org\r\nQUIT\r\n".into(),
        format!("JOIN {token}\r\nSAY hello\r\nSAY bob\r\nQUIT\r\n"),
    ]
}

fn commands() -> Vec<(String, String)> {
    let line = |text: &str, reply: &str| (format!("{text}\r\n"), format!("{reply}\r\n"));
    vec![
        line("ADD bob@example.org", "ADDED bob@example.org"),
        line("X1", "NO X1"),
        line("BLOCK carol@example.org", "BLOCKED carol@example.org"),
        line("FREE nobody@example.org", "NO FREE"),
    ]
}

impl Stub {
    pub(crate) fn sign_in(world: &mut World, who: &str) -> Self {
        let main = world.open_for(who);
        let mut client = Self {
            who: who.into(),
            main,
            talks: Vec::new(),
            heard: Vec::new(),
            replies: Vec::new(),
        };
        let hello = format!("HELLO {}", address(who));
        // What waits may call to a conversation at once.
        assert_eq!(client.ask(world, &hello)[0], "WELCOME");
        assert_eq!(client.ask(world, "WATCH")[0], "DONE WATCH");
        client
    }

    /// Ends the connections of its conversations.
    pub(crate) fn end_talks(&mut self, world: &mut World) {
        for (_, connection) in std::mem::take(&mut self.talks) {
            world.say(connection, Bytes::from_static(b"QUIT\r\n"));
        }
    }

    pub(crate) fn ask(&mut self, world: &mut World, line: &str) -> Vec<String> {
        self.ask_at(world, self.main, line)
    }

    fn ask_at(&mut self, world: &mut World, connection: ConnectionId, line: &str) -> Vec<String> {
        self.pump(world);
        self.replies.clear();
        world.say(connection, Bytes::from(format!("{line}\r\n")));
        self.pump(world);
        std::mem::take(&mut self.replies)
    }

    fn outcome(&mut self, world: &mut World, line: &str) -> Outcome {
        let replies = self.ask(world, line);
        let refused = replies.iter().any(|one| one.starts_with("NO "));
        if refused || replies.is_empty() {
            Outcome::Refused
        } else {
            Outcome::Done
        }
    }

    fn pump(&mut self, world: &mut World) {
        loop {
            let told = client::text(world, self.main);
            let mut silent = told.is_empty();
            for line in told.lines() {
                self.take(world, line);
            }
            for (with, connection) in self.talks.clone() {
                let told = client::text(world, connection);
                silent &= told.is_empty();
                for line in told.lines() {
                    self.take_said(&with, line);
                }
                if world.is_closed(connection) {
                    self.talks.retain(|(_, one)| *one != connection);
                }
            }
            if silent {
                return;
            }
        }
    }

    fn take(&mut self, world: &mut World, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["ROOM", who, "here", token] => {
                let connection = world.open_for(&self.who);
                world.say(connection, Bytes::from(format!("JOIN {token}\r\n")));
                self.talks.push((name(who), connection));
                self.replies.push(line.to_owned());
            }
            ["HAS", who, lists] => {
                let bit = |letter| "FABRP".find(letter).map_or(0, |at| 1 << at);
                let bits = lists.chars().fold(0, |bits, letter| bits | bit(letter));
                self.heard
                    .push(Heard::Has(name(who), Lists::from_bits(bits)));
            }
            ["SEES", who, status] => {
                let status = match status {
                    "online" => Status::Online,
                    "busy" => Status::Busy,
                    "offline" => Status::Offline,
                    other => panic!("{other}"),
                };
                self.heard.push(Heard::Sees(name(who), status));
            }
            ["QUIT"] => {}
            _ => self.replies.push(line.to_owned()),
        }
    }

    fn take_said(&mut self, with: &str, line: &str) {
        match line.split_once(' ') {
            Some(("SAID", text)) => {
                let said = Heard::Said(with.to_owned(), text.to_owned());
                self.heard.push(said);
            }
            _ => self.replies.push(line.to_owned()),
        }
    }
}

impl Client for Stub {
    fn add(&mut self, world: &mut World, whom: &str) -> Outcome {
        self.outcome(world, &format!("ADD {}", address(whom)))
    }

    fn block(&mut self, world: &mut World, whom: &str) -> Outcome {
        self.outcome(world, &format!("BLOCK {}", address(whom)))
    }

    fn show(&mut self, world: &mut World, status: Status) {
        let as_word = match status {
            Status::Online => "online",
            Status::Busy => "busy",
            Status::Hidden => "hidden",
            other => panic!("{other:?}"),
        };
        let shown = self.outcome(world, &format!("STATUS {as_word}"));
        assert_eq!(shown, Outcome::Done, "{}", self.who);
    }

    fn say(&mut self, world: &mut World, to: &str, text: &str) -> Outcome {
        self.pump(world);
        let talk = |client: &Self| client.talks.iter().find(|(with, _)| with == to).cloned();
        if talk(self).is_none() {
            self.ask(world, &format!("ROOM {}", address(to)));
        }
        let Some((_, connection)) = talk(self) else {
            return Outcome::Refused;
        };
        let replies = self.ask_at(world, connection, &format!("SAY {text}"));
        if replies.iter().any(|one| one == "NO SAY") {
            Outcome::Refused
        } else {
            Outcome::Done
        }
    }

    fn hear(&mut self, world: &mut World) -> Vec<Heard> {
        self.pump(world);
        std::mem::take(&mut self.heard)
    }

    fn leave(&mut self, world: &mut World) {
        for connection in self.connections().into_iter().rev() {
            world.say(connection, Bytes::from_static(b"QUIT\r\n"));
        }
    }

    fn connections(&self) -> Vec<ConnectionId> {
        let talks = self.talks.iter().map(|(_, connection)| *connection);
        std::iter::once(self.main).chain(talks).collect()
    }
}
