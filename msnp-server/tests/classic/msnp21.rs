//! MSNP21, frame by frame (msnp24.md 14), and what its clients were seen to do (msnp24.md 14.1, 14.2, 14.6, real-clients.md 1).

use msnp_proto::auth::challenge::product;
use msnp_server::faces::Challenge;
use msnp_server::network::{ConnectionId, Evidence};

use crate::world::{Config, PLACE, World, account, members, sign_in_lines};

pub(crate) const PLACE_OF_OTHERS: &str = "{bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb}";

pub(crate) fn frame(line: &str, payload: &str) -> String {
    format!("{line} {}\r\n{payload}", payload.len())
}

/// By somebody at a place, for themselves or for another.
pub(crate) fn routing(who: &str, place: &str, to: &str) -> String {
    let from = account(who);
    format!("Routing: 1.0\r\nTo: {to}\r\nFrom: 1:{from};epid={place}\r\n")
}

pub(crate) fn muri(who: &str) -> String {
    format!("1:{}", account(who))
}

/// `PUT` of a document about oneself.
pub(crate) fn put(trid: u32, who: &str, place: &str, document: &str) -> String {
    let head = routing(who, place, &muri(who));
    let payload = format!(
        "{head}\r\nReliability: 1.0\r\nStream: 1\r\nFlags: ACK\r\n\r\nPublication: 1.0\r\nUri: /user\r\n\
         Content-Type: application/user+xml\r\nContent-Length: {}\r\n\r\n{document}",
        document.len()
    );
    frame(&format!("PUT {trid}"), &payload)
}

const ONLINE: &str = "<user><s n=\"IM\"><Status>NLN</Status></s><sep n=\"IM\"><Capabilities>0:0</Capabilities></sep></user>";

