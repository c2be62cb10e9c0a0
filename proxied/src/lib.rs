//! Who a peer is when proxies stand in front of a service: what they say of their clients, and whom to believe.
//!
//! * [`Trusted`]: the networks whose word counts, and [the client](Trusted::client) of an HTTP request by it.
//! * [`ProxyHeader`]: what a proxy says in front of a connection (the PROXY protocol).
//!
//! A pure crate: bytes and headers in, addresses out.

mod forwarded;
mod proxy_header;
mod trusted;

pub use proxy_header::{Progress, ProxyHeader, ProxyHeaderError};
pub use trusted::{ForwardedBy, Network, NetworkError, Trusted};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
