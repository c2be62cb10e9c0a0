//! The calls of sign-in, lists and offline messages: what is written is read as it was, whatever the tables hold; and the demands
//! of peers, by name. Messages are made from the tables themselves, so that no call and no field is left out.

use proptest::prelude::*;
use soap_codec::address_book as ab;
use soap_codec::call::{Call, CallError, Content, Field, Guid, Kind, Place, Request, Response};
use soap_codec::membership as list;
use soap_codec::offline_messages as oim;
use soap_codec::sign_in::{
    PassportHeaders, RequestSecurityTokens, RequestSecurityTokens2, SignInHeaders, TokenCollection,
    TokenResponse,
};
use soap_codec::{
    Budget, Element, Envelope, Fault, FaultReason, Limits, OPERATIONS, Received, Secret,
    Unreceived, Version, ns,
};

/// Numbers out of some bytes; zeros when they are used up, so that every message ends.
struct Choices<'b>(std::slice::Iter<'b, u8>);

impl Choices<'_> {
    fn next(&mut self) -> usize {
        self.0.next().copied().unwrap_or_default().into()
    }
}

const TEXTS: [&str; 7] = [
    "",
    "x",
    " spaced ",
    "a&b<c>\"d'",
    "]]>",
    "小美 é",
    "t=EwB&p=",
];

fn fill(element: &mut Element, kind: Kind, choices: &mut Choices<'_>) {
    let text = TEXTS[choices.next() % TEXTS.len()];
    match kind {
        Kind::Text | Kind::Secret => element.push_text(text),
        Kind::Boolean => element.push_text(["true", "false", "1", "0", ""][choices.next() % 5]),
        Kind::Number => element.push_text(["0", "-8836459145352660574", "7"][choices.next() % 3]),
        Kind::Time => element.push_text(["2026-11-21T19:52:09Z", "x"][choices.next() % 2]),
        Kind::Guid => element.push_text([Guid::ZERO, "{C8}", "12"][choices.next() % 3]),
        Kind::Words(words) => {
            let number = choices.next() % (words.len() + 1);
            element.push_text(words.get(number).unwrap_or(&"Unheard"));
        }
        Kind::Structure(_, fields) => {
            for field in fields {
                put(element, field, choices);
            }
            if choices.next() % 4 == 1 {
                // As a reader makes it: with its declaration.
                let unheard = b"<Unheard xmlns=\"urn:x\"><y>z</y></Unheard>";
                element.push(Element::parse(unheard, &mut Budget::default()).expect("XML"));
            }
        }
    }
}

fn put(element: &mut Element, field: &Field, choices: &mut Choices<'_>) {
    let count = choices.next() % if field.many { 4 } else { 2 };
    let local = field.name.rsplit(':').next().expect("a name");
    let mut made = |name: &str| {
        let name = name.rsplit(':').next().expect("a name").to_owned();
        let mut made = Element::new(ns::ADDRESS_BOOK, name);
        fill(&mut made, field.kind, choices);
        made
    };
    match field.place {
        Place::Element => {
            for _ in 0..count {
                element.push(made(field.name));
            }
        }
        Place::List { entry, .. } => {
            if count > 0 {
                let mut list = Element::new(ns::NONE, local.to_owned());
                for _ in 1..count {
                    list.push(made(entry));
                }
                element.push(list);
            }
        }
        Place::Attribute => {
            if count > 0 {
                let namespace = match field.name.split_once(':') {
                    Some(("xsi", _)) => ns::XSI,
                    Some(("xml", _)) => ns::XML,
                    _ => ns::NONE,
                };
                let text = made(field.name).text().into_owned();
                element.set_attribute(namespace, local.to_owned(), text);
            }
        }
        Place::Text => element.push_text(TEXTS[choices.next() % TEXTS.len()]),
    }
}

fn made<C: Content>(bytes: &[u8]) -> Element {
    let mut element = Element::new(ns::ADDRESS_BOOK, "Made");
    fill(&mut element, C::KIND, &mut Choices(bytes.iter()));
    element
}

fn parse(body: &str) -> Envelope {
    Envelope::parse(body.as_bytes(), &mut Budget::default()).expect("what was written is read")
}

