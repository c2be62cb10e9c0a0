//! MSNP22, through the gateway: the ticket stands in the heads of the requests, and the line that signs in says the endpoint
//! alone (msnp24.md 15, gateway.md 17.4).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use msnp_client::{Client, Dialect, Event, Reason, Step};
use msnp_proto::{FrameDecoder, PayloadTable, Side};

use crate::duties::A_WHILE;
use crate::recorded::words;
use crate::web::Web;
use crate::world::{Act, Carrier, Line, Peer, World, config};

/// What the token service gives for the head.
const TICKET: &str = "t=ssl.live.com&p=";

/// A notification server, and the web services of its network.
#[derive(Default)]
struct Server {
    lines: BTreeMap<Line, FrameDecoder>,
    said: VecDeque<Act>,
    /// The lines that came.
    heard: Vec<String>,
    web: Web,
    /// What is said to this verb in place of the usual.
    instead: BTreeMap<&'static str, &'static str>,
}

impl Peer for Server {
    fn opened(&mut self, line: Line, _: &str) {
        let table = PayloadTable::sent_by(Side::Client);
        self.lines.insert(line, FrameDecoder::new(table));
    }

    fn heard(&mut self, line: Line, bytes: &[u8]) {
        let decoder = self.lines.get_mut(&line).expect("it was opened");
        decoder.push(Bytes::copy_from_slice(bytes));
        while let Some(frame) = decoder.next_frame().expect("whole frames") {
            let words = words(frame.as_bytes());
            let number = words.get(1).map_or("0", String::as_str);
            let usual = match words[0].as_str() {
                "VER" => "VER # MSNP22\r\n",
                "CVR" => "CVR # 1.0.0000 1.0.0000 1.0.0000 http://a http://b\r\n",
                "USR" => "USR # OK alice@example.com 1 0\r\nSBS 0 null\r\n",
                "ADL" => "ADL # OK\r\n",
                "PUT" => "PUT # OK 0\r\n",
                _ => "",
            };
            let instead = self.instead.get(words[0].as_str());
            let said = instead.copied().unwrap_or(usual).replace('#', number);
            self.said.push_back(Act::Say(line, said.into()));
            self.heard.push(words.join(" "));
        }
    }

    fn closed(&mut self, line: Line) {
        self.lines.remove(&line);
    }

    fn poll(&mut self) -> Option<Act> {
        self.said.pop_front()
    }

    fn web(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        self.web.answer(request)
    }
}

fn world(server: Server) -> World<Server> {
    World::new(config(Carrier::Gateway, Dialect::MSNP22), server)
}

/// Why signing in ends.
#[track_caller]
fn ends(server: Server) -> Reason {
    let mut world = world(server);
    world.sign_in();
    world.advance(Duration::from_secs(120));
    match world.events.last() {
        Some(Event::SignedOut(reason)) => *reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_ticket_stands_in_the_head_of_every_request() {
    let mut world = world(Server::default());
    world.sign_in();
    let is_in = world.told(|event| matches!(event, Event::SignedIn(_)));
    assert!(is_in, "{:#?}", world.events);
    assert_eq!(world.peer.web.called[0], "RST");
    assert!(world.heads.len() > 3);
    assert!(
        world
            .heads
            .iter()
            .all(|head| head.as_deref() == Some(TICKET))
    );
    let heard = &world.peer.heard;
    assert_eq!(heard[0], "VER 1 MSNP22 CVR0");
    let version =
        "CVR 2 0x0809 winnt 6.2.0 i386 MoShClient 16.4.4206.0722 MoShClient alice@example.com 0";
    assert_eq!(heard[1], version);
    let guid = heard[2].strip_prefix("USR 3 WEB ").expect("the one line");
    assert_eq!((guid.len(), &guid[..1], &guid[37..]), (38, "{", "}"));
    assert!(heard[3..].iter().all(|line| !line.starts_with("USR")));
    world.ask(Client::sign_out);
    world.advance(A_WHILE);
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::Requested))
    );
}

#[test]
fn a_fresh_ticket_goes_into_the_head_in_time() {
    let mut world = world(Server::default());
    world.sign_in();
    world.heads.clear();
    let asked = |world: &World<Server>| {
        let called = world.peer.web.called.iter();
        called.filter(|it| *it == "RST").count()
    };
    assert_eq!(asked(&world), 1);
    world.advance(Duration::from_secs(24 * 3600));
    assert_eq!(asked(&world), 2);
    assert!(
        world
            .heads
            .iter()
            .all(|head| head.as_deref() == Some(TICKET))
    );
    assert!(world.ask(|client, _| client.is_signed_in()));
}

#[test]
fn what_goes_wrong_is_told_as_what_it_is() {
    let refusing = |verb, line| Server {
        instead: BTreeMap::from([(verb, line)]),
        ..Server::default()
    };
    assert_eq!(ends(refusing("USR", "911 #\r\n")), Reason::WrongCredentials);
    assert_eq!(ends(refusing("VER", "VER # 0\r\n")), Reason::DialectRefused);
    let silent = Reason::SilentAt(Step::Authenticating);
    assert_eq!(ends(refusing("USR", "")), silent);
    let mut server = Server::default();
    server.web.silent = Some("RST.srf");
    assert_eq!(ends(server), Reason::SilentAt(Step::Credentials));
}

/// It is for the gateway alone: a stream has no heads (gateway.md 16.1).
#[test]
fn it_is_not_offered_by_a_stream() {
    let access = msnp_client::Access::passport(
        crate::world::network(Carrier::Stream),
        crate::world::LOGIN,
        crate::world::PASSWORD,
    );
    let config = msnp_client::Config::new(access, [7; 32]).dialects([Dialect::MSNP22]);
    let told = config.expect_err("there are no heads").to_string();
    assert!(told.starts_with("MSNP22 is not spoken this way"), "{told}");
}
