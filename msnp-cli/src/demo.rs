//! `msnp demo`: the whole product at work on this machine, told as a story.

mod failure;
mod overheard;
mod page;
mod person;
mod soap;
mod story;
mod watched;
mod wire;

use self::failure::Failure;
use crate::exit::Exit;
use crate::shown;

/// Show the whole product at work on this machine
///
/// Starts the service on a loopback port and lets two people meet on it over real HTTP. Ends with
/// exit code 1 if any step of the story did not happen.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Show what goes over the wire too, with secrets masked: sign-in page, uic, gateway, polls and their frames
    #[arg(long)]
    wire: bool,
    /// Tell the story of the IM web service instead: the seven steps of 2008 over SOAP, with every
    /// request and response
    #[arg(long)]
    soap: bool,
}

/// Tells the story.
pub(crate) fn run(args: &Args) -> Exit {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            shown::complain(format_args!("cannot start: {error}"));
            return Exit::Io;
        }
    };
    let told = runtime.block_on(async {
        if args.soap {
            soap::tell(args.wire).await
        } else {
            story::tell(args.wire).await
        }
    });
    match told {
        Ok(()) => Exit::Success,
        Err(Failure::Start(error)) => {
            shown::complain(format_args!("cannot start: {error}"));
            Exit::Io
        }
        Err(Failure::Writing(error)) => {
            shown::complain(format_args!("cannot write: {error}"));
            Exit::Io
        }
        Err(Failure::Missing(what)) => {
            shown::complain(format_args!("this did not happen: {what}"));
            Exit::Findings
        }
    }
}
