//! The embedded service, with a door for streams.

use msnp_client::{Access, Dialect, Network, Service as Web};
use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "secret";

/// As cheap as argon2 allows: hashing strength is not what is tested.
const HASH_COST: HashCost = HashCost {
    memory_kib: 8,
    passes: 1,
};

/// A service, and people who have accounts there.
pub(crate) struct House(Service);

impl House {
    pub(crate) async fn open(people: &[&str]) -> Self {
        let config = ServiceConfig {
            hash_cost: HASH_COST,
            tcp: Some(([127, 0, 0, 1], 0).into()),
            ..ServiceConfig::default()
        };
        let service = Service::start(config).await.expect("the service starts");
        for name in people {
            let (address, id) = (format!("{name}@example.org"), format!("live:{name}"));
            let added = service.add_account(&address, &id, name, PASSWORD).await;
            added.expect("the account is new");
        }
        Self(service)
    }

    /// Where MSNP is spoken by TCP.
    pub(crate) fn port(&self) -> u16 {
        self.0.tcp_address().expect("there is a door").port()
    }

    /// The page that names the login page.
    pub(crate) fn nexus(&self) -> String {
        format!("{}/rdr/pprdr.asp", self.0.url())
    }

    /// The way in of our own client.
    pub(crate) fn access(&self, dialect: Dialect, name: &str) -> Access {
        let (url, login) = (self.0.url(), format!("{name}@example.org"));
        if dialect == Dialect::MSNP24 {
            return Access::web(Web::at(&url).expect("an address"), login, PASSWORD);
        }
        let door = format!("127.0.0.1:{}", self.port());
        let network = Network::tcp(&door, &url).expect("addresses");
        Access::passport(network, login, PASSWORD)
    }

    pub(crate) async fn close(self) {
        self.0.stop().await;
    }
}
