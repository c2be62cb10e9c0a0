//! The typed commands of MSNP2 to MSNP22 by hand: what the notes quote, what peers leave out or add, what differs between
//! dialects, and what is refused. The whole table is `tests/classic_forms`, recordings are `tests/classic_recordings.rs`.

use bytes::Bytes;
use msnp_proto::classic::{
    Account, Acknowledgement, Call, Card, Carrier, ChallengeRequest, Choice, ClientBody,
    ClientCommand, ClientVersion, CommandErrorKind, ContactJoined, ContactStatus, Endpoint,
    ErrorReply, List, ListBits, ListedContact, Message, Name, NotInDialect, OutReason, OwnStatus,
    Ping, Principal, SendMessage, ServerAddress, ServerBody, ServerCommand, ServerKind, SsoTicket,
    Version, WebEndpoint, Word, WordList,
};
use msnp_proto::payload::presence::{Capabilities, Status};
use msnp_proto::{
    Dialect, ErrorCode, Frame, FrameDecoder, Guid, Network, Offer, PayloadTable, Side, TrId, Verb,
};
use proptest::prelude::*;

const NS: ServerKind = ServerKind::Notification;
const SB: ServerKind = ServerKind::Switchboard;

/// The one frame that the bytes are.
#[track_caller]
fn frame(side: Side, bytes: impl Into<Bytes>) -> Frame {
    let mut decoder = FrameDecoder::new(PayloadTable::sent_by(side));
    decoder.push(bytes);
    let frame = decoder.next_frame().expect("a frame").expect("whole");
    assert_eq!(decoder.buffered(), 0, "the length is wrong");
    frame
}

fn dialect(number: u8) -> Dialect {
    Dialect::new(number).expect("a dialect")
}

#[track_caller]
fn client(number: u8, server: ServerKind, bytes: &str) -> ClientCommand {
    let frame = frame(Side::Client, bytes.to_owned());
    ClientCommand::parse(&frame, dialect(number), server).expect("a command")
}

#[track_caller]
fn server(number: u8, server: ServerKind, bytes: &str) -> ServerCommand {
    let frame = frame(Side::Server, bytes.to_owned());
    ServerCommand::parse(&frame, dialect(number), server).expect("a command")
}

/// A client's line that is written as it was read.
#[track_caller]
fn client_says(number: u8, bytes: &str) -> ClientBody {
    let command = client(number, NS, bytes);
    let written = command.to_frame(dialect(number)).expect("of this dialect");
    assert_eq!(String::from_utf8_lossy(written.as_bytes()), bytes);
    assert!(command.body.form().is_some(), "not typed: {bytes}");
    command.body
}

/// A server's line that is written as it was read.
#[track_caller]
fn server_says(number: u8, bytes: &str) -> ServerBody {
    server_writes(number, bytes, bytes)
}

/// A server's line that is read, and written in other words.
#[track_caller]
fn server_writes(number: u8, bytes: &str, written: &str) -> ServerBody {
    let command = server(number, NS, bytes);
    let again = command.to_frame(dialect(number)).expect("of this dialect");
    assert_eq!(String::from_utf8_lossy(again.as_bytes()), written);
    assert!(command.body.form().is_some(), "not typed: {bytes}");
    command.body
}

fn text(word: &str) -> Word {
    Word::encode(word)
}

