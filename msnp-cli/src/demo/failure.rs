//! Why a story did not happen.

/// Why the story was not told to its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// It could not begin.
    Start(String),
    /// A step did not happen.
    Missing(String),
    /// It happened, and could not be written.
    Writing(std::io::Error),
}

impl Failure {
    pub(super) fn start(error: impl std::fmt::Display) -> Self {
        Self::Start(error.to_string())
    }
}
