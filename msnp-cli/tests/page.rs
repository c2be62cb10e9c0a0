//! `msnp serve` has the page for browsers inside, or says how to get it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The command at work; it ends with the test.
struct Server(Child);

impl Server {
    /// It, and where it serves.
    fn start(arguments: &[&str]) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_msnp"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let out = child.stdout.take().expect("it is piped");
        let mut url = String::new();
        BufReader::new(out)
            .read_line(&mut url)
            .expect("the line that a script waits for");
        let address = url.trim().strip_prefix("http://").expect("an address");
        (Self(child), address.to_owned())
    }

    /// What it has logged, once it is ended.
    fn end(mut self) -> String {
        let _ = self.0.kill();
        let mut log = String::new();
        let mut from = self.0.stderr.take().expect("it is piped");
        from.read_to_string(&mut log).expect("text");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(address: &str, path: &str) -> Vec<u8> {
    let mut client = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).expect("it reads");
    let mut reply = Vec::new();
    client.read_to_end(&mut reply).expect("it answers");
    reply
}

/// What an address is that an HTML page names, by how it begins.
fn named<'a>(page: &'a str, begin: &str) -> Option<&'a str> {
    let at = page.find(begin)?;
    page[at..].split('"').next()
}

#[test]
fn a_service_and_a_gateway_have_the_page_inside_or_say_how_to_get_it() {
    let database = std::env::temp_dir().join(format!(
        "msnp-page-{:016x}.db",
        getrandom::u64().expect("random bytes")
    ));
    let own = ["--database", database.to_str().expect("text")];
    let relay = "login=http://127.0.0.1:9/login2.srf";
    let front = ["--upstream", "127.0.0.1:9", "--relay", relay];
    for arguments in [&own[..], &front] {
        let (server, address) = Server::start(arguments);
        let page = get(&address, "/");
        let page = String::from_utf8(page).expect("text");
        let engine = named(&page, "/web/msnp-");
        let engine = engine.map(|path| get(&address, path));
        let log = server.end();
        let says_how = log.contains("web/README.md");
        match engine {
            Some(engine) => {
                let head = b"\r\n\r\n\0asm";
                assert!(engine.windows(head.len()).any(|bytes| bytes == head));
                assert!(!says_how, "{log}");
            }
            None => assert!(says_how, "{arguments:?}: {page}\n{log}"),
        }
    }
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", database.display()));
    }
}
