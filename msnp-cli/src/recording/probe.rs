//! Probe notes: `NS >>> PNG\r\n` (client), `NS <<< QNG 50\r\n` (server), `NS *** <closed …>`,
//! `-- topic`, gateway exchanges as Python prints them, and lines that are notes only.

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::rc::Rc;

use msnp_proto::{Side, Verb};

use super::escape::unescape;
use super::lines::{Line, Lines};
use super::place::{PieceBuilder, Place};
use super::python;
use super::record::{Body, Fault, Record, RecordedExchange, Recording, Request, Response, Skipped};

/// The reader.
pub(crate) struct Probe {
    lines: Lines,
    pending: VecDeque<Record>,
}

impl Probe {
    /// Reads `input`.
    pub(crate) fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            lines: Lines::new(input, 16 * 1024 * 1024),
            pending: VecDeque::new(),
        }
    }
}

impl Recording for Probe {
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        loop {
            if let Some(record) = self.pending.pop_front() {
                return Ok(Some(record));
            }
            let limit = self.lines.limit();
            let Some(line) = self.lines.next()? else {
                return Ok(None);
            };
            if line.cut {
                let fault = Fault::LongLine { limit };
                let place = line.place;
                return Ok(Some(Record::Fault { place, fault }));
            }
            read(line, &mut self.pending);
        }
    }
}

/// Whether a line shows that a file is of this format.
pub(super) fn is_probe_line(line: &[u8]) -> bool {
    line.starts_with(b"-- ")
        || line.starts_with(b"## ")
        || line.starts_with(b"GW ?")
        || split(line).is_some()
}

/// The three ways in which a line tells of a connection.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Arrow {
    From(Side),
    Closed,
}

/// `NAME >>> rest`: name, arrow, rest.
fn split(line: &[u8]) -> Option<(&str, Arrow, &[u8])> {
    let space = line.iter().position(|b| *b == b' ')?;
    let name = std::str::from_utf8(&line[..space]).ok()?;
    let (arrow, rest) = line[space + 1..].split_at_checked(3)?;
    let arrow = match arrow {
        b">>>" => Arrow::From(Side::Client),
        b"<<<" => Arrow::From(Side::Server),
        b"***" => Arrow::Closed,
        _ => return None,
    };
    let rest = match rest {
        [] => rest,
        [b' ', rest @ ..] => rest,
        _ => return None,
    };
    (!name.is_empty()).then_some((name, arrow, rest))
}

fn read(line: Line<'_>, out: &mut VecDeque<Record>) {
    let text = line.text.strip_suffix(b"\r").unwrap_or(line.text);
    if text.starts_with(b"-- ") || text.starts_with(b"## ") {
        out.push_back(Record::SectionEnd);
    } else if let Some((name, arrow, rest)) = split(text) {
        let connection: Rc<str> = name.into();
        match arrow {
            Arrow::Closed => out.push_back(Record::Closed(connection)),
            Arrow::From(side) => said(&connection, side, rest, place_in(line, rest), out),
        }
    } else if let Some(exchange) = exchange(line, text) {
        out.push_back(Record::Entries(1));
        out.push_back(Record::Exchange(Box::new(exchange)));
    } else if !result(line, text, out) && !text.starts_with(b"# ") && !text.is_empty() {
        out.push_back(Record::Skipped(Skipped::Line(line.place)));
    }
}

/// Where `part`, a slice of the line, stands.
fn place_in(line: Line<'_>, part: &[u8]) -> Place {
    let start = part.as_ptr() as usize - line.text.as_ptr() as usize;
    Place {
        offset: line.place.offset + start as u64,
        ..line.place
    }
}

/// `PNG\r\n`, maybe cut: `USR 3 TWN S t=30a2...[1067 bytes total]`.
fn said(name: &Rc<str>, side: Side, text: &[u8], place: Place, out: &mut VecDeque<Record>) {
    let (text, total) = match cut_mark(text) {
        Some((text, total)) => (text, Some(total)),
        None => (text, None),
    };
    let mut piece = PieceBuilder::new(place);
    let outcome = unescape(text, place, usize::MAX, &mut piece);
    let found = piece.len() as u64;
    let piece = piece.finish();
    let end = piece.place(piece.bytes().len());
    out.push_back(Record::Piece {
        connection: name.clone(),
        side,
        piece,
    });
    if let Some(place) = outcome.bad {
        let fault = Fault::BadEscape;
        out.push_back(Record::Fault { place, fault });
    }
    if let Some(total) = total {
        out.push_back(Record::Gap {
            connection: name.clone(),
            side,
            place: end,
            missing: total.checked_sub(found),
        });
    }
}

/// Splits `text...[N bytes total]`.
fn cut_mark(text: &[u8]) -> Option<(&[u8], u64)> {
    let inner = text.strip_suffix(b" bytes total]")?;
    let open = inner.iter().rposition(|b| *b == b'[')?;
    let (text, mark) = inner.split_at(open);
    let total = std::str::from_utf8(&mark[1..]).ok()?.parse().ok()?;
    Some((text.strip_suffix(b"...")?, total))
}

