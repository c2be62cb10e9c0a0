//! One person, whichever of their addresses is used (case A4): who speaks and lists people as `1:address` is
//! answered with `1:address`, never with a name that is on none of its lists.

use msnp_server::network::ConnectionId;

use crate::world::{World, between, body, epid, frame, layers};

const OK: &str = "SDG 8 MSGR 2\r\n\r\n";

/// A message by muris.
fn say(world: &mut World, client: ConnectionId, from: &str, to: &str, text: &str) -> Vec<String> {
    let third = "Messaging: 2.0\r\nMessage-Type: Text\r\n";
    let body = layers(to, from, third, text);
    world.ask(client, &frame("SDG 8 MSGR", "", &body))
}

/// Puts bob on the forward and the allow list, by his address.
fn list_bob(world: &mut World, client: ConnectionId) -> Vec<String> {
    let body = "<ml><d n=\"example.org\"><c n=\"bob\" t=\"1\"><s l=\"3\" n=\"IM\"/></c></d></ml>";
    world.ask(client, &frame("PUT 7 MSGR\\CONTACTS", "", body))
}

#[test]
fn from_may_be_any_of_the_own_addresses() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    let own = epid(1);
    for from in [
        "1:alice@example.org".to_owned(),
        format!("1:Alice@Example.org;epid={own}"),
        format!("8:alice;epid={own}"),
    ] {
        assert_eq!(say(&mut world, alice, &from, "8:bob", "hi"), [OK], "{from}");
        let third = "Publication: 1.0\r\nUri: /user\r\nContent-Type: application/user+xml\r\n";
        let user = "<user><s n=\"IM\"><Status>NLN</Status></s></user>";
        let presence = frame(
            "PUT 6 MSGR\\PRESENCE",
            "",
            &layers(&from, &from, third, user),
        );
        let reply = world.ask(alice, &presence).remove(0);
        assert!(reply.starts_with("PUT 6 MSGR "), "{from}: {reply}");
    }
    for from in [
        "1:bob@example.org".to_owned(),
        format!("1:alice@example.org;epid={}", epid(2)),
        "1:alice".to_owned(),
        "32:alice@example.org".to_owned(),
    ] {
        let reply = say(&mut world, alice, &from, "8:bob", "forged").remove(0);
        assert!(reply.starts_with("201 8 MSGR "), "{from}: {reply}");
    }
    assert_eq!(world.heard(bob, "SDG 0 MSGR").len(), 3);
}

#[test]
fn who_lists_somebody_by_an_address_is_told_of_that_address() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    let told = list_bob(&mut world, alice);
    assert_eq!(told[0], "PUT 7 MSGR 2\r\n\r\n");
    assert!(told[2].starts_with("NFY 0 MSGR\\PUT "), "{told:?}");
    assert!(told[2].contains("To: 8:alice\r\nFrom: 1:bob@example.org\r\n"));
    world.status(bob, "bob", 2, "BSY");
    let told = world.heard(alice, "NFY 0 MSGR\\PUT");
    assert!(told[0].contains("From: 1:bob@example.org\r\n"), "{told:?}");
    world.text(bob, "bob", "8:alice", "hi");
    let told = world.heard(alice, "SDG 0 MSGR");
    let from = format!(
        "To: 8:alice\r\nFrom: 1:bob@example.org;epid={}\r\n",
        epid(2)
    );
    assert!(told[0].contains(&from), "{told:?}");
    world.hang_up(bob);
    let told = world.heard(alice, "NFY 0 MSGR\\DEL");
    assert!(told[0].contains("From: 1:bob@example.org\r\n"), "{told:?}");
}

#[test]
fn the_form_used_last_by_this_connection_counts_and_by_no_other() {
    let mut world = World::new();
    let [first, second, bob] =
        [("alice", 1), ("alice", 9), ("bob", 2)].map(|(who, place)| world.online(who, place));
    let forms = |world: &mut World| -> [String; 2] {
        world.hear(first);
        world.hear(second);
        world.text(bob, "bob", "8:alice", "hi");
        [first, second].map(|client| {
            let told = world.heard(client, "SDG 0 MSGR").remove(0);
            between(&told, "From: ", ";epid").to_owned()
        })
    };
    assert_eq!(forms(&mut world), ["8:bob", "8:bob"]);
    say(&mut world, first, "8:alice", "1:bob@example.org", "a");
    assert_eq!(forms(&mut world), ["1:bob@example.org", "8:bob"]);
    say(&mut world, second, "8:alice", "1:bob@example.org", "b");
    say(&mut world, first, "8:alice", "8:bob", "c");
    assert_eq!(forms(&mut world), ["8:bob", "1:bob@example.org"]);
    say(&mut world, first, "8:alice", "8:carol", "d");
    say(&mut world, second, "8:alice", "1:carol@example.org", "e");
    assert_eq!(forms(&mut world), ["8:bob", "1:bob@example.org"]);
}

