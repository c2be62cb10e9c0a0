//! `msnp demo --soap`, and `msnp imsoap` as a script runs it, against a service of its own.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use msnp_service::{Database, Service, ServiceConfig, StartError, imsoap};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "secret word";

/// A running service and its runtime.
struct Server {
    runtime: tokio::runtime::Runtime,
    service: Option<Service>,
    url: String,
}

impl Server {
    /// A service with the accounts of this database, on a port that stays free while it is away: no
    /// connection and no listener that takes any port gets one of these from the system.
    fn start_where_nobody_comes(database: &Path) -> Self {
        loop {
            let random = getrandom::u32().expect("random bytes") % 20_000;
            let port = 10_000 + u16::try_from(random).expect("small");
            if let Some(server) = Self::try_start_on(([127, 0, 0, 1], port).into(), database) {
                return server;
            }
        }
    }

    /// A service on this address, unless somebody is there.
    fn try_start_on(listen: SocketAddr, database: &Path) -> Option<Self> {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let config = ServiceConfig {
            listen,
            database: Database::File(database.to_owned()),
            ..ServiceConfig::default()
        };
        let service = match runtime.block_on(Service::start(config)) {
            Err(StartError::Listen { source, .. }) if source.kind() == ErrorKind::AddrInUse => {
                return None;
            }
            started => started.expect("it starts"),
        };
        Some(Self {
            url: service.imsoap_url(),
            service: Some(service),
            runtime,
        })
    }

    fn address(&self) -> SocketAddr {
        self.service.as_ref().expect("it runs").address()
    }

