//! The captured conversation both ways: what was on the wire byte for byte, what was printed by
//! its meaning, and the four packings of the result.

use soap_codec::bsim::{
    Buddy, ChangeStatus, Event, IM, KeepSessionAlive, Leniency, Login, LoginIM, Message, Operation,
    OperationName, Reply, Request, ResultEncoding, SendMessage, Session, SessionEvents,
};
use soap_codec::{Budget, Envelope, Limits, Secret, Version, fields};

mod conversation;
use conversation::*;

#[test]
fn requests_are_written_to_the_byte_and_read_back() {
    for (wire, operation) in requests() {
        let written = operation.to_envelope(Version::Soap11).to_xml();
        assert_eq!(written.as_deref(), Ok(wire));
        assert_eq!(
            request(wire, operation.name(), Leniency::default()),
            operation
        );
    }
}

#[test]
fn replies_are_written_to_the_byte_and_read_back() {
    for (wire, reply) in replies() {
        let envelope = reply
            .to_envelope(Version::Soap11, ResultEncoding::Escaped)
            .expect("nothing that XML cannot carry");
        assert_eq!(envelope.to_xml().as_deref(), Ok(wire));
        assert_eq!(response(wire, reply.name()), reply);
    }
}

#[test]
fn an_envelope_read_from_the_wire_is_written_as_it_was() {
    for wire in requests()
        .into_iter()
        .map(|(wire, _)| wire)
        .chain(replies().into_iter().map(|(wire, _)| wire))
    {
        let envelope = Envelope::parse(wire.as_bytes(), &mut Budget::default()).expect("golden");
        assert_eq!(envelope.to_xml().as_deref(), Ok(wire));
    }
}

/// The printed pages put spaces around most texts. Identifiers lose them; passwords do not.
#[test]
fn every_captured_body_means_what_was_on_the_wire() {
    let printed = [
        (
            include_str!("data/capture/01-req-Login.xml"),
            login(" password "),
        ),
        (
            include_str!("data/capture/03-req-LoginIM.xml"),
            login_im(" 123456789 "),
        ),
        (
            include_str!("data/capture/05-req-KeepSessionAlive.xml"),
            keep_session_alive(),
        ),
        (
            include_str!("data/capture/07-req-ChangeStatus.xml"),
            change_status(),
        ),
        (
            include_str!("data/capture/09-req-KeepSessionAlive.xml"),
            keep_session_alive(),
        ),
        (
            include_str!("data/capture/11-req-SendMessage.xml"),
            send_message(),
        ),
        (
            include_str!("data/capture/13-req-KeepSessionAlive.xml"),
            keep_session_alive(),
        ),
    ];
    for (body, operation) in printed {
        assert_eq!(
            request(body, operation.name(), Leniency::default()),
            operation
        );
    }
    let printed = [
        (
            include_str!("data/capture/02-res-LoginResponse.xml"),
            Reply::Login(Some(session())),
        ),
        (
            include_str!("data/capture/04-res-LoginIMResponse.xml"),
            Reply::LoginIM,
        ),
        (
            include_str!("data/capture/06-res-KeepSessionAliveResponse.xml"),
            Reply::KeepSessionAlive(Some(signed_in())),
        ),
        (
            include_str!("data/capture/08-res-ChangeStatusResponse.xml"),
            Reply::ChangeStatus,
        ),
        (
            include_str!("data/capture/10-res-KeepSessionAliveResponse.xml"),
            Reply::KeepSessionAlive(Some(status_changed())),
        ),
        (
            include_str!("data/capture/12-res-SendMessageResponse.xml"),
            Reply::SendMessage,
        ),
        (
            include_str!("data/capture/14-res-KeepSessionAliveResponse.xml"),
            Reply::KeepSessionAlive(Some(message_received())),
        ),
    ];
    for (body, reply) in printed {
        assert_eq!(response(body, reply.name()), reply);
    }
}

/// The other archived copy of the page puts each text on a line of its own (soap.md 2.6).
#[test]
fn texts_on_lines_of_their_own_are_trimmed_if_asked() {
    let body = LOGIN_REQUEST
        .replace(">password<", ">\n\t\t\tpassword\n\t\t<")
        .replace(">testing<", ">\n\t\t\ttesting\n\t\t<");
    let printed = Leniency {
        printed: true,
        ..Leniency::default()
    };
    assert_eq!(
        request(&body, OperationName::Login, printed),
        login("password")
    );
    assert_eq!(
        request(&body, OperationName::Login, Leniency::default()),
        login("\n\t\t\tpassword\n\t\t")
    );
}

