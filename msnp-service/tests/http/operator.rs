//! The operator's address, and what is told at the end.

use std::net::SocketAddr;

use msnp_service::{Database, OperatorPass};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::file::File;
use super::raw::{read, send};
use super::seed::{Signed, message};
use super::{service, soon};

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn ask(to: SocketAddr, path: &str) -> (u16, String) {
    let answer = send(to, &format!("GET {path} HTTP/1.1\nHost: h"), b"").await;
    (answer.status(), answer.text().to_owned())
}

fn figure(text: &str, name: &str) -> f64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let line = line.unwrap_or_else(|| panic!("no {name}: {text}"));
    line.parse().expect("a number")
}

#[tokio::test]
async fn figures_are_told_at_an_address_of_their_own_and_are_nobodys() {
    let service = service(|config| config.operator = Some(anywhere())).await;
    let (to, operator) = (
        service.address(),
        service.operator_address().expect("a door"),
    );
    let (alice, _) = Signed::open(to, "alice").await;
    let (bob, _) = Signed::open(to, "bob").await;
    bob.subscribe().await;
    alice.post(&message("bob", "alice", "a secret word")).await;
    let (held, _) = bob.held_poll().await;
    let (status, text) = ask(operator, "/metrics").await;
    assert_eq!(status, 200);
    assert!(figure(&text, "msnp_people") >= 2.0);
    assert!(figure(&text, "msnp_sessions{kind=\"gateway\"}") >= 2.0);
    assert!(figure(&text, "msnp_requests_waiting") >= 1.0);
    assert!(figure(&text, "msnp_commit_seconds_count") >= 1.0);
    assert!(figure(&text, "msnp_http_replies_total{status=\"200\"}") >= 4.0);
    assert!(figure(&text, "msnp_sign_ins_total") >= 2.0);
    assert!(figure(&text, "msnp_gateway_queued_bytes") >= 0.0);
    for personal in ["alice", "bob", "secret", "127.0.0.1", "example.org"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
    assert_eq!(ask(operator, "/health/live").await.0, 200);
    assert_eq!(
        ask(operator, "/health/ready").await,
        (200, "ok\n".to_owned())
    );
    assert_eq!(ask(operator, "/").await.0, 404);
    assert_eq!(ask(to, "/metrics").await.0, 404, "not for everybody");
    drop(held);
    // Case E22.
    assert_eq!(service.stop().await, 2, "two people were signed in");
}

/// Case B2, at the operator's address.
#[tokio::test]
async fn a_tool_that_says_nothing_more_is_answered() {
    let service = service(|config| config.operator = Some(anywhere())).await;
    let operator = service.operator_address().expect("a door");
    for _ in 0..20 {
        let mut stream = TcpStream::connect(operator).await.expect("it listens");
        let asked = b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
        stream.write_all(asked).await.expect("it is read");
        stream.shutdown().await.expect("it is open");
        let mut told = String::new();
        let read = soon("an answer", stream.read_to_string(&mut told)).await;
        assert!(read.is_ok() && told.ends_with("\r\n\r\nok\n"), "{told}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_store_that_refuses_makes_the_service_live_but_not_ready() {
    let file = File::new("not-ready");
    let service = service(|config| {
        config.operator = Some(anywhere());
        config.database = Database::File(file.path().into());
    })
    .await;
    let operator = service.operator_address().expect("a door");
    let (alice, _) = Signed::open(service.address(), "alice").await;
    let other = rusqlite::Connection::open(file.path()).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("it is free");
    let refused = soon("a refusal", alice.post(&message("bob", "alice", "held"))).await;
    assert!(refused.text().contains("501 8 MSGR "), "{}", refused.text());
    let (status, text) = ask(operator, "/health/ready").await;
    assert_eq!(
        (status, text.as_str()),
        (503, "degraded: the store keeps nothing\n")
    );
    assert_eq!(ask(operator, "/health/live").await.0, 200);
    let figures = ask(operator, "/metrics").await.1;
    assert!(figure(&figures, "msnp_commits_failed_total") >= 1.0);
    assert!(figure(&figures, "msnp_ready") < 1.0);
    other.execute_batch("ROLLBACK").expect("it is held");
    service.stop().await;
}

/// What is announced by whoever shows this; the status and the line that is answered.
async fn announce(to: SocketAddr, authorization: &str, from: &str, words: &[u8]) -> (u16, String) {
    let head =
        format!("POST /broadcast HTTP/1.1\nHost: h\nAuthorization: {authorization}\nFrom: {from}");
    let answer = send(to, &head, words).await;
    (answer.status(), answer.text().to_owned())
}

#[tokio::test]
async fn whoever_has_the_pass_beside_the_database_has_something_said_to_everybody() {
    let file = File::new("announced");
    let service = service(|config| {
        config.operator = Some(anywhere());
        config.database = Database::File(file.path().into());
    })
    .await;
    let pass = OperatorPass::read(file.path()).expect("it was left");
    let operator = service.operator_address().expect("a door");
    assert_eq!(pass.address(), operator);
    let (alice, _) = Signed::open(service.address(), "alice").await;
    alice.subscribe().await;
    let (mut held, _) = alice.held_poll().await;
    let from = "bob@example.org";
    let authorization = pass.authorization();
    let authorization = authorization.expose();
    let wrong = format!("{authorization}x");
    let other = authorization.replace("Bearer ", "Bearer 0");
    for word in ["", "Bearer ", "Bearer x", &wrong, &other] {
        let (status, _) = announce(operator, word, from, b"hello").await;
        assert_eq!(status, 401, "{word}");
    }
    let long = [b'x'; 1_001];
    let longer = [b'x'; 10_000];
    for (from, words, status, why) in [
        ("nobody@example.org", &b"hello"[..], 400, "no account"),
        ("nobody", b"hello", 400, "in whose name"),
        (from, b"", 400, "no words"),
        (from, b"a\r\nb", 400, "control character"),
        (from, b"\xff", 400, "UTF-8"),
        (from, &long, 400, "longer than 1000 bytes"),
        (from, &longer, 400, "too long"),
    ] {
        let (answered, told) = announce(operator, authorization, from, words).await;
        assert!(
            answered == status && told.contains(why),
            "{answered} {told}"
        );
    }
    let (status, told) = announce(operator, authorization, from, "bis später".as_bytes()).await;
    assert_eq!((status, told.as_str()), (200, "said to 1 person\n"));
    let heard = soon("the words", read(&mut held)).await;
    assert!(
        heard.text().contains("From: 8:live:bob"),
        "{}",
        heard.text()
    );
    assert!(
        heard.text().ends_with("\r\n\r\nbis später"),
        "{}",
        heard.text()
    );
    let figures = ask(operator, "/metrics").await.1;
    assert!((figure(&figures, "msnp_announcements_total") - 1.0).abs() < 0.5);
    assert!(!figures.contains("später"));
    // At the address that everybody knows there is no such thing.
    let (status, _) = announce(service.address(), authorization, from, b"hello").await;
    assert_eq!(status, 404);
    service.stop().await;
}

#[tokio::test]
async fn a_service_without_a_file_has_nothing_announced_by_its_address_but_by_its_owner() {
    let service = service(|config| config.operator = Some(anywhere())).await;
    let operator = service.operator_address().expect("a door");
    let (alice, _) = Signed::open(service.address(), "alice").await;
    alice.subscribe().await;
    let (status, _) = announce(operator, "Bearer ", "bob@example.org", b"hello").await;
    assert_eq!(status, 401);
    let told = service.announce("bob@example.org", "hello").await;
    assert_eq!(told.expect("it was said"), 1);
    let (_held, heard) = alice.held_poll().await;
    assert!(heard.ends_with("\r\n\r\nhello"), "{heard}");
    service.stop().await;
}
