//! `msnp demo`: the whole product at work on this machine, told as a story.

mod failure;
mod house;
mod overheard;
mod page;
mod person;
mod soap;
mod story;
mod together;
mod watched;
mod wire;

use msnp_client::Dialect;

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
    /// Let both speak this dialect: MSNP8 to MSNP18 or MSNP21 over TCP, MSNP22 or MSNP24 through the gateway [default: MSNP24]
    #[arg(long, value_name = "NAME", value_parser = dialect, conflicts_with_all = ["wire", "soap"])]
    dialect: Option<Dialect>,
    /// Tell another story instead: four people, of MSNP8, MSNP15, MSNP24 and the IM web service, talk to each other
    #[arg(long, conflicts_with_all = ["wire", "soap", "dialect"])]
    together: bool,
}

/// A dialect that two people can be shown in.
fn dialect(name: &str) -> Result<Dialect, String> {
    let dialect = name.to_ascii_uppercase().parse::<Dialect>().ok();
    let is_told = |it: &Dialect| {
        let others = [Dialect::MSNP21, Dialect::MSNP22, Dialect::MSNP24];
        (Dialect::MSNP8..=Dialect::MSNP18).contains(it) || others.contains(it)
    };
    dialect
        .filter(is_told)
        .ok_or_else(|| "there are MSNP8 to MSNP18, MSNP21, MSNP22 and MSNP24".to_owned())
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
        } else if args.together {
            together::tell().await
        } else {
            story::tell(args.dialect.unwrap_or(Dialect::MSNP24), args.wire).await
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
