//! The page in a real browser, at a real service, with clients that are not pages at the other end.
//!
//! What is done in the browser, and what has to be seen there, is in `browser.mjs` and the files beside it; here are the service and the other
//! clients, which it asks for by lines of JSON:
//!
//! | line | does | answer |
//! |---|---|---|
//! | `{do: "account", who, name}` | makes an account `who@example.org` | |
//! | `{do: "sign_in", who, dialect}` | has a native client sign in, in a dialect of old by TCP itself | who it is |
//! | `{do: "call", who, call, fields}` | has it do something, in the words of `msnp-mapping` | the answer |
//! | `{do: "event", who, like}` | waits until it was told an event with these fields | the event |
//! | `{do: "count", who, like}` | | how many such events it was told so far |
//! | `{do: "sign_out", who}` | has it sign out and forgets it | |
//! | `{do: "sessions"}` | | how many sessions the gateway in front of the service's TCP has |
//! | `{do: "stop"}`, `{do: "start"}` | stops the service; starts one at the same address over the same database | |
//! | `{ran: NAME}` | one test has passed | none |
//!
//! It needs node with what `npm ci` installs, Chromium, and the page itself (`node build.mjs`). Without them the test counts as not
//! run; with `MSNP_TEST_ALL=1` it fails.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use gateway_upstream::{RelayConfig, parse_server};
use msnp_client::{Access, Client, Config, Dialect, Network};
use msnp_service::accounts::HashCost;
use msnp_service::upstream::{UpstreamConfig, UpstreamService};
use msnp_service::{Database, Service, ServiceConfig, Timings};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use transport_reqwest::{Driver, Http, HttpOptions};

const NAME: &str = "the_page_works_in_a_browser";
const PATIENCE: Duration = Duration::from_secs(40);

