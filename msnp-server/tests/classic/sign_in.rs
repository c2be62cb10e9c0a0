//! From `VER` to the greeting (msnp8-18.md 4, 5), and the end of a connection.

use std::time::Duration;

use msnp_proto::auth::md5_sign_in;
use msnp_server::faces::Challenge;
use msnp_server::network::ConnectionId;

use crate::world::{Config, PLACE, World, account, members, sign_in_lines, status};

const ALL: [u32; 11] = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];

/// What a new connection is told, and whether it is over.
fn told(bytes: &str) -> (Vec<String>, bool) {
    let mut world = World::new();
    let client = world.open(18, "NS");
    let told = world.ask(client, bytes);
    (told, world.is_closed(client))
}

#[test]
fn the_newest_dialect_that_both_speak_is_chosen() {
    for (offer, chosen) in [
        ("MSNP12 CVR0", "MSNP12"),
        ("MSNP8 MSNP9 MSNP15 MSNP12", "MSNP15"),
        ("MSNP18 MSNP21 CVR0", "MSNP21"),
        ("MSNP20 MSNP19 MSNP18 CVR0", "MSNP18"),
        ("CVR0 MSNP8", "MSNP8"),
        ("MSNP7 MSNP6 CVR0", "MSNP7"),
    ] {
        let (told, closed) = told(&format!("VER 1 {offer}\r\n"));
        assert_eq!((told, closed), (vec![format!("VER 1 {chosen}\r\n")], false));
    }
    for offer in [
        "MSNP20 CVR0",
        "MSNP22 CVR0",
        "MSNP6 CVR0",
        "CVR0",
        "msnp18",
        "x",
    ] {
        let (told, closed) = told(&format!("VER 1 {offer}\r\n"));
        assert_eq!(
            (told, closed),
            (vec!["VER 1 0\r\n".to_owned()], true),
            "{offer}"
        );
    }
}

#[test]
fn a_dialect_is_chosen_wherever_its_offer_is_cut() {
    let offer = "VER 1 MSNP18 MSNP17 CVR0\r\n";
    for cut in 1..offer.len() {
        let mut world = World::new();
        let client = world.open(18, "NS");
        assert_eq!(world.ask(client, &offer[..cut]), [""; 0]);
        assert_eq!(world.ask(client, &offer[cut..]), ["VER 1 MSNP18\r\n"]);
    }
}

#[test]
fn each_dialect_is_greeted_in_its_own_way() {
    for dialect in ALL {
        let mut world = World::new();
        let client = world.open(dialect, "NS");
        let (first, last) = sign_in_lines(dialect, "alice", PLACE);
        let asked = world.ask(client, &first);
        let version = "CVR 2 8.5.1302 8.5.1302 8.5.1302 http://localhost/ http://localhost/\r\n";
        assert_eq!(
            asked[..2],
            [format!("VER 1 MSNP{dialect}\r\n"), version.into()]
        );
        let pushed = asked
            .iter()
            .filter(|line| line.starts_with("GCF 0 "))
            .count();
        assert_eq!(pushed, usize::from(dialect >= 13));
        let question = asked.last().unwrap();
        let package = if dialect < 15 {
            "USR 3 TWN S ct="
        } else {
            "USR 3 SSO S MBI_KEY_OLD "
        };
        assert!(question.starts_with(package), "{question}");
        let greeting = world.ask(client, &last);
        let name = if dialect < 10 { " ALICE" } else { "" };
        assert_eq!(
            greeting[0],
            format!("USR 4 OK alice@example.org{name} 1 0\r\n")
        );
        let verbs: Vec<_> = greeting[1..].iter().map(|line| &line[..3]).collect();
        let expected: &[&str] = match dialect {
            ..11 => &["MSG"],
            11..16 => &["SBS", "MSG"],
            _ => &["SBS", "MSG", "UBX"],
        };
        assert_eq!(verbs, expected, "MSNP{dialect}");
        let profile = greeting
            .iter()
            .find(|line| line.starts_with("MSG Hotmail"))
            .unwrap();
        assert!(profile.contains("\r\nMSPAuth: t=alice&p=\r\n"), "{profile}");
        let status = world.status(client, dialect, 5, "NLN");
        let mailbox = status
            .iter()
            .filter(|line| line.contains("initialmdata"))
            .count();
        assert_eq!(mailbox, usize::from(dialect >= 11));
    }
}

