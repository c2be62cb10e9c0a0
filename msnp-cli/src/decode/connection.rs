//! `Connection`: what goes over one connection: MSNP, HTTP, or something else.

use std::collections::VecDeque;
use std::rc::Rc;

use msnp_proto::Side;

use super::gateway::{Gateway, SessionNumber, is_msnp};
use super::http::{HttpEvent, HttpFault, HttpReader, request_body, response_body};
use super::piece_queue::PieceQueue;
use super::problem::{Label, Problem, ProblemKind};
use super::stream::{FrameStream, Sink};
use crate::recording::{Piece, Place, Request, Response};

/// The most requests of one connection whose responses are waited for.
const PIPELINE_LIMIT: usize = 4096;

/// One connection, both directions.
#[derive(Debug)]
pub(super) struct Connection {
    name: Rc<str>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Too little was said to tell.
    Unknown {
        client: PieceQueue,
        server: PieceQueue,
    },
    Msnp(Box<Msnp>),
    Http(Box<Http>),
    /// TLS and the like.
    Opaque,
}

/// Both directions of a connection without HTTP.
#[derive(Debug)]
struct Msnp {
    client: FrameStream,
    server: FrameStream,
}

impl Msnp {
    const fn side(&mut self, side: Side) -> &mut FrameStream {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// What a connection starts like.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Start {
    Msnp,
    Http,
    Opaque,
}

impl Connection {
    /// A connection on which nothing was said yet.
    pub(super) fn new(name: Rc<str>) -> Self {
        Self {
            name,
            kind: Kind::Unknown {
                client: PieceQueue::default(),
                server: PieceQueue::default(),
            },
        }
    }

    /// One side said something.
    pub(super) fn push(
        &mut self,
        side: Side,
        piece: Piece,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) {
        match &mut self.kind {
            Kind::Unknown { client, server } => {
                let queue = match side {
                    Side::Client => client,
                    Side::Server => server,
                };
                queue.push(piece);
                if let Some(start) = start(&queue.peek(9), false) {
                    self.settle(start, gateway, sink);
                }
            }
            Kind::Msnp(msnp) => msnp.side(side).push(piece, sink),
            Kind::Http(http) => http.push(side, piece, gateway, sink),
            Kind::Opaque => sink.opaque(piece.bytes().len() as u64),
        }
    }

    /// The recording leaves out bytes of one side here.
    pub(super) fn gap(
        &mut self,
        side: Side,
        missing: Option<u64>,
        place: Place,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) {
        self.settle_now(gateway, sink);
        match &mut self.kind {
            Kind::Msnp(msnp) => msnp.side(side).gap(missing, place, sink),
            Kind::Http(http) => {
                sink.problem(Problem {
                    place,
                    label: Some(Label {
                        connection: self.name.clone(),
                        session: None,
                    }),
                    side: Some(side),
                    offset: None,
                    kind: ProblemKind::Gap { missing, held: 0 },
                });
                http.end(side, gateway, sink);
            }
            Kind::Unknown { .. } | Kind::Opaque => {}
        }
    }

    /// The connection has ended.
    pub(super) fn finish(mut self, gateway: &mut Gateway, sink: &mut dyn Sink) {
        self.settle_now(gateway, sink);
        match &mut self.kind {
            Kind::Msnp(msnp) => {
                msnp.client.finish(sink);
                msnp.server.finish(sink);
            }
            Kind::Http(http) => {
                http.end(Side::Client, gateway, sink);
                http.end(Side::Server, gateway, sink);
            }
            Kind::Unknown { .. } | Kind::Opaque => {}
        }
    }

    /// Decides by what there is, if there is anything.
    fn settle_now(&mut self, gateway: &mut Gateway, sink: &mut dyn Sink) {
        let Kind::Unknown { client, server } = &self.kind else {
            return;
        };
        let first = if client.len() > 0 { client } else { server };
        if let Some(start) = start(&first.peek(9), true) {
            self.settle(start, gateway, sink);
        }
    }

