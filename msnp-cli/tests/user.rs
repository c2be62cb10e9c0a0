//! What an operator types: accounts, copies of the database.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// A folder with a database, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        // Not the process's id: another container that shares the folder may have the same.
        let own = getrandom::u64().expect("random bytes");
        let folder = std::env::temp_dir().join(format!("msnp-user-{own:016x}"));
        std::fs::create_dir(&folder).expect("a folder");
        Self(folder)
    }

    /// Runs a command in the folder, whose passwords are `secret` unless told.
    fn run(&self, words: &str, password: &str) -> Output {
        let mut command = self.command(words);
        command
            .env("MSNP_PASSWORD", password)
            .env("MSNP_SERVICE_PASSWORD", password);
        command.output().expect("the command starts")
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_msnp"));
        command.args(words.split(' ')).current_dir(&self.0);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command that must do what it was told; what it says.
    #[track_caller]
    fn done(&self, words: &str) -> String {
        let output = self.run(words, "secret");
        assert!(output.status.success(), "{words}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs a command that must not; its exit code and why.
    #[track_caller]
    fn refused(&self, words: &str) -> (i32, String) {
        let output = self.run(words, "secret");
        let code = output.status.code().expect("it was not killed");
        let why = String::from_utf8(output.stderr).expect("text");
        (code, why.trim_end().to_owned())
    }

    fn serve(&self) -> Server {
        let mut server = self
            .command("serve --listen 127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let out = server.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("it speaks");
        assert!(line.starts_with("http://"), "{line}");
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

#[test]
fn an_access_token_is_shown_once() {
    let folder = Folder::new();
    folder.done("user add alice@example.org");
    let made = folder.done("user token add live:alice --label Trillian");
    let (token, rest) = made.split_once('\n').expect("two lines");
    assert_eq!(token.len(), 16, "{made}");
    assert_eq!(
        rest,
        "access token 1 of alice@example.org, which is not shown again\n"
    );
    assert_ne!(folder.done("user token add alice@example.org"), made);
    let listed = folder.done("user token list alice@example.org");
    let lines: Vec<_> = listed.lines().collect();
    let [first, second] = lines[..] else {
        panic!("{listed}");
    };
    assert!(
        first.starts_with("1  20") && first.ends_with("  Trillian"),
        "{first}"
    );
    assert!(second.starts_with("2  20") && !listed.contains(token));
    folder.done("user token revoke alice@example.org 1");
    assert_eq!(
        folder.done("user token list alice@example.org"),
        format!("{second}\n")
    );
    let refused = folder.refused("user token revoke alice@example.org 1");
    let why = "msnp: alice@example.org has no access token 1";
    assert_eq!(refused, (1, why.to_owned()));
}

#[test]
fn a_refusal_says_what_and_whose() {
    let folder = Folder::new();
    folder.done("user add alice@example.org");
    let cases = [
        (
            "user add alice@example.org --id other",
            1,
            "msnp: somebody has the address alice@example.org already",
        ),
        (
            "user add alice@example.net",
            1,
            "msnp: somebody has the id live:alice already, or had it; another can be given with --id",
        ),
        (
            "user add ali+ce@example.net",
            1,
            "msnp: `live:ali+ce` cannot be an id: the name holds a character that is not allowed at byte 8; another can be given with --id",
        ),
        (
            "user add alice",
            1,
            "msnp: `alice` cannot be an address: the address is not of the form name@domain",
        ),
        (
            "user passwd bob@example.org",
            1,
            "msnp: there is no account bob@example.org",
        ),
        (
            "user remove-service nobody",
            1,
            "msnp: the IM web service has no user nobody",
        ),
        (
            "user list --database typo.db",
            3,
            "msnp: typo.db: no such file",
        ),
    ];
    for (words, code, why) in cases {
        assert_eq!(folder.refused(words), (code, why.to_owned()), "{words}");
    }
    assert!(
        !folder.0.join("typo.db").exists(),
        "a mistyped name makes no file"
    );
}

#[test]
fn a_file_that_is_no_database_is_named_with_the_reason() {
    let folder = Folder::new();
    std::fs::write(folder.0.join("msnp.db"), [7; 5_000]).expect("written");
    let (code, why) = folder.refused("user list");
    assert_eq!(code, 3);
    assert!(
        why.starts_with("msnp: msnp.db: the database cannot be opened: "),
        "{why}"
    );
    assert!(why.ends_with("file is not a database"), "{why}");
}

#[test]
fn the_list_is_in_columns_and_says_who_is_disabled() {
    let folder = Folder::new();
    folder.done("user add alexandra@example.org --name Alex");
    folder.done("user add bob@example.org");
    let disabled = folder.done("user disable live:bob");
    assert_eq!(disabled, "nobody can sign in as bob@example.org\n");
    assert_eq!(
        folder.done("user list"),
        "alexandra@example.org  live:alexandra  Alex\n\
         bob@example.org        live:bob        bob   disabled\n"
    );
    let again = folder.done("user enable bob@example.org");
    assert_eq!(again, "bob@example.org can sign in\n");
    assert!(!folder.done("user list").contains("disabled"));
}

#[test]
fn an_account_is_renamed_and_removed_while_nobody_serves_it() {
    let folder = Folder::new();
    folder.done("user add alice@example.org");
    let server = folder.serve();
    for words in [
        "user remove live:alice",
        "user rename live:alice --name Al",
        "serve --listen 127.0.0.1:0",
    ] {
        let (code, why) = folder.refused(words);
        assert_eq!(code, 3, "{words}");
        let held = format!(
            "another server, process {}, serves the database",
            server.0.id()
        );
        assert!(why.ends_with(&held), "{words}: {why}");
    }
    // These are for a running server.
    folder.done("user passwd live:alice");
    folder.done("user add bob@example.org");
    drop(server);
    folder.done("user rename live:alice --address al@example.org --name Al");
    let list = folder.done("user list");
    assert!(
        list.starts_with("al@example.org   live:alice  Al\n"),
        "{list}"
    );
    folder.done("user remove al@example.org");
    assert_eq!(folder.done("user list"), "bob@example.org  live:bob  bob\n");
}

#[test]
fn users_of_the_im_web_service_come_and_go() {
    let folder = Folder::new();
    folder.done("user add-service testing");
    let (code, why) = folder.refused("user add-service testing");
    assert_eq!(
        (code, why.as_str()),
        (1, "msnp: the IM web service has a user testing already")
    );
    folder.done("user passwd-service testing");
    folder.done("user remove-service testing");
    folder.done("user add-service testing");
}

#[test]
fn a_copy_is_made_of_a_running_server_and_put_back_after_it() {
    let folder = Folder::new();
    folder.done("user add alice@example.org");
    let server = folder.serve();
    folder.done("backup copy.db");
    let (code, why) = folder.refused("backup copy.db");
    assert_eq!(code, 3);
    assert!(
        why.starts_with("msnp: msnp.db was not copied to copy.db: the file cannot be opened: "),
        "{why}"
    );
    let (code, why) = folder.refused("restore copy.db");
    assert_eq!(code, 3);
    assert!(why.starts_with("msnp: msnp.db is as it was, "), "{why}");
    drop(server);
    folder.done("user add bob@example.org");
    folder.done("restore copy.db");
    assert_eq!(
        folder.done("user list"),
        "alice@example.org  live:alice  alice\n"
    );
    let before = folder.done("user list --database msnp.db.before");
    assert_eq!(before.lines().count(), 2);
}
