//! The `msnp` command: what a person types. `msnp --help` says what that may be.
//!
//! It stands on crates that can be used alone:
//!
//! | crate | what it is |
//! |---|---|
//! | [`msnp_proto`] | MSNP: frames, commands, payloads, proofs of identity |
//! | [`gateway_sm`] | both ends of the gateway over HTTP |
//! | [`soap_codec`] | SOAP: the IM web service, the calls of sign-in and lists |
//! | [`msnp_client`] | a client as one machine |
//! | [`msnp_server`] | a server as one machine |
//! | [`gateway_upstream`] | the gateway in front of a server that has none |
//! | [`machine_contract`] | what a machine and its host owe each other |
//! | [`machine_driver`] | the host's half that is the same for all |
//! | [`driver_conformance`] | what a driver owes, as tests |
//! | [`transport_reqwest`] | that half over reqwest and tokio |
//! | [`msnp_service`] | the server on sockets and a database |
//! | [`proxied`](../proxied/index.html) | who a peer is behind proxies |

mod backup;
mod broadcast;
mod causes;
mod chat;
mod conformance;
mod decode;
mod demo;
mod exit;
mod generate;
mod imsoap;
mod input;
mod network;
mod older_network;
mod password;
mod recording;
mod serve;
mod settings;
mod shown;
mod user;
mod zone;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

use crate::serve::{Added, LayerError};

/// Gives back what a rush of strangers took; the one of glibc keeps the memory of its worst moment for good.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// MSN Messenger over HTTP: demo, server, terminal client and wire decoder
///
/// Without a command, the demo runs. Exit codes: 0 done; 1 something was found wrong, or a step
/// did not happen; 2 the command was not understood; 3 a file, an address or the network failed.
#[derive(Debug, clap::Parser)]
#[command(name = "msnp", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(Box<serve::Args>),
    Backup(backup::BackUp),
    Restore(backup::Restore),
    User(user::Args),
    Broadcast(broadcast::Args),
    Chat(Box<chat::Args>),
    Imsoap(imsoap::Args),
    Decode(decode::Args),
    Conformance(conformance::Args),
    /// Write a script that completes this command in a shell
    #[command(hide = true)]
    Completions(generate::Args),
    /// Write the manual page
    #[command(hide = true)]
    Man,
}

fn main() -> ExitCode {
    let exit = match read().command {
        None => demo::run(&demo::Args::default()),
        Some(Command::Demo(args)) => demo::run(&args),
        Some(Command::Serve(args)) => serve::run(&args, settings_again),
        Some(Command::Backup(args)) => backup::back_up(&args),
        Some(Command::Restore(args)) => backup::restore(&args),
        Some(Command::User(args)) => user::run(&args),
        Some(Command::Broadcast(args)) => broadcast::run(&args),
        Some(Command::Chat(args)) => chat::run(&args),
        Some(Command::Imsoap(args)) => imsoap::run(&args),
        Some(Command::Decode(args)) => decode::run(&args),
        Some(Command::Conformance(args)) => conformance::run(&args),
        Some(Command::Completions(args)) => generate::completions(Cli::command(), &args),
        Some(Command::Man) => generate::man(Cli::command()),
    };
    exit.into()
}

/// Reads the command line, with what the environment and a file say for `serve`; ends the process if it is not understood.
fn read() -> Cli {
    match try_read() {
        Ok(cli) => cli,
        Err(NotRead::Layer(error)) => refuse(&error),
        Err(NotRead::Typed(error)) => error.exit(),
    }
}

/// Why it is not understood.
enum NotRead {
    Layer(LayerError),
    Typed(clap::Error),
}

fn try_read() -> Result<Cli, NotRead> {
    let typed: Vec<_> = std::env::args_os().collect();
    let added = Added::of(&Cli::command(), &typed, std::env::vars_os()).map_err(NotRead::Layer)?;
    Cli::try_parse_from(added.behind(&typed)).map_err(|error| match added.place(&error) {
        Some(error) => NotRead::Layer(error),
        None => NotRead::Typed(error),
    })
}

/// The settings of `serve` as they are by now.
fn settings_again() -> Result<serve::Args, String> {
    match try_read() {
        Ok(Cli {
            command: Some(Command::Serve(args)),
        }) => Ok(*args),
        // The command line is what it was.
        Ok(_) => Err("another command".to_owned()),
        Err(NotRead::Layer(error)) => Err(error.to_string()),
        Err(NotRead::Typed(error)) => Err(error.to_string()),
    }
}

/// As clap ends it.
fn refuse(error: &dyn std::error::Error) -> ! {
    shown::complain(error);
    std::process::exit(2)
}
