//! The addresses that are listened on: all are there before the service says that it has started.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::config::ServiceConfig;
use crate::door;
use crate::door::terms::Terms;
use crate::door::tls::Certificates;
use crate::engine::Engine;
use crate::start_error::StartError;

/// The addresses at which MSNP is spoken without HTTP.
pub(crate) struct Streams {
    tcp: Option<(TcpListener, SocketAddr)>,
    tls: Option<(TcpListener, SocketAddr, TlsAcceptor)>,
}

impl Streams {
    /// Listens where the configuration says.
    pub(crate) async fn listen(
        config: &ServiceConfig,
        certificates: Option<&Arc<Certificates>>,
    ) -> Result<Self, StartError> {
        let tcp = match config.tcp {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let tls = match config.tls_tcp {
            Some(address) => {
                let certificates = certificates.ok_or(StartError::NoCertificate(address))?;
                let mut tls = certificates.server(&[])?;
                // BitlBee's MSNP24 takes the arrival of a ticket for that of a command, and dies of it. Such a connection
                // stays for hours: there is little to resume.
                tls.send_tls13_tickets = 0;
                let tls = TlsAcceptor::from(Arc::new(tls));
                let (listener, address) = listen(address).await?;
                Some((listener, address, tls))
            }
            None => None,
        };
        Ok(Self { tcp, tls })
    }

    /// Where: plain, and by TLS.
    pub(crate) fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        let tcp = self.tcp.as_ref().map(|(_, address)| *address);
        (tcp, self.tls.as_ref().map(|(_, address, _)| *address))
    }

    /// Serves, each address in a task of its own.
    pub(crate) fn serve(
        self,
        engine: &Engine,
        terms: &Terms,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let tcp = self
            .tcp
            .map(|(listener, address)| (listener, address, None));
        let tls = self
            .tls
            .map(|(listener, address, tls)| (listener, address, Some(tls)));
        let doors = tcp.into_iter().chain(tls);
        doors
            .map(|(listener, address, tls)| {
                tracing::info!(%address, tls = tls.is_some(), "listening for MSNP without HTTP");
                let terms = Terms {
                    tls,
                    ..terms.clone()
                };
                tokio::spawn(door::serve(listener, engine.clone(), terms, stop.clone()))
            })
            .collect()
    }
}

/// Listens on an address; where, if the system was to choose the port.
pub(crate) async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listening = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listening)?;
    let bound = listener.local_addr().map_err(listening)?;
    Ok((listener, bound))
}
