//! `msnp demo`: the whole product at work on this machine, told as a story.

mod page;
mod person;
mod story;

use crate::exit::Exit;

/// Show the whole product at work on this machine
///
/// Starts the service on a loopback port and lets two people meet on it over real HTTP. Ends with
/// exit code 1 if any step of the story did not happen.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Show the bytes of every frame too, with secrets masked
    #[arg(long)]
    wire: bool,
}

/// Tells the story.
pub(crate) fn run(args: &Args) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("msnp: cannot start: {error}");
            return Exit::Io;
        }
    };
    match runtime.block_on(story::tell(args.wire)) {
        Ok(()) => Exit::Success,
        Err(story::Failure::Start(error)) => {
            eprintln!("msnp: cannot start: {error}");
            Exit::Io
        }
        Err(story::Failure::Missing(what)) => {
            eprintln!("msnp: this did not happen: {what}");
            Exit::Findings
        }
    }
}
