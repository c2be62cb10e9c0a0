//! `WebDoor`: where HTTP is spoken, plain, by TLS or both, and the operator's address beside it. The same for the service and
//! for the gateway in front of another server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway_sm::Host;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::config::{Limits, Proxies, TlsFiles};
use crate::door::entrance::Entrance;
use crate::door::terms::Terms;
use crate::door::tls::Certificates;
use crate::engine::Engine;
use crate::http::{self, Front};
use crate::listeners::listen;
use crate::operator::Operator;
use crate::operator_pass::OperatorPass;
use crate::start_error::StartError;

/// What is listened on for HTTP, and for the operator.
pub(crate) struct WebDoor {
    web: Door,
    /// HTTPS beside plain HTTP.
    https: Option<Door>,
    operator: Option<(TcpListener, SocketAddr)>,
    certificates: Option<Arc<Certificates>>,
}

/// One address where HTTP is spoken, by TLS or without.
struct Door {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
}

/// Where to listen, and what to show there.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    /// For HTTP; for HTTPS if there is a certificate and no address of its own for that.
    pub(crate) listen: SocketAddr,
    pub(crate) tls_listen: Option<SocketAddr>,
    pub(crate) operator: Option<SocketAddr>,
    pub(crate) tls: Option<&'a TlsFiles>,
    /// What clients are told to come back to.
    pub(crate) advertised_host: Option<&'a str>,
}

/// Whether doors would open on these terms.
pub(crate) fn check(
    settings: &Settings<'_>,
    proxies: &Proxies,
    limits: &Limits,
) -> Result<(), StartError> {
    if proxies.proxy_protocol && proxies.trusted.is_empty() {
        return Err(StartError::NoTrustedProxy);
    }
    if limits.connections == 0 {
        return Err(StartError::NoConnections);
    }
    if let Some(files) = settings.tls {
        Certificates::load(files.clone())?;
    }
    let Some(address) = settings.tls_listen else {
        return Ok(());
    };
    if settings.tls.is_none() {
        return Err(StartError::NoCertificate(address));
    }
    let host = settings.advertised_host.unwrap_or_default();
    match host.parse::<Host>() {
        Ok(named) if named.port().is_some() => Err(StartError::PortOfOneDoor(host.to_owned())),
        _ => Ok(()),
    }
}

impl WebDoor {
    /// Listens at all addresses.
    pub(crate) async fn listen(settings: &Settings<'_>) -> Result<Self, StartError> {
        let certificates = settings.tls.cloned().map(Certificates::load).transpose()?;
        if let Some(words) = certificates.as_ref().and_then(|it| it.complaint()) {
            tracing::warn!("{words}");
        }
        let mut tls = certificates.as_ref().map(http::tls).transpose()?;
        let https = match settings.tls_listen {
            Some(address) => Some(Door::listen(address, tls.take()).await?),
            None => None,
        };
        let web = Door::listen(settings.listen, tls).await?;
        let operator = match settings.operator {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(Self {
            web,
            https,
            operator,
            certificates,
        })
    }

    /// Where HTTP is spoken.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.web.address
    }

    /// Where HTTPS is spoken beside it.
    pub(crate) fn tls_address(&self) -> Option<SocketAddr> {
        self.https.as_ref().map(|door| door.address)
    }

    /// Where the operator looks.
    pub(crate) fn operator_address(&self) -> Option<SocketAddr> {
        self.operator.as_ref().map(|(_, address)| *address)
    }

    /// For other doors that show the same.
    pub(crate) const fn certificates(&self) -> Option<&Arc<Certificates>> {
        self.certificates.as_ref()
    }

    /// The base of the URLs there.
    pub(crate) fn url(&self) -> String {
        self.web.url()
    }

    /// The base of the URLs where HTTPS is spoken beside it.
    pub(crate) fn tls_url(&self) -> Option<String> {
        self.https.as_ref().map(Door::url)
    }

    /// Serves, each address in a task of its own, and looks after the certificate. By `pass` the operator may have something done.
    pub(crate) fn serve(
        self,
        engine: &Engine,
        pass: Option<OperatorPass>,
        request_bytes: usize,
        terms: &Terms,
        certificate_look: Duration,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let mut doors = Vec::new();
        if let Some((listener, address)) = self.operator {
            tracing::info!(%address, "listening for the operator");
            let operator = Operator::new(engine.clone(), Arc::clone(&terms.metrics), pass);
            doors.push(tokio::spawn(operator.serve(
                listener,
                terms.clone(),
                stop.clone(),
            )));
        }
        if terms.proxies.trusted.is_empty() {
            tracing::info!(
                "no proxy is trusted: peers at loopback and private addresses have only the limits per account and for all"
            );
        }
        let entrance = Entrance::new(terms);
        let entrances = [entrance.beside(), entrance];
        let web = [self.https, Some(self.web)].into_iter().zip(entrances);
        for (door, entrance) in web.filter_map(|(door, entrance)| Some((door?, entrance))) {
            let front = Front::new(engine.clone(), request_bytes);
            let terms = Terms {
                tls: door.tls,
                ..terms.clone()
            };
            let serving = http::serve(door.listener, front, entrance, terms, stop.clone());
            doors.push(tokio::spawn(serving));
        }
        if let Some(certificates) = self.certificates {
            let watching = certificates.watch(certificate_look, stop.clone());
            doors.push(tokio::spawn(watching));
        }
        doors
    }
}

impl Door {
    async fn listen(address: SocketAddr, tls: Option<TlsAcceptor>) -> Result<Self, StartError> {
        let (listener, address) = listen(address).await?;
        Ok(Self {
            listener,
            address,
            tls,
        })
    }

    fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}
