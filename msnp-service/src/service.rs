//! `Service`: starts everything on one address and stops it again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use gateway_sm::{Gateway, ServerConfig, ServerConfigError};
use msnp_proto::Secret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::accounts::{self, HashCost, NameError, PasswordError, SignInAddress, SkypeId};
use crate::config::{Database, ServiceConfig};
use crate::engine::{self, Engine, shared_tickets};
use crate::http;
use crate::notification::{Account, NotificationServer};
use crate::store::{OpenError, Sqlite, SqliteError};

/// A running service. Dropping it stops it without goodbye; [`stop`](Self::stop) signs everybody
/// out first.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    engine: Engine,
    hash_cost: HashCost,
    stop: watch::Sender<bool>,
    http: JoinHandle<()>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Why a service could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on, or the engine's thread not be started.
    #[error("cannot start on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// What the database holds cannot be read.
    #[error(transparent)]
    Read(#[from] SqliteError),
    /// A name or a time of the configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ServerConfigError),
    /// The hashing cost cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The system has no random bytes to give.
    #[error("no random bytes")]
    Entropy,
}

/// Why an account was not added.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The address or the name is not one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The password is refused.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Somebody has that address or that name.
    #[error("the address or the name is taken")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] SqliteError),
    /// The service has stopped, or the system has no random bytes to give.
    #[error("the service is not available")]
    Unavailable,
}

impl Service {
    /// Starts the service; it answers from the moment this returns. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running.
    pub async fn start(config: ServiceConfig) -> Result<Self, StartError> {
        let listening = |source| StartError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let store = match &config.database {
            Database::Memory => Sqlite::in_memory()?,
            Database::File(path) => Sqlite::open(path)?,
        };
        let tickets = shared_tickets();
        let seed = crate::http::random().ok_or(StartError::Entropy)?;
        let notification =
            NotificationServer::new(store, config.notification.clone(), seed, engine::now())?
                .with_tickets(tickets.clone());
        let gateway = Gateway::new(gateway_config(&config, address)?);
        let decoy_hash = accounts::decoy_hash(config.hash_cost)?;
        let (engine, thread) =
            Engine::start(gateway, notification, tickets.clone()).map_err(listening)?;
        let shared = Arc::new(http::Inner::new(
            engine.clone(),
            tickets.0,
            decoy_hash,
            config.secure_cookies,
            config.origins,
            config.limits,
        ));
        let (stop, stopping) = watch::channel(false);
        let http = tokio::spawn(http::serve(listener, shared, stopping));
        tracing::info!(%address, "listening");
        Ok(Self {
            address,
            engine,
            hash_cost: config.hash_cost,
            stop,
            http,
            thread: Some(thread),
        })
    }

    /// Where the service listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of its URLs: `http://address`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds an account that signs in with `address` and `password`, and is known to others as
    /// `skype_id`.
    ///
    /// # Errors
    /// [`AccountError`]; nothing has changed.
    pub async fn add_account(
        &self,
        address: &str,
        skype_id: &str,
        display_name: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        let (address, skype_id) = (SignInAddress::parse(address)?, SkypeId::parse(skype_id)?);
        let salt = http::random().ok_or(AccountError::Unavailable)?;
        let (password, cost) = (password.to_owned(), self.hash_cost);
        let hashing =
            tokio::task::spawn_blocking(move || accounts::hash_password(&password, salt, cost));
        let hash = hashing.await.map_err(|_| AccountError::Unavailable)??;
        let account = Account {
            skype_id,
            address,
            display_name: display_name.to_owned(),
            password_hash: Secret::new(hash),
        };
        match self.engine.add_account(account).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(AccountError::Taken),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(AccountError::Unavailable),
        }
    }

    /// Signs everybody out, lets the replies in progress end, and returns when all is written.
    pub async fn stop(mut self) {
        self.engine.stop();
        if let Some(thread) = self.thread.take() {
            // The thread ends within seconds; join it where waiting is allowed.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        let _ = self.stop.send(true);
        let _ = (&mut self.http).await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.engine.stop();
        let _ = self.stop.send(true);
    }
}

fn gateway_config(
    config: &ServiceConfig,
    address: SocketAddr,
) -> Result<ServerConfig, ServerConfigError> {
    let host = match &config.advertised_host {
        Some(host) => host.clone(),
        None => address.to_string(),
    };
    let timings = config.timings;
    let mut gateway = ServerConfig::new(&host, &host)?
        .server_name(&config.server_name)?
        .longest_hold(std::time::Duration::ZERO)?
        .session_timeout(std::time::Duration::from_secs(timings.session_timeout))?
        .longest_hold(std::time::Duration::from_secs(timings.longest_hold))?
        .max_body(config.limits.request_bytes)?
        .max_queued(config.limits.queued_bytes)?
        .max_sessions(config.limits.sessions)?
        .origins(config.origins.clone())?;
    if let Some(sessions) = config.limits.sessions_per_peer {
        gateway = gateway.max_sessions_per_peer(sessions)?;
    }
    Ok(gateway)
}
