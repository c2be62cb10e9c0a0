//! What kind of service a child process is, as it is told on its command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use msnp_server::network::WithoutReceipt;
use msnp_service::accounts::HashCost;
use msnp_service::{Database, Proxies, Service, ServiceConfig};
use proxied::Trusted;

use crate::failure::Failure;

/// The password of everybody.
pub(crate) const PASSWORD: &str = "secret";

/// The user of the IM web service.
pub(crate) const CALLER: &str = "testing";

/// What differs from a service as it is.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// People, called `u0`, `u1` and so on.
    pub(crate) accounts: usize,
    /// Whether their passwords are hashed as they would be, or as cheaply as can be.
    pub(crate) dear_hashes: bool,
    pub(crate) sessions: Option<usize>,
    pub(crate) connections: Option<usize>,
    /// Silence after which a session of the gateway, and one of the IM web service, is over.
    pub(crate) silence: Option<u64>,
    /// How long a reply may wait to be read.
    pub(crate) reply: Option<u64>,
    pub(crate) perhaps_twice: bool,
    pub(crate) soap_sessions: Option<usize>,
}

impl Shape {
    pub(crate) const USUAL: Self = Self {
        accounts: 24,
        dear_hashes: false,
        sessions: None,
        connections: None,
        silence: None,
        reply: None,
        perhaps_twice: false,
        soap_sessions: None,
    };
}

/// As words of a command line.
pub(crate) fn words(shape: &Shape) -> Vec<String> {
    let mut words = vec![format!("accounts={}", shape.accounts)];
    let numbers = [
        ("sessions", shape.sessions),
        ("connections", shape.connections),
        ("soap_sessions", shape.soap_sessions),
    ];
    for (name, number) in numbers {
        words.extend(number.map(|number| format!("{name}={number}")));
    }
    for (name, seconds) in [("silence", shape.silence), ("reply", shape.reply)] {
        words.extend(seconds.map(|seconds| format!("{name}={seconds}")));
    }
    for (name, is_so) in [("dear", shape.dear_hashes), ("twice", shape.perhaps_twice)] {
        words.extend(is_so.then(|| format!("{name}=1")));
    }
    words
}

pub(crate) fn read(words: &[String]) -> Result<Shape, Failure> {
    let mut shape = Shape::USUAL;
    for word in words {
        let (name, value) = word.split_once('=').ok_or("a word without a value")?;
        let number: usize = value.parse()?;
        let seconds = u64::try_from(number)?;
        match name {
            "accounts" => shape.accounts = number,
            "sessions" => shape.sessions = Some(number),
            "connections" => shape.connections = Some(number),
            "soap_sessions" => shape.soap_sessions = Some(number),
            "silence" => shape.silence = Some(seconds),
            "reply" => shape.reply = Some(seconds),
            "dear" => shape.dear_hashes = true,
            "twice" => shape.perhaps_twice = true,
            _ => return Err(format!("no such word: {word}").into()),
        }
    }
    Ok(shape)
}

/// A service over this file. Each connection says in front, as one of a trusted proxy does, whose it is: everybody
/// here comes from loopback, where the limits by peer hold against nobody.
pub(crate) async fn start(shape: &Shape, file: PathBuf) -> Result<Service, Failure> {
    let is_new = !file.exists();
    let near = "127.0.0.0/8".parse()?;
    let mut config = ServiceConfig {
        tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        database: Database::File(file),
        proxies: Proxies {
            trusted: Trusted::new([near]),
            proxy_protocol: true,
            ..Proxies::default()
        },
        ..ServiceConfig::default()
    };
    if !shape.dear_hashes {
        config.hash_cost = HashCost {
            memory_kib: 8,
            passes: 1,
        };
    }
    config.limits.sessions = shape.sessions.unwrap_or(config.limits.sessions);
    config.limits.connections = shape.connections.unwrap_or(config.limits.connections);
    config.imsoap.sessions_per_user = shape
        .soap_sessions
        .unwrap_or(config.imsoap.sessions_per_user);
    if let Some(seconds) = shape.silence.map(Duration::from_secs) {
        config.timings.session_timeout = seconds;
        // A poll that was held longer would end its own session.
        config.timings.longest_hold = config.timings.longest_hold.min(seconds / 2);
        config.imsoap.silence = seconds;
    }
    if let Some(seconds) = shape.reply.map(Duration::from_secs) {
        config.timings.reply = seconds;
    }
    if shape.perhaps_twice {
        config.network.without_receipt = WithoutReceipt::PerhapsTwice;
    }
    let service = Service::start(config).await?;
    if is_new {
        service.add_service_account(CALLER, PASSWORD).await?;
        for number in 0..shape.accounts {
            let (address, id) = (address(number), format!("live:u{number}"));
            service
                .add_account(&address, &id, "Somebody", PASSWORD)
                .await?;
        }
    }
    Ok(service)
}

/// The sign-in address of somebody.
pub(crate) fn address(number: usize) -> String {
    format!("u{number}@example.org")
}
