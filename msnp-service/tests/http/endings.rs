//! Stopping: in peace, and by `kill -9`.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use msnp_service::{Database, Service, ServiceConfig};

use super::raw::read;
use super::seed::{Signed, message};
use super::{HASH_COST, service};

/// Every client hears that its session is over, whatever it is doing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_closes_every_session() {
    let service = service(|config| config.notification.command_burst = 100_000).await;
    let to = service.address();
    let (bob, _) = Signed::open(to, "bob").await;
    bob.subscribe().await;
    let mut clients = Vec::new();
    for number in 0..8 {
        let (alice, _) = Signed::open(to, "alice").await;
        clients.push(tokio::spawn(async move {
            for n in 0.. {
                // Half of them write, the others listen.
                let answer = if number % 2 == 0 {
                    let text = format!("{number}-{n}");
                    alice.post(&message("bob", "alice", &text)).await
                } else {
                    read(&mut alice.poll("60").await).await
                };
                let over = answer.header("X-MSN-Messenger");
                if over.is_some_and(|value| value.ends_with("Session=close")) {
                    return (answer.status(), answer.text().contains("OUT 0 CON"));
                }
                assert_eq!(answer.status(), 200);
            }
            unreachable!("it goes on until it is told that it is over")
        }));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let started = Instant::now();
    service.stop().await;
    assert!(started.elapsed() < Duration::from_secs(8));
    for client in clients {
        let (status, told) = client.await.expect("it hears of the end");
        assert!(told || status == 400, "{status}");
    }
}

/// Messages go in over HTTP; those that were acknowledged are there after each `kill -9`.
#[tokio::test]
async fn nothing_acknowledged_is_lost_by_kill_9_of_the_service() {
    let file = File::new();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..3 {
        let mut child = Killed::start(&file);
        let to = child.address;
        let (alice, _) = Signed::open(to, "alice").await;
        // Killed in the middle of a burst.
        let burst = async {
            for n in 0.. {
                let text = format!("text {round}-{n}.");
                let answer = alice.post(&message("bob", "alice", &text)).await;
                assert!(
                    answer.text().contains("SDG 8 MSGR 2\r\n"),
                    "{}",
                    answer.text()
                );
                acknowledged.push(text);
            }
        };
        let time = Duration::from_millis(300 + 70 * round);
        let unending = tokio::time::timeout(time, burst).await;
        assert!(unending.is_err());
        child.child.kill().expect("it runs"); // SIGKILL
        child.child.wait().expect("it has ended");
    }
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());

    let child = Killed::start(&file);
    let (bob, _) = Signed::open(child.address, "bob").await;
    let mut received = bob.subscribe().await.text().to_owned();
    let patience = Instant::now() + Duration::from_secs(20);
    let missing = |received: &str| {
        let there = |text: &&String| received.matches(text.as_str()).count() != 1;
        acknowledged.iter().filter(there).count()
    };
    while missing(&received) > 0 {
        assert!(
            Instant::now() < patience,
            "{} are missing",
            missing(&received)
        );
        received.push_str(read(&mut bob.poll("1").await).await.text());
        // Makes room for more, some of which come at once.
        let ids = received
            .lines()
            .filter_map(|line| line.strip_prefix("Ack-Id: "));
        let mut acks = String::new();
        for id in ids {
            let length = id.len() + 12;
            write!(acks, "ACK 0 MSGR {length}\r\nAck-Id: {id}\r\n\r\n").expect("memory");
        }
        received.push_str(bob.post(&acks).await.text());
    }
}

/// A service in another process.
struct Killed {
    child: Child,
    address: std::net::SocketAddr,
}

impl Killed {
    fn start(file: &File) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("a test program"))
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("endings::child_that_serves_until_it_is_killed")
            .env("MSNP_SERVICE_TO_KILL", &file.0)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts again");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut addresses = lines.map_while(Result::ok).filter_map(|line| {
            let (_, address) = line.rsplit_once("serving at ")?;
            address.parse().ok()
        });
        let address = addresses.next().expect("it says where it listens");
        Self { child, address }
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
#[ignore = "only as the child of the test above"]
async fn child_that_serves_until_it_is_killed() {
    let Ok(path) = std::env::var("MSNP_SERVICE_TO_KILL") else {
        return;
    };
    let mut config = ServiceConfig {
        hash_cost: HASH_COST,
        database: Database::File(PathBuf::from(path)),
        ..ServiceConfig::default()
    };
    config.notification.command_burst = 100_000;
    let service = Service::start(config).await.expect("the service starts");
    for name in ["alice", "bob"] {
        let address = format!("{name}@example.org");
        // Taken from the second start on.
        let _ = service
            .add_account(&address, &format!("live:{name}"), name, "secret")
            .await;
    }
    println!("serving at {}", service.address());
    std::future::pending::<()>().await;
}

/// A database of its own, removed with what SQLite puts beside it.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        let name = format!("msnp-service-kill-{}.db", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path);
        }
    }
}
