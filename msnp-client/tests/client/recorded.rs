//! The client is told what a service of 2015 said to the web client, and says what the web client said (msnp24.md 16.3). Where
//! it does not, that stands here with the reason; and so do the events that come of it.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use msnp_client::{Client, ContactId, ConversationId, Event, Reason, Status};
use msnp_proto::msnp24::{ClientCommand, ServerCommand};
use msnp_proto::{Frame, FrameDecoder, PayloadTable};

use crate::world::{Answer, World, config};

const RECORDING: &str = include_str!("../../../msnp-proto/tests/data/msnp24.txt");

/// The endpoint of the web client that was recorded.
const EPID: &str = "{006213cd-00b8-7e9c-0022-df0d0013802a}";

/// What the client says otherwise than the web client did, and why.
const DIFFERENCES: [(&str, &str); 5] = [
    ("ATH 2 CON\\USER", "the uic is that of this test"),
    (
        "PUT 6 MSGR\\PRESENCE",
        "it shows the name, the personal message and the kind of its endpoint too, and no version of Skype (msnp24.md 8)",
    ),
    ("SDG 8 MSGR", "the message has a number of its own"),
    (
        "ACK 0 MSGR",
        "the registration stands first in every block (msnp24.md 19)",
    ),
    (
        "PNG 11 CON",
        "it tells the newest message that it has, as Miranda NG did (msnp24.md 6.11)",
    ),
];

/// The frames of one side of the web client's session.
fn frames(side: &str) -> Vec<Frame> {
    let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
    for record in RECORDING.split("--- ").skip(1) {
        let (head, text) = record.split_once('\n').expect("a head");
        if head == format!("web {side}") {
            decoder.push(unescape(text));
        }
    }
    std::iter::from_fn(|| decoder.next_frame().expect("whole frames")).collect()
}

/// A line break is in the file only.
fn unescape(text: &str) -> Bytes {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' => {}
            '\\' => bytes.push(match rest.next().expect("an escape") {
                'r' => b'\r',
                'n' => b'\n',
                '\\' => b'\\',
                other => panic!("no escape: {other}"),
            }),
            c => bytes.extend(c.to_string().bytes()),
        }
    }
    bytes.into()
}

/// A command without its length, and what follows it.
fn parts(frame: &Frame) -> (String, String) {
    let text = String::from_utf8(frame.as_bytes().to_vec()).expect("UTF-8");
    let (line, payload) = text.split_once("\r\n").expect("a line");
    let (head, _) = line.rsplit_once(' ').expect("a length");
    (head.to_owned(), payload.to_owned())
}

fn answers() -> (BTreeMap<(String, u32), ServerCommand>, Vec<ServerCommand>) {
    let mut answers = BTreeMap::new();
    let mut told = Vec::new();
    for frame in frames("S>C") {
        let command = ServerCommand::parse(&frame).expect("a command");
        if command.trid.0 == 0 {
            told.push(command);
        } else {
            answers.insert((frame.verb().to_string(), command.trid.0), command);
        }
    }
    (answers, told)
}

fn short(event: &Event) -> Option<String> {
    Some(match event {
        Event::SignedIn(me) => format!("signed in as {me}"),
        Event::PresenceChanged { contact, .. } => format!("{contact} is seen"),
        Event::MessageReceived(it) => format!("{} says {}", it.from, it.text),
        Event::MessageDelivered { .. } => "the message is delivered".to_owned(),
        Event::OperationSucceeded { conversation, .. } => {
            format!("done: {}", conversation.clone().expect("a group"))
        }
        Event::SignedOut(reason) => format!("signed out: {reason:?}"),
        _ => return None,
    })
}

#[test]
fn the_session_of_a_web_client_is_said_again() {
    let (answers, mut told) = answers();
    let config = config().display_name("Alice").status(Status::ONLINE);
    let mut world = World::new(config);
    world.fake_mut().wait = None;
    world.fake_mut().on_command = Box::new(move |command: &ClientCommand| {
        let frame = command.to_frame();
        match answers.get(&(frame.verb().to_string(), command.trid.0)) {
            Some(answer) => Answer::Say(vec![answer.clone()]),
            None => Answer::Usual,
        }
    });
    world.sign_in();
    let bob = ContactId::skype("bob").expect("a name");
    let to = ConversationId::from(bob.clone());
    let message = told.pop().expect("what Bob says");
    for told in told {
        world.push(told.body);
    }
    let sent = world.ask(|client, now| client.send_text(&to, "hi", now));
    sent.expect("taken");
    world.run();
    world.push(message.body);
    let typed = world.ask(|client, now| client.send_typing(&to, true, now));
    typed.expect("taken");
    world.run();
    let made = world.ask(|client, now| client.create_group(std::slice::from_ref(&bob), None, now));
    made.expect("taken");
    world.run();
    world.advance(Duration::from_secs(45));
    world.ask(Client::sign_out);
    world.run();

    let said: Vec<_> = world
        .fake()
        .heard
        .iter()
        .map(|it| parts(&it.to_frame()))
        .collect();
    let recorded: Vec<_> = frames("C>S").iter().map(parts).collect();
    let heads =
        |all: &[(String, String)]| all.iter().map(|(head, _)| head.clone()).collect::<Vec<_>>();
    assert_eq!(heads(&said), heads(&recorded));
    let own = said[2].1.split_once("<epid>").expect("an endpoint").1[..38].to_owned();
    let differing: Vec<_> = said
        .iter()
        .zip(&recorded)
        .filter(|(said, recorded)| {
            said.1
                .replace(&own, EPID)
                .replace("token1", "U2lnbmF0dXJlOjI6Mjg6")
                != recorded.1
        })
        .map(|(said, _)| said.0.clone())
        .collect();
    let expected: Vec<_> = DIFFERENCES
        .iter()
        .map(|(head, _)| (*head).to_owned())
        .collect();
    assert_eq!(differing, expected);

    let events: Vec<_> = world.events.iter().filter_map(short).collect();
    let group = "19:0123456789abcdef0123456789abcdef@thread.skype";
    assert_eq!(
        events,
        [
            "signed in as 8:live:alice".to_owned(),
            "8:bob is seen".to_owned(),
            "the message is delivered".to_owned(),
            "8:bob says yo".to_owned(),
            format!("done: {group}"),
            format!("signed out: {:?}", Reason::Requested),
        ]
    );
}
