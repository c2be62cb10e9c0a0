//! `SDG` and `ACK`: what is kept, delivered, echoed, repeated, refused.

use msnp_server::faces::Announcement;
use msnp_server::network::{ConnectionId, Evidence, Number, Privacy, WithoutReceipt};

use crate::world::{Config, World, between, body, epid, frame, layers};

const OK: &str = "SDG 8 MSGR 2\r\n\r\n";

fn two(world: &mut World) -> (ConnectionId, ConnectionId) {
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.hear(alice);
    (alice, bob)
}

fn texts(frames: &[String]) -> Vec<String> {
    let messages = frames
        .iter()
        .filter(|frame| frame.starts_with("SDG 0 MSGR "));
    messages.map(|frame| body(frame).to_owned()).collect()
}

fn ack_id(frame: &str) -> String {
    between(frame, "Ack-Id: ", "\r\n").to_owned()
}

#[test]
fn a_text_is_delivered_byte_for_byte() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let headers = "Client-Message-ID: 10829167517486132349\r\nIM-Display-Name: Bob\r\nContent-Type: Text/plain; charset=UTF-8\r\n";
    world.message(
        bob,
        &format!("bob;epid={}", epid(2)),
        "8:alice",
        "Text",
        headers,
        "yo",
    );
    assert_eq!(world.hear(bob), [OK]);
    let delivered = world.hear(alice).remove(0);
    let context = between(&delivered, "Context: ", "\r\n");
    // msnp24.md 16.3, the frame that begins `SDG 0 MSGR 447`; our alice is not `live:alice`.
    let payload = format!(
        "Routing: 1.0\r\nTo: 8:alice\r\nFrom: 8:bob;epid={}\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nMessage-ID: 1431882693260\r\nClient-Message-ID: 10829167517486132349\r\nMessage-Type: Text\r\nIM-Display-Name: Bob\r\nRelationship-Type: Explicit\r\nIs-Active: true\r\nOriginal-Arrival-Time: 2015-05-17T17:11:33Z\r\nContent-Type: Text/plain; charset=UTF-8\r\nContent-Length: 2\r\n\r\nyo",
        epid(2)
    );
    let headers = format!("Ack-Id: 0000014D62DBFA8C\r\nContext: {context}\r\n");
    assert_eq!(delivered, frame("SDG 0 MSGR", &headers, &payload));
}

#[test]
fn ids_grow_even_within_one_millisecond() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    for _ in 0..3 {
        world.text(bob, "bob", "8:alice", "x");
    }
    let ids: Vec<String> = world
        .hear(alice)
        .iter()
        .map(|frame| between(frame, "Message-ID: ", "\r\n").to_owned())
        .collect();
    assert_eq!(ids, ["1431882693260", "1431882693261", "1431882693262"]);
}

#[test]
fn headers_that_the_server_writes_are_not_the_senders_to_give() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let headers = "Message-ID: 1\r\nOriginal-Arrival-Time: 1999-01-01T00:00:00Z\r\nRelationship-Type: Forged\r\nSkype-EditedId: 5\r\nX-Unknown: kept\r\n";
    world.message(bob, "bob", "8:alice", "RichText", headers, "<b>x</b>");
    let delivered = world.hear(alice).remove(0);
    assert!(
        !delivered.contains("Forged")
            && !delivered.contains("1999")
            && !delivered.contains("Message-ID: 1\r"),
        "{delivered}"
    );
    assert!(
        delivered.contains("\r\nSkype-EditedId: 5\r\n")
            && delivered.contains("\r\nX-Unknown: kept\r\n")
    );
    assert!(
        delivered.contains("\r\nIM-Display-Name: BOB\r\n"),
        "the account's, as the sender gave none"
    );
}

#[test]
fn from_must_be_the_own_account_and_endpoint() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let bobs = epid(2);
    for from in [
        "alice",
        "bob;epid={00000000-0000-0000-0000-000000000001}",
        "bob;epid=x",
    ] {
        world.hear(bob);
        world.text(bob, from, "8:alice", "forged");
        assert!(world.hear(bob)[0].starts_with("201 8 MSGR "), "{from}");
    }
    for from in [
        "bob",
        "BOB",
        &format!("bob;epid={bobs}"),
        &format!("bob;epid={}", bobs.trim_matches(['{', '}']).to_uppercase()),
    ] {
        world.hear(bob);
        world.text(bob, from, "8:alice", "mine");
        assert_eq!(world.hear(bob), [OK], "{from}");
    }
    assert_eq!(texts(&world.hear(alice)), ["mine"; 4]);
}

