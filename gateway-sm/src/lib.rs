#![doc = include_str!("guide.md")]
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]

mod config;
mod host_policy;
mod limits;
mod mode;
mod send_error;
mod server;
mod session;
pub mod state;
mod target;
pub mod wire;

pub use config::{Config, ConfigError};
pub use host_policy::{Domains, DomainsError, HostPolicy};
pub use limits::{Limits, Timing};
pub use mode::Mode;
pub use send_error::SendError;
pub use server::{
    Claims, ConnectionEnd, EndReason, Evidence, ExchangeId, Gateway, HttpConnection, OpenRequest,
    Origins, Peer, ReachedAt, ServerConfig, ServerConfigError, ServerEvent, SessionKey, Strangers,
    UnknownSession,
};
pub use session::{CloseReason, Event, Opened, ProtocolError, SendId, Session};
pub use target::TargetError;
pub use wire::{
    Action, ActionError, Coding, Host, HostError, Open, Protocol, Reply, ReplyError, Server,
    SessionId, SessionIdError,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
