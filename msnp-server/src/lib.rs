//! An MSN Messenger server as a sans-IO machine.
//!
//! * [`Server`]: all of it, to be given requests.
//! * [`messenger`]: connections, each in its dialect; what a gateway or a TCP port talks to.
//! * [`faces`]: the dialects; one connection in one of them.
//! * [`network`]: the rules, without a word of any dialect.
//! * [`identity`]: one person, and every address of theirs.
//! * [`Memory`]: a store for what the network wants kept, where no file is needed.

mod account;
mod entropy;
pub mod faces;
pub mod identity;
mod memory;
pub mod messenger;
pub mod network;
mod now;
mod reply;
mod server;
mod sign_in;

pub use account::{Account, NewAccount, Taken};
pub use entropy::Entropy;
pub use memory::Memory;
pub use now::Now;
pub use server::{Config, ConfigError, Effect, From, Log, Server};
pub use sign_in::{Attempts, CheckId, PasswordCheck, Verdict};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
