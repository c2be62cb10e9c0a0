//! The web services that clients of MSNP8 to MSNP21 need beside their connections, over real HTTP, with requests as those
//! clients were seen to write them.

#[expect(
    dead_code,
    reason = "these tests need less of it than those of the gateway"
)]
#[path = "../http/raw.rs"]
mod raw;

mod bitlbee;
mod desktop;
#[path = "../imsoap/installed.rs"]
mod installed;
mod lists;
mod msnpsharp;
mod offline;
mod pollers;
mod profile;
mod sign_in;
mod software;

use std::net::SocketAddr;

use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};

use raw::Response;

/// As cheap as argon2 allows: hashing strength is not what is tested.
const HASH_COST: HashCost = HashCost {
    memory_kib: 8,
    passes: 1,
};

/// A service with the users alice, bob and carol, whose passwords are `secret`.
async fn service(change: impl FnOnce(&mut ServiceConfig)) -> Service {
    let mut config = ServiceConfig {
        hash_cost: HASH_COST,
        ..ServiceConfig::default()
    };
    change(&mut config);
    let service = Service::start(config).await.expect("the service starts");
    for name in ["alice", "bob", "carol"] {
        let address = format!("{name}@example.org");
        let added = service
            .add_account(&address, &format!("live:{name}"), name, "secret")
            .await;
        added.expect("the account is new");
    }
    service
}

/// A request without a body.
async fn get(to: SocketAddr, path: &str, headers: &str) -> Response {
    let head = format!("GET {path} HTTP/1.1\nHost: {to}\n{headers}");
    raw::send(to, &head, b"").await
}

/// A SOAP request as libpurple writes it: two slashes, and an action without quotes (soap.md 5.1).
async fn post(to: SocketAddr, path: &str, action: &str, body: &str) -> Response {
    let head = format!(
        "POST /{path} HTTP/1.1\nHost: {to}\nSOAPAction: {action}\nContent-Type:text/xml; charset=utf-8\nCookie: MSPAuth="
    );
    raw::send(to, &head, body.as_bytes()).await
}

/// The text between two others, of which the first is there.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split(end).next().unwrap_or_default()
}
