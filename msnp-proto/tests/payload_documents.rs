//! The XML documents of payloads: the transcripts of msnp24.md 16 byte for byte, and both ways.

use msnp_proto::payload::PayloadError;
use msnp_proto::payload::contacts::{ContactList, Lists};
use msnp_proto::payload::history::{
    Conversation, GroupState, MessagesByConversation, MessagesByConversationResponse,
    RecentConversations, RecentConversationsResponse, StoredMessage, Threads, ThreadsResponse,
};
use msnp_proto::payload::message::{ConsumptionHorizon, MessageType};
use msnp_proto::payload::presence::{Capabilities, Departure, Status, UserDocument, service};
use msnp_proto::payload::subscriptions::Subscriptions;
use msnp_proto::payload::thread::{Member, Role, RoleChange, Thread, ThreadActivity};
use msnp_proto::payload::xml::Element;
use msnp_proto::{Address, Guid, Network};
use proptest::prelude::*;

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

fn guid(text: &str) -> Guid {
    text.parse().expect("a GUID")
}

/// `document` has the length that the transcript's frame announces, is read and written back to
/// the same bytes, and no cut of it is taken for a document.
macro_rules! golden {
    ($type:ty, $document:expr, $length:expr) => {{
        let document: &[u8] = $document.as_ref();
        assert_eq!(document.len(), $length, "length in the transcript");
        let value = <$type>::parse(document).expect("readable");
        assert_eq!(String::from_utf8_lossy(&value.encode()), $document);
        for cut in 0..document.len() {
            assert!(<$type>::parse(&document[..cut]).is_err(), "cut at {cut}");
        }
        value
    }};
}

// Presence.

/// `PUT 8 637`, msnp24.md 16.1.
const MSNP21_PUT: &str = "<user><s n=\"IM\"><Status>NLN</Status><CurrentMedia></CurrentMedia></s>\
    <s n=\"PE\"><FriendlyName>Alice</FriendlyName><PSM></PSM></s>\
    <sep n=\"IM\"><Capabilities>2953838624:132096</Capabilities></sep>\
    <sep n=\"PE\"><VER>MSNMSGR:15.4.3538.0513</VER><TYP>1</TYP><Capabilities>0:0</Capabilities></sep>\
    <sep n=\"PD\"><ClientType>1</ClientType><EpName>PC</EpName><Idle>false</Idle><State>NLN</State></sep></user>";

/// `NFY PUT 412`, msnp24.md 16.1.
const MSNP21_NFY: &str = "<user><s n=\"IM\"><Status>NLN</Status></s>\
    <s n=\"PE\"><FriendlyName>Bob</FriendlyName><PSM></PSM></s>\
    <sep n=\"IM\" epid=\"{AAAAAAAA-2222-3333-4444-555555555555}\"><Capabilities>0:4194560</Capabilities></sep></user>";

/// `PUT 6 MSGR\PRESENCE 560`, msnp24.md 16.3.
const MSNP24_PUT: &str = "<user><s n=\"IM\"><Status>NLN</Status></s>\
    <sep n=\"IM\" epid=\"{006213cd-00b8-7e9c-0022-df0d0013802a}\"><Capabilities>0:4194560</Capabilities></sep>\
    <s n=\"SKP\"><Mood/><Skypename>live:alice</Skypename></s>\
    <sep n=\"SKP\" epid=\"{006213cd-00b8-7e9c-0022-df0d0013802a}\"><Version>24</Version><Seamless>true</Seamless></sep></user>";

