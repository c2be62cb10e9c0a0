//! The HTTP face: listens, and hands what comes to [`Front`].

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::{Limits, Timings};
use crate::door::A_DAY;
pub(crate) use front::Front;

mod front;
mod header_case;
mod listen;
mod reply_body;
mod request_body;

/// Serves until `stop` turns true and the requests in progress have ended.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Front,
    limits: Limits,
    timings: Timings,
    stop: watch::Receiver<bool>,
) {
    let bounds = listen::Bounds {
        connections: limits.connections,
        request: timings.request.min(A_DAY),
        reply: timings.reply.min(A_DAY),
    };
    listen::serve(listener, Arc::new(front), bounds, stop).await;
}
