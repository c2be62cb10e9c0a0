//! How far a connection has come.

/// How far a connection has come. It goes downwards only.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing is said yet: what proves who is there has to be got.
    Arriving,
    /// `CNT`, `ATH`, `BND` are on their way.
    Greeting,
    /// Bound: subscriptions and one's own presence are on their way.
    Synchronizing,
    Ready,
    /// `OUT` is on its way.
    Leaving,
    Over,
}
