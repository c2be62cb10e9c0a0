//! Nothing grows without bound, and who goes too far is told so.

use crate::world::{Config, World, frame, sign_in};

#[test]
fn too_many_commands_are_answered_800_until_time_has_passed() {
    let mut config = Config::default();
    config.network.command_burst = 10;
    config.network.commands_per_second = 2;
    let mut world = World::with(config);
    let (first, second) = (world.sign_in("alice", 1), world.sign_in("alice", 9));
    world.wait(5);
    for n in 0..10 {
        let client = if n % 2 == 0 { first } else { second };
        assert!(
            world.ask(client, "PNG 9 CON 0\r\n")[0].starts_with("PNG 9"),
            "command {n}"
        );
    }
    for client in [first, second] {
        assert!(
            world.ask(client, "PNG 9 CON 0\r\n")[0].starts_with("800 9 CON "),
            "the allowance is the user's"
        );
    }
    world.wait(1);
    let answers: Vec<bool> = (0..3)
        .map(|_| world.ask(first, "PNG 9 CON 0\r\n")[0].starts_with("PNG"))
        .collect();
    assert_eq!(answers, [true, true, false]);
}

#[test]
fn who_has_not_signed_in_is_held_back_too() {
    let mut config = Config::default();
    config.faces.command_burst = 3;
    let mut world = World::with(config);
    let (first, second) = (world.open(None), world.open(None));
    for _ in 0..3 {
        assert!(world.ask(first, "PNG 9 CON 0\r\n")[0].starts_with("PNG 9"));
    }
    assert!(world.ask(first, "PNG 9 CON 0\r\n")[0].starts_with("800 9 CON "));
    assert!(world.ask(second, "PNG 9 CON 0\r\n")[0].starts_with("PNG 9"));
}

/// Case D6: each session of nobody had 200 commands carried out before it was held back, and there may be thousands.
#[test]
fn the_third_command_too_many_ends_a_connection_of_nobody() {
    let mut world = World::new();
    let client = world.open(None);
    let told = world.ask(client, &"PNG 9 CON 0\r\n".repeat(500));
    assert!(world.is_closed(client));
    let answered = told
        .iter()
        .filter(|frame| frame.starts_with("PNG 9"))
        .count();
    assert_eq!((answered, told.len()), (50, 53), "{told:?}");
    assert!(told[52].starts_with("OUT 0 CON "), "{told:?}");
}

/// Case D6: refusals were not counted among the bytes that somebody has to take.
#[test]
fn the_third_line_that_is_no_good_ends_a_connection_of_nobody() {
    let mut world = World::new();
    let client = world.open(None);
    for _ in 0..2 {
        assert!(world.ask(client, "XYZ 9 CON 0\r\n")[0].starts_with("200 9 CON "));
        assert!(!world.is_closed(client));
    }
    let last = world.ask(client, "XYZ 9 CON 0\r\n");
    assert!(last[0].starts_with("OUT 0 CON "), "{last:?}");
    assert!(world.is_closed(client));
    // Who is known has an allowance of their own.
    let alice = world.bind("alice", 1);
    for _ in 0..10 {
        assert!(world.ask(alice, "XYZ 9 CON 0\r\n")[0].starts_with("200 9 CON "));
    }
}

/// Case D6: 120 KB in, 3.08 MB out.
#[test]
fn what_nobody_has_to_be_told_is_bounded_whatever_is_asked() {
    for flood in [
        "PNG 9 CON 0\r\n",
        "PNG\r\n",
        "XYZ 9 CON 0\r\n",
        "SDG 9 MSGR 2\r\n\r\n",
    ] {
        let mut world = World::new();
        let client = world.open(None);
        let replies = world.ask(client, &flood.repeat(20_000));
        let bytes: usize = replies.iter().map(String::len).sum();
        assert!(bytes < 32 * 1024, "{flood:?}: {bytes} bytes");
        assert!(world.is_closed(client), "{flood:?}");
        let mut world = World::new();
        let alice = world.bind("alice", 1);
        let replies = world.ask(alice, &flood.repeat(20_000));
        let bytes: usize = replies.iter().map(String::len).sum();
        assert!(bytes < 600 * 1024, "{flood:?}: {bytes} bytes");
    }
}

