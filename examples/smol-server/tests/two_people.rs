//! Two people sign in at the server on smol, from drivers on smol, and one writes to the other.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use msnp_client::{Access, Client, Config, ContactId, Event, Service};
use smol::Timer;
use smol::future::or;
use smol::net::TcpListener;
use smol_driver::{Driver, Smol};
use smol_server::{Host, serve};

/// The next event that this finds something in.
async fn next<T>(driver: &mut Driver<Client>, find: impl Fn(Event) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = driver.next_event().await.expect("it goes on");
            if let Event::SignedOut(reason) = &event {
                // What is waited for may be this.
                let text = reason.to_string();
                if let Some(found) = find(event) {
                    return found;
                }
                panic!("signed out: {text}");
            }
            if let Some(found) = find(event) {
                return found;
            }
        }
    };
    let hangs = async {
        Timer::after(Duration::from_secs(60)).await;
        panic!("nothing comes")
    };
    or(found, hangs).await
}

async fn sign_in(url: &str, name: &str, seed: u8) -> Driver<Client> {
    let login = format!("{name}@example.org");
    let access = Access::web(Service::at(url).unwrap(), login, "secret".to_owned());
    let mut driver = smol_driver::spawn(Client::new(Config::new(access, [seed; 32])), Smol::new());
    driver.call(Client::sign_in).unwrap();
    next(&mut driver, |event| {
        matches!(event, Event::SignedIn(_)).then_some(())
    })
    .await;
    driver
}

#[test]
fn two_people_sign_in_and_one_writes_to_the_other() {
    smol::block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let accounts = [("alice", "secret"), ("bob", "secret")];
        let host = Host::new(&address, &accounts).unwrap();
        let _server = smol::spawn(serve(listener, host));

        let url = format!("http://{address}");
        let mut alice = sign_in(&url, "alice", 1).await;
        let mut bob = sign_in(&url, "bob", 2).await;
        let to: ContactId = "8:live:bob".parse().unwrap();
        let sent = alice.call(|client, now| client.send_text(&to.into(), "hello, smol", now));
        let sent = sent.unwrap().unwrap();
        let (from, text) = next(&mut bob, |event| match event {
            Event::MessageReceived(message) => Some((message.from.to_string(), message.text)),
            _ => None,
        })
        .await;
        assert_eq!((&*from, &*text), ("8:live:alice", "hello, smol"));
        let delivered = next(&mut alice, |event| match event {
            Event::MessageDelivered { message, .. } => Some(message),
            _ => None,
        });
        assert_eq!(delivered.await, sent);
        alice.call(Client::sign_out).unwrap();
        next(&mut alice, |event| {
            matches!(event, Event::SignedOut(_)).then_some(())
        })
        .await;
    });
}

/// A wrong password is a wrong password on every host.
#[test]
fn a_wrong_password_signs_nobody_in() {
    smol::block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let host = Host::new(&address, &[("alice", "other")]).unwrap();
        let _server = smol::spawn(serve(listener, host));
        let service = Service::at(&format!("http://{address}")).unwrap();
        let access = Access::web(service, "alice@example.org".to_owned(), "secret".to_owned());
        let mut driver = smol_driver::spawn(Client::new(Config::new(access, [3; 32])), Smol::new());
        driver.call(Client::sign_in).unwrap();
        next(&mut driver, |event| {
            matches!(event, Event::SignedOut(_)).then_some(())
        })
        .await;
    });
}
