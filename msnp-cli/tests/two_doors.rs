//! `msnp serve` with HTTP and HTTPS at once: what it says at its start, and who answers where.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use rcgen::{CertificateParams, KeyPair};

/// A folder with settings, a certificate and a database, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(settings: &str) -> Self {
        let own = getrandom::u64().expect("random bytes");
        let folder = std::env::temp_dir().join(format!("msnp-two-doors-{own:016x}"));
        std::fs::create_dir(&folder).expect("a folder");
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        for (name, text) in [
            ("certificate.pem", certificate.pem()),
            ("key.pem", key.serialize_pem()),
            ("serve.toml", settings.to_owned()),
        ] {
            std::fs::write(folder.join(name), text).expect("a file");
        }
        Self(folder)
    }

    fn msnp(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_msnp"));
        command
            .current_dir(&self.0)
            .env("NO_PROXY", "*")
            .stdin(Stdio::null());
        command
    }

    /// What `msnp chat` says of a server of these URLs: what is wrong is that nobody is known there by the name.
    fn asks(&self, url: &str) -> String {
        let mut command = self.msnp();
        command.args(["chat", "alice@example.org", "--server", url]);
        if url.starts_with("https") {
            command.args(["--certificates", "certificate.pem"]);
        }
        let output = command.env("MSNP_PASSWORD", "secret").output();
        let output = output.expect("it starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The command at work; it ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const TWO_DOORS: &str =
    "tls-listen = \"127.0.0.1:0\"\ntls-cert = \"certificate.pem\"\ntls-key = \"key.pem\"\n";

impl Server {
    fn start(folder: &Folder) -> (Self, Lines<BufReader<ChildStdout>>) {
        let serving = folder
            .msnp()
            .args(["serve", "--listen", "127.0.0.1:0", "--config", "serve.toml"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut server = Self(serving.expect("it starts"));
        let lines = BufReader::new(server.0.stdout.take().expect("piped")).lines();
        (server, lines)
    }
}

/// Both doors are told, the plain one first, and somebody answers at each.
#[track_caller]
fn has_two_doors(folder: &Folder, lines: &mut Lines<BufReader<ChildStdout>>) {
    for scheme in ["http", "https"] {
        let line = lines.next().expect("a line").expect("text");
        let port = line.strip_prefix(&format!("{scheme}://127.0.0.1:"));
        let port = port.unwrap_or_else(|| panic!("{line}"));
        let url = format!("{scheme}://localhost:{port}");
        let said = folder.asks(&url);
        assert!(said.contains("did not accept the name"), "{url}: {said}");
    }
}

#[test]
fn it_says_where_each_door_is_and_answers_at_both() {
    let folder = Folder::new(TWO_DOORS);
    let (_server, mut lines) = Server::start(&folder);
    has_two_doors(&folder, &mut lines);
}

#[cfg(unix)]
#[test]
fn the_second_door_opens_when_the_settings_are_read_again() {
    let folder = Folder::new("");
    let (server, mut lines) = Server::start(&folder);
    let first = lines.next().expect("a line").expect("text");
    assert!(first.starts_with("http://"), "{first}");
    std::fs::write(folder.0.join("serve.toml"), TWO_DOORS).expect("a file");
    let pid = server.0.id().to_string();
    let sent = Command::new("kill").args(["-HUP", &pid]).status();
    assert!(sent.expect("it starts").success());
    has_two_doors(&folder, &mut lines);
}

#[test]
fn what_cannot_be_two_doors_is_told_before_anything_starts() {
    let folder = Folder::new("host = \"im.example.org:8443\"\n");
    let check = |more: &[&str]| {
        let mut command = folder.msnp();
        command.args(["serve", "--check-config", "--config", "serve.toml"]);
        let output = command.args(more).output().expect("it starts");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let with = ["--tls-cert", "certificate.pem", "--tls-key", "key.pem"];
    assert_eq!(check(&with), "");
    let door = ["--tls-listen", "127.0.0.1:8443"];
    assert!(check(&door).contains("--tls-cert"), "{}", check(&door));
    let said = check(&[&with[..], &door].concat());
    assert!(said.contains("im.example.org:8443 has one port"), "{said}");
}
