//! `msnp user`: accounts of a server, written into its database.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::Duration;

use msnp_proto::Secret;
use msnp_server::NewAccount;
use msnp_service::accounts::{EmailAddress, HashCost, SkypeId, UserId, hash_password};
use msnp_service::database::{Reader, Writer};

use crate::exit::Exit;
use crate::password;

/// Manage the accounts of a server
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add an account
    ///
    /// The password is read from the variable `MSNP_PASSWORD`, else asked for; without a terminal,
    /// it is the first line of standard input.
    Add {
        /// What is typed at sign-in, such as `alice@example.org`
        address: String,
        /// The name in addresses (default: `live:` and the part before the @)
        #[arg(long)]
        id: Option<String>,
        /// The name that others are shown (default: the part before the @)
        #[arg(long)]
        name: Option<String>,
        /// The file of the server
        #[arg(long, default_value = "msnp.db")]
        database: PathBuf,
    },
    /// Add an account of the IM web service
    ///
    /// It is no account of the network: whoever logs in there names network accounts as well. The
    /// password is read as for `add`, from the variable `MSNP_SERVICE_PASSWORD`.
    AddService {
        /// What callers log in with
        user: String,
        /// The file of the server
        #[arg(long, default_value = "msnp.db")]
        database: PathBuf,
    },
    /// List the accounts
    List {
        /// The file of the server
        #[arg(long, default_value = "msnp.db")]
        database: PathBuf,
    },
}

/// Accounts read from the database at a time.
const PAGE: usize = 100;

/// How long to wait for a running server that writes the same file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Does what was asked for.
pub(crate) fn run(command: &Command) -> Exit {
    let done = match command {
        Command::Add {
            address,
            id,
            name,
            database,
        } => {
            let local = address.split('@').next().unwrap_or_default();
            let id = id.clone().unwrap_or_else(|| format!("live:{local}"));
            let name = name.clone().unwrap_or_else(|| local.to_owned());
            add(address, &id, name, database)
        }
        Command::AddService { user, database } => add_service(user, database),
        Command::List { database } => list(database),
    };
    match done {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("msnp: {error}");
            Exit::Io
        }
    }
}

type Done = Result<Exit, Box<dyn std::error::Error>>;

fn add(address: &str, id: &str, name: String, database: &PathBuf) -> Done {
    let (email, skype_id) = (EmailAddress::parse(address)?, SkypeId::parse(id)?);
    let password_hash = read_password("MSNP_PASSWORD")?;
    let mut database = Writer::open(database, PATIENCE)?;
    let account = NewAccount {
        skype_id,
        email,
        name: name.into(),
        password_hash,
    };
    match database.directory().add(account)? {
        Ok(who) => {
            println!("added {} as {}", who.email(), who.skype_id());
            Ok(Exit::Success)
        }
        Err(taken) => {
            eprintln!("msnp: {taken}");
            Ok(Exit::Findings)
        }
    }
}

fn add_service(user: &str, database: &PathBuf) -> Done {
    let user = UserId::parse(user)?;
    let password_hash = read_password("MSNP_SERVICE_PASSWORD")?;
    let mut database = Writer::open(database, PATIENCE)?;
    if !database
        .directory()
        .add_service_account(&user, &password_hash)?
    {
        eprintln!("msnp: the name is taken");
        return Ok(Exit::Findings);
    }
    println!("added {} to the IM web service", user.as_str());
    Ok(Exit::Success)
}

/// The hash of the password in `variable`, or of what is typed.
fn read_password(variable: &str) -> Result<Secret<String>, Box<dyn std::error::Error>> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)?;
    let password = password::read(variable, "Password: ")?;
    Ok(Secret::new(hash_password(
        &password,
        salt,
        HashCost::default(),
    )?))
}

fn list(database: &PathBuf) -> Done {
    // Brings an older file up to date first.
    Writer::open(database, PATIENCE)?;
    let reader = Reader::open(database, PATIENCE)?;
    let mut last = None;
    let mut out = stdout().lock();
    loop {
        let page = reader.accounts().list(last.as_ref(), PAGE)?;
        for account in &page {
            let (email, id) = (account.who.email(), account.who.skype_id());
            writeln!(out, "{email}\t{id}\t{}", account.name.escape_debug())?;
        }
        match page.last() {
            Some(account) if page.len() == PAGE => last = Some(account.who.skype_id().clone()),
            _ => return Ok(Exit::Success),
        }
    }
}
