//! Who sees whom, and what of them.

use msnp_server::network::{ConnectionId, Privacy};

use crate::world::{Config, World, between, body, epid, frame, sign_in};

/// The status in the last presence document of `about` that `frames` hold.
fn last_status(frames: &[String], about: &str) -> Option<String> {
    let from = format!("From: 8:{about}\r\n");
    let last = frames
        .iter()
        .rev()
        .find(|frame| frame.starts_with("NFY 0 MSGR\\") && frame.contains(&from))?;
    let line = last.split_once("\r\n").unwrap().0;
    Some(if line.contains("\\DEL") {
        "gone".to_owned()
    } else {
        between(last, "<Status>", "</Status>").to_owned()
    })
}

fn friends(world: &mut World) -> (ConnectionId, ConnectionId) {
    let alice = world.online("alice", 1);
    let bob = world.online("bob", 2);
    world.list(alice, "bob", 3);
    world.list(bob, "alice", 3);
    world.hear(alice);
    world.hear(bob);
    (alice, bob)
}

#[test]
fn a_contact_who_comes_online_is_shown_byte_for_byte() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.list(alice, "bob", 3);
    let bob = world.sign_in("bob", 2);
    world.hear(alice);
    let user = "<user><s n=\"IM\"><Status>NLN</Status></s><s n=\"SKP\"><Mood>hi</Mood><Skypename>bob</Skypename></s></user>";
    world.publish(bob, "bob", 2, user);
    let told = world.hear(alice).remove(0);
    let context = between(&told, "Context: ", "\r\n");
    // msnp24.md 16.3, the frame that begins `NFY 0 MSGR\PUT 319`.
    let payload = format!(
        "Routing: 1.0\r\nTo: 8:alice\r\nFrom: 8:bob\r\n\r\nReliability: 1.0\r\n\r\nNotification: 1.0\r\nNotifNum: 0\r\nUri: /user\r\nNotifType: Full\r\nContent-Type: application/user+xml\r\nContent-Length: 103\r\n\r\n{user}"
    );
    assert_eq!(
        told,
        frame(
            "NFY 0 MSGR\\PUT",
            &format!("Context: {context}\r\n"),
            &payload
        )
    );
}

#[test]
fn bitlbee_is_told_from_its_first_status_on_without_header_blocks_though_it_subscribes_to_nothing()
{
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.list(alice, "bob", 3);
    world.text(alice, "alice", "8:bob", "it waits");
    world.hear(alice);
    let bob = world.open(Some("bob"));
    let version_1 = sign_in(2).replace("<ver>2</ver>", "<ver>1</ver>");
    let replies = world.ask(bob, &version_1);
    assert!(replies[2].starts_with("BND 3 CON "), "{replies:?}");
    let list = "<ml l=\"1\"><d n=\"example.org\"><c n=\"alice\" t=\"1\"><s n=\"IM\" l=\"3\"/></c></d></ml>";
    let known = world.ask(bob, &frame("PUT 5 MSGR\\CONTACTS", "", list));
    assert_eq!(
        known,
        ["PUT 5 MSGR 2\r\n\r\n"],
        "nothing else before a status"
    );
    world.status(bob, "bob", 2, "NLN");
    let told = world.hear(bob);
    // BitlBee: the first of the blocks has to be the routing.
    let routed = |verb: &str, words: &str| {
        told.iter().any(|frame| {
            let (line, payload) = frame.split_once("\r\n").unwrap();
            line.starts_with(verb)
                && payload.starts_with("\r\nRouting: 1.0\r\n")
                && payload.contains("From: 1:alice@example.org")
                && payload.ends_with(words)
        })
    };
    assert!(routed("NFY 0 MSGR\\PUT ", "</user>"), "{told:?}");
    assert!(routed("SDG 0 MSGR ", "\r\nit waits"), "{told:?}");
    // Carol was added in the address book, and never named here.
    let carol = world.online("carol", 3);
    world.list(carol, "bob", 3);
    let other = world.online("bob", 4);
    world.list(other, "carol", 3);
    world.hear(bob);
    world.status(carol, "carol", 3, "BSY");
    let told = world.hear(bob);
    assert!(
        told.iter()
            .any(|frame| frame.contains("From: 1:carol@example.org\r\n")),
        "{told:?}"
    );
    // Once is enough.
    world.status(bob, "bob", 2, "AWY");
    let told = world.hear(bob);
    assert!(
        !told.iter().any(|frame| frame.starts_with("SDG ")),
        "{told:?}"
    );
}

#[test]
fn publishing_is_answered_with_the_clock_and_the_context() {
    let mut world = World::new();
    let alice = world.sign_in("alice", 1);
    world.status(alice, "alice", 1, "NLN");
    let reply = world.hear(alice).remove(0);
    let context = between(&reply, "Context: ", "\r\n");
    assert_eq!(
        reply,
        format!("PUT 6 MSGR 50\r\nUtcTime: 1431882693\r\nContext: {context}\r\n\r\n")
    );
}

