//! `msnp user`: not written yet.

use crate::exit::Exit;

/// Manage the accounts of a server
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add an account
    Add {},
}

/// Says that it is missing.
pub(crate) fn run(_command: &Command) -> Exit {
    eprintln!("msnp: user add is not written yet");
    Exit::Findings
}
