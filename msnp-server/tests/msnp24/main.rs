//! MSNP24 over the network and a store in memory, each rule a test, on a fake clock: frames in, frames out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod contacts;
mod dialects;
mod forms;
mod history;
mod limits;
mod messages;
mod presence;
mod sign_in;
mod store;
mod threads;
mod time;
mod walk;
mod world;
