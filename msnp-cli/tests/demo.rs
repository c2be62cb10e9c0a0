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
            "● signed in as Alice",
            "● signed in as Bob",
            "▸ adds Bob",
            "✓ added",
            "▸ adds Alice",
            "✓ added",
            "Bob is online",
            "Alice is online",
            "▸ is busy",
            "✓ shown to others",
            "Bob is busy – “Writing a parser”",
            "They talk",
            "Alice is typing …",
            "Hello, Bob! How are you?",
            "◂ Alice: Grüß dich",
            "◂ Alice: Привет, Боб! Γειά σου!",
            "◂ Alice: こんにちは、ボブさん",
            "◂ Alice: שלום בוב",
            "A nudge, and an edit",
            "▸ nudges",
            "✓ delivered",
            "◂ Alice nudges!",
            "▸ says: See you at eihgt",
            "✓ delivered",
            "▸ corrects: See you at eight",
            "✓ delivered",
            "◂ Alice corrects: See you at eight",
            "A group, with a topic",
            "▸ makes the group “Parsers”",
            "✓ made",
            "group “Parsers” with Bob",
            "group “Parsers” with Alice",
            "◂ Bob: Good to be here",
            "○ signed out",
            "Bob is offline",
            "◂ Alice (while you were away)",
            "The service stops, and says good-bye to everybody",
            "○ hears the good-bye",
            "○ hears the good-bye",
            "Every step happened.",
        ],
    );
    // Nothing before it exists, nothing stale, nothing by its address.
    for wrong in [
        "no topic",
        "live:",
        "8:",
        "alice",
        "bob",
        "Bob is online –",
        "Bob is offline –",
    ] {
        assert!(!text.contains(wrong), "{wrong}\n{text}");
    }
    // As many people are told to be on a list, to be there and to be in a group as there are, and no more.
    for (line, times) in [
        ("is on the list", 2),
        ("Bob is busy", 2),
        ("group “Parsers” with", 2),
    ] {
        assert_eq!(text.matches(line).count(), times, "{line}\n{text}");
    }
    // Without a terminal it is 80 columns wide.
    let widest = text
        .lines()
        .map(unicode_width::UnicodeWidthStr::width)
        .max();
    assert_eq!(widest, Some(80), "{text}");
    assert!(!text.contains('\u{1b}'));
}

/// What the demo tells with these arguments, to its end.
#[track_caller]
fn told(args: &[&str]) -> String {
    let mut command = msnp();
    command.arg("demo").args(args).env("COLUMNS", "120");
    let output = command.output().expect("it starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {text}{complaint}");
    assert!(text.ends_with("Every step happened.\n"), "{text}");
    text
}

#[test]
fn each_family_of_dialects_tells_the_story() {
    for (dialect, own) in [
        (
            "MSNP8",
            &[
                "Bob is busy\n",
                "No nudge",
                "✗ this network has no means for it",
                "no means to leave him a word",
                "✗ not delivered: the other side is not online",
            ][..],
        ),
        (
            "MSNP12",
            &[
                "Bob is busy – “Writing a parser”",
                "◂ Alice nudges!",
                "is kept for him",
                "✓ delivered",
                "◂ Alice (while you were away): Read this when you are back",
            ],
        ),
        (
            "msnp18",
            &[
                "gets tickets for the password",
                "Bob is busy – “Writing a parser”",
                "◂ Alice nudges!",
                "? perhaps not delivered: no answer came in time",
            ],
        ),
        (
            "MSNP21",
            &[
                "gets tickets for the password",
                "Bob is busy – “Writing a parser”",
                "◂ Alice nudges!",
                "is kept for him",
                "✓ delivered",
                "◂ Alice (while you were away): Read this when you are back",
            ],
        ),
        (
            "MSNP22",
            &[
                "gets tickets for the password",
                "connects, and agrees on the dialect",
                "Bob is busy – “Writing a parser”",
                "◂ Alice nudges!",
                "◂ Alice (while you were away): Read this when you are back",
            ],
        ),
    ] {
        let text = told(&["--dialect", dialect]);
        let name = dialect.to_uppercase();
        let door = match dialect {
            "MSNP22" => "its gateway, http://127.0.0.1:",
            _ => "127.0.0.1:",
        };
        in_order(&text, &[&format!("clients of {name} at {door}")]);
        in_order(&text, own);
        in_order(
            &text,
            &[
                "● signed in as Alice",
                "✓ added",
                "◂ Alice: Hello, Bob! How are you?",
                "Alice is typing …",
                "◂ Alice: Grüß dich",
                "◂ Alice: 👋🏽 100% & <ok> \"quoted\"",
                "○ signed out",
                "Bob is offline",
                "Bob is busy",
                "The service stops",
            ],
        );
    }
}