#[test]
fn a_from_in_a_later_block_does_not_count() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let third = "Messaging: 2.0\r\nMessage-Type: Text\r\n";
    let forged = layers("8:alice", "8:carol", third, "x").replace(
        "Reliability: 1.0\r\n",
        "Reliability: 1.0\r\nFrom: 8:bob\r\n",
    );
    assert!(world.ask(bob, &frame("SDG 8 MSGR", "", &forged))[0].starts_with("201 8 MSGR "));
    assert_eq!(world.hear(alice), [""; 0]);
}

#[test]
fn every_endpoint_of_the_receiver_and_every_other_of_the_sender_gets_it() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let (alice2, bob2) = (world.online("alice", 9), world.online("bob", 8));
    for client in [alice, bob] {
        world.hear(client);
    }
    world.text(bob, "bob", "8:alice", "hi");
    assert_eq!(texts(&world.hear(alice)), ["hi"]);
    assert_eq!(texts(&world.hear(alice2)), ["hi"]);
    assert_eq!(world.hear(bob), [OK]);
    let echo = world.heard(bob2, "SDG 0 MSGR").remove(0);
    assert!(
        echo.contains("To: 8:alice\r\n")
            && echo.contains(&format!("From: 8:bob;epid={}\r\n", epid(2))),
        "{echo}"
    );
}

#[test]
fn an_address_reaches_the_user_who_signs_in_with_it() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "1:Alice@example.org", "hi");
    assert_eq!(texts(&world.hear(alice)), ["hi"]);
}

#[test]
fn nobody_and_other_networks_are_refused() {
    let mut world = World::new();
    let (_, bob) = two(&mut world);
    for (to, code) in [
        ("8:nobody", "205"),
        ("1:nobody@example.org", "205"),
        ("19:0123456789abcdef0123456789abcdef@thread.skype", "205"),
        ("19:x", "205"),
        ("32:carol@yahoo.com", "204"),
        ("alice", "201"),
    ] {
        world.hear(bob);
        world.text(bob, "bob", to, "hi");
        let reply = world.hear(bob).remove(0);
        assert!(
            reply.starts_with(&format!("{code} 8 MSGR ")),
            "{to}: {reply}"
        );
    }
}

#[test]
fn a_message_waits_for_who_is_away_with_the_time_of_its_arrival() {
    let mut world = World::new();
    let bob = world.online("bob", 2);
    world.text(bob, "bob", "8:alice", "one");
    world.wait(3600);
    world.text(bob, "bob", "8:alice", "two");
    assert_eq!(world.hear(bob), [OK, OK]);
    world.wait(3600);
    let alice = world.bind("alice", 1);
    let told = world.subscribe(alice);
    assert_eq!(texts(&told), ["one", "two"]);
    assert!(
        told.iter()
            .any(|frame| frame.contains("Original-Arrival-Time: 2015-05-17T17:11:33Z"))
    );
}

#[test]
fn an_acknowledged_message_does_not_come_again() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    world.text(bob, "bob", "8:alice", "two");
    let delivered = world.hear(alice);
    world.acknowledge(alice, &ack_id(&delivered[0]));
    assert_eq!(world.hear(alice), [""; 0], "an ACK has no reply");
    world.hang_up(alice);
    let alice = world.bind("alice", 1);
    let told = world.subscribe(alice);
    assert_eq!(texts(&told), ["two"]);
    let again = told.iter().find(|frame| frame.starts_with("SDG")).unwrap();
    assert_eq!(ack_id(again), ack_id(&delivered[1]), "with the same id");
}

/// What becomes of a message that was sent to somebody who never acknowledges: what is told at the next sign-in.
#[track_caller]
fn told_again(evidence: &[Evidence], config: Config, expected: &[&str]) {
    let mut world = World::with(config);
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    let delivered = world.hear(alice);
    let number = u64::from_str_radix(&ack_id(&delivered[0]), 16).unwrap();
    for one in evidence {
        let (numbers, now) = (vec![Number(number)], world.now());
        world.server().handle_evidence(alice, *one, numbers, now);
        world.settle();
    }
    world.wait(600);
    world.hang_up(alice);
    let alice = world.bind("alice", 1);
    assert_eq!(texts(&world.subscribe(alice)), expected, "{evidence:?}");
}

/// Case A3: one text was shown six times in twelve minutes.
#[test]
fn a_message_that_was_shown_to_who_never_acknowledges_is_received() {
    told_again(&[Evidence::Shown], Config::default(), &[]);
    told_again(
        &[Evidence::Written, Evidence::Shown],
        Config::default(),
        &[],
    );
}

