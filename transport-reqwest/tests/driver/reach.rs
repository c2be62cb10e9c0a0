//! What `HttpOptions` decide: proxies, certificates, user agent, time to connect.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use driver_conformance::server::{Fault, Reply, Server};
use http::StatusCode;
use machine_contract::{CertificateFault, Failure};
use rustls::crypto::ring;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use transport_reqwest::{HttpOptions, OptionsError};

use crate::certificates;
use crate::{SOON, ask, driver, driver_with, post};

fn direct() -> HttpOptions {
    HttpOptions::new().direct()
}

/// Answers every request over TLS with `secret`, as `localhost`.
fn tls_server() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (certificates, key) = certificates::server();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(tls, stream.unwrap());
            // An error is a client that did not like the certificate.
            if matches!(stream.read(&mut [0; 4096]), Ok(1..)) {
                let reply =
                    b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret";
                let _ = stream.write_all(reply);
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    address
}

/// A proxy that opens one tunnel, or refuses it with this status; gives the line that it was asked.
fn tunnel(to: SocketAddr, status: u16) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://user:pass@{}", listener.local_addr().unwrap());
    let asked = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        write!(client, "HTTP/1.1 {status} Scripted\r\n\r\n").unwrap();
        if status == 200 {
            let mut server = TcpStream::connect(to).unwrap();
            let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut down, &mut client));
            thread::spawn(move || std::io::copy(&mut up, &mut server));
        }
        String::from_utf8(head).unwrap()
    });
    (url, asked)
}

#[tokio::test]
async fn https_works_with_a_certificate_authority_of_ones_own() {
    let url = format!("https://localhost:{}/", tls_server().port());
    let options = direct().certificate_authority(certificates::authority());
    let response = ask(&mut driver_with(&options), post(&url, "x"), SOON).await;
    assert_eq!(response.unwrap().body(), "secret");
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_sent_nothing_and_named() {
    let url = format!("https://localhost:{}/", tls_server().port());
    let refused = ask(&mut driver(), post(&url, "x"), SOON).await;
    let expected = Failure::Untrusted(CertificateFault::UnknownIssuer);
    assert_eq!(refused.unwrap_err(), expected);
}

#[tokio::test]
async fn a_server_with_another_s_certificate_is_sent_nothing_and_named() {
    // The certificate names `localhost` and 127.0.0.1 only.
    let url = format!("https://127.0.0.2:{}/", any_address(tls_server()));
    let options = direct().certificate_authority(certificates::authority());
    let refused = ask(&mut driver_with(&options), post(&url, "x"), SOON).await;
    let expected = Failure::Untrusted(CertificateFault::WrongName);
    assert_eq!(refused.unwrap_err(), expected);
}

/// A port on 127.0.0.2 that leads to that address.
fn any_address(to: SocketAddr) -> u16 {
    let listener = TcpListener::bind(("127.0.0.2", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut server = TcpStream::connect(to).unwrap();
        let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || std::io::copy(&mut down, &mut client));
        std::io::copy(&mut up, &mut server)
    });
    port
}

/// Case B4: such replies were taken for a connection that was lost, and asked for again for ever.
#[tokio::test]
async fn headers_over_two_lines_and_with_a_blank_before_the_colon_are_read() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let reply = "HTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID=1.2;\r\n  GW-IP=192.0.2.1\r\n\
            X-MSN-Host : gw.example.org\r\nContent-Length: 2\r\n\r\nOK";
        client.write_all(reply.as_bytes()).unwrap();
    });
    let reply = ask(&mut driver(), post(&url, ""), SOON).await.unwrap();
    let words = |name: &str| {
        let value = reply.headers()[name].to_str().unwrap();
        value.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words("x-msn-messenger"), "SessionID=1.2; GW-IP=192.0.2.1");
    assert_eq!(words("x-msn-host"), "gw.example.org");
}

#[tokio::test]
async fn a_handshake_that_hangs_ends_with_the_time_to_connect() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("https://localhost:{}/", silent.local_addr().unwrap().port());
    let options = direct().connect_timeout(Duration::from_millis(100));
    let refused = ask(&mut driver_with(&options), post(&url, "x"), SOON).await;
    assert_eq!(refused.unwrap_err(), Failure::NotSent);
}

#[tokio::test]
async fn http_goes_through_the_proxy_in_absolute_form() {
    let proxy = Server::alone(|_| Fault::answer(Reply::new(200, "from the proxy")));
    let options = HttpOptions::new().proxy(proxy.url(""));
    let request = post(
        "http://gateway.invalid/gateway/gateway.dll?Action=poll",
        "x",
    );
    let response = ask(&mut driver_with(&options), request, SOON)
        .await
        .unwrap();
    assert_eq!(response.body(), "from the proxy");
    let seen = &proxy.requests()[0];
    assert_eq!(
        seen.target,
        "http://gateway.invalid/gateway/gateway.dll?Action=poll"
    );
    assert_eq!(seen.header("Host"), Some("gateway.invalid"));
}

/// Runs an ignored test with this environment: it is that of a whole process.
#[track_caller]
fn in_a_process_of_its_own(test: &str, environment: &[(&str, &str)]) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", test])
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let passed = String::from_utf8_lossy(&child.stdout).contains(" 1 passed");
    assert!(child.status.success() && passed, "{child:?}");
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "elsewhere the system itself judges certificates"
)]
fn a_host_without_roots_still_speaks_plain_http() {
    let no_certificates = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    in_a_process_of_its_own(
        "reach::on_a_host_without_roots",
        &[("SSL_CERT_FILE", no_certificates)],
    );
}

