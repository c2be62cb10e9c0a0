//! What is said about people before MSNP21: personal data, contact lists, notifications, circles.

use msnp_proto::payload::PayloadError;
use msnp_proto::payload::circle::Circle;
use msnp_proto::payload::contacts::{ContactList, Lists, PieceLimits};
use msnp_proto::payload::endpoint_signal::{EndpointSignal, SignalKind};
use msnp_proto::payload::layers::{Content, Layers};
use msnp_proto::payload::notification::Notification;
use msnp_proto::payload::personal_data::{
    CurrentMedia, Endpoint, PersonalData, PrivateEndpoint, Scope,
};
use msnp_proto::payload::policies::Policies;
use msnp_proto::payload::presence::{Capabilities, Status};
use msnp_proto::payload::xml::Element;
use msnp_proto::{Address, Guid, UnixTime};
use proptest::prelude::*;

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}

fn guid(digits: &str) -> Guid {
    digits.parse().expect("a GUID")
}

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

// Personal data.

#[track_caller]
fn data(document: &str) -> PersonalData {
    PersonalData::parse(document.as_bytes()).unwrap_or_else(|error| panic!("{error}: {document}"))
}

#[track_caller]
fn same_data(document: &str) -> PersonalData {
    let read = data(document);
    assert_eq!(text(read.encode()), document);
    read
}

#[test]
fn the_documents_of_each_era_are_written_as_they_were() {
    let plain = same_data("<Data><PSM>hi</PSM><CurrentMedia></CurrentMedia></Data>");
    assert_eq!(plain, PersonalData::new("hi", ""));
    assert_eq!(
        (plain.scope(), plain.current_media(), plain.machine_guid()),
        (Scope::Person, None, Ok(None))
    );
    let empty = same_data("<Data><PSM/><CurrentMedia /><MachineGuid></MachineGuid></Data>");
    assert_eq!(
        (empty.personal_message().as_deref(), empty.machine_guid()),
        (Some(""), Ok(None))
    );
    // msnp11-sdk, libpurple, and the live server of MSNP18.
    same_data("<Data><PSM>test</PSM><CurrentMedia/></Data>");
    let unbraced = same_data(
        "<Data><PSM/><CurrentMedia/><MachineGuid>1BE99E6D-1C6E-4BEA-8B3E-9C464006A774</MachineGuid><DDP/></Data>",
    );
    assert_eq!(
        unbraced.machine_guid(),
        Ok(Some(guid("1be99e6d-1c6e-4bea-8b3e-9c464006a774")))
    );
    assert!(
        data("<Data><MachineGuid>x</MachineGuid></Data>")
            .machine_guid()
            .is_err()
    );
    same_data(
        "<Data><PSM>a</PSM><CurrentMedia></CurrentMedia><DDP></DDP><SignatureSound></SignatureSound><Scene></Scene><ColorScheme>-3</ColorScheme><New x=\"1\"/></Data>",
    );
}

#[test]
fn no_payload_says_nothing() {
    assert_eq!(PersonalData::parse(b""), Ok(PersonalData::default()));
    assert_eq!(data("<Data></Data>"), PersonalData::default());
    assert_eq!(
        PersonalData::parse(b"<ml/>"),
        Err(PayloadError::Root("Data"))
    );
    assert!(matches!(
        PersonalData::parse(b"<Data>"),
        Err(PayloadError::Xml(_))
    ));
}

#[test]
fn a_client_speaks_of_its_endpoint() {
    let capabilities: Capabilities = "262180:00".parse().expect("capabilities");
    let public = same_data("<EndpointData><Capabilities>262180:0</Capabilities></EndpointData>");
    let endpoint = Endpoint {
        id: None,
        capabilities: Some(capabilities),
    };
    assert_eq!(public, PersonalData::of_endpoint(&endpoint));
    assert_eq!(
        (public.scope(), public.endpoints().collect::<Vec<_>>()),
        (Scope::Endpoint, vec![endpoint])
    );
    let private = same_data(
        "<PrivateEndpointData><EpName>retro-prpl</EpName><Idle>false</Idle><ClientType>1</ClientType><State>NLN</State></PrivateEndpointData>",
    );
    let endpoint = PrivateEndpoint {
        id: None,
        name: Some("retro-prpl".into()),
        idle: Some(false),
        client_type: Some(1),
        status: Some(Status::NLN),
    };
    assert_eq!(private, PersonalData::of_private_endpoint(&endpoint));
    assert_eq!(
        (
            private.scope(),
            private.private_endpoints().collect::<Vec<_>>()
        ),
        (Scope::PrivateEndpoint, vec![endpoint])
    );
    assert_eq!(private.endpoints().count(), 0);
}

