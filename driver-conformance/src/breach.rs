//! `Breach`: how a duty was not held, with what was seen instead.

use std::any::Any;
use std::time::Duration;

use crate::probe::{Misuse, Told};
use crate::wire::Wire;

/// How a duty was not held, with what was seen instead.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Breach {
    /// It did not come about.
    #[error("waited {patience:?} in vain for {what}")]
    InVain {
        /// What should have come.
        what: String,
        /// How long it had for that: long enough that only hanging explains it.
        patience: Duration,
    },
    /// The machine was told something else.
    #[error("{expected}: the machine was told {seen}")]
    Told {
        /// What it should have been told.
        expected: String,
        /// What it was told.
        seen: Box<Told>,
    },
    /// The server saw something else.
    #[error("{expected}: the server read {seen}")]
    Wire {
        /// What it should have seen.
        expected: String,
        /// The bytes that it read.
        seen: Wire,
    },
    /// Too few or too many.
    #[error("{what}: {seen}, and {expected} was due")]
    Count {
        /// What was counted.
        what: String,
        /// How many there should have been.
        expected: String,
        /// How many there were.
        seen: usize,
    },
    /// Too early.
    #[error("{what} came {early:?} too early")]
    Early {
        /// What it was.
        what: String,
        /// By how much.
        early: Duration,
    },
    /// None, perhaps: on this machine it cannot be seen.
    #[error("{why}")]
    CannotTell {
        /// What is missing.
        why: &'static str,
    },
    /// The machine was treated as the contract forbids.
    #[error("the contract of the machine: {0}")]
    Contract(#[from] Misuse),
    /// The driver panicked, or a scenario found something wrong.
    #[error("panicked: {0}")]
    Panicked(String),
}

/// What a duty ends with.
pub type Verdict<T = ()> = Result<T, Breach>;

impl Breach {
    /// Something panicked with this.
    pub(crate) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Self::Panicked(text.unwrap_or("without a word").to_owned())
    }
}
