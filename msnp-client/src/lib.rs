//! MSN Messenger clients as sans-IO machines: sign-in, contacts, presence, conversations.
//!
//! [`Client`] is a whole client in one value. It does no IO: it says which HTTP requests to make and which byte
//! streams to open, is told what became of them and what time it is, and tells the application what happened in
//! words that hold for every dialect of the protocol ([`Event`]). What speaks to the outside is a driver of
//! a few dozen lines; `transport-reqwest` is one, over reqwest and tokio.
//!
//! # What it does
//!
//! It signs in at the web sign-in page ([`sign_in::web`]), gets the cookies and, if wished, the uic
//! ([`uic`]), opens a session at the HTTP gateway (`gateway-sm`), proves itself there in MSNP24
//! (`CNT`, `ATH`, `BND`), and then keeps contacts, presence, groups and conversations. It answers
//! keep-alives, renews the authentication once a day, follows redirects within the policy, and signs
//! in anew when the connection is lost.
//!
//! # Networks as of old
//!
//! With [`Access::passport`] it does the same in MSNP7 to MSNP22, on a network whose servers a [`Network`] names: by
//! TCP or TLS, or behind a gateway. It offers the dialects of [`Config::dialects`] one after another, signs in as each
//! demands (MD5 of a challenge, the login page, tickets of the token service), takes the lists from the notification
//! server or the web services, calls switchboards and answers their calls, leaves messages for those who
//! are not there and fetches its own, answers challenges, and moves when it is told to. By TCP or TLS it speaks MSNP24
//! there as well, with a ticket of the token service in place of cookies, as programs on desktops did.
//!
//! ```
//! use msnp_client::{Access, Client, Config, Dialect, Network};
//! let network = Network::tcp("127.0.0.1", "http://127.0.0.1")?;
//! let access = Access::passport(network, "alice@example.com", "secret");
//! # let seed = [7; 32];
//! let config = Config::new(access, seed).dialects([Dialect::MSNP18, Dialect::MSNP12])?;
//! let client = Client::new(config);
//! assert!(!client.abilities().history);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All of them but MSNP24 are the feature `classic`, which is on by default; so is `tickets`, without which MSNP24 is spoken through its
//! gateway alone.
//!
//! What a dialect has no means for is refused at once ([`Refused::NotPossible`]); [`Client::abilities`] says it
//! beforehand. There a conversation of two is a switchboard that is opened with the first message and closed
//! when nothing was said for a while; a group is one too, and over with its last member.
//!
//! # The run loop
//!
//! This is the whole of it for a service of MSNP24, which is requests alone, with a closure in place of the network. For
//! older networks the streams are to be driven as well ([`StreamMachine`](machine_contract::StreamMachine)):
//!
//! ```
//! use std::time::Duration;
//! use machine_contract::Instant;
//! use machine_contract::{Failure, HttpMachine, Machine, Transmit};
//! use msnp_client::{Access, Client, Config, ContactId, Event, Service};
//!
//! let service = Service::at("http://127.0.0.1:1863")?;
//! let seed = [7; 32]; // 32 bytes from the system's randomness
//! let config = Config::new(Access::web(service, "alice@example.com", "secret"), seed)
//!     .display_name("Alice")
//!     .reconnect_attempts(0);
//! let mut client = Client::new(config);
//! let mut now = Instant::ORIGIN;
//! client.sign_in(now);
//!
//! # let mut network = |_: &Transmit| Err::<http::Response<bytes::Bytes>, _>(Failure::NotSent);
//! let over = 'run: loop {
//!     // 1. What does it want? Requests …
//!     while let Some(transmit) = client.poll_transmit(now) {
//!         // A real driver spawns the request, so that a held poll holds up nothing else, and gives
//!         // it up at `transmit.deadline`. It drops requests that `poll_cancel` names.
//!         match network(&transmit) {
//!             Ok(response) => client.handle_response(transmit.id, response, now),
//!             Err(failure) => client.handle_failure(transmit.id, failure, now),
//!         }
//!     }
//!     // … and the application's attention.
//!     while let Some(event) = client.poll_event() {
//!         match event {
//!             Event::SignedIn(me) => {
//!                 let bob: ContactId = "bob@example.com".parse()?;
//!                 println!("signed in as {me}");
//!                 client.send_text(&bob.into(), "hi", now)?;
//!             }
//!             Event::MessageReceived(message) => println!("{}: {}", message.from, message.text),
//!             Event::SignedOut(reason) => break 'run reason,
//!             _ => {}
//!         }
//!     }
//!     // 2. Wait: for a request to end, for the application, or for this moment.
//!     match client.poll_timeout() {
//!         Some(at) if at > now => now = at, // sleep until then
//!         _ => continue,
//!     }
//!     // 3. Tell it.
//!     client.handle_timeout(now);
//! };
//! assert_eq!(over, msnp_client::Reason::Unreachable);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The life of a client
//!
//! ```text
//! SignedOut ──▶ SigningIn ──▶ Connecting ──▶ Online ──▶ Leaving ──▶ SignedOut
//!                   ▲           │    ▲  │      │  │
//!                   │           │    │  └──────┼──┼─ redirected ─▶ Following ─▶ Connecting
//!                   └─ Pausing ◀┴────┼─ lost ──┘  │
//!                                    └────────────┘ redirected
//! ```
//!
//! Every transition, with what the client does in it. *Lost* is an end after which it tries again, *final* one
//! after which that would be of no use. What does not stand here changes nothing.
//!
//! ```text
//! SignedOut   sign_in     SigningIn
//! SigningIn   tokens      Connecting  connect
//! SigningIn   lost        Pausing     retry
//! SigningIn   final       SignedOut   over
//! SigningIn   sign_out    SignedOut   over
//! Connecting  ready       Online
//! Connecting  redirect    Connecting  connect
//! Connecting  later       Following
//! Connecting  lost        Pausing     retry
//! Connecting  final       SignedOut   over
//! Connecting  sign_out    Leaving     leave
//! Online      redirect    Connecting  connect
//! Online      later       Following
//! Online      lost        Pausing     retry
//! Online      final       SignedOut   over
//! Online      sign_out    Leaving     leave
//! Leaving     redirect    SignedOut   over
//! Leaving     later       SignedOut   over
//! Leaving     lost        SignedOut   over
//! Leaving     final       SignedOut   over
//! Pausing     sign_in     SigningIn
//! Pausing     time        SigningIn
//! Pausing     sign_out    SignedOut   over
//! Following   time        Connecting  connect
//! Following   sign_out    SignedOut   over
//! ```
//!
//! *Later* is a redirect that is to be followed after a while. While online the tokens are renewed: once they are
//! due they are got anew, shown on the connection, and due again.
//!
//! # The fate of messages
//!
//! Every message that was taken ([`send_text`](Client::send_text), [`edit_message`](Client::edit_message),
//! [`send_nudge`](Client::send_nudge)) ends in exactly one of three events:
//!
//! | event | means |
//! |---|---|
//! | [`MessageDelivered`](Event::MessageDelivered) | the service has answered for it: it is with the other side, or kept for it |
//! | [`MessageFailed`](Event::MessageFailed) | it will not arrive; sending it again is safe |
//! | [`MessageUncertain`](Event::MessageUncertain) | it left, and its answer was lost; sending it again may double it |
//!
//! What certainly never left waits through a lost connection and is sent after it
//! ([`Config::resend_unsent`]).
//!
//! # In a browser
//!
//! A browser shows nobody its cookies: it drops a `Cookie` header, hides `Set-Cookie`, and follows redirects or hides where they
//! lead. So a page signs in by itself, and the client gets [`Access::HostCookies`]. Its requests carry no
//! cookies; those to the gateway, and to Initialization on the same origin, are marked
//! ([`Transmit::host_cookies`](machine_contract::Transmit::host_cookies)) for `credentials: "include"`, all others go
//! with `"omit"`. It stays on that origin. A response whose redirect cannot be seen is told as 302 without `Location`. A request
//! that failed may have arrived, as far as a page can tell, so [`MessageUncertain`](Event::MessageUncertain) is more frequent there.
//!
//! # What is bounded
//!
//! [`Limits`] bounds what is kept; [`Refused::Full`] pushes back when the application asks for more
//! than the service answers. An application that takes no events stops the client: above
//! [`Limits::undrained`] (4 MiB unless told otherwise) it reads no frame more, what arrives stays in the
//! gateway session, and that polls no more once [`gateway_sm::Limits::undrained`] of its own wait. So at most are held:
//! both limits, the events of one frame, the rest of the reply that is being read, and one reply for each of the
//! two requests in flight; by default 4 + 4 MiB and, if the service makes the most of it, 3 × 4 MiB more. Once events were taken,
//! `poll_timeout` names a moment that has passed, and all goes on; nothing is lost and nothing changes its order.
//!
//! Meanwhile messages, the renewal of the authentication and signing out go on (the last reads everything, so that it ends
//! though nobody listens). No answer is late: it may lie unread, or could not come since nobody polls, so each gets
//! [`Timings::command`] once more when there is room. But the service sees a client that does not poll: it
//! forgets the session after a while, and then all begins anew with [`Event::Reconnecting`].
//!
//! Secrets (password, cookies, uic, registration token) never show in
//! `Debug`, and leave the configured hosts only as far as one [`HostPolicy`] allows
//! ([`Config::host_policy`]).
//!
//! # How dialects are kept apart
//!
//! Nothing in the public face belongs to one dialect: people, conversations and messages are opaque names. What stands
//! on the wire is known in `dialect/` alone: in `dialect/msnp24`, and in `dialect/classic` for MSNP7 to MSNP22. Above
//! it there are facts, which connections say upward, and requests, which they are given. A connection speaks over a link and
//! does not know whether that is a stream or a gateway session, makes requests of its own beside it, and several may be open at
//! once. Another family of dialects is a folder and a line in the list of `dialect.rs`; a stub that is as unlike MSNP24 as
//! can be (no ids, no acknowledgements, a connection for each conversation) shows in the tests that nothing above minds.
#![cfg_attr(
    not(feature = "classic"),
    allow(dead_code, reason = "what only the older dialects say and ask for")
)]

