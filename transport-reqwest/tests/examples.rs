//! The examples at work, as processes, at a real service.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use msnp_client::{Access, Client, Config, ContactId, ConversationId, Event};
use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};
use transport_reqwest::{Driver, Http, HttpOptions, seed, spawn};

const SOON: Duration = Duration::from_secs(60);

/// A process that ends with the test.
struct Example {
    process: Child,
}

impl Example {
    fn start(name: &str, arguments: &[&str]) -> Self {
        // cargo builds the examples of a package with its tests, beside them.
        let tests: PathBuf = std::env::current_exe().unwrap();
        let binary = tests
            .ancestors()
            .nth(2)
            .unwrap()
            .join("examples")
            .join(name);
        let process = Command::new(&binary)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn();
        Self {
            process: process.unwrap_or_else(|error| {
                panic!(
                    "`cargo build --examples` makes {}: {error}",
                    binary.display()
                )
            }),
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn service(people: &[&str]) -> Service {
    let config = ServiceConfig {
        hash_cost: HashCost {
            memory_kib: 8,
            passes: 1,
        },
        ..ServiceConfig::default()
    };
    let service = Service::start(config).await.unwrap();
    for name in people {
        let (login, id) = (format!("{name}@example.org"), format!("live:{name}"));
        let added = service.add_account(&login, &id, name, "secret");
        added.await.unwrap();
    }
    service
}

/// Somebody who is signed in.
async fn person(service: &Service, name: &str) -> Driver<Client> {
    let at = msnp_client::Service::at(&service.url()).unwrap();
    let access = Access::web(at, format!("{name}@example.org"), "secret");
    let client = Client::new(Config::new(access, seed().unwrap()));
    let http = Http::new(HttpOptions::new().direct().client().unwrap());
    let mut driver = spawn(client, http);
    driver.call(Client::sign_in).unwrap();
    next(&mut driver, |event| {
        matches!(event, Event::SignedIn(_)).then_some(())
    })
    .await;
    driver
}

/// The first event that is looked for.
async fn next<T>(driver: &mut Driver<Client>, wanted: impl Fn(&Event) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = driver.next_event().await.expect("the client goes on");
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    };
    tokio::time::timeout(SOON, found).await.expect("it comes")
}

fn text(event: &Event) -> Option<String> {
    match event {
        Event::MessageReceived(message) => Some(message.text.clone()),
        _ => None,
    }
}

fn say(driver: &Driver<Client>, to: &str, text: &str) {
    let to = ConversationId::from(to.parse::<ContactId>().unwrap());
    driver
        .call(|client, now| client.send_text(&to, text, now))
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_answers() {
    let service = service(&["alice", "bot"]).await;
    let mut bot = Example::start("bot", &[&service.url(), "bot@example.org", "secret"]);
    let mut lines = BufReader::new(bot.process.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("signed in as"));
    let mut alice = person(&service, "alice").await;
    say(&alice, "8:live:bot", "hello");
    assert_eq!(next(&mut alice, text).await, "You said: hello");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_pass_on_what_is_written_to_them() {
    let service = service(&["alice", "bob", "left", "right"]).await;
    let url = service.url();
    let arguments = [
        &url,
        "left@example.org",
        "secret",
        &url,
        "right@example.org",
        "secret",
    ];
    let _bridge = Example::start("two_accounts", &arguments);
    let mut bob = person(&service, "bob").await;
    let alice = person(&service, "alice").await;
    // The bridge knows who is behind its other account once they have written.
    say(&bob, "8:live:right", "I am here");
    next(&mut bob, |event| {
        matches!(event, Event::MessageDelivered { .. }).then_some(())
    })
    .await;
    let mut heard = String::new();
    while !heard.ends_with(": over there") {
        say(&alice, "8:live:left", "over there");
        let heard_in_time = tokio::time::timeout(Duration::from_secs(1), next(&mut bob, text));
        heard = heard_in_time.await.unwrap_or_default();
    }
    service.stop().await;
}
