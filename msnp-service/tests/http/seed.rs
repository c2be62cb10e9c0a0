//! The requests of the web client as it sent them, and what the original service answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::raw::{Response, read, send, write};
use super::sign_in::cookies;
use super::{service, soon};

/// The target of the web client's open.
pub(crate) const OPEN: &str =
    "/gateway/gateway.dll?Version=1&Protocol=mtp&Action=open&Server=NS&IP=none";

/// The three commands of a web client's open, without a uic (msnp24.md 16.3).
pub(crate) const FIRST: &str = concat!(
    "CNT 1 CON 114\r\n\r\n<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer>",
    "<proc>x86</proc><lcid>en-us</lcid></agent></connect>",
    "ATH 2 CON\\USER 37\r\n\r\n<user><web-compact-ticket /></user>",
    "BND 3 CON\\MSGR 140\r\n\r\n<msgr><ver>2</ver><client><name>msgrliboutlook</name>",
    "<ver>6.4.0.0</ver></client><epid>{006213cd-00b8-7e9c-0022-df0d0013802a}</epid></msgr>",
);

/// An MSNP24 frame with an empty header block.
pub(crate) fn frame(line: &str, body: &str) -> String {
    format!("{line} {}\r\n\r\n{body}", body.len() + 2)
}

/// A client after its open.
pub(crate) struct Signed {
    to: SocketAddr,
    pub(crate) cookies: String,
    pub(crate) session: String,
}

impl Signed {
    pub(crate) async fn open(to: SocketAddr, name: &str) -> (Self, Response) {
        Self::open_with(to, name, FIRST).await
    }

    /// The same with these first commands.
    pub(crate) async fn open_with(to: SocketAddr, name: &str, first: &str) -> (Self, Response) {
        let cookies = cookies(to, name).await;
        let head =
            format!("POST {OPEN} HTTP/1.1\nHost: {to}\nX-MSN-Auth: Use-Cookie\nCookie: {cookies}");
        let answer = send(to, &head, first.as_bytes()).await;
        let session = answer.session();
        (
            Self {
                to,
                cookies,
                session,
            },
            answer,
        )
    }

    pub(crate) fn head(&self, parameters: &str) -> String {
        let Self {
            to,
            cookies,
            session,
        } = self;
        format!(
            "POST /gateway/gateway.dll?SessionID={session}{parameters} HTTP/1.1\nHost: {to}\n\
             X-MSN-Auth: Use-Cookie\nCookie: {cookies}"
        )
    }

    pub(crate) async fn post(&self, body: &str) -> Response {
        send(self.to, &self.head(""), body.as_bytes()).await
    }

    pub(crate) async fn poll(&self, lifespan: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.to)
            .await
            .expect("the service listens");
        write(
            &mut stream,
            &self.head(&format!("&Action=poll&Lifespan={lifespan}")),
            b"",
        )
        .await;
        stream
    }

    /// A poll that the service is holding, and what waited before it. A newer poll sends the older one
    /// home empty (gateway.md 9): then it is there itself.
    pub(crate) async fn held_poll(&self) -> (TcpStream, String) {
        let mut waited = String::new();
        let holding = async {
            let mut older = self.poll("60").await;
            loop {
                let newer = self.poll("60").await;
                let (mut one, mut two) = ([0], [0]);
                // Over two connections, the newer one may arrive first.
                let (mut answered, other) = tokio::select! {
                    _ = older.peek(&mut one) => (older, newer),
                    _ = newer.peek(&mut two) => (newer, older),
                };
                let answer = read(&mut answered).await;
                if answer.body.is_empty() {
                    return other;
                }
                waited.push_str(answer.text());
                older = other;
            }
        };
        let held = soon("a held poll", holding).await;
        (held, waited)
    }

    /// Subscribes to everything, as the web client's fifth command does.
    pub(crate) async fn subscribe(&self) -> Response {
        let all = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>";
        let answer = self.post(&frame("PUT 5 MSGR\\SUBSCRIPTIONS", all)).await;
        assert!(answer.text().contains("PUT 5 MSGR"), "{}", answer.text());
        answer
    }
}

/// A message with this text.
pub(crate) fn message(to: &str, from: &str, text: &str) -> String {
    let layers = format!(
        "Routing: 1.0\r\nTo: 8:live:{to}\r\nFrom: 8:live:{from};epid={{006213cd-00b8-7e9c-0022-df0d0013802a}}\r\n\r\n\
         Reliability: 1.0\r\n\r\nMessaging: 2.0\r\nClient-Message-ID: 1\r\nMessage-Type: Text\r\n\
         Content-Type: Text/plain; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    );
    frame("SDG 8 MSGR", &layers)
}

#[tokio::test]
async fn the_open_is_answered_with_three_replies_and_five_headers() {
    let service = service(|_| {}).await;
    let (_, answer) = Signed::open(service.address(), "alice").await;
    assert!(
        answer.head.starts_with("HTTP/1.1 200 OK\r\n"),
        "{}",
        answer.head
    );
    let host = service.address().to_string();
    assert_eq!(answer.header("X-MSN-Host"), Some(host.as_str()));
    let messenger = answer.header("X-MSN-Messenger").expect("the session");
    assert!(messenger.ends_with("; GW-IP=127.0.0.1"), "{messenger}");
    assert_eq!(answer.header("X-MSN-SessionTimeout"), Some("120"));
    assert_eq!(answer.header("X-MSN-SkypeId"), Some("live:alice"));
    assert_eq!(answer.header("X-MSNSERVER"), Some("127.0.0.1"));
    assert_eq!(
        answer.header("Content-Type"),
        Some("application/x-msn-messenger")
    );
    let text = answer.text();
    let [cnt, ath, bnd] =
        ["CNT 1 CON 126\r\n", "ATH 2 CON ", "BND 3 CON "].map(|line| text.find(line));
    assert!(cnt == Some(0) && ath > cnt && bnd > ath, "{text}");
    service.stop().await;
}

#[tokio::test]
async fn the_content_type_is_the_one_asked_for() {
    let service = service(|_| {}).await;
    let to = service.address();
    let cookies = cookies(to, "alice").await;
    let head = format!(
        "POST {OPEN} HTTP/1.1\nHost: {to}\nX-MSN-Auth: Use-Cookie\n\
         X-Requested-Session-Content-Type: text/html\nCookie: {cookies}"
    );
    let answer = send(to, &head, FIRST.as_bytes()).await;
    assert_eq!(answer.header("Content-Type"), Some("text/html"));
    service.stop().await;
}

#[tokio::test]
async fn absolute_targets_and_double_slashes_mean_the_same_place() {
    let service = service(|_| {}).await;
    let to = service.address();
    for target in [format!("http://gateway.example{OPEN}"), format!("/{OPEN}")] {
        let answer = send(
            to,
            &format!("POST {target} HTTP/1.1\nHost: gateway.example"),
            b"",
        )
        .await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.session().is_empty());
    }
    service.stop().await;
}

