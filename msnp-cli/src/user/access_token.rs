//! Access tokens of accounts.

use machine_contract::{UnixTime, UtcOffset};
use msnp_server::identity::Address;
use msnp_service::accounts::NewAccessToken;

use super::account::{find, now};
use super::database::Database;
use super::failure::Failure;
use super::list::in_columns;
use crate::shown;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make an access token, and show it once
    Add {
        /// The address, or the id
        who: String,
        /// What to call it, such as the client that it is for
        #[arg(long, default_value = "")]
        label: String,
    },
    /// List the access tokens of an account: number, day on which it was made, label
    ///
    /// The tokens themselves are not shown again.
    List {
        /// The address, or the id
        who: String,
    },
    /// Take an access token back; nobody signs in with it any more
    ///
    /// Who is signed in stays so until the server is restarted.
    Revoke {
        /// The address, or the id
        who: String,
        /// Its number in the list
        number: u64,
    },
}

/// Does what was asked for.
pub(super) fn run(command: &Command, database: Database<'_>) -> Result<String, Failure> {
    match command {
        Command::Add { who, label } => add(who, label, database),
        Command::List { who } => list(who, database),
        Command::Revoke { who, number } => revoke(who, *number, database),
    }
}

fn add(who: &str, label: &str, database: Database<'_>) -> Result<String, Failure> {
    let account = find(who, &database.to_read()?)?.who;
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    let new = NewAccessToken::new(label, now(), random);
    let address = Address::Email(account.email().clone());
    let added = database
        .to_write()?
        .directory()
        .add_access_token(&address, &new)?;
    let number = added.map_err(|why| Failure::Token(account.email().to_string(), why))?;
    Ok(format!(
        "{}\naccess token {number} of {}, which is not shown again",
        new.token().expose(),
        account.email()
    ))
}

fn list(who: &str, database: Database<'_>) -> Result<String, Failure> {
    let reader = database.to_read()?;
    let account = find(who, &reader)?.who;
    let tokens = reader.accounts().access_tokens(account.person())?;
    let rows: Vec<_> = tokens
        .iter()
        .map(|token| {
            let label = shown::line(&token.label);
            [token.number.to_string(), day(token.made), label]
        })
        .collect();
    Ok(in_columns(&rows))
}

fn revoke(who: &str, number: u64, database: Database<'_>) -> Result<String, Failure> {
    let account = find(who, &database.to_read()?)?.who;
    let mut writer = database.to_write()?;
    let directory = &mut writer.directory();
    if !directory.remove_access_token(account.person(), number)? {
        return Err(Failure::NoToken(account.email().to_string(), number));
    }
    Ok(format!(
        "nobody signs in as {} with access token {number} any more",
        account.email()
    ))
}

fn day(time: UnixTime) -> String {
    let day = time.to_civil(UtcOffset::UTC);
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}
