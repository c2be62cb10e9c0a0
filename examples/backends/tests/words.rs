//! What the command says to words that it does not know. (That this is a test has cargo build the command with all others: the gate
//! runs it from where it lies.)
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::process::{Command, Output};

fn backends(words: &[&str]) -> Output {
    let mut backends = Command::new(env!("CARGO_BIN_EXE_backends"));
    backends.args(words).output().unwrap()
}

#[test]
fn a_word_that_is_none_is_answered_with_those_that_are() {
    for words in [&["dance"][..], &[], &["guest", "smol"]] {
        let Output { status, stderr, .. } = backends(words);
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{words:?}");
        assert!(
            said.starts_with("backends table | backends memory"),
            "{said}"
        );
    }
}

#[test]
fn a_guest_that_is_none_is_named() {
    for (name, seconds) in [("lynx", "40"), ("smol", "soon")] {
        let Output { status, stderr, .. } =
            backends(&["guest", name, "http://127.0.0.1:9/", seconds]);
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(said.contains(name) && said.contains(seconds), "{said}");
    }
}
