//! What a server answers, and what goes wrong with it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A reply before it is written. Its `Content-Length` follows from the body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers, but for the length of its body.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// Only so many bytes are written, head included, and then the connection is closed. Whoever made
    /// the reply believes that it was delivered.
    pub cut: Option<usize>,
}

impl Reply {
    /// A reply with that body and no headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            cut: None,
        }
    }

    /// One header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, cut off after so many bytes.
    #[must_use]
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// How many bytes it has, head included.
    #[expect(clippy::len_without_is_empty, reason = "none is empty")]
    pub fn len(&self) -> usize {
        self.to_bytes().len()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {} Scripted\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(format!("Content-Length: {}\r\n\r\n", self.body.len()).bytes());
        bytes.extend(&self.body);
        bytes.truncate(self.cut.unwrap_or(usize::MAX));
        bytes
    }
}

/// What happens to one request.
pub struct Fault(Plan);

/// What a [`Fault`] has come to.
pub(super) struct Plan {
    pub(super) forward: bool,
    pub(super) edit: Box<dyn FnOnce(&mut Reply) + Send>,
    pub(super) raw: Option<(Vec<u8>, bool)>,
    /// What follows the answer again and again, and how many bytes of it there are at most.
    pub(super) flood: Option<(Vec<u8>, usize)>,
    pub(super) delay: Duration,
    pub(super) gate: Option<Gate>,
    pub(super) drip: Option<Duration>,
}

impl Fault {
    /// None: the server behind answers.
    pub fn none() -> Self {
        Self::edit(|_| {})
    }

    /// The server behind answers, and its reply is changed on the way.
    pub fn edit(edit: impl FnOnce(&mut Reply) + Send + 'static) -> Self {
        Self(Plan {
            forward: true,
            edit: Box::new(edit),
            raw: None,
            flood: None,
            delay: Duration::ZERO,
            gate: None,
            drip: None,
        })
    }

    pub(super) fn into_plan(self) -> Plan {
        self.0
    }

    /// The server behind answers, and the connection is closed after so many bytes of its reply.
    pub fn cut(after: usize) -> Self {
        Self::edit(move |reply| reply.cut = Some(after))
    }

    /// This reply instead; the server behind never sees the request.
    pub fn answer(reply: Reply) -> Self {
        let mut fault = Self::edit(move |default| *default = reply);
        fault.0.forward = false;
        fault
    }

    /// These bytes instead of a reply, whatever they are; the connection stays open.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let mut fault = Self::answer(Reply::new(200, ""));
        fault.0.raw = Some((bytes.into(), false));
        fault
    }

    /// These bytes instead of a reply, and then the connection is closed.
    pub fn raw_then_close(bytes: impl Into<Vec<u8>>) -> Self {
        let mut fault = Self::answer(Reply::new(200, ""));
        fault.0.raw = Some((bytes.into(), true));
        fault
    }

    /// These bytes instead of a reply, and behind them the same piece again and again: as long as the client takes
    /// it, but no more than so many bytes of it, and then the connection is closed.
    /// [`Server::flooded`](super::Server::flooded) says how many were taken.
    pub fn flood(head: impl Into<Vec<u8>>, piece: impl Into<Vec<u8>>, most: usize) -> Self {
        let mut fault = Self::raw_then_close(head);
        fault.0.flood = Some((piece.into(), most));
        fault
    }

    /// The connection is closed without a reply; the server behind never sees the request.
    pub fn close() -> Self {
        Self::answer(Reply::new(200, "").cut_after(0))
    }

    /// The request is read and nothing ever comes; the server behind never sees it.
    pub fn hang() -> Self {
        Self::answer(Reply::new(200, "")).delay(Duration::MAX)
    }

    /// The reply is held back for so long.
    #[must_use]
    pub fn delay(mut self, by: Duration) -> Self {
        self.0.delay = by;
        self
    }

    /// The reply is held back until this gate opens.
    #[must_use]
    pub fn until(mut self, gate: &Gate) -> Self {
        self.0.gate = Some(gate.clone());
        self
    }

    /// The reply comes byte by byte with this pause.
    #[must_use]
    pub fn drip(mut self, pause: Duration) -> Self {
        self.0.drip = Some(pause);
        self
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("forward", &self.0.forward)
            .field("delay", &self.0.delay)
            .field("drip", &self.0.drip)
            .finish_non_exhaustive()
    }
}

/// Holds replies back until it is opened. Clones are one gate.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<AtomicBool>);

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens it, for good.
    pub fn open(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
