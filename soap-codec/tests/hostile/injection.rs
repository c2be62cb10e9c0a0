//! Group 11: what goes out. Nothing that a value holds can end its place in the document, and what
//! XML cannot carry is an error or is replaced, never written.

use soap_codec::bsim::{
    Event, IM, Login, Message, Operation, Refusal, Request, ResultEncoding, SessionEvents,
};
use soap_codec::{EncodeError, Fault, Node, Secret, Version, ns};

use super::*;

fn written(element: &Element) -> Result<String, EncodeError> {
    let text = element.to_xml()?;
    // What is written is read as the same, always.
    assert_eq!(parse(&text).as_ref(), Ok(element), "{text}");
    Ok(text)
}

#[test]
fn the_end_of_cdata() {
    let text = Element::new(ns::NONE, "a").with_text("x]]>y");
    assert_eq!(written(&text).as_deref(), Ok("<a>x]]&gt;y</a>"));
    let mut cdata = Element::new(ns::NONE, "a");
    cdata.push_node(Node::CData("x]]>y".to_owned()));
    let out = cdata.to_xml().expect("encodes");
    assert_eq!(out, "<a><![CDATA[x]]]]><![CDATA[>y]]></a>");
    assert_eq!(parse(out).expect("well-formed").text(), "x]]>y");
}

#[test]
fn markup_in_text() {
    let element = Element::new(ns::NONE, "a").with_text("</a><b c=\"&amp;\">'");
    assert_eq!(
        written(&element).as_deref(),
        Ok("<a>&lt;/a&gt;&lt;b c=\"&amp;amp;\"&gt;'</a>")
    );
}

#[test]
fn control_characters_are_an_error() {
    for c in ['\0', '\u{1}', '\u{B}', '\u{1F}', '\u{FFFE}', '\u{FFFF}'] {
        let error = Err(EncodeError::Character(c));
        let text = Element::new(ns::NONE, "a").with_text(&format!("x{c}"));
        assert_eq!(written(&text), error);
        let attribute = Element::new(ns::NONE, "a").with_attribute("b", c);
        assert_eq!(written(&attribute), error);
        let mut cdata = Element::new(ns::NONE, "a");
        cdata.push_node(Node::CData(c.to_string()));
        assert_eq!(written(&cdata), error);
    }
}

#[test]
fn quotes_and_white_space_in_attributes() {
    let element = Element::new(ns::NONE, "a").with_attribute("b", "\"'<>&\t\n\r ");
    assert_eq!(
        written(&element).as_deref(),
        Ok("<a b=\"&quot;'&lt;&gt;&amp;&#9;&#10;&#13; \"/>")
    );
}

#[test]
fn a_carriage_return_survives_in_text_and_is_an_error_in_cdata() {
    let element = Element::new(ns::NONE, "a").with_text("1\r\n2\n");
    assert_eq!(written(&element).as_deref(), Ok("<a>1&#13;\n2\n</a>"));
    let mut cdata = Element::new(ns::NONE, "a");
    cdata.push_node(Node::CData("\r".to_owned()));
    assert_eq!(written(&cdata), Err(EncodeError::Character('\r')));
}

#[test]
fn names_from_outside() {
    for name in ["", "a b", "a><b", "1a", "p:a", "a\0", "a/"] {
        let element = Element::new(ns::NONE, name.to_owned());
        assert_eq!(written(&element), Err(EncodeError::Name), "{name}");
        let element = Element::new(ns::NONE, "a").with_attribute(name.to_owned(), "1");
        assert_eq!(written(&element), Err(EncodeError::Name), "{name}");
        if !name.is_empty() {
            let element = Element::new("urn:u", "a").with_prefix(name.to_owned());
            assert_eq!(written(&element), Err(EncodeError::Name), "{name}");
        }
    }
}

#[test]
fn namespaces_from_outside() {
    let element = Element::new("\"><b xmlns=\"", "a");
    let out = element.to_xml().expect("encodes");
    assert_eq!(out, "<a xmlns=\"&quot;&gt;&lt;b xmlns=&quot;\"/>");
    let mut element = Element::new(ns::NONE, "a");
    element.declare("xml", "urn:x");
    assert_eq!(written(&element), Err(EncodeError::NamespaceDeclaration));
    let element = Element::new(ns::XMLNS, "a");
    assert_eq!(written(&element), Err(EncodeError::NamespaceDeclaration));
}

