//! What a revival server demands of a client (real-clients.md 2), each by its name. What else it demands are duties.

use std::time::Duration;

use machine_contract::Machine as _;
use msnp_client::{Client, Dialect, Event, Reason, Status};

use crate::duties::{A_WHILE, bob, dialects, signed_in};
use crate::server::{BOB, Server};
use crate::world::{CARRIERS, Carrier, World, config};

#[test]
fn no_poll_has_a_body_and_none_comes_quicker_than_its_pace() {
    let mut world = signed_in(Carrier::Gateway, Dialect::MSNP12);
    let before = world.requests.len();
    world.advance(Duration::from_secs(60));
    let polls = world.requests.len() - before;
    assert!((10..=60).contains(&polls), "{polls} polls in a minute");
    assert!(world.requests.iter().all(|it| !it.contains("Lifespan")));
}

#[test]
fn the_session_and_not_the_address_is_taken_from_a_reply() {
    let world = signed_in(Carrier::Gateway, Dialect::MSNP12);
    // GW-IP is what one has said oneself, and no place to go to.
    assert!(
        world.requests.iter().all(|it| !it.contains("127.0.0.1")),
        "{:?}",
        world.requests
    );
    let sessions = world.requests.iter().filter(|it| it.contains("SessionID="));
    let mut sessions: Vec<&String> = sessions.collect();
    let all = sessions.len();
    sessions.dedup();
    assert_eq!(sessions.len(), all, "each request has the newest id");
}

#[test]
fn a_session_that_is_gone_is_lost() {
    let config = config(Carrier::Gateway, Dialect::MSNP12).reconnect_attempts(2);
    let mut world = World::new(config, Server::new(Dialect::MSNP12));
    world.sign_in();
    world.peer.close(0);
    world.advance(A_WHILE);
    assert!(
        world.told(|event| matches!(
            event,
            Event::Reconnecting {
                reason: Reason::ConnectionLost,
                ..
            }
        )),
        "{:#?}",
        world.events
    );
    world.advance(Duration::from_secs(60));
    assert!(world.ask(|client, _| client.is_signed_in()));
}

#[test]
fn a_wish_whose_answer_cannot_be_read_has_a_fate() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        world.peer.instead.insert("CHG", "CHG #\r\n".to_owned());
        let wish = world.ask(|client, now| client.set_status(Status::AWAY, now));
        let wish = wish.expect("taken");
        world.advance(Duration::from_secs(600));
        world.one(|event| match event {
            Event::OperationFailed { operation, .. } if *operation == wish => Some(()),
            _ => None,
        });
    }
}

#[test]
fn no_line_is_empty_no_verb_in_lower_case_and_no_telephone_paged() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        world
            .ask(|client, now| client.send_text(&bob().into(), "\r\n\r\n", now))
            .expect("taken");
        world
            .ask(|client, now| client.set_display_name("", now))
            .expect("taken");
        world
            .ask(|client, now| client.set_display_name("a\r\nOUT", now))
            .expect("taken");
        world.advance(Duration::from_secs(120));
        for (_, line, _) in &world.peer.heard {
            let verb = line.split(' ').next().expect("a verb");
            assert!(
                verb.len() == 3 && verb.bytes().all(|b| b.is_ascii_uppercase()),
                "{line:?}"
            );
            assert!(!["PGD", "PAG"].contains(&verb));
            // An empty name shifts what others are told.
            assert!(!line.ends_with("MFN"), "{line:?}");
        }
        assert!(world.ask(|client, _| client.is_signed_in()), "{dialect}");
    }
}

#[test]
fn only_acknowledgements_that_are_known_are_asked_for() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP15);
    let conversation = bob().into();
    world
        .ask(|client, now| client.send_text(&conversation, &"x".repeat(9_000), now))
        .expect("taken");
    world
        .ask(|client, now| client.send_typing(&conversation, true, now))
        .expect("taken");
    world
        .ask(|client, now| client.send_nudge(&conversation, now))
        .expect("taken");
    let messages = world
        .peer
        .heard
        .iter()
        .filter(|(_, line, _)| line.starts_with("MSG"));
    let letters: Vec<&str> = messages
        .map(|(_, line, _)| line.split(' ').nth(2).expect("a letter"))
        .collect();
    assert!(
        letters.len() > 8 && letters.iter().all(|it| ["U", "N", "A", "D"].contains(it)),
        "{letters:?}"
    );
    assert!(
        world
            .peer
            .heard
            .iter()
            .all(|(_, line, payload)| !line.starts_with("MSG") || payload.len() <= 1664)
    );
}

