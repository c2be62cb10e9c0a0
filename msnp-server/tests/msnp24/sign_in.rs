//! `CNT`, `ATH`, `BND`, the challenge, subscriptions, `PNG`, `OUT`, bad frames.

use machine_contract::Instant;
use msnp_server::faces::{Challenge, Ticket};

use crate::world::{
    ALL, Config, PlainTickets, StoreIs, TICKET, World, between, epid, frame, sign_in, who,
};

const CHALLENGE: &str = "<challenge><appId>PROD0090YUAUV{2B</appId><response>00000000000000000000000000000000</response></challenge>";

#[test]
fn the_three_commands_of_a_web_client_are_answered_byte_for_byte() {
    let mut world = World::with(with_challenge(Challenge::Absent));
    let client = world.open(Some("alice"));
    let replies = world.ask(client, &sign_in(1));
    let nonce = between(&replies[0], "<nonce>", "</nonce>");
    assert_eq!(nonce.len(), 36);
    assert_eq!(
        replies[0],
        format!(
            "CNT 1 CON 126\r\n\r\n<connect-response><ver>2</ver><qostest>false</qostest><nonce>{nonce}</nonce></connect-response>"
        )
    );
    let granted = "<auth-response><new-thread-allowed>true</new-thread-allowed><p2p-migration-allowed>false</p2p-migration-allowed></auth-response>";
    assert_eq!(replies[1], format!("ATH 2 CON 130\r\n\r\n{granted}"));
    let token = between(&replies[2], "Set-Registration: ", "\r\n");
    let context = between(&replies[2], "Context: ", "\r\n");
    assert!(
        context.len() == 16
            && context
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    );
    assert_eq!(
        replies[2],
        frame(
            "BND 3 CON",
            &format!(
                "UtcTime: 1431882693\r\nSet-Registration: {token}\r\nRegistration-Token-Expiry: 1431969093\r\nContext: {context}\r\n"
            ),
            "<msgr-response><ver>2</ver><utctime>1431882693</utctime><sample-window>0</sample-window></msgr-response>"
        )
    );
    assert_eq!(replies[3], format!("ATH 0 CON 130\r\n\r\n{granted}"));
    assert_eq!(replies.len(), 4);
}

#[test]
fn the_seeds_bind_brings_a_challenge_of_twenty_digits() {
    let mut world = World::new();
    let client = world.open(Some("alice"));
    let replies = world.ask(client, &sign_in(1));
    let nonce = between(&replies[2], "<nonce>", "</nonce>");
    assert!(
        nonce.len() == 20 && nonce.bytes().all(|b| b.is_ascii_digit()),
        "{nonce}"
    );
    assert_eq!(replies.len(), 3, "the second ATH comes behind the answer");
}

#[test]
fn the_sign_in_works_at_every_cut() {
    let bytes = sign_in(1);
    let whole = {
        let mut world = World::new();
        let client = world.open(Some("alice"));
        world.ask(client, &bytes)
    };
    for cut in 0..bytes.len() {
        let mut world = World::new();
        let client = world.open(Some("alice"));
        world.say(client, &bytes[..cut]);
        world.say(client, &bytes[cut..]);
        assert_eq!(world.hear(client), whole, "cut at {cut}");
    }
}

#[test]
fn version_1_gets_no_nonce_and_an_empty_reply_to_ath() {
    let mut world = World::new();
    let client = world.open(Some("alice"));
    let replies = world.ask(
        client,
        &sign_in(1).replacen("<ver>2</ver>", "<ver>1</ver>", 1),
    );
    assert_eq!(
        replies[0],
        "CNT 1 CON 75\r\n\r\n<connect-response><ver>1</ver><qostest>false</qostest></connect-response>"
    );
    assert_eq!(replies[1], "ATH 2 CON 2\r\n\r\n");
}