    fn settle(&mut self, start: Start, gateway: &mut Gateway, sink: &mut dyn Sink) {
        let label = Label {
            connection: self.name.clone(),
            session: None,
        };
        let kind = match start {
            Start::Msnp => Kind::Msnp(Box::new(Msnp {
                client: FrameStream::new(label.clone(), Side::Client),
                server: FrameStream::new(label, Side::Server),
            })),
            Start::Http => Kind::Http(Box::new(Http::new(label))),
            Start::Opaque => Kind::Opaque,
        };
        if let Kind::Unknown {
            mut client,
            mut server,
        } = std::mem::replace(&mut self.kind, kind)
        {
            for piece in client.drain() {
                self.push(Side::Client, piece, gateway, sink);
            }
            for piece in server.drain() {
                self.push(Side::Server, piece, gateway, sink);
            }
        }
    }
}

/// What a stream is that starts like this; `None` if more bytes are needed to tell, and there may
/// be more. MSNP has verbs of three letters, two of which are HTTP's as well: `GET 7 MSGR` and
/// `GET /path`, `PUT` the same.
fn start(bytes: &[u8], is_all: bool) -> Option<Start> {
    const PREFIXES: [&[u8]; 13] = [
        b"HTTP/1.",
        b"POST ",
        b"OPTIONS ",
        b"HEAD ",
        b"DELETE ",
        b"PATCH ",
        b"TRACE ",
        b"CONNECT ",
        b"GET /",
        b"GET http",
        b"PUT /",
        b"PUT http",
        b"PRI * HTTP",
    ];
    if bytes.is_empty() {
        return None;
    }
    if bytes[0] == 0x16 || bytes.starts_with(b"PRI * ") {
        return Some(Start::Opaque);
    }
    if PREFIXES.iter().any(|prefix| bytes.starts_with(prefix)) {
        return Some(Start::Http);
    }
    let may_become = PREFIXES.iter().any(|prefix| prefix.starts_with(bytes));
    if may_become && !is_all {
        return None;
    }
    Some(Start::Msnp)
}

/// Both directions of an HTTP/1 connection.
#[derive(Debug)]
struct Http {
    label: Label,
    client: HttpReader,
    server: HttpReader,
    /// The session that the request being read belongs to.
    posting: Option<SessionNumber>,
    /// The requests whose responses are still to come.
    waiting: VecDeque<Waiting>,
    /// The response being read.
    replying: Option<(Option<SessionNumber>, Response)>,
    /// Behind a `CONNECT`: the rest is not HTTP.
    is_tunnel: bool,
}

#[derive(Debug)]
struct Waiting {
    method: String,
    session: Option<SessionNumber>,
}

impl Http {
    fn new(label: Label) -> Self {
        Self {
            label,
            client: HttpReader::new(),
            server: HttpReader::new(),
            posting: None,
            waiting: VecDeque::new(),
            replying: None,
            is_tunnel: false,
        }
    }

    fn push(&mut self, side: Side, piece: Piece, gateway: &mut Gateway, sink: &mut dyn Sink) {
        if self.is_tunnel {
            sink.opaque(piece.bytes().len() as u64);
            return;
        }
        match side {
            Side::Client => self.client.push(piece),
            Side::Server => self.server.push(piece),
        }
        loop {
            let reader = match side {
                Side::Client => &mut self.client,
                Side::Server => &mut self.server,
            };
            match reader.next_event() {
                Ok(None) => return,
                Ok(Some(event)) => {
                    let place = reader.event_place();
                    if let Err(fault) = self.happened(side, event, gateway, sink) {
                        match side {
                            Side::Client => self.client.lose(),
                            Side::Server => self.server.lose(),
                        }
                        self.problem(side, fault, place, sink);
                        return;
                    }
                }
                Err((fault, place)) => {
                    self.problem(side, fault, place, sink);
                    return;
                }
            }
        }
    }

    fn happened(
        &mut self,
        side: Side,
        event: HttpEvent,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) -> Result<(), HttpFault> {
        match event {
            HttpEvent::Request(request) => self.requested(&request, gateway, sink),
            HttpEvent::Response(response) => self.responded(response, gateway, sink),
            HttpEvent::Body(body) if side == Side::Client => {
                if let Some(session) = self.posting.take() {
                    gateway.posted(session, body, sink);
                }
                Ok(())
            }
            HttpEvent::Body(body) => {
                self.replied(body, gateway, sink);
                Ok(())
            }
        }
    }

    fn requested(
        &mut self,
        request: &Request,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) -> Result<(), HttpFault> {
        let session = gateway.session_of_request(request, &self.label.connection, sink);
        sink.exchange(session.is_some());
        self.posting = session;
        if self.waiting.len() >= PIPELINE_LIMIT {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Waiting {
            method: request.method.clone(),
            session,
        });
        self.client.expect_body(request_body(request)?);
        Ok(())
    }

    fn responded(
        &mut self,
        response: Response,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) -> Result<(), HttpFault> {
        let method = self.waiting.front().map_or("", |request| &*request.method);
        let length = response_body(&response, method)?;
        self.is_tunnel = method == "CONNECT" && (200..300).contains(&response.status);
        // "100 Continue" and its like come before the response proper.
        if !(100..200).contains(&response.status) {
            let session = match self.waiting.pop_front() {
                Some(request) => request.session,
                None => gateway.session_of_response(&response, &self.label.connection, sink),
            };
            self.replying = Some((session, response));
        }
        self.server.expect_body(length);
        Ok(())
    }

    fn replied(&mut self, body: Vec<Piece>, gateway: &mut Gateway, sink: &mut dyn Sink) {
        if let Some((Some(session), response)) = self.replying.take() {
            gateway.replied(session, &response, body, sink);
        }
    }

    /// One direction has ended.
    fn end(&mut self, side: Side, gateway: &mut Gateway, sink: &mut dyn Sink) {
        let reader = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        match reader.finish() {
            Ok(Some(body)) if side == Side::Server => self.replied(body, gateway, sink),
            Ok(_) => {}
            Err((fault, place)) => {
                let is_msnp = match side {
                    Side::Client => self.posting.is_some(),
                    Side::Server => self
                        .replying
                        .as_ref()
                        .is_some_and(|(session, response)| session.is_some() && is_msnp(response)),
                };
                // How other traffic ends is no concern of ours.
                if is_msnp || fault == HttpFault::CutHead {
                    self.problem(side, fault, place.unwrap_or_default(), sink);
                }
            }
        }
    }

    fn problem(&self, side: Side, fault: HttpFault, place: Place, sink: &mut dyn Sink) {
        sink.problem(Problem {
            place,
            label: Some(self.label.clone()),
            side: Some(side),
            offset: None,
            kind: ProblemKind::Http(fault),
        });
    }
}