#[test]
fn a_story_is_told_in_a_dialect_that_is_spoken() {
    for wrong in ["MSNP7", "MSNP19", "CVR0"] {
        let output = msnp().args(["demo", "--dialect", wrong]).output();
        let said = String::from_utf8(output.expect("it starts").stderr).expect("UTF-8");
        assert!(
            said.contains("there are MSNP8 to MSNP18, MSNP21, MSNP22 and MSNP24"),
            "{said}"
        );
    }
}

#[test]
fn four_people_of_four_times_talk() {
    in_order(
        &told(&["--together"]),
        &[
            "Ada comes, with MSNP8",
            "Ada  ● signed in as Ada",
            "Ben comes, with MSNP15",
            "Ben  ● signed in as Ben",
            "Eve comes, with MSNP24",
            "Eve  ● signed in as Eve",
            "Fay  ● OnLogin",
            "Ada    Eve is busy",
            "Ben  ◂ Ada: Hello from MSN 5.0",
            "Ada  ◂ Ben: Hello from 8.5 🙂",
            "Eve  ◂ Ben: Is that the future?",
            "Ben  ◂ Eve: It was, once",
            "Ada  ◂ Eve: Грüße, 小美",
            "Eve  ◂ Ada: You can still read me",
            "Fay  ◂ OnMessage: How are things in SOAP?",
            "Ada  ◂ Fay: Every second or so",
            "Ben  ◂ Fay: Every second or so",
            "Eve  ◂ Fay: Every second or so",
            "Eve  ▸ corrects: See you at eight",
            "Ada  ◂ Eve: See you at eight",
            "Ada    ✗ this network has no means for it",
            "Ada    Eve is typing …",
        ],
    );
}

#[test]
fn columns_are_honoured_through_a_pipe() {
    let output = msnp()
        .args(["demo"])
        .env("COLUMNS", "100")
        .output()
        .expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let widest = text
        .lines()
        .map(unicode_width::UnicodeWidthStr::width)
        .max();
    assert_eq!(widest, Some(100), "{text}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_story_that_cannot_be_written_ends_with_3() {
    for args in [&["demo"][..], &["demo", "--soap"]] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let output = msnp()
            .args(args)
            .stdout(full.expect("Linux has it"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts")
            .wait_with_output()
            .expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.starts_with("msnp: cannot write: "), "{said}");
    }
}

#[test]
fn the_wire_shows_bytes_and_hides_secrets() {
    let output = msnp()
        .args(["demo", "--wire"])
        .output()
        .expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{text}");
    assert!(text.contains("<uic>********</uic>"), "{text}");
    let joined: String = text.split_whitespace().collect();
    assert!(!joined.contains("AAAABnpOEW"), "a uic is shown");
    for (start, end) in [("access_token=", "&"), ("passwd=", "&"), ("MSPAuth=", " ")] {
        for (at, _) in text.match_indices(start) {
            let value = text[at + start.len()..]
                .split(end)
                .next()
                .unwrap_or_default();
            assert!(value.starts_with("********"), "{start}{value}");
        }
    }
    in_order(
        &text,
        &[
            "→ GET /oauth20_authorize.srf HTTP/1.1",
            "→ POST /ppsecure/post.srf",
            "passwd=********",
            "→ {\"connectionid\": \"********\"",
            "→ POST /gateway/gateway.dll?Version=1&Protocol=mtp&Action=open",
            "→ x-msn-auth: Use-Cookie",
            "→ CNT 1 CON",
            "→ ATH 2 CON",
            "→ BND 3 CON",
            "← x-msn-messenger: SessionID=",
            "← CNT 1 CON 126",
            "(a poll: the gateway holds it",
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