#[test]
fn every_layout_of_the_answer_to_the_ticket_is_understood() {
    for (dialect, answer) in [
        (
            Dialect::MSNP8,
            "USR # OK alice@example.com Alice%20A 1 0\r\n",
        ),
        (Dialect::MSNP12, "USR # OK alice@example.com 1 0 \r\n"),
        (Dialect::MSNP11, "USR # OK alice@example.com Alice 1 0\r\n"),
        (Dialect::MSNP12, "USR # OK alice@example.com\r\n"),
    ] {
        let mut world = World::new(config(Carrier::Stream, dialect), Server::new(dialect));
        world.peer.instead.insert("USR", answer.to_owned());
        world.sign_in();
        assert!(
            world.told(|event| matches!(event, Event::SignedIn(_))),
            "{answer} {:#?}",
            world.events
        );
    }
}

#[test]
fn what_is_refused_by_number_is_told_and_ends_no_connection() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    world.peer.instead.insert("PRP", "715 #\r\n".to_owned());
    let named = world.ask(|client, now| client.set_display_name("Al", now));
    let named = named.expect("taken");
    let why = world.one(|event| match event {
        Event::OperationFailed { operation, reason } if *operation == named => Some(*reason),
        _ => None,
    });
    assert_eq!(why, Reason::NotAllowed);
    world.peer.instead.insert("XFR", "913 #\r\n".to_owned());
    let said = world.ask(|client, now| client.send_text(&bob().into(), "hi", now));
    let said = said.expect("taken");
    let why = world.one(|event| match event {
        Event::MessageFailed {
            message, reason, ..
        } if *message == said => Some(*reason),
        _ => None,
    });
    assert_eq!(why, Reason::NotAllowed);
    assert!(world.ask(|client, _| client.is_signed_in()));
}

#[test]
fn replies_of_successors_are_understood() {
    // msnp8-18.md 15: `CVR` with three words, `SBS 0 null `, a list without trailing fields.
    let mut world = World::new(
        config(Carrier::Stream, Dialect::MSNP11),
        Server::new(Dialect::MSNP11),
    );
    world
        .peer
        .instead
        .insert("CVR", "CVR # 1 1 1\r\nSBS 0 null \r\n".to_owned());
    world.peer.instead.insert("SYN", "SYN # 0 0 2 1\r\nLSG Friends d142e607-0c02-4188-9710-8e11606ae87e\r\nLST N=bob@example.com F=Bob 3\r\nLST N=carol@example.com 3 \r\n".to_owned());
    world.sign_in();
    assert!(
        world.told(|event| matches!(event, Event::SignedIn(_))),
        "{:#?}",
        world.events
    );
    let contacts = world.ask(|client, _| client.contacts().count());
    assert_eq!(contacts, 2);
}

#[test]
fn it_makes_no_difference_how_a_stream_is_cut() {
    // msnp11-sdk loses a line that is cut, msnpjs takes a segment for a command.
    for dialect in dialects() {
        for piece in [1, 2, 7, 100] {
            let mut world = World::new(config(Carrier::Stream, dialect), Server::new(dialect));
            world.piece = piece;
            world.sign_in();
            world
                .ask(|client, now| client.send_text(&bob().into(), "hi", now))
                .expect("taken");
            world.run();
            assert!(
                world.told(|event| matches!(event, Event::MessageDelivered { .. })),
                "{dialect} {piece}"
            );
        }
    }
}

#[test]
fn a_payload_that_is_glued_to_the_next_line_is_no_trap() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP15);
    let document = "<Data><PSM>x</PSM><CurrentMedia></CurrentMedia></Data>";
    world.peer.say(0, format!("UBX {BOB} 1 {}\r\n{document}NLN BSY {BOB} 1 Bob 32 0\r\nUBX {BOB} 1 0\r\nNLN AWY {BOB} 1 Bob 32 0\r\n", document.len()));
    world.run();
    let presence = world.ask(|client, _| client.presence(&bob()));
    assert_eq!(
        (presence.status, presence.personal_message),
        (Status::AWAY, None)
    );
}

#[test]
fn somebody_without_a_name_has_none() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP15);
    world
        .peer
        .say(0, format!("NLN BSY {BOB} 1 0 %3Cmsnobj%2F%3E\r\n"));
    world.run();
    let presence = world.ask(|client, _| client.presence(&bob()));
    assert_eq!((presence.status, presence.name), (Status::BUSY, None));
}

