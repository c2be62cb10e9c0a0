//! A client runs as wasm, where std's clocks trap, with cookies that its host keeps; a native one is at the
//! other end.
//!
//! It needs node, and the module: the one that `MSNP_WASM` names, or one built here for the installed target.
//! Without them the test counts as not run; with `MSNP_TEST_ALL=1` it fails.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use msnp_client::{Access, Client, Config, ContactId, Event, Reason};
use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use transport_reqwest::{Driver, Http, HttpOptions};

const NAME: &str = "a_client_in_wasm_meets_a_native_one";
const TARGET: &str = "wasm32-unknown-unknown";
const PATIENCE: Duration = Duration::from_secs(60);

/// What libtest would do, as far as cargo and people ask for it.
fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (mut list, mut ignored, mut named) = (false, false, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => list = true,
            "--ignored" => ignored = true,
            "--format" | "--test-threads" | "--color" | "--skip" | "--logfile" | "-Z" => {
                arguments.next();
            }
            flag if flag.starts_with('-') => {}
            part => named = Some(named == Some(true) || NAME.contains(part)),
        }
    }
    if ignored || named == Some(false) {
        return ExitCode::SUCCESS;
    }
    if list {
        println!("{NAME}: test");
        return ExitCode::SUCCESS;
    }
    println!("\nrunning 1 test");
    match module() {
        Ok(module) => {
            std_s_clocks_trap(&module);
            a_server_in_wasm_serves_two_clients_in_wasm(&module);
            a_client_in_wasm_meets_a_native_one(&module);
            the_bot_answers(&module);
            println!("test {NAME} ... ok\n");
            ExitCode::SUCCESS
        }
        Err(missing) if env::var_os("MSNP_TEST_ALL").is_none_or(|all| all == "0") => {
            println!("test {NAME} ... ignored, {missing}\n");
            ExitCode::SUCCESS
        }
        Err(missing) => {
            println!("test {NAME} ... FAILED: {missing}\n");
            ExitCode::FAILURE
        }
    }
}

/// The module to run, or what is missing.
fn module() -> Result<PathBuf, String> {
    let node = Command::new("node").arg("--version").output();
    if !node.is_ok_and(|version| version.status.success()) {
        return Err("there is no node".into());
    }
    if let Some(ready) = env::var_os("MSNP_WASM") {
        let ready = PathBuf::from(ready);
        return if ready.is_file() {
            Ok(ready)
        } else {
            Err(format!("there is no {}", ready.display()))
        };
    }
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let libraries = libraries.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    if !libraries.is_ok_and(|folder| Path::new(folder.trim()).is_dir()) {
        return Err(format!("try `rustup target add {TARGET}`"));
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("targets");
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "build",
            "--package",
            env!("CARGO_PKG_NAME"),
            "--features",
            "server",
        ])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.unwrap().success(), "the module can be built");
    Ok(target.join(TARGET).join("debug/msnp_js.wasm"))
}

fn node(script: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    node
}

fn std_s_clocks_trap(module: &Path) {
    let said = node("tests/clocks.js").arg(module).output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("0 imports"), "{said}");
    for clock in ["std_instant", "std_system_time"] {
        let line = lines.next().unwrap();
        let trapped = line.starts_with(&format!("{clock}: RuntimeError: "));
        assert!(trapped && line.contains("time not implemented"), "{said}");
    }
}

fn a_server_in_wasm_serves_two_clients_in_wasm(module: &Path) {
    let said = node("tests/server.js").arg(module).output().unwrap();
    let wrong = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && said.stdout == b"ok\n", "{wrong}");
}

fn a_client_in_wasm_meets_a_native_one(module: &Path) {
    let runtime = Runtime::new().unwrap();
    let service = runtime.block_on(service());
    let mut bob = Native::sign_in(&runtime, &service.url(), "bob");
    let login = |password| json!({ "login": "alice@example.org", "password": password });
    let mut stranger = InWasm::start(module, &service.url(), &login("a guess"));
    stranger.next("SignInRefused");
    stranger.ends();
    // What lets alice in is in the browser alone.
    let mut without_cookies = InWasm::start(module, &service.url(), &json!({}));
    let over = without_cookies.next("SignedOut");
    assert_eq!(over["reason"], Reason::WrongCredentials.to_string());
    without_cookies.ends();
    let mut alice = InWasm::start(module, &service.url(), &login("secret"));
    assert_eq!(alice.next("SignedIn")["me"], "8:live:alice");

    let said = alice.verb(&json!({ "call": "send_text", "to": "8:live:bob", "text": "from wasm" }));
    bob.next(
        |event| matches!(event, Event::MessageReceived(message) if message.text == "from wasm"),
    );
    let delivered = alice.next("MessageDelivered");
    assert_eq!(delivered["message"], said["message"]);

    let said = bob.say("8:live:alice", "natively");
    let received = alice.next("MessageReceived");
    assert_eq!(received["text"], "natively");
    assert_eq!(received["from"], "8:live:bob");
    bob.next(|event| matches!(event, Event::MessageDelivered { message, .. } if message.to_string() == said));

    alice.verb(&json!({ "call": "sign_out" }));
    let over = alice.next("SignedOut");
    assert_eq!(over["reason"], Reason::Requested.to_string());
    alice.ends();
    runtime.block_on(service.stop());
}

