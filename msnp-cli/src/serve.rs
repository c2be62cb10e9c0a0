//! `msnp serve`: runs the service until it is told to stop.

mod im_domains;
mod layers;
mod proxies;
mod readiness;
mod rules;
mod running;

use std::time::Duration;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use gateway_sm::Origins;
use gateway_upstream::RelayError;
use machine_contract::UtcOffset;
use msnp_server::network::WithoutReceipt;
use msnp_service::upstream::UpstreamConfig;
use msnp_service::{Database, ServiceConfig, TlsFiles};
use tracing_subscriber::EnvFilter;

use self::im_domains::{ImDomains, ImDomainsError};
pub(crate) use self::layers::{Added, LayerError};
use self::proxies::InFront;
use self::running::Plan;
use crate::causes::chain;
use crate::exit::Exit;
use crate::zone;

mod upstream;

/// Run the server
///
/// Serves the gateway, the sign-in page and the web services on one address, or by HTTP and HTTPS on two, until Ctrl-C or
/// SIGTERM, then signs everybody out. Accounts are made with `msnp user add`.
///
/// What is not given is looked up in the environment (`MSNP_SERVE_LISTEN` for `--listen`, and so on), then in the file of
/// `--config`, whose keys are the names of these options. On SIGHUP the file is read again: if it is good, everybody is signed out in order
/// and the service starts anew with it.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Args {
    /// File with settings, as TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Only say whether the settings are good
    #[arg(long)]
    check_config: bool,
    /// Address to listen on: HTTP is spoken there, or HTTPS with a certificate if that has no address of its own
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address where HTTPS is spoken, HTTP/2 included, beside plain HTTP at `--listen`: one service by two doors
    #[arg(long, value_name = "ADDRESS", requires = "tls_cert")]
    tls_listen: Option<SocketAddr>,
    /// Address at which MSNP is spoken by TCP itself, without HTTP; its port is 1863 if none is given
    #[arg(long, value_name = "ADDRESS", value_parser = tcp_address)]
    tcp: Option<SocketAddr>,
    /// Address at which tools of the operator are told how the service is: /health, /metrics, and `msnp broadcast` has it say
    /// something; a port alone is one of this machine
    #[arg(long, value_name = "ADDRESS", value_parser = operator_address)]
    operator: Option<SocketAddr>,
    #[command(flatten)]
    proxies: InFront,
    /// Certificate with those that vouch for it, as PEM: the service speaks HTTPS then, HTTP/2 included, at `--tls-listen` or
    /// else at `--listen`, and marks the cookies that it sets there `Secure`. It is read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Address at which MSNP is spoken by TLS, without HTTP; its port is 1863 if none is given
    #[arg(long, value_name = "ADDRESS", value_parser = tcp_address, requires = "tls_cert")]
    tls_tcp: Option<SocketAddr>,
    /// File that keeps accounts, contacts and messages; made if it is not there
    #[arg(long, default_value = "msnp.db")]
    database: PathBuf,
    /// Host, or host and port, that clients are told to come back to and whose pages are the
    /// service's own, when a proxy stands in front. Without a port if there is --tls-listen
    #[arg(long)]
    host: Option<String>,
    /// Address that old clients are told to come back to (GW-IP); by default the one that they have reached, if it is
    /// public, else the host, or what each client calls it by
    #[arg(long)]
    gateway_ip: Option<String>,
    /// Zone of the times that the IM web service tells: `local`, `UTC`, or hours and minutes from UTC. `local` is read
    /// at the start
    #[arg(long, value_name = "ZONE", default_value = "local", allow_hyphen_values = true, value_parser = zone::parse)]
    time_zone: UtcOffset,
    /// Name of this machine in X-MSNSERVER; by default the first part of the host's
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// Web origin whose pages may use the service with cookies; can be given several times
    /// (default: any origin, without cookies)
    #[arg(long)]
    origin: Vec<String>,
    /// Mark cookies `Secure`: a proxy in front speaks HTTPS
    #[arg(long)]
    secure_cookies: bool,
    /// Seconds of silence after which a session ends
    #[arg(long, default_value_t = 120)]
    session_timeout: u64,
    /// Most seconds that a poll is held; 0 answers every poll at once
    #[arg(long, default_value_t = 110)]
    longest_hold: u64,
    /// Most sessions at once
    #[arg(long, default_value_t = 20_000)]
    sessions: usize,
    /// Most sessions at once from one network address
    #[arg(long)]
    sessions_per_peer: Option<usize>,
    /// Most connections at once
    #[arg(long, default_value_t = 20_000)]
    connections: usize,
    /// Most connections at once from one network address
    #[arg(long, default_value_t = 1_000)]
    connections_per_peer: usize,
    /// What becomes of messages for somebody who never says which were received, when all shows that they were read:
    /// a proxy that took them may have lost them
    #[arg(long, default_value = "never")]
    without_receipt: PerhapsTaken,
    #[command(flatten)]
    rules: rules::Rules,
    /// Answer callers of the IM web service with the headers of its capture too (Server, X-Powered-By, X-AspNet-Version)
    #[arg(long)]
    as_captured: bool,
    /// Write the log as JSON, one object per line
    #[arg(long)]
    json_log: bool,
    #[command(flatten)]
    im_domains: ImDomains,
    #[command(flatten)]
    upstream: upstream::InFrontOf,
}

