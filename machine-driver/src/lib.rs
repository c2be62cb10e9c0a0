//! The driver's half that none should write again.

mod clock;

pub use clock::{Clock, LONGEST_WAIT, SleepWatch, SystemClock, wall_time};
