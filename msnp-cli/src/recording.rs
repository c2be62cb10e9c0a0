//! Recordings of traffic: one reader per file format, and where in the file each byte stands.

mod capture;
mod detect;
mod escape;
mod har;
mod json;
mod lines;
mod place;
mod probe;
mod python;
mod raw;
mod transcript;

use std::io::{self, BufRead};
use std::rc::Rc;

use msnp_proto::Side;

pub(crate) use detect::{Format, detect};
pub(crate) use place::{Piece, Place};

/// What a reader finds next in its file.
#[derive(Debug)]
pub(crate) enum Record {
    /// A connection of this name begins; an earlier one of the same name has ended.
    Opened(Rc<str>),
    /// Bytes that one side wrote on a connection.
    Piece {
        connection: Rc<str>,
        side: Side,
        piece: Piece,
    },
    /// The recording leaves out bytes here; the stream cannot be followed across them.
    Gap {
        connection: Rc<str>,
        side: Side,
        place: Place,
        missing: Option<u64>,
    },
    /// A connection has ended.
    Closed(Rc<str>),
    /// Every connection so far has ended.
    SectionEnd,
    /// An HTTP exchange that is already taken apart.
    Exchange(Box<Exchange>),
    /// Something that is not traffic of a client and its server.
    Skipped(Skipped),
    /// The file breaks its own form; the reader goes on behind it.
    Fault { place: Place, fault: Fault },
}

/// What a recording holds besides traffic.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// A line of notes, at this place.
    Line(Place),
    /// Bytes between a proxy and somebody else (`S>proxy`).
    OtherLeg,
}

/// How a file breaks the form of its format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("line is longer than {limit} bytes")]
    LongLine { limit: usize },
    #[error("not a record")]
    NotARecord,
    #[error("record of {announced} bytes is above the limit of {limit}")]
    LargeRecord { announced: u64, limit: u64 },
    #[error("record holds more than the {announced} bytes that len= says")]
    Surplus { announced: u64 },
    #[error("len= says {announced}, but there are {found} bytes")]
    WrongLength { announced: u64, found: u64 },
    #[error("not an escape of this format")]
    BadEscape,
    #[error("character above U+00FF where each stands for one byte")]
    WideCharacter,
    #[error("not JSON of this format")]
    BadJson,
    #[error("not base64")]
    BadBase64,
    #[error("text holds U+FFFD: the browser replaced bytes that were not UTF-8")]
    ReplacedBytes,
    #[error("file is larger than {limit} bytes, and this format must be read whole")]
    LargeFile { limit: u64 },
}

/// One HTTP exchange of a recording that names its parts.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The host, or whatever the recording calls the other end.
    pub(crate) connection: Rc<str>,
    pub(crate) place: Place,
    pub(crate) request: Request,
    pub(crate) request_body: Body,
    pub(crate) response: Option<Response>,
    pub(crate) response_body: Body,
}

/// A body, as far as the recording has it.
#[derive(Debug)]
pub(crate) enum Body {
    Recorded(Piece),
    /// The recording left it out; its length, if that is known.
    Missing(Option<u64>),
}

/// The head of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Origin-form, absolute-form, or a whole URL.
    pub(crate) target: String,
    pub(crate) headers: Headers,
}

/// The head of a response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
}

/// Header fields in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(pub(crate) Vec<(String, String)>);

impl Headers {
    /// The first value of a field, its name in any case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Reads one format.
pub(crate) trait Recording {
    /// The next record, `None` at the end of the file.
    fn next_record(&mut self) -> io::Result<Option<Record>>;
}

/// Opens a reader of the given format. `side` is who wrote a raw stream, if the user said so.
pub(crate) fn open(
    input: Box<dyn BufRead>,
    format: Format,
    side: Option<Side>,
) -> Box<dyn Recording> {
    match format {
        Format::Raw => Box::new(raw::Raw::new(input, side)),
        Format::Transcript => Box::new(transcript::Transcript::new(input)),
        Format::Capture => Box::new(capture::Capture::new(input)),
        Format::Probe => Box::new(probe::Probe::new(input)),
        Format::Har => Box::new(har::Har::new(input)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Drains a reader; says how many records there were.
    fn drain(bytes: &[u8], format: Format) -> usize {
        let mut recording = open(Box::new(io::Cursor::new(bytes.to_vec())), format, None);
        let mut records = 0;
        while recording
            .next_record()
            .expect("memory does not fail")
            .is_some()
        {
            records += 1;
        }
        records
    }

    const FORMATS: [Format; 5] = [
        Format::Raw,
        Format::Transcript,
        Format::Capture,
        Format::Probe,
        Format::Har,
    ];

    /// Text that gets past the first checks of every reader.
    fn near_misses() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just("--- 1 C>S conn=a t=0.1 len=5\n".to_owned()),
            Just("--- 2 S>C conn=a t=0.1 len=99999999999999999999\n".to_owned()),
            Just("PNG\\r\\n\n".to_owned()),
            Just("\\x4".to_owned()),
            Just("{\"n\": 1, \"conn\": \"A\", \"dir\": \"C>S\", \"len\": 5, \"bytes\": \"PNG\\r\\n\"}\n".to_owned()),
            Just("{\"bytes\": \"\\ud800\\u00e9\", \"dir\":\"S>C\"}\n".to_owned()),
            Just("A >>> PNG\\r\\n...[7 bytes total]\n".to_owned()),
            Just("GW ?SessionID=1.2 -> 200 [('X-MSN-Messenger', 'SessionID=1.2')] b'QNG 50\\r\\n'\n".to_owned()),
            Just("{\"log\":{\"entries\":[{\"request\":{\"url\":\"https://a/gateway/gateway.dll?Action=open\",\"method\":\"POST\"}}]}}".to_owned()),
            "[ -~\n]{0,20}",
        ];
        proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn no_reader_panics_on_arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for format in FORMATS {
                drain(&bytes, format);
            }
        }

        #[test]
        fn no_reader_panics_on_near_misses(bytes in near_misses()) {
            for format in FORMATS {
                drain(&bytes, format);
            }
        }

        #[test]
        fn detection_accepts_anything(bytes in near_misses()) {
            let mut input = io::BufReader::new(&bytes[..]);
            let _ = detect(&mut input).expect("memory does not fail");
        }
    }
}
