//! MSNP24 commands against frames of published captures and of the documented shapes: what they
//! say, and that they are written back to the byte (msnp24.md 6, 16.3, 17).

mod recording;

use std::time::Duration;

use msnp_proto::auth::challenge;
use msnp_proto::msnp24::{
    Acknowledge, ActiveEndpoint, AddressBookNotice, Agent, Authenticate, Authenticated, Bind,
    Bound, Challenge, Channel, ClientBody, ClientCommand, CommandError, CommandErrorKind, Connect,
    Connected, Delete, EndpointOptions, Envelope, ErrorReply, Get, GetReply, HeaderValue, Headers,
    Networks, Notification, Partners, Ping, Pong, Program, Put, PutReply, ServerBody,
    ServerCommand, TicketUse, Transfer, TransferState,
};
use msnp_proto::payload::history::{RecentConversations, RecentConversationsResponse};
use msnp_proto::payload::layers::{Content, Layers};
use msnp_proto::payload::presence::UserDocument;
use msnp_proto::payload::subscriptions::Subscriptions;
use msnp_proto::payload::thread::{Member, Role, Thread};
use msnp_proto::{
    ErrorCode, Frame, FrameDecoder, Guid, PayloadTable, Secret, Side, TrId, UnixTime, Verb,
};
use proptest::prelude::*;

/// The one frame that the bytes are.
#[track_caller]
fn frame(bytes: &str) -> Frame {
    let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
    decoder.push(bytes.to_owned());
    let frame = decoder.next_frame().expect("a frame").expect("a whole one");
    assert_eq!(decoder.next_frame(), Ok(None));
    assert_eq!(decoder.buffered(), 0, "the length is wrong");
    frame
}

#[track_caller]
fn client(bytes: &str) -> ClientCommand {
    ClientCommand::parse(&frame(bytes)).expect("a command")
}

#[track_caller]
fn server(bytes: &str) -> ServerCommand {
    ServerCommand::parse(&frame(bytes)).expect("a command")
}

#[track_caller]
fn same_bytes(written: &Frame, bytes: &str) {
    let written = String::from_utf8_lossy(written.as_bytes());
    assert_eq!(written, bytes);
}

/// Asserts that a client's frame says this and is written back to the byte.
#[track_caller]
fn client_says(bytes: &str, trid: u32, body: &ClientBody) {
    let command = client(bytes);
    assert_eq!((command.trid, &command.body), (TrId(trid), body));
    same_bytes(&command.to_frame(), bytes);
    let made = ClientCommand {
        headers: command.headers,
        ..ClientCommand::new(TrId(trid), body.clone())
    };
    same_bytes(&made.to_frame(), bytes);
}

/// Asserts that a server's frame says this and is written back to the byte.
#[track_caller]
fn server_says(bytes: &str, trid: u32, body: &ServerBody) {
    let command = server(bytes);
    assert_eq!((command.trid, &command.body), (TrId(trid), body));
    same_bytes(&command.to_frame(), bytes);
    let made = ServerCommand {
        headers: command.headers,
        ..ServerCommand::new(TrId(trid), body.clone())
    };
    same_bytes(&made.to_frame(), bytes);
}

/// Asserts that a client's frame is refused, with the frame given back.
#[track_caller]
fn client_refused(bytes: &str, offset: usize) -> CommandErrorKind {
    let frame = frame(bytes);
    let error = ClientCommand::parse(&frame).expect_err("strange content");
    assert_eq!((&error.frame, error.offset), (&frame, offset), "{error}");
    assert_eq!(ClientCommand::try_from(frame), Err(error.clone()));
    error.kind
}

#[track_caller]
fn server_refused(bytes: &str, offset: usize) -> CommandErrorKind {
    let frame = frame(bytes);
    let error = ServerCommand::parse(&frame).expect_err("strange content");
    assert_eq!((&error.frame, error.offset), (&frame, offset), "{error}");
    error.kind
}

fn token() -> Secret<HeaderValue> {
    Secret::new(HeaderValue::new(TOKEN).expect("a value"))
}

const TOKEN: &str = "U2lnbmF0dXJlOjI6Mjg6";
const NONCE: &str = "e559d11e-c55f-3b21-523b-c2f6525372a7";
const EPID: &str = "006213cd-00b8-7e9c-0022-df0d0013802a";

fn epid(text: &str) -> Guid {
    text.parse().expect("a GUID")
}

// CNT

#[test]
fn the_web_client_connects_in_114_bytes() {
    client_says(
        "CNT 1 CON 114\r\n\r\n<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer>\
         <proc>x86</proc><lcid>en-us</lcid></agent></connect>",
        1,
        &ClientBody::Connect(Connect {
            state: None,
            version: 2,
            agent: Agent::web(),
        }),
    );
}

#[test]
fn a_line_end_behind_the_document_is_counted_and_tolerated() {
    let with = client(
        "CNT 1 CON 116\r\n\r\n<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer>\
         <proc>x86</proc><lcid>en-us</lcid></agent></connect>\r\n",
    );
    let connect = Connect {
        state: None,
        version: 2,
        agent: Agent::web(),
    };
    assert_eq!(with.body, ClientBody::Connect(connect));
    assert!(with.to_frame().line().ends_with(b" 114"), "and not written");
}

#[test]
fn values_of_one_character_are_enough_to_connect() {
    client_says(
        "CNT 1 CON 106\r\n\r\n<connect><ver>2</ver><agent><os>.</os><osVer>.</osVer>\
         <proc>.</proc><lcid>en-us</lcid></agent></connect>",
        1,
        &ClientBody::Connect(Connect {
            state: None,
            version: 2,
            agent: Agent {
                os: ".".into(),
                os_version: ".".into(),
                processor: ".".into(),
                ..Agent::web()
            },
        }),
    );
}

#[test]
fn skype_on_linux_names_a_country() {
    let command = client(
        "CNT 1 CON 183\r\n\r\n<connect><ver>2</ver><agent><os>Linux</os>\
         <osVer>Linux 3.11.0-12-gene</osVer><proc>2 1800 I-586-6-15-13 Intel Core2</proc>\
         <lcid>en-US</lcid><country>nz</country></agent></connect>\r\n",
    );
    let ClientBody::Connect(connect) = command.body else {
        panic!("not a CNT");
    };
    assert_eq!(connect.agent.country.as_deref(), Some("nz"));
    assert_eq!(connect.agent.processor, "2 1800 I-586-6-15-13 Intel Core2");
}

const STATE: &str =
    "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDENClhmclNlbnRVVENUaW1lOiA2MzU2MTE4OTE5MzM0MDMwODANCg==";

