//! What MSNP21 has no word for, or another one than the dialects before it: each row of `src/faces/classic/table.md`, last column.

use msnp_server::network::ConnectionId;

use crate::msnp21::{PLACE_OF_OTHERS, frame, friends, muri, one, online, put, routing, say};
use crate::table::Modern;
use crate::world::{PLACE, World, message, text};

/// Alice, who speaks MSNP24, and Bob, who speaks MSNP21; each the other's friend, with nothing left to hear.
fn two_times(world: &mut World) -> (Modern, ConnectionId) {
    let mut alice = Modern::sign_in(world, "alice");
    let bob = online(world, "bob", PLACE);
    alice.list(world, "bob");
    world.befriend(bob, 21, "alice");
    world.hear(bob);
    alice.hear(world);
    (alice, bob)
}

/// The bodies of what somebody was told by `SDG`.
fn bodies(told: &[String]) -> Vec<&str> {
    let said = told.iter().filter(|line| line.starts_with("SDG 0 "));
    said.map(|line| line.rsplit_once("\r\n\r\n").unwrap().1)
        .collect()
}

#[test]
fn an_edit_is_a_further_message_and_a_deletion_is_received_and_not_shown() {
    let mut world = World::new();
    let (mut alice, bob) = two_times(&mut world);
    alice.write(&mut world, "bob", "Text", "", "helo");
    alice.write(&mut world, "bob", "Text", "Skype-EditedId: 1\r\n", "hello");
    alice.write(&mut world, "bob", "RichText", "", "a <b>&lt;c&gt;</b>");
    assert_eq!(bodies(&world.hear(bob)), ["helo", "hello", "a <c>"]);
    world.ask(bob, "PNG\r\n");
    alice.write(&mut world, "bob", "Text", "Skype-EditedId: 1\r\n", "");
    assert_eq!(world.hear(bob), [""; 0]);
    assert_eq!(world.waiting("bob"), [0; 0]);
}

#[test]
fn words_about_oneself_pass_from_the_dialects_before_and_after() {
    let mut world = World::new();
    let (mut alice, bob) = two_times(&mut world);
    let mood = "<s n=\"IM\"><Status>NLN</Status></s><s n=\"SKP\"><Mood>well</Mood></s>";
    alice.publish(&mut world, mood);
    assert!(one(&world.hear(bob), "NFY PUT ").contains("<PSM>well</PSM>"));
    let carol = world.online(12, "carol");
    world.befriend(carol, 12, "bob");
    world.befriend(bob, 21, "carol");
    world.hear(bob);
    let document = "<Data><PSM>mine</PSM><CurrentMedia>tune</CurrentMedia></Data>";
    world.ask(carol, &format!("UUX 9 {}\r\n{document}", document.len()));
    let told = world.hear(bob);
    let shown = one(&told, "NFY PUT ");
    assert!(
        shown.contains("<PSM>mine</PSM>") && shown.contains("<CurrentMedia>tune</CurrentMedia>")
    );
    world.ask(carol, "PRP 10 MFN Carol%20C\r\n");
    assert!(one(&world.hear(bob), "NFY PUT ").contains("<FriendlyName>Carol C</FriendlyName>"));
    let own = "<user><s n=\"IM\"><Status>NLN</Status></s><s n=\"PE\"><PSM>his</PSM></s></user>";
    world.ask(bob, &put(9, "bob", PLACE, own));
    assert!(one(&world.hear(carol), "UBX ").contains("<PSM>his</PSM>"));
    assert!(alice.hear(&mut world).contains("<PSM>his</PSM>"));
}

#[test]
fn threads_are_not_shown_and_what_is_said_there_does_not_wait() {
    let mut world = World::new();
    let (mut alice, bob) = two_times(&mut world);
    let id = alice.makes_thread(&mut world, &["bob"]);
    let said = alice.says_in_thread(&mut world, &id, "hi");
    assert!(said.contains("SDG 90 "), "{said}");
    assert_eq!(world.hear(bob), [""; 0]);
    assert_eq!(world.waiting("bob"), [0; 0]);
}