/// Signs in by MD5; what is told behind the proof.
fn md5(world: &mut World, client: ConnectionId, name: &str, token: &str) -> Vec<String> {
    let first = "VER 1 MSNP7 CVR0\r\nINF 2\r\n";
    assert_eq!(
        world.ask(client, first),
        ["VER 1 MSNP7\r\n", "INF 2 MD5\r\n"]
    );
    let asked = world.ask(client, &format!("USR 3 MD5 I {}\r\n", account(name)));
    let salt = asked[0].strip_prefix("USR 3 MD5 S ").expect("a salt");
    let answer = md5_sign_in::respond(salt.trim_end(), token);
    world.ask(client, &format!("USR 4 MD5 S {}\r\n", answer.expose()))
}

#[test]
fn msnp7_signs_in_by_an_access_token_and_gets_its_lists_one_by_one() {
    let mut world = World::new();
    world.wire().give_access_token("alice", "token");
    let bob = world.online(8, "bob");
    world.befriend(bob, 8, "alice");
    let alice = world.open(7, "NS");
    let greeting = md5(&mut world, alice, "alice", "token");
    assert_eq!(greeting[0], "USR 4 OK alice@example.org ALICE 1\r\n");
    assert!(greeting[1].starts_with("MSG Hotmail Hotmail "));
    let added =
        "ADD 5 FL bob@example.org bob 0\r\nADD 6 AL bob@example.org bob\r\nADG 7 Work 0\r\n";
    assert_eq!(world.ask(alice, added).len(), 3);
    world.ask(alice, "ADD 8 FL bob@example.org bob 1\r\n");
    let serial = "5";
    let expected = [
        format!("SYN 9 {serial}\r\n"),
        format!("GTC 9 {serial} A\r\n"),
        format!("BLP 9 {serial} AL\r\n"),
        format!("LSG 9 {serial} 1 2 0 Other%20Contacts 0\r\n"),
        format!("LSG 9 {serial} 2 2 1 Work 0\r\n"),
        format!("LST 9 FL {serial} 1 1 bob@example.org BOB 1\r\n"),
        format!("LST 9 AL {serial} 1 1 bob@example.org BOB\r\n"),
        format!("LST 9 BL {serial} 0 0\r\n"),
        format!("LST 9 RL {serial} 1 1 bob@example.org BOB\r\n"),
    ];
    assert_eq!(world.ask(alice, "SYN 9 0\r\n"), expected);
    let there = world.ask(alice, "CHG 10 NLN\r\n");
    assert_eq!(
        there,
        ["CHG 10 NLN\r\n", "ILN 10 NLN bob@example.org BOB\r\n"]
    );
    world.hear(bob);
    let left = world.ask(bob, "PNG\r\n");
    assert_eq!(left, ["QNG\r\n"]);
}

#[test]
fn md5_is_no_way_in_with_a_password_or_without_a_token() {
    for (name, token) in [("alice", "secret"), ("bob", "token"), ("nobody", "token")] {
        let mut world = World::new();
        world.wire().give_access_token("alice", "token");
        let client = world.open(7, "NS");
        assert_eq!(md5(&mut world, client, name, token), ["911 4\r\n"]);
        assert!(world.is_closed(client), "{name}");
    }
}

const WEB: &str = "VER 1 MSNP22 CVR0\r\nCVR 2 0x0809 winnt 6.2.0 i386 MoShClient 16.4.4206.0722 MoShClient alice@example.org 0\r\nUSR 3 WEB {00000000-0000-0000-0000-000000000001}\r\n";

/// What Windows 8 said in one request, with the ticket in its head (gateway.md 17.4).
#[test]
fn msnp22_signs_in_by_the_head_of_its_requests() {
    let mut world = World::new();
    let hour = Duration::from_secs(3600);
    let alice = world.open_shown(22, "alice", hour);
    let told = world.ask(alice, WEB);
    assert_eq!(told[0], "VER 1 MSNP22\r\n");
    assert!(told[1].starts_with("CVR 2 "), "{told:?}");
    assert_eq!(told[2], "USR 3 OK alice@example.org 1 0\r\n");
    assert_eq!(world.ask(alice, "FSL 5 1025 3\r\n"), ["FSL 5\r\n"]);
    for cut in 1..WEB.len() {
        let mut world = World::new();
        let alice = world.open_shown(22, "alice", hour);
        let mut told = world.ask(alice, &WEB[..cut]);
        told.extend(world.ask(alice, &WEB[cut..]));
        assert_eq!(
            told[2], "USR 3 OK alice@example.org 1 0\r\n",
            "cut at {cut}"
        );
    }
}

