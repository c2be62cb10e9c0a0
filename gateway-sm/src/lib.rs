//! Both ends of MSN Messenger's HTTP gateway (`gateway.dll`) as sans-IO state machines: they say which
//! requests to make and what to answer, and leave sockets, clocks and threads to you.
//!
//! MSN Messenger speaks MSNP, a stream of commands in both directions. Where only HTTP gets through,
//! the gateway carries that stream: a client opens a session with a POST, posts its commands, and
//! polls for what the server has to say, each reply carrying the id for the next request.
//! [`Session`] is the client end, [`Gateway`] the server end. Neither looks into the stream: bytes
//! go in, the same bytes come out at the other end, or you are told that they may not have.
//!
//! To put a `Session` under an HTTP client you write one loop. This page is all you need for it.
//!
//! # The run loop
//!
//! [`Machine`] is the contract. Drain what the machine wants, wait, tell it what happened, repeat.
//! Here it is whole, over a stand-in for an HTTP client that blocks:
//!
//! ```
//! use std::sync::mpsc;
//! use std::thread;
//!
//! use bytes::Bytes;
//! use gateway_sm::{CloseReason, Config, Event, Failure, Instant, Machine, Session, Transmit};
//! use http::{Request, Response};
//!
//! /// Your HTTP client goes here; this one finds its gateway in the same process.
//! fn exchange(request: Request<Bytes>, _deadline: Instant) -> Result<Response<Bytes>, Failure> {
//!     let body = match &request.body()[..] {
//!         b"VER 1 MSNP8 CVR0\r\n" => "VER 1 MSNP8\r\n",
//!         b"OUT\r\n" => "",
//!         _ => return Err(Failure::NotSent),
//!     };
//!     let messenger = "SessionID=954547325.13160; GW-IP=207.46.110.18";
//!     let response = Response::builder().header("X-MSN-Messenger", messenger);
//!     Ok(response.body(Bytes::from(body)).expect("a valid response"))
//! }
//!
//! let mut session = Session::new(Config::new("https://gateway.example.com")?);
//! let (done, outcomes) = mpsc::channel();
//! let mut stream = Vec::new();
//!
//! // The open takes along what is queued by now.
//! session.send(Bytes::from("VER 1 MSNP8 CVR0\r\n"))?;
//!
//! let reason = 'session: loop {
//!     // 1. Drain the outputs. Any order is correct; with the events first, what the application
//!     //    answers to them goes out in the same round.
//!     while let Some(event) = session.poll_event() {
//!         match event {
//!             Event::Received(bytes) => {
//!                 stream.extend_from_slice(&bytes); // to your MSNP decoder
//!                 session.close_with(Bytes::from("OUT\r\n"))?;
//!             }
//!             Event::Closed(reason) => break 'session reason,
//!             _ => {}
//!         }
//!     }
//!     while let Some(Transmit { id, request, deadline }) = session.poll_transmit(Instant::now()) {
//!         let done = done.clone();
//!         thread::spawn(move || done.send((id, exchange(request, deadline))));
//!     }
//!     while let Some(_id) = session.poll_cancel() {
//!         // A thread cannot be stopped. It need not be: its outcome will be ignored.
//!     }
//!
//!     // 2. Wait for an outcome, or until the session wants to be woken.
//!     let outcome = match session.poll_timeout() {
//!         Some(at) => outcomes.recv_timeout(at.saturating_duration_since(Instant::now())).ok(),
//!         None => outcomes.recv().ok(),
//!     };
//!
//!     // 3. Tell.
//!     let now = Instant::now();
//!     match outcome {
//!         Some((id, Ok(response))) => session.handle_response(id, response, now),
//!         Some((id, Err(failure))) => session.handle_failure(id, failure, now),
//!         None => session.handle_timeout(now),
//!     }
//! };
//! assert_eq!(stream, b"VER 1 MSNP8\r\n");
//! assert_eq!(reason, CloseReason::Local);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the driver owes
//!
//! * **Each request as it is**: method, absolute URI, headers and body. The machine has set
//!   `Content-Length`, which gateways want on empty bodies too; add no body, no compression, no
//!   cookies of your own.
//! * **Two at a time.** One request may be held for a minute while another is made: give each its own
//!   connection (or HTTP/2 stream), and never queue one behind the other. Reusing idle connections is
//!   good.
//! * **The whole response.** Wait for its end, decode transfer and content codings, then hand it over
//!   once, whatever its status. A body that broke off is [`Failure::Unknown`]. Stop reading beyond
//!   [`Limits::reply`], and call that `Unknown` as well.
//! * **No redirects, no retries.** A redirected post would carry the cookies elsewhere, a repeated one
//!   would say things twice. Switch both off in the HTTP library.
//! * **The truth about failures.** [`Failure::NotSent`] only if not a byte of the request left: name not
//!   found, connection refused, certificate not accepted. In doubt `Unknown`.
//! * **The deadline.** At [`Transmit::deadline`] give up and report `Unknown`. Set no shorter time-out of
//!   your own: a held poll is silent for [`Config::lifespan`] seconds.
//! * **A drained machine.** After every call into the machine, yours or the loop's, drain all outputs
//!   again before waiting. Time-outs that come late or too often do no harm.
//!
//! # Time
//!
//! The machine reads no clock; `now` is an argument, from a clock that never goes back. What it does
//! with it, all in [`Timing`], [`Limits`] and [`Mode`]:
//!
//! | between | with the default configuration |
//! |---|---|
//! | a held poll and the next | nothing |
//! | polls that the gateway answers at once, empty | 0.5 s after traffic, doubling to 5 s while idle, never above a third of `X-MSN-SessionTimeout` |
//! | a failed request and the next | 1 s, doubling to 30 s; the sixth failure in a row ends the session |
//! | a poll going out and being taken for held | 2 s: from then on posts go out beside polls |
//! | a request and its deadline | 40 s; for a poll with `Lifespan` that plus 15 s |
//!
//! # Secrets
//!
//! Cookies and tickets are given to [`Config`] once, go with every request, and are marked sensitive
//! ([`http::HeaderValue::is_sensitive`]). Session ids are secrets as well: whoever has one can read and
//! write the session. They stand in every URI, so do not log URIs; the `Debug` of [`Transmit`],
//! [`Event`], [`Session`] and [`SessionId`] leaves them out, and bodies and received bytes too.
//! `Set-Cookie` in replies is ignored, no gateway is known to send it.
//!
//! Replies may name another host for later requests. [`HostPolicy`] says which are followed: by default
//! those of the same site, never an address, never from `https` to `http`.
//!
//! # Proxies
//!
//! A proxy is the driver's affair. The URI is absolute, so that an HTTP library can write it in either
//! form: `POST /gateway/gateway.dll?…` to a server, `POST http://host/gateway/gateway.dll?…` to a proxy
//! for plain `http`, `CONNECT` for `https`. Report a proxy that refuses (407) as its status. A proxy that
//! loses patience with a held poll answers 504, which counts as an empty poll; if yours is less patient
//! than a minute, lower [`Config::lifespan`].
//!
//! # When things go wrong
//!
//! | what happened | what the session does | what you see |
//! |---|---|---|
//! | a request did not leave | makes it again, the same bytes | nothing; after the last try [`CloseReason::Unreachable`] |
//! | a post may have arrived: cut off, 408, 429, 5xx | goes on; in serial mode a poll goes first | [`Event::Unsent`] with `Unknown`, [`Event::Gap`] |
//! | the open with its commands may have arrived | ends | `Unsent`, [`CloseReason::Unreachable`] or [`CloseReason::Status`] |
//! | a poll's reply was lost, or a 5xx came | polls again | [`Event::Gap`] |
//! | 504 for a poll that was held | polls again at once | nothing |
//! | 400, 404 or 410 after the open | ends | [`CloseReason::SessionLost`]: sign in anew |
//! | 401 or 403 | ends | [`CloseReason::Unauthorized`] |
//! | a redirect or another status | ends | [`CloseReason::Status`] |
//! | 200 from something that is no gateway, such as a captive portal | ends | [`CloseReason::Protocol`] |
//! | the gateway says `Session=close` | hands up the body, ends | [`CloseReason::Peer`] |
//! | a reply names a host that may not be followed | stays where it is | [`Event::HostRefused`] |
//! | [`Session::send`] says `Full` | | try again after the next [`Event::Sent`] |
//!
//! Every send ends in exactly one `Sent` or `Unsent`, before `Closed`. `NotSent` may be sent again in
//! another session; `Unknown` may have been read. `Closed` comes once and is the last event. To recover,
//! make a new `Session` and sign in again.
//!
//! # The server end
//!
//! [`Gateway`] holds any number of sessions. It is given requests and says when to answer them with
//! what; its page has the loop.
//!
//! Claims about the protocol cite `gateway.md` and its sections: the notes on the gateway from which
//! this was written.

mod config;
mod machine;
mod policy;
mod send_error;
mod server;
mod session;
mod target;
pub mod wire;

pub use config::{Config, ConfigError, Limits, Mode, Timing};
pub use machine::{Failure, Instant, Machine, RequestId, Transmit};
pub use policy::HostPolicy;
pub use send_error::SendError;
pub use server::{
    EndReason, ExchangeId, Gateway, OpenRequest, Origins, Peer, ServerConfig, ServerConfigError,
    ServerEvent, SessionKey, UnknownSession,
};
pub use session::{CloseReason, Event, Opened, ProtocolError, SendId, Session};
pub use wire::{
    Action, ActionError, Host, HostError, Open, Protocol, Reply, ReplyError, Server, SessionId,
    SessionIdError,
};
