//! The client end, step by step, against a scripted gateway.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asleep;
mod bugs;
mod duties;
mod ending;
mod failures;
mod promises;
mod rig;
mod room;
