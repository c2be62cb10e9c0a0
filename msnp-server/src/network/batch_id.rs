//! `BatchId`: by what everything is known that is kept together.

/// The number of a batch; rises by one.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);
