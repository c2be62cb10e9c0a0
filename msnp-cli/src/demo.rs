//! `msnp demo`: not written yet.

use crate::exit::Exit;

/// Show the whole product at work on this machine
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Show the bytes too
    #[arg(long)]
    pub(crate) wire: bool,
}

/// Says that it is missing.
pub(crate) fn run(_args: &Args) -> Exit {
    eprintln!("msnp: the demo is not written yet");
    Exit::Findings
}
