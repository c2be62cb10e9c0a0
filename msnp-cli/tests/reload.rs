//! `msnp serve`, whose settings are read again on a signal.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A folder with settings and a database, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let own = getrandom::u64().expect("random bytes");
        let folder = std::env::temp_dir().join(format!("msnp-reload-{own:016x}"));
        std::fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }

    fn set(&self, settings: &str) {
        std::fs::write(self.0.join("serve.toml"), settings).expect("a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The command at work; it ends with the test.
struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    log: BufReader<std::process::ChildStderr>,
}

impl Server {
    fn start(folder: &Folder) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_msnp"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config", "serve.toml"])
            .current_dir(&folder.0)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        Self {
            out: BufReader::new(child.stdout.take().expect("piped")),
            log: BufReader::new(child.stderr.take().expect("piped")),
            child,
        }
    }

    /// The next line that a script waits for: where it serves.
    fn address(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("it speaks");
        let address = line.trim_end().strip_prefix("http://");
        address.expect("an address").to_owned()
    }

    /// Waits for a line of the log with this in it.
    fn logs(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let read = self.log.read_line(&mut line).expect("it speaks");
            assert!(read > 0, "{text} was never told");
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("it starts").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a machine is called in the reply to an open.
fn name_at(address: &str) -> String {
    let mut client = TcpStream::connect(address).expect("it listens");
    let open = "POST /gateway/gateway.dll?Action=open&Server=NS&IP=none HTTP/1.1\r\n\
        Host: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    client.write_all(open.as_bytes()).expect("it is read");
    let mut reply = String::new();
    client.read_to_string(&mut reply).expect("an answer");
    let mut lines = reply.lines();
    let name = lines.find_map(|line| line.strip_prefix("X-MSNSERVER: "));
    name.unwrap_or_else(|| panic!("{reply}")).to_owned()
}

#[test]
fn settings_are_read_again_on_a_signal_and_bad_ones_change_nothing() {
    let folder = Folder::new();
    folder.set("server-name = \"ONE\"\n");
    let mut server = Server::start(&folder);
    let first = server.address();
    assert_eq!(name_at(&first), "ONE");
    // Neither what is no setting, nor what cannot be used.
    for (settings, why) in [
        ("server-nam = \"ONE\"\n", "serve.toml: line 1"),
        ("connections = 0\n", "no connection at a time serves nobody"),
        (
            "tls-cert = \"nowhere.pem\"\ntls-key = \"nowhere.pem\"\n",
            "nowhere.pem",
        ),
    ] {
        folder.set(settings);
        server.signal("-HUP");
        server.logs(why);
        assert_eq!(name_at(&first), "ONE", "{settings}");
    }
    folder.set("server-name = \"TWO\"\n");
    server.signal("-HUP");
    let second = server.address();
    assert_eq!(name_at(&second), "TWO");
    server.signal("-TERM");
    let ended = server.child.wait().expect("it ends");
    assert!(ended.success(), "{ended}");
}
