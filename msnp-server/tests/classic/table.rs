//! What these dialects have no word for: each row of `src/faces/classic/table.md`.

use msnp_server::network::ConnectionId;

use crate::world::{World, message, text};

/// Somebody who speaks a dialect that has words for more.
pub(crate) struct Modern {
    connection: ConnectionId,
    who: &'static str,
    last: u32,
}

impl Modern {
    pub(crate) fn sign_in(world: &mut World, who: &'static str) -> Self {
        let connection = world.wire().open_for(who);
        let mut modern = Self {
            connection,
            who,
            last: 10,
        };
        let epid = "{cccccccc-aaaa-4aaa-8aaa-aaaaaaaaaaaa}";
        let bind = format!(
            "<msgr><ver>2</ver><client><name>msgrliboutlook</name><ver>6.4.0.0</ver></client><epid>{epid}</epid></msgr>"
        );
        modern.say(
            world,
            "CNT 1 CON",
            "",
            "<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>",
        );
        modern.say(
            world,
            "ATH 2 CON\\USER",
            "",
            "<user><web-compact-ticket /></user>",
        );
        let bound = modern.say(world, "BND 3 CON\\MSGR", "", &bind);
        assert!(bound.contains("BND 3 CON "), "{bound}");
        let all = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>";
        modern.say(world, "PUT 4 MSGR\\SUBSCRIPTIONS", "", all);
        modern.publish(world, "<s n=\"IM\"><Status>NLN</Status></s>");
        modern
    }

    fn say(&self, world: &mut World, line: &str, headers: &str, body: &str) -> String {
        let payload = format!("{headers}\r\n{body}");
        let bytes = format!("{line} {}\r\n{payload}", payload.len());
        world.say(self.connection, bytes.as_bytes());
        String::from_utf8(world.hear_bytes(self.connection)).unwrap()
    }

    pub(crate) fn publish(&mut self, world: &mut World, services: &str) -> String {
        let document = format!("<user>{services}</user>");
        let third = format!(
            "Publication: 1.0\r\nUri: /user\r\nContent-Type: application/user+xml\r\nContent-Length: {}\r\n\r\n{document}",
            document.len()
        );
        self.layers(world, "PUT", "MSGR\\PRESENCE", self.who, &third)
    }

    fn layers(
        &mut self,
        world: &mut World,
        verb: &str,
        channel: &str,
        to: &str,
        third: &str,
    ) -> String {
        self.last += 1;
        let body = format!(
            "Routing: 1.0\r\nTo: 8:{to}\r\nFrom: 8:{};epid={{cccccccc-aaaa-4aaa-8aaa-aaaaaaaaaaaa}}\r\n\r\nReliability: 1.0\r\n\r\n{third}",
            self.who
        );
        self.say(world, &format!("{verb} {} {channel}", self.last), "", &body)
    }

    pub(crate) fn write(
        &mut self,
        world: &mut World,
        to: &str,
        kind: &str,
        headers: &str,
        words: &str,
    ) -> String {
        let third = format!(
            "Messaging: 2.0\r\nClient-Message-ID: {}\r\nMessage-Type: {kind}\r\n{headers}Content-Type: Text/plain; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{words}",
            self.last,
            words.len()
        );
        self.layers(world, "SDG", "MSGR", to, &third)
    }

    pub(crate) fn list(&mut self, world: &mut World, whom: &str) {
        self.last += 1;
        let document =
            format!("<ml><skp><c n=\"{whom}\" t=\"8\"><s n=\"IM\" l=\"3\"/></c></skp></ml>");
        let line = format!("PUT {} MSGR\\CONTACTS", self.last);
        let told = self.say(world, &line, "", &document);
        assert!(told.contains(&format!("PUT {} ", self.last)), "{told}");
    }

    /// Makes a thread with these; what it is called.
    pub(crate) fn makes_thread(&mut self, world: &mut World, others: &[&str]) -> String {
        let member =
            |who: &str, role| format!("<member><mri>8:{who}</mri><role>{role}</role></member>");
        let others: String = others.iter().map(|who| member(who, "user")).collect();
        let own = member(self.who, "admin");
        let members =
            format!("<thread><id></id><topic>tea</topic><members>{own}{others}</members></thread>");
        self.last += 1;
        let line = format!("PUT {} MSGR\\THREAD", self.last);
        let made = self.say(world, &line, "", &members);
        let (_, rest) = made.split_once("19:").expect(&made);
        format!("19:{}", &rest[..32 + "@thread.skype".len()])
    }

