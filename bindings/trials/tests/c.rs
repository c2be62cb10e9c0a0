//! The C library, as a C program has it: its header, gcc with its sanitizers, libcurl.
#![allow(clippy::unwrap_used, reason = "a trial panics when it fails")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::LazyLock;

use bindings_trials::{
    Bot, Friend, Missing, SERVICE_OF_README, code, must, needs, run, target, workspace,
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

/// Builds the library once, installs it, and gives the folder below which it then is.
fn prefix() -> &'static Path {
    static PREFIX: LazyLock<PathBuf> = LazyLock::new(|| {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--package", "msnp-c", "--locked"]);
        must(cargo.current_dir(workspace()));
        let temporary = env!("CARGO_TARGET_TMPDIR");
        let prefix = Path::new(temporary).join("c");
        let mut install = Command::new(place().join("install"));
        install.env("MSNP_BUILT", target(temporary).join("debug"));
        must(install.arg(&prefix));
        prefix
    });
    &PREFIX
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
    gcc.arg(prefix().join("include"));
    gcc.args(files.iter().map(|file| place().join(file)));
    gcc.arg("-o").arg(program);
    gcc
}

const DRIVER: [&str; 2] = ["curl/driver.c", "curl/clock.c"];

fn built(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn a_c_program_talks_under_sanitizers() -> Result<(), Missing> {
    tools()?;
    let (library, program) = (prefix().join("lib"), built("talk"));
    let mut gcc = gcc(&program, &["tests/talk.c", DRIVER[0], DRIVER[1]]);
    gcc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    must(gcc.arg("-L").arg(&library).args(["-lmsnp", "-lcurl"]));
    let friend = Friend::sign_in();
    let mut talk = Command::new(&program);
    talk.env("LD_LIBRARY_PATH", &library).arg(friend.url());
    let said = must(&mut talk);
    assert!(said.ends_with("talked\n"), "{said}");
    assert_eq!(friend.heard(), "grüße \"aus\" C");
    Ok(())
}

/// With the static library; and so is the guest program linked, by which drivers are judged.
fn the_c_bot_answers() -> Result<(), Missing> {
    tools()?;
    for example in ["bot", "guest"] {
        let source = format!("examples/{example}.c");
        let mut gcc = gcc(&built(example), &[&source, DRIVER[0], DRIVER[1]]);
        gcc.arg(prefix().join("lib/libmsnp.a"));
        must(gcc.args(["-lcurl", "-lm", "-lpthread", "-ldl"]));
    }
    let friend = Friend::sign_in();
    let mut bot = Command::new(built("bot"));
    bot.arg(friend.url()).args(["alice@example.org", "secret"]);
    let _bot = Bot::start(&mut bot, "\"SignedIn\"");
    friend.ask("8:live:alice", "50% off: \\ \"你好\"\n<b>&amp;</b>");
    Ok(())
}

/// As the README says it, word by word, in a folder that is not of the workspace.
fn the_readme_is_enough_to_begin_with() -> Result<(), Missing> {
    tools()?;
    let project = env::temp_dir().join(format!("msnp-c-{}", std::process::id()));
    fs::create_dir_all(&project).unwrap();
    let readme = fs::read_to_string(place().join("README.md")).unwrap();
    let friend = Friend::sign_in();
    let program = code(&readme, "c")[0].replace(SERVICE_OF_README, friend.url());
    fs::write(project.join("hello.c"), program).unwrap();
    for file in ["driver.h", "driver.c", "clock.c"] {
        fs::copy(place().join("curl").join(file), project.join(file)).unwrap();
    }
    let mut shell = Command::new("bash");
    shell.arg("-euc").arg(code(&readme, "sh")[1]);
    shell.env("PKG_CONFIG_PATH", prefix().join("lib/pkgconfig"));
    shell.env("LD_LIBRARY_PATH", prefix().join("lib"));
    let said = must(shell.current_dir(&project));
    let is_over = said.contains("\"code\":\"Requested\"");
    assert!(said.contains("\"SignedIn\"") && is_over, "{said}");
    assert_eq!(friend.heard(), "hi");
    fs::remove_dir_all(&project).unwrap();
    Ok(())
}
