//! What the two halves of an HTTP exchange are, and where their bodies go: to a gateway's session, or SOAP to be shown.
//! The same for exchanges that a recording lists, and for those that are read from a connection.

use std::rc::Rc;

use msnp_proto::Side;
use msnp_proto::auth::passport::PassportError;

use super::coding::{self, Unpacked};
use super::gateway::{self, Gateway, SessionNumber};
use super::letter::{self, Letter};
use super::passport;
use super::problem::{Label, Problem, ProblemKind};
use super::sink::{ExchangeKind, Note, NoteKind, Share, Sink};
use super::soap::{self, Asked, SoapMeaning};
use crate::recording::{Headers, Piece, Place, Request, Response};

/// What an exchange is.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Gateway(SessionNumber),
    /// SOAP, with what the request asked for.
    Soap(Rc<Asked>),
    /// Passport 1.4, which is said in heads.
    Passport,
    Other,
}

/// Whose exchange it is, and where its half stands.
pub(super) struct Half<'a> {
    pub(super) label: &'a Label,
    pub(super) place: Place,
    /// The body is as it was on the wire, so its head says how it is packed.
    pub(super) is_verbatim: bool,
}

/// What a request is part of; counts the exchange.
pub(super) fn of_request(
    request: &Request,
    connection: &Rc<str>,
    gateway: &mut Gateway,
    sink: &mut dyn Sink,
) -> Target {
    let target = if let Some(session) = gateway.session_of_request(request, connection, sink) {
        Target::Gateway(session)
    } else if is_xml(&request.headers) {
        Target::Soap(asked(request).into())
    } else if passport::request(path(&request.target), &request.headers).is_some() {
        Target::Passport
    } else {
        Target::Other
    };
    sink.exchange(kind(&target));
    target
}

/// What a response is part of whose request was not recorded; counts the exchange.
pub(super) fn of_response(
    response: &Response,
    connection: &Rc<str>,
    gateway: &mut Gateway,
    sink: &mut dyn Sink,
) -> Target {
    let target = if let Some(session) = gateway.session_of_response(response, connection, sink) {
        Target::Gateway(session)
    } else if is_xml(&response.headers) {
        Target::Soap(Rc::default())
    } else if passport::reply(&response.headers).is_some() {
        Target::Passport
    } else {
        Target::Other
    };
    sink.exchange(kind(&target));
    target
}

const fn kind(target: &Target) -> ExchangeKind {
    match target {
        Target::Gateway(_) => ExchangeKind::Gateway,
        Target::Soap(_) => ExchangeKind::Soap,
        Target::Passport => ExchangeKind::Passport,
        Target::Other => ExchangeKind::Other,
    }
}

/// The body of a request.
pub(super) fn requested(
    target: &Target,
    request: &Request,
    body: Vec<Piece>,
    half: &Half<'_>,
    gateway: &mut Gateway,
    sink: &mut dyn Sink,
) {
    match target {
        Target::Gateway(session) => {
            let (body, is_whole) = unpack(&request.headers, body, half, Side::Client, sink);
            gateway.posted(*session, body, sink);
            if !is_whole {
                gateway.break_off(*session, Side::Client, sink);
            }
        }
        Target::Soap(asked) => {
            let (body, _) = unpack(&request.headers, body, half, Side::Client, sink);
            let read = |document: &[u8]| soap::request(asked, &request.headers, document);
            tell(&told(asked), read, &body, half, Side::Client, sink);
            let open = |document: &[u8]| letter::in_request(asked, &request.headers, document);
            tell_letter(open, &body, half, Side::Client, sink);
        }
        Target::Passport => {
            let path = path(&request.target);
            let found = passport::request(path, &request.headers);
            tell_passport(path, found, half, Side::Client, sink);
            settle(Share::Bodies, &body, sink);
        }
        Target::Other => settle(Share::Bodies, &body, sink),
    }
}