#[test]
fn who_calls_oneself_by_an_address_is_addressed_by_it() {
    let mut world = World::new();
    let [alice, sister, bob] =
        [("alice", 1), ("alice", 9), ("bob", 2)].map(|(who, place)| world.online(who, place));
    world.hear(sister);
    let own = format!("1:alice@example.org;epid={}", epid(1));
    say(&mut world, alice, &own, "1:bob@example.org", "hi");
    let echo = world.heard(sister, "SDG 0 MSGR").remove(0);
    let expected = format!("To: 8:bob\r\nFrom: 8:alice;epid={}\r\n", epid(1));
    assert!(echo.contains(&expected), "{echo}");
    world.text(bob, "bob", "1:alice@example.org", "yo");
    let told = world.heard(alice, "SDG 0 MSGR").remove(0);
    let expected = format!(
        "To: 1:alice@example.org\r\nFrom: 1:bob@example.org;epid={}\r\n",
        epid(2)
    );
    assert!(told.contains(&expected), "{told}");
    let told = world.heard(sister, "SDG 0 MSGR").remove(0);
    assert!(told.contains("To: 8:alice\r\nFrom: 8:bob;"), "{told}");
}

#[test]
fn a_contact_by_an_address_and_by_a_name_is_one() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    list_bob(&mut world, alice);
    world.list(alice, "bob", 4);
    let told = world.subscribe(alice);
    // Under the name, with the address that the client has used.
    assert_eq!(
        body(&told[1]),
        "<ml l=\"1\"><skp><c n=\"bob\" t=\"8\" a=\"bob@example.org\" f=\"BOB\"><s l=\"4\" n=\"IM\"></s></c></skp></ml>"
    );
    assert_eq!(
        say(
            &mut world,
            bob,
            "1:bob@example.org",
            "1:alice@example.org",
            "blocked"
        )[0],
        OK
    );
    assert_eq!(world.heard(alice, "SDG"), [""; 0]);
    let del = "<ml><d n=\"example.org\"><c n=\"bob\" t=\"1\"/></d></ml>";
    let told = world.ask(alice, &frame("DEL 7 MSGR\\CONTACTS", "", del));
    assert_eq!(told[0], "DEL 7 MSGR 2\r\n\r\n");
    assert!(world.record("alice").contacts.is_empty());
}

#[test]
fn a_thread_shows_its_members_as_the_client_names_them() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    let members =
        "<members><member><mri>1:bob@example.org</mri><role>user</role></member></members>";
    let put = frame(
        "PUT 10 MSGR\\THREAD",
        "",
        &format!("<thread><id></id>{members}</thread>"),
    );
    let told = world.ask(alice, &put);
    let id = between(&told[0], "<id>", "</id>").to_owned();
    assert!(told[1].contains("<mri>8:alice</mri>"), "{told:?}");
    assert!(told[1].contains("<mri>1:bob@example.org</mri>"), "{told:?}");
    assert!(
        told[2].contains("<target>1:bob@example.org</target>"),
        "{told:?}"
    );
    let told = world.hear(bob);
    assert!(told[0].contains("<mri>8:bob</mri>"), "{told:?}");
    assert!(told[1].contains("<target>8:bob</target>"), "{told:?}");
    world.text(bob, "bob", &id, "hi");
    let told = world.heard(alice, "SDG 0 MSGR").remove(0);
    assert!(told.contains("From: 1:bob@example.org;"), "{told}");
    let remove = format!(
        "<thread><id>{id}</id><members><member><mri>1:bob@example.org</mri></member></members></thread>"
    );
    let told = world.ask(alice, &frame("DEL 10 MSGR\\THREAD", "", &remove));
    assert!(told[0].starts_with("DEL 10 MSGR "), "{told:?}");
}

