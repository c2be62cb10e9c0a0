//! Proxies in front: who a peer is by their word, and by nobody else's.

use std::net::SocketAddr;
use std::time::Duration;

use msnp_service::{ForwardedBy, Service, ServiceConfig, Trusted};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::raw::{read, send, write};
use super::seed::OPEN;
use super::{service, soon};

/// A service behind a proxy on this machine, with room for one session of each peer.
async fn behind(change: impl FnOnce(&mut ServiceConfig)) -> Service {
    service(|config| {
        config.proxies.trusted = Trusted::new(["127.0.0.1".parse().expect("a network")]);
        config.limits.sessions_per_peer = Some(1);
        change(config);
    })
    .await
}

/// The status of an open with these further header lines, by a connection that begins with this.
async fn open(to: SocketAddr, first: &[u8], headers: &str) -> u16 {
    let mut stream = TcpStream::connect(to).await.expect("it listens");
    stream.write_all(first).await.expect("it is read");
    let head = format!("POST {OPEN} HTTP/1.1\nHost: h\n{headers}");
    write(&mut stream, &head, b"").await;
    soon(headers, read(&mut stream)).await.status()
}

#[tokio::test]
async fn sessions_are_counted_by_the_client_that_the_proxy_names() {
    let service = behind(|_| {}).await;
    let to = service.address();
    for (headers, status) in [
        ("X-Forwarded-For: 198.51.100.1", 200),
        ("X-Forwarded-For: 198.51.100.1", 429),
        ("X-Forwarded-For: 203.0.113.9, 198.51.100.1", 429),
        (
            "X-Forwarded-For: 203.0.113.9\nX-Forwarded-For: 198.51.100.1",
            429,
        ),
        ("X-Forwarded-For: 198.51.100.2, 127.0.0.1", 200),
        ("X-Forwarded-For: 198.51.100.2", 429),
        // Not the header that its proxies write.
        (
            "X-Forwarded-For: 198.51.100.2\nForwarded: for=203.0.113.9",
            429,
        ),
    ] {
        assert_eq!(open(to, b"", headers).await, status, "{headers}");
    }
    service.stop().await;

    let service = behind(|config| config.proxies.forwarded_by = ForwardedBy::Forwarded).await;
    let to = service.address();
    for (headers, status) in [
        ("Forwarded: for=198.51.100.1;proto=https", 200),
        ("Forwarded: for=203.0.113.9, for=\"198.51.100.1:99\"", 429),
        (
            "Forwarded: for=\"[2001:db8::1]\"\nX-Forwarded-For: 198.51.100.1",
            200,
        ),
        ("Forwarded: for=\"[2001:db8::1]\"", 429),
    ] {
        assert_eq!(open(to, b"", headers).await, status, "{headers}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_proxy_may_introduce_its_clients_before_they_say_anything() {
    let service = behind(|config| config.proxies.proxy_protocol = true).await;
    let to = service.address();
    let one = b"PROXY TCP4 198.51.100.1 192.0.2.1 4711 80\r\n";
    let two = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc6\x33\x64\x02\xc0\0\x02\x01\x12\x67\0\x50";
    assert_eq!(open(to, one, "").await, 200);
    assert_eq!(open(to, one, "").await, 429);
    assert_eq!(open(to, two, "").await, 200);
    assert_eq!(open(to, two, "").await, 429);
    // Who was introduced is no proxy, and is not believed.
    assert_eq!(open(to, one, "X-Forwarded-For: 203.0.113.9").await, 429);
    // A check of the proxy's own.
    for own in [&b"PROXY UNKNOWN\r\n"[..], b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"] {
        let mut stream = TcpStream::connect(to).await.expect("it listens");
        stream.write_all(own).await.expect("it is read");
        write(&mut stream, "GET /health HTTP/1.1\nHost: h", b"").await;
        assert_eq!(soon("health", read(&mut stream)).await.status(), 200);
    }
    service.stop().await;
}

#[tokio::test]
async fn streams_are_counted_by_the_client_that_the_proxy_introduces() {
    let service = behind(|config| {
        config.proxies.proxy_protocol = true;
        config.tcp = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    })
    .await;
    let to = service.tcp_address().expect("a door");
    let introduced = async |client: &str| {
        let mut stream = TcpStream::connect(to).await.expect("it listens");
        let said = format!("PROXY TCP4 {client} 192.0.2.1 4711 1863\r\nPNG 7 CON 2\r\n\r\n");
        // One that is let go at once may not take it.
        let _ = stream.write_all(said.as_bytes()).await;
        let told = soon("an answer", stream.read(&mut [0; 64])).await;
        (matches!(told, Ok(1..)), stream)
    };
    let (first, one) = introduced("198.51.100.1").await;
    assert!(first);
    assert!(!introduced("198.51.100.1").await.0, "one too many");
    assert!(introduced("198.51.100.2").await.0);
    drop(one);
    let freed = async { while !introduced("198.51.100.1").await.0 {} };
    soon("a free place", freed).await;
    service.stop().await;
}

/// Whether the service answers on this connection, behind what was said on it.
async fn answers(stream: &mut TcpStream) -> bool {
    let asked = b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    // One that is let go at once may not take it.
    let _ = stream.write_all(asked).await;
    matches!(
        soon("an answer", stream.read(&mut [0; 2048])).await,
        Ok(1..)
    )
}

async fn introduced(to: SocketAddr, client: &str) -> TcpStream {
    let mut stream = TcpStream::connect(to).await.expect("it listens");
    let said = format!("PROXY TCP4 {client} 192.0.2.1 4711 80\r\n");
    stream.write_all(said.as_bytes()).await.expect("it is read");
    stream
}

/// All of a proxy's clients had the connections of one peer together, and that was none: nobody was held to a share.
#[tokio::test]
async fn connections_are_counted_by_the_client_that_the_proxy_introduces() {
    let service = behind(|config| {
        config.proxies.proxy_protocol = true;
        config.limits.connections_per_peer = Some(2);
    })
    .await;
    let to = service.address();
    let mut one = introduced(to, "198.51.100.1").await;
    let mut two = introduced(to, "198.51.100.1").await;
    assert!(answers(&mut one).await && answers(&mut two).await);
    let mut three = introduced(to, "198.51.100.1").await;
    assert!(!answers(&mut three).await, "one too many");
    let mut other = introduced(to, "198.51.100.2").await;
    assert!(answers(&mut other).await);
    drop(one);
    let freed = async { while !answers(&mut introduced(to, "198.51.100.1").await).await {} };
    soon("a free place", freed).await;
    service.stop().await;
}

#[tokio::test]
async fn connections_that_nobody_has_introduced_yet_do_not_take_all_places() {
    let service = behind(|config| {
        config.proxies.proxy_protocol = true;
        config.limits.connections = 8;
    })
    .await;
    let to = service.address();
    let mut silent = Vec::new();
    for _ in 0..2 {
        silent.push(TcpStream::connect(to).await.expect("it listens"));
    }
    // Of eight, two may wait for their introduction.
    let mut third = TcpStream::connect(to).await.expect("it listens");
    let told = soon("the end", third.read(&mut [0; 1])).await;
    assert!(matches!(told, Ok(0) | Err(_)), "{told:?}");
    // Whoever is introduced makes room for the next.
    let mut first = silent.swap_remove(0);
    let said = b"PROXY TCP4 198.51.100.1 192.0.2.1 4711 80\r\n";
    first.write_all(said).await.expect("it is read");
    assert!(answers(&mut first).await);
    assert!(answers(&mut introduced(to, "198.51.100.2").await).await);
    service.stop().await;
}

#[tokio::test]
async fn who_begins_with_something_else_or_nothing_is_let_go() {
    let service = behind(|config| {
        config.proxies.proxy_protocol = true;
        config.timings.request = Duration::from_millis(200);
    })
    .await;
    for said in [
        "GET /health HTTP/1.1\r\nHost: h\r\n\r\n",
        "PROXY TCP4 198.51",
        "",
    ] {
        let mut stream = TcpStream::connect(service.address())
            .await
            .expect("it listens");
        stream.write_all(said.as_bytes()).await.expect("it is read");
        let mut rest = Vec::new();
        let _ = soon("the end", stream.read_to_end(&mut rest)).await;
        assert_eq!(rest, b"", "{said}");
    }
    service.stop().await;
    // Of whom nobody speaks for, no header is expected.
    let service = behind(|config| {
        config.proxies.trusted = Trusted::new(["192.0.2.0/24".parse().expect("a network")]);
        config.proxies.proxy_protocol = true;
    })
    .await;
    let health = "GET /health HTTP/1.1\nHost: h";
    assert_eq!(send(service.address(), health, b"").await.status(), 200);
    service.stop().await;
}

#[tokio::test]
async fn settings_that_serve_nobody_are_refused() {
    let mut config = ServiceConfig::default();
    config.proxies.proxy_protocol = true;
    let error = Service::start(config).await.expect_err("nobody is trusted");
    let words = "the PROXY protocol is for trusted proxies, and none is named";
    assert_eq!(error.to_string(), words);
    // Case D22.
    let mut config = ServiceConfig::default();
    config.limits.connections = 0;
    let error = Service::start(config).await.expect_err("it would hang");
    assert_eq!(error.to_string(), "no connection at a time serves nobody");
}
