//! The IM web service's desk at work: the clock for it, and real clients for its IM accounts.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use machine_driver::LONGEST_WAIT;
use msnp_client::{Access, Config as ClientConfig, Service};
use msnp_server::Now;
use msnp_server::identity::{Address, EmailAddress};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use transport_reqwest::HttpOptions;

use crate::engine::{Engine, now};
use crate::http::random;
use crate::imsoap::{AccountKey, Config, Denied, Desk, Effect, Report};
use crate::keeper::AccountJob;
use crate::service::StartError;
use account::Order;

mod account;

/// Where the IM accounts of the web service are signed in.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::large_enum_variant,
    reason = "a service has one of them, and its users write it by hand"
)]
pub enum Upstream {
    /// At this service's own gateway, over loopback. The default. To the gateway they all come from
    /// one network address ([`Limits::sessions_per_peer`](crate::Limits::sessions_per_peer)).
    #[default]
    Embedded,
    /// At another gateway.
    Elsewhere {
        /// Its addresses.
        service: Service,
        /// How to reach it.
        http: HttpOptions,
    },
}

/// What an account's other places see this one called.
const ENDPOINT_NAME: &str = "IM web service";

/// How long the stop waits for the accounts to be signed out.
const FAREWELL: Duration = Duration::from_secs(6);

/// The desk, and all that works for it.
pub(crate) struct Office {
    pub(crate) config: Config,
    service: Service,
    http: transport_reqwest::Client,
    /// Knows what the accounts call themselves, if they are this service's own: the gateway tells a
    /// client only what its other places say.
    directory: Option<Engine>,
    work: Mutex<Work>,
    /// There is a session again.
    opened: Notify,
}

struct Work {
    desk: Desk,
    /// Where the accounts' tasks get their orders. A task whose channel is gone signs out.
    orders: BTreeMap<AccountKey, mpsc::UnboundedSender<Order>>,
    accounts: JoinSet<()>,
    closed: bool,
}

impl Office {
    /// Starts the desk of the service that listens on `address`.
    pub(crate) fn open(
        config: Config,
        upstream: &Upstream,
        engine: &Engine,
        address: SocketAddr,
    ) -> Result<Arc<Self>, StartError> {
        let (service, http, directory) = match upstream {
            Upstream::Embedded => {
                let base = format!("http://{}", reachable(address));
                let http = HttpOptions::new().direct();
                (Service::at(&base)?, http, Some(engine.clone()))
            }
            Upstream::Elsewhere { service, http } => (service.clone(), http.clone(), None),
        };
        let office = Arc::new(Self {
            config,
            service,
            http: http.client()?,
            directory,
            work: Mutex::new(Work {
                desk: Desk::new(config),
                orders: BTreeMap::new(),
                accounts: JoinSet::new(),
                closed: false,
            }),
            opened: Notify::new(),
        });
        tokio::spawn(Arc::clone(&office).keep_time());
        Ok(office)
    }

    /// Asks the desk for something, and does what follows from it.
    pub(crate) fn ask<R>(
        self: &Arc<Self>,
        question: impl FnOnce(&mut Desk, Now) -> Result<R, Denied>,
    ) -> Result<R, Denied> {
        let mut work = self.work();
        if work.closed {
            return Err(Denied::Unavailable);
        }
        let was_empty = work.desk.sessions() == 0;
        let answer = question(&mut work.desk, now());
        if was_empty && work.desk.sessions() > 0 {
            self.opened.notify_one();
        }
        self.perform(&mut work);
        answer
    }

    /// Signs all accounts out, and returns when they are.
    pub(crate) async fn close(self: &Arc<Self>) {
        let mut accounts = {
            let mut work = self.work();
            work.closed = true;
            work.desk.close();
            self.perform(&mut work);
            std::mem::take(&mut work.accounts)
        };
        self.opened.notify_one();
        let ended = async { while accounts.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            tracing::warn!("IM accounts were cut off at the stop");
        }
    }

    /// Ends everything at once, without good-byes.
    pub(crate) fn abandon(&self) {
        let mut work = self.work();
        work.closed = true;
        work.orders.clear();
        work.accounts = JoinSet::new();
        drop(work);
        self.opened.notify_one();
    }

    /// Ends silent sessions, until the office is closed.
    async fn keep_time(self: Arc<Self>) {
        loop {
            let (next, closed) = {
                let work = self.work();
                (work.desk.poll_timeout(), work.closed)
            };
            if closed {
                return;
            }
            match next {
                // No session that is opened meanwhile can end earlier than the ones there are.
                Some(at) => tokio::select! {
                    () = tokio::time::sleep(
                        at.saturating_duration_since(now().monotonic).min(LONGEST_WAIT)
                    ) => {}
                    () = self.opened.notified() => {}
                },
                None => self.opened.notified().await,
            }
            let mut work = self.work();
            work.desk.handle_timeout(now().monotonic);
            self.perform(&mut work);
        }
    }

    fn perform(self: &Arc<Self>, work: &mut Work) {
        while let Some(effect) = work.desk.poll_effect() {
            tracing::debug!(?effect, "IM web service");
            let (account, order) = match effect {
                Effect::StartSignIn {
                    account,
                    login,
                    password,
                } => {
                    self.start(work, account, &login, password.expose());
                    continue;
                }
                Effect::SetStatus { account, status } => (account, Order::SetStatus(status)),
                Effect::Send { account, to, text } => (account, Order::Send { to, text }),
                Effect::SignOut { account } => {
                    work.orders.remove(&account);
                    continue;
                }
            };
            if let Some(orders) = work.orders.get(&account) {
                // A task that has just ended has told the desk why, or is about to.
                let _ = orders.send(order);
            }
        }
    }

    fn start(self: &Arc<Self>, work: &mut Work, account: AccountKey, login: &str, password: &str) {
        // Forget the tasks that have ended, so that the set does not grow.
        while work.accounts.try_join_next().is_some() {}
        let Some(seed) = random() else {
            return work.desk.handle_report(account, Report::Ended, now());
        };
        let access = Access::web(self.service.clone(), login, password);
        let config = ClientConfig::new(access, seed).endpoint_name(ENDPOINT_NAME);
        let (orders, taken) = mpsc::unbounded_channel();
        work.orders.insert(account, orders);
        let (office, login) = (Arc::clone(self), login.to_owned());
        work.accounts.spawn(async move {
            let name = office.display_name(&login).await;
            account::run(office, account, config, name, taken).await;
        });
    }

    async fn display_name(&self, login: &str) -> Option<String> {
        let address = Address::Email(EmailAddress::parse(login).ok()?);
        let job = |reply| AccountJob::Find(address, reply);
        let found = self.directory.as_ref()?.accounts(job).await.ok()?;
        Some(found.ok()??.name.to_string())
    }

    fn report(self: &Arc<Self>, account: AccountKey, report: Report) {
        let mut work = self.work();
        work.desk.handle_report(account, report, now());
        self.perform(&mut work);
    }

    fn ended(&self, account: AccountKey) {
        self.work().orders.remove(&account);
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Office")
    }
}

/// The address under which this machine reaches what it listens on.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(listen: &str, reached: &str) {
        let address = reachable(listen.parse().unwrap());
        assert_eq!(address.to_string(), reached);
    }

    #[test]
    fn what_listens_everywhere_is_reached_on_loopback() {
        check("0.0.0.0:80", "127.0.0.1:80");
        check("[::]:80", "[::1]:80");
        check("192.0.2.1:80", "192.0.2.1:80");
    }
}
