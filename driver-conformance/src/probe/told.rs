//! `Told`: the probe's events, one for each input.

use std::fmt;

use bytes::Bytes;
use http::Response;
use machine_contract::{Failure, Instant, RequestId, StreamId};

use crate::wire::Wire;

/// What the probe was told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Told {
    /// The response to a request.
    Answered(RequestId, Response<Bytes>),
    /// A request has failed.
    Failed(RequestId, Failure),
    /// Its alarm was due, and time passed.
    Rang {
        /// When it was due.
        alarm: Instant,
        /// When it rang.
        now: Instant,
    },
    /// It said something by itself.
    Said(u32),
    /// A stream is there.
    Connected(StreamId),
    /// A stream's peer said this.
    Received(StreamId, Bytes),
    /// A stream's peer has finished.
    Finished(StreamId),
    /// A stream is over.
    Closed {
        /// Which.
        id: StreamId,
        /// In order, or how it failed.
        failure: Option<Failure>,
        /// How much of what was sent on it did certainly not leave.
        unwritten: usize,
    },
    /// A stream did not come about, and none will.
    Unsupported(StreamId),
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(id, response) => {
                write!(f, "of request {}: {}", id.get(), response.status().as_u16())?;
                for (name, value) in response.headers() {
                    write!(f, ", {name}: {}", value.as_bytes().escape_ascii())?;
                }
                write!(f, ", body {}", Wire(response.body().to_vec()))
            }
            Self::Failed(id, failure) => write!(f, "of request {}: {failure}", id.get()),
            Self::Rang { alarm, now } => write!(f, "at {now:?} that its alarm of {alarm:?} rang"),
            Self::Said(number) => write!(f, "its own {number}"),
            Self::Connected(id) => write!(f, "that stream {} is there", id.get()),
            Self::Received(id, bytes) => {
                write!(f, "on stream {}: {}", id.get(), Wire(bytes.to_vec()))
            }
            Self::Finished(id) => write!(f, "that the peer of stream {} has finished", id.get()),
            Self::Closed {
                id,
                failure,
                unwritten,
            } => {
                write!(f, "that stream {} is over, ", id.get())?;
                match failure {
                    Some(failure) => write!(f, "{failure}")?,
                    None => f.write_str("in order")?,
                }
                write!(f, ", {unwritten} bytes unwritten")
            }
            Self::Unsupported(id) => {
                write!(
                    f,
                    "that there are no streams, and stream {} is none",
                    id.get()
                )
            }
        }
    }
}
