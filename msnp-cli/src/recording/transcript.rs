//! Transcripts: `--- 12 C>S conn=NS-alice t=0.044 len=40`, then the bytes, escaped.
//!
//! Printable ASCII stands as it is, `\\`, `\r`, `\t` and `\xNN` for one byte each, `\n` for a line
//! feed, with a line break behind it that is not part of the data, like the one behind a record
//! that does not end in a line feed. `len=` decides.

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::rc::Rc;

use msnp_proto::Side;

use super::escape::unescape;
use super::lines::Lines;
use super::place::{PieceBuilder, Place};
use super::record::{Fault, Record, Recording, Skipped};

/// The most bytes that one record may hold.
const RECORD_LIMIT: u64 = 16 * 1024 * 1024;

/// The reader.
pub(crate) struct Transcript {
    lines: Lines,
    /// What is to be said before reading on.
    pending: VecDeque<Record>,
}

/// The line that announces a record.
#[derive(Clone, Debug)]
struct Announcement {
    direction: Direction,
    connection: Rc<str>,
    length: u64,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Direction {
    From(Side),
    OtherLeg,
}

impl Transcript {
    /// Reads `input`.
    pub(crate) fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            lines: Lines::new(input, 4 * 1024 * 1024),
            pending: VecDeque::new(),
        }
    }

    /// Reads the bytes of a record; the place of the announcement is `place`.
    fn record(&mut self, announced: &Announcement, place: Place) -> io::Result<Record> {
        let limit = usize::try_from(announced.length).unwrap_or(usize::MAX);
        let mut piece = PieceBuilder::new(self.lines.place());
        let mut surplus = None;
        while let Some(line) = self.lines.next()? {
            // A record whose bytes are missing must not swallow the records behind it.
            if is_announcement(line.text) {
                self.lines.unread();
                break;
            }
            let outcome = unescape(line.text, line.place, limit, &mut piece);
            let (cut, line_place) = (line.cut, line.place);
            surplus = outcome.surplus;
            if let Some(place) = outcome.bad {
                let fault = Fault::BadEscape;
                self.pending.push_back(Record::Fault { place, fault });
            }
            if cut {
                let limit = self.lines.limit();
                self.pending.push_back(Record::Fault {
                    place: line_place,
                    fault: Fault::LongLine { limit },
                });
                break;
            }
            if piece.len() >= limit || !outcome.ends_in_feed {
                break;
            }
        }
        let Direction::From(side) = announced.direction else {
            return Ok(Record::Skipped(Skipped::OtherLeg));
        };
        let connection = announced.connection.clone();
        if let Some(place) = surplus {
            self.pending.push_back(Record::Fault {
                place,
                fault: Fault::Surplus {
                    announced: announced.length,
                },
            });
        } else if piece.len() < limit {
            self.pending.push_back(Record::Gap {
                connection: connection.clone(),
                side,
                place,
                missing: Some((limit - piece.len()) as u64),
            });
        }
        Ok(Record::Piece {
            connection,
            side,
            piece: piece.finish(),
        })
    }
}

impl Recording for Transcript {
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        if let Some(record) = self.pending.pop_front() {
            return Ok(Some(record));
        }
        loop {
            let Some(line) = self.lines.next()? else {
                return Ok(None);
            };
            let place = line.place;
            let text = line.text.trim_ascii_end();
            if text.is_empty() {
                continue;
            }
            if let Some(comment) = text.strip_prefix(b"#") {
                match event(comment) {
                    Some(record) => return Ok(Some(record)),
                    None => continue,
                }
            }
            let Some(announced) = announcement(text) else {
                return Ok(Some(Record::Fault {
                    place,
                    fault: Fault::NotARecord,
                }));
            };
            if announced.length > RECORD_LIMIT {
                return Ok(Some(Record::Fault {
                    place,
                    fault: Fault::LargeRecord {
                        announced: announced.length,
                        limit: RECORD_LIMIT,
                    },
                }));
            }
            return self.record(&announced, place).map(Some);
        }
    }
}