#[test]
fn the_presence_of_an_msnp21_client() {
    let read = golden!(UserDocument, MSNP21_PUT, 393);
    assert_eq!(read.status(), Some(Status::NLN));
    assert_eq!(read.friendly_name().as_deref(), Some("Alice"));
    assert_eq!(read.psm().as_deref(), Some(""));
    assert_eq!(read.current_media().as_deref(), Some(""));
    assert_eq!(read.mood(), None);
    assert!(read.endpoints().all(|endpoint| endpoint.epid().is_none()));
    let built = UserDocument::new()
        .with_status(Status::NLN)
        .with(service::IM, "CurrentMedia", "")
        .with(service::PE, "FriendlyName", "Alice")
        .with(service::PE, "PSM", "")
        .with_capabilities(service::IM, None, Capabilities::of(2_953_838_624, 132_096))
        .with_endpoint(service::PE, None, "VER", "MSNMSGR:15.4.3538.0513")
        .with_endpoint(service::PE, None, "TYP", "1")
        .with_capabilities(service::PE, None, Capabilities::of(0, 0))
        .with_endpoint(service::PD, None, "ClientType", "1")
        .with_endpoint(service::PD, None, "EpName", "PC")
        .with_endpoint(service::PD, None, "Idle", "false")
        .with_endpoint(service::PD, None, "State", "NLN");
    assert_eq!(String::from_utf8_lossy(&built.encode()), MSNP21_PUT);
}

#[test]
fn the_presence_of_an_msnp24_client() {
    let read = golden!(UserDocument, MSNP24_PUT, 315);
    let epid = guid("006213CD-00B8-7E9C-0022-DF0D0013802A");
    assert_eq!(read.skype_name().as_deref(), Some("live:alice"));
    assert_eq!(read.mood().as_deref(), Some(""));
    assert_eq!(
        read.endpoint_property(service::SKP, epid, "Version")
            .as_deref(),
        Some("24")
    );
    let built = UserDocument::new()
        .with_status(Status::NLN)
        .with_capabilities(service::IM, Some(epid), Capabilities::of(0, 4_194_560))
        .with_mood("")
        .with(service::SKP, "Skypename", "live:alice")
        .with_endpoint(service::SKP, Some(epid), "Version", "24")
        .with_endpoint(service::SKP, Some(epid), "Seamless", "true");
    assert_eq!(String::from_utf8_lossy(&built.encode()), MSNP24_PUT);
}

#[test]
fn the_presence_of_contacts() {
    let bob = golden!(UserDocument, MSNP21_NFY, 206);
    let endpoint = bob.endpoints().next().expect("one");
    assert_eq!(
        endpoint.epid(),
        Some(guid("aaaaaaaa-2222-3333-4444-555555555555"))
    );
    assert_eq!(
        endpoint.capabilities(),
        Some(Capabilities::of(0, 4_194_560))
    );
    assert!(
        endpoint
            .capabilities()
            .unwrap()
            .has_extended(Capabilities::OFFLINE_IM)
    );
    let bob = golden!(
        UserDocument,
        "<user><s n=\"IM\"><Status>NLN</Status></s><s n=\"SKP\"><Mood>hi</Mood><Skypename>bob</Skypename></s></user>",
        103
    );
    assert_eq!(bob.mood().as_deref(), Some("hi"));
}

#[test]
fn the_deletion_forms() {
    let gone = golden!(UserDocument, "<user><s n=\"IM\" /></user>", 25);
    assert_eq!(gone, UserDocument::offline());
    assert_eq!(gone.encode(), UserDocument::offline().encode());
    assert_eq!(gone.departures().collect::<Vec<_>>(), [Departure::User]);
    assert_eq!(gone.status(), None);

    let epid = guid("{AAAAAAAA-2222-3333-4444-555555555555}");
    let gone = UserDocument::signed_out(epid);
    assert_eq!(
        gone.departures().collect::<Vec<_>>(),
        [Departure::Endpoint(epid)]
    );
    let loose = "<user><sep n=\"IM\" epid=\"AAAAAAAA-2222-3333-4444-555555555555\"/></user>";
    let loose = UserDocument::parse(loose.as_bytes()).unwrap();
    assert_eq!(
        loose.departures().collect::<Vec<_>>(),
        [Departure::Endpoint(epid)]
    );
}

