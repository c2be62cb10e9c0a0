//! What holds in whatever dialect somebody is spoken to: one contract, kept by each of them, and by two together.
//!
//! A dialect is an adapter here, and a line in the list of [`contract`].

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod classic;
mod client;
mod contract;
mod cross;
mod msnp24;
mod seldom;
mod stub;
