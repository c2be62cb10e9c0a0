//! What is said of a service whose certificate is not accepted, by each way in.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use msnp_service::{Service, ServiceConfig, TlsFiles};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

/// A service with this certificate, which vouches for itself.
struct Server {
    runtime: tokio::runtime::Runtime,
    service: Option<Service>,
    folder: PathBuf,
}

impl Server {
    fn start(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let own = getrandom::u64().expect("random bytes");
        let folder = std::env::temp_dir().join(format!("msnp-certificates-{own:016x}"));
        std::fs::create_dir(&folder).expect("a folder");
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        change(&mut parameters);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let files = TlsFiles {
            certificate: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        };
        std::fs::write(&files.certificate, certificate.pem()).expect("a file");
        std::fs::write(&files.key, key.serialize_pem()).expect("a file");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let config = ServiceConfig {
            tls: Some(files),
            tls_tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            ..ServiceConfig::default()
        };
        let service = runtime.block_on(Service::start(config));
        Self {
            runtime,
            service: Some(service.expect("it starts")),
            folder,
        }
    }

    fn service(&self) -> &Service {
        self.service.as_ref().expect("it runs")
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.service().address().port())
    }

    fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(service) = self.service.take() {
            self.runtime.block_on(service.stop());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Runs a command that talks to the service, trusting this certificate.
fn run(args: &[&str], trusted: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_msnp"));
    command.args(args);
    if let Some(file) = trusted {
        command.arg("--certificates").arg(file);
    }
    command
        .env("MSNP_PASSWORD", "secret")
        .env("MSNP_SERVICE_PASSWORD", "secret")
        .env("NO_PROXY", "*")
        .stdin(Stdio::null())
        .output()
        .expect("it starts")
}

#[track_caller]
fn check(server: &Server, trusted: Option<&Path>, fault: &str, remedy: &str) {
    let (url, soap) = (server.url(), format!("{}/imsoap/x", server.url()));
    let tls = server.service().tls_tcp_address().expect("a door");
    let tls = format!("localhost:{}", tls.port());
    let words = format!("the service's certificate is not accepted: {fault}");
    let login = "alice@example.org";
    let chat = ["chat", login, "--server", &url];
    let older = [&chat[..], &["--dialect", "MSNP12", "--tls", &tls]].concat();
    let imsoap = [
        "imsoap",
        "--url",
        &soap,
        "--user",
        "testing",
        "--im-account",
        login,
    ];
    // The sign-in page, a stream, SOAP: each is told at once, and nobody tries again.
    for args in [&chat[..], &older, &imsoap] {
        let output = run(args, trusted);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        assert!(said.contains(&words), "{args:?}: {said}");
        assert!(said.contains(remedy), "{args:?}: {said}");
        assert!(!said.contains("econnecting"), "{args:?}: {said}");
    }
}

#[test]
fn one_that_nobody_vouches_for() {
    let server = Server::start("localhost", |_| {});
    let fault = "nobody whom this machine trusts vouches for it";
    check(&server, None, fault, "--certificates FILE");
    // Trusted, it is no trouble any more.
    let args = ["chat", "alice@example.org", "--server", &server.url()];
    let output = run(&args, Some(&server.certificate()));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("did not accept the name"), "{said}");
}

#[test]
fn one_that_has_expired() {
    let server = Server::start("localhost", |parameters| {
        parameters.not_before = date_time_ymd(2001, 1, 1);
        parameters.not_after = date_time_ymd(2002, 1, 1);
    });
    let trusted = server.certificate();
    check(
        &server,
        Some(&trusted),
        "it has expired",
        "has to get another",
    );
}

#[test]
fn one_for_another_name() {
    let server = Server::start("im.example.org", |_| {});
    let trusted = server.certificate();
    let remedy = "by the name that its certificate has";
    check(&server, Some(&trusted), "it is for another name", remedy);
}
