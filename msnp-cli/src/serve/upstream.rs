//! `msnp serve --upstream`: the gateway in front of another server, in the place of a server of one's own.

use gateway_upstream::{RelayConfig, RelayError, parse_server};
use machine_contract::{Remote, RemoteError};
use msnp_service::upstream::UpstreamConfig;

/// In front of another server
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "In front of another server")]
pub(super) struct InFrontOf {
    /// Stand in front of this server, which speaks MSNP over TCP, and be no server oneself: no accounts, no database, no page but the one that signs in by --relay
    #[arg(long, value_name = "HOST[:PORT]", value_parser = server)]
    upstream: Option<Remote>,
    /// Host to write into the server's referrals (XFR, RNG) in the place of its own, so that clients come back here
    #[arg(long, value_name = "HOST", requires = "upstream")]
    advertise: Option<String>,
    /// Another server that clients may ask for; where the server sends them they may go anyway; can be given several times
    #[arg(long, value_name = "HOST[:PORT]", requires = "upstream")]
    upstream_allow: Vec<String>,
    /// Call that is made for pages of its own and of the origins given by --origin, below /relay/NAME; can be given several times. With
    /// login or rst the page for browsers is at /
    #[arg(long, value_name = "NAME=URL", requires = "upstream", value_parser = call)]
    relay: Vec<(String, String)>,
}

/// A call of the relay.
fn call(text: &str) -> Result<(String, String), RelayError> {
    let (name, url) = text.split_once('=').unwrap_or((text, ""));
    RelayConfig::default().call(name, url)?;
    Ok((name.to_owned(), url.to_owned()))
}

fn server(text: &str) -> Result<Remote, RemoteError> {
    parse_server(text)
}

impl InFrontOf {
    /// A gateway in front of the server that was named, if one was, for pages of these origins.
    pub(super) fn config(&self, origins: &[String]) -> Result<Option<UpstreamConfig>, RelayError> {
        let Some(server) = &self.upstream else {
            return Ok(None);
        };
        let mut relay = RelayConfig::default();
        for origin in origins {
            relay = relay.origin(origin)?;
        }
        for (name, url) in &self.relay {
            relay = relay.call(name, url)?;
        }
        let mut config = UpstreamConfig::new(server.clone());
        config.advertise.clone_from(&self.advertise);
        config.allow.clone_from(&self.upstream_allow);
        config.relay = relay;
        Ok(Some(config))
    }
}