/// Whether a line announces a record.
pub(crate) fn is_announcement(line: &[u8]) -> bool {
    announcement(line).is_some()
}

fn announcement(line: &[u8]) -> Option<Announcement> {
    let rest = line.strip_prefix(b"--- ")?;
    let text = std::str::from_utf8(rest).ok()?;
    let mut words = text.split_ascii_whitespace();
    words.next()?.parse::<u64>().ok()?;
    let direction = match words.next()? {
        "C>S" => Direction::From(Side::Client),
        "S>C" => Direction::From(Side::Server),
        other if other.contains('>') => Direction::OtherLeg,
        _ => return None,
    };
    let mut connection = None;
    let mut length = None;
    for word in words {
        if let Some(name) = word.strip_prefix("conn=") {
            connection = Some(Rc::from(name));
        } else if let Some(number) = word.strip_prefix("len=") {
            length = Some(number.parse().ok()?);
        }
    }
    Some(Announcement {
        direction,
        connection: connection?,
        length: length?,
    })
}

/// What a comment says about a connection: `NS-alice: TCP connect to …`,
/// `bob#4:127.0.0.1:1864: client closed`.
fn event(comment: &[u8]) -> Option<Record> {
    let text = std::str::from_utf8(comment).ok()?.trim_ascii();
    let (name, what) = text
        .split_once(": ")
        .filter(|(name, _)| !name.contains(' '))?;
    if what.starts_with("TCP connect") || what.starts_with("client connects") {
        Some(Record::Opened(name.into()))
    } else if what.starts_with("closed")
        || what.starts_with("connection closed")
        || what.starts_with("server closed the TCP")
    {
        Some(Record::Closed(name.into()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut reader = Transcript::new(Box::new(io::Cursor::new(text.to_owned().into_bytes())));
        let mut found = Vec::new();
        while let Some(record) = reader.next_record().expect("memory does not fail") {
            found.push(match record {
                Record::Opened(name) => format!("open {name}"),
                Record::Closed(name) => format!("close {name}"),
                Record::Piece {
                    connection,
                    side,
                    piece,
                } => format!(
                    "{connection} {side:?} {:?} at {}",
                    String::from_utf8_lossy(piece.bytes()),
                    piece.place(0).line,
                ),
                Record::Gap { missing, .. } => format!("gap {missing:?}"),
                Record::Fault { place, fault } => format!("{place}: {fault}"),
                other => format!("{other:?}"),
            });
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn records_and_connections_are_read() {
        check(
            "# a: TCP connect to 127.0.0.1:1863\n--- 1 C>S conn=a t=0.0 len=10\nPNG\\r\\n\nOUT\\r\\n\n\
             --- 2 S>C conn=a t=0.1 len=2\nQN\n--- 3 S>C conn=a t=0.1 len=0\n\n# a: server closed the TCP connection\n",
            &[
                "open a",
                r#"a Client "PNG\r\nOUT\r\n" at 3"#,
                r#"a Server "QN" at 6"#,
                r#"a Server "" at 8"#,
                "close a",
            ],
        );
    }

    #[test]
    fn wrong_lengths_are_found_and_do_not_spread() {
        check(
            "--- 1 C>S conn=a t=0 len=9\nPNG\\r\\n\n--- 2 S>C conn=a t=0 len=3\nQNGxx\njunk\n",
            &[
                r#"a Client "PNG\r\n" at 2"#,
                "gap Some(4)",
                r#"a Server "QNG" at 4"#,
                "line 4, byte 65: record holds more than the 3 bytes that len= says",
                "line 5, byte 68: not a record",
            ],
        );
    }

    #[test]
    fn what_a_proxy_said_to_others_is_skipped() {
        check(
            "--- 9 S>proxy conn=a t=0 len=2\nhi\n",
            &["Skipped(OtherLeg)"],
        );
    }
}
