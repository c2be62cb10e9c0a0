//! The whole client over the stub: what stands above the dialects minds nothing of it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Mode;
use http::{Request, Response};
use machine_contract::{HttpMachine, Instant, Machine, Transmit};

use crate::access::{Access, Uic};
use crate::client::Client;
use crate::config::Config;
use crate::contacts::Lists;
use crate::dialect::Family;
use crate::event::{Event, Reason};
use crate::id::{ContactId, ConversationId};
use crate::link::GatewayOptions;
use crate::service::Service;

struct World {
    client: Client,
    now: Instant,
    events: Vec<Event>,
    /// What was said to the service, with the session on which it was.
    heard: Vec<(u32, String)>,
    /// What waits for the client, by session.
    queues: BTreeMap<u32, String>,
    held: Vec<(u32, Transmit)>,
    sessions: u32,
    /// Rooms that were asked for are not told.
    is_slow: bool,
}

fn name(text: &str) -> ContactId {
    text.parse().expect("an address")
}

impl World {
    fn new() -> Self {
        let service = Service::at("https://msn.example").expect("a base");
        let access = Access::host_cookies(service).uic(Uic::Skip);
        let options = GatewayOptions {
            mode: Mode::Parallel,
            ..GatewayOptions::default()
        };
        let config = Config::new(access, [7; 32]).account(name("alice@x.org"));
        let config = config.gateway(options).expect("a mode");
        let config = config.family(Family::Stub);
        Self {
            client: Client::new(config),
            now: Instant::ORIGIN,
            events: Vec::new(),
            heard: Vec::new(),
            queues: BTreeMap::new(),
            held: Vec::new(),
            sessions: 0,
            is_slow: false,
        }
    }

    fn signed_in() -> Self {
        let mut world = Self::new();
        world.client.sign_in(world.now);
        world.run();
        assert!(world.client.is_signed_in(), "{:?}", world.events);
        assert!(world.events.contains(&Event::SignedIn(name("alice@x.org"))));
        world.events.clear();
        world
    }

    fn run(&mut self) {
        for _ in 0..1_000 {
            let mut moved = false;
            while let Some(event) = self.client.poll_event() {
                self.events.push(event);
                moved = true;
            }
            while let Some(id) = self.client.poll_cancel() {
                self.held.retain(|(_, it)| it.id != id);
                moved = true;
            }
            if let Some(transmit) = self.client.poll_transmit(self.now) {
                self.serve(transmit);
                moved = true;
            }
            moved |= self.release();
            if !moved {
                return;
            }
        }
        panic!("the client never comes to rest");
    }

    fn serve(&mut self, transmit: Transmit) {
        let query = transmit.request.uri().query().unwrap_or_default();
        let session = if query.contains("Action=open") {
            self.sessions += 1;
            self.sessions
        } else {
            session_of(&transmit.request)
        };
        if query.contains("Action=poll") {
            return self.held.push((session, transmit));
        }
        let body = String::from_utf8(transmit.request.body().to_vec()).expect("text");
        for line in body.lines() {
            self.heard.push((session, line.to_owned()));
            let answer = self.answer(line);
            *self.queues.entry(session).or_default() += &answer;
        }
        let said = self.queues.remove(&session).unwrap_or_default();
        self.respond(session, &transmit, said);
    }

    fn answer(&self, line: &str) -> String {
        match line.split_once(' ') {
            Some(("HELLO", _)) => "WELCOME\r\n".to_owned(),
            Some(("ADD", who)) => format!("ADDED {who}\r\n"),
            Some(("ROOM", who)) if !self.is_slow => {
                format!("ROOM {who} msn.example t-{who}\r\n")
            }
            Some(("JOIN", _)) => "JOINED\r\n".to_owned(),
            _ => String::new(),
        }
    }

    fn respond(&mut self, session: u32, transmit: &Transmit, body: String) {
        let response = Response::builder()
            .header(
                "x-msn-messenger",
                format!("SessionID={session}; GW-IP=msn.example"),
            )
            .header("content-type", "application/x-msn-messenger")
            .body(Bytes::from(body))
            .expect("a response");
        self.client.handle_response(transmit.id, response, self.now);
    }

    fn release(&mut self) -> bool {
        let waits = |(session, _): &(u32, Transmit)| self.queues.contains_key(session);
        let Some(at) = self.held.iter().position(waits) else {
            return false;
        };
        let (session, transmit) = self.held.remove(at);
        let said = self.queues.remove(&session).unwrap_or_default();
        self.respond(session, &transmit, said);
        true
    }

    /// The service says this on a session.
    fn push(&mut self, session: u32, line: &str) {
        let queue = self.queues.entry(session).or_default();
        queue.push_str(line);
        queue.push_str("\r\n");
        self.run();
    }

    fn say(&mut self, to: &str, text: &str) {
        let to = name(to).into();
        let said = self.client.send_text(&to, text, self.now);
        said.expect("taken");
        self.run();
    }

    /// What was heard of these words, each with its session.
    fn heard(&self, word: &str) -> Vec<(u32, &str)> {
        let heard = self.heard.iter().filter(|(_, line)| line.starts_with(word));
        heard
            .map(|(session, line)| (*session, line.as_str()))
            .collect()
    }

