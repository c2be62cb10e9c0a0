//! MSNP24 as it is on the wire, said by a scripted client.

use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::msnp24::{ServerBody, ServerCommand};
use simulation::{NAMES, Scripted, Step, World};

/// A frame; its payload begins with the empty block of headers.
fn frame(line: &str, payload: &str) -> String {
    format!("{line} {}\r\n\r\n{payload}", payload.len() + 2)
}

fn endpoint(who: usize) -> String {
    format!("{{006213cd-00b8-7e9c-0022-df0d0013802{who}}}")
}

/// Somebody's connection is opened and wants to hear everything.
pub(crate) fn sign_in(who: usize) -> String {
    let endpoint = endpoint(who);
    [
        frame("CNT 1 CON", "<connect><ver>2</ver></connect>"),
        frame("ATH 2 CON\\USER", "<user><web-compact-ticket /></user>"),
        frame(
            "BND 3 CON\\MSGR",
            &format!("<msgr><ver>2</ver><client><name>a</name><ver>1</ver></client><epid>{endpoint}</epid></msgr>"),
        ),
        frame(
            "PUT 4 MSGR\\SUBSCRIPTIONS",
            "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>",
        ),
    ]
    .concat()
}

/// A message; `id` is its author's own.
pub(crate) fn message(trid: u32, from: usize, to: usize, id: u64, text: &str) -> String {
    let (from, to, endpoint) = (NAMES[from], NAMES[to], endpoint(from));
    let layers = format!(
        "Routing: 1.0\r\nTo: 8:{to}\r\nFrom: 8:{from};epid={endpoint}\r\n\r\nReliability: 1.0\r\n\r\n\
         Messaging: 2.0\r\nClient-Message-ID: {id}\r\nMessage-Type: Text\r\n\
         Content-Type: Text/plain; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    frame(&format!("SDG {trid} MSGR"), &layers)
}

/// A ping.
pub(crate) fn ping(trid: u32) -> String {
    frame(&format!("PNG {trid} CON"), "")
}

/// People who speak on the wire, signed in, each with a poll held.
pub(crate) fn world(seed: u64, people: usize) -> World {
    let mut world = World::new(seed, people);
    for who in 0..people {
        world.replace_scripted(Scripted::new(who, [Step::open(sign_in(who))]), who);
        world.sign_in(who);
        assert!(
            heard(&world, who, 4).is_some(),
            "{:#?}",
            world.scripted(who)
        );
        for _ in 0..5 {
            world.direct(who, |script| script.push(Step::poll()));
        }
    }
    world.advance(Duration::from_secs(1));
    world
}

/// The answer to a command, and when it came.
pub(crate) fn heard(world: &World, who: usize, trid: u32) -> Option<(Instant, ServerBody)> {
    let mut commands = commands(world, who);
    let found = commands.find(|(_, command)| command.trid.0 == trid);
    found.map(|(at, command)| (at, command.body))
}

/// The texts of the messages that somebody was sent, and when each came.
pub(crate) fn texts(world: &World, who: usize) -> Vec<(Instant, String)> {
    let texts = commands(world, who).filter_map(|(at, command)| match command.body {
        ServerBody::Message(delivery) => {
            let body = delivery.message.body().to_vec();
            Some((at, String::from_utf8_lossy(&body).into_owned()))
        }
        _ => None,
    });
    texts.collect()
}

/// Whether a command was refused.
pub(crate) fn is_refused(world: &World, who: usize, trid: u32) -> bool {
    matches!(heard(world, who, trid), Some((_, ServerBody::Error(_))))
}

/// Whether a command was accepted.
pub(crate) fn is_accepted(world: &World, who: usize, trid: u32) -> bool {
    matches!(heard(world, who, trid), Some((_, ServerBody::Accepted)))
}

fn commands(world: &World, who: usize) -> impl Iterator<Item = (Instant, ServerCommand)> {
    let frames = world.scripted(who).heard().iter();
    frames.map(|(at, frame)| (*at, ServerCommand::parse(frame).expect("a command")))
}
