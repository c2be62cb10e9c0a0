//! `Mark`: by what one message of the chat is known, whichever way it goes.

use std::fmt;

/// The number of who writes it, and which of theirs it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) from: usize,
    pub(super) number: u64,
}

impl Mark {
    /// All that stand in what somebody was told.
    pub(super) fn all_in(told: &str) -> impl Iterator<Item = Self> {
        let inside = told.split("[[").skip(1);
        inside.filter_map(|rest| {
            let (mark, _) = rest.split_once("]]")?;
            let (from, number) = mark.split_once('-')?;
            Some(Self {
                from: from.parse().ok()?,
                number: number.parse().ok()?,
            })
        })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[[{}-{}]]", self.from, self.number)
    }
}
