//! What counts as received by a client that never says so, and whether whoever asked is answered, over real HTTP.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::raw::{Response, is_closed, read, read_next, send, try_send, write};
use super::seed::{FIRST, OPEN, Signed, message};
use super::sign_in::cookies;
use super::{service, soon};

/// Bob is given one message in the reply to a held poll; what becomes of that connection is `fate`'s. What he is given
/// at his next sign-in.
async fn given_again(fate: impl AsyncFnOnce(&Signed, TcpStream)) -> bool {
    let service = service(|_| {}).await;
    let to = service.address();
    let (bob, _) = Signed::open(to, "bob").await;
    bob.subscribe().await;
    let (mut held, _) = bob.held_poll().await;
    alice_says_it(to).await;
    let given = soon("the message", read(&mut held)).await;
    assert!(
        given.text().contains("once upon a time"),
        "{}",
        given.text()
    );
    fate(&bob, held).await;
    let again = is_given(to, bob).await;
    service.stop().await;
    again
}

async fn alice_says_it(to: std::net::SocketAddr) {
    let (alice, _) = Signed::open(to, "alice").await;
    let sent = alice
        .post(&message("bob", "alice", "once upon a time"))
        .await;
    assert!(sent.text().contains("SDG 8 MSGR 2"), "{}", sent.text());
}

/// Whether bob is given it by his next sign-in.
async fn is_given(to: std::net::SocketAddr, bob: Signed) -> bool {
    let out = bob.post("OUT 9 CON 2\r\n\r\n").await;
    assert_eq!(out.status(), 200);
    let (bob, _) = Signed::open(to, "bob").await;
    let mut told = bob.subscribe().await.text().to_owned();
    let (_held, waited) = bob.held_poll().await;
    told.push_str(&waited);
    told.contains("once upon a time")
}

/// Case A3: the same text at every sign-in, while the sender reads "delivered".
#[tokio::test]
async fn what_a_reply_carried_is_received_when_the_next_poll_comes_by_its_connection() {
    let again = given_again(async |bob, mut held| {
        write(&mut held, &bob.head("&Action=poll&Lifespan=0"), b"").await;
        read(&mut held).await;
    })
    .await;
    assert!(!again);
}

#[tokio::test]
async fn what_a_reply_carried_is_received_when_its_connection_ends_in_order() {
    // It is seen a moment after it has ended; who signs in before that is given the message again.
    let seen = async { while given_again(async |_, held| drop(held)).await {} };
    soon("the end is seen", seen).await;
}

/// The answer to a poll that asks for the end of its connection, as all of HTTP/1.0 does.
async fn closing_poll(to: std::net::SocketAddr, bob: &Signed, lifespan: u32) -> String {
    let poll = bob.head(&format!("&Action=poll&Lifespan={lifespan}"));
    let poll = poll.replace("HTTP/1.1", "HTTP/1.0");
    let mut stream = TcpStream::connect(to).await.expect("it listens");
    write(&mut stream, &poll, b"").await;
    let given = soon("an answer", read(&mut stream)).await;
    assert!(is_closed(&mut stream).await);
    given.text().to_owned()
}

/// What was said to bob is in the answer to one of these polls.
async fn closing_polls_until(to: std::net::SocketAddr, bob: &Signed, text: &str) -> String {
    let polls = async {
        loop {
            let given = closing_poll(to, bob, 60).await;
            if given.contains(text) {
                return given;
            }
        }
    };
    soon(text, polls).await
}

/// A proxy that asks for the end with each request takes the reply whatever its client does. A client that acknowledges, and
/// had nothing to acknowledge before, lost what such a proxy lost; and while the answer to that was to give it again, one that
/// never acknowledges was given the same at every poll.
#[tokio::test]
async fn who_never_acknowledges_by_closing_connections_is_given_the_first_message_twice_and_no_other()
 {
    let service = service(|_| {}).await;
    let to = service.address();
    let (bob, _) = Signed::open(to, "bob").await;
    bob.subscribe().await;
    alice_says_it(to).await;
    closing_polls_until(to, &bob, "once upon a time").await;
    closing_polls_until(to, &bob, "once upon a time").await;
    let (alice, _) = Signed::open(to, "alice").await;
    alice
        .post(&message("bob", "alice", "there was a king"))
        .await;
    let told = closing_polls_until(to, &bob, "there was a king").await;
    assert!(!told.contains("once upon a time"), "{told}");
    // Longer than it takes until something is given again.
    let rest = closing_poll(to, &bob, 5).await;
    assert!(!rest.contains("SDG 0"), "{rest}");
    assert!(!is_given(to, bob).await);
    service.stop().await;
}

#[tokio::test]
async fn who_acknowledges_loses_nothing_behind_a_proxy_that_loses_a_reply_and_asks_for_each_end() {
    let service = service(|_| {}).await;
    let to = service.address();
    let (bob, _) = Signed::open(to, "bob").await;
    bob.subscribe().await;
    let (alice, _) = Signed::open(to, "alice").await;
    for text in ["once upon a time", "there was a king"] {
        alice.post(&message("bob", "alice", text)).await;
        // This one never reaches bob.
        closing_polls_until(to, &bob, text).await;
        let given = closing_polls_until(to, &bob, text).await;
        let (_, id) = given.split_once("Ack-Id: ").expect("an id");
        let (id, _) = id.split_once('\r').expect("a line");
        let header = format!("Ack-Id: {id}\r\n\r\n");
        bob.post(&format!("ACK 7 MSGR {}\r\n{header}", header.len()))
            .await;
    }
    let rest = closing_poll(to, &bob, 5).await;
    assert!(!rest.contains("SDG 0"), "{rest}");
    assert!(!is_given(to, bob).await);
    service.stop().await;
}

