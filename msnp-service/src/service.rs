//! `Service`: starts everything on one address and stops it again.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use gateway_sm::Host;
use msnp_proto::Secret;
use msnp_server::identity::{Address, EmailAddress, SkypeId};
use msnp_server::{Config, NewAccount, Server, faces, imsoap};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::account_error::AccountError;
use crate::accounts::{self, HashCost, NewAccessToken, PASSWORD_BYTES, PasswordError, UserId};
use crate::announcing::{AnnounceError, announce};
use crate::config::{Database, ServiceConfig};
use crate::door::terms::Terms;
use crate::elsewhere;
use crate::engine::{self, Engine, Input};
use crate::hashing::Hashing;
use crate::keeper::{Keeper, Newcomer};
use crate::listeners::Streams;
use crate::operator_pass::OperatorPass;
use crate::passwords::Passwords;
use crate::random::random;
use crate::start_error::StartError;
use crate::web_door::{self, WebDoor};

/// A running service. Dropping it stops it without goodbye; [`stop`](Self::stop) signs everybody
/// out first.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    tls_address: Option<SocketAddr>,
    tcp_address: Option<SocketAddr>,
    tls_tcp_address: Option<SocketAddr>,
    operator_address: Option<SocketAddr>,
    url: String,
    tls_url: Option<String>,
    engine: Engine,
    hashing: Hashing,
    hash_cost: HashCost,
    stop: watch::Sender<bool>,
    doors: Vec<JoinHandle<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Service {
    /// Whether a service would start with this configuration, as far as that can be known without listening on an address
    /// or opening the database.
    ///
    /// # Errors
    /// [`StartError`], as of [`start`](Self::start).
    pub fn check(config: &ServiceConfig) -> Result<(), StartError> {
        web_door::check(&doors(config), &config.proxies, &config.limits)?;
        if let (None, Some(address)) = (&config.tls, config.tls_tcp) {
            return Err(StartError::NoCertificate(address));
        }
        elsewhere::check(config)?;
        let mut address = config.listen;
        if address.port() == 0 {
            // Whichever the system will choose.
            address.set_port(80);
        }
        let server = server_config(config, address, (config.tcp, config.tls_tcp));
        Server::new(&server, 0, [0; 32], engine::now())?;
        Ok(())
    }

    /// Starts the service; it answers from the moment this returns. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running.
    pub async fn start(config: ServiceConfig) -> Result<Self, StartError> {
        Self::check(&config)?;
        let web = WebDoor::listen(&doors(&config)).await?;
        let streams = Streams::listen(&config, web.certificates()).await?;
        let (address, tls_address) = (web.address(), web.tls_address());
        let threads = |source| StartError::Listen { address, source };
        let hashing = Hashing::new(config.limits.password_checks_at_once).map_err(threads)?;
        let cost = config.hash_cost;
        let decoy = move |workspace: &mut _| accounts::decoy_hash_in(workspace, cost);
        // It ends, or argon2 could not work at this cost.
        let decoy = hashing.run(decoy).await.ok_or(PasswordError::Cost)??;
        // Whoever answers the engine needs its handle before it runs.
        let engine = Engine::new();
        let (keeper, pass) = match &config.database {
            Database::Memory => (Keeper::memory(), None),
            Database::File(path) => {
                let told = engine.clone();
                let keeper = Keeper::file(path, move |kept| told.tell(Input::Kept(kept)))?;
                // Not before the file is this service's own.
                let operator = web.operator_address();
                (keeper, operator.and_then(|address| leave(path, address)))
            }
        };
        let seed = random().ok_or(StartError::Entropy)?;
        let last_name = keeper.last_name();
        let server = Server::new(
            &server_config(&config, address, streams.addresses()),
            last_name,
            seed,
            engine::now(),
        )?;
        let passwords = Passwords::new(engine.clone(), hashing.clone(), decoy);
        let relay = elsewhere::relay(&config, &engine)?;
        let started = engine.start(server, keeper, passwords, relay);
        let thread = started.map_err(threads)?;
        let (stop, stopping) = watch::channel(false);
        let terms = Terms {
            limits: config.limits,
            timings: config.timings,
            proxies: Arc::new(config.proxies),
            metrics: Arc::default(),
            tls: None,
        };
        let (tcp_address, tls_tcp_address) = streams.addresses();
        let mut doors = streams.serve(&engine, &terms, &stopping);
        let (url, tls_url) = (web.url(), web.tls_url());
        let operator_address = web.operator_address();
        let told = match &config.advertised_host {
            Some(host) => host.clone(),
            None => format!("what each calls the service by, or else {address}"),
        };
        tracing::info!(url, tls_url, clients_are_told = told, "listening");
        let (bytes, look) = (config.limits.request_bytes, config.timings.certificate_look);
        doors.extend(web.serve(&engine, pass, bytes, &terms, look, &stopping));
        Ok(Self {
            address,
            tls_address,
            url,
            tls_url,
            tcp_address,
            tls_tcp_address,
            operator_address,
            engine,
            hashing,
            hash_cost: config.hash_cost,
            stop,
            doors,
            thread: Some(thread),
        })
    }

    /// Where the service listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it speaks HTTPS beside plain HTTP, if it does.
    pub const fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// Where it takes clients that speak MSNP by TCP itself, if it does.
    pub const fn tcp_address(&self) -> Option<SocketAddr> {
        self.tcp_address
    }

    /// The same under TLS.
    pub const fn tls_tcp_address(&self) -> Option<SocketAddr> {
        self.tls_tcp_address
    }

    /// Where it tells the operator how it is, if it does.
    pub const fn operator_address(&self) -> Option<SocketAddr> {
        self.operator_address
    }

    /// The base of its URLs: `http://address`, or `https://address` with [`ServiceConfig::tls`] and no address for that alone.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The base of its URLs by HTTPS, if [`url`](Self::url) is one of plain HTTP beside it.
    pub fn tls_url(&self) -> Option<String> {
        self.tls_url.clone()
    }

    /// Where callers of the IM web service post to; `?wsdl` behind it gets its description.
    pub fn imsoap_url(&self) -> String {
        format!("{}{}", self.url, imsoap::PATH)
    }

    /// Adds somebody who may use the IM web service, with any IM accounts:
    ///
    /// ```
    /// # async fn example(service: msnp_service::Service) -> Result<(), msnp_service::AccountError> {
    /// service.add_service_account("testing", "a password").await?;
    /// println!("{}?wsdl", service.imsoap_url());
    /// # Ok(())
    /// # }
    /// ```
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
        let job = |reply| Input::Add(Newcomer::User(user, hash, reply));
        let added = self.engine.answer(job).await;
        if added.map_err(|_| AccountError::Unavailable)?? {
            Ok(())
        } else {
            Err(AccountError::UserTaken)
        }
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
        let (email, skype_id) = (EmailAddress::parse(address)?, SkypeId::parse(skype_id)?);
        let hash = self.hash(password).await?;
        let account = NewAccount {
            skype_id,
            email,
            name: display_name.into(),
            password_hash: Secret::new(hash),
        };
        let job = |reply| Input::Add(Newcomer::Person(account, reply));
        let added = self.engine.answer(job).await;
        Ok(added.map_err(|_| AccountError::Unavailable)???)
    }

    /// Makes an access token for the account that signs in with `address`: what a client signs in with that knows only MD5.
    /// See [`AccessToken`](msnp_server::AccessToken) for what that means.
    ///
    /// # Errors
    /// [`AccountError`]; nothing has changed.
    pub async fn add_access_token(
        &self,
        address: &str,
        label: &str,
    ) -> Result<Secret<String>, AccountError> {
        let address = Address::Email(EmailAddress::parse(address)?);
        let random = random().ok_or(AccountError::Unavailable)?;
        let new = NewAccessToken::new(label, engine::now().wall, random);
        let token = new.token().clone();
        let job = |reply| Input::Add(Newcomer::AccessToken(address, new, reply));
        let added = self.engine.answer(job).await;
        added.map_err(|_| AccountError::Unavailable)???;
        Ok(token)
    }

    /// Has one line said to everybody else who is signed in, in the name of the account that signs in with `by`: to how many people.
    /// Each client shows it as words of that person, to whom answers go. It is kept nowhere.
    ///
    /// # Errors
    /// [`AnnounceError`]; nothing was said.
    pub async fn announce(&self, by: &str, words: &str) -> Result<usize, AnnounceError> {
        announce(&self.engine, by, words).await
    }

    /// Hashes slowly, on a thread where that is allowed.
    async fn hash(&self, password: &str) -> Result<String, AccountError> {
        let salt = random().ok_or(AccountError::Unavailable)?;
        let (password, cost) = (password.to_owned(), self.hash_cost);
        let hash =
            move |workspace: &mut _| accounts::hash_password_in(workspace, &password, salt, cost);
        let hash = self.hashing.run(hash).await;
        Ok(hash.ok_or(AccountError::Unavailable)??)
    }

    /// Signs everybody out, lets the replies in progress end, and returns when all is written: how many people were signed
    /// in.
    pub async fn stop(mut self) -> usize {
        let people = self.engine.stop();
        if let Some(thread) = self.thread.take() {
            // The thread ends within seconds; join it where waiting is allowed.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        let _ = self.stop.send(true);
        for door in std::mem::take(&mut self.doors) {
            let _ = door.await;
        }
        people
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.engine.stop();
        let _ = self.stop.send(true);
    }
}