/// A value of the call both ways, and both its ends.
fn round_trip<C: Call + Clone + PartialEq + std::fmt::Debug>(bytes: &[u8])
where
    C::Headers: Clone + PartialEq + std::fmt::Debug,
    C::Reply: Clone + PartialEq + std::fmt::Debug,
    C::ReplyHeaders: Clone + PartialEq + std::fmt::Debug,
{
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let headers = C::Headers::read(&made::<C::Headers>(first)).expect("made by the table");
    let body = C::read(&made::<C>(second)).expect("made by the table");
    let request = Request::new(headers, body);
    let written = request.to_envelope().to_xml().expect("it can be written");
    // A body without an element of its own is nothing when it holds nothing.
    let is_bare = C::OPERATION.request.is_none();
    assert_eq!(
        Request::<C>::decode(&parse(&written)).as_ref(),
        Ok(&request)
    );
    let received = Received::receive(
        C::OPERATION.path,
        Some(&request.soap_action()),
        written.as_bytes(),
        &mut Budget::default(),
    );
    match received {
        Ok(received) => {
            assert_eq!(received.operation().name, C::OPERATION.name);
            let again = received.to_envelope().to_xml();
            assert_eq!(again.as_deref(), Ok(written.as_str()));
        }
        Err(error) => assert!(is_bare, "{error}: {written}"),
    }

    let headers = C::ReplyHeaders::read(&made::<C::ReplyHeaders>(first)).expect("by the table");
    let body = C::Reply::read(&made::<C::Reply>(second)).expect("made by the table");
    let response = request.respond(headers, body);
    let written = response.to_envelope().to_xml().expect("it can be written");
    assert_eq!(Response::<C>::decode(&parse(&written)), Ok(response));
}

