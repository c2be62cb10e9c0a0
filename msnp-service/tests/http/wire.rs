//! HTTP itself: odd, slow, old and hostile clients.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::raw::{Response, is_closed, read, read_next, send};
use super::seed::{FIRST, OPEN, Signed};
use super::sign_in::{between, cookies};
use super::{service, soon};

/// Sends these bytes and reads one response.
async fn ask(to: SocketAddr, bytes: &[u8]) -> (Response, TcpStream) {
    let mut stream = TcpStream::connect(to).await.expect("the service listens");
    stream.write_all(bytes).await.expect("the service reads");
    (read(&mut stream).await, stream)
}

/// The head of an open, up to the lines that say how long the body is.
async fn open_head(to: SocketAddr, version: &str) -> String {
    let cookies = cookies(to, "alice").await;
    format!(
        "POST {OPEN} HTTP/{version}\r\nHost: {to}\r\nX-MSN-Auth: Use-Cookie\r\nCookie: {cookies}\r\n"
    )
}

#[track_caller]
fn check_opened(answer: &Response) {
    assert_eq!(answer.status(), 200);
    assert!(!answer.session().is_empty());
    assert!(answer.text().starts_with("CNT 1 CON "), "{}", answer.text());
    assert!(answer.text().contains("BND 3 CON "), "{}", answer.text());
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte() {
    let service = service(|_| {}).await;
    let to = service.address();
    let head = open_head(to, "1.1").await;
    let request = format!("{head}Content-Length: {}\r\n\r\n{FIRST}", FIRST.len());
    let mut stream = TcpStream::connect(to).await.expect("the service listens");
    stream.set_nodelay(true).expect("a socket option");
    for byte in request.as_bytes() {
        stream.write_all(&[*byte]).await.expect("the service reads");
        tokio::task::yield_now().await;
    }
    check_opened(&read(&mut stream).await);
    service.stop().await;
}

#[tokio::test]
async fn a_body_may_come_in_chunks() {
    let service = service(|config| config.limits.request_bytes = 1000).await;
    let to = service.address();
    let head = open_head(to, "1.1").await;
    let mut request = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    for piece in FIRST.as_bytes().chunks(100) {
        let piece = std::str::from_utf8(piece).expect("ASCII");
        write!(request, "{:x}\r\n{piece}\r\n", piece.len()).expect("memory");
    }
    request.push_str("0\r\n\r\n");
    check_opened(&ask(to, request.as_bytes()).await.0);
    // The limit holds for them too.
    let mut request = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    for _ in 0..11 {
        write!(request, "64\r\n{}\r\n", "x".repeat(100)).expect("memory");
    }
    request.push_str("0\r\n\r\n");
    assert_eq!(ask(to, request.as_bytes()).await.0.status(), 413);
    service.stop().await;
}

/// Case D5's kin: 30 s went by before a body of 99 MB that never came was refused.
#[tokio::test]
async fn a_body_that_says_in_front_that_it_is_too_long_is_not_waited_for() {
    // It would be waited for until this test is given up.
    let service = service(|config| config.timings.request = Duration::from_secs(3600)).await;
    let to = service.address();
    for path in [
        OPEN,
        "/gateway/gateway.dll?SessionID=1.2",
        "/ppsecure/post.srf",
        "/v1/user/Initialization",
        "/imsoap/BSIMService.asmx",
        "/RST2.srf",
        "/abservice/abservice.asmx",
        "/nothing/of/ours",
    ] {
        for expects in ["", "Expect: 100-continue\r\n"] {
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: h\r\n{expects}Content-Length: 99999999\r\n\r\nsome"
            );
            let (answer, mut stream) = soon(path, ask(to, head.as_bytes())).await;
            assert_eq!(answer.status(), 413, "{path}");
            assert_eq!(answer.header("Connection"), Some("close"), "{path}");
            assert!(is_closed(&mut stream).await, "{path}");
        }
    }
    service.stop().await;
}

/// Closed with something unread, the system would take the reply away again.
#[tokio::test]
async fn who_sends_all_of_a_body_that_is_too_long_can_read_that_it_is() {
    let service = service(|config| config.timings.request = Duration::from_secs(3600)).await;
    let to = service.address();
    for bytes in [300_000, 900_000] {
        let mut request =
            format!("POST {OPEN} HTTP/1.1\r\nHost: h\r\nContent-Length: {bytes}\r\n\r\n")
                .into_bytes();
        request.resize(request.len() + bytes, b'x');
        let (answer, mut stream) = soon("an answer", ask(to, &request)).await;
        assert_eq!(answer.status(), 413);
        let end = stream.read(&mut [0]).await;
        assert_eq!(end.expect("an end in order"), 0);
    }
    service.stop().await;
}

#[tokio::test]
async fn who_expects_it_is_told_to_continue() {
    let service = service(|_| {}).await;
    let to = service.address();
    let head = open_head(to, "1.1").await;
    let head = format!(
        "{head}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        FIRST.len()
    );
    let (go_on, mut stream) = ask(to, head.as_bytes()).await;
    assert_eq!(go_on.status(), 100);
    let body = stream.write_all(FIRST.as_bytes()).await;
    body.expect("the service reads");
    check_opened(&read(&mut stream).await);
    service.stop().await;
}

#[tokio::test]
async fn http_1_0_is_spoken() {
    let service = service(|_| {}).await;
    let to = service.address();
    let head = open_head(to, "1.0").await;
    let request = format!("{head}Content-Length: {}\r\n\r\n{FIRST}", FIRST.len());
    let (answer, mut stream) = ask(to, request.as_bytes()).await;
    check_opened(&answer);
    assert!(is_closed(&mut stream).await, "it did not ask to go on");
    // Without a Host, and going on.
    let request = "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    let (answer, mut stream) = ask(to, request.as_bytes()).await;
    assert_eq!(answer.status(), 200);
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it goes on");
    assert_eq!(read(&mut stream).await.status(), 200);
    service.stop().await;
}