#[test]
fn a_server_speaks_of_all_endpoints() {
    let id = Some(guid("11111111-aaaa-4aaa-8aaa-111111111111"));
    let mut made = PersonalData::new("hi from alice", "")
        .with("DDP", "")
        .with("SignatureSound", "")
        .with("Scene", "")
        .with("ColorScheme", "");
    made.push_endpoint(&Endpoint {
        id,
        capabilities: Some(Capabilities::of(2_788_999_228, 48)),
    });
    made.push_private_endpoint(&PrivateEndpoint {
        id,
        ..PrivateEndpoint::default()
    });
    let recorded = "<Data><PSM>hi from alice</PSM><CurrentMedia></CurrentMedia><DDP></DDP><SignatureSound></SignatureSound>\
        <Scene></Scene><ColorScheme></ColorScheme><EndpointData id=\"{11111111-aaaa-4aaa-8aaa-111111111111}\">\
        <Capabilities>2788999228:48</Capabilities></EndpointData>\
        <PrivateEndpointData id=\"{11111111-aaaa-4aaa-8aaa-111111111111}\"></PrivateEndpointData></Data>";
    assert_eq!(text(made.encode()), recorded);
    assert_eq!(same_data(recorded), made);
    assert_eq!(made.endpoints().next().and_then(|endpoint| endpoint.id), id);
}

#[test]
fn a_personal_message_survives_a_server_that_escapes_nothing() {
    // MSNP13 to 15: only the ampersand is escaped, and that as a number.
    let raw = data("<Data><PSM>a &#x26; b <c> = \\ d</PSM><CurrentMedia></CurrentMedia></Data>");
    assert_eq!(raw.personal_message().as_deref(), Some("a & b <c> = \\ d"));
    // MSNP16 and later.
    let escaped = data(
        "<Data><PSM>a &#x26; b &#x3C;c&#x3E; &#x3D; &#x5C; d</PSM><CurrentMedia></CurrentMedia></Data>",
    );
    assert_eq!(escaped, raw);
    let written = "<Data><PSM>a &amp; b &lt;c&gt; = \\ d</PSM><CurrentMedia></CurrentMedia></Data>";
    assert_eq!(text(raw.encode()), written, "we escape");
    let endpoint = data(
        "<Data><PSM></PSM><PrivateEndpointData id=\"{11111111-aaaa-4aaa-8aaa-111111111111}\"><EpName>A & B's <PC></EpName></PrivateEndpointData></Data>",
    );
    assert_eq!(
        endpoint
            .private_endpoints()
            .next()
            .and_then(|endpoint| endpoint.name)
            .as_deref(),
        Some("A & B's <PC>")
    );
    let heart = data(
        "<Data><PSM>I <3 U</PSM><CurrentMedia>\\0Music\\01\\0{0}\\0Rock & Roll\\0</CurrentMedia></Data>",
    );
    assert_eq!(heart.personal_message().as_deref(), Some("I <3 U"));
    assert_eq!(
        heart.current_media().map(|media| media.text()).as_deref(),
        Some("Rock & Roll")
    );
}

