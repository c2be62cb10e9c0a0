//! The whole client against a fake service in memory: no socket, no task, a clock that jumps.

#![expect(
    clippy::disallowed_methods,
    reason = "a clock that jumps has to start somewhere"
)]

mod contract;
mod conversation;
mod garbage;
mod lists;
mod sign_in;
mod world;