#[tokio::test]
async fn without_cookies_the_sign_in_fails_in_msnp_words() {
    let service = service(|_| {}).await;
    let head = format!("POST {OPEN} HTTP/1.1\nHost: h");
    let answer = send(service.address(), &head, FIRST.as_bytes()).await;
    assert_eq!(answer.status(), 200);
    assert!(
        answer
            .text()
            .contains("911 2 CON 23\r\n\r\nAuthentication failed"),
        "{}",
        answer.text()
    );
    service.stop().await;
}

#[tokio::test]
async fn a_held_poll_is_released_by_the_message_itself() {
    let service = service(|_| {}).await;
    let (alice, _) = Signed::open(service.address(), "alice").await;
    let (bob, _) = Signed::open(service.address(), "bob").await;
    alice.subscribe().await;
    bob.subscribe().await;
    let (mut poll, _) = bob.held_poll().await;
    let early = tokio::time::timeout(Duration::from_millis(300), read(&mut poll)).await;
    assert!(early.is_err(), "the poll was not held: {early:?}");
    let sent = Instant::now();
    let reply = alice.post(&message("bob", "alice", "grüße")).await;
    assert!(
        reply.text().starts_with("SDG 8 MSGR 2\r\n\r\n"),
        "{}",
        reply.text()
    );
    let released = read(&mut poll).await;
    // Its own lifespan is twice as long.
    assert!(sent.elapsed() < Duration::from_secs(30));
    assert!(
        released.text().starts_with("SDG 0 MSGR "),
        "{}",
        released.text()
    );
    assert!(
        released.text().ends_with("\r\n\r\ngrüße"),
        "{}",
        released.text()
    );
    service.stop().await;
}

#[tokio::test]
async fn a_message_whose_poll_was_cut_off_comes_with_the_next() {
    let service = service(|_| {}).await;
    let (alice, _) = Signed::open(service.address(), "alice").await;
    let (bob, _) = Signed::open(service.address(), "bob").await;
    bob.subscribe().await;
    drop(bob.poll("60").await);
    alice.post(&message("bob", "alice", "still there?")).await;
    let mut text = String::new();
    let polling = async {
        while !text.contains("still there?") {
            text.push_str(read(&mut bob.poll("5").await).await.text());
        }
    };
    soon("the message", polling).await;
    assert_eq!(text.matches("still there?").count(), 1);
    service.stop().await;
}

#[tokio::test]
async fn out_ends_the_session_for_good() {
    let service = service(|_| {}).await;
    let (alice, _) = Signed::open(service.address(), "alice").await;
    let answer = alice.post("OUT 9 CON 2\r\n\r\n").await;
    let messenger = answer.header("X-MSN-Messenger").expect("the header");
    assert!(messenger.ends_with("; Session=close"), "{messenger}");
    assert_eq!(alice.post("PNG 10 CON 2\r\n\r\n").await.status(), 400);
    service.stop().await;
}

#[tokio::test]
async fn stopping_answers_the_held_polls() {
    let service = service(|_| {}).await;
    let (alice, _) = Signed::open(service.address(), "alice").await;
    alice.subscribe().await;
    let (mut poll, _) = alice.held_poll().await;
    let stopping = tokio::spawn(service.stop());
    let last = read(&mut poll).await;
    assert!(last.text().starts_with("OUT 0 CON"), "{}", last.text());
    assert!(
        last.header("X-MSN-Messenger")
            .is_some_and(|value| value.contains("Session=close"))
    );
    stopping.await.expect("the stop ends");
}

#[tokio::test]
async fn health_counts_sessions() {
    let service = service(|_| {}).await;
    let (_alice, _) = Signed::open(service.address(), "alice").await;
    let answer = send(service.address(), "GET /health HTTP/1.1\nHost: h", b"").await;
    assert_eq!(
        answer.text(),
        r#"{"connections":1,"sessions":1,"status":"ok"}"#
    );
    service.stop().await;
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused() {
    let service = service(|config| config.limits.request_bytes = 1000).await;
    let head = format!("POST {OPEN} HTTP/1.1\nHost: h");
    let answer = send(service.address(), &head, &[b'x'; 1001]).await;
    assert_eq!(answer.status(), 413);
    service.stop().await;
}
