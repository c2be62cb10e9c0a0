//! `Ended`: there is no machine any more.

/// The machine has stopped working: its driver is gone, its task was dropped, or something panicked in it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the machine has stopped working")]
#[expect(clippy::exhaustive_structs, reason = "there is nothing in it")]
pub struct Ended;