#[test]
fn a_redirected_client_returns_the_state() {
    let bytes = format!(
        "CNT 4 CON 224\r\n\r\n<connect><xfr><state>{STATE}</state></xfr><ver>2</ver><agent>\
         <os>winnt</os><osVer>5.2</osVer><proc>x86</proc><lcid>en-us</lcid></agent></connect>"
    );
    client_says(
        &bytes,
        4,
        &ClientBody::Connect(Connect {
            state: Some(STATE.into()),
            version: 2,
            agent: Agent::web(),
        }),
    );
}

#[test]
fn the_connection_is_confirmed_in_126_bytes() {
    let bytes = format!(
        "CNT 1 CON 126\r\n\r\n<connect-response><ver>2</ver><qostest>false</qostest>\
         <nonce>{NONCE}</nonce></connect-response>"
    );
    server_says(
        &bytes,
        1,
        &ServerBody::Connected(Connected {
            version: 2,
            qos_test: false,
            nonce: Some(NONCE.into()),
        }),
    );
}

#[test]
fn version_1_has_no_nonce_and_no_document_for_its_authentication() {
    server_says(
        "CNT 1 CON 75\r\n\r\n<connect-response><ver>1</ver><qostest>false</qostest></connect-response>",
        1,
        &ServerBody::Connected(Connected {
            version: 1,
            qos_test: false,
            nonce: None,
        }),
    );
    server_says("ATH 2 CON 2\r\n\r\n", 2, &ServerBody::Authenticated(None));
}

// ATH

#[test]
fn the_web_client_authenticates_with_a_uic_in_312_bytes() {
    let uic = "uic0".repeat(66);
    let bytes =
        format!("ATH 2 CON\\USER 312\r\n\r\n<user><uic>{uic}</uic><web-compact-ticket /></user>");
    let uic = Some(Secret::new(uic));
    client_says(
        &bytes,
        2,
        &ClientBody::Authenticate(Authenticate::Web { uic }),
    );
}

#[test]
fn cookies_alone_authenticate_in_37_bytes() {
    client_says(
        "ATH 2 CON\\USER 37\r\n\r\n<user><web-compact-ticket /></user>",
        2,
        &ClientBody::Authenticate(Authenticate::Web { uic: None }),
    );
}

#[test]
fn a_microsoft_account_authenticates_with_an_escaped_ticket() {
    client_says(
        "ATH 2 CON\\USER 133\r\n\r\n<user><ssl-compact-ticket>t=EwB&amp;p=</ssl-compact-ticket>\
         <uic>UIC</uic><id>alice@hotmail.com</id><alias>live:alice</alias></user>",
        2,
        &ClientBody::Authenticate(Authenticate::Account {
            ticket: Secret::new("t=EwB&p=".into()),
            uic: Some(Secret::new("UIC".into())),
            issued: TicketUse::Owner {
                id: "alice@hotmail.com".into(),
                alias: Some("live:alice".into()),
            },
        }),
    );
}

#[test]
fn a_ticket_for_a_site_authenticates_with_and_without_a_uic() {
    let site = || TicketUse::Site("chatservice.live.com".into());
    client_says(
        "ATH 2 CON\\USER 127\r\n\r\n<user><ssl-compact-ticket>TICKET</ssl-compact-ticket>\
         <uic>UIC</uic><ssl-site-name>chatservice.live.com</ssl-site-name></user>",
        2,
        &ClientBody::Authenticate(Authenticate::Account {
            ticket: Secret::new("TICKET".into()),
            uic: Some(Secret::new("UIC".into())),
            issued: site(),
        }),
    );
    client_says(
        "ATH 2 CON\\USER 113\r\n\r\n<user><ssl-compact-ticket>TICKET</ssl-compact-ticket>\
         <ssl-site-name>chatservice.live.com</ssl-site-name></user>",
        2,
        &ClientBody::Authenticate(Authenticate::Account {
            ticket: Secret::new("TICKET".into()),
            uic: None,
            issued: site(),
        }),
    );
}

#[test]
fn a_skype_name_authenticates_with_a_uic() {
    client_says(
        "ATH 2 CON\\USER 45\r\n\r\n<user><uic>UIC</uic><id>echo123</id></user>",
        2,
        &ClientBody::Authenticate(Authenticate::SkypeName {
            uic: Secret::new("UIC".into()),
            name: "echo123".into(),
        }),
    );
}

#[test]
fn white_space_around_a_uic_is_no_part_of_it() {
    let command = client(
        "ATH 2 CON\\USER 59\r\n\r\n<user><uic>\r\n  UIC\n</uic>\r\n<web-compact-ticket/></user>\r\n",
    );
    let uic = Some(Secret::new("UIC".into()));
    assert_eq!(
        command.body,
        ClientBody::Authenticate(Authenticate::Web { uic })
    );
}

#[test]
fn the_authentication_is_confirmed_in_131_bytes() {
    server_says(
        "ATH 2 CON 131\r\n\r\n<auth-response><new-thread-allowed>false</new-thread-allowed>\
         <p2p-migration-allowed>false</p2p-migration-allowed></auth-response>",
        2,
        &ServerBody::Authenticated(Some(Authenticated {
            new_thread_allowed: false,
            p2p_migration_allowed: false,
            id: None,
        })),
    );
}

#[test]
fn a_second_authentication_reply_comes_by_itself() {
    server_says(
        "ATH 0 CON 160\r\n\r\n<auth-response><new-thread-allowed>true</new-thread-allowed>\
         <p2p-migration-allowed>false</p2p-migration-allowed><id>cid-(-42)@outlook.com</id></auth-response>",
        0,
        &ServerBody::Authenticated(Some(Authenticated {
            new_thread_allowed: true,
            p2p_migration_allowed: false,
            id: Some("cid-(-42)@outlook.com".into()),
        })),
    );
}

// BND

#[test]
fn the_web_client_binds_in_140_bytes() {
    let bytes = format!(
        "BND 3 CON\\MSGR 140\r\n\r\n<msgr><ver>2</ver><client><name>msgrliboutlook</name>\
         <ver>6.4.0.0</ver></client><epid>{{{EPID}}}</epid></msgr>"
    );
    client_says(
        &bytes,
        3,
        &ClientBody::Bind(Bind {
            version: 2,
            alternative_versions: vec![],
            program: Program::web(),
            epid: epid(EPID),
            braced: true,
        }),
    );
}

#[test]
fn a_program_called_dot_binds_in_145_bytes() {
    let bytes = format!(
        "BND 3 CON\\MSGR 145\r\n\r\n<msgr><ver>2</ver><client><name>.</name><ver>.</ver>\
         <networks>skype</networks></client><epid>{EPID}</epid></msgr>"
    );
    client_says(
        &bytes,
        3,
        &ClientBody::Bind(Bind {
            version: 2,
            alternative_versions: vec![],
            program: Program {
                name: ".".into(),
                version: ".".into(),
                networks: Some("skype".into()),
            },
            epid: epid(EPID),
            braced: false,
        }),
    );
}