#[test]
fn everybody_who_comes_twice_is_there_once() {
    // msnp8-18.md 9.2: since MSNP16 each endpoint comes, and the account once more, and oneself too.
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP18);
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    let line = world.peer.last_switchboard();
    let endpoint = format!("{BOB};{{22222222-bbbb-4bbb-8bbb-222222222222}}");
    world.peer.say(
        line,
        format!("JOI {endpoint} Bob 32:48\r\nJOI alice@example.com Alice 32:48\r\n"),
    );
    world.peer.say(line, format!("BYE {endpoint}\r\n"));
    world.run();
    assert!(
        !world.told(|event| matches!(event, Event::GroupChanged(_))),
        "it is a talk of two"
    );
    assert!(
        !world.peer.lines(line).contains(&"OUT"),
        "the account is still there"
    );
    world.peer.say(line, format!("BYE {BOB}\r\n"));
    world.run();
    assert!(world.peer.lines(line).contains(&"OUT"));
}

/// It went without a word, and a gateway's session stayed for minutes.
#[test]
fn another_endpoint_signs_this_one_out_which_says_good_bye() {
    for carrier in CARRIERS {
        let mut world = signed_in(carrier, Dialect::MSNP16);
        world.peer.say(
            0,
            "UBN alice@example.com;{22222222-bbbb-4bbb-8bbb-222222222222} 4 14\r\ngoawyplzthxbye",
        );
        world.advance(A_WHILE);
        assert_eq!(
            world.events.last(),
            Some(&Event::SignedOut(Reason::Elsewhere))
        );
        assert_eq!(world.peer.lines(0).last(), Some(&"OUT"), "{carrier:?}");
    }
}

#[test]
fn who_is_signed_out_by_another_endpoint_waits_for_no_server_that_is_silent() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP16);
    world.peer.silent.push("OUT");
    world.peer.say(
        0,
        "UBN alice@example.com;{22222222-bbbb-4bbb-8bbb-222222222222} 4 14\r\ngoawyplzthxbye",
    );
    world.advance(A_WHILE);
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::Elsewhere))
    );
}

/// The time for a ping had come, nobody is pinged before the sign-in, and so a driver came again and again.
#[test]
fn a_pong_before_the_sign_in_makes_no_driver_spin() {
    let dialect = Dialect::MSNP12;
    let mut world = World::new(config(Carrier::Stream, dialect), Server::new(dialect));
    world.peer.instead.insert("CVR", "QNG 10\r\n".to_owned());
    world.ask(Client::sign_in);
    world.now += Duration::from_secs(20);
    world.run();
    let (now, next) = (world.now, world.ask(|client, _| client.poll_timeout()));
    assert!(next.is_some_and(|at| at > now), "{next:?} at {now:?}");
}

/// It was waited for without end, since what was asked had its answer.
#[test]
fn an_answer_that_is_no_list_is_not_taken_for_one() {
    let dialect = Dialect::MSNP8;
    let mut world = World::new(config(Carrier::Stream, dialect), Server::new(dialect));
    world
        .peer
        .instead
        .insert("SYN", "SYO # 1 1 0\r\n".to_owned());
    world.sign_in();
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::ProtocolError))
    );
}

#[test]
fn nothing_that_a_server_says_breaks_the_client() {
    let noise = [
        "XYZ 1 2 3\r\n",
        "MSG\r\n",
        "NLN\r\n",
        "UBX bob@example.com 1 3\r\n<D>",
        "ADL 0 4\r\n<ml>",
        "RNG\r\n",
        "XFR 99 SB x CKI y\r\n",
        "911\r\n",
        "NOT 3\r\nxyz",
        "LST\r\n",
        "CHL 0\r\n",
        "\r\n",
        "QNG abc\r\n",
        "IRO 1 1 1 bob@example.com Bob\r\n",
        "FLN\r\n",
        "SYN 5 5 5 5 5\r\n",
        "217 12345\r\n",
        "UBN x 4 0\r\n",
    ];
    for dialect in dialects() {
        for text in noise {
            let mut world = signed_in(Carrier::Stream, dialect);
            world.peer.say(0, text);
            world.run();
            world
                .ask(|client, now| client.send_text(&bob().into(), "hi", now))
                .ok();
            world.advance(Duration::from_secs(300));
            // An answer that comes to nothing ends as every other; what is left is one thing or the other.
            let is_over = world.told(|event| matches!(event, Event::SignedOut(_)));
            let is_in = world.ask(|client, _| client.is_signed_in());
            assert!(is_in != is_over, "{dialect} {text:?}");
        }
    }
}