#[test]
fn unknown_services_and_properties_are_kept_while_others_change() {
    let mut user = UserDocument::parse(
        b"<user a='b'><s n='PF' ts='2011-04-16T06:00:58Z'/><s n='ZZ'><Q x='1'>q</Q></s>\
          <s n='IM'><Status>AWY</Status><New/></s><odd/></user>",
    )
    .unwrap();
    user.set_status(Status::BSY);
    user.set_endpoint(service::PD, Some(Guid::NIL), "Idle", "true");
    user.remove_service(service::PF);
    assert_eq!(
        String::from_utf8(user.encode()).unwrap(),
        "<user a=\"b\"><s n=\"ZZ\"><Q x=\"1\">q</Q></s><s n=\"IM\"><Status>BSY</Status><New/></s><odd/>\
         <sep n=\"PD\" epid=\"{00000000-0000-0000-0000-000000000000}\"><Idle>true</Idle></sep></user>"
    );
    user.remove_endpoint(Guid::NIL);
    assert_eq!(user.endpoints().count(), 0);
    assert_eq!(
        user.services()
            .map(|s| s.name().to_owned())
            .collect::<Vec<_>>(),
        ["ZZ", "IM"]
    );
}

#[test]
fn status_codes() {
    assert_eq!("NLN".parse(), Ok(Status::NLN));
    assert_eq!("XYZ".parse::<Status>().unwrap().as_str(), "XYZ");
    for bad in ["", "NL", "NLNN", "N N", "é1"] {
        assert!(bad.parse::<Status>().is_err(), "{bad:?}");
    }
    assert!(Status::IDL.is_visible() && !Status::HDN.is_visible() && !Status::FLN.is_visible());
}

#[test]
fn capabilities_of_every_length() {
    #[track_caller]
    fn check(text: &str, basic: u32, extended: Option<u32>, further: Option<u32>) {
        let read: Capabilities = text.parse().unwrap();
        assert_eq!(
            read,
            Capabilities {
                basic,
                extended,
                further
            }
        );
        assert_eq!(read.to_string(), text);
    }
    check("1342472198", 1_342_472_198, None, None);
    check(
        "1074249760:2281833472",
        1_074_249_760,
        Some(2_281_833_472),
        None,
    );
    check("1:2:33", 1, Some(2), Some(33));
    for bad in ["", ":", "1:", "a", "+1:2", "1:2:3:4", "4294967296"] {
        assert!(bad.parse::<Capabilities>().is_err(), "{bad:?}");
    }
}

// Contact lists.

#[test]
fn the_lists_of_an_msnp21_client() {
    // `ADL 6 126` and `ADL 7 112`, msnp24.md 16.1.
    let own = golden!(
        ContactList,
        "<ml><d n=\"hotmail.com\"><c n=\"alice\" t=\"1\"><s l=\"3\" n=\"IM\" /><s l=\"3\" n=\"PE\" />\
         <s l=\"3\" n=\"PD\" /><s l=\"3\" n=\"PF\"/></c></d></ml>",
        126
    );
    assert!(!own.is_initial());
    let list = golden!(
        ContactList,
        "<ml l=\"1\"><d n=\"hotmail.com\"><c n=\"bob\" t=\"1\"><s l=\"3\" n=\"IM\" />\
         <s l=\"3\" n=\"PE\" /><s l=\"3\" n=\"PF\"/></c></d></ml>",
        112
    );
    assert!(list.is_initial());
    let bob = list.contacts().next().expect("bob");
    assert_eq!(bob.address(), Some(address("1:bob@hotmail.com")));
    let both = Lists::FORWARD | Lists::ALLOW;
    assert_eq!(
        bob.services().collect::<Vec<_>>(),
        [("IM", both), ("PE", both), ("PF", both)]
    );
}

