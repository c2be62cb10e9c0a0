//! The accounts: who can sign in, and who may use the IM web service.

use std::sync::Arc;

use machine_contract::UnixTime;
use msnp_proto::Secret;
use msnp_server::faces::AccessClaim;
use msnp_server::identity::{Address, EmailAddress, HomeId, PersonId, SkypeId, Who};
use msnp_server::{AccessToken, Account, NewAccount, Taken};
use rusqlite::{Connection, ErrorCode, Params, Row, params};

use super::error::Error;
use super::identities::identity;
use super::removal;
use super::rows::{bound, exact, limit, person, person_id, unsigned};
use crate::accounts::{ACCESS_TOKENS, NewAccessToken, TokenRefused, UserId, is_disabled};

/// The accounts, to be read.
#[derive(Debug)]
pub struct Accounts<'a> {
    connection: &'a Connection,
}

/// The accounts, to be changed. Each change is kept when its call returns.
#[derive(Debug)]
pub struct Directory<'a> {
    connection: &'a Connection,
}

impl<'a> Accounts<'a> {
    /// Those of this database.
    pub(super) const fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// The account that an address leads to.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn by_address(&self, address: &Address) -> Result<Option<Account>, Error> {
        let (sql, text) = match address {
            Address::Skype(name) => (
                "SELECT id, skype_id, email, name, password_hash FROM account
                    WHERE skype_id = ?1 AND password_hash <> '!'",
                name.as_str(),
            ),
            Address::Email(email) => (
                "SELECT id, skype_id, email, name, password_hash FROM account
                    WHERE email = ?1 AND password_hash <> '!'",
                email.as_str(),
            ),
        };
        Ok(self.read(sql, [text], account)?.pop())
    }

    /// At most `most` accounts in the order of their names on MSNP24, those behind `after`.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn list(&self, after: Option<&SkypeId>, most: usize) -> Result<Vec<Account>, Error> {
        let sql = "SELECT id, skype_id, email, name, password_hash FROM account
            WHERE skype_id > ?1 AND password_hash <> '!' ORDER BY skype_id LIMIT ?2";
        let after = after.map_or("", SkypeId::as_str);
        self.read(sql, params![after, limit(most)], account)
    }

    /// The access tokens of an account, in the order in which they were made.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn access_tokens(&self, who: PersonId) -> Result<Vec<AccessToken>, Error> {
        let sql = "SELECT number, label, made, token FROM access_token
            WHERE account = ?1 ORDER BY number";
        self.read(sql, [person(who)], |row| {
            Ok(AccessToken {
                number: unsigned(row, 0)?,
                label: row.get(1)?,
                made: UnixTime::from_millis(unsigned(row, 2)?),
                token: Secret::new(row.get(3)?),
            })
        })
    }

    /// Who has made a claim, if it is right and the account is not disabled.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn claimant(&self, claim: &AccessClaim) -> Result<Option<Who>, Error> {
        let address = Address::Email(claim.address.clone());
        let Some(account) = self.by_address(&address)? else {
            return Ok(None);
        };
        let tokens = self.access_tokens(account.who.person())?;
        let is_right = tokens.iter().any(|token| claim.fits(&token.token));
        let is_disabled = is_disabled(account.password_hash.expose());
        Ok((is_right && !is_disabled).then_some(account.who))
    }

    /// The password hash of a user of the IM web service.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn service_account(&self, user: &UserId) -> Result<Option<Secret<String>>, Error> {
        let sql = "SELECT password_hash FROM service_account WHERE user_id = ?1";
        let mut found = self.read(sql, [user.as_str()], |row| Ok(Secret::new(row.get(0)?)))?;
        Ok(found.pop())
    }

    /// Whether a user of the IM web service is on trial.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn is_on_trial(&self, user: &UserId) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM service_trial WHERE user_id = ?1";
        let found = self.read(sql, [user.as_str()], |_| Ok(()))?;
        Ok(!found.is_empty())
    }

    fn read<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }
}

