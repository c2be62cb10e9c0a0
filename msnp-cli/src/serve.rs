//! `msnp serve`: runs the service until it is told to stop.

use std::time::Duration;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use gateway_sm::Origins;
use msnp_server::network::WithoutReceipt;
use msnp_service::{
    Database, ForwardedBy, Network, Proxies, Service, ServiceConfig, TlsFiles, Trusted,
};
use tracing_subscriber::EnvFilter;

use crate::causes::chain;
use crate::exit::Exit;

mod upstream;

/// Run the server
///
/// Serves the gateway, the sign-in page and the uic calls on one address until Ctrl-C or SIGTERM,
/// then signs everybody out. Accounts are made with `msnp user add`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address at which MSNP is spoken by TCP itself, without HTTP; its port is 1863 if none is given
    #[arg(long, value_name = "ADDRESS", value_parser = tcp_address)]
    tcp: Option<SocketAddr>,
    /// Address or network (192.0.2.0/24) of a proxy in front, whose word about its clients counts; can be given
    /// several times. Without one, peers at loopback and private addresses have only the limits per account and for all
    #[arg(long, value_name = "NETWORK")]
    trusted_proxy: Vec<Network>,
    /// Header by which the proxies name the client of a request; the other one is not looked at
    #[arg(long, value_enum, default_value_t, requires = "trusted_proxy")]
    forwarded_by: HeaderOfProxy,
    /// The proxies begin each connection with a header of the PROXY protocol, version 1 or 2
    #[arg(long, requires = "trusted_proxy")]
    proxy_protocol: bool,
    /// Certificate with those that vouch for it, as PEM: the service speaks HTTPS then, HTTP/2 included, and marks
    /// its cookies `Secure`. It is read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Address at which MSNP is spoken by TLS, without HTTP; its port is 1863 if none is given
    #[arg(long, value_name = "ADDRESS", value_parser = tcp_address, requires = "tls_cert")]
    tls_tcp: Option<SocketAddr>,
    /// File that keeps accounts, contacts and messages; made if it is not there
    #[arg(long, default_value = "msnp.db")]
    database: PathBuf,
    /// Host, or host and port, that clients are told to come back to and whose pages are the
    /// service's own, when a proxy stands in front
    #[arg(long)]
    host: Option<String>,
    /// Web origin whose pages may use the service with cookies; can be given several times
    /// (default: any origin, without cookies)
    #[arg(long)]
    origin: Vec<String>,
    /// Mark cookies `Secure`: a proxy in front speaks HTTPS
    #[arg(long)]
    secure_cookies: bool,
    /// Seconds of silence after which a session ends
    #[arg(long, default_value_t = 120)]
    session_timeout: u64,
    /// Most seconds that a poll is held; 0 answers every poll at once
    #[arg(long, default_value_t = 110)]
    longest_hold: u64,
    /// Most sessions at once
    #[arg(long, default_value_t = 20_000)]
    sessions: usize,
    /// Most sessions at once from one network address
    #[arg(long)]
    sessions_per_peer: Option<usize>,
    /// Most connections at once
    #[arg(long, default_value_t = 20_000)]
    connections: usize,
    /// Most connections at once from one network address
    #[arg(long, default_value_t = 1_000)]
    connections_per_peer: usize,
    /// What becomes of messages for somebody who never says which were received, when all shows that they were read:
    /// a proxy that took them may have lost them
    #[arg(long, default_value = "never")]
    without_receipt: PerhapsTaken,
    /// Write the log as JSON, one object per line
    #[arg(long)]
    json_log: bool,
    #[command(flatten)]
    upstream: upstream::InFrontOf,
}

/// How proxies name their clients.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum HeaderOfProxy {
    /// As most do
    #[default]
    XForwardedFor,
    /// RFC 7239
    Forwarded,
}

impl From<HeaderOfProxy> for ForwardedBy {
    fn from(header: HeaderOfProxy) -> Self {
        match header {
            HeaderOfProxy::XForwardedFor => Self::XForwardedFor,
            HeaderOfProxy::Forwarded => Self::Forwarded,
        }
    }
}