#[test]
fn the_list_of_an_msnp24_client() {
    // The shape of msnp24.md 9.
    let text = "<ml l=\"1\"><skp><c n=\"live:x\" t=\"8\"><s l=\"3\" n=\"PE\"/><s l=\"3\" n=\"IM\"/>\
        <s l=\"3\" n=\"SKP\"/><s l=\"3\" n=\"PUB\"/></c></skp></ml>";
    let list = golden!(ContactList, text, text.len());
    let both = Lists::FORWARD | Lists::ALLOW;
    let mut built = ContactList::initial();
    built.push(
        &address("8:live:x"),
        &[("PE", both), ("IM", both), ("SKP", both), ("PUB", both)],
    );
    assert_eq!(built.encode(), list.encode());
}

#[test]
fn contacts_go_where_their_kind_belongs() {
    let mut list = ContactList::new();
    for contact in [
        "1:a@x.com",
        "8:live:b",
        "1:c@X.com",
        "32:d@yahoo.com",
        "4:tel:+1555",
        "8:e",
        "28:bot",
    ] {
        list.push(&address(contact), &[]);
    }
    assert_eq!(
        String::from_utf8(list.encode()).unwrap(),
        "<ml><d n=\"x.com\"><c n=\"a\" t=\"1\"/><c n=\"c\" t=\"1\"/></d>\
         <skp><c n=\"live:b\" t=\"8\"/><c n=\"e\" t=\"8\"/><c n=\"bot\" t=\"28\"/></skp>\
         <d n=\"yahoo.com\"><c n=\"d\" t=\"32\"/></d><t><c n=\"tel:+1555\" t=\"4\"/></t></ml>"
    );
    let read: Vec<_> = list.contacts().filter_map(|c| c.address()).collect();
    assert_eq!(read.len(), 7);
    assert!(read.contains(&address("32:d@yahoo.com")) && read.contains(&address("28:bot")));
}

#[test]
fn older_and_odd_contacts_are_read() {
    // The form of MSNP13: lists on the contact itself.
    let list = ContactList::parse(
        b"<ml><d n='x.com'><c n='a' l='5' t='1'/><c n=''/><c/></d><skp><c n='b'/></skp><junk/></ml>",
    )
    .unwrap();
    let contacts: Vec<_> = list.contacts().collect();
    assert_eq!(contacts[0].lists(), Some(Lists::FORWARD | Lists::BLOCK));
    assert!(contacts[0].lists().unwrap().contains(Lists::BLOCK));
    assert_eq!(Lists(5).without(Lists::BLOCK), Lists::FORWARD);
    assert_eq!(contacts[1].address(), None);
    assert_eq!(contacts[3].network(), Network::SKYPE);
    assert_eq!(contacts[3].lists(), None);
}

// Subscriptions.

#[test]
fn everything_that_outlook_subscribed_to() {
    // `PUT 5 MSGR\SUBSCRIPTIONS 255`: 38 bytes of header block.
    let read = golden!(
        Subscriptions,
        "<subscribe><notifications><partners><partner>Hotmail</partner><partner>ABCH</partner></partners></notifications>\
         <presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>",
        255 - 38
    );
    assert_eq!(read, Subscriptions::everything());
}

#[test]
fn subscriptions_in_another_order_are_the_same() {
    let read = Subscriptions::parse(
        b"<subscribe><presence><buddies><all/></buddies></presence><messaging><conversations/><im/></messaging>\
          <notifications><partners><partner>Hotmail</partner><partner>ABCH</partner></partners></notifications></subscribe>\r\n",
    );
    assert_eq!(read, Ok(Subscriptions::everything()));
    assert_eq!(
        Subscriptions::parse(b"<subscribe/>"),
        Ok(Subscriptions::default())
    );
    assert_eq!(
        Subscriptions::parse(b"<ml/>"),
        Err(PayloadError::Root("subscribe"))
    );
}

// Threads.