macro_rules! for_every_call {
    ($do:ident($($argument:expr),*)) => {
        $do::<RequestSecurityTokens>($($argument),*);
        $do::<RequestSecurityTokens2>($($argument),*);
        $do::<list::FindMembership>($($argument),*);
        $do::<list::AddMember>($($argument),*);
        $do::<list::DeleteMember>($($argument),*);
        $do::<ab::ABAdd>($($argument),*);
        $do::<ab::ABFindAll>($($argument),*);
        $do::<ab::ABFindContactsPaged>($($argument),*);
        $do::<ab::ABContactAdd>($($argument),*);
        $do::<ab::ABContactUpdate>($($argument),*);
        $do::<ab::ABContactDelete>($($argument),*);
        $do::<ab::ABGroupAdd>($($argument),*);
        $do::<ab::ABGroupUpdate>($($argument),*);
        $do::<ab::ABGroupDelete>($($argument),*);
        $do::<ab::ABGroupContactAdd>($($argument),*);
        $do::<ab::ABGroupContactDelete>($($argument),*);
        $do::<ab::UpdateDynamicItem>($($argument),*);
        $do::<ab::CreateContact>($($argument),*);
        $do::<ab::ManageWLConnection>($($argument),*);
        $do::<ab::BreakConnection>($($argument),*);
        $do::<ab::CreateCircle>($($argument),*);
        $do::<oim::Store>($($argument),*);
        $do::<oim::Store2>($($argument),*);
        $do::<oim::GetMetadata>($($argument),*);
        $do::<oim::GetMessage>($($argument),*);
        $do::<oim::DeleteMessages>($($argument),*);
        $do::<soap_codec::profile::GetProfile>($($argument),*);
        $do::<soap_codec::profile::UpdateProfile>($($argument),*);
        $do::<soap_codec::profile::CreateProfile>($($argument),*);
        $do::<soap_codec::configuration::GetClientConfig>($($argument),*);
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_call_comes_back_as_it_was(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for_every_call!(round_trip(&bytes));
    }
}

#[test]
fn every_cut_of_every_call_is_refused() {
    fn cut<C: Call>(bytes: &[u8]) {
        let body = C::read(&made::<C>(bytes)).expect("made by the table");
        let headers = C::Headers::read(&made::<C::Headers>(bytes)).expect("made by the table");
        let written = Request::new(headers, body).to_envelope().to_xml();
        let written = written.expect("it can be written");
        for at in 0..written.len() {
            let cut = &written.as_bytes()[..at];
            let read = Received::receive(C::OPERATION.path, None, cut, &mut Budget::default());
            assert!(matches!(read, Err(Unreceived::Envelope(_))), "{at}");
        }
    }
    for_every_call!(cut(&[1; 60]));
}

#[test]
fn every_call_of_the_table_is_tried_here() {
    fn name<C: Call>(tried: &mut Vec<&'static str>) {
        tried.push(C::OPERATION.name);
    }
    let mut tried = Vec::new();
    for_every_call!(name(&mut tried));
    let known: Vec<_> = OPERATIONS.iter().map(|it| it.name).collect();
    assert_eq!(tried, known);
}

fn receive(path: &str, action: Option<&str>, body: &str) -> Result<Received, Unreceived> {
    Received::receive(
        path,
        action,
        body.as_bytes(),
        &mut Budget::new(Limits::REQUEST),
    )
}

#[test]
fn libpurple_posts_to_two_slashes_without_quotes_and_with_a_namespace_on_every_element() {
    let a = "xmlns='http://www.msn.com/webservices/AddressBook'";
    let body = format!(
        "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Header>\
         <ABAuthHeader {a}><TicketToken>t=T&amp;p=</TicketToken></ABAuthHeader></soap:Header><soap:Body>\
         <FindMembership {a}><serviceFilter {a}><Types {a}><ServiceType {a}>Messenger</ServiceType></Types>\
         </serviceFilter></FindMembership></soap:Body></soap:Envelope>"
    );
    let action = "http://www.msn.com/webservices/AddressBook/FindMembership";
    let read = receive("//abservice/SharingService.asmx", Some(action), &body);
    let Ok(Received::FindMembership(request)) = read else {
        panic!("{read:?}");
    };
    assert_eq!(request.body, list::FindMembership::full());
    let ticket = request.headers.ticket().expect("a ticket");
    assert_eq!(ticket.expose(), "t=T&p=");
    assert!(!format!("{request:?}").contains("t=T"));
}

#[test]
fn papyon_pads_every_value_with_lines() {
    let body = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\
        <GetMessage xmlns='http://www.hotmail.msn.com/ws/2004/09/oim/rsi'>\n <messageId>\n  1C8B\n </messageId>\n \
        <alsoMarkAsRead>\n  false\n </alsoMarkAsRead>\n</GetMessage></s:Body></s:Envelope>";
    let read = receive("/rsi/rsi.asmx", None, body);
    let Ok(Received::GetMessage(request)) = read else {
        panic!("{read:?}");
    };
    assert_eq!(request.body.id, Some(Guid::from("1c8b")));
    assert_eq!(request.body.mark_as_read, Some(false));
}

#[test]
fn an_offline_message_is_answered_in_the_namespace_of_its_action() {
    let store = oim::Store {
        message_type: Some("text".to_owned()),
        ..oim::Store::default()
    };
    let old = Request::new(oim::StoreHeaders::default(), store);
    let body = old.to_envelope().to_xml().expect("it can be written");
    let action = "http://messenger.live.com/ws/2006/09/oim/Store2";
    let read = receive("/OimWS/oim.asmx", Some(action), &body);
    let Ok(Received::Store2(request)) = read else {
        panic!("{read:?}");
    };
    let answer = request.respond(
        oim::StoreReplyHeaders::default(),
        oim::StoreReply::default(),
    );
    let answer = answer.to_envelope().to_xml().expect("it can be written");
    assert!(answer.contains("<StoreResponse xmlns=\"http://messenger.live.com/ws/2006/09/oim/\""));
}

#[test]
fn the_path_tells_the_two_sign_ins_apart() {
    let password = Secret::new(" 0123 ".to_owned());
    let request = Request::new(
        SignInHeaders::of("alice@example.com", &password),
        RequestSecurityTokens::of([("messengerclear.live.com", "MBI_KEY_OLD")]),
    );
    let body = request.to_envelope().to_xml().expect("it can be written");
    assert!(matches!(
        receive("/RST2.srf", None, &body),
        Ok(Received::SignIn2(_))
    ));
    let Ok(Received::SignIn(read)) = receive("//RST.srf", Some(""), &body) else {
        panic!("{body}");
    };
    assert_eq!(
        read.headers.credentials(),
        Some(("alice@example.com", &password))
    );
    assert!(!format!("{read:?}").contains("0123"));
    // Spaces at the ends are part of a password; nothing guesses a number.
    assert!(body.contains("<wsse:Password> 0123 </wsse:Password>"));
}

#[test]
fn a_token_response_has_no_white_space_between_its_elements() {
    let ticket = Secret::new("t=T&p=".to_owned());
    let tokens = TokenCollection {
        responses: vec![
            TokenResponse::default(),
            TokenResponse::compact("messengerclear.live.com", 1, ticket.clone()),
        ],
        ..TokenCollection::default()
    };
    let response = Response::<RequestSecurityTokens>::new(PassportHeaders::default(), tokens);
    let body = response.to_envelope().to_xml().expect("it can be written");
    assert!(!body.contains("> <") && !body.contains('\n'));
    assert!(body.contains(
        "<wsse:BinarySecurityToken Id=\"Compact1\">t=T&amp;p=</wsse:BinarySecurityToken>"
    ));
    let read = Response::<RequestSecurityTokens>::decode(&parse(&body)).expect("a response");
    let token = read.body.of("messengerclear.live.com").expect("by address");
    assert_eq!(token.ticket(), Some(&ticket));
}

/// Every element on a line of its own, but for those that hold nothing.
fn indented(xml: &str) -> String {
    let mut lines = String::new();
    let mut opens = false;
    for piece in xml.split_inclusive('>') {
        let tag = piece.rsplit_once('<').map_or("", |(_, tag)| tag);
        let is_end = tag.starts_with('/');
        if piece.starts_with('<') && !lines.is_empty() && !(opens && is_end) {
            lines.push_str("\n  ");
        }
        lines.push_str(piece);
        opens = !is_end && !tag.ends_with("/>");
    }
    lines
}

/// So one server prints its answers (real-clients.md 2).
#[test]
fn a_reply_with_every_element_on_a_line_of_its_own_says_the_same() {
    fn says_the_same<C: Call>(body: &C::Reply) -> C::Reply
    where
        C::ReplyHeaders: Default,
        C::Reply: Clone + PartialEq + std::fmt::Debug,
    {
        let response = Response::<C>::new(C::ReplyHeaders::default(), body.clone());
        let written = response.to_envelope().to_xml().expect("it can be written");
        let lines = indented(&written);
        assert!(lines.lines().count() > 5, "{lines}");
        let read = Response::<C>::decode(&parse(&lines)).expect("a response");
        assert_eq!(read.body, *body);
        read.body
    }
    let ticket = Secret::new("t=T&p=".to_owned());
    let tokens = says_the_same::<RequestSecurityTokens>(&TokenCollection {
        responses: vec![TokenResponse::compact(
            "contacts.msn.com",
            1,
            ticket.clone(),
        )],
        ..TokenCollection::default()
    });
    let token = tokens.of("contacts.msn.com").expect("by address");
    assert_eq!(token.ticket(), Some(&ticket));
    let bob = list::Membership {
        role: Some(list::MemberRole::Allow),
        members: vec![list::Member::of("bob@example.com")],
        ..list::Membership::default()
    };
    says_the_same::<list::FindMembership>(&list::FindMembershipReply {
        result: Some(list::FindMembershipResult {
            services: vec![list::Service {
                memberships: vec![bob],
                ..list::Service::default()
            }],
            ..list::FindMembershipResult::default()
        }),
        ..list::FindMembershipReply::default()
    });
    let contact = ab::Contact {
        id: Some(Guid::zero()),
        info: Some(ab::ContactInfo {
            passport_name: Some("bob@example.com".to_owned()),
            display_name: Some("Bob B.".to_owned()),
            is_messenger_user: Some(true),
            ..ab::ContactInfo::default()
        }),
        ..ab::Contact::default()
    };
    says_the_same::<ab::ABFindAll>(&ab::ABFindAllReply {
        result: Some(ab::ABFindAllResult {
            contacts: vec![contact],
            ..ab::ABFindAllResult::default()
        }),
        ..ab::ABFindAllReply::default()
    });
}

#[test]
fn faults_are_told_by_the_body_and_come_back() {
    let all = [
        FaultReason::FailedAuthentication,
        FaultReason::InvalidRequest,
        FaultReason::Redirect("https://login.example.com/RST.srf".to_owned()),
        FaultReason::BadContextToken,
        FaultReason::AuthenticationFailed {
            lock_key_challenge: Some("1850937852".to_owned()),
            tweener_challenge: None,
        },
        FaultReason::AuthenticationFailed {
            lock_key_challenge: None,
            tweener_challenge: Some("ct=1,id=1".to_owned()),
        },
        FaultReason::SystemUnavailable,
        FaultReason::SenderThrottleLimitExceeded,
        FaultReason::InvalidContent,
        FaultReason::List("ABDoesNotExist".to_owned()),
        FaultReason::Other,
    ];
    for reason in all {
        for version in [Version::Soap11, Version::Soap12] {
            let fault = reason.to_fault(version, ns::OIM_2006, "words");
            for envelope in [
                Envelope::with_fault(version, &fault),
                Envelope::with_bare_fault(version, &fault),
            ] {
                let body = envelope.to_xml().expect("it can be written");
                let read = Response::<ab::ABFindAll>::decode(&parse(&body));
                let Err(CallError::Fault(read)) = read else {
                    panic!("{read:?}");
                };
                assert_eq!(FaultReason::of(&read), reason, "{body}");
            }
        }
    }
}

#[test]
fn where_to_ask_instead_stands_beside_the_detail() {
    let reason = FaultReason::Redirect("https://login.example.com/RST.srf".to_owned());
    let fault = reason.to_fault(Version::Soap11, "", "elsewhere");
    let written = Envelope::with_bare_fault(Version::Soap11, &fault).to_xml();
    let written = written.expect("it can be written");
    let beside = "https://login.example.com/RST.srf</redirectUrl></S:Fault>";
    assert!(written.contains(beside), "{written}");

    // As it was recorded.
    let recorded = "<S:Envelope xmlns:S='http://schemas.xmlsoap.org/soap/envelope/'><S:Fault \
                    xmlns:psf='http://schemas.microsoft.com/Passport/SoapServices/SOAPFault'><faultcode>psf:Redirect</faultcode>\
                    <psf:redirectUrl>https://login.example.com/RST.srf</psf:redirectUrl>\
                    <faultstring>Authentication Failure</faultstring></S:Fault></S:Envelope>";
    let Err(CallError::Fault(read)) = Response::<ab::ABFindAll>::decode(&parse(recorded)) else {
        panic!("it is a fault");
    };
    assert_eq!(FaultReason::of(&read), reason);
}

#[test]
fn bitlbee_knows_a_refused_sign_in_by_the_prefix_of_its_envelope() {
    let parts = [
        "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"",
        "<S:Fault><faultcode xmlns:wsse=",
        "</S:Fault></S:Envelope>",
    ];
    let fault = FaultReason::FailedAuthentication.to_fault(Version::Soap11, "", "no");
    let body = Envelope::with_bare_fault(Version::Soap11, &fault).to_xml();
    let body = body.expect("it can be written");
    for part in parts {
        assert!(body.contains(part), "{part}: {body}");
    }
    // Read and written again, as it stands in any other envelope.
    let read = Envelope::parse(body.as_bytes(), &mut Budget::new(Limits::REQUEST));
    assert_eq!(read.expect("it is one").to_xml().as_deref(), Ok(&*body));
}

#[test]
fn libpurple_compares_the_prefix_of_a_refused_sign_in() {
    let fault = FaultReason::FailedAuthentication.to_fault(Version::Soap11, "", "no");
    let body = Envelope::with_bare_fault(Version::Soap11, &fault).to_xml();
    let body = body.expect("it can be written");
    assert!(
        body.contains(">wsse:FailedAuthentication</faultcode>"),
        "{body}"
    );
}

#[test]
fn what_is_waiting_is_read_in_both_forms() {
    let document =
        "<MD><E><I>1</I></E><Q>409600</Q><M><T>11</T><I>1C8B</I><E>bob@example.com</E></M></MD>";
    let escaped = document.replace('<', "&lt;").replace('>', "&gt;");
    let read = |content: &str| {
        let body = format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetMetadataResponse \
             xmlns='http://www.hotmail.msn.com/ws/2004/09/oim/rsi'>{content}</GetMetadataResponse></s:Body></s:Envelope>"
        );
        let read = Response::<oim::GetMetadata>::decode(&parse(&body)).expect("a response");
        read.body.waiting(&mut Budget::default()).expect("a list")
    };
    let waiting = read(document).expect("a list");
    assert_eq!(read(&escaped), Some(waiting.clone()));
    assert_eq!(
        waiting.messages[0].sender.as_deref(),
        Some("bob@example.com")
    );
    assert_eq!(read(""), None);
}

#[test]
fn a_value_that_is_none_is_told_with_its_place() {
    let body = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\
        <ABContactAdd xmlns='http://www.msn.com/webservices/AddressBook'><contacts><Contact><contactInfo>\
        <isMessengerUser>maybe</isMessengerUser></contactInfo></Contact></contacts></ABContactAdd></s:Body></s:Envelope>";
    let error = receive("/abservice/abservice.asmx", None, body).expect_err("a bad value");
    assert_eq!(
        error.to_string(),
        "the peer's element contacts/contactInfo/isMessengerUser does not hold true or false"
    );
}

#[test]
fn an_unknown_call_is_named() {
    let body = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><Nonsense/></s:Body></s:Envelope>";
    let error = receive("/", None, body).expect_err("no call");
    assert_eq!(error, Unreceived::Unknown("Nonsense".into()));
    let fault = Fault::unable_to_process("x");
    let body = Envelope::with_fault(Version::Soap11, &fault)
        .to_xml()
        .expect("it can be written");
    assert_eq!(receive("/", None, &body), Err(Unreceived::Empty));
}
