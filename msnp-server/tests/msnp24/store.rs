//! What clients see of a store that is slow or fails: nobody is signed out, the commands of a batch that
//! was not kept are refused, and a repetition succeeds once.

use crate::world::{ALL, StoreIs, World, body, frame, layers, sign_in};

const OK: &str = "SDG 8 MSGR 2\r\n\r\n";
const FAILED: &str = "501 8 MSGR 19\r\n\r\nThe store failed.";

#[test]
fn a_failing_store_is_answered_501_and_reported() {
    let mut world = World::new();
    let client = world.open(Some("alice"));
    world.store_is(StoreIs::Well, StoreIs::Broken);
    let replies = world.ask(client, &sign_in(1));
    assert_eq!(replies[2], "501 3 CON 19\r\n\r\nThe store failed.");
    assert_eq!(replies.len(), 3);
    world.store_is(StoreIs::Well, StoreIs::Well);
    let replies = world.ask(client, &sign_in(1));
    assert!(replies[2].starts_with("BND 3 CON "), "{replies:?}");
}

#[test]
fn a_commit_that_fails_refuses_its_commands_and_signs_nobody_out() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.hear(alice);
    world.store_is(StoreIs::Broken, StoreIs::Well);
    let third = "Messaging: 2.0\r\nMessage-Type: Text\r\nClient-Message-ID: 7\r\n";
    let text = frame("SDG 8 MSGR", "", &layers("8:bob", "8:alice", third, "hi"));
    let two = [
        text.clone(),
        text.replacen("SDG 8", "SDG 9", 1).replace("7\r\n", "8\r\n"),
    ];
    let replies = world.ask(alice, &two.concat());
    assert_eq!(replies, [FAILED, &FAILED.replace("501 8", "501 9")]);
    world.list(alice, "bob", 3);
    assert!(world.hear(alice)[0].starts_with("501 7 MSGR "));
    assert_eq!(world.hear(bob), [""; 0]);
    assert!(!world.is_closed(alice) && !world.is_closed(bob));
    assert_eq!((world.has_messages(), world.waiting("bob")), (false, 0));
    assert_eq!(world.ask(alice, "PNG 9 CON 0\r\n").len(), 1);

    world.store_is(StoreIs::Well, StoreIs::Well);
    for _ in 0..2 {
        assert_eq!(world.ask(alice, &text), [OK], "the same words again");
    }
    let heard = world.heard(bob, "SDG 0 MSGR");
    assert_eq!((heard.len(), body(&heard[0])), (1, "hi"));
    world.list(alice, "bob", 3);
    assert_eq!(world.heard(alice, "PUT"), ["PUT 7 MSGR 2\r\n\r\n"]);
}

#[test]
fn an_endpoint_whose_messages_could_not_be_read_gets_them_with_the_next() {
    let mut world = World::new();
    let bob = world.online("bob", 2);
    world.text(bob, "bob", "8:alice", "first");
    let alice = world.bind("alice", 1);
    world.store_is(StoreIs::Well, StoreIs::Broken);
    world.say(alice, &frame("PUT 5 MSGR\\SUBSCRIPTIONS", "", ALL));
    world.store_is(StoreIs::Well, StoreIs::Well);
    world.text(bob, "bob", "8:alice", "second");
    let heard = world.hear(alice).concat();
    let (first, second) = (heard.find("first"), heard.find("second"));
    assert!(first.is_some() && first < second, "{heard}");
}

#[test]
fn replies_leave_in_the_order_of_their_commands_pings_excepted() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.store_is(StoreIs::Slow, StoreIs::Well);
    let third = "Messaging: 2.0\r\nMessage-Type: Text\r\n";
    let text = frame("SDG 8 MSGR", "", &layers("8:bob", "8:alice", third, "hi"));
    let bytes = [&text, "XYZ 9 CON 2\r\n\r\n", "PNG 10 CON 0\r\n"].concat();
    world.answered(alice);
    let mark = world.say_bytes(alice, bytes.into());
    let heard = world.hear(alice);
    assert!(
        heard.len() == 1 && heard[0].starts_with("PNG 10 CON "),
        "{heard:?}"
    );
    assert_eq!(world.answered(alice), [0; 0], "a command still waits");
    world.store_is(StoreIs::Well, StoreIs::Well);
    let heard = world.hear(alice);
    assert_eq!(heard[0], OK);
    assert!(heard[1].starts_with("200 9 CON "), "{heard:?}");
    assert_eq!(world.answered(alice), [mark]);
}

