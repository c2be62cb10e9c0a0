//! The Python package, as a Python program has it: a wheel, installed in a place of its own.
#![allow(clippy::unwrap_used, reason = "a trial panics when it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bindings_trials::python::{package, python};
use bindings_trials::{Bot, Friend, Missing, SERVICE_OF_README, code, must, run};

fn main() -> ExitCode {
    run(&[
        ("python_s_own_tests_pass", python_s_own_tests_pass),
        (
            "the_stubs_are_those_of_the_module",
            the_stubs_are_those_of_the_module,
        ),
        ("the_python_bots_answer", the_python_bots_answer),
    ])
}

fn environment() -> Result<PathBuf, Missing> {
    bindings_trials::python::environment(Path::new(env!("CARGO_TARGET_TMPDIR")))
}

fn python_s_own_tests_pass() -> Result<(), Missing> {
    let place = environment()?;
    let friend = Friend::sign_in();
    let mut pytest = python(&place);
    // What is not closed, or used as it should not be any more, is a fault.
    pytest.args(["-X", "dev", "-W", "error"]);
    pytest.args([
        "-B",
        "-I",
        "-m",
        "pytest",
        "-W",
        "error",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
    ]);
    pytest.arg(package()).arg(package().join("tests"));
    let said = must(pytest.env("MSNP_SERVICE", friend.url()));
    assert!(
        said.contains(" passed") && !said.contains("skipped"),
        "{said}"
    );
    println!("{}", said.lines().last().unwrap());
    Ok(())
}

fn the_stubs_are_those_of_the_module() -> Result<(), Missing> {
    let place = environment()?;
    must(python(&place).args([
        "-m",
        "mypy.stubtest",
        "--concise",
        "--ignore-disjoint-bases",
        "msnp._native",
    ]));
    must(python(&place).args([
        "-m",
        "mypy",
        "--strict",
        "--no-warn-return-any",
        "-p",
        "msnp",
    ]));
    for example in ["bot", "blocking_bot", "guest"] {
        let file = package().join(format!("examples/{example}.py"));
        must(
            python(&place)
                .args(["-m", "mypy", "--strict", "--cache-dir=/dev/null"])
                .arg(file),
        );
    }
    must(python(&place).args([
        "-c",
        "import doctest, msnp.frames as it; assert doctest.testmod(it) == (0, 2)",
    ]));
    Ok(())
}

/// Those of the folder, and the one that stands in the README, in a folder that is not of the workspace.
fn the_python_bots_answer() -> Result<(), Missing> {
    let place = environment()?;
    let project = std::env::temp_dir().join(format!("msnp-python-{}", std::process::id()));
    fs::create_dir_all(&project).unwrap();
    let of_readme = project.join("bot.py");
    let examples = package().join("examples");
    let bots = [
        examples.join("bot.py"),
        examples.join("blocking_bot.py"),
        of_readme.clone(),
    ];
    for bot in bots {
        let friend = Friend::sign_in();
        let readme = fs::read_to_string(package().join("README.md")).unwrap();
        let program =
            code(&readme, "python")[0].replace("print(event)", "print(event, flush=True)");
        fs::write(&of_readme, program.replace(SERVICE_OF_README, friend.url())).unwrap();
        let mut program = python(&place);
        program.arg(bot).arg(friend.url());
        program.args(["alice@example.org", "secret"]);
        let _bot = Bot::start(&mut program, "'SignedIn'");
        friend.ask("8:live:alice", "50% off: \\ \"你好\"\n<b>&amp;</b>");
    }
    fs::remove_dir_all(&project).unwrap();
    Ok(())
}
