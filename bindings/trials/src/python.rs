//! The Python package, as Python programs have it: a wheel, installed in a place of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::harness::Missing;
use crate::tools::{must, needs, target, workspace};

/// What the package is built and tried with.
const TOOLS: [&str; 4] = [
    "maturin==1.16.0",
    "pytest==9.2.0",
    "httpx==0.28.1",
    "mypy==2.4.1",
];

/// The folder of the binding.
pub fn package() -> PathBuf {
    workspace().join("bindings/python")
}

/// A virtual environment with the package in it, built anew, once. `temporary` is where trials keep things
/// (`CARGO_TARGET_TMPDIR`).
///
/// # Errors
/// [`Missing`].
pub fn environment(temporary: &Path) -> Result<PathBuf, Missing> {
    static ENVIRONMENT: OnceLock<Result<PathBuf, Missing>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| built(temporary)).clone()
}

fn built(all: &Path) -> Result<PathBuf, Missing> {
    needs(
        "python3",
        &["-c", "import venv, ensurepip"],
        "apt-get install python3-venv",
    )?;
    fs::create_dir_all(all).expect("a folder of this target's own");
    let turn = File::create(all.join("python.lock")).expect("a file in it");
    turn.lock().expect("files can be locked");
    let place = all.join("python");
    if !place.exists() {
        // Under another name first, so that what is there is whole.
        let partial = all.join("python.partial");
        clear(&partial);
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
        fs::rename(&partial, &place).expect("it lies beside");
    }
    let wheels = all.join("wheels");
    clear(&wheels);
    let mut maturin = python(&place);
    maturin
        .args(["-m", "maturin", "build", "--quiet", "--locked", "--out"])
        .arg(&wheels);
    // It is a workspace of its own, and would have a target folder of its own.
    maturin.env("CARGO_TARGET_DIR", target(all).join("python"));
    must(maturin.current_dir(package()));
    let mut made = fs::read_dir(&wheels).expect("maturin has made it");
    let wheel = made.next().expect("a wheel").expect("a name").path();
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

fn clear(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("nobody else is at it");
    }
}

/// The Python of an environment, in a folder that is not of the workspace: what is installed is found, and not what lies here.
pub fn python(place: &Path) -> Command {
    let mut python = Command::new(interpreter(place));
    python.current_dir(std::env::temp_dir());
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python
}

/// Where that Python is.
pub fn interpreter(place: &Path) -> PathBuf {
    place.join("bin/python")
}
