//! What a comment cites of the protocol notes is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::comments::comments;
use crate::markdown::{headings, number, text_lines, without_code};
use crate::{Breach, Sources};

const NOTES: &str = "docs/protocol/";
const INSTEAD: &str = "Cite a heading of `docs/protocol` by its number, a table of it by its name, a peer by a label of `peers.md`.";

/// Every citation leads somewhere: in a comment, and in the notes themselves.
///
/// A citation is the name of a file that ends in `.md`, perhaps with the numbers of sections behind it (`gateway.md 4.1, 13.6`, `soap.md 1 and
/// 2`), or in `.tsv`. A file with numbers is one of `docs/protocol`, and each number begins one of its headings. In a comment that
/// cites a file of the notes, a word such as `C3` or `EO` is a label: of a heading of `peers.md` or of a row of `sources.md`.
#[must_use]
pub fn citation(sources: &Sources) -> Vec<Breach> {
    let notes = Notes::read(sources);
    let mut breaches = Vec::new();
    for (path, text) in sources.texts(".rs") {
        for comment in comments(text) {
            let (text, starts) = comment.joined();
            notes.check(path, &text, |at| line_of(&starts, at), &mut breaches);
        }
    }
    for (path, text) in sources
        .texts(".md")
        .filter(|(path, _)| path.starts_with(NOTES))
    {
        for (number, line) in text_lines(text) {
            notes.check_files(path, line, |_| number, &mut breaches);
        }
    }
    breaches
}

/// Which line of a comment holds this byte of it.
fn line_of(starts: &[(usize, usize)], at: usize) -> usize {
    starts
        .iter()
        .rev()
        .find(|(start, _)| *start <= at)
        .map_or(0, |(_, line)| *line)
}

/// What can be cited.
struct Notes<'a> {
    /// For each file the numbers of its headings.
    sections: BTreeMap<&'a str, BTreeSet<&'a str>>,
    labels: BTreeSet<&'a str>,
    /// The names of all files, without their folders.
    names: BTreeSet<&'a str>,
}

impl<'a> Notes<'a> {
    fn read(sources: &'a Sources) -> Self {
        let mut notes = Self {
            sections: BTreeMap::new(),
            labels: BTreeSet::new(),
            names: sources.paths().map(file_name).collect(),
        };
        for (path, text) in sources
            .texts(".md")
            .filter(|(path, _)| path.starts_with(NOTES))
        {
            notes
                .sections
                .insert(file_name(path), headings(text).filter_map(number).collect());
            if path.ends_with("peers.md") {
                let labels = headings(text).filter_map(|heading| heading.split_once(": "));
                notes
                    .labels
                    .extend(labels.flat_map(|(labels, _)| labels.split(", ")));
            }
            if path.ends_with("sources.md") {
                let rows = text_lines(text).filter_map(|(_, line)| line.strip_prefix("| "));
                notes
                    .labels
                    .extend(rows.filter_map(|row| row.split(" |").next()));
            }
        }
        notes
    }

    fn check(
        &self,
        path: &str,
        text: &str,
        line: impl Fn(usize) -> usize,
        breaches: &mut Vec<Breach>,
    ) {
        if !self.check_files(path, text, &line, breaches) {
            return;
        }
        let bare = without_code(text);
        for (at, word) in words(&bare) {
            if looks_like_a_label(word) && !self.labels.contains(word) {
                breaches.push(breach(path, line(at), format!("nobody is called `{word}`")));
            }
        }
    }

    /// Whether something of the notes is cited at all.
    fn check_files(
        &self,
        path: &str,
        text: &str,
        line: impl Fn(usize) -> usize,
        breaches: &mut Vec<Breach>,
    ) -> bool {
        let mut cited = false;
        for Citation { file, numbers, at } in cited_files(text) {
            let sections = self.sections.get(file);
            cited |= sections.is_some();
            match sections {
                None if numbers.is_empty() && self.names.contains(file) => {}
                None => breaches.push(breach(
                    path,
                    line(at),
                    format!("cites `{file}`, which is not there"),
                )),
                Some(sections) => {
                    for number in numbers.iter().filter(|number| !sections.contains(*number)) {
                        breaches.push(breach(
                            path,
                            line(at),
                            format!("cites `{file} {number}`, and there is no such heading"),
                        ));
                    }
                }
            }
        }
        cited
    }
}

fn breach(path: &str, line: usize, what: String) -> Breach {
    Breach {
        path: path.into(),
        line,
        what,
        instead: INSTEAD,
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

struct Citation<'a> {
    file: &'a str,
    numbers: Vec<&'a str>,
    at: usize,
}

/// The files that a text names, with the numbers behind them. A path with folders, and what stands behind `://`, is none.
fn cited_files(text: &str) -> Vec<Citation<'_>> {
    let mut found = Vec::new();
    for end in [".md", ".tsv"] {
        for (dot, _) in text.match_indices(end) {
            let after = &text[dot + end.len()..];
            let name_start = text[..dot]
                .rfind(|c: char| !is_of_name(c))
                .map_or(0, |before| {
                    before + text[before..].chars().next().map_or(1, char::len_utf8)
                });
            let in_folder = text[..name_start].ends_with(['/', '\\']);
            if name_start == dot
                || in_folder
                || after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            {
                continue;
            }
            let behind = after.trim_start_matches(['`', '*', ')']);
            // A table has no sections: what stands behind it is a row, or another sentence.
            let numbers = if end == ".md" {
                numbers_behind(behind)
            } else {
                Vec::new()
            };
            found.push(Citation {
                file: &text[name_start..dot + end.len()],
                numbers,
                at: name_start,
            });
        }
    }
    found
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || ['-', '_', '.'].contains(&c)
}