/// `SDG` of this type.
pub(crate) fn say(trid: u32, who: &str, to: &str, kind: &str, body: &str) -> String {
    let head = routing(who, PLACE, to);
    let payload = format!(
        "{head}Service-Channel: IM/Online\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\nMessage-Type: {kind}\r\n\
         Content-Type: text/plain; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    frame(&format!("SDG {trid}"), &payload)
}

fn group(trid: u32, who: &str, to: &str, content: &str, body: &str) -> String {
    let head = routing(who, PLACE, to);
    let payload = format!(
        "{head}\r\nReliability: 1.0\r\n\r\nPublication: 1.0\r\nUri: /circle\r\nContent-Type: {content}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    frame(&format!("PUT {trid}"), &payload)
}

/// Somebody has signed in, at this place, and is there.
pub(crate) fn online(world: &mut World, who: &str, place: &str) -> ConnectionId {
    let client = world.open(21, "NS");
    let (first, last) = sign_in_lines(21, who, place);
    world.ask(client, &first);
    let told = world.ask(client, &last);
    assert!(told[0].starts_with("USR 4 OK "), "{told:?}");
    let told = world.ask(client, &put(5, who, place, ONLINE));
    assert!(told[0].starts_with("PUT 5 OK "), "{told:?}");
    client
}

/// Alice and Bob, each other's friends, with nothing left to hear.
pub(crate) fn friends(world: &mut World) -> [ConnectionId; 2] {
    let [alice, bob] = ["alice", "bob"].map(|who| online(world, who, PLACE));
    world.befriend(alice, 21, "bob");
    world.befriend(bob, 21, "alice");
    world.hear(alice);
    [alice, bob]
}

/// Reads from the first line on what begins so.
#[track_caller]
pub(crate) fn one<'a>(told: &'a [String], start: &str) -> &'a str {
    let found: Vec<_> = told.iter().filter(|line| line.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start}: {told:#?}");
    found[0]
}

/// What `BitlBee` 3.5.1 says, as it says it (msnp24.md 14.1, 14.2; real-clients.md 1).
#[test]
fn bitlbee_signs_in_in_one_burst_answers_the_challenge_and_is_answered_its_put() {
    let mut config = Config::default();
    config.faces.challenge = Challenge::Checked;
    let mut world = World::with(config);
    let client = world.open(21, "NS");
    let hop = "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCklzR2VvWGZyOiB0cnVlDQo=";
    let burst = format!(
        "VER 1 MSNP21 CVR0\r\nCVR 2 0x0409 mac 10.2.0 ppc macmsgs 3.5.1 macmsgs alice@example.org {hop}\r\n\
         USR 3 SSO I alice@example.org\r\n"
    );
    let told = world.ask(client, &burst);
    assert_eq!(told[0], "VER 1 MSNP21\r\n");
    assert!(told[1].starts_with("CVR 2 3.5.1 "), "{told:?}");
    one(&told, "USR 3 SSO S MBI_KEY_OLD ");
    let (_, proof) = sign_in_lines(21, "alice", PLACE);
    let told = world.ask(client, &proof);
    assert_eq!(told[0], "USR 4 OK alice@example.org 1 0\r\n");
    assert!(one(&told, "MSG Hotmail").contains("\r\nMPOPEnabled: 1\r\n"));
    // It complains of any verb that it does not know, and of this one it did.
    assert!(
        !told.iter().any(|line| line.starts_with("SBS ")),
        "{told:?}"
    );
    let asked = one(&told, "CHL 0 ").trim_end().strip_prefix("CHL 0 ");
    let product = product("PROD0120PW!CCV9@").expect("it is known");
    let answer = product.respond(asked.expect("digits"));
    let answer = frame(&format!("QRY 5 {}", product.id), answer.as_str());
    assert_eq!(world.ask(client, &answer), ["QRY 5\r\n"]);
    let list = "<ml l=\"1\"><d n=\"example.org\"><c n=\"bob\" t=\"1\"><s l=\"3\" n=\"IM\" /><s l=\"3\" n=\"PE\" /></c></d></ml>";
    assert_eq!(world.ask(client, &frame("ADL 6", list)), ["ADL 6 OK\r\n"]);
    let told = world.ask(client, &put(7, "alice", PLACE, ONLINE));
    let receipt = format!(
        "Routing: 1.0\r\nTo: 1:alice@example.org;epid={PLACE}\r\nFrom: 1:alice@example.org\r\n\r\nReliability: 1.0\r\n\r\n"
    );
    assert_eq!(told[0], frame("PUT 7 OK", &receipt));
    assert_eq!(world.ask(client, "PNG\r\n"), ["QNG 45\r\n"]);
    world.ask(client, "OUT\r\n");
    assert!(world.is_closed(client));
}

/// One request of a telephone (msnp24.md 14.6).
#[test]
fn a_telephone_signs_in_asks_to_be_asked_and_is_there_in_one_batch() {
    let mut world = World::new();
    let client = world.open(21, "NS");
    let (first, last) = sign_in_lines(21, "alice", PLACE);
    world.ask(client, &first);
    let batch = format!(
        "{last}FSL 5 579 0\r\nCHL 6\r\n{}",
        put(7, "alice", PLACE, ONLINE)
    );
    let told = world.ask(client, &batch);
    assert_eq!(told[0], "USR 4 OK alice@example.org 1 0\r\n");
    one(&told, "FSL 5 OK 0\r\n");
    one(&told, "PUT 7 OK ");
    // It is asked although this service asks nobody by itself.
    assert!(
        told.iter().all(|line| !line.starts_with("CHL ")),
        "{told:?}"
    );
    let mut world = World::with(Config::default());
    let client = world.open(21, "NS");
    world.ask(client, &first);
    world.ask(client, &last);
    let told = world.ask(client, "CHL 6\r\n");
    let asked = one(&told, "CHL 0 ").trim_end();
    assert_eq!(asked.len(), "CHL 0 ".len() + 20, "{asked}");
}

/// The blocks as `AnyEvent::MSN` writes them, and no transaction id (msnp24.md 2.1, 5).
#[test]
fn anyevent_numbers_no_message_and_has_its_headers_in_another_order() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let payload = format!(
        "To: 1:bob@example.org\r\nFrom: 1:alice@example.org;epid={PLACE}\r\nRouting: 1.0\r\n\r\n\
         Flags: ACK\r\nReliability: 1.0\r\n\r\nContent-Length: 2\r\nMessage-Type: Text\r\nMessaging: 2.0\r\n\r\nhi"
    );
    assert_eq!(world.ask(alice, &frame("SDG 0", &payload)), [""; 0]);
    let told = world.hear(bob);
    assert!(one(&told, "SDG 0 ").ends_with("\r\n\r\nhi"), "{told:?}");
}

