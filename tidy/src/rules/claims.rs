//! What a founding document says and what programs of others demand is held by a test that is there.

use std::collections::BTreeMap;

use crate::markdown::text_lines;
use crate::{Breach, Sources};

const PAGE: &str = "docs/conformance.md";
const INSTEAD: &str = "Name the test that holds the claim at this end as `file.rs::test`; write `–` where this end has no part in it.";

/// Every claim of `docs/conformance.md` names tests that exist, and none has lost its row.
///
/// A claim is a row of a table whose first cell is a letter with a number. Behind what the document says it has a cell for each end: tests
/// (`file.rs::test`, in backticks, with commas between), or `–`. One end at least has tests. The numbers of a letter run from 1 without a gap.
#[must_use]
pub fn claim(sources: &Sources) -> Vec<Breach> {
    let Some(text) = sources.text(PAGE) else {
        return vec![breach(0, "the page is not there".into())];
    };
    let mut breaches = Vec::new();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, row) in text_lines(text) {
        let Some((letter, number, ends)) = claim_of(row) else {
            continue;
        };
        let expected = last.get(letter).map_or(1, |number| number + 1);
        if number != expected {
            let what = format!("`{letter}{expected}` is missing before `{letter}{number}`");
            breaches.push(breach(line, what));
        }
        last.insert(letter, number);
        let mut is_held = false;
        for end in ends {
            match tests(end) {
                Some(tests) => {
                    is_held |= !tests.is_empty();
                    let wrong = tests.iter().filter_map(|test| wrong(sources, test));
                    breaches.extend(wrong.map(|what| breach(line, what)));
                }
                None => breaches.push(breach(line, format!("`{end}` is no list of tests"))),
            }
        }
        if !is_held {
            breaches.push(breach(line, format!("nothing holds `{letter}{number}`")));
        }
    }
    if last.is_empty() {
        breaches.push(breach(0, "there are no claims on the page".into()));
    }
    breaches
}

/// The letter and the number of a claim, and the cells of both ends.
fn claim_of(row: &str) -> Option<(&str, usize, Vec<&str>)> {
    let row = row.strip_prefix("| ")?.trim_end().strip_suffix(" |")?;
    let mut cells = row.split(" | ");
    let (letter, number) = cells.next()?.split_at_checked(1)?;
    let number = number.parse().ok()?;
    cells.next()?;
    Some((letter, number, cells.collect()))
}

/// The tests that a cell names, none for `–`.
fn tests(cell: &str) -> Option<Vec<&str>> {
    if cell == "–" {
        return Some(Vec::new());
    }
    cell.split(", ")
        .map(|test| test.strip_prefix('`')?.strip_suffix('`'))
        .collect()
}

/// What is wrong with a test that is named so.
fn wrong(sources: &Sources, test: &str) -> Option<String> {
    let Some((file, name)) = test.split_once("::") else {
        return Some(format!("`{test}` names no file and test"));
    };
    let Some(source) = sources.text(file) else {
        return Some(format!("there is no `{file}`"));
    };
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let head = format!("fn {name}(");
    let is_there = lines.iter().enumerate().any(|(at, line)| {
        let is_head = line.starts_with(&head)
            || line
                .strip_prefix("async ")
                .is_some_and(|line| line.starts_with(&head));
        is_head && is_test(&lines[..at])
    });
    (!is_there).then(|| format!("there is no test `{name}` in `{file}`"))
}

/// Whether the attributes at the end of these lines make a test of what comes next.
fn is_test(lines: &[&str]) -> bool {
    lines
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#[") || line.starts_with("//"))
        .any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"))
}

fn breach(line: usize, what: String) -> Breach {
    Breach {
        path: PAGE.into(),
        line,
        what,
        instead: INSTEAD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: &str = "#[test]\nfn one() {}\n\n#[tokio::test]\n#[ignore = \"slow\"]\nasync fn two() {}\n\nfn helper() {}\n";

    #[track_caller]
    fn check(page: &str, expected: &[&str]) {
        let sources = Sources::planted(&[(PAGE, page), ("a/tests/b.rs", TESTS)]);
        let found: Vec<String> = claim(&sources)
            .iter()
            .map(|breach| format!("{}: {}", breach.line, breach.what))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn claims_that_tests_hold_are_fine() {
        check(
            "| claim | says | client | server |\n|---|---|---|---|\n\
             | W1 | a | `a/tests/b.rs::one`, `a/tests/b.rs::two` | – |\n\
             | S1 | b | – | `a/tests/b.rs::two` |\n",
            &[],
        );
    }

    #[test]
    fn a_test_that_is_gone_is_found() {
        check(
            "| W1 | a | `a/tests/b.rs::three` | – |\n| W2 | a | `a/c.rs::one` | `one` |\n",
            &[
                "1: there is no test `three` in `a/tests/b.rs`",
                "2: there is no `a/c.rs`",
                "2: `one` names no file and test",
            ],
        );
    }

    #[test]
    fn what_is_no_test_holds_nothing() {
        check(
            "| W1 | a | `a/tests/b.rs::helper` | – |\n",
            &["1: there is no test `helper` in `a/tests/b.rs`"],
        );
    }

    #[test]
    fn a_claim_without_a_test_is_found() {
        check(
            "| W1 | a | – | – |\n| W2 | a | none yet | `a/tests/b.rs::one` |\n",
            &["1: nothing holds `W1`", "2: `none yet` is no list of tests"],
        );
    }

    #[test]
    fn a_claim_that_lost_its_row_is_found() {
        check(
            "| W1 | a | `a/tests/b.rs::one` | – |\n| W3 | a | `a/tests/b.rs::one` | – |\n",
            &["2: `W2` is missing before `W3`"],
        );
        check("# Nothing\n", &["0: there are no claims on the page"]);
    }
}
