//! The rules of the notification server, each a test, on a fake clock: frames in, frames out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod contacts;
mod history;
mod limits;
mod messages;
mod presence;
mod sign_in;
mod threads;
mod time;
mod walk;
mod world;
