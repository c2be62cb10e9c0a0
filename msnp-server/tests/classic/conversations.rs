//! Switchboards (msnp8-18.md 9).

use crate::world::{Conversation, PLACE, StoreIs, World, account, message, text};

#[test]
fn a_conversation_from_the_call_to_the_end() {
    for (dialect, capabilities) in [(8, ""), (12, " 32")] {
        let mut world = World::new();
        let [alice_main, bob_main] = world.friends(dialect, dialect);
        let told = world.ask(alice_main, "XFR 9 SB\r\n");
        let token = told[0]
            .strip_prefix("XFR 9 SB localhost:1863 CKI ")
            .unwrap()
            .trim();
        assert_eq!(token.len(), 20);
        let alice = world.open(dialect, "SB");
        let joined = world.ask(alice, &format!("USR 1 alice@example.org {token}\r\n"));
        assert_eq!(joined, ["USR 1 OK alice@example.org ALICE\r\n"]);
        let rings = world.ask(alice, "CAL 2 bob@example.org\r\n");
        assert!(rings[0].starts_with("CAL 2 RINGING "), "{rings:?}");
        let (bob, answered) = world.answer(bob_main, dialect, "bob");
        assert_eq!(
            answered,
            [
                format!("IRO 1 1 1 alice@example.org ALICE{capabilities}\r\n"),
                "ANS 1 OK\r\n".into()
            ]
        );
        assert_eq!(
            world.hear(alice),
            [format!("JOI bob@example.org BOB{capabilities}\r\n")]
        );
        let words = text("gr\u{fc}\u{df}e \u{2713} <&>");
        assert_eq!(world.ask(alice, &message(3, "A", &words)), ["ACK 3\r\n"]);
        let heard = world.hear(bob);
        assert_eq!(
            heard,
            [format!(
                "MSG alice@example.org ALICE {}\r\n{words}",
                words.len()
            )]
        );
        assert_eq!(world.ask(bob, &message(2, "N", &words)), [""; 0]);
        assert_eq!(world.hear(alice).len(), 1);
        assert_eq!(world.ask(bob, "OUT\r\n"), [""; 0]);
        assert!(world.is_closed(bob));
        assert_eq!(world.hear(alice), ["BYE bob@example.org\r\n"]);
        // Nobody is there: he is called again.
        assert_eq!(world.ask(alice, &message(4, "A", &words)), ["NAK 4\r\n"]);
        let rings = world.ask(alice, "CAL 5 bob@example.org\r\n");
        assert!(rings[0].starts_with("CAL 5 RINGING "), "{rings:?}");
        let (bob, _) = world.answer(bob_main, dialect, "bob");
        world.hear(alice);
        assert_eq!(world.ask(alice, &message(6, "A", &words)), ["ACK 6\r\n"]);
        assert_eq!(world.hear(bob).len(), 1);
    }
}

#[test]
fn bitlbee_answers_a_call_by_the_number_that_it_has_read() {
    let mut world = World::new();
    let [alice_main, bob_main] = world.friends(18, 18);
    let alice = world.switchboard(alice_main, 18, "alice");
    let rings = world.ask(alice, "CAL 2 bob@example.org\r\n");
    // Its own call it ends without a digit there.
    let session = rings[0].strip_prefix("CAL 2 RINGING ").unwrap().trim();
    assert!(
        session.parse::<i32>().is_ok_and(|number| number > 0),
        "{session}"
    );
    let told = world.hear(bob_main);
    let ring = told.iter().find(|line| line.starts_with("RNG "));
    let words: Vec<_> = ring.expect("a call").split_whitespace().collect();
    let read: i32 = words[1].parse().expect("as C's atoi reads it");
    let bob = world.open(18, "SB");
    let answer = format!("ANS 1 {};{PLACE} {} {read}\r\n", account("bob"), words[4]);
    let told = world.ask(bob, &answer);
    assert!(told.contains(&"ANS 1 OK\r\n".to_owned()), "{told:?}");
}

