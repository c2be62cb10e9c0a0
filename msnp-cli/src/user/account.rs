//! Accounts of the network.

use std::time::{SystemTime, UNIX_EPOCH};

use machine_contract::UnixTime;
use msnp_server::identity::Address;
use msnp_server::{Account, NewAccount, Taken};
use msnp_service::accounts::{EmailAddress, SkypeId};
use msnp_service::database::Reader;

use super::database::Database;
use super::failure::Failure;
use super::new_password::new_password;
use crate::shown;

const PASSWORD: &str = "MSNP_PASSWORD";

pub(super) fn add(
    address: &str,
    id: Option<&str>,
    name: Option<&str>,
    database: Database<'_>,
) -> Result<String, Failure> {
    let email = email(address)?;
    let local = address.split('@').next().unwrap_or_default();
    let id = id.map_or_else(|| format!("live:{local}"), ToOwned::to_owned);
    let skype_id = SkypeId::parse(&id).map_err(|error| Failure::Id(id.clone(), error))?;
    let account = NewAccount {
        skype_id,
        email,
        name: name.unwrap_or(local).into(),
        password_hash: new_password(PASSWORD)?,
    };
    match database.or_make()?.directory().add(account)? {
        Ok(who) => Ok(format!("added {} as {}", who.email(), who.skype_id())),
        Err(which) => Err(Failure::Taken {
            address: address.to_owned(),
            id,
            which,
        }),
    }
}

pub(super) fn set_password(who: &str, database: Database<'_>) -> Result<String, Failure> {
    let mut account = find(who, &database.to_read()?)?;
    account.password_hash = new_password(PASSWORD)?;
    let mut writer = database.to_write()?;
    if writer
        .directory()
        .set_password_hash(account.who.person(), &account.password_hash)?
    {
        return Ok(format!("{} has another password", account.who.email()));
    }
    Err(Failure::Nobody(who.to_owned()))
}

pub(super) fn set_disabled(
    who: &str,
    disabled: bool,
    database: Database<'_>,
) -> Result<String, Failure> {
    let account = find(who, &database.to_read()?)?.who;
    let mut writer = database.to_write()?;
    let changed = writer
        .directory()
        .set_disabled(account.person(), disabled)?;
    let already = if changed { "" } else { " already" };
    Ok(if disabled {
        format!("nobody can sign in as {}{already}", account.email())
    } else {
        format!("{} can sign in{already}", account.email())
    })
}

pub(super) fn rename(
    who: &str,
    address: Option<&str>,
    name: Option<&str>,
    database: Database<'_>,
) -> Result<String, Failure> {
    let mut writer = database.alone()?;
    let account = find(who, &database.to_read()?)?.who;
    let mut done = Vec::new();
    if let Some(address) = address {
        let changed = writer
            .directory()
            .set_email(account.person(), &email(address)?)?;
        changed.map_err(|which: Taken| Failure::Taken {
            address: address.to_owned(),
            id: account.skype_id().to_string(),
            which,
        })?;
        done.push(format!("signs in as {address}"));
    }
    if let Some(name) = name {
        writer.directory().set_name(account.person(), name)?;
        done.push(format!("is called {}", shown::line(name)));
    }
    Ok(format!("{} {}", account.skype_id(), done.join(" and ")))
}

pub(super) fn remove(who: &str, database: Database<'_>) -> Result<String, Failure> {
    let mut writer = database.alone()?;
    let account = find(who, &database.to_read()?)?.who;
    writer.directory().remove(account.person(), now())?;
    Ok(format!(
        "removed {}; what they wrote stays with whom they wrote it to, under {}, which stays taken",
        account.email(),
        account.skype_id()
    ))
}

/// What the wall clock says.
pub(super) fn now() -> UnixTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default().as_millis();
    UnixTime::from_millis(u64::try_from(now).unwrap_or(u64::MAX))
}

fn email(address: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(address).map_err(|error| Failure::Address(address.to_owned(), error))
}

/// Whose address or id this is.
pub(super) fn find(who: &str, database: &Reader) -> Result<Account, Failure> {
    let address = if who.contains('@') {
        Address::Email(email(who)?)
    } else {
        Address::Skype(SkypeId::parse(who).map_err(|_| Failure::Nobody(who.to_owned()))?)
    };
    let found = database.accounts().by_address(&address)?;
    found.ok_or_else(|| Failure::Nobody(who.to_owned()))
}
