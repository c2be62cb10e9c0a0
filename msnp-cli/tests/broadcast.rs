//! `msnp broadcast`, as an operator has it.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// A folder with a database, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let own = getrandom::u64().expect("random bytes");
        let folder = std::env::temp_dir().join(format!("msnp-broadcast-{own:016x}"));
        std::fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_msnp"));
        command.args(words).current_dir(&self.0);
        command.env("MSNP_PASSWORD", "secret").stdin(Stdio::null());
        command
    }

    fn says(&self, text: &str, from: &str) -> Output {
        let words = ["broadcast", text, "--from", from];
        self.command(&words).output().expect("it starts")
    }

    /// A server over the database, once it can be told something.
    fn serve(&self) -> Server {
        let words = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--operator",
            "127.0.0.1:0",
        ];
        let mut server = self.command(&words);
        server.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = server.spawn().expect("it starts");
        let out = server.stdout.take().expect("piped");
        let mut lines = BufReader::new(out).lines();
        let is_up = lines.any(|line| line.expect("it speaks").ends_with("/metrics"));
        assert!(is_up);
        Server(server)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[track_caller]
fn ends(output: &Output, code: i32, told: &str) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).expect("UTF-8");
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(told), "{text}");
}

#[test]
fn the_operator_has_something_said_by_a_server_that_runs_and_is_told_why_it_was_not() {
    let folder = Folder::new();
    let desk = "desk@example.org";
    ends(&folder.says("hello", desk), 3, "nothing was said");
    let added = folder.command(&["user", "add", desk]).output();
    assert!(added.expect("it starts").status.success());
    let server = folder.serve();
    ends(&folder.says("back at noon", desk), 0, "said to 0 people");
    ends(
        &folder.says("hello", "nobody@example.org"),
        1,
        "there is no account",
    );
    ends(&folder.says("hello", "nobody"), 2, "--from");
    ends(&folder.says("", desk), 2, "there are no words");
    ends(&folder.says("a\nb", desk), 2, "control character");
    ends(
        &folder.says(&"x".repeat(1_001), desk),
        2,
        "longer than 1000 bytes",
    );
    drop(server);
    // What it has left is worth nothing any more.
    ends(&folder.says("hello", desk), 3, "does not answer");
}