/// Which of two faults is the lesser.
#[derive(Copy, Clone, Debug, clap::ValueEnum)]
enum PerhapsTaken {
    /// They are not given again, and what a proxy has lost never comes
    Never,
    /// They are given once more, so what has arrived comes twice
    Twice,
}

/// Serves.
pub(crate) fn run(args: &Args) -> Exit {
    let filter = EnvFilter::try_from_env("MSNP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if args.json_log {
        log.json().init();
    } else {
        log.init();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("msnp: cannot start: {error}");
            return Exit::Io;
        }
    };
    if let Some(server) = args.upstream.server() {
        return runtime.block_on(upstream::serve(args, server));
    }
    runtime.block_on(async {
        let service = match Service::start(config(args)).await {
            Ok(service) => service,
            Err(error) => {
                eprintln!("msnp: {}", chain(&error));
                return Exit::Io;
            }
        };
        // The one line that a script can wait for.
        println!("{}", service.url());
        if let Some(address) = service.tcp_address() {
            println!("tcp://{address}");
        }
        if let Some(address) = service.tls_tcp_address() {
            println!("tls://{address}");
        }
        if let Err(error) = asked_to_stop().await {
            eprintln!("msnp: cannot wait for signals: {error}");
        }
        service.stop().await;
        Exit::Success
    })
}

fn tls_files(args: &Args) -> Option<TlsFiles> {
    let (certificate, key) = args.tls_cert.clone().zip(args.tls_key.clone())?;
    Some(TlsFiles { certificate, key })
}

/// An address for streams, with a port or without.
fn tcp_address(text: &str) -> Result<SocketAddr, String> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match bare.unwrap_or(text).parse::<IpAddr>() {
        Ok(ip) => Ok(SocketAddr::new(ip, ServiceConfig::TCP_PORT)),
        Err(_) => text
            .parse()
            .map_err(|_| "not an IP address, with or without a port".to_owned()),
    }
}

fn config(args: &Args) -> ServiceConfig {
    let mut config = ServiceConfig {
        listen: args.listen,
        tcp: args.tcp,
        tls: tls_files(args),
        tls_tcp: args.tls_tcp,
        proxies: Proxies {
            trusted: Trusted::new(args.trusted_proxy.iter().copied()),
            forwarded_by: args.forwarded_by.into(),
            proxy_protocol: args.proxy_protocol,
        },
        advertised_host: args.host.clone(),
        database: Database::File(args.database.clone()),
        secure_cookies: args.secure_cookies,
        ..ServiceConfig::default()
    };
    if !args.origin.is_empty() {
        config.origins = Origins::Listed(args.origin.clone());
    }
    config.timings.session_timeout = Duration::from_secs(args.session_timeout);
    config.timings.longest_hold = Duration::from_secs(args.longest_hold);
    config.limits.sessions = args.sessions;
    config.limits.sessions_per_peer = args.sessions_per_peer;
    config.limits.connections = args.connections;
    config.limits.connections_per_peer = Some(args.connections_per_peer);
    config.network.without_receipt = match args.without_receipt {
        PerhapsTaken::Never => WithoutReceipt::PerhapsNever,
        PerhapsTaken::Twice => WithoutReceipt::PerhapsTwice,
    };
    config
}

#[cfg(unix)]
async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_streams_may_be_left_out() {
        for (text, address) in [
            ("127.0.0.1", "127.0.0.1:1863"),
            ("0.0.0.0:99", "0.0.0.0:99"),
            ("::1", "[::1]:1863"),
            ("[::]", "[::]:1863"),
            ("[::1]:99", "[::1]:99"),
        ] {
            assert_eq!(
                tcp_address(text).map(|address| address.to_string()),
                Ok(address.to_owned())
            );
        }
        for text in ["", "localhost", "127.0.0.1:", "1863"] {
            assert!(tcp_address(text).is_err(), "{text}");
        }
    }
}