#[test]
fn the_result_is_read_in_every_packing_and_version() {
    for (_, reply) in replies() {
        for packing in [
            ResultEncoding::Escaped,
            ResultEncoding::CData,
            ResultEncoding::Inline,
            ResultEncoding::InlineUnqualified,
        ] {
            for version in [Version::Soap11, Version::Soap12] {
                let envelope = reply.to_envelope(version, packing).expect("encodes");
                let written = envelope.to_xml().expect("encodes");
                assert_eq!(
                    response(&written, reply.name()),
                    reply,
                    "{packing:?} {version:?}"
                );
            }
        }
    }
}

#[test]
fn the_packings_look_as_they_should() {
    let written = |packing| {
        let reply = Reply::KeepSessionAlive(Some(status_changed()));
        let envelope = reply
            .to_envelope(Version::Soap11, packing)
            .expect("encodes");
        let written = envelope.to_xml().expect("encodes");
        let start = written.find("<KeepSessionAliveResult").expect("is there");
        let end = written
            .find("<IM ")
            .or(written.find("&lt;IM "))
            .expect("is there");
        written[start..end].replace("73EDE71C-2239-4707-BA85-0ABB408E6458", "…")
    };
    assert_eq!(
        written(ResultEncoding::Escaped),
        "<KeepSessionAliveResult>&lt;?xml version=\"1.0\" encoding=\"UTF-8\"?&gt;\n&lt;Session id=\"…\"&gt;"
    );
    assert_eq!(
        written(ResultEncoding::CData),
        "<KeepSessionAliveResult><![CDATA[<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Session id=\"…\">"
    );
    assert_eq!(
        written(ResultEncoding::Inline),
        "<KeepSessionAliveResult><Session id=\"…\">"
    );
    assert_eq!(
        written(ResultEncoding::InlineUnqualified),
        "<KeepSessionAliveResult><Session xmlns=\"\" id=\"…\">"
    );
}

/// What may stand around the escaped document without harm (soap.md 2.4).
#[test]
fn the_escaped_document_may_begin_in_many_ways() {
    let document = "&lt;Session id=\"73EDE71C-2239-4707-BA85-0ABB408E6458\" /&gt;";
    let nothing = SessionEvents {
        id: Secret::new(SESSION_ID.to_owned()),
        ims: Vec::new(),
    };
    for before in [
        "",
        "\r\n  ",
        "\u{FEFF}",
        "&lt;?xml version='1.0'?&gt;",
        "&lt;?xml version=\"1.0\" encoding=\"utf-16\"?&gt;\r\n",
        " \u{FEFF} &lt;?xml version=\"1.0\" encoding=\"gb2312\" standalone=\"yes\" ?&gt;&lt;!-- c --&gt;",
    ] {
        let body = keep_session_alive_response(&format!("{before}{document}\n"));
        assert_eq!(
            response(&body, OperationName::KeepSessionAlive),
            Reply::KeepSessionAlive(Some(nothing.clone())),
            "{before:?}"
        );
    }
}

#[test]
fn nothing_new_may_be_said_in_many_ways() {
    let read = |result: &str| {
        let body = LOGIN_RESPONSE.replace("LoginResponse", "KeepSessionAliveResponse");
        let start = body.find("<LoginResult>").expect("is there");
        let end = body.find("</KeepSessionAliveResponse>").expect("is there");
        let body = format!("{}{result}{}", &body[..start], &body[end..]);
        response(&body, OperationName::KeepSessionAlive)
    };
    for nothing in [
        "",
        "<KeepSessionAliveResult />",
        "<KeepSessionAliveResult>  \n </KeepSessionAliveResult>",
        "<KeepSessionAliveResult xsi:nil=\"true\" />",
    ] {
        assert_eq!(read(nothing), Reply::KeepSessionAlive(None), "{nothing}");
    }
    let empty = read(
        "<KeepSessionAliveResult><Session id=\"x\"><IM type=\"msn\" account=\"a\"/></Session></KeepSessionAliveResult>",
    );
    let Reply::KeepSessionAlive(Some(events)) = empty else {
        panic!("{empty:?}");
    };
    assert_eq!(events.ims.len(), 1);
    assert_eq!(events.ims[0].events, []);
}

