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
mod older;
mod overlay;
mod pages;
mod pending;
mod people;
mod place;
mod plain;
mod profile;
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
mod told;
mod typed_line;
mod view;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum as _;
use msnp_client::{Client, Config, GatewayOptions, Timings};
use msnp_proto::Secret;
use transport_reqwest::{Http, spawn};

use self::model::Model;
use self::place::{PlaceArgs, PlaceError};
use self::profile::{Profile, ProfileError};
use self::session::{Connector, Session};
use self::terminal::Notify;
use self::theme::Theme;
use self::told::{Dates, Log};
use crate::exit::Exit;
use crate::network::{NetworkArgs, NetworkError};
use crate::{input, password, shown, zone};

/// Chat in the terminal
///
/// Full-screen in a terminal: F1 or /help lists the commands, Tab completes commands and names or
/// goes to the list of people, Ctrl-N and Ctrl-P change the conversation, the page keys
/// scroll, Alt-Enter begins a new line, Ctrl-Z goes back to the shell, Ctrl-C ends. If standard input or output is no
/// terminal, every line of input is a
/// message or a command, and everything that happens is one line of output; at the end of the
/// input it waits for the fate of what was sent, signs out, and exits with 1 if something was not
/// delivered or not done, and with 3 if there was no connection. `NO_COLOR` is respected.
///
/// What is not given is looked up in a profile of `chat.toml`, in the folder `msnp` of where the platform keeps settings:
/// lines `KEY = "VALUE"` under `[default]` or another `[PROFILE]`, with the names of these options as keys.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whom to sign in, an address as a rule; else as the profile says
    login: Option<String>,
    /// The profile to take what is not given from
    #[arg(long, value_name = "NAME", default_value = profile::DEFAULT)]
    profile: String,
    /// The file with the profiles; else chat.toml where the platform keeps settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    /// A file whose first line is the password; otherwise it is taken from `MSNP_PASSWORD` or asked
    /// for, and without a terminal it is the first line of standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// What to call yourself
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    network: NetworkArgs,
    /// Do not ask for replies that say they are text/html, as the web client does
    #[arg(long)]
    native_replies: bool,
    /// Line by line even in a terminal
    #[arg(long)]
    plain: bool,
    /// Append everything that is said to this file
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Date lines of output to the second, with the zone
    #[arg(long)]
    timestamps: bool,
    /// How you are called while you look elsewhere [default: bell]
    #[arg(long, value_enum)]
    notify: Option<Notify>,
    /// For how long a script waits for a connection
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    patience: u64,
}

