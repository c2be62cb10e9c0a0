//! The exit codes of the command.

use std::process::ExitCode;

/// How the command ends. A usage error ends it with 2, by clap.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0: what was asked for was done, and nothing was wrong.
    Success,
    /// 1: it was done, and something was found wrong (`decode`), or a step did not happen (`demo`).
    Findings,
    /// 3: the world failed: a file, an address, the network.
    Io,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Success => Self::SUCCESS,
            Exit::Findings => Self::from(1),
            Exit::Io => Self::from(3),
        }
    }
}