#[test]
fn msnp22_is_not_spoken_to_whoever_has_no_head_to_show() {
    let mut world = World::new();
    let client = world.open(21, "NS");
    let told = world.ask(client, "VER 1 MSNP22 MSNP21 MSNP18 CVR0\r\n");
    assert_eq!(told, ["VER 1 MSNP21\r\n"]);
    let client = world.open(22, "NS");
    assert_eq!(world.ask(client, "VER 1 MSNP22 CVR0\r\n"), ["VER 1 0\r\n"]);
    assert!(world.is_closed(client));
}

#[test]
fn a_head_that_counts_no_more_and_a_place_without_a_name_sign_nobody_in() {
    for (good_for, place) in [
        (0, "{00000000-0000-0000-0000-000000000001}"),
        (60, "{0000}"),
        (60, "x"),
    ] {
        let mut world = World::new();
        let client = world.open_shown(22, "alice", Duration::from_secs(good_for));
        let first = WEB.split("USR").next().unwrap();
        world.ask(client, first);
        let told = world.ask(client, &format!("USR 3 WEB {place}\r\n"));
        assert_eq!(told, ["911 3\r\n"], "{place}");
        assert!(world.is_closed(client));
    }
}

/// The ticket of another kind of sign-in is none in the line.
#[test]
fn msnp22_takes_no_proof_in_a_line() {
    for line in [
        "USR 3 SSO I alice@example.org\r\n",
        "USR 3 TWN I alice@example.org\r\n",
        "USR 3 SSO S t=alice&p= proof\r\n",
    ] {
        let mut world = World::new();
        let client = world.open_shown(22, "alice", Duration::from_secs(60));
        world.ask(client, WEB.split("USR").next().unwrap());
        assert_eq!(world.ask(client, line), ["911 3\r\n"], "{line}");
        assert!(world.is_closed(client));
    }
}

#[test]
fn whoever_proves_to_be_nobody_is_told_so_and_let_go() {
    for (dialect, first, last) in [
        (
            12,
            "USR 3 TWN I alice@example.org\r\n",
            "USR 4 TWN S t=bob&p=\r\n",
        ),
        (
            12,
            "USR 3 TWN I alice@example.org\r\n",
            "USR 4 TWN S t=nobody&p=\r\n",
        ),
        (
            12,
            "USR 3 TWN I nobody@example.org\r\n",
            "USR 4 TWN S t=alice&p=\r\n",
        ),
        (
            15,
            "USR 3 SSO I alice@example.org\r\n",
            "USR 4 SSO S t=alice&p= wrong\r\n",
        ),
        (
            15,
            "USR 3 SSO I alice@example.org\r\n",
            "USR 4 SSO S t=alice&p=\r\n",
        ),
        (
            18,
            "USR 3 SSO I alice@example.org\r\n",
            "USR 4 SSO S t=alice&p= proof\r\n",
        ),
        (
            18,
            "USR 3 SSO I alice@example.org\r\n",
            "USR 4 SSO S t=alice&p= proof {x}\r\n",
        ),
        (12, "", "USR 4 TWN S t=alice&p=\r\n"),
        (12, "", "USR 4 TWN I alice\r\n"),
        (12, "", "USR 4 SSO I alice@example.org\r\n"),
        (15, "", "USR 4 TWN I alice@example.org\r\n"),
        (12, "", "USR 4 XYZ I alice@example.org\r\n"),
    ] {
        let mut world = World::new();
        let client = world.open(dialect, "NS");
        world.ask(client, &format!("VER 1 MSNP{dialect} CVR0\r\n{first}"));
        assert_eq!(world.ask(client, last), ["911 4\r\n"], "{first}{last}");
        assert!(world.is_closed(client));
    }
}

#[test]
fn what_comes_before_the_sign_in_is_refused_and_too_much_of_it_ends_the_connection() {
    let mut world = World::new();
    let client = world.open(12, "NS");
    world.ask(client, "VER 1 MSNP12 CVR0\r\n");
    assert_eq!(world.ask(client, "CHG 2 NLN 0\r\n"), ["302 2\r\n"]);
    assert_eq!(world.ask(client, "XFR 3 SB\r\n"), ["302 3\r\n"]);
    let last = world.ask(client, "SYN 4 0 0\r\n");
    assert_eq!(last, ["302 4\r\n", "OUT\r\n"]);
    assert!(world.is_closed(client));
}

