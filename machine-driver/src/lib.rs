#![doc = include_str!("guide.md")]
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]

mod asynchronous;
mod clock;
mod ended;
mod order;
mod requests;
mod runner;
mod streams;
pub mod threads;

pub use asynchronous::{
    ByteStream, Caller, Driver, Network, NoStreams, StreamNetwork, Task, start,
};
pub use clock::{Clock, LONGEST_WAIT, SharedClock, SleepWatch};
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub use clock::{SystemClock, wall_time};
pub use ended::Ended;
pub use order::{Order, Outcome};
pub use runner::Runner;
pub use streams::{CHUNK, Write};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
