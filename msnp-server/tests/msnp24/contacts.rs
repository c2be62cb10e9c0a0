//! Contact lists: what is kept, answered and pushed.

use msnp_server::network::ConnectionId;

use crate::world::{Config, World, body, frame};

fn roster(world: &mut World, who: &str, endpoint: u8) -> (ConnectionId, String) {
    let client = world.bind(who, endpoint);
    let told = world.subscribe(client);
    assert!(told[1].starts_with("NFY 0 MSGR\\CONTACTS "), "{told:?}");
    (client, body(&told[1]).to_owned())
}

fn put(contacts: &str) -> String {
    frame(
        "PUT 7 MSGR\\CONTACTS",
        "",
        &format!("<ml l=\"1\">{contacts}</ml>"),
    )
}

/// A change, as of somebody who adds somebody.
fn add(contacts: &str) -> String {
    frame("PUT 7 MSGR\\CONTACTS", "", &format!("<ml>{contacts}</ml>"))
}

fn del(contacts: &str) -> String {
    frame("DEL 7 MSGR\\CONTACTS", "", &format!("<ml>{contacts}</ml>"))
}

#[test]
fn the_roster_is_pushed_behind_the_subscription_even_if_empty() {
    let mut world = World::new();
    let (alice, empty) = roster(&mut world, "alice", 1);
    assert_eq!(empty, "<ml l=\"1\"><skp></skp></ml>");
    world.list(alice, "bob", 3);
    world.list(alice, "carol", 4);
    let (_, full) = roster(&mut world, "alice", 9);
    assert_eq!(
        full,
        "<ml l=\"1\"><skp><c n=\"bob\" t=\"8\" f=\"BOB\"><s l=\"3\" n=\"IM\"></s></c><c n=\"carol\" t=\"8\" f=\"CAROL\"><s l=\"4\" n=\"IM\"></s></c></skp></ml>"
    );
}

#[test]
fn bit_8_says_who_has_me_on_their_list() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let bob = world.online("bob", 2);
    world.list(alice, "bob", 3);
    let told = world.heard(bob, "NFY 0 MSGR\\CONTACTS");
    assert_eq!(
        body(&told[0]),
        "<ml><skp><c n=\"alice\" t=\"8\" f=\"ALICE\"><s l=\"8\" n=\"IM\"></s></c></skp></ml>"
    );
    world.list(bob, "alice", 3);
    world.hear(bob);
    let (_, full) = roster(&mut world, "bob", 9);
    assert!(
        full.contains("<c n=\"alice\" t=\"8\" f=\"ALICE\"><s l=\"11\" n=\"IM\">"),
        "{full}"
    );
    world.say(alice, &del("<skp><c n=\"bob\" t=\"8\"/></skp>"));
    let told = world.heard(bob, "NFY 0 MSGR\\CONTACTS");
    assert!(told[0].contains("<s l=\"3\" n=\"IM\">"), "{told:?}");
}

#[test]
fn who_is_blocked_cannot_make_himself_heard_by_adding() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.list(bob, "alice", 4);
    world.list(alice, "bob", 3);
    assert_eq!(world.heard(bob, "NFY 0 MSGR\\CONTACTS"), [""; 0]);
}

#[test]
fn a_change_is_pushed_to_the_other_endpoints() {
    let mut world = World::new();
    let (first, second) = (world.online("alice", 1), world.online("alice", 9));
    world.hear(first);
    world.list(first, "bob", 3);
    assert_eq!(world.hear(first), ["PUT 7 MSGR 2\r\n\r\n"]);
    let told = world.heard(second, "NFY 0 MSGR\\CONTACTS");
    assert_eq!(
        body(&told[0]),
        "<ml><skp><c n=\"bob\" t=\"8\" f=\"BOB\"><s l=\"3\" n=\"IM\"></s></c></skp></ml>"
    );
    assert_eq!(
        world.ask(
            second,
            &del("<skp><c n=\"bob\" t=\"8\"><s l=\"3\" n=\"IM\"/></c></skp>")
        ),
        ["DEL 7 MSGR 2\r\n\r\n"]
    );
    let told = world.heard(first, "NFY 0 MSGR\\CONTACTS");
    assert!(told[0].contains("<s l=\"0\" n=\"IM\">"), "{told:?}");
    assert_eq!(
        roster(&mut world, "alice", 3).1,
        "<ml l=\"1\"><skp></skp></ml>"
    );
}

#[test]
fn the_lists_of_the_im_service_count() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    // As in msnp24.md 9.
    world.say(alice, &put("<skp><c n=\"bob\" t=\"8\"><s l=\"1\" n=\"PE\"/><s l=\"3\" n=\"IM\"/><s l=\"3\" n=\"SKP\"/></c></skp>"));
    world.say(
        alice,
        &put("<d n=\"example.org\"><c n=\"carol\" t=\"1\"><s l=\"6\" n=\"IM\"/></c></d>"),
    );
    let (_, full) = roster(&mut world, "alice", 9);
    assert!(
        full.contains("<c n=\"bob\" t=\"8\" f=\"BOB\"><s l=\"3\""),
        "{full}"
    );
    assert!(
        full.contains("<c n=\"carol\" t=\"8\" f=\"CAROL\"><s l=\"4\""),
        "an address is its user, and block wins: {full}"
    );
}

