//! `Connection`: what goes over one connection: MSNP, HTTP, or something else.

use std::rc::Rc;

use msnp_proto::Side;

use super::gateway::Gateway;
use super::http_connection::Http;
use super::piece_queue::PieceQueue;
use super::problem::{Label, Problem, ProblemKind};
use super::sink::{Share, Sink};
use super::stream::Streams;
use crate::recording::{Piece, Place};

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
    Msnp(Box<Streams>),
    Http(Box<Http>),
    /// TLS and the like.
    Opaque,
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
            Kind::Msnp(streams) => streams.push(side, piece, sink),
            Kind::Http(http) => http.push(side, piece, gateway, sink),
            Kind::Opaque => sink.settled(Share::Opaque, piece.bytes().len() as u64),
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
            Kind::Msnp(streams) => streams.gap(side, missing, place, sink),
            Kind::Http(http) => {
                http.tell(side, ProblemKind::Gap { missing, held: 0 }, place, sink);
                http.end(side, gateway, sink);
            }
            // Nothing was said yet, as far as is known: the gap may have hidden what this is.
            Kind::Unknown { .. } => sink.problem(Problem {
                place,
                label: Some(Label {
                    connection: self.name.clone(),
                    session: None,
                }),
                side: Some(side),
                offset: None,
                kind: ProblemKind::Gap { missing, held: 0 },
            }),
            Kind::Opaque => {}
        }
    }

    /// The connection has ended.
    pub(super) fn finish(mut self, gateway: &mut Gateway, sink: &mut dyn Sink) {
        self.settle_now(gateway, sink);
        match &mut self.kind {
            Kind::Msnp(streams) => streams.finish(sink),
            Kind::Http(http) => http.finish(gateway, sink),
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
            Start::Msnp => Kind::Msnp(Box::new(Streams::new(label, sink))),
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
