//! Group 4: tricks with namespaces.

use soap_codec::bsim::{Login, Operation};
use soap_codec::{Code, ns};

use super::*;

#[test]
fn undeclared_prefixes() {
    refused(
        "¦<p:a/>".replace("¦<", "<¦").as_str(),
        Problem::UndeclaredPrefix,
    );
    refused("<a ¦p:b='1'/>", Problem::UndeclaredPrefix);
    refused("<a><b xmlns:p='u'/><¦p:c/></a>", Problem::UndeclaredPrefix);
}

#[test]
fn an_undeclared_prefix_in_a_fault_code_is_tolerated() {
    let body = "<s:Body><s:Fault><faultcode>SOAP-ENV:Server</faultcode></s:Fault></s:Body>";
    let fault = envelope(soap(body))
        .expect("an envelope")
        .fault()
        .expect("a fault");
    assert_eq!(fault.code, Code::Server);
    let body = body.replace("SOAP-ENV:Server", "x:BadContextToken");
    let fault = envelope(soap(&body))
        .expect("an envelope")
        .fault()
        .expect("a fault");
    let local = "BadContextToken".into();
    assert_eq!(
        fault.code,
        Code::Other {
            namespace: None,
            local
        }
    );
}

/// Found by fuzzing: the text of a code is kept as it is, and the envelope that is written declares `soap`.
#[test]
fn an_undeclared_prefix_takes_the_meaning_of_the_envelope_that_is_written() {
    let body = "<s:Body><s:Fault><faultcode>soap:Odd</faultcode></s:Fault></s:Body>";
    let read = envelope(soap(body)).expect("an envelope");
    let written = read.to_xml().expect("what was read can be written");
    let again = envelope(written).expect("an envelope");
    let code = |envelope: &Envelope| envelope.fault().expect("a fault").code;
    let odd = |namespace| Code::Other {
        namespace,
        local: "Odd".into(),
    };
    assert_eq!(code(&read), odd(None));
    assert_eq!(code(&again), odd(Some(ns::SOAP_11.into())));
}

#[test]
fn a_prefix_undone() {
    refused(
        "<a xmlns:p='u'><b ¦xmlns:p=''/></a>",
        Problem::NamespaceDeclaration,
    );
}

#[test]
fn the_default_namespace_undone() {
    let read = parse("<a xmlns='u'><b xmlns=''/></a>").expect("well-formed");
    assert!(read.child(ns::NONE, "b").is_some());
}

#[test]
fn reserved_prefixes_given_another_meaning() {
    refused("<a ¦xmlns:xml='u'/>", Problem::NamespaceDeclaration);
    refused("<a ¦xmlns:xmlns='u'/>", Problem::NamespaceDeclaration);
    refused(
        "<a ¦xmlns:xmlns='http://www.w3.org/2000/xmlns/'/>",
        Problem::NamespaceDeclaration,
    );
    assert!(parse("<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>").is_ok());
}

#[test]
fn reserved_namespaces_given_another_prefix() {
    refused(
        "<a ¦xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
        Problem::NamespaceDeclaration,
    );
    refused(
        "<a ¦xmlns='http://www.w3.org/XML/1998/namespace'/>",
        Problem::NamespaceDeclaration,
    );
    refused(
        "<a ¦xmlns:p='http://www.w3.org/2000/xmlns/'/>",
        Problem::NamespaceDeclaration,
    );
    refused(
        "<a ¦xmlns='http://www.w3.org/2000/xmlns/'/>",
        Problem::NamespaceDeclaration,
    );
}

#[test]
fn an_element_with_the_prefix_xmlns() {
    refused("<¦xmlns:a/>", Problem::UndeclaredPrefix);
}

#[test]
fn two_colons_and_other_bad_names() {
    for name in [
        "b:c:d", ":a", "a:", "1a", "-a", "p:1a", ".a", "a$", "\u{B7}a", "a\u{D7}b",
    ] {
        refused(
            &format!("<r xmlns:p='u' xmlns:a='u' xmlns:b='u'><¦{name}/></r>"),
            Problem::Name,
        );
    }
    refused("<a ¦1b='2'/>", Problem::Name);
    refused("<¦ a/>", Problem::Name);
    refused("<¦$/>", Problem::Name);
    refused("<¦>", Problem::Name);
}

#[test]
fn the_right_name_in_the_wrong_namespace_is_not_there() {
    let wrong = LOGIN.replace(
        "<userId>",
        "<userId xmlns=\"http://www.imcomponents.com/\">",
    );
    let read = |body: String| {
        let envelope = envelope(body).expect("an envelope");
        let name = OperationName::Login;
        match Operation::decode(name, &envelope, Leniency::ALL) {
            Operation::Login(Login { user_id, password }) => (user_id, password.is_some()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(wrong), (None, true));
    // A payload in no namespace gives nothing at all, as with ASP.NET.
    let none = LOGIN.replace(" xmlns=\"http://www.imcomponents.com\"", "");
    assert_eq!(read(none), (None, false));
}

#[test]
fn an_envelope_in_no_or_an_unknown_namespace() {
    for namespace in [
        "",
        "http://www.w3.org/2001/12/soap-envelope",
        "http://schemas.xmlsoap.org/soap/envelope",
    ] {
        let document = format!("<Envelope xmlns='{namespace}'><Body/></Envelope>");
        let mismatch = EnvelopeError::VersionMismatch(namespace.to_owned().into());
        assert_eq!(envelope(document), Err(mismatch));
    }
}

#[test]
fn a_body_of_the_other_version_is_none() {
    let body = "<x:Body xmlns:x='http://www.w3.org/2003/05/soap-envelope'/>";
    assert_eq!(envelope(soap(body)), Err(EnvelopeError::NoBody));
}

#[test]
fn a_prefix_redeclared_deeper() {
    let read =
        parse("<p:a xmlns:p='u'><p:b xmlns:p='v'><p:c/></p:b><p:d/></p:a>").expect("well-formed");
    let inner = read.child("v", "b").expect("b");
    assert!(inner.child("v", "c").is_some());
    assert!(read.child("u", "d").is_some());
}

#[test]
fn the_default_namespace_is_not_for_attributes() {
    let read = parse("<a xmlns='u' b='1'/>").expect("well-formed");
    assert_eq!(read.attribute("u", "b"), None);
    assert_eq!(read.attribute(ns::NONE, "b"), Some("1"));
}

#[test]
fn an_end_tag_must_repeat_the_prefix() {
    refused("<p:a xmlns:p='u' xmlns:q='u'>¦</q:a>", Problem::EndTag);
}
