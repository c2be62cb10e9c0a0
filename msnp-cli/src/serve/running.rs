//! What serves: a service, or a gateway in front of another server; until it is told to stop, and anew when its settings have changed.

use std::io::{self, Write as _};

use msnp_service::upstream::{UpstreamConfig, UpstreamService};
use msnp_service::{Service, ServiceConfig};

use super::readiness;
use crate::causes::chain;
use crate::exit::Exit;

/// What is to serve.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    Service(Box<ServiceConfig>),
    InFront {
        config: Box<UpstreamConfig>,
        /// Options that were given and mean nothing to it.
        of_no_use: Vec<&'static str>,
    },
}

impl Plan {
    /// Whether it would start, as far as that can be known before.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Service(config) => Service::check(config).map_err(|error| chain(&error)),
            Self::InFront { config, .. } => {
                UpstreamService::check(config).map_err(|error| chain(&error))
            }
        }
    }
}

/// What was started.
enum Running {
    Service(Service),
    InFront(UpstreamService),
}

/// What a signal asks for.
enum Asked {
    Stop,
    /// To read the settings again.
    Again,
}

/// Serves until it is asked to stop. `again` reads the settings once more, if there is a file with them.
pub(super) async fn serve(
    mut plan: Plan,
    again: Option<impl Fn() -> Result<Plan, String>>,
) -> Exit {
    // Before the start: a signal that comes meanwhile is not lost.
    let signals = Signals::listen();
    let mut signals = match signals {
        Ok(signals) => signals,
        Err(error) => {
            complain(&format!("cannot wait for signals: {error}"));
            return Exit::Io;
        }
    };
    let mut running = match Running::start(&plan).await {
        Ok(running) => running,
        Err(why) => {
            complain(&why);
            return Exit::Io;
        }
    };
    readiness::tell("READY=1");
    loop {
        // Without a file it is the terminal that is gone.
        let (Asked::Again, Some(again)) = (signals.next().await, &again) else {
            break;
        };
        let new = match again().and_then(|new| new.check().map(|()| new)) {
            Ok(new) => new,
            Err(why) => {
                tracing::error!("the new settings are no good, the old ones go on: {why}");
                continue;
            }
        };
        tracing::info!("starting anew with the new settings");
        readiness::tell("RELOADING=1");
        running.stop().await;
        running = match anew(new, &mut plan).await {
            Ok(running) => running,
            Err(why) => {
                complain(&why);
                return Exit::Io;
            }
        };
        readiness::tell("READY=1");
    }
    readiness::tell("STOPPING=1");
    running.stop().await;
    Exit::Success
}

/// Starts with these settings, or with those of before if these cannot be had after all: somebody else may have the address.
async fn anew(new: Plan, before: &mut Plan) -> Result<Running, String> {
    match Running::start(&new).await {
        Ok(running) => {
            *before = new;
            Ok(running)
        }
        Err(why) => {
            tracing::error!("the new settings cannot be had, the old ones go on: {why}");
            Running::start(before).await
        }
    }
}

impl Running {
    /// Starts, and says where.
    async fn start(plan: &Plan) -> Result<Self, String> {
        if msnp_web::page().is_none() {
            tracing::warn!(
                "there is no page for browsers in this build; web/README.md in the source says how to build it"
            );
        }
        match plan {
            Plan::Service(config) => {
                let service = Service::start((**config).clone()).await;
                let service = service.map_err(|error| chain(&error))?;
                // The one line that a script can wait for; all addresses are listened on by then.
                say(&service.url());
                if let Some(url) = service.tls_url() {
                    say(&url);
                }
                if let Some(address) = service.tcp_address() {
                    say(&format!("tcp://{address}"));
                }
                if let Some(address) = service.tls_tcp_address() {
                    say(&format!("tls://{address}"));
                }
                if let Some(address) = service.operator_address() {
                    say(&format!("http://{address}/metrics"));
                }
                Ok(Self::Service(service))
            }
            Plan::InFront { config, of_no_use } => {
                for option in of_no_use {
                    tracing::warn!("{option} has no meaning in front of another server");
                }
                let gateway = UpstreamService::start((**config).clone()).await;
                let gateway = gateway.map_err(|error| chain(&error))?;
                // The same.
                say(&gateway.url());
                if let Some(url) = gateway.tls_url() {
                    say(&url);
                }
                if let Some(address) = gateway.operator_address() {
                    say(&format!("http://{address}/metrics"));
                }
                Ok(Self::InFront(gateway))
            }
        }
    }

    /// Tells everybody, and how many those were.
    async fn stop(self) {
        match self {
            Self::Service(service) => match service.stop().await {
                0 => complain("nobody was signed in"),
                1 => complain("1 person signed out"),
                people => complain(&format!("{people} people signed out")),
            },
            Self::InFront(gateway) => gateway.stop().await,
        }
    }
}

/// For a script, which may have heard enough and be gone by the second time.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// For whoever looks.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "msnp: {line}");
}

/// The signals that are waited for.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.hang_up.recv() => Asked::Again,
        }
    }
}

/// The signals that are waited for: elsewhere there is none by which settings are read again.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Asked {
        let _ = tokio::signal::ctrl_c().await;
        Asked::Stop
    }
}
