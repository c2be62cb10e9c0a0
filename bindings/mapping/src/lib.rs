#![doc = include_str!("guide.md")]
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]

mod access;
mod call;
mod config;
mod event;
mod fields;
mod hosts;
mod limits;
mod looks;
mod message;
mod names;
mod people;
mod polling;
mod reason;
mod session;
mod session_call;
mod wrong;

pub use call::{call, calls};
pub use config::{config, config_fields, http_only};
pub use event::event;
pub use session::{send_refused, session_config, session_config_fields, session_event};
pub use session_call::{session_call, session_calls};
pub use wrong::{What, Wrong};

/// The text of a host as JSON. What is empty is an object without fields.
///
/// # Errors
/// [`What::NotJson`], with line and column.
pub fn parse(text: &[u8]) -> Result<serde_json::Value, Wrong> {
    if text.trim_ascii().is_empty() {
        return Ok(serde_json::Value::Object(serde_json::Map::new()));
    }
    let parsed = serde_json::from_slice(text);
    parsed.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Wrong::new("", What::NotJson { line, column })
    })
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