#[test]
fn skype_on_linux_binds_in_177_bytes_of_which_two_are_a_line_end() {
    let command = client(
        "BND 3 CON\\MSGR 177\r\n\r\n<msgr><ver>2</ver><altVersions><ver>1</ver></altVersions><client>\
         <name>Skype</name><ver>2/4.3.0.37/172</ver></client>\
         <epid>cabba291-a68d-9370-3a70-26009dc4fb0e</epid></msgr>\r\n",
    );
    let ClientBody::Bind(bind) = &command.body else {
        panic!("not a BND");
    };
    assert_eq!(
        (bind.version, &bind.alternative_versions[..]),
        (2, &[1][..])
    );
    assert_eq!(bind.program.version, "2/4.3.0.37/172");
    assert!(command.to_frame().line().ends_with(b" 175"));
}

#[test]
fn the_binding_is_confirmed_with_a_token_and_a_nonce() {
    let bytes = format!(
        "BND 3 CON 268\r\nUtcTime: 1426463998\r\nSet-Registration: {TOKEN}\r\n\
         Registration-Token-Expiry: 1426550398\r\nContext: 1B8D4AA7AD8F8D02\r\n\r\n\
         <msgr-response><ver>2</ver><utctime>1426463998</utctime>\
         <nonce>21297165061723964870</nonce><sample-window>0</sample-window></msgr-response>"
    );
    let bound = Bound {
        version: 2,
        utc_time: Some(UnixTime::from_secs(1_426_463_998)),
        nonce: Some("21297165061723964870".into()),
        sample_window: Some(0),
    };
    server_says(&bytes, 3, &ServerBody::Bound(bound.clone()));

    let headers = server(&bytes).headers;
    assert_eq!(headers.utc_time(), Some(UnixTime::from_secs(1_426_463_998)));
    assert_eq!(headers.new_registration(), Some(token()));
    assert_eq!(
        headers.registration_expiry(),
        Some(UnixTime::from_secs(1_426_550_398))
    );
    let context = headers.context().expect("a context");
    assert_eq!(context.as_bytes(), b"1B8D4AA7AD8F8D02");

    let mut made = ServerCommand::new(TrId(3), ServerBody::Bound(bound));
    made.headers
        .set_utc_time(UnixTime::from_secs(1_426_463_998));
    made.headers
        .set("Set-Registration", token().expose())
        .expect("a name");
    made.headers
        .set_registration_expiry(UnixTime::from_secs(1_426_550_398));
    made.headers.set_context(&context);
    same_bytes(&made.to_frame(), &bytes);
}

#[test]
fn a_binding_of_2016_has_no_nonce() {
    server_says(
        "BND 3 CON 45\r\n\r\n<msgr-response><ver>2</ver></msgr-response>",
        3,
        &ServerBody::Bound(Bound {
            version: 2,
            utc_time: None,
            nonce: None,
            sample_window: None,
        }),
    );
}

// PUT, GET, DEL

#[test]
fn the_challenge_is_answered_in_145_bytes() {
    let bytes = format!(
        "PUT 4 MSGR\\CHALLENGE 145\r\nRegistration: {TOKEN}\r\n\r\n<challenge>\
         <appId>PROD0090YUAUV{{2B</appId><response>0a8c14f57b040607483d1e71c853cea8</response></challenge>"
    );
    let product = challenge::product("PROD0090YUAUV{2B").expect("a product");
    let answer = product.respond("21297165061723964870");
    let body = ClientBody::Put(Put::Challenge(Challenge {
        product_id: product.id.into(),
        response: answer.as_str().into(),
    }));
    client_says(&bytes, 4, &body);

    let mut made = ClientCommand::new(TrId(4), body);
    made.headers.set_registration(&token());
    same_bytes(&made.to_frame(), &bytes);
}

#[test]
fn the_web_client_subscribes_to_everything_in_255_bytes() {
    let bytes = format!(
        "PUT 5 MSGR\\SUBSCRIPTIONS 255\r\nRegistration: {TOKEN}\r\n\r\n<subscribe><notifications>\
         <partners><partner>Hotmail</partner><partner>ABCH</partner></partners></notifications>\
         <presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>"
    );
    let body = ClientBody::Put(Put::Subscriptions(Subscriptions::everything()));
    client_says(&bytes, 5, &body);
}

#[test]
fn presence_is_put_in_560_bytes() {
    let user = format!(
        "<user><s n=\"IM\"><Status>NLN</Status></s><sep n=\"IM\" epid=\"{{{EPID}}}\">\
         <Capabilities>0:4194560</Capabilities></sep><s n=\"SKP\"><Mood/><Skypename>live:alice</Skypename></s>\
         <sep n=\"SKP\" epid=\"{{{EPID}}}\"><Version>24</Version><Seamless>true</Seamless></sep></user>"
    );
    let bytes = format!(
        "PUT 6 MSGR\\PRESENCE 560\r\nRegistration: {TOKEN}\r\n\r\nRouting: 1.0\r\nTo: 8:live:alice\r\n\
         From: 8:live:alice;epid={{{EPID}}}\r\n\r\nReliability: 1.0\r\n\r\nPublication: 1.0\r\n\
         Uri: /user\r\nContent-Type: application/user+xml\r\nContent-Length: 315\r\n\r\n{user}"
    );
    let command = client(&bytes);
    let ClientBody::Put(Put::Presence(layers)) = &command.body else {
        panic!("not a presence");
    };
    assert_eq!(layers.content(), Some(Content::Publication));
    let me = layers.from().expect("an address");
    assert_eq!(me.epid(), Some(epid(EPID)));
    assert_eq!(layers.body(), user.as_bytes());
    let document = UserDocument::parse(layers.body()).expect("a document");
    assert_eq!(String::from_utf8_lossy(&document.encode()), user);
    client_says(&bytes, 6, &command.body);

    let made = Layers::build(&"8:live:alice".parse().expect("an address"), &me)
        .publication()
        .header("Uri", "/user")
        .header("Content-Type", "application/user+xml")
        .content_length()
        .finish(&document.encode());
    client_says(&bytes, 6, &ClientBody::Put(Put::Presence(made)));
}

