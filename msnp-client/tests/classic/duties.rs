//! Each duty of a client, in each dialect and over each carrier.

use std::time::Duration;

use msnp_client::{ContactId, ConversationId, Dialect, Event, Lists, Reason, Refused, Status};

use crate::server::{BOB, CAROL, Server};
use crate::world::{CARRIERS, Carrier, LOGIN, World, config};

/// MSNP7, of which the sign-in is asked for, and all that are offered.
pub(crate) fn dialects() -> Vec<Dialect> {
    (7..=18).filter_map(Dialect::new).collect()
}

pub(crate) fn bob() -> ContactId {
    BOB.parse().expect("an address")
}

pub(crate) fn signed_in(carrier: Carrier, dialect: Dialect) -> World<Server> {
    let config = config(carrier, dialect).personal_message("hi from alice");
    let mut world = World::new(config, Server::new(dialect));
    world.sign_in();
    let is_in = world.ask(|client, _| client.is_signed_in());
    assert!(is_in, "{dialect} {carrier:?}: {:#?}", world.events);
    world
}

fn each(duty: impl Fn(Carrier, Dialect)) {
    for carrier in CARRIERS {
        for dialect in dialects() {
            duty(carrier, dialect);
        }
    }
}

/// Long enough for polls to bring what is said.
pub(crate) const A_WHILE: Duration = Duration::from_secs(20);

#[test]
fn signing_in_tells_who_one_is_and_the_lists() {
    each(|carrier, dialect| {
        let world = signed_in(carrier, dialect);
        let me = world.one(|event| match event {
            Event::SignedIn(me) => Some(me.clone()),
            _ => None,
        });
        assert_eq!(me.to_string(), LOGIN);
        let bobs = world.one(|event| match event {
            Event::ContactChanged(contact) if contact.id == bob() => Some(contact.lists),
            _ => None,
        });
        assert!(
            bobs.contains(Lists::FORWARD.with(Lists::ALLOW)),
            "{dialect}"
        );
    });
}

#[test]
fn presence_comes_changes_and_goes() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        let of_bob = |world: &mut World<Server>| {
            world.ask(|client, _| {
                let presence = client.presence(&bob());
                (presence.status, presence.name, presence.personal_message)
            })
        };
        let name = || Some("Bob B".to_owned());
        assert_eq!(
            of_bob(&mut world),
            (Status::ONLINE, name(), None),
            "{dialect}"
        );
        world.peer.show("AWY", BOB);
        if dialect >= Dialect::MSNP11 {
            let data = "<Data><PSM>gone &lt;fishing&gt;</PSM><CurrentMedia></CurrentMedia></Data>";
            world.peer.tell_data(BOB, data);
        }
        world.advance(A_WHILE);
        let message = (dialect >= Dialect::MSNP11).then(|| "gone <fishing>".to_owned());
        assert_eq!(
            of_bob(&mut world),
            (Status::AWAY, name(), message),
            "{dialect}"
        );
        world.peer.hide(BOB);
        world.advance(A_WHILE);
        assert_eq!(of_bob(&mut world).0, Status::OFFLINE, "{dialect}");
    });
}

#[test]
fn one_calls_and_talks_in_any_script() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        let text = "gr\u{fc}\u{df}e \u{2713} \u{645}\u{631}\u{62d}\u{628}\u{627} \u{1f642} <&>";
        let id = world.ask(|client, now| client.send_text(&bob().into(), text, now));
        let id = id.expect("taken");
        world.advance(A_WHILE);
        let delivered = |event: &Event| matches!(event, Event::MessageDelivered { message, .. } if *message == id);
        assert!(
            world.told(delivered),
            "{dialect} {carrier:?}: {:#?}",
            world.events
        );
        let said = world.peer.payloads("MSG");
        assert_eq!(said.len(), 1);
        assert!(said[0].ends_with(text), "{}", said[0]);
        let lines = [
            "Content-Type: text/plain; charset=UTF-8",
            "X-MMS-IM-Format: ",
        ];
        let second_and_third: Vec<&str> = said[0].lines().skip(1).take(2).collect();
        assert!(second_and_third[0] == lines[0] && second_and_third[1].starts_with(lines[1]));
        let line = world.peer.last_switchboard();
        let body = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n\u{e4}h";
        world.peer.say_in(line, BOB, body);
        world.advance(A_WHILE);
        let (from, heard) = world.one(|event| match event {
            Event::MessageReceived(message) => Some((message.from.clone(), message.text.clone())),
            _ => None,
        });
        assert_eq!((from, heard.as_str()), (bob(), "\u{e4}h"), "{dialect}");
    });
}

