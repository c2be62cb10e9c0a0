//! `Gateway`: the sessions that HTTP exchanges with a `gateway.dll` belong to.
//!
//! A session's id may change with every reply, and its frames may be cut over bodies: what is
//! posted and replied under one id after the other is one stream in each direction.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use msnp_proto::Side;

use super::problem::{Label, Problem, ProblemKind};
use super::sink::{Note, NoteKind, Share, Sink};
use super::stream::Streams;
use crate::recording::{Piece, Place, Request, Response};

/// The most sessions that are followed at a time; above, the oldest is taken for ended.
const SESSION_LIMIT: usize = 65_536;

/// The most ids that are kept for one session.
const ID_LIMIT: usize = 64;

/// The number of a session, from 1.
pub(super) type SessionNumber = u32;

/// All sessions of a recording.
#[derive(Debug, Default)]
pub(super) struct Gateway {
    sessions: BTreeMap<SessionNumber, Session>,
    opened: SessionNumber,
    /// Every id, and every part of one before the dot, that leads to a session.
    by_id: HashMap<String, SessionNumber>,
}

#[derive(Debug)]
struct Session {
    streams: Streams,
    ids: Vec<String>,
}

impl Gateway {
    /// The session that a request belongs to, a new one if it opens one; `None` if the request is
    /// not for a gateway.
    pub(super) fn session_of_request(
        &mut self,
        request: &Request,
        connection: &Rc<str>,
        sink: &mut dyn Sink,
    ) -> Option<SessionNumber> {
        let (path, query) = match request.target.split_once('?') {
            Some((path, query)) => (path, query),
            None => (request.target.as_str(), ""),
        };
        let is_gateway = request.method == "POST"
            && path
                .rsplit('/')
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gateway.dll"));
        is_gateway.then(|| {
            let id = query
                .split('&')
                .find_map(|field| field.strip_prefix("SessionID="))
                .filter(|id| !id.is_empty());
            self.find_or_open(id, connection, sink)
        })
    }

    /// The session that a response belongs to whose request was not recorded; `None` if it is not
    /// a gateway's.
    pub(super) fn session_of_response(
        &mut self,
        response: &Response,
        connection: &Rc<str>,
        sink: &mut dyn Sink,
    ) -> Option<SessionNumber> {
        let id = session_id(response);
        is_msnp(response).then(|| self.find_or_open(id, connection, sink))
    }

    /// What a client posted.
    pub(super) fn posted(&mut self, session: SessionNumber, body: Vec<Piece>, sink: &mut dyn Sink) {
        match self.sessions.get_mut(&session) {
            Some(session) => push(&mut session.streams, Side::Client, body, sink),
            None => forgotten(&body, Side::Client, sink),
        }
    }

