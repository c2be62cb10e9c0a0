//! `Word`: whether an endpoint says itself what it has received.

use super::message::Number;

/// What is known of that. It is remembered for places that are gone too.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Word {
    /// Nothing.
    #[default]
    Unknown,
    /// This message was taken by a connection that was closed as its request had asked. It is given once more, and if it is taken so
    /// again without a word, there will be none.
    Tried(Number),
    /// The endpoint has told of a receipt: it tells of all.
    Given,
    /// It was given the same message twice by such connections and told of nothing, so far.
    None,
}