#[test]
fn one_is_called_and_answers_in_the_same_conversation() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        world.peer.ring(BOB);
        world.advance(A_WHILE);
        let line = world.peer.last_switchboard();
        world.peer.say_in(
            line,
            BOB,
            "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhello",
        );
        world.advance(A_WHILE);
        let conversation = world.one(|event| match event {
            Event::MessageReceived(message) => Some(message.conversation.clone()),
            _ => None,
        });
        assert_eq!(conversation, bob().into());
        world
            .ask(|client, now| client.send_text(&conversation, "hi", now))
            .expect("taken");
        world.advance(A_WHILE);
        assert!(world.told(|event| matches!(event, Event::MessageDelivered { .. })));
        assert_eq!(world.peer.count("XFR"), 0, "the same room is used");
    });
}

#[test]
fn one_is_called_to_several_people() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        world.peer.gathered.push(CAROL);
        world.peer.ring(BOB);
        world.advance(A_WHILE);
        let group = world.one(|event| match event {
            Event::GroupChanged(group) => Some(group.clone()),
            _ => None,
        });
        assert_eq!(group.members.len(), 3, "{dialect}");
        let line = world.peer.last_switchboard();
        world.peer.say_in(
            line,
            CAROL,
            "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nall",
        );
        world.advance(A_WHILE);
        assert!(world.told(
            |event| matches!(event, Event::MessageReceived(it) if it.conversation == group.id)
        ));
        let left = world
            .ask(|client, now| client.leave(&group.id, now))
            .expect("taken");
        world.advance(A_WHILE);
        assert!(world.told(|event| matches!(event, Event::OperationSucceeded { operation, .. } if *operation == left)));
        assert!(world.peer.lines(line).contains(&"OUT"), "{dialect}");
    });
}

#[test]
fn three_thousand_characters_arrive() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        let text = "\u{e9}".repeat(3_000);
        world
            .ask(|client, now| client.send_text(&bob().into(), &text, now))
            .expect("taken");
        world.advance(A_WHILE);
        let bodies: String = world
            .peer
            .payloads("MSG")
            .iter()
            .map(|it| it.split_once("\r\n\r\n").expect("headers").1.to_owned())
            .collect();
        assert_eq!(bodies, text, "{dialect}");
        world.one(|event| matches!(event, Event::MessageDelivered { .. }).then_some(()));
        // Before MSNP12 nobody says whether he can put parts together.
        let has_parts = world.peer.payloads("MSG")[0].contains("Chunks: ");
        assert_eq!(has_parts, dialect >= Dialect::MSNP12, "{dialect}");
    });
}

#[test]
fn a_message_in_parts_is_put_together() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP18);
    world.peer.ring(BOB);
    world.advance(A_WHILE);
    let line = world.peer.last_switchboard();
    let id = "Message-ID: {F9A1C4A6-1A6B-4B79-9B8D-2C8A4D3B7F11}";
    let first =
        format!("MIME-Version: 1.0\r\nContent-Type: text/plain\r\n{id}\r\nChunks: 2\r\n\r\nfirst ");
    world.peer.say_in(line, BOB, &first);
    world
        .peer
        .say_in(line, BOB, &format!("{id}\r\nChunk: 1\r\n\r\nsecond"));
    world.run();
    let text = world.one(|event| match event {
        Event::MessageReceived(message) => Some(message.text.clone()),
        _ => None,
    });
    assert_eq!(text, "first second");
}

#[test]
fn typing_goes_both_ways_and_ends_by_itself() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        world.peer.ring(BOB);
        world.advance(A_WHILE);
        let line = world.peer.last_switchboard();
        let payload = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: bob@example.com\r\n\r\n\r\n";
        world.peer.say_in(line, BOB, payload);
        world.advance(A_WHILE);
        let typing: Vec<bool> = world
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Typing { typing, from, .. } if *from == bob() => Some(*typing),
                _ => None,
            })
            .collect();
        assert_eq!(typing, [true, false], "{dialect} {carrier:?}");
        world
            .ask(|client, now| client.send_typing(&bob().into(), true, now))
            .expect("taken");
        world.advance(A_WHILE);
        let said = world.peer.payloads("MSG");
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("TypingUser: alice@example.com\r\n\r\n\r\n"));
    });
}

/// All that was told of typing: where, and whether it began.
fn typing(world: &World<Server>) -> Vec<(ConversationId, bool)> {
    let told = world.events.iter().filter_map(|event| match event {
        Event::Typing {
            conversation,
            typing,
            ..
        } => Some((conversation.clone(), *typing)),
        _ => None,
    });
    told.collect()
}