#[test]
fn without_cookies_authentication_fails_and_so_does_bnd() {
    let mut world = World::new();
    let client = world.open(None);
    let replies = world.ask(client, &sign_in(1));
    assert_eq!(replies[1], "911 2 CON 23\r\n\r\nAuthentication failed");
    assert_eq!(replies[2], "911 3 CON 23\r\n\r\nAuthentication failed");
}

#[test]
fn cookies_of_nobody_and_old_cookies_do_not_sign_in() {
    let mut world = World::new();
    let client = world.open(Some("nobody"));
    assert_eq!(
        world.ask(client, &sign_in(1))[2],
        "911 3 CON 23\r\n\r\nAuthentication failed"
    );
    let client = world.open(Some("alice"));
    let ticket = Ticket {
        who: who("alice"),
        valid_until: world.now().monotonic,
    };
    let now = world.now();
    world.server().handle_ticket(client, ticket, now);
    assert_eq!(
        world.ask(client, &sign_in(1))[1],
        "911 2 CON 23\r\n\r\nAuthentication failed"
    );
}

#[test]
fn a_uic_must_be_of_the_user_of_the_cookies() {
    let ath = |uic: &str| {
        frame(
            "ATH 2 CON\\USER",
            "",
            &format!("<user><uic>{uic}</uic><web-compact-ticket /></user>"),
        )
    };
    for (uic, good) in [
        ("uic-of-alice", true),
        (" uic-of-alice\n", true),
        ("uic-of-bob", false),
        ("forged", false),
    ] {
        let mut world = with_tickets();
        let client = world.open(Some("alice"));
        let reply = world.ask(client, &ath(uic)).remove(0);
        assert_eq!(reply.starts_with("ATH 2 CON 130"), good, "{uic:?}: {reply}");
    }
    let mut world = World::new();
    let client = world.open(Some("alice"));
    assert!(
        world.ask(client, &ath("forged"))[0].starts_with("ATH"),
        "nobody checks without tickets"
    );
}

#[test]
fn a_uic_alone_signs_its_owner_in() {
    let ath = |uic: &str, id: &str| {
        frame(
            "ATH 2 CON\\USER",
            "",
            &format!("<user><uic>{uic}</uic><id>{id}</id></user>"),
        )
    };
    for (uic, id, good) in [
        ("uic-of-bob", "bob", true),
        ("uic-of-bob", "alice", false),
        ("forged", "bob", false),
    ] {
        let mut world = with_tickets();
        let client = world.open(None);
        let reply = world.ask(client, &ath(uic, id)).remove(0);
        assert_eq!(reply.starts_with("ATH"), good, "{reply}");
    }
    let mut world = World::new();
    let client = world.open(None);
    assert!(world.ask(client, &ath("uic-of-bob", "bob"))[0].starts_with("911"));
}

/// What desktop clients sign in with: a ticket and no uic (msnp24.md 6.2).
#[test]
fn a_compact_ticket_signs_its_owner_in_without_cookies_and_uic() {
    let site = "<ssl-site-name>chatservice.live.com</ssl-site-name>";
    let owner = |id: &str| format!("<id>{id}</id><alias>live:guessed</alias>");
    let of = |name: &str| format!("t=ticket-of-{name}&amp;p=");
    for (ticket, uic, rest, good) in [
        (of("alice"), "", site.to_owned(), true),
        (of("alice"), "", owner("alice@example.org"), true),
        (of("alice"), "", owner("Alice@Example.ORG"), true),
        (of("alice"), "", owner("bob@example.org"), false),
        (of("alice"), "uic-of-alice", site.to_owned(), true),
        (of("alice"), "uic-of-bob", site.to_owned(), false),
        (of("alice"), "forged", site.to_owned(), false),
        // Of another service: the uic counts.
        ("t=x&amp;p=".to_owned(), "uic-of-bob", site.to_owned(), true),
        (
            "t=x&amp;p=".to_owned(),
            "uic-of-bob",
            owner("alice@example.org"),
            false,
        ),
        ("t=x&amp;p=".to_owned(), "", site.to_owned(), false),
        (String::new(), "", site.to_owned(), false),
    ] {
        let uic = match uic {
            "" => String::new(),
            uic => format!("<uic>{uic}</uic>"),
        };
        let user =
            format!("<user><ssl-compact-ticket>{ticket}</ssl-compact-ticket>{uic}{rest}</user>");
        let mut world = with_tickets();
        let client = world.open(None);
        let reply = world
            .ask(client, &frame("ATH 2 CON\\USER", "", &user))
            .remove(0);
        assert_eq!(reply.starts_with("ATH 2 CON 130"), good, "{user}: {reply}");
        assert!(good || reply.starts_with("911 2 CON 23"), "{reply}");
    }
}

