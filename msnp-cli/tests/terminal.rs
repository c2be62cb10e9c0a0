//! `msnp chat` full-screen in a real terminal, tmux's. The screens are kept below the folder of test outputs.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);
const PASSWORD: &str = "secret word";

/// `msnp serve`, which can be killed and come back at the same address, with the same accounts.
struct Server {
    database: PathBuf,
    process: Option<Child>,
    address: String,
}

impl Server {
    fn start(database: PathBuf) -> Self {
        for name in ["alice", "bob"] {
            let added = Command::new(env!("CARGO_BIN_EXE_msnp"))
                .args(["user", "add", &format!("{name}@example.com"), "--database"])
                .arg(&database)
                .env("MSNP_PASSWORD", PASSWORD)
                .output()
                .expect("it runs");
            assert!(added.status.success(), "{added:?}");
        }
        let mut server = Self {
            database,
            process: None,
            address: "127.0.0.1:0".to_owned(),
        };
        server.come_back();
        server
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Without a good-bye to anybody.
    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it is there");
            process.wait().expect("it ends");
        }
    }

    fn come_back(&mut self) {
        let end = Instant::now() + PATIENCE;
        // The system may hold the port for a moment.
        while self.process.is_none() {
            assert!(Instant::now() < end, "the port is not free again");
            let mut process = Command::new(env!("CARGO_BIN_EXE_msnp"))
                .args(["serve", "--listen", &self.address, "--database"])
                .arg(&self.database)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("it starts");
            let mut line = String::new();
            let out = process.stdout.take().expect("piped");
            BufReader::new(out)
                .read_line(&mut line)
                .expect("it says where it is");
            if let Some(address) = line.trim().strip_prefix("http://") {
                address.clone_into(&mut self.address);
                self.process = Some(process);
            } else {
                process.wait().expect("it ends");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A terminal of 80 by 24 with a shell in it, in a tmux of its own.
struct Terminal {
    socket: PathBuf,
    screens: PathBuf,
    taken: u32,
}

impl Terminal {
    fn open(folder: &std::path::Path, name: &str) -> Self {
        let screens = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("screens")
            .join(name);
        std::fs::create_dir_all(&screens).expect("a folder for the screens");
        let terminal = Self {
            socket: folder.join(format!("tmux-{name}")),
            screens,
            taken: 0,
        };
        terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "24",
            "-s",
            "t",
            "env",
            "-u",
            "NO_COLOR",
            "PS1=shell$ ",
            "LC_ALL=C.UTF-8",
            "sh",
        ]);
        terminal
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .args(args)
            .output()
            .expect("tmux runs");
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {complaint}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-t", "t"])
    }

    /// Keeps what stands on the screen and has left it at the top, with its colours: pictures are made of it.
    fn keep_colours(&self, file: &std::path::Path) -> String {
        let all = self.tmux(&["capture-pane", "-e", "-p", "-S", "-", "-t", "t"]);
        std::fs::write(file.with_extension("ansi"), &all).expect("the screen is kept");
        all
    }

    /// Types a text, and presses a key.
    fn types(&self, text: &str, key: &str) {
        if !text.is_empty() {
            self.tmux(&["send-keys", "-t", "t", "-l", text]);
        }
        self.tmux(&["send-keys", "-t", "t", key]);
    }

    fn pastes(&self, text: &str) {
        self.tmux(&["set-buffer", text]);
        self.tmux(&["paste-buffer", "-p", "-t", "t"]);
    }

    /// Waits until the screen is as wanted, and keeps it.
    #[track_caller]
    fn sees(&mut self, name: &str, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            let is_there = wanted(&screen);
            if is_there || Instant::now() > end {
                self.taken += 1;
                let file = self.screens.join(format!("{:02}-{name}.txt", self.taken));
                std::fs::write(&file, &screen).expect("the screen is kept");
                self.keep_colours(&file);
                assert!(is_there, "“{name}” never came to be:\n{screen}");
                return screen;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let kill = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .arg("kill-server")
            .output();
        drop(kill);
    }
}

/// Whether there is a tmux; says in one line what is missing. Where everything must be tested, that is a failure.
fn has_tmux() -> bool {
    let has = Command::new("tmux")
        .arg("-V")
        .output()
        .is_ok_and(|it| it.status.success());
    if !has {
        assert!(
            std::env::var_os("MSNP_TEST_ALL").is_none(),
            "tmux is missing"
        );
        eprintln!("not run: tmux is missing");
    }
    has
}

fn start(terminal: &Terminal, server: &Server, who: &str, password: &str) {
    let msnp = env!("CARGO_BIN_EXE_msnp");
    let url = server.url();
    let name = format!("{}{}", who[..1].to_uppercase(), &who[1..]);
    let line = format!(
        "MSNP_PASSWORD='{password}' NO_PROXY='*' '{msnp}' chat {who}@example.com --name {name} --server {url} --config /dev/null; echo ended with $?"
    );
    terminal.types(&line, "Enter");
}

#[test]
fn two_people_chat_in_real_terminals() {
    if !has_tmux() {
        return;
    }
    let own = getrandom::u64().expect("random bytes");
    let folder = std::env::temp_dir().join(format!("msnp-terminal-{own:016x}"));
    std::fs::create_dir(&folder).expect("a folder");
    let mut server = Server::start(folder.join("msnp.db"));
    let mut alice = Terminal::open(&folder, "alice");
    let mut bob = Terminal::open(&folder, "bob");

    // A wrong password is asked for once more.
    start(&alice, &server, "alice", "wrong");
    alice.sees("wrong-password", |it| {
        it.contains("(signed out: the service did not accept")
    });
    alice.types("/signin", "Enter");
    alice.sees("password-asked", |it| it.contains("Password:"));
    alice.types(PASSWORD, "Enter");
    let screen = alice.sees("signed-in", |it| it.contains("(online)"));
    assert!(!screen.contains(PASSWORD));
    start(&bob, &server, "bob", PASSWORD);
    bob.sees("signed-in", |it| it.contains("(online)"));

    // They add each other and talk.
    alice.types("/add bob@example.com", "Enter");
    alice.sees("added", |it| {
        it.contains("Adding") && it.contains("done") && it.contains("● Bob")
    });
    bob.sees("asked", |it| {
        it.contains("(live:alice) added you.") && it.contains("+ Alice")
    });
    bob.types("/add alice@example.com", "Enter");
    bob.sees("added", |it| it.contains("● Alice"));
    alice.types("/msg bob are you coming tonight?", "Enter");
    bob.sees("heard-elsewhere", |it| it.contains("1 new"));
    bob.types("/msg alice", "Enter");
    bob.sees("heard", |it| it.contains("Alice: are you coming tonight?"));

    // Three pasted lines are one message of three lines.
    bob.pastes("yes, and I bring\nthe long cable\ntwo lamps");
    bob.sees("pasted", |it| {
        let rows: Vec<&str> = it.lines().collect();
        rows.windows(3)
            .any(|rows| rows == ["> yes, and I bring", "  the long cable", "  two lamps"])
    });
    bob.types("", "Enter");
    let three = |it: &str| {
        let rows: Vec<&str> = it.lines().filter_map(|row| row.split('│').nth(1)).collect();
        rows.windows(3).any(|rows| {
            rows[0].ends_with("Bob: yes, and I bring")
                && rows[1].trim() == "the long cable"
                && rows[2].trim() == "two lamps"
        })
    };
    bob.sees("said", three);
    alice.sees("three-lines", three);

    // Back to the shell, and from there to the chat.
    alice.types("", "C-z");
    alice.sees("suspended", |it| {
        it.contains("shell$") && !it.contains("Conversations")
    });
    alice.types("fg; echo it ended with $?", "Enter");
    alice.sees("continued", |it| {
        it.contains("Conversations") && it.contains("(online)")
    });

    // The server is killed. What is written at once and what is written later waits, and it is said what is wrong.
    server.kill();
    alice.types("are you still there?", "Enter");
    alice.sees("trouble", |it| {
        it.contains("(reconnecting in") && it.contains("1 unsent")
    });
    alice.types("hello?", "Enter");
    alice.sees("unsent", |it| it.contains("2 unsent"));
    // It comes back, and all that waited arrives.
    server.come_back();
    alice.types("/signin", "Enter");
    alice.sees("back", |it| {
        it.contains("(online)") && !it.contains("unsent")
    });
    bob.types("/signin", "Enter");
    bob.sees("back", |it| {
        it.contains("Alice: are you still there?") && it.contains("Alice: hello?")
    });

    alice.types("/quit", "Enter");
    alice.sees("left", |it| it.contains("it ended with 0"));
    bob.types("", "C-c");
    bob.sees("left", |it| it.contains("ended with 0"));
    // Nobody ever signed in: that is no success.
    start(&bob, &server, "bob", "wrong");
    bob.sees("refused", |it| {
        it.contains("(signed out: the service did not accept")
    });
    bob.types("", "C-c");
    bob.sees("left-without", |it| it.contains("ended with 1"));
    drop((alice, bob, server));
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[test]
fn a_terminal_that_can_do_nothing_gets_lines_and_decode_says_what_it_waits_for() {
    if !has_tmux() {
        return;
    }
    let own = getrandom::u64().expect("random bytes");
    let folder = std::env::temp_dir().join(format!("msnp-terminal-{own:016x}"));
    std::fs::create_dir(&folder).expect("a folder");
    let server = Server::start(folder.join("msnp.db"));
    let mut bob = Terminal::open(&folder, "dumb");
    // A terminal that can do nothing gets lines.
    let start_plain = format!(
        "TERM=dumb MSNP_PASSWORD='{PASSWORD}' NO_PROXY='*' '{}' chat bob@example.com --server {} --config /dev/null; echo left with $?",
        env!("CARGO_BIN_EXE_msnp"),
        server.url()
    );
    bob.types(&start_plain, "Enter");
    bob.sees("dumb", |it| it.contains("msnp * Signed in as"));
    bob.types("/quit", "Enter");
    bob.sees("dumb-left", |it| it.contains("left with 0"));
    // Whoever asks for nothing is told what is waited for.
    bob.types("clear", "Enter");
    bob.types(
        concat!("'", env!("CARGO_BIN_EXE_msnp"), "' decode"),
        "Enter",
    );
    bob.sees("decode-waits", |it| {
        it.contains("reading what is typed, to its end (Ctrl-D)")
    });
    bob.types("", "C-d");
    bob.sees("decode-ends", |it| it.contains("the file is empty"));
    drop((bob, server));
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[test]
fn the_demo_tells_its_story_in_a_terminal() {
    if !has_tmux() {
        return;
    }
    let own = getrandom::u64().expect("random bytes");
    let folder = std::env::temp_dir().join(format!("msnp-terminal-{own:016x}"));
    std::fs::create_dir(&folder).expect("a folder");
    let mut terminal = Terminal::open(&folder, "demo");
    let demo = format!(
        "clear; '{}' demo; echo ended with $?",
        env!("CARGO_BIN_EXE_msnp")
    );
    terminal.types(&demo, "Enter");
    terminal.sees("told", |it| it.contains("ended with 0"));
    let told = terminal.keep_colours(&terminal.screens.join("whole"));
    // Its headings stand out.
    assert!(told.contains("\u{1b}[1m\u{1b}[36mThey talk"), "{told}");
    drop(terminal);
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}
