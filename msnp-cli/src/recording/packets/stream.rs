//! `Stream`: one TCP connection, its two directions put in order: what came twice is dropped, what came early waits,
//! what never came is a gap.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;

use bytes::Bytes;
use msnp_proto::Side;

use super::super::packet_counts::Packets;
use super::super::place::{Piece, Place};
use super::super::record::Record;
use super::segment::Segment;

/// The most bytes, and segments, of a direction that wait for others before them; above, those are given up.
const WAITING_BYTES: usize = 4 * 1024 * 1024;
const WAITING_SEGMENTS: usize = 4096;

/// One connection.
#[derive(Debug)]
pub(super) struct Stream {
    number: u64,
    name: Rc<str>,
    client: SocketAddr,
    from_client: Half,
    from_server: Half,
    /// Both sides have said good-bye, or one has hung up.
    is_closed: bool,
}

/// What one side wrote.
#[derive(Debug, Default)]
struct Half {
    /// The number that its SYN had.
    first: Option<u32>,
    /// The number of the next byte; `None`: nothing came yet.
    next: Option<u32>,
    /// What came early, by its distance from the first byte that was ever seen.
    waiting: BTreeMap<u64, Waiting>,
    waiting_bytes: usize,
    /// Bytes given out and left out so far.
    given: u64,
    /// The last segment was pushed: the next one most often starts a message.
    is_pushed: bool,
    is_finished: bool,
}

#[derive(Debug)]
struct Waiting {
    payload: Bytes,
    place: Place,
    missing: u32,
    is_push: bool,
    is_fin: bool,
}

impl Stream {
    /// A connection of which nothing is known yet.
    pub(super) fn new(number: u64, client: SocketAddr, server: SocketAddr) -> Self {
        Self {
            number,
            name: format!("{client}-{server}").into(),
            client,
            from_client: Half::default(),
            from_server: Half::default(),
            is_closed: false,
        }
    }

    /// Its number among all of the file.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// What it is called: its two ends, the client's first.
    pub(super) fn name(&self) -> Rc<str> {
        self.name.clone()
    }

    /// Whether a segment belongs to another connection between the same ends.
    pub(super) fn is_succeeded_by(&self, segment: &Segment) -> bool {
        let half = self.half(segment.source);
        segment.is_syn
            && (self.is_closed || half.next.is_some() && half.first != Some(segment.sequence))
    }

    fn half(&self, source: SocketAddr) -> &Half {
        if source == self.client {
            &self.from_client
        } else {
            &self.from_server
        }
    }

    /// A segment of one of its sides.
    pub(super) fn push(
        &mut self,
        segment: &Segment,
        out: &mut VecDeque<Record>,
        packets: &mut Packets,
    ) {
        let is_client = segment.source == self.client;
        let (half, side) = if is_client {
            (&mut self.from_client, Side::Client)
        } else {
            (&mut self.from_server, Side::Server)
        };
        let mut writer = Writer {
            name: &self.name,
            side,
            out,
            packets,
        };
        half.push(segment, &mut writer);
        let is_over = self.from_client.is_finished && self.from_server.is_finished;
        if (is_over || segment.is_reset) && !self.is_closed {
            self.is_closed = true;
            self.flush(out, packets);
            out.push_back(Record::Closed(self.name.clone()));
        }
    }

    /// Nothing more comes of it.
    pub(super) fn finish(mut self, out: &mut VecDeque<Record>, packets: &mut Packets) {
        self.flush(out, packets);
        if !self.is_closed {
            out.push_back(Record::Closed(self.name));
        }
    }

    fn flush(&mut self, out: &mut VecDeque<Record>, packets: &mut Packets) {
        for (half, side) in [
            (&mut self.from_client, Side::Client),
            (&mut self.from_server, Side::Server),
        ] {
            let mut writer = Writer {
                name: &self.name,
                side,
                out,
                packets,
            };
            while !half.waiting.is_empty() {
                half.skip_gap(&mut writer);
            }
        }
    }
}

/// Where a direction's bytes go.
struct Writer<'a> {
    name: &'a Rc<str>,
    side: Side,
    out: &'a mut VecDeque<Record>,
    packets: &'a mut Packets,
}

impl Writer<'_> {
    fn give(&mut self, payload: Bytes, place: Place, starts_record: bool) {
        self.packets.give(payload.len() as u64);
        self.out.push_back(Record::Piece {
            connection: self.name.clone(),
            side: self.side,
            piece: Piece::verbatim(payload, place, starts_record),
        });
    }

    fn gap(&mut self, missing: Option<u64>, place: Place) {
        self.out.push_back(Record::Gap {
            connection: self.name.clone(),
            side: self.side,
            place,
            missing,
        });
    }
}

