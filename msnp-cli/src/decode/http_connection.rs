//! `Http`: both directions of an HTTP/1 connection, their halves brought together.

use std::collections::VecDeque;

use msnp_proto::Side;

use super::exchange::{self, Half, Target};
use super::gateway::{Gateway, is_msnp};
use super::http::{Broken, HttpEvent, HttpReader, Passed};
use super::http_head::{HttpFault, request_body, response_body};
use super::problem::{Label, Problem, ProblemKind};
use super::sink::{Share, Sink};
use crate::recording::{Piece, Place, Request, Response};

/// The most requests of one connection whose responses are waited for.
const PIPELINE_LIMIT: usize = 4096;

/// One connection.
#[derive(Debug)]
pub(super) struct Http {
    label: Label,
    client: HttpReader,
    server: HttpReader,
    /// The request whose body is being read.
    posting: Option<(Target, Request, Place)>,
    /// The requests whose responses are still to come.
    waiting: VecDeque<Waiting>,
    /// The response whose body is being read.
    replying: Option<(Target, Response, Place)>,
    /// Behind a `CONNECT`: the rest is not HTTP.
    is_tunnel: bool,
}

#[derive(Debug)]
struct Waiting {
    method: String,
    target: Target,
}

impl Http {
    /// A connection on which nothing was said yet.
    pub(super) fn new(label: Label) -> Self {
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

    /// One side said something.
    pub(super) fn push(
        &mut self,
        side: Side,
        piece: Piece,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) {
        if self.is_tunnel {
            sink.settled(Share::Opaque, piece.bytes().len() as u64);
            return;
        }
        self.reader(side).push(piece);
        loop {
            let reader = self.reader(side);
            let event = reader.next_event();
            let place = reader.event_place();
            if let Some((oddity, place)) = reader.take_oddity() {
                self.problem(side, oddity, place, sink);
            }
            match event {
                Ok(None) => break,
                Ok(Some(event)) => {
                    if let Err(fault) = self.happened(side, event, place, gateway, sink) {
                        let body = self.reader(side).lose();
                        self.take_body(side, body, gateway, sink);
                        self.problem(side, fault, place, sink);
                        break;
                    }
                }
                Err(broken) => {
                    self.broke(side, broken, gateway, sink);
                    break;
                }
            }
        }
        self.settle(side, sink);
    }

    const fn reader(&mut self, side: Side) -> &mut HttpReader {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Accounts for what the reader did not give out.
    fn settle(&mut self, side: Side, sink: &mut dyn Sink) {
        let Passed { heads, lost } = self.reader(side).take_passed();
        sink.settled(Share::Heads, heads);
        sink.settled(Share::Unreadable, lost);
    }

    fn happened(
        &mut self,
        side: Side,
        event: HttpEvent,
        place: Place,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) -> Result<(), HttpFault> {
        match event {
            HttpEvent::Request(request) => self.requested(request, place, gateway, sink),
            HttpEvent::Response(response) => self.responded(response, place, gateway, sink),
            HttpEvent::Body(body) => {
                self.take_body(side, body, gateway, sink);
                Ok(())
            }
        }
    }

    fn requested(
        &mut self,
        request: Request,
        place: Place,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) -> Result<(), HttpFault> {
        let target = exchange::of_request(&request, &self.label.connection, gateway, sink);
        if self.waiting.len() >= PIPELINE_LIMIT {
            self.waiting.pop_front();
            sink.unanswered();
            let limit = PIPELINE_LIMIT;
            self.tell(Side::Client, ProblemKind::Pipeline { limit }, place, sink);
        }
        self.waiting.push_back(Waiting {
            method: request.method.clone(),
            target: target.clone(),
        });
        let length = request_body(&request);
        self.posting = Some((target, request, place));
        self.client.expect_body(length?);
        Ok(())
    }

    fn responded(
        &mut self,
        response: Response,
        place: Place,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) -> Result<(), HttpFault> {
        let method = self.waiting.front().map_or("", |request| &*request.method);
        let length = response_body(&response, method);
        self.is_tunnel = method == "CONNECT" && (200..300).contains(&response.status);
        // "100 Continue" and its like come before the response proper.
        if !(100..200).contains(&response.status) {
            let target = match self.waiting.pop_front() {
                Some(request) => request.target,
                None => exchange::of_response(&response, &self.label.connection, gateway, sink),
            };
            sink.answered();
            self.replying = Some((target, response, place));
        }
        if self.is_tunnel {
            self.replying = None;
            let rest = self.client.abandon() + self.server.abandon();
            sink.settled(Share::Opaque, rest);
            return Ok(());
        }
        self.server.expect_body(length?);
        Ok(())
    }

    /// A body of one side, or what there is of it.
    fn take_body(
        &mut self,
        side: Side,
        body: Vec<Piece>,
        gateway: &mut Gateway,
        sink: &mut dyn Sink,
    ) {
        let half = |place| Half {
            label: &self.label,
            place,
            is_verbatim: true,
        };
        match side {
            Side::Client => match self.posting.take() {
                Some((target, request, place)) => {
                    exchange::requested(&target, &request, body, &half(place), gateway, sink);
                }
                None => settle(Share::Bodies, &body, sink),
            },
            Side::Server => match self.replying.take() {
                Some((target, response, place)) => {
                    exchange::replied(&target, &response, body, &half(place), gateway, sink);
                }
                None => settle(Share::Bodies, &body, sink),
            },
        }
    }

    /// One direction has ended.
    pub(super) fn end(&mut self, side: Side, gateway: &mut Gateway, sink: &mut dyn Sink) {
        match self.reader(side).finish() {
            Ok(Some(body)) => self.take_body(side, body, gateway, sink),
            Ok(None) => {}
            Err(broken) => self.broke(side, broken, gateway, sink),
        }
        self.settle(side, sink);
    }

    /// Both directions have ended, and nothing answers what still waits.
    pub(super) fn finish(&mut self, gateway: &mut Gateway, sink: &mut dyn Sink) {
        self.end(Side::Client, gateway, sink);
        self.end(Side::Server, gateway, sink);
        for _ in self.waiting.drain(..) {
            sink.unanswered();
        }
    }

    /// One direction cannot be read on. What there is of a body is shown first, then what is wrong.
    fn broke(&mut self, side: Side, broken: Broken, gateway: &mut Gateway, sink: &mut dyn Sink) {
        let session = match side {
            Side::Client => self.posting.as_ref().map(|(target, ..)| target.clone()),
            Side::Server => {
                let replying = self.replying.as_ref();
                replying.map(|(target, response, _)| match target {
                    Target::Gateway(_) if !is_msnp(response) => Target::Other,
                    target => target.clone(),
                })
            }
        };
        self.take_body(side, broken.body, gateway, sink);
        // How other traffic ends is no concern of ours.
        let is_shown = !matches!(session, None | Some(Target::Other));
        if is_shown || !matches!(broken.fault, HttpFault::CutBody { .. }) {
            let place = broken.place.unwrap_or_default();
            self.problem(side, broken.fault, place, sink);
        }
        if let Some(Target::Gateway(session)) = session {
            gateway.break_off(session, side, sink);
        }
    }

    fn problem(&self, side: Side, fault: HttpFault, place: Place, sink: &mut dyn Sink) {
        self.tell(side, ProblemKind::Http(fault), place, sink);
    }

    /// Something is wrong with this connection.
    pub(super) fn tell(&self, side: Side, kind: ProblemKind, place: Place, sink: &mut dyn Sink) {
        sink.problem(Problem {
            place,
            label: Some(self.label.clone()),
            side: Some(side),
            offset: None,
            kind,
        });
    }
}

fn settle(share: Share, body: &[Piece], sink: &mut dyn Sink) {
    let bytes = body.iter().map(|piece| piece.bytes().len() as u64).sum();
    sink.settled(share, bytes);
}
