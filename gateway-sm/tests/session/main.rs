//! The client end, step by step, against a scripted gateway.

#![expect(
    clippy::disallowed_methods,
    reason = "a clock that jumps has to start somewhere"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bugs;
mod duties;
mod ending;
mod failures;
mod promises;
mod rig;
