//! An embedded MSN Messenger service: web gateway, messenger, sign-in pages, and the IM web
//! service, on one address, in one process, from one call.
//!
//! # Why
//!
//! Clients of MSNP24 over HTTP have had nobody to talk to since 2019. [`Service`] is somebody: the
//! gateway (`/gateway/gateway.dll`) with polls that are really held and are released by the message
//! itself, the network behind it with accounts, contacts, presence, conversations, groups,
//! offline messages and history, and the pages and calls through which a web client signs in.
//!
//! # Twenty lines
//!
//! ```
//! use msnp_service::{Database, Service, ServiceConfig};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let config = ServiceConfig {
//!         listen: "127.0.0.1:0".parse()?,
//!         database: Database::Memory, // or Database::File("msnp.db".into())
//!         ..ServiceConfig::default()
//!     };
//!     let service = Service::start(config).await?;
//!     service
//!         .add_account("alice@example.org", "live:alice", "Alice", "correct horse")
//!         .await?;
//!     // It answers now: give this address to a client, or look at it in a browser.
//!     assert!(service.url().starts_with("http://127.0.0.1:"));
//!     // … until the program has had enough: everybody is signed out, and all is on disk.
//!     service.stop().await;
//!     Ok(())
//! }
//! ```
//!
//! # What is served
//!
//! | path | what |
//! |---|---|
//! | `/gateway/gateway.dll` | the HTTP gateway; both ends of it are `gateway-sm` |
//! | `/`, `/oauth20_authorize.srf`, `/ppsecure/post.srf` | the sign-in page, for people and for clients that fill it in; it grants the cookies `MSPAuth`, `MSPProf` and `WLSSC` |
//! | `/v2/a`, `/v1/user/Initialization` | the two calls for a uic |
//! | `/health` | JSON: `status`, open gateway `sessions`, `connections` behind them; `degraded` while nothing can be kept |
//!
//! and the IM web service at its own path, see [`imsoap`]. At [another address](ServiceConfig::tcp), if there is one, clients speak MSNP by
//! TCP itself, and at [a third](ServiceConfig::tls_tcp) by TLS. Everything else is HTTP/1, or with a [certificate](ServiceConfig::tls)
//! HTTPS by HTTP/1 and HTTP/2, in its place or [beside it](ServiceConfig::tls_listen). HTTPS may be the affair of a proxy in front as well ([`advertised_host`](ServiceConfig::advertised_host),
//! [`secure_cookies`](ServiceConfig::secure_cookies)), which must not hold back replies and must wait
//! for a held poll at least as long as [`longest_hold`](Timings::longest_hold).
//!
//! # What can be set
//!
//! Everything that is bounded, and everything is: [`ServiceConfig`] has the addresses, [`Timings`] how
//! long things may take, [`Limits`] how much the HTTP side takes in, [`faces::Config`](msnp_server::faces::Config)
//! and [`network::Config`](msnp_server::network::Config) the rules and bounds of the server itself. The defaults suit a service that strangers can reach.
//!
//! # What is kept
//!
//! Accounts, lists, groups and messages are in memory, or in an SQLite file that survives `kill -9`
//! with everything that was ever acknowledged. What an endpoint has not acknowledged comes again, in the
//! same session when it subscribes again or the connection broke that carried it, else in the next. A client that
//! never acknowledges counts as having received what it was shown: its next poll came by the connection that carried the
//! reply, or that connection ended in order. Where each request asks for the end of its connection, as Python's urllib and many
//! proxies do, nothing so good is known: then one message is given to it twice, and what was taken without a word counts as
//! shown from then on. A proxy that takes a reply and loses it looks the same, which nobody can
//! tell apart without an acknowledgement: such a message comes perhaps never, or, if the operator prefers, perhaps
//! twice ([`without_receipt`](msnp_server::network::Config::without_receipt)). Sessions and sign-ins are in memory only:
//! after a restart clients sign in afresh, which good ones do by themselves.
//!
//! # What is logged
//!
//! Through `tracing`: starts and stops, who signs in, sessions that open and close (`debug`), troubles of
//! the store and the network. Never logged at any level, and a test watches over it: passwords, cookies,
//! tickets, uics, session ids, registration tokens, and what people write to each other.
//!
//! # Security
//!
//! * Passwords are kept as argon2id hashes. A wrong password and an unknown account answer alike and
//!   take equally long; guessing is slowed down per account ([`Limits::password_attempts`]).
//! * A session belongs to who holds its id: 118 random bits that only its own replies carry. Cookies,
//!   tickets and form tokens hold 192 or more.
//! * Pages of other origins can call the service (CORS), without the browser's cookies unless their
//!   origin is listed ([`ServiceConfig::origins`]). The sign-in form cannot be posted, framed or
//!   redirected by other sites.
//! * Cookies prove nothing that a page of another site could make a browser send. At the gateway they
//!   count only with `X-MSN-Auth: Use-Cookie`; elsewhere only if there is no `Origin`, or it is the
//!   service's own ([`advertised_host`](ServiceConfig::advertised_host), never what the request's
//!   `Host` says) or a listed one. `Origin: null` is a stranger's.
//! * Who a peer is, is what its connection says, or a [proxy that is trusted](ServiceConfig::proxies); headers of anybody
//!   else are not looked at. Peers at loopback and private addresses have only the limits per account and for all.
//! * A client can neither hold a connection by sending or reading slowly nor make the service hold
//!   more for it than the limits say; how much all clients together can hold is
//!   [`Limits::sessions`] times [`Limits::queued_bytes`]. Behind a proxy all clients come from one
//!   address: leave
//!   [`Limits::sessions_per_peer`] unset there.
//! * Plain HTTP and plain TCP show passwords to the network. Beyond a machine of your own, give the service a
//!   [certificate](ServiceConfig::tls), or put a proxy with HTTPS in front.
//!
//! # The parts alone
//!
//! The server itself, its IM web service included, is `msnp-server`, a pure machine without sockets, clocks,
//! threads or a disk, to be put behind another gateway or into a simulation. What is here is the shell around
//! it: HTTP with its bounds, the [`database`], password hashing, the clocks, and the log.

mod account_error;
pub mod accounts;
mod announcing;
mod config;
pub mod database;
mod door;
mod elsewhere;
mod engine;
mod hashing;
mod http;
mod keeper;
mod listeners;
mod metrics;
mod operator;
mod operator_pass;
mod passwords;
mod random;
mod relay;
mod service;
mod start_error;
pub mod upstream;
mod web_door;

pub use account_error::AccountError;
pub use announcing::AnnounceError;
pub use config::{Database, Limits, Proxies, ServiceConfig, Timings, TlsFiles};
pub use door::tls::TlsError;
pub use msnp_server::imsoap;
pub use operator_pass::OperatorPass;
pub use proxied::{ForwardedBy, Network, NetworkError, Trusted};
pub use service::Service;
pub use start_error::StartError;

/// Compiles the example of the read-me.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
