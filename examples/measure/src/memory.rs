//! Section 4: memory per held session, of a service in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use msnp_service::{Database, Service};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::account::{SignedIn, by_tcp, service, sign_in_frames};
use crate::bare;
use crate::http_client::Connection;
use crate::scale::{Failure, Scale};
use crate::table::{Table, ratio};

/// The argument that makes this program the server of one measurement.
pub(crate) const SERVE: &str = "--serve";

/// Sessions that sign in at once.
const AT_ONCE: usize = 16;

/// A server in a process of its own, stopped by closing its input.
struct Server {
    child: Child,
    address: SocketAddr,
    /// Where it takes streams, if it does.
    tcp: Option<SocketAddr>,
}

impl Server {
    fn start(kind: &str, accounts: usize) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([SERVE, kind, &accounts.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let mut addresses = line.split_whitespace();
        let address = addresses.next().ok_or("the server has no address")?;
        Ok(Self {
            child,
            address: address.parse()?,
            tcp: addresses.next().map(str::parse).transpose()?,
        })
    }

    /// Resident memory in KiB.
    fn memory(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("no VmRSS")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // Its end is what matters, not its word.
        let _ = self.child.wait();
    }
}

/// What the child process does: serves until its input ends.
pub(crate) async fn serve(kind: &str, accounts: usize) -> Result<(), Failure> {
    raise_descriptor_limit()?;
    let (address, service) = if kind == "bare" {
        (bare::handlers().await?, None)
    } else {
        let service = service(Database::Memory, accounts).await?;
        (service.address(), Some(service))
    };
    let tcp = service.as_ref().and_then(Service::tcp_address);
    println!("{address} {}", tcp.unwrap_or(address));
    let until_closed = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(until_closed).await??;
    drop(service);
    Ok(())
}

/// As many files as the system allows without asking.
pub(crate) fn raise_descriptor_limit() -> Result<(), Failure> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    Ok(setrlimit(Resource::Nofile, raised)?)
}

pub(crate) async fn run(scale: &Scale) -> Result<(), Failure> {
    println!("4. Memory per held session, of a server in a process of its own");
    println!(
        "   Growth of resident memory over the start, per session: one account each, signed in over the page, subscribed, a poll held\n   \
         on one connection. `bare` holds polls on the same server stack; what the service has above it is what it knows itself. `streams` are\n   \
         signed in over TCP itself and subscribed."
    );
    let mut table = Table::new([
        "server",
        "sessions",
        "of bare",
        "KiB each",
        "own KiB each",
        "MiB in all",
    ]);
    for sessions in scale.sessions {
        let bare = grown("bare", *sessions).await?;
        let service = grown("service", *sessions).await?;
        let streams = grown("streams", *sessions).await?;
        for (name, (each, all)) in [("bare", bare), ("service", service), ("streams", streams)] {
            table.row([
                name.to_owned(),
                sessions.to_string(),
                ratio(each / bare.0),
                format!("{each:.1}"),
                format!("{:.1}", each - bare.0),
                format!("{:.1}", all / 1024.0),
            ]);
        }
    }
    table.print();
    println!();
    Ok(())
}

/// KiB per session, and in all.
async fn grown(kind: &'static str, sessions: usize) -> Result<(f64, f64), Failure> {
    let server = Server::start(kind, sessions)?;
    let before = server.memory()?;
    let mut held = Vec::with_capacity(sessions);
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|first| {
            let (to, tcp) = (server.address, server.tcp);
            tokio::spawn(async move {
                let mut held = Vec::new();
                for number in (first..sessions).step_by(AT_ONCE) {
                    let mut connection = Connection::open(to).await?;
                    if kind == "streams" {
                        let stream = by_tcp(&mut connection, tcp.ok_or("no streams")?, number);
                        connection = stream.await?;
                    } else if kind == "service" {
                        let signed_in = SignedIn::open(&mut connection, number).await?;
                        signed_in.poll(&mut connection).await?;
                    } else {
                        // As much as the sign-in, so that buffers have grown alike.
                        for _ in 0..5 {
                            let frames = sign_in_frames(number);
                            connection
                                .exchange("POST /post", "", frames.as_bytes())
                                .await?;
                        }
                        connection
                            .send(&format!("POST /poll/{number}"), "", b"")
                            .await?;
                    }
                    held.push(connection);
                }
                Ok::<_, Failure>(held)
            })
        })
        .collect();
    for task in tasks {
        held.extend(task.await??);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let silent = held
        .iter()
        .filter(|connection| connection.is_silent())
        .count();
    if silent != sessions {
        return Err(format!("{} of {sessions} are not silent", sessions - silent).into());
    }
    let all = server.memory()?;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let each = (all - before) / sessions as f64;
    Ok((each, all))
}
