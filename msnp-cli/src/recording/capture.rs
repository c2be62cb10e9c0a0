//! Captures: one JSON object per line, `{"n": 1, "conn": "NS", "dir": "C>S", "len": 5, "bytes":
//! "PNG\r\n"}`, each character of `bytes` standing for one byte.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead};
use std::rc::Rc;

use msnp_proto::Side;
use serde_json::value::RawValue;

use super::json::{self, Charset};
use super::lines::{Line, Lines};
use super::place::Place;
use super::record::{Fault, Record, Recording, Skipped};

/// The reader.
pub(crate) struct Capture {
    lines: Lines,
    pending: VecDeque<Record>,
}

impl Capture {
    /// Reads `input`.
    pub(crate) fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            lines: Lines::new(input, 64 * 1024 * 1024),
            pending: VecDeque::new(),
        }
    }
}

impl Recording for Capture {
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        loop {
            if let Some(record) = self.pending.pop_front() {
                return Ok(Some(record));
            }
            let limit = self.lines.limit();
            let Some(line) = self.lines.next()? else {
                return Ok(None);
            };
            if line.text.trim_ascii().is_empty() {
                continue;
            }
            let place = line.place;
            let fault = if line.cut {
                Fault::LongLine { limit }
            } else if read(line, &mut self.pending).is_some() {
                continue;
            } else {
                Fault::BadJson
            };
            return Ok(Some(Record::Fault { place, fault }));
        }
    }
}

/// Whether a line looks like a record of this format.
pub(super) fn is_record(line: &[u8]) -> bool {
    fields(line).is_some_and(|fields| fields.contains_key("bytes") && fields.contains_key("dir"))
}

fn fields(line: &[u8]) -> Option<BTreeMap<Cow<'_, str>, &RawValue>> {
    serde_json::from_str(std::str::from_utf8(line).ok()?).ok()
}

/// Appends what the line says; `None` if it is not of this format.
fn read(line: Line<'_>, out: &mut VecDeque<Record>) -> Option<()> {
    let fields = fields(line.text)?;
    let connection: Rc<str> = json::text(fields.get("conn")?)?.into();
    let side = match &*json::text(fields.get("dir")?)? {
        "C>S" => Side::Client,
        "S>C" => Side::Server,
        other => {
            out.push_back(if other.starts_with("closed") {
                Record::Closed(connection)
            } else {
                Record::Skipped(Skipped::OtherLeg)
            });
            return Some(());
        }
    };
    let raw = fields.get("bytes")?.get();
    // `raw` is a slice of the line: its place is where it lies in there.
    let start = raw.as_ptr() as usize - line.text.as_ptr() as usize;
    let place = Place {
        offset: line.place.offset + start as u64,
        ..line.place
    };
    let (piece, fault) = json::bytes(raw, place, Charset::Latin1)?;
    let found = piece.bytes().len() as u64;
    let announced = fields.get("len").map(|len| len.get().parse::<u64>());
    out.push_back(Record::Piece {
        connection,
        side,
        piece,
    });
    if let Some((place, fault)) = fault {
        out.push_back(Record::Fault { place, fault });
    }
    if let Some(announced) = announced
        && announced != Ok(found)
    {
        let fault = announced.map_or(Fault::BadJson, |announced| Fault::WrongLength {
            announced,
            found,
        });
        out.push_back(Record::Fault {
            place: line.place,
            fault,
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Record> {
        let mut capture = Capture::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())));
        std::iter::from_fn(|| capture.next_record().expect("memory does not fail")).collect()
    }

    #[test]
    fn characters_are_bytes_and_know_their_place() {
        let found = records(
            "\n{\"conn\": \"A\", \"dir\": \"S>C\", \"len\": 4, \"bytes\": \"a\\u00e9\\r\u{e9}\"}\n",
        );
        let [Record::Piece { piece, side, .. }] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(
            (&piece.bytes()[..], *side),
            (&b"a\xe9\r\xe9"[..], Side::Server)
        );
        let places: Vec<_> = (0..4)
            .map(|at| piece.place(at).offset - piece.place(0).offset)
            .collect();
        assert_eq!(places, [0, 1, 7, 9]);
        assert_eq!((piece.place(0).line, piece.place(0).offset), (2, 49));
    }

    #[test]
    fn faults_do_not_stop_the_reader() {
        let found = records(
            "{]\n{\"conn\":\"A\",\"dir\":\"C>S\",\"len\":1,\"bytes\":\"\u{20ac}x\"}\n{\"conn\":\"A\",\"dir\":\"closed-by-server\",\"bytes\":\"\"}",
        );
        let faults: Vec<_> = found
            .iter()
            .filter_map(|record| match record {
                Record::Fault { place, fault } => Some(format!("{} {fault}", place.line)),
                _ => None,
            })
            .collect();
        assert_eq!(
            faults,
            [
                "1 not JSON of this format",
                "2 character above U+00FF where each stands for one byte",
                "2 len= says 1, but there are 4 bytes",
            ]
        );
        assert!(matches!(found.last(), Some(Record::Closed(name)) if &**name == "A"));
    }
}