#[test]
fn only_those_with_a_forward_entry_are_told() {
    let mut world = World::new();
    let (alice, bob) = friends(&mut world);
    let carol = world.online("carol", 3);
    world.status(alice, "alice", 1, "AWY");
    assert_eq!(
        last_status(&world.hear(bob), "alice").as_deref(),
        Some("AWY")
    );
    assert_eq!(last_status(&world.hear(carol), "alice"), None);
}

#[test]
fn the_same_status_again_tells_nobody() {
    let mut world = World::new();
    let (alice, bob) = friends(&mut world);
    world.status(alice, "alice", 1, "NLN");
    assert_eq!(world.hear(bob), [""; 0]);
}

#[test]
fn a_new_endpoint_is_shown_everyone_who_is_there() {
    let mut world = World::new();
    friends(&mut world);
    let second = world.bind("bob", 9);
    let told = world.subscribe(second);
    assert_eq!(told[0], "PUT 5 MSGR 2\r\n\r\n");
    assert!(told[1].starts_with("NFY 0 MSGR\\CONTACTS "), "{told:?}");
    assert_eq!(last_status(&told, "alice").as_deref(), Some("NLN"));
    assert_eq!(
        last_status(&told, "bob").as_deref(),
        Some("NLN"),
        "its own sister"
    );
}

#[test]
fn without_a_subscription_to_presence_nothing_is_shown() {
    let mut world = World::new();
    let (alice, _) = friends(&mut world);
    let second = world.bind("bob", 9);
    let messages = "<subscribe><messaging><im /><conversations /></messaging></subscribe>";
    let told = world.ask(second, &frame("PUT 5 MSGR\\SUBSCRIPTIONS", "", messages));
    assert_eq!(last_status(&told, "alice"), None);
    world.status(alice, "alice", 1, "BSY");
    assert_eq!(world.hear(second), [""; 0]);
    // Skype asks for presence in a second SUBSCRIPTIONS.
    let presence = "<subscribe><presence><buddies><all /></buddies></presence></subscribe>";
    let told = world.ask(second, &frame("PUT 6 MSGR\\SUBSCRIPTIONS", "", presence));
    assert_eq!(last_status(&told, "alice").as_deref(), Some("BSY"));
}

#[test]
fn the_status_is_that_of_the_most_available_endpoint() {
    let mut world = World::new();
    let (first, bob) = friends(&mut world);
    let second = world.sign_in("alice", 9);
    for (statuses, expected) in [
        (["AWY", "BSY"], "BSY"),
        (["IDL", "AWY"], "IDL"),
        (["HDN", "AWY"], "AWY"),
        (["BRB", "NLN"], "NLN"),
    ] {
        world.status(first, "alice", 1, statuses[0]);
        world.status(second, "alice", 9, statuses[1]);
        assert_eq!(
            last_status(&world.hear(bob), "alice").as_deref(),
            Some(expected),
            "{statuses:?}"
        );
    }
}

#[test]
fn an_endpoint_that_leaves_is_deleted_and_the_rest_shown_again() {
    let mut world = World::new();
    let (first, bob) = friends(&mut world);
    let second = world.online("alice", 9);
    world.status(first, "alice", 1, "AWY");
    world.hear(bob);
    world.hang_up(second);
    let told = world.hear(bob);
    assert_eq!(told.len(), 2);
    assert!(told[0].starts_with("NFY 0 MSGR\\DEL ") && told[0].contains("NotifType: Partial"));
    assert_eq!(
        body(&told[0]),
        format!("<user><sep n=\"IM\" epid=\"{}\" /></user>", epid(9))
    );
    assert!(told[1].starts_with("NFY 0 MSGR\\PUT ") && !told[1].contains(&epid(9)));
    assert_eq!(last_status(&told, "alice").as_deref(), Some("AWY"));
}

#[test]
fn who_is_gone_is_deleted_whether_he_says_so_or_not() {
    for goodbye in [true, false] {
        let mut world = World::new();
        let (alice, bob) = friends(&mut world);
        if goodbye {
            world.say(alice, "OUT 9 CON 0\r\n");
        } else {
            world.hang_up(alice);
        }
        let told = world.hear(bob);
        assert_eq!(told.len(), 1);
        assert_eq!(body(&told[0]), "<user><s n=\"IM\" /></user>");
    }
}

#[test]
fn hidden_is_gone_for_others_and_hidden_for_oneself() {
    let mut world = World::new();
    let (alice, bob) = friends(&mut world);
    let sister = world.sign_in("alice", 9);
    world.hear(bob);
    world.status(alice, "alice", 1, "HDN");
    assert_eq!(
        last_status(&world.hear(bob), "alice").as_deref(),
        Some("gone")
    );
    assert_eq!(
        last_status(&world.hear(sister), "alice").as_deref(),
        Some("HDN")
    );
    // Whoever comes later does not see her either, and her leaving shows nothing.
    let later = world.bind("bob", 7);
    let told = world.subscribe(later);
    assert_eq!(last_status(&told, "alice"), None);
    world.hang_up(alice);
    assert_eq!(last_status(&world.hear(bob), "alice"), None);
}

