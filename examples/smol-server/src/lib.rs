//! A whole MSN Messenger server on smol: `msnp_server::Server` is the server, and this is its host. What a host brings:
//!
//! * requests, whole, and what became of their replies (`http.rs`);
//! * time, randomness, a timer, and a store (`host.rs`).
//!
//! The store is the machine's own [`Memory`](msnp_server::Memory): accounts and messages live as long as the process.
//! `msnp-service` is the same with a database, TLS and bounds on everything that comes in.

mod host;
mod http;

use std::io;
use std::sync::Arc;

use smol::net::TcpListener;

pub use host::{Host, HostError};

/// Serves whoever connects, until the future is dropped.
///
/// # Errors
/// If nothing more can be accepted.
pub async fn serve(listener: TcpListener, host: Host) -> io::Result<()> {
    let host = Arc::new(host);
    let keeps_time = Arc::clone(&host);
    let _time = smol::spawn(async move { keeps_time.keep_time().await });
    loop {
        let (stream, _) = listener.accept().await?;
        let host = Arc::clone(&host);
        smol::spawn(async move { http::serve(stream, host).await }).detach();
    }
}