/// Leaves the pass for what the operator wants done. Without it the service does all else that it should.
fn leave(database: &Path, address: SocketAddr) -> Option<OperatorPass> {
    let left = OperatorPass::leave(database, address);
    left.inspect_err(|error| tracing::warn!(%error, "the operator can have nothing announced"))
        .ok()
}

/// Where it speaks HTTP.
fn doors(config: &ServiceConfig) -> web_door::Settings<'_> {
    web_door::Settings {
        listen: config.listen,
        tls_listen: config.tls_listen,
        operator: config.operator,
        tls: config.tls.as_ref(),
        advertised_host: config.advertised_host.as_deref(),
    }
}

/// `streams` are the doors for streams, plain and by TLS.
fn server_config(
    config: &ServiceConfig,
    address: SocketAddr,
    streams: (Option<SocketAddr>, Option<SocketAddr>),
) -> Config {
    let host = match &config.advertised_host {
        Some(host) => host.clone(),
        None => address.to_string(),
    };
    let (timings, limits) = (config.timings, config.limits);
    let mut server = Config::new(&host);
    server.advertised_host.clone_from(&config.advertised_host);
    server.gateway_ip.clone_from(&config.gateway_ip);
    server.server_name.clone_from(&config.server_name);
    server.origins.clone_from(&config.origins);
    server.secure_cookies = config.secure_cookies;
    server.session_timeout = timings.session_timeout;
    server.longest_hold = timings.longest_hold;
    server.rotate_session_ids = config.rotate_session_ids;
    server.request_bytes = limits.request_bytes;
    server.sessions = limits.sessions;
    server.sessions_per_peer = limits.sessions_per_peer;
    server.queued_bytes = limits.queued_bytes;
    server.password_attempts = limits.password_attempts;
    server.password_checks_at_once = limits.password_checks_at_once;
    server.password_bytes = PASSWORD_BYTES;
    server.faces.clone_from(&config.faces);
    let (advertised, unset) = (config.advertised_host.as_deref(), faces::Config::default());
    let faces = &mut server.faces;
    for (address, door, unset) in [
        (&mut faces.switchboard, streams.0, unset.switchboard),
        (&mut faces.tls_switchboard, streams.1, unset.tls_switchboard),
    ] {
        if let Some(door) = door.filter(|_| *address == unset) {
            *address = reached_at(advertised, door);
        }
    }
    server.network.clone_from(&config.network);
    server.imsoap = config.imsoap;
    server.upstream.clone_from(&config.upstream);
    server.upstream_domains.clone_from(&config.upstream_domains);
    server.web_client.clone_from(&config.web_client);
    server
}

