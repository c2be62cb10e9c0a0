//! Plain HTTP and HTTPS at once: one service by two doors.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use msnp_service::{Service, ServiceConfig, StartError, Trusted};
use rustls::pki_types::ServerName;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::raw::{read, send, write};
use super::seed::{self, OPEN, frame, message};
use super::sign_in::{between, submit};
use super::tls::{Files, Signed, browser, client_config, connect};
use super::{service, soon};

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A service with two doors, and where they are: the plain one, and that of HTTPS.
async fn two_doors(
    files: &Files,
    change: impl FnOnce(&mut ServiceConfig),
) -> (Service, SocketAddr, SocketAddr) {
    let service = service(|config| {
        config.tls = Some(files.tls());
        config.tls_listen = Some(anywhere());
        change(config);
    })
    .await;
    let (plain, https) = (service.address(), service.tls_address());
    let https = https.expect("a door");
    assert_eq!(service.url(), format!("http://{plain}"));
    assert_eq!(service.tls_url(), Some(format!("https://{https}")));
    (service, plain, https)
}

#[tokio::test]
async fn people_talk_from_door_to_door_and_each_sets_its_own_cookies() {
    let files = Files::new();
    let (service, plain, https) = two_doors(&files, |_| {}).await;
    // She by HTTP/2, and every cookie that she is given is looked at there.
    let alice = Signed::open(browser(&files.root, "h2"), https, "alice").await;
    let all = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>";
    alice
        .say("", &frame("PUT 5 MSGR\\SUBSCRIPTIONS", all))
        .await;
    let granted = submit(plain, "bob%40example.org", "secret").await;
    let set = granted.headers("Set-Cookie");
    assert_eq!((granted.status(), set.len()), (302, 3));
    for cookie in set {
        // A browser would throw away what is for HTTPS alone and came without.
        assert!(!cookie.contains("Secure"), "{cookie}");
    }
    let (bob, _) = seed::Signed::open(plain, "bob").await;
    let mut told = String::new();
    let said = message("alice", "bob", "from the other door");
    let (answer, told) = tokio::join!(bob.post(&said), async {
        while !told.contains("from the other door") {
            told.push_str(&alice.say("&Action=poll&Lifespan=60", "").await);
        }
        told
    });
    assert!(answer.text().contains("SDG 8 MSGR 2"), "{}", answer.text());
    assert!(told.contains("from the other door"));
    let ask = browser(&files.root, "h2").get(format!("https://localhost:{}/health", https.port()));
    let secure = soon("health", ask.send()).await.expect("an answer");
    assert_eq!(secure.version(), reqwest::Version::HTTP_2);
    assert!(!secure.headers().contains_key("strict-transport-security"));
    let open = send(plain, "GET /health HTTP/1.1\nHost: h", b"").await;
    assert_eq!(secure.text().await.expect("text"), open.text());
    service.stop().await;
}

