//! The client end, step by step, against a scripted gateway.

mod bugs;
mod duties;
mod ending;
mod failures;
mod promises;
mod rig;
