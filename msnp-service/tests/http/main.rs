//! The running service over real sockets, with requests written byte by byte.

mod commits;
mod credentials;
mod endings;
mod file;
mod logs;
mod operator;
mod proxies;
mod raw;
mod receipts;
mod seed;
mod sign_in;
mod stalls;
mod streams;
mod tls;
mod two_doors;
mod web_client;
mod wire;

use std::time::Duration;

use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};

/// As cheap as argon2 allows: hashing strength is not what is tested.
const HASH_COST: HashCost = HashCost {
    memory_kib: 8,
    passes: 1,
};

/// A service with the users alice and bob, whose passwords are `secret`.
async fn service(change: impl FnOnce(&mut ServiceConfig)) -> Service {
    let mut config = ServiceConfig {
        hash_cost: HASH_COST,
        ..ServiceConfig::default()
    };
    change(&mut config);
    let service = Service::start(config).await.expect("the service starts");
    for name in ["alice", "bob"] {
        let address = format!("{name}@example.org");
        let added = service
            .add_account(&address, &format!("live:{name}"), name, "secret")
            .await;
        added.expect("the account is new");
    }
    service
}

/// Waits for `what`, but not for ever.
async fn soon<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
    waited.unwrap_or_else(|_| panic!("it takes too long: {what}"))
}
