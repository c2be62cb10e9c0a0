//! `FileDecoder`: the records of one file, brought to the connections and gateway sessions that they
//! belong to.

use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use msnp_proto::Side;

use super::connection::Connection;
use super::exchange::{self, Half, Target};
use super::gateway::{self, Gateway};
use super::print::Printer;
use super::problem::{Label, Problem, ProblemKind};
use super::report::Expectation;
use super::sink::{Share, Sink as _};
use crate::recording::{Body, Fault, Place, Record, RecordedExchange, Skipped};

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
        self.printer.ledger().is_clean()
    }

    /// The table of what was found.
    pub(super) fn report(&self) -> Vec<String> {
        self.printer.report()
    }

    /// Whether there is something that a report neither tells nor explains.
    pub(super) fn has_unexplained(&self, expectation: &Expectation) -> bool {
        self.printer.has_unexplained(expectation)
    }

    /// What the reader found next.
    pub(super) fn take(&mut self, record: Record) {
        // Every byte is entered in the books where it comes in, here and for exchanges below, and nowhere else.
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
                self.printer.seen(piece.bytes().len() as u64);
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
            Record::Entries(count) => self.printer.ledger_mut().list_entries(count),
            Record::Exchange(exchange) => self.exchange(*exchange),
            Record::UnreadEntry { place } => {
                self.printer.ledger_mut().lose_entry();
                self.problem(place, ProblemKind::Recording(Fault::BadEntry));
            }
            Record::Packets(packets) => self.printer.ledger_mut().set_packets(*packets),
            Record::Skipped(Skipped::OtherLeg) => self.printer.ledger_mut().skip_record(),
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
        sink.ledger_mut().take_entry();
        for body in [&request_body, &response_body] {
            if let Body::Recorded(piece) = body {
                sink.seen(piece.bytes().len() as u64);
            }
        }
        let target = exchange::of_request(&request, &connection, gateway, sink);
        let half = Half {
            label: &Label {
                connection,
                session: None,
            },
            place,
            is_verbatim: false,
        };
        match (request_body, &target) {
            (Body::Recorded(piece), _) => {
                exchange::requested(&target, &request, vec![piece], &half, gateway, sink);
            }
            (Body::Missing(length), Target::Gateway(session)) => {
                gateway.missing(*session, Side::Client, length, place, sink);
            }
            (Body::Missing(_), _) => {}
        }
        let Some(response) = response else {
            // A body without a head is of no use to anybody.
            if let Body::Recorded(piece) = response_body {
                sink.settled(Share::Bodies, piece.bytes().len() as u64);
            }
            sink.unanswered();
            return;
        };
        sink.answered();
        let body = match (response_body, &target) {
            (Body::Recorded(piece), _) => vec![piece],
            (Body::Missing(length), Target::Gateway(session)) if gateway::is_msnp(&response) => {
                gateway.missing(*session, Side::Server, length, place, sink);
                Vec::new()
            }
            (Body::Missing(_), _) => Vec::new(),
        };
        exchange::replied(&target, &response, body, &half, gateway, sink);
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

    /// The file has ended. `is_guess`: it was read as a raw stream, for want of anything better.
    pub(super) fn finish(&mut self, is_check: bool, is_guess: bool) {
        self.close_all();
        self.gateway.finish(&mut self.printer);
        if let Some((place, lines)) = self.notes {
            self.problem(place, ProblemKind::Notes { lines });
        }
        let ledger = self.printer.ledger();
        let (has_traffic, has_unshown) = (ledger.has_traffic(), ledger.has_unshown());
        // Whatever a guess leads to, it must have led to something.
        if is_guess && !has_traffic && !ledger.has_exchanges() && !ledger.is_clean() {
            self.problem(Place::default(), ProblemKind::NoFormat);
        } else if is_check && !has_traffic {
            self.problem(Place::default(), ProblemKind::NothingFound);
        }
        if let Some(left_out) = self.printer.ledger().left_out() {
            self.problem(Place::default(), ProblemKind::LeftOut(left_out));
        }
        self.printer.tell_alike();
        if is_check || has_unshown || self.printer.is_json() {
            self.printer.summary();
        }
    }

    /// There is nothing in the file.
    pub(super) fn is_empty(&mut self) {
        self.problem(Place::default(), ProblemKind::Empty);
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
