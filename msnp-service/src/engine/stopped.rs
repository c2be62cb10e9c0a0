//! `Stopped`: nobody is there to ask.

/// The engine is not running: not yet, or no more.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;
