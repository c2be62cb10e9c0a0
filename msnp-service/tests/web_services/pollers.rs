//! Clients that come to the gateway again and again, request for request as they were seen (real-clients.md 1): libpurple by its HTTP method,
//! and `MSNPSharp`.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::raw::{self, Response};
use crate::sign_in::proof;
use crate::{between, service};

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const PLACE: &str = "{1be99e6d-1c6e-4bea-8b3e-9c464006a774}";

fn frame(line: &str, payload: &str) -> String {
    format!("{line} {}\r\n{payload}", payload.len())
}

/// A session of libpurple: all of it by one connection, one request at a time.
struct Purple {
    stream: TcpStream,
    /// What it calls the gateway: by its name at first, then by what `GW-IP` says.
    host: String,
    session: String,
}

impl Purple {
    async fn open(to: SocketAddr, server: &str, first: &str, expected: &str) -> (Self, String) {
        let stream = TcpStream::connect(to).await.expect("the service listens");
        let mut purple = Self {
            stream,
            host: to.to_string(),
            session: String::new(),
        };
        let query = format!("Action=open&Server={server}&IP=messenger.hotmail.com");
        let said = purple.ask(&query, first).await;
        let said = purple.until(said, expected).await;
        (purple, said)
    }

    /// One request, whose answer has to be as libpurple reads it: this very status line, and the bytes that it counts.
    async fn ask(&mut self, query: &str, body: &str) -> String {
        let host = &self.host;
        let head = format!(
            "POST http://{host}/gateway/gateway.dll?{query} HTTP/1.1\nAccept: */*\nAccept-Language: en-us\nUser-Agent: MSMSGS\n\
             Host: {host}\nProxy-Connection: Keep-Alive\nConnection: Keep-Alive\nPragma: no-cache\n\
             Content-Type: application/x-msn-messenger"
        );
        raw::write(&mut self.stream, &head, body.as_bytes()).await;
        let reply = raw::read(&mut self.stream).await;
        assert!(reply.head.starts_with("HTTP/1.1 200 OK\r\n"), "{reply:?}");
        assert_eq!(reply.headers("Content-Length").len(), 1, "{reply:?}");
        let place = reply.header("X-MSN-Messenger").expect("it is there");
        let place = place.strip_prefix("SessionID=");
        let (session, host) = place
            .and_then(|it| it.split_once("; GW-IP="))
            .expect("an id and an address");
        assert!(session.contains('.'), "{session}");
        (self.session, self.host) = (session.to_owned(), host.to_owned());
        reply.text().to_owned()
    }

    /// Polls until this has come. Each is answered at once, since none has a `Lifespan`.
    async fn until(&mut self, mut heard: String, expected: &str) -> String {
        let polls = async {
            while !heard.contains(expected) {
                let query = format!("Action=poll&SessionID={}", self.session);
                heard.push_str(&self.ask(&query, "").await);
            }
        };
        let done = timeout(PATIENCE, polls).await;
        assert!(done.is_ok(), "no {expected}: {heard}");
        heard
    }

    async fn hears(&mut self, expected: &str) -> String {
        self.until(String::new(), expected).await
    }

    /// Posts one command, and polls until this has come.
    async fn says(&mut self, command: &str, expected: &str) -> String {
        let query = format!("SessionID={}", self.session);
        let heard = self.ask(&query, command).await;
        self.until(heard, expected).await
    }

    /// What it says at a sign-in, some of it twice.
    async fn sign_in(to: SocketAddr, name: &str) -> Self {
        let account = format!("{name}@example.org");
        let (mut purple, _) =
            Self::open(to, "NS", "VER 1 MSNP18 CVR0\r\n", "VER 1 MSNP18\r\n").await;
        let client = format!("CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 8.5.1302 BC01 {account}\r\n");
        purple.says(&client, "CVR 2 8.5.1302 ").await;
        let said = format!("USR 3 SSO I {account}\r\n");
        let asked = purple.says(&said, "USR 3 SSO S MBI_KEY_OLD ").await;
        let nonce = between(&asked, "MBI_KEY_OLD ", "\r\n");
        let proof = proof(to, name, nonce).await;
        let said = format!("USR 4 SSO S {proof} {PLACE}\r\n");
        purple
            .says(&said, &format!("USR 4 OK {account} 1 0\r\n"))
            .await;
        purple.says("USR 5 SHA A x\r\n", "USR 5 OK ").await;
        let list = "<ml l='1'><d n='example.org'><c n='dave' l='3' t='1'/></d></ml>";
        let endpoint = "<EndpointData><Capabilities>262180:00</Capabilities></EndpointData>";
        let private = "<PrivateEndpointData><EpName>retro-prpl</EpName><Idle>false</Idle><ClientType>1</ClientType><State>NLN</State></PrivateEndpointData>";
        let data = "<Data><PSM/><CurrentMedia/><MachineGuid>1BE99E6D-1C6E-4BEA-8B3E-9C464006A774</MachineGuid><DDP/></Data>";
        for (said, answer) in [
            ("BLP 6 AL\r\n", "BLP 6 AL\r\n"),
            (&frame("ADL 7", list), "ADL 7 OK\r\n"),
            ("PRP 8 MFN Purple\r\n", "PRP 8 MFN Purple\r\n"),
            ("BLP 9 AL\r\n", "BLP 9 AL\r\n"),
            (&frame("UUX 10", endpoint), "UUX 10 0\r\n"),
            (&frame("UUX 11", private), "UUX 11 0\r\n"),
            (&frame("UUX 12", data), "UUX 12 0\r\n"),
            ("CHG 13 NLN 2416181284:00 0\r\n", "CHG 13 NLN 2416181284:"),
            (&frame("UUX 14", private), "UUX 14 0\r\n"),
        ] {
            purple.says(said, answer).await;
        }
        purple
    }
}