/// Itself first, with what is for its own places alone (msnp24.md 14.2).
#[test]
fn msnpsharp_announces_itself_before_anybody_else() {
    let mut world = World::new();
    let client = online(&mut world, "alice", PLACE);
    let own = "<ml l=\"1\"><d n=\"example.org\"><c n=\"alice\" t=\"1\"><s l=\"3\" n=\"IM\"/><s l=\"3\" n=\"PE\"/><s l=\"3\" n=\"PD\"/><s l=\"3\" n=\"PF\"/></c></d></ml>";
    assert_eq!(world.ask(client, &frame("ADL 6", own)), ["ADL 6 OK\r\n"]);
    // The last version of it does not say that this is the list.
    let alone = own.replace(" l=\"1\"><d", "><d");
    assert_eq!(world.ask(client, &frame("ADL 6", &alone)), ["ADL 6 OK\r\n"]);
    let circle = "USR 7 SHA A PD94bWwgdmVyc2lvbj0iMS4wIj8+\r\n";
    let told = world.ask(client, circle);
    assert_eq!(told, ["USR 7 OK alice@example.org 0 0\r\n"]);
}

#[test]
fn others_are_shown_by_documents_when_they_come_change_and_go() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let document = "<user><s n=\"IM\"><Status>BSY</Status></s><s n=\"PE\"><FriendlyName>Bob B</FriendlyName><PSM>a &lt; b</PSM></s>\
        <sep n=\"IM\"><Capabilities>0:4194560</Capabilities></sep><sep n=\"PD\"><EpName>PC</EpName></sep></user>";
    world.ask(bob, &put(8, "bob", PLACE, document));
    let told = world.hear(alice);
    let last = told.last().expect("a document");
    let expected = format!(
        "<user><s n=\"IM\"><Status>BSY</Status></s><s n=\"PE\"><FriendlyName>Bob B</FriendlyName><PSM>a &lt; b</PSM></s>\
         <sep n=\"IM\" epid=\"{PLACE}\"><Capabilities>0:4194560</Capabilities></sep></user>"
    );
    assert!(
        last.starts_with("NFY PUT ") && last.ends_with(&expected),
        "{told:#?}"
    );
    assert!(last.contains("To: 1:alice@example.org\r\nFrom: 1:bob@example.org\r\n"));
    assert!(last.contains("NotifType: Full\r\n"));
    world.ask(bob, "OUT\r\n");
    let told = world.hear(alice);
    assert!(
        one(&told, "NFY DEL ").ends_with("<user><s n=\"IM\" /></user>"),
        "{told:?}"
    );
}

#[test]
fn whoever_adds_one_is_told_and_seen_once_both_have() {
    let mut world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|who| online(&mut world, who, PLACE));
    let services = "<ml><d n=\"example.org\"><c n=\"bob\" t=\"1\"><s l=\"3\" n=\"IM\"/><s l=\"3\" n=\"PE\"/></c></d></ml>";
    assert_eq!(
        world.ask(alice, &frame("ADL 6", services))[0],
        "ADL 6 OK\r\n"
    );
    let told = world.hear(bob);
    let added = one(&told, "ADL 0 ");
    assert!(added.contains("<c n=\"alice\" l=\"8\""), "{added}");
    let told = world.ask(bob, &members("ADL", 6, "alice", 3));
    one(&told, "NFY PUT ");
    let told = world.ask(bob, &members("RML", 7, "alice", 3));
    one(&told, "RML 7 OK\r\n");
}