#[test]
fn contacts_are_put_as_they_are_read() {
    let bytes = "PUT 4 MSGR\\CONTACTS 124\r\n\r\n<ml l=\"1\"><skp><c n=\"live:bob\" t=\"8\"><s l=\"3\" n=\"PE\"/>\
         <s l=\"3\" n=\"IM\"/><s l=\"3\" n=\"SKP\"/><s l=\"3\" n=\"PUB\"/></c></skp></ml>";
    let command = client(bytes);
    let ClientBody::Put(Put::Contacts(contacts)) = &command.body else {
        panic!("not a contact list");
    };
    assert!(contacts.is_initial());
    let names: Vec<_> = contacts.contacts().map(|contact| contact.name()).collect();
    assert_eq!(names, ["live:bob"]);
    client_says(bytes, 4, &command.body);
}

#[test]
fn a_thread_is_made_in_191_bytes() {
    let bytes = format!(
        "PUT 10 MSGR\\THREAD 191\r\nRegistration: {TOKEN}\r\n\r\n<thread><id></id><members><member>\
         <mri>8:live:alice</mri><role>admin</role></member><member><mri>8:bob</mri><role>user</role>\
         </member></members></thread>"
    );
    let ClientBody::Put(Put::Thread(thread)) = client(&bytes).body else {
        panic!("not a thread");
    };
    assert_eq!(thread.id, None);
    let alice = "8:live:alice".parse().expect("an address");
    let bob = "8:bob".parse().expect("an address");
    let members = [
        Member::new(alice, Role::ADMIN),
        Member::new(bob, Role::USER),
    ];
    assert_eq!(thread.members, members);
    client_says(&bytes, 10, &ClientBody::Put(Put::Thread(thread)));
}

#[test]
fn the_new_thread_has_an_address() {
    let id = "19:0123456789abcdef0123456789abcdef@thread.skype";
    let bytes = format!("PUT 10 MSGR 76\r\n\r\n<thread><id>{id}</id></thread>");
    let thread = Thread::named(id.parse().expect("an address"));
    server_says(
        &bytes,
        10,
        &ServerBody::Put(PutReply::Thread(Box::new(thread))),
    );
}

#[test]
fn small_documents_are_put_as_documented() {
    client_says(
        "PUT 4 MSGR\\ACTIVEENDPOINT 57\r\n\r\n<activeendpoint><timeout>135</timeout></activeendpoint>",
        4,
        &ClientBody::Put(Put::ActiveEndpoint(ActiveEndpoint {
            timeout: Duration::from_secs(135),
        })),
    );
    client_says(
        "PUT 4 MSGR\\OPTIONS 121\r\n\r\n<options><pwrmode>1</pwrmode>\
         <deliveryConfirmation>true</deliveryConfirmation><batchtimeout>10</batchtimeout></options>",
        4,
        &ClientBody::Put(Put::Options(EndpointOptions {
            power_mode: Some(1),
            delivery_confirmation: Some(true),
            batch_timeout: Some(Duration::from_secs(10)),
        })),
    );
    client_says(
        "PUT 4 MSGR\\PARTNERS 40\r\n\r\n<partners><type>ABCH</type></partners>",
        4,
        &ClientBody::Put(Put::Partners(Partners {
            kinds: vec!["ABCH".into()],
        })),
    );
    client_says(
        "PUT 4 MSGR\\NETWORKS 44\r\n\r\n<networks><network>fb</network></networks>",
        4,
        &ClientBody::Put(Put::Networks(Networks {
            names: vec!["fb".into()],
        })),
    );
}

#[test]
fn replies_without_a_body_are_empty() {
    server_says("PUT 4 MSGR 2\r\n\r\n", 4, &ServerBody::Put(PutReply::Empty));
    server_says(
        "PUT 6 MSGR 50\r\nUtcTime: 1426463999\r\nContext: 1B8D4AA7AD8F8D02\r\n\r\n",
        6,
        &ServerBody::Put(PutReply::Empty),
    );
    server_says(
        "DEL 7 MSGR 2\r\n\r\n",
        7,
        &ServerBody::Deleted(PutReply::Empty),
    );
    server_says("SDG 8 MSGR 2\r\n\r\n", 8, &ServerBody::Accepted);
}

#[test]
fn a_presence_reply_holds_a_document_and_an_address() {
    let bytes = "PUT 6 MSGR 113\r\n\r\n<presence-response><user><s n=\"IM\"><Status>NLN</Status></s></user>\
                 <from>8:live:alice</from></presence-response>";
    let ServerBody::Put(PutReply::Presence(reply)) = server(bytes).body else {
        panic!("not a presence reply");
    };
    assert_eq!(
        reply.from,
        Some("8:live:alice".parse().expect("an address"))
    );
    assert!(reply.user.is_some());
    server_says(bytes, 6, &ServerBody::Put(PutReply::Presence(reply)));
}

#[test]
fn conversations_are_got_in_121_bytes_and_given_in_94() {
    let bytes = format!(
        "GET 7 MSGR\\RECENTCONVERSATIONS 121\r\nRegistration: {TOKEN}\r\n\r\n<recentconversations>\
         <start>0</start><pagesize>100</pagesize></recentconversations>"
    );
    let get = RecentConversations {
        start: Some(0),
        page_size: Some(100),
    };
    client_says(&bytes, 7, &ClientBody::Get(Get::RecentConversations(get)));
    let none = RecentConversationsResponse {
        conversations: vec![],
    };
    server_says(
        "GET 7 MSGR 94\r\n\r\n<recentconversations-response><conversations></conversations>\
         </recentconversations-response>",
        7,
        &ServerBody::Get(GetReply::RecentConversations(none)),
    );
}

#[test]
fn pages_and_threads_are_told_apart_by_their_names() {
    let page = client(
        "GET 7 MSGR\\MESSAGESBYCONVERSATION 105\r\n\r\n<messagesbyconversation><id>8:bob</id>\
         <start>0</start><pagesize>100</pagesize></messagesbyconversation>",
    );
    assert!(matches!(
        page.body,
        ClientBody::Get(Get::MessagesByConversation(_))
    ));
    let threads = client(
        "GET 7 MSGR\\THREADS 64\r\n\r\n<threads><thread><id>19:0@thread.skype</id></thread></threads>",
    );
    assert!(matches!(threads.body, ClientBody::Get(Get::Threads(_))));
    let page = server(
        "GET 7 MSGR 128\r\n\r\n<messagesbyconversation-response><id>8:bob</id><hasmore>false</hasmore>\
         <messages></messages></messagesbyconversation-response>",
    );
    assert!(matches!(
        page.body,
        ServerBody::Get(GetReply::MessagesByConversation(_))
    ));
    let threads = server(
        "GET 7 MSGR 101\r\n\r\n<threads-response><threads><thread><id>19:0@thread.skype</id></thread>\
         </threads></threads-response>",
    );
    assert!(matches!(
        threads.body,
        ServerBody::Get(GetReply::Threads(_))
    ));
}