#[test]
fn bytes_are_answered_when_all_their_commands_are() {
    let mut world = World::new();
    let client = world.open(Some("alice"));
    let first = world.say_bytes(client, "CN".into());
    assert_eq!(world.answered(client), [first], "there is no command yet");
    world.store_is(StoreIs::Well, StoreIs::Slow);
    let rest = [
        &sign_in(1)[2..],
        "PUT 4 MSGR\\OPTIONS 21\r\n\r\n<options></options>",
    ]
    .concat();
    let second = world.say_bytes(client, rest.into());
    let third = world.say_bytes(client, "PNG 9 CON 0\r\n".into());
    assert_eq!(world.answered(client), [0; 0]);
    assert_eq!(world.hear(client).len(), 2, "CNT and ATH");
    world.store_is(StoreIs::Well, StoreIs::Well);
    let heard = world.hear(client);
    assert!(heard[0].starts_with("BND 3 CON "), "{heard:?}");
    assert!(heard.iter().any(|reply| reply.starts_with("PUT 4 MSGR ")));
    assert_eq!(world.answered(client), [second, third]);
}

#[test]
fn a_good_bye_waits_for_what_was_asked_before() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.store_is(StoreIs::Slow, StoreIs::Well);
    let third = "Messaging: 2.0\r\nMessage-Type: Text\r\n";
    let text = frame("SDG 8 MSGR", "", &layers("8:bob", "8:alice", third, "hi"));
    assert_eq!(
        world.ask(alice, &[&text, "OUT 9 CON 0\r\n"].concat()),
        [""; 0]
    );
    assert!(!world.is_closed(alice));
    world.store_is(StoreIs::Well, StoreIs::Well);
    assert_eq!(world.hear(alice), [OK, "OUT 9 CON 2\r\n\r\n"]);
    assert!(world.is_closed(alice));
    assert_eq!(world.waiting("bob"), 1);
}

#[test]
fn who_sends_too_much_while_the_sign_in_waits_is_ended() {
    let mut config = crate::world::Config::default();
    config.faces.waiting_bytes = 1000;
    let mut world = World::with(config);
    let client = world.open(Some("alice"));
    world.store_is(StoreIs::Well, StoreIs::Slow);
    world.say(client, &sign_in(1));
    world.say(client, &"PNG 9 CON 0\r\n".repeat(100));
    let heard = world.hear(client);
    assert!(heard[2].starts_with("OUT 0 CON "), "{heard:?}");
    assert!(world.is_closed(client));
}

#[test]
fn a_sign_in_beside_a_batch_that_fails_can_be_repeated() {
    let mut world = World::new();
    let first = world.online("alice", 1);
    let second = world.open(Some("alice"));
    world.store_is(StoreIs::Broken, StoreIs::Well);
    let third = "Messaging: 2.0\r\nMessage-Type: Text\r\n";
    let text = frame("SDG 8 MSGR", "", &layers("8:bob", "8:alice", third, "hi"));
    // Both before the store is asked for anything: they share a batch.
    let now = world.now();
    world.server.handle_bytes(first, 90, text.into(), now);
    world
        .server
        .handle_bytes(second, 91, sign_in(9).into(), now);
    world.settle();
    assert_eq!(world.heard(first, "501"), [FAILED]);
    let bound = |replies: &[String]| replies.iter().any(|one| one.starts_with("BND 3 CON "));
    let replies = world.hear(second);
    world.store_is(StoreIs::Well, StoreIs::Well);
    let again = if bound(&replies) {
        replies
    } else {
        world.ask(second, &sign_in(9))
    };
    assert!(bound(&again), "{again:?}");
}

#[test]
fn an_answer_that_takes_too_long_is_uncertain() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.hear(bob);
    world.store_is(StoreIs::Slow, StoreIs::Well);
    world.text(alice, "alice", "8:bob", "hi");
    world.wait(31);
    let expected = "921 8 MSGR 30\r\n\r\nThere was no answer in time.";
    assert_eq!(world.heard(alice, "921"), [expected]);
    world.store_is(StoreIs::Well, StoreIs::Well);
    assert_eq!(world.hear(alice), [""; 0], "it was answered");
    assert_eq!(
        world.heard(bob, "SDG 0 MSGR").len(),
        1,
        "and it happened after all"
    );
}

#[test]
fn a_request_of_nothing_but_pings_is_answered_while_the_store_is_slow() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.hear(alice);
    world.answered(alice);
    world.store_is(StoreIs::Slow, StoreIs::Well);
    let third = "Messaging: 2.0\r\nMessage-Type: Text\r\n";
    let text = frame("SDG 8 MSGR", "", &layers("8:bob", "8:alice", third, "hi"));
    let said = world.say_bytes(alice, text.into());
    let pinged = world.say_bytes(alice, "PNG 9 CON 0\r\nPNG 10 CON 0\r\n".into());
    assert_eq!(world.hear(alice).len(), 2);
    assert_eq!(world.answered(alice), [pinged]);
    // One that brings something else as well waits for it, as what came before does.
    let ping_and_text = frame("SDG 11 MSGR", "", &layers("8:bob", "8:alice", third, "hi"));
    let ping_and_text = format!("PNG 10 CON 0\r\n{ping_and_text}");
    let both = world.say_bytes(alice, ping_and_text.into());
    assert_eq!(world.answered(alice), [0; 0]);
    world.store_is(StoreIs::Well, StoreIs::Well);
    assert_eq!(world.answered(alice), [said, both]);
}
