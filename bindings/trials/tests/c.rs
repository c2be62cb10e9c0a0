//! The C library, as a C program has it: its header, gcc with its sanitizers, libcurl.
#![allow(clippy::unwrap_used, reason = "a trial panics when it fails")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use bindings_trials::c::{DRIVER, gcc, place, prefix, tools};
use bindings_trials::{Bot, Friend, Missing, SERVICE_OF_README, code, must, run};

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

fn temporary() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn a_c_program_talks_under_sanitizers() -> Result<(), Missing> {
    tools()?;
    let (library, program) = (prefix(temporary()).join("lib"), temporary().join("talk"));
    let mut gcc = gcc(
        temporary(),
        &program,
        &["tests/talk.c", DRIVER[0], DRIVER[1]],
    );
    gcc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    must(
        gcc.arg("-L")
            .arg(&library)
            .args(["-lmsnp", "-lcurl", "-pthread"]),
    );
    let friend = Friend::sign_in();
    let mut talk = Command::new(&program);
    talk.env("LD_LIBRARY_PATH", &library).arg(friend.url());
    let said = must(&mut talk);
    assert!(said.ends_with("talked\n"), "{said}");
    assert_eq!(friend.heard(), "grüße \"aus\" C");
    Ok(())
}

/// With the static library.
fn the_c_bot_answers() -> Result<(), Missing> {
    tools()?;
    let program = temporary().join("bot");
    let mut gcc = gcc(
        temporary(),
        &program,
        &["examples/bot.c", DRIVER[0], DRIVER[1]],
    );
    gcc.arg(prefix(temporary()).join("lib/libmsnp.a"));
    must(gcc.args(["-lcurl", "-lm", "-lpthread", "-ldl"]));
    let friend = Friend::sign_in();
    let mut bot = Command::new(&program);
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
    shell.env("PKG_CONFIG_PATH", prefix(temporary()).join("lib/pkgconfig"));
    shell.env("LD_LIBRARY_PATH", prefix(temporary()).join("lib"));
    let said = must(shell.current_dir(&project));
    let is_over = said.contains("\"code\":\"Requested\"");
    assert!(said.contains("\"SignedIn\"") && is_over, "{said}");
    assert_eq!(friend.heard(), "hi");
    fs::remove_dir_all(&project).unwrap();
    Ok(())
}
