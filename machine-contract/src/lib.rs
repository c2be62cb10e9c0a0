#![doc = include_str!("guide.md")]
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod civil;
mod event_queue;
mod failure;
#[cfg(feature = "http")]
mod http;
mod id;
mod machine;
mod mux;
mod prng;
mod secret;
mod sorted;
mod stream;
mod time;

pub use civil::{CivilTime, UtcOffset};
pub use event_queue::EventQueue;
pub use failure::{CertificateFault, Failure};
#[cfg(feature = "http")]
pub use http::{HttpMachine, Transmit};
pub use id::{RequestId, StreamId};
pub use machine::Machine;
pub use mux::Mux;
pub use prng::Prng;
pub use secret::Secret;
pub use sorted::{SortedMap, SortedSet};
pub use stream::{Remote, RemoteError, StreamAsk, StreamMachine};
pub use time::{Instant, UnixTime};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
