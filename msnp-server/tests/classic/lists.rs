//! `SYN` and what changes lists (msnp8-18.md 7).

use crate::world::{StoreIs, World, members};

#[test]
fn the_whole_list_is_told_with_the_first_lines() {
    let mut world = World::new();
    let alice = world.online(8, "alice");
    assert_eq!(
        world.ask(alice, "SYN 6 0\r\n"),
        [
            "SYN 6 1 0 1\r\n",
            "GTC A\r\n",
            "BLP AL\r\n",
            "LSG 0 Other%20Contacts 0\r\n"
        ]
    );
    world.befriend(alice, 8, "bob");
    world.ask(
        alice,
        "ADG 8 Work%20x 0\r\nADD 9 FL bob@example.org bob 1\r\nGTC 10 N\r\nPRP 11 PHH 12%2034\r\n",
    );
    let told = world.ask(alice, "SYN 12 0\r\n");
    let [head, rest @ ..] = &told[..] else {
        panic!("{told:?}")
    };
    assert!(head.ends_with(" 1 2\r\n"), "{head}");
    assert_eq!(
        rest,
        [
            "GTC N\r\n",
            "BLP AL\r\n",
            "PRP PHH 12%2034\r\n",
            "LSG 0 Other%20Contacts 0\r\n",
            "LSG 1 Work%20x 0\r\n",
            "LST bob@example.org BOB 3 1\r\n"
        ]
    );
}

#[test]
fn contacts_have_guids_since_msnp10_and_a_network_in_msnp12() {
    for (dialect, network) in [(10, ""), (12, " 1")] {
        let mut world = World::new();
        let alice = world.online(dialect, "alice");
        world.befriend(alice, dialect, "bob");
        let bob = world.online(dialect, "carol");
        world.ask(bob, "ADC 6 FL N=alice@example.org F=Alice\r\n");
        world.hear(alice);
        let added = world.ask(alice, "ADG 8 Work 0\r\n");
        let group = added[0].split(' ').nth(3).unwrap().to_owned();
        assert_eq!(added[0], format!("ADG 8 Work {group} 0\r\n"));
        let told = world.ask(alice, "SYN 12 0 0\r\n");
        let times = "2000-01-01T00:00:00.0-00:00 2000-01-01T00:00:00.0-00:00";
        assert_eq!(told[0], format!("SYN 12 {times} 2 1\r\n"));
        assert_eq!(
            told[1..5],
            [
                "GTC A\r\n",
                "BLP AL\r\n",
                "PRP MFN ALICE\r\n",
                &*format!("LSG Work {group}\r\n")
            ]
        );
        let bob = told
            .iter()
            .find(|line| line.starts_with("LST N=bob@example.org "))
            .unwrap();
        assert!(bob.ends_with(&format!(" 3{network}\r\n")), "{bob}");
        let guid = bob
            .split("C=")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .to_owned();
        // Who has added the person and was not answered waits, and has no GUID.
        let carol = told
            .iter()
            .find(|line| line.starts_with("LST N=carol@example.org "))
            .unwrap();
        assert_eq!(
            *carol,
            format!("LST N=carol@example.org F=CAROL 16{network}\r\n")
        );
        // By its GUID a contact is put into the group, named, and taken off.
        let into = world.ask(alice, &format!("ADC 13 FL C={guid} {group}\r\n"));
        assert_eq!(into, [format!("ADC 13 FL C={guid} {group}\r\n")]);
        let named = world.ask(alice, &format!("SBP 14 {guid} MFN Bobby\r\n"));
        assert_eq!(named, [format!("SBP 14 {guid} MFN Bobby\r\n")]);
        let told = world.ask(alice, "SYN 15 0 0\r\n");
        let bob = told
            .iter()
            .find(|line| line.starts_with("LST N=bob@example.org "))
            .unwrap();
        assert!(
            bob.contains("F=Bobby ") && bob.ends_with(&format!(" 3{network} {group}\r\n")),
            "{bob}"
        );
        assert_eq!(
            world.ask(alice, &format!("REM 16 FL {guid} {group}\r\n")),
            [format!("REM 16 FL {guid} {group}\r\n")]
        );
        assert_eq!(
            world.ask(alice, &format!("REM 17 FL {guid}\r\n")),
            [format!("REM 17 FL {guid}\r\n")]
        );
        assert_eq!(
            world.ask(alice, "REM 18 FL bob@example.org\r\n"),
            ["403 18\r\n"]
        );
        assert_eq!(
            world.ask(alice, &format!("REM 19 FL {guid}\r\n")),
            ["216 19\r\n"]
        );
    }
}

