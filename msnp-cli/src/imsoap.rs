//! `msnp imsoap`: a client of the IM web service, line by line.

mod command;
mod event_lines;
mod session;

use std::io;
use std::time::Duration;

use machine_driver::{Clock, SystemClock};
use msnp_client::InvalidUri;
use msnp_client::bsim::{Client, Config, Timings};
use transport_reqwest::{Http, spawn};

pub(crate) use self::event_lines::happened;

use crate::exit::Exit;
use crate::network::{NetworkArgs, NetworkError};
use crate::password;
use crate::shown;

/// Chat over SOAP, through the IM web service
///
/// Everything that happens is one line of output, in the service's words. Lines of input are
/// commands: `send ACCOUNT TEXT`, `status CODE` (NLN, BSY, AWY …), `as ACCOUNT` (which IM account
/// the next commands are for; the first at the beginning), `quit`. At the end of the input it waits
/// until what was asked for is done. Exits with 1 if something was refused or not sent, and with 3
/// if the service cannot be reached. The service knows no way to sign out: IM accounts stay signed
/// in until it has heard nothing for a while.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the service is
    #[arg(long, default_value = "http://127.0.0.1:8080/imsoap/BSIMService.asmx")]
    url: String,
    /// The service account; its password is taken from `MSNP_SERVICE_PASSWORD` or asked for
    #[arg(long, value_name = "ID")]
    user: String,
    /// An IM account to sign in; can be given several times. Passwords are taken from
    /// `MSNP_PASSWORD`, for further accounts from `MSNP_PASSWORD_2` and so on, or asked for;
    /// without a terminal they are the first lines of standard input
    #[arg(long, value_name = "ACCOUNT", required = true)]
    im_account: Vec<String>,
    #[command(flatten)]
    network: NetworkArgs,
    /// Seconds between two fetches
    #[arg(long, default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    pace: Duration,
    /// Tell what the service notes while it signs in (`OnLog`)
    #[arg(long)]
    log: bool,
    /// Call with the headers of the published session too (Expect, Connection)
    #[arg(long)]
    as_captured: bool,
    /// For how long the service may be out of reach
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    patience: u64,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let pace = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    if (Duration::from_millis(10)..=Duration::from_secs(3600)).contains(&pace) {
        Ok(pace)
    } else {
        Err("not between 0.01 and 3600".to_owned())
    }
}

/// Runs the client.
pub(crate) fn run(args: &Args) -> Exit {
    match prepare(args).and_then(|(client, http)| serve(args, client, http)) {
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
    #[error("the service is not an address such as http://host:port/imsoap/BSIMService.asmx")]
    Url,
    #[error("{url}: {}; --allow-http HOST allows it", InvalidUri::PlainHttp)]
    PlainHttp { url: String },
    #[error("{0}: {1}")]
    Account(String, msnp_client::bsim::Refused),
    #[error("{0}")]
    Network(#[from] NetworkError),
}

impl Failure {
    fn of(error: InvalidUri, url: &str) -> Self {
        match error {
            InvalidUri::PlainHttp => Self::PlainHttp {
                url: url.to_owned(),
            },
            _ => Self::Url,
        }
    }
}

fn prepare(args: &Args) -> Result<(Client, transport_reqwest::Client), Failure> {
    let plain = args.network.plain_http()?;
    let http = args.network.client()?;
    // Nobody is to type a password that may not be sent.
    Config::plain(&args.url, "", "", &plain).map_err(|error| Failure::of(error, &args.url))?;
    let prompt = format!("Password of {} at the service: ", args.user);
    let password = password::read("MSNP_SERVICE_PASSWORD", &prompt)?;
    let config = Config::plain(&args.url, &args.user, password, &plain)
        .map_err(|error| Failure::of(error, &args.url))?;
    let config = config.as_captured(args.as_captured).timings(Timings {
        pace: args.pace,
        ..Timings::default()
    });
    let mut client = Client::new(config);
    let now = SystemClock.now();
    for (index, account) in args.im_account.iter().enumerate() {
        let variable = match index {
            0 => "MSNP_PASSWORD".to_owned(),
            _ => format!("MSNP_PASSWORD_{}", index + 1),
        };
        let password = password::read(&variable, &format!("Password of {account}: "))?;
        let taken = client.login_im(account, &password, now);
        taken.map_err(|refused| Failure::Account(account.clone(), refused))?;
    }
    Ok((client, http))
}

fn serve(args: &Args, client: Client, http: transport_reqwest::Client) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let exit = runtime.block_on(async {
        let driver = spawn(client, Http::new(http));
        let patience = Duration::from_secs(args.patience);
        session::run(driver, &args.im_account, args.log, patience).await
    });
    // The thread that reads standard input may never end.
    runtime.shutdown_background();
    Ok(exit?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_a_number_of_seconds_that_makes_sense() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(seconds("5"), Ok(Duration::from_secs(5)));
        for nonsense in ["", "x", "-1", "0", "1e9", "NaN", "inf"] {
            assert!(seconds(nonsense).is_err(), "{nonsense}");
        }
    }
}