/// Case D6: 400 peers that did not read held 646 MB.
#[test]
fn what_the_gateway_has_queued_counts_too() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.server().set_backlog(alice, 512 * 1024);
    assert!(world.ask(alice, "PNG 9 CON 0\r\n")[0].starts_with("800 9 CON "));
    world.server().set_backlog(alice, 520 * 1024);
    let last = world.ask(alice, "PNG 9 CON 0\r\n");
    assert!(
        last[0].starts_with("OUT 0 CON ") && world.is_closed(alice),
        "{last:?}"
    );
}

/// Case D5: an unfinished frame of 256 KiB in each of 3,000 sessions of nobody made 787 MB.
#[test]
fn a_frame_before_the_sign_in_is_a_few_kib() {
    let long = format!("PUT 9 MSGR\\THREAD {}\r\n", 200 * 1024);
    let mut world = World::new();
    let client = world.open(Some("alice"));
    let replies = world.ask(client, &long);
    assert!(replies[1].starts_with("OUT 0 CON "), "{replies:?}");
    assert!(world.is_closed(client));
    let endless = "A".repeat(2 * 1024);
    let client = world.open(Some("alice"));
    assert!(world.ask(client, &endless)[1].starts_with("OUT 0 CON "));
    let alice = world.bind("alice", 1);
    assert_eq!(
        world.ask(alice, &long),
        [""; 0],
        "who is known may take longer"
    );
}

#[test]
fn a_message_above_the_limit_is_refused() {
    let mut config = Config::default();
    config.faces.message_bytes = 10;
    let mut world = World::with(config);
    let alice = world.online("alice", 1);
    world.text(alice, "alice", "8:bob", "0123456789");
    world.text(alice, "alice", "8:bob", "0123456789+");
    let replies = world.hear(alice);
    assert!(
        replies[0].starts_with("SDG 8") && replies[1].starts_with("285 8 MSGR "),
        "{replies:?}"
    );
    let header = format!("X-Long: {}\r\n", "x".repeat(9000));
    world.message(alice, "alice", "8:bob", "Text", &header, "x");
    assert!(world.hear(alice)[0].starts_with("285 8 MSGR "));
}

#[test]
fn a_presence_document_above_the_limits_is_refused() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let long = format!(
        "<user><s n=\"PE\"><PSM>{}</PSM></s></user>",
        "x".repeat(17_000)
    );
    let many = format!(
        "<user>{}</user>",
        (0..17)
            .map(|n| ["<s n=\"S", &n.to_string(), "\"/>"].concat())
            .collect::<String>()
    );
    let name = format!(
        "<user><s n=\"PE\"><FriendlyName>{}</FriendlyName></s></user>",
        "x".repeat(513)
    );
    for (document, code) in [(long, "285"), (many, "201"), (name, "201")] {
        world.publish(alice, "alice", 1, &document);
        let reply = world.hear(alice).remove(0);
        assert!(reply.starts_with(&format!("{code} 6 MSGR ")), "{reply}");
    }
}

#[test]
fn a_full_mailbox_refuses_the_sender() {
    let mut config = Config::default();
    config.network.waiting_messages = 20;
    let mut world = World::with(config);
    let bob = world.online("bob", 2);
    for _ in 0..3 {
        world.text(bob, "bob", "8:alice", "x");
    }
    let replies = world.hear(bob);
    assert!(
        replies[1].starts_with("SDG 8") && replies[2].starts_with("217 8 MSGR "),
        "a stranger may have a tenth: {replies:?}"
    );
    assert_eq!(world.waiting("alice"), 2);
}

/// Case D17: nine sign-ins within two minutes, the old ones silent; the ninth got 734.
#[test]
fn one_endpoint_too_many_ends_the_one_that_was_silent_for_longest() {
    let mut config = Config::default();
    config.network.endpoints = 2;
    let mut world = World::with(config);
    let first = world.sign_in("alice", 1);
    let second = world.sign_in("alice", 2);
    world.wait(10);
    world.ask(first, "PNG 7 CON 0\r\n");
    let third = world.open(Some("alice"));
    assert!(world.ask(third, &sign_in(3))[2].starts_with("BND 3 CON "));
    assert!(world.is_closed(second) && !world.is_closed(first));
    let again = world.open(Some("alice"));
    assert!(world.ask(again, &sign_in(3))[2].starts_with("BND 3 CON "));
    assert!(world.is_closed(third), "the same place again");
    assert!(!world.is_closed(first), "and is no further one");
}

