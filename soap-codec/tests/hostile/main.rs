//! What hostile and broken peers send, and what becomes of it: one file per group of cases, each
//! case with its outcome. The groups are those of soap.md 4.1.

mod characters;
mod duplicates;
mod encodings;
mod entities;
mod fields;
mod injection;
mod inner;
mod namespaces;
mod secrets;
mod size;
mod soap;
mod truncation;

use soap_codec::bsim::{Leniency, OperationName, Reply, ReplyError};
use soap_codec::{Budget, Element, Envelope, EnvelopeError, Limits, Problem, XmlError};

/// Reads a document with the limits for responses.
fn parse(document: impl AsRef<[u8]>) -> Result<Element, XmlError> {
    Element::parse(document.as_ref(), &mut Budget::default())
}

/// Refused for this, where the mark `¦` stands. The mark itself is not part of the document.
#[track_caller]
fn refused(marked: &str, problem: Problem) {
    let at = marked.find('¦').expect("a mark");
    let document = marked.replacen('¦', "", 1);
    assert_eq!(parse(&document), Err(XmlError { problem, at }), "{marked}");
}

/// Refused for this, wherever.
#[track_caller]
fn refused_somewhere(document: impl AsRef<[u8]>, problem: Problem) {
    let outcome = parse(document).map_err(|error| error.problem);
    assert_eq!(outcome, Err(problem));
}

/// Accepted, with this text in the root.
#[track_caller]
fn accepted(document: impl AsRef<[u8]>, text: &str) {
    assert_eq!(parse(document).expect("well-formed").text(), text);
}

fn envelope(document: impl AsRef<[u8]>) -> Result<Envelope, EnvelopeError> {
    Envelope::parse(document.as_ref(), &mut Budget::default())
}

const LOGIN: &str = include_str!("../data/wire/login-request.xml");
const STATUS: &str = include_str!("../data/wire/keepsessionalive-response-status.xml");

/// An envelope of SOAP 1.1 with this between its tags.
fn soap(content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">{content}</s:Envelope>"
    )
}

/// The response that holds this document as text.
fn packed(document: &str) -> String {
    let escaped = document
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    unpacked(&escaped)
}

/// The response with this between the result's tags.
fn unpacked(result: &str) -> String {
    let (start, end) = ("<KeepSessionAliveResult>", "</KeepSessionAliveResult>");
    let from = STATUS.find(start).expect("is there") + start.len();
    let to = STATUS.find(end).expect("is there");
    format!("{}{result}{}", &STATUS[..from], &STATUS[to..])
}

/// Reads a response to `KeepSessionAlive`.
fn fetched(body: &str, limits: Limits) -> Result<Reply, ReplyError> {
    let mut budget = Budget::new(limits);
    let envelope = Envelope::parse(body.as_bytes(), &mut budget).expect("the envelope is fine");
    let name = OperationName::KeepSessionAlive;
    Reply::decode(name, &envelope, &mut budget, Leniency::default())
}