#[test]
fn the_other_learns_of_it() {
    for (dialect, added, removed) in [
        (
            8,
            "ADD 0 RL 2 alice@example.org ALICE\r\n",
            "REM 0 RL 3 alice@example.org\r\n",
        ),
        (
            12,
            "ADC 0 RL N=alice@example.org F=ALICE\r\n",
            "REM 0 RL alice@example.org\r\n",
        ),
        (
            15,
            "ADL 0 68\r\n<ml><d n=\"example.org\"><c n=\"alice\" l=\"8\" t=\"1\" f=\"ALICE\"/></d></ml>",
            "RML 0 68\r\n<ml><d n=\"example.org\"><c n=\"alice\" l=\"8\" t=\"1\" f=\"ALICE\"/></d></ml>",
        ),
    ] {
        let mut world = World::new();
        let bob = world.online(dialect, "bob");
        world.hear(bob);
        let alice = world.online(8, "alice");
        world.ask(alice, "ADD 6 FL bob@example.org bob 0\r\n");
        assert_eq!(world.hear(bob), [added], "MSNP{dialect}");
        world.ask(alice, "REM 7 FL bob@example.org\r\n");
        assert_eq!(world.hear(bob), [removed], "MSNP{dialect}");
    }
}

#[test]
fn changes_are_answered_with_the_lists_number_up_to_msnp9() {
    let mut world = World::new();
    let alice = world.online(9, "alice");
    for (line, answer) in [
        (
            "ADD 6 FL bob@example.org Bob%20B 0\r\n",
            "ADD 6 FL 2 bob@example.org Bob%20B 0\r\n",
        ),
        (
            "ADD 7 AL bob@example.org Bob\r\n",
            "ADD 7 AL 3 bob@example.org Bob\r\n",
        ),
        ("ADG 8 x 0\r\n", "ADG 8 4 x 1 0\r\n"),
        ("REG 9 1 y 0\r\n", "REG 9 5 1 y 0\r\n"),
        (
            "REA 10 bob@example.org Bobby\r\n",
            "REA 10 6 bob@example.org Bobby\r\n",
        ),
        ("BLP 11 BL\r\n", "BLP 11 7 BL\r\n"),
        ("GTC 12 N\r\n", "GTC 12 8 N\r\n"),
        ("PRP 13 PHH 1\r\n", "PRP 13 9 PHH 1\r\n"),
        ("RMG 14 1\r\n", "RMG 14 10 1\r\n"),
        (
            "REM 15 AL bob@example.org\r\n",
            "REM 15 AL 11 bob@example.org\r\n",
        ),
    ] {
        assert_eq!(world.ask(alice, line), [answer]);
    }
}

#[test]
fn groups_since_msnp10_are_answered_as_one_client_waits_for_it() {
    let mut world = World::new();
    let alice = world.online(11, "alice");
    let added = world.ask(alice, "ADG 6 My%20Group 0\r\n");
    let guid = added[0].split(' ').nth(3).unwrap().to_owned();
    let renamed = world.ask(alice, &format!("REG 7 {guid} Ren%20amed 0\r\n"));
    assert_eq!(renamed, [format!("REG 7 1 Ren%20amed {guid} 0\r\n")]);
    let removed = world.ask(alice, &format!("RMG 8 {guid}\r\n"));
    assert_eq!(removed, [format!("RMG 8 1 {guid}\r\n")]);
}