    fn start(imsoap: imsoap::Config) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let service = runtime.block_on(async {
            let config = ServiceConfig {
                imsoap,
                ..ServiceConfig::default()
            };
            let service = Service::start(config).await.expect("it starts");
            let added = service.add_service_account("testing", PASSWORD).await;
            added.expect("a new account");
            for name in ["alice", "bob"] {
                let (address, skype) = (format!("{name}@example.com"), format!("live:{name}"));
                let added = service.add_account(&address, &skype, name, PASSWORD).await;
                added.expect("a new account");
            }
            service
        });
        Self {
            url: service.imsoap_url(),
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

/// One `msnp imsoap` whose lines are read as they come.
struct Caller {
    child: Child,
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Caller {
    fn start(url: &str, accounts: &[&str], passwords: (&str, &str), pace: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_msnp"));
        command.args(["imsoap", "--url", url, "--user", "testing", "--pace", pace]);
        command.arg("--log");
        for account in accounts {
            command.args(["--im-account", account]);
        }
        let mut child = command
            .env("MSNP_SERVICE_PASSWORD", passwords.0)
            .env("MSNP_PASSWORD", passwords.1)
            .env("MSNP_PASSWORD_2", passwords.1)
            .env("NO_PROXY", "*")
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

    fn signed_in(url: &str, account: &str) -> Self {
        let mut caller = Self::start(url, &[account], (PASSWORD, PASSWORD), "0.1");
        caller.sees(&format!("{account} OnStatusChanged NLN"));
        caller
    }

    fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("still open");
        writeln!(input, "{line}").expect("it reads");
    }

    /// Waits for a line with this in it; lines before it are of no interest any more.
    #[track_caller]
    fn sees(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("{text:?} never came; seen:\n{}", self.seen.join("\n"));
            };
            let found = line.contains(text);
            self.seen.push(line);
            if found {
                return;
            }
        }
    }

    /// Ends the input and waits for the end; gives the exit code.
    fn end(&mut self) -> Option<i32> {
        drop(self.input.take());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Caller {
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
fn the_demo_shows_the_seven_steps_in_order() {
    let output = Command::new(env!("CARGO_BIN_EXE_msnp"))
        .args(["demo", "--soap"])
        .env("COLUMNS", "96")
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{text}");
    let mut rest = text.as_str();
    for expected in [
        "Step 1. Login",
        "soapaction: \"http://www.imcomponents.com/Login\"",
        "<userId>testing</userId>",
        "<password>********</password>",
        "<SessionId>********</SessionId>",
        "Step 2. LoginIM",
        "soapaction: \"http://www.imcomponents.com/LoginIM\"",
        "<LoginIMResponse xmlns=\"http://www.imcomponents.com\" />",
        "Alice is online",
        "Step 3. KeepSessionAlive",
        "soapaction: \"http://www.imcomponents.com/KeepSessionAlive\"",
        "<item>Login OK.</item>",
        "<OnLogin datetime=",
        "<OnNicknameChanged>Alice</OnNicknameChanged>",
        "<OnReceiveBuddies>",
        "<Account>bob@example.org</Account>",
        "Step 4. ChangeStatus",
        "soapaction: \"http://www.imcomponents.com/ChangeStatus\"",
        "<Status>BSY</Status>",
        "Alice is busy",
        "Step 5. KeepSessionAlive",
        "<OnStatusChanged>BSY</OnStatusChanged>",
        "Step 6. SendMessage",
        "soapaction: \"http://www.imcomponents.com/SendMessage\"",
        "<message>Test+Message</message>",
        "Alice: Test Message",
        "Step 7. KeepSessionAlive",
        "says: Returning your message, 小美 :-)",
        "%E5%B0%8F%E7%BE%8E",
        "OnMessage bob@example.org: Returning your message, 小美 :-)",
        "Every step happened.",
    ] {
        let Some((_, after)) = rest.split_once(expected) else {
            panic!("{expected:?} is not there, or not in order:\n{text}");
        };
        rest = after;
    }
    let shown: Vec<&str> = text
        .lines()
        .filter(|it| it.contains("SessionId>"))
        .collect();
    assert!(shown.iter().all(|it| it.contains("********")), "{shown:?}");
}

#[test]
fn two_scripts_talk_over_soap() {
    let server = Server::start(imsoap::Config::default());
    let mut alice = Caller::signed_in(&server.url, "alice@example.com");
    let mut bob = Caller::signed_in(&server.url, "bob@example.com");
    alice.type_line("send 8:live:bob Grüße,\\n\\\\ 日本語 👋 100% + & <b>");
    alice.sees("* sent 8:live:bob: Grüße,\\n\\\\ 日本語 👋 100% + & <b>");
    bob.sees("bob@example.com OnMessage alice@example.com: Grüße,\\n\\\\ 日本語 👋 100% + & <b>");
    bob.type_line("send alice@example.com hello");
    alice.sees("alice@example.com OnMessage bob@example.com: hello");
    alice.type_line("status BSY");
    alice.sees("alice@example.com OnStatusChanged BSY");
    assert_eq!(bob.end(), Some(0));
    assert_eq!(alice.end(), Some(0));
}

#[test]
fn a_script_that_ends_at_once_still_sends() {
    let server = Server::start(imsoap::Config::default());
    let mut bob = Caller::signed_in(&server.url, "bob@example.com");
    let accounts = ["alice@example.com", "bob@example.com"];
    let mut alice = Caller::start(&server.url, &accounts[..1], (PASSWORD, PASSWORD), "0.1");
    alice.type_line("send 8:live:bob one");
    alice.type_line("as alice@example.com");
    alice.type_line("send 8:live:bob two");
    alice.type_line("quit");
    assert_eq!(alice.end(), Some(0));
    bob.sees("OnMessage alice@example.com: one");
    bob.sees("OnMessage alice@example.com: two");
}

/// The service accepts a message before it knows that there is nobody to have it: the script was told "sent", and ended with 0.
#[test]
fn a_message_to_nobody_is_told_and_ends_with_1() {
    let server = Server::start(imsoap::Config::default());
    let url = server.url.clone();
    let output = run(
        &["--url", &url],
        b"send nobody@example.com are you there?\n",
    );
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{told}");
    let expected = "! alice@example.com: A message to nobody@example.com was not sent: ";
    assert!(told.contains(expected), "{told}");
    assert!(!told.contains("OnLog "), "{told}");
    let output = run(&["--url", &url], b"send bob@example.com hello\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn one_script_can_be_two_people() {
    let server = Server::start(imsoap::Config::default());
    let accounts = ["alice@example.com", "bob@example.com"];
    let mut both = Caller::start(&server.url, &accounts, (PASSWORD, PASSWORD), "0.1");
    both.type_line("send 8:live:bob hello, me");
    both.sees("bob@example.com OnMessage alice@example.com: hello, me");
    both.type_line("as bob@example.com");
    both.type_line("send 8:live:alice hello, you");
    both.sees("alice@example.com OnMessage bob@example.com: hello, you");
    assert_eq!(both.end(), Some(0));
}

#[test]
fn a_session_that_the_service_has_ended_is_begun_anew() {
    // Enough for Bob, who must not be silent for so long on any machine.
    let silence = Duration::from_secs(10);
    let server = Server::start(imsoap::Config {
        silence,
        ..imsoap::Config::default()
    });
    let mut bob = Caller::signed_in(&server.url, "bob@example.com");
    let accounts = ["alice@example.com"];
    let mut alice = Caller::start(&server.url, &accounts, (PASSWORD, PASSWORD), "11");
    alice.sees("OnLogin");
    alice.sees("* signing in again: the service answered with the fault Server");
    alice.sees("* signed in at");
    alice.type_line("send 8:live:bob still here");
    bob.sees("OnMessage alice@example.com: still here");
    assert_eq!(alice.end(), Some(0));
}

/// A database with `testing`, `alice@example.com` and `bob@example.com`, gone at the end.
struct Accounts(PathBuf);

impl Accounts {
    fn new() -> Self {
        // Not the process's id: another container that shares the folder may have the same.
        let own = getrandom::u64().expect("random bytes");
        let accounts = Self(std::env::temp_dir().join(format!("msnp-imsoap-{own:016x}")));
        std::fs::create_dir(&accounts.0).expect("a directory");
        let names = ["alice@example.com", "bob@example.com", "testing"];
        for (command, name) in ["add", "add", "add-service"].into_iter().zip(names) {
            let added = Command::new(env!("CARGO_BIN_EXE_msnp"))
                .args(["user", command, name, "--database"])
                .arg(accounts.database())
                .env("MSNP_PASSWORD", PASSWORD)
                .env("MSNP_SERVICE_PASSWORD", PASSWORD)
                .output()
                .expect("it runs");
            assert!(added.status.success(), "{added:?}");
        }
        accounts
    }

    fn database(&self) -> PathBuf {
        self.0.join("msnp.db")
    }
}

impl Drop for Accounts {
    fn drop(&mut self) {
        // What is left over is in the way of nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_service_that_was_away_is_found_again_and_nothing_is_lost() {
    let accounts = Accounts::new();
    let server = Server::start_where_nobody_comes(&accounts.database());
    let address = server.address();
    let both = ["alice@example.com", "bob@example.com"];
    let mut both = Caller::start(&server.url, &both, (PASSWORD, PASSWORD), "0.1");
    both.sees("bob@example.com OnLogin");
    both.type_line("status AWY");
    both.sees("alice@example.com OnStatusChanged AWY");
    drop(server);
    both.sees("is tried again: the service cannot be reached");
    both.type_line("send 8:live:bob still there?");
    let back = Server::try_start_on(address, &accounts.database());
    let _server = back.expect("nobody else is there");
    both.sees("* signed in at");
    both.sees("* sent 8:live:bob: still there?");
    both.sees("bob@example.com OnMessage alice@example.com: still there?");
    // The status is set again. It is told by one account and the message by the other: in any order.
    let set = both.seen.iter().filter(|line| line.ends_with("AWY"));
    if set.count() == 1 {
        both.sees("alice@example.com OnStatusChanged AWY");
    }
    assert_eq!(both.end(), Some(0));
}

#[test]
fn refused_passwords_are_told_and_end_with_1() {
    let server = Server::start(imsoap::Config::default());
    let accounts = ["alice@example.com"];
    let mut alice = Caller::start(&server.url, &accounts, ("wrong", PASSWORD), "0.1");
    alice.sees("the sign-in was refused");
    assert_eq!(alice.end(), Some(1));
    let mut alice = Caller::start(&server.url, &accounts, (PASSWORD, "wrong"), "0.1");
    alice.sees("alice@example.com OnLog Login failed");
    alice.sees("! alice@example.com is not signed in: Login failed");
    alice.type_line("send 8:live:bob never");
    alice.sees("! not sent (this IM account could not sign in): 8:live:bob: never");
    assert_eq!(alice.end(), Some(1));
}

#[test]
fn a_wrong_command_is_told_and_ends_with_1() {
    let server = Server::start(imsoap::Config::default());
    let mut alice = Caller::signed_in(&server.url, "alice@example.com");
    alice.type_line("dance");
    alice.sees("! there is no such command");
    alice.type_line("as nobody@example.com");
    alice.sees("! nobody@example.com is not signed in here; alice@example.com can be chosen");
    alice.type_line("status XYZ");
    alice.sees("! usage: status NLN|");
    assert_eq!(alice.end(), Some(1));
}

fn run(args: &[&str], input: &[u8]) -> std::process::Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_msnp"))
        .arg("imsoap")
        .args(args)
        .args(["--user", "testing", "--im-account", "alice@example.com"])
        .env("MSNP_SERVICE_PASSWORD", PASSWORD)
        .env("MSNP_PASSWORD", PASSWORD)
        .env("NO_PROXY", "*")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It may end before it has read all.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_service_that_is_not_there_is_given_up_with_3() {
    // A port that was free a moment ago and is nobody's.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", free.local_addr().expect("its address"));
    drop(free);
    let output = run(&["--url", &url, "--patience", "1"], b"send 8:live:bob x\n");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("gave up"), "{said}");
}

#[test]
fn the_network_is_chosen_as_in_the_chat() {
    let url = "http://msn.lan/imsoap/BSIMService.asmx";
    let call = |more: &[&str]| {
        let args = ["--url", url];
        let output = run(&[&args[..], more].concat(), b"");
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(3), "{told}");
        told
    };
    let told = call(&[]);
    assert!(told.contains("--allow-http HOST allows it"), "{told}");
    let told = call(&["--certificates", "/no/such/file"]);
    assert!(told.contains("/no/such/file: "), "{told}");
    let told = call(&["--allow-http", "msn.lan", "--proxy", "?"]);
    assert!(told.contains("the proxy is not a URL"), "{told}");
    // A proxy that is not there: nothing looks for the host itself.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://{}", free.local_addr().expect("its address"));
    drop(free);
    let named = [
        "--allow-http",
        "msn.lan",
        "--proxy",
        &proxy,
        "--patience",
        "1",
    ];
    let told = call(&named);
    assert!(told.contains("--patience"), "{told}");
}

#[test]
fn a_line_that_is_no_text_is_told_and_the_others_are_done_and_notes_are_told_on_request_alone() {
    let server = Server::start(imsoap::Config::default());
    let input =
        b"\xef\xbb\xbfsend 8:live:bob one\r\nsend 8:live:bob caf\xe9\nsend 8:live:bob two\n";
    let output = run(&["--url", &server.url, "--pace", "0.1"], input);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("* sent 8:live:bob: one\n"), "{said}");
    assert!(
        said.contains("! not done: line 2 is not UTF-8 at its byte 19\n"),
        "{said}"
    );
    assert!(said.contains("* sent 8:live:bob: two\n"), "{said}");
    assert!(!said.contains("OnLog "), "{said}");
    assert!(
        said.contains("* leaving; the accounts stay signed in"),
        "{said}"
    );
}
