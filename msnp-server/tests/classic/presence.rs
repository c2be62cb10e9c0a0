//! `CHG`, `ILN`, `NLN`, `FLN`, `UUX` and `UBX` (msnp8-18.md 8).

use crate::world::{World, account, members, sign_in_lines, status};

/// The line that tells of somebody, without its payload.
fn line<'a>(told: &'a [String], start: &str) -> &'a str {
    let found = told.iter().find(|line| line.starts_with(start));
    found.map_or("", |line| line.split("\r\n").next().unwrap())
}

#[test]
fn each_dialect_has_its_form_of_who_is_there() {
    let bob = account("bob");
    for (dialect, initial, news, gone) in [
        (
            8,
            format!("ILN 9 NLN {bob} BOB 32"),
            format!("NLN BSY {bob} BOB 32"),
            format!("FLN {bob}"),
        ),
        (
            9,
            format!("ILN 9 NLN {bob} BOB 32 0"),
            format!("NLN BSY {bob} BOB 32 0"),
            format!("FLN {bob}"),
        ),
        (
            12,
            format!("ILN 9 NLN {bob} BOB 32 0"),
            format!("NLN BSY {bob} BOB 32 0"),
            format!("FLN {bob}"),
        ),
        (
            14,
            format!("ILN 9 NLN {bob} 1 BOB 32 0"),
            format!("NLN BSY {bob} 1 BOB 32 0"),
            format!("FLN {bob} 1 0"),
        ),
        (
            16,
            format!("ILN 9 NLN {bob} 1 BOB 32:0 0"),
            format!("NLN BSY {bob} 1 BOB 32:0 0"),
            format!("FLN {bob} 1 0:0"),
        ),
        (
            18,
            format!("NLN NLN 1:{bob} BOB 32:0 0"),
            format!("NLN BSY 1:{bob} BOB 32:0 0"),
            format!("FLN 1:{bob} 0:0"),
        ),
    ] {
        let mut world = World::new();
        let alice = world.online(dialect, "alice");
        world.befriend(alice, dialect, "bob");
        world.ask(alice, "OUT\r\n");
        let other = world.online(15, "bob");
        let alice = world.sign_in(dialect, "alice");
        let told = world.status(alice, dialect, 9, "NLN");
        let found = told.iter().any(|line| line.trim_end() == initial);
        assert!(found, "MSNP{dialect}: {told:?}");
        world.wait(1);
        world.status(other, 15, 6, "BSY");
        assert_eq!(line(&world.hear(alice), "NLN"), news);
        world.status(other, 15, 7, "HDN");
        assert_eq!(line(&world.hear(alice), "FLN"), gone);
    }
}

#[test]
fn somebody_who_comes_later_is_news() {
    let mut world = World::new();
    let alice = world.online(12, "alice");
    world.befriend(alice, 12, "bob");
    world.wait(1);
    world.online(12, "bob");
    assert_eq!(world.hear(alice), ["NLN NLN bob@example.org BOB 32 0\r\n"]);
}

#[test]
fn whoever_is_added_is_shown_with_the_line_that_adds_them() {
    let mut world = World::new();
    world.online(12, "bob");
    let alice = world.online(12, "alice");
    let told = world.ask(alice, "ADC 6 FL N=bob@example.org F=Bob\r\n");
    assert_eq!(line(&told, "ILN"), "ILN 6 NLN bob@example.org BOB 32 0");
    assert!(line(&told, "ADC").starts_with("ADC 6 FL N=bob@example.org F=BOB C="));
}

#[test]
fn a_status_is_echoed_and_the_own_one_shown_where_places_have_names() {
    let mut world = World::new();
    let old = world.sign_in(12, "alice");
    let object = "%3cmsnobj%20Creator%3d%22a%22%2f%3e";
    let told = world.ask(old, &format!("CHG 5 AWY 2788999228 {object}\r\n"));
    assert_eq!(line(&told, "CHG"), format!("CHG 5 AWY 2788999228 {object}"));
    let new = world.sign_in(18, "bob");
    let told = world.ask(new, "CHG 5 HDN 2788999228:48 0\r\n");
    assert_eq!(
        line(&told, "NLN"),
        "NLN HDN 1:bob@example.org BOB 2788999228:48 0"
    );
    let own = told
        .iter()
        .find(|line| line.starts_with("UBX 1:bob@example.org "))
        .unwrap();
    assert!(
        own.contains("<PrivateEndpointData id=\"{aaaaaaaa-"),
        "{own}"
    );
}

#[test]
fn words_about_oneself_reach_those_who_have_them() {
    let document = "<Data><PSM>h\u{e9} &amp; &lt;co&gt;</PSM><CurrentMedia>\\0Music\\01\\0{0}\\0Song\\0</CurrentMedia></Data>";
    for dialect in [11, 13, 15, 16, 18] {
        let mut world = World::new();
        let [alice, bob] = world.friends(dialect, 12);
        let line = format!("UUX 8 {}\r\n{document}", document.len());
        assert_eq!(world.ask(bob, &line), ["UUX 8 0\r\n"]);
        let told = world.hear(alice);
        let found = told.iter().find(|line| line.starts_with("UBX ")).unwrap();
        let whose = match dialect {
            ..14 => "UBX bob@example.org ",
            14..18 => "UBX bob@example.org 1 ",
            _ => "UBX 1:bob@example.org ",
        };
        assert!(found.starts_with(whose), "{found}");
        assert!(
            found.contains("<PSM>h\u{e9} &amp; &lt;co&gt;</PSM>"),
            "{found}"
        );
        assert!(found.contains("\\0Music\\01\\0{0}\\0Song\\0"), "{found}");
        // Said once: another status does not repeat it.
        world.status(bob, 12, 9, "BSY");
        let told = world.hear(alice);
        assert!(
            told.iter().all(|line| !line.starts_with("UBX ")),
            "{told:?}"
        );
    }
}