#[test]
fn the_look_of_a_text_passes_in_both_directions() {
    let mut world = World::new();
    let (mut alice, bob) = two_times(&mut world);
    let format = "X-MMS-IM-Format: FN=Arial; EF=B; CO=ff; CS=0; PF=22\r\n";
    alice.write(&mut world, "bob", "Text", format, "bold");
    assert!(one(&world.hear(bob), "SDG 0 ").contains(format));
    let own = say(9, "bob", &muri("alice"), "Text", "bold too");
    let (_, payload) = own.split_once("\r\n").unwrap();
    let payload = payload.replace("Message-Type", &format!("{format}Message-Type"));
    world.ask(bob, &frame("SDG 9", &payload));
    assert!(alice.hear(&mut world).contains(format));
}

#[test]
fn a_status_that_nobody_knows_is_shown_as_it_is() {
    let mut world = World::new();
    let (mut alice, bob) = two_times(&mut world);
    alice.publish(&mut world, "<s n=\"IM\"><Status>XYZ</Status></s>");
    assert!(one(&world.hear(bob), "NFY PUT ").contains("<Status>XYZ</Status>"));
}

#[test]
fn capabilities_are_those_of_each_place_as_it_wrote_them() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let document = "<user><s n=\"IM\"><Status>NLN</Status></s><sep n=\"IM\"><Capabilities>1:2:3</Capabilities></sep></user>";
    world.ask(bob, &put(9, "bob", PLACE, document));
    assert!(one(&world.hear(alice), "NFY PUT ").contains("<Capabilities>1:2:3</Capabilities>"));
    let carol = world.online(18, "carol");
    world.befriend(carol, 18, "bob");
    world.ask(bob, &put(10, "bob", PLACE, &document.replace("NLN", "BSY")));
    let told = world.hear(carol);
    let shown = one(&told, "NLN BSY 1:bob@example.org ");
    assert!(shown.ends_with(" 1:2 0\r\n"), "{told:?}");
}

#[test]
fn a_picture_is_told_to_those_who_can_ask_for_it() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let carol = world.online(18, "carol");
    world.befriend(carol, 18, "bob");
    world.befriend(bob, 21, "carol");
    world.hear(carol);
    let tile = "<UserTileLocation>&lt;msnobj Creator=&quot;x&quot;/&gt;</UserTileLocation>";
    let document =
        format!("<user><s n=\"IM\"><Status>BSY</Status></s><s n=\"PE\">{tile}</s></user>");
    world.ask(bob, &put(9, "bob", PLACE, &document));
    let told = world.hear(alice);
    assert!(
        one(&told, "NFY PUT ").contains("UserTileLocation"),
        "{told:?}"
    );
    let told = world.hear(carol);
    assert!(one(&told, "NLN BSY ").ends_with(" 0\r\n"), "{told:?}");
    let object = "%3Cmsnobj%20Creator%3D%22carol%22%2F%3E";
    world.ask(carol, &format!("CHG 9 AWY 32:0 {object}\r\n"));
    let told = world.hear(bob);
    assert!(!one(&told, "NFY PUT ").contains("msnobj"), "{told:?}");
}

#[test]
fn files_and_pictures_pass_between_clients_of_msnp21_byte_for_byte() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let to = format!("{};epid={PLACE}", muri("bob"));
    for (trid, kind) in [
        (9, "Data"),
        (10, "Signal/P2P"),
        (11, "Wink"),
        (12, "CustomEmoticon"),
    ] {
        let body = "\u{0}\u{1}\r\n\r\n\u{7f}";
        assert_eq!(
            world.ask(alice, &say(trid, "alice", &to, kind, body)),
            [""; 0]
        );
        let told = world.hear(bob);
        let shown = one(&told, "SDG 0 ");
        assert!(shown.contains(&format!("Message-Type: {kind}\r\n")) && shown.ends_with(body));
    }
    world.ask(bob, "OUT\r\n");
    world.hear(alice);
    assert_eq!(
        world.ask(alice, &say(13, "alice", &to, "Data", "x")),
        ["201 13\r\n"]
    );
    assert_eq!(
        world.ask(alice, &say(14, "alice", &to, "Nudge", "\r\n")),
        ["217 14\r\n"]
    );
}