#[test]
fn members_and_contacts_are_deleted() {
    let bytes = "DEL 11 MSGR\\THREAD 97\r\n\r\n<thread><id>19:0@thread.skype</id><members><member>\
                 <mri>8:bob</mri></member></members></thread>";
    let command = client(bytes);
    let ClientBody::Delete(Delete::Thread(thread)) = &command.body else {
        panic!("not a thread");
    };
    assert_eq!(thread.members[0].role, None);
    let contacts = client("DEL 12 MSGR\\CONTACTS 11\r\n\r\n<ml></ml>");
    assert!(matches!(
        contacts.body,
        ClientBody::Delete(Delete::Contacts(_))
    ));
}

// NFY

#[test]
fn a_presence_notification_of_319_bytes_stays_layered() {
    let bytes = "NFY 0 MSGR\\PUT 319\r\nContext: 1B8D4AA7AD8F8D02\r\n\r\nRouting: 1.0\r\n\
                 To: 8:live:alice\r\nFrom: 8:bob\r\n\r\nReliability: 1.0\r\n\r\nNotification: 1.0\r\n\
                 NotifNum: 0\r\nUri: /user\r\nNotifType: Full\r\nContent-Type: application/user+xml\r\n\
                 Content-Length: 103\r\n\r\n<user><s n=\"IM\"><Status>NLN</Status></s><s n=\"SKP\">\
                 <Mood>hi</Mood><Skypename>bob</Skypename></s></user>";
    let frame = frame(bytes);
    let command = ServerCommand::parse(&frame).expect("a command");
    let ServerBody::Notification(Notification::Put(layers)) = &command.body else {
        panic!("not a presence");
    };
    assert_eq!(layers.from(), "8:bob".parse());
    assert!(UserDocument::parse(layers.body()).is_ok());
    let body_at = frame.as_bytes().len() - layers.as_bytes().len();
    assert_eq!(
        layers.as_bytes().as_ptr(),
        frame.as_bytes()[body_at..].as_ptr()
    );
    server_says(bytes, 0, &command.body);
}

#[test]
fn what_is_gone_and_what_changed_is_notified() {
    let del = server(
        "NFY 0 MSGR\\DEL 117\r\n\r\nRouting: 1.0\r\nTo: 8:a\r\nFrom: 8:b\r\n\r\nReliability: 1.0\r\n\r\n\
         Notification: 1.0\r\nNotifNum: 1\r\n\r\n<user><s n=\"IM\" /></user>",
    );
    assert!(matches!(
        del.body,
        ServerBody::Notification(Notification::Del(_))
    ));
    let thread = server("NFY 0 MSGR\\THREAD 45\r\n\r\n<thread><id>19:0@thread.skype</id></thread>");
    assert!(matches!(
        thread.body,
        ServerBody::Notification(Notification::Thread(_))
    ));
    let contacts = server("NFY 0 MSGR\\CONTACTS 17\r\n\r\n<ml l=\"1\"></ml>");
    let ServerBody::Notification(Notification::Contacts(list)) = contacts.body else {
        panic!("not a contact list");
    };
    assert!(list.is_initial());
}

#[test]
fn a_mail_notification_has_two_header_blocks() {
    let bytes = "NFY 0 MSGR\\HOTMAIL 195\r\nContext: 1B8D4AA7AD8F8D02\r\n\r\nMIME-Version: 1.0\r\n\
                 Content-Type: text/x-msmsgsemailnotification; charset=UTF-8\r\n\r\nFrom: Bob\r\n\
                 Subject: a: b\r\nDest-Folder: ACTIVE\r\nFrom-Addr: bob@hotmail.com\r\nid: 2\r\n\r\n";
    let command = server(bytes);
    let ServerBody::Notification(Notification::Hotmail(mail)) = &command.body else {
        panic!("not a mail");
    };
    assert_eq!(
        mail.mime.get("content-type"),
        Some(&b"text/x-msmsgsemailnotification; charset=UTF-8"[..])
    );
    assert_eq!(mail.field("Subject"), Some(&b"a: b"[..]));
    assert_eq!(mail.field("from"), Some(&b"Bob"[..]));
    assert_eq!(mail.field("Context"), None);
    server_says(bytes, 0, &command.body);
}

#[test]
fn an_address_book_notice_says_whether_to_read_it_again() {
    for (document, change) in [
        (
            "<NOTIFICATION><MSG><BODY>&lt;ABCHInternal/&gt;</BODY></MSG></NOTIFICATION>",
            true,
        ),
        ("<NOTIFICATION></NOTIFICATION>", false),
    ] {
        let bytes = format!("NFY 0 MSGR\\ABCH {}\r\n\r\n{document}", document.len() + 2);
        let notice = AddressBookNotice {
            document: document.into(),
        };
        assert_eq!(notice.is_change(), change);
        server_says(
            &bytes,
            0,
            &ServerBody::Notification(Notification::Abch(notice)),
        );
    }
}

// SDG, ACK

#[test]
fn a_message_is_sent_in_313_bytes() {
    let bytes = format!(
        "SDG 8 MSGR 313\r\nRegistration: {TOKEN}\r\n\r\nRouting: 1.0\r\nTo: 8:bob\r\n\
         From: 8:live:alice;epid={{{EPID}}}\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\n\
         Client-Message-ID: 6643607751647822671\r\nMessage-Type: Text\r\nIM-Display-Name: Alice\r\n\
         Content-Type: Text/plain; charset=UTF-8\r\nContent-Length: 2\r\n\r\nhi"
    );
    let command = client(&bytes);
    let ClientBody::Message(layers) = &command.body else {
        panic!("not a message");
    };
    assert_eq!(layers.body(), b"hi");
    client_says(&bytes, 8, &command.body);
}

#[test]
fn a_typing_notice_may_lack_its_last_blank_line() {
    let whole = format!(
        "SDG 9 MSGR 251\r\nRegistration: {TOKEN}\r\n\r\nRouting: 1.0\r\nTo: 8:bob\r\n\
         From: 8:live:alice;epid={{{EPID}}}\r\n\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\n\
         Message-Type: Control/Typing\r\nContent-Type: Application/Message\r\nContent-Length: 0\r\n\r\n"
    );
    let cut = whole.replace("MSGR 251", "MSGR 249");
    for bytes in [&whole[..], &cut[..cut.len() - 2]] {
        let command = client(bytes);
        let ClientBody::Message(layers) = &command.body else {
            panic!("not a message");
        };
        assert!(layers.body().is_empty());
        client_says(bytes, 9, &command.body);
    }
}

