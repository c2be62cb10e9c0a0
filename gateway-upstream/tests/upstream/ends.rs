//! How sessions end, from either side and by neither, and what waits meanwhile.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{CloseReason, Event, Server};
use gateway_upstream::Note;
use http::{Request, Response};
use machine_contract::Instant;
use simulation_kit::{ExchangeNumber, Host, each_seed};

use crate::front::{Front, Unreachable};
use crate::person::{Line, Polls, World, config, world};
use crate::tiny_server::TinyServer;

const ALICE: &str = "alice@example.com";

fn id_of(world: &World) -> u64 {
    let id = world.host().server.connection_of(ALICE, false);
    id.expect("she is there")
}

#[test]
fn who_signs_out_is_told_that_the_session_is_over() {
    for polls in [Polls::Held, Polls::Short] {
        let mut world = world(config(), 3);
        let mut line = Line::sign_in(&mut world, ALICE, 1, polls);
        let out = Bytes::from_static(b"OUT\r\n");
        let said = world.call(line.peer, |session, _| session.close_with(out).map(|_| ()));
        said.expect("it is open");
        line.wait_for_end(&mut world);
        world.advance(Duration::from_secs(10));
        assert!(
            world
                .host()
                .server
                .record(id_of(&world))
                .1
                .ends_with(b"OUT\r\n")
        );
        let (sessions, streams) = world.call_host(|front, time| {
            let sessions = front.call(time.monotonic, |machine, _| machine.sessions());
            (sessions, front.streams(time.monotonic))
        });
        assert_eq!((sessions, streams), (0, 0));
    }
}

#[test]
fn a_server_that_ends_says_its_last_words_and_ends_the_session() {
    let mut world = world(config(), 4);
    let mut line = Line::sign_in(&mut world, ALICE, 1, Polls::Held);
    let id = id_of(&world);
    world.call_host(|front, _| {
        front.server.say(id, b"OUT OTH\r\nNLN half a frame");
        front.server.received(id, b"OUT\r\n");
    });
    line.wait_for(&mut world, "OUT OTH");
    line.wait_for_end(&mut world);
    assert!(line.received.ends_with(b"OUT OTH\r\n"), "no half frame");
    world.advance(Duration::from_secs(10));
    let front = world.host();
    let left = front.notes.iter().any(|note| {
        matches!(
            note,
            Note::ServerLeft {
                failure: None,
                unfinished: 16,
                ..
            }
        )
    });
    assert!(left, "{:?}", front.notes);
}

#[test]
fn a_server_that_dies_at_any_moment_ends_the_sessions_and_leaves_nothing() {
    each_seed(0..120, |seed| {
        let mut world = world(config(), seed);
        let to = (Server::Notification, "messenger.hotmail.com");
        let mut line = Line::open(&mut world, 1, to, Polls::Held);
        line.say(&mut world, "VER 1 MSNP12 CVR0\r\n");
        world.advance(Duration::from_millis(seed));
        let _ = world.call(line.peer, |session, _| {
            session.send(Bytes::from_static(
                b"CVR 2 x\r\nUSR 3 TWN I alice@example.com\r\n",
            ))
        });
        world.advance(Duration::from_millis(seed / 2));
        world.call_host(|front, time| front.kill_server(time.monotonic));
        line.wait_for_end(&mut world);
        world.advance(Duration::from_secs(300));
        let (sessions, streams) = world.call_host(|front, time| {
            let sessions = front.call(time.monotonic, |machine, _| machine.sessions());
            (sessions, front.streams(time.monotonic))
        });
        assert_eq!((sessions, streams), (0, 0));
    });
}

#[test]
fn a_server_that_is_not_reached_is_told_as_the_end_of_the_session() {
    for (how, least) in [(Unreachable::Refused, 0), (Unreachable::Silent, 10)] {
        let mut world = world(config(), 5);
        world.call_host(|front, _| front.unreachable = Some(how));
        let to = (Server::Notification, "messenger.hotmail.com");
        let line = Line::open(&mut world, 1, to, Polls::Held);
        let frames = Bytes::from_static(b"VER 1 MSNP12 CVR0\r\n");
        let said = world.call(line.peer, |session, _| session.send(frames).map(|_| ()));
        said.expect("it is open");
        world.advance(Duration::from_secs(30));
        let events = world.take_events(line.peer);
        let closed = events.iter().find_map(|(at, event)| match event {
            Event::Closed(CloseReason::Peer) => Some(at.since_origin()),
            _ => None,
        });
        let closed = closed.expect("`Session=close` was said");
        assert!(closed >= Duration::from_secs(least), "{closed:?}");
        assert!(closed < Duration::from_secs(least + 2), "{closed:?}");
        let notes = &world.host().notes;
        let told = notes
            .iter()
            .any(|note| matches!(note, Note::Unreachable { .. }));
        assert!(told, "{notes:?}");
    }
}

#[test]
fn a_client_that_falls_silent_is_gone_for_the_server_too() {
    let mut world = world(config(), 6);
    let line = Line::sign_in(&mut world, ALICE, 1, Polls::Short);
    world.sleep(line.peer);
    world.advance(Duration::from_secs(119));
    assert!(!world.host().server.has_ended(id_of(&world)));
    world.advance(Duration::from_secs(3));
    assert!(world.host().server.has_ended(id_of(&world)));
    world.advance(Duration::from_secs(6));
    assert_eq!(
        world.call_host(|front, time| front.streams(time.monotonic)),
        0
    );
}

/// A reply's body and what it says of the session.
struct Reply {
    status: u16,
    session: String,
    body: Bytes,
}

