//! `msnp serve`: not written yet.

use crate::exit::Exit;

/// Run the server
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Says that it is missing.
pub(crate) fn run(_args: &Args) -> Exit {
    eprintln!("msnp: serve is not written yet");
    Exit::Findings
}