/// Which of two faults is the lesser.
#[derive(Copy, Clone, Debug, clap::ValueEnum)]
enum PerhapsTaken {
    /// They are not given again, and what a proxy has lost never comes
    Never,
    /// They are given once more, so what has arrived comes twice
    Twice,
}

/// Serves. `again` reads the command line, the environment and the file once more.
pub(crate) fn run(args: &Args, again: impl Fn() -> Result<Args, String>) -> Exit {
    if args.check_config {
        return told(args);
    }
    let filter = EnvFilter::try_from_env("MSNP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if args.json_log {
        log.json().init();
    } else {
        log.init();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let again = || again().and_then(|args| plan(&args));
            let again = args.has_file().then_some(again);
            match plan(args) {
                Ok(plan) => runtime.block_on(running::serve(plan, again)),
                Err(wrong) => {
                    eprintln!("msnp: {wrong}");
                    Exit::Io
                }
            }
        }
        Err(error) => {
            eprintln!("msnp: cannot start: {error}");
            Exit::Io
        }
    }
}

fn tls_files(args: &Args) -> Option<TlsFiles> {
    let (certificate, key) = args.tls_cert.clone().zip(args.tls_key.clone())?;
    Some(TlsFiles { certificate, key })
}

/// What these settings ask for.
fn plan(args: &Args) -> Result<Plan, String> {
    match in_front(args) {
        Ok(Some(config)) => Ok(Plan::InFront {
            config: Box::new(config),
            of_no_use: args.of_no_use_in_front().collect(),
        }),
        Ok(None) => {
            let config = config(args).map_err(|error| chain(&error))?;
            Ok(Plan::Service(Box::new(config)))
        }
        Err(error) => Err(chain(&error)),
    }
}

/// Says whether it would start with these settings, as far as that can be known before.
fn told(args: &Args) -> Exit {
    if let Err(wrong) = plan(args).and_then(|plan| plan.check()) {
        eprintln!("msnp: {wrong}");
        return Exit::Findings;
    }
    match &args.config {
        Some(file) => println!("{}: the settings are good", file.display()),
        None => println!("the settings are good"),
    }
    Exit::Success
}

/// An address for streams, with a port or without.
fn tcp_address(text: &str) -> Result<SocketAddr, String> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match bare.unwrap_or(text).parse::<IpAddr>() {
        Ok(ip) => Ok(SocketAddr::new(ip, ServiceConfig::TCP_PORT)),
        Err(_) => text
            .parse()
            .map_err(|_| "not an IP address, with or without a port".to_owned()),
    }
}