#[test]
fn neither_time_nor_a_written_reply_nor_a_lost_one_shows_that_a_message_was_received() {
    told_again(&[], Config::default(), &["one"]);
    told_again(&[Evidence::Written], Config::default(), &["one"]);
    told_again(&[Evidence::Lost], Config::default(), &["one"]);
}

#[test]
fn an_operator_may_have_what_was_shown_come_once_more() {
    let mut config = Config::default();
    config.network.without_receipt = WithoutReceipt::PerhapsTwice;
    told_again(&[Evidence::Shown], config.clone(), &["one"]);
    let mut world = World::with(config);
    let (mut alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    let mut told = vec![];
    for _ in 0..3 {
        let heard = world.hear(alice);
        for frame in heard.iter().filter(|frame| frame.starts_with("SDG 0")) {
            let number = Number(u64::from_str_radix(&ack_id(frame), 16).unwrap());
            let now = world.now();
            world
                .server()
                .handle_evidence(alice, Evidence::Shown, vec![number], now);
            world.settle();
        }
        told.extend(texts(&heard));
        world.hang_up(alice);
        alice = world.sign_in_hearing("alice", 1);
    }
    assert_eq!(told, ["one", "one"]);
}

/// Case D20: it was not offered again within the session although later ones were acknowledged.
#[test]
fn a_message_that_was_lost_comes_again_within_the_session_whatever_was_acknowledged() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    world.text(bob, "bob", "8:alice", "two");
    let delivered = world.hear(alice);
    world.acknowledge(alice, &ack_id(&delivered[1]));
    let lost = Number(u64::from_str_radix(&ack_id(&delivered[0]), 16).unwrap());
    let now = world.now();
    world
        .server()
        .handle_evidence(alice, Evidence::Lost, vec![lost], now);
    world.settle();
    assert_eq!(texts(&world.hear(alice)), ["one"]);
    // What was received is not lost, whatever became of the reply.
    world.acknowledge(alice, &ack_id(&delivered[0]));
    world
        .server()
        .handle_evidence(alice, Evidence::Lost, vec![lost], now);
    world.settle();
    assert_eq!(world.hear(alice), [""; 0]);
}

/// What is known of all messages that a client heard.
fn tell(world: &mut World, client: ConnectionId, evidence: Evidence, heard: &[String]) {
    let messages = heard.iter().filter(|frame| frame.starts_with("SDG 0"));
    let numbers = messages.map(|one| Number(u64::from_str_radix(&ack_id(one), 16).unwrap()));
    let (numbers, now) = (numbers.collect(), world.now());
    let server = world.server();
    server.handle_evidence(client, evidence, numbers, now);
    world.settle();
}

/// What a client hears whose connections are all closed as its requests ask, until nothing more comes of itself.
fn by_closing_connections(world: &mut World, client: ConnectionId) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let heard = world.hear(client);
        if heard.is_empty() {
            return told;
        }
        told.extend(texts(&heard));
        tell(world, client, Evidence::Taken, &heard);
        world.wait(100);
    }
}

/// Python's urllib, and any client behind a proxy that speaks HTTP/1.0 to the service, was given the same messages at every poll.
#[test]
fn who_never_acknowledges_by_closing_connections_is_given_one_message_twice_once() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    for text in ["one", "two", "three"] {
        world.text(bob, "bob", "8:alice", text);
    }
    let told = by_closing_connections(&mut world, alice);
    assert_eq!(told, ["one", "two", "three", "one"]);
    world.wait(2);
    assert_eq!(world.waiting("alice"), 0);
    for text in ["four", "five"] {
        world.text(bob, "bob", "8:alice", text);
        assert_eq!(by_closing_connections(&mut world, alice), [text]);
    }
    // Nor again at the next sign-in of the place.
    world.hang_up(alice);
    let alice = world.sign_in_hearing("alice", 1);
    world.text(bob, "bob", "8:alice", "six");
    assert_eq!(by_closing_connections(&mut world, alice), ["six"]);
    world.wait(2);
    assert_eq!(world.waiting("alice"), 0);
}