/// A client that blocks by adding first and removing then was told that there is nothing to remove; and whoever it
/// unblocked so was on neither list (msnp11-sdk).
#[test]
fn a_block_is_set_and_lifted_by_two_lists_in_either_order() {
    let (add, remove) = ("ADC 6 ALL N=bob@example.org", "REM 6 ALL bob@example.org");
    let line = |form: &str, list: &str| format!("{}\r\n", form.replace("ALL", list));
    for block in [[(add, "BL"), (remove, "AL")], [(remove, "AL"), (add, "BL")]] {
        for lift in [[(add, "AL"), (remove, "BL")], [(remove, "BL"), (add, "AL")]] {
            let mut world = World::new();
            let alice = world.online(11, "alice");
            world.ask(alice, "ADC 5 AL N=bob@example.org\r\n");
            for (form, list) in block.into_iter().chain(lift) {
                let line = line(form, list);
                assert_eq!(world.ask(alice, &line), [line], "{block:?} {lift:?}");
            }
            // On the one, and not on the other.
            let gone = line(remove, "BL");
            assert_eq!(world.ask(alice, &gone), ["216 6\r\n"], "{lift:?}");
            let there = line(remove, "AL");
            assert_eq!(world.ask(alice, &there), [there], "{lift:?}");
        }
    }
}

/// Only what was said last of either list counts.
#[test]
fn a_block_that_is_lifted_allows_nobody_by_itself() {
    let mut world = World::new();
    let alice = world.online(11, "alice");
    for line in [
        "ADC 6 AL N=bob@example.org",
        "ADC 6 BL N=bob@example.org",
        "ADC 6 AL N=bob@example.org",
        "REM 6 AL bob@example.org",
        "REM 6 BL bob@example.org",
    ] {
        let line = format!("{line}\r\n");
        assert_eq!(world.ask(alice, &line), [line]);
    }
    let told = world.ask(alice, "REM 6 AL bob@example.org\r\n");
    assert_eq!(told, ["216 6\r\n"]);
}

#[test]
fn what_cannot_be_done_has_its_number() {
    let long = "x".repeat(62);
    for (dialect, line, number) in [
        (9, "ADD 6 FL nobody@example.org x 0\r\n", 205),
        (9, "ADD 6 FL alice x 0\r\n", 201),
        (9, "ADD 6 FL bob@example.org x 7\r\n", 224),
        (9, "ADD 6 RL bob@example.org x\r\n", 201),
        (9, "REM 6 FL bob@example.org\r\n", 216),
        (9, "REM 6 BL bob\r\n", 205),
        (9, "RMG 6 0\r\n", 230),
        (9, "RMG 6 5\r\n", 224),
        (9, "PRP 6 MFN x\r\n", 715),
        (9, "REA 6 bob@example.org x\r\n", 216),
        (9, &*format!("ADG 6 {long} 0\r\n"), 229),
        (12, "ADC 6 FL N=nobody@example.org\r\n", 208),
        (12, "ADC 6 FL N=nobody\r\n", 201),
        (
            12,
            "ADC 6 FL C=11111111-2222-4333-8444-555555555555\r\n",
            208,
        ),
        (12, "REM 6 AL bob@example.org\r\n", 216),
        (12, "RMG 6 11111111-2222-4333-8444-555555555555\r\n", 224),
        (12, "REA 6 alice@example.org x\r\n", 502),
        (12, &*format!("PRP 6 MFN {}\r\n", "x".repeat(388)), 209),
        (12, &*format!("PRP 6 PHH {}\r\n", "1".repeat(96)), 201),
        (15, &*members("ADL", 6, "nobody", 3), 208),
        (15, &*members("ADL", 6, "bob", 8), 241),
        (15, "ADL 6 5\r\n<ml/>", 240),
        (15, "ADL 6 3\r\n<ml", 241),
        (15, "RML 6 3\r\n<ml", 241),
        (15, "FQY 6 5\r\n<ml/>", 240),
    ] {
        let mut world = World::new();
        let alice = world.online(dialect, "alice");
        let told = world.ask(alice, line);
        assert_eq!(told, [format!("{number} 6\r\n")], "MSNP{dialect} {line}");
        assert!(!world.is_closed(alice));
    }
}