/// What libtest would do, as far as cargo and people ask for it.
fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let (mut list, mut ignored, mut named) = (false, false, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => list = true,
            "--ignored" => ignored = true,
            "--format" | "--test-threads" | "--color" | "--skip" | "--logfile" | "-Z" => {
                arguments.next();
            }
            flag if flag.starts_with('-') => {}
            part => named.push(part.to_owned()),
        }
    }
    // A part of the name means all of it, anything else single scenarios.
    named.retain(|part| !NAME.contains(part.as_str()));
    if ignored {
        return ExitCode::SUCCESS;
    }
    if list {
        println!("{NAME}: test");
        return ExitCode::SUCCESS;
    }
    println!("\nrunning 1 test");
    match chromium() {
        Ok(chromium) => {
            if !run(&chromium, &named) {
                println!("test {NAME} ... FAILED\n");
                return ExitCode::FAILURE;
            }
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

/// The browser, or what is missing.
fn chromium() -> Result<PathBuf, String> {
    if msnp_web::page().is_none() {
        return Err("the page was not built: see web/README.md".into());
    }
    let node = Command::new("node").arg("--version").output();
    if !node.is_ok_and(|version| version.status.success()) {
        return Err("there is no node".into());
    }
    if !here("node_modules/playwright-core").is_dir() {
        return Err("try `npm ci` in the folder web".into());
    }
    let named = env::var_os("MSNP_CHROMIUM").map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome"];
    let usual = usual.map(|name| Path::new("/usr/bin").join(name));
    let mut places = named.into_iter().chain(usual);
    let found = places.find(|place| place.is_file());
    found.ok_or_else(|| "there is no Chromium; MSNP_CHROMIUM can say where it is".into())
}

/// The command, if it was built where this test was.
fn msnp() -> Option<PathBuf> {
    let this = env::current_exe().ok()?;
    let msnp = this.parent()?.parent()?.join("msnp");
    msnp.is_file().then_some(msnp)
}

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Whether all went well.
fn run(chromium: &Path, named: &[String]) -> bool {
    let runtime = Runtime::new().unwrap();
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&output).unwrap();
    let mut world = World::new(&runtime, &output);
    let mut node = Command::new("node");
    node.arg(here("tests/browser.mjs")).args(named);
    node.env("SERVICE", &world.url).env("CHROMIUM", chromium);
    node.env("FRONT", world.front.url());
    node.env("OUTPUT", &output);
    if let Some(msnp) = msnp() {
        node.env("MSNP", msnp);
    }
    let mut node = Node(
        node.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut answers = node.0.stdin.take().unwrap();
    for line in BufReader::new(node.0.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Ok(asked @ Value::Object(_)) = serde_json::from_str(&line) else {
            println!("{line}");
            continue;
        };
        if let Some(name) = asked.get("ran").and_then(Value::as_str) {
            println!("  {name}");
            continue;
        }
        let answer = world.answer(&asked);
        writeln!(answers, "{answer}").unwrap();
    }
    node.0.wait().unwrap().success()
}

/// The script, which ends with the test.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// The service, and who is there beside pages.
struct World<'a> {
    runtime: &'a Runtime,
    config: ServiceConfig,
    service: Option<Service>,
    url: String,
    /// What stands in front of its TCP, as if the service knew nothing of HTTP.
    front: UpstreamService,
    people: BTreeMap<String, Native<'a>>,
}

impl<'a> World<'a> {
    fn new(runtime: &'a Runtime, folder: &Path) -> Self {
        let database = folder.join(format!("{}.db", std::process::id()));
        let mut config = ServiceConfig {
            database: Database::File(database),
            tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            web_client: msnp_web::page().map(Arc::new),
            // As cheap as argon2 allows: hashing strength is not what is tested.
            hash_cost: HashCost {
                memory_kib: 8,
                passes: 1,
            },
            timings: short(),
            ..ServiceConfig::default()
        };
        let service = runtime.block_on(Service::start(config.clone())).unwrap();
        let url = service.url();
        config.listen = url
            .rsplit('/')
            .next()
            .unwrap()
            .parse::<SocketAddr>()
            .unwrap();
        config.tcp = service.tcp_address();
        let front = in_front(&service);
        let front = runtime.block_on(UpstreamService::start(front)).unwrap();
        Self {
            runtime,
            config,
            service: Some(service),
            url,
            front,
            people: BTreeMap::new(),
        }
    }

    fn answer(&mut self, asked: &Value) -> Value {
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let who = text("who");
        match text("do").as_str() {
            "account" => {
                let (address, id) = (format!("{who}@example.org"), format!("live:{who}"));
                let service = self.service.as_ref().unwrap();
                let name = text("name");
                let made = service.add_account(&address, &id, &name, "secret");
                self.runtime.block_on(made).unwrap();
                Value::Null
            }
            "sign_in" => {
                let config = self.client(&who, asked["dialect"].as_str());
                let native = Native::sign_in(self.runtime, config);
                let me = native.told.last().unwrap()["me"].clone();
                self.people.insert(who, native);
                me
            }
            "call" => self
                .native(&who)
                .call(text("call"), asked["fields"].clone()),
            "event" => self.native(&who).event(&asked["like"]),
            "count" => self.native(&who).count(&asked["like"]).into(),
            "sign_out" => {
                let mut native = self.people.remove(&who).unwrap();
                native.call("sign_out".to_owned(), json!({}));
                native.event(&json!({ "event": "SignedOut" }));
                Value::Null
            }
            "sessions" => self.front.open().0.into(),
            "stop" => {
                let service = self.service.take().unwrap();
                self.runtime.block_on(service.stop());
                Value::Null
            }
            "start" => {
                let service = self.runtime.block_on(Service::start(self.config.clone()));
                self.service = Some(service.unwrap());
                Value::Null
            }
            other => panic!("nobody knows how to {other:?}"),
        }
    }

    fn client(&self, who: &str, dialect: Option<&str>) -> Config {
        let login = format!("{who}@example.org");
        // Different for each, and the same for every run.
        let mut seed = [7; 32];
        for (byte, letter) in seed.iter_mut().zip(who.bytes()) {
            *byte = letter;
        }
        let Some(dialect) = dialect else {
            let service = msnp_client::Service::at(&self.url).unwrap();
            return Config::new(Access::web(service, login, "secret"), seed);
        };
        let server = self.config.tcp.unwrap().to_string();
        let network = Network::tcp(&server, &self.url).unwrap();
        let config = Config::new(Access::passport(network, login, "secret"), seed);
        let dialect: Dialect = dialect.parse().unwrap();
        config.dialects([dialect]).unwrap()
    }

    fn native(&mut self, who: &str) -> &mut Native<'a> {
        self.people.get_mut(who).expect("has signed in")
    }
}