    /// Fates, in short: `d` delivered, `f` failed, `?` uncertain.
    fn fates(&self) -> String {
        let fate = |event: &Event| match event {
            Event::MessageDelivered { .. } => Some('d'),
            Event::MessageFailed { .. } => Some('f'),
            Event::MessageUncertain { .. } => Some('?'),
            _ => None,
        };
        self.events.iter().filter_map(fate).collect()
    }
}

fn session_of(request: &Request<Bytes>) -> u32 {
    let query = request.uri().query().expect("a query");
    let id = query
        .split('&')
        .find_map(|it| it.strip_prefix("SessionID="));
    id.expect("a session").parse().expect("a number")
}

#[test]
fn the_list_has_a_command_of_its_own() {
    let mut world = World::signed_in();
    let bob = name("bob@x.org");
    let operation = world.client.add_contact(&bob, world.now).expect("taken");
    world.run();
    assert_eq!(world.heard("ADD"), [(1, "ADD bob@x.org")]);
    let done = Event::OperationSucceeded {
        operation,
        conversation: None,
    };
    assert_eq!(world.events.last(), Some(&done));
    let entry = world.client.contacts().next().expect("bob");
    assert_eq!(
        (&entry.id, entry.lists),
        (&bob, Lists::FORWARD.with(Lists::ALLOW))
    );
}

#[test]
fn each_conversation_has_a_connection_and_what_is_said_in_it_stays_in_order() {
    let mut world = World::signed_in();
    for (to, text) in [
        ("bob@x.org", "b1"),
        ("carol@x.org", "c1"),
        ("bob@x.org", "b2"),
        ("carol@x.org", "c2"),
    ] {
        let to = name(to).into();
        world.client.send_text(&to, text, world.now).expect("taken");
    }
    world.run();
    let expected = [(1, "ROOM bob@x.org"), (1, "ROOM carol@x.org")];
    assert_eq!(world.heard("ROOM"), expected);
    let bobs = world.heard("JOIN t-bob@x.org")[0].0;
    let carols = world.heard("JOIN t-carol@x.org")[0].0;
    for (session, texts) in [(bobs, ["SAY b1", "SAY b2"]), (carols, ["SAY c1", "SAY c2"])] {
        let said = world.heard("SAY").into_iter();
        let there: Vec<_> = said.filter(|it| it.0 == session).map(|it| it.1).collect();
        assert_eq!(there, texts);
    }
    assert_eq!(world.fates(), "dddd");
    world.push(carols, "SAID hello there");
    let heard = world.events.iter().find_map(|event| match event {
        Event::MessageReceived(message) => Some(message.clone()),
        _ => None,
    });
    let heard = heard.expect("told");
    assert_eq!(
        (heard.from.to_string().as_str(), heard.text.as_str()),
        ("carol@x.org", "hello there")
    );
    assert_eq!(
        heard.conversation,
        ConversationId::from(name("carol@x.org"))
    );
}

#[test]
fn one_conversation_that_waits_for_its_connection_does_not_hold_up_the_others() {
    let mut world = World::signed_in();
    world.say("bob@x.org", "b1");
    world.is_slow = true;
    world.say("carol@x.org", "c1");
    world.say("bob@x.org", "b2");
    let operation = world.client.add_contact(&name("dave@x.org"), world.now);
    world.run();
    assert!(operation.is_ok());
    assert_eq!(world.heard("SAY"), [(2, "SAY b1"), (2, "SAY b2")]);
    assert_eq!(world.heard("ADD").len(), 1);
    assert_eq!(world.heard("ROOM").len(), 2, "asked for once");
    world.push(1, "ROOM carol@x.org msn.example t");
    assert_eq!(world.heard("SAY").last(), Some(&(3, "SAY c1")));
    assert_eq!(world.fates(), "ddd");
}

#[test]
fn a_conversation_may_end_and_begin_anew_while_the_client_stays_signed_in() {
    let mut world = World::signed_in();
    world.say("bob@x.org", "b1");
    world.push(2, "QUIT");
    assert!(world.client.is_signed_in());
    let told = |event: &Event| matches!(event, Event::SignedOut(_) | Event::Reconnecting { .. });
    assert!(!world.events.iter().any(told));
    world.say("bob@x.org", "b2");
    assert_eq!(world.heard("SAY").last(), Some(&(3, "SAY b2")));
    assert_eq!(world.fates(), "dd");
}

#[test]
fn the_end_of_the_main_connection_is_the_end_of_all() {
    let mut world = World::signed_in();
    world.say("bob@x.org", "b1");
    world.is_slow = true;
    world.say("carol@x.org", "c1");
    world.push(1, "QUIT");
    assert!(!world.client.is_signed_in());
    assert!(world.held.is_empty(), "nothing polls any more");
    // What was not sent waits for the next time.
    world.is_slow = false;
    world.now += Duration::from_secs(2);
    world.client.handle_timeout(world.now);
    world.run();
    assert!(world.client.is_signed_in(), "{:?}", world.events);
    assert_eq!(world.heard("SAY").last().map(|it| it.1), Some("SAY c1"));
    assert_eq!(world.fates(), "dd");
}

#[test]
fn signing_out_says_good_bye_on_all() {
    let mut world = World::signed_in();
    world.say("bob@x.org", "b1");
    world.client.sign_out(world.now);
    world.run();
    assert_eq!(world.heard("QUIT").len(), 2);
    let over = Event::SignedOut(Reason::Requested);
    assert_eq!(world.events.last(), Some(&over));
    assert_eq!(world.client.poll_timeout(), None);
}
