//! MSNP24 by TCP itself: the bytes of the gateway's frames without the gateway (msnp24.md 16.4).

use std::net::SocketAddr;
use std::time::Duration;

use msnp_service::{Service, ServiceConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::raw::{read, send};
use super::seed::{Signed, frame, message};
use super::sign_in::{between, cookies};
use super::{service, soon};

/// A service with a door for streams.
async fn with_streams(change: impl FnOnce(&mut ServiceConfig)) -> (Service, SocketAddr) {
    let service = service(|config| {
        config.tcp = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        change(config);
    })
    .await;
    let tcp = service.tcp_address().expect("it was asked for");
    (service, tcp)
}

/// What signs somebody in by a stream, where nothing but the frames says who it is.
async fn first(service: &Service, name: &str) -> String {
    let to = service.address();
    let cookies = cookies(to, name).await;
    let head = format!("POST /v1/user/Initialization HTTP/1.1\nHost: {to}\nCookie: {cookies}");
    let answer = send(
        to,
        &head,
        br#"{"trouterurl":"https://","connectionid":"a"}"#,
    )
    .await;
    let uic = between(answer.text(), "\"MappingContainer\":\"", "\"");
    first_with(&uic, name)
}

/// The same with this uic, as it came.
pub(crate) fn first_with(uic: &str, name: &str) -> String {
    let uic = uic
        .replace("%2B", "+")
        .replace("%2F", "/")
        .replace("%3D", "=");
    let connect = "<connect><ver>2</ver><agent><os>winnt</os><osVer>5.2</osVer>\
                   <proc>x86</proc><lcid>en-us</lcid></agent></connect>";
    let user = format!("<user><uic>{uic}</uic><id>live:{name}</id></user>");
    let bind = "<msgr><ver>2</ver><client><name>Skype</name><ver>2/4.3.0.37/172</ver></client>\
                <epid>{006213cd-00b8-7e9c-0022-df0d0013802a}</epid></msgr>";
    let all = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im />\
               <conversations /></messaging></subscribe>";
    [
        frame("CNT 1 CON", connect),
        frame("ATH 2 CON\\USER", &user),
        frame("BND 3 CON\\MSGR", bind),
        frame("PUT 4 MSGR\\SUBSCRIPTIONS", all),
    ]
    .concat()
}

/// A client that remembers what it has read.
struct Client {
    stream: TcpStream,
    told: String,
    /// What it has waited for ends here.
    heard: usize,
}

impl Client {
    async fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await.expect("it listens");
        let told = String::new();
        Self {
            stream,
            told,
            heard: 0,
        }
    }

    async fn signed_in(service: &Service, name: &str) -> Self {
        let mut client = Self::connect(service.tcp_address().expect("a door")).await;
        client.say(&first(service, name).await).await;
        client.hears("PUT 4 MSGR").await;
        client
    }

    async fn say(&mut self, text: &str) {
        let said = self.stream.write_all(text.as_bytes()).await;
        said.expect("it is read");
    }

    /// Reads until it has been told this, behind what it has waited for before.
    async fn hears(&mut self, text: &str) {
        loop {
            if let Some(at) = self.told[self.heard..].find(text) {
                self.heard += at + text.len();
                return;
            }
            let mut some = vec![0; 4096];
            let told = soon(text, self.stream.read(&mut some)).await;
            let told = told.unwrap_or_else(|error| panic!("no {text}: {error}"));
            assert!(told > 0, "ended without {text}: {}", self.told);
            self.told.push_str(&String::from_utf8_lossy(&some[..told]));
        }
    }

    /// All that it is told until the end; `None` if the stream breaks.
    async fn rest(mut self) -> Option<String> {
        let mut rest = Vec::new();
        let read = soon("the end", self.stream.read_to_end(&mut rest)).await;
        self.told.push_str(&String::from_utf8_lossy(&rest));
        read.is_ok().then_some(self.told)
    }
}

