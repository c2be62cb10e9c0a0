//! Whatever is written is read as the same: elements, envelopes, faults, fields, operations, replies.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use soap_codec::bsim::{
    Buddy, ChangeStatus, Event, Group, IM, KeepSessionAlive, Leniency, Login, LoginIM, Message,
    Operation, Reply, Request, ResultEncoding, SendMessage, Session, SessionEvents,
};
use soap_codec::{
    Budget, Code, Element, Envelope, Fault, Limits, Node, Secret, Version, fields, ns,
};

/// Text that XML can carry, with a liking for what has to be escaped.
fn text() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        4 => prop::sample::select("<>&'\"]-% +\t\n\r;#x1aZ".chars().collect::<Vec<_>>()),
        1 => any::<char>().prop_filter("XML has it", |&c| {
            matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
        }),
    ];
    vec(c, 0..12).prop_map(String::from_iter)
}

/// Text without white space at its ends, as identifiers come back.
fn id() -> impl Strategy<Value = String> {
    text().prop_map(|it| it.trim_matches([' ', '\t', '\r', '\n']).to_owned())
}

/// Any text at all: fields are URL-encoded.
fn field() -> impl Strategy<Value = String> {
    vec(prop_oneof![text(), any::<String>()], 0..3).prop_map(|it| it.concat())
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z_小][A-Za-z0-9_.-]{0,6}"
}

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(vec![Version::Soap11, Version::Soap12])
}

fn packing() -> impl Strategy<Value = ResultEncoding> {
    use ResultEncoding::{CData, Escaped, Inline, InlineUnqualified};
    prop::sample::select(vec![Escaped, CData, Inline, InlineUnqualified])
}

fn namespace() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "urn:a", "urn:b", ns::BSIM, ns::SOAP_11, ns::XML])
        .prop_map(str::to_owned)
}

/// An element without content.
fn shell() -> impl Strategy<Value = Element> {
    let prefix = option::of(prop::sample::select(vec!["p", "q", "soap", "n0"]));
    let attributes = vec((namespace(), name(), text()), 0..4);
    let declarations = vec(
        (prop::sample::select(vec!["p", "q", "d"]), "urn:[a-c]"),
        0..2,
    );
    (namespace(), name(), prefix, attributes, declarations).prop_map(
        |(namespace, name, prefix, attributes, declarations)| {
            let mut element = Element::new(namespace, name);
            if let Some(prefix) = prefix {
                element = element.with_prefix(prefix);
            }
            for (namespace, name, value) in attributes {
                element.set_attribute(namespace, name, value);
            }
            for (prefix, namespace) in declarations {
                element.declare(prefix, namespace);
            }
            element
        },
    )
}

fn element() -> impl Strategy<Value = Element> {
    let leaf = (shell(), text()).prop_map(|(element, text)| element.with_text(&text));
    leaf.prop_recursive(4, 24, 4, |inner| {
        let node = prop_oneof![
            inner.prop_map(Node::Element),
            text().prop_map(Node::Text),
            text().prop_map(|text| Node::CData(text.replace('\r', "").replace("]]>", ""))),
        ];
        (shell(), vec(node, 0..4)).prop_map(|(mut element, nodes)| {
            for node in nodes {
                match node {
                    Node::Text(text) if text.is_empty() => {}
                    Node::Text(text) => element.push_text(&text),
                    other => element.push_node(other),
                }
            }
            element
        })
    })
}

/// Names, attributes and content, without prefixes and declarations, which may be renamed.
fn meaning(element: &Element) -> String {
    let mut attributes: Vec<_> = element
        .attributes()
        .iter()
        .map(|it| format!("{:?}={:?}", it.name, it.value))
        .collect();
    attributes.sort();
    let children: Vec<_> = element
        .children()
        .iter()
        .map(|node| match node {
            Node::Element(element) => meaning(element),
            Node::Text(text) => format!("{text:?}"),
            Node::CData(text) => format!("cdata {text:?}"),
        })
        .collect();
    format!("{:?} {attributes:?} {children:?}", element.name())
}

fn parse(text: &str) -> Element {
    Element::parse(text.as_bytes(), &mut Budget::default())
        .expect("what was written is well-formed")
}