#[test]
fn a_delivery_of_447_bytes_is_acknowledged_in_64() {
    let bytes = "SDG 0 MSGR 447\r\nAck-Id: 0000014BDE39B23E\r\nContext: 1B8D4AA7AD8F8D02\r\n\r\n\
                 Routing: 1.0\r\nTo: 8:live:alice\r\nFrom: 8:bob;epid={00155193-decb-dc89-95e0-43bd987ed463}\r\n\r\n\
                 Reliability: 1.0\r\n\r\nMessaging: 2.0\r\nMessage-ID: 1431882693260\r\n\
                 Client-Message-ID: 10829167517486132349\r\nMessage-Type: Text\r\nIM-Display-Name: Bob\r\n\
                 Relationship-Type: Explicit\r\nIs-Active: true\r\nOriginal-Arrival-Time: 2015-05-17T17:11:33Z\r\n\
                 Content-Type: Text/plain; charset=UTF-8\r\nContent-Length: 2\r\n\r\nyo";
    let command = server(bytes);
    let ServerBody::Message(delivery) = &command.body else {
        panic!("not a message");
    };
    assert_eq!(delivery.message.body(), b"yo");
    server_says(bytes, 0, &command.body);

    let id = delivery.ack_id.clone().expect("an id");
    let acknowledge = ClientBody::Acknowledge(Acknowledge { id });
    client_says(
        &format!("ACK 0 MSGR 64\r\nAck-Id: 0000014BDE39B23E\r\nRegistration: {TOKEN}\r\n\r\n"),
        0,
        &acknowledge,
    );
    let mut made = ClientCommand::new(TrId(0), acknowledge);
    made.headers.set_registration(&token());
    same_bytes(
        &made.to_frame(),
        &format!("ACK 0 MSGR 64\r\nRegistration: {TOKEN}\r\nAck-Id: 0000014BDE39B23E\r\n\r\n"),
    );
}

// XFR, PNG, OUT, errors

#[test]
fn a_redirect_of_204_bytes_says_where_and_since_when() {
    let bytes = format!(
        "XFR 3 CON 204\r\n\r\n<xfr><target>BAYMSGR2011012.gateway.messenger.live.com:443</target>\
         <flags>S</flags><state>{STATE}</state><wait>0</wait></xfr>"
    );
    let transfer = Transfer {
        target: "BAYMSGR2011012.gateway.messenger.live.com:443".into(),
        flags: Some("S".into()),
        state: Some(STATE.into()),
        wait: Some(Duration::ZERO),
    };
    let state = TransferState::parse(STATE).expect("a state");
    assert_eq!(state.sent_at().map(UnixTime::as_secs), Some(1_425_592_393));
    server_says(&bytes, 3, &ServerBody::Transfer(transfer));
}

#[test]
fn a_ping_of_38_bytes_carries_the_token() {
    client_says(
        &format!("PNG 11 CON 38\r\nRegistration: {TOKEN}\r\n\r\n"),
        11,
        &ClientBody::Ping(Ping {
            last_message_id: None,
        }),
    );
    client_says(
        &format!("PNG 12 CON 66\r\nRegistration: {TOKEN}\r\nLast-Msg-Id: 1431882693260\r\n\r\n"),
        12,
        &ClientBody::Ping(Ping {
            last_message_id: Some(1_431_882_693_260),
        }),
    );
}

#[test]
fn a_ping_and_a_sign_out_may_have_no_payload_at_all() {
    assert_eq!(
        client("PNG 1 CON 0\r\n").body,
        ClientBody::Ping(Ping::default())
    );
    assert_eq!(client("OUT 2 CON 0\r\n").body, ClientBody::SignOut);
    client_says("OUT 2 CON 2\r\n\r\n", 2, &ClientBody::SignOut);
    client_says(
        &format!("OUT 12 CON 38\r\nRegistration: {TOKEN}\r\n\r\n"),
        12,
        &ClientBody::SignOut,
    );
}

#[test]
fn the_wait_of_a_ping_reply_is_found_anywhere() {
    server_says(
        "PNG 11 CON 48\r\n\r\n<ping-response><wait>60</wait></ping-response>",
        11,
        &ServerBody::Pong(Pong {
            wait: Some(Duration::from_secs(60)),
        }),
    );
    for document in [
        "<wait-less><a/><b><c/><wait>45</wait></b></wait-less>",
        "<ping><wait> 45 </wait></ping>\r\n",
    ] {
        let bytes = format!("PNG 11 CON {}\r\n\r\n{document}", document.len() + 2);
        assert_eq!(
            server(&bytes).body,
            ServerBody::Pong(Pong {
                wait: Some(Duration::from_secs(45))
            })
        );
    }
    server_says(
        "PNG 0 CON 2\r\n\r\n",
        0,
        &ServerBody::Pong(Pong { wait: None }),
    );
}

#[test]
fn the_server_may_say_why_it_signs_out() {
    server_says(
        "OUT 0 CON 5\r\n\r\nOTH",
        0,
        &ServerBody::SignedOut("OTH".into()),
    );
}

#[test]
fn errors_are_numbers_with_a_text() {
    let error = |code, channel, text: &str| {
        ServerBody::Error(ErrorReply {
            code,
            channel,
            text: text.to_owned().into(),
        })
    };
    server_says(
        "911 2 CON 23\r\n\r\nAuthentication failed",
        2,
        &error(
            ErrorCode::AUTHENTICATION_FAILED,
            Channel::Con,
            "Authentication failed",
        ),
    );
    server_says(
        "202 2 MSGR 26\r\n\r\nFeature Set not enabled.",
        2,
        &error(
            ErrorCode::FEATURE_SET_NOT_ENABLED,
            Channel::Msgr,
            "Feature Set not enabled.",
        ),
    );
    let unknown = ErrorCode::new(299).expect("below 1000");
    let channel = Channel::new("ELSE").expect("a word");
    server_says("299 0 ELSE 2\r\n\r\n", 0, &error(unknown, channel, ""));
}

// What is unknown, and what is wrong

#[test]
fn unknown_verbs_and_channels_are_other() {
    for bytes in [
        "ZZZ 7 CON 4\r\n\r\nhi",
        "PUT 7 MSGR\\REPORTSPAM 4\r\n\r\nhi",
        "GET 7 MSGR\\NEWS 2\r\n\r\n",
        "CNT 7 MSGR 2\r\n\r\n",
        "SDG 7 MSGR\\GROUP 2\r\n\r\n",
        "VER 7 MSNP18 CVR0\r\n",
    ] {
        let command = client(bytes);
        assert_eq!(command.trid, TrId(7));
        assert_eq!(command.body, ClientBody::Other(frame(bytes)));
        same_bytes(&command.to_frame(), bytes);
    }
    for bytes in [
        "ZZZ 7 CON 4\r\n\r\nhi",
        "NFY 7 MSGR\\NEWS 4\r\n\r\nhi",
        "QNG 7\r\n",
        "ACK 7 MSGR 2\r\n\r\n",
    ] {
        let command = server(bytes);
        assert_eq!(command.trid, TrId(7));
        assert_eq!(command.body, ServerBody::Other(frame(bytes)));
        same_bytes(&command.to_frame(), bytes);
    }
    assert_eq!(server("QNG\r\n").trid, TrId(0));
}