#[test]
fn one_connection_too_many_is_closed_at_once() {
    let mut config = Config::default();
    config.faces.connections = 1;
    let mut world = World::with(config);
    let (first, second) = (world.open(None), world.open(None));
    assert!(world.hear(second)[0].starts_with("910 0 CON ") && world.is_closed(second));
    world.hang_up(first);
    let third = world.open(None);
    assert!(!world.is_closed(third));
}

#[test]
fn inputs_for_a_connection_that_is_closed_do_nothing() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.say(alice, "OUT 9 CON 0\r\n");
    world.hear(alice);
    world.say(alice, "PNG 9 CON 0\r\n");
    world.hang_up(alice);
    world.wait(200);
    assert_eq!(world.hear(alice), [""; 0]);
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let run = || {
        let mut world = World::new();
        let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
        world.list(alice, "bob", 3);
        world.text(alice, "alice", "8:bob", "hi");
        world.say(
            alice,
            &frame("PUT 10 MSGR\\THREAD", "", "<thread><id></id></thread>"),
        );
        (world.hear(alice), world.hear(bob))
    };
    assert_eq!(run(), run());
}

#[test]
fn who_asks_for_more_than_can_be_sent_at_once_is_answered_800() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    for _ in 0..4 {
        world.text(bob, "bob", "8:alice", &"x".repeat(60 * 1024));
    }
    world.hear(alice);
    let get = "<messagesbyconversation><id>8:bob</id><start>0</start></messagesbyconversation>";
    let get = frame("GET 9 MSGR\\MESSAGESBYCONVERSATION", "", get);
    let answers = world.ask(alice, &get.repeat(50));
    let bytes: usize = answers.iter().map(String::len).sum();
    assert!(bytes < 768 * 1024, "{bytes} bytes at once");
    assert!(answers[0].starts_with("GET 9 MSGR ") && answers[49].starts_with("800 9 MSGR "));
    assert!(world.ask(alice, &get)[0].starts_with("GET 9 MSGR "));
}

/// Case D7: 198 notices of typing of 64 KiB each signed out whoever was told of them.
#[test]
fn what_passes_through_is_small() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    for (bytes, answer) in [(8 * 1024, "SDG 8 MSGR 2"), (8 * 1024 + 1, "285 8 MSGR ")] {
        for kind in ["Control/Typing", "Nudge", "Signal/P2P", "Data"] {
            world.message(bob, "bob", "8:alice", kind, "", &"x".repeat(bytes));
            let replies = world.hear(bob);
            let told = world.hear(alice).len();
            if bytes > 8 * 1024 {
                assert!(replies[0].starts_with(answer), "{kind}: {replies:?}");
                assert_eq!(told, 0, "{kind}");
            } else {
                assert!(!replies[0].starts_with("285"), "{kind}: {replies:?}");
            }
        }
    }
}

#[test]
fn what_passes_through_is_left_out_when_the_queue_is_half_full() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    let third = "Messaging: 2.0\r\nMessage-Type: Control/Typing\r\n";
    let typing = crate::world::layers("8:alice", "8:bob", third, &"x".repeat(8 * 1024));
    let answers = world.ask(bob, &frame("SDG 8 MSGR", "", &typing).repeat(100));
    assert!(
        answers
            .iter()
            .all(|answer| answer.starts_with("SDG 8 MSGR 2"))
    );
    let bytes: usize = world.hear(alice).iter().map(String::len).sum();
    assert!(
        (128 * 1024..512 * 1024).contains(&bytes),
        "{bytes} bytes at once"
    );
    // What waits at the gateway counts.
    world.server().set_backlog(alice, 256 * 1024);
    world.ask(bob, &frame("SDG 8 MSGR", "", &typing));
    assert_eq!(world.hear(alice), [""; 0]);
    world.server().set_backlog(alice, 0);
    world.ask(bob, &frame("SDG 8 MSGR", "", &typing));
    assert_eq!(world.hear(alice).len(), 1);
}