#[test]
fn a_thread_is_created() {
    // `PUT 10 MSGR\THREAD 191` and its answer, msnp24.md 16.3.
    let create = golden!(
        Thread,
        "<thread><id></id><members><member><mri>8:live:alice</mri><role>admin</role></member>\
         <member><mri>8:bob</mri><role>user</role></member></members></thread>",
        191 - 38
    );
    assert_eq!(
        create,
        Thread {
            members: vec![
                Member::new(address("8:live:alice"), Role::ADMIN),
                Member::new(address("8:bob"), Role::USER),
            ],
            ..Thread::default()
        }
    );
    let answer = golden!(
        Thread,
        "<thread><id>19:0123456789abcdef0123456789abcdef@thread.skype</id></thread>",
        76 - 2
    );
    assert_eq!(
        answer,
        Thread::named(address("19:0123456789abcdef0123456789abcdef@thread.skype"))
    );
}

#[test]
fn a_whole_thread_document() {
    let text = "<thread><id>19:0@thread.skype</id><version>1431882693260</version><capabilities>2047</capabilities>\
        <properties><topic>Fish &amp; chips</topic><creator>8:live:alice</creator><picture>x</picture></properties>\
        <members><member><mri>8:bob</mri><role>guest</role></member><member><mri>8:eve</mri></member></members>\
        <new/></thread>";
    let thread = golden!(Thread, text, text.len());
    assert_eq!(thread.topic.as_deref(), Some("Fish & chips"));
    assert_eq!(thread.version, Some(1_431_882_693_260));
    assert_eq!(thread.members[0].role, Some(Role::new("guest")));
    assert_eq!(thread.members[1], Member::removed(address("8:eve")));
    assert_eq!(thread.other_properties[0].name(), "picture");
    assert_eq!(thread.unknown[0].name(), "new");
}

#[test]
fn malformed_threads_are_refused() {
    #[track_caller]
    fn check(document: &str, error: PayloadError) {
        assert_eq!(Thread::parse(document.as_bytes()), Err(error));
    }
    check("<threads/>", PayloadError::Root("thread"));
    check("<thread><id>x</id></thread>", PayloadError::Invalid("id"));
    check(
        "<thread><version>+1</version></thread>",
        PayloadError::Invalid("version"),
    );
    check(
        "<thread><members><member/></members></thread>",
        PayloadError::Missing("mri"),
    );
    check(
        "<thread><members><member><mri>x</mri></member></members></thread>",
        PayloadError::Invalid("mri"),
    );
}

#[test]
fn what_happens_in_a_thread() {
    let text = "<addmember><eventtime>1431882693260</eventtime><initiator>8:live:alice</initiator>\
        <target>8:bob</target><target>8:eve</target></addmember>";
    let added = golden!(ThreadActivity, text, text.len());
    assert_eq!(added.message_type(), Some(MessageType::ADD_MEMBER));
    let ThreadActivity::AddMember { targets, .. } = &added else {
        panic!("not an addition");
    };
    assert_eq!(targets[..], [address("8:bob"), address("8:eve")]);

    let text = "<deletemember><eventtime>1</eventtime><initiator>8:bob</initiator><target>8:bob</target></deletemember>";
    assert_eq!(
        golden!(ThreadActivity, text, text.len()).message_type(),
        Some(MessageType::DELETE_MEMBER)
    );
    let text = "<topicupdate><eventtime>1</eventtime><initiator>8:bob</initiator><value>a&lt;b</value></topicupdate>";
    assert_eq!(
        golden!(ThreadActivity, text, text.len()),
        ThreadActivity::TopicUpdate {
            event_time: 1,
            initiator: address("8:bob"),
            topic: "a<b".into()
        }
    );
    let text = "<roleupdate><eventtime>1</eventtime><initiator>8:bob</initiator>\
        <target><id>8:eve</id><role>admin</role></target></roleupdate>";
    assert_eq!(
        golden!(ThreadActivity, text, text.len()),
        ThreadActivity::RoleUpdate {
            event_time: 1,
            initiator: address("8:bob"),
            targets: vec![RoleChange {
                id: address("8:eve"),
                role: Role::ADMIN
            }]
        }
    );
    let text = "<pictureupdate><value>x</value></pictureupdate>";
    assert_eq!(
        golden!(ThreadActivity, text, text.len()).message_type(),
        None
    );
    assert_eq!(
        ThreadActivity::parse(b"<addmember/>"),
        Err(PayloadError::Missing("eventtime"))
    );
}

