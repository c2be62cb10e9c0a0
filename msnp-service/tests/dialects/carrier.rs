//! What carries a dialect, and a service with all of its doors.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::LazyLock;

use msnp_client::{Access, Dialect, Network, Service as Web};
use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use transport_reqwest::{Http, HttpOptions};

/// How the bytes of a dialect travel.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    Tcp,
    Gateway,
    Tls,
}

impl Carrier {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Gateway => "gateway",
            Self::Tls => "TLS",
        }
    }
}

/// The password of everybody.
pub(crate) const PASSWORD: &str = "secret";

/// As cheap as argon2 allows: hashing strength is not what is tested.
const HASH_COST: HashCost = HashCost {
    memory_kib: 8,
    passes: 1,
};

/// A certificate that an authority of these tests vouches for, made anew by each run.
struct Certificate {
    authority: String,
    files: TlsFiles,
}

static CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| {
    let mut authority = CertificateParams::new([]).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "Test authority");
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("a certificate");
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = CertificateParams::new(names).expect("names");
    let server = server.signed_by(&key, &issuer).expect("a certificate");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let files = TlsFiles {
        certificate: folder.join("dialects-certificate.pem"),
        key: folder.join("dialects-key.pem"),
    };
    std::fs::write(&files.certificate, server.pem()).expect("a file");
    std::fs::write(&files.key, key.serialize_pem()).expect("a file");
    Certificate {
        authority: root.pem(),
        files,
    }
});

/// A service with the doors of a carrier, and people whose passwords are [`PASSWORD`].
pub(crate) struct Home {
    service: Service,
    carrier: Carrier,
}

impl Home {
    pub(crate) async fn open(carrier: Carrier, people: &[&str]) -> Self {
        let home = Self::start(carrier, |_| {}).await;
        home.take_in(people).await;
        home
    }

    pub(crate) async fn start(carrier: Carrier, change: impl FnOnce(&mut ServiceConfig)) -> Self {
        let anywhere = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        let mut config = ServiceConfig {
            hash_cost: HASH_COST,
            ..ServiceConfig::default()
        };
        match carrier {
            Carrier::Tcp | Carrier::Gateway => config.tcp = anywhere,
            Carrier::Tls => {
                config.tls = Some(CERTIFICATE.files.clone());
                config.tls_tcp = anywhere;
            }
        }
        change(&mut config);
        let service = Service::start(config).await.expect("the service starts");
        Self { service, carrier }
    }

    /// Gives these people accounts.
    pub(crate) async fn take_in(&self, people: &[&str]) {
        for name in people {
            let address = format!("{name}@example.org");
            let added = self
                .service
                .add_account(&address, &format!("live:{name}"), name, PASSWORD)
                .await;
            added.expect("the account is new");
        }
    }

    /// What one of them signs in with by MD5.
    pub(crate) async fn access_token(&self, name: &str) -> String {
        let address = format!("{name}@example.org");
        let token = self.service.add_access_token(&address, "old client").await;
        token.expect("there is such an account").expose().clone()
    }

    pub(crate) const fn service(&self) -> &Service {
        &self.service
    }

    /// The way in of somebody who speaks this dialect.
    pub(crate) fn access(&self, dialect: Dialect, name: &str, password: &str) -> Access {
        let (url, login) = (self.service.url(), format!("{name}@example.org"));
        // Through the gateway the web client's cookies are the proof, by a stream a ticket (gateway.md 16.1).
        if dialect == Dialect::MSNP24 && self.carrier == Carrier::Gateway {
            let web = Web::at(&url).expect("an address");
            return Access::web(web, login, password);
        }
        Access::passport(self.network(), login, password)
    }

    /// Where the older dialects are spoken.
    pub(crate) fn network(&self) -> Network {
        let url = self.service.url();
        let network = match self.carrier {
            Carrier::Tcp => {
                let door = self.service.tcp_address().expect("there is one");
                Network::tcp(&door.to_string(), &url)
            }
            Carrier::Tls => {
                let door = self.service.tls_tcp_address().expect("there is one");
                Network::tls(&door.to_string(), &url)
            }
            Carrier::Gateway => {
                let gateway = format!("{url}/gateway/gateway.dll");
                Network::gateway(&gateway, &url)
            }
        };
        network.expect("addresses")
    }

    pub(crate) async fn stop(self) {
        self.service.stop().await;
    }
}

/// The network of a client that trusts the certificate.
pub(crate) fn http() -> Http {
    http_of(trusting())
}

/// Trusts the certificate.
pub(crate) fn trusting() -> HttpOptions {
    HttpOptions::new().certificate_authority(&CERTIFICATE.authority)
}

pub(crate) fn http_of(options: HttpOptions) -> Http {
    let options = options.direct();
    let streams = options.tcp().expect("options");
    Http::new(options.client().expect("options")).streams(streams)
}