impl<'a> Directory<'a> {
    /// Those of this database.
    pub(super) const fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`Error`] if the database failed; [`Taken`] within if somebody has its name or its address.
    pub fn add(&mut self, new: NewAccount) -> Result<Result<Who, Taken>, Error> {
        let added = self.execute(
            "INSERT INTO account (skype_id, email, name, password_hash) VALUES (?1, ?2, ?3, ?4)",
            params![
                new.skype_id.as_str(),
                new.email.as_str(),
                new.name,
                new.password_hash.expose()
            ],
        );
        match added {
            Ok(_) => {
                let id = self.connection.last_insert_rowid();
                let person = u64::try_from(id).map_err(|_| Error::Damaged { what: "person" })?;
                let person = PersonId::new(person);
                let who = Who::new(person, HomeId::default(), new.skype_id, new.email);
                Ok(Ok(who))
            }
            Err(Error::Sqlite(refused))
                if refused.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                // Whichever constraint SQLite looked at first, the name is told first. That of somebody who was removed stays taken.
                let sql = "SELECT EXISTS (SELECT 1 FROM account WHERE skype_id = ?1)";
                let mut statement = self.connection.prepare_cached(sql)?;
                let name = statement.query_row([new.skype_id.as_str()], |row| row.get(0))?;
                Ok(Err(if name { Taken::SkypeId } else { Taken::Email }))
            }
            Err(failed) => Err(failed),
        }
    }

    /// Changes the name that others are shown; `false` if there is no such person.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn set_name(&mut self, who: PersonId, name: &str) -> Result<bool, Error> {
        let sql = "UPDATE account SET name = ?2 WHERE id = ?1";
        Ok(self.execute(sql, params![person(who), name])? == 1)
    }

    /// Changes the password; `false` if there is no such person.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn set_password_hash(
        &mut self,
        who: PersonId,
        hash: &Secret<String>,
    ) -> Result<bool, Error> {
        let sql = "UPDATE account SET password_hash = ?2 WHERE id = ?1";
        Ok(self.execute(sql, params![person(who), hash.expose()])? == 1)
    }

    /// Changes the e-mail address; `false` if there is no such person. [`Taken`] within if it is somebody else's.
    ///
    /// Who serves the file remembers identities: nobody may be serving it.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn set_email(
        &mut self,
        who: PersonId,
        email: &EmailAddress,
    ) -> Result<Result<bool, Taken>, Error> {
        let sql = "UPDATE account SET email = ?2 WHERE id = ?1";
        match self.execute(sql, params![person(who), email.as_str()]) {
            Ok(changed) => Ok(Ok(changed == 1)),
            Err(Error::Sqlite(refused))
                if refused.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
            {
                Ok(Err(Taken::Email))
            }
            Err(failed) => Err(failed),
        }
    }

    /// Lets nobody sign in to an account, or lets its owner again; `false` if it was so already. The password stays.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn set_disabled(&mut self, who: PersonId, disabled: bool) -> Result<bool, Error> {
        let sql = if disabled {
            "UPDATE account SET password_hash = '!' || password_hash WHERE id = ?1 AND password_hash NOT LIKE '!%'"
        } else {
            "UPDATE account SET password_hash = substr(password_hash, 2) WHERE id = ?1 AND password_hash LIKE '!_%'"
        };
        Ok(self.execute(sql, [person(who)])? == 1)
    }

    /// Gives an account one more access token; its number, or why it gets none.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn add_access_token(
        &mut self,
        address: &Address,
        new: &NewAccessToken,
    ) -> Result<Result<u64, TokenRefused>, Error> {
        let accounts = Accounts::new(self.connection);
        let Some(account) = accounts.by_address(address)? else {
            return Ok(Err(TokenRefused::Nobody));
        };
        let who = account.who.person();
        if accounts.access_tokens(who)?.len() >= ACCESS_TOKENS {
            return Ok(Err(TokenRefused::TooMany));
        }
        let AccessToken {
            label, made, token, ..
        } = new.numbered(0);
        self.execute(
            "INSERT INTO access_token (account, label, made, token) VALUES (?1, ?2, ?3, ?4)",
            params![
                person(who),
                label,
                exact(made.as_millis(), "time")?,
                token.expose()
            ],
        )?;
        let number = self.connection.last_insert_rowid();
        let number = u64::try_from(number).map_err(|_| Error::Damaged { what: "token" })?;
        Ok(Ok(number))
    }

    /// Takes an access token back; `false` if the account has none of that number.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn remove_access_token(&mut self, who: PersonId, number: u64) -> Result<bool, Error> {
        let sql = "DELETE FROM access_token WHERE account = ?1 AND number = ?2";
        Ok(self.execute(sql, params![person(who), bound(number)])? == 1)
    }

    /// Removes a person and everything that is theirs, at `now`: see [`crate::database`] for what stays.
    ///
    /// Who serves the file has people in memory: nobody may be serving it.
    ///
    /// # Errors
    /// [`Error`] if the database failed; nothing has happened.
    pub fn remove(&mut self, who: PersonId, now: UnixTime) -> Result<(), Error> {
        let whole = self.connection.unchecked_transaction()?;
        let now = i64::try_from(now.as_millis()).map_err(|_| Error::TooHigh { what: "time" })?;
        removal::remove(&whole, person(who), now)?;
        Ok(whole.commit()?)
    }

    /// Removes a user of the IM web service; `false` if there is none of that name.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn remove_service_account(&mut self, user: &UserId) -> Result<bool, Error> {
        let sql = "DELETE FROM service_account WHERE user_id = ?1";
        let removed = self.execute(sql, [user.as_str()])? == 1;
        let sql = "DELETE FROM service_trial WHERE user_id = ?1";
        self.execute(sql, [user.as_str()])?;
        Ok(removed)
    }

    /// Changes the password of a user of the IM web service; `false` if there is none of that name.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn set_service_password_hash(
        &mut self,
        user: &UserId,
        hash: &Secret<String>,
    ) -> Result<bool, Error> {
        let sql = "UPDATE service_account SET password_hash = ?2 WHERE user_id = ?1";
        Ok(self.execute(sql, [user.as_str(), hash.expose()])? == 1)
    }

    /// Adds a user of the IM web service; `false` if there is one of that name.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn add_service_account(
        &mut self,
        user: &UserId,
        hash: &Secret<String>,
    ) -> Result<bool, Error> {
        let sql = "INSERT INTO service_account (user_id, password_hash) VALUES (?1, ?2)
            ON CONFLICT DO NOTHING";
        Ok(self.execute(sql, [user.as_str(), hash.expose()])? == 1)
    }

    /// Adds a user of the IM web service on trial, whose messages are shortened (soap.md 2.3); `false` if there is one of
    /// that name.
    ///
    /// # Errors
    /// [`Error`] if the database failed.
    pub fn add_trial_account(
        &mut self,
        user: &UserId,
        hash: &Secret<String>,
    ) -> Result<bool, Error> {
        let whole = self.connection.unchecked_transaction()?;
        let sql = "INSERT INTO service_account (user_id, password_hash) VALUES (?1, ?2)
            ON CONFLICT DO NOTHING";
        if whole.execute(sql, [user.as_str(), hash.expose()])? != 1 {
            return Ok(false);
        }
        let sql = "INSERT INTO service_trial (user_id) VALUES (?1) ON CONFLICT DO NOTHING";
        whole.execute(sql, [user.as_str()])?;
        whole.commit()?;
        Ok(true)
    }

    fn execute(&mut self, sql: &str, params: impl Params) -> Result<usize, Error> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }
}

/// The columns `id, skype_id, email, name, password_hash`.
fn account(row: &Row<'_>) -> Result<Account, Error> {
    let (skype_id, email) = (row.get_ref(1)?.as_str(), row.get_ref(2)?.as_str());
    let name: Arc<str> = row.get(3)?;
    Ok(Account {
        who: identity(person_id(row, 0)?, skype_id, email)?,
        name,
        password_hash: Secret::new(row.get(4)?),
    })
}
