//! `msnp conformance`, as a person starts it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

fn msnp(arguments: &[&str]) -> (Option<i32>, String) {
    let command = Command::new(env!("CARGO_BIN_EXE_msnp"))
        .arg("conformance")
        .args(arguments)
        .output()
        .unwrap();
    let output = [command.stdout, command.stderr].concat();
    (command.status.code(), String::from_utf8(output).unwrap())
}

/// A program that is none: every duty says so.
#[test]
fn a_guest_that_is_not_there_is_told() {
    let (code, output) = msnp(&["--", "/nowhere/guest"]);
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("no guest: No such file"), "{output}");
    let duties = output.lines().filter(|line| line.contains(" | "));
    let (told, broken): (Vec<_>, Vec<_>) = duties.partition(|line| !line.contains("| breach: "));
    assert!(told.is_empty() && broken.len() > 40, "{output}");
    let end = format!("0 lacks, {} breaches\n", broken.len());
    assert!(output.ends_with(&end), "{output}");
}

#[test]
fn only_what_pages_lack_can_be_declared() {
    let (code, output) = msnp(&["--lacks", "streams", "--", "true"]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("exact-close"), "{output}");
}
