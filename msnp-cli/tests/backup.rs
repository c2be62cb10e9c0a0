//! A copy of the database that is made while people write, a server that is killed, and the copy put back: as an operator does it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use msnp_client::{Access, Client, Config, ContactId, ConversationId, Event, Service};
use tokio::time::timeout;
use transport_reqwest::{Driver, Http, HttpOptions, spawn};

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "secret";

/// Messages that are under way at once.
const AHEAD: usize = 8;

/// A folder with a database, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let own = getrandom::u64().expect("random bytes");
        let folder = std::env::temp_dir().join(format!("msnp-backup-{own:016x}"));
        std::fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_msnp"));
        command.args(words.split(' ')).current_dir(&self.0);
        command.env("MSNP_PASSWORD", PASSWORD).stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn done(&self, words: &str) {
        let output = self.command(words).output().expect("it starts");
        assert!(output.status.success(), "{words}: {output:?}");
    }

    /// A server over the database, and its address.
    fn serve(&self) -> (Server, String) {
        let mut server = self
            .command("serve --listen 127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let out = server.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("it speaks");
        (Server(server), line.trim_end().to_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Server(Child);

impl Server {
    /// As `kill -9`.
    fn kill(&mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn person(url: &str, name: &str) -> Driver<Client> {
    let service = Service::at(url).expect("an address");
    let access = Access::web(service, format!("{name}@example.org"), PASSWORD);
    let seed = transport_reqwest::seed().expect("random bytes");
    let client = HttpOptions::new().direct().client().expect("a client");
    let driver = spawn(Client::new(Config::new(access, seed)), Http::new(client));
    driver.call(Client::sign_in).expect("it runs");
    driver
}

async fn next(driver: &mut Driver<Client>) -> Event {
    let event = timeout(PATIENCE, driver.next_event()).await;
    event.expect("in time").expect("it runs")
}

/// What the server has said to be delivered.
type Acknowledged = Arc<Mutex<BTreeSet<usize>>>;

/// Writes one message after the other to bob until the server is gone.
async fn write(mut alice: Driver<Client>, acknowledged: Acknowledged) {
    let bob = ContactId::skype("live:bob").expect("a name");
    let bob = ConversationId::from(bob);
    let mut sent = Vec::new();
    let mut under_way = 0;
    let mut is_in = false;
    loop {
        while is_in && under_way < AHEAD {
            let text = format!("message {}", sent.len());
            let said = alice.call(|client, now| client.send_text(&bob, &text, now));
            sent.push(said.expect("it runs").expect("there is room"));
            under_way += 1;
        }
        match alice.next_event().await {
            Some(Event::SignedIn(_)) => is_in = true,
            Some(Event::MessageDelivered { message, .. }) => {
                let number = sent.iter().position(|it| *it == message);
                let number = number.expect("it was sent");
                acknowledged.lock().expect("no panic").insert(number);
                under_way -= 1;
            }
            // There may be more than the server takes at once; what it has not taken is not acknowledged.
            Some(Event::MessageFailed { .. } | Event::MessageUncertain { .. }) => under_way -= 1,
            Some(Event::Reconnecting { .. } | Event::SignedOut(_)) | None => return,
            Some(_) => {}
        }
    }
}

/// Waits until so many are acknowledged; which.
async fn until(acknowledged: &Acknowledged, many: usize) -> BTreeSet<usize> {
    let waiting = async {
        loop {
            let so_far = acknowledged.lock().expect("no panic").clone();
            if so_far.len() >= many {
                return so_far;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_backup_under_load_outlives_kill_9_and_restore() {
    let folder = Folder::new();
    for name in ["alice", "bob"] {
        folder.done(&format!("user add {name}@example.org"));
    }
    let (mut server, url) = folder.serve();
    let acknowledged = Acknowledged::default();
    let writing = tokio::spawn(write(person(&url, "alice"), Arc::clone(&acknowledged)));

    let before = until(&acknowledged, 30).await;
    // In the middle of it: more are written before the copy is begun, while it is made, and after.
    let copying = folder.command("backup copy.db").output();
    assert!(copying.expect("it starts").status.success());
    let during = acknowledged.lock().expect("no panic").len();
    let after = until(&acknowledged, during + 10).await;
    assert!(after.len() > before.len());
    server.kill();
    timeout(PATIENCE, writing)
        .await
        .expect("in time")
        .expect("no panic");

    // The disk is lost too.
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::write(folder.0.join(format!("msnp.db{end}")), "lost");
    }
    folder.done("restore copy.db");
    let (_server, url) = folder.serve();
    let mut bob = person(&url, "bob");
    let mut missing = before;
    let mut seen = BTreeSet::new();
    while !missing.is_empty() {
        if let Event::MessageReceived(message) = next(&mut bob).await {
            let number = message.text.strip_prefix("message ");
            let number = number.and_then(|number| number.parse().ok());
            let number: usize = number.expect("one of alice's");
            assert!(seen.insert(number), "{number} came twice");
            missing.remove(&number);
        }
    }
}
