//! `Breach`: one place where a rule is not held.

use std::fmt;

/// One place where a rule is not held. Prints as `file:line: what it is`, and what to do below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// The file, relative to the workspace. Exceptions are made for a file and a rule.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is there.
    pub what: String,
    /// What to do about it.
    pub instead: &'static str,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}\n    {}",
            self.path, self.line, self.what, self.instead
        )
    }
}

/// Holds in the tests of a rule that exactly these places break it.
#[cfg(test)]
#[track_caller]
pub(crate) fn assert_places(breaches: &[Breach], expected: &[(&str, usize)]) {
    let places: Vec<(&str, usize)> = breaches
        .iter()
        .map(|breach| (breach.path.as_str(), breach.line))
        .collect();
    assert_eq!(places, expected, "{breaches:?}");
}
