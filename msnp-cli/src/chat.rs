//! `msnp chat`: the terminal client.

use crate::exit::Exit;

/// Chat in the terminal
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the client.
pub(crate) fn run(_args: &Args) -> Exit {
    eprintln!("msnp: chat is not written yet");
    Exit::Findings
}