    /// Says something in a thread, in line 90.
    pub(crate) fn says_in_thread(&self, world: &mut World, id: &str, words: &str) -> String {
        let third = format!(
            "Messaging: 2.0\r\nMessage-Type: Text\r\nContent-Type: Text/plain; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{words}",
            words.len()
        );
        let routed = format!(
            "Routing: 1.0\r\nTo: {id}\r\nFrom: 8:{};epid={{cccccccc-aaaa-4aaa-8aaa-aaaaaaaaaaaa}}\r\n\r\nReliability: 1.0\r\n\r\n{third}",
            self.who
        );
        self.say(world, "SDG 90 MSGR", "", &routed)
    }

    pub(crate) fn hear(&self, world: &mut World) -> String {
        String::from_utf8(world.hear_bytes(self.connection)).unwrap()
    }
}

/// Alice, who speaks MSNP24, and Bob, who speaks this; each the other's friend.
fn friends(world: &mut World, dialect: u32) -> (Modern, ConnectionId) {
    let mut alice = Modern::sign_in(world, "alice");
    let bob = world.online(dialect, "bob");
    alice.list(world, "bob");
    world.befriend(bob, dialect, "alice");
    world.hear(bob);
    alice.hear(world);
    (alice, bob)
}

/// What Bob is told of Alice's words in a switchboard to which he is called.
fn told(world: &mut World, bob: ConnectionId, dialect: u32) -> (ConnectionId, Vec<String>) {
    let (switchboard, told) = world.answer(bob, dialect, "bob");
    assert!(
        told[0].starts_with("IRO 1 1 1 alice@example.org ALICE"),
        "{told:?}"
    );
    assert_eq!(told[1], "ANS 1 OK\r\n");
    (switchboard, told[2..].to_vec())
}

fn body(line: &str) -> &str {
    line.split_once("\r\n\r\n").unwrap().1
}

const FAMILIES: [u32; 3] = [8, 12, 18];

#[test]
fn an_edit_is_a_further_message_and_a_deletion_is_not_shown() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        alice.write(&mut world, "bob", "Text", "", "helo");
        let (switchboard, first) = told(&mut world, bob, dialect);
        assert_eq!(body(&first[0]), "helo");
        alice.write(
            &mut world,
            "bob",
            "Text",
            "Skype-EditedId: 12\r\n",
            "hello<e_m/>",
        );
        let edited = world.hear(switchboard);
        assert_eq!(
            edited.iter().map(|one| body(one)).collect::<Vec<_>>(),
            ["hello"]
        );
        alice.write(
            &mut world,
            "bob",
            "Text",
            "Skype-EditedId: 12\r\n",
            "<e_m/>",
        );
        assert_eq!(world.hear(switchboard), [""; 0]);
    }
}

#[test]
fn a_nudge_passes_as_it_is() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        alice.write(&mut world, "bob", "Nudge", "", "\r\n");
        let (switchboard, nudge) = told(&mut world, bob, dialect);
        let payload =
            "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n";
        assert_eq!(
            nudge,
            [format!("MSG alice@example.org ALICE 69\r\n{payload}")]
        );
        assert_eq!(
            world.ask(switchboard, &message(2, "A", payload)),
            ["ACK 2\r\n"]
        );
        let heard = alice.hear(&mut world);
        assert!(heard.contains("Message-Type: Nudge\r\n"), "{heard}");
    }
}

#[test]
fn words_about_oneself_and_what_is_played_are_for_those_who_have_a_line_for_them() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        alice.publish(
            &mut world,
            "<s n=\"IM\"><Status>NLN</Status><CurrentMedia>song</CurrentMedia></s><s n=\"PE\"><PSM>hi</PSM></s>",
        );
        let told = world.hear(bob);
        let data: Vec<_> = told
            .iter()
            .filter(|line| line.starts_with("UBX "))
            .collect();
        assert_eq!(data.len(), usize::from(dialect >= 11), "{told:?}");
        let whole = data
            .iter()
            .all(|line| line.contains("<PSM>hi</PSM><CurrentMedia>song</CurrentMedia>"));
        assert!(whole, "{data:?}");
        if dialect >= 11 {
            let document = "<Data><PSM>mine</PSM><CurrentMedia>tune</CurrentMedia></Data>";
            world.ask(bob, &format!("UUX 9 {}\r\n{document}", document.len()));
            let heard = alice.hear(&mut world);
            assert!(heard.contains("<PSM>mine</PSM>"), "{heard}");
            assert!(
                heard.contains("<CurrentMedia>tune</CurrentMedia>"),
                "{heard}"
            );
        }
    }
}

