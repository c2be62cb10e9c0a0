//! HTTPS with HTTP/1 and HTTP/2, and MSNP by TLS. The certificates are made anew by each run, so that no key lies in the repository.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use msnp_service::{Service, ServiceConfig, StartError, TlsFiles};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::seed::{FIRST, OPEN, frame, message};
use super::sign_in::between;
use super::{service, soon, streams};

/// A certificate with its key, both in files.
pub(super) struct Files {
    folder: PathBuf,
    pub(super) root: CertificateDer<'static>,
}

impl Files {
    pub(super) fn new() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let name = format!("msnp-tls-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("a folder of its own");
        let mut files = Self {
            folder,
            root: CertificateDer::from(Vec::new()),
        };
        files.write();
        files
    }

    /// Writes another certificate.
    pub(super) fn write(&mut self) {
        let (root, certificate, key) = made();
        self.root = root;
        std::fs::write(self.key(), key).expect("a file");
        std::fs::write(self.certificate(), certificate).expect("a file");
    }

    fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }

    pub(super) fn tls(&self) -> TlsFiles {
        let (certificate, key) = (self.certificate(), self.key());
        TlsFiles { certificate, key }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A certificate that vouches for itself, as DER and PEM, and its key.
fn made() -> (CertificateDer<'static>, String, String) {
    let key = KeyPair::generate().expect("a key");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let parameters = CertificateParams::new(names).expect("names");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    (
        certificate.der().clone(),
        certificate.pem(),
        key.serialize_pem(),
    )
}

async fn with_tls(files: &Files, change: impl FnOnce(&mut ServiceConfig)) -> Service {
    service(|config| {
        config.tls = Some(files.tls());
        change(config);
    })
    .await
}

pub(super) fn client_config(
    root: &CertificateDer<'static>,
    protocol: Option<&str>,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocol
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    config
}

pub(super) async fn connect(
    to: SocketAddr,
    root: &CertificateDer<'static>,
    protocol: Option<&str>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let connector = TlsConnector::from(Arc::new(client_config(root, protocol)));
    let name = ServerName::try_from("localhost").expect("a name");
    connector.connect(name, TcpStream::connect(to).await?).await
}

pub(super) fn browser(root: &CertificateDer<'static>, protocol: &str) -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(client_config(root, Some(protocol)))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    builder.build().expect("a client")
}

/// Somebody who has signed in at the page and opened a session, all by one connection.
pub(super) struct Signed {
    browser: reqwest::Client,
    url: String,
    cookies: String,
    pub(super) session: String,
}

impl Signed {
    pub(super) async fn open(browser: reqwest::Client, to: SocketAddr, name: &str) -> Self {
        let url = format!("https://localhost:{}", to.port());
        let page = browser
            .get(format!("{url}/oauth20_authorize.srf"))
            .send()
            .await
            .expect("a page");
        let set = page.headers()["set-cookie"]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(set.contains("; Secure"), "{set}");
        assert_eq!(page.headers()["x-content-type-options"], "nosniff");
        let text = page.text().await.expect("text");
        let token = between(&text, "name=\"PPFT\" value=\"", "\"");
        let post = browser
            .post(format!("{url}{}", between(&text, "urlPost:'", "'")))
            .header("Cookie", format!("MSPOK={token}"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(format!(
                "PPFT={token}&login={name}%40example.org&passwd=secret"
            ));
        let granted = post.send().await.expect("an answer");
        assert_eq!(granted.status(), 302);
        let set = granted.headers().get_all("set-cookie").iter();
        let set: Vec<&str> = set.map(|cookie| cookie.to_str().expect("text")).collect();
        assert!(
            set.iter().all(|cookie| cookie.contains("; Secure")),
            "{set:?}"
        );
        let pairs = set.iter().filter_map(|cookie| cookie.split(';').next());
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        let mut signed = Self {
            browser,
            url,
            cookies,
            session: String::new(),
        };
        let opened = signed.post(OPEN, FIRST).await;
        let messenger = opened.headers()["x-msn-messenger"].to_str().expect("text");
        signed.session = between(messenger, "SessionID=", ";");
        let text = opened.text().await.expect("text");
        assert!(text.contains("BND 3 CON"), "{text}");
        signed
    }

    pub(super) async fn post(&self, target: &str, body: &str) -> reqwest::Response {
        let mut request = self
            .browser
            .post(format!("{}{target}", self.url))
            .header("X-MSN-Auth", "Use-Cookie");
        // As browsers do by HTTP/2: each cookie a header of its own.
        for cookie in self.cookies.split("; ") {
            request = request.header("Cookie", cookie);
        }
        let sent = request.body(body.to_owned()).send();
        soon(target, sent).await.expect("an answer")
    }

    pub(super) async fn say(&self, parameters: &str, body: &str) -> String {
        let target = format!(
            "/gateway/gateway.dll?SessionID={}{parameters}",
            self.session
        );
        let answer = self.post(&target, body).await;
        assert_eq!(answer.status(), 200);
        answer.text().await.expect("text")
    }
}

#[tokio::test]
async fn by_http2_a_held_poll_is_released_by_the_message() {
    let files = Files::new();
    let service = with_tls(&files, |_| {}).await;
    let to = service.address();
    let url = service.url();
    assert!(url.starts_with("https://"), "{url}");
    let health = browser(&files.root, "h2")
        .get(format!("https://localhost:{}/health", to.port()))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (health.version(), health.status().as_u16()),
        (reqwest::Version::HTTP_2, 200)
    );
    let alice = Signed::open(browser(&files.root, "h2"), to, "alice").await;
    let all = "<subscribe><presence><buddies><all /></buddies></presence><messaging><im /><conversations /></messaging></subscribe>";
    alice
        .say("", &frame("PUT 5 MSGR\\SUBSCRIPTIONS", all))
        .await;
    let bob = Signed::open(browser(&files.root, "h2"), to, "bob").await;
    let mut told = String::new();
    let said = message("alice", "bob", "by HTTP/2");
    let (sent, told) = tokio::join!(bob.say("", &said), async {
        while !told.contains("by HTTP/2") {
            told.push_str(&alice.say("&Action=poll&Lifespan=60", "").await);
        }
        told
    });
    assert!(sent.contains("SDG 8 MSGR 2"), "{sent}");
    assert!(told.contains("by HTTP/2"));
    let wsdl = alice
        .browser
        .get(format!("https://localhost:{}/IM.asmx?wsdl", to.port()));
    let _ = wsdl.send().await.expect("an answer");
    service.stop().await;
}

#[tokio::test]
async fn by_http1_under_tls_names_are_spelled_as_ever() {
    let files = Files::new();
    let service = with_tls(&files, |_| {}).await;
    let to = service.address();
    let alice = Signed::open(browser(&files.root, "http/1.1"), to, "alice").await;
    assert_eq!(alice.say("&Action=poll", "").await, "");
    let mut wire = connect(to, &files.root, Some("http/1.1"))
        .await
        .expect("TLS");
    let open = format!("POST {OPEN} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    wire.write_all(open.as_bytes()).await.expect("it is read");
    let mut read = vec![0; 4096];
    let length = soon("an answer", wire.read(&mut read))
        .await
        .expect("an answer");
    let head = String::from_utf8_lossy(&read[..length]).into_owned();
    assert!(head.contains("\r\nX-MSN-Messenger: SessionID="), "{head}");
    service.stop().await;
}

#[tokio::test]
async fn msnp_is_spoken_by_tls() {
    let files = Files::new();
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let service = with_tls(&files, |config| config.tls_tcp = Some(anywhere)).await;
    let alice = Signed::open(browser(&files.root, "h2"), service.address(), "alice").await;
    let asked = r#"{"trouterurl":"https://","connectionid":"a"}"#;
    let answer = alice.post("/v1/user/Initialization", asked).await;
    let uic = between(
        &answer.text().await.expect("text"),
        "\"MappingContainer\":\"",
        "\"",
    );
    let to = service.tls_tcp_address().expect("a door");
    let mut wire = connect(to, &files.root, None).await.expect("TLS");
    let first = streams::first_with(&uic, "alice");
    hears(&mut wire, &first, "PUT 4 MSGR").await;
    // The end is said in both layers.
    hears(&mut wire, "OUT 8 CON 2\r\n\r\n", "OUT 8 CON").await;
    let mut rest = Vec::new();
    let read = soon("the end", wire.read_to_end(&mut rest)).await;
    read.expect("a close_notify before the end");
    service.stop().await;
}

/// A client's handshake is over before a server of TLS 1.3 sends tickets, so they would come as the first news.
#[tokio::test]
async fn nothing_comes_by_the_door_of_msnp_before_a_command_is_answered_since_bitlbee_dies_of_a_ticket()
 {
    let files = Files::new();
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let service = with_tls(&files, |config| config.tls_tcp = Some(anywhere)).await;
    let to = service.tls_tcp_address().expect("a door");
    let mut wire = connect(to, &files.root, None).await.expect("TLS");
    hears(&mut wire, FIRST, "CNT 1 CON").await;
    let (_, session) = wire.get_ref();
    assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(session.tls13_tickets_received(), 0);
    service.stop().await;
}

async fn hears<W>(wire: &mut W, said: &str, text: &str)
where
    W: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    wire.write_all(said.as_bytes()).await.expect("it is read");
    let mut told = String::new();
    while !told.contains(text) {
        let mut some = vec![0; 4096];
        let read = soon(text, wire.read(&mut some)).await.expect("it goes on");
        assert!(read > 0, "ended: {told}");
        told.push_str(&String::from_utf8_lossy(&some[..read]));
    }
}

#[tokio::test]
async fn a_certificate_is_read_again_and_open_connections_stay() {
    let mut files = Files::new();
    let service = with_tls(&files, |config| {
        config.timings.certificate_look = Duration::from_millis(20);
    })
    .await;
    let to = service.address();
    let old = files.root.clone();
    let mut open = connect(to, &old, Some("http/1.1")).await.expect("TLS");
    let ping = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    hears(&mut open, ping, "\"ok\"").await;
    // What cannot be used changes nothing.
    std::fs::write(files.key(), "half a ke").expect("a file");
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        connect(to, &old, None).await.expect("the old one goes on");
    }
    files.write();
    let new = async { while connect(to, &files.root, None).await.is_err() {} };
    soon("the new certificate", new).await;
    assert!(connect(to, &old, None).await.is_err());
    hears(&mut open, ping, "\"ok\"").await;
    service.stop().await;
}

async fn refused(tls: TlsFiles) -> String {
    let config = ServiceConfig {
        tls: Some(tls),
        ..ServiceConfig::default()
    };
    match Service::start(config).await {
        Err(error @ StartError::Tls(_)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_wrong_with_certificate_and_key_is_told_in_words() {
    let (files, other) = (Files::new(), Files::new());
    let written = |name: &str, text: &str| {
        let path = files.folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    let shown = |path: &Path| path.display().to_string();
    let with = |certificate: &Path, key: &Path| TlsFiles {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    };
    let (certificate, key) = (files.certificate(), files.key());
    let missing = files.folder.join("missing.pem");
    let empty = written("empty.pem", "");
    let encrypted = written(
        "encrypted.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let cut = written("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    let base64 = written(
        "base64.pem",
        "-----BEGIN CERTIFICATE-----\n!secret!\n-----END CERTIFICATE-----\n",
    );
    for (tls, words) in [
        (
            with(&missing, &key),
            format!("cannot read {}", shown(&missing)),
        ),
        (
            with(&certificate, &missing),
            format!("cannot read {}", shown(&missing)),
        ),
        (
            with(&empty, &key),
            format!("there is no certificate in {}", shown(&empty)),
        ),
        (
            with(&key, &key),
            format!("there is no certificate in {}", shown(&key)),
        ),
        (
            with(&certificate, &certificate),
            format!("there is no private key in {}", shown(&certificate)),
        ),
        (
            with(&certificate, &encrypted),
            format!(
                "the private key in {} is encrypted with a passphrase; write it without one",
                shown(&encrypted)
            ),
        ),
        (
            with(&certificate, &other.key()),
            format!(
                "the private key in {} is not that of the first certificate in {}",
                shown(&other.key()),
                shown(&certificate)
            ),
        ),
        (
            with(&cut, &key),
            format!("{} is not PEM: a section does not end", shown(&cut)),
        ),
        (
            with(&base64, &key),
            format!(
                "{} is not PEM: what is in a section is not base64",
                shown(&base64)
            ),
        ),
    ] {
        assert_eq!(refused(tls).await, words);
    }
    let config = ServiceConfig {
        tls_tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        ..ServiceConfig::default()
    };
    let error = Service::start(config).await.expect_err("no certificate");
    assert_eq!(
        error.to_string(),
        "there is no certificate for TLS on 127.0.0.1:0"
    );
}

#[tokio::test]
async fn who_speaks_no_tls_or_stays_silent_is_let_go() {
    let files = Files::new();
    let service = with_tls(&files, |config| {
        config.timings.request = Duration::from_millis(200);
    })
    .await;
    for said in ["", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "\x16\x03\x01"] {
        let mut wire = TcpStream::connect(service.address())
            .await
            .expect("it listens");
        wire.write_all(said.as_bytes()).await.expect("it is read");
        let mut rest = Vec::new();
        let _ = soon("the end", wire.read_to_end(&mut rest)).await;
    }
    service.stop().await;
}

/// A peer that gives no room for the reply's body holds its connection no longer than the reply may take.
#[tokio::test]
async fn by_http2_a_reply_that_is_not_taken_ends_the_connection() {
    let files = Files::new();
    let service = with_tls(&files, |config| {
        config.timings.reply = Duration::from_millis(200);
    })
    .await;
    let mut wire = connect(service.address(), &files.root, Some("h2"))
        .await
        .expect("TLS");
    wire.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .expect("it is read");
    // SETTINGS: INITIAL_WINDOW_SIZE = 0. HEADERS: GET https://h/ (RFC 9113 6.5, RFC 7541).
    let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];
    let headers = [
        0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x84, 0x87, 0x01, 0x01, b'h',
    ];
    wire.write_all(&settings).await.expect("it is read");
    wire.write_all(&headers).await.expect("it is read");
    let mut rest = Vec::new();
    let _ = soon("the end", wire.read_to_end(&mut rest)).await;
    // Its head is there, and not a byte of its body: frames of the types 1 and 0 on stream 1.
    let frame = |kind: u8| {
        let is_it = |head: &[u8]| head[3] == kind && head[5..] == [0, 0, 0, 1];
        rest.windows(9).any(is_it)
    };
    assert!(frame(1) && !frame(0), "{rest:?}");
    service.stop().await;
}

#[tokio::test]
async fn by_http2_a_silent_connection_is_ended() {
    let files = Files::new();
    let service = with_tls(&files, |config| {
        config.timings.request = Duration::from_millis(200);
    })
    .await;
    let mut wire = connect(service.address(), &files.root, Some("h2"))
        .await
        .expect("TLS");
    wire.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .expect("it is read");
    wire.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0])
        .await
        .expect("it is read");
    let mut rest = Vec::new();
    let _ = soon("the end", wire.read_to_end(&mut rest)).await;
    service.stop().await;
}

/// A body that never comes, and says how long it is.
struct Promised(u64);

impl http_body::Body for Promised {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0)
    }
}

/// The same as `wire` has for HTTP/1.
#[tokio::test]
async fn by_http2_a_body_that_is_too_long_is_not_waited_for_and_others_go_on() {
    let files = Files::new();
    let service = with_tls(&files, |config| {
        config.timings.request = Duration::from_secs(3600);
    })
    .await;
    let browser = browser(&files.root, "h2");
    let url = format!("https://localhost:{}", service.address().port());
    for path in [OPEN, "/ppsecure/post.srf", "/imsoap/BSIMService.asmx"] {
        let post = browser.post(format!("{url}{path}"));
        let post = post.body(reqwest::Body::wrap(Promised(99_999_999))).send();
        let answer = soon(path, post).await.expect("an answer");
        assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        assert_eq!(answer.status(), 413, "{path}");
        let health = browser.get(format!("{url}/health")).send();
        assert_eq!(
            soon("health", health).await.expect("an answer").status(),
            200
        );
    }
    service.stop().await;
}
