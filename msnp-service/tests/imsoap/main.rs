//! The IM web service over real HTTP: with SOAP software that knows only its WSDL, and with requests
//! written byte by byte.

mod caller;
mod crash;
#[path = "../http/file.rs"]
mod file;
mod friend;
mod installed;
#[expect(dead_code, reason = "the gateway's own tests use more of it")]
#[path = "../http/raw.rs"]
mod raw;
mod receipts;
mod requests;
mod secrets;
mod sessions;
mod software;
#[path = "../../../msnp-server/tests/imsoap/told.rs"]
mod told;

use std::time::Duration;

use msnp_service::accounts::HashCost;
use msnp_service::{Database, Service, ServiceConfig};

/// A service with the service account `testing`, whose password is `password`, and the IM accounts
/// alice and bob, whose passwords are `secret`.
async fn service(change: impl FnOnce(&mut ServiceConfig)) -> Service {
    secrets::listen_to_the_log();
    // As cheap as argon2 allows: hashing strength is not what is tested.
    let hash_cost = HashCost {
        memory_kib: 8,
        passes: 1,
    };
    let mut config = ServiceConfig {
        hash_cost,
        ..ServiceConfig::default()
    };
    change(&mut config);
    let is_new = match &config.database {
        Database::File(path) => !path.exists(),
        Database::Memory => true,
    };
    let service = Service::start(config).await.expect("the service starts");
    if !is_new {
        return service;
    }
    let added = service.add_service_account("testing", secrets::PASSWORD);
    added.await.expect("the service account is new");
    for (name, shown) in [("alice", "Alice"), ("bob", "Bob (at work)")] {
        let (address, id) = (format!("{name}@example.org"), format!("live:{name}"));
        let added = service.add_account(&address, &id, shown, secrets::IM_PASSWORD);
        added.await.expect("the account is new");
    }
    service
}

/// Waits for `what`, but not for ever.
async fn soon<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
    waited.unwrap_or_else(|_| panic!("it takes too long: {what}"))
}