impl Half {
    fn push(&mut self, segment: &Segment, writer: &mut Writer<'_>) {
        let mut sequence = segment.sequence;
        if segment.is_syn {
            self.first = Some(sequence);
            sequence = sequence.wrapping_add(1);
        }
        let next = if let Some(next) = self.next {
            next
        } else {
            // Keep-alives and bare acknowledgements before the first data say nothing about where that starts.
            let says_nothing = segment.payload.is_empty() && !segment.is_syn && !segment.is_fin;
            if says_nothing {
                return;
            }
            // The capture began in the middle of the connection: what was said before is unknown.
            if !segment.is_syn && !segment.payload.is_empty() {
                writer.gap(None, segment.place);
            }
            self.is_pushed = true;
            sequence
        };
        self.next = Some(next);
        // Numbers go round: what is less than half the circle ahead is ahead.
        let ahead = sequence.wrapping_sub(next).cast_signed();
        let waiting = Waiting {
            payload: segment.payload.clone(),
            place: segment.place,
            missing: segment.missing,
            is_push: segment.is_push,
            is_fin: segment.is_fin,
        };
        if let Ok(ahead) = u64::try_from(ahead)
            && ahead > 0
        {
            self.keep(self.given + ahead, waiting, writer);
        } else {
            self.take(waiting, ahead.unsigned_abs() as usize, writer);
        }
        self.take_waiting(writer);
        while self.waiting_bytes > WAITING_BYTES || self.waiting.len() > WAITING_SEGMENTS {
            self.skip_gap(writer);
        }
    }

    /// Keeps what came early. Of two at the same place the longer is kept.
    fn keep(&mut self, at: u64, segment: Waiting, writer: &mut Writer<'_>) {
        if segment.payload.is_empty() && !segment.is_fin {
            return;
        }
        self.waiting_bytes += segment.payload.len();
        let Some(known) = self.waiting.remove(&at) else {
            self.waiting.insert(at, segment);
            return;
        };
        let (mut longer, shorter) = if known.payload.len() >= segment.payload.len() {
            (known, segment)
        } else {
            (segment, known)
        };
        longer.is_fin |= shorter.is_fin;
        self.waiting_bytes -= shorter.payload.len();
        writer.packets.repeat(shorter.payload.len() as u64);
        self.waiting.insert(at, longer);
    }

    /// Takes a segment whose first `known` bytes were given out before.
    fn take(&mut self, mut segment: Waiting, known: usize, writer: &mut Writer<'_>) {
        let length = segment.payload.len();
        let known_here = known.min(length);
        writer.packets.repeat(known_here as u64);
        let is_new = length > known_here;
        if is_new {
            let payload = segment.payload.split_off(known_here);
            let place = Place {
                offset: segment.place.offset + known_here as u64,
                ..segment.place
            };
            self.step(payload.len() as u64);
            writer.give(payload, place, self.is_pushed);
            self.is_pushed = segment.is_push;
        }
        let missing = u64::from(segment.missing).saturating_sub((known - known_here) as u64);
        if missing > 0 {
            let place = Place {
                offset: segment.place.offset + length as u64,
                ..segment.place
            };
            self.step(missing);
            writer.gap(Some(missing), place);
            self.is_pushed = true;
        }
        let is_reached = known <= length + segment.missing as usize;
        if segment.is_fin && is_reached {
            self.is_finished = true;
        }
    }

    fn step(&mut self, bytes: u64) {
        self.given += bytes;
        // Numbers are modulo 2³².
        let bytes = u32::try_from(bytes & u64::from(u32::MAX)).unwrap_or_default();
        self.next = self.next.map(|next| next.wrapping_add(bytes));
    }

    /// Takes all that has been waited for.
    fn take_waiting(&mut self, writer: &mut Writer<'_>) {
        while let Some(entry) = self.waiting.first_entry()
            && *entry.key() <= self.given
        {
            let (at, segment) = entry.remove_entry();
            self.waiting_bytes -= segment.payload.len();
            let known = usize::try_from(self.given - at).unwrap_or(usize::MAX);
            self.take(segment, known, writer);
        }
    }

    /// Gives up what should stand before the first that waits.
    fn skip_gap(&mut self, writer: &mut Writer<'_>) {
        if let Some((at, segment)) = self.waiting.first_key_value() {
            let (missing, place) = (at - self.given, segment.place);
            if missing > 0 {
                self.step(missing);
                writer.gap(Some(missing), place);
                self.is_pushed = true;
            }
            self.take_waiting(writer);
        }
    }
}