#[test]
fn places_are_named_and_the_account_once_more_since_msnp16() {
    let mut world = World::new();
    let [alice_main, bob_main] = world.friends(18, 18);
    let told = world.ask(alice_main, "XFR 9 SB\r\n");
    assert!(told[0].ends_with(" U messenger.msn.com 1\r\n"), "{told:?}");
    let token = told[0].split(' ').nth(5).unwrap().to_owned();
    let alice = world.open(18, "SB");
    let me = format!("alice@example.org;{PLACE}");
    let joined = world.ask(alice, &format!("USR 1 {me} {token}\r\n"));
    assert_eq!(joined, [format!("USR 1 OK {me} ALICE\r\n")]);
    world.ask(alice, "CAL 2 bob@example.org\r\n");
    let (bob, answered) = world.answer(bob_main, 18, "bob");
    assert_eq!(
        answered,
        [
            format!("IRO 1 1 2 {me} ALICE 32:0\r\n"),
            "IRO 1 2 2 alice@example.org ALICE 32:0\r\n".into(),
            "ANS 1 OK\r\n".into()
        ]
    );
    let bob_here = format!("bob@example.org;{PLACE}");
    assert_eq!(
        world.hear(alice),
        [
            format!("JOI {bob_here} BOB 32:0\r\n"),
            "JOI bob@example.org BOB 32:0\r\n".into()
        ]
    );
    world.ask(bob, "OUT\r\n");
    assert_eq!(
        world.hear(alice),
        [
            format!("BYE {bob_here}\r\n"),
            "BYE bob@example.org\r\n".into()
        ]
    );
    // The last clients call themselves.
    let own = world.ask(alice, "CAL 3 alice@example.org\r\n");
    assert!(own[0].starts_with("CAL 3 RINGING "), "{own:?}");
}

#[test]
fn a_call_has_the_form_of_the_callees_dialect() {
    for (dialect, end) in [
        (12, ""),
        (13, " U messenger.hotmail.com"),
        (14, " U messenger.hotmail.com 1"),
        (18, " U messenger.hotmail.com 1"),
    ] {
        let mut world = World::new();
        let [alice_main, bob_main] = world.friends(8, dialect);
        let alice = world.switchboard(alice_main, 8, "alice");
        world.ask(alice, "CAL 2 bob@example.org\r\n");
        let told = world.hear(bob_main);
        let words: Vec<_> = told[0].split(' ').collect();
        assert_eq!(
            (words[0], words[2], words[3]),
            ("RNG", "localhost:1863", "CKI")
        );
        assert!(
            told[0].ends_with(&format!(" alice@example.org ALICE{end}\r\n")),
            "{told:?}"
        );
    }
}

#[test]
fn a_word_for_a_switchboard_is_good_once_for_two_minutes_and_for_one_person() {
    let mut world = World::new();
    let [alice_main, bob_main] = world.friends(12, 12);
    let refused = |world: &mut World, line: String| {
        let client = world.open(12, "SB");
        let told = world.ask(client, &line);
        assert_eq!(told, ["911 1\r\n"], "{line}");
        assert!(world.is_closed(client));
    };
    let token = world.token(alice_main);
    refused(&mut world, format!("USR 1 bob@example.org {token}\r\n"));
    // Whoever has tried it has used it.
    refused(&mut world, format!("USR 1 alice@example.org {token}\r\n"));
    let token = world.token(alice_main);
    let alice = world.open(12, "SB");
    world.ask(alice, &format!("USR 1 alice@example.org {token}\r\n"));
    refused(&mut world, format!("USR 1 alice@example.org {token}\r\n"));
    let late = world.token(alice_main);
    world.wait(120);
    refused(&mut world, format!("USR 1 alice@example.org {late}\r\n"));
    refused(
        &mut world,
        "USR 1 alice@example.org 00000000000000000000\r\n".into(),
    );
    // One for a call answers that call alone.
    world.ask(alice, "CAL 2 bob@example.org\r\n");
    let ring = world.hear(bob_main);
    let words: Vec<_> = ring[0].split(' ').collect();
    refused(
        &mut world,
        format!("USR 1 bob@example.org {}\r\n", words[4]),
    );
    world.ask(alice, "CAL 3 bob@example.org\r\n");
    let ring = world.hear(bob_main);
    let words: Vec<_> = ring[0].split(' ').collect();
    refused(
        &mut world,
        format!("ANS 1 bob@example.org {} 0\r\n", words[4]),
    );
}