#[test]
fn a_message_is_shown_live_and_again_as_one_that_has_waited() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    assert_eq!(
        world.ask(alice, &say(9, "alice", &muri("bob"), "Text", "h\u{e9}")),
        [""; 0]
    );
    let told = world.hear(bob);
    let head = format!(
        "Routing: 1.0\r\nTo: 1:bob@example.org\r\nFrom: 1:alice@example.org;epid={PLACE}\r\nService-Channel: IM/Online\r\n\r\n"
    );
    let live = one(&told, "SDG 0 ");
    assert!(
        live.contains(&head) && live.ends_with("\r\n\r\nh\u{e9}"),
        "{live}"
    );
    assert!(!live.contains("Original-Arrival-Time"), "{live}");
    world.ask(bob, "OUT\r\n");
    world.say(
        alice,
        say(10, "alice", &muri("bob"), "Text", "later").as_bytes(),
    );
    world.wait(5);
    let bob = world.open(21, "NS");
    let (first, last) = sign_in_lines(21, "bob", PLACE);
    world.ask(bob, &first);
    world.ask(bob, &last);
    let told = world.ask(bob, &put(5, "bob", PLACE, ONLINE));
    let waited = one(&told, "SDG 0 ");
    assert!(
        waited.contains("Service-Channel: IM/Offline\r\n"),
        "{waited}"
    );
    assert!(waited.contains("Original-Arrival-Time: "), "{waited}");
}

#[test]
fn a_message_counts_as_received_once_the_client_says_more_or_its_transport_shows_it() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let text = |trid| say(trid, "alice", &muri("bob"), "Text", "hi");
    world.ask(alice, &text(9));
    world.hear(bob);
    let waiting = world.waiting("bob");
    assert_eq!(
        waiting.len(),
        1,
        "it was sent, and nothing shows that it was read"
    );
    world.evidence(bob, Evidence::Shown, &waiting);
    assert_eq!(world.waiting("bob"), [0; 0]);
    world.ask(alice, &text(10));
    world.hear(bob);
    assert_eq!(world.waiting("bob").len(), 1);
    world.ask(bob, "PNG\r\n");
    assert_eq!(world.waiting("bob"), [0; 0]);
    world.ask(alice, &text(11));
    world.ask(bob, "OUT\r\n");
    assert_eq!(
        world.waiting("bob"),
        [0; 0],
        "whoever signs out has read what came before"
    );
}

/// What the client does shows that it has read something, and is no word of its own: after it, each message came again for ever.
#[test]
fn what_was_taken_by_closing_connections_comes_twice_once_and_then_counts_as_received() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let text = |trid, words| say(trid, "alice", &muri("bob"), "Text", words);
    world.ask(alice, &text(9, "zero"));
    world.hear(bob);
    world.ask(bob, "PNG\r\n");
    world.ask(alice, &text(10, "one"));
    assert!(world.hear(bob).concat().contains("one"));
    for again in [true, false] {
        let numbers = world.waiting("bob");
        assert_eq!(numbers.len(), 1);
        world.evidence(bob, Evidence::Taken, &numbers);
        world.wait(2);
        assert_eq!(world.hear(bob).concat().contains("one"), again);
    }
    assert_eq!(world.waiting("bob"), [0; 0]);
    world.ask(alice, &text(11, "two"));
    world.hear(bob);
    let numbers = world.waiting("bob");
    world.evidence(bob, Evidence::Taken, &numbers);
    assert_eq!(world.waiting("bob"), [0; 0]);
}

#[test]
fn what_is_refused_is_refused_before_the_ping_behind_it_is_answered() {
    let mut world = World::new();
    let [alice, _] = friends(&mut world);
    let nobody = say(9, "alice", "1:nobody@example.org", "Text", "hi");
    let told = world.ask(alice, &format!("{nobody}PNG\r\n"));
    assert_eq!(told, ["217 9\r\n", "QNG 45\r\n"]);
    let taken = say(10, "alice", &muri("bob"), "Text", "hi");
    let told = world.ask(alice, &format!("{taken}PNG\r\n"));
    assert_eq!(told, ["QNG 45\r\n"], "what is taken is not answered");
}

