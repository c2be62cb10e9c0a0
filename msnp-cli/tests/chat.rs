//! `msnp chat` in line mode, as a script runs it, against a service of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running service and its runtime.
struct Server {
    runtime: tokio::runtime::Runtime,
    service: Option<Service>,
    url: String,
}

impl Server {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        // Cheap passwords: this is not what is tested here.
        let hash_cost = HashCost {
            memory_kib: 8,
            passes: 1,
        };
        let config = ServiceConfig {
            hash_cost,
            ..ServiceConfig::default()
        };
        let service = runtime.block_on(async {
            let service = Service::start(config).await.expect("it starts");
            for name in ["alice", "bob"] {
                let (address, skype) = (format!("{name}@example.com"), format!("live:{name}"));
                let added = service
                    .add_account(&address, &skype, name, "secret word")
                    .await;
                added.expect("a new account");
            }
            service
        });
        Self {
            url: service.url(),
            service: Some(service),
            runtime,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(service) = self.service.take() {
            self.runtime.block_on(service.stop());
        }
    }
}

/// One `msnp chat` whose lines are read as they come.
struct Person {
    child: Child,
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Person {
    fn start(server: &Server, name: &str, password: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_msnp"))
            .args([
                "chat",
                &format!("{name}@example.com"),
                "--server",
                &server.url,
            ])
            .env("MSNP_PASSWORD", password)
            .env_remove("HTTP_PROXY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let output = child.stdout.take().expect("piped");
        Self {
            input: child.stdin.take(),
            lines: listen(output),
            child,
            seen: Vec::new(),
        }
    }

    fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("still open");
        writeln!(input, "{line}").expect("it reads");
    }

    /// Waits for a line with this in it.
    #[track_caller]
    fn sees(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.seen.iter().any(|line| line.contains(text)) {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("{text:?} never came; seen:\n{}", self.seen.join("\n"));
            };
            self.seen.push(line);
        }
    }

    /// Ends the input and waits for the end; gives the exit code.
    fn end(&mut self) -> Option<i32> {
        drop(self.input.take());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        // Only a failed test leaves it running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(output: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[test]
fn two_people_talk_over_pipes() {
    let server = Server::start();
    let mut alice = Person::start(&server, "alice", "secret word");
    let mut bob = Person::start(&server, "bob", "secret word");
    alice.sees("Signed in as");
    bob.sees("Signed in as");
    alice.type_line("/add 8:live:bob");
    alice.sees("Adding 8:live:bob: done");
    alice.type_line("/msg 8:live:bob Grüße, \\ 日本語 👋");
    alice.sees("delivered: Grüße, \\\\ 日本語 👋");
    bob.sees("> Grüße, \\\\ 日本語 👋");
    bob.type_line("/msg 8:live:alice hello");
    alice.sees("> hello");
    bob.type_line("/nudge");
    alice.sees("nudges you!");
    bob.type_line("/edit hello, Alice");
    alice.sees("has edited: hello, Alice");
    bob.type_line("/thread 8:live:alice : Lunch");
    alice.sees("In this group:");
    bob.type_line("who is hungry?");
    alice.sees("> who is hungry?");
    assert_eq!(bob.end(), Some(0));
    assert_eq!(alice.end(), Some(0));
}

/// Whoever is added by their e-mail address, and written to by any of their names, is one person in one
/// conversation, and there at once.
#[test]
fn people_who_add_each_other_by_address_are_one_person_each_at_once() {
    let server = Server::start();
    let mut alice = Person::start(&server, "alice", "secret word");
    let mut bob = Person::start(&server, "bob", "secret word");
    for (one, me) in [(&mut alice, "alice"), (&mut bob, "bob")] {
        one.sees(&format!("Signed in as 8:live:{me}."));
    }
    alice.type_line("/add bob@example.com");
    alice.sees("bob is online");
    bob.type_line("/add alice@example.com");
    bob.sees("alice is online");

    alice.type_line("/msg bob by name");
    alice.type_line("/msg bob@example.com by address");
    bob.type_line("/msg alice@example.com and back");
    alice.sees("8:live:bob delivered: by name");
    alice.sees("8:live:bob delivered: by address");
    alice.sees("8:live:bob <bob> and back");
    bob.sees("8:live:alice <alice> by name");
    bob.sees("8:live:alice <alice> by address");
    bob.sees("8:live:alice delivered: and back");
    assert_eq!(alice.end(), Some(0));
    assert_eq!(bob.end(), Some(0));
    for (one, other) in [(&alice, "bob@"), (&bob, "alice@")] {
        let twice = |line: &&String| line.contains(other) && !line.contains("Adding ");
        let shown = one.seen.iter().find(twice);
        assert_eq!(shown, None, "a second person: {:#?}", one.seen);
    }
}

#[test]
fn a_script_that_ends_early_still_delivers() {
    let server = Server::start();
    let mut bob = Person::start(&server, "bob", "secret word");
    bob.sees("Signed in as");
    let mut alice = Person::start(&server, "alice", "secret word");
    alice.type_line("/msg 8:live:bob one");
    alice.type_line("two");
    assert_eq!(alice.end(), Some(0));
    bob.sees("> one");
    bob.sees("> two");
    assert_eq!(bob.end(), Some(0));
}

#[test]
fn a_wrong_password_ends_with_1() {
    let server = Server::start();
    let mut alice = Person::start(&server, "alice", "wrong");
    alice.sees("did not accept the name, password or cookies");
    assert_eq!(alice.end(), Some(1));
}

#[test]
fn a_wrong_command_is_told_and_ends_with_1() {
    let server = Server::start();
    let mut alice = Person::start(&server, "alice", "secret word");
    alice.type_line("/dance");
    alice.sees("there is no such command");
    assert_eq!(alice.end(), Some(1));
}