/// So that one can sleep past a session without the test taking minutes.
fn short() -> Timings {
    Timings {
        session_timeout: Duration::from_secs(10),
        longest_hold: Duration::from_secs(8),
        ..Timings::default()
    }
}

/// A gateway in front of the service's TCP, with the page, which signs in by the relay.
fn in_front(service: &Service) -> UpstreamConfig {
    let calls = [
        ("login", "/login2.srf"),
        ("rst", "/RST.srf"),
        ("abservice", "/abservice/abservice.asmx"),
        ("sharing", "/abservice/SharingService.asmx"),
        ("oim", "/OimWS/oim.asmx"),
        ("rsi", "/rsi/rsi.asmx"),
    ];
    let relay = calls
        .into_iter()
        .try_fold(RelayConfig::default(), |relay, (name, path)| {
            relay.call(name, &format!("{}{path}", service.url()))
        });
    let server = service.tcp_address().unwrap().to_string();
    let mut config = UpstreamConfig::new(parse_server(&server).unwrap());
    config.relay = relay.unwrap();
    config.web_client = msnp_web::page().map(Arc::new);
    config.timings = short();
    config
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        self.people.clear();
        if let Some(service) = self.service.take() {
            self.runtime.block_on(service.stop());
        }
        if let Database::File(path) = &self.config.database {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
        }
    }
}

/// The client of the same crates, over reqwest.
struct Native<'a> {
    runtime: &'a Runtime,
    driver: Driver<Client>,
    told: Vec<Value>,
}

impl<'a> Native<'a> {
    fn sign_in(runtime: &'a Runtime, config: Config) -> Self {
        let client = Client::new(config);
        let options = HttpOptions::new().direct();
        let http = Http::new(options.client().unwrap()).streams(options.tcp().unwrap());
        let _entered = runtime.enter();
        let driver = transport_reqwest::spawn(client, http);
        let mut native = Self {
            runtime,
            driver,
            told: Vec::new(),
        };
        native.driver.call(Client::sign_in).unwrap();
        let told = native.event(&json!({ "event": "SignedIn" }));
        assert!(told["missing"].is_null(), "{told}");
        native
    }

    fn call(&mut self, call: String, fields: Value) -> Value {
        let run = move |client: &mut Client, now| msnp_mapping::call(client, &call, &fields, now);
        self.driver.call(run).unwrap().unwrap()
    }

    /// The first event with these fields that was not asked for yet.
    fn event(&mut self, like: &Value) -> Value {
        let known = self.told.iter().position(|told| is_like(told, like));
        if let Some(index) = known {
            // It is the last now, for who asks what came.
            let found = self.told.remove(index);
            self.told.push(json!({ "was": found }));
            return found;
        }
        loop {
            let next = async { timeout(PATIENCE, self.driver.next_event()).await };
            let Ok(event) = self.runtime.block_on(next) else {
                let told = self.told.iter().map(Value::to_string);
                return json!({ "missing": like, "told": told.collect::<Vec<_>>().join("\n") });
            };
            let told = msnp_mapping::event(&event.unwrap());
            self.told.push(told.clone());
            if is_like(&told, like) {
                return told;
            }
        }
    }

    fn count(&self, like: &Value) -> usize {
        let is_it = |told: &&Value| is_like(told, like) || is_like(&told["was"], like);
        self.told.iter().filter(is_it).count()
    }
}

fn is_like(told: &Value, like: &Value) -> bool {
    let fields = like.as_object().unwrap();
    fields
        .iter()
        .all(|(name, value)| told.get(name) == Some(value))
}
