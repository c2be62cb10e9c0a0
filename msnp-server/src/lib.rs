//! An MSN Messenger server as a sans-IO machine.
//!
//! * [`Server`]: all of it, to be given requests.
//! * [`messenger`]: connections, each in its dialect; what a gateway or a TCP port talks to.
//! * [`faces`]: the dialects; one connection in one of them.
//! * [`network`]: the rules, without a word of any dialect.
//! * [`imsoap`]: the IM web service, for callers that speak SOAP.
//! * [`identity`]: one person, and every address of theirs.
//! * [`limits`]: how much of everything anybody may have.
//! * [`Memory`]: a store for what the network wants kept, where no file is needed.

mod account;
mod account_number;
mod entropy;
pub mod faces;
pub mod identity;
pub mod imsoap;
pub mod limits;
mod memory;
pub mod messenger;
pub mod network;
mod now;
mod own_address;
mod password;
mod peer_network;
mod plain_text;
mod reply;
mod server;
mod sign_in;
mod user_id;
mod web_client;
mod web_services;

pub use account::{AccessToken, Account, NewAccount, Taken};
pub use entropy::Entropy;
pub use memory::Memory;
pub use now::Now;
pub use password::{AccessCheck, CheckId, Claimant, PasswordCheck, Verdict};
pub use peer_network::PeerNetwork;
pub use server::{Caller, Config, ConfigError, Effect, Log, Server};
pub use user_id::UserId;
pub use web_client::{NetworkPage, WebClient, WebFile};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