const TYPING: &str = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: bob@example.com\r\n\r\n\r\n";

#[test]
fn typing_ends_where_it_was_told_though_the_talk_has_become_a_group_s() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        world.peer.ring(BOB);
        world.run();
        let line = world.peer.last_switchboard();
        world.peer.say_in(line, BOB, TYPING);
        world.run();
        world.peer.join(line, CAROL);
        world.advance(A_WHILE);
        let alone = ConversationId::from(bob());
        let expected = [(alone.clone(), true), (alone, false)];
        assert_eq!(typing(&world), expected, "{dialect}");
    }
}

#[test]
fn typing_on_another_network_ends_by_itself() {
    for dialect in dialects().into_iter().filter(|it| it.number() > 13) {
        let mut world = signed_in(Carrier::Stream, dialect);
        let head = format!("UBM bob@example.org 32 {LOGIN} 1 2 {}", TYPING.len());
        let page = format!("{head}\r\n{TYPING}");
        world.peer.say(0, page.clone());
        world.advance(A_WHILE);
        let told: Vec<_> = typing(&world).into_iter().map(|(_, it)| it).collect();
        assert_eq!(told, [true, false], "{dialect}");
        // It does not last longer than the connection that says so.
        world.peer.say(0, page);
        world.run();
        world.ask(msnp_client::Client::sign_out);
        world.advance(A_WHILE);
        assert_eq!(typing(&world).len(), 4, "{dialect}");
    }
}

#[test]
fn nudges_are_sent_where_there_are_any() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        let sent = world.ask(|client, now| client.send_nudge(&bob().into(), now));
        if dialect < Dialect::MSNP11 {
            // msnp8-18.md 1: nudges came with MSNP11.
            assert_eq!(sent, Err(Refused::NotPossible), "{dialect}");
            return;
        }
        world.advance(A_WHILE);
        assert!(
            world.told(|event| matches!(event, Event::MessageDelivered { .. })),
            "{dialect}"
        );
        assert!(world.peer.payloads("MSG")[0].ends_with("x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n"));
        let line = world.peer.last_switchboard();
        let payload =
            "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n";
        world.peer.say_in(line, BOB, payload);
        world.advance(A_WHILE);
        world.one(|event| {
            matches!(event, Event::Nudge { from, .. } if *from == bob()).then_some(())
        });
    });
}

#[test]
fn several_people_are_a_group_that_is_over_with_the_talk() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        let people = [bob(), CAROL.parse().expect("an address")];
        let made = world
            .ask(|client, now| client.create_group(&people, None, now))
            .expect("taken");
        world.advance(A_WHILE);
        let group = world.one(|event| match event {
            Event::OperationSucceeded {
                operation,
                conversation,
            } if *operation == made => conversation.clone(),
            _ => None,
        });
        let members = world.ask(|client, _| {
            client
                .groups()
                .map(|it| it.members.len())
                .collect::<Vec<_>>()
        });
        assert_eq!(members, [3], "{dialect}");
        world
            .ask(|client, now| client.send_text(&group, "all", now))
            .expect("taken");
        world.advance(A_WHILE);
        assert!(world.told(|event| matches!(event, Event::MessageDelivered { conversation, .. } if *conversation == group)));
        let line = world.peer.last_switchboard();
        world.peer.say_in(
            line,
            CAROL,
            "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nme too",
        );
        world
            .peer
            .say(line, format!("BYE {BOB}\r\nBYE {CAROL}\r\n"));
        world.advance(A_WHILE);
        assert!(
            world.told(
                |event| matches!(event, Event::MessageReceived(it) if it.conversation == group)
            )
        );
        assert!(
            world.told(|event| *event == Event::GroupLeft(group.clone())),
            "{dialect}"
        );
        let late = world
            .ask(|client, now| client.send_text(&group, "still?", now))
            .expect("taken");
        world.advance(A_WHILE);
        assert!(world.told(|event| matches!(event, Event::MessageFailed { message, reason: Reason::NotFound, .. } if *message == late)));
    });
}

