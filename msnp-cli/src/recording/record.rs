//! What every format's reader gives: records, each with its place in the file.

use std::io;
use std::rc::Rc;

use msnp_proto::Side;

use super::packet_counts::Packets;
use super::place::{Piece, Place};

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
    Exchange(Box<RecordedExchange>),
    /// So many exchanges are listed here; each follows as an exchange, or as an [`UnreadEntry`](Self::UnreadEntry).
    Entries(u64),
    /// An exchange that the file lists and that cannot be read.
    UnreadEntry { place: Place },
    /// What became of the packets of a capture.
    Packets(Box<Packets>),
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
    #[error("the file ends early: its JSON is not closed")]
    CutJson,
    #[error("JSON, but no HAR: there is no log.entries")]
    NoEntries,
    #[error("no entry of a HAR: request, method or URL is missing")]
    BadEntry,
    #[error("{what} cannot be read")]
    BadField { what: &'static str },
    #[error("not base64")]
    BadBase64,
    #[error("labelled as base64, which it is not; read as text")]
    WrongBase64Label,
    #[error("base64 without the label; read as such")]
    NoBase64Label,
    #[error("not a block of this packet capture; the rest of the file cannot be read")]
    BadBlock,
    #[error("the packet capture ends early, in the middle of a block")]
    CutCapture,
    #[error("block is longer than {limit} bytes; the rest of the file cannot be read")]
    LongBlock { limit: usize },
    #[error("text holds U+FFFD: the browser replaced bytes that were not UTF-8")]
    ReplacedBytes,
    #[error("file is larger than {limit} bytes, and this format must be read whole")]
    LargeFile { limit: u64 },
}

/// One HTTP exchange of a recording that names its parts.
#[derive(Debug)]
pub(crate) struct RecordedExchange {
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
pub(crate) struct Headers(Vec<(String, String)>);

impl Headers {
    /// Adds a field behind the others.
    pub(crate) fn push(&mut self, name: String, value: String) {
        self.0.push((name, value));
    }

    /// Goes on with the value of the last field; whether there is one.
    pub(crate) fn extend_last(&mut self, more: &str) -> bool {
        let Some((_, value)) = self.0.last_mut() else {
            return false;
        };
        if !value.is_empty() && !more.is_empty() {
            value.push(' ');
        }
        value.push_str(more);
        true
    }

    /// The first value of a field, its name in any case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl FromIterator<(String, String)> for Headers {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(fields: T) -> Self {
        Self(fields.into_iter().collect())
    }
}

/// Reads one format.
pub(crate) trait Recording {
    /// The next record, `None` at the end of the file.
    fn next_record(&mut self) -> io::Result<Option<Record>>;
}
