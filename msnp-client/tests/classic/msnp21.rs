//! MSNP21: what the client says and makes of what it is told, in the words of the dossier (msnp24.md 14, 16.1).

use std::time::Duration;

use msnp_client::{
    ConversationId, Dialect, EndpointId, Event, OperationId, Reason, Refused, Status,
};

use crate::duties::{A_WHILE, bob, signed_in};
use crate::server::{BOB, CAROL, PARTY, Server, member};
use crate::world::{CARRIERS, Carrier, LOGIN, World};

const DIALECT: Dialect = Dialect::MSNP21;

fn alice() -> World<Server> {
    signed_in(Carrier::Stream, DIALECT)
}

/// Something is said to Alice.
fn say(world: &mut World<Server>, routing: &str, messaging: &str, body: &str) {
    let payload = format!(
        "Routing: 1.0\r\n{routing}\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\n{messaging}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    world
        .peer
        .say(0, format!("SDG 0 {}\r\n{payload}", payload.len()));
    world.advance(A_WHILE);
}

fn by(who: &str) -> String {
    format!("To: 1:{LOGIN}\r\nFrom: 1:{who};epid={{006213cd-00b8-7e9c-0022-df0d0013802a}}\r\n")
}

fn fate(world: &World<Server>, text: &str) -> &'static str {
    let delivered = world.told(|event| matches!(event, Event::MessageDelivered { .. }));
    let failed = world.told(|event| matches!(event, Event::MessageFailed { .. }));
    let uncertain = world.told(|event| matches!(event, Event::MessageUncertain { .. }));
    match (delivered, failed, uncertain) {
        (true, false, false) => "delivered",
        (false, true, false) => "failed",
        (false, false, true) => "uncertain",
        _ => panic!("{text}: {:#?}", world.events),
    }
}

#[test]
fn one_signs_in_announces_oneself_first_and_says_all_in_one_document() {
    for carrier in CARRIERS {
        let world = signed_in(carrier, DIALECT);
        let lines = world.peer.lines(0);
        let client =
            "CVR 2 0x0409 winnt 6.1.1 i386 MSNMSGR 15.4.3538.0513 MSNMSGR alice@example.com 0";
        assert_eq!(lines[1], client);
        let verbs: Vec<_> = lines.iter().map(|line| &line[..3]).collect();
        let expected = ["VER", "CVR", "USR", "USR", "ADL", "ADL", "PUT"];
        assert_eq!(verbs, expected, "{carrier:?}");
        let lists = world.peer.payloads("ADL");
        let of = |name: &str, services: &[&str]| {
            let service = |one: &&str| format!("<s l=\"3\" n=\"{one}\"/>");
            let services: String = services.iter().map(service).collect();
            format!(
                "<ml l=\"1\"><d n=\"example.com\"><c n=\"{name}\" t=\"1\">{services}</c></d></ml>"
            )
        };
        assert_eq!(lists[0], of("alice", &["IM", "PE", "PD", "PF"]));
        assert_eq!(lists[1], of("bob", &["IM", "PE", "PF"]));
        let put = &world.peer.payloads("PUT")[0];
        assert!(put.contains("<PSM>hi from alice</PSM>"), "{put}");
    }
}

#[test]
fn the_product_of_its_time_answers_the_challenge() {
    let mut world = alice();
    world.peer.say(0, "CHL 0 11533365622852247127\r\n");
    world.advance(A_WHILE);
    let answers = world.peer.payloads("QRY");
    // Computed in msnp24.md 13.1.
    assert_eq!(answers, ["d30f6619c1130b588a81d19066730fd9"]);
    assert!(
        world
            .peer
            .lines(0)
            .iter()
            .any(|line| line.ends_with(" PROD0120PW!CCV9@ 32"))
    );
}

