//! The Python package, as a Python program has it: a wheel, installed in a place of its own.
#![allow(clippy::unwrap_used, reason = "a trial panics when it fails")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

use bindings_trials::{
    Bot, Friend, Missing, SERVICE_OF_README, code, must, needs, run, target, workspace,
};

/// What the package is built and tried with.
const TOOLS: [&str; 4] = [
    "maturin==1.16.0",
    "pytest==9.2.0",
    "httpx==0.28.1",
    "mypy==2.4.1",
];

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

fn package() -> PathBuf {
    workspace().join("bindings/python")
}

/// A virtual environment with the package in it, built anew, once.
fn environment() -> Result<PathBuf, Missing> {
    static ENVIRONMENT: OnceLock<Result<PathBuf, Missing>> = OnceLock::new();
    ENVIRONMENT.get_or_init(built).clone()
}

fn built() -> Result<PathBuf, Missing> {
    needs(
        "python3",
        &["-c", "import venv, ensurepip"],
        "apt-get install python3-venv",
    )?;
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let turn = File::create(all.join("python.lock")).unwrap();
    turn.lock().unwrap();
    let place = all.join("python");
    if !place.exists() {
        // Under another name first, so that what is there is whole.
        let partial = all.join("python.partial");
        if partial.exists() {
            fs::remove_dir_all(&partial).unwrap();
        }
        must(
            Command::new("python3")
                .args(["-m", "venv", "--copies"])
                .arg(&partial),
        );
        must(
            python(&partial)
                .args(["-m", "pip", "install", "--quiet"])
                .args(TOOLS),
        );
        fs::rename(&partial, &place).unwrap();
    }
    let wheels = all.join("wheels");
    if wheels.exists() {
        fs::remove_dir_all(&wheels).unwrap();
    }
    let mut maturin = python(&place);
    maturin
        .args(["-m", "maturin", "build", "--quiet", "--locked", "--out"])
        .arg(&wheels);
    // It is a workspace of its own, and would have a target folder of its own.
    maturin.env(
        "CARGO_TARGET_DIR",
        target(env!("CARGO_TARGET_TMPDIR")).join("python"),
    );
    must(maturin.current_dir(package()));
    let wheel = fs::read_dir(&wheels)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut pip = python(&place);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--force-reinstall",
    ]);
    must(pip.arg(wheel));
    Ok(place)
}

fn python(place: &Path) -> Command {
    let mut python = Command::new(place.join("bin/python"));
    // Outside of the workspace's folders, so that what is installed is found and not what lies there.
    python.current_dir(std::env::temp_dir());
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

fn python_s_own_tests_pass() -> Result<(), Missing> {
    let place = environment()?;
    let friend = Friend::sign_in();
    let mut pytest = python(&place);
    pytest.args([
        "-B",
        "-I",
        "-m",
        "pytest",
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
