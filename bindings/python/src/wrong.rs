//! The exceptions of `msnp.errors`, raised from here.

use msnp_mapping::Wrong;
use msnp_proto::{FrameError, FrameErrorKind};
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use serde_json::Value;

/// `msnp.Wrong`: what the program has said cannot be understood.
pub(crate) fn wrong(py: Python<'_>, wrong: &Wrong) -> PyErr {
    raised(py, "Wrong", (wrong.to_string(), wrong.code(), wrong.at()))
}

/// `msnp.Refused`, as the mapping writes a refusal.
pub(crate) fn refused(py: Python<'_>, answer: &Value) -> PyErr {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    raised(py, "Refused", (text("refused"), text("code")))
}

/// `msnp.FrameError`: the stream is wrong at this byte.
pub(crate) fn frame_error(py: Python<'_>, error: &FrameError) -> PyErr {
    let code = match error.kind {
        FrameErrorKind::BlankLine => "BlankLine",
        FrameErrorKind::BadVerb => "BadVerb",
        FrameErrorKind::LineTooLong { .. } => "LineTooLong",
        FrameErrorKind::PayloadTooLarge { .. } => "PayloadTooLarge",
        FrameErrorKind::BadLength => "BadLength",
        _ => "Other",
    };
    let said = (error.to_string(), code, error.offset, error.is_fatal());
    raised(py, "FrameError", said)
}

/// `msnp.CommandError`: the frame is not the command that its first word says, at this byte of it.
pub(crate) fn command_error(py: Python<'_>, error: &impl ToString, offset: usize) -> PyErr {
    raised(py, "CommandError", (error.to_string(), offset))
}

fn raised<'py>(py: Python<'py>, class: &str, said: impl PyCallArgs<'py>) -> PyErr {
    let make = || {
        let class = py.import("msnp.errors")?.getattr(class)?;
        class.call1(said)
    };
    make().map_or_else(|error| error, PyErr::from_value)
}