/// A client without a machine: it asks when the test does.
struct Hand {
    front: Front,
    now: Instant,
    exchange: u64,
    replies: Vec<(ExchangeNumber, Response<Bytes>)>,
}

impl Hand {
    fn new(config: gateway_upstream::Config) -> Self {
        Self {
            front: Front::new(config, TinyServer::new("10.0.0.9:1864"), 1),
            now: Instant::ORIGIN,
            exchange: 0,
            replies: Vec::new(),
        }
    }

    fn time(&self) -> simulation_kit::Time {
        simulation_kit::Time {
            monotonic: self.now,
            wall: machine_contract::UnixTime::from_secs(0),
        }
    }

    fn pass(&mut self, millis: u64) {
        for _ in 0..millis {
            self.now += Duration::from_millis(1);
            self.front.handle_timeout(self.time());
            let polled = self.front.poll_reply(self.time());
            self.replies.extend(polled);
        }
    }

    fn ask(&mut self, query: &str, body: &'static [u8]) -> Option<Reply> {
        self.exchange += 1;
        let exchange = ExchangeNumber(self.exchange);
        let request = Request::post(format!("/gateway/gateway.dll?{query}"));
        let request = request.body(Bytes::from_static(body)).expect("a request");
        let peer = simulation_kit::Peer(0);
        self.front
            .handle_request(exchange, peer, request, self.time());
        self.pass(100);
        let at = self.replies.iter().position(|(of, _)| *of == exchange)?;
        let (_, reply) = self.replies.remove(at);
        self.front.handle_reply_sent(exchange, self.time());
        let session = reply.headers().get("x-msn-messenger");
        let session = session
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Some(Reply {
            status: reply.status().as_u16(),
            session: session.split(';').next().unwrap_or_default().to_owned(),
            body: reply.into_body(),
        })
    }
}

#[test]
fn a_burst_for_a_client_that_does_not_read_is_left_to_tcp_and_comes_whole_in_the_end() {
    let mut hand = Hand::new(config());
    let opened = hand.ask("Action=open&Server=NS", b"VER 1 MSNP12 CVR0\r\n");
    let opened = opened.expect("an answer");
    assert_eq!(&opened.body[..], b"VER 1 MSNP12\r\n");
    let id = 0;
    let mut burst = Vec::new();
    for n in 0..1100 {
        let payload = format!("{n:01000}");
        burst.extend_from_slice(format!("MSG a@b A {}\r\n{payload}", payload.len()).as_bytes());
    }
    assert!(burst.len() > 1024 * 1024);
    hand.front.server.say(id, &burst);
    hand.pass(1000);
    let held = burst.len() - hand.front.server.waiting(id);
    assert!(held >= 256 * 1024, "{held} bytes were read");
    // And a chunk, and a frame.
    assert!(held <= (256 + 16 + 2) * 1024, "{held} bytes wait in memory");
    let mut got = Vec::new();
    for _ in 0..100 {
        let poll = hand.ask(&format!("{}&Action=poll", opened.session), b"");
        let poll = poll.expect("a poll without `Lifespan` is answered");
        assert_eq!(poll.status, 200);
        got.extend_from_slice(&poll.body);
        if got.len() == burst.len() {
            break;
        }
    }
    assert!(got == burst, "{} of {} bytes", got.len(), burst.len());
    assert!(hand.front.largest_reply <= 64 * 1024);
}

static POST: &[u8] = &[b'x'; 600];

#[test]
fn a_server_that_does_not_read_ends_the_session_above_the_bound() {
    let mut hand = Hand::new(config().unsent_bytes(1000).expect("a bound"));
    hand.front.unreachable = Some(Unreachable::Silent);
    let opened = hand.ask("Action=open&Server=NS", b"");
    let session = opened.expect("an empty open is answered").session;
    hand.ask(&session, POST);
    hand.ask(&session, POST);
    hand.pass(10);
    let ended = hand.front.notes.iter();
    let ended = ended
        .filter(|note| matches!(note, Note::Overrun { .. }))
        .count();
    assert_eq!(ended, 1, "{:?}", hand.front.notes);
    let after = hand.ask(&session, POST).expect("an answer");
    assert_eq!(after.status, 400);
    assert_eq!(hand.front.streams(hand.now), 0);
}

#[test]
fn a_server_whose_frames_have_no_end_ends_the_session() {
    let mut hand = Hand::new(config().payload_bytes(1000).expect("a bound"));
    let opened = hand.ask("Action=open&Server=NS", b"VER 1 MSNP12 CVR0\r\n");
    let session = opened.expect("an answer").session;
    hand.front.server.say(0, b"QNG 50\r\nMSG a b 1001\r\n");
    hand.pass(10);
    let poll = hand
        .ask(&format!("{session}&Action=poll"), b"")
        .expect("an answer");
    assert_eq!(&poll.body[..], b"QNG 50\r\n");
    let after = hand.ask(&session, b"PNG\r\n").expect("an answer");
    assert_eq!(after.status, 400);
    let notes = &hand.front.notes;
    let told = notes
        .iter()
        .any(|note| matches!(note, Note::Unframed { .. }));
    assert!(told, "{notes:?}");
}

#[test]
fn when_it_stops_clients_and_servers_are_told() {
    let mut world = world(config(), 8);
    let mut line = Line::sign_in(&mut world, ALICE, 1, Polls::Held);
    world.call_host(|front, time| {
        front.call(
            time.monotonic,
            gateway_upstream::UpstreamGateway::handle_shutdown,
        );
    });
    line.wait_for_end(&mut world);
    world.advance(Duration::from_secs(6));
    assert!(world.host().server.has_ended(id_of(&world)));
    assert_eq!(
        world.call_host(|front, time| front.streams(time.monotonic)),
        0
    );
}
