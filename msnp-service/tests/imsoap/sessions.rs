//! Sessions and their IM accounts, with the embedded gateway behind them.

use std::time::Duration;

use msnp_client::Service as Gateway;
use msnp_service::imsoap::Upstream;
use transport_reqwest::HttpOptions;

use crate::caller::Caller;
use crate::friend::{Friend, bob_and_alice};
use crate::secrets::{self, IM_PASSWORD, PASSWORD};
use crate::told::{changed_buddies_of, log_of, messages_of, status_of};
use crate::{service, soon};

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
/// More than any test here is silent.
const SILENCE: Duration = Duration::from_secs(200);

#[tokio::test]
async fn progress_is_told_in_the_words_of_the_capture_as_it_happens() {
    let service = service(|_| {}).await;
    let caller = Caller::login(&service).await;
    let told = caller.signed_in(ALICE).await;
    let lines = [
        "Authenticate MSN Passport...",
        "Connecting NS...",
        "Checking MSN Protocol...",
        "Checking MSN Version...",
        "Checking User...",
        "Login OK.",
        "Requesting address book...",
        "Requesting membership list...",
        "Received address book.",
        "Processed address book.",
        "Received membership lists.",
        "Processed membership list.",
    ];
    assert_eq!(log_of(&told), lines);
    assert_eq!(status_of(&told).as_deref(), Some("NLN"));
    let nothing_new = caller.fetch().await.unwrap();
    assert!(nothing_new[0].events.is_empty(), "{nothing_new:?}");
    service.stop().await;
}

#[tokio::test]
async fn a_wrong_im_password_is_told_and_the_account_is_gone() {
    let service = service(|_| {}).await;
    let caller = Caller::login(&service).await;
    caller
        .login_im(ALICE, "wrong")
        .await
        .expect("answers at once");
    let failed = |line: &String| line.starts_with("Login failed: ");
    let told = caller
        .until(ALICE, |im| log_of(im).iter().any(failed))
        .await;
    let last = log_of(&told).pop();
    let why = "Login failed: the service did not accept the name, password or cookies.";
    assert_eq!(last.as_deref(), Some(why));
    assert!(caller.fetch().await.unwrap().is_empty());
    let refused = caller.send(ALICE, BOB, "hi").await;
    assert_eq!(refused.unwrap_err(), "The IM account is not signed in.");
    // With the right one it works at once.
    caller.signed_in(ALICE).await;
    service.stop().await;
}

#[tokio::test]
async fn one_session_has_several_accounts_that_chat_with_each_other() {
    let service = service(|_| {}).await;
    bob_and_alice(&service).await.sign_out().await;
    let caller = Caller::login(&service).await;
    caller.signed_in(ALICE).await;
    caller.signed_in(BOB).await;
    // Names are compared as addresses are.
    caller
        .send("Alice@Example.org", BOB, "from alice")
        .await
        .unwrap();
    let told = caller.until(BOB, |im| !messages_of(im).is_empty()).await;
    let [message] = &messages_of(&told)[..] else {
        panic!("{told:?}");
    };
    assert_eq!(message.from, ALICE);
    assert_eq!(message.text, "from alice");
    let ims = caller.fetch().await.unwrap();
    let accounts: Vec<_> = ims.iter().map(|im| im.account.as_str()).collect();
    assert_eq!(accounts, [ALICE, BOB]);
    service.stop().await;
}

#[tokio::test]
async fn what_is_asked_during_the_sign_in_is_done_after_it() {
    let service = service(|_| {}).await;
    let mut bob = bob_and_alice(&service).await;
    let caller = Caller::login(&service).await;
    caller.login_im(ALICE, IM_PASSWORD).await.unwrap();
    caller.change_status(ALICE, "BSY").await.unwrap();
    caller.send(ALICE, "live:bob", "early").await.unwrap();
    let message = bob.sees_and_hears("8:live:alice", "BSY").await;
    assert_eq!(message.text, "early");
    let told = caller.until(ALICE, |im| status_of(im).as_deref() == Some("BSY"));
    told.await;
    service.stop().await;
}

#[tokio::test]
async fn hidden_is_offline_for_others() {
    let service = service(|_| {}).await;
    let mut bob = bob_and_alice(&service).await;
    let caller = Caller::login(&service).await;
    caller.signed_in(ALICE).await;
    bob.sees("8:live:alice", "NLN").await;
    caller.change_status(ALICE, "HDN").await.unwrap();
    bob.sees("8:live:alice", "FLN").await;
    caller
        .until(ALICE, |im| status_of(im).as_deref() == Some("HDN"))
        .await;
    let offline = caller.change_status(ALICE, "FLN").await;
    assert_eq!(offline.unwrap_err(), "Invalid status.");
    service.stop().await;
}

#[tokio::test]
async fn buddies_come_and_go() {
    let service = service(|_| {}).await;
    bob_and_alice(&service).await.sign_out().await;
    let caller = Caller::login(&service).await;
    let told = caller.signed_in(ALICE).await;
    assert_eq!(changed_buddies_of(&told), []);
    let bob = Friend::sign_in(&service, "bob", 3).await;
    let bob_is = |status: &'static str| {
        caller.until(ALICE, move |im| {
            changed_buddies_of(im)
                .iter()
                .any(|buddy| buddy.status == status)
        })
    };
    bob_is("NLN").await;
    bob.sign_out().await;
    bob_is("FLN").await;
    service.stop().await;
}

