//! Commands: what a frame means in its dialect, and the envelope of those of MSNP24.

use std::fmt;

use bytes::Bytes;
use msnp_proto::classic::{self, ServerKind};
use msnp_proto::msnp24::{self, Channel, HeaderValue};
use msnp_proto::{Dialect, Side, TrId, Verb};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::frames::Frame;
use crate::wrong::command_error;

/// A command in words: its type and its fields, without secrets and without what people say. `None` if the frame is none that is known.
#[pyfunction]
#[pyo3(signature = (frame, dialect, side, *, switchboard = false))]
pub(crate) fn explain(
    py: Python<'_>,
    frame: &Frame,
    dialect: &str,
    side: &str,
    switchboard: bool,
) -> PyResult<Option<String>> {
    let dialect: Dialect = dialect.parse().map_err(unfit)?;
    let side = match side {
        "client" => Side::Client,
        "server" => Side::Server,
        _ => return Err(unfit("the side is neither 'client' nor 'server'")),
    };
    let server = if switchboard {
        ServerKind::Switchboard
    } else {
        ServerKind::Notification
    };
    let frame = frame.inner();
    // Each family of dialects has its own types, and its own word for what is none of them.
    let said = match (dialect.has_bindings(), side) {
        (true, Side::Client) => match msnp24::ClientCommand::parse(frame) {
            Ok(command) => known(
                &command.body,
                matches!(command.body, msnp24::ClientBody::Other(_)),
            ),
            Err(error) => return Err(command_error(py, &error, error.offset)),
        },
        (true, Side::Server) => match msnp24::ServerCommand::parse(frame) {
            Ok(command) => known(
                &command.body,
                matches!(command.body, msnp24::ServerBody::Other(_)),
            ),
            Err(error) => return Err(command_error(py, &error, error.offset)),
        },
        (false, Side::Client) => match classic::ClientCommand::parse(frame, dialect, server) {
            Ok(command) => known(
                &command.body,
                matches!(command.body, classic::ClientBody::Other(_)),
            ),
            Err(error) => return Err(command_error(py, &error, error.offset)),
        },
        (false, Side::Server) => match classic::ServerCommand::parse(frame, dialect, server) {
            Ok(command) => known(
                &command.body,
                matches!(command.body, classic::ServerBody::Other(_)),
            ),
            Err(error) => return Err(command_error(py, &error, error.offset)),
        },
    };
    Ok(said)
}

fn known(body: &impl fmt::Debug, is_other: bool) -> Option<String> {
    (!is_other).then(|| format!("{body:?}"))
}

fn unfit(why: impl fmt::Display) -> PyErr {
    PyValueError::new_err(why.to_string())
}

/// What every frame of MSNP24 has: command, transaction id, channel, header block, body.
#[pyclass(frozen, eq, module = "msnp", name = "Envelope")]
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope(msnp24::Envelope);

#[pymethods]
impl Envelope {
    /// One to be sent.
    #[new]
    #[pyo3(signature = (verb, transaction, channel, *, headers = Vec::new(), body = Vec::new()))]
    fn new(
        verb: &str,
        transaction: u32,
        channel: &str,
        headers: Vec<(String, Vec<u8>)>,
        body: Vec<u8>,
    ) -> PyResult<Self> {
        let verb = verb.as_bytes().try_into().ok().and_then(Verb::new);
        let verb = verb.ok_or_else(|| unfit("a verb is three letters or digits"))?;
        let channel = Channel::new(channel.to_owned());
        let channel = channel.ok_or_else(|| unfit("a channel is a word"))?;
        let mut envelope = msnp24::Envelope::new(verb, TrId(transaction), channel);
        for (name, value) in headers {
            let value = HeaderValue::new(value).map_err(unfit)?;
            envelope.headers.set(&name, &value).map_err(unfit)?;
        }
        envelope.body = Bytes::from(body);
        Ok(Self(envelope))
    }

    /// Takes a frame apart.
    #[staticmethod]
    fn parse(py: Python<'_>, frame: &Frame) -> PyResult<Self> {
        let parsed = msnp24::Envelope::parse(frame.inner());
        let envelope = parsed.map_err(|error| command_error(py, &error, error.offset))?;
        Ok(Self(envelope))
    }

    /// The frame of it.
    fn frame(&self) -> Frame {
        self.0.to_frame().into()
    }

    /// The command, or the digits of an error.
    #[getter]
    fn verb(&self) -> String {
        self.0.verb.as_str().to_owned()
    }

    /// Ties a reply to its request; 0 in what the server sends by itself.
    #[getter]
    fn transaction(&self) -> u32 {
        self.0.trid.0
    }

    /// Which part of the service it speaks to: `CON`, `MSGR\\CONTACTS`.
    #[getter]
    fn channel(&self) -> String {
        self.0.channel.to_string()
    }

    /// The header block, in its order.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> Vec<(String, Bound<'py, PyBytes>)> {
        let headers = self.0.headers.iter();
        let text = |name| String::from_utf8_lossy(name).into_owned();
        headers
            .map(|(name, value)| (text(name), PyBytes::new(py, value)))
            .collect()
    }

    /// What follows the blank line: a document, a layered body, a text, or nothing.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.body)
    }

    /// Without headers and body, which hold tickets and what people say.
    fn __repr__(&self) -> String {
        format!("<{self:?}>")
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, channel) = (self.0.verb, &self.0.channel);
        let (trid, bytes) = (self.0.trid, self.0.body.len());
        write!(
            f,
            "Envelope({verb} {trid} {channel}, {bytes} bytes of body)"
        )
    }
}