/// The connection lives as long as the ticket, unless another one is shown (msnp24.md 6.13).
#[test]
fn a_compact_ticket_is_renewed_on_the_connection() {
    let ticket = |name: &str| {
        let user = format!(
            "<user><ssl-compact-ticket>t=ticket-of-{name}&amp;p=</ssl-compact-ticket><ssl-site-name>chatservice.live.com</ssl-site-name></user>"
        );
        frame("ATH 2 CON\\USER", "", &user)
    };
    let cookies = frame("ATH 2 CON\\USER", "", "<user><web-compact-ticket /></user>");
    let sign_in = sign_in(1).replace(&cookies, &ticket("alice"));
    for renewed in [false, true] {
        let mut world = with_tickets();
        let client = world.open(None);
        let replies = world.ask(client, &sign_in);
        assert!(replies[2].starts_with("BND 3 CON "), "{replies:?}");
        world.wait(TICKET.as_secs() / 2);
        assert!(world.ask(client, &ticket("bob"))[0].starts_with("911 2"));
        if renewed {
            assert!(world.ask(client, &ticket("alice"))[0].starts_with("ATH 2"));
        }
        world.wait(TICKET.as_secs() / 2 + 1);
        let told = world.hear(client);
        assert_eq!(told.is_empty(), renewed, "{told:?}");
        assert!(renewed || told[0].starts_with("922 0 CON"), "{told:?}");
    }
}

#[test]
fn commands_before_bnd_are_answered_202() {
    let mut world = World::new();
    let client = world.open(Some("alice"));
    for command in [
        "PUT 2 MSGR\\SUBSCRIPTIONS",
        "GET 2 MSGR\\RECENTCONVERSATIONS",
    ] {
        let body = if command.starts_with("PUT") {
            ALL
        } else {
            "<recentconversations></recentconversations>"
        };
        assert_eq!(
            world.ask(client, &frame(command, "", body)),
            ["202 2 MSGR 26\r\n\r\nFeature Set not enabled."]
        );
    }
}

#[test]
fn a_second_bnd_is_answered_715() {
    let mut world = World::new();
    let client = world.bind("alice", 1);
    let replies = world.ask(client, &sign_in(1));
    assert_eq!(
        replies[2],
        "715 3 CON 43\r\n\r\nThis connection already has a feature set"
    );
}

#[test]
fn a_wrong_answer_to_the_challenge_is_540_or_nothing_as_configured() {
    let put = frame("PUT 4 MSGR\\CHALLENGE", "", CHALLENGE);
    for (challenge, expected) in [
        (Challenge::Checked, "540 4 MSGR "),
        (Challenge::Ignored, "PUT 4 MSGR 2\r\n"),
        (Challenge::Absent, "PUT 4 MSGR 2\r\n"),
    ] {
        let mut world = World::with(with_challenge(challenge));
        let client = world.open(Some("alice"));
        world.say(client, &sign_in(1));
        let replies = world.ask(client, &put);
        assert!(
            replies[0].starts_with(expected),
            "{challenge:?}: {replies:?}"
        );
        let greeted = replies
            .get(1)
            .is_some_and(|reply| reply.starts_with("ATH 0 CON"));
        assert_eq!(
            greeted,
            challenge == Challenge::Ignored,
            "{challenge:?}: {replies:?}"
        );
    }
}

