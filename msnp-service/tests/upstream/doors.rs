//! The doors are those of a service of one's own: HTTPS, proxies that name their clients, the operator's address.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use gateway_sm::{Mode, Server};
use msnp_service::upstream::{UpstreamConfig, UpstreamError, UpstreamService};
use msnp_service::{StartError, TlsFiles, Trusted};
use rcgen::{CertificateParams, KeyPair};
use tokio::net::TcpListener;
use transport_reqwest::HttpOptions;

use crate::client::Line;
use crate::{gateway, raw};

const OPEN: &str = "/gateway/gateway.dll?Action=open&Server=NS&IP=messenger.hotmail.com";

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn ask(to: SocketAddr, path: &str) -> (u16, String) {
    let answer = raw::send(to, &format!("GET {path} HTTP/1.1\nHost: h"), b"").await;
    (answer.status(), answer.text().to_owned())
}

/// A certificate and its key in files of this test's own, gone with it.
struct Files(PathBuf, String);

impl Files {
    fn new() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("msnp-upstream-tls-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("a folder of its own");
        let key = KeyPair::generate().expect("a key");
        let names = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = names.self_signed(&key).expect("a certificate").pem();
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).expect("a file");
        std::fs::write(folder.join("certificate.pem"), &certificate).expect("a file");
        Self(folder, certificate)
    }

    fn tls(&self) -> TlsFiles {
        TlsFiles {
            certificate: self.0.join("certificate.pem"),
            key: self.0.join("key.pem"),
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn it_speaks_https_with_a_certificate() {
    let files = Files::new();
    let (server, gateway) = gateway(|config| config.tls = Some(files.tls())).await;
    let port = gateway.address().port();
    assert_eq!(gateway.url(), format!("https://127.0.0.1:{port}"));
    let client = HttpOptions::new().direct().certificate_authority(&files.1);
    let client = client.client().expect("a client");
    let open = client
        .post(format!("https://localhost:{port}{OPEN}"))
        .body("VER 1 MSNP12 CVR0\r\n");
    let opened = open.send().await.expect("an answer");
    assert_eq!(opened.status(), 200);
    assert!(opened.headers().contains_key("x-msn-messenger"));
    gateway.stop().await;
    drop(server);
}

#[tokio::test]
async fn it_speaks_http_and_https_at_once_and_sends_each_client_back_to_its_own() {
    let files = Files::new();
    let (server, gateway) = gateway(|config| {
        config.tls = Some(files.tls());
        config.tls_listen = Some(anywhere());
    })
    .await;
    let (plain, https) = (gateway.address(), gateway.tls_address());
    let https = https.expect("a door");
    assert_eq!(gateway.tls_url(), Some(format!("https://{https}")));
    let client = HttpOptions::new().direct().certificate_authority(&files.1);
    let client = client.client().expect("a client");
    for (scheme, port) in [("http", plain.port()), ("https", https.port())] {
        let open = client.post(format!("{scheme}://localhost:{port}{OPEN}"));
        let opened = open.body("VER 1 MSNP12 CVR0\r\n").send().await;
        let opened = opened.expect("an answer");
        assert_eq!(opened.status(), 200);
        let host = format!("localhost:{port}");
        assert_eq!(opened.headers()["x-msn-host"], host.as_str());
    }
    gateway.stop().await;
    drop(server);
}

#[tokio::test]
async fn clients_are_told_apart_by_what_a_trusted_proxy_says() {
    let (_server, gateway) = gateway(|config| {
        config.proxies.trusted = Trusted::new(["127.0.0.0/8".parse().expect("a network")]);
        config.limits.sessions_per_peer = Some(1);
    })
    .await;
    let open = async |client: &str| {
        let head = format!("POST {OPEN} HTTP/1.1\nHost: h\nX-Forwarded-For: {client}");
        let opened = raw::send(gateway.address(), &head, b"VER 1 MSNP12 CVR0\r\n").await;
        opened.status()
    };
    assert_eq!(open("198.51.100.1").await, 200);
    assert_eq!(open("198.51.100.1").await, 429, "one too many");
    assert_eq!(open("198.51.100.2").await, 200);
    assert_eq!(open("2001:db8::1").await, 200);
    assert_eq!(open("2001:db8::2").await, 429, "of the same network");
    gateway.stop().await;
}

#[tokio::test]
async fn the_operator_is_told_how_it_is_and_nobody_else() {
    let (server, gateway) = gateway(|config| config.operator = Some(anywhere())).await;
    let operator = gateway.operator_address().expect("a door");
    let _alice = Line::sign_in(&gateway.url(), "alice@example.com", Mode::Parallel).await;
    let (status, text) = ask(operator, "/metrics").await;
    assert_eq!(status, 200);
    for figure in [
        "msnp_sessions{kind=\"gateway\"} 1\n",
        "msnp_connections 1\n",
        "msnp_gateway_queued_bytes ",
        "msnp_upstream_unreached_total 0\n",
        "msnp_http_replies_total{status=\"200\"} ",
    ] {
        assert!(text.contains(figure), "{figure}: {text}");
    }
    assert!(!text.contains("alice") && !text.contains("127.0.0.1"));
    for path in ["/health", "/health/live", "/health/ready"] {
        assert_eq!(ask(operator, path).await, (200, "ok\n".to_owned()));
    }
    assert_ne!(ask(gateway.address(), "/metrics").await.0, 200);
    gateway.stop().await;
    drop(server);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_counted() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = free.local_addr().expect("its address").to_string();
    drop(free);
    let server = gateway_upstream::parse_server(&address).expect("a server");
    let mut config = UpstreamConfig::new(server);
    config.operator = Some(anywhere());
    let gateway = UpstreamService::start(config).await.expect("it starts");
    let operator = gateway.operator_address().expect("a door");
    let to = (Server::Notification, "none");
    let mut line = Line::open(&gateway.url(), to, Mode::Parallel);
    line.say("VER 1 MSNP12 CVR0\r\n");
    line.wait_for_end().await;
    let (_, text) = ask(operator, "/metrics").await;
    assert!(text.contains("msnp_upstream_unreached_total 1\n"), "{text}");
    gateway.stop().await;
}

#[tokio::test]
async fn what_cannot_be_is_told_before_anything_is_listened_on() {
    let server = gateway_upstream::parse_server("127.0.0.1:1").expect("a server");
    let mut config = UpstreamConfig::new(server);
    config.proxies.proxy_protocol = true;
    let refused = UpstreamService::start(config.clone()).await;
    assert!(matches!(
        refused,
        Err(UpstreamError::Door(StartError::NoTrustedProxy))
    ));
    config.proxies.proxy_protocol = false;
    config.tls = Some(TlsFiles {
        certificate: "/nowhere/certificate.pem".into(),
        key: "/nowhere/key.pem".into(),
    });
    let refused = UpstreamService::check(&config);
    assert!(matches!(
        refused,
        Err(UpstreamError::Door(StartError::Tls(_)))
    ));
}