#[test]
fn nobody_speaks_for_another_or_for_another_place() {
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let as_carol = say(9, "carol", &muri("bob"), "Text", "hi");
    assert_eq!(world.ask(alice, &as_carol), ["201 9\r\n"]);
    let elsewhere = say(10, "alice", &muri("bob"), "Text", "hi").replace(PLACE, PLACE_OF_OTHERS);
    assert_eq!(world.ask(alice, &elsewhere), ["201 10\r\n"]);
    // A second From, behind the first block, says nothing (msnp24.md 5).
    let forged = say(11, "alice", &muri("bob"), "Text", "hi");
    let (line, payload) = forged.split_once("\r\n").expect("a line");
    assert!(line.starts_with("SDG 11 "));
    let payload = payload.replace(
        "Reliability: 1.0\r\n",
        "Reliability: 1.0\r\nFrom: 1:carol@example.org\r\n",
    );
    assert_eq!(world.ask(alice, &frame("SDG 11", &payload)), [""; 0]);
    assert!(one(&world.hear(bob), "SDG 0 ").contains("From: 1:alice@example.org;"));
    assert_eq!(
        world.ask(alice, &put(12, "carol", PLACE, ONLINE)),
        ["201 12\r\n"]
    );
}

#[test]
fn what_cannot_be_read_is_answered_and_harms_nothing() {
    let mut world = World::new();
    let [alice, _] = friends(&mut world);
    for verb in ["PUT", "SDG", "DEL"] {
        for payload in [
            "",
            "\r\n\r\n",
            "Routing: 1.0\r\n\r\n",
            "\u{0}\u{1}",
            "<user/>",
        ] {
            let told = world.ask(alice, &frame(&format!("{verb} 9"), payload));
            assert_eq!(told, ["200 9\r\n"], "{verb} {payload:?}");
        }
    }
    assert_eq!(
        world.ask(alice, &put(10, "alice", PLACE, "<user")),
        ["200 10\r\n"]
    );
    let long = "x".repeat(70_000);
    assert_eq!(
        world.ask(alice, &say(11, "alice", &muri("bob"), "Text", &long)),
        ["285 11\r\n"]
    );
    let document = format!(
        "<user><s n=\"PE\"><PSM>{}</PSM></s></user>",
        "x".repeat(5_000)
    );
    assert_eq!(
        world.ask(alice, &put(12, "alice", PLACE, &document)),
        ["201 12\r\n"]
    );
    let other_network = say(13, "alice", "32:bob@yahoo.com", "Text", "hi");
    assert_eq!(world.ask(alice, &other_network), ["204 13\r\n"]);
    assert_eq!(world.ask(alice, "XFR 14 SB\r\n"), ["201 14\r\n"]);
    assert_eq!(world.ask(alice, "CHG 15 NLN 0:0\r\n")[0][..3], *"502");
}

#[test]
fn wherever_its_bytes_are_cut_the_same_is_answered() {
    let (first, last) = sign_in_lines(21, "alice", PLACE);
    let text = say(7, "alice", &muri("alice"), "Text", "to myself");
    let behind = format!("{last}{}{text}PNG\r\n", put(6, "alice", PLACE, ONLINE));
    let verbs = |cut: usize| {
        let mut world = World::new();
        let client = world.open(21, "NS");
        world.ask(client, &first);
        world.say(client, &behind.as_bytes()[..cut]);
        world.say(client, &behind.as_bytes()[cut..]);
        let told = world.hear(client);
        told.iter()
            .map(|line| line[..3].to_owned())
            .collect::<Vec<_>>()
    };
    let whole = verbs(0);
    assert!(
        whole.contains(&"PUT".to_owned()) && whole.contains(&"QNG".to_owned()),
        "{whole:?}"
    );
    for cut in 1..behind.len() {
        let mut told = verbs(cut);
        // What one has told oneself at this place is told no sooner than it was read.
        told.sort();
        let mut all = whole.clone();
        all.sort();
        assert_eq!(told, all, "cut at {cut}");
    }
}

