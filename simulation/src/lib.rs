//! The server and its clients in one process without a socket, on a clock that jumps, over a network and a store
//! that fail, all from a seed.
//!
//! * [`World`]: the whole server machine over a store that is slow, fails and loses what was under way, and
//!   clients that sign in at its page. What carries the requests is the [kit](simulation_kit).
//! * [`Caller`]: a program that has somebody signed in by the IM web service, in the same world.
//! * [`Scripted`]: a client that says what was recorded, or what a test has written.
//! * [`rules`]: the rules of the network, without any dialect.
//! * [`two_homes`]: the same between two machines, each home to one of two people.
//! * [`wire`]: the dialects, in bytes.
//!
//! ```
//! use std::time::Duration;
//! use simulation::{World, contact};
//!
//! let mut world = World::new(17, 2);
//! world.sign_in(0);
//! world.sign_in(1);
//! world.ask(0, |client, now| client.send_text(&contact(1).into(), "hello", now))?;
//! world.advance(Duration::from_secs(1));
//! assert!(world.told(1, |event| matches!(event, msnp_client::Event::MessageReceived(_))));
//! # Ok::<(), msnp_client::Refused>(())
//! ```

mod account;
mod caller;
mod client;
mod person;
mod process;
pub mod recording;
pub mod rules;
mod scripted;
mod step;
mod store;
pub mod two_homes;
pub mod wire;
mod world;

pub use account::{HOST, NAMES, PASSWORD, accounts, login};
pub use caller::{Caller, fetched};
pub use client::{Fate, config, contact, fate, shows};
pub use person::{Person, Told};
pub use process::Process;
pub use scripted::Scripted;
pub use simulation_kit::{Acknowledged, Cut, Disturbance, Faults, Peer, Transcript, each_seed};
pub use step::Step;
pub use store::{StoreFaults, UnderWay};
pub use world::World;
