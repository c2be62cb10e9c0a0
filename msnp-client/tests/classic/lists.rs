//! Changes of the lists, and messages that wait, in the words of each dialect.

use msnp_client::{ContactId, Dialect, Event, Lists, Reason, Refused};
use msnp_proto::Guid;
use msnp_proto::payload::oim::OfflineMessage;

use crate::duties::{A_WHILE, bob, dialects, signed_in};
use crate::server::{BOB, GUID, Server};
use crate::world::{CARRIERS, Carrier, LOGIN, World, config};

const EVE: &str = "eve@example.org";

fn eve() -> ContactId {
    EVE.parse().expect("an address")
}

/// What is said to the notification server, without transaction ids and what belongs to no list.
fn said(world: &World<Server>) -> Vec<String> {
    let lines = world.peer.lines(0).into_iter();
    let verbs = ["ADD", "ADC", "REM", "ADL", "RML"];
    lines
        .filter(|line| verbs.iter().any(|verb| line.starts_with(verb)))
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            format!("{} {}", words[0], words[2..].join(" "))
        })
        .collect()
}

fn lists_of(world: &mut World<Server>, who: &ContactId) -> Lists {
    let found = world.ask(|client, _| {
        client
            .contacts()
            .find(|it| it.id == *who)
            .map(|it| it.lists)
    });
    found.unwrap_or_default()
}

