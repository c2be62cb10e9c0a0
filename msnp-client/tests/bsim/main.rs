//! The client of the IM web service against a service in memory: no socket, no task, a clock that
//! jumps.

mod capture;
mod contract;
mod messages;
mod recovery;
mod walk;
mod world;