/// The example as it stands, which finds the package by its name.
fn the_bot_answers(module: &Path) {
    let runtime = Runtime::new().unwrap();
    let service = runtime.block_on(service());
    let mut bot = node("example/bot.js");
    bot.args([&service.url(), "alice@example.org", "secret"]);
    bot.env("MSNP_WASM", module).stdout(Stdio::piped());
    let mut bot = bot.spawn().unwrap();
    let mut said = BufReader::new(bot.stdout.take().unwrap()).lines();
    let first = said.next().unwrap().unwrap();
    assert_eq!(first, "Signed in as 8:live:alice.");
    let mut bob = Native::sign_in(&runtime, &service.url(), "bob");
    bob.say("8:live:alice", "are you a bot?");
    bob.next(|event| {
        matches!(event, Event::MessageReceived(message) if message.text == "You said: are you a bot?")
    });
    bot.kill().unwrap();
    bot.wait().unwrap();
    runtime.block_on(service.stop());
}

async fn service() -> Service {
    let config = ServiceConfig {
        // As cheap as argon2 allows: hashing strength is not what is tested.
        hash_cost: HashCost {
            memory_kib: 8,
            passes: 1,
        },
        ..ServiceConfig::default()
    };
    let service = Service::start(config).await.unwrap();
    for name in ["alice", "bob"] {
        let (address, id) = (format!("{name}@example.org"), format!("live:{name}"));
        service
            .add_account(&address, &id, name, "secret")
            .await
            .unwrap();
    }
    service
}

/// The client of the same crates, over reqwest.
struct Native<'a> {
    runtime: &'a Runtime,
    driver: Driver<Client>,
}

impl<'a> Native<'a> {
    fn sign_in(runtime: &'a Runtime, service: &str, name: &str) -> Self {
        let service = msnp_client::Service::at(service).unwrap();
        let access = Access::web(service, format!("{name}@example.org"), "secret");
        let client = Client::new(Config::new(access, [7; 32]));
        let http = HttpOptions::new().direct().client().unwrap();
        let _entered = runtime.enter();
        let driver = transport_reqwest::spawn(client, Http::new(http));
        let mut native = Self { runtime, driver };
        native.driver.call(Client::sign_in).unwrap();
        native.next(|event| matches!(event, Event::SignedIn(_)));
        native
    }

    /// Says it, and the name of the message.
    fn say(&self, to: &str, text: &'static str) -> String {
        let to: ContactId = to.parse().unwrap();
        let verb = move |client: &mut Client, now| client.send_text(&to.into(), text, now);
        self.driver.call(verb).unwrap().unwrap().to_string()
    }

    #[track_caller]
    fn next(&mut self, wanted: impl Fn(&Event) -> bool) {
        let wait = async { while !wanted(&self.driver.next_event().await.unwrap()) {} };
        let heard = self
            .runtime
            .block_on(async { timeout(PATIENCE, wait).await });
        heard.expect("it comes in time");
    }
}

/// The client in wasm, with node as its host.
struct InWasm {
    node: Child,
    commands: ChildStdin,
    lines: Receiver<Value>,
}

impl InWasm {
    fn start(module: &Path, service: &str, login: &Value) -> Self {
        let mut node = node("tests/chat.js");
        node.arg(module).arg(service);
        node.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut node = node.spawn().unwrap();
        let output = BufReader::new(node.stdout.take().unwrap());
        let (found, lines) = channel();
        thread::spawn(move || {
            for line in output.lines() {
                let line = serde_json::from_str(&line.unwrap()).unwrap();
                // Fails when the test is over.
                let _ = found.send(line);
            }
        });
        let commands = node.stdin.take().unwrap();
        let mut in_wasm = Self {
            node,
            commands,
            lines,
        };
        in_wasm.write(login);
        in_wasm
    }

    fn write(&mut self, line: &Value) {
        writeln!(self.commands, "{line}").unwrap();
    }

    #[track_caller]
    fn verb(&mut self, verb: &Value) -> Value {
        self.write(verb);
        loop {
            let line = self.line();
            if let Some(answer) = line.get("answer") {
                return answer.clone();
            }
        }
    }

    #[track_caller]
    fn next(&mut self, event: &str) -> Value {
        loop {
            let line = self.line();
            if line["event"] == event {
                return line;
            }
            let over = line["event"] == "SignedOut" || line["event"] == "SignInRefused";
            assert!(!over, "waiting for {event}: {line}");
        }
    }

    #[track_caller]
    fn line(&self) -> Value {
        self.lines.recv_timeout(PATIENCE).expect("it comes in time")
    }

    /// It ends by itself, and well.
    fn ends(mut self) {
        assert!(self.node.wait().unwrap().success());
    }
}

impl Drop for InWasm {
    fn drop(&mut self) {
        // If the test has failed; otherwise it has ended.
        let _ = self.node.kill();
    }
}
