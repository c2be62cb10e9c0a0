//! Runs any [`Machine`] over real HTTP, with reqwest on tokio.
//!
//! The machines of this workspace decide everything and do nothing. This crate is their hands, and
//! thin: it knows the contract, not the protocol.
//!
//! * [`HttpOptions`] says how to reach the network and makes the [`Client`] that drivers share.
//! * [`Driver`] runs one machine in one tokio task. It is the hearing end:
//!   [`next_event`](Driver::next_event), or a `Stream`.
//! * [`Caller`] is the speaking end, to be cloned into other tasks. Verbs are closures, so every
//!   machine keeps its own words.
//!
//! ```no_run
//! use bytes::Bytes;
//! use gateway_sm::{Config, Event, Session};
//! use transport_reqwest::{Http, HttpOptions, spawn};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = HttpOptions::new().user_agent("example/1.0").client()?;
//! let session = Session::new(Config::new("http://gateway.example.com")?);
//! let mut driver = spawn(session, Http::new(client));
//!
//! // Any task may speak to the machine ...
//! let caller = driver.caller();
//! tokio::spawn(async move {
//!     let frames = Bytes::from("VER 1 MSNP8 CVR0\r\n");
//!     caller.call(|session, _now| session.send(frames))
//! });
//!
//! // ... and one hears it.
//! while let Some(event) = driver.next_event().await {
//!     match event {
//!         Event::Received(bytes) => println!("{} bytes came", bytes.len()),
//!         Event::Closed(reason) => return Err(reason.into()),
//!         other => println!("{other:?}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! * **Requests** go out at once, each over a connection of its own while others are busy; idle ones
//!   are used again. Nothing is redirected, resent, unpacked or remembered.
//! * **Deadlines** are kept here, by tokio's clock, whatever the client's settings are. A deadline ends a
//!   request as [`Failure::Unknown`].
//! * **[`Failure::NotSent`]** is said only when it is certain: the name did not resolve, the connection
//!   was refused or hung, TLS or the proxy's tunnel did not come about. Everything else is `Unknown`,
//!   also a body that was longer than [`Limits::body`].
//! * **Cancelled** requests are dropped with their connection, and nothing is told about them.
//! * **Back-pressure**: while [`Limits::events`] events wait for the application, further ones stay in
//!   the machine. Requests, alarms and calls go on.
//! * **Cancellation safety**: a dropped [`next_event`](Driver::next_event) loses no event; a dropped
//!   [`call`](Caller::call) has run whole or never runs.
//! * **The end**: dropping the [`Driver`] ends the task and everything in flight.
//!
//! The crate is not tied to machines of one kind, and the machines are not tied to this crate:
//! `examples/blocking` in the repository runs them with threads and ureq.
//!
//! [`Failure::NotSent`]: machine_contract::Failure::NotSent
//! [`Failure::Unknown`]: machine_contract::Failure::Unknown
//! [`Machine`]: machine_contract::Machine

mod http;
mod network;
mod options;
mod streams;

pub use http::{Caller, Driver, spawn};
pub use machine_driver::Ended;
pub use network::Http;
pub use options::{HttpOptions, OptionsError};
pub use reqwest::Client;
pub use streams::Tcp;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// The read-me of the workspace shows a client over this crate.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct WorkspaceReadme;
