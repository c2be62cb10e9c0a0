//! Whether whoever is on no list is let in (`BLP`, msnp8-18.md 7.3), in the words of each dialect.

use msnp_client::{Client, Dialect, Event, Reason, Refused};

use crate::duties::{A_WHILE, dialects, signed_in};
use crate::server::Server;
use crate::world::{Carrier, World};

/// How a change ends: `None`, it is done.
fn change(world: &mut World<Server>, allowed: bool) -> Option<Reason> {
    let asked = world.ask(|client, now| client.allow_others(allowed, now));
    let asked = asked.expect("taken");
    world.advance(A_WHILE);
    world.one(|event| match event {
        Event::OperationSucceeded { operation, .. } if *operation == asked => Some(None),
        Event::OperationFailed { operation, reason } if *operation == asked => Some(Some(*reason)),
        _ => None,
    })
}

fn said(world: &World<Server>) -> Vec<&str> {
    let lines = world.peer.lines(0).into_iter();
    let said = lines.filter(|line| line.starts_with("BLP "));
    said.map(|line| line.rsplit(' ').next().unwrap_or_default())
        .collect()
}

fn known(world: &mut World<Server>) -> Option<bool> {
    world.ask(|client, _| client.others_allowed())
}

#[test]
fn strangers_are_kept_out_and_let_in_again_in_each_dialect() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        assert_eq!(known(&mut world), Some(true), "{dialect}");
        world.peer.heard.clear();
        assert_eq!(change(&mut world, false), None, "{dialect}");
        assert_eq!(known(&mut world), Some(false), "{dialect}");
        if dialect >= Dialect::MSNP13 {
            // What the next sign-in goes by.
            assert_eq!(world.peer.web.privacy.as_deref(), Some("2"), "{dialect}");
            world.ask(Client::sign_out);
            world.advance(A_WHILE);
            world.peer.heard.clear();
            world.sign_in();
            let heard = world.peer.heard.iter();
            let again = heard.filter(|(_, line, _)| line.starts_with("BLP "));
            let again: Vec<_> = again.map(|(_, line, _)| line.ends_with(" BL")).collect();
            assert_eq!(again, [true], "{dialect}");
            assert_eq!(known(&mut world), Some(false), "{dialect}");
            continue;
        }
        assert_eq!(change(&mut world, true), None, "{dialect}");
        assert_eq!(said(&world), ["BL", "AL"], "{dialect}");
        assert_eq!(known(&mut world), Some(true), "{dialect}");
    }
}

#[test]
fn what_is_so_already_is_done_and_what_is_refused_is_as_it_was() {
    for dialect in [Dialect::MSNP8, Dialect::MSNP15] {
        let mut world = signed_in(Carrier::Stream, dialect);
        world.peer.instead.insert("BLP", "218 #\r\n".to_owned());
        assert_eq!(change(&mut world, true), None, "{dialect}");
        world.peer.instead.insert("BLP", "600 #\r\n".to_owned());
        let why = change(&mut world, false);
        assert_eq!(why, Some(Reason::ServiceUnavailable), "{dialect}");
        assert_eq!(known(&mut world), Some(true), "{dialect}");
    }
}

#[test]
fn dialects_without_a_word_for_it_refuse_at_once() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP21);
    assert!(!world.ask(|client, _| client.abilities().privacy));
    let refused = world.ask(|client, now| client.allow_others(false, now));
    assert_eq!(refused, Err(Refused::NotPossible));
}
