//! Group 3: things that are there twice.

use soap_codec::bsim::{Operation, OperationName};

use super::*;

#[test]
fn the_same_attribute_twice() {
    refused("<a b='1' ¦b='2'/>", Problem::DuplicateAttribute);
    refused("<a b='1' c='' ¦b='1'/>", Problem::DuplicateAttribute);
}

#[test]
fn the_same_attribute_by_two_prefixes() {
    refused(
        "<a xmlns:p='u' xmlns:q='u' p:b='1' ¦q:b='2'/>",
        Problem::DuplicateAttribute,
    );
    // Without a prefix it is in no namespace, so these are two.
    assert!(parse("<a xmlns='u' xmlns:p='u' p:b='1' b='2'/>").is_ok());
}

#[test]
fn the_same_declaration_twice() {
    refused("<a xmlns:p='u' ¦xmlns:p='u'/>", Problem::DuplicateAttribute);
    refused("<a xmlns='u' ¦xmlns='v'/>", Problem::DuplicateAttribute);
}

#[test]
fn two_bodies() {
    let body = "<s:Body/><s:Body/>";
    assert_eq!(envelope(soap(body)), Err(EnvelopeError::Structure));
}

#[test]
fn two_headers() {
    let body = "<s:Header/><s:Header/><s:Body/>";
    assert_eq!(envelope(soap(body)), Err(EnvelopeError::Structure));
}

#[test]
fn two_envelopes() {
    let once = soap("<s:Body/>");
    let error = XmlError {
        problem: Problem::SecondRoot,
        at: once.len(),
    };
    assert_eq!(envelope(once.repeat(2)), Err(EnvelopeError::Xml(error)));
}

#[test]
fn a_header_after_the_body() {
    assert_eq!(
        envelope(soap("<s:Body/><s:Header/>")),
        Err(EnvelopeError::Structure)
    );
}

#[test]
fn of_a_repeated_member_the_first_counts() {
    let wire = include_str!("../data/wire/keepsessionalive-request.xml");
    let body = wire.replace(
        "<UserId>",
        "<SessionId>OTHER</SessionId><UserId>no</UserId><UserId>",
    );
    let body = body.replace(
        "</session>",
        "</session><session><SessionId>THIRD</SessionId></session>",
    );
    let envelope = envelope(body).expect("an envelope");
    let name = OperationName::KeepSessionAlive;
    let operation = Operation::decode(name, &envelope, Leniency::default());
    let session = operation.session().expect("is there");
    let id = session.session_id.as_ref().map(|id| id.expose().as_str());
    assert_eq!(id, Some("73EDE71C-2239-4707-BA85-0ABB408E6458"));
    assert_eq!(session.user_id.as_deref(), Some("no"));
}
