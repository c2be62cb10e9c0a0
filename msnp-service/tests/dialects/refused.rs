//! Why a sign-in fails, in words that a person understands.

use msnp_client::{Client, Dialect, Event, Reason};
use transport_reqwest::{Http, HttpOptions, spawn};

use crate::carrier::{Carrier, Home, PASSWORD, http, http_of};
use crate::person::config;

/// One of each way to sign in.
const DIALECTS: [Dialect; 5] = [
    Dialect::MSNP8,
    Dialect::MSNP13,
    Dialect::MSNP18,
    Dialect::MSNP22,
    Dialect::MSNP24,
];

/// How the sign-in of this person ends.
async fn ends(home: &Home, dialect: Dialect, name: &str, password: &str, http: Http) -> Reason {
    let client = Client::new(config(home, dialect, name, password));
    let mut driver = spawn(client, http);
    let begun = driver.call(Client::sign_in);
    begun.unwrap_or_else(|_| panic!("the driver runs"));
    loop {
        match driver.next_event().await {
            Some(Event::SignedOut(reason)) => return reason,
            Some(Event::SignedIn(_)) => panic!("{dialect}: {name} is signed in"),
            Some(_) => {}
            None => panic!("the driver runs"),
        }
    }
}

async fn each(name: &str, password: &str, words: &str) {
    for carrier in [Carrier::Tcp, Carrier::Gateway] {
        let home = Home::open(carrier, &["alice"]).await;
        let of_carrier = |it: &Dialect| !it.has_web_sign_in() || carrier == Carrier::Gateway;
        for dialect in DIALECTS.into_iter().filter(of_carrier) {
            let reason = ends(&home, dialect, name, password, http()).await;
            assert_eq!(reason.to_string(), words, "{dialect} {carrier:?}");
        }
        home.stop().await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_called_that() {
    let words = "the service did not accept the name, password or cookies";
    each("alice", "not the secret", words).await;
}

/// Case C11: by the dialects before MSNP24 it was told as a wrong password.
#[tokio::test]
async fn an_account_that_is_locked_for_a_while_is_called_that() {
    for dialect in DIALECTS {
        let carrier = if dialect == Dialect::MSNP22 {
            Carrier::Gateway
        } else {
            Carrier::Tcp
        };
        let home = Home::start(carrier, |config| config.limits.password_attempts = 1).await;
        home.take_in(&["alice"]).await;
        ends(&home, dialect, "alice", "not the secret", http()).await;
        let reason = ends(&home, dialect, "alice", PASSWORD, http()).await;
        let words = "too many wrong passwords: the account is locked for 15 minutes";
        assert_eq!(reason.to_string(), words, "{dialect}");
        home.stop().await;
    }
}

/// Nobody is told which names there are.
#[tokio::test]
async fn an_unknown_account_is_told_like_a_wrong_password() {
    let words = "the service did not accept the name, password or cookies";
    each("nobody", PASSWORD, words).await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_lets_nobody_in() {
    let home = Home::open(Carrier::Tls, &["alice"]).await;
    for dialect in [Dialect::MSNP8, Dialect::MSNP18, Dialect::MSNP24] {
        let strict = http_of(HttpOptions::new());
        let reason = ends(&home, dialect, "alice", PASSWORD, strict).await;
        let words = "the service's certificate is not accepted: nobody whom this machine trusts vouches for it";
        assert_eq!(reason.to_string(), words, "{dialect}");
    }
    home.stop().await;
}