#[test]
fn places_of_one_person_see_each_other_and_sign_each_other_out() {
    let mut world = World::new();
    let here = online(&mut world, "alice", PLACE);
    let there = online(&mut world, "alice", PLACE_OF_OTHERS);
    let told = world.hear(here);
    assert!(
        told.iter()
            .any(|line| line.contains(&format!("epid=\"{PLACE_OF_OTHERS}\""))),
        "{told:?}"
    );
    world.hear(there);
    let head = routing("alice", PLACE, &muri("alice"));
    let document = format!("<user><sep n=\"IM\" epid=\"{PLACE_OF_OTHERS}\"/></user>");
    let payload = format!(
        "{head}\r\nReliability: 1.0\r\n\r\nPublication: 1.0\r\nUri: /user\r\nContent-Type: application/user+xml\r\n\r\n{document}"
    );
    let told = world.ask(here, &frame("DEL 9", &payload));
    assert!(one(&told, "NFY DEL ").contains(PLACE_OF_OTHERS), "{told:?}");
    let told = world.hear(there);
    let expected = format!("<user><sep n=\"IM\" epid=\"{PLACE_OF_OTHERS}\" /></user>");
    assert!(one(&told, "NFY DEL ").ends_with(&expected), "{told:?}");
    assert!(world.is_closed(there));
}

#[test]
fn a_place_of_msnp18_and_one_of_msnp21_sign_each_other_out_in_their_own_words() {
    let mut world = World::new();
    let new = online(&mut world, "alice", PLACE_OF_OTHERS);
    let old = world.online(18, "alice");
    world.hear(new);
    let notice = frame(
        &format!("UUN 9 alice@example.org;{PLACE_OF_OTHERS} 4"),
        "goodbyeMsg\r\n",
    );
    assert_eq!(world.ask(old, &notice)[0], "UUN 9 OK\r\n");
    one(&world.hear(new), "NFY DEL ");
    assert!(world.is_closed(new));
    let new = online(&mut world, "alice", PLACE_OF_OTHERS);
    world.hear(old);
    let head = routing("alice", PLACE_OF_OTHERS, &muri("alice"));
    let document = format!("<user><sep n=\"IM\" epid=\"{PLACE}\"/></user>");
    let payload = format!(
        "{head}\r\nReliability: 1.0\r\n\r\nPublication: 1.0\r\nUri: /user\r\nContent-Type: application/user+xml\r\n\r\n{document}"
    );
    world.ask(new, &frame("DEL 9", &payload));
    let told = world.hear(old);
    let bye = one(&told, "UBN ");
    assert!(
        bye.starts_with(&format!("UBN alice@example.org;{PLACE_OF_OTHERS} 4 ")),
        "{bye}"
    );
}

/// The group's address, of a `PUT n OK`.
fn group_of(told: &[String], trid: u32) -> String {
    let receipt = one(told, &format!("PUT {trid} OK "));
    let (_, from) = receipt.split_once("From: ").expect("a group");
    let (group, _) = from.split_once("\r\n").expect("a line");
    group.to_owned()
}

fn roster(who: &str) -> String {
    format!(
        "<circle><roster><id>IM</id><user><id>{}</id></user></roster></circle>",
        muri(who)
    )
}