/// The body of a response, as far as it is there.
pub(super) fn replied(
    target: &Target,
    response: &Response,
    body: Vec<Piece>,
    half: &Half<'_>,
    gateway: &mut Gateway,
    sink: &mut dyn Sink,
) {
    match target {
        Target::Gateway(session) if gateway::is_msnp(response) => {
            let (body, is_whole) = unpack(&response.headers, body, half, Side::Server, sink);
            gateway.replied(*session, response, body, half.place, sink);
            if !is_whole {
                gateway.break_off(*session, Side::Server, sink);
            }
        }
        Target::Gateway(session) => gateway.replied(*session, response, body, half.place, sink),
        Target::Soap(asked) => {
            let (body, _) = unpack(&response.headers, body, half, Side::Server, sink);
            let what = format!("{} HTTP {}", told(asked), response.status);
            let read = |document: &[u8]| soap::reply(asked, &response.headers, document);
            tell(&what, read, &body, half, Side::Server, sink);
            let open = |document: &[u8]| letter::in_reply(&response.headers, document);
            tell_letter(open, &body, half, Side::Server, sink);
        }
        Target::Passport => {
            let status = format!("HTTP {}", response.status);
            let found = passport::reply(&response.headers);
            tell_passport(&status, found, half, Side::Server, sink);
            settle(Share::Bodies, &body, sink);
        }
        Target::Other => settle(Share::Bodies, &body, sink),
    }
}

/// The body without its codings; whether that is all of it. What cannot be unpacked at all is left out, and told.
fn unpack(
    headers: &Headers,
    body: Vec<Piece>,
    half: &Half<'_>,
    side: Side,
    sink: &mut dyn Sink,
) -> (Vec<Piece>, bool) {
    let Unpacked {
        body,
        packed,
        fault,
    } = coding::unpack(headers, body, half.is_verbatim);
    if let Some(packed) = packed {
        sink.settled(Share::Packed, packed);
        sink.seen(length(&body));
    }
    let Some(fault) = fault else {
        return (body, true);
    };
    complain(ProblemKind::Coding(fault), half.place, half, side, sink);
    if packed.is_some() {
        return (body, false);
    }
    settle(Share::Unreadable, &body, sink);
    (Vec::new(), false)
}

fn tell(
    what: &str,
    read: impl FnOnce(&[u8]) -> SoapMeaning,
    body: &[Piece],
    half: &Half<'_>,
    side: Side,
    sink: &mut dyn Sink,
) {
    settle(Share::Soap, body, sink);
    let document = whole(body);
    let meaning = read(&document);
    let place = body.first().map_or(half.place, |piece| piece.place(0));
    let is = match &meaning {
        SoapMeaning::Typed(call) => format!(": {call}"),
        SoapMeaning::Other(why) => format!(": {why}"),
        SoapMeaning::Wrong(_) => String::new(),
    };
    let fault = match &meaning {
        SoapMeaning::Wrong(what) => Some(ProblemKind::Soap(what.clone())),
        SoapMeaning::Typed(_) | SoapMeaning::Other(_) => None,
    };
    sink.note(&Note {
        label: half.label,
        side,
        place,
        kind: NoteKind::Soap(meaning),
        what: format!("{}, {} bytes{is}", what.trim_end(), document.len()),
        document: &document,
    });
    if let Some(kind) = fault {
        complain(kind, place, half, side, sink);
    }
}

/// The letter inside, if there is one.
fn tell_letter(
    open: impl FnOnce(&[u8]) -> Option<Letter>,
    body: &[Piece],
    half: &Half<'_>,
    side: Side,
    sink: &mut dyn Sink,
) {
    let Some(letter) = open(&whole(body)) else {
        return;
    };
    let place = body.first().map_or(half.place, |piece| piece.place(0));
    let text = letter.as_ref().map(|it| it.text.as_str());
    sink.note(&Note {
        label: half.label,
        side,
        place,
        kind: NoteKind::Letter(letter.is_ok()),
        what: letter::told(&letter),
        document: text.unwrap_or_default().as_bytes(),
    });
    if let Err(error) = letter {
        let what = format!("its offline message: {error}");
        complain(ProblemKind::Soap(what), place, half, side, sink);
    }
}