#[test]
fn others_come_change_and_go_by_documents() {
    let mut world = alice();
    let of_bob = |world: &mut World<Server>| world.ask(|client, _| client.presence(&bob()).clone());
    assert_eq!(of_bob(&mut world).status, Status::ONLINE);
    let of = format!("1:{BOB}");
    let document = "<user><s n=\"IM\"><Status>AWY</Status></s><s n=\"PE\"><FriendlyName>B</FriendlyName><PSM>gone &lt;fishing&gt;</PSM></s></user>";
    world.peer.notify("PUT", &of, "/user", document);
    world.advance(A_WHILE);
    let presence = of_bob(&mut world);
    assert_eq!(presence.status, Status::AWAY);
    assert_eq!(presence.personal_message.as_deref(), Some("gone <fishing>"));
    world
        .peer
        .notify("DEL", &of, "/user", "<user><s n=\"IM\" /></user>");
    world.advance(A_WHILE);
    assert_eq!(of_bob(&mut world).status, Status::OFFLINE);
}

#[test]
fn a_text_is_delivered_once_the_ping_behind_it_is_answered() {
    for carrier in CARRIERS {
        let mut world = signed_in(carrier, DIALECT);
        let text = "gr\u{fc}\u{df}e \u{1f642} <&>";
        let to = ConversationId::from(bob());
        world
            .ask(|client, now| client.send_text(&to, text, now))
            .expect("taken");
        world.advance(A_WHILE);
        assert_eq!(fate(&world, text), "delivered", "{carrier:?}");
        let said = &world.peer.payloads("SDG")[0];
        assert!(
            said.ends_with(text) && said.contains("Service-Channel: IM/Online\r\n"),
            "{said}"
        );
        assert_eq!(world.peer.count("PNG"), 1);
    }
}

#[test]
fn what_is_refused_has_failed_and_the_ping_behind_it_changes_nothing() {
    let mut world = alice();
    world.peer.instead.insert("SDG", "217 #\r\n".to_owned());
    let to = ConversationId::from(bob());
    world
        .ask(|client, now| client.send_text(&to, "hi", now))
        .expect("taken");
    world.advance(A_WHILE);
    assert_eq!(fate(&world, "hi"), "failed");
}

#[test]
fn nobody_knows_what_became_of_a_text_whose_ping_is_not_answered() {
    let mut world = alice();
    world.peer.silent.push("PNG");
    let to = ConversationId::from(bob());
    world
        .ask(|client, now| client.send_text(&to, "hi", now))
        .expect("taken");
    world.advance(Duration::from_secs(120));
    assert_eq!(fate(&world, "hi"), "uncertain");
}

#[test]
fn who_is_not_there_is_left_a_text() {
    let mut world = alice();
    let carol: ConversationId = CAROL.parse::<msnp_client::ContactId>().expect("one").into();
    world
        .ask(|client, now| client.send_text(&carol, "later", now))
        .expect("taken");
    world.advance(A_WHILE);
    assert_eq!(fate(&world, "later"), "delivered");
    let said = &world.peer.payloads("SDG")[0];
    assert!(said.contains("Service-Channel: IM/Offline\r\n"), "{said}");
}

#[test]
fn texts_typing_and_nudges_are_told_and_what_has_waited_is_marked() {
    let mut world = alice();
    say(&mut world, &by(BOB), "Message-Type: Text\r\n", "now");
    let waited = "Message-Type: Text\r\nOriginal-Arrival-Time: 2015-05-17T17:11:33.260Z\r\n";
    say(&mut world, &by(BOB), waited, "then");
    say(&mut world, &by(BOB), "Message-Type: Control/Typing\r\n", "");
    say(&mut world, &by(BOB), "Message-Type: Nudge\r\n", "\r\n");
    let own =
        format!("To: 1:{BOB}\r\nFrom: 1:{LOGIN};epid={{006213cd-00b8-7e9c-0022-df0d0013802a}}\r\n");
    say(
        &mut world,
        &own,
        "Message-Type: Text\r\n",
        "from my telephone",
    );
    let texts: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::MessageReceived(message) => {
                let from = message.from.to_string();
                Some(format!(
                    "{} {from} {} {}",
                    message.conversation, message.text, message.delayed
                ))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        texts,
        [
            format!("{BOB} {BOB} now false"),
            format!("{BOB} {BOB} then true"),
            format!("{BOB} {LOGIN} from my telephone false"),
        ]
    );
    world.one(|event| matches!(event, Event::Typing { typing: true, .. }).then_some(()));
    world.one(|event| matches!(event, Event::Nudge { .. }).then_some(()));
}

