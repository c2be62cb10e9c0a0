//! `msnp serve`: runs the service until it is told to stop.

use std::time::Duration;

use std::net::SocketAddr;
use std::path::PathBuf;

use gateway_sm::Origins;
use msnp_service::upstream::{UpstreamConfig, UpstreamService};
use msnp_service::{Database, Service, ServiceConfig};
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
    #[arg(long, default_value_t = 100_000)]
    sessions: usize,
    /// Most sessions at once from one network address
    #[arg(long)]
    sessions_per_peer: Option<usize>,
    /// Most connections at once
    #[arg(long, default_value_t = 20_000)]
    connections: usize,
    /// Write the log as JSON, one object per line
    #[arg(long)]
    json_log: bool,
    #[command(flatten)]
    upstream: upstream::InFrontOf,
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
    match args.upstream.config(&args.origin) {
        Ok(None) => {}
        Ok(Some(config)) => return runtime.block_on(serve_in_front(args, config)),
        Err(error) => {
            eprintln!("msnp: {}", chain(&error));
            return Exit::Io;
        }
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
        if let Err(error) = asked_to_stop().await {
            eprintln!("msnp: cannot wait for signals: {error}");
        }
        service.stop().await;
        Exit::Success
    })
}

/// Serves in front of another server.
async fn serve_in_front(args: &Args, mut config: UpstreamConfig) -> Exit {
    config.listen = args.listen;
    config.advertised_host.clone_from(&args.host);
    if !args.origin.is_empty() {
        config.origins = Origins::Listed(args.origin.clone());
    }
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

fn config(args: &Args) -> ServiceConfig {
    let mut config = ServiceConfig {
        listen: args.listen,
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
