//! What is wrong with a recording or with the traffic in it.

use std::fmt;
use std::rc::Rc;

use msnp_proto::auth::passport::PassportError;
use msnp_proto::{FrameErrorKind, Side, Verb};

use super::coding::CodingFault;
use super::http_head::HttpFault;
use crate::recording::{Fault, Place};

/// Which stream: a connection, or a gateway session that went over one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) connection: Rc<str>,
    /// The gateway session, counted from 1 in the order in which they were opened.
    pub(super) session: Option<u32>,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.connection)?;
        match self.session {
            Some(session) => write!(f, "/gw{session}"),
            None => Ok(()),
        }
    }
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// The place in the file.
    pub(super) place: Place,
    /// The stream, if it is known.
    pub(super) label: Option<Label>,
    pub(super) side: Option<Side>,
    /// Byte of the stream, if it lies in one.
    pub(super) offset: Option<u64>,
    pub(super) kind: ProblemKind,
}

/// The kinds of things that are wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProblemKind {
    #[error("{0}")]
    Frame(FrameErrorKind),
    #[error("unfinished frame: {bytes} bytes are left over at the end of the stream")]
    Unfinished { bytes: usize },
    #[error("the recording leaves out {}", Gap(*missing, *held))]
    Gap {
        missing: Option<u64>,
        /// Bytes of an unfinished frame before the gap.
        held: usize,
    },
    #[error(
        "{skipped} bytes before could not be read; the stream is taken up again at this record"
    )]
    Resumed { skipped: u64 },
    #[error("the last {skipped} bytes of the stream could not be read")]
    Lost { skipped: u64 },
    #[error("{0}")]
    Http(HttpFault),
    #[error("{0}")]
    Coding(CodingFault),
    #[error("{bytes} bytes of a gateway session that was given up: too many were open")]
    SessionForgotten { bytes: u64 },
    #[error("more than {limit} requests wait for their responses; the first is not waited for")]
    Pipeline { limit: usize },
    #[error("{0}")]
    Recording(Fault),
    #[error("command line is not UTF-8 at its byte {at}")]
    LineNotUtf8 { at: usize },
    #[error("{verb} has no transaction id where a client must give one")]
    NoTransactionId { verb: Verb },
    #[error("{verb} is not written in capitals")]
    NotCapitals { verb: Verb },
    #[error("header of the message is not UTF-8 at byte {at} of the payload")]
    HeaderNotUtf8 { at: usize },
    #[error("{verb}: {what}")]
    Command { verb: Verb, what: String },
    #[error("{verb}: its payload is no {kind}: {what}")]
    Payload {
        verb: Verb,
        kind: String,
        what: String,
    },
    #[error("{verb} is neither a command of any dialect nor explained")]
    Unexplained { verb: Verb },
    #[error("SOAP: {0}")]
    Soap(String),
    #[error("Passport 1.4: {0}")]
    Passport(PassportError),
    #[error("{verb}: not {wanted}")]
    Parameter { verb: Verb, wanted: &'static str },
    #[error("not records: {lines} lines, the first one here")]
    Notes { lines: u64 },
    #[error("the frame does not encode to the bytes that it was read from")]
    NotReencoded,
    #[error("no MSNP found")]
    NothingFound,
    #[error("the file is empty")]
    Empty,
    #[error(
        "looks like no format that is known here; it was read as a raw stream, --format says otherwise"
    )]
    NoFormat,
    #[error("a fault of this program, please report it: {0}")]
    LeftOut(String),
    #[error("{count} more like it, --verbose shows all: {text}")]
    Alike { count: u64, text: String },
}

/// How many bytes are missing, and how many before them are of no use.
struct Gap(Option<u64>, usize);

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(bytes) => write!(f, "{bytes} bytes here")?,
            None => f.write_str("what was said here")?,
        }
        match self.1 {
            0 => Ok(()),
            held => write!(f, "; {held} bytes before are of an unfinished frame"),
        }
    }
}