/// Runs the client.
pub(crate) fn run(args: &Args) -> Exit {
    match prepare(args).and_then(Ready::run) {
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
    #[error("{}: {error}", file.display())]
    Profile { file: PathBuf, error: ProfileError },
    #[error("{0}")]
    NoProfile(ProfileError),
    #[error("whom to sign in? Give a login or cookies, or write them into the profile")]
    NoLogin,
    #[error("“{0}” is none of the ways to notify: none, bell, desktop")]
    Notify(String),
    #[error("{0}")]
    Place(#[from] PlaceError),
    #[error("{0}")]
    Network(#[from] NetworkError),
}

/// Everything that is needed before the first byte is sent.
struct Ready {
    connector: Connector,
    secret: Secret<String>,
    model: Model,
    is_plain: bool,
    plain: plain::Style,
    notify: Notify,
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::File {
        file: file.to_owned(),
        error,
    })
}

fn line_of(file: PathBuf) -> Result<String, Failure> {
    input::first_line(&read(&file)?).map_err(|bad| Failure::File {
        file,
        error: bad.into(),
    })
}

/// The profile that the arguments name. Without a file there is an empty one, unless the file or the profile was asked for.
fn profile_of(args: &Args) -> Result<Profile, Failure> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let file = match &args.config {
        Some(file) => file.clone(),
        None => match profile::path(variable).filter(|file| file.exists()) {
            Some(file) => file,
            None => return Profile::read("", &args.profile).map_err(Failure::NoProfile),
        },
    };
    let bytes = read(&file)?;
    let text = input::text(&bytes).map_err(|bad| Failure::File {
        file: file.clone(),
        error: bad.into(),
    })?;
    Profile::read(text, &args.profile).map_err(|error| Failure::Profile { file, error })
}

fn prepare(args: &Args) -> Result<Ready, Failure> {
    let profile = profile_of(args)?;
    // What is typed goes before what the profile says.
    let text = |given: &Option<String>, key| given.clone().or(profile.get(key).map(str::to_owned));
    let file = |given: &Option<PathBuf>, key| given.clone().or(profile.get(key).map(PathBuf::from));
    let login = text(&args.login, "login");
    let cookies = args.place.cookie_file(&profile);
    let network = args.network.clone().or(|key| profile.get(key));
    let shows_cookies = cookies.is_some();
    let place = args.place.place(
        &profile,
        network.plain_http()?,
        login.clone().filter(|_| !shows_cookies),
    )?;
    let http = if place.has_streams() {
        network.with_streams()?
    } else {
        Http::new(network.client()?)
    };
    let secret = match (
        cookies.or_else(|| file(&args.password_file, "password-file")),
        &login,
    ) {
        (Some(file), Some(_)) => line_of(file)?,
        (Some(file), None) if shows_cookies => line_of(file)?,
        (None, Some(login)) => password::read("MSNP_PASSWORD", &format!("Password of {login}: "))?,
        (_, None) => return Err(Failure::NoLogin),
    };
    let secret = Secret::new(secret);
    // What is wrong with it is to be known before anything is sent.
    place.config(&secret, [0; 32])?;
    let notify = match (args.notify, profile.get("notify")) {
        (Some(notify), _) => notify,
        (None, Some(word)) => Notify::from_str(word, true).map_err(Failure::Notify)?,
        (None, None) => Notify::default(),
    };
    let log = match file(&args.log, "log") {
        Some(file) => Some(Log::open(&file).map_err(|error| Failure::File { file, error })?),
        None => None,
    };
    let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let has_dates = args.timestamps || profile.get("timestamps") == Some("true");
    let name = text(&args.name, "name");
    // The service may know the person by another name; it says so.
    let mut model = Model::new(login.and_then(|login| login.parse().ok()));
    model.people.own_mut().name.clone_from(&name);
    if shows_cookies {
        model.secret = "Cookies";
    }
    let html_replies = !args.native_replies;
    let connector = move |secret: Secret<String>| {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| io::Error::other(error.to_string()))?;
        let config = place.config(&secret, seed).map_err(io::Error::other)?;
        let config = settings(config, name.as_deref(), html_replies);
        Ok(spawn(Client::new(config), http.clone()))
    };
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    Ok(Ready {
        connector: Box::new(connector),
        secret,
        model,
        is_plain: args.plain || is_dumb || !is_terminal,
        plain: plain::Style {
            theme: Theme::new(colours, zone::local_offset()),
            dates: if has_dates { Dates::Full } else { Dates::Clock },
            log,
            patience: Duration::from_secs(args.patience),
        },
        notify,
    })
}

/// A person looks at the screen: trouble is to be known at once, and another try to come soon.
fn settings(config: Config, name: Option<&str>, html_replies: bool) -> Config {
    let timings = Timings {
        longest_backoff: Duration::from_secs(15),
        ..Timings::default()
    };
    let mut config = config
        .endpoint_name("msnp chat")
        .timings(timings)
        .reconnect_attempts(u32::MAX);
    if let Some(name) = name {
        config = config.display_name(name);
    }
    let gateway = GatewayOptions::default();
    let gateway = GatewayOptions {
        // One lost connection is nothing; two in a row are told, and signed in over.
        limits: gateway_sm::Limits {
            failures: 1,
            ..gateway.limits
        },
        timing: gateway_sm::Timing {
            retry: Duration::from_millis(250),
            ..gateway.timing
        },
        html_replies,
        ..gateway
    };
    // The options are checked against an address that the access has passed: they cannot be wrong.
    let unchanged = config.clone();
    config.gateway(gateway).unwrap_or(unchanged)
}

impl Ready {
    fn run(self) -> Result<Exit, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let exit = runtime.block_on(async {
            let session = Session::begin(self.connector, self.secret)?;
            if self.is_plain {
                plain::run(session, self.model, self.plain).await
            } else {
                let style = terminal::Style {
                    theme: self.plain.theme,
                    notify: self.notify,
                    log: self.plain.log,
                };
                terminal::run(session, self.model, style).await
            }
        });
        // The thread that reads standard input may never end.
        runtime.shutdown_background();
        Ok(exit?)
    }
}