#[test]
fn what_is_no_beginning_of_a_switchboard_ends_it() {
    for line in [
        "USR 1 x\r\n",
        "ANS 1 a b\r\n",
        "USR 1 SSO I alice@example.org\r\n",
    ] {
        let mut world = World::new();
        let client = world.open(12, "SB");
        let told = world.ask(client, line);
        assert!(told.is_empty() || told == ["911 1\r\n"], "{told:?}");
        assert!(world.is_closed(client), "{line}");
    }
}

#[test]
fn nobody_can_be_called_who_is_not_to_be_had() {
    let mut world = World::new();
    let [alice_main, bob_main] = world.friends(12, 12);
    let alice = world.switchboard(alice_main, 12, "alice");
    for (whom, number) in [
        ("carol@example.org", 217),
        ("nobody@example.org", 217),
        ("nobody", 208),
        ("alice@example.org", 215),
    ] {
        let told = world.ask(alice, &format!("CAL 2 {whom}\r\n"));
        assert_eq!(told, [format!("{number} 2\r\n")], "{whom}");
    }
    world.ask(bob_main, "ADC 8 BL N=alice@example.org\r\n");
    assert_eq!(world.ask(alice, "CAL 3 bob@example.org\r\n"), ["217 3\r\n"]);
    world.ask(
        bob_main,
        "REM 9 BL bob@example.org\r\nREM 9 BL alice@example.org\r\n",
    );
    world.status(bob_main, 12, 10, "HDN");
    assert_eq!(world.ask(alice, "CAL 4 bob@example.org\r\n"), ["217 4\r\n"]);
}

#[test]
fn somebody_who_is_there_is_not_called_again() {
    let mut world = World::new();
    let both = world.conversation(12, 12);
    assert_eq!(
        world.ask(both.alice, "CAL 7 bob@example.org\r\n"),
        ["215 7\r\n"]
    );
}

#[test]
fn several_hear_each_other() {
    let mut world = World::new();
    let both = world.conversation(12, 8);
    let carol_main = world.online(18, "carol");
    world.ask(both.bob, "CAL 4 carol@example.org\r\n");
    let (carol, answered) = world.answer(carol_main, 18, "carol");
    assert_eq!(
        answered,
        [
            "IRO 1 1 2 alice@example.org ALICE 32:0\r\n",
            "IRO 1 2 2 bob@example.org BOB 32:0\r\n",
            "ANS 1 OK\r\n"
        ]
    );
    assert_eq!(
        world.hear(both.alice),
        ["JOI carol@example.org CAROL 32\r\n"]
    );
    assert_eq!(world.hear(both.bob), ["JOI carol@example.org CAROL\r\n"]);
    let words = text("all");
    let line = message(5, "A", &words);
    assert_eq!(world.ask(carol, &line), ["ACK 5\r\n"]);
    let heard = [format!(
        "MSG carol@example.org CAROL {}\r\n{words}",
        words.len()
    )];
    assert_eq!(world.hear(both.alice), heard);
    assert_eq!(world.hear(both.bob), heard);
    // Nothing of it comes to them otherwise.
    assert_eq!(world.hear(both.alice_main), [""; 0]);
    world.ask(both.alice, "OUT\r\n");
    for client in [both.bob, carol] {
        assert_eq!(world.hear(client), ["BYE alice@example.org\r\n"]);
    }
    assert_eq!(world.ask(carol, &line), ["ACK 5\r\n"]);
    assert_eq!(world.hear(both.bob), heard);
}

