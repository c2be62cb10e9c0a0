//! Properties of the client of MSNP7 to MSNP21: whatever a server says to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use machine_contract::Instant;
use msnp_client::{
    Client, ContactId, ConversationId, Dialect, Event, MessageId, OperationId, Refused, Status,
};
use msnp_proto::classic::{ClientBody, ClientCommand, ServerKind};
use msnp_proto::{FrameDecoder, PayloadTable, Side};

use crate::server::{BOB, Server};
use crate::world::{Act, Carrier, Line, Peer, World, config};

/// What is spoken over streams.
const DIALECTS: [u8; 13] = [7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21];

/// Longer than any time-out of the client.
const LONG: Duration = Duration::from_secs(900);

/// What a client says by itself, and how many times what it hears a server may make it say.
const COURTESIES: usize = 64 * 1024;
const FACTOR: usize = 64;

/// The first byte chooses the dialect, the second where the stream is said (from the first connection on, behind the sign-in, on a
/// switchboard) and what the application wants meanwhile, the third the size of its pieces; the rest is the stream of the server, which
/// answers nothing any more.
pub fn classic(data: &[u8]) {
    let [dialect, place, piece, stream @ ..] = data else {
        return;
    };
    let number = DIALECTS[usize::from(*dialect) % DIALECTS.len()];
    let dialect = Dialect::new(number).expect("a dialect");
    let bob: ContactId = BOB.parse().expect("an address");
    let mut world = World::new(config(Carrier::Stream, dialect), Odd::new(dialect));
    world.piece = usize::from(*piece).max(1);
    let mut messages: Vec<_> = begin(&mut world, place % 3, &bob, stream)
        .into_iter()
        .collect();
    let wanted = want(&mut world, usize::from(place / 3));
    while world.peer.goes_on() {
        world.run();
    }
    let said = world.ask(|client, now| client.send_text(&bob.into(), "are you there", now));
    messages.extend(said);
    world.advance(LONG);
    for message in &messages {
        let fates = world.events.iter().filter(|event| is_fate(event, message));
        assert_eq!(fates.count(), 1, "each message has one fate");
    }
    let is_over = world.told(|event| matches!(event, Event::SignedOut(_)));
    let is_in = world.ask(|client, _| client.is_signed_in());
    assert!(is_in != is_over, "it is signed in, or says that it is not");
    let bound = COURTESIES + FACTOR * stream.len();
    assert!(world.peer.bytes <= bound, "{} bytes", world.peer.bytes);
    world.ask(Client::sign_out);
    world.advance(LONG);
    world.one(|event| matches!(event, Event::SignedOut(_)).then_some(()));
    // In layers whoever types says himself that he has stopped.
    assert!(
        !dialect.has_switchboards() || typing(&world.events).is_empty(),
        "somebody types for ever"
    );
    for operation in wanted {
        let fates = world.events.iter().filter(|event| is_end(event, operation));
        assert_eq!(fates.count(), 1, "each wish has one fate");
    }
}

/// Brings the client to where the stream is said. What it has said for that.
fn begin(world: &mut World<Odd>, place: u8, bob: &ContactId, stream: &[u8]) -> Option<MessageId> {
    if place == 0 {
        world.peer.begin(0, stream);
        world.ask(Client::sign_in);
        return None;
    }
    world.sign_in();
    assert!(world.ask(|client, _| client.is_signed_in()));
    let mut line = 0;
    let mut said = None;
    if place == 2 && world.peer.dialect.has_switchboards() {
        let call = world.ask(|client, now| client.send_text(&bob.clone().into(), "hi", now));
        said = Some(call.expect("taken"));
        line = world.peer.server.last_switchboard();
    }
    world.peer.begin(line, stream);
    said
}

/// The calls of web services that are answered.
const CALLS: [&str; 7] = [
    "FindMembership",
    "ABFindAll",
    "ABFindContactsPaged",
    "ABContactAdd",
    "ABContactDelete",
    "AddMember",
    "DeleteMember",
];

/// How many wishes there are.
const WISHES: usize = 20;

/// The application wants nothing, something, or that and what follows; so answers find what they might answer.
fn want(world: &mut World<Odd>, how: usize) -> Vec<OperationId> {
    let Some(how) = how.checked_sub(1) else {
        return Vec::new();
    };
    let count = if (how / WISHES).is_multiple_of(2) {
        1
    } else {
        4
    };
    let wishes = (how % WISHES..).take(count);
    let wanted = wishes.map(|wish| world.ask(|client, now| wish_for(client, wish % WISHES, now)));
    // What was refused has told so.
    wanted.filter_map(Result::ok).collect()
}