/// The numbers at the start of a text, with commas, slashes, dashes or small words between.
fn numbers_behind(text: &str) -> Vec<&str> {
    let mut numbers = Vec::new();
    let mut rest = text.strip_prefix(',').unwrap_or(text);
    while let Some((number, after)) = leading_number(rest.trim_start()) {
        numbers.push(number);
        let after = after.trim_start();
        let separator = [",", "/", "–", "and ", "or ", "to "]
            .iter()
            .find_map(|separator| after.strip_prefix(separator));
        match separator {
            Some(after) => rest = after.trim_start().strip_prefix("and ").unwrap_or(after),
            None => break,
        }
    }
    numbers
}

/// A number of a section and what is behind it; `40 s` is none, and neither is `2nd`.
fn leading_number(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.');
    let after = &text[number.len()..];
    (number.starts_with(|c: char| c.is_ascii_digit()) && !after.starts_with(char::is_alphanumeric))
        .then_some((number, after))
}

/// The words of a text, with where they begin; what is joined by other signs than commas and brackets is one word.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_gap =
        |c: char| c.is_whitespace() || [',', ';', '(', ')', '[', ']', '"', '\''].contains(&c);
    let mut at = 0;
    text.split(is_gap).map(move |word| {
        let start = at;
        at += word.len()
            + text[at + word.len()..]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
        (start, word.trim_end_matches(['.', ':']))
    })
}

/// A capital letter with one or two digits, or `EO` or `LP`.
fn looks_like_a_label(word: &str) -> bool {
    let digits = word.strip_prefix(|c: char| c.is_ascii_uppercase());
    ["EO", "LP"].contains(&word)
        || digits.is_some_and(|digits| {
            (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: &str, expected: &[&str]) {
        let sources = Sources::planted(&[
            (
                "docs/protocol/gateway.md",
                "# The gateway\n## 4. Headers\n### 4.1 Grammar\n### 13.9 A poll\n",
            ),
            (
                "docs/protocol/peers.md",
                "## C3, MI: Miranda NG\n## R1, EO: Escargot\n",
            ),
            (
                "docs/protocol/sources.md",
                "| label | what |\n|---|---|\n| W9 | a page |\n",
            ),
            ("docs/protocol/error-codes.tsv", ""),
            ("a/src/guide.md", ""),
            ("a/src/lib.rs", code),
        ]);
        let found: Vec<String> = citation(&sources)
            .iter()
            .map(|breach| format!("{}: {}", breach.line, breach.what))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_section_that_is_not_there_is_found() {
        check(
            "//! See gateway.md 4.1, 13.8.\n",
            &["1: cites `gateway.md 13.8`, and there is no such heading"],
        );
        check(
            "// (`gateway.md` 4 and 5)\n",
            &["1: cites `gateway.md 5`, and there is no such heading"],
        );
        check(
            "//\n// as in gateway.md\n// 7\n",
            &["2: cites `gateway.md 7`, and there is no such heading"],
        );
        check(
            "/* gateway.md 13.8–13.9 */\n",
            &["1: cites `gateway.md 13.8`, and there is no such heading"],
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_found() {
        check(
            "// msnp24.md 3\n",
            &["1: cites `msnp24.md`, which is not there"],
        );
        check(
            "// codes.tsv\n",
            &["1: cites `codes.tsv`, which is not there"],
        );
    }

    #[test]
    fn a_label_that_nobody_has_is_found() {
        check(
            "// C4 breaks on it (gateway.md 4).\n",
            &["1: nobody is called `C4`"],
        );
    }

    #[test]
    fn what_is_there_may_be_cited() {
        check(
            "/// gateway.md 4, gateway.md 13.9: C3, EO and W9 do; `X9` is code, error-codes.tsv, 600 and guide.md are files.\n",
            &[],
        );
        check(
            "/// C4 alone cites nobody. \nconst A: &str = \"// gateway.md 99\";\n",
            &[],
        );
    }

    #[test]
    fn other_numbers_are_no_sections() {
        check(
            "/// gateway.md 4.1: 40 s, 15 s. See docs/gateway.md 7 and https://example.org/other.md\n",
            &[],
        );
        check("/// gateway.md 4, 40s\n", &[]);
    }

    #[test]
    fn the_notes_are_held_to_it_too() {
        let sources = Sources::planted(&[(
            "docs/protocol/a.md",
            "## 1. One\nSee a.md 1 and a.md 2.\n```\na.md 3\n```\n",
        )]);
        let found: Vec<String> = citation(&sources)
            .into_iter()
            .map(|breach| breach.what)
            .collect();
        assert_eq!(found, ["cites `a.md 2`, and there is no such heading"]);
    }
}
