//! `Report`: what a recording holds, as a table that stays the same: frames by verb, how many of them are typed, and each that is
//! not with its reason.

use std::collections::{BTreeMap, BTreeSet};

use msnp_proto::{Dialect, Side, Verb};

use super::payload::Payload;
use super::soap::SoapMeaning;
use super::typed::{Meaning, Reason};

/// The most rows of each part, and the most problems; what is above is counted.
const ROWS: usize = 4096;

/// What became of a frame, a payload or a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Typed,
    Other(String),
    Wrong,
}

/// Whose frame it was: dialect (0 if it is not known), whether a server wrote it, its verb.
type Frames = (u8, bool, String);

/// The table of one file.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    frames: Rows<Frames>,
    payloads: Rows<String>,
    messages: Rows<String>,
    problems: Vec<String>,
    /// Problems above the limit.
    more_problems: u64,
}

/// So many of each outcome.
#[derive(Clone, Debug)]
struct Rows<K> {
    rows: BTreeMap<(K, Outcome), u64>,
    more: u64,
}

impl<K> Default for Rows<K> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            more: 0,
        }
    }
}

impl<K: Ord> Rows<K> {
    fn count(&mut self, key: K, outcome: Outcome) {
        let row = (key, outcome);
        if self.rows.len() >= ROWS && !self.rows.contains_key(&row) {
            self.more += 1;
        } else {
            *self.rows.entry(row).or_default() += 1;
        }
    }

    fn lines(&self, lines: &mut Vec<String>, key: impl Fn(&K) -> String) {
        for ((row, outcome), count) in &self.rows {
            let outcome = match outcome {
                Outcome::Typed => "typed".to_owned(),
                Outcome::Other(why) => format!("other: {why}"),
                Outcome::Wrong => "wrong, see the problems".to_owned(),
            };
            lines.push(format!("  {} {count} {outcome}", key(row)));
        }
        if self.more > 0 {
            lines.push(format!("  {} more of other rows", self.more));
        }
    }
}

impl Report {
    /// Counts a frame and its payload.
    pub(super) fn frame(
        &mut self,
        side: Side,
        dialect: Option<Dialect>,
        verb: Verb,
        meaning: &Meaning,
    ) {
        let number = dialect.map_or(0, Dialect::number);
        let row = (number, side == Side::Server, verb.as_str().to_owned());
        let outcome = match meaning {
            Meaning::Typed { payload, .. } => {
                self.payload(payload);
                Outcome::Typed
            }
            Meaning::Other(reason) => Outcome::Other(reason.to_string()),
            Meaning::Wrong { .. } => Outcome::Wrong,
        };
        self.frames.count(row, outcome);
    }

    fn payload(&mut self, payload: &Payload) {
        match payload {
            Payload::None => {}
            Payload::Typed(kind, _) => self.payloads.count(kind.to_string(), Outcome::Typed),
            Payload::Other(why) => {
                self.payloads
                    .count("bytes".to_owned(), Outcome::Other(why.to_string()));
            }
            Payload::Wrong(kind, _) => self.payloads.count(kind.to_string(), Outcome::Wrong),
        }
    }

    /// Counts a SOAP message.
    pub(super) fn soap(&mut self, side: Side, meaning: &SoapMeaning) {
        let arrow = arrow(side == Side::Server);
        let (row, outcome) = match meaning {
            SoapMeaning::Typed(call) => (format!("{arrow} SOAP {call}"), Outcome::Typed),
            SoapMeaning::Other(why) => (format!("{arrow} SOAP"), Outcome::Other(why.clone())),
            SoapMeaning::Wrong(_) => (format!("{arrow} SOAP"), Outcome::Wrong),
        };
        self.messages.count(row, outcome);
    }

    /// Counts a message for who is away, inside of SOAP.
    pub(super) fn letter(&mut self, is_right: bool) {
        let outcome = if is_right {
            Outcome::Typed
        } else {
            Outcome::Wrong
        };
        self.payloads.count("offline message".to_owned(), outcome);
    }

    /// Counts the headers of Passport 1.4 of one message.
    pub(super) fn passport(&mut self, side: Side, is_right: bool) {
        let row = format!("{} Passport 1.4", arrow(side == Side::Server));
        let outcome = if is_right {
            Outcome::Typed
        } else {
            Outcome::Wrong
        };
        self.messages.count(row, outcome);
    }

