//! `msnp serve --upstream`: the gateway in front of another server, in the place of a server of one's own.

use std::time::Duration;

use gateway_sm::Origins;
use gateway_upstream::{RelayConfig, RelayError, parse_server};
use machine_contract::{Remote, RemoteError};
use msnp_service::upstream::{UpstreamConfig, UpstreamService};

use super::asked_to_stop;
use crate::causes::chain;
use crate::exit::Exit;

/// In front of another server
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "In front of another server")]
pub(super) struct InFrontOf {
    /// Stand in front of this server, which speaks MSNP over TCP, and be no server oneself: no accounts, no database, no pages
    #[arg(long, value_name = "HOST[:PORT]", value_parser = server)]
    upstream: Option<Remote>,
    /// Host to write into the server's referrals (XFR, RNG) in the place of its own, so that clients come back here
    #[arg(long, value_name = "HOST", requires = "upstream")]
    advertise: Option<String>,
    /// Another server that clients may ask for; where the server sends them they may go anyway; can be given several times
    #[arg(long, value_name = "HOST[:PORT]", requires = "upstream")]
    upstream_allow: Vec<String>,
    /// Call that is made for pages of the origins given by --origin, below /relay/NAME; can be given several times
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
    /// The server to stand in front of.
    pub(super) const fn server(&self) -> Option<&Remote> {
        self.upstream.as_ref()
    }

    fn relay(&self, origins: &[String]) -> Result<RelayConfig, RelayError> {
        let mut relay = RelayConfig::default();
        for origin in origins {
            relay = relay.origin(origin)?;
        }
        for (name, url) in &self.relay {
            relay = relay.call(name, url)?;
        }
        Ok(relay)
    }
}

/// Serves until it is told to stop.
pub(super) async fn serve(args: &super::Args, server: &Remote) -> Exit {
    let mut config = UpstreamConfig::new(server.clone());
    config.listen = args.listen;
    config.advertised_host.clone_from(&args.host);
    config.advertise.clone_from(&args.upstream.advertise);
    config.allow.clone_from(&args.upstream.upstream_allow);
    if !args.origin.is_empty() {
        config.origins = Origins::Listed(args.origin.clone());
    }
    config.relay = match args.upstream.relay(&args.origin) {
        Ok(relay) => relay,
        Err(error) => {
            eprintln!("msnp: {}", chain(&error));
            return Exit::Io;
        }
    };
    config.timings.session_timeout = Duration::from_secs(args.session_timeout);
    config.timings.longest_hold = Duration::from_secs(args.longest_hold);
    config.limits.sessions = args.sessions;
    config.limits.sessions_per_peer = args.sessions_per_peer;
    config.limits.connections = args.connections;
    let gateway = match UpstreamService::start(config).await {
        Ok(gateway) => gateway,
        Err(error) => {
            eprintln!("msnp: {}", chain(&error));
            return Exit::Io;
        }
    };
    // The one line that a script can wait for.
    println!("{}", gateway.url());
    if let Err(error) = asked_to_stop().await {
        eprintln!("msnp: cannot wait for signals: {error}");
    }
    gateway.stop().await;
    Exit::Success
}