/// A gateway in front of the server that was named, if one was.
fn in_front(args: &Args) -> Result<Option<UpstreamConfig>, RelayError> {
    let Some(mut config) = args.upstream.config(&args.origin)? else {
        return Ok(None);
    };
    config.listen = args.listen;
    config.tls = tls_files(args);
    config.tls_listen = args.tls_listen;
    config.operator = args.operator;
    config.proxies = args.proxies.proxies();
    config.advertised_host.clone_from(&args.host);
    config.web_client = msnp_web::page().map(Arc::new);
    if !args.origin.is_empty() {
        config.origins = Origins::Listed(args.origin.clone());
    }
    config.timings.session_timeout = Duration::from_secs(args.session_timeout);
    config.timings.longest_hold = Duration::from_secs(args.longest_hold);
    config.limits.sessions = args.sessions;
    config.limits.sessions_per_peer = args.sessions_per_peer;
    config.limits.connections = args.connections;
    config.limits.connections_per_peer = Some(args.connections_per_peer);
    Ok(Some(config))
}

impl Args {
    /// Whether there is a file with settings.
    fn has_file(&self) -> bool {
        self.config.is_some() || std::env::var_os(layers::CONFIG).is_some()
    }

    /// What was given that means nothing to a gateway in front of another server.
    fn of_no_use_in_front(&self) -> impl Iterator<Item = &'static str> {
        [
            ("--tcp", self.tcp.is_some()),
            ("--tls-tcp", self.tls_tcp.is_some()),
            ("--gateway-ip", self.gateway_ip.is_some()),
            ("--server-name", self.server_name.is_some()),
            ("--secure-cookies", self.secure_cookies),
            ("--as-captured", self.as_captured),
        ]
        .into_iter()
        .filter_map(|(option, is_given)| is_given.then_some(option))
    }
}

/// An address for the operator, or a port of this machine.
fn operator_address(text: &str) -> Result<SocketAddr, String> {
    let port = text
        .parse()
        .map(|port: u16| SocketAddr::from(([127, 0, 0, 1], port)));
    let address = port.or_else(|_| text.parse());
    address.map_err(|_| "neither a port nor an IP address with a port".to_owned())
}