/// One that signs in, fetches and goes was given the same at each sign-in.
#[test]
fn who_never_acknowledges_is_given_a_message_again_at_one_sign_in_only() {
    let mut world = World::new();
    let (mut alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    let mut told = Vec::new();
    for _ in 0..3 {
        let heard = world.hear(alice);
        told.extend(texts(&heard));
        tell(&mut world, alice, Evidence::Taken, &heard);
        world.hang_up(alice);
        alice = world.sign_in_hearing("alice", 1);
    }
    assert_eq!(told, ["one", "one"]);
}

#[test]
fn an_operator_may_have_what_was_taken_come_once_more_than_that() {
    let mut config = Config::default();
    config.network.without_receipt = WithoutReceipt::PerhapsTwice;
    let mut world = World::with(config);
    let (mut alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    assert_eq!(by_closing_connections(&mut world, alice), ["one", "one"]);
    world.text(bob, "bob", "8:alice", "two");
    assert_eq!(by_closing_connections(&mut world, alice), ["two"]);
    for expected in [&["one", "two"][..], &[]] {
        world.hang_up(alice);
        alice = world.sign_in_hearing("alice", 1);
        assert_eq!(by_closing_connections(&mut world, alice), expected);
    }
}

/// Its word comes by a connection of its own, a moment after the one that carried the message has ended.
#[test]
fn who_acknowledges_by_closing_connections_is_told_each_message_once() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    for round in 0..3 {
        for text in ["one", "two"] {
            world.text(bob, "bob", "8:alice", &format!("{text} {round}"));
        }
        let heard = world.hear(alice);
        assert_eq!(texts(&heard).len(), 2);
        tell(&mut world, alice, Evidence::Taken, &heard);
        world.wait(1);
        for one in &heard {
            world.acknowledge(alice, &ack_id(one));
        }
        world.wait(1000);
        assert_eq!(world.hear(alice), [""; 0]);
    }
    assert_eq!(world.waiting("alice"), 0);
}

/// A proxy took the reply, closed as it had asked, and lost it.
#[test]
fn who_acknowledges_loses_nothing_that_a_proxy_took_and_lost() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    for text in ["one", "two", "three"] {
        world.text(bob, "bob", "8:alice", text);
    }
    let lost = world.hear(alice);
    tell(&mut world, alice, Evidence::Taken, &lost);
    world.wait(2);
    let again = world.hear(alice);
    assert_eq!(texts(&again), ["one"]);
    world.acknowledge(alice, &ack_id(&again[0]));
    world.wait(2);
    // From here on it is known to tell, however often the proxy loses the same.
    for _ in 0..10 {
        let again = world.hear(alice);
        assert_eq!(texts(&again), ["two", "three"]);
        tell(&mut world, alice, Evidence::Taken, &again);
        world.wait(64);
    }
    let again = world.hear(alice);
    for one in &again {
        world.acknowledge(alice, &ack_id(one));
    }
    world.text(bob, "bob", "8:alice", "four");
    let lost = world.hear(alice);
    tell(&mut world, alice, Evidence::Taken, &lost);
    world.hang_up(alice);
    let alice = world.bind("alice", 1);
    let again = world.subscribe(alice);
    assert_eq!(texts(&again), ["four"], "{again:?}");
    tell(&mut world, alice, Evidence::Taken, &again);
    world.wait(2);
    assert_eq!(
        texts(&world.hear(alice)),
        ["four"],
        "its word is remembered"
    );
}

/// The first reply was lost with all that was in it, and the word for what was given again came behind the end of its connection.
#[test]
fn who_acknowledges_a_moment_after_the_second_end_loses_nothing_of_the_first() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    for text in ["one", "two"] {
        world.text(bob, "bob", "8:alice", text);
    }
    let lost = world.hear(alice);
    tell(&mut world, alice, Evidence::Taken, &lost);
    for expected in ["one", "two"] {
        world.wait(2);
        let again = world.hear(alice);
        assert_eq!(texts(&again), [expected]);
        tell(&mut world, alice, Evidence::Taken, &again);
        world.wait(1);
        world.acknowledge(alice, &ack_id(&again[0]));
    }
    world.wait(1000);
    assert_eq!(world.hear(alice), [""; 0]);
    assert_eq!(world.waiting("alice"), 0);
}

#[test]
fn what_was_given_again_and_lost_is_given_at_once_and_tried_as_before() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    for text in ["one", "two"] {
        world.text(bob, "bob", "8:alice", text);
    }
    let heard = world.hear(alice);
    tell(&mut world, alice, Evidence::Taken, &heard);
    world.wait(2);
    let again = world.hear(alice);
    tell(&mut world, alice, Evidence::Lost, &again);
    let again = world.hear(alice);
    assert_eq!(texts(&again), ["one"], "at once");
    // It was read, and nothing was told of it.
    tell(&mut world, alice, Evidence::Shown, &again);
    world.wait(1);
    assert_eq!(world.waiting("alice"), 2);
    world.wait(3);
    assert_eq!(world.waiting("alice"), 0);
    assert_eq!(world.hear(alice), [""; 0]);
}