#[test]
fn threads_are_not_shown_and_what_is_said_there_does_not_wait() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        let id = alice.makes_thread(&mut world, &["bob"]);
        let said = alice.says_in_thread(&mut world, &id, "hi");
        assert!(said.contains("SDG 90 "), "{said}");
        assert_eq!(world.hear(bob), [""; 0]);
        assert_eq!(world.waiting("bob"), [0; 0]);
    }
}

#[test]
fn a_conversation_of_three_is_a_switchboard_for_those_who_have_them() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let both = world.conversation(dialect, 12);
        let carol = Modern::sign_in(&mut world, "carol");
        assert_eq!(
            world.ask(both.alice, "CAL 7 carol@example.org\r\n"),
            ["217 7\r\n"]
        );
        // And where somebody is written to, nobody else can be called.
        let other = world.switchboard(both.alice_main, dialect, "alice");
        let called = world.ask(other, "CAL 8 carol@example.org\r\n");
        assert!(called[0].starts_with("CAL 8 RINGING "), "{called:?}");
        assert!(
            called[1].starts_with("JOI carol@example.org CAROL"),
            "{called:?}"
        );
        assert_eq!(world.ask(other, "CAL 9 bob@example.org\r\n"), ["217 9\r\n"]);
        assert_eq!(
            world.ask(other, "CAL 9 carol@example.org\r\n"),
            ["215 9\r\n"]
        );
        assert!(!carol.hear(&mut world).contains("SDG"));
    }
}

#[test]
fn words_of_somebody_without_switchboards_come_by_a_call() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        for words in ["one", "two"] {
            alice.write(&mut world, "bob", "Text", "", words);
        }
        let (switchboard, heard) = told(&mut world, bob, dialect);
        assert_eq!(
            heard.iter().map(|one| body(one)).collect::<Vec<_>>(),
            ["one", "two"]
        );
        assert_eq!(
            world.ask(switchboard, &message(2, "A", &text("yes"))),
            ["ACK 2\r\n"]
        );
        let answer = alice.hear(&mut world);
        assert!(answer.ends_with("\r\n\r\nyes") && answer.contains("Message-Type: Text\r\n"));
        alice.write(&mut world, "bob", "Text", "", "three");
        assert_eq!(body(&world.hear(switchboard)[0]), "three");
        assert_eq!(world.hear(bob), [""; 0], "the conversation is there");
    }
}

#[test]
fn messages_that_wait_come_by_a_call_at_sign_in_or_when_nobody_fetches_them() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let mut alice = Modern::sign_in(&mut world, "alice");
        for words in ["one", "two"] {
            alice.write(&mut world, "bob", "Text", "", words);
        }
        let bob = world.online(dialect, "bob");
        assert_eq!(world.hear(bob), [""; 0], "all told with the first status");
        let bob = world.sign_in(dialect, "bob");
        let line = crate::world::status(dialect, 5, "NLN");
        world.say(bob, line.as_bytes());
        if dialect >= 11 {
            let status = world.hear(bob);
            let is_called = |line: &String| line.starts_with("RNG ");
            let mail = status.iter().find(|line| line.contains("initialmdata"));
            let mail = mail.expect("what waits is told");
            assert_eq!(mail.matches("<E>alice@example.org</E>").count(), 2);
            assert!(!status.iter().any(is_called), "{status:?}");
            world.wait(29);
            assert_eq!(world.hear(bob), [""; 0]);
            world.wait(2);
        }
        let (_, heard) = told(&mut world, bob, dialect);
        assert_eq!(
            heard.iter().map(|one| body(one)).collect::<Vec<_>>(),
            ["one", "two"]
        );
    }
}

#[test]
fn somebody_away_cannot_be_called_and_can_be_written_to_where_there_is_a_line_for_it() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let alice = world.online(dialect, "alice");
        let switchboard = world.switchboard(alice, dialect, "alice");
        assert_eq!(
            world.ask(switchboard, "CAL 2 bob@example.org\r\n"),
            ["217 2\r\n"]
        );
    }
    for head in ["Dest-Agent: client\r\n", ""] {
        let mut world = World::new();
        let alice = world.online(18, "alice");
        let words = format!(
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n{head}\r\nlater"
        );
        let line = format!("UUM 7 bob@example.org 1 1 {}\r\n{words}", words.len());
        assert_eq!(world.ask(alice, &line), [""; 0]);
        let unknown = line.replace("bob@", "nobody@");
        assert_eq!(world.ask(alice, &unknown), ["217 7\r\n"]);
        let elsewhere = line.replace(" 1 1 ", " 32 1 ");
        assert_eq!(world.ask(alice, &elsewhere), ["204 7\r\n"]);
        let bob = world.sign_in(8, "bob");
        world.say(bob, b"CHG 5 NLN 32\r\n");
        let (_, heard) = told(&mut world, bob, 8);
        assert_eq!(body(&heard[0]), "later");
    }
}

