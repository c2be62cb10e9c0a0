#![doc = include_str!("guide.md")]

mod breach;
#[cfg(feature = "client")]
pub mod client;
mod clock;
mod drive;
mod duties;
mod duty;
mod lacks;
mod peer;
mod probe;
mod report;
pub mod server;
pub mod session;
mod stage;
mod suite;

pub use breach::{Breach, Misuse, Verdict, Wire};
pub use clock::TurnedClock;
pub use drive::{Drive, Limits};
pub use duties::duties;
pub use duty::{Duty, Judgement, check};
pub use lacks::Lacks;
pub use probe::{Counts, Log, Probe, Step, Told, Trigger, Wish};
pub use report::{Report, Row};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
