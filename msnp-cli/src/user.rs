//! `msnp user`: accounts of a server, written into its database.

mod access_token;
mod account;
mod database;
mod failure;
mod list;
mod new_password;
mod service_account;

use std::path::PathBuf;

use crate::exit::Exit;
use crate::shown;
use database::Database;

/// Manage the accounts of a server
///
/// Passwords are read from the variable `MSNP_PASSWORD` (`MSNP_SERVICE_PASSWORD` for the IM web service), else asked for; without a terminal,
/// they are the first line of standard input.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file of the server
    #[arg(long, default_value = "msnp.db", global = true)]
    database: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add an account
    Add {
        /// What is typed at sign-in, such as `alice@example.org`
        address: String,
        /// The name in addresses (default: `live:` and the part before the @)
        #[arg(long)]
        id: Option<String>,
        /// The name that others are shown (default: the part before the @)
        #[arg(long)]
        name: Option<String>,
    },
    /// List the accounts: address, id, name, and whether it is disabled
    List,
    /// Set another password
    ///
    /// Who is signed in stays so.
    Passwd {
        /// The address, or the id
        who: String,
    },
    /// Let nobody sign in to an account
    ///
    /// The password and everything else stay. Who is signed in stays so until the server is restarted.
    Disable {
        /// The address, or the id
        who: String,
    },
    /// Undo `disable`
    Enable {
        /// The address, or the id
        who: String,
    },
    /// Give an account another address or name; the server must not be running
    Rename {
        /// The address, or the id
        who: String,
        /// The new address
        #[arg(long, required_unless_present = "name")]
        address: Option<String>,
        /// The new name that others are shown
        #[arg(long)]
        name: Option<String>,
    },
    /// Remove an account and everything that is its owner's; the server must not be running
    ///
    /// Password, lists and kept messages go; they leave every group and everybody's list. What they wrote to others stays with those, and
    /// the id stays taken, so that nobody else can be taken for them.
    Remove {
        /// The address, or the id
        who: String,
    },
    /// Manage the access tokens of an account, for clients that can only sign in by MD5
    ///
    /// The clients of before 2002 send a hash of the password, of which the server cannot tell whether it is right: it does
    /// not keep the password, but what it cannot be found from. So each of them is given a token in place of the password. The
    /// server keeps the token itself, and whoever can read its database can sign in with it.
    #[command(subcommand)]
    Token(access_token::Command),
    /// Add an account of the IM web service
    ///
    /// It is no account of the network: whoever logs in there names network accounts as well.
    AddService {
        /// What callers log in with
        user: String,
        /// On trial: of each message that comes in, callers get five characters and `(TRIAL MESSAGE)`
        #[arg(long)]
        trial: bool,
    },
    /// Set another password of an account of the IM web service
    PasswdService {
        /// What callers log in with
        user: String,
    },
    /// Remove an account of the IM web service; its sessions end when the server is restarted
    RemoveService {
        /// What callers log in with
        user: String,
    },
}

/// Does what was asked for.
pub(crate) fn run(args: &Args) -> Exit {
    let database = Database::at(&args.database);
    let done = match &args.command {
        Command::Add { address, id, name } => {
            account::add(address, id.as_deref(), name.as_deref(), database)
        }
        Command::List => list::list(database),
        Command::Passwd { who } => account::set_password(who, database),
        Command::Disable { who } => account::set_disabled(who, true, database),
        Command::Enable { who } => account::set_disabled(who, false, database),
        Command::Rename { who, address, name } => {
            account::rename(who, address.as_deref(), name.as_deref(), database)
        }
        Command::Remove { who } => account::remove(who, database),
        Command::Token(command) => access_token::run(command, database),
        Command::AddService { user, trial } => service_account::add(user, *trial, database),
        Command::PasswdService { user } => service_account::set_password(user, database),
        Command::RemoveService { user } => service_account::remove(user, database),
    };
    let told = done.and_then(|lines| {
        let mut out = shown::output();
        let mut lines = lines.lines();
        Ok(lines.try_for_each(|line| shown::write_line(&mut out, line))?)
    });
    match told {
        Ok(()) => Exit::Success,
        Err(failure) => {
            shown::complain(&failure);
            failure.exit()
        }
    }
}