#[tokio::test]
async fn what_was_taken_once_and_never_acknowledged_is_given_again_at_the_next_sign_in() {
    let service = service(|_| {}).await;
    let to = service.address();
    let (bob, _) = Signed::open(to, "bob").await;
    bob.subscribe().await;
    alice_says_it(to).await;
    closing_polls_until(to, &bob, "once upon a time").await;
    assert!(is_given(to, bob).await);
    service.stop().await;
}

/// Case D20: it was not offered again within that session.
#[tokio::test]
async fn what_a_connection_carried_that_was_reset_comes_again_within_the_session() {
    given_again(async |bob, held| {
        let socket = socket2::SockRef::from(&held);
        let linger = socket.set_linger(Some(std::time::Duration::ZERO));
        linger.expect("a socket");
        drop(held);
        let mut told = String::new();
        while !told.contains("once upon a time") {
            let mut poll = bob.poll("1").await;
            told.push_str(soon("the message again", read(&mut poll)).await.text());
        }
    })
    .await;
}

#[tokio::test]
async fn a_post_by_its_connection_and_a_poll_by_another_show_nothing() {
    let mut open = None;
    let again = given_again(async |bob, mut held| {
        write(&mut held, &bob.head(""), b"PNG 7 CON 2\r\n\r\n").await;
        read(&mut held).await;
        let mut poll = bob.poll("0").await;
        read(&mut poll).await;
        // It stays open until all is over.
        open = Some(held);
    })
    .await;
    assert!(again);
    drop(open);
}

/// Asks, shuts the writing side at once, and reads.
async fn half_closed(to: std::net::SocketAddr, head: &str, body: &[u8]) -> Response {
    let mut stream = TcpStream::connect(to).await.expect("it listens");
    write(&mut stream, head, body).await;
    stream.shutdown().await.expect("it is open");
    let response = soon("an answer", read(&mut stream)).await;
    assert!(is_closed(&mut stream).await);
    response
}

/// Case B2: no reply at all, though the request may have been carried out.
#[tokio::test]
async fn who_shuts_the_writing_side_behind_a_request_is_answered() {
    let service = service(|_| {}).await;
    let to = service.address();
    for _ in 0..4 {
        let cookies = cookies(to, "alice").await;
        let head =
            format!("POST {OPEN} HTTP/1.1\nHost: {to}\nX-MSN-Auth: Use-Cookie\nCookie: {cookies}");
        let opened = half_closed(to, &head, FIRST.as_bytes()).await;
        assert!(opened.text().contains("BND 3 CON"), "{}", opened.text());
        let body = "login=alice%40example.org";
        let form = format!(
            "POST /ppsecure/post.srf HTTP/1.1\nHost: {to}\nContent-Type: application/x-www-form-urlencoded"
        );
        assert_eq!(half_closed(to, &form, body.as_bytes()).await.status(), 200);
    }
    let (alice, _) = Signed::open(to, "alice").await;
    let poll = alice.head("&Action=poll&Lifespan=100");
    assert_eq!(half_closed(to, &poll, b"").await.status(), 200);
    // A client that is gone altogether loses nothing by it.
    alice.subscribe().await;
    let (held, _) = alice.held_poll().await;
    drop(held);
    let (bob, _) = Signed::open(to, "bob").await;
    bob.post(&message("alice", "bob", "are you there")).await;
    let (_held, waited) = alice.held_poll().await;
    assert!(waited.contains("are you there"), "{waited}");
    service.stop().await;
}

/// The machine was told so before it had the second request, and held it for its whole time.
#[tokio::test]
async fn a_second_poll_of_who_has_shut_the_writing_side_is_not_held_either() {
    let service = service(|_| {}).await;
    let to = service.address();
    let (alice, _) = Signed::open(to, "alice").await;
    let poll = alice.head("&Action=poll&Lifespan=100");
    let mut stream = TcpStream::connect(to).await.expect("it listens");
    write(&mut stream, &poll, b"").await;
    write(&mut stream, &poll, b"").await;
    stream.shutdown().await.expect("it is open");
    let mut surplus = Vec::new();
    for which in ["the first", "the second"] {
        let answer = soon(which, read_next(&mut stream, &mut surplus)).await;
        assert_eq!(answer.status(), 200, "{which}");
    }
    service.stop().await;
}

/// Case B12: 200 for a request of HTTP/1.1 without a host, or with two.
#[tokio::test]
async fn a_request_names_one_host() {
    let service = service(|_| {}).await;
    let to = service.address();
    for (head, status) in [
        ("GET /health HTTP/1.1", 400),
        ("GET /health HTTP/1.1\nHost: a\nHost: b", 400),
        ("GET /health HTTP/1.1\nHost: a", 200),
        ("GET /health HTTP/1.0", 200),
    ] {
        let answer = soon(head, send(to, head, b"")).await;
        assert_eq!(answer.status(), status, "{head}");
    }
    service.stop().await;
}

/// Cases B13 and D22.
#[tokio::test]
async fn the_gateway_is_found_in_any_case_and_its_replies_are_nobodys_to_keep() {
    let service = service(|_| {}).await;
    let to = service.address();
    let head = format!("POST /GATEWAY/GATEWAY.DLL?Action=open HTTP/1.1\nHost: {to}");
    let opened = send(to, &head, b"").await;
    assert_eq!(opened.status(), 200);
    assert_eq!(opened.header("Cache-Control"), Some("no-store"));
    let refused = send(to, &head.replace("Action=open", "SessionID=1.2"), b"").await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.header("Cache-Control"), Some("no-store"));
    service.stop().await;
    assert!(try_send(to, &head, b"").await.is_err());
}