/// A proxy has read the reply and its client was gone; later ones came by others.
#[test]
fn what_was_shown_before_the_first_word_and_is_not_among_what_is_told_comes_again() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    let lost = world.hear(alice);
    tell(&mut world, alice, Evidence::Written, &lost);
    tell(&mut world, alice, Evidence::Shown, &lost);
    world.wait(1);
    assert_eq!(world.waiting("alice"), 0, "as far as was known");
    world.text(bob, "bob", "8:alice", "two");
    let heard = world.hear(alice);
    assert_eq!(texts(&heard), ["two"]);
    world.acknowledge(alice, &ack_id(&heard[0]));
    world.wait(1);
    assert_eq!(world.hear(alice), [""; 0], "its word may be on its way");
    world.wait(1);
    let again = world.hear(alice);
    assert_eq!(texts(&again), ["one"]);
    world.acknowledge(alice, &ack_id(&again[0]));
    world.wait(600);
    assert_eq!(world.hear(alice), [""; 0]);
}

/// Its post was held up behind one that had no answer, for longer than it was waited for.
#[test]
fn what_is_not_among_what_is_told_comes_again_also_where_it_had_seemed_that_nothing_would_be_told()
{
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    for text in ["one", "two"] {
        world.text(bob, "bob", "8:alice", text);
    }
    let lost = world.hear(alice);
    tell(&mut world, alice, Evidence::Taken, &lost);
    world.wait(2);
    let heard = world.hear(alice);
    assert_eq!(texts(&heard), ["one"]);
    tell(&mut world, alice, Evidence::Taken, &heard);
    world.wait(3);
    assert_eq!(world.waiting("alice"), 0, "as far as was known");
    world.acknowledge(alice, &ack_id(&heard[0]));
    world.wait(2);
    let again = world.hear(alice);
    assert_eq!(texts(&again), ["two"]);
    world.acknowledge(alice, &ack_id(&again[0]));
    world.wait(600);
    assert_eq!(world.hear(alice), [""; 0]);
}

#[test]
fn what_is_shown_to_who_tells_of_others_comes_again() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    let heard = world.hear(alice);
    world.acknowledge(alice, &ack_id(&heard[0]));
    world.text(bob, "bob", "8:alice", "two");
    for _ in 0..3 {
        let shown = world.hear(alice);
        assert_eq!(texts(&shown), ["two"]);
        tell(&mut world, alice, Evidence::Shown, &shown);
        world.wait(8);
    }
    let shown = world.hear(alice);
    world.acknowledge(alice, &ack_id(&shown[0]));
    world.wait(600);
    assert_eq!(world.hear(alice), [""; 0]);
}

#[test]
fn what_was_shown_and_told_of_later_does_not_come_again() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    for text in ["one", "two"] {
        world.text(bob, "bob", "8:alice", text);
    }
    let heard = world.hear(alice);
    tell(&mut world, alice, Evidence::Shown, &heard);
    for frame in heard.iter().rev() {
        world.acknowledge(alice, &ack_id(frame));
    }
    world.wait(600);
    assert_eq!(world.hear(alice), [""; 0]);
}

#[test]
fn who_has_acknowledged_once_is_taken_at_its_word() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    world.text(bob, "bob", "8:alice", "two");
    let delivered = world.hear(alice);
    world.acknowledge(alice, &ack_id(&delivered[0]));
    // Also when it comes again, before its first word.
    for _ in 0..2 {
        let shown = delivered[..]
            .iter()
            .map(|frame| Number(u64::from_str_radix(&ack_id(frame), 16).unwrap()));
        let (shown, now) = (shown.collect(), world.now());
        world
            .server()
            .handle_evidence(alice, Evidence::Shown, shown, now);
        world.settle();
        world.hang_up(alice);
        let alice = world.bind("alice", 1);
        assert_eq!(texts(&world.subscribe(alice)), ["two"]);
    }
}

#[test]
fn what_waits_for_the_dead_session_of_who_acknowledges_is_kept() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    let delivered = world.hear(alice);
    world.acknowledge(alice, &ack_id(&delivered[0]));
    world.text(bob, "bob", "8:alice", "two");
    world.wait(600);
    world.hang_up(alice);
    let alice = world.bind("alice", 1);
    let told = world.subscribe(alice);
    assert_eq!(texts(&told), ["two"]);
}

#[test]
fn who_subscribes_again_is_told_everything_again() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    world.text(bob, "bob", "8:alice", "two");
    let delivered = world.hear(alice);
    world.acknowledge(alice, &ack_id(&delivered[0]));
    let told = world.subscribe(alice);
    assert_eq!(texts(&told), ["two"], "what is on the way comes again");
    let starts = |start: &str| told.iter().filter(|frame| frame.starts_with(start)).count();
    assert_eq!(starts("NFY 0 MSGR\\CONTACTS"), 1);
    assert!(starts("NFY 0 MSGR\\PUT") >= 1);
}

