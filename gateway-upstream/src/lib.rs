#![doc = include_str!("guide.md")]
#![warn(clippy::exhaustive_enums, clippy::exhaustive_structs)]

mod allow_list;
mod awaited;
mod config;
mod destinations;
mod event;
mod farewell;
mod framer;
mod links;
mod name;
mod referral;
mod relay;
mod tunnel;
mod upstream_gateway;

pub use config::{Config, ConfigError, parse_server};
pub use event::{Event, Note};
pub use referral::{PORT, Referral};
pub use relay::{RELAY_PATH, RelayConfig, RelayError};
pub use upstream_gateway::UpstreamGateway;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