    /// Notes something wrong, with its place.
    pub(super) fn problem(&mut self, text: String) {
        if self.problems.len() < ROWS {
            self.problems.push(text);
        } else {
            self.more_problems += 1;
        }
    }

    /// Whether a frame is neither of a known form nor explained, by the notes or by whoever wrote into the report.
    pub(super) fn has_unexplained(&self, expectation: &Expectation) -> bool {
        let unexplained = Outcome::Other(Reason::Unexplained.to_string());
        let mut rows = self.frames.rows.keys();
        // What is above the limit of rows was not looked at.
        self.frames.more > 0
            || rows.any(|((_, _, verb), outcome)| {
                *outcome == unexplained && !expectation.explained.contains(verb)
            })
    }

    /// The table, below a line that sums it up.
    pub(super) fn lines(&self, summary: String, given: Option<Dialect>) -> Vec<String> {
        let mut lines = vec![summary];
        lines.extend(given.map(|dialect| format!("{GIVEN}{dialect}")));
        self.frames.lines(&mut lines, |(dialect, is_server, verb)| {
            let dialect = match dialect {
                0 => "-".to_owned(),
                number => format!("MSNP{number}"),
            };
            format!("{dialect} {} {verb}:", arrow(*is_server))
        });
        self.payloads
            .lines(&mut lines, |kind| format!("payload {kind}:"));
        self.messages.lines(&mut lines, |row| format!("{row}:"));
        lines.extend(
            self.problems
                .iter()
                .map(|text| format!("  problem: {text}")),
        );
        if self.more_problems > 0 {
            lines.push(format!("  {} more problems", self.more_problems));
        }
        lines
    }
}

/// A report that stands beside a recording: what it expects, and what somebody wrote into it.
#[derive(Clone, Debug, Default)]
pub(super) struct Expectation {
    dialect: Option<Dialect>,
    /// Verbs that are no commands, and why they are there is written.
    explained: BTreeSet<String>,
    lines: Vec<String>,
}

/// In which words a report says the dialect that the user gave.
const GIVEN: &str = "  dialect given: ";
/// `  explained XYZ: sent to see what the server does`, written by hand.
const EXPLAINED: &str = "  explained ";

impl Expectation {
    /// Reads a report.
    pub(super) fn parse(text: &str) -> Self {
        let mut found = Self::default();
        for line in text.lines().map(str::trim_end) {
            if let Some(explained) = line.strip_prefix(EXPLAINED) {
                if let Some((verb, why)) = explained.split_once(": ")
                    && !why.trim().is_empty()
                {
                    found.explained.insert(verb.to_owned());
                }
                continue;
            }
            if let Some(name) = line.strip_prefix(GIVEN) {
                found.dialect = name.parse().ok();
            }
            if !line.is_empty() {
                found.lines.push(line.to_owned());
            }
        }
        found
    }

    /// The dialect that was given for it.
    pub(super) const fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    /// Where a table differs: lines that are missing (`-`) and lines that were not expected (`+`).
    pub(super) fn differences(&self, found: &[String]) -> Vec<String> {
        let mut left: BTreeMap<&str, i64> = BTreeMap::new();
        for line in &self.lines {
            *left.entry(line).or_default() += 1;
        }
        for line in found {
            *left.entry(line.trim_end()).or_default() -= 1;
        }
        let mut lines = Vec::new();
        for (line, count) in left {
            let sign = if count > 0 { '-' } else { '+' };
            lines.extend((0..count.unsigned_abs()).map(|_| format!("{sign} {line}")));
        }
        lines
    }
}

const fn arrow(is_server: bool) -> &'static str {
    if is_server { "S>C" } else { "C>S" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told_line_by_line() {
        let found = ["a".to_owned(), "b".to_owned(), "b".to_owned()];
        let differences = |text| Expectation::parse(text).differences(&found);
        assert!(differences("a\nb\n\n  explained XYZ: a test\nb\n").is_empty());
        assert_eq!(differences("a\r\nb\nc\n"), ["+ b", "- c"]);
    }

    #[test]
    fn rows_are_bounded() {
        let mut rows = Rows::default();
        for number in 0..ROWS + 7 {
            rows.count(number, Outcome::Typed);
        }
        let mut lines = Vec::new();
        rows.lines(&mut lines, ToString::to_string);
        assert_eq!(lines.len(), ROWS + 1);
        assert_eq!(
            lines.last().map(String::as_str),
            Some("  7 more of other rows")
        );
    }
}