#[test]
fn a_known_command_with_a_strange_line_is_given_back() {
    assert_eq!(
        client_refused("PNG\r\n", 3),
        CommandErrorKind::TransactionId
    );
    assert_eq!(
        client_refused("PNG x CON 2\r\n\r\n", 4),
        CommandErrorKind::TransactionId
    );
    assert_eq!(server_refused("911 4\r\n", 5), CommandErrorKind::Line);
    assert_eq!(
        server_refused("PNG 1 CON 3\r\nA: ", 13),
        CommandErrorKind::HeaderBlock
    );
    assert_eq!(
        server_refused("OUT 1 CON 8\r\nnope\r\n\r\n", 13),
        CommandErrorKind::HeaderLine
    );
}

#[test]
fn a_known_command_with_a_strange_body_is_given_back() {
    for bytes in [
        "CNT 1 CON 2\r\n\r\n",
        "CNT 1 CON 15\r\n\r\n<user></user>",
        "CNT 1 CON 21\r\n\r\n<connect></connect>",
        "ATH 2 CON\\USER 15\r\n\r\n<user></user>",
        "PUT 4 MSGR\\CHALLENGE 6\r\n\r\n<a/>",
        "PUT 4 MSGR\\PRESENCE 6\r\n\r\n<a/>",
        "SDG 4 MSGR 2\r\n\r\n",
    ] {
        let error = ClientCommand::parse(&frame(bytes)).expect_err("strange");
        assert!(error.offset <= bytes.len(), "{error}");
        assert_eq!(error.frame.as_bytes(), bytes.as_bytes());
    }
}

#[test]
fn an_error_in_a_document_is_found_within_the_frame() {
    let bytes = "BND 3 CON\\MSGR 24\r\nA: b\r\n\r\n<msgr><ver/></x>";
    let document = bytes.find("<msgr>").expect("a document");
    let error = ClientCommand::parse(&frame(bytes)).expect_err("an end tag too many");
    assert!(matches!(error.kind, CommandErrorKind::Payload(_)));
    assert!(
        error.offset > document && error.offset < bytes.len(),
        "{error}"
    );
}

#[test]
fn an_acknowledgement_needs_its_id() {
    let kind = CommandErrorKind::Header("Ack-Id");
    assert_eq!(client_refused("ACK 0 MSGR 2\r\n\r\n", 14), kind);
    let kind = CommandErrorKind::Header("Last-Msg-Id");
    assert_eq!(
        client_refused("PNG 1 CON 18\r\nLast-Msg-Id: x\r\n\r\n", 14),
        kind
    );
}

#[test]
fn errors_name_the_command_the_reason_and_the_place() {
    let error = ClientCommand::parse(&frame("ACK 0 MSGR 2\r\n\r\n")).expect_err("no id");
    assert_eq!(
        error.to_string(),
        "ACK: header Ack-Id is missing or not what it should be at byte 14"
    );
}

#[test]
fn no_secret_is_in_any_debug_text() {
    let uic = Authenticate::Account {
        ticket: Secret::new("s3cr3t".into()),
        uic: Some(Secret::new("s3cr3t".into())),
        issued: TicketUse::Site("site".into()),
    };
    let mut command = ClientCommand::new(TrId(2), ClientBody::Authenticate(uic));
    let secret = Secret::new(HeaderValue::new("s3cr3t").expect("a value"));
    command.headers.set_registration(&secret);
    let frame = command.to_frame();
    let other = ClientCommand::new(TrId(2), ClientBody::Other(frame.clone()));
    let text = format!("{command:?} {frame:?} {other:?}");
    assert!(!text.contains("s3cr3t"), "{text}");
    let broken = Frame::build(Verb::ATH)
        .trid(2)
        .raw_param(b"CON\\USER")
        .expect("a word");
    let broken = broken.payload(b"\r\n<user><uic>s3cr3t</uic></user>");
    let error: CommandError = ClientCommand::parse(&broken).expect_err("no name");
    let text = format!("{error} {error:?}");
    assert!(!text.contains("s3cr3t"), "{text}");
}

#[test]
fn a_value_cannot_start_a_header_or_a_command() {
    let hostile = "x\r\nRegistration: forged\r\n\r\nOUT 1 CON 0\r\n";
    assert!(HeaderValue::new(hostile).is_err());
    let connect = Connect {
        state: Some(hostile.into()),
        version: 2,
        agent: Agent::web(),
    };
    let frame = ClientCommand::new(TrId(1), ClientBody::Connect(connect.clone())).to_frame();
    let command = ClientCommand::parse(&frame).expect("a command");
    assert_eq!(command.headers, Headers::new());
    let ClientBody::Connect(read) = command.body else {
        panic!("not a CNT");
    };
    assert_eq!(read.state.as_deref(), Some(hostile.trim()));
}

#[test]
fn every_recorded_frame_is_a_command_of_its_side() {
    for stream in recording::all() {
        if stream.recording != "msnp24" {
            continue;
        }
        let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
        decoder.push(stream.bytes);
        while let Some(frame) = decoder.next_frame().expect("a frame") {
            let line = frame.line().escape_ascii().to_string();
            match stream.side {
                Side::Client => {
                    let command = ClientCommand::parse(&frame).expect(&line);
                    assert!(!matches!(command.body, ClientBody::Other(_)), "{line}");
                    let again = ClientCommand::parse(&command.to_frame());
                    assert_eq!(again.as_ref(), Ok(&command), "{line}");
                }
                Side::Server => {
                    let command = ServerCommand::parse(&frame).expect(&line);
                    assert!(!matches!(command.body, ServerBody::Other(_)), "{line}");
                    same_bytes(
                        &command.to_frame(),
                        &String::from_utf8_lossy(frame.as_bytes()),
                    );
                }
            }
        }
    }
}

