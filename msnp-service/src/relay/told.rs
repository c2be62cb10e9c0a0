//! `Told`: what becomes of what the server machine wanted.

use machine_contract::{RequestId, StreamId};
use machine_driver::Outcome;
use msnp_server::imsoap::StreamNews;

/// What becomes of what the server machine wanted.
#[derive(Debug)]
pub(crate) enum Told {
    /// A request has ended.
    Answered(RequestId, Box<Outcome>),
    /// Something has happened to a stream.
    Stream(StreamId, StreamNews),
}
