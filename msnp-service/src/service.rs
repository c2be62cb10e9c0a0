//! `Service`: starts everything on one address and stops it again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use gateway_sm::{Gateway, ServerConfig, ServerConfigError};
use msnp_proto::Secret;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::accounts::{self, HashCost, NameError, PasswordError, SignInAddress, SkypeId, UserId};
use crate::config::{Database, ServiceConfig};
use crate::engine::{self, Engine, Stopped, shared_tickets};
use crate::http;
use crate::notification::{Account, NotificationServer};
use crate::store::{OpenError, Sqlite, SqliteError};
use crate::upstream::Office;

/// A running service. Dropping it stops it without goodbye; [`stop`](Self::stop) signs everybody
/// out first.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    engine: Engine,
    office: Arc<Office>,
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
    /// [`Limits::queued_bytes`](crate::Limits::queued_bytes) is less than the notification server
    /// may send to one session at once.
    #[error("{queued} bytes may wait for a session, and {needed} may be sent to it at once")]
    Queue {
        /// The limit.
        queued: usize,
        /// The least that works.
        needed: usize,
    },
    /// The hashing cost cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The gateway of the IM web service's accounts cannot be reached as configured.
    #[error(transparent)]
    Upstream(#[from] transport_reqwest::OptionsError),
    /// The service's own address cannot stand in a URL.
    #[error(transparent)]
    Address(#[from] msnp_client::InvalidUri),
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
        let queued = config.limits.queued_bytes;
        let rules = &config.notification;
        let needed = rules
            .outgoing_bytes
            .saturating_add(rules.unacknowledged_bytes);
        if queued < needed {
            return Err(StartError::Queue { queued, needed });
        }
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
        let office = Office::open(config.imsoap, &config.upstream, &engine, address)?;
        let host = config.advertised_host.clone();
        let shared = Arc::new(http::Inner::new(
            engine.clone(),
            Arc::clone(&office),
            host.unwrap_or_else(|| address.to_string()),
            tickets.0,
            decoy_hash,
            &config,
        ));
        let (stop, stopping) = watch::channel(false);
        let http = tokio::spawn(http::serve(listener, shared, config.timings, stopping));
        tracing::info!(%address, "listening");
        Ok(Self {
            address,
            engine,
            office,
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

    /// Where callers of the IM web service post to; `?wsdl` behind it gets its description.
    pub fn imsoap_url(&self) -> String {
        format!("{}{}", self.url(), http::IMSOAP_PATH)
    }

    /// Adds somebody who may use the IM web service, with any IM accounts.
    ///
    /// # Errors
    /// [`AccountError`]; nothing has changed.
    pub async fn add_service_account(
        &self,
        user_id: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        let user = UserId::parse(user_id)?;
        let hash = Secret::new(self.hash(password).await?);
        added(self.engine.add_service_account(user, hash).await)
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
        let hash = self.hash(password).await?;
        let account = Account {
            skype_id,
            address,
            display_name: display_name.to_owned(),
            password_hash: Secret::new(hash),
        };
        added(self.engine.add_account(account).await)
    }

    /// Hashes slowly, on a thread where that is allowed.
    async fn hash(&self, password: &str) -> Result<String, AccountError> {
        let salt = http::random().ok_or(AccountError::Unavailable)?;
        let (password, cost) = (password.to_owned(), self.hash_cost);
        let hashing =
            tokio::task::spawn_blocking(move || accounts::hash_password(&password, salt, cost));
        let hash = hashing.await.map_err(|_| AccountError::Unavailable)?;
        Ok(hash?)
    }

    /// Signs everybody out, lets the replies in progress end, and returns when all is written.
    pub async fn stop(mut self) {
        // While the gateway still answers.
        self.office.close().await;
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
        self.office.abandon();
        self.engine.stop();
        let _ = self.stop.send(true);
    }
}

fn added(outcome: Result<Result<bool, SqliteError>, Stopped>) -> Result<(), AccountError> {
    match outcome {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(AccountError::Taken),
        Ok(Err(error)) => Err(error.into()),
        Err(Stopped) => Err(AccountError::Unavailable),
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
        .rotate_session_ids(config.rotate_session_ids)
        .origins(config.origins.clone())?;
    if let Some(sessions) = config.limits.sessions_per_peer {
        gateway = gateway.max_sessions_per_peer(sessions)?;
    }
    Ok(gateway)
}