#[test]
fn nobody_stays_without_signing_in() {
    let mut world = World::new();
    let (silent, begun) = (world.open(12, "NS"), world.open(12, "NS"));
    world.ask(begun, "VER 1 MSNP12 CVR0\r\n");
    let home = world.sign_in(12, "alice");
    world.wait(121);
    world.wait(0);
    for client in [silent, begun] {
        assert!(world.is_closed(client));
    }
    assert!(!world.is_closed(home));
}

#[test]
fn a_second_sign_in_is_refused_and_a_second_ver_ends_the_connection() {
    let mut world = World::new();
    let client = world.sign_in(12, "alice");
    assert_eq!(
        world.ask(client, "USR 5 TWN I bob@example.org\r\n"),
        ["205 5\r\n"]
    );
    assert_eq!(world.ask(client, "VER 6 MSNP12\r\n"), ["715 6\r\n"]);
    assert!(world.is_closed(client));
}

#[test]
fn a_connection_ends_with_the_reason() {
    let mut world = World::new();
    let first = world.sign_in(12, "alice");
    let second = world.sign_in(12, "alice");
    assert_eq!(world.hear(first), ["OUT OTH\r\n"]);
    assert!(world.is_closed(first));
    let now = world.wire().now();
    world.wire().server().handle_shutdown(now);
    world.wire().settle();
    assert_eq!(world.hear(second), ["OUT SSD\r\n"]);
}

#[test]
fn places_live_together_where_they_have_names() {
    let mut world = World::new();
    let other = "{bbbbbbbb-aaaa-4aaa-8aaa-aaaaaaaaaaaa}";
    let first = world.sign_in(16, "alice");
    let (begin, proof) = sign_in_lines(16, "alice", other);
    let second = world.open(16, "NS");
    world.ask(second, &begin);
    world.ask(second, &proof);
    let again = world.sign_in(16, "alice");
    assert_eq!(world.hear(first), ["OUT OTH\r\n"]);
    assert!(!world.is_closed(second) && !world.is_closed(again));
}

#[test]
fn places_speak_to_each_other_and_each_is_shown_what_the_others_say_of_themselves() {
    let mut world = World::new();
    let other = "{bbbbbbbb-aaaa-4aaa-8aaa-aaaaaaaaaaaa}";
    let first = world.online(16, "alice");
    let (begin, proof) = sign_in_lines(16, "alice", other);
    let second = world.open(16, "NS");
    world.ask(second, &begin);
    world.ask(second, &proof);
    let own = world.ask(second, &status(16, 5, "BSY"));
    assert!(own.iter().any(|line| line.contains(PLACE)), "{own:?}");
    let seen = world.hear(first);
    assert!(seen.iter().any(|line| line.contains(other)), "{seen:?}");
    let goodbye = "goawyplzthxbye";
    let line = format!("UUN 7 alice@example.org;{other} 4 14\r\n{goodbye}");
    assert_eq!(world.ask(first, &line), ["UUN 7 OK\r\n"]);
    let heard = format!("UBN alice@example.org;{PLACE} 4 14\r\n{goodbye}");
    assert_eq!(world.hear(second), std::slice::from_ref(&heard));
    // To all of them, by the account alone.
    let line = "UUN 8 alice@example.org 4 14\r\ngoawyplzthxbye";
    assert_eq!(world.ask(first, line), ["UUN 8 OK\r\n"]);
    assert_eq!(world.hear(second), [heard]);
    assert_eq!(world.hear(first), [""; 0]);
    let nowhere = "UUN 9 alice@example.org;{cccccccc-aaaa-4aaa-8aaa-aaaaaaaaaaaa} 4 2\r\nhi";
    assert_eq!(world.ask(first, nowhere), ["217 9\r\n"]);
    world.ask(second, "OUT\r\n");
    world.hear(first);
    assert_eq!(
        world.ask(first, "UUN 10 alice@example.org 4 2\r\nhi"),
        ["217 10\r\n"]
    );
}

#[test]
fn pings_are_answered_while_the_store_is_slow() {
    let mut world = World::new();
    for (dialect, pong) in [(8, "QNG\r\n"), (12, "QNG 45\r\n")] {
        let client = world.online(dialect, "alice");
        world.store_is(crate::world::StoreIs::Slow);
        let line = if dialect < 10 {
            "ADD 8 FL bob@example.org bob 0\r\n"
        } else {
            "BLP 8 BL\r\n"
        };
        assert_eq!(world.ask(client, line), [""; 0]);
        assert_eq!(world.ask(client, "PNG\r\n"), [pong]);
        world.store_is(crate::world::StoreIs::Well);
        assert_eq!(world.hear(client).len(), 1);
    }
}

