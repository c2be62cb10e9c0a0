//! The dictionaries have every word of the tables: each ends in a part that is made of them.
#![cfg(feature = "properties")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use soap_codec::bsim::OperationName;

const MARK: &str =
    "# From here on made of the tables: cargo test --test dictionaries write -- --ignored";

/// The dictionaries that a table has words for, and these words as they stand on the wire.
fn made() -> [(&'static str, BTreeSet<String>); 3] {
    let verbs = column("commands.tsv", 0);
    let verbs = verbs.iter().filter(|verb| *verb != "nnn");
    let errors = column("error-codes.tsv", 0);
    let statuses = rows("enums.tsv").filter(|row| row[0] == "status");
    let statuses = statuses.map(|row| row[1].clone());
    let lines = verbs.chain(&errors).cloned().chain(statuses);
    let types = column("content-types.tsv", 0);
    let calls = soap_codec::OPERATIONS.iter().map(|call| call.name);
    let calls = calls.chain(OperationName::ALL.map(OperationName::as_str));
    [
        ("msnp", lines.map(|word| format!("{word} ")).collect()),
        (
            "mime",
            types
                .iter()
                .map(|it| format!("Content-Type: {it}\r\n"))
                .collect(),
        ),
        ("soap", calls.map(|name| format!("<{name}")).collect()),
    ]
}

fn rows(table: &str) -> impl Iterator<Item = Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol");
    let text = fs::read_to_string(path.join(table)).expect("a table");
    let rows: Vec<_> = text
        .lines()
        .skip(1)
        .map(|row| row.split('\t').map(str::to_owned).collect())
        .collect();
    rows.into_iter()
}

fn column(table: &str, at: usize) -> BTreeSet<String> {
    rows(table).map(|row| row[at].clone()).collect()
}

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dictionaries");
    folder.join(name).with_extension("dict")
}

/// What stands above the mark, by hand.
fn by_hand(name: &str) -> String {
    let text = fs::read_to_string(path(name)).expect("a dictionary");
    let (head, _) = text.split_once(MARK).unwrap_or((&text, ""));
    head.to_owned()
}

/// The whole dictionary: what stands there by hand already is not made again.
fn whole(name: &str, words: &BTreeSet<String>) -> String {
    let mut text = by_hand(name);
    let known: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    text += MARK;
    text.push('\n');
    for word in words {
        let line = format!("\"{}\"", word.replace('\r', "\\x0D").replace('\n', "\\x0A"));
        if !known.contains(&line) {
            text += &line;
            text.push('\n');
        }
    }
    text
}

#[test]
fn every_dictionary_has_every_word_of_its_tables() {
    for (name, words) in made() {
        let text = fs::read_to_string(path(name)).expect("a dictionary");
        assert!(
            words.len() > 10 && text == whole(name, &words),
            "{name}: {MARK}"
        );
    }
}

/// A fuzzer refuses the whole file for one line that it cannot read.
#[test]
fn every_line_of_a_dictionary_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dictionaries");
    for file in fs::read_dir(folder).expect("dictionaries") {
        let path = file.expect("a dictionary").path();
        let text = fs::read_to_string(&path).expect("a dictionary");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let word = line.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            let mut rest = word.expect("a word in quotes");
            while let Some((plain, escape)) = rest.split_once('\\') {
                assert!(!plain.contains('"'), "{}: {line}", path.display());
                let is_hex = |hex: &str| hex.bytes().all(|b| b.is_ascii_hexdigit());
                rest = match escape.strip_prefix('x') {
                    Some(hex) if hex.get(..2).is_some_and(is_hex) => &hex[2..],
                    _ => {
                        let other = escape.strip_prefix(['"', '\\']);
                        other.unwrap_or_else(|| panic!("{}: {line}", path.display()))
                    }
                };
            }
            assert!(!rest.contains('"'), "{}: {line}", path.display());
        }
    }
}

#[test]
#[ignore = "it writes the dictionaries"]
fn write() {
    for (name, words) in made() {
        fs::write(path(name), whole(name, &words)).expect("a file");
    }
}