#[test]
fn unknown_and_garbled_acknowledgements_do_nothing() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    for id in ["FFFFFFFFFFFFFFFF", "zzz", "1"] {
        world.acknowledge(alice, id);
    }
    world.hang_up(alice);
    let alice = world.bind("alice", 1);
    assert_eq!(texts(&world.subscribe(alice)), ["one"]);
}

#[test]
fn without_a_subscription_messages_wait() {
    let mut world = World::new();
    let bob = world.online("bob", 2);
    let alice = world.bind("alice", 1);
    world.text(bob, "bob", "8:alice", "one");
    assert_eq!(world.hear(alice), [""; 0]);
    let told = world.subscribe(alice);
    assert_eq!(texts(&told), ["one"]);
}

#[test]
fn the_window_of_unacknowledged_messages_is_kept_and_refilled_in_order() {
    let mut config = Config::default();
    config.network.unreceived = 3;
    let mut world = World::with(config);
    let bob = world.online("bob", 2);
    for n in 0..4 {
        world.text(bob, "bob", "8:alice", &format!("early {n}"));
    }
    let alice = world.bind("alice", 1);
    let mut got = world.subscribe(alice);
    got.retain(|frame| frame.starts_with("SDG"));
    for n in 0..4 {
        world.text(bob, "bob", "8:alice", &format!("late {n}"));
    }
    assert_eq!((got.len(), world.hear(alice).len()), (3, 0));
    let mut at = 0;
    while let Some(frame) = got.get(at) {
        let id = ack_id(frame);
        world.acknowledge(alice, &id);
        got.extend(world.hear(alice));
        at += 1;
    }
    let expected = [
        "early 0", "early 1", "early 2", "early 3", "late 0", "late 1", "late 2", "late 3",
    ];
    assert_eq!(texts(&got), expected);
    world.wait(1);
    assert_eq!(world.waiting("alice"), 0);
}

#[test]
fn who_never_acknowledges_gets_the_rest_as_what_was_sent_is_written() {
    let mut config = Config::default();
    config.network.unreceived = 1;
    let mut world = World::with(config);
    let (alice, bob) = two(&mut world);
    for text in ["one", "two", "three"] {
        world.text(bob, "bob", "8:alice", text);
    }
    let mut got = Vec::new();
    for _ in 0..3 {
        let heard = world.hear(alice);
        let written = heard
            .iter()
            .map(|frame| Number(u64::from_str_radix(&ack_id(frame), 16).unwrap()));
        let (written, now) = (written.collect(), world.now());
        world
            .server()
            .handle_evidence(alice, Evidence::Written, written, now);
        world.settle();
        got.extend(texts(&heard));
    }
    assert_eq!(got, ["one", "two", "three"]);
    assert_eq!(world.waiting("alice"), 3, "none is received");
}

#[test]
fn who_is_blocked_hears_that_it_was_accepted_and_reaches_nobody() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.list(alice, "bob", 4);
    world.hear(alice);
    world.text(bob, "bob", "8:alice", "hello?");
    world.message(bob, "bob", "8:alice", "Control/Typing", "", "");
    assert_eq!(world.hear(bob), [OK, OK]);
    assert_eq!(world.hear(alice), [""; 0]);
    assert_eq!(world.waiting("alice"), 0);
    world.message(bob, "bob", "8:alice", "Nudge", "", "");
    assert!(
        world.hear(bob)[0].starts_with("217 8 MSGR "),
        "as if she were away"
    );
}

#[test]
fn strangers_reach_nobody_if_the_service_says_so() {
    let mut config = Config::default();
    config.network.privacy = Privacy::BlockOthers;
    let mut world = World::with(config);
    let (alice, bob) = two(&mut world);
    world.text(bob, "bob", "8:alice", "one");
    world.list(alice, "bob", 2);
    world.text(bob, "bob", "8:alice", "two");
    assert_eq!(texts(&world.hear(alice)), ["two"]);
}

#[test]
fn typing_passes_through_and_is_never_kept() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    // Miranda's ends without the last blank line (msnp24.md 5).
    let body = layers(
        "8:alice",
        "8:bob",
        "Messaging: 2.0\r\nMessage-Type: Control/Typing\r\nContent-Type: Application/Message\r\n",
        "",
    );
    assert_eq!(
        world.ask(
            bob,
            &frame("SDG 8 MSGR", "", body.strip_suffix("\r\n").unwrap())
        ),
        [OK]
    );
    let typing = world.hear(alice).remove(0);
    assert!(
        typing.contains("Message-Type: Control/Typing\r\n")
            && !typing.contains("Ack-Id")
            && !typing.contains("Message-ID"),
        "{typing}"
    );
    world.hang_up(alice);
    assert_eq!(
        world.ask(bob, &frame("SDG 8 MSGR", "", &body)),
        [OK],
        "accepted, for whoever is there"
    );
    let alice = world.sign_in("alice", 1);
    assert_eq!(world.hear(alice), [""; 0]);
    assert!(!world.has_messages());
}

