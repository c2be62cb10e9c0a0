//! `msnp chat` in line mode, as a script runs it, against a service of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use msnp_client::sign_in::web::WebSignIn;
use msnp_proto::Secret;
use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};
use transport_reqwest::{Http, HttpOptions};

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
            tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
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
        Self::start_with(server, name, password, &[])
    }

    fn start_with(server: &Server, name: &str, password: &str, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_msnp"))
            .args([
                "chat",
                &format!("{name}@example.com"),
                "--server",
                &server.url,
            ])
            .args(more)
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
    alice.sees("Adding live:bob: done");
    alice.type_line("/msg 8:live:bob Grüße, \\ 日本語 👋");
    alice.sees("delivered: Grüße, \\\\ 日本語 👋");
    bob.sees("> Grüße, \\\\ 日本語 👋");
    bob.type_line("/msg 8:live:alice hello");
    alice.sees("> hello");
    bob.type_line("/nudge");
    alice.sees("nudges you!");
    bob.sees("live:alice * nudged");
    bob.type_line("/edit hello, Alice");
    alice.sees("has edited: hello, Alice");
    bob.sees("live:alice * edited: hello, Alice");
    bob.type_line("/thread 8:live:alice : Lunch");
    alice.sees("In this group:");
    bob.type_line("who is hungry?");
    alice.sees("> who is hungry?");
    assert_eq!(bob.end(), Some(0));
    assert_eq!(alice.end(), Some(0));
}

/// Talks through the real server: sign-in, lists, presence, switchboards.
#[track_caller]
fn talk(server: &Server, alice: &[&str], bob: &[&str]) {
    let mut alice = Person::start_with(server, "alice", "secret word", alice);
    let mut bob = Person::start_with(server, "bob", "secret word", bob);
    alice.sees("Signed in as");
    bob.sees("Signed in as");
    alice.type_line("/add bob@example.com");
    bob.type_line("/add alice@example.com");
    alice.sees("bob is online");
    bob.sees("alice is online");
    alice.type_line("/msg bob@example.com Grüße 日本語");
    alice.sees("delivered: Grüße 日本語");
    bob.sees("> Grüße 日本語");
    bob.type_line("/msg alice@example.com and back");
    alice.sees("> and back");
    assert_eq!(bob.end(), Some(0), "{:#?}", bob.seen);
    assert_eq!(alice.end(), Some(0), "{:#?}", alice.seen);
}

#[test]
fn each_dialect_talks_by_tcp_with_the_real_server() {
    for number in (8..=18).chain([21, 24]) {
        let server = Server::start();
        let service = server.service.as_ref().expect("it runs");
        let tcp = service.tcp_address().expect("it listens").to_string();
        let dialect = format!("MSNP{number}");
        let options = ["--tcp", &tcp, "--dialect", &dialect];
        println!("{dialect}");
        talk(&server, &options, &options);
    }
}

#[test]
fn an_old_client_at_the_gateway_and_one_of_today_talk() {
    let server = Server::start();
    talk(&server, &["--dialect", "MSNP12"], &[]);
    let server = Server::start();
    talk(&server, &["--dialect", "MSNP22"], &["--dialect", "MSNP24"]);
}

