//! How far a connection has come.

/// How far a connection has come. It goes downwards only.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Who one is, is being said.
    Greeting,
    /// Lists and one's own status are on their way, or those who were called.
    Gathering,
    Ready,
    /// `OUT` is on its way.
    Leaving,
    Over,
}