/// What each dialect says for the same edits; what stands in documents is looked for here.
fn edits_of(dialect: Dialect, world: &World<Server>) -> Vec<String> {
    match dialect.number() {
        ..10 => vec![
            format!("ADD FL {EVE} {EVE}"),
            format!("ADD AL {EVE} {EVE}"),
            format!("REM AL {EVE}"),
            format!("ADD BL {EVE} {EVE}"),
            format!("REM BL {EVE}"),
            format!("ADD AL {EVE} {EVE}"),
            format!("REM FL {EVE}"),
            format!("REM AL {EVE}"),
        ],
        10..13 => vec![
            format!("ADC FL N={EVE} F={EVE}"),
            format!("ADC AL N={EVE}"),
            format!("REM AL {EVE}"),
            format!("ADC BL N={EVE}"),
            format!("REM BL {EVE}"),
            format!("ADC AL N={EVE}"),
            // By its GUID, which the reply has told.
            format!("REM FL {GUID}"),
            format!("REM AL {EVE}"),
        ],
        _ => {
            let document = |lists: u32| {
                format!(r#"<ml><d n="example.org"><c n="eve" l="{lists}" t="1"/></d></ml>"#)
            };
            let verbs = [
                ("ADL", 3),
                ("RML", 2),
                ("ADL", 4),
                ("RML", 4),
                ("ADL", 2),
                ("RML", 3),
            ];
            let mut payloads: Vec<String> = world.peer.payloads("ADL");
            payloads.extend(world.peer.payloads("RML"));
            for (_, lists) in verbs {
                assert!(
                    payloads.contains(&document(lists)),
                    "{dialect} {lists}: {payloads:?}"
                );
            }
            verbs
                .map(|(verb, lists)| format!("{verb} {}", document(lists).len()))
                .to_vec()
        }
    }
}

#[test]
fn somebody_is_added_blocked_and_removed_in_each_dialect() {
    for carrier in CARRIERS {
        for dialect in dialects() {
            let mut world = signed_in(carrier, dialect);
            world.peer.heard.clear();
            let added = world
                .ask(|client, now| client.add_contact(&eve(), now))
                .expect("taken");
            world.advance(A_WHILE);
            let done = |event: &Event, id| matches!(event, Event::OperationSucceeded { operation, .. } if *operation == id);
            assert!(
                world.told(|event| done(event, added)),
                "{dialect}: {:#?}",
                world.events
            );
            assert_eq!(lists_of(&mut world, &eve()).bits(), 3, "{dialect}");
            world
                .ask(|client, now| client.block(&eve(), now))
                .expect("taken");
            world.advance(A_WHILE);
            assert_eq!(lists_of(&mut world, &eve()).bits(), 5, "{dialect}");
            world
                .ask(|client, now| client.unblock(&eve(), now))
                .expect("taken");
            let removed = world
                .ask(|client, now| client.remove_contact(&eve(), now))
                .expect("taken");
            world.advance(A_WHILE);
            assert!(
                world.told(|event| done(event, removed)),
                "{dialect}: {:#?}",
                world.events
            );
            assert_eq!(lists_of(&mut world, &eve()).bits(), 0, "{dialect}");
            let expected = edits_of(dialect, &world);
            assert_eq!(said(&world), expected, "{dialect} {carrier:?}");
            if dialect >= Dialect::MSNP13 {
                let edits = &world.peer.web.called;
                let edits: Vec<&str> = edits
                    .iter()
                    .map(String::as_str)
                    .filter(|it| it.starts_with("ABContact") || it.ends_with("Member"))
                    .collect();
                let expected = [
                    "ABContactAdd",
                    "AddMember",
                    "DeleteMember",
                    "AddMember",
                    "DeleteMember",
                    "AddMember",
                    "ABContactDelete",
                    "DeleteMember",
                ];
                assert_eq!(edits, expected, "{dialect}");
                assert_eq!(
                    (world.peer.web.contacts.len(), world.peer.web.allowed.len()),
                    (1, 1)
                );
            }
        }
    }
}

#[test]
fn whoever_adds_one_asks_to_be_let_in() {
    for dialect in dialects() {
        let mut world = signed_in(Carrier::Stream, dialect);
        let document = r#"<ml><d n="example.org"><c n="eve" t="1" l="1" f="Eve%20E" /></d></ml>"#;
        let text = match dialect.number() {
            ..10 => format!("ADD 0 RL 2 {EVE} Eve%20E\r\n"),
            10..13 => format!("ADC 0 RL N={EVE} F=Eve%20E\r\n"),
            _ => format!("ADL 0 {}\r\n{document}", document.len()),
        };
        world.peer.say(0, text);
        world.run();
        let contact = world.one(|event| match event {
            Event::ContactChanged(contact) if contact.id == eve() => Some(contact.clone()),
            _ => None,
        });
        assert_eq!(contact.name.as_deref(), Some("Eve E"), "{dialect}");
        assert_eq!(
            contact.lists,
            Lists::REVERSE.with(Lists::PENDING),
            "{dialect}"
        );
        // It is decided, and asked no more.
        world
            .ask(|client, now| client.block(&eve(), now))
            .expect("taken");
        world.run();
        assert_eq!(
            lists_of(&mut world, &eve()),
            Lists::REVERSE.with(Lists::BLOCK),
            "{dialect}"
        );
        let document = r#"<ml><d n="example.org"><c n="eve" t="1" l="1" /></d></ml>"#;
        let text = match dialect.number() {
            ..10 => format!("REM 0 RL 2 {EVE}\r\n"),
            10..13 => format!("REM 0 RL {EVE}\r\n"),
            _ => format!("RML 0 {}\r\n{document}", document.len()),
        };
        world.peer.say(0, text);
        world.run();
        assert_eq!(lists_of(&mut world, &eve()), Lists::BLOCK, "{dialect}");
    }
}

#[test]
fn what_is_so_already_is_done() {
    for (dialect, verb, code) in [
        (Dialect::MSNP8, "REM", "216"),
        (Dialect::MSNP12, "ADC", "215"),
    ] {
        let mut world = signed_in(Carrier::Stream, dialect);
        world.peer.instead.insert(verb, format!("{code} #\r\n"));
        let id = world
            .ask(|client, now| client.block(&bob(), now))
            .expect("taken");
        let done = |event: &Event| matches!(event, Event::OperationSucceeded { operation, .. } if *operation == id);
        assert!(world.told(done), "{dialect}: {:#?}", world.events);
    }
}

#[test]
fn a_refusal_is_told_and_the_next_change_goes_on() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP12);
    world.peer.instead.insert("ADC", "208 #\r\n".to_owned());
    let refused = world
        .ask(|client, now| client.add_contact(&eve(), now))
        .expect("taken");
    assert!(world.told(|event| matches!(event, Event::OperationFailed { operation, reason: Reason::NotFound } if *operation == refused)));
    world.peer.instead.clear();
    let next = world
        .ask(|client, now| client.add_contact(&eve(), now))
        .expect("taken");
    assert!(world.told(
        |event| matches!(event, Event::OperationSucceeded { operation, .. } if *operation == next)
    ));
    let oneself = LOGIN.parse().expect("an address");
    assert_eq!(
        world.ask(|client, now| client.add_contact(&oneself, now)),
        Err(Refused::Oneself)
    );
}