#[tokio::test]
async fn requests_behind_each_other_are_answered_in_order() {
    let service = service(|_| {}).await;
    let to = service.address();
    let (alice, _) = Signed::open(to, "alice").await;
    let mut requests = String::new();
    for trid in 10..20 {
        let body = format!("PNG {trid} CON 2\r\n\r\n");
        let head = alice.head("");
        let lines = head.lines().map(str::trim).chain([""]);
        requests.push_str(&lines.collect::<Vec<_>>().join("\r\n"));
        let length = body.len();
        write!(requests, "Content-Length: {length}\r\n\r\n{body}").expect("memory");
    }
    let mut stream = TcpStream::connect(to).await.expect("the service listens");
    let sent = stream.write_all(requests.as_bytes()).await;
    sent.expect("the service reads");
    let mut rest = Vec::new();
    for trid in 10..20 {
        let answer = read_next(&mut stream, &mut rest).await;
        let pong = format!("PNG {trid} CON ");
        assert!(answer.text().contains(&pong), "{}", answer.text());
    }
    service.stop().await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let service = service(|_| {}).await;
    let to = service.address();
    let two_lengths =
        "POST /v2/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
    let long = format!(
        "GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n",
        "x".repeat(1_000_000)
    );
    for (bytes, status) in [
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".as_slice(),
            400,
        ),
        (b"VER 1 MSNP8 CVR0\r\n\r\n", 400),
        (two_lengths.as_bytes(), 400),
        (b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
        (long.as_bytes(), 431),
    ] {
        let mut stream = TcpStream::connect(to).await.expect("the service listens");
        // It may close the connection before it has read all.
        let _ = stream.write_all(bytes).await;
        assert_eq!(read(&mut stream).await.status(), status);
        assert!(is_closed(&mut stream).await);
    }
    let answer = send(to, "GET /health HTTP/1.1\nHost: h", b"").await;
    assert_eq!(answer.status(), 200);
    service.stop().await;
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let service = service(|config| config.timings.request = Duration::from_secs(1)).await;
    let to = service.address();
    let started = Instant::now();
    let head = format!("POST {OPEN} HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nCNT");
    // All of it is there before the service, on this same thread, can begin to count.
    let mut stream = std::net::TcpStream::connect(to).expect("the service listens");
    let sent = std::io::Write::write_all(&mut stream, head.as_bytes());
    sent.expect("the service reads");
    let prepared = stream.set_nonblocking(true);
    prepared.expect("a socket option");
    let mut stream = TcpStream::from_std(stream).expect("a runtime");
    assert_eq!(read(&mut stream).await.status(), 408);
    let mut stream = TcpStream::connect(to).await.expect("the service listens");
    let sent = stream.write_all(b"GET / HTT").await;
    sent.expect("the service reads");
    assert!(is_closed(&mut stream).await);
    // By default each of the two takes as long.
    assert!(started.elapsed() < Duration::from_secs(30));
    service.stop().await;
}

/// Else its connection, and the session whose reply it does not read, would stay for ever.
#[tokio::test]
async fn a_client_that_never_reads_is_left() {
    let service = service(|config| config.timings.reply = Duration::from_secs(1)).await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a socket option");
    let mut stream = socket
        .connect(service.address())
        .await
        .expect("the service listens");
    let requests = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(100);
    let flood = async {
        loop {
            if let Err(error) = stream.write_all(requests.as_bytes()).await {
                return error.kind();
            }
        }
    };
    // By default it takes longer.
    let ended = tokio::time::timeout(Duration::from_secs(50), flood).await;
    let ended = ended.expect("the connection is closed in time");
    assert!(
        matches!(ended, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
        "{ended:?}"
    );
    service.stop().await;
}

#[tokio::test]
async fn nothing_that_a_client_sends_becomes_a_header_or_markup() {
    let service = service(|_| {}).await;
    let to = service.address();
    let evil = "%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a%3Cscript%3E%22'";
    // A token that the client made itself, in the field and the cookie.
    let head = format!(
        "POST /ppsecure/post.srf?redirect_uri={evil} HTTP/1.1\nHost: h\nCookie: MSPOK=\"><script>'{{post}}"
    );
    let form = format!("PPFT=%22%3E%3Cscript%3E'{{post}}&login={evil}&passwd={evil}");
    let answer = send(to, &head, form.as_bytes()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("Set-Cookie"), None);
    let token = between(answer.text(), "name=\"PPFT\" value=\"", "\"");
    assert!(
        token.starts_with("&quot;&gt;&lt;script&gt;&#39;"),
        "{token}"
    );
    assert_eq!(
        answer.text().matches("<script").count(),
        1,
        "the page's own"
    );
    // Names and addresses that the gateway repeats.
    let target = format!("/gateway/gateway.dll?SessionID=1.2{evil}&Action=poll");
    for head in [
        format!("GET {target} HTTP/1.1\nHost: h"),
        format!(
            "POST {OPEN}{evil} HTTP/1.1\nHost: h\nX-Requested-Session-Content-Type: a/b{evil}\nOrigin: {evil}"
        ),
    ] {
        let answer = send(to, &head, b"").await;
        assert_eq!(answer.header("Set-Cookie"), None, "{}", answer.head);
        assert_eq!(answer.header("set-cookie"), None, "{}", answer.head);
    }
    let answer = send(to, "POST /v2/a HTTP/1.1\nHost: h\"}", b"").await;
    assert!(!answer.text().contains("h\"}"), "{}", answer.text());
    service.stop().await;
}