#[test]
fn who_has_not_published_is_not_there() {
    let mut world = World::new();
    let bob = world.online("bob", 2);
    world.list(bob, "alice", 3);
    world.hear(bob);
    let alice = world.sign_in("alice", 1);
    world.hang_up(alice);
    assert_eq!(world.hear(bob), [""; 0]);
}

#[test]
fn own_endpoints_see_each_other_with_private_data_that_others_do_not_see() {
    let mut world = World::new();
    let (alice, bob) = friends(&mut world);
    let sister = world.online("alice", 9);
    world.hear(bob);
    world.hear(alice);
    world.status(alice, "alice", 1, "BSY");
    let own = world.hear(sister).remove(0);
    assert!(own.contains("From: 8:alice\r\n") && own.contains("To: 8:alice\r\n"));
    for place in ["<EpName>PC 1</EpName>", "<EpName>PC 9</EpName>"] {
        assert!(own.contains(place), "{own}");
    }
    assert!(!world.hear(bob).iter().any(|frame| frame.contains("EpName")));
    let replies = world.hear(alice);
    assert!(
        replies.len() == 1 && replies[0].starts_with("PUT 6"),
        "nobody is told of what he said himself: {replies:?}"
    );
}

#[test]
fn an_endpoint_speaks_for_itself_only() {
    let mut world = World::new();
    let (alice, bob) = friends(&mut world);
    let user = format!(
        "<user><s n=\"IM\"><Status>BSY</Status></s><sep n=\"IM\" epid=\"{}\"><Capabilities>6:6</Capabilities></sep></user>",
        epid(5)
    );
    world.publish(alice, "alice", 1, &user);
    assert!(!world.hear(bob).remove(0).contains(&epid(5)));
    for (who, endpoint) in [("bob", 1), ("alice", 5)] {
        world.hear(alice);
        world.publish(alice, who, endpoint, "<user/>");
        assert!(world.hear(alice)[0].starts_with("201 6 MSGR "));
    }
}

#[test]
fn a_friendly_name_becomes_the_name_of_the_account() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let user = "<user><s n=\"IM\"><Status>NLN</Status></s><s n=\"PE\"><FriendlyName>Älice &amp; co</FriendlyName></s></user>";
    world.publish(alice, "alice", 1, user);
    assert_eq!(world.display_name("alice"), "Älice & co");
}

#[test]
fn who_is_blocked_sees_nothing_and_who_is_unblocked_sees_again() {
    let mut world = World::new();
    let (alice, bob) = friends(&mut world);
    world.list(alice, "bob", 5);
    assert_eq!(
        last_status(&world.hear(bob), "alice").as_deref(),
        Some("gone")
    );
    world.status(alice, "alice", 1, "BSY");
    assert_eq!(last_status(&world.hear(bob), "alice"), None);
    world.list(alice, "bob", 3);
    assert_eq!(
        last_status(&world.hear(bob), "alice").as_deref(),
        Some("BSY")
    );
    // The blocker still sees the blocked.
    world.list(alice, "bob", 5);
    world.hear(alice);
    world.status(bob, "bob", 2, "LUN");
    assert_eq!(
        last_status(&world.hear(alice), "bob").as_deref(),
        Some("LUN")
    );
}

#[test]
fn strangers_see_nothing_if_the_service_says_so() {
    let mut config = Config::default();
    config.network.privacy = Privacy::BlockOthers;
    let mut world = World::with(config);
    let alice = world.online("alice", 1);
    let bob = world.online("bob", 2);
    world.list(bob, "alice", 1);
    assert_eq!(last_status(&world.hear(bob), "alice"), None);
    world.list(alice, "bob", 2);
    assert_eq!(
        last_status(&world.hear(bob), "alice").as_deref(),
        Some("NLN")
    );
    world.list(alice, "bob", 0);
    assert_eq!(
        last_status(&world.hear(bob), "alice").as_deref(),
        Some("gone")
    );
}

#[test]
fn who_is_taken_off_the_list_and_put_on_it_again_is_seen_again() {
    for (others_leave, status) in [(false, "NLN"), (true, "BSY")] {
        let mut world = World::new();
        let (alice, bob) = friends(&mut world);
        world.list(alice, "bob", 0);
        world.list(alice, "bob", 3);
        let told = world.heard(alice, "NFY 0 MSGR\\PUT");
        assert_eq!(last_status(&told, "bob").as_deref(), Some("NLN"));
        world.list(alice, "bob", 0);
        if others_leave {
            world.hang_up(bob);
        }
        world.list(alice, "bob", 1);
        world.list(alice, "bob", 0);
        world.list(alice, "bob", 3);
        world.hear(alice);
        let bob = world.online("bob", 3);
        world.status(bob, "bob", 3, "BSY");
        let told = world.hear(alice);
        assert_eq!(last_status(&told, "bob").as_deref(), Some(status));
    }
}