#[test]
fn a_change_of_which_nothing_is_heard_is_told_as_such_and_stops_no_other() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP15);
    world.peer.silent.push("RML");
    let lost = world
        .ask(|client, now| client.block(&bob(), now))
        .expect("taken");
    let next = world
        .ask(|client, now| client.add_contact(&eve(), now))
        .expect("taken");
    world.advance(std::time::Duration::from_secs(60));
    assert_eq!(world.peer.count("RML"), 1, "no step is taken twice");
    assert!(world.told(|event| matches!(event, Event::OperationFailed { operation, reason: Reason::TimedOut } if *operation == lost)));
    assert!(world.told(
        |event| matches!(event, Event::OperationSucceeded { operation, .. } if *operation == next)
    ));
}

#[test]
fn many_contacts_are_announced_in_bounded_pieces_of_one_domain() {
    let mut server = Server::new(Dialect::MSNP15);
    server.web.contacts = (0..400)
        .map(|n| format!("p{n}@d{}.example", n % 2))
        .collect();
    let mut world = World::new(config(Carrier::Stream, Dialect::MSNP15), server);
    world.sign_in();
    assert!(world.told(|event| matches!(event, Event::SignedIn(_))));
    let pieces = world.peer.payloads("ADL");
    assert!(pieces.len() >= 4);
    for piece in &pieces {
        assert!(piece.starts_with(r#"<ml l="1"><d n="#) && piece.matches("<d ").count() == 1);
        assert!(piece.len() <= 7_600 && piece.matches("<c ").count() <= 150);
    }
    let all: usize = pieces
        .iter()
        .map(|piece| piece.matches("<c ").count())
        .sum();
    // Bob is allowed, and not on the list.
    assert_eq!(all, 401);
}

#[test]
fn a_server_that_refuses_an_empty_list_is_none_the_worse_for_it() {
    for answer in ["240 #\r\n", "ADL # OK\r\n"] {
        let mut server = Server::new(Dialect::MSNP18);
        (server.web.contacts, server.web.allowed) = (Vec::new(), Vec::new());
        server.instead.insert("ADL", answer.to_owned());
        let mut world = World::new(config(Carrier::Stream, Dialect::MSNP18), server);
        world.sign_in();
        assert_eq!(
            world.peer.payloads("ADL"),
            [r#"<ml l="1"></ml>"#],
            "{answer}"
        );
        assert!(
            world.told(|event| matches!(event, Event::SignedIn(_))),
            "{:#?}",
            world.events
        );
    }
}

#[test]
fn another_endpoint_has_changed_the_address_book() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP16);
    world.peer.web.contacts.push(EVE.to_owned());
    let document = "<NOTIFICATION><MSG><BODY>&lt;NotificationData&gt;ABCHInternal&lt;/NotificationData&gt;</BODY></MSG></NOTIFICATION>";
    world
        .peer
        .say(0, format!("NOT {}\r\n{document}", document.len()));
    world.run();
    assert!(lists_of(&mut world, &eve()).contains(Lists::FORWARD));
    assert_eq!(world.peer.count("ADL"), 1, "it is not announced again");
}

#[test]
fn a_message_is_left_for_somebody_who_is_not_there() {
    for carrier in CARRIERS {
        for dialect in dialects().into_iter().filter(|it| *it >= Dialect::MSNP11) {
            let mut world = signed_in(carrier, dialect);
            world.peer.online.clear();
            world.peer.hide(BOB);
            world.advance(A_WHILE);
            for text in ["gr\u{fc}\u{df}e", "second"] {
                world
                    .ask(|client, now| client.send_text(&bob().into(), text, now))
                    .expect("taken");
            }
            world.advance(A_WHILE);
            let ends = |delivered: bool| {
                world
                    .events
                    .iter()
                    .filter(|event| match event {
                        Event::MessageDelivered { .. } => delivered,
                        Event::MessageUncertain { .. } => !delivered,
                        _ => false,
                    })
                    .count()
            };
            if dialect == Dialect::MSNP18 {
                // msnp8-18.md 10: there is no reply at all, so nobody knows.
                assert_eq!(ends(false), 2, "{:#?}", world.events);
                let pages = world.peer.payloads("UUM");
                assert!(
                    pages
                        .iter()
                        .all(|page| page.contains("\r\nDest-Agent: client\r\n")),
                    "{pages:?}"
                );
                continue;
            }
            assert_eq!(ends(true), 2, "{dialect}: {:#?}", world.events);
            let left = &world.peer.web.left;
            let read = |content: &str| OfflineMessage::parse_content(content).expect("a message");
            let texts: Vec<String> = left
                .iter()
                .map(|(_, _, content)| read(content).text)
                .collect();
            assert_eq!(texts, ["gr\u{fc}\u{df}e", "second"], "{dialect}");
            let numbers: Vec<u32> = left
                .iter()
                .map(|(_, _, content)| read(content).sequence)
                .collect();
            assert_eq!(numbers, [1, 2]);
            assert!(
                left.iter().all(|(to, key, _)| to == BOB && key.len() == 32),
                "{left:?}"
            );
            // Nobody is called who is known to be away.
            assert_eq!(world.peer.count("XFR"), 0, "{dialect}");
        }
    }
}

#[test]
fn who_does_not_answer_the_call_finds_the_message_later() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP15);
    world.peer.online.clear();
    world
        .ask(|client, now| client.send_text(&bob().into(), "hi", now))
        .expect("taken");
    assert_eq!(world.peer.count("CAL"), 1);
    assert_eq!(world.peer.web.left.len(), 1);
    assert!(world.told(|event| matches!(event, Event::MessageDelivered { .. })));
}

