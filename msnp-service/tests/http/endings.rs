//! Stopping: in peace, and by `kill -9`.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use msnp_service::database::{back_up, restore};
use msnp_service::{Database, Service, ServiceConfig};

use super::file::File;
use super::raw::{read, try_send};
use super::seed::{FIRST, Signed, message};
use super::{HASH_COST, service, soon};

/// Every client hears that its session is over, whatever it is doing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_closes_every_session() {
    let service = service(|config| config.network.command_burst = 1_000_000).await;
    let to = service.address();
    let (bob, _) = Signed::open(to, "bob").await;
    bob.subscribe().await;
    let (busy, mut are_busy) = tokio::sync::mpsc::channel(8);
    let (mut listeners, mut writers) = (Vec::new(), Vec::new());
    for number in 0..4 {
        // Each at a place of its own: a session that begins at the same one ends the older.
        let at =
            |place: u32| move |text: &str| text.replace("{006213cd", &format!("{{{place:08x}"));
        let (here, there) = (at(2 * number), at(2 * number + 1));
        let (listener, _) = Signed::open_with(to, "alice", &here(FIRST)).await;
        let (writer, _) = Signed::open_with(to, "alice", &there(FIRST)).await;
        let is_busy = busy.clone();
        listeners.push(tokio::spawn(async move {
            let (mut poll, _) = listener.held_poll().await;
            is_busy.send(()).await.expect("it waits for all");
            read(&mut poll).await
        }));
        let is_busy = busy.clone();
        writers.push(tokio::spawn(async move {
            for n in 0.. {
                let text = there(&message("bob", "alice", &format!("{number}-{n}")));
                // Whoever begins a request when all are answered finds nobody.
                let Ok(answer) = try_send(to, &writer.head(""), text.as_bytes()).await else {
                    return;
                };
                if n == 3 {
                    assert!(
                        answer.text().contains("SDG 8 MSGR 2\r\n"),
                        "{}",
                        answer.text()
                    );
                    is_busy.send(()).await.expect("it waits for all");
                }
                let told = answer.text().contains("OUT 0 CON");
                let over = answer.header("X-MSN-Messenger");
                let over = over.is_some_and(|value| value.ends_with("Session=close"));
                match answer.status() {
                    200 if !over => {}
                    // The engine has ended, or the session.
                    400 | 503 => return,
                    status => return assert!(told, "{status}"),
                }
            }
        }));
    }
    for _ in 0..8 {
        soon("all are at work", are_busy.recv())
            .await
            .expect("ours");
    }
    let started = Instant::now();
    service.stop().await;
    assert!(started.elapsed() < Duration::from_secs(30));
    for listener in listeners {
        let answer = soon("a listener's end", listener).await.expect("no panic");
        let over = answer.header("X-MSN-Messenger").expect("the header");
        assert!(over.ends_with("Session=close"), "{over}");
        assert!(answer.text().contains("OUT 0 CON"), "{}", answer.text());
    }
    for writer in writers {
        soon("a writer's end", writer).await.expect("no panic");
    }
}

/// Messages go in over HTTP; those that were acknowledged are there after each `kill -9`.
#[tokio::test]
async fn nothing_acknowledged_is_lost_by_kill_9_of_the_service() {
    let file = File::new("kill");
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..3 {
        let mut child = Killed::start(&file);
        let to = child.address;
        let (alice, _) = Signed::open(to, "alice").await;
        // So many, and not for so long: a quick disk would take more than may wait for one user.
        let enough = 20 + 17 * round;
        let (tell, reached) = tokio::sync::oneshot::channel();
        let mut tell = Some(tell);
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
                if n + 1 == enough {
                    let told = tell.take().expect("only once").send(());
                    told.expect("the kill waits for it");
                }
            }
        };
        // Killed in the middle of the burst, with the next message on its way.
        let middle = tokio::select! {
            biased;
            () = burst => unreachable!("it has no end"),
            middle = reached => middle,
        };
        middle.expect("the burst goes on");
        child.child.kill().expect("it runs"); // SIGKILL
        child.child.wait().expect("it has ended");
    }
    assert!(acknowledged.len() >= 111, "{}", acknowledged.len());

    let child = Killed::start(&file);
    bob_receives(child.address, &acknowledged).await;
}

/// A copy that is made while messages go in holds those that were acknowledged before; it is put back after `kill -9`.
#[tokio::test]
async fn a_copy_made_under_load_holds_what_was_acknowledged_before() {
    let (file, copy) = (File::new("served"), File::new("copy"));
    let mut child = Killed::start(&file);
    let (alice, _) = Signed::open(child.address, "alice").await;
    let mut acknowledged: Vec<String> = Vec::new();
    let mut before = 0;
    let mut copying = None;
    loop {
        let text = format!("text {}.", acknowledged.len());
        let answer = alice.post(&message("bob", "alice", &text)).await;
        assert!(
            answer.text().contains("SDG 8 MSGR 2\r\n"),
            "{}",
            answer.text()
        );
        acknowledged.push(text);
        if acknowledged.len() == 20 {
            before = acknowledged.len();
            let (from, to) = (file.path().to_owned(), copy.path().to_owned());
            copying = Some(tokio::task::spawn_blocking(move || {
                back_up(from, to, Duration::from_secs(60))
            }));
        }
        // Load goes on for as long as it takes, but for no more than may wait for one user.
        let is_over = copying
            .as_ref()
            .is_some_and(tokio::task::JoinHandle::is_finished);
        if is_over || acknowledged.len() == 200 {
            break;
        }
    }
    let copied = soon("the copy", copying.expect("it was begun")).await;
    copied.expect("no panic").expect("a copy");
    child.child.kill().expect("it runs"); // SIGKILL
    child.child.wait().expect("it has ended");
    restore(copy.path(), file.path(), Duration::from_secs(60)).expect("its place is free");
    let child = Killed::start(&file);
    bob_receives(child.address, &acknowledged[..before]).await;
}

/// Bob signs in and is given each of these once.
async fn bob_receives(to: std::net::SocketAddr, acknowledged: &[String]) {
    let (bob, _) = Signed::open(to, "bob").await;
    let mut received = bob.subscribe().await.text().to_owned();
    let patience = Instant::now() + Duration::from_secs(60);
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
    /// Kept open: after a minute the test program says that the test runs long, and dies if it cannot.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Killed {
    fn start(file: &File) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("a test program"))
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("endings::child_that_serves_until_it_is_killed")
            .env("MSNP_SERVICE_TO_KILL", file.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts again");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut addresses = output.by_ref().map_while(Result::ok).filter_map(|line| {
            let (_, address) = line.rsplit_once("serving at ")?;
            address.parse().ok()
        });
        let address = addresses.next().expect("it says where it listens");
        Self {
            child,
            address,
            _output: output,
        }
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
#[ignore = "only as the child of the tests above"]
async fn child_that_serves_until_it_is_killed() {
    let Ok(path) = std::env::var("MSNP_SERVICE_TO_KILL") else {
        return;
    };
    let mut config = ServiceConfig {
        hash_cost: HASH_COST,
        database: Database::File(PathBuf::from(path)),
        ..ServiceConfig::default()
    };
    config.network.command_burst = 100_000;
    // A stranger may have a tenth of them.
    config.network.waiting_messages = 10_000;
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