/// Found by libFuzzer: the switchboard was given when the good-bye was said, and the wish for a group had no fate.
#[test]
fn a_group_that_is_wished_for_just_before_the_sign_out_has_a_fate() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        let people = [bob(), CAROL.parse().expect("an address")];
        let made = world.ask(|client, now| {
            let made = client.create_group(&people, None, now);
            client.sign_out(now);
            made
        });
        let made = made.expect("taken");
        world.advance(A_WHILE);
        let fates = world.events.iter().filter(|event| {
            matches!(event, Event::OperationSucceeded { operation, .. } | Event::OperationFailed { operation, .. } if *operation == made)
        });
        assert_eq!(fates.count(), 1, "{dialect} {carrier:?}");
        assert!(world.told(|event| *event == Event::SignedOut(Reason::Requested)));
    });
}

/// A group of Bob and Carol whom it rings at, and who have not come yet.
fn ringing() -> (World<Server>, usize, impl Fn(&World<Server>) -> bool) {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    let rings = "CAL # RINGING 17\r\n".to_owned();
    world.peer.instead.insert("CAL", rings);
    let people = [bob(), CAROL.parse().expect("an address")];
    let made = world
        .ask(|client, now| client.create_group(&people, None, now))
        .expect("taken");
    let is_made = move |world: &World<Server>| {
        world.told(|event| matches!(event, Event::OperationSucceeded { operation, .. } if *operation == made))
    };
    let line = world.peer.last_switchboard();
    world.peer.join(line, BOB);
    world.run();
    (world, line, is_made)
}

/// What was said when the first had come was never heard by those who came later.
#[test]
fn whoever_gathers_people_is_told_when_all_have_come() {
    let (mut world, line, is_made) = ringing();
    assert!(!is_made(&world), "carol may still come");
    world.peer.join(line, CAROL);
    world.run();
    assert!(is_made(&world));
}

#[test]
fn who_does_not_come_to_a_group_keeps_nobody_waiting_for_ever() {
    let (mut world, _, is_made) = ringing();
    world.advance(Duration::from_secs(29));
    assert!(!is_made(&world));
    world.advance(Duration::from_secs(2));
    assert!(is_made(&world), "{:#?}", world.events);
    let members = world.ask(|client, _| client.groups().map(|it| it.members.len()).sum::<usize>());
    assert_eq!(members, 2);
}

#[test]
fn a_third_person_makes_a_conversation_a_group() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    let line = world.peer.last_switchboard();
    world.peer.join(line, CAROL);
    world.peer.say_in(
        line,
        BOB,
        "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nmeet carol",
    );
    world.run();
    let conversation = world.one(|event| match event {
        Event::MessageReceived(message) => Some(message.conversation.clone()),
        _ => None,
    });
    assert!(conversation.group_name().is_some());
    // What is meant for one alone needs another room.
    world
        .ask(|client, now| client.send_text(&bob().into(), "alone", now))
        .expect("taken");
    assert_eq!(world.peer.count("XFR"), 2);
}

#[test]
fn whoever_left_is_called_again() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        for round in 1..3 {
            world
                .ask(|client, now| client.send_text(&bob().into(), "hi", now))
                .expect("taken");
            world.advance(A_WHILE);
            assert_eq!(world.peer.count("XFR"), round, "{dialect} {carrier:?}");
            let line = world.peer.last_switchboard();
            world.peer.say(line, format!("BYE {BOB}\r\n"));
            world.advance(A_WHILE);
            assert!(world.peer.lines(line).contains(&"OUT"));
        }
        let delivered = world
            .events
            .iter()
            .filter(|it| matches!(it, Event::MessageDelivered { .. }));
        assert_eq!(delivered.count(), 2);
    });
}

#[test]
fn nobody_stays_where_nothing_is_said() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP15);
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    let line = world.peer.last_switchboard();
    world.advance(Duration::from_secs(600));
    assert!(world.peer.lines(line).contains(&"OUT"));
    assert!(world.ask(|client, _| client.is_signed_in()));
}