/// Every URL-encoded value of the capture: readable, and the same bytes again.
#[test]
fn nicknames_and_messages_are_readable_and_go_back_to_the_same_bytes() {
    let mut seen = std::collections::BTreeSet::new();
    for capture in [
        include_str!("data/capture/06-res-KeepSessionAliveResponse.xml"),
        include_str!("data/capture/14-res-KeepSessionAliveResponse.xml"),
    ] {
        for tag in [
            "<Nickname>",
            "<PersonalMessage>",
            "<Message from=\"bstest02@live.com\">",
        ] {
            for piece in capture.split(tag).skip(1) {
                let field = piece.split('<').next().unwrap_or_default();
                let text = fields::decode_strict(field).expect("well encoded");
                assert!(!text.contains(['%', '\u{FFFD}']), "{text}");
                assert_eq!(fields::encode_service(&text), field);
                seen.insert(text.into_owned());
            }
        }
    }
    assert_eq!(seen.len(), 20);
    for text in [
        "丽华订餐机器人^_^",
        "谁知盘中餐，粒粒皆辛苦！",
        "闪屏小美，选择1，参与“微笑北京 奥运有我” 赢大奖！",
        "小美(R)支援汶川",
        "小美(beta)",
        "Retur...  (TRIAL MESSAGE)",
    ] {
        assert!(seen.contains(text), "{text}");
    }
}

/// Prefixes, order and declaration as the callers of 2008 and after had them (soap.md 1.3).
#[test]
fn any_prefix_any_order_and_no_declaration_are_read() {
    let body = "<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\" \
                xmlns:n1=\"http://www.imcomponents.com\"><env:Body><n1:Login>\
                <!-- the other way round --><n1:password>password</n1:password>\
                <n1:unknown><n1:userId>no</n1:userId></n1:unknown>\
                <x:userId xmlns:x=\"http://www.imcomponents.com\">tes<![CDATA[ti]]>n&#103;</x:userId>\
                </n1:Login></env:Body></env:Envelope>";
    let received = Request::receive(
        Some("text/xml; charset=utf-8"),
        Some("http://www.imcomponents.com/Login"),
        body.as_bytes(),
        &mut Budget::new(Limits::REQUEST),
        Leniency::default(),
    );
    assert_eq!(received.map(|it| it.operation), Ok(login("password")));
}

#[test]
fn another_case_is_read_only_if_asked() {
    let body = CHANGE_STATUS_REQUEST
        .replace("IMType", "imType")
        .replace("IMAccount", "imaccount");
    let read = |leniency| match request(&body, OperationName::ChangeStatus, leniency) {
        Operation::ChangeStatus(request) => (request.im_type, request.im_account),
        other => panic!("{other:?}"),
    };
    assert_eq!(read(Leniency::default()), (None, None));
    let found = |text: &str| Some(text.to_owned());
    assert_eq!(
        read(Leniency::ALL),
        (found("msn"), found("bstest2@live.com"))
    );
}

#[test]
fn unknown_events_are_kept_as_they_are() {
    let document = "<Session id=\"x\"><IM type=\"msn\" account=\"a@b.c\"><OnQuake level=\"3\"><deep>\
                    <er/>t<!-- gone --></deep></OnQuake><x:OnLog xmlns:x=\"urn:x\">no</x:OnLog>\
                    <OnReceiveGroups><Folder>new</Folder></OnReceiveGroups></IM></Session>";
    let read = |text: &str| {
        SessionEvents::parse(text, &mut Budget::default(), Leniency::default()).expect("readable")
    };
    let events = read(document);
    assert!(
        events.ims[0]
            .events
            .iter()
            .all(|event| matches!(event, Event::Other(_)))
    );
    let written = events.to_xml().expect("encodes");
    assert_eq!(
        written.lines().nth(1),
        Some(document.replace("<!-- gone -->", "").as_str())
    );
    assert_eq!(read(&written), events);
}

#[test]
fn queued_events_are_grouped_in_the_order_of_the_capture() {
    let line = |text: &str| Event::OnLog(vec![text.to_owned()]);
    let buddy = |account: &str| {
        Event::OnBuddyStatusChanged(vec![Buddy {
            account: account.to_owned(),
            ..Buddy::default()
        }])
    };
    let mut im = IM {
        events: vec![
            line("one"),
            Event::OnLogin("2008-06-30 22:14:17".to_owned()),
            Event::OnStatusChanged("NLN".to_owned()),
            buddy("a"),
            line("two"),
            Event::OnStatusChanged("BSY".to_owned()),
            buddy("b"),
        ],
        ..IM::default()
    };
    im.group();
    let kinds: Vec<_> = im.events.iter().map(|it| format!("{it:?}")).collect();
    assert_eq!(im.events.len(), 4, "{kinds:?}");
    assert_eq!(
        im.events[0],
        Event::OnLog(vec!["one".to_owned(), "two".to_owned()])
    );
    assert_eq!(im.events[2], Event::OnStatusChanged("BSY".to_owned()));
    assert!(matches!(&im.events[3], Event::OnBuddyStatusChanged(all) if all.len() == 2));
}