#[tokio::test]
#[ignore = "runs in a process of its own, started by the test above"]
async fn on_a_host_without_roots() {
    let server = Server::alone(|_| Fault::none());
    let plain = ask(&mut driver(), post(&server.url("/"), ""), SOON).await;
    assert_eq!(plain.unwrap().status(), StatusCode::OK);
    let url = format!("https://localhost:{}/", tls_server().port());
    let refused = ask(&mut driver(), post(&url, ""), SOON).await;
    let expected = Failure::Untrusted(CertificateFault::UnknownIssuer);
    assert_eq!(refused.unwrap_err(), expected);
    let options = direct().certificate_authority(certificates::authority());
    let trusted = ask(&mut driver_with(&options), post(&url, ""), SOON).await;
    assert_eq!(trusted.unwrap().body(), "secret");
}

#[test]
fn the_proxy_of_the_environment_is_used_unless_the_options_say_otherwise() {
    let proxy = Server::alone(|_| Fault::none());
    in_a_process_of_its_own(
        "reach::in_an_environment_with_a_proxy",
        &[
            ("http_proxy", &proxy.url("")),
            ("no_proxy", ""),
            ("NO_PROXY", ""),
        ],
    );
    let targets: Vec<_> = proxy.requests().into_iter().map(|r| r.target).collect();
    assert_eq!(targets, ["http://gateway.invalid/by-proxy"]);
}

#[tokio::test]
#[ignore = "runs in a process of its own, started by the test above"]
async fn in_an_environment_with_a_proxy() {
    let by_proxy = post("http://gateway.invalid/by-proxy", "");
    let options = HttpOptions::new();
    ask(&mut driver_with(&options), by_proxy, SOON)
        .await
        .unwrap();
    let straight = post("http://gateway.invalid/straight", "");
    let refused = ask(&mut driver_with(&options.direct()), straight, SOON).await;
    assert_eq!(refused.unwrap_err(), Failure::NotSent);
}

#[tokio::test]
async fn https_goes_through_the_proxy_in_a_tunnel() {
    let server = tls_server();
    let (proxy, asked) = tunnel(server, 200);
    let options = HttpOptions::new()
        .proxy(proxy)
        .certificate_authority(certificates::authority());
    let url = format!("https://localhost:{}/", server.port());
    let response = ask(&mut driver_with(&options), post(&url, "x"), SOON).await;
    assert_eq!(response.unwrap().body(), "secret");
    let head = asked.join().unwrap();
    assert!(head.starts_with(&format!("CONNECT localhost:{} HTTP/1.1\r\n", server.port())));
    // user:pass
    assert!(
        head.to_ascii_lowercase()
            .contains("proxy-authorization: basic dxnlcjpwyxnz"),
        "{head}"
    );
}

/// A tunnel's 407 looked like a host that is not there.
#[tokio::test]
async fn a_proxy_that_wants_credentials_for_a_tunnel_says_so_itself() {
    let (proxy, _) = tunnel(tls_server(), 407);
    let options = HttpOptions::new().proxy(proxy);
    let mut driver = driver_with(&options);
    let outcome = ask(&mut driver, post("https://localhost:1/", ""), SOON).await;
    let status = outcome.expect("the proxy's answer").status();
    assert_eq!(status, http::StatusCode::PROXY_AUTHENTICATION_REQUIRED);
}

#[tokio::test]
async fn a_tunnel_that_the_proxy_refuses_is_not_sent() {
    let (proxy, asked) = tunnel(tls_server(), 403);
    let options = HttpOptions::new().proxy(proxy);
    let refused = ask(
        &mut driver_with(&options),
        post("https://localhost/", "x"),
        SOON,
    )
    .await;
    assert_eq!(refused.unwrap_err(), Failure::NotSent);
    asked.join().unwrap();
}

#[tokio::test]
async fn the_user_agent_is_that_of_the_options_unless_the_machine_has_one() {
    let server = Server::alone(|_| Fault::none());
    let mut driver = driver_with(&direct().user_agent("msnp/1"));
    let plain = post(&server.url("/"), "");
    let mut own = post(&server.url("/"), "");
    own.headers_mut()
        .insert("User-Agent", "MSMSGS".parse().unwrap());
    for request in [plain, own] {
        let response = ask(&mut driver, request, SOON).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
    let seen = server.requests();
    assert_eq!(seen[0].header("User-Agent"), Some("msnp/1"));
    assert_eq!(seen[1].header("User-Agent"), Some("MSMSGS"));
}

#[track_caller]
fn check(options: &HttpOptions, problem: &str) {
    let error = options.client().expect_err("these options are wrong");
    assert_eq!(error.to_string(), problem);
}

#[test]
fn wrong_options_are_named() {
    check(
        &direct().certificate_authority("not PEM"),
        "the certificate authority is not a PEM text with certificates",
    );
    check(
        &direct()
            .certificate_authority("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        "the certificate authority cannot be used",
    );
    check(
        &direct().user_agent("two\r\nlines"),
        "the user agent holds a character that a header cannot carry",
    );
    check(
        &direct().proxy("http://"),
        "the proxy is not a URL such as http://host:port",
    );
}

#[test]
fn several_authorities_can_be_given_with_or_without_a_last_line_end() {
    let twice = direct()
        .certificate_authority(certificates::authority().trim_end())
        .certificate_authority(certificates::authority());
    assert!(twice.client().is_ok());
}

#[test]
fn no_process_wide_tls_provider_is_installed() {
    direct().client().unwrap();
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[test]
fn the_password_of_the_proxy_is_not_printed() {
    let options = HttpOptions::new().proxy("http://user:hunter2@proxy:3128");
    let printed = format!("{options:?}");
    assert!(
        printed.contains("proxy") && !printed.contains("hunter2"),
        "{printed}"
    );
    let error = options.proxy("http://user:hunter2@[").client().unwrap_err();
    assert!(matches!(error, OptionsError::Proxy));
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}
