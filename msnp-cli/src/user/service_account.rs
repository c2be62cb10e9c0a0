//! Accounts of the IM web service.

use msnp_service::accounts::UserId;

use super::database::Database;
use super::failure::Failure;
use super::new_password::new_password;

const PASSWORD: &str = "MSNP_SERVICE_PASSWORD";

pub(super) fn add(user: &str, trial: bool, database: Database<'_>) -> Result<String, Failure> {
    let user = parse(user)?;
    let hash = new_password(PASSWORD)?;
    let mut writer = database.or_make()?;
    let mut directory = writer.directory();
    let added = if trial {
        directory.add_trial_account(&user, &hash)?
    } else {
        directory.add_service_account(&user, &hash)?
    };
    if !added {
        return Err(Failure::UserTaken(user.as_str().to_owned()));
    }
    let how = if trial { ", on trial" } else { "" };
    let user = user.as_str();
    Ok(format!("added {user} to the IM web service{how}"))
}

pub(super) fn set_password(user: &str, database: Database<'_>) -> Result<String, Failure> {
    let user = parse(user)?;
    // Before a password is asked for.
    let known = database.to_read()?.accounts().service_account(&user)?;
    if known.is_none() {
        return Err(Failure::NoUser(user.as_str().to_owned()));
    }
    let hash = new_password(PASSWORD)?;
    let mut writer = database.to_write()?;
    writer.directory().set_service_password_hash(&user, &hash)?;
    Ok(format!("{} has another password", user.as_str()))
}

pub(super) fn remove(user: &str, database: Database<'_>) -> Result<String, Failure> {
    let user = parse(user)?;
    let mut writer = database.to_write()?;
    if !writer.directory().remove_service_account(&user)? {
        return Err(Failure::NoUser(user.as_str().to_owned()));
    }
    Ok(format!("removed {} from the IM web service", user.as_str()))
}

fn parse(user: &str) -> Result<UserId, Failure> {
    UserId::parse(user).map_err(|error| Failure::User(user.to_owned(), error))
}
