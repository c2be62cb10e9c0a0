//! The rules of the network, as values. Each test runs at once, and interleaved by seeds.

mod asides;
mod contacts;
mod groups;
mod history;
mod limits;
mod messages;
mod model;
mod order;
mod presence;
mod rooms;
mod stalls;
mod strangers;
mod threads;
mod two_homes;
mod words;
