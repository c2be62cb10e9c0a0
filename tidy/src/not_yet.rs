//! `NotYet`: the exceptions, which can only become fewer.

use std::fmt::Write as _;

use crate::Breach;

/// What is excused for now: `not_yet.txt`, a line for each file and rule, `rule path note`. Empty lines and those that begin
/// with `#` say nothing.
///
/// It can only shrink: an exception for what is no breach any more fails the test as a breach does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotYet {
    exceptions: Vec<Exception>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Exception {
    rule: String,
    path: String,
    note: String,
    line: usize,
}

impl NotYet {
    /// Reads the list.
    ///
    /// # Errors
    ///
    /// Which lines are none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut exceptions = Vec::new();
        let mut problems = String::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.splitn(3, char::is_whitespace);
            match (words.next(), words.next(), words.next().map(str::trim)) {
                (Some(rule), Some(path), Some(note)) if !note.is_empty() => {
                    exceptions.push(Exception {
                        rule: rule.into(),
                        path: path.into(),
                        note: note.into(),
                        line: number,
                    });
                }
                _ => {
                    let _ = writeln!(
                        problems,
                        "not_yet.txt:{number}: not `rule path note`: {line}"
                    );
                }
            }
        }
        if problems.is_empty() {
            Ok(Self { exceptions })
        } else {
            Err(problems)
        }
    }

    /// The rules that it names, with the line.
    pub fn rules(&self) -> impl Iterator<Item = (&str, usize)> {
        self.exceptions
            .iter()
            .map(|exception| (exception.rule.as_str(), exception.line))
    }

    /// The lines of a rule's exceptions that none of its breaches needs.
    #[must_use]
    pub fn stale_lines(&self, rule: &str, breaches: &[Breach]) -> Vec<usize> {
        self.stale(rule, breaches)
            .map(|exception| exception.line)
            .collect()
    }

    fn stale(&self, rule: &str, breaches: &[Breach]) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().filter(move |exception| {
            exception.rule == rule && !breaches.iter().any(|breach| breach.path == exception.path)
        })
    }

    /// What is excused of these breaches of a rule, for people to read.
    ///
    /// # Errors
    ///
    /// The breaches that are not excused, and the exceptions that no breach needs.
    pub fn judge(&self, rule: &str, breaches: &[Breach]) -> Result<String, String> {
        let of_rule = || {
            self.exceptions
                .iter()
                .filter(|exception| exception.rule == rule)
        };
        let mut problems = String::new();
        for breach in breaches {
            if !of_rule().any(|exception| exception.path == breach.path) {
                let _ = writeln!(problems, "{breach}");
            }
        }
        for Exception { path, line, .. } in self.stale(rule, breaches) {
            let _ = writeln!(
                problems,
                "tidy/not_yet.txt:{line}: `{path}` holds the rule `{rule}` now\n    Delete the line."
            );
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut excused = String::new();
        for Exception { path, note, .. } in of_rule() {
            let count = breaches
                .iter()
                .filter(|breach| breach.path == *path)
                .count();
            let _ = writeln!(excused, "not yet: {path} ({count}): {note}");
        }
        Ok(excused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breach(path: &str) -> Breach {
        Breach {
            path: path.into(),
            line: 7,
            what: "a fault".into(),
            instead: "Mend it.",
        }
    }

    fn list(text: &str) -> NotYet {
        NotYet::parse(text).unwrap()
    }

    #[test]
    fn a_breach_is_a_problem_unless_it_is_excused() {
        let list = list("# for now\n\ncircle a.rs the twins\n");
        assert_eq!(
            list.judge("circle", &[breach("a.rs")]).unwrap(),
            "not yet: a.rs (1): the twins\n"
        );
        let problems = list
            .judge("circle", &[breach("a.rs"), breach("b.rs")])
            .unwrap_err();
        assert_eq!(problems, "b.rs:7: a fault\n    Mend it.\n");
    }

    #[test]
    fn an_exception_is_for_one_rule() {
        assert!(
            list("circle a.rs the twins")
                .judge("why", &[breach("a.rs")])
                .is_err()
        );
    }

    #[test]
    fn an_exception_that_nobody_needs_is_a_problem() {
        let problems = list("circle a.rs the twins")
            .judge("circle", &[])
            .unwrap_err();
        assert_eq!(
            list("\ncircle a.rs the twins").stale_lines("circle", &[breach("b.rs")]),
            [2]
        );
        assert!(
            problems.starts_with("tidy/not_yet.txt:1: `a.rs` holds the rule `circle` now"),
            "{problems}"
        );
    }

    #[test]
    fn an_exception_has_a_note() {
        assert!(NotYet::parse("circle a.rs").is_err());
    }
}
