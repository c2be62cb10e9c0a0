//! The running service over real HTTP, with requests written byte by byte.

mod raw;
mod seed;
mod sign_in;

use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};

/// A service with the users alice and bob, whose passwords are `secret`.
async fn service(change: impl FnOnce(&mut ServiceConfig)) -> Service {
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