mod abilities;
mod access;
mod aliases;
pub mod bsim;
mod client;
mod coding;
mod config;
mod connections;
mod connector;
mod contacts;
mod cookies;
mod dedup;
mod dialect;
mod dispatch;
mod engine;
mod event;
mod fact;
mod group;
mod history;
mod id;
mod inbox;
mod known;
mod lifecycle;
mod limits;
mod link;
mod list_verbs;
mod looks;
mod machines;
mod message;
mod network;
mod opening;
mod origin;
mod place;
mod plain_http;
mod presence;
mod receipts;
mod reference;
mod request;
mod request_slot;
mod requests;
mod retry;
mod retry_after;
mod roster;
mod service;
pub mod sign_in;
mod state;
mod text;
mod typists;
pub mod uic;
mod verbs;
mod web_calls;

pub use abilities::Abilities;
pub use access::{Access, Uic};
pub use client::Client;
pub use config::{Config, DialectsError};
pub use contacts::{Contact, Lists};
pub use event::{Event, Reason, Refused, Step};
pub use gateway_sm::{Coding, Domains, DomainsError, HostPolicy};
pub use group::{Group, Member};
pub use history::{History, HistoryMark};
pub use id::{ContactId, ConversationId, InvalidId, MessageId, OperationId};
pub use limits::{Limits, Timings};
pub use link::GatewayOptions;
pub use looks::Looks;
pub use message::{Format, Message, ReceiptId};
pub use msnp_proto::{Dialect, MsnObject};
pub use network::{InvalidNetwork, Network};
pub use plain_http::PlainHttp;
pub use presence::{Endpoint, EndpointId, OwnPresence, Presence, Status};
pub use service::{InvalidUri, Service};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