#[test]
fn what_is_said_before_somebody_comes_waits_for_them() {
    let mut world = World::new();
    let [alice_main, bob_main] = world.friends(12, 12);
    let alice = world.switchboard(alice_main, 12, "alice");
    world.ask(alice, "CAL 2 bob@example.org\r\n");
    let words = text("early");
    assert_eq!(world.ask(alice, &message(3, "A", &words)), ["ACK 3\r\n"]);
    let (_, told) = world.answer(bob_main, 12, "bob");
    assert_eq!(
        told,
        [
            "IRO 1 1 1 alice@example.org ALICE 32\r\n".to_owned(),
            "ANS 1 OK\r\n".into(),
            format!("MSG alice@example.org ALICE {}\r\n{words}", words.len())
        ]
    );
    assert_eq!(world.hear(bob_main), [""; 0], "one call");
}

#[test]
fn each_letter_is_answered_as_it_wants() {
    let data = "MIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\nP2P-Dest: bob@example.org\r\n\r\n\0\x01";
    let mut world = World::new();
    let both = world.conversation(12, 12);
    for (letter, done, refused) in [
        ("U", "", ""),
        ("N", "", "NAK 3\r\n"),
        ("A", "ACK 3\r\n", "NAK 3\r\n"),
        ("D", "ACK 3\r\n", "282 3\r\n"),
        ("S", "ACK 3\r\n", ""),
    ] {
        assert_eq!(
            world.ask(both.alice, &message(3, letter, data)).concat(),
            done
        );
        assert_eq!(world.hear(both.bob).len(), 1, "{letter}");
        let alone = world.switchboard(both.alice_main, 12, "alice");
        assert_eq!(
            world.ask(alone, &message(3, letter, data)).concat(),
            refused
        );
        world.ask(alone, "OUT\r\n");
    }
    let long = text(&"x".repeat(1_600));
    assert_eq!(
        world.ask(both.alice, &message(4, "A", &long)),
        ["285 4\r\n"]
    );
    let headless = "MIME-Version: 1.0";
    assert_eq!(
        world.ask(both.alice, &message(5, "A", headless)),
        ["NAK 5\r\n"]
    );
    assert_eq!(
        world.ask(both.alice, &message(6, "A", &text("well"))),
        ["ACK 6\r\n"]
    );
    assert_eq!(world.hear(both.bob).len(), 1);
}

#[test]
fn what_the_store_does_not_keep_has_not_arrived() {
    let mut world = World::new();
    let both = world.conversation(12, 12);
    world.store_is(StoreIs::Broken);
    assert_eq!(
        world.ask(both.alice, &message(3, "N", &text("lost"))),
        ["NAK 3\r\n"]
    );
    assert_eq!(world.hear(both.bob), [""; 0]);
    world.store_is(StoreIs::Well);
    assert_eq!(
        world.ask(both.alice, &message(4, "A", &text("found"))),
        ["ACK 4\r\n"]
    );
    assert_eq!(world.hear(both.bob).len(), 1);
}

#[test]
fn other_payloads_pass_byte_for_byte() {
    for payload in [
        "MIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\nP2P-Dest: bob@example.org\r\n\r\n\0\u{7f}\r\n\r\n",
        "MIME-Version: 1.0\r\nContent-Type: text/x-mms-emoticon\r\n\r\n:)\t<msnobj/>\t",
        "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 2\r\nData: x\r\n\r\n",
        "MIME-Version: 1.0\r\nContent-Type: image/gif\r\nMessage-ID: {x}\r\nChunks: 2\r\n\r\nbase64:a",
        "MIME-Version: 1.0\r\nMessage-ID: {x}\r\nChunk: 1\r\n\r\nb",
        "MIME-Version: 1.0\r\nContent-Type: text/x-clientcaps\r\n\r\nClient-Name: a/b\r\n",
    ] {
        let mut world = World::new();
        let both = world.conversation(12, 12);
        world.ask(both.alice, &message(3, "D", payload));
        let heard = world.hear(both.bob);
        assert_eq!(
            heard,
            [format!(
                "MSG alice@example.org ALICE {}\r\n{payload}",
                payload.len()
            )]
        );
    }
}

