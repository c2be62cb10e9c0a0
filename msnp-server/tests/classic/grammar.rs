//! Which lines a server may write, as `docs/protocol/commands.tsv` has it. Shares no code with what writes them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A server's line of the table.
struct Row {
    verb: &'static str,
    on: &'static str,
    has_id: Option<bool>,
    words: Vec<Word>,
    has_payload: bool,
    first: u32,
    last: u32,
}

/// One word of a line.
struct Word {
    /// What it has to be, if it is that always.
    literal: Option<String>,
    may_be_missing: bool,
}

const TABLE: &str = include_str!("../../../docs/protocol/commands.tsv");

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let lines = TABLE.lines().skip(1);
    lines
        .chain(OF_MSNP7)
        .chain(OF_MSNP21)
        .flat_map(rows)
        .collect()
});

/// What the row of the groups says of MSNP7 in parentheses, and how an empty list was recorded, as rows of their own.
const OF_MSNP7: [&str; 2] = [
    "LSG\tS>C\tNS\tSYN 7\tyes\tserial number total group-id name 0\tnone\t7\t7\t",
    "LST\tS>C\tNS\tempty\tyes\tlist serial 0 0\tnone\t2\t7\t",
];

/// What the notes on the last dialects say of lines that the table has for circles alone, or not at all (msnp24.md 2.1, 14.1).
const OF_MSNP21: [&str; 3] = [
    "PUT\tS>C\tNS\treply\tyes\tOK length\tlast=len\t21\t-\t",
    "FSL\tS>C\tNS\treply\tyes\tOK 0\tnone\t21\t-\t",
    "FSL\tS>C\tNS\treply 22\tyes\t(none)\tnone\t22\t22\t",
];

/// Lines that the table describes in words, with the words that it means.
const IN_WORDS: [(&str, &str, &str); 4] = [
    ("CHG", "reply", "status [capabilities] [object]"),
    ("VER", "reply", "protocol"),
    ("REG", "reply 10-12", "1 name guid 0"),
    ("RMG", "reply 10-12", "1 guid"),
];

fn rows(line: &'static str) -> Vec<Row> {
    let columns: Vec<_> = line.split('\t').collect();
    let [
        verb,
        direction,
        on,
        form,
        trid,
        params,
        payload,
        first,
        last,
        ..,
    ] = columns[..]
    else {
        panic!("{line}")
    };
    if direction != "S>C" || form == "keyword" || verb == "nnn" {
        return Vec::new();
    }
    let described = IN_WORDS
        .iter()
        .find(|(of, what, _)| (*of, *what) == (verb, form));
    let params = described.map_or(params, |(_, _, words)| words);
    let number = |text: &str, unknown| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(unknown)
    };
    vec![Row {
        verb,
        on,
        has_id: match trid {
            "yes" | "zero" | "yes/zero" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        words: words(params),
        has_payload: payload.starts_with("last=len"),
        first: number(first, 0),
        last: number(last, 99),
    }]
}

/// The words of a row. What stands in parentheses explains one, what stands in brackets may be missing.
fn words(params: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let (mut depth, mut optional, mut is_part) = (0_u32, 0_u32, false);
    let mut word = String::new();
    let mut end = |word: &mut String, optional: bool| {
        let text = std::mem::take(word);
        if !text.is_empty() && !["|", "none"].contains(&&*text) {
            let is_literal = text
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
            words.push(Word {
                literal: is_literal.then_some(text),
                may_be_missing: optional,
            });
        }
    };
    for c in params.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth > 0 => {}
            // A part of a word, such as a place behind an account.
            '[' if !word.is_empty() => is_part = true,
            ']' if is_part => is_part = false,
            _ if is_part => {}
            '[' => optional += 1,
            ']' => {
                end(&mut word, true);
                optional -= 1;
            }
            ' ' | ';' if word.is_empty() => {}
            ' ' => end(&mut word, optional > 0),
            '"' | ';' => {}
            c => word.push(c),
        }
    }
    end(&mut word, optional > 0);
    words
}

