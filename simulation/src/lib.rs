//! Worlds in which machines are run against each other: clocks that jump, networks and stores that fail, all from
//! a seed.
//!
//! * [`rules`]: the rules of the network, without any dialect.

pub mod rules;
