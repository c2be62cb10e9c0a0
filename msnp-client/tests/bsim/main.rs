//! The client of the IM web service against a service in memory: no socket, no task, a clock that
//! jumps.

#![expect(
    clippy::disallowed_methods,
    reason = "a clock that jumps has to start somewhere"
)]

mod capture;
mod contract;
mod messages;
mod recovery;
mod walk;
mod world;