#[test]
fn long_words_in_parts_are_one_message() {
    let mut world = World::new();
    let both = world.conversation(12, 12);
    let part = |head: &str, words: &str| format!("MIME-Version: 1.0\r\n{head}\r\n\r\n{words}");
    let first = part(
        "Content-Type: text/plain; charset=UTF-8\r\nMessage-ID: {a}\r\nChunks: 2",
        &"\u{e9}".repeat(600),
    );
    let second = part("Message-ID: {a}\r\nChunk: 1", "end");
    assert_eq!(
        world.ask(both.alice, &message(3, "A", &first)),
        ["ACK 3\r\n"]
    );
    assert_eq!(world.hear(both.bob), [""; 0]);
    assert_eq!(
        world.ask(both.alice, &message(4, "A", &second)),
        ["ACK 4\r\n"]
    );
    // Bob's client puts parts together, as it has said.
    let heard = world.hear(both.bob);
    let bodies = heard
        .iter()
        .map(|one| one.split("\r\n\r\n").nth(1).unwrap());
    let whole = format!("{}end", "\u{e9}".repeat(600));
    assert_eq!(bodies.collect::<String>(), whole);
}

#[test]
fn what_somebody_reads_counts_as_received() {
    use msnp_server::network::Evidence;
    let mut world = World::new();
    let both = world.conversation(12, 12);
    world.ask(both.alice, &message(3, "A", &text("one")));
    assert_eq!(world.hear(both.bob).len(), 1);
    // What the transport of the main connection shows says nothing of the switchboard's.
    let numbers = world.waiting("bob");
    assert_eq!(numbers.len(), 1);
    world.evidence(both.bob_main, Evidence::Written, &numbers);
    world.evidence(both.bob, Evidence::Written, &numbers);
    world.evidence(both.bob, Evidence::Lost, &numbers);
    assert_eq!(world.waiting("bob").len(), 1);
    world.evidence(both.bob, Evidence::Shown, &numbers);
    assert_eq!(world.waiting("bob").len(), 0);
    // So does any further word.
    world.ask(both.alice, &message(4, "A", &text("two")));
    world.hear(both.bob);
    assert_eq!(world.waiting("bob").len(), 1);
    world.ask(both.bob, &message(5, "U", &text("yes")));
    assert_eq!(world.waiting("bob").len(), 0);
}

#[test]
fn what_was_taken_by_closing_connections_comes_twice_once_and_then_counts_as_received() {
    use msnp_server::network::Evidence;
    let mut world = World::new();
    let both = world.conversation(12, 12);
    let say = |world: &mut World, trid, words: &str| {
        world.ask(both.alice, &message(trid, "A", &text(words)));
        let told = world.hear(both.bob);
        assert_eq!(told.len(), 1);
        assert!(told[0].ends_with(words), "{told:?}");
        let numbers = world.waiting("bob");
        world.evidence(both.bob, Evidence::Taken, &numbers);
        numbers
    };
    let numbers = say(&mut world, 3, "one");
    assert_eq!(world.waiting("bob"), numbers);
    let again = world.hear(both.bob);
    assert!(again.concat().ends_with("one"), "{again:?}");
    world.evidence(both.bob, Evidence::Taken, &numbers);
    world.wait(2);
    assert_eq!(world.waiting("bob"), [0; 0]);
    say(&mut world, 4, "two");
    assert_eq!(world.waiting("bob"), [0; 0]);
    world.wait(1000);
    assert_eq!(world.hear(both.bob), [""; 0]);
}

