//! `msnp chat`: the terminal client, full-screen or line by line.

mod answers;
mod command;
mod completion;
mod connection;
mod editor;
mod events;
mod input_history;
mod keys;
mod line;
mod model;
mod pending;
mod people;
mod plain;
mod ring;
mod room;
mod rooms;
mod session;
mod slash;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod timestamps;
mod typed_line;
mod view;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use machine_contract::UtcOffset;
use msnp_client::{Access, Client, Config, Service, Uic};
use transport_reqwest::{Http, HttpOptions, spawn};

use self::model::Model;
use self::session::Session;
use self::theme::Theme;
use crate::exit::Exit;
use crate::{input, password, shown};

/// Chat in the terminal
///
/// Full-screen in a terminal: F1 or /help lists the commands, Tab completes commands and names or
/// goes to the list of people, Ctrl-N and Ctrl-P change the conversation, the page keys
/// scroll, Ctrl-C ends. If standard input or output is no terminal, every line of input is a
/// message or a command, and everything that happens is one line of output; at the end of the
/// input it waits for the fate of what was sent, signs out, and exits with 1 if something was not
/// delivered or not done. `NO_COLOR` is respected.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whom to sign in, an address as a rule
    login: String,
    /// Where the service is
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// A file whose first line is the password; otherwise it is taken from `MSNP_PASSWORD` or asked
    /// for, and without a terminal it is the first line of standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// What to call yourself
    #[arg(long)]
    name: Option<String>,
    /// A PEM file with certificates to trust besides the system's
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// A proxy; otherwise the environment's
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// Do not show a uic beside the cookies
    #[arg(long)]
    no_uic: bool,
    /// Line by line even in a terminal
    #[arg(long)]
    plain: bool,
}

/// Runs the client.
pub(crate) fn run(args: &Args) -> Exit {
    match prepare(args).and_then(|ready| ready.run(args)) {
        Ok(exit) => exit,
        // Whoever reads our output has seen enough.
        Err(Failure::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
        Err(failure) => {
            shown::complain(failure);
            Exit::Io
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{}: {error}", file.display())]
    File { file: PathBuf, error: io::Error },
    #[error("the server is not an address such as https://host:port")]
    Server,
    #[error("no randomness: {0}")]
    Randomness(getrandom::Error),
    #[error("{0}")]
    Http(#[from] transport_reqwest::OptionsError),
}

/// Everything that is needed before the first byte is sent.
struct Ready {
    client: Client,
    http: transport_reqwest::Client,
    theme: Theme,
}

fn prepare(args: &Args) -> Result<Ready, Failure> {
    let read = |file: &PathBuf| {
        std::fs::read(file).map_err(|error| Failure::File {
            file: file.clone(),
            error,
        })
    };
    let service = Service::at(&args.server).map_err(|_| Failure::Server)?;
    let password = match &args.password_file {
        Some(file) => input::first_line(&read(file)?).map_err(|bad| Failure::File {
            file: file.clone(),
            error: bad.into(),
        })?,
        None => password::read("MSNP_PASSWORD", &format!("Password of {}: ", args.login))?,
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(Failure::Randomness)?;
    let uic = if args.no_uic { Uic::Skip } else { Uic::Wanted };
    let access = Access::web(service, &args.login, password).uic(uic);
    let mut config = Config::new(access, seed).endpoint_name("msnp chat");
    if let Some(name) = &args.name {
        config = config.display_name(name);
    }
    let mut options = HttpOptions::new().user_agent(concat!("msnp/", env!("CARGO_PKG_VERSION")));
    if let Some(file) = &args.certificates {
        options = options.certificate_authority(read(file)?);
    }
    if let Some(proxy) = &args.proxy {
        options = options.proxy(proxy);
    }
    Ok(Ready {
        client: Client::new(config),
        http: options.client()?,
        theme: Theme::new(
            std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            local_offset(),
        ),
    })
}

/// The zone that the system's clock is shown in. It cannot be had once there are several threads.
fn local_offset() -> UtcOffset {
    let offset = time::UtcOffset::current_local_offset().ok();
    let offset = offset.and_then(|offset| UtcOffset::from_seconds(offset.whole_seconds()));
    offset.unwrap_or_default()
}

impl Ready {
    fn run(self, args: &Args) -> Result<Exit, Failure> {
        let is_plain = args.plain || !io::stdin().is_terminal() || !io::stdout().is_terminal();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let exit = runtime.block_on(async {
            let driver = spawn(self.client, Http::new(self.http));
            let session = Session::begin(driver);
            // The service may know the person by another name; it says so.
            let model = Model::new(args.login.parse().ok());
            if is_plain {
                plain::run(session, model, self.theme).await
            } else {
                terminal::run(session, model, self.theme).await
            }
        });
        // The thread that reads standard input may never end.
        runtime.shutdown_background();
        Ok(exit?)
    }
}
