//! A service that says anything at all: no panic, no spinning, no fate untold.

use std::time::Duration;

use http::Response;
use machine_contract::Failure;
use msnp_client::{ContactId, Event};
use proptest::prelude::*;

use crate::world::{Way, World, config};

/// Whole frames with something wrong inside, and bytes that are no frames at all.
fn saying() -> impl Strategy<Value = Vec<u8>> {
    let verb = prop_oneof![
        Just("SDG"),
        Just("NFY"),
        Just("PUT"),
        Just("GET"),
        Just("DEL"),
        Just("PNG"),
        Just("BND"),
        Just("ATH"),
        Just("CNT"),
        Just("XFR"),
        Just("OUT"),
        Just("911"),
        Just("800"),
        Just("ZZZ"),
    ];
    let channel = prop_oneof![
        Just("MSGR"),
        Just("MSGR\\PUT"),
        Just("MSGR\\DEL"),
        Just("MSGR\\CONTACTS"),
        Just("MSGR\\THREAD"),
        Just("CON"),
        Just("MSGR\\HOTMAIL"),
    ];
    let layered = |block: &str, body: &str| {
        format!(
            "Routing: 1.0\r\nTo: 8:live:alice\r\nFrom: 8:bob\r\n\r\nReliability: 1.0\r\n\r\n{block}\r\n\r\n{body}"
        )
    };
    let body = prop_oneof![
        Just(String::new()),
        Just(
            "<ml l=\"1\"><skp><c n=\"x\" t=\"8\"><s l=\"99\" n=\"IM\"/></c></skp></ml>".to_owned()
        ),
        Just("<thread><id>19:x@thread.skype</id></thread>".to_owned()),
        Just("<xfr><target>msn.example:80</target></xfr>".to_owned()),
        Just("<ping-response><wait>0</wait></ping-response>".to_owned()),
        Just(layered("Messaging: 2.0\r\nMessage-Type: Text", "\u{e9}")),
        Just(layered(
            "Messaging: 2.0\r\nMessage-Type: Text\r\nSkype-EditedId: 1\r\nSkype-EditOffset: 99",
            "x"
        )),
        Just(layered(
            "Notification: 1.0\r\nUri: /user",
            "<user><s n=\"IM\"><Status>NLN</Status></s></user>"
        )),
        "[ -~\r\n]{0,40}",
    ];
    let frame = (verb, 0u32..12, channel, any::<bool>(), body).prop_map(
        |(verb, trid, channel, acknowledged, body)| {
            let headers = if acknowledged { "Ack-Id: 1\r\n" } else { "" };
            let payload = format!("{headers}\r\n{body}");
            format!("{verb} {trid} {channel} {}\r\n{payload}", payload.len()).into_bytes()
        },
    );
    let junk = proptest::collection::vec(any::<u8>(), 0..30);
    prop_oneof![9 => frame, 1 => junk]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_the_service_says_every_fate_is_told_once(
        sayings in proptest::collection::vec((saying(), 0u8..8, 0u64..60), 1..25),
    ) {
        let mut world = World::signed_in(config().reconnect_attempts(3));
        let bob = ContactId::skype("bob").expect("a name");
        let mut sent = Vec::new();
        for (bytes, trouble, seconds) in sayings {
            // Nobody answers a message; the bytes come in its place.
            let mut bytes = Some(bytes);
            world.fake_mut().on_request = Box::new(move |request| {
                let query = request.uri().query().unwrap_or_default();
                let Some(bytes) = bytes.take_if(|_| query.contains("SessionID") && !query.contains("poll")) else {
                    return Way::Usual;
                };
                match trouble {
                    0 => Way::Fail(Failure::Unknown),
                    1 => Way::Fail(Failure::NotSent),
                    2 => Way::LoseReply,
                    _ => Way::Respond(
                        Response::builder()
                            .header("x-msn-messenger", "SessionID=1.1; GW-IP=msn.example")
                            .body(bytes.into())
                            .expect("a response"),
                    ),
                }
            });
            if let Ok(id) = world.ask(|client, now| client.send_text(&(&bob).into(), "hi", now)) {
                sent.push(id);
            }
            world.advance(Duration::from_secs(seconds));
        }
        world.fake_mut().on_request = Box::new(|_| Way::Usual);
        world.ask(msnp_client::Client::sign_out);
        world.advance(Duration::from_secs(1000));
        for id in sent {
            let fates = world.events.iter().filter(|event| match event {
                Event::MessageDelivered { message, .. }
                | Event::MessageFailed { message, .. }
                | Event::MessageUncertain { message, .. } => *message == id,
                _ => false,
            });
            prop_assert_eq!(fates.count(), 1);
        }
        let over = world.events.iter().filter(|e| matches!(e, Event::SignedOut(_))).count();
        prop_assert_eq!(over, 1);
    }

    #[test]
    fn whatever_the_sign_in_page_says_signing_in_ends(body in ".{0,200}", status in 100u16..600) {
        let mut world = World::new(config().reconnect_attempts(0));
        let body = body.clone();
        world.fake_mut().on_request = Box::new(move |_| {
            let mut response = Response::new(body.clone().into());
            *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
            Way::Respond(response)
        });
        world.sign_in();
        prop_assert!(matches!(world.events.last(), Some(Event::SignedOut(_))));
    }
}
