//! Somebody to talk to: a service on loopback with two accounts, and bob, who answers there natively.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use msnp_client::{Access, Client, Config, ContactId, Event};
use msnp_service::accounts::HashCost;
use msnp_service::{Service, ServiceConfig};
use tokio::runtime::Runtime;
use transport_reqwest::{Caller, Driver, Http, HttpOptions, spawn};

/// How long a trial waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(120);

/// What bob and the bots begin their answers with. To an answer nobody answers.
const ANSWER: &str = "You said: ";

/// A service, and bob (`8:live:bob`), who answers whoever writes to him: `You said: …`. Alice (`alice@example.org`, `8:live:alice`, `secret`)
/// is the trial's own.
pub struct Friend {
    url: String,
    bob: Caller<Client>,
    heard: Receiver<String>,
    /// Last, so that it ends when everything else has.
    _runtime: Runtime,
}

impl Friend {
    /// Starts a service, and signs bob in.
    pub fn sign_in() -> Self {
        let runtime = Runtime::new().expect("threads");
        let service = runtime.block_on(service());
        let url = service.url();
        let access = Access::web(
            msnp_client::Service::at(&url).expect("an address"),
            "bob@example.org",
            "secret",
        );
        let client = Client::new(Config::new(access, [7; 32]));
        let http = HttpOptions::new().direct().client().expect("a client");
        let entered = runtime.enter();
        let driver = spawn(client, Http::new(http));
        drop(entered);
        driver.call(Client::sign_in).expect("it runs");
        let bob = driver.caller();
        let (tell, heard) = channel();
        runtime.spawn(async move {
            // The service lives as long as bob listens.
            let _service = service;
            listen(driver, |text| tell.send(text).is_ok()).await;
        });
        assert_eq!(heard.recv_timeout(PATIENCE).as_deref(), Ok("SignedIn"));
        Self {
            url,
            bob,
            heard,
            _runtime: runtime,
        }
    }

    /// Where the service is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for the next text that bob hears, and gives it.
    #[track_caller]
    pub fn heard(&self) -> String {
        self.heard.recv_timeout(PATIENCE).expect("it comes in time")
    }

    /// Has bob say something.
    #[track_caller]
    pub fn say(&self, to: &str, text: &str) {
        let to: ContactId = to.parse().expect("somebody");
        let said = self
            .bob
            .call(|client, now| client.send_text(&to.into(), text, now));
        said.expect("it runs").expect("signed in");
    }

    /// Has bob ask a bot something, until it is there to answer.
    #[track_caller]
    pub fn ask(&self, bot: &str, text: &str) {
        self.say(bot, text);
        assert_eq!(self.heard(), format!("{ANSWER}{text}"));
    }
}

impl std::fmt::Debug for Friend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Friend")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Tells what bob hears, and answers; ends when nobody wants to know.
async fn listen(mut driver: Driver<Client>, tell: impl Fn(String) -> bool) {
    while let Some(event) = driver.next_event().await {
        let wanted = match event {
            Event::SignedIn(_) => tell("SignedIn".to_owned()),
            Event::MessageReceived(message) => {
                if !message.text.starts_with(ANSWER) {
                    let answer = format!("{ANSWER}{}", message.text);
                    let say = |client: &mut Client, now| {
                        client.send_text(&message.conversation, &answer, now)
                    };
                    let _ = driver.call(say);
                }
                tell(message.text)
            }
            Event::SignedOut(reason) => panic!("bob is out: {reason}"),
            _ => true,
        };
        if !wanted {
            return;
        }
    }
}

async fn service() -> Service {
    let config = ServiceConfig {
        // As cheap as argon2 allows: hashing strength is not what is tried.
        hash_cost: HashCost {
            memory_kib: 8,
            passes: 1,
        },
        ..ServiceConfig::default()
    };
    let service = Service::start(config).await.expect("loopback");
    for name in ["alice", "bob"] {
        let (address, id) = (format!("{name}@example.org"), format!("live:{name}"));
        let added = service.add_account(&address, &id, name, "secret").await;
        added.expect("a new account");
    }
    service
}