#[test]
fn ping_is_answered_with_the_seconds_to_wait() {
    let mut world = World::new();
    let client = world.open(None);
    for ping in ["PNG 9 CON 0\r\n", "PNG 9 CON 2\r\n\r\n"] {
        assert_eq!(
            world.ask(client, ping),
            ["PNG 9 CON 48\r\n\r\n<ping-response><wait>45</wait></ping-response>"]
        );
    }
}

#[test]
fn out_is_answered_and_closes() {
    for out in ["OUT 9 CON 0\r\n", "OUT 9 CON 2\r\n\r\n"] {
        let mut world = World::new();
        let client = world.bind("alice", 1);
        assert_eq!(world.ask(client, out), ["OUT 9 CON 2\r\n\r\n"]);
        assert!(world.is_closed(client));
        assert_eq!(world.server().connections(), 0);
    }
}

#[test]
fn what_comes_behind_out_is_not_read() {
    let mut world = World::new();
    let client = world.bind("alice", 1);
    assert_eq!(
        world.ask(client, "OUT 9 CON 0\r\nPNG 10 CON 0\r\n").len(),
        1
    );
}

#[test]
fn unknown_commands_are_answered_and_the_connection_goes_on() {
    let mut world = World::new();
    let client = world.bind("alice", 1);
    for (command, reply) in [
        ("PUT 9 MSGR\\WEATHER 2\r\n\r\n", "200 9 MSGR "),
        ("XYZ 9 CON 2\r\n\r\n", "200 9 CON "),
        ("GET 9 MSGR\\WEATHER 2\r\n\r\n", "200 9 MSGR "),
        ("CNT 9 CON\\OTHER 2\r\n\r\n", "200 9 CON "),
    ] {
        let replies = world.ask(client, command);
        assert!(
            replies.len() == 1 && replies[0].starts_with(reply),
            "{command:?}: {replies:?}"
        );
    }
    assert_eq!(world.ask(client, "PNG 9 CON 0\r\n").len(), 1);
}

#[test]
fn bad_content_is_answered_with_where_it_went_wrong() {
    let mut world = World::new();
    let client = world.bind("alice", 1);
    for bad in [
        frame("PUT 9 MSGR\\SUBSCRIPTIONS", "", "<subscribe>"),
        frame("PUT 9 MSGR\\SUBSCRIPTIONS", "", "<other/>"),
        frame("PUT 9 MSGR\\PRESENCE", "", "Routing"),
        frame(
            "GET 9 MSGR\\RECENTCONVERSATIONS",
            "no header\r\n",
            "<recentconversations/>",
        ),
        frame("BND 9 CON\\MSGR", "", "<msgr/>"),
        "SDG 9 MSGR 0\r\n".to_owned(),
    ] {
        let replies = world.ask(client, &bad);
        assert!(
            replies.len() == 1 && replies[0].starts_with("200 9 "),
            "{bad:?}: {replies:?}"
        );
        assert!(replies[0].contains("byte"), "{replies:?}");
    }
}

#[test]
fn a_transaction_id_that_is_none_is_answered_with_0() {
    let mut world = World::new();
    let client = world.bind("alice", 1);
    for bad in ["PNG -1 CON 0\r\n", "PNG 99999999999 CON 0\r\n"] {
        let replies = world.ask(client, bad);
        assert!(replies[0].starts_with("200 0 CON "), "{replies:?}");
    }
    assert_eq!(
        world.ask(client, "XYZ 0 CON 0\r\n"),
        [""; 0],
        "0 asks for no answer"
    );
}