#[tokio::test]
async fn by_tcp_and_by_the_gateway_people_talk_to_each_other() {
    let (service, _) = with_streams(|_| {}).await;
    let mut bob = Client::signed_in(&service, "bob").await;
    let (alice, _) = Signed::open(service.address(), "alice").await;
    alice.subscribe().await;
    let sent = alice.post(&message("bob", "alice", "by TCP")).await;
    assert!(sent.text().contains("SDG 8 MSGR 2"), "{}", sent.text());
    bob.hears("by TCP").await;
    let (mut held, _) = alice.held_poll().await;
    bob.say(&message("alice", "bob", "by the gateway")).await;
    bob.hears("SDG 8 MSGR 2\r\n").await;
    let given = soon("the message", read(&mut held)).await;
    assert!(given.text().contains("by the gateway"), "{}", given.text());
    service.stop().await;
    let rest = bob.rest().await.expect("in order");
    assert!(rest.contains("OUT 0 CON"), "{rest}");
}

#[tokio::test]
async fn bytes_that_come_one_by_one_say_the_same() {
    let (service, tcp) = with_streams(|_| {}).await;
    let mut slow = Client::connect(tcp).await;
    slow.stream.set_nodelay(true).expect("a socket");
    for byte in first(&service, "alice").await.bytes() {
        slow.stream.write_all(&[byte]).await.expect("it is read");
    }
    for reply in [
        "CNT 1 CON 126\r\n",
        "ATH 2 CON ",
        "BND 3 CON ",
        "PUT 4 MSGR",
    ] {
        slow.hears(reply).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn who_shuts_the_writing_side_is_answered_and_then_let_go() {
    let (service, _) = with_streams(|_| {}).await;
    let mut bob = Client::signed_in(&service, "bob").await;
    let all: String = (1..=50)
        .map(|n| message("alice", "bob", &format!("text {n}")))
        .collect();
    bob.say(&all).await;
    bob.stream.shutdown().await.expect("it is open");
    let rest = bob.rest().await.expect("in order");
    assert_eq!(rest.matches("SDG 8 MSGR 2\r\n").count(), 50, "{rest}");
    service.stop().await;
}

/// Bob is given one message by a stream; what becomes of that is `fate`'s. What he is given at his next sign-in.
async fn given_again(fate: impl AsyncFnOnce(Client)) -> bool {
    let (service, _) = with_streams(|_| {}).await;
    let mut bob = Client::signed_in(&service, "bob").await;
    let (alice, _) = Signed::open(service.address(), "alice").await;
    alice
        .post(&message("bob", "alice", "once upon a time"))
        .await;
    bob.hears("once upon a time").await;
    fate(bob).await;
    let mut bob = Client::signed_in(&service, "bob").await;
    // What has waited comes before what is said later.
    alice.post(&message("bob", "alice", "the end")).await;
    bob.hears("the end").await;
    service.stop().await;
    bob.told.contains("once upon a time")
}

#[tokio::test]
async fn what_a_stream_carried_is_received_when_a_later_command_comes_by_it() {
    let again = given_again(async |mut bob| {
        bob.say("PNG 7 CON 2\r\n\r\n").await;
        bob.hears("PNG 7 CON").await;
        drop(bob);
    })
    .await;
    assert!(!again);
}

#[tokio::test]
async fn what_a_stream_carried_is_received_when_it_ends_in_order() {
    // It is seen a moment after it has ended; who signs in before that is given the message again.
    let seen =
        async { while given_again(async |bob| drop(bob.rest_after_shutdown().await)).await {} };
    soon("the end is seen", seen).await;
}

impl Client {
    async fn rest_after_shutdown(mut self) -> Option<String> {
        self.stream.shutdown().await.expect("it is open");
        self.rest().await
    }
}

#[tokio::test]
async fn what_a_stream_carried_that_was_reset_is_given_again() {
    let again = given_again(async |bob| {
        let linger = socket2::SockRef::from(&bob.stream).set_linger(Some(Duration::ZERO));
        linger.expect("a socket");
        drop(bob);
    })
    .await;
    assert!(again);
}

#[tokio::test]
async fn a_peer_that_is_reset_goes_offline_for_its_friends() {
    let (service, _) = with_streams(|_| {}).await;
    let before = service_connections(service.address()).await;
    let bob = Client::signed_in(&service, "bob").await;
    assert_eq!(service_connections(service.address()).await, before + 1);
    let linger = socket2::SockRef::from(&bob.stream).set_linger(Some(Duration::ZERO));
    linger.expect("a socket");
    drop(bob);
    let gone = async { while service_connections(service.address()).await > before {} };
    soon("it is noticed", gone).await;
    service.stop().await;
}

/// Connections behind all doors.
async fn service_connections(to: SocketAddr) -> usize {
    let health = send(to, "GET /health HTTP/1.1\nHost: h", b"").await;
    let text = between(health.text(), "\"connections\":", ",");
    text.trim_end_matches('}').parse().expect("a number")
}

/// Who asks and never reads is not read on, holds what waits for it, and is over when it has taken nothing for long.
#[tokio::test]
async fn a_peer_that_does_not_read_is_over() {
    let (service, tcp) = with_streams(|config| {
        config.timings.reply = Duration::from_millis(200);
        config.faces.commands_per_second = 1_000_000;
        config.faces.command_burst = 1_000_000;
    })
    .await;
    let mut deaf = Client::connect(tcp).await;
    let pings = "PNG 7 CON 2\r\n\r\n".repeat(1000);
    let said = async {
        loop {
            if deaf.stream.write_all(pings.as_bytes()).await.is_err() {
                return;
            }
        }
    };
    soon("it is over", said).await;
    let gone = async { while service_connections(service.address()).await > 0 {} };
    soon("it is forgotten", gone).await;
    service.stop().await;
}

/// Case D6: it was read for five seconds, as fast as it could, and kept others waiting.
#[tokio::test]
async fn whoever_goes_on_behind_the_last_word_is_let_go() {
    let (service, to) = with_streams(|_| {}).await;
    let mut stream = TcpStream::connect(to).await.expect("it listens");
    let ends = "XYZ 9 CON 0\r\n".repeat(3);
    stream.write_all(ends.as_bytes()).await.expect("taken");
    // The two systems hold some of it, and no more than this.
    let (most, piece) = (64 * 1024 * 1024, vec![b'x'; 64 * 1024]);
    let mut said = 0;
    while said < most && soon("it is over", stream.write_all(&piece)).await.is_ok() {
        said += piece.len();
    }
    assert!(said < most, "{said} bytes were taken");
    service.stop().await;
}

#[tokio::test]
async fn a_burst_of_a_megabyte_is_answered_whole() {
    let (service, _) = with_streams(|config| config.network.command_burst = 1_000_000).await;
    let bob = Client::signed_in(&service, "bob").await;
    let count = 70_000;
    let mut burst = "PNG 7 CON 2\r\n\r\n".repeat(count);
    burst.push_str("OUT 8 CON 2\r\n\r\n");
    assert!(burst.len() > 1 << 20);
    let (mut read, mut write) = bob.stream.into_split();
    let writing =
        tokio::spawn(async move { write.write_all(burst.as_bytes()).await.map(|()| write) });
    let mut told = String::new();
    let all = soon("all answers", read.read_to_string(&mut told)).await;
    all.expect("in order");
    let _open = writing.await.expect("no panic").expect("it is read");
    assert_eq!(told.matches("PNG 7 CON").count(), count);
    assert!(told.contains("OUT 8 CON"));
    service.stop().await;
}

#[tokio::test]
async fn hundreds_that_say_nothing_are_let_go_and_hold_nobody_up() {
    let (service, tcp) = with_streams(|config| {
        config.faces.sign_in_within = Duration::from_secs(2);
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(Client::connect(tcp).await);
    }
    let mut one = Client::connect(tcp).await;
    one.say("PNG 7 CON 2\r\n\r\n").await;
    one.hears("PNG 7 CON").await;
    for client in idle {
        let told = client.rest().await.expect("in order");
        assert!(told.contains("OUT 0 CON"), "{told}");
    }
    service.stop().await;
}