fn some_text() -> impl Strategy<Value = Option<String>> {
    option::of(id())
}

fn secret() -> impl Strategy<Value = Option<Secret<String>>> {
    option::of(text().prop_map(Secret::from))
}

fn session() -> impl Strategy<Value = Option<Session>> {
    let members = (
        option::of(id().prop_map(Secret::from)),
        some_text(),
        some_text(),
        some_text(),
    );
    option::of(
        members.prop_map(|(session_id, user_id, login_time, client_ip)| Session {
            session_id,
            user_id,
            login_time,
            client_ip,
        }),
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    let members = (
        session(),
        some_text(),
        some_text(),
        some_text(),
        secret(),
        option::of(field()),
    );
    (0..6, members).prop_map(
        |(kind, (session, first, second, third, password, message))| match kind {
            0 => Operation::Login(Login {
                user_id: first,
                password,
            }),
            1 => Operation::LoginIM(LoginIM {
                session,
                im_type: first,
                account: second,
                password,
            }),
            2 => Operation::KeepSessionAlive(KeepSessionAlive { session }),
            3 => Operation::ChangeStatus(ChangeStatus {
                session,
                im_type: first,
                im_account: second,
                status: third,
            }),
            4 => Operation::SendMessage(SendMessage {
                session,
                im_type: first,
                account: second,
                to_account: third,
                message,
            }),
            _ => Operation::GetVersion,
        },
    )
}

fn buddy() -> impl Strategy<Value = Buddy> {
    (id(), field(), id(), id(), id(), any::<bool>(), field()).prop_map(
        |(account, nickname, group_id, status, id, blocked, personal_message)| Buddy {
            account,
            nickname,
            group_id,
            status,
            id,
            blocked,
            personal_message,
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let group = (id(), field()).prop_map(|(id, name)| Group { id, name });
    let message = (id(), field()).prop_map(|(from, text)| Message { from, text });
    prop_oneof![
        vec(text(), 0..3).prop_map(Event::OnLog),
        id().prop_map(Event::OnLogin),
        field().prop_map(Event::OnNicknameChanged),
        vec(group, 0..2).prop_map(Event::OnReceiveGroups),
        vec(buddy(), 0..3).prop_map(Event::OnReceiveBuddies),
        id().prop_map(Event::OnStatusChanged),
        vec(buddy(), 0..2).prop_map(Event::OnBuddyStatusChanged),
        vec(message, 0..3).prop_map(Event::OnMessage),
    ]
}

fn events() -> impl Strategy<Value = SessionEvents> {
    let im = (id(), id(), vec(event(), 0..4));
    let im = im.prop_map(|(im_type, account, events)| IM {
        im_type,
        account,
        events,
    });
    (id(), vec(im, 0..3)).prop_map(|(id, ims)| SessionEvents {
        id: Secret::from(id),
        ims,
    })
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        session().prop_map(Reply::Login),
        Just(Reply::LoginIM),
        option::of(events()).prop_map(Reply::KeepSessionAlive),
        Just(Reply::ChangeStatus),
        Just(Reply::SendMessage),
        some_text().prop_map(Reply::GetVersion),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    let other =
        (option::of(Just("urn:codes")), name()).prop_map(|(namespace, local)| Code::Other {
            namespace: namespace.map(Into::into),
            local: local.into(),
        });
    let code = prop::sample::select(vec![
        Code::Client,
        Code::Server,
        Code::VersionMismatch,
        Code::MustUnderstand,
    ]);
    let detail = vec(element().prop_map(Node::Element), 0..2);
    (
        code,
        option::of(other),
        id(),
        option::of(id()),
        option::of(detail),
    )
        .prop_map(|(code, subcode, reason, actor, detail)| Fault {
            code,
            subcode,
            reason,
            actor,
            detail,
        })
}

proptest! {
    #[test]
    fn elements_are_written_and_read(element in element()) {
        let written = element.to_xml().expect("nothing that XML cannot carry");
        let read = parse(&written);
        prop_assert_eq!(meaning(&read), meaning(&element));
        // From the second time on it is the same to the last prefix and byte.
        let again = read.to_xml().expect("it was XML");
        prop_assert_eq!(&again, &written);
        prop_assert_eq!(parse(&again), read);
    }

    #[test]
    fn copies_are_equal(element in element()) {
        prop_assert_eq!(element.clone(), element);
    }

    #[test]
    fn envelopes_are_written_and_read(
        version in version(),
        headers in vec(element(), 0..3),
        body in vec(element(), 0..3),
    ) {
        let mut envelope = Envelope::with_body(version, body);
        for header in headers {
            envelope.push_header(header);
        }
        let written = envelope.to_xml().expect("encodes");
        let read = Envelope::parse(written.as_bytes(), &mut Budget::default()).expect("an envelope");
        prop_assert_eq!(read.version(), version);
        let all = |envelope: &Envelope| -> Vec<String> {
            envelope.headers().iter().chain(envelope.body()).map(meaning).collect()
        };
        prop_assert_eq!(all(&read), all(&envelope));
        prop_assert_eq!(read.to_xml().expect("encodes"), written);
    }

    #[test]
    fn faults_are_written_and_read(version in version(), bare in any::<bool>(), mut fault in fault()) {
        if version == Version::Soap11 {
            fault.subcode = None;
        }
        // Prefixes in the detail may be renamed, so what it means is compared apart.
        let envelope = if bare {
            Envelope::with_bare_fault(version, &fault)
        } else {
            Envelope::with_fault(version, &fault)
        };
        let written = envelope.to_xml().expect("encodes");
        let read = Envelope::parse(written.as_bytes(), &mut Budget::default()).expect("an envelope");
        prop_assert_eq!(read.is_bare(), bare);
        let mut read = read.fault().expect("a fault");
        let meant = |fault: &mut Fault| -> Option<Vec<String>> {
            let detail = fault.detail.take()?;
            Some(detail.iter().map(|node| match node {
                Node::Element(element) => meaning(element),
                other => format!("{other:?}"),
            }).collect())
        };
        prop_assert_eq!(meant(&mut read), meant(&mut fault));
        prop_assert_eq!(read, fault);
    }

    #[test]
    fn a_foreign_fault_code_is_kept(local in name(), declared in any::<bool>()) {
        let code = Code::Other {
            namespace: declared.then_some("urn:codes").map(Into::into),
            local: local.into(),
        };
        let fault = Fault::new(code, "why");
        let written = Envelope::with_fault(Version::Soap11, &fault).to_xml().expect("encodes");
        let read = Envelope::parse(written.as_bytes(), &mut Budget::default()).expect("an envelope");
        prop_assert_eq!(read.fault(), Some(fault));
    }

    #[test]
    fn fields_are_written_and_read(text in field()) {
        for written in [fields::encode_service(&text), fields::encode_caller(&text)] {
            prop_assert_eq!(fields::decode_strict(&written).expect("well encoded"), &*text);
            prop_assert_eq!(fields::decode(&written), &*text);
        }
    }

    #[test]
    fn any_field_is_read(field in any::<String>()) {
        let lenient = fields::decode(&field);
        if let Ok(strict) = fields::decode_strict(&field) {
            prop_assert_eq!(strict, lenient);
        }
    }

    #[test]
    fn operations_are_written_and_read(operation in operation(), version in version()) {
        let body = operation.to_envelope(version).to_xml().expect("encodes");
        let action = operation.name().soap_action();
        let request = Request::receive(
            Some(version.content_type()),
            Some(&action),
            body.as_bytes(),
            &mut Budget::new(Limits::REQUEST),
            Leniency::default(),
        );
        prop_assert_eq!(request, Ok(Request { version, operation }));
    }

    #[test]
    fn replies_are_written_and_read(reply in reply(), version in version(), packing in packing()) {
        let envelope = reply.to_envelope(version, packing).expect("encodes");
        let body = envelope.to_xml().expect("encodes");
        let mut budget = Budget::default();
        let envelope = Envelope::parse(body.as_bytes(), &mut budget).expect("an envelope");
        let read = Reply::decode(reply.name(), &envelope, &mut budget, Leniency::default());
        prop_assert_eq!(read, Ok(reply));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..64)) {
        if let Err(error) = Element::parse(&bytes, &mut Budget::default()) {
            prop_assert!(error.at <= bytes.len());
        }
    }
}