fn whole(body: &[Piece]) -> Vec<u8> {
    body.iter().flat_map(|it| it.bytes().to_vec()).collect()
}

/// What the headers of Passport say; none in the reply to a request of Passport is said too.
fn tell_passport(
    where_to: &str,
    found: Option<Result<String, PassportError>>,
    half: &Half<'_>,
    side: Side,
    sink: &mut dyn Sink,
) {
    let (is, fault) = match found {
        Some(Ok(is)) => (is, None),
        Some(Err(error)) => ("not readable".to_owned(), Some(error)),
        None => ("no header of Passport".to_owned(), None),
    };
    sink.note(&Note {
        label: half.label,
        side,
        place: half.place,
        kind: NoteKind::Passport(fault.is_none()),
        what: format!("Passport 1.4 {where_to}: {is}"),
        document: &[],
    });
    if let Some(error) = fault {
        complain(ProblemKind::Passport(error), half.place, half, side, sink);
    }
}

fn complain(kind: ProblemKind, place: Place, half: &Half<'_>, side: Side, sink: &mut dyn Sink) {
    sink.problem(Problem {
        place,
        label: Some(half.label.clone()),
        side: Some(side),
        offset: None,
        kind,
    });
}

fn settle(share: Share, body: &[Piece], sink: &mut dyn Sink) {
    sink.settled(share, length(body));
}

fn length(body: &[Piece]) -> u64 {
    body.iter().map(|piece| piece.bytes().len() as u64).sum()
}

/// SOAP 1.1 is `text/xml`, 1.2 `application/soap+xml` (soap.md 2).
fn is_xml(headers: &Headers) -> bool {
    let kind = headers.get("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["text/xml", "application/soap+xml"]
        .iter()
        .any(|it| kind.eq_ignore_ascii_case(it))
}

/// The path of a target; its query may hold tickets.
fn path(target: &str) -> &str {
    let path = target.split('?').next().unwrap_or_default();
    path.split_once("://").map_or(path, |(_, rest)| {
        rest.find('/').map_or("/", |start| &rest[start..])
    })
}

/// `SOAP /path Operation`: the action's namespace is always the same.
fn told(asked: &Asked) -> String {
    let operation = asked.action.rsplit(['/', '#']).next().unwrap_or_default();
    let told = format!("SOAP {} {operation}", asked.path);
    told.trim_end().to_owned()
}

fn asked(request: &Request) -> Asked {
    let kind = request.headers.get("content-type").unwrap_or_default();
    // SOAP 1.2 has its action in the content type.
    let action = request.headers.get("soapaction").or_else(|| {
        let (_, action) = kind.split_once("action=")?;
        action.split(';').next()
    });
    let action = action.unwrap_or_default().trim().trim_matches('"');
    Asked {
        path: path(&request.target).to_owned(),
        action: action.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, headers: &[(&str, &str)], expected: &str) {
        let fields = headers.iter();
        let request = Request {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: fields
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        assert_eq!(told(&asked(&request)), expected);
    }

    #[test]
    fn what_soap_asks_for_is_told_without_its_query() {
        check(
            "http://h/imsoap/BSIMService.asmx?t=secret",
            &[("SOAPAction", "\"http://www.imcomponents.com/Login\"")],
            "SOAP /imsoap/BSIMService.asmx Login",
        );
        let kind = "application/soap+xml; charset=utf-8; action=\"urn:x#Get\"";
        check("/a", &[("Content-Type", kind)], "SOAP /a Get");
        check("http://h", &[], "SOAP /");
    }
}