#[test]
fn the_look_of_a_text_passes_and_of_markup_its_words_stay() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        let look = "X-MMS-IM-Format: FN=Arial; EF=BI; CO=ff; CS=0; PF=22\r\n";
        alice.write(&mut world, "bob", "Text", look, "bold");
        let (switchboard, heard) = told(&mut world, bob, dialect);
        assert!(
            heard[0].contains(look) && heard[0].ends_with("\r\n\r\nbold"),
            "{heard:?}"
        );
        alice.write(&mut world, "bob", "RichText", "", "<b>a &lt; b</b>");
        assert_eq!(body(&world.hear(switchboard)[0]), "a < b");
        world.ask(switchboard, &message(2, "N", &text("back")));
        let answer = alice.hear(&mut world);
        assert!(
            answer.contains("X-MMS-IM-Format: FN=Arial; EF=B; CO=ff; CS=0; PF=22\r\n"),
            "{answer}"
        );
    }
}

#[test]
fn a_status_without_a_code_is_away_and_all_others_are_told() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        for (code, shown) in [
            ("BSY", "NLN BSY "),
            ("LUN", "NLN LUN "),
            ("XYZ", "NLN AWY "),
            ("HDN", "FLN "),
        ] {
            alice.publish(
                &mut world,
                &format!("<s n=\"IM\"><Status>{code}</Status></s>"),
            );
            let told = world.hear(bob);
            assert!(told[0].starts_with(shown), "{code}: {told:?}");
        }
        for code in ["BSY", "IDL", "BRB", "AWY", "PHN", "LUN"] {
            world.status(bob, dialect, 8, code);
            let heard = alice.hear(&mut world);
            assert!(
                heard.contains(&format!("<Status>{code}</Status>")),
                "{heard}"
            );
        }
    }
}

#[test]
fn capabilities_are_told_as_far_as_there_are_words() {
    let mut world = World::new();
    let (mut alice, bob) = friends(&mut world, 18);
    let place = "<sep n=\"IM\" epid=\"{cccccccc-aaaa-4aaa-8aaa-aaaaaaaaaaaa}\"><Capabilities>5:4194560</Capabilities></sep>";
    alice.publish(
        &mut world,
        &format!("<s n=\"IM\"><Status>NLN</Status></s>{place}"),
    );
    let told = world.hear(bob);
    assert!(told[0].ends_with(" ALICE 5:4194560 0\r\n"), "{told:?}");
    let carol = world.online(12, "carol");
    let told = world.ask(carol, "ADC 6 FL N=alice@example.org\r\n");
    assert!(
        told.iter().any(|line| line.ends_with(" ALICE 5 0\r\n")),
        "{told:?}"
    );
    world.ask(bob, "CHG 9 NLN 2788999228:48 0\r\n");
    let heard = alice.hear(&mut world);
    assert!(
        heard.contains("<Capabilities>2788999228:48</Capabilities>"),
        "{heard}"
    );
}

#[test]
fn a_picture_is_told_to_those_who_can_ask_for_it() {
    let mut world = World::new();
    let (mut alice, bob) = friends(&mut world, 12);
    let tile = "<s n=\"IM\"><Status>NLN</Status></s><s n=\"PE\"><UserTileLocation>&lt;msnobj Creator=\"x\"/&gt;</UserTileLocation></s>";
    alice.publish(&mut world, tile);
    assert_eq!(world.hear(bob), [""; 0], "there is none for him");
    let object = "%3Cmsnobj%20Creator%3D%22bob%22%2F%3E";
    let carol = world.online(15, "carol");
    world.befriend(carol, 15, "bob");
    world.ask(bob, &format!("CHG 9 BSY 32 {object}\r\n"));
    let told = world.hear(carol);
    assert!(
        told[0].ends_with(&format!(" BOB 32 {object}\r\n")),
        "{told:?}"
    );
    let heard = alice.hear(&mut world);
    assert!(
        heard.contains("<Status>BSY</Status>") && !heard.contains("msnobj"),
        "{heard}"
    );
}