    /// What a gateway replied. Only a 200 of a gateway carries MSNP: an error page, or what
    /// another server put in its place, does not.
    pub(super) fn replied(
        &mut self,
        number: SessionNumber,
        response: &Response,
        body: Vec<Piece>,
        place: Place,
        sink: &mut dyn Sink,
    ) {
        if !is_msnp(response) {
            return self.bare_reply(number, response, &body, place, sink);
        }
        if let Some(id) = session_id(response) {
            self.learn(id, number);
        }
        let Some(session) = self.sessions.get_mut(&number) else {
            return forgotten(&body, Side::Server, sink);
        };
        push(&mut session.streams, Side::Server, body, sink);
        if attribute(response, "Session").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.close(number, sink);
        }
    }

    fn bare_reply(
        &self,
        number: SessionNumber,
        response: &Response,
        body: &[Piece],
        place: Place,
        sink: &mut dyn Sink,
    ) {
        let length = length(body);
        sink.settled(Share::Bodies, length);
        sink.bare_reply();
        let Some(session) = self.sessions.get(&number) else {
            return;
        };
        let status = response.status;
        sink.note(&Note {
            label: session.streams.label(),
            side: Side::Server,
            place,
            kind: NoteKind::BareReply,
            what: format!("HTTP {status} without MSNP, {length} bytes"),
            document: &[],
        });
    }

    /// The rest of a body is missing, which was told.
    pub(super) fn break_off(&mut self, session: SessionNumber, side: Side, sink: &mut dyn Sink) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.streams.break_off(side, sink);
        }
    }

    /// A body that the recording left out.
    pub(super) fn missing(
        &mut self,
        session: SessionNumber,
        side: Side,
        length: Option<u64>,
        place: Place,
        sink: &mut dyn Sink,
    ) {
        if length == Some(0) {
            return;
        }
        if let Some(session) = self.sessions.get_mut(&session) {
            session.streams.gap(side, length, place, sink);
        }
    }

    /// The recording has ended.
    pub(super) fn finish(&mut self, sink: &mut dyn Sink) {
        while let Some((number, _)) = self.sessions.first_key_value() {
            self.close(*number, sink);
        }
    }

    fn find_or_open(
        &mut self,
        id: Option<&str>,
        connection: &Rc<str>,
        sink: &mut dyn Sink,
    ) -> SessionNumber {
        let known = id.and_then(|id| {
            let by_major = || major(id).and_then(|major| self.by_id.get(major));
            self.by_id.get(id).or_else(by_major).copied()
        });
        if let Some(number) = known {
            return number;
        }
        if self.sessions.len() >= SESSION_LIMIT
            && let Some((oldest, _)) = self.sessions.first_key_value()
        {
            self.close(*oldest, sink);
        }
        self.opened += 1;
        let number = self.opened;
        let label = Label {
            connection: connection.clone(),
            session: Some(number),
        };
        self.sessions.insert(
            number,
            Session {
                streams: Streams::new(label, sink),
                ids: Vec::new(),
            },
        );
        if let Some(id) = id {
            self.learn(id, number);
        }
        number
    }

    /// Remembers that `id` leads to a session. Old ids are kept for a while: a request may be under
    /// way under one of them.
    fn learn(&mut self, id: &str, number: SessionNumber) {
        let Some(session) = self.sessions.get_mut(&number) else {
            return;
        };
        for id in [Some(id), major(id)].into_iter().flatten() {
            if self.by_id.get(id) != Some(&number) {
                self.by_id.insert(id.to_owned(), number);
                session.ids.push(id.to_owned());
            }
        }
        while session.ids.len() > ID_LIMIT {
            self.by_id.remove(&session.ids.remove(0));
        }
    }

    fn close(&mut self, number: SessionNumber, sink: &mut dyn Sink) {
        if let Some(mut session) = self.sessions.remove(&number) {
            for id in &session.ids {
                if self.by_id.get(id) == Some(&number) {
                    self.by_id.remove(id);
                }
            }
            session.streams.finish(sink);
        }
    }
}

/// Whether the body of a response is MSNP. The content type alone does not tell: clients may ask
/// for `text/html` (`X-Requested-Session-Content-Type`).
pub(super) fn is_msnp(response: &Response) -> bool {
    response.status == 200
        && (response.headers.get("x-msn-messenger").is_some()
            || response
                .headers
                .get("content-type")
                .is_some_and(|kind| kind.starts_with("application/x-msn-messenger")))
}

fn length(body: &[Piece]) -> u64 {
    body.iter().map(|piece| piece.bytes().len() as u64).sum()
}

fn forgotten(body: &[Piece], side: Side, sink: &mut dyn Sink) {
    let bytes = length(body);
    sink.settled(Share::Unreadable, bytes);
    if let Some(first) = body.first() {
        sink.problem(Problem {
            place: first.place(0),
            label: None,
            side: Some(side),
            offset: None,
            kind: ProblemKind::SessionForgotten { bytes },
        });
    }
}

fn push(streams: &mut Streams, side: Side, body: Vec<Piece>, sink: &mut dyn Sink) {
    let mut first = true;
    for mut piece in body {
        piece.set_starts_record(first);
        first = false;
        streams.push(side, piece, sink);
    }
}

/// An attribute of `X-MSN-Messenger: SessionID=1.2; GW-IP=…; Session=close`.
fn attribute<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let value = response.headers.get("x-msn-messenger")?;
    value.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then_some(value.trim())
    })
}

fn session_id(response: &Response) -> Option<&str> {
    attribute(response, "SessionID").filter(|id| !id.is_empty())
}

/// The part of an id that stays when the rest changes (gateway.md 11).
fn major(id: &str) -> Option<&str> {
    id.split_once('.')
        .map(|(major, _)| major)
        .filter(|major| !major.is_empty())
}