#[test]
fn the_lines_of_msnp21_and_22_are_read_and_written() {
    // msnp24.md 14.1, 14.6, 15, 16.1
    client_says(21, "VER 1 MSNP21 MSNP20 MSNP19 MSNP18 MSNP17 CVR0\r\n");
    client_says(
        21,
        "CVR 2 0x0409 winnt 6.1.0 i386 MSNMSGR 15.4.3502.0922 MSNMSGR a@b.c VmVyc2lvbjogMQ0K\r\n",
    );
    client_says(
        21,
        "CVR 2 0x0409 mac 10.2.0 ppc macmsgs 3.5.1 macmsgs a@b.c VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCklzR2VvWGZyOiB0cnVlDQo=\r\n",
    );
    client_says(21, "USR 3 SSO I alice@hotmail.com\r\n");
    client_says(
        21,
        "USR 4 SSO S t=TICKET&p= HAAAAAEAAAADZgAA== {11111111-2222-3333-4444-555555555555}\r\n",
    );
    client_says(
        21,
        "QRY 5 PROD0120PW!CCV9@ 32\r\nd30f6619c1130b588a81d19066730fd9",
    );
    client_says(21, "CHL 6\r\n");
    client_says(21, "FSL 5 579 0\r\n");
    client_says(22, "FSL 5 1025 3\r\n");
    client_says(21, "SDG 9 2\r\nhi");
    client_says(21, "DEL 44 2\r\nhi");
    server_says(
        21,
        "CVR 2 1.0.0000 1.0.0000 1.0.0000 http://msgr.dlservice.microsoft.com http://download.live.com/?sku=messenger\r\n",
    );
    server_says(
        21,
        "XFR 3 NS 207.46.124.125:1863 U D VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg==\r\n",
    );
    server_says(21, "USR 4 OK alice@hotmail.com 1 0\r\n");
    server_says(21, "CHL 0 11533365622852247127\r\n");
    server_says(21, "PUT 8 OK 2\r\nhi");
    server_says(21, "NFY DEL 2\r\nhi");
    server_says(21, "SDG 0 2\r\nhi");
    server_says(21, "FSL 5\r\n");
    server_says(21, "FSL 5 OK 0\r\n");
    server_says(21, "QNG 50\r\n");
    let web = client_says(22, "USR 3 WEB {11111111-2222-3333-4444-555555555555}\r\n");
    let endpoint = text("{11111111-2222-3333-4444-555555555555}");
    assert_eq!(web, ClientBody::WebEndpoint(WebEndpoint { endpoint }));
}

#[test]
fn a_line_that_ends_early_is_understood() {
    // msnp8-18.md 15
    let ServerBody::SignedIn(signed_in) = server(15, NS, "USR 4 OK a@b.c\r\n").body else {
        panic!("not a sign-in")
    };
    assert_eq!((signed_in.verified, signed_in.restricted), (None, None));
    server_says(8, "CVR 2 1.0 1.0 1.0\r\n");
    server_writes(12, "SYN 5 0 0\r\n", "SYN 5 0 0\r\n");
    server_says(11, "SYN 5 0 0 2 1\r\n");
    server_writes(12, "LST N=a@b.c\r\n", "LST N=a@b.c 0 1\r\n");
    server_writes(15, "XFR 7 SB h:1 CKI 1\r\n", "XFR 7 SB h:1 CKI 1 U 0 0\r\n");
    server_writes(15, "XFR 7 NS h:1\r\n", "XFR 7 NS h:1 U D\r\n");
    server_writes(
        18,
        "RNG 1 h:1 CKI 2 a@b.c Al\r\n",
        "RNG 1 h:1 CKI 2 a@b.c Al U 0 0\r\n",
    );
    server_writes(8, "MSG a@b.c 2\r\nhi", "MSG a@b.c a@b.c 2\r\nhi");
    // The wiki's replies without their 0 (msnp8-18.md 2.2).
    server_writes(11, "UUX 8\r\n", "UUX 8 0\r\n");
    server_writes(18, "PUT 8 OK\r\n", "PUT 8 OK 0\r\n");
}

#[test]
fn more_words_than_are_known_do_not_matter() {
    server_writes(11, "USR 4 OK a@b.c 1 0 \r\n", "USR 4 OK a@b.c 1 0\r\n");
    server_writes(12, "QNG  60  5 x\r\n", "QNG 60\r\n");
    server_writes(8, "CHG 6\tNLN  32   0 0\r\n", "CHG 6 NLN 32\r\n");
    // A name where none belongs, of some successors.
    let ServerBody::SignedIn(signed_in) = server_says(11, "USR 4 OK a@b.c Al%20ice 1 0\r\n") else {
        panic!("not a sign-in")
    };
    assert_eq!(signed_in.successor_name, Some(Name::new("Al ice")));
    let ServerBody::SignedIn(signed_in) = server_says(11, "USR 4 OK a@b.c 1 0\r\n") else {
        panic!("not a sign-in")
    };
    assert_eq!(
        (signed_in.successor_name, signed_in.verified),
        (None, Some(true))
    );
}