#[test]
fn a_group_is_named_once() {
    let mut world = World::new();
    let alice = world.online(12, "alice");
    world.ask(alice, "ADG 6 x 0\r\n");
    assert_eq!(world.ask(alice, "ADG 7 x 0\r\n"), ["228 7\r\n"]);
}

#[test]
fn lists_that_live_elsewhere_are_announced_and_changed() {
    for dialect in [13, 15, 18] {
        let mut world = World::new();
        let alice = world.online(dialect, "alice");
        let bob = world.online(8, "bob");
        // What a client says at sign-in changes nothing: the address book has said it.
        let initial = "<ml l=\"1\"><d n=\"example.org\"><c n=\"bob\" l=\"1\" t=\"1\"/></d></ml>";
        let line = format!("ADL 6 {}\r\n{initial}", initial.len());
        assert_eq!(world.ask(alice, &line), ["ADL 6 OK\r\n"]);
        assert_eq!(world.hear(bob), [""; 0]);
        let told = world.ask(alice, &members("ADL", 7, "bob", 3));
        assert!(told.contains(&"ADL 7 OK\r\n".to_owned()), "{told:?}");
        assert_eq!(world.hear(bob), ["ADD 0 RL 2 alice@example.org ALICE\r\n"]);
        assert_eq!(
            world.ask(alice, &members("RML", 8, "bob", 1))[0],
            "RML 8 OK\r\n"
        );
        assert_eq!(world.hear(bob), ["REM 0 RL 3 alice@example.org\r\n"]);
        assert_eq!(
            world.ask(alice, &members("RML", 9, "carol", 1)),
            ["RML 9 OK\r\n"]
        );
        assert_eq!(
            world.ask(alice, &members("RML", 10, "nobody", 1)),
            ["RML 10 OK\r\n"]
        );
    }
}

#[test]
fn an_answer_takes_somebody_off_those_who_wait() {
    let mut world = World::new();
    let alice = world.online(12, "alice");
    let bob = world.online(12, "bob");
    world.ask(bob, "ADC 6 FL N=alice@example.org F=Alice\r\n");
    world.hear(alice);
    let listed = |world: &mut World| {
        let told = world.ask(alice, "SYN 9 0 0\r\n");
        let line = told
            .into_iter()
            .find(|line| line.starts_with("LST N=bob@example.org "));
        line.unwrap()
    };
    assert!(listed(&mut world).ends_with(" 16 1\r\n"));
    for line in [
        "ADC 10 AL N=bob@example.org\r\n",
        "ADC 11 RL N=bob@example.org\r\n",
    ] {
        assert_eq!(world.ask(alice, line), [line]);
    }
    assert_eq!(
        world.ask(alice, "REM 12 PL bob@example.org\r\n"),
        ["REM 12 PL bob@example.org\r\n"]
    );
    assert!(listed(&mut world).ends_with(" 10 1\r\n"));
}

#[test]
fn a_store_that_fails_refuses_and_signs_nobody_out() {
    for (dialect, line) in [
        (9, "ADD 6 FL bob@example.org x 0\r\n".to_owned()),
        (12, "ADC 6 FL N=bob@example.org\r\n".to_owned()),
        (15, members("ADL", 6, "bob", 3)),
    ] {
        let mut world = World::new();
        let alice = world.online(dialect, "alice");
        world.store_is(StoreIs::Broken);
        assert_eq!(world.ask(alice, &line), ["403 6\r\n"]);
        world.store_is(StoreIs::Well);
        assert!(!world.is_closed(alice));
        assert!(world.ask(alice, &line)[0].starts_with(&line[..3]));
    }
}