// History.

#[test]
fn recent_conversations_are_asked_for() {
    // `GET 7 MSGR\RECENTCONVERSATIONS 121` and its answer, msnp24.md 16.3.
    let asked = golden!(
        RecentConversations,
        "<recentconversations><start>0</start><pagesize>100</pagesize></recentconversations>",
        121 - 38
    );
    assert_eq!(
        asked,
        RecentConversations {
            start: Some(0),
            page_size: Some(100)
        }
    );
    let answer = golden!(
        RecentConversationsResponse,
        "<recentconversations-response><conversations></conversations></recentconversations-response>",
        94 - 2
    );
    assert_eq!(answer, RecentConversationsResponse::default());
}

#[test]
fn a_conversation_with_all_its_parts() {
    let text = "<recentconversations-response><conversations><conversation><id>19:0@thread.skype</id>\
        <version>1431882693260</version><properties><consumptionhorizon>1431882693260;1431882700000;10829167517486132349</consumptionhorizon></properties>\
        <options>x</options><thread><lastleaveat>1431882693261</lastleaveat></thread><messages><message>\
        <messageid>1431882693260</messageid><originalarrivaltime>2015-05-17T17:11:33Z</originalarrivaltime>\
        <from>8:bob;epid={00155193-decb-dc89-95e0-43bd987ed463}</from><messagetype>Text</messagetype><content>yo &amp; hé</content>\
        <clientmessageid>10829167517486132349</clientmessageid><composetime>2015-05-17T17:11:33Z</composetime></message></messages>\
        </conversation></conversations></recentconversations-response>";
    let answer = golden!(RecentConversationsResponse, text, text.len());
    let conversation = &answer.conversations[0];
    assert!(conversation.has_left());
    assert!(conversation.id.is_thread());
    assert_eq!(
        conversation.consumption_horizon,
        Some(ConsumptionHorizon {
            message_time: 1_431_882_693_260,
            read_time: 1_431_882_700_000,
            client_message_id: 10_829_167_517_486_132_349,
        })
    );
    let message = &conversation.messages[0];
    assert_eq!(message.content, "yo & hé");
    assert_eq!(message.kind, MessageType::TEXT);
    assert_eq!(
        message.from.as_ref().map(Address::account),
        Some(address("8:bob"))
    );
    assert!(!format!("{answer:?}").contains("yo"));
}

#[test]
fn older_messages_and_threads_are_asked_for() {
    let text = "<messagesbyconversation><id>8:bob</id><start>1</start><messagessyncstate>s&lt;</messagessyncstate>\
        <pagesize>100</pagesize></messagesbyconversation>";
    assert_eq!(
        golden!(MessagesByConversation, text, text.len()),
        MessagesByConversation {
            id: address("8:bob"),
            start: Some(1),
            sync_state: Some("s<".into()),
            page_size: Some(100),
        }
    );
    let text = "<messagesbyconversation-response><id>8:bob</id><hasmore>true</hasmore>\
        <messagessyncstate>s</messagessyncstate><messages></messages></messagesbyconversation-response>";
    assert!(golden!(MessagesByConversationResponse, text, text.len()).has_more);
    let text = "<threads><thread><id>19:0@thread.skype</id></thread><thread><id>19:1@thread.skype</id></thread></threads>";
    assert_eq!(golden!(Threads, text, text.len()).ids.len(), 2);
    let text = "<threads-response><threads><thread><id>19:0@thread.skype</id></thread></threads></threads-response>";
    assert_eq!(
        golden!(ThreadsResponse, text, text.len()).threads,
        [Thread::named(address("19:0@thread.skype"))]
    );
    assert_eq!(
        MessagesByConversation::parse(b"<messagesbyconversation/>"),
        Err(PayloadError::Missing("id"))
    );
}