#[test]
fn a_proof_of_the_product_is_asked_for_and_looked_at_as_the_operator_wants() {
    for (challenge, wrong) in [
        (Challenge::Ignored, "QRY 6\r\n"),
        (Challenge::Checked, "540 6\r\n"),
    ] {
        let mut config = Config::default();
        config.faces.challenge = challenge;
        let mut world = World::with(config);
        let client = world.sign_in(12, "alice");
        let told = world.status(client, 12, 5, "NLN");
        let asked = told.iter().find(|line| line.starts_with("CHL 0 ")).unwrap();
        let digits = asked[6..].trim().to_owned();
        let answer = |answer: &str| format!("QRY 6 PROD0101{{0RM?UBW 32\r\n{answer}");
        assert_eq!(world.ask(client, &answer(&"0".repeat(32))), [wrong]);
        assert_eq!(world.is_closed(client), challenge == Challenge::Checked);
        let client = world.sign_in(12, "alice");
        let told = world.status(client, 12, 5, "NLN");
        let asked = told.iter().find(|line| line.starts_with("CHL 0 ")).unwrap();
        assert_ne!(asked[6..].trim(), digits);
        let product = msnp_proto::auth::challenge::product("PROD0101{0RM?UBW").unwrap();
        let right = product.respond(asked[6..].trim());
        assert_eq!(world.ask(client, &answer(right.as_str())), ["QRY 6\r\n"]);
    }
}

#[test]
fn who_does_not_prove_the_product_in_time_is_let_go() {
    let mut config = Config::default();
    config.faces.challenge = Challenge::Checked;
    let mut world = World::with(config);
    let client = world.online(12, "alice");
    world.wait(51);
    assert_eq!(world.hear(client).last().unwrap(), "540 0\r\n");
    assert!(world.is_closed(client));
}

#[test]
fn lines_that_are_no_good_are_refused_by_number_and_jam_nothing() {
    let mut world = World::new();
    let client = world.online(12, "alice");
    // (what, answer): unknown, of another dialect, wrong words, blank, cut short.
    for (line, answer) in [
        ("ZZZ 7\r\n", "200 7\r\n"),
        ("ZZZ 7 5\r\n", "200 7\r\n"),
        ("ADD 7 FL bob@example.org bob 0\r\n", "502 7\r\n"),
        ("UUM 7 bob@example.org 1 1 5\r\nhello", "502 7\r\n"),
        ("ADL 7 5\r\n<ml/>", "502 7\r\n"),
        ("PGD 7 tel:+1 1 5\r\nhello", "715 7\r\n"),
        ("XFR 7 XX\r\n", "201 7\r\n"),
        ("XFR 7\r\n", "201 7\r\n"),
        ("CHG 7 XYZ 0\r\n", "201 7\r\n"),
        ("CHG 7 FLN 0\r\n", "201 7\r\n"),
        ("CHG 7 NLN x\r\n", "200 7\r\n"),
        ("UUX 7 5\r\n<Dat>", "200 7\r\n"),
        ("GTC 7 A\r\n", "218 7\r\n"),
        ("BLP 7 AL\r\n", "218 7\r\n"),
        ("MSG 7 N 2\r\nhi", "502 7\r\n"),
    ] {
        let told = world.ask(client, &format!("{line}\r\n\r\nURL 8 INBOX\r\n"));
        assert_eq!(told, [answer, "URL 8 / / 1\r\n"], "{line}");
    }
    let told = world.ask(client, "helloURL 19\r\nURL 9 INBOX\r\n");
    assert_eq!(told, ["200 0\r\n", "URL 9 / / 1\r\n"]);
}

#[test]
fn a_stream_whose_frames_are_lost_ends() {
    for line in [
        "UUX 7 x\r\n",
        "QRY 7 a 999999999\r\n",
        &format!("URL 7 {}", "x".repeat(9_000)),
    ] {
        let mut world = World::new();
        let client = world.online(12, "alice");
        let told = world.ask(client, line);
        assert_eq!(told, ["200 0\r\n", "OUT\r\n"], "{}", &line[..9]);
        assert!(world.is_closed(client));
    }
}