/// Whoever is added by their e-mail address, and written to by any of their names, is one person in one
/// conversation, and there at once.
#[test]
fn people_who_add_each_other_by_address_are_one_person_each_at_once() {
    let server = Server::start();
    let mut alice = Person::start(&server, "alice", "secret word");
    let mut bob = Person::start(&server, "bob", "secret word");
    for (one, me) in [(&mut alice, "alice"), (&mut bob, "bob")] {
        one.sees(&format!("Signed in as live:{me}."));
    }
    alice.type_line("/add bob@example.com");
    alice.sees("bob is online");
    bob.type_line("/add alice@example.com");
    bob.sees("alice is online");

    alice.type_line("/msg bob by name");
    alice.type_line("/msg bob@example.com by address");
    bob.type_line("/msg alice@example.com and back");
    alice.sees("live:bob delivered: by name");
    alice.sees("live:bob delivered: by address");
    alice.sees("live:bob <bob> and back");
    bob.sees("live:alice <alice> by name");
    bob.sees("live:alice <alice> by address");
    bob.sees("live:alice delivered: and back");
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

/// The cookies that a browser would have after signing in at the page of this service.
fn cookies_of(server: &Server, login: &str) -> String {
    let page = format!("{}/oauth20_authorize.srf", server.url);
    let password = Secret::new("secret word".to_owned());
    let patience = PATIENCE;
    let page = page.parse().expect("an address");
    let gateway = format!("{}/gateway/gateway.dll", server.url);
    let http = HttpOptions::new().direct().client().expect("a client");
    let outcome = server.runtime.block_on(async {
        let machine = WebSignIn::new(page, login, password, patience);
        transport_reqwest::spawn(machine, Http::new(http))
            .next_event()
            .await
    });
    let cookies = outcome.expect("an outcome").expect("cookies");
    let header = cookies.header_for(&gateway.parse().expect("an address"));
    let header = header.expect("cookies for the gateway");
    header.to_str().expect("ASCII").to_owned()
}

#[test]
fn who_has_the_cookies_of_a_browser_needs_neither_login_nor_password() {
    let server = Server::start();
    let own = getrandom::u64().expect("random bytes");
    let folder = std::env::temp_dir().join(format!("msnp-cookies-{own:016x}"));
    std::fs::create_dir(&folder).expect("a folder");
    let file = folder.join("cookies");
    let header = cookies_of(&server, "alice@example.com");
    std::fs::write(&file, format!("Cookie: {header}\r\n")).expect("a file");
    let file = file.to_str().expect("a path");
    let gateway = format!("{}/gateway/gateway.dll", server.url);
    // Nobody is at the server's own address: every part that is used is given.
    let args = [
        "--server",
        "https://127.0.0.1:9",
        "--gateway",
        &gateway,
        "--cookies",
        file,
        "--no-uic",
    ];
    let (code, out, error) = run(&args, b"/who\n");
    assert_eq!(code, Some(0), "{out}{error}");
    assert!(out.contains("Signed in as"), "{out}");
    std::fs::write(file, "MSPAuth=old; MSPProf=old").expect("a file");
    let (code, out, _) = run(&args, b"");
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("/signin asks for the cookies"), "{out}");
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

#[test]
fn a_password_goes_in_the_clear_to_no_host_that_was_not_named() {
    let args = ["alice@example.com", "--server", "http://msn.lan"];
    let (code, _, error) = run(&args, b"secret\n");
    assert_eq!(code, Some(3), "{error}");
    assert!(error.contains("--allow-http HOST allows it"), "{error}");
    // A proxy that is not there: nothing looks for the host itself.
    let proxy = nobody();
    let named = [
        "--allow-http",
        "msn.lan",
        "--proxy",
        &proxy,
        "--patience",
        "1",
    ];
    let (code, out, error) = run(&[&args[..], &named[..]].concat(), b"secret\n");
    assert_eq!(code, Some(3), "{out}{error}");
    assert!(out.contains("could not be reached"), "{out}{error}");
}

#[test]
fn a_wrong_password_ends_with_1() {
    let server = Server::start();
    let mut alice = Person::start(&server, "alice", "wrong");
    alice.sees("did not accept the name, password or cookies");
    assert_eq!(alice.end(), Some(1));
}

#[test]
fn a_locked_account_is_told_to_be_locked_and_for_how_long() {
    let server = Server::start();
    // As many wrong ones as are allowed, then a right one, which nobody looks at.
    for _ in 0..20 {
        let mut alice = Person::start(&server, "alice", "wrong");
        assert_eq!(alice.end(), Some(1));
    }
    let mut alice = Person::start(&server, "alice", "secret word");
    alice.sees("too many wrong passwords: the account is locked for 15 minutes");
}

#[test]
fn a_wrong_command_is_told_and_ends_with_1() {
    let server = Server::start();
    let mut alice = Person::start(&server, "alice", "secret word");
    alice.type_line("/dance");
    alice.sees("there is no such command");
    assert_eq!(alice.end(), Some(1));
}

/// Runs `msnp chat` with this input; its exit code, output and what it complained about.
/// An address with a port that was free a moment ago and is nobody's.
fn nobody() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", free.local_addr().expect("its address"))
}