#[tokio::test]
async fn silence_ends_the_session_and_signs_its_accounts_out() {
    // On a machine that lets so much time pass between two calls, the session must be given more.
    for silence in [Duration::from_millis(700), Duration::from_secs(7)] {
        if silence_ends_the_session(silence).await {
            return;
        }
    }
    assert!(silence_ends_the_session(Duration::from_secs(45)).await);
}

/// Whether the session lasted until its account was signed in, without which there is nothing to see.
async fn silence_ends_the_session(silence: Duration) -> bool {
    let service = service(|config| config.imsoap.silence = silence).await;
    let mut bob = bob_and_alice(&service).await;
    let caller = Caller::login(&service).await;
    if !caller.lasts_until_signed_in(ALICE).await {
        service.stop().await;
        return false;
    }
    bob.sees("8:live:alice", "NLN").await;
    bob.sees("8:live:alice", "FLN").await;
    assert_eq!(
        caller.fetch().await.expect_err("it is over"),
        "Invalid session."
    );
    service.stop().await;
    true
}

/// Case D1: what nobody fetched was dropped beyond a bound.
#[tokio::test]
async fn what_nobody_fetches_waits_in_the_store() {
    let service = service(|config| {
        config.imsoap.queued_entries = 20;
        config.imsoap.silence = SILENCE;
        config.network.unreceived = 10;
    })
    .await;
    let mut bob = bob_and_alice(&service).await;
    let caller = Caller::login(&service).await;
    caller.signed_in(ALICE).await;
    for number in 0..25 {
        bob.delivers("8:live:alice", &number.to_string()).await;
    }
    let mut next = 0;
    let fetching = async {
        while next < 25 {
            let im = caller.fetch().await.expect("in session").remove(0);
            assert!(log_of(&im).is_empty(), "{im:?}");
            let got = messages_of(&im);
            assert!(got.len() <= 10, "no more are on the way");
            for message in got {
                assert_eq!(message.text, next.to_string());
                next += 1;
            }
        }
    };
    soon("all are told", fetching).await;
    service.stop().await;
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_is_told() {
    let service = service(|_| {}).await;
    let caller = Caller::login(&service).await;
    caller.signed_in(ALICE).await;
    caller
        .send(ALICE, "nobody@example.org", "hello?")
        .await
        .unwrap();
    let told = caller.until(ALICE, |im| !log_of(im).is_empty()).await;
    let [line] = &log_of(&told)[..] else {
        panic!("{told:?}");
    };
    assert_eq!(
        line,
        "A message to nobody@example.org was not sent: there is no such person, group or message."
    );
    let refused = caller.send(ALICE, "no body@example.org", "hello?").await;
    assert_eq!(refused.unwrap_err(), "Invalid recipient.");
    service.stop().await;
}

#[tokio::test]
async fn accounts_can_be_signed_in_at_another_gateway() {
    let network = service(|_| {}).await;
    let upstream = Upstream::Elsewhere(Gateway::at(&network.url()).unwrap());
    let mut bob = bob_and_alice(&network).await;
    let front = service(|config| {
        config.upstream = upstream;
        config.upstream_network = HttpOptions::new().direct();
    })
    .await;
    let caller = Caller::login(&front).await;
    caller.signed_in(ALICE).await;
    bob.sees("8:live:alice", "NLN").await;
    bob.say("8:live:alice", "over there");
    let told = caller.until(ALICE, |im| !messages_of(im).is_empty()).await;
    assert_eq!(messages_of(&told)[0].text, "over there");
    front.stop().await;
    bob.sees("8:live:alice", "FLN").await;
    network.stop().await;
}

#[tokio::test]
async fn a_proxy_in_front_does_not_hinder_the_embedded_gateway() {
    let service = service(|config| {
        config.advertised_host = Some("im.example.org".to_owned());
        config.secure_cookies = true;
        config.listen = "0.0.0.0:0".parse().unwrap();
    })
    .await;
    let caller = Caller::login(&service).await;
    caller.signed_in(ALICE).await;
    service.stop().await;
}

#[tokio::test]
async fn sessions_and_attempts_are_bounded() {
    let service = service(|config| {
        config.imsoap.sessions_per_user = 2;
        config.limits.password_attempts = 3;
    })
    .await;
    let refused = |login: Result<Caller, String>| login.map(|_| ()).unwrap_err();
    Caller::login(&service).await;
    Caller::login(&service).await;
    let third = Caller::try_login(&service, PASSWORD).await;
    assert_eq!(refused(third), "Too many sessions.");
    for _ in 0..3 {
        let wrong = Caller::try_login(&service, "wrong").await;
        assert_eq!(refused(wrong), "Invalid user ID or password.");
    }
    let fourth = Caller::try_login(&service, PASSWORD).await;
    assert_eq!(
        refused(fourth),
        "Too many attempts. Please try again later."
    );
    service.stop().await;
}

#[tokio::test]
async fn nothing_secret_is_logged() {
    let service = service(|_| {}).await;
    let mut bob = bob_and_alice(&service).await;
    let caller = Caller::login(&service).await;
    caller.signed_in(ALICE).await;
    caller.send(ALICE, BOB, "between you and me").await.unwrap();
    assert_eq!(bob.next_message().await.text, "between you and me");
    service.stop().await;
    let log = secrets::log();
    assert!(log.contains("logged in at the IM web service"), "it logs");
    let id = caller.id();
    for secret in [
        PASSWORD,
        IM_PASSWORD,
        &id,
        &id.to_lowercase(),
        "between you and me",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
