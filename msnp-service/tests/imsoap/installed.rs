//! Software that others wrote, installed once, in its own place below the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const ZEEP: &str = "zeep==4.3.3";

/// A virtual environment with zeep in it.
pub(crate) fn zeep() -> PathBuf {
    installed("zeep-4.3.3", |place| {
        run(Command::new("python3").args(["-m", "venv"]).arg(place));
        let mut pip = Command::new(place.join("bin/python"));
        run(pip.args(["-m", "pip", "install", "--quiet", ZEEP]));
    })
}

/// Where `name` is, installed if it was not: under another name first, so that what is there is whole,
/// and by one test of one process at a time.
pub(crate) fn installed(name: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let turn = File::create(all.join(format!("{name}.lock"))).expect("writable");
    turn.lock().expect("a turn");
    let place = all.join(name);
    if !place.exists() {
        let partial = all.join(format!("{name}.partial"));
        // Left by a process that was ended in the middle.
        if partial.exists() {
            fs::remove_dir_all(&partial).expect("ours");
        }
        install(&partial);
        fs::rename(&partial, &place).expect("ours");
    }
    place
}

pub(crate) fn run(command: &mut Command) {
    let output = command.output();
    said(&output.unwrap_or_else(|error| panic!("{command:?}: {error}")));
}

/// What a program said; it must have ended well.
#[track_caller]
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    out
}