fn run(args: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_msnp"))
        .arg("chat")
        .args(args)
        .env_remove("MSNP_PASSWORD")
        .env_remove("HTTP_PROXY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // It may end before it has read all.
    let _ = child.stdin.take().expect("piped").write_all(input);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_line_that_is_no_text_is_told_and_the_others_are_done() {
    let server = Server::start();
    let lines = String::from_utf8_lossy(include_bytes!("data/cases/latin1.txt")).into_owned();
    assert!(lines.contains('\u{fffd}'), "the case is not UTF-8");
    let script = include_bytes!("data/cases/latin1.txt").to_vec();
    let script = replace(&script, b"example.org", b"example.com");
    // The password is the first line of input here.
    let input = [b"\xef\xbb\xbfsecret word\r\n".to_vec(), script].concat();
    let (code, said, _) = run(&["alice@example.com", "--server", &server.url], &input);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("! Not done: line 2 is not UTF-8 at its byte 24."),
        "{said}"
    );
    assert!(said.contains("delivered: after"), "{said}");
}

#[test]
fn a_script_of_dos_is_a_script() {
    let server = Server::start();
    let script = include_bytes!("data/cases/dos-bom.txt").to_vec();
    let script = replace(&script, b"example.org", b"example.com");
    let folder = std::env::temp_dir().join(format!(
        "msnp-chat-{:016x}",
        getrandom::u64().expect("random")
    ));
    std::fs::create_dir(&folder).expect("a folder");
    let password = folder.join("password");
    std::fs::write(&password, b"\xef\xbb\xbfsecret word\r\n").expect("a file");
    let log = folder.join("log");
    let profile = folder.join("chat.toml");
    let text = format!(
        "[default]\nlogin = \"alice@example.com\"\nserver = \"{}\"\npassword-file = '{}'\nlog = '{}'\n",
        server.url,
        password.display(),
        log.display()
    );
    std::fs::write(&profile, text).expect("a file");
    let profile = profile.to_str().expect("a path of text");
    let (code, said, _) = run(&["--config", profile, "--timestamps"], &script);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Adding bob@example.com: done"), "{said}");
    let delivered = said
        .lines()
        .find(|it| it.contains("delivered: hi from dos"));
    let when = delivered
        .expect("it is delivered")
        .split(' ')
        .next()
        .expect("a date");
    assert_eq!((when.len(), &when[10..11]), (25, "T"), "{when}");
    let logged = std::fs::read_to_string(&log).expect("there is a log");
    assert!(logged.contains("delivered: hi from dos"), "{logged}");
    let (code, _, told) = run(&["--config", profile, "--profile", "work"], b"");
    assert_eq!(code, Some(3));
    assert!(told.contains("there is no profile “work”"), "{told}");
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with(from) {
            out.extend_from_slice(to);
            at += from.len();
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}

#[test]
fn a_server_that_is_not_there_is_given_up_with_3() {
    // A port that was free a moment ago and is nobody's.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", free.local_addr().expect("its address"));
    drop(free);
    let args = ["bob@example.com", "--server", &url, "--patience", "1"];
    let (code, said, told) = run(&args, b"secret\n/msg bob x\n");
    assert_eq!(code, Some(3), "{said}");
    assert!(
        told.contains("gave up: there was no connection for too long"),
        "{told}"
    );
}

#[test]
fn completions_and_the_manual_are_made_from_the_command_line() {
    let output = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_msnp")).args(args).output();
        let output = output.expect("it runs");
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(output(&["completions", "bash"]).contains("complete -F _msnp"));
    assert!(output(&["completions", "zsh"]).contains("--timestamps"));
    let manual = output(&["man"]);
    for command in ["demo", "serve", "chat", "imsoap", "decode"] {
        assert!(manual.contains(&format!("msnp\\-{command}")), "{command}");
    }
    assert!(!output(&["--help"]).contains("completions"));
    // Wrapped at words, on 80 columns.
    let help = Command::new(env!("CARGO_BIN_EXE_msnp"))
        .args(["chat", "--help"])
        .env("COLUMNS", "80")
        .output()
        .expect("it runs");
    let help = String::from_utf8(help.stdout).expect("text");
    let longest = help.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(80), "{help}");
}

#[test]
#[cfg(unix)]
fn a_variable_that_is_no_text_is_told_and_not_taken_for_absent() {
    use std::os::unix::ffi::OsStrExt as _;
    let output = Command::new(env!("CARGO_BIN_EXE_msnp"))
        .args(["chat", "alice@example.com"])
        .env("MSNP_PASSWORD", std::ffi::OsStr::from_bytes(b"caf\xe9"))
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("the variable MSNP_PASSWORD is not UTF-8"),
        "{said}"
    );
}
