//! A client of the IM web service: MSN for programs that speak nothing but SOAP.
//!
//! [`Client`] is a machine like the others: it makes no connection and reads no clock. It signs in to
//! the service (`Login`), signs in IM accounts there (`LoginIM`), fetches what happens to them
//! (`KeepSessionAlive`), changes their status (`ChangeStatus`) and sends messages (`SendMessage`).
//! Facts: soap.md 1 and 2.
//!
//! ```
//! use machine_contract::Instant;
//! use machine_contract::{Failure, HttpMachine, Machine, Transmit};
//! use msnp_client::bsim::{Client, Config, Event, Reason};
//! use soap_codec::bsim::Event as On;
//!
//! let url = "http://127.0.0.1:8080/imsoap/BSIMService.asmx";
//! let mut client = Client::new(Config::new(url, "testing", "password")?.attempts(0));
//! let mut now = Instant::ORIGIN;
//! client.login_im("alice@example.com", "secret", now)?;
//! client.sign_in(now);
//!
//! # let mut network = |_: &Transmit| Err::<http::Response<bytes::Bytes>, _>(Failure::NotSent);
//! let over = 'run: loop {
//!     while let Some(transmit) = client.poll_transmit(now) {
//!         match network(&transmit) {
//!             Ok(response) => client.handle_response(transmit.id, response, now),
//!             Err(failure) => client.handle_failure(transmit.id, failure, now),
//!         }
//!     }
//!     while let Some(event) = client.poll_event() {
//!         match event {
//!             Event::On { account, event: On::OnLogin(_), .. } => {
//!                 client.send_message(&account, "bob@example.com", "hi", now)?;
//!             }
//!             Event::On { event: On::OnMessage(messages), .. } => {
//!                 messages.iter().for_each(|it| println!("{}: {}", it.from, it.text));
//!             }
//!             Event::SignedOut(reason) => break 'run reason,
//!             _ => {}
//!         }
//!     }
//!     match client.poll_timeout() {
//!         Some(at) if at > now => now = at, // sleep until then
//!         _ => continue,
//!     }
//!     client.handle_timeout(now);
//! };
//! assert!(matches!(over, Reason::GaveUp(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # One call at a time
//!
//! The service answers every call at once and keeps what happens in a queue, so more calls in flight
//! would gain nothing and lose the order. A fetch that is due goes before statuses and messages, and
//! at least one of them goes between two fetches.
//!
//! # When nobody listens
//!
//! Above [`Limits::events`] or [`Limits::undrained`] nothing is fetched, so the limit and one response are held
//! at most; statuses and messages go out up to twice the limits. Once events were taken, `poll_timeout` names a
//! moment that has passed, and the fetch that was due is made. Meanwhile no sign-in of an IM account is late. The service
//! ends a session that is silent for [`Timings::session`]; the fetch then finds it lost.
//!
//! # When things fail
//!
//! A fault to `KeepSessionAlive`, one that speaks of the session, or silence for as long as the
//! service keeps a session ([`Timings::session`]) means that the session is lost: the client signs in
//! again, and its IM accounts with it, and sets their statuses as they were wished. Faults to other
//! calls are about these calls. What fails on the way is tried again after a pause that doubles.
//!
//! Every message that was taken ends in exactly one of three events:
//!
//! | event | means |
//! |---|---|
//! | [`MessageSent`](Event::MessageSent) | the service has taken it |
//! | [`MessageNotSent`](Event::MessageNotSent) | it will not arrive; sending it again is safe |
//! | [`MessageUncertain`](Event::MessageUncertain) | it left, and its answer was lost; sending it again may double it |
//!
//! What certainly never left, or met a lost session, waits and is sent after the recovery.

mod account;
mod call;
mod client;
mod config;
mod event;
mod im_accounts;
mod problem;
mod request;
mod service_session;
mod size;

pub use client::Client;
pub use config::{Config, Limits, Timings};
pub use event::{Event, LoginImFailure, MessageId, NotSent, Reason, Refused};
pub use problem::Problem;
