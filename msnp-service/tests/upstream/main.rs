//! The gateway in front of a server, over real TCP and HTTP, on the loopback.

mod client;
mod doors;
mod ends;
#[expect(dead_code, reason = "the gateway's own tests use more of it")]
#[path = "../http/raw.rs"]
mod raw;
mod relay;
mod server;
mod talk;
// The same server as in the simulation.
#[path = "../../../gateway-upstream/tests/upstream/tiny_server.rs"]
mod tiny_server;

use msnp_service::upstream::{UpstreamConfig, UpstreamService};

use server::Running;

/// A server, and a gateway in front of it.
async fn gateway(change: impl FnOnce(&mut UpstreamConfig)) -> (Running, UpstreamService) {
    let server = Running::start().await;
    let mut config = UpstreamConfig::new(server.remote());
    change(&mut config);
    let gateway = UpstreamService::start(config).await;
    (server, gateway.expect("the gateway starts"))
}
