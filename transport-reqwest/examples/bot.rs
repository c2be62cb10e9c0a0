//! A client that answers whoever writes to it.
//!
//! ```sh
//! cargo run -p transport-reqwest --example bot -- http://127.0.0.1:8080 bot@example.org secret
//! ```

use msnp_client::{Access, Client, Config, Event, Service};
use transport_reqwest::{Http, HttpOptions, seed, spawn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(login), Some(password)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: bot ADDRESS LOGIN PASSWORD".into());
    };
    let access = Access::web(Service::at(&address)?, &login, &password);
    let client = Client::new(Config::new(access, seed()?));
    let mut driver = spawn(client, Http::new(HttpOptions::new().client()?));
    driver.call(Client::sign_in)?;
    while let Some(event) = driver.next_event().await {
        match event {
            Event::SignedIn(account) => println!("signed in as {account}"),
            Event::MessageReceived(message) => {
                println!("{}: {}", message.from, message.text);
                let answer = format!("You said: {}", message.text);
                driver
                    .call(|client, now| client.send_text(&message.conversation, &answer, now))??;
            }
            Event::Reconnecting { wait, reason, .. } => println!("{reason}; again in {wait:?}"),
            Event::SignedOut(reason) => return Err(reason.into()),
            _ => {}
        }
    }
    Ok(())
}
