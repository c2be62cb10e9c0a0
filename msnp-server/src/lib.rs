//! An MSN Messenger server as a sans-IO machine.
//!
//! * [`messenger`]: the machine that a gateway or a TCP port talks to.
//! * [`faces`]: the dialects; one connection in one of them.
//! * [`network`]: the rules, without a word of any dialect.
//! * [`identity`]: one person, and every address of theirs.

mod allowance;
pub mod faces;
pub mod identity;
pub mod messenger;
pub mod network;
mod now;

pub use now::Now;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