#[test]
fn what_cannot_be_read_says_nothing_and_harms_nothing() {
    let mut world = alice();
    let before = world.events.len();
    for line in ["SDG 0", "NFY PUT", "NFY DEL"] {
        for payload in [
            "",
            "\u{0}",
            "Routing: 1.0\r\n\r\n",
            "Routing: 1.0\r\n\r\nReliability: 1.0\r\n\r\n",
        ] {
            let text = format!("{line} {}\r\n{payload}", payload.len());
            world.peer.say(0, text);
        }
    }
    world.peer.notify("PUT", "x", "/user", "<user/>");
    world.peer.notify("PUT", PARTY, "/circle", "<circle");
    world
        .peer
        .notify("DEL", PARTY, "/circle/roster(IM)/user(x", "");
    world.advance(A_WHILE);
    assert_eq!(world.events.len(), before, "{:#?}", &world.events[before..]);
    assert!(world.ask(|client, _| client.is_signed_in()));
}

#[test]
fn another_place_of_ones_own_signs_this_one_out() {
    let mut world = alice();
    let put = &world.peer.payloads("PUT")[0];
    let (_, place) = put.split_once(";epid=").expect("a place");
    let (place, _) = place.split_once("\r\n").expect("a line");
    let other = format!(
        "<user><sep n=\"IM\" epid=\"{}\"/></user>",
        "{006213cd-00b8-7e9c-0022-df0d0013802a}"
    );
    let own = format!("<user><sep n=\"IM\" epid=\"{place}\"/></user>");
    let me = format!("1:{LOGIN}");
    world.peer.notify("DEL", &me, "/user", &other);
    world.advance(A_WHILE);
    assert!(world.ask(|client, _| client.is_signed_in()));
    world.peer.notify("DEL", &me, "/user", &own);
    world.advance(A_WHILE);
    let why = world.one(|event| match event {
        Event::SignedOut(why) => Some(*why),
        _ => None,
    });
    assert_eq!(why, Reason::Elsewhere);
}

/// It was asked for by MSNP18's notice, which MSNP21 has not, and so refused.
#[test]
fn another_place_of_ones_own_is_signed_out_by_withdrawing_what_it_shows() {
    let mut world = alice();
    let place = "{006213cd-00b8-7e9c-0022-df0d0013802a}";
    let endpoint = EndpointId::new(place.parse().expect("a GUID"));
    let asked = world.ask(|client, now| client.sign_out_endpoint(endpoint, now));
    let asked = asked.expect("taken");
    let is_done = |event: &Event| matches!(event, Event::OperationSucceeded { operation, .. } if *operation == asked);
    world.advance(A_WHILE);
    let said = &world.peer.payloads("DEL")[0];
    let document = format!("<user><sep n=\"IM\" epid=\"{place}\" /></user>");
    assert!(said.ends_with(&document), "{said}");
    assert!(world.told(is_done), "{:?}", world.events);
    for (answer, is_refused) in [("DEL # OK 0\r\n", false), ("217 #\r\n", true)] {
        world.peer.instead.insert("DEL", answer.to_owned());
        let asked = world.ask(|client, now| client.sign_out_endpoint(endpoint, now));
        let asked = asked.expect("taken");
        world.advance(A_WHILE);
        let is_failed = world.one(|event| match event {
            Event::OperationSucceeded { operation, .. } if *operation == asked => Some(false),
            Event::OperationFailed { operation, .. } if *operation == asked => Some(true),
            _ => None,
        });
        assert_eq!(is_failed, is_refused, "{answer}");
    }
}

#[test]
fn what_the_dialect_has_no_word_for_is_refused_at_once() {
    let mut world = alice();
    let able = world.ask(|client, _| client.abilities());
    assert!(able.groups && able.offline_messages && able.contact_groups && able.nudges);
    assert!(!able.edits && !able.history && !able.lasting_groups && !able.group_administration);
    let to = ConversationId::from(bob());
    let asked = world.ask(|client, now| client.request_history(&to, None, now));
    assert_eq!(asked.err(), Some(Refused::NotPossible));
}

fn gather(world: &mut World<Server>, members: &[&str]) -> OperationId {
    let members: Vec<_> = members
        .iter()
        .map(|who| who.parse().expect("an address"))
        .collect();
    let asked = world.ask(|client, now| client.create_group(&members, None, now));
    asked.expect("it is possible")
}

