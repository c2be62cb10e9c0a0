//! The C library, as a C program has it: its header, gcc with its sanitizers, libcurl.
#![allow(clippy::unwrap_used, reason = "a trial panics when it fails")]

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use bindings_trials::{
    Friend, Missing, SERVICE_OF_README, code, must, needs, run, target, workspace,
};

fn main() -> ExitCode {
    run(&[
        (
            "a_c_program_talks_under_sanitizers",
            a_c_program_talks_under_sanitizers,
        ),
        ("the_c_bot_answers", the_c_bot_answers),
        (
            "the_readme_is_enough_to_begin_with",
            the_readme_is_enough_to_begin_with,
        ),
    ])
}

fn tools() -> Result<(), Missing> {
    needs("gcc", &["--version"], "apt-get install gcc")?;
    needs("pkg-config", &["--version"], "apt-get install pkg-config")?;
    needs(
        "pkg-config",
        &["--exists", "libcurl"],
        "apt-get install libcurl4-openssl-dev",
    )
}

fn place() -> PathBuf {
    workspace().join("bindings/c")
}

/// Builds the library, and gives the folder in which it then is.
fn library() -> PathBuf {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    must(
        cargo
            .args(["build", "--package", "msnp-c", "--locked"])
            .current_dir(workspace()),
    );
    target(env!("CARGO_TARGET_TMPDIR")).join("debug")
}

/// gcc as strict as it is, for a program of these files.
fn gcc(program: &Path, files: &[&str]) -> Command {
    let mut gcc = Command::new("gcc");
    gcc.args([
        "-std=c11",
        "-D_GNU_SOURCE",
        "-g",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-I",
    ]);
    gcc.arg(place().join("include"));
    gcc.args(files.iter().map(|file| place().join(file)));
    gcc.arg("-o").arg(program);
    gcc
}

const DRIVER: [&str; 2] = ["curl/driver.c", "curl/clock.c"];

fn a_c_program_talks_under_sanitizers() -> Result<(), Missing> {
    tools()?;
    let (library, program) = (
        library(),
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("talk"),
    );
    let mut gcc = gcc(&program, &["tests/talk.c", DRIVER[0], DRIVER[1]]);
    gcc.args([
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
        "-L",
    ]);
    must(gcc.arg(&library).args(["-lmsnp", "-lcurl"]));
    let friend = Friend::sign_in();
    let mut talk = Command::new(&program);
    talk.env("LD_LIBRARY_PATH", &library).arg(friend.url());
    let said = must(&mut talk);
    assert!(said.ends_with("talked\n"), "{said}");
    assert_eq!(friend.heard(), "grüße \"aus\" C");
    Ok(())
}

/// The static library, too.
fn the_c_bot_answers() -> Result<(), Missing> {
    tools()?;
    let (library, program) = (
        library(),
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("bot"),
    );
    let mut gcc = gcc(&program, &["examples/bot.c", DRIVER[0], DRIVER[1]]);
    must(
        gcc.arg(library.join("libmsnp.a"))
            .args(["-lcurl", "-lm", "-lpthread", "-ldl"]),
    );
    let friend = Friend::sign_in();
    let mut bot = Command::new(&program);
    bot.arg(friend.url()).args(["alice@example.org", "secret"]);
    let mut bot = bot
        .env("no_proxy", "127.0.0.1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(bot.stdout.take().unwrap()).lines();
    let signed_in = lines.any(|line| line.unwrap().contains("\"SignedIn\""));
    assert!(signed_in, "the bot is in");
    friend.ask("8:live:alice", "50% off: \\ \"你好\"\n<b>&amp;</b>");
    bot.kill().unwrap();
    bot.wait().unwrap();
    Ok(())
}

/// As the README says it, word by word, in a folder that is not of the workspace.
fn the_readme_is_enough_to_begin_with() -> Result<(), Missing> {
    tools()?;
    let library = library();
    let project = env::temp_dir().join(format!("msnp-c-{}", std::process::id()));
    let prefix = project.join("prefix");
    let mut install = Command::new(place().join("install"));
    must(install.arg(&prefix).env("MSNP_BUILT", &library));
    let readme = fs::read_to_string(place().join("README.md")).unwrap();
    let friend = Friend::sign_in();
    let program = code(&readme, "c")[0].replace(SERVICE_OF_README, friend.url());
    fs::write(project.join("hello.c"), program).unwrap();
    for file in ["driver.h", "driver.c", "clock.c"] {
        fs::copy(place().join("curl").join(file), project.join(file)).unwrap();
    }
    let mut shell = Command::new("bash");
    shell
        .arg("-euc")
        .arg(code(&readme, "sh")[1])
        .current_dir(&project);
    shell.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    let said = must(shell.env("LD_LIBRARY_PATH", prefix.join("lib")));
    assert!(
        said.contains("\"SignedIn\"") && said.contains("\"code\":\"Requested\""),
        "{said}"
    );
    assert_eq!(friend.heard(), "hi");
    fs::remove_dir_all(&project).unwrap();
    Ok(())
}