/// One client put an `x` before its first command, and was jammed for good: each later post got an error about the
/// inside of the one before, while its held polls went on (case A1).
#[test]
fn bytes_that_are_no_command_end_the_session() {
    for pieces in [
        &["GARBAGE 1 2 3\r\nPNG 9 CON 0\r\n"][..],
        &[
            "x",
            "PUT 2 MSGR\\CHALLENGE 25\r\n\r\n<challenge></challenge>",
        ],
        &["PNG 9 CON 2\r\n\r\n<ping/>\r\n"],
    ] {
        let mut world = World::new();
        let client = world.bind("alice", 1);
        let mut replies = Vec::new();
        for piece in pieces {
            replies.extend(world.ask(client, piece));
        }
        let [.., why, out] = &replies[..] else {
            panic!("{pieces:?}: {replies:?}")
        };
        assert!(why.starts_with("200 0 CON "), "{replies:?}");
        assert!(out.starts_with("OUT 0 CON "), "{replies:?}");
        assert!(world.is_closed(client), "{pieces:?}");
    }
}

/// Case A2: `ADL 8 56` was refused as a frame without payload, and its payload taken for the next line.
#[test]
fn a_command_of_another_dialect_is_refused_whole_and_nothing_after_it_is_lost() {
    let list = "<ml><d n=\"example.org\"><c n=\"bob\" l=\"1\" t=\"1\"/></d></ml>";
    let length = list.len();
    for line in [
        format!("ADL 8 {length}"),
        format!("RML 8 {length}"),
        format!("UUX 8 {length}"),
        format!("UUN 8 bob@example.org 3 {length}"),
        format!("QRY 8 PROD0119GSJUC$18 {length}"),
        format!("BLP 8 {length}"),
        format!("GCF 8 {length}"),
        format!("PUT 8 {length}"),
    ] {
        let mut world = World::new();
        let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
        let replies = world.ask(alice, &format!("{line}\r\n{list}"));
        assert_eq!(replies.len(), 1, "{line}: {replies:?}");
        assert!(replies[0].starts_with("200 8 "), "{line}: {replies:?}");
        world.text(alice, "alice", "8:bob", "hi");
        assert_eq!(world.hear(alice), ["SDG 8 MSGR 2\r\n\r\n"], "{line}");
        assert!(world.hear(bob).iter().any(|frame| frame.ends_with("hi")));
    }
}

/// Case A8: one client drops its connection every 120 s unless its bare `PNG` is answered in kind.
#[test]
fn a_bare_ping_is_answered_in_its_own_dialect() {
    let mut world = World::new();
    let client = world.bind("alice", 1);
    for ping in ["PNG\r\n", "PNG\n", " PNG \r\n"] {
        assert_eq!(world.ask(client, ping), ["QNG 0\r\n"]);
    }
    assert!(world.ask(client, "PNG 7\r\n")[0].starts_with("200 7 CON "));
    assert!(world.ask(client, "PNG 8 CON 0\r\n")[0].starts_with("PNG 8 CON "));
}

/// Case A9: a client of version 1 reads XML where the header block stood, and stalls.
#[test]
fn bnd_of_version_1_is_answered_without_a_header_block() {
    let mut world = World::new();
    let client = world.open(Some("alice"));
    let replies = world.ask(client, &sign_in(1).replace("<ver>2</ver>", "<ver>1</ver>"));
    let (line, payload) = replies[2].split_once("\r\n").unwrap();
    assert!(line.starts_with("BND 3 CON "), "{line}");
    assert!(
        payload.starts_with("\r\n<msgr-response><ver>1</ver>"),
        "{payload}"
    );
}

#[test]
fn a_stream_that_cannot_be_followed_is_closed_with_a_reason() {
    for bad in [
        "PUT 9 MSGR\\THREAD 99999999\r\n",
        &"A".repeat(9000),
        "PUT 9 MSGR\\THREAD x\r\n",
    ] {
        let mut world = World::new();
        let client = world.bind("alice", 1);
        let replies = world.ask(client, bad);
        assert!(replies[0].starts_with("200 0 CON "), "{replies:?}");
        assert!(replies[1].starts_with("OUT 0 CON "), "{replies:?}");
        assert!(world.is_closed(client) && world.server().connections() == 0);
    }
}