#[test]
fn a_group_is_made_of_those_who_come_and_is_over_for_who_leaves() {
    let mut world = alice();
    gather(&mut world, &[BOB, CAROL]);
    world.advance(A_WHILE);
    let made = world.one(|event| match event {
        Event::OperationSucceeded { conversation, .. } => conversation.clone(),
        _ => None,
    });
    assert_eq!(made.to_string(), PARTY);
    let puts = world.peer.payloads("PUT");
    let to = |at: usize| puts[at].lines().nth(1).expect("To");
    let path = format!("To: {PARTY};path=IM");
    assert_eq!(
        to(1),
        "To: 10:00000000-0000-0000-0000-000000000000@live.com"
    );
    assert_eq!(
        [to(2), to(3), to(4)],
        [&format!("To: {PARTY}"), &*path, &path]
    );
    assert!(puts[2].contains("application/circles+xml") && puts[2].ends_with(&member(LOGIN, "")));
    assert!(puts[3].contains("application/multiparty+xml") && puts[3].ends_with(&member(BOB, "")));
    let members = |world: &mut World<Server>| {
        world.ask(|client, _| client.groups().next().map(|group| group.members.len()))
    };
    assert_eq!(members(&mut world), Some(3));
    world
        .ask(|client, now| client.send_text(&made, "to you both", now))
        .expect("taken");
    world.advance(A_WHILE);
    assert!(world.peer.payloads("SDG")[0].contains(&format!("To: {PARTY}\r\n")));
    let bobs = format!("To: {PARTY}\r\nFrom: 1:{BOB}\r\n");
    say(&mut world, &bobs, "Message-Type: Text\r\n", "there");
    world.one(|event| match event {
        Event::MessageReceived(message) if message.conversation == made => Some(()),
        _ => None,
    });
    let gone = format!("/circle/roster(IM)/user(1:{BOB})");
    world.peer.notify("DEL", PARTY, &gone, "");
    world.advance(A_WHILE);
    assert_eq!(members(&mut world), Some(2));
    world
        .ask(|client, now| client.leave(&made, now))
        .expect("it is possible");
    world.advance(A_WHILE);
    let left = &world.peer.payloads("DEL")[0];
    assert!(
        left.contains(&format!("Uri: /circle/roster(IM)/user(1:{LOGIN})\r\n")),
        "{left}"
    );
    assert_eq!(members(&mut world), None);
    // What was on its way meanwhile is nobody's any more.
    say(&mut world, &bobs, "Message-Type: Text\r\n", "still there?");
    let heard = world
        .events
        .iter()
        .filter(|event| matches!(event, Event::MessageReceived(_)));
    assert_eq!(heard.count(), 1);
}

#[test]
fn a_group_to_which_nobody_comes_is_none() {
    let mut world = alice();
    gather(&mut world, &["dave@example.com"]);
    world.advance(Duration::from_secs(60));
    let why = world.one(|event| match event {
        Event::OperationFailed { reason, .. } => Some(*reason),
        _ => None,
    });
    assert_eq!(why, Reason::TimedOut);
    let mut world = alice();
    world.peer.instead.insert("PUT", "502 #\r\n".to_owned());
    gather(&mut world, &[BOB]);
    world.advance(A_WHILE);
    let why = world.one(|event| match event {
        Event::OperationFailed { reason, .. } => Some(*reason),
        _ => None,
    });
    assert_eq!(why, Reason::NotAllowed);
}

#[test]
fn whoever_is_asked_into_a_group_comes() {
    let mut world = alice();
    let asked = format!(
        "<circle><roster><id>IM</id><user><id>1:{BOB}</id></user><user><id>1:{CAROL}</id></user>\
         <user><id>1:{LOGIN}</id><state>Pending</state></user></roster></circle>"
    );
    world.peer.notify("PUT", PARTY, "/circle", &asked);
    world.advance(A_WHILE);
    let puts = world.peer.payloads("PUT");
    let joined = puts.last().expect("a document");
    assert!(joined.contains(&format!("To: {PARTY}\r\n")) && joined.ends_with(&member(LOGIN, "")));
    let members = world.ask(|client, _| client.groups().next().map(|group| group.members.len()));
    assert_eq!(members, Some(3));
}