/// The message that waits.
const WAITING: &str = "4F971A85-0021-4115-A98D-1ABA297CE946";

/// Signs in, and is told twice that a message waits.
fn waits(world: &mut World<Server>) {
    let message = OfflineMessage {
        sender: Some("carol@example.com".to_owned()),
        sender_name: Some("Carol \u{1f642}".to_owned()),
        ..OfflineMessage::new("while you were away", Guid::from_bytes([7; 16]), 1)
    };
    // XML makes line feeds of line ends.
    let email = message.to_email().replace("\r\n", "\n");
    world.peer.web.waiting.push((WAITING.to_owned(), email));
    world.sign_in();
    let notice = format!(
        "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinitialmdatanotification; charset=UTF-8\r\n\r\n\
         Mail-Data: <MD><E><I>0</I></E><M><T>11</T><S>6</S><E>carol@example.com</E><I>{WAITING}</I>\
         <F>00000000-0000-0000-0000-000000000009</F><N>=?utf-8?B?Q2Fyb2w=?=</N></M></MD>\r\n"
    );
    for _ in 0..2 {
        let line = format!("MSG Hotmail Hotmail {}\r\n{notice}", notice.len());
        world.peer.say(0, line);
    }
    world.run();
}

#[test]
fn messages_that_waited_are_told_once_and_deleted() {
    for dialect in dialects().into_iter().filter(|it| *it >= Dialect::MSNP11) {
        let mut world = World::new(config(Carrier::Stream, dialect), Server::new(dialect));
        waits(&mut world);
        let heard = world.one(|event| match event {
            Event::MessageReceived(message) => Some(message.clone()),
            _ => None,
        });
        assert_eq!(
            (heard.text.as_str(), heard.delayed),
            ("while you were away", true),
            "{dialect}"
        );
        assert_eq!(heard.from_name.as_deref(), Some("Carol \u{1f642}"));
        assert_eq!(world.peer.web.deleted, [WAITING], "{dialect}");
    }
}

/// They were deleted as they were told, and lost with whoever had not written them down.
#[test]
fn messages_that_waited_stay_where_they_are_until_the_application_has_them() {
    for dialect in dialects().into_iter().filter(|it| *it >= Dialect::MSNP11) {
        let config = config(Carrier::Stream, dialect).acknowledge_by_hand(true);
        let mut world = World::new(config, Server::new(dialect));
        waits(&mut world);
        let receipt = world.one(|event| match event {
            Event::MessageReceived(message) => message.receipt,
            _ => None,
        });
        assert!(world.peer.web.deleted.is_empty(), "{dialect}");
        for _ in 0..2 {
            world.ask(|client, now| client.acknowledge(receipt, now));
            world.run();
            assert_eq!(world.peer.web.deleted, [WAITING], "{dialect}");
        }
    }
}

#[test]
fn fresh_tickets_are_got_before_the_old_run_out() {
    let mut world = signed_in(Carrier::Stream, Dialect::MSNP15);
    let asked = |world: &World<Server>| {
        world
            .peer
            .web
            .called
            .iter()
            .filter(|it| *it == "RST")
            .count()
    };
    assert_eq!(asked(&world), 1);
    world.advance(std::time::Duration::from_secs(24 * 3600));
    assert_eq!(asked(&world), 2);
    assert!(world.ask(|client, _| client.is_signed_in()));
}