#[test]
fn a_nudge_needs_somebody_who_is_seen_to_be_there() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let sister = world.sign_in("bob", 8);
    world.message(
        bob,
        "bob",
        "8:alice",
        "Nudge",
        "Content-Type: text/x-msnmsgr-datacast\r\n",
        "",
    );
    assert_eq!(world.heard(bob, "SDG"), [OK]);
    let nudge = world.heard(alice, "SDG").remove(0);
    assert!(
        nudge.contains("Message-ID: ") && !nudge.contains("Ack-Id"),
        "{nudge}"
    );
    assert_eq!(
        world.heard(sister, "SDG").len(),
        1,
        "the own other endpoints see it too"
    );
    world.status(alice, "alice", 1, "HDN");
    world.hear(alice);
    world.message(bob, "bob", "8:alice", "Nudge", "", "");
    assert!(
        world.heard(bob, "217 8 MSGR").len() == 1 && world.hear(alice).is_empty(),
        "a hidden user is not given away"
    );
    world.hang_up(alice);
    world.message(bob, "bob", "8:alice", "Nudge", "", "");
    world.message(bob, "bob", "8:alice", "Data", "", "p2p");
    let replies = world.hear(bob);
    assert!(
        replies[0].starts_with("217 8 MSGR ") && replies[1].starts_with("201 8 MSGR "),
        "{replies:?}"
    );
}

#[test]
fn an_epid_in_to_narrows_what_passes_through() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let alice2 = world.online("alice", 9);
    world.hear(alice);
    world.message(
        bob,
        "bob",
        &format!("8:alice;epid={}", epid(9)),
        "Control/Typing",
        "",
        "",
    );
    assert_eq!((world.hear(alice).len(), world.hear(alice2).len()), (0, 1));
    world.text(bob, "bob", &format!("8:alice;epid={}", epid(9)), "for both");
    assert_eq!((world.hear(alice).len(), world.hear(alice2).len()), (1, 1));
}

#[test]
fn a_repetition_is_accepted_and_not_delivered_again() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let id = "Client-Message-ID: 77\r\n";
    world.message(bob, "bob", "8:alice", "Text", id, "once");
    world.hang_up(bob);
    let bob = world.online("bob", 2);
    world.message(bob, "bob", "8:alice", "Text", id, "once");
    assert_eq!(world.hear(bob), [OK]);
    assert_eq!(texts(&world.hear(alice)), ["once"]);
    // Other words, another conversation, or much later: not the same message.
    world.message(bob, "bob", "8:alice", "Text", id, "other words");
    world.message(bob, "bob", "8:carol", "Text", id, "other words");
    world.wait(3700);
    world.message(bob, "bob", "8:alice", "Text", id, "other words");
    assert_eq!(texts(&world.hear(alice)), ["other words"; 2]);
    assert_eq!(world.waiting("carol"), 1);
}

#[test]
fn an_edit_goes_where_the_message_went() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.message(
        bob,
        "bob",
        "8:alice",
        "Text",
        "Client-Message-ID: 5\r\n",
        "helo",
    );
    world.message(
        bob,
        "bob",
        "8:alice",
        "Text",
        "Client-Message-ID: 6\r\nSkype-EditedId: 5\r\n",
        "hello",
    );
    let delivered = world.hear(alice);
    assert!(
        delivered[1].contains("Skype-EditedId: 5\r\n")
            && delivered[1].contains("Client-Message-ID: 6\r\n")
    );
}

#[test]
fn what_only_a_thread_may_say_is_refused() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.message(
        bob,
        "bob",
        "8:alice",
        "ThreadActivity/TopicUpdate",
        "",
        "<topicupdate/>",
    );
    assert!(world.hear(bob)[0].starts_with("201 8 MSGR ") && world.hear(alice).is_empty());
}

#[test]
fn messages_without_a_type_or_block_are_refused() {
    let mut world = World::new();
    let (_, bob) = two(&mut world);
    for (third, code) in [
        ("Messaging: 2.0\r\n", "201"),
        ("Publication: 1.0\r\nMessage-Type: Text\r\n", "200"),
    ] {
        let reply = world.ask(
            bob,
            &frame("SDG 8 MSGR", "", &layers("8:alice", "8:bob", third, "x")),
        );
        assert!(
            reply[0].starts_with(&format!("{code} 8 MSGR ")),
            "{reply:?}"
        );
    }
}