fn config(args: &Args) -> Result<ServiceConfig, ImDomainsError> {
    let mut config = ServiceConfig {
        listen: args.listen,
        tcp: args.tcp,
        tls: tls_files(args),
        tls_listen: args.tls_listen,
        tls_tcp: args.tls_tcp,
        operator: args.operator,
        proxies: args.proxies.proxies(),
        advertised_host: args.host.clone(),
        gateway_ip: args.gateway_ip.clone(),
        server_name: args.server_name.clone(),
        database: Database::File(args.database.clone()),
        secure_cookies: args.secure_cookies,
        web_client: msnp_web::page().map(Arc::new),
        ..ServiceConfig::default()
    };
    if !args.origin.is_empty() {
        config.origins = Origins::Listed(args.origin.clone());
    }
    config.timings.session_timeout = Duration::from_secs(args.session_timeout);
    config.timings.longest_hold = Duration::from_secs(args.longest_hold);
    config.limits.sessions = args.sessions;
    config.limits.sessions_per_peer = args.sessions_per_peer;
    config.limits.connections = args.connections;
    config.limits.connections_per_peer = Some(args.connections_per_peer);
    args.rules.apply(&mut config);
    config.imsoap.utc_offset = args.time_zone;
    config.imsoap.as_captured = args.as_captured;
    config.network.without_receipt = match args.without_receipt {
        PerhapsTaken::Never => WithoutReceipt::PerhapsNever,
        PerhapsTaken::Twice => WithoutReceipt::PerhapsTwice,
    };
    args.im_domains.apply(&mut config)?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(subcommand)]
        command: Command,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Command {
        Serve(Box<Args>),
    }

    /// A file of this test's own, gone with it.
    struct File(PathBuf);

    impl File {
        fn new(text: &str) -> Self {
            let name = format!("msnp-serve-{:016x}.toml", getrandom::u64().unwrap());
            let path = std::env::temp_dir().join(name);
            std::fs::write(&path, text).unwrap();
            Self(path)
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    /// What is read of a file, of variables and of what was typed behind `serve`.
    fn read(file: &str, variables: &[(&str, &str)], typed: &[&str]) -> Result<Args, String> {
        let file = File::new(file);
        let path = file.0.to_str().unwrap();
        let first = ["msnp", "serve", "--config", path];
        let typed = first.iter().chain(typed);
        let typed: Vec<_> = typed.map(std::ffi::OsString::from).collect();
        let variables = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        let command = Cli::command();
        let told = |error: layers::LayerError| error.to_string().replace(path, "FILE");
        let added = Added::of(&command, &typed, variables).map_err(told)?;
        match Cli::try_parse_from(added.behind(&typed)) {
            Ok(cli) => {
                let Command::Serve(args) = cli.command;
                Ok(*args)
            }
            Err(error) => Err(added.place(&error).map_or_else(|| error.to_string(), told)),
        }
    }

    #[test]
    fn what_is_typed_goes_before_the_environment_and_that_before_the_file() {
        let file = "listen = \"127.0.0.1:1\"\ndatabase = \"file.db\"\nsessions = 5\norigin = [\"https://a\", \"https://b\"]\njson-log = true\n";
        let variables = [
            ("MSNP_SERVE_LISTEN", "127.0.0.1:2"),
            ("MSNP_SERVE_DATABASE", "variable.db"),
            ("HOME", "/"),
        ];
        let args = read(file, &variables, &["--listen", "127.0.0.1:3"]).unwrap();
        assert_eq!(args.listen.port(), 3);
        assert_eq!(args.database, PathBuf::from("variable.db"));
        assert_eq!((args.sessions, args.json_log), (5, true));
        assert_eq!(args.origin, ["https://a", "https://b"]);
        let args = read(
            file,
            &[("MSNP_SERVE_JSON_LOG", "false")],
            &["--origin", "https://c"],
        )
        .unwrap();
        assert!(!args.json_log);
        assert_eq!(args.origin, ["https://c"]);
        assert_eq!(args.listen.port(), 1);
        // Two halves of one thing may come from two places.
        let args = read("tls-key = \"k\"", &[], &["--tls-cert", "c"]).unwrap();
        assert_eq!(args.tls_key, Some(PathBuf::from("k")));
    }

    #[track_caller]
    fn wrong(file: &str, variables: &[(&str, &str)], expected: &str) {
        let error = read(file, variables, &[]).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        wrong("a = 1\nlisten", &[], "FILE: line 2: ");
        wrong(
            "\n\nlistne = \"x\"",
            &[],
            "FILE: line 3: there is no setting “listne”",
        );
        wrong(
            "json_log = true",
            &[],
            "FILE: line 1: there is no setting “json_log”; there is “json-log”",
        );
        wrong(
            "config = \"x\"",
            &[],
            "FILE: line 1: there is no setting “config”",
        );
        wrong(
            "[work]\nlisten = \"x\"",
            &[],
            "FILE: line 1: there are no sections, and so no [work]",
        );
        wrong(
            "json-log = \"yes\"",
            &[],
            "FILE: line 1: “json-log” is true or false",
        );
        wrong(
            "listen = true",
            &[],
            "FILE: line 1: “listen” is neither true nor false",
        );
        wrong(
            "listen = [\"a\"]",
            &[],
            "FILE: line 1: “listen” is one value, not a list",
        );
        wrong(
            "\nsessions = -1",
            &[],
            "FILE: line 2: invalid value '-1' for '--sessions <SESSIONS>'",
        );
        wrong(
            "tcp = \"nowhere\"",
            &[],
            "FILE: line 1: invalid value 'nowhere' for '--tcp <ADDRESS>'",
        );
        wrong(
            "",
            &[("MSNP_SERVE_LSTEN", "x")],
            "MSNP_SERVE_LSTEN: there is no setting “lsten”",
        );
        wrong(
            "",
            &[("MSNP_SERVE_LISTEN", "x")],
            "MSNP_SERVE_LISTEN: invalid value 'x'",
        );
        let missing = Added::of(
            &Cli::command(),
            &["msnp", "serve", "--config", "/nowhere/x.toml"].map(std::ffi::OsString::from),
            std::iter::empty(),
        );
        let error = missing.unwrap_err().to_string();
        assert!(error.starts_with("/nowhere/x.toml: "), "{error}");
    }

    #[test]
    fn the_example_has_every_option_with_a_value_that_is_good() {
        let example = include_str!("../serve.toml");
        let lines = example.lines().filter_map(|line| line.strip_prefix("# "));
        let set: Vec<&str> = lines
            .filter(|line| line.split(' ').nth(1) == Some("="))
            .collect();
        let keys: Vec<&str> = set
            .iter()
            .filter_map(|line| line.split(' ').next())
            .collect();
        let command = Cli::command();
        let serve = command.find_subcommand("serve").unwrap();
        for option in layers::options(serve).filter_map(clap::Arg::get_long) {
            assert!(keys.contains(&option), "the example lacks {option}");
        }
        let args = read(&set.join("\n"), &[], &[]).unwrap();
        assert!(
            args.proxies
                .proxies()
                .trusted
                .contains("10.1.2.3".parse().unwrap())
        );
        // Where there is a default, it is the example's.
        let default = read("", &[], &[]).unwrap();
        assert_eq!(
            (args.listen, args.sessions),
            (default.listen, default.sessions)
        );
        assert_eq!(
            (args.database, args.longest_hold),
            (default.database, default.longest_hold)
        );
        assert_eq!(read(example, &[], &[]).unwrap().listen, default.listen);
    }

    /// What lies in the repository for operators.
    fn packaged(name: &str) -> String {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(folder.join("../packaging").join(name)).unwrap()
    }

    #[test]
    fn what_the_unit_and_the_container_start_is_understood() {
        let unit = packaged("msnp.service");
        let line = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="))
            .unwrap();
        let arguments = line.split_whitespace();
        assert!(Cli::try_parse_from(arguments).is_ok(), "{line}");
        let container = packaged("Containerfile");
        let line = container
            .lines()
            .find_map(|line| line.strip_prefix("CMD "))
            .unwrap();
        let words: Vec<String> = serde_json::from_str(line).unwrap();
        assert!(
            Cli::try_parse_from(["msnp".to_owned()].into_iter().chain(words)).is_ok(),
            "{line}"
        );
        let command = Cli::command();
        let serve = command.find_subcommand("serve").unwrap();
        let set = container
            .lines()
            .filter_map(|line| line.strip_prefix("ENV "));
        let variables = set.flat_map(str::split_whitespace).map(|word| {
            let name = word.strip_prefix("MSNP_SERVE_");
            name.expect("a setting")
        });
        for variable in variables.filter_map(|word| word.split('=').next()) {
            let key = variable.to_lowercase().replace('_', "-");
            let known = layers::options(serve).any(|option| option.get_long() == Some(&key));
            assert!(known, "{variable}");
        }
    }

    #[test]
    fn the_operators_address_may_be_a_port() {
        let address = |text| operator_address(text).map(|address| address.to_string());
        assert_eq!(address("9100"), Ok("127.0.0.1:9100".to_owned()));
        assert_eq!(address("[::1]:9100"), Ok("[::1]:9100".to_owned()));
        assert!(address("localhost").is_err());
    }

    #[test]
    fn the_port_of_streams_may_be_left_out() {
        for (text, address) in [
            ("127.0.0.1", "127.0.0.1:1863"),
            ("0.0.0.0:99", "0.0.0.0:99"),
            ("::1", "[::1]:1863"),
            ("[::]", "[::]:1863"),
            ("[::1]:99", "[::1]:99"),
        ] {
            assert_eq!(
                tcp_address(text).map(|address| address.to_string()),
                Ok(address.to_owned())
            );
        }
        for text in ["", "localhost", "127.0.0.1:", "1863"] {
            assert!(tcp_address(text).is_err(), "{text}");
        }
    }
}