#[test]
fn prefixes_that_contradict_each_other_are_renamed() {
    let mut element = Element::new("urn:a", "a").with_prefix("p");
    element.declare("p", "urn:b");
    element.set_attribute("urn:c", "c", "1");
    let mut inner = Element::new("urn:c", "d").with_prefix("p");
    inner.set_attribute("urn:a", "e", "2");
    element.push(inner);
    let out = element.to_xml().expect("encodes");
    let read = parse(&out).expect("well-formed");
    assert!(read.is("urn:a", "a"), "{out}");
    assert_eq!(read.attribute("urn:c", "c"), Some("1"));
    let inner = read.child("urn:c", "d").expect("d");
    assert_eq!(inner.attribute("urn:a", "e"), Some("2"));
}

/// An attribute must not take over the prefix that its element has from further out.
#[test]
fn an_attribute_does_not_rename_its_element() {
    let source = "<p:a xmlns:p='urn:a'><b xmlns:p='urn:b' p:c='1'/></p:a>";
    let outer = parse(source).expect("well-formed");
    let mut root = Element::new("urn:a", "a").with_prefix("p");
    let mut child = Element::new("urn:a", "b").with_prefix("p");
    for attribute in outer.elements().next().expect("b").attributes() {
        let name = attribute.name.clone();
        child.set_attribute(name.namespace, name.local, attribute.value.clone());
    }
    root.push(child);
    let out = root.to_xml().expect("encodes");
    let read = parse(&out).expect("well-formed");
    assert!(read.child("urn:a", "b").is_some(), "{out}");
}

#[test]
fn a_soap_action_with_line_ends_ends_nothing() {
    let body = LOGIN;
    let mut budget = Budget::new(Limits::REQUEST);
    let action = "x%0D%0ASet-Cookie: a=b%00<x>";
    let refusal = Request::receive(
        Some("text/xml"),
        Some(action),
        body.as_bytes(),
        &mut budget,
        Leniency::default(),
    );
    let Err(refusal @ Refusal::Fault(..)) = refusal else {
        panic!("{refusal:?}");
    };
    let written = refusal
        .envelope()
        .expect("a fault")
        .to_xml()
        .expect("always encodes");
    assert!(
        written.contains("x&#13;\nSet-Cookie: a=b\u{FFFD}&lt;x&gt;."),
        "{written}"
    );
}

#[test]
fn a_fault_about_anything_can_be_written() {
    let reason: String = ('\0'..='\u{FF}')
        .chain(['\u{FFFE}', '\u{FFFF}', '小'])
        .collect();
    for version in [Version::Soap11, Version::Soap12] {
        let envelope = Envelope::with_fault(version, &Fault::unable_to_process(&reason));
        assert!(envelope.to_xml().is_ok());
    }
}

#[test]
fn values_of_operations_and_events_cannot_end_their_place() {
    let hostile = "\"]]></a>&lt;<!--\r\n";
    let operation = Operation::Login(Login {
        user_id: Some("x".to_owned()),
        password: Some(Secret::new(hostile.to_owned())),
    });
    let out = operation
        .to_envelope(Version::Soap11)
        .to_xml()
        .expect("encodes");
    let read = envelope(out).expect("an envelope");
    assert_eq!(
        Operation::decode(OperationName::Login, &read, Leniency::default()),
        operation
    );

    let events = SessionEvents {
        id: Secret::new("x".to_owned()),
        ims: vec![IM {
            im_type: "\"><x".to_owned(),
            account: "a&b\n\"c\"".to_owned(),
            events: vec![
                Event::OnLog(vec![hostile.to_owned()]),
                Event::OnMessage(vec![Message {
                    from: "<\">".to_owned(),
                    text: format!("\0{hostile}"),
                }]),
            ],
        }],
    };
    let reply = Reply::KeepSessionAlive(Some(events));
    for packing in [
        ResultEncoding::Escaped,
        ResultEncoding::CData,
        ResultEncoding::Inline,
    ] {
        let out = reply
            .to_envelope(Version::Soap11, packing)
            .and_then(|it| it.to_xml());
        assert_eq!(
            fetched(&out.expect("encodes"), Limits::default()).as_ref(),
            Ok(&reply)
        );
    }
}

#[test]
fn a_log_line_with_a_control_character_is_the_callers_error() {
    let events = SessionEvents {
        id: Secret::new("x".to_owned()),
        ims: vec![IM {
            events: vec![Event::OnLog(vec!["a\u{7}".to_owned()])],
            ..IM::default()
        }],
    };
    let reply = Reply::KeepSessionAlive(Some(events));
    let outcome = reply.to_envelope(Version::Soap11, ResultEncoding::Escaped);
    assert_eq!(outcome, Err(EncodeError::Character('\u{7}')));
}
