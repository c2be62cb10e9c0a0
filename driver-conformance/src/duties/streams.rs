//! Byte streams: made, spoken over, ended.

mod end;
mod flow;
mod make;

pub(crate) use end::*;
pub(crate) use flow::*;
pub(crate) use make::*;

use machine_contract::{Failure, StreamId};

use crate::peer::Peer;
use crate::stage::{AGES, Subject, told};
use crate::{Drive, Probe, Told, Verdict};

impl<D: Drive<Probe>> Subject<D> {
    /// Makes a stream to that peer.
    fn connect(&mut self, peer: &Peer) -> Verdict<StreamId> {
        let to = peer.remote();
        let id = self.call(|probe, now| probe.connect(to, AGES, now));
        match self.told("a stream")? {
            Told::Connected(of) if of == id => Ok(id),
            seen => Err(told("a stream comes about", seen)),
        }
    }

    /// The next so many bytes of this stream, of which nothing else may be told.
    fn hears(&mut self, id: StreamId, len: usize) -> Verdict<Vec<u8>> {
        let mut heard = Vec::new();
        while heard.len() < len {
            match self.told("bytes of a stream")? {
                Told::Received(of, bytes) if of == id => heard.extend(bytes),
                seen => return Err(told("bytes of a stream", seen)),
            }
        }
        Ok(heard)
    }

    /// The peer of this stream must have finished next.
    fn hears_the_end(&mut self, id: StreamId) -> Verdict {
        match self.told("the peer's end")? {
            Told::Finished(of) if of == id => Ok(()),
            seen => Err(told("the peer has finished", seen)),
        }
    }

    /// This stream must be over next; how much was not written.
    fn closes(&mut self, id: StreamId, expected: Option<Failure>) -> Verdict<usize> {
        match self.told("the end of a stream")? {
            Told::Closed {
                id: of,
                failure,
                unwritten,
            } if of == id && failure == expected => Ok(unwritten),
            seen => {
                let how = expected.map_or("in order".to_owned(), |failure| failure.to_string());
                Err(told(format!("a stream ends: {how}"), seen))
            }
        }
    }

    fn say_on(&mut self, id: StreamId, bytes: &'static [u8]) {
        self.call(|probe, _| probe.send(id, bytes));
    }
}

/// The bytes are these; else the first that is not.
fn same(what: &str, seen: &[u8], expected: &[u8]) -> Verdict {
    if seen == expected {
        return Ok(());
    }
    let differ = seen.iter().zip(expected).position(|(a, b)| a != b);
    Err(crate::Breach::Count {
        what: format!("{what}: bytes that are right"),
        expected: expected.len().to_string(),
        seen: differ.unwrap_or(seen.len().min(expected.len())),
    })
}
