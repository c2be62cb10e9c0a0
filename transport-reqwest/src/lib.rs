//! Runs any [`Machine`] over real HTTP and TCP, with reqwest on tokio.
//!
//! The machines of this workspace decide everything and do nothing. This crate is their hands, and
//! thin: it knows the contract, not the protocol.
//!
//! * [`HttpOptions`] says how to reach the network. It makes the [`Client`] that drivers share, and
//!   [`Tcp`] for machines that speak over streams; together they are the [`Http`] that a machine runs on.
//! * [`spawn`] runs a machine in a tokio task. Its [`Driver`] is the hearing end:
//!   [`next_event`](machine_driver::Driver::next_event), or a `Stream`.
//! * [`Caller`] is the speaking end, to be cloned for others. Verbs are closures, so every
//!   machine keeps its own words; they run at once, in the thread that calls.
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
//! All that `driver-conformance` asks of a driver, but that it cannot always tell [`Failure::NotSent`] on a kept
//! connection which the server had closed:
//!
//! * **Requests** go out at once, each over a connection of its own while others are busy; idle ones
//!   are used again. Nothing is redirected, resent, unpacked or remembered.
//! * **Deadlines** are kept by the driver's clock, which goes on while the host is asleep. A deadline ends a
//!   request as [`Failure::Unknown`].
//! * **[`Failure::NotSent`]** is said only when it is certain: the name did not resolve, the connection
//!   was refused or hung, TLS or the proxy's tunnel did not come about; [`Failure::Untrusted`] where TLS names the
//!   certificate. Everything else is `Unknown`,
//!   also a body that was longer than [`Http::body_limit`].
//! * **Cancelled** requests are dropped with their connection, and nothing is told about them.
//! * **Streams**, if there are any: one chunk of at most 16 KiB each way in a round; nothing is read that the
//!   machine does not want, and of what it sends one chunk is held. What was never given to the socket is
//!   told apart from what may have arrived.
//! * **Back-pressure**: the driver holds no event. Whoever takes none stops the machine from asking for more;
//!   what is under way, alarms and calls go on.
//! * **Cancellation safety**: a dropped [`next_event`](machine_driver::Driver::next_event) loses no event; a
//!   [`call`](machine_driver::Driver::call) has run when it returns.
//! * **The end**: dropping the [`Driver`], or the runtime that it lives on, ends everything in flight.
//!
//! # Streams through proxies
//!
//! [`HttpOptions::tcp`] goes the way of [`HttpOptions::proxy`]: SOCKS5, or `CONNECT` through an HTTP proxy. Nothing
//! is lost of what a peer says first, even in the same packet as the proxy's answer.
//!
//! The crate is not tied to machines of one kind, and the machines are not tied to this crate:
//! `examples` in the repository runs them with threads and ureq, with hyper, and on smol.
//!
//! [`Failure::NotSent`]: machine_contract::Failure::NotSent
//! [`Failure::Unknown`]: machine_contract::Failure::Unknown
//! [`Failure::Untrusted`]: machine_contract::Failure::Untrusted
//! [`Machine`]: machine_contract::Machine

#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]

mod http;
mod network;
mod options;
mod proxy;
#[cfg(feature = "seed")]
mod seed;
mod streams;
mod trust;
mod via;

pub use http::{Caller, Driver, spawn};
pub use machine_driver::Ended;
pub use network::Http;
pub use options::{HttpOptions, OptionsError};
pub use reqwest::Client;
#[cfg(feature = "seed")]
pub use seed::seed;
pub use streams::Tcp;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

// The read-me of the workspace shows a client over this crate.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct WorkspaceReadme;