/// `GW ?SessionID=1.2 -> 200 [('X-MSN-Messenger', '…'), …] b'…'`: the reply of a gateway; what was
/// posted is not written down.
fn exchange(line: Line<'_>, text: &[u8]) -> Option<RecordedExchange> {
    let rest = text.strip_prefix(b"GW ")?;
    let arrow = rest.windows(4).position(|part| part == b" -> ")?;
    let query = std::str::from_utf8(&rest[..arrow]).ok()?;
    let rest = &rest[arrow + 4..];
    let (status, rest) = rest.split_at_checked(4)?;
    let status = std::str::from_utf8(status.trim_ascii())
        .ok()?
        .parse()
        .ok()?;
    let (headers, rest) = python::headers(rest)?;
    let rest = rest.trim_ascii_start();
    let (body, _) = python::bytes(rest, place_in(line, rest))?;
    // A poll has nothing to post.
    let posted = if query.contains("Action=poll") {
        Some(0)
    } else {
        None
    };
    Some(RecordedExchange {
        connection: "GW".into(),
        place: line.place,
        request: Request {
            method: "POST".to_owned(),
            target: format!("/gateway/gateway.dll{query}"),
            headers: super::Headers::default(),
        },
        request_body: Body::Missing(posted),
        response: Some(Response { status, headers }),
        response_body: Body::Recorded(body),
    })
}

/// `15 bad b'911 3\r\n' True`: the last that a server said on a connection of its own.
fn result(line: Line<'_>, text: &[u8], out: &mut VecDeque<Record>) -> bool {
    let Some(at) = text
        .windows(4)
        .position(|part| part == b" b'" || part.starts_with(b" b'"))
    else {
        return false;
    };
    let Ok(label) = std::str::from_utf8(&text[..at]) else {
        return false;
    };
    let is_label = !label.is_empty()
        && label
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    let rest = &text[at + 1..];
    match python::bytes(rest, place_in(line, rest)) {
        Some((piece, _)) if is_label && may_be_msnp(piece.bytes()) => {
            let connection: Rc<str> = label.into();
            out.push_back(Record::Opened(connection.clone()));
            out.push_back(Record::Piece {
                connection: connection.clone(),
                side: Side::Server,
                piece,
            });
            out.push_back(Record::Closed(connection));
            true
        }
        _ => false,
    }
}

/// Whether the text is empty or starts like a frame.
fn may_be_msnp(bytes: &[u8]) -> bool {
    match bytes {
        [] => true,
        [a, b, c, b' ' | b'\r', ..] => Verb::new([*a, *b, *c]).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut probe = Probe::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())));
        let mut found = Vec::new();
        while let Some(record) = probe.next_record().expect("memory does not fail") {
            found.push(match record {
                Record::Piece {
                    connection,
                    side,
                    piece,
                } => format!(
                    "{connection} {side:?} {:?} at {}",
                    String::from_utf8_lossy(piece.bytes()),
                    piece.place(0).offset
                ),
                Record::Gap { missing, place, .. } => {
                    format!("gap {missing:?} at {}", place.offset)
                }
                Record::Exchange(exchange) => format!(
                    "{} -> {:?}, {:?}",
                    exchange.request.target,
                    exchange.response.map(|response| response.status),
                    exchange.request_body
                ),
                Record::Closed(name) => format!("close {name}"),
                Record::Opened(name) => format!("open {name}"),
                Record::Entries(_) => continue,
                Record::Skipped(Skipped::Line(place)) => format!("note in line {}", place.line),
                other => format!("{other:?}"),
            });
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn both_directions_are_read() {
        check(
            "-- topic\nNS >>>  URL 2 INBOX\\t\\n\nNS <<< 911 2\\r\\n\nNS *** <closed by server>\n50032\n",
            &[
                "SectionEnd",
                r#"NS Client " URL 2 INBOX\t\n" at 16"#,
                r#"NS Server "911 2\r\n" at 40"#,
                "close NS",
                "note in line 5",
            ],
        );
    }

    #[test]
    fn cut_records_leave_a_gap() {
        check(
            "NS >>> USR 3...[1067 bytes total]\n",
            &[r#"NS Client "USR 3" at 7"#, "gap Some(1062) at 12"],
        );
    }

    #[test]
    fn replies_of_a_gateway_are_exchanges() {
        check(
            "GW ?SessionID=1.2 -> 200 [('A', 'b')] b'QNG 50\\r\\n'\nGW ?Action=poll&SessionID=nope -> 400 [] b''\n",
            &[
                "/gateway/gateway.dll?SessionID=1.2 -> Some(200), Missing(None)",
                "/gateway/gateway.dll?Action=poll&SessionID=nope -> Some(400), Missing(Some(0))",
            ],
        );
    }

    #[test]
    fn results_are_connections_and_pages_are_not() {
        check(
            "15 bad b'911 3\\r\\n' True\n-- post root -> 200 [] b''\n/RST.srf bad 200 b'<?xml'\nb'<?xml'\n",
            &[
                "open 15 bad",
                r#"15 bad Server "911 3\r\n" at 9"#,
                "close 15 bad",
                "SectionEnd",
                "note in line 3",
                "note in line 4",
            ],
        );
    }
}
