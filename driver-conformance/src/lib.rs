#![doc = include_str!("guide.md")]
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]

mod breach;
mod check;
#[cfg(feature = "client")]
pub mod client;
mod clock;
mod drive;
mod duties;
mod duty;
pub mod guests;
mod lacks;
#[doc = include_str!("owed.md")]
pub mod owed {}
mod peer;
mod probe;
mod report;
pub mod server;
pub mod session;
mod stage;
mod suite;
mod wire;

pub use breach::{Breach, Verdict};
pub use check::{check, check_guest};
pub use clock::TurnedClock;
pub use drive::{Drive, Limits};
pub use duties::duties;
pub use duty::{Duty, Judgement};
pub use lacks::Lacks;
pub use probe::{Counts, Log, Misuse, Probe, Step, Told, Trigger, Wish};
pub use report::{Report, Row};
pub use wire::Wire;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
