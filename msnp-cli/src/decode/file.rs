//! `FileDecoder`: the records of one file, brought to the connections and gateway sessions that they
//! belong to.

use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use msnp_proto::Side;

use super::connection::Connection;
use super::gateway::{self, Gateway};
use super::print::Printer;
use super::problem::{Label, Problem, ProblemKind};
use super::stream::Sink as _;
use crate::recording::{Body, Place, Record, RecordedExchange, Skipped};

/// The most connections that are followed at a time.
const CONNECTIONS: usize = 65_536;

/// One file being decoded.
#[derive(Debug)]
pub(super) struct FileDecoder<'a> {
    connections: BTreeMap<Rc<str>, Connection>,
    /// How many connections of each name there were.
    uses: BTreeMap<Rc<str>, u32>,
    gateway: Gateway,
    /// Lines that are no records: where the first stands, and how many there are.
    notes: Option<(Place, u64)>,
    printer: Printer<'a>,
}

impl<'a> FileDecoder<'a> {
    /// At the start of a file; what is found is printed.
    pub(super) fn new(printer: Printer<'a>) -> Self {
        Self {
            connections: BTreeMap::new(),
            uses: BTreeMap::new(),
            gateway: Gateway::default(),
            notes: None,
            printer,
        }
    }

    /// Whether everything could be written so far.
    pub(super) fn check(&mut self) -> io::Result<()> {
        self.printer.check()
    }

    /// Whether nothing was wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        self.printer.counts().problems == 0
    }

    /// What the reader found next.
    pub(super) fn take(&mut self, record: Record) {
        match record {
            Record::Opened(name) => {
                self.close(&name);
                self.connection(&name);
            }
            Record::Closed(name) => self.close(&name),
            Record::SectionEnd => self.close_all(),
            Record::Piece {
                connection,
                side,
                piece,
            } => {
                self.connection(&connection);
                if let Some(connection) = self.connections.get_mut(&connection) {
                    connection.push(side, piece, &mut self.gateway, &mut self.printer);
                }
            }
            Record::Gap {
                connection,
                side,
                place,
                missing,
            } => {
                self.connection(&connection);
                if let Some(connection) = self.connections.get_mut(&connection) {
                    let gateway = &mut self.gateway;
                    connection.gap(side, missing, place, gateway, &mut self.printer);
                }
            }
            Record::Exchange(exchange) => self.exchange(*exchange),
            Record::Skipped(Skipped::OtherLeg) => self.printer.skip_record(),
            Record::Skipped(Skipped::Line(place)) => {
                self.notes.get_or_insert((place, 0)).1 += 1;
            }
            Record::Fault { place, fault } => {
                self.problem(place, ProblemKind::Recording(fault));
            }
        }
    }

    fn exchange(&mut self, exchange: RecordedExchange) {
        let RecordedExchange {
            connection,
            place,
            request,
            request_body,
            response,
            response_body,
        } = exchange;
        let (gateway, sink) = (&mut self.gateway, &mut self.printer);
        let session = gateway.session_of_request(&request, &connection, sink);
        sink.exchange(session.is_some());
        let Some(session) = session else {
            return;
        };
        match request_body {
            Body::Recorded(piece) => gateway.posted(session, vec![piece], sink),
            Body::Missing(length) => {
                gateway.missing(session, Side::Client, length, place, sink);
            }
        }
        let Some(response) = response else {
            return;
        };
        match response_body {
            Body::Recorded(piece) => gateway.replied(session, &response, vec![piece], sink),
            Body::Missing(length) => {
                if gateway::is_msnp(&response) {
                    gateway.missing(session, Side::Server, length, place, sink);
                }
                gateway.replied(session, &response, Vec::new(), sink);
            }
        }
    }

    /// Makes sure that there is a connection of this name.
    fn connection(&mut self, name: &Rc<str>) {
        if self.connections.contains_key(name) {
            return;
        }
        if self.connections.len() >= CONNECTIONS
            && let Some((first, _)) = self.connections.first_key_value()
        {
            let first = first.clone();
            self.close(&first);
        }
        if self.uses.len() >= CONNECTIONS {
            self.uses.clear();
        }
        let uses = self.uses.entry(name.clone()).or_default();
        *uses += 1;
        let shown = match *uses {
            1 => name.clone(),
            uses => format!("{name}({uses})").into(),
        };
        self.connections
            .insert(name.clone(), Connection::new(shown));
    }

    fn close(&mut self, name: &Rc<str>) {
        if let Some(connection) = self.connections.remove(name) {
            connection.finish(&mut self.gateway, &mut self.printer);
        }
    }

    fn close_all(&mut self) {
        while let Some((_, connection)) = self.connections.pop_first() {
            connection.finish(&mut self.gateway, &mut self.printer);
        }
    }

    /// The file has ended.
    pub(super) fn finish(&mut self, is_check: bool) {
        self.close_all();
        self.gateway.finish(&mut self.printer);
        if let Some((place, lines)) = self.notes {
            self.problem(place, ProblemKind::Notes { lines });
        }
        let counts = self.printer.counts();
        if is_check && counts.client_frames + counts.server_frames == 0 {
            self.problem(Place::default(), ProblemKind::NothingFound);
        }
        if is_check || self.printer.is_json() {
            self.printer.summary();
        }
    }

    fn problem(&mut self, place: Place, kind: ProblemKind) {
        self.printer.problem(Problem {
            place,
            label: None::<Label>,
            side: None,
            offset: None,
            kind,
        });
    }
}
