//! `WebDoor`: where HTTP is spoken, and the operator's address beside it. The same for the service and for the gateway in front of
//! another server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::config::{Limits, Proxies, TlsFiles};
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
    web: (TcpListener, SocketAddr),
    operator: Option<(TcpListener, SocketAddr)>,
    certificates: Option<Arc<Certificates>>,
    https: Option<TlsAcceptor>,
}

/// Whether doors would open on these terms.
pub(crate) fn check(
    proxies: &Proxies,
    limits: &Limits,
    tls: Option<&TlsFiles>,
) -> Result<(), StartError> {
    if proxies.proxy_protocol && proxies.trusted.is_empty() {
        return Err(StartError::NoTrustedProxy);
    }
    if limits.connections == 0 {
        return Err(StartError::NoConnections);
    }
    if let Some(files) = tls {
        Certificates::load(files.clone())?;
    }
    Ok(())
}

impl WebDoor {
    /// Listens at both addresses, with HTTPS if there is a certificate.
    pub(crate) async fn listen(
        address: SocketAddr,
        operator: Option<SocketAddr>,
        tls: Option<TlsFiles>,
    ) -> Result<Self, StartError> {
        let certificates = tls.map(Certificates::load).transpose()?;
        if let Some(words) = certificates.as_ref().and_then(|it| it.complaint()) {
            tracing::warn!("{words}");
        }
        let https = certificates.as_ref().map(http::tls).transpose()?;
        let web = listen(address).await?;
        let operator = match operator {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(Self {
            web,
            operator,
            certificates,
            https,
        })
    }

    /// Where HTTP is spoken.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.web.1
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
        let scheme = if self.https.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.address())
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
        let front = Front::new(engine.clone(), request_bytes);
        let terms = Terms {
            tls: self.https,
            ..terms.clone()
        };
        let (listener, _) = self.web;
        doors.push(tokio::spawn(http::serve(
            listener,
            front,
            terms,
            stop.clone(),
        )));
        if let Some(certificates) = self.certificates {
            let watching = certificates.watch(certificate_look, stop.clone());
            doors.push(tokio::spawn(watching));
        }
        doors
    }
}