#[test]
fn renewal_keeps_a_connection_beyond_24_hours() {
    let day = 24 * 60 * 60;
    let ath = frame("ATH 9 CON\\USER", "", "<user><web-compact-ticket /></user>");
    let mut world = World::new();
    let (alice, bob) = (world.bind("alice", 1), world.bind("bob", 2));
    world.wait(day - 60);
    assert!(world.ask(alice, &ath)[0].starts_with("ATH 9 CON "));
    world.wait(120);
    assert!(!world.is_closed(alice));
    let last = world.hear(bob);
    assert!(
        last[0].starts_with("922 0 CON ") && last[1].starts_with("OUT 0 CON "),
        "{last:?}"
    );
    assert!(world.is_closed(bob));
}

#[test]
fn a_connection_speaks_for_one_user_only() {
    let ath = frame("ATH 9 CON\\USER", "", "<user><web-compact-ticket /></user>");
    let mut world = World::new();
    let client = world.bind("alice", 1);
    let ticket = Ticket {
        who: who("bob"),
        valid_until: Instant::END,
    };
    let now = world.now();
    world.server().handle_ticket(client, ticket, now);
    assert_eq!(
        world.ask(client, &ath),
        ["911 9 CON 23\r\n\r\nAuthentication failed"]
    );
}

#[test]
fn who_does_not_sign_in_is_closed_after_two_minutes() {
    let mut world = World::new();
    let client = world.open(Some("alice"));
    world.wait(119);
    assert!(!world.is_closed(client));
    world.wait(1);
    assert!(world.hear(client)[0].starts_with("OUT 0 CON ") && world.is_closed(client));
}

#[test]
fn the_same_endpoint_signing_in_again_takes_the_place_of_the_old_connection() {
    let mut world = World::new();
    let bob = world.online("bob", 9);
    world.list(bob, "alice", 3);
    let old = world.online("alice", 1);
    world.hear(bob);
    let new = world.sign_in("alice", 1);
    assert!(
        world
            .hear(old)
            .iter()
            .any(|frame| frame.starts_with("OUT 0 CON "))
            && world.is_closed(old)
    );
    assert_eq!(world.hear(bob), [""; 0], "nobody sees it go and come");
    world.status(new, "alice", 1, "BSY");
    assert_eq!(world.heard(bob, "NFY 0 MSGR\\PUT").len(), 1);
}

#[test]
fn an_epid_is_read_with_and_without_braces() {
    let mut world = World::new();
    world.online("alice", 1);
    let client = world.open(Some("alice"));
    let bare = sign_in(1)
        .replace(&epid(1), epid(1).trim_matches(['{', '}']))
        .replace("MSGR 140", "MSGR 138");
    assert!(world.ask(client, &bare)[2].starts_with("BND 3 CON "));
    assert_eq!(world.server().connections(), 1, "it is the same endpoint");
}

#[test]
fn shutdown_says_goodbye_to_everybody() {
    let mut world = World::new();
    let (alice, open) = (world.online("alice", 1), world.open(None));
    let now = world.now();
    world.server().handle_shutdown(now);
    world.wait(0);
    world.say(alice, "");
    for client in [alice, open] {
        assert!(world.hear(client)[0].starts_with("OUT 0 CON ") && world.is_closed(client));
    }
}

#[test]
fn nothing_is_sent_before_it_is_committed() {
    let mut world = World::new();
    let (alice, bob) = (world.online("alice", 1), world.online("bob", 2));
    world.hear(alice);
    world.store_is(StoreIs::Slow, StoreIs::Well);
    world.text(bob, "bob", "8:alice", "hi");
    assert_eq!(world.hear(bob), [""; 0]);
    assert_eq!(world.hear(alice), [""; 0]);
    world.store_is(StoreIs::Well, StoreIs::Well);
    assert_eq!(world.hear(bob), ["SDG 8 MSGR 2\r\n\r\n"]);
    assert_eq!(world.heard(alice, "SDG 0 MSGR").len(), 1);
}

fn with_challenge(challenge: Challenge) -> Config {
    let mut config = Config::default();
    config.faces.challenge = challenge;
    config
}

fn with_tickets() -> World<PlainTickets> {
    World::over(PlainTickets, Config::default(), None)
}
