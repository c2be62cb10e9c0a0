//! Frames: cut from a stream, and built word by word.

use std::fmt;

use bytes::Bytes;
use msnp_proto::{FrameBuilder, FrameDecoder, Limits, PayloadTable, Side, Verb, param};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::wrong::frame_error;

/// One frame: a line, and the payload that it announces. `bytes(frame)` is all of it.
#[pyclass(frozen, eq, hash, module = "msnp", name = "Frame")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Frame(msnp_proto::Frame);

/// A word of a line.
#[derive(FromPyObject)]
enum Word {
    Number(u32),
    Text(String),
    Raw(Vec<u8>),
}

#[pymethods]
impl Frame {
    /// Builds a frame: a verb, its words, and maybe a payload, whose length is written as the last word.
    ///
    /// A number stands as it is; a text is percent-encoded where it has to be; bytes stand as they are, or are refused if they would end the word.
    #[staticmethod]
    #[pyo3(signature = (verb, *words, payload = None))]
    fn build(verb: &str, words: Vec<Word>, payload: Option<&[u8]>) -> PyResult<Self> {
        let verb = verb.as_bytes().try_into().ok().and_then(Verb::new);
        let verb =
            verb.ok_or_else(|| PyValueError::new_err("a verb is three letters or digits"))?;
        let mut frame = msnp_proto::Frame::build(verb);
        for word in words {
            frame = match word {
                Word::Number(number) => frame.number(number),
                Word::Text(text) => frame.param(&text),
                Word::Raw(bytes) => frame
                    .raw_param(&bytes)
                    .map_err(|error| PyValueError::new_err(error.to_string()))?,
            };
        }
        Ok(Self(match payload {
            Some(payload) => frame.payload(payload),
            None => FrameBuilder::finish(frame),
        }))
    }

    /// The first word: `"MSG"`, or `"911"`.
    #[getter]
    fn verb(&self) -> String {
        self.0.verb().as_str().to_owned()
    }

    /// The words behind it, as they stand there.
    #[getter]
    fn params<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.0.params().map(|word| PyBytes::new(py, word)).collect()
    }

    /// The same as texts, with percent-encodings undone; what is no UTF-8 is replaced.
    #[getter]
    fn words(&self) -> Vec<String> {
        let words = self.0.params().map(param::decode);
        words
            .map(|word| String::from_utf8_lossy(&word).into_owned())
            .collect()
    }

    /// The transaction id, if the first of them is one.
    #[getter]
    fn transaction(&self) -> Option<u32> {
        self.0.trid().map(|trid| trid.0)
    }

    /// The number of an error reply; `None` for a word of letters.
    #[getter]
    fn error(&self) -> Option<u16> {
        self.0.verb().error_code()
    }

    /// The line, without its line end.
    #[getter]
    fn line<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.line())
    }

    /// The bytes behind the line.
    #[getter]
    fn payload<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.payload())
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.as_bytes())
    }

    /// Without words and payload, which hold tickets and what people say.
    fn __repr__(&self) -> String {
        format!("<{self:?}>")
    }
}

impl Frame {
    pub(crate) const fn inner(&self) -> &msnp_proto::Frame {
        &self.0
    }
}

impl From<msnp_proto::Frame> for Frame {
    fn from(frame: msnp_proto::Frame) -> Self {
        Self(frame)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Cuts the byte stream of one side into frames. `msnp.FrameDecoder` is what programs use.
#[pyclass(module = "msnp._native")]
#[derive(Debug)]
pub struct Decoder(FrameDecoder);

#[pymethods]
impl Decoder {
    #[new]
    fn new(grammar: &str, line: u32, payload: u32) -> PyResult<Self> {
        let table = match grammar {
            "msnp24" => PayloadTable::msnp24(),
            "client" => PayloadTable::sent_by(Side::Client),
            "server" => PayloadTable::sent_by(Side::Server),
            _ => {
                let why = "the grammar is neither 'msnp24' nor 'client' nor 'server'";
                return Err(PyValueError::new_err(why));
            }
        };
        let limits = Limits { line, payload };
        Ok(Self(FrameDecoder::with_limits(table, limits)))
    }

    /// The next bytes of the stream.
    fn push(&mut self, data: &[u8]) {
        self.0.push(Bytes::copy_from_slice(data));
    }

    /// The next whole frame; `None` until there is more.
    fn next_frame(&mut self, py: Python<'_>) -> PyResult<Option<Frame>> {
        let next = self.0.next_frame();
        let next = next.map_err(|error| frame_error(py, &error))?;
        Ok(next.map(Frame))
    }

    /// How many bytes wait for the rest of their frame.
    #[getter]
    fn buffered(&self) -> usize {
        self.0.buffered()
    }
}