#[test]
fn a_conversation_is_the_same_by_every_address() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.text(bob, "bob", "8:alice", "one");
    say(&mut world, alice, "8:alice", "1:bob@example.org", "two");
    let get = "<messagesbyconversation><id>1:bob@example.org</id></messagesbyconversation>";
    let page = world.ask(alice, &frame("GET 7 MSGR\\MESSAGESBYCONVERSATION", "", get));
    let page = page.concat();
    for part in [
        "<id>1:bob@example.org</id>",
        "<from>1:bob@example.org;epid=",
        "<from>8:alice;epid=",
        "<content>one</content>",
        "<content>two</content>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let get = "<recentconversations></recentconversations>";
    let recent = world.ask(alice, &frame("GET 7 MSGR\\RECENTCONVERSATIONS", "", get));
    assert_eq!(recent[0].matches("<conversation>").count(), 1);
    assert!(
        recent[0].contains("<id>1:bob@example.org</id>"),
        "{recent:?}"
    );
    // What is marked as read by an address is read by the name.
    let third = "Messaging: 2.0\r\nMessage-Type: Signal/MarkIMWindowRead\r\n";
    let own = "1:alice@example.org/1:bob@example.org";
    let mark = layers("1:alice@example.org", "1:alice@example.org", third, own);
    assert_eq!(world.ask(alice, &frame("SDG 8 MSGR", "", &mark))[0], OK);
    world.wait(1);
    let get = "<recentconversations></recentconversations>";
    let recent = world.ask(alice, &frame("GET 7 MSGR\\RECENTCONVERSATIONS", "", get));
    assert!(recent[0].contains("<consumptionhorizon>"), "{recent:?}");
}

/// The entry that tells that bob's address and his name are one, on these lists.
fn introduction(lists: u8) -> String {
    format!(
        "<ml><skp><c n=\"bob\" t=\"8\" a=\"bob@example.org\" f=\"BOB\"><s l=\"{lists}\" n=\"IM\"></s></c></skp></ml>"
    )
}

#[test]
fn who_is_listed_by_an_address_is_introduced_once() {
    let mut world = World::new();
    let (alice, sister) = (world.online("alice", 1), world.online("alice", 9));
    world.hear(sister);
    let told = list_bob(&mut world, alice);
    assert_eq!(told[0], "PUT 7 MSGR 2\r\n\r\n");
    assert!(told[1].starts_with("NFY 0 MSGR\\CONTACTS "), "{told:?}");
    assert_eq!((body(&told[1]), told.len()), (&*introduction(3), 2));
    assert_eq!(list_bob(&mut world, alice).len(), 1, "known by now");
    // The other endpoint was told of the change, and has never used the address.
    let told = world.heard(sister, "NFY 0 MSGR\\CONTACTS");
    assert_eq!(
        body(&told[0]),
        introduction(3).replace(" a=\"bob@example.org\"", "")
    );
}

#[test]
fn who_is_written_to_by_an_address_is_introduced_whether_listed_or_not() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let told = say(&mut world, alice, "8:alice", "1:bob@example.org", "hi");
    assert_eq!((&*told[0], body(&told[1])), (OK, &*introduction(0)));
    let told = say(&mut world, alice, "8:alice", "1:bob@example.org", "again");
    assert_eq!(told, [OK]);
    let told = say(&mut world, alice, "1:alice@example.org", "8:alice", "milk");
    assert_eq!(told, [OK], "oneself needs no introduction");
    for _ in 0..2 {
        let told = say(&mut world, alice, "8:alice", "1:nobody@example.org", "?");
        assert!(told.len() == 1 && told[0].starts_with("205 8 "), "{told:?}");
    }
}

#[test]
fn nobody_is_introduced_to_whom_no_contacts_were_pushed() {
    let mut world = World::new();
    let alice = world.bind("alice", 1);
    assert_eq!(list_bob(&mut world, alice).len(), 1);
    let told = world.subscribe(alice);
    let whole = introduction(3).replace("<ml>", "<ml l=\"1\">");
    assert_eq!(body(&told[1]), whole, "the list itself says it");
    let mut config = crate::world::Config::default();
    config.faces.push_roster = false;
    let mut world = World::with(config);
    let alice = world.online("alice", 1);
    assert_eq!(list_bob(&mut world, alice).len(), 1);
}