#[test]
fn typing_and_nudges_pass_in_both_directions() {
    let mut world = World::new();
    let (mut alice, bob) = two_times(&mut world);
    for kind in ["Control/Typing", "Nudge"] {
        alice.write(&mut world, "bob", kind, "", "");
        assert!(one(&world.hear(bob), "SDG 0 ").contains(&format!("Message-Type: {kind}\r\n")));
        world.ask(bob, &say(9, "bob", &muri("alice"), kind, ""));
        assert!(
            alice
                .hear(&mut world)
                .contains(&format!("Message-Type: {kind}\r\n"))
        );
    }
    let both = world.conversation(18, 12);
    let carol = online(&mut world, "carol", PLACE);
    world.befriend(carol, 21, "alice");
    world.befriend(both.alice_main, 18, "carol");
    world.hear(carol);
    let board = world.switchboard(both.alice_main, 18, "alice");
    world.ask(board, "CAL 2 carol@example.org\r\n");
    let typing = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: alice@example.org\r\n\r\n\r\n";
    world.ask(board, &message(3, "U", typing));
    assert!(one(&world.hear(carol), "SDG 0 ").contains("Message-Type: Control/Typing\r\n"));
    world.ask(
        carol,
        &say(9, "carol", &muri("alice"), "Control/Typing", ""),
    );
    assert!(one(&world.hear(board), "MSG carol@").contains("TypingUser: carol@example.org"));
}

#[test]
fn what_the_person_says_at_another_place_is_shown_as_theirs() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let other = online(&mut world, "alice", PLACE_OF_OTHERS);
    world.hear(alice);
    let said = say(9, "alice", &muri("bob"), "Text", "from there").replace(PLACE, PLACE_OF_OTHERS);
    assert_eq!(world.ask(other, &said), [""; 0]);
    let told = world.hear(alice);
    let head = format!(
        "To: {}\r\nFrom: {};epid={PLACE_OF_OTHERS}\r\n",
        muri("bob"),
        muri("alice")
    );
    assert!(one(&told, "SDG 0 ").contains(&head), "{told:?}");
    assert_eq!(bodies(&world.hear(bob)), ["from there"]);
    // A switchboard is a place's own; what is said there, her other one is shown.
    let both = world.conversation(18, 12);
    world.hear(other);
    let text = message(9, "A", &text("by switchboard"));
    world.ask(both.alice, &text);
    assert_eq!(bodies(&world.hear(other)), ["by switchboard"]);
}

#[test]
fn a_change_at_another_place_is_told() {
    let mut world = World::new();
    let alice = online(&mut world, "alice", PLACE);
    let mut other = Modern::sign_in(&mut world, "alice");
    other.list(&mut world, "bob");
    assert!(one(&world.hear(alice), "NOT ").contains("ABCHInternal"));
}

#[test]
fn what_waited_longer_than_a_line_may_be_is_told_whole() {
    let mut world = World::new();
    let (mut alice, bob) = two_times(&mut world);
    world.ask(bob, "OUT\r\n");
    let long = "x".repeat(60_000);
    alice.write(&mut world, "bob", "Text", "", &long);
    let bob = online_with(&mut world);
    assert_eq!(bodies(&bob), [long]);
}

/// What Bob is told when he comes.
fn online_with(world: &mut World) -> Vec<String> {
    let client = world.open(21, "NS");
    let (first, last) = crate::world::sign_in_lines(21, "bob", PLACE);
    world.ask(client, &first);
    world.ask(client, &last);
    let head = routing("bob", PLACE, &muri("bob"));
    assert!(head.starts_with("Routing"));
    let document = "<user><s n=\"IM\"><Status>NLN</Status></s></user>";
    world.ask(client, &put(5, "bob", PLACE, document))
}

#[test]
fn what_the_operator_announces_is_said_by_whom_it_is_said_in_the_name_of() {
    let mut world = World::new();
    let [_, bob] = friends(&mut world);
    assert_eq!(world.announce("alice", "back at noon"), 1);
    let told = world.hear(bob);
    assert_eq!(bodies(&told), ["back at noon"]);
    assert!(one(&told, "SDG 0 ").contains("From: 1:alice@example.org"));
    assert!(one(&told, "SDG 0 ").contains("IM-Display-Name: The Operator"));
    assert_eq!(world.waiting("bob"), [0; 0], "it is kept nowhere");
}