#[test]
fn files_and_pictures_are_not_offered_where_there_is_no_switchboard() {
    let mut world = World::new();
    let (alice, bob) = friends(&mut world, 12);
    let switchboard = world.switchboard(bob, 12, "bob");
    world.ask(switchboard, "CAL 2 alice@example.org\r\n");
    let payload =
        |kind: &str, body: &str| format!("MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}");
    for (kind, letter, answer) in [
        ("application/x-msnmsgrp2p", "D", "282 3\r\n"),
        ("text/x-msmsgsinvite; charset=UTF-8", "N", "NAK 3\r\n"),
        ("image/gif", "A", "NAK 3\r\n"),
        ("text/x-mms-emoticon", "N", ""),
        ("text/x-clientcaps", "U", ""),
        ("text/x-keepalive", "N", ""),
    ] {
        let body = if kind.contains("p2p") {
            "\0".repeat(52)
        } else {
            "base64:a\t<msnobj/>\t".into()
        };
        let told = world.ask(switchboard, &message(3, letter, &payload(kind, &body)));
        assert_eq!(told.concat(), answer, "{kind}");
    }
    assert_eq!(alice.hear(&mut world), "");
}

#[test]
fn typing_passes_in_both_directions() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        alice.write(&mut world, "bob", "Control/Typing", "", "");
        assert_eq!(world.hear(bob), [""; 0], "nobody is called for that");
        alice.write(&mut world, "bob", "Text", "", "hi");
        let (switchboard, _) = told(&mut world, bob, dialect);
        alice.write(&mut world, "bob", "Control/Typing", "", "");
        let typing = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: alice@example.org\r\n\r\n\r\n";
        let heard = world.hear(switchboard);
        assert_eq!(
            heard,
            [format!(
                "MSG alice@example.org ALICE {}\r\n{typing}",
                typing.len()
            )]
        );
        let own = typing.replace("alice", "bob");
        assert_eq!(world.ask(switchboard, &message(4, "U", &own)), [""; 0]);
        let heard = alice.hear(&mut world);
        assert!(
            heard.contains("Message-Type: Control/Typing\r\n"),
            "{heard}"
        );
    }
}

#[test]
fn words_of_one_self_at_another_place_are_not_shown() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let both = world.conversation(dialect, 12);
        let mut other = Modern::sign_in(&mut world, "alice");
        other.write(&mut world, "bob", "Text", "", "from there");
        assert_eq!(body(&world.hear(both.bob)[0]), "from there");
        assert_eq!(world.hear(both.alice), [""; 0]);
        // What Bob says is told at both places.
        world.ask(both.bob, &message(9, "A", &text("to both")));
        assert_eq!(body(&world.hear(both.alice)[0]), "to both");
        assert!(other.hear(&mut world).ends_with("to both"));
    }
}

#[test]
fn a_change_at_another_place_is_told_where_there_is_a_line_for_it() {
    for (dialect, told) in [(8, 0), (12, 0), (15, 1), (18, 1)] {
        let mut world = World::new();
        let alice = world.online(dialect, "alice");
        let mut other = Modern::sign_in(&mut world, "alice");
        other.list(&mut world, "bob");
        let heard = world.hear(alice);
        let news: Vec<_> = heard
            .iter()
            .filter(|line| line.starts_with("NOT "))
            .collect();
        assert_eq!(news.len(), told, "{heard:?}");
        assert!(news.iter().all(|line| line.contains("ABCHInternal")));
    }
}

#[test]
fn a_kind_of_message_that_nobody_knows_is_received_and_not_shown() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let (mut alice, bob) = friends(&mut world, dialect);
        alice.write(&mut world, "bob", "Unheard/Of", "", "?");
        assert_eq!(world.hear(bob), [""; 0]);
        assert_eq!(world.waiting("bob"), [0; 0]);
    }
}

#[test]
fn what_the_operator_announces_is_a_call_by_whom_it_is_said_in_the_name_of() {
    for dialect in FAMILIES {
        let mut world = World::new();
        let bob = world.online(dialect, "bob");
        world.hear(bob);
        assert_eq!(world.announce("carol", "back at noon"), 1);
        let (switchboard, told) = world.answer(bob, dialect, "bob");
        assert!(told[0].contains(" carol@example.org "), "{told:?}");
        let last = told.last().unwrap();
        assert!(
            last.starts_with("MSG carol@example.org The%20Operator "),
            "{last}"
        );
        assert_eq!(body(last), "back at noon");
        assert_eq!(world.waiting("bob"), [0; 0], "it is kept nowhere");
        // An answer is for whoever it was said in the name of.
        world.ask(switchboard, &message(2, "A", &text("thanks")));
        assert_eq!(world.waiting("carol").len(), 1);
    }
}