#[track_caller]
fn name_of_status(number: u8, line: &str) -> Option<String> {
    match server(number, NS, line).body {
        ServerBody::ContactStatus(status) => status.name.map(|name| name.text().into_owned()),
        ServerBody::InitialStatus(status) => status.name.map(|name| name.text().into_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_that_is_left_out_shifts_nothing() {
    // msnp8-18.md 8.4
    assert_eq!(
        name_of_status(15, "NLN NLN a@b.c 1 0 %3Cmsnobj%2F%3E\r\n"),
        None
    );
    assert_eq!(
        name_of_status(18, "NLN NLN 1:a@b.c 0:0 %3Cmsnobj%2F%3E\r\n"),
        None
    );
    assert_eq!(name_of_status(17, "ILN 6 NLN a@b.c 1 0:0\r\n"), None);
    assert_eq!(name_of_status(8, "NLN NLN a@b.c 268435492\r\n"), None);
    // A name may be a number, and before MSNP8 there are no capabilities.
    assert_eq!(
        name_of_status(15, "NLN NLN a@b.c 1 007 0 x\r\n").as_deref(),
        Some("007")
    );
    assert_eq!(
        name_of_status(7, "NLN NLN a@b.c 007\r\n").as_deref(),
        Some("007")
    );
    // Ours is never left out.
    server_writes(
        15,
        "NLN NLN a@b.c 1 0 x\r\n",
        "NLN NLN a@b.c 1 a@b.c 0 x\r\n",
    );
    let ServerBody::Ring(ring) = server(15, NS, "RNG 1 h:1 CKI 2 a@b.c U d.com 1\r\n").body else {
        panic!("not a ring")
    };
    assert_eq!((ring.name, ring.carrier), (None, Some(Carrier::DIRECT)));
    let ServerBody::Ring(ring) = server(15, NS, "RNG 1 h:1 CKI 2 a@b.c U U d.com 1\r\n").body
    else {
        panic!("not a ring")
    };
    assert_eq!(ring.name, Some(Name::new("U")));
}

fn status() -> ContactStatus {
    ContactStatus {
        status: Status::AWY,
        contact: Principal::passport(Account::new("a@b.c")),
        name: Some(Name::new("Al ice")),
        capabilities: Some(Capabilities::of(32, 48)),
        object: Some(Word::encode_all("<msnobj/>")),
        icon: None,
    }
}

#[track_caller]
fn status_in(number: u8, line: &str) {
    let command = ServerCommand::without_id(status());
    let written = command.to_frame(dialect(number)).expect("of this dialect");
    assert_eq!(String::from_utf8_lossy(written.line()), line);
}

#[test]
fn one_status_is_written_in_the_words_of_each_dialect() {
    // msnp8-18.md 8.2
    status_in(2, "NLN AWY a@b.c Al%20ice");
    status_in(8, "NLN AWY a@b.c Al%20ice 32");
    status_in(9, "NLN AWY a@b.c Al%20ice 32 %3Cmsnobj%2F%3E");
    status_in(13, "NLN AWY a@b.c Al%20ice 32 %3Cmsnobj%2F%3E");
    status_in(14, "NLN AWY a@b.c 1 Al%20ice 32 %3Cmsnobj%2F%3E");
    status_in(16, "NLN AWY a@b.c 1 Al%20ice 32:48 %3Cmsnobj%2F%3E");
    status_in(18, "NLN AWY 1:a@b.c Al%20ice 32:48 %3Cmsnobj%2F%3E");
    let refused = ServerCommand::without_id(status()).to_frame(Dialect::MSNP21);
    let verb = Verb::NLN;
    let dialect = Dialect::MSNP21;
    assert_eq!(refused, Err(NotInDialect { verb, dialect }));
    assert_eq!(
        NotInDialect { verb, dialect }.to_string(),
        "MSNP21 has no such NLN"
    );
}

#[test]
fn a_word_that_is_missing_in_the_middle_keeps_its_place() {
    let holes = ContactStatus {
        name: None,
        capabilities: None,
        object: None,
        icon: Some(text("http://x/")),
        ..status()
    };
    let written = ServerCommand::without_id(holes).to_frame(Dialect::MSNP18);
    assert_eq!(
        written.expect("a line").line(),
        b"NLN AWY 1:a@b.c a@b.c 0:0 0 http://x/"
    );
    let offline = OwnStatus {
        status: Status::NLN,
        capabilities: None,
        object: None,
    };
    let written = ClientCommand::new(TrId(6), offline).to_frame(Dialect::MSNP15);
    assert_eq!(written.expect("a line").line(), b"CHG 6 NLN 0");
}

#[test]
fn endpoints_are_there_since_msnp16() {
    let guid: Guid = "{AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEE01}"
        .parse()
        .expect("a GUID");
    let joined = ContactJoined {
        user: Endpoint::with_guid(Account::new("a@b.c"), guid),
        name: Some(Name::new("Al")),
        capabilities: Some(Capabilities::of(32, 48)),
    };
    let line = |dialect| {
        let written = ServerCommand::without_id(joined.clone()).to_frame(dialect);
        String::from_utf8(written.expect("a line").line().to_vec()).expect("text")
    };
    assert_eq!(line(Dialect::MSNP11), "JOI a@b.c Al");
    assert_eq!(line(Dialect::MSNP12), "JOI a@b.c Al 32");
    assert_eq!(
        line(Dialect::MSNP16),
        "JOI a@b.c;{aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeee01} Al 32:48"
    );
    let command = server(
        16,
        SB,
        "BYE a@b.c;{AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEE01} 1\r\n",
    );
    let ServerBody::ContactLeft(left) = command.body else {
        panic!("nobody left")
    };
    assert_eq!((left.user.guid(), left.idle), (Some(guid), Some(true)));
}

#[test]
fn accounts_of_msnp18_have_a_network_and_perhaps_a_circle() {
    let line = "NLN NLN 1:a@b.c;via=9:00000000-0000-0000-0009-73944a8f7947@live.com Al 0:0\r\n";
    let ServerBody::ContactStatus(status) = server_says(18, line) else {
        panic!("no status")
    };
    assert_eq!(status.contact.network, Some(Network::PASSPORT));
    assert_eq!(status.contact.account, Account::new("A@B.C"));
    let circle = b"9:00000000-0000-0000-0009-73944a8f7947@live.com";
    assert_eq!(status.contact.via(), Some(&circle[..]));
    let ServerBody::ContactOffline(offline) = server_says(18, "FLN 4:tel:+1555 0:0\r\n") else {
        panic!("nobody went")
    };
    assert_eq!(offline.contact.account.text(), "tel:+1555");
    assert_eq!(offline.contact.network, Some(Network::TELEPHONE));
}

#[test]
fn a_semicolon_in_an_account_starts_nothing() {
    let command = server(13, NS, "FLN a;via=9:x@b.c\r\n");
    let written = command.to_frame(Dialect::MSNP18).expect("a line");
    assert_eq!(written.line(), b"FLN 1:a%3Bvia=9:x@b.c 0:0");
    let again = ServerCommand::parse(&written, Dialect::MSNP18, NS).expect("a command");
    let ServerBody::ContactOffline(offline) = again.body else {
        panic!("nobody went")
    };
    assert_eq!(
        (offline.contact.account, offline.contact.suffix),
        (Account::new("a;via=9:x@b.c"), None)
    );
    let user = Endpoint::of(Account::new("a@b;{1}"));
    let written = ClientCommand::new(2, Call { user }).to_frame(Dialect::MSNP16);
    assert_eq!(written.expect("a line").line(), b"CAL 2 a@b%3B{1}");
}

#[test]
fn one_verb_means_different_things_on_the_two_servers() {
    let line = "USR 1 alice@example.com 1a2b\r\n";
    assert!(matches!(client(12, SB, line).body, ClientBody::Join(_)));
    assert!(matches!(client(12, NS, line).body, ClientBody::Other(_)));
    let line = "USR 1 OK alice@example.com Alice\r\n";
    assert!(matches!(server(9, SB, line).body, ServerBody::Joined(_)));
    assert!(matches!(server(9, NS, line).body, ServerBody::SignedIn(_)));
}

#[test]
fn a_contact_is_read_in_every_order_of_its_letters() {
    let ServerBody::ListedContact(listed) =
        server(11, NS, "LST C=1-2 N=a@b.c F= 19 g1,g2\r\n").body
    else {
        panic!("not a contact")
    };
    let contact = Card {
        account: Some(Account::new("a@b.c")),
        name: None,
        id: Some(text("1-2")),
    };
    let lists = [List::Forward, List::Allow, List::Pending]
        .into_iter()
        .collect::<ListBits>();
    let groups = Some(text("g1,g2"));
    assert_eq!(
        listed,
        ListedContact {
            contact,
            lists: Some(lists),
            network: None,
            groups
        }
    );
    // MSNP12 without the network that it came with.
    let ServerBody::ListedContact(listed) = server(12, NS, "LST N=a@b.c 3 g1\r\n").body else {
        panic!("not a contact")
    };
    assert_eq!((listed.network, listed.groups), (None, Some(text("g1"))));
}

#[test]
fn the_guid_of_a_group_is_found_where_servers_put_it() {
    let guid = "d142e607-0c02-4188-9710-8e11606ae87e";
    // msnp8-18.md 7.3: one server, the documents, and a client's expectation.
    for line in [
        format!("REG 13 1 Ren%20amed {guid} 0\r\n"),
        format!("REG 13 {guid} Ren%20amed\r\n"),
        format!("REG 13 {guid} Ren%20amed 0\r\n"),
        format!("REG 13 1 {guid} Ren%20amed\r\n"),
        format!("REG 13 Ren%20amed {guid} 0\r\n"),
    ] {
        let ServerBody::GroupRenamed(renamed) = server(11, NS, &line).body else {
            panic!("not a group")
        };
        let (id, name) = (renamed.group.id.text(), renamed.group.name.text());
        assert_eq!((&*id, &*name), (guid, "Ren amed"), "{line}");
        assert_eq!(renamed.serial, line.contains(" 1 ").then_some(1), "{line}");
    }
    // A group that is called like a GUID, or by a number.
    let other = "00000000-0c02-4188-9710-8e11606ae87e";
    let ServerBody::GroupRenamed(renamed) =
        server(11, NS, &format!("REG 13 {other} {guid} 0\r\n")).body
    else {
        panic!("not a group")
    };
    assert_eq!(
        (renamed.group.id, renamed.group.name),
        (text(guid), text(other))
    );
    let ServerBody::GroupAdded(added) = server(11, NS, &format!("ADG 5 2004 {guid} 0\r\n")).body
    else {
        panic!("not a group")
    };
    assert_eq!((added.serial, &*added.name.text()), (None, "2004"));
    let ServerBody::GroupAdded(added) = server(9, NS, "ADG 10 5 2004 1 0\r\n").body else {
        panic!("not a group")
    };
    assert_eq!((added.serial, &*added.id.text()), (Some(5), "1"));
    let ServerBody::GroupRemoved(removed) = server(11, NS, &format!("RMG 21 {guid}\r\n")).body
    else {
        panic!("not a group")
    };
    assert_eq!((removed.serial, &*removed.id.text()), (None, guid));
}

#[test]
fn settings_stand_in_the_list_and_in_replies() {
    let command = server(9, NS, "GTC A\r\n");
    assert_eq!(command.trid, None);
    assert_eq!(
        command.to_frame(Dialect::MSNP9).expect("a line").line(),
        b"GTC A"
    );
    let command = server(9, NS, "GTC 18 13 N\r\n");
    assert_eq!(command.trid, Some(TrId(18)));
    let ServerBody::PromptSet(set) = &command.body else {
        panic!("not a setting")
    };
    assert_eq!((set.serial, set.prompt.as_str()), (Some(13), "N"));
    assert_eq!(
        command.to_frame(Dialect::MSNP10).expect("a line").line(),
        b"GTC 18 N"
    );
    // Outside of such a list every line has a transaction id.
    let command = server(15, NS, "BLP AL\r\n");
    assert_eq!(
        command.to_frame(Dialect::MSNP15).expect("a line").line(),
        b"BLP 0 AL"
    );
}

#[test]
fn the_first_generation_signs_in_and_lists() {
    client_says(7, "INF 2\r\n");
    server_says(7, "INF 2 CTP MD5\r\n");
    client_says(2, "USR 3 MD5 I a@b.c\r\n");
    server_says(2, "USR 3 MD5 S 65929e116a69123\r\n");
    client_says(7, "USR 4 MD5 S e3553dc934b2e671626a52af79e96213\r\n");
    server_says(5, "USR 4 OK a@b.c Al\r\n");
    server_says(7, "USR 4 OK a@b.c Al 1\r\n");
    server_says(7, "LST 5 FL 1 1 3 b@b.c Bob 0\r\n");
    server_says(7, "LST 5 BL 1 0 0\r\n");
    server_says(7, "LSG 5 1 1 1 0 Other%20Contacts 0\r\n");
    // MSNP8 has both generations of LST; which it is, the words say.
    assert!(matches!(
        server(8, NS, "LST 5 FL 1 1 3 b@b.c Bob 0\r\n").body,
        ServerBody::ListEntry(_)
    ));
    assert!(matches!(
        server(8, NS, "LST b@b.c Bob 11 0\r\n").body,
        ServerBody::ListedContact(_)
    ));
    // What came later is not written.
    let version = ClientVersion {
        locale: text("0x0409"),
        system: text("win"),
        system_version: text("4.10"),
        processor: text("i386"),
        program: text("MSMSGS"),
        program_version: text("4.6"),
        brand: Some(text("MSMSGS")),
        account: Some(Account::new("a@b.c")),
        hop: Some(text("0")),
    };
    let written = ClientCommand::new(TrId(2), version.clone()).to_frame(Dialect::MSNP7);
    assert_eq!(
        written.expect("a line").line(),
        b"CVR 2 0x0409 win 4.10 i386 MSMSGS 4.6 MSMSGS"
    );
    let written = ClientCommand::new(TrId(2), version).to_frame(Dialect::MSNP12);
    assert_eq!(
        written.expect("a line").line(),
        b"CVR 2 0x0409 win 4.10 i386 MSMSGS 4.6 MSMSGS a@b.c"
    );
}

#[test]
fn an_offer_is_read_word_by_word() {
    let offer = Version::offer([Dialect::MSNP18, Dialect::MSNP15]);
    let command = ClientCommand::new(TrId(1), offer);
    let written = command.to_frame(Dialect::MSNP18).expect("a line");
    assert_eq!(written.line(), b"VER 1 MSNP18 MSNP15 CVR0");
    let ClientBody::Version(version) = client(18, NS, "VER 1 MSNP21 MSNP20 MSNP18 CVR0\r\n").body
    else {
        panic!("no offer")
    };
    let offers: Vec<_> = version.offers().collect();
    let expected = [
        Offer::Dialect(Dialect::MSNP21),
        Offer::Other(b"MSNP20"),
        Offer::Dialect(Dialect::MSNP18),
        Offer::Cvr0,
    ];
    assert_eq!(offers, expected);
    let choice = |line| match server(18, NS, line).body {
        ServerBody::VersionReply(reply) => reply.choice,
        other => panic!("{other:?}"),
    };
    assert_eq!(choice("VER 1 MSNP12\r\n"), Choice::Dialect(Dialect::MSNP12));
    assert_eq!(
        choice("VER 1 MSNP8 CVR0\r\n"),
        Choice::Dialect(Dialect::MSNP8)
    );
    assert_eq!(choice("VER 1 0\r\n"), Choice::Nothing);
    assert_eq!(choice("VER 1 MSNP19\r\n"), Choice::Other(text("MSNP19")));
}

#[track_caller]
fn refused(number: u8, side: Side, line: &str, kind: CommandErrorKind, offset: usize) {
    let frame = frame(side, line.to_owned());
    let server = if frame.verb() == Verb::CAL { SB } else { NS };
    let error = match side {
        Side::Client => ClientCommand::parse(&frame, dialect(number), server).map(|_| ()),
        Side::Server => ServerCommand::parse(&frame, dialect(number), server).map(|_| ()),
    };
    let error = error.expect_err("wrong");
    assert_eq!((error.kind, error.offset), (kind, offset), "{line:?}");
    assert_eq!(error.frame, frame);
}

#[test]
fn an_error_says_what_and_where() {
    use CommandErrorKind::{Length, Missing, Parameter, TransactionId};
    for id in ["-5", "abc", "4294967296"] {
        refused(
            12,
            Side::Client,
            &format!("XFR {id} SB\r\n"),
            TransactionId,
            4,
        );
    }
    refused(12, Side::Client, "CAL 2\r\n", Missing("user"), 5);
    refused(12, Side::Client, "CAL 2  \r\n", Missing("user"), 7);
    refused(
        12,
        Side::Client,
        "ADC 7 XL N=a@b.c\r\n",
        Parameter("list"),
        6,
    );
    refused(
        12,
        Side::Client,
        "ADC 7 FL a@b.c\r\n",
        Parameter("contact"),
        9,
    );
    refused(
        12,
        Side::Client,
        "CHG  6 ONLINE 0\r\n",
        Parameter("status"),
        7,
    );
    refused(
        12,
        Side::Client,
        "CHG 6 NLN x\r\n",
        Parameter("capabilities"),
        10,
    );
    refused(
        12,
        Side::Client,
        "PRP 6 MFN a\rb\r\n",
        Parameter("value"),
        10,
    );
    refused(
        12,
        Side::Client,
        "PRP 6 MFN a\0b\r\n",
        Parameter("value"),
        10,
    );
    refused(
        18,
        Side::Client,
        "UUM 6 a@b.c x 1 0\r\n",
        Parameter("network"),
        12,
    );
    refused(12, Side::Server, "NLN NLN\r\n", Missing("contact"), 7);
    // Of two forms, the one whose words are there.
    refused(12, Side::Server, "XFR 5 SB\r\n", Missing("address"), 8);
    refused(
        12,
        Side::Server,
        "XFR 5 SB h:1 CKI\r\n",
        Missing("token"),
        16,
    );
    // A frame whose length was not counted by a table.
    let bare = Frame::build(Verb::UBX).param("a@b.c").number(7).finish();
    let error = ServerCommand::parse(&bare, Dialect::MSNP11, NS).expect_err("no payload");
    assert_eq!((error.kind, error.offset), (Length, 10));
    assert_eq!(
        error.to_string(),
        "UBX: last word is not the length of the payload at byte 10"
    );
}

#[test]
fn what_has_no_form_is_kept_as_its_frame() {
    for (number, line) in [
        (13, "RFS\r\n"),
        (12, "GSB 0 x\r\n"),
        (8, "ADL 6 OK\r\n"),
        (15, "SYN 5 0 0\r\n"),
        (8, "uux 9 34\r\n"),
    ] {
        let frame = frame(Side::Server, line);
        let command = ServerCommand::parse(&frame, dialect(number), NS).expect("nothing is wrong");
        assert_eq!(command.body, ServerBody::Other(frame.clone()), "{line}");
        assert_eq!(command.to_frame(dialect(number)), Ok(frame));
    }
    for (number, line) in [
        (8, "BYE a@b.c\r\n"),
        (12, "LKP 6 x\r\n"),
        (8, "USR 3 SSO I a@b.c\r\n"),
        (8, "XFR 3 DS\r\n"),
    ] {
        let frame = frame(Side::Client, line);
        let command = ClientCommand::parse(&frame, dialect(number), NS).expect("nothing is wrong");
        assert_eq!(command.body, ClientBody::Other(frame.clone()), "{line}");
        assert_eq!(command.trid, frame.trid());
    }
    // Everything of MSNP24 is another grammar.
    let ping = frame(Side::Client, "PNG\r\n");
    let command = ClientCommand::parse(&ping, Dialect::MSNP24, NS).expect("nothing is wrong");
    assert_eq!(command.body, ClientBody::Other(ping));
}

#[test]
fn an_error_reply_is_its_number_and_perhaps_a_payload() {
    let command = server(15, NS, "911 4\r\n");
    let refused = ErrorReply::new(ErrorCode::AUTHENTICATION_FAILED);
    assert_eq!(command, ServerCommand::new(TrId(4), refused));
    let command = server(15, NS, "241 8 5\r\n<ml/>");
    let ServerBody::Error(error) = &command.body else {
        panic!("no error")
    };
    assert_eq!(error.payload.as_deref(), Some(&b"<ml/>"[..]));
    assert_eq!(
        &command
            .to_frame(Dialect::MSNP15)
            .expect("a line")
            .as_bytes()[..],
        b"241 8 5\r\n<ml/>"
    );
    for line in [
        "500 0\r\n",
        "201 5 some words\r\n",
        "508 5 some 2\r\nhi",
        "911 4 0\r\n",
        "199 4 5\r\n",
    ] {
        let again = server(15, NS, line)
            .to_frame(Dialect::MSNP15)
            .expect("a line");
        assert_eq!(again.as_bytes(), line.as_bytes());
    }
    // Without a transaction id, or with a strange one.
    for (line, written) in [
        ("600\r\n", "600 0\r\n"),
        ("241 x 0\r\n", "241 0 x 0\r\n"),
        ("241 x 2\r\nhi", "241 0 x 2\r\nhi"),
    ] {
        let again = server(15, NS, line)
            .to_frame(Dialect::MSNP15)
            .expect("a line");
        assert_eq!(again.as_bytes(), written.as_bytes());
    }
    // A number among the details would announce a payload: one is there.
    let details = ErrorReply {
        details: WordList::new("17").expect("a word"),
        ..ErrorReply::new(ErrorCode::INTERNAL)
    };
    let written = ServerCommand::new(TrId(4), details)
        .to_frame(Dialect::MSNP15)
        .expect("a line");
    assert_eq!(&written.as_bytes()[..], b"500 4 17 0\r\n");
}

#[test]
fn reasons_of_the_end_are_read_with_their_minutes() {
    let ended = |line| match server(11, SB, line).body {
        ServerBody::SignedOut(ended) => (ended.reason, ended.minutes),
        other => panic!("{other:?}"),
    };
    assert_eq!(ended("OUT\r\n"), (None, None));
    assert_eq!(ended("OUT OTH\r\n"), (Some(OutReason::OTHER_PLACE), None));
    assert_eq!(
        ended("OUT RCT 5\r\n"),
        (Some(OutReason::RECONNECT), Some(5))
    );
    assert_eq!(ended("OUT XYZ\r\n"), (OutReason::new("XYZ"), None));
}

#[test]
fn what_is_read_shares_the_buffer_of_its_frame() {
    let line = "NLN NLN 1:a@b.c Al%20ice 0:0 %3Cmsnobj%2F%3E http://x/\r\n";
    let frame = frame(Side::Server, line);
    let buffer = frame.as_bytes().as_ptr_range();
    let command = ServerCommand::parse(&frame, Dialect::MSNP18, NS).expect("a command");
    let ServerBody::ContactStatus(status) = command.body else {
        panic!("no status")
    };
    let words = [
        Some(status.contact.account.as_word()),
        status.name.as_ref().map(|name| &name.0),
        status.object.as_ref(),
        status.icon.as_ref(),
    ];
    for word in words {
        let word = word.expect("a word").as_bytes().as_ptr_range();
        assert!(buffer.start <= word.start && word.end <= buffer.end);
    }
}

#[test]
fn tickets_and_messages_do_not_show() {
    let line = "USR 4 SSO S t=TICKET&p= PROOF {11111111-2222-3333-4444-555555555555}\r\n";
    let shown = format!("{:?}", client(16, NS, line));
    assert!(
        !shown.contains("TICKET") && !shown.contains("PROOF"),
        "{shown}"
    );
    assert!(shown.contains("11111111"));
    let shown = format!("{:?}", server(12, NS, "XFR 7 SB h:1 CKI TOKEN\r\n"));
    assert!(!shown.contains("TOKEN"), "{shown}");
    let shown = format!("{:?}", server(12, NS, "MSG Hotmail Hotmail 7\r\nMSPAuth"));
    assert!(
        !shown.contains("MSPAu") && shown.contains("7 bytes"),
        "{shown}"
    );
}

#[test]
fn commands_are_made_of_their_parts() {
    let message = SendMessage {
        acknowledgement: Acknowledgement::ON_FAILURE,
        payload: "hé".into(),
    };
    let written = ClientCommand::new(3, message)
        .to_frame(Dialect::MSNP12)
        .expect("a line");
    assert_eq!(written.as_bytes(), "MSG 3 N 3\r\nhé".as_bytes());
    let written = ClientCommand::without_id(Ping {})
        .to_frame(Dialect::MSNP12)
        .expect("a line");
    assert_eq!(&written.as_bytes()[..], b"PNG\r\n");
    let written = ClientCommand::new(6, ChallengeRequest {}).to_frame(Dialect::MSNP12);
    assert!(written.is_err());
    let ticket = SsoTicket {
        ticket: text("t=1&p=").into(),
        proof: Some(text("HAAA").into()),
        endpoint: Some(text("{1}")),
    };
    let line = |dialect| {
        let written = ClientCommand::new(4, ticket.clone()).to_frame(dialect);
        String::from_utf8(written.expect("a line").line().to_vec()).expect("text")
    };
    assert_eq!(line(Dialect::MSNP15), "USR 4 SSO S t=1&p= HAAA");
    assert_eq!(line(Dialect::MSNP16), "USR 4 SSO S t=1&p= HAAA {1}");
    let address = ServerAddress::new("h", 1864);
    assert_eq!(address.as_word(), &text("h:1864"));
}

proptest! {
    /// Whatever texts people give themselves, a line stays one line, and they come back.
    #[test]
    fn names_of_any_text_travel(name: String, number in 2u8..=18, account in "[a-z]{1,8}@[a-z]{1,8}") {
        let message = Message {
            sender: Account::new(&account),
            name: Some(Name::new(&name)),
            payload: Bytes::from_static(b"\r\nOUT\r\n"),
        };
        let command = ServerCommand::without_id(message);
        let written = command.to_frame(dialect(number)).expect("a line");
        let again = frame(Side::Server, written.into_bytes());
        let again = ServerCommand::parse(&again, dialect(number), SB).expect("a command");
        prop_assert_eq!(&again, &command);
        let ServerBody::Message(message) = again.body else { panic!("no message") };
        let expected = if name.is_empty() { " " } else { &name };
        let read = message.name.expect("a name");
        prop_assert_eq!(read.text(), expected);
    }

    /// A status keeps what the other dialect has a place for.
    #[test]
    fn a_status_travels_between_dialects(from in 8u8..=18, to in 8u8..=18, name in "[a-zA-Z]{1,8}", basic: u32) {
        let status = ContactStatus {
            name: Some(Name::new(&name)),
            capabilities: Some(Capabilities::of(basic, 48)),
            ..status()
        };
        let mut command = ServerCommand::without_id(status.clone());
        for number in [from, to] {
            let written = command.to_frame(dialect(number)).expect("a line");
            command = ServerCommand::parse(&written, dialect(number), NS).expect("a command");
        }
        let ServerBody::ContactStatus(read) = command.body else { panic!("no status") };
        prop_assert_eq!(read.status, status.status);
        prop_assert_eq!(read.contact.account, status.contact.account);
        prop_assert_eq!(read.name, status.name);
        prop_assert_eq!(read.capabilities.map(|read| read.basic), Some(basic));
    }
}