#[tokio::test]
async fn libpurple_talks_by_its_http_method() {
    let service = service(|_| {}).await;
    let to = service.address();
    let mut alice = Purple::sign_in(to, "alice").await;
    let mut bob = Purple::sign_in(to, "bob").await;
    let referral = alice.says("XFR 15 SB\r\n", "XFR 15 SB ").await;
    let token = between(&referral, " CKI ", " ");
    let enter = format!("USR 1 alice@example.org;{PLACE} {token}\r\n");
    let (mut here, _) = Purple::open(to, "SB", &enter, "USR 1 OK ").await;
    here.says("CAL 2 bob@example.org\r\n", "CAL 2 RINGING ")
        .await;
    let ring = bob.hears("RNG ").await;
    let ring = between(&ring, "RNG ", "\r\n");
    let words: Vec<&str> = ring.split(' ').collect();
    let answer = format!(
        "ANS 1 bob@example.org;{PLACE} {} {}\r\n",
        words[3], words[0]
    );
    let (mut there, _) = Purple::open(to, "SB", &answer, "ANS 1 OK\r\n").await;
    here.hears("JOI bob@example.org").await;
    let text = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nUser-Agent: retro-prpl/2.14\r\n\
        X-MMS-IM-Format: FN=Segoe%20UI; EF=; CO=0; PF=0; RL=0\r\n\r\nh\u{e9} bob";
    here.says(&frame("MSG 3 A", text), "ACK 3\r\n").await;
    there.hears("h\u{e9} bob").await;
    // To somebody who is away it writes without saying for what it is, and hears nothing of it.
    let query = format!("SessionID={}", alice.session);
    let later = frame("UUM 16 carol@example.org 1 1", text);
    assert_eq!(alice.ask(&query, &later).await, "");
    alice.says("PNG\r\n", "QNG ").await;
    service.stop().await;
}

/// One request of `MSNPSharp`, whose library waits before each body until it is told to go on.
pub(crate) async fn expecting(to: SocketAddr, query: &str, body: &str) -> Response {
    let mut stream = TcpStream::connect(to).await.expect("the service listens");
    let head = format!(
        "POST /gateway/gateway.dll?{query} HTTP/1.1\r\nContent-Type: text/html; charset=UTF-8\r\nHost: {to}\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let sent = stream.write_all(head.as_bytes()).await;
    sent.expect("the service reads");
    assert_eq!(raw::read(&mut stream).await.status(), 100);
    let sent = stream.write_all(body.as_bytes()).await;
    sent.expect("the service reads");
    raw::read(&mut stream).await
}

/// A poll: without a body it waits for nothing.
pub(crate) async fn poll(to: SocketAddr, session: &str, lifespan: &str) -> Response {
    let head = format!(
        "POST /gateway/gateway.dll?Action=poll{lifespan}&SessionID={session} HTTP/1.1\nHost: {to}"
    );
    raw::send(to, &head, b"").await
}

#[tokio::test]
async fn msnpsharp_signs_in_by_short_polls_and_then_has_them_held_for_three_seconds() {
    let service = service(|_| {}).await;
    let to = service.address();
    let burst = "VER 1 MSNP21 CVR0\r\n\
        CVR 2 0x0409 winnt 6.1.0 i386 MSNMSGR 15.4.3502.0922 MSNMSGR alice@example.org 0\r\n\
        USR 3 SSO I alice@example.org\r\n";
    let query = format!("Action=open&Server=NS&IP={to}");
    let opened = expecting(to, &query, burst).await;
    let said = opened.text();
    assert!(said.starts_with("VER 1 MSNP21\r\nCVR 2 "), "{said}");
    let nonce = between(said, "USR 3 SSO S MBI_KEY_OLD ", "\r\n");
    let proof = proof(to, "alice", nonce).await;
    let quick = poll(to, &opened.session(), "").await;
    assert_eq!((quick.status(), quick.text()), (200, ""));
    let query = format!("SessionID={}", quick.session());
    let line = format!("USR 4 SSO S {proof} {PLACE}\r\n");
    let said = expecting(to, &query, &line).await;
    assert!(
        said.text()
            .starts_with("USR 4 OK alice@example.org 1 0\r\n"),
        "{}",
        said.text()
    );
    let began = std::time::Instant::now();
    let held = poll(to, &said.session(), "&Lifespan=3").await;
    assert_eq!((held.status(), held.text()), (200, ""));
    assert!(began.elapsed() >= Duration::from_secs(3));
    let query = format!("SessionID={}", held.session());
    let pong = expecting(to, &query, "PNG\r\n").await;
    assert_eq!(pong.text(), "QNG 45\r\n");
    service.stop().await;
}