#[test]
fn unnamed_contacts_stay() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.list(alice, "bob", 3);
    world.list(alice, "carol", 3);
    world.list(alice, "bob", 4);
    let (_, full) = roster(&mut world, "alice", 9);
    assert!(
        full.contains("CAROL\"><s l=\"3\"") && full.contains("BOB\"><s l=\"4\""),
        "{full}"
    );
}

#[test]
fn deleting_takes_the_named_lists_away() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    world.list(alice, "bob", 5);
    world.say(
        alice,
        &del("<skp><c n=\"bob\" t=\"8\"><s l=\"1\" n=\"IM\"/></c></skp>"),
    );
    assert!(
        roster(&mut world, "alice", 9).1.contains("<s l=\"4\""),
        "still blocked"
    );
}

#[test]
fn nobody_and_nobody_on_the_list_are_refused() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let nobody = "<skp><c n=\"nobody\" t=\"8\"><s l=\"3\" n=\"IM\"/></c></skp>";
    assert!(world.ask(alice, &add(nobody))[0].starts_with("205 7 MSGR "));
    assert!(world.ask(alice, &del(nobody))[0].starts_with("205 7 MSGR "));
    assert!(
        world.ask(alice, &del("<skp><c n=\"bob\" t=\"8\"/></skp>"))[0].starts_with("216 7 MSGR ")
    );
    assert_eq!(
        roster(&mut world, "alice", 9).1,
        "<ml l=\"1\"><skp></skp></ml>"
    );
}

/// Case A10: a client that puts its own list as it signs in gave up at 205.
#[test]
fn a_list_brought_along_may_name_nobody_who_is_known_here() {
    let nobody = "<skp><c n=\"nobody\" t=\"8\"><s l=\"3\" n=\"IM\"/></c></skp>";
    let elsewhere = "<d n=\"yahoo.com\"><c n=\"a\" t=\"32\"/></d>";
    for list in [nobody, elsewhere] {
        let mut world = World::new();
        // Before it has subscribed to anything.
        let early = world.bind("alice", 1);
        assert_eq!(world.ask(early, &add(list)), ["PUT 7 MSGR 2\r\n\r\n"]);
        // The whole list, by who was pushed the one that is kept here.
        let alice = world.online("alice", 2);
        assert_eq!(world.ask(alice, &put(list)), ["PUT 7 MSGR 2\r\n\r\n"]);
        // Who adds somebody is told that there is nobody.
        assert!(world.ask(alice, &add(list))[0].starts_with("205 7 MSGR "));
    }
}

#[test]
fn unknown_ones_among_known_ones_and_oneself_are_passed_over() {
    let mut world = World::new();
    let alice = world.online("alice", 1);
    let some = "<skp><c n=\"nobody\" t=\"8\"/><c n=\"bob\" t=\"8\"/><c n=\"x y\" t=\"8\"/><c n=\"alice\" t=\"8\"/></skp>";
    assert_eq!(world.ask(alice, &put(some)), ["PUT 7 MSGR 2\r\n\r\n"]);
    let (_, full) = roster(&mut world, "alice", 9);
    assert_eq!(full.matches("<c ").count(), 1, "{full}");
}

#[test]
fn a_full_list_takes_no_more_and_changes_nothing() {
    let mut config = Config::default();
    config.network.contacts = 2;
    let mut world = World::with(config);
    let alice = world.online("alice", 1);
    world.list(alice, "bob", 3);
    let two = "<skp><c n=\"carol\" t=\"8\"/><c n=\"dave\" t=\"8\"/></skp>";
    assert!(world.ask(alice, &put(two))[0].starts_with("210 7 MSGR "));
    let (_, full) = roster(&mut world, "alice", 9);
    assert_eq!(full.matches("<c ").count(), 1, "{full}");
    assert_eq!(
        world.ask(alice, &put("<skp><c n=\"carol\" t=\"8\"/></skp>")),
        ["PUT 7 MSGR 2\r\n\r\n"]
    );
}

#[test]
fn a_contact_put_on_the_list_is_shown_at_once() {
    let mut world = World::new();
    let (alice, _bob) = (world.online("alice", 1), world.online("bob", 2));
    world.hear(alice);
    world.list(alice, "bob", 3);
    let told = world.hear(alice);
    assert_eq!(told[0], "PUT 7 MSGR 2\r\n\r\n");
    assert!(
        told[1].starts_with("NFY 0 MSGR\\PUT ") && told[1].contains("From: 8:bob\r\n"),
        "{told:?}"
    );
}

#[test]
fn a_service_can_keep_its_extension_to_itself() {
    let mut config = Config::default();
    config.faces.push_roster = false;
    let mut world = World::with(config);
    let alice = world.bind("alice", 1);
    let told = world.subscribe(alice);
    assert_eq!(told, ["PUT 5 MSGR 2\r\n\r\n"]);
}
