//! An MSN Messenger server as a sans-IO machine.
//!
//! * [`network`]: the rules, without a word of any dialect.
//! * [`identity`]: one person, and every address of theirs.

pub mod identity;
pub mod network;
mod now;

pub use now::Now;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
