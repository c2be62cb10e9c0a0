//! The driver over real loopback HTTP, with a machine that does what it is told.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod handles;
mod outcomes;
mod probe;
mod reach;
#[path = "../faults/server.rs"]
#[allow(dead_code, reason = "each driver's tests use some of it")]
mod server;