#[test]
fn a_switchboard_ends_with_the_main_connection() {
    let mut world = World::new();
    let both = world.conversation(12, 12);
    world.ask(both.bob_main, "OUT\r\n");
    assert!(world.is_closed(both.bob));
    assert_eq!(world.hear(both.alice), ["BYE bob@example.org\r\n"]);
    assert_eq!(world.hear(both.alice_main), ["FLN bob@example.org\r\n"]);
    assert!(!world.is_closed(both.alice));
}

/// Bob has read something, and leaves by both connections: the main one's end is heard first.
fn read_and_left() -> (World, Conversation) {
    let mut world = World::new();
    let both = world.conversation(12, 12);
    world.ask(both.alice, &message(3, "A", &text("one")));
    assert_eq!(world.hear(both.bob).len(), 1);
    world.ask(both.bob_main, "OUT\r\n");
    assert!(!world.is_closed(both.bob));
    (world, both)
}

#[test]
fn who_signs_out_with_the_main_connection_first_has_read_what_was_said() {
    let (mut world, both) = read_and_left();
    world.ask(both.bob, "OUT\r\n");
    assert!(world.is_closed(both.bob));
    assert_eq!(world.waiting("bob").len(), 0);
    assert_eq!(world.hear(both.alice), ["BYE bob@example.org\r\n"]);
}

#[test]
fn a_switchboard_waits_for_its_client_but_not_for_long() {
    let (mut world, both) = read_and_left();
    assert_eq!(
        world.waiting("bob").len(),
        1,
        "nothing shows that he has read it"
    );
    world.wait(5);
    assert!(world.is_closed(both.bob));
    assert_eq!(world.hear(both.alice), ["BYE bob@example.org\r\n"]);
}

#[test]
fn nobody_has_more_conversations_than_the_network_allows() {
    let mut world = World::new();
    let alice = world.online(12, "alice");
    for at in 0..60 {
        let told = world.ask(alice, "XFR 9 SB\r\n");
        assert!(told[0].starts_with("XFR 9 SB "), "{at}: {told:?}");
        world.wait(1);
    }
    assert_eq!(world.ask(alice, "XFR 10 SB\r\n"), ["713 10\r\n"]);
    // Those to which nobody came are forgotten.
    world.wait(120);
    assert!(world.ask(alice, "XFR 11 SB\r\n")[0].starts_with("XFR 11 SB "));
}

#[test]
fn a_call_that_nobody_answered_is_repeated_with_the_next_words() {
    let mut world = World::new();
    let [alice_main, bob_main] = world.friends(12, 12);
    let alice = world.switchboard(alice_main, 12, "alice");
    world.ask(alice, "CAL 2 bob@example.org\r\n");
    world.ask(alice, &message(3, "A", &text("one")));
    assert_eq!(world.hear(bob_main).len(), 1);
    world.wait(121);
    world.ask(alice, &message(4, "A", &text("two")));
    let (_, told) = world.answer(bob_main, 12, "bob");
    let bodies: Vec<_> = told
        .iter()
        .filter_map(|one| one.split("\r\n\r\n").nth(1))
        .collect();
    assert_eq!(bodies, ["one", "two"], "{told:?}");
}

#[test]
fn an_account_is_written_without_regard_to_case() {
    let mut world = World::new();
    let [alice_main, bob_main] = world.friends(12, 12);
    let token = world.token(alice_main);
    let alice = world.open(12, "SB");
    let joined = world.ask(alice, &format!("USR 1 Alice@Example.org {token}\r\n"));
    assert_eq!(joined, ["USR 1 OK Alice@Example.org ALICE\r\n"]);
    let rings = world.ask(alice, &format!("CAL 2 {}\r\n", account("BOB")));
    assert!(rings[0].starts_with("CAL 2 RINGING "), "{rings:?}");
    assert_eq!(world.hear(bob_main).len(), 1);
}
