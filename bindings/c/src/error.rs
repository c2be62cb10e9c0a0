//! `Error`: what went wrong, in the caller's own memory.

use std::ffi::c_char;

use msnp_mapping::Wrong;
use serde_json::Value;

use crate::status::Status;

/// What went wrong: a code for programs, where, and a text for people; each is cut to its room and ends with a zero.
#[derive(Debug)]
#[repr(C)]
pub struct Error {
    code: [c_char; 32],
    at: [c_char; 96],
    text: [c_char; 256],
}

/// What an [`Error`] is filled with.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) code: String,
    pub(crate) at: String,
    pub(crate) text: String,
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        Self {
            code: wrong.code().to_owned(),
            at: wrong.at().to_owned(),
            text: wrong.to_string(),
        }
    }
}

impl Problem {
    /// What a status says by itself, where nobody knows more.
    pub(crate) fn plain(status: Status) -> Self {
        Self::new(&format!("{status:?}"), status.text().to_string_lossy())
    }

    pub(crate) fn new(code: &str, text: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            at: String::new(),
            text: text.into(),
        }
    }

    /// A refusal, as the mapping writes it: `{refused, code}`.
    pub(crate) fn refused(answer: &Value) -> Option<Self> {
        let text = answer.get("refused")?.as_str()?;
        let code = answer.get("code")?.as_str()?;
        Some(Self::new(code, text))
    }
}

impl Error {
    pub(crate) fn of(problem: &Problem) -> Self {
        Self {
            code: fitted(&problem.code),
            at: fitted(&problem.at),
            text: fitted(&problem.text),
        }
    }
}

/// As much of a text as there is room for, in whole characters, with a zero behind it.
fn fitted<const ROOM: usize>(text: &str) -> [c_char; ROOM] {
    let mut room = [0; ROOM];
    let mut end = text.len().min(ROOM.saturating_sub(1));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // A zero in the middle would hide the rest.
    let bytes = text.as_bytes()[..end].iter().filter(|byte| **byte != 0);
    for (slot, byte) in room.iter_mut().zip(bytes) {
        *slot = c_char::from_ne_bytes([*byte]);
    }
    room
}