#[test]
fn what_a_place_can_do_is_told_to_those_who_know_places() {
    let mut world = World::new();
    let [alice, bob] = world.friends(18, 18);
    let document = "<EndpointData><Capabilities>2788999228:48</Capabilities></EndpointData>";
    world.ask(bob, &format!("UUX 8 {}\r\n{document}", document.len()));
    let private = "<PrivateEndpointData><EpName>PC</EpName><Idle>true</Idle><ClientType>1</ClientType><State>NLN</State></PrivateEndpointData>";
    world.ask(bob, &format!("UUX 9 {}\r\n{private}", private.len()));
    let told = world.hear(alice);
    assert_eq!(
        line(&told, "NLN"),
        "NLN NLN 1:bob@example.org BOB 2788999228:48 0"
    );
    let data = told.iter().rfind(|line| line.starts_with("UBX ")).unwrap();
    let place = format!(
        "<EndpointData id=\"{}\"><Capabilities>2788999228:48</Capabilities></EndpointData>",
        crate::world::PLACE
    );
    assert!(data.contains(&place), "{data}");
    assert!(!data.contains("EpName"), "for own places only: {data}");
}

#[test]
fn a_new_name_is_shown_at_once() {
    let mut world = World::new();
    let [alice, bob] = world.friends(12, 12);
    assert_eq!(
        world.ask(bob, "PRP 8 MFN Bobby%20B\r\n"),
        ["PRP 8 MFN Bobby%20B\r\n"]
    );
    assert_eq!(
        world.hear(alice),
        ["NLN NLN bob@example.org Bobby%20B 32 0\r\n"]
    );
    let [carol, dave] = {
        let mut fresh = World::new();
        std::mem::swap(&mut world, &mut fresh);
        world.friends(8, 8)
    };
    let renamed = world.ask(dave, "REA 8 bob@example.org Bobby%20B\r\n");
    assert!(
        renamed[0].starts_with("REA 8 ") && renamed[0].ends_with(" bob@example.org Bobby%20B\r\n")
    );
    assert_eq!(
        world.hear(carol),
        ["NLN NLN bob@example.org Bobby%20B 32\r\n"]
    );
}

#[test]
fn nobody_is_there_before_the_first_status() {
    let mut world = World::new();
    let alice = world.online(12, "alice");
    world.befriend(alice, 12, "bob");
    let bob = world.sign_in(12, "bob");
    let early = ["XFR 6 SB\r\n", "UUX 7 13\r\n<Data></Data>"];
    assert_eq!(world.ask(bob, early[0]), ["913 6\r\n"]);
    assert_eq!(world.ask(bob, early[1]), ["UUX 7 0\r\n"]);
    world.wait(1);
    assert_eq!(world.hear(alice), [""; 0]);
    world.status(bob, 12, 8, "NLN");
    assert_eq!(
        line(&world.hear(alice), "NLN"),
        "NLN NLN bob@example.org BOB 32 0"
    );
}

#[test]
fn whoever_hides_calls_nobody_up_to_msnp12() {
    for (dialect, refused) in [(12, true), (13, false)] {
        let mut world = World::new();
        let alice = world.sign_in(dialect, "alice");
        world.ask(alice, &status(dialect, 5, "HDN"));
        let told = world.ask(alice, "XFR 6 SB\r\n");
        assert_eq!(told[0] == "913 6\r\n", refused, "{told:?}");
    }
}

/// libpurple adds by the address book, and mixes up its calls there if the new contact is shown before it has read the answer.
#[test]
fn who_was_added_elsewhere_is_shown_a_moment_later_or_once_the_client_names_them() {
    for names_them in [false, true] {
        let mut world = World::new();
        let alice = world.online(18, "alice");
        world.befriend(alice, 18, "bob");
        let bob = world.online(18, "bob");
        let other = world.open(18, "NS");
        let (first, last) = sign_in_lines(18, "bob", "{bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb}");
        world.ask(other, &first);
        world.ask(other, &last);
        world.hear(bob);
        world.befriend(other, 18, "alice");
        let shown = |told: &[String]| {
            let of_alice = |line: &&String| line.starts_with("NLN NLN 1:alice@");
            told.iter().filter(of_alice).count()
        };
        let told = world.hear(bob);
        assert_eq!(shown(&told), 0, "{told:?}");
        let told = if names_them {
            world.ask(bob, &members("ADL", 9, "alice", 3))
        } else {
            world.wait(1);
            world.hear(bob)
        };
        assert_eq!(shown(&told), 1, "{told:?}");
        world.wait(2);
        assert_eq!(shown(&world.hear(bob)), 0, "once is enough");
    }
}