#[test]
fn a_group_is_made_joined_spoken_in_and_left() {
    const ROSTER: &str = "application/circles+xml";
    const INVITATION: &str = "application/multiparty+xml";
    let mut world = World::new();
    let [alice, bob] = friends(&mut world);
    let carol = online(&mut world, "carol", PLACE);
    world.befriend(alice, 21, "carol");
    world.befriend(carol, 21, "alice");
    world.hear(alice);
    let nobodys = "10:00000000-0000-0000-0000-000000000000@live.com";
    let told = world.ask(alice, &group(35, "alice", nobodys, INVITATION, ""));
    let there = group_of(&told, 35);
    assert!(
        there.starts_with("10:") && there.ends_with("@live.com"),
        "{there}"
    );
    let told = world.ask(alice, &group(36, "alice", &there, ROSTER, &roster("alice")));
    assert_eq!(group_of(&told, 36), there);
    let path = format!("{there};path=IM");
    let told = world.ask(
        alice,
        &group(37, "alice", &path, INVITATION, &roster("bob")),
    );
    one(&told, "PUT 37 OK ");
    let come = one(&told, "NFY PUT ");
    assert!(
        come.contains(&format!("From: {there}\r\n")) && come.ends_with(&roster("bob")),
        "{come}"
    );
    // With one other it is a conversation of two, of which nobody is told.
    assert_eq!(world.hear(bob), [""; 0]);
    world.ask(
        alice,
        &group(38, "alice", &path, INVITATION, &roster("carol")),
    );
    for client in [bob, carol] {
        let told = world.hear(client);
        let asked = one(&told, "NFY PUT ");
        assert!(asked.contains("<state>pending</state>"), "{asked}");
    }
    let told = world.ask(bob, &group(9, "bob", &there, ROSTER, &roster("bob")));
    assert_eq!(group_of(&told, 9), there);
    assert_eq!(
        world.ask(bob, &say(10, "bob", &there, "Text", "to you both")),
        [""; 0]
    );
    for client in [alice, carol] {
        let told = world.hear(client);
        let said = one(&told, "SDG 0 ");
        let head = format!("To: {there}\r\nFrom: 1:bob@example.org;epid={PLACE}\r\n");
        assert!(
            said.contains(&head) && said.ends_with("\r\n\r\nto you both"),
            "{said}"
        );
    }
    // What is no word for people is not said there.
    assert_eq!(
        world.ask(bob, &say(11, "bob", &there, "Data", "x")),
        ["201 11\r\n"]
    );
    let head = routing("bob", PLACE, &there);
    let leave = format!(
        "{head}\r\nReliability: 1.0\r\n\r\nPublication: 1.0\r\nUri: /circle/roster(IM)/user(1:bob@example.org)\r\n\
         Content-Type: {ROSTER}\r\nContent-Length: 0\r\n\r\n"
    );
    world.ask(bob, &frame("DEL 44", &leave));
    let told = world.hear(alice);
    let gone = one(&told, "NFY DEL ");
    assert!(
        gone.contains("Uri: /circle/roster(IM)/user(1:bob@example.org)\r\n"),
        "{gone}"
    );
    assert_eq!(
        world.ask(bob, &say(12, "bob", &there, "Text", "?")),
        ["205 12\r\n"]
    );
    let stranger = online(&mut world, "dave", PLACE);
    let told = world.ask(stranger, &group(9, "dave", &there, ROSTER, &roster("dave")));
    assert_eq!(
        told[0][..3],
        *"217",
        "nobody comes in who was not asked: {told:?}"
    );
}

#[test]
fn on_a_switchboard_somebody_of_msnp21_hears_words_and_takes_no_files() {
    let mut world = World::new();
    let [alice, bob] = ["alice", "bob"].map(|who| {
        if who == "bob" {
            online(&mut world, who, PLACE)
        } else {
            world.online(18, who)
        }
    });
    world.befriend(alice, 18, "bob");
    world.befriend(bob, 21, "alice");
    world.hear(alice);
    let board = world.switchboard(alice, 18, "alice");
    let told = world.ask(board, "CAL 2 bob@example.org\r\n");
    assert!(told[0].starts_with("CAL 2 RINGING "), "{told:?}");
    assert!(
        told.iter()
            .any(|line| line.starts_with("JOI bob@example.org")),
        "{told:?}"
    );
    let words = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nhi";
    let told = world.ask(board, &crate::world::message(3, "A", words));
    assert_eq!(told, ["ACK 3\r\n"]);
    assert!(one(&world.hear(bob), "SDG 0 ").ends_with("\r\n\r\nhi"));
    let file = "MIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\nP2P-Dest: bob@example.org\r\n\r\n\u{0}";
    let told = world.ask(board, &crate::world::message(4, "D", file));
    assert_eq!(told, ["282 4\r\n"]);
    assert_eq!(world.hear(bob), [""; 0]);
    world.ask(bob, "OUT\r\n");
    let told = world.hear(board);
    assert!(
        told.iter()
            .any(|line| line.starts_with("BYE bob@example.org")),
        "{told:?}"
    );
}
