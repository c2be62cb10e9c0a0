//! The rules of the network, as values. Each test runs at once, and interleaved by seeds.

mod contacts;
mod messages;
mod presence;
mod stalls;
mod words;