#[test]
fn payload_verbs_of_every_dialect_jam_nothing() {
    for dialect in ALL {
        let mut world = World::new();
        let client = world.online(dialect, "alice");
        for verb in [
            "UUX", "ADL", "RML", "FQY", "UUN", "UUM", "PUT", "DEL", "SDG", "VAS", "SDC",
        ] {
            let line = format!("{verb} 7 a b c 7\r\n1234567");
            let told = world.ask(client, &format!("{line}URL 8 INBOX\r\n"));
            assert_eq!(
                told.last().unwrap(),
                "URL 8 / / 1\r\n",
                "MSNP{dialect} {verb}"
            );
        }
    }
}

/// The good-bye was said twice, the second time behind the end.
#[test]
fn a_last_bad_line_behind_which_the_frames_are_lost_ends_a_connection_once() {
    let mut config = Config::default();
    config.faces.bad_lines = 1;
    let mut world = World::with(config);
    let client = world.open(18, "NS");
    world.ask(client, "VER 1 MSNP18 CVR0\r\n");
    let told = world.ask(client, "ADL 2 x\r\n");
    assert!(world.is_closed(client));
    let good_byes = told.iter().filter(|line| *line == "OUT\r\n").count();
    assert_eq!(good_byes, 1, "{told:?}");
}

#[test]
fn what_clients_say_by_habit_is_answered() {
    let mut world = World::new();
    let old = world.online(12, "alice");
    for (line, answer) in [
        ("IMS 7 OFF\r\n", "IMS 7 0 OFF\r\n"),
        ("SND 7 carol@example.org\r\n", "SND 7 OK\r\n"),
        ("URL 7 PERSON 0x0409\r\n", "URL 7 / / 1\r\n"),
    ] {
        assert_eq!(world.ask(old, line), [answer]);
    }
    let shields = world.ask(old, "GCF 7 Shields.xml\r\n");
    assert!(shields[0].starts_with("GCF 7 Shields.xml ") && shields[0].contains("<config>"));
    let new = world.online(18, "bob");
    for (line, answer) in [
        (
            "USR 7 SHA A x\r\n",
            &*format!("USR 7 OK {} 0 0\r\n", account("bob")),
        ),
        ("PUT 7 2\r\nhi", "PUT 7 OK 0\r\n"),
        ("SYN 7 0 0\r\n", "502 7\r\n"),
        ("BLP 7 AL\r\n", "BLP 7 AL\r\n"),
        ("UUN 7 alice@example.org 4 2\r\nhi", "283 7\r\n"),
    ] {
        assert_eq!(world.ask(new, line), [answer]);
    }
    for line in ["SDG 7 2\r\nhi", "DEL 7 2\r\nhi", "VAS 7 a b c 2\r\nhi"] {
        assert_eq!(world.ask(new, line), [""; 0]);
    }
    assert_eq!(
        world.ask(new, &members("FQY", 7, "nobody", 0)),
        ["208 7\r\n"]
    );
    let found = world.ask(
        new,
        "FQY 7 46\r\n<ml><d n=\"example.org\"><c n=\"alice\"/></d></ml>",
    );
    assert!(
        found[0].contains("<c n=\"alice\"") && found[0].contains("t=\"1\""),
        "{found:?}"
    );
}

/// Case D6: each stranger's connection had 200 commands carried out, and then all others refused one by one.
#[test]
fn a_stranger_who_asks_too_much_is_let_go() {
    let mut world = World::new();
    let client = world.open(12, "NS");
    world.ask(client, "VER 1 MSNP12 CVR0\r\n");
    let told = world.ask(
        client,
        &"CVR 2 0x0409 win 4.10 i386 MSNMSGR 5.0 MSMSGS a@example.org\r\n".repeat(500),
    );
    let refused = told.iter().filter(|line| *line == "800 2\r\n").count();
    assert!(world.is_closed(client));
    assert_eq!(refused, 3, "{told:?}");
    assert!(told.len() <= 55, "{}", told.len());
}

#[test]
fn whoever_asks_too_much_is_refused_and_heard_again_later() {
    let mut config = Config::default();
    config.network.command_burst = 12;
    config.network.commands_per_second = 1;
    config.faces.challenge = Challenge::Absent;
    let mut world = World::with(config);
    let client = world.sign_in(12, "alice");
    let many = status(12, 7, "NLN").repeat(20);
    let told = world.ask(client, &many);
    assert!(told.iter().any(|line| line == "800 7\r\n"), "{told:?}");
    assert!(!world.is_closed(client));
    world.wait(5);
    let told = world.status(client, 12, 8, "NLN");
    assert!(told[0].starts_with("CHG 8 NLN "), "{told:?}");
}