#[test]
fn oneself_is_shown_in_what_words_there_are() {
    each(|carrier, dialect| {
        let config = config(carrier, dialect)
            .display_name("Al ice")
            .endpoint_name("Desk");
        let mut world = World::new(config, Server::new(dialect));
        world.sign_in();
        world.events.clear();
        let status = world
            .ask(|client, now| client.set_status(Status::BUSY, now))
            .expect("taken");
        let name = world
            .ask(|client, now| client.set_display_name("Ally", now))
            .expect("taken");
        let message = world.ask(|client, now| client.set_personal_message("here", now));
        world.advance(A_WHILE);
        let mut expected = vec![status, name];
        if dialect < Dialect::MSNP11 {
            // msnp8-18.md 1: personal messages came with MSNP11.
            assert_eq!(message, Err(Refused::NotPossible));
        } else {
            expected.push(message.expect("taken"));
        }
        let done: Vec<_> = world
            .events
            .iter()
            .filter_map(|event| match event {
                Event::OperationSucceeded { operation, .. } => Some(*operation),
                _ => None,
            })
            .collect();
        assert_eq!(done, expected, "{dialect}: {:#?}", world.events);
        let verb = if dialect < Dialect::MSNP10 {
            "REA"
        } else {
            "PRP"
        };
        assert_eq!(world.peer.count(verb), 2, "{dialect}");
        let busy = world
            .peer
            .heard
            .iter()
            .any(|(_, line, _)| line.starts_with("CHG") && line.contains("BSY"));
        assert!(busy, "{dialect}");
        if dialect >= Dialect::MSNP11 {
            assert!(
                world
                    .peer
                    .payloads("UUX")
                    .iter()
                    .any(|it| it.contains("<PSM>here</PSM>"))
            );
        }
        if dialect >= Dialect::MSNP16 {
            assert!(
                world
                    .peer
                    .payloads("UUX")
                    .iter()
                    .any(|it| it.contains("<EpName>Desk</EpName>"))
            );
        }
    });
}

#[test]
fn signing_out_says_good_bye_everywhere() {
    each(|carrier, dialect| {
        let mut world = signed_in(carrier, dialect);
        world
            .ask(|client, now| client.send_text(&bob().into(), "hi", now))
            .expect("taken");
        world.advance(A_WHILE);
        let line = world.peer.last_switchboard();
        world.ask(msnp_client::Client::sign_out);
        world.advance(A_WHILE);
        for on in [0, line] {
            assert_eq!(
                world.peer.lines(on).last(),
                Some(&"OUT"),
                "{dialect} {carrier:?}"
            );
        }
        assert_eq!(
            world.events.last(),
            Some(&Event::SignedOut(Reason::Requested))
        );
    });
}

#[test]
fn a_challenge_is_answered_with_the_product_of_the_time() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        world.peer.say(0, "CHL 0 15570131571988941333\r\n");
        world.run();
        let expected = match dialect.number() {
            ..11 => "8f2f5a91b72102cd28355e9fc9000d6e",
            11 | 12 => "PROD0101{0RM?UBW",
            13 | 14 => "PROD0112J1LW7%NB",
            15..18 => "521fdf1c2586c53b01b2b2653dc9085f",
            _ => "9cb1df88322e338f23c67780a2ff14e1",
        };
        let (_, line, payload) = world.peer.heard.last().expect("an answer");
        let payload = String::from_utf8_lossy(payload);
        assert!(line.starts_with("QRY") && line.ends_with(" 32"), "{line}");
        assert!(
            line.contains(expected) || payload == expected,
            "{dialect} {line} {payload}"
        );
    }
}

#[test]
fn a_stream_is_kept_alive_and_a_gateway_needs_it_not() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        world.advance(Duration::from_secs(300));
        assert!((4..8).contains(&world.peer.count("PNG")), "{dialect}");
        assert!(world.ask(|client, _| client.is_signed_in()));
        // gateway.md 12: some gateways of 2003 ended the session at a `PNG`.
        let mut world = signed_in(Carrier::Gateway, dialect);
        world.advance(Duration::from_secs(300));
        assert_eq!(world.peer.count("PNG"), 0);
    }
}

#[test]
fn who_hears_nothing_of_a_keep_alive_knows_that_the_server_is_gone() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    world.peer.silent.push("PNG");
    world.advance(Duration::from_secs(120));
    assert_eq!(
        world.events.last(),
        Some(&Event::SignedOut(Reason::TimedOut))
    );
}

#[test]
fn what_a_dialect_has_no_words_for_is_refused_at_once() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        let group = ConversationId::group("sb:x").expect("a name");
        let id = msnp_client::MessageId::new("1").expect("an id");
        let refused = Err(Refused::NotPossible);
        world.ask(|client, now| {
            assert_eq!(
                client
                    .edit_message(&bob().into(), &id, "x", now)
                    .map(|_| ()),
                refused
            );
            assert_eq!(
                client.request_history(&bob().into(), None, now).map(|_| ()),
                refused
            );
            assert_eq!(client.set_topic(&group, "x", now).map(|_| ()), refused);
            assert_eq!(
                client.remove_member(&group, &bob(), now).map(|_| ()),
                refused
            );
            let abilities = client.abilities();
            assert!(!abilities.edits && !abilities.history && abilities.groups);
            assert_eq!(abilities.nudges, dialect >= Dialect::MSNP11);
        });
    }
}