#[test]
fn media_are_read_and_written() {
    let line = r"\0Music\01\0{0} - {1}\0Song Title\0Song Artist\0Song Album\0\0";
    let media = CurrentMedia::parse(line).expect("media");
    assert_eq!(media.to_string(), line);
    assert_eq!(
        media.fields,
        ["Song Title", "Song Artist", "Song Album", "", ""]
    );
    assert_eq!(media.text(), "Song Title - Song Artist");
    let mut made = CurrentMedia::new(
        "Music",
        "{0} - {1}",
        ["Song Title", "Song Artist", "Song Album"],
    );
    assert_eq!(made, media);
    made.format = "{1}: {0} {{9} {x} {} {4".into();
    assert_eq!(made.text(), "Song Artist: Song Title { {x} {} {4");
    for none in ["", "Music", r"\0\01\0x\0", r"\0Music\01"] {
        assert_eq!(CurrentMedia::parse(none), None, "{none}");
    }
    let separated = CurrentMedia::new("Music", "{0}", [r"a\0b\\00\"]);
    assert_eq!(
        separated.to_string(),
        r"\0Music\01\0{0}\0a0b00\\0\0\0\0",
        "what cannot be said loses its backslash"
    );
    let mut data = PersonalData::new("", "");
    data.set_current_media(&media);
    assert_eq!(data.current_media(), Some(media));
}

// Contact lists.

#[track_caller]
fn list(document: &str) -> ContactList {
    let list = ContactList::parse(document.as_bytes())
        .unwrap_or_else(|error| panic!("{error}: {document}"));
    assert_eq!(text(list.encode()), document);
    list
}

#[test]
fn lists_of_each_era_are_read() {
    let initial = list(
        "<ml l=\"1\"><d n=\"hotmail.com\"><c n=\"anotheruser\" l=\"3\" t=\"1\" /></d><t><c n=\"tel:+15551111222\" l=\"3\" /></t></ml>",
    );
    assert!(initial.is_initial());
    let contacts: Vec<_> = initial
        .contacts()
        .map(|contact| (contact.address(), contact.lists()))
        .collect();
    let both = Some(Lists::FORWARD | Lists::ALLOW);
    let expected =
        ["1:anotheruser@hotmail.com", "4:tel:+15551111222"].map(|text| (Some(address(text)), both));
    assert_eq!(contacts, expected);
    for odd in ["<ml></ml>", "<ml><d></d></ml>", "<ml l=\"1\"></ml>"] {
        assert_eq!(list(odd).contacts().count(), 0, "{odd}");
    }
    let added = list(
        "<ml><d n=\"example.com\"><c n=\"alice\" t=\"1\" l=\"8\" f=\"Ally%20%C3%A9\" /></d></ml>",
    );
    let added = added.contacts().next().expect("one");
    assert_eq!(
        (added.lists(), added.friendly_name().as_deref()),
        (Some(Lists::REVERSE), Some("Ally é"))
    );
    // Nobody was seen to leave names raw here, but one server does it elsewhere.
    let raw = ContactList::parse(b"<ml><d n=\"x\"><c n=\"a\" f=\"I <3 b & c\"/></d></ml>")
        .expect("a list");
    assert_eq!(
        raw.contacts()
            .next()
            .expect("one")
            .friendly_name()
            .as_deref(),
        Some("I <3 b & c")
    );
    for (written, name) in [
        ("another user", "another user"),
        ("100%", "100%"),
        ("%ff", "%ff"),
        ("a &amp; b", "a & b"),
        ("", ""),
    ] {
        let list = ContactList::parse(
            format!("<ml><d n=\"x\"><c n=\"a\" f=\"{written}\"/></d></ml>").as_bytes(),
        )
        .expect("a list");
        assert_eq!(
            list.contacts()
                .next()
                .expect("one")
                .friendly_name()
                .as_deref(),
            Some(name)
        );
    }
    assert_eq!(
        initial.contacts().next().expect("one").friendly_name(),
        None
    );
    let circle = list(
        "<ml l=\"1\"><d n=\"live.com\"><c n=\"00000000-0000-0000-0009-73944a8f7947\" l=\"3\" t=\"9\"/></d></ml>",
    );
    assert_eq!(
        circle.contacts().next().expect("one").address(),
        Some(address("9:00000000-0000-0000-0009-73944a8f7947@live.com"))
    );
}

#[test]
fn lists_of_each_era_are_written() {
    let mut made = ContactList::new();
    made.push_listed(
        &address("1:alice@example.com"),
        Lists::REVERSE,
        Some("Ally é 100%"),
    );
    made.push_listed(&address("4:tel:+15551111222"), Lists::FORWARD, None);
    assert_eq!(
        text(made.encode()),
        "<ml><d n=\"example.com\"><c n=\"alice\" l=\"8\" t=\"1\" f=\"Ally%20é%20100%25\"/></d><t><c n=\"tel:+15551111222\" l=\"1\"/></t></ml>"
    );
    assert_eq!(
        made.contacts()
            .next()
            .expect("one")
            .friendly_name()
            .as_deref(),
        Some("Ally é 100%")
    );
    // As libpurple asks, 46 bytes.
    let query = ContactList::query(&address("1:carol@example.com")).encode();
    assert_eq!(
        text(query),
        "<ml><d n=\"example.com\"><c n=\"carol\"/></d></ml>"
    );
}

#[test]
fn a_list_goes_out_one_domain_at_a_time() {
    let mut whole = ContactList::initial();
    for number in 0..7 {
        for domain in ["example.com", "example.org"] {
            whole.push_listed(
                &address(&format!("1:u{number}@{domain}")),
                Lists::FORWARD,
                None,
            );
        }
    }
    whole.push_listed(&address("4:tel:+1"), Lists::FORWARD, None);
    let pieces = whole.pieces(PieceLimits {
        contacts: 3,
        bytes: 7500,
    });
    let counts: Vec<_> = pieces
        .iter()
        .map(|piece| piece.contacts().count())
        .collect();
    assert_eq!(counts, [3, 3, 1, 3, 3, 1, 1]);
    assert!(pieces.iter().all(ContactList::is_initial));
    assert!(
        pieces
            .iter()
            .all(|piece| piece.to_element().elements().count() == 1)
    );
    let empty = ContactList::initial().pieces(PieceLimits::DEFAULT);
    assert_eq!(empty, [ContactList::initial()]);
    let domains = list("<ml><d n=\"example.com\"></d></ml>").pieces(PieceLimits::DEFAULT);
    assert_eq!(domains, [ContactList::new()]);
}

proptest! {
    #[test]
    fn pieces_hold_everybody_in_order_and_keep_their_bounds(
        numbers in proptest::collection::vec(0u32..5000, 0..60), contacts in 1usize..8, bytes in 60usize..400,
    ) {
        let mut whole = ContactList::initial();
        for number in numbers {
            let account = format!("1:user{number}@d{}.example", number % 4);
            whole.push_listed(&address(&account), Lists::FORWARD | Lists::ALLOW, None);
        }
        let pieces = whole.pieces(PieceLimits { contacts, bytes });
        let together: Vec<_> = pieces.iter().flat_map(|piece| piece.contacts().map(|c| c.address()).collect::<Vec<_>>()).collect();
        let all: Vec<_> = whole.contacts().map(|c| c.address()).collect();
        prop_assert_eq!(together, all);
        for piece in pieces {
            let count = piece.contacts().count();
            prop_assert!(count <= contacts);
            prop_assert!(piece.encode().len() <= bytes || count <= 1);
        }
    }

    #[test]
    fn whatever_is_typed_is_read(message in "[^\\x00-\\x08\\x0b-\\x1f\\x7f\u{fffe}\u{ffff}]*") {
        let made = PersonalData::new(message.as_str(), "");
        let read = PersonalData::parse(&made.encode()).expect("our own");
        let typed = read.personal_message();
        prop_assert_eq!(typed.as_deref(), Some(message.as_str()));
        // And by a server that escapes nothing, as far as it can be told.
        let raw = format!("<Data><PSM>{message}</PSM><CurrentMedia></CurrentMedia></Data>");
        let _ = PersonalData::parse(raw.as_bytes());
    }

    #[test]
    fn raw_markup_is_taken_as_text(message in "([a-z ]|<|>|& |<b>|</b>|&amp;|<[0-9]|</PSM>x){1,12}") {
        let raw = format!("<Data><PSM>{message}</PSM><CurrentMedia></CurrentMedia></Data>");
        let read = PersonalData::parse(raw.as_bytes());
        prop_assert!(read.is_ok(), "{raw}");
        let read = read.expect("just looked");
        prop_assert_eq!(PersonalData::parse(&read.encode()), Ok(read));
    }

    #[test]
    fn media_come_back(kind in "[a-zA-Z]+", format in "\\PC{0,9}", fields in proptest::collection::vec("\\PC{0,9}", 0..7)) {
        let media = CurrentMedia::new(&kind, &format, fields.iter().map(String::as_str));
        let read = CurrentMedia::parse(&media.to_string()).expect("media");
        prop_assert_eq!(CurrentMedia::parse(&read.to_string()), Some(read.clone()));
        if !format!("{format}{}", fields.concat()).contains('\\') {
            prop_assert_eq!(read, media);
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>, text in "(<|>|/|Data|PSM|EndpointData| id=|\"|&|x){0,20}") {
        for document in [bytes, text.into_bytes()] {
            let _ = PersonalData::parse(&document);
            let _ = Notification::parse(&document).map(|n| (n.data(), n.is_address_book_change()));
            let _ = Circle::parse(&document).map(|c| c.members().count());
            let _ = Policies::parse(&document).map(|p| p.policies().count());
        }
    }
}

#[test]
fn every_cut_of_a_document_is_refused() {
    let id = Some(guid("11111111-aaaa-4aaa-8aaa-111111111111"));
    let mut data = PersonalData::new("a <b> & c", r"\0Music\01\0{0}\0x\0\0\0\0");
    data.push_endpoint(&Endpoint {
        id,
        capabilities: None,
    });
    let documents = [
        data.encode(),
        Notification::address_book_changed("a@b", 1, UnixTime::from_secs(1)).encode(),
        Circle::with_member(&address("1:a@b")).encode(),
        Policies::open().encode(),
    ];
    for document in documents {
        for cut in 1..document.len() {
            let cut = &document[..cut];
            assert!(
                PersonalData::parse(cut).is_err() && Notification::parse(cut).is_err(),
                "{cut:?}"
            );
            assert!(
                Circle::parse(cut).is_err() && Policies::parse(cut).is_err(),
                "{cut:?}"
            );
        }
    }
}

// Notifications, policies, circles, signals.

#[test]
fn a_changed_address_book_is_told() {
    let made = Notification::address_book_changed(
        "alice@example.com",
        96_076,
        UnixTime::from_secs(1_795_291_548),
    );
    let document = text(made.encode());
    assert!(document.starts_with("<NOTIFICATION id=\"0\" siteid=\"45705\" siteurl=\"http://contacts.msn.com\"><TO name=\"alice@example.com\">"));
    assert!(document.contains("<BODY>&lt;NotificationData&gt;&lt;Service&gt;ABCHInternal&lt;/Service&gt;&lt;CID&gt;96076&lt;/CID&gt;"));
    assert!(made.is_address_book_change());
    assert_eq!(
        (made.site_id(), made.receiver(), made.action_url()),
        (Some("45705"), Some("alice@example.com"), Some("a.htm"))
    );
    let data = made.data().expect("a document");
    assert_eq!(
        data.child_text("LastModifiedDate").as_deref(),
        Some("2026-11-21T20:05:48Z")
    );
    // Padded, as the live server sends it.
    let padded = document
        .replace("<BODY>", "<BODY>\r\n\t\t")
        .replace("</BODY>", "\r\n</BODY>");
    assert!(
        Notification::parse(padded.as_bytes())
            .expect("a notification")
            .is_address_book_change()
    );
}

#[test]
fn an_alert_of_the_old_form_has_a_text() {
    let alert = "<NOTIFICATION ver=\"2\" id=\"1\" siteid=\"199999999\" siteurl=\"http://alerts.example\"><TO pid=\"0x1:0x2\" name=\"a@b\"/>\
        <MSG pri=\"1\" id=\"1\"><SUBSCR url=\"/s\"/><ACTION url=\"/a\"/><BODY lang=\"3076\" icon=\"i.gif\"><TEXT>news &amp; more</TEXT></BODY></MSG></NOTIFICATION>";
    let read = Notification::parse(alert.as_bytes()).expect("a notification");
    assert_eq!(text(read.encode()), alert);
    assert_eq!(
        (read.text().as_deref(), read.action_url()),
        (Some("news & more"), Some("/a"))
    );
    assert_eq!((read.data(), read.is_address_book_change()), (None, false));
    let raw = alert.replace("&amp;", "&").replace("more", "<more>");
    let read = Notification::parse(raw.as_bytes()).expect("a notification");
    assert_eq!(read.text().as_deref(), Some("news & <more>"));
    let plain = "<NOTIFICATION><MSG><BODY> <NotificationData><Service>ABCHInternal</Service></NotificationData></BODY></MSG></NOTIFICATION>";
    assert!(
        Notification::parse(plain.as_bytes())
            .expect("a notification")
            .is_address_book_change()
    );
    let bare = Notification::parse(b"<NOTIFICATION/>").expect("a notification");
    assert_eq!(
        (bare.text(), bare.receiver(), bare.data()),
        (None, None, None)
    );
    assert_eq!(
        Notification::parse(b"<NOT/>"),
        Err(PayloadError::Root("NOTIFICATION"))
    );
}

#[test]
fn policies_are_looked_through() {
    let shields = "<config><shield><cli maj=\"7\" min=\"0\" minbld=\"0\" maxbld=\"9999\" deny=\" \" /></shield><block></block></config>";
    assert_eq!(text(Policies::open_shields().encode()), shields);
    let declared = format!("<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n{shields}");
    let read = Policies::parse(declared.as_bytes()).expect("a configuration");
    assert_eq!(
        (read.policies().count(), read.shields().map(Element::name)),
        (0, Some("config"))
    );
    let pushed = "<Policies>\n\t<Policy type=\"SHIELDS\" checksum=\"AB\"><config></config></Policy>\n\t<Policy type=\"P2P\"/></Policies>";
    let read = Policies::parse(pushed.as_bytes()).expect("policies");
    assert_eq!(text(read.encode()), pushed);
    let kinds: Vec<_> = read
        .policies()
        .map(|policy| (policy.kind, policy.checksum))
        .collect();
    assert_eq!(kinds, [("SHIELDS", Some("AB")), ("P2P", None)]);
    assert!(read.shields().is_some() && Policies::open().shields().is_some());
    assert_eq!(
        Policies::parse(b"<x/>"),
        Err(PayloadError::Root("Policies"))
    );
}

#[test]
fn circles_stand_behind_three_blocks() {
    // 90 bytes for an account as long as the one that was left out of the sample (msnp24.md 14.3).
    let invitation = "<circle><roster><id>IM</id><user><id>1:bob@example.com</id><state>Pending</state></user>\
        <user><id>nobody</id></user></roster><roster><id>PE</id></roster></circle>";
    let me = address("1:alice@example.com");
    let layers = Layers::build(
        &me,
        &address("10:588e793a-003d-0003-4136-314b00000000@live.com"),
    )
    .notification()
    .header("Uri", "/circle")
    .header("Content-Type", "application/multiparty+xml")
    .finish(invitation.as_bytes());
    let read = Layers::parse(layers.into_bytes()).expect("layers");
    assert_eq!(read.content(), Some(Content::Notification));
    let circle = Circle::parse(read.body()).expect("a circle");
    assert_eq!(text(circle.encode()), invitation);
    let members: Vec<_> = circle
        .members()
        .map(|member| (member.address(), member.pending))
        .collect();
    assert_eq!(
        members,
        [(Some(address("1:bob@example.com")), true), (None, false)]
    );
    let join = Circle::with_member(&me);
    assert_eq!(Circle::parse(&join.encode()), Ok(join));
}

#[test]
fn an_endpoint_is_told_to_go() {
    let signal = EndpointSignal::of(SignalKind(4), "goawyplzthxbye".into());
    assert_eq!(signal, EndpointSignal::SignOut);
    assert_eq!(
        (signal.kind(), &signal.body()[..]),
        (SignalKind::SIGN_OUT, &b"goawyplzthxbye"[..])
    );
    for (kind, body) in [(9, "hello"), (4, "goaway"), (4, ""), (3, "goawyplzthxbye")] {
        let other = EndpointSignal::of(SignalKind(kind), body.into());
        assert_ne!(other, EndpointSignal::SignOut);
        assert_eq!(
            (other.kind(), &other.body()[..]),
            (SignalKind(kind), body.as_bytes())
        );
        assert!(!format!("{other:?}").contains("hello"));
    }
}