/// Cuts what a server wrote into lines and what follows them, and compares each with the table. Gives all of it as texts.
///
/// # Panics
/// If a line is none of the table's.
pub(crate) fn check(dialect: u32, server: &str, bytes: &[u8]) -> Vec<String> {
    let mut rest = bytes;
    let mut lines = Vec::new();
    while !rest.is_empty() {
        let end = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .expect("a whole line");
        let line = std::str::from_utf8(&rest[..end]).expect("UTF-8");
        let length = end + 2 + payload_of(dialect, server, line);
        assert!(
            length <= rest.len(),
            "{line}: what follows is not all there"
        );
        lines.push(String::from_utf8_lossy(&rest[..length]).into_owned());
        rest = &rest[length..];
    }
    lines
}

/// How many bytes follow this line.
fn payload_of(dialect: u32, server: &str, line: &str) -> usize {
    let words: Vec<_> = line.split(' ').collect();
    assert!(
        words.iter().all(|word| !word.is_empty()),
        "{line:?}: a blank too many"
    );
    if words[0].len() == 3 && words[0].bytes().all(|byte| byte.is_ascii_digit()) {
        let known = TABLE_OF_ERRORS.contains(words[0]);
        assert!(
            known && words.len() == 2,
            "{line}: a number of error-codes.tsv and an id"
        );
        return 0;
    }
    let fitting = ROWS.iter().filter(|row| {
        row.verb == words[0]
            && row.on.split(' ').any(|on| on == server)
            && (row.first..=row.last).contains(&dialect)
    });
    let fitting: Vec<_> = fitting.filter(|row| fits(row, &words[1..])).collect();
    assert!(
        !fitting.is_empty(),
        "MSNP{dialect} {server}: {line:?} is none of the table's"
    );
    if fitting.iter().any(|row| row.has_payload) {
        words.last().expect("a verb").parse().expect("a length")
    } else {
        0
    }
}

fn fits(row: &Row, words: &[&str]) -> bool {
    let has_id = words
        .first()
        .is_some_and(|word| word.parse::<u32>().is_ok());
    let rest = match row.has_id {
        Some(true) if has_id => &words[1..],
        Some(true) => return false,
        Some(false) | None => words,
    };
    let least = row.words.iter().filter(|word| !word.may_be_missing).count();
    if !(least..=row.words.len()).contains(&rest.len()) {
        return false;
    }
    let is_number = rest.last().is_some_and(|word| word.parse::<u32>().is_ok());
    if row.has_payload && !is_number {
        return false;
    }
    // Words that may be missing are the last ones, or nothing says which they are.
    let is_simple = row.words.len() == rest.len();
    let literals = row.words.iter().zip(rest);
    !is_simple
        || literals
            .into_iter()
            .all(|(word, found)| match &word.literal {
                Some(literal) => literal == found,
                None => true,
            })
}

static TABLE_OF_ERRORS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let table = include_str!("../../../docs/protocol/error-codes.tsv");
    table
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').next())
        .collect()
});

#[test]
fn the_table_is_read() {
    assert!(ROWS.len() > 60);
    let lines = |dialect, server, text: &str| check(dialect, server, text.as_bytes());
    let told = lines(
        12,
        "NS",
        "NLN NLN a@b A 0 0\r\nUBX a@b 2\r\nhiQNG 60\r\n911 4\r\n",
    );
    assert_eq!(
        told,
        [
            "NLN NLN a@b A 0 0\r\n",
            "UBX a@b 2\r\nhi",
            "QNG 60\r\n",
            "911 4\r\n"
        ]
    );
    lines(18, "SB", "JOI a@b;{x} A 0:0\r\n");
    lines(21, "NS", "PUT 8 OK 2\r\nhiPUT 9 OK 0\r\nFSL 5 OK 0\r\n");
}

#[test]
fn what_is_not_of_the_table_is_found() {
    for (dialect, server, line) in [
        (8, "NS", "UBX a@b 0\r\n"),
        (12, "NS", "USR 4 OK a@b A 1 0\r\n"),
        (12, "SB", "ANS 1 OOK\r\n"),
        (12, "NS", "JOI a@b A 0\r\n"),
        (12, "NS", "999 4\r\n"),
        (12, "NS", "217\r\n"),
        (18, "NS", "PUT 8 OK 2\r\nhi"),
        (12, "NS", "BLP  AL\r\n"),
    ] {
        let found = std::panic::catch_unwind(|| check(dialect, server, line.as_bytes()));
        assert!(found.is_err(), "{line}");
    }
}
