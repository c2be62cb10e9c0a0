//! `House`: the service of a story, with accounts for its people.

use msnp_client::{Access, ContactId, Dialect, Network, Service as Web};
use msnp_service::{Service, ServiceConfig};

use super::failure::Failure;

/// A running service, and the people who have accounts there.
pub(super) struct House {
    service: Service,
    password: String,
    people: Vec<&'static str>,
}

impl House {
    /// A service on loopback ports, with a door for streams.
    pub(super) async fn open(people: &[&'static str]) -> Result<Self, Failure> {
        let password = password()?;
        let config = ServiceConfig {
            tcp: Some(([127, 0, 0, 1], 0).into()),
            ..ServiceConfig::default()
        };
        let service = Service::start(config).await.map_err(Failure::start)?;
        for name in people {
            let lower = name.to_lowercase();
            let (address, id) = (format!("{lower}@example.org"), format!("live:{lower}"));
            let added = service.add_account(&address, &id, name, &password).await;
            added.map_err(Failure::start)?;
        }
        Ok(Self {
            service,
            password,
            people: people.to_vec(),
        })
    }

    pub(super) const fn service(&self) -> &Service {
        &self.service
    }

    /// Everybody's.
    pub(super) fn password(&self) -> &str {
        &self.password
    }

    /// Where clients of the older dialects go.
    pub(super) fn door(&self) -> Result<String, Failure> {
        let door = self.service.tcp_address();
        let door = door.ok_or_else(|| Failure::Missing("a door for streams".to_owned()))?;
        Ok(door.to_string())
    }

    /// The way in of somebody who speaks this dialect.
    pub(super) fn access(&self, name: &str, dialect: Dialect) -> Result<Access, Failure> {
        let (url, login) = (self.service.url(), address(name));
        if dialect == Dialect::MSNP24 {
            let web = Web::at(&url).map_err(Failure::start)?;
            return Ok(Access::web(web, login, &*self.password));
        }
        // The ticket of MSNP22 stands in the head of a request (msnp24.md 15).
        let network = if dialect.has_web_sign_in() {
            Network::gateway(&format!("{url}/gateway/gateway.dll"), &url)
        } else {
            Network::tcp(&self.door()?, &url)
        };
        let network = network.map_err(Failure::start)?;
        Ok(Access::passport(network, login, &*self.password))
    }

    /// Who plays, as they are called in a dialect and as they call themselves: who they are is told before they meet.
    pub(super) fn cast(&self, dialect: Dialect) -> Result<Vec<(ContactId, &'static str)>, Failure> {
        let people = self.people.iter();
        people.map(|name| Ok((id(name, dialect)?, *name))).collect()
    }

    /// Says good-bye to everybody.
    pub(super) async fn close(self) {
        self.service.stop().await;
    }
}

/// The address that somebody signs in with.
pub(super) fn address(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase())
}

/// What somebody is called in a dialect.
pub(super) fn id(name: &str, dialect: Dialect) -> Result<ContactId, Failure> {
    let id = if dialect == Dialect::MSNP24 {
        ContactId::skype(&format!("live:{}", name.to_lowercase()))
    } else {
        ContactId::messenger(&address(name))
    };
    id.map_err(Failure::start)
}

/// A password that nobody has to know.
pub(super) fn password() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Failure::start)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
