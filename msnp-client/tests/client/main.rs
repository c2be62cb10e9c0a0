//! The whole client against a fake service in memory: no socket, no task, a clock that jumps.

mod asleep;
mod contract;
mod conversation;
mod garbage;
mod host_cookies;
mod identity;
mod lists;
mod recorded;
mod room;
mod sign_in;
mod world;
