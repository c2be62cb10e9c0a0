//! The demo and the server as a person starts them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

fn msnp() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_msnp"));
    command.env_remove("MSNP_PASSWORD").env_remove("MSNP_LOG");
    command
}

#[track_caller]
fn in_order(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for line in wanted {
        let Some(at) = rest.find(line) else {
            panic!("“{line}” is missing, or not in its place, in:\n{text}");
        };
        rest = &rest[at + line.len()..];
    }
}

#[test]
fn the_demo_tells_the_whole_story() {
    // Without a subcommand, the demo runs.
    let output = msnp().output().expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    in_order(
        &text,
        &[
            "● signed in as alice",
            "● signed in as bob",
            "bob is online",
            "bob is busy – “Writing a parser”",
            "alice is typing …",
            "Hello, Bob! How are you?",
            "◂ Alice: Grüß dich",
            "◂ Alice: Привет, Боб! Γειά σου!",
            "◂ Alice: こんにちは、ボブさん",
            "◂ Alice: שלום בוב",
            "alice sent a nudge!",
            "alice corrects: See you at eight",
            "group “Parsers”",
            "◂ Bob: Good to be here",
            "○ signed out",
            "bob is offline",
            "◂ Alice (while you were away)",
            "Every step happened.",
        ],
    );
}

#[test]
fn the_wire_shows_bytes_and_hides_secrets() {
    let output = msnp()
        .args(["demo", "--wire"])
        .output()
        .expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{text}");
    let joined: String = text.split_whitespace().collect();
    assert!(
        joined.contains("<user><uic>[secret]</uic><web-compact-ticket/></user>"),
        "{text}"
    );
    assert!(!joined.contains("AAAABnpOEW"), "a uic is shown");
    in_order(
        &text,
        &[
            "→ CNT 1 CON",
            "→ ATH 2 CON",
            "→ BND 3 CON",
            "← CNT 1 CON 126",
        ],
    );
}

#[test]
fn a_server_with_accounts_is_made_by_two_commands() {
    // Not the process's id: another container that shares the folder may have the same.
    let own = getrandom::u64().expect("random bytes");
    let folder = std::env::temp_dir().join(format!("msnp-serve-{own:016x}"));
    std::fs::create_dir(&folder).expect("a folder for the database");
    let database = folder.join("msnp.db");
    let add = |address: &str| {
        let mut command = msnp();
        command
            .args(["user", "add", address, "--database"])
            .arg(&database);
        command
            .env("MSNP_PASSWORD", "secret")
            .output()
            .expect("the command starts")
    };
    assert!(add("alice@example.org").status.success());
    assert_eq!(
        add("alice@example.org").status.code(),
        Some(1),
        "the address is taken"
    );
    assert_eq!(add("no address").status.code(), Some(1));
    let listed = msnp()
        .args(["user", "list", "--database"])
        .arg(&database)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&listed.stdout),
        "alice@example.org  live:alice  alice\n"
    );

    let mut server = msnp()
        .args(["serve", "--listen", "127.0.0.1:0", "--database"])
        .arg(&database)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let mut url = String::new();
    let out = server.stdout.take().expect("piped");
    BufReader::new(out)
        .read_line(&mut url)
        .expect("the server says where it is");
    let address = url.trim().strip_prefix("http://").expect("a URL");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .expect("the server reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the server answers");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    server.kill().expect("the server is there");
    server.wait().expect("the server ends");
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}
