//! A raw stream: the bytes of one direction of one connection, nothing else.

use std::io::{self, BufRead};
use std::rc::Rc;

use bytes::Bytes;
use msnp_proto::{Frame, FrameDecoder, PayloadTable, Side, Verb};

use super::place::{Piece, Place};
use super::record::{Record, Recording};

/// The reader.
pub(crate) struct Raw {
    input: Box<dyn BufRead>,
    connection: Rc<str>,
    side: Option<Side>,
    offset: u64,
}

impl Raw {
    /// Reads `input`, written by `side`; guessed from its first block if not said.
    pub(crate) fn new(input: Box<dyn BufRead>, side: Option<Side>) -> Self {
        Self {
            input,
            connection: "-".into(),
            side,
            offset: 0,
        }
    }
}

impl Recording for Raw {
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        let block = loop {
            match self.input.fill_buf() {
                Ok(block) => break block,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        if block.is_empty() {
            return Ok(None);
        }
        let bytes = Bytes::copy_from_slice(block);
        self.input.consume(bytes.len());
        let side = *self.side.get_or_insert_with(|| guess(&bytes));
        let place = Place {
            line: 0,
            offset: self.offset,
        };
        self.offset += bytes.len() as u64;
        let starts_record = place.offset == 0;
        Ok(Some(Record::Piece {
            connection: self.connection.clone(),
            side,
            piece: Piece::verbatim(bytes, place, starts_record),
        }))
    }
}

/// Who wrote the bytes: told by the first frame that only one of the two would send.
fn guess(bytes: &Bytes) -> Side {
    if bytes.starts_with(b"HTTP/") {
        return Side::Server;
    }
    for side in [Side::Client, Side::Server] {
        let mut decoder = FrameDecoder::new(PayloadTable::either(side));
        decoder.push(bytes.clone());
        // A few frames are enough; bad lines are no evidence.
        for _ in 0..50 {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    if let Some(writer) = writer(&frame) {
                        return writer;
                    }
                }
                Err(error) if !error.is_fatal() => {}
                Ok(None) | Err(_) => break,
            }
        }
    }
    Side::Client
}

/// Who sends a frame like this, where that can be told.
fn writer(frame: &Frame) -> Option<Side> {
    const SERVER: [Verb; 17] = [
        Verb::CHL,
        Verb::NLN,
        Verb::ILN,
        Verb::FLN,
        Verb::UBX,
        Verb::UBN,
        Verb::UBM,
        Verb::QNG,
        Verb::RNG,
        Verb::IRO,
        Verb::JOI,
        Verb::BYE,
        Verb::NFY,
        Verb::LSG,
        Verb::BPR,
        Verb::IPG,
        Verb::SBS,
    ];
    let count = frame.params().count();
    let is_ok = frame.param(1) == Some(b"OK");
    let is_client = match frame.verb() {
        verb if SERVER.contains(&verb) || verb.error_code().is_some() => false,
        Verb::PNG | Verb::UUM => true,
        Verb::CNT | Verb::ATH | Verb::BND => {
            let mut parts = frame.payload().windows(b"-response".len());
            !parts.any(|part| part == b"-response")
        }
        // The client offers "CVR0" as well; the server names one version.
        Verb::VER => count > 2,
        Verb::CVR => count > 6,
        Verb::USR if frame.param(2) == Some(b"I") => true,
        Verb::MSG => matches!(frame.param(1), Some(b"N" | b"A" | b"U" | b"D")),
        Verb::ANS => !is_ok,
        Verb::USR | Verb::PUT | Verb::ADL | Verb::RML if is_ok => false,
        _ => return None,
    };
    Some(if is_client {
        Side::Client
    } else {
        Side::Server
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Side) {
        assert_eq!(
            guess(&Bytes::copy_from_slice(text.as_bytes())),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn the_writer_is_guessed() {
        check("VER 1 MSNP8 CVR0\r\n", Side::Client);
        check("VER 1 MSNP8\r\n", Side::Server);
        check("NLN NLN bob@example.com Bob 0\r\n", Side::Server);
        check("MSG 4 N 2\r\nhi", Side::Client);
        check("MSG bob@example.com Bob 2\r\nhi", Side::Server);
        check(
            "CHG 5 NLN 0\r\nILN 5 NLN bob@example.com Bob 0\r\n",
            Side::Server,
        );
        check(
            "CNT 1 CON 2\r\n\r\nBND 3 CON 18\r\n\r\n<msgr-response/>",
            Side::Client,
        );
        check("USR 4 TWN S t=1\r\nPNG\r\n", Side::Client);
        check("USR 4 OK a@b Al 1 0\r\n", Side::Server);
        check("HTTP/1.1 200 OK\r\n\r\n", Side::Server);
        check("nonsense", Side::Client);
    }
}