/// Names and values that a header takes.
/// Every verb that has a type here, with a channel of its own.
const COMMANDS: [(Side, &str, &str); 22] = [
    (Side::Client, "CNT", "CON"),
    (Side::Client, "ATH", "CON\\USER"),
    (Side::Client, "BND", "CON\\MSGR"),
    (Side::Client, "PUT", "MSGR\\PRESENCE"),
    (Side::Client, "GET", "MSGR\\THREADS"),
    (Side::Client, "DEL", "MSGR\\THREAD"),
    (Side::Client, "SDG", "MSGR"),
    (Side::Client, "ACK", "MSGR"),
    (Side::Client, "PNG", "CON"),
    (Side::Client, "OUT", "CON"),
    (Side::Server, "CNT", "CON"),
    (Side::Server, "ATH", "CON"),
    (Side::Server, "BND", "CON"),
    (Side::Server, "PUT", "MSGR"),
    (Side::Server, "GET", "MSGR"),
    (Side::Server, "DEL", "MSGR"),
    (Side::Server, "SDG", "MSGR"),
    (Side::Server, "NFY", "MSGR\\PUT"),
    (Side::Server, "PNG", "CON"),
    (Side::Server, "XFR", "CON"),
    (Side::Server, "OUT", "CON"),
    (Side::Server, "911", "CON"),
];

/// No command has a grammar of its own for its line: all are refused by the one, at the same byte.
#[test]
fn the_line_of_every_command_is_read_by_one_grammar() {
    for (side, verb, channel) in COMMANDS {
        let refused = |line: String, kind: CommandErrorKind, offset: usize| {
            let frame = frame(&line);
            let error = match side {
                Side::Client => ClientCommand::parse(&frame).map(|_| ()),
                Side::Server => ServerCommand::parse(&frame).map(|_| ()),
            };
            let expected = CommandError {
                frame,
                kind,
                offset,
            };
            assert_eq!(error, Err(expected), "{side:?} {line}");
        };
        let id = CommandErrorKind::TransactionId;
        refused(format!("{verb}\r\n"), id.clone(), 3);
        refused(format!("{verb} x {channel} 2\r\n\r\n"), id.clone(), 4);
        refused(format!("{verb} -1 {channel} 2\r\n\r\n"), id, 4);
        let end = format!("{verb} 1 {channel} 2").len();
        refused(format!("{verb} 1\r\n"), CommandErrorKind::Line, 5);
        let long = format!("{verb} 1 {channel} 2 2\r\n");
        refused(long, CommandErrorKind::Line, end + 1);
    }
}

fn any_headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = "[A-Za-z][A-Za-z0-9-]{0,11}";
    let value = "[!-~\u{a1}-\u{3000}]([ -~\u{a1}-\u{3000}]{0,20}[!-~\u{a1}-\u{3000}])?";
    proptest::collection::vec((name, value), 0..6)
}

proptest! {
    #[test]
    fn an_envelope_comes_back(
        trid in any::<u32>(),
        channel in "[A-Z]{1,8}(\\\\[A-Z]{1,8})?",
        headers in any_headers(),
        body in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let channel = Channel::new(channel).expect("a word");
        let mut envelope = Envelope::new(Verb::NFY, TrId(trid), channel);
        for (name, value) in &headers {
            let value = HeaderValue::new(value.clone()).expect("a value");
            envelope.headers.set(name, &value).expect("a name");
        }
        envelope.body = body.into();
        let written = envelope.to_frame();
        let mut decoder = FrameDecoder::new(PayloadTable::msnp24());
        decoder.push(written.as_bytes().clone());
        prop_assert_eq!(decoder.next_frame(), Ok(Some(written.clone())));
        prop_assert_eq!(decoder.buffered(), 0);
        prop_assert_eq!(Envelope::parse(&written), Ok(envelope.clone()));
        for (at, (name, value)) in headers.iter().enumerate() {
            let again = headers[at + 1..].iter().any(|(later, _)| later.eq_ignore_ascii_case(name));
            if !again {
                prop_assert_eq!(envelope.headers.get(name), Some(value.as_bytes()));
            }
        }
    }

    #[test]
    fn any_text_of_a_header_value_stays_in_it(text in any::<String>()) {
        if let Ok(value) = HeaderValue::new(text.clone()) {
            let mut headers = Headers::new();
            headers.set("Context", &value).expect("a name");
            prop_assert_eq!(headers.iter().count(), 1);
            prop_assert_eq!(headers.get("context"), Some(text.as_bytes()));
        }
    }

    #[test]
    fn any_text_of_a_document_comes_back(text in "[^\\x00-\\x1f\\x7f]{1,40}") {
        let connect = Connect {
            state: Some(text.clone()),
            version: 2,
            agent: Agent::web(),
        };
        let frame = ClientCommand::new(TrId(1), ClientBody::Connect(connect)).to_frame();
        let read = ClientCommand::parse(&frame).map(|command| command.body);
        let state = match read {
            Ok(ClientBody::Connect(connect)) => connect.state,
            // Nothing but white space is as good as nothing.
            Err(_) if text.trim().is_empty() => return Ok(()),
            other => panic!("{other:?}"),
        };
        prop_assert_eq!(state.as_deref().map(|state| state.replace('\u{fffd}', "")), Some(legal(&text)));
    }
}

/// Without the characters that XML cannot express, which become U+FFFD, and trimmed.
fn legal(text: &str) -> String {
    text.trim()
        .replace(['\u{fffd}', '\u{fffe}', '\u{ffff}'], "")
}

#[test]
fn debug_shows_no_ticket_no_message_and_no_mail() {
    let layered = "Routing: 1.0\r\n\r\nReliability: 1.0\r\n\r\nA: b\r\n\r\nSECRET";
    let mail = "MIME-Version: 1.0\r\n\r\nFrom: SECRET\r\n";
    for (line, body) in [
        (
            "ATH 2 CON\\USER",
            "<user><uic>SECRET</uic><web-compact-ticket /></user>",
        ),
        ("GET 5 MSGR", "<unknown>SECRET</unknown>"),
        ("PUT 5 MSGR", "<unknown>SECRET</unknown>"),
        ("NFY 0 MSGR\\HOTMAIL", mail),
        ("NFY 0 MSGR\\ABCH", "<NOTIFICATION>SECRET</NOTIFICATION>"),
        ("SDG 0 MSGR", layered),
    ] {
        let bytes = format!("{line} {}\r\n\r\n{body}", body.len() + 2);
        let mut unfinished = FrameDecoder::new(PayloadTable::msnp24());
        unfinished.push(bytes[..bytes.len() - 1].to_owned());
        assert_eq!(unfinished.next_frame(), Ok(None));
        let frame = frame(&bytes);
        let (client, server) = (ClientCommand::parse(&frame), ServerCommand::parse(&frame));
        assert!(client.is_ok() && server.is_ok(), "{line}");
        let shown = format!(
            "{unfinished:?} {frame:?} {:?} {client:?} {server:?}",
            Envelope::parse(&frame)
        );
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}
