//! Programs that trials run.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::Missing;

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../..").canonicalize().expect("it is there")
}

/// The folder in which this trial was built: `target`, as a rule. `temporary` is the trial's `CARGO_TARGET_TMPDIR`.
pub(crate) fn target(temporary: &Path) -> PathBuf {
    let target = temporary.parent();
    target.expect("it is in there").to_owned()
}

/// A program that may be missing, and with what it can be had; `probe` are arguments with which it does nothing and ends well.
///
/// # Errors
/// [`Missing`].
pub fn needs(program: &str, probe: &[&str], remedy: &str) -> Result<(), Missing> {
    let run = Command::new(program).args(probe).output();
    if run.is_ok_and(|output| output.status.success()) {
        Ok(())
    } else {
        Err(Missing(format!("there is no {program}: {remedy}")))
    }
}

/// The code of this language that stands in a text of markdown, one piece after the other.
pub fn code<'a>(markdown: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    let pieces = markdown.split(begin.as_str()).skip(1);
    pieces
        .filter_map(|piece| piece.split("```").next())
        .collect()
}

/// Where README files say that a service is.
pub const SERVICE_OF_README: &str = "http://127.0.0.1:8080";

/// Runs a program that has to end well, and gives what it said.
#[track_caller]
pub fn must(command: &mut Command) -> String {
    // Test traffic stays on loopback, whatever this machine's proxies are.
    for name in ["NO_PROXY", "no_proxy"] {
        command.env(name, "127.0.0.1,localhost");
    }
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{out}\n{err}",
        output.status
    );
    out
}