fn wish_for(client: &mut Client, wish: usize, now: Instant) -> Result<OperationId, Refused> {
    let [bob, eve]: [ContactId; 2] =
        [BOB, "eve@example.com"].map(|it| it.parse().expect("an address"));
    let group = ConversationId::from(bob.clone());
    match wish {
        0 => client.add_contact(&eve, now),
        1 => client.remove_contact(&bob, now),
        2 => client.block(&bob, now),
        3 => client.unblock(&bob, now),
        4 => client.add_contact_group("Friends", now),
        5 => client.put_into_contact_group(&bob, "Friends", now),
        6 => client.rename_contact_group("Friends", "Others", now),
        7 => client.take_out_of_contact_group(&bob, "Others", now),
        8 => client.remove_contact_group("Others", now),
        9 => client.set_status(Status::AWAY, now),
        10 => client.set_status(Status::HIDDEN, now),
        11 => client.set_idle(true, now),
        12 => client.set_display_name("Alice A", now),
        13 => client.set_personal_message("busy", now),
        14 => client.create_group(&[bob, eve], None, now),
        15 => client.add_member(&group, &eve, now),
        16 => client.remove_member(&group, &bob, now),
        17 => client.set_topic(&group, "work", now),
        18 => client.request_history(&group, None, now),
        _ => client.leave(&group, now),
    }
}

/// Who was said to type, and not to have stopped there.
fn typing(events: &[Event]) -> BTreeSet<(&ConversationId, &ContactId)> {
    let mut signs = BTreeSet::new();
    for event in events {
        match event {
            Event::Typing {
                conversation,
                from,
                typing: true,
            } => signs.insert((conversation, from)),
            Event::Typing {
                conversation, from, ..
            } => signs.remove(&(conversation, from)),
            _ => false,
        };
    }
    signs
}

fn is_end(event: &Event, operation: OperationId) -> bool {
    match event {
        Event::OperationSucceeded { operation: of, .. }
        | Event::OperationFailed { operation: of, .. } => *of == operation,
        _ => false,
    }
}

fn is_fate(event: &Event, message: &MessageId) -> bool {
    match event {
        Event::MessageDelivered { message: of, .. }
        | Event::MessageFailed { message: of, .. }
        | Event::MessageUncertain { message: of, .. } => of == message,
        _ => false,
    }
}

/// A server as it should be, until it says what was chosen; what the client says to it has to be commands of its dialect throughout.
struct Odd {
    server: Server,
    dialect: Dialect,
    /// Where something is said that is no answer; nothing is answered any more.
    at: Option<Line>,
    /// Its lines, of which one comes when the client has said something, and when nothing else is to come: so answers find what they
    /// might answer.
    left: VecDeque<Bytes>,
    is_next: bool,
    lines: BTreeMap<Line, FrameDecoder>,
    /// How many the client has said.
    bytes: usize,
}

impl Odd {
    fn new(dialect: Dialect) -> Self {
        Self {
            server: Server::new(dialect),
            dialect,
            at: None,
            left: VecDeque::new(),
            is_next: false,
            lines: BTreeMap::new(),
            bytes: 0,
        }
    }

    fn begin(&mut self, line: Line, stream: &[u8]) {
        let lines = stream.split_inclusive(|byte| *byte == b'\n');
        self.left = lines.map(Bytes::copy_from_slice).collect();
        self.at = Some(line);
    }

    /// Says the next line, unless there is none.
    fn goes_on(&mut self) -> bool {
        self.is_next = true;
        !self.left.is_empty()
    }

    /// Whole frames of the dialect, on either kind of server.
    fn check(&mut self, line: Line, bytes: &[u8]) {
        self.bytes += bytes.len();
        let decoder = self
            .lines
            .entry(line)
            .or_insert_with(|| FrameDecoder::new(PayloadTable::sent_by(Side::Client)));
        decoder.push(bytes.to_vec());
        while let Some(frame) = decoder.next_frame().expect("frames") {
            let on = |server| {
                let read = ClientCommand::parse(&frame, self.dialect, server);
                read.is_ok_and(|command| !matches!(command.body, ClientBody::Other(_)))
            };
            let is_known = on(ServerKind::Notification) || on(ServerKind::Switchboard);
            assert!(is_known, "{} in {}", frame.verb(), self.dialect);
        }
    }
}

impl Peer for Odd {
    fn opened(&mut self, line: Line, to: &str) {
        self.server.opened(line, to);
    }

    fn heard(&mut self, line: Line, bytes: &[u8]) {
        self.check(line, bytes);
        if self.at.is_none() {
            self.server.heard(line, bytes);
        }
        self.is_next = true;
    }

    fn closed(&mut self, line: Line) {
        self.server.closed(line);
    }

    fn poll(&mut self) -> Option<Act> {
        if let Some(line) = self.at
            && std::mem::take(&mut self.is_next)
            && let Some(bytes) = self.left.pop_front()
        {
            return Some(Act::Say(line, bytes));
        }
        self.server.poll()
    }

    fn web(&mut self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let action = request.headers().get("SOAPAction");
        let call = action.and_then(|it| it.to_str().ok()?.trim_matches('"').rsplit('/').next());
        if call.is_none_or(|call| CALLS.contains(&call)) {
            return self.server.web(request);
        }
        // What the server has no words for.
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        Some(response)
    }
}