#[test]
fn a_note_to_oneself_goes_to_the_other_endpoints() {
    let mut world = World::new();
    let (first, second) = (world.online("alice", 1), world.online("alice", 9));
    world.hear(first);
    world.text(first, "alice", "8:alice", "milk");
    assert_eq!(world.hear(first), [OK]);
    assert_eq!(texts(&world.hear(second)), ["milk"]);
    assert_eq!(world.waiting("alice"), 0);
}

#[test]
fn transaction_id_0_asks_for_no_reply() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let body = layers(
        "8:alice",
        "8:bob",
        "Messaging: 2.0\r\nMessage-Type: Text\r\n",
        "hi",
    );
    assert_eq!(world.ask(bob, &frame("SDG 0 MSGR", "", &body)), [""; 0]);
    assert_eq!(texts(&world.hear(alice)), ["hi"]);
}

#[test]
fn acknowledgements_are_never_too_many() {
    let mut config = Config::default();
    // A stranger may have a tenth of them.
    config.network.waiting_messages = 6000;
    let mut world = World::with(config);
    let bob = world.online("bob", 2);
    for n in 0..600 {
        if n % 150 == 0 {
            world.wait(10);
        }
        world.text(bob, "bob", "8:alice", &format!("{n}"));
    }
    world.hear(bob);
    let alice = world.sign_in_hearing("alice", 1);
    let mut got = 0;
    loop {
        let messages = world.heard(alice, "SDG 0");
        if messages.is_empty() {
            break;
        }
        got += messages.len();
        // All at once, faster than anybody may say anything else.
        let all: String = messages
            .iter()
            .map(|message| {
                frame(
                    "ACK 0 MSGR",
                    &format!("Ack-Id: {}\r\n", ack_id(message)),
                    "",
                )
            })
            .collect();
        world.say(alice, &all);
    }
    assert_eq!(got, 600);
}

#[test]
fn large_messages_that_wait_come_in_parts_that_the_gateway_can_queue() {
    let mut world = World::new();
    let bob = world.online("bob", 2);
    let large = "x".repeat(60 * 1024);
    for _ in 0..20 {
        world.text(bob, "bob", "8:alice", &large);
    }
    let alice = world.sign_in_hearing("alice", 1);
    let mut got = 0;
    loop {
        let messages = world.heard(alice, "SDG 0");
        let bytes: usize = messages.iter().map(String::len).sum();
        assert!(bytes < 512 * 1024, "{bytes} bytes at once");
        let Some(first) = messages.first() else { break };
        got += messages.len();
        let first = ack_id(first);
        for message in messages.iter().skip(1) {
            world.acknowledge(alice, &ack_id(message));
        }
        world.acknowledge(alice, &first);
    }
    assert_eq!(got, 20);
}

#[test]
fn a_nudge_and_a_text_in_one_millisecond_are_told_apart() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    let sister = world.sign_in("bob", 8);
    for n in 0..3 {
        world.text(bob, "bob", "8:alice", &n.to_string());
        world.message(bob, "bob", "8:alice", "Nudge", "", "");
    }
    for client in [alice, sister] {
        let heard = world.heard(client, "SDG 0 MSGR");
        let mut ids: Vec<_> = heard
            .iter()
            .map(|frame| between(frame, "Message-ID: ", "\r\n").to_owned())
            .collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), all), (6, 6), "{ids:?}");
    }
}

#[test]
fn what_the_operator_announces_reaches_everybody_else_who_is_there_whom_they_block_or_not() {
    let mut world = World::new();
    let (alice, bob) = two(&mut world);
    world.list(alice, "bob", 4);
    world.hear(alice);
    let other_place = world.online("alice", 3);
    world.hear(other_place);
    let (who, now) = (crate::world::who("bob"), world.now());
    let words = Announcement::parse("back at noon").unwrap();
    let people = world
        .server()
        .handle_announcement(&who, words.said_by("The Operator"), now);
    world.settle();
    assert_eq!(people, 1, "alice, and not bob who says it");
    for place in [alice, other_place] {
        let heard = world.hear(place);
        assert_eq!(texts(&heard), ["back at noon"]);
        let frame = heard.last().unwrap();
        assert!(frame.contains("From: 8:bob;epid="), "{frame}");
        assert!(
            frame.contains("IM-Display-Name: The Operator\r\n"),
            "{frame}"
        );
        assert!(frame.contains("Message-ID: "), "{frame}");
        assert!(!frame.contains("Ack-Id"), "{frame}");
    }
    assert_eq!(world.hear(bob), [""; 0]);
    assert_eq!(world.waiting("alice"), 0, "it is kept nowhere");
}