#[test]
fn consumption_horizons() {
    for bad in [
        "",
        "1;2",
        "1;2;3;4",
        "1;2;x",
        "+1;2;3",
        "1;2;99999999999999999999",
    ] {
        assert!(bad.parse::<ConsumptionHorizon>().is_err(), "{bad:?}");
    }
}

// Both ways, on documents made up.

fn any_address() -> impl Strategy<Value = Address> {
    ("[1-9]|19|28", "[a-z][a-z0-9:.@é&<]{0,10}")
        .prop_map(|(network, id)| address(&format!("{network}:{id}")))
}

fn text() -> impl Strategy<Value = String> {
    "[ -~\\t\\n\\r<&é€😀]{0,16}"
}

fn full_text() -> impl Strategy<Value = String> {
    "[!-~<&é€😀]([ -~é€😀]{0,8}[!-~é€😀])?"
}

fn member() -> impl Strategy<Value = Member> {
    (
        any_address(),
        prop::option::of(prop::sample::select(vec!["admin", "user", "x"])),
    )
        .prop_map(|(mri, role)| Member {
            mri,
            role: role.map(Role::new),
        })
}

fn stored_message() -> impl Strategy<Value = StoredMessage> {
    (
        prop::option::of(any::<u64>()),
        prop::option::of(full_text()),
        prop::option::of(any_address()),
        prop::sample::select(vec!["Text", "RichText", "ThreadActivity/AddMember", "New"]),
        text(),
        prop::option::of(any::<u64>()),
    )
        .prop_map(
            |(message_id, time, from, kind, content, client_message_id)| StoredMessage {
                message_id,
                original_arrival_time: time.clone(),
                from,
                client_message_id,
                compose_time: time,
                ..StoredMessage::new(MessageType::new(kind), content)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn threads_are_written_and_read(
        id in prop::option::of(any_address()),
        version: Option<u64>,
        capabilities: Option<u64>,
        topic in prop::option::of(text()),
        creator in prop::option::of(any_address()),
        members in prop::collection::vec(member(), 0..4),
    ) {
        let unknown = vec![Element::new("new").with_text("x")];
        let thread = Thread {
            id, version, capabilities, topic, creator, members,
            other_properties: unknown.clone(), unknown,
        };
        let bytes = thread.encode();
        let again = Thread::parse(&bytes);
        prop_assert_eq!(again.as_ref(), Ok(&thread));
        prop_assert_eq!(thread.encode(), bytes);
    }

    #[test]
    fn conversations_are_written_and_read(
        id in any_address(), version: Option<u64>, horizon: Option<(u64, u64, u64)>,
        left in prop::option::of(full_text()),
        messages in prop::collection::vec(stored_message(), 0..4),
        has_more: bool, state in prop::option::of(full_text()),
    ) {
        let conversation = Conversation {
            version,
            consumption_horizon: horizon.map(|(message_time, read_time, client_message_id)| {
                ConsumptionHorizon { message_time, read_time, client_message_id }
            }),
            thread: Some(GroupState { last_leave_at: left, unknown: Vec::new() }),
            messages: messages.clone(),
            ..Conversation::new(id.clone())
        };
        let answer = RecentConversationsResponse { conversations: vec![conversation] };
        prop_assert_eq!(RecentConversationsResponse::parse(&answer.encode()), Ok(answer));
        let answer = MessagesByConversationResponse { id, has_more, sync_state: state, messages };
        prop_assert_eq!(MessagesByConversationResponse::parse(&answer.encode()), Ok(answer));
    }

    #[test]
    fn activities_are_written_and_read(
        event_time: u64, initiator in any_address(), topic in text(),
        targets in prop::collection::vec(any_address(), 0..4),
    ) {
        let roles = targets.iter().map(|id| RoleChange { id: id.clone(), role: Role::USER }).collect();
        for activity in [
            ThreadActivity::AddMember { event_time, initiator: initiator.clone(), targets: targets.clone() },
            ThreadActivity::DeleteMember { event_time, initiator: initiator.clone(), targets },
            ThreadActivity::TopicUpdate { event_time, initiator: initiator.clone(), topic },
            ThreadActivity::RoleUpdate { event_time, initiator, targets: roles },
        ] {
            prop_assert_eq!(ThreadActivity::parse(&activity.encode()), Ok(activity));
        }
    }

    #[test]
    fn presence_is_written_and_read(
        properties in prop::collection::vec(
            (prop::sample::select(vec!["IM", "PE", "ZZ & \"<"]), prop::option::of(any::<[u8; 16]>()), text()), 0..8),
    ) {
        let mut user = UserDocument::new().with_status(Status::AWY);
        for (service, epid, value) in &properties {
            match epid {
                Some(epid) => user.set_endpoint(service, Some(Guid::from_bytes(*epid)), "Version", value.as_str()),
                None => user.set(service, "FriendlyName", value.as_str()),
            }
        }
        let bytes = user.encode();
        let again = UserDocument::parse(&bytes).expect("own writing");
        prop_assert_eq!(again.encode(), bytes);
        prop_assert_eq!(again.status(), Some(Status::AWY));
        if let Some((service, Some(epid), value)) = properties.last() {
            let read = again.endpoint_property(service, Guid::from_bytes(*epid), "Version");
            prop_assert_eq!(read.as_deref(), Some(value.as_str()));
        }
        prop_assert!(again == user);
    }

    #[test]
    fn contact_lists_are_written_and_read(
        contacts in prop::collection::vec((any_address(), 0u8..8), 0..6),
    ) {
        let mut list = ContactList::initial();
        for (contact, lists) in &contacts {
            list.push(contact, &[("IM", Lists(*lists))]);
        }
        let again = ContactList::parse(&list.encode()).expect("own writing");
        prop_assert_eq!(&again, &list);
        prop_assert_eq!(again.contacts().count(), contacts.len());
        for (contact, lists) in &contacts {
            prop_assert!(again.contacts().any(|c| {
                c.address().is_some_and(|a| a == *contact) && c.services().any(|s| s == ("IM", Lists(*lists)))
            }), "{contact} is lost");
        }
    }

    #[test]
    fn subscriptions_are_written_and_read(
        partners in prop::collection::vec(full_text(), 0..3), buddies: bool, im: bool, conversations: bool,
    ) {
        let document = Subscriptions { partners, buddies, im, conversations, unknown: Vec::new() };
        prop_assert_eq!(Subscriptions::parse(&document.encode()), Ok(document));
    }

    #[test]
    fn any_tree_is_accepted_or_refused_by_every_document(
        root in prop::sample::select(vec![
            "user", "ml", "subscribe", "thread", "threads", "threads-response", "addmember", "roleupdate",
            "recentconversations", "recentconversations-response", "messagesbyconversation",
            "messagesbyconversation-response",
        ]),
        soup in "(<id>|</id>|<target>|</target>|<members>|</members>|<member>|</member>|<mri/>|<c n='a@b'/>|<d/>|8:a|1|<s n='IM'/>|<sep/>){0,8}"
    ) {
        let document = format!("<{root}>{soup}</{root}>");
        let bytes = document.as_bytes();
        let _ = (Thread::parse(bytes), ThreadActivity::parse(bytes), Threads::parse(bytes));
        let _ = (ThreadsResponse::parse(bytes), RecentConversations::parse(bytes));
        let _ = (RecentConversationsResponse::parse(bytes), MessagesByConversation::parse(bytes));
        let _ = (MessagesByConversationResponse::parse(bytes), Subscriptions::parse(bytes));
        if let Ok(list) = ContactList::parse(bytes) {
            for contact in list.contacts() {
                let _ = (contact.address(), contact.lists(), contact.services().count());
            }
        }
        if let Ok(user) = UserDocument::parse(bytes) {
            let _ = (user.status(), user.departures().count(), user.endpoints().count());
        }
    }
}