/// How clients reach the door for streams: by the name that the service has outside, at that port.
fn reached_at(advertised: Option<&str>, tcp: SocketAddr) -> String {
    let host = advertised.and_then(|host| host.parse::<Host>().ok());
    let bare = host
        .as_ref()
        .and_then(|host| host.domain().map(str::to_owned));
    let bare = bare.or_else(|| host.and_then(|host| host.ip()).map(in_address));
    let bare = bare.unwrap_or_else(|| match tcp.ip() {
        // It can be reached at any address of this host, and this one is known everywhere on it.
        ip if ip.is_unspecified() => "localhost".to_owned(),
        ip => in_address(ip),
    });
    format!("{bare}:{}", tcp.port())
}

fn in_address(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_reached_by_the_name_outside() {
        for (host, tcp, expected) in [
            (
                Some("im.example.org"),
                "0.0.0.0:1863",
                "im.example.org:1863",
            ),
            (
                Some("im.example.org:8443"),
                "10.0.0.1:99",
                "im.example.org:99",
            ),
            (Some("192.0.2.7:80"), "0.0.0.0:1863", "192.0.2.7:1863"),
            (None, "0.0.0.0:1863", "localhost:1863"),
            (None, "192.0.2.1:1863", "192.0.2.1:1863"),
            (None, "[::1]:1863", "[::1]:1863"),
        ] {
            assert_eq!(reached_at(host, tcp.parse().unwrap()), expected);
        }
    }
}