/// The status of a poll that waits for nothing, by HTTPS.
async fn poll(to: &str, by: &reqwest::Client, session: &str, cookies: &str) -> u16 {
    let target = format!("{to}/gateway/gateway.dll?Action=poll&SessionID={session}");
    let mut request = by.post(target).header("X-MSN-Auth", "Use-Cookie");
    if !cookies.is_empty() {
        request = request.header("Cookie", cookies);
    }
    let answer = soon("a poll", request.send()).await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_session_goes_on_by_the_other_door_but_not_without_the_cookies_of_its_own() {
    let files = Files::new();
    let (service, plain, https) = two_doors(&files, |_| {}).await;
    let url = format!("https://localhost:{}", https.port());
    let by = browser(&files.root, "h2");
    let by_plain = async |session: &str| {
        let target = format!("POST /gateway/gateway.dll?Action=poll&SessionID={session} HTTP/1.1");
        let answer = send(plain, &format!("{target}\nHost: {plain}"), b"").await;
        answer.status()
    };
    // As clients of old have it, which sign in by a ticket: there and back.
    let opened = send(plain, &format!("POST {OPEN} HTTP/1.1\nHost: {plain}"), b"").await;
    let session = opened.session();
    assert_eq!(poll(&url, &by, &session, "").await, 200);
    assert_eq!(by_plain(&session).await, 200);
    // Cookies of the plain door are shown at that of HTTPS as well, and what they opened goes on.
    let (bob, _) = seed::Signed::open(plain, "bob").await;
    assert_eq!(poll(&url, &by, &bob.session, &bob.cookies).await, 200);
    assert_eq!(poll(&url, &by, &bob.session, "").await, 400);
    // Those of HTTPS are shown there alone: a browser that is led to the plain door shows none.
    let alice = Signed::open(by.clone(), https, "alice").await;
    assert_eq!(by_plain(&alice.session).await, 400);
    assert_eq!(alice.say("&Action=poll", "").await, "");
    service.stop().await;
}

#[tokio::test]
async fn each_door_tells_addresses_of_its_own() {
    let files = Files::new();
    let (service, plain, https) = two_doors(&files, |_| {}).await;
    let by = browser(&files.root, "http/1.1");
    let url = format!("https://localhost:{}", https.port());
    for path in ["/Config/MsgrConfig.asmx", "/imsoap/BSIMService.asmx?wsdl"] {
        let head = format!("GET {path} HTTP/1.1\nHost: localhost:{}", plain.port());
        let told = send(plain, &head, b"").await;
        let own = format!("http://localhost:{}/", plain.port());
        assert!(told.text().contains(&own), "{}", told.text());
        let told = by.get(format!("{url}{path}")).send().await;
        let told = told.expect("an answer").text().await.expect("text");
        assert!(told.contains(&format!("{url}/")), "{told}");
        assert!(!told.contains("http://localhost"), "{told}");
    }
    let open = by.post(format!("{url}{OPEN}")).send().await;
    let host = open.expect("an answer").headers()["x-msn-host"].clone();
    assert_eq!(host, format!("localhost:{}", https.port()).as_str());
    service.stop().await;
}

#[tokio::test]
async fn a_page_that_came_plain_cannot_use_the_cookies_of_https() {
    let files = Files::new();
    let (service, plain, https) = two_doors(&files, |_| {}).await;
    let by = browser(&files.root, "http/1.1");
    let url = format!("https://localhost:{}", https.port());
    for (origin, words) in [
        (url.clone(), "out of date"),
        (
            format!("http://localhost:{}", plain.port()),
            "at the address of the service itself",
        ),
    ] {
        let post = by.post(format!("{url}/ppsecure/post.srf"));
        let post = post.header("Origin", origin).header("Cookie", "MSPOK=a");
        let answer = post.body("PPFT=b&login=a&passwd=b").send().await;
        let page = answer.expect("an answer").text().await.expect("text");
        let told = between(&page, "sErrTxt:'", "'");
        assert!(told.contains(words), "{told}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_peer_has_one_share_of_connections_for_both_doors() {
    let files = Files::new();
    let (service, plain, https) = two_doors(&files, |config| {
        config.proxies.trusted = Trusted::new(["127.0.0.1".parse().expect("a network")]);
        config.proxies.proxy_protocol = true;
        config.limits.connections_per_peer = Some(1);
    })
    .await;
    let introduced = async |to: SocketAddr, client: &str| {
        let mut stream = TcpStream::connect(to).await.expect("it listens");
        let said = format!("PROXY TCP4 {client} 192.0.2.1 4711 80\r\n");
        stream.write_all(said.as_bytes()).await.expect("it is read");
        stream
    };
    let connector = TlsConnector::from(Arc::new(client_config(&files.root, None)));
    let is_let_in = async |client: &str| {
        let stream = introduced(https, client).await;
        let name = ServerName::try_from("localhost").expect("a name");
        let shaken = soon("a handshake", connector.connect(name, stream)).await;
        shaken.is_ok()
    };
    let mut one = introduced(plain, "198.51.100.1").await;
    write(&mut one, "GET /health HTTP/1.1\nHost: h", b"").await;
    assert_eq!(soon("health", read(&mut one)).await.status(), 200);
    assert!(!is_let_in("198.51.100.1").await, "one too many");
    assert!(is_let_in("198.51.100.2").await);
    drop(one);
    let freed = async { while !is_let_in("198.51.100.1").await {} };
    soon("a free place", freed).await;
    service.stop().await;
}

#[tokio::test]
async fn a_new_certificate_is_shown_at_every_door() {
    let mut files = Files::new();
    let (service, _, https) = two_doors(&files, |config| {
        config.timings.certificate_look = Duration::from_millis(20);
        config.tls_tcp = Some(anywhere());
    })
    .await;
    let streams = service.tls_tcp_address().expect("a door");
    files.write();
    for to in [https, streams] {
        let new = async { while connect(to, &files.root, None).await.is_err() {} };
        soon("the new certificate", new).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn two_doors_need_a_certificate_and_a_host_without_a_port() {
    let files = Files::new();
    let without = ServiceConfig {
        tls_listen: Some(anywhere()),
        ..ServiceConfig::default()
    };
    let refused = Service::check(&without);
    assert!(
        matches!(refused, Err(StartError::NoCertificate(_))),
        "{refused:?}"
    );
    let mut named = ServiceConfig {
        tls: Some(files.tls()),
        advertised_host: Some("im.example.org:8443".to_owned()),
        ..without
    };
    let refused = Service::check(&named).expect_err("whose port is it?");
    assert_eq!(
        refused.to_string(),
        "im.example.org:8443 has one port, and there are two doors, for HTTP and for HTTPS"
    );
    named.tls_listen = None;
    assert!(Service::check(&named).is_ok());
    named.tls_listen = Some(anywhere());
    named.advertised_host = Some("im.example.org".to_owned());
    assert!(Service::check(&named).is_ok());
}
