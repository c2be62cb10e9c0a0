//! What the trials of all languages share: somebody to talk to, tools that may be missing, and a harness that says so.
#![allow(clippy::missing_panics_doc, reason = "a trial panics when it fails")]

mod bot;
pub mod c;
mod friend;
mod harness;
pub mod python;
mod tools;

pub use bot::Bot;
pub use friend::Friend;
pub use harness::{Missing, Trial, run};
pub use tools::{SERVICE_OF_README, code, must, needs, workspace};
