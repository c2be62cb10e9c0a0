//! Two accounts in one process, over one pool of connections: what is written to one is passed on to everybody who has written to the
//! other. A bridge between two circles of friends, or two networks.
//!
//! ```sh
//! cargo run -p transport-reqwest --example two_accounts -- http://127.0.0.1:8080 alice@example.org secret http://127.0.0.1:8080 bob@example.org secret
//! ```

use std::collections::BTreeSet;

use msnp_client::{Access, Client, Config, ConversationId, Event, Service};
use transport_reqwest::{Driver, Http, HttpOptions, seed, spawn};

struct Account {
    driver: Driver<Client>,
    /// Who has written to it.
    conversations: BTreeSet<ConversationId>,
}

impl Account {
    fn sign_in(arguments: &[String], http: Http) -> Result<Self, Box<dyn std::error::Error>> {
        let [address, login, password] = arguments else {
            return Err("usage: two_accounts ADDRESS LOGIN PASSWORD ADDRESS LOGIN PASSWORD".into());
        };
        let access = Access::web(Service::at(address)?, login, password);
        let driver = spawn(Client::new(Config::new(access, seed()?)), http);
        driver.call(Client::sign_in)?;
        Ok(Self {
            driver,
            conversations: BTreeSet::new(),
        })
    }

    /// What somebody has written to this account, with whom. `None` is the end.
    async fn next_text(&mut self) -> Result<Option<String>, Box<dyn std::error::Error>> {
        while let Some(event) = self.driver.next_event().await {
            match event {
                Event::MessageReceived(message) => {
                    self.conversations.insert(message.conversation);
                    return Ok(Some(format!("{}: {}", message.from, message.text)));
                }
                Event::SignedOut(reason) => return Err(reason.into()),
                _ => {}
            }
        }
        Ok(None)
    }

    fn tell_all(&self, text: &str) -> Result<(), Box<dyn std::error::Error>> {
        for conversation in &self.conversations {
            self.driver
                .call(|client, now| client.send_text(conversation, text, now))??;
        }
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (first, second) = arguments.split_at(arguments.len() / 2);
    let http = Http::new(HttpOptions::new().client()?);
    let mut one = Account::sign_in(first, http.clone())?;
    let mut other = Account::sign_in(second, http)?;
    loop {
        // A wait that is dropped loses no event.
        tokio::select! {
            text = one.next_text() => match text? {
                Some(text) => other.tell_all(&text)?,
                None => return Ok(()),
            },
            text = other.next_text() => match text? {
                Some(text) => one.tell_all(&text)?,
                None => return Ok(()),
            },
        }
    }
}
