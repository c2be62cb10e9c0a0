//! Accounts: what the directory keeps of a person beside the network.

use std::sync::Arc;

use machine_contract::{Secret, UnixTime};

use crate::identity::{EmailAddress, SkypeId, Who};

/// Somebody who can sign in.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub who: Who,
    /// The name that others are shown.
    pub name: Arc<str>,
    /// What tells whether a password is theirs; no rule of the network looks at it.
    pub password_hash: Secret<String>,
}

/// What signs in to an account by MD5, where a client knows no better way (msnp8-18.md 5.1).
///
/// The store has to have the token itself: the client hashes it behind a salt, so nothing that is kept of it but itself tells
/// whether an answer is right, and whoever reads the store can sign in with it. So it is never a password that somebody has
/// chosen, but made of random numbers, one for each client, and taken back without another way in being lost. Since
/// whoever listens can try tokens against an answer, it has as many random bits as cannot be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Which of the account's; never given twice.
    pub number: u64,
    /// What its owner calls it.
    pub label: Arc<str>,
    /// When it was made.
    pub made: UnixTime,
    /// The token.
    pub token: Secret<String>,
}

/// An account that is to be made. The store gives it its [`PersonId`](crate::identity::PersonId).
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name on MSNP24.
    pub skype_id: SkypeId,
    /// The e-mail address.
    pub email: EmailAddress,
    /// The name that others are shown.
    pub name: Arc<str>,
    /// What tells whether a password is theirs.
    pub password_hash: Secret<String>,
}

/// An account was not made, because somebody has one of its addresses. If both are taken, the first is
/// told.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// Its name on MSNP24.
    #[error("the name is taken")]
    SkypeId,
    /// Its e-mail address.
    #[error("the e-mail address is taken")]
    Email,
}
