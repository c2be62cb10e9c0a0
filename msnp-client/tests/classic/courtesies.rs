//! What goes beside the words: how a text looks, that one is about to say something, and a word to one's own other place.

use msnp_client::{Dialect, Event, Looks, Refused};

use crate::duties::{A_WHILE, bob, dialects, signed_in};
use crate::server::{BOB, CAROL};
use crate::world::{CARRIERS, Carrier, LOGIN};

fn looks() -> Looks {
    Looks {
        font: Some("Comic Sans MS".to_owned()),
        colour: [0xff, 0x80, 0x00],
        bold: true,
        underline: true,
        ..Looks::default()
    }
}

#[test]
fn a_text_looks_as_its_writer_wishes_in_both_directions() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        let sent = world
            .ask(|client, now| client.send_text_with(&bob().into(), "look at this", &looks(), now));
        sent.expect("taken");
        world.advance(A_WHILE);
        let said = world.peer.payloads("MSG").remove(0);
        let format = "X-MMS-IM-Format: FN=Comic%20Sans%20MS; EF=BU; CO=80ff; CS=0; PF=0\r\n";
        assert!(said.contains(format), "{dialect}: {said}");
        let line = world.peer.last_switchboard();
        world.peer.say_in(line, BOB, &said);
        world.advance(A_WHILE);
        let (text, heard) = world.one(|event| match event {
            Event::MessageReceived(message) => Some((message.text.clone(), message.looks.clone())),
            _ => None,
        });
        assert_eq!((&*text, heard), ("look at this", looks()), "{dialect}");
    }
}

/// A text of somebody who wishes for nothing that can be read is one all the same.
#[test]
fn looks_that_are_none_lose_no_text() {
    for format in ["", "X-MMS-IM-Format: FN; CO=red\r\n"] {
        let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
        world.peer.ring(BOB);
        world.advance(A_WHILE);
        let line = world.peer.last_switchboard();
        let payload = format!(
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n{format}\r\nhello"
        );
        world.peer.say_in(line, BOB, &payload);
        world.advance(A_WHILE);
        let (text, heard) = world.one(|event| match event {
            Event::MessageReceived(message) => Some((message.text.clone(), message.looks.clone())),
            _ => None,
        });
        assert_eq!((&*text, heard), ("hello", Looks::default()), "{format}");
    }
}

/// Whoever began to write was seen to do so only once there had been something said.
#[test]
fn who_is_there_is_called_when_one_begins_to_type() {
    for carrier in CARRIERS {
        for dialect in dialects() {
            let mut world = signed_in(carrier, dialect);
            world.peer.show("NLN", BOB);
            world.advance(A_WHILE);
            // All before the first can have gone out.
            let typing = world.ask(|client, now| {
                (0..3).try_for_each(|_| client.send_typing(&bob().into(), true, now))
            });
            typing.expect("taken");
            world.advance(A_WHILE);
            assert_eq!(world.peer.count("XFR"), 1, "{dialect} {carrier:?}");
            let said = world.peer.payloads("MSG");
            assert_eq!(said.len(), 1, "{dialect} {carrier:?}: {said:?}");
            assert!(said[0].contains(&format!("TypingUser: {LOGIN}")));
            // What is said goes to the same place.
            let sent = world.ask(|client, now| client.send_text(&bob().into(), "so", now));
            sent.expect("taken");
            world.advance(A_WHILE);
            assert_eq!(world.peer.count("XFR"), 1, "{dialect} {carrier:?}");
        }
    }
}

#[test]
fn nobody_is_called_for_a_sign_alone_who_was_not_seen_to_be_there() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        let carol: msnp_client::ContactId = CAROL.parse().expect("an address");
        world.peer.show("NLN", BOB);
        world.peer.hide(BOB);
        world.advance(A_WHILE);
        for who in [carol, bob()] {
            world
                .ask(|client, now| client.send_typing(&who.into(), true, now))
                .expect("taken");
        }
        world.advance(A_WHILE);
        assert_eq!(world.peer.count("XFR"), 0, "{dialect}");
    }
}

#[test]
fn another_place_of_ones_own_is_signed_out() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        let place = "{F26D1F07-95E2-403C-BC18-D4BFED493428}";
        if dialect < Dialect::MSNP16 {
            let other = world.ask(|client, _| client.abilities().endpoint_sign_out);
            assert!(!other, "{dialect}");
            continue;
        }
        world.peer.tell_data(
            LOGIN,
            &format!(
                "<EndpointData id=\"{place}\"><Capabilities>0:0</Capabilities></EndpointData>"
            ),
        );
        world.advance(A_WHILE);
        let endpoint = world.one(|event| match event {
            Event::OwnPresence(own) => {
                let mut all = own.presence.endpoints.iter();
                all.find(|it| it.id != own.this_endpoint).map(|it| it.id)
            }
            _ => None,
        });
        let asked = world.ask(|client, now| client.sign_out_endpoint(endpoint, now));
        let asked = asked.expect("taken");
        world.advance(A_WHILE);
        assert_eq!(world.peer.payloads("UUN"), ["goawyplzthxbye"], "{dialect}");
        let is_done = |event: &Event| matches!(event, Event::OperationSucceeded { operation, .. } if *operation == asked);
        assert!(world.told(is_done), "{dialect}: {:?}", world.events);
    }
}

/// Whoever had been signed in elsewhere was so for ever (recorded: multiple-endpoints-and-misc).
#[test]
fn a_place_that_is_not_named_any_more_is_gone() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP18);
    let places = [
        "{F26D1F07-95E2-403C-BC18-D4BFED493428}",
        "{AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEE09}",
    ];
    let data = |place: &str| {
        format!("<EndpointData id=\"{place}\"><Capabilities>0:0</Capabilities></EndpointData>")
    };
    for who in [LOGIN, BOB] {
        let id: msnp_client::ContactId = who.parse().expect("an address");
        let mut count = |document: &str| {
            world.peer.tell_data(who, document);
            world.advance(A_WHILE);
            world.ask(|client, _| client.presence(&id)).endpoints.len()
        };
        let both = format!(
            "<Data><PSM></PSM>{}{}</Data>",
            data(places[0]),
            data(places[1])
        );
        assert_eq!(count(&both), 2, "{who}");
        let one = format!("<Data><PSM></PSM>{}</Data>", data(places[0]));
        assert_eq!(count(&one), 1, "{who}");
        assert_eq!(
            count("<Data><PSM>x</PSM></Data>"),
            1,
            "nothing is said of places"
        );
    }
}

#[test]
fn a_place_cannot_be_signed_out_before_there_are_several() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP18);
    world.peer.tell_data(
        LOGIN,
        "<EndpointData id=\"{F26D1F07-95E2-403C-BC18-D4BFED493428}\"><Capabilities>0:0</Capabilities></EndpointData>",
    );
    world.advance(A_WHILE);
    let endpoint = world.one(|event| match event {
        Event::OwnPresence(own) => own.presence.endpoints.first().map(|it| it.id),
        _ => None,
    });
    let mut older = signed_in(Carrier::Stream, Dialect::MSNP15);
    let refused = older.ask(|client, now| client.sign_out_endpoint(endpoint, now));
    assert_eq!(refused, Err(Refused::NotPossible));
}
