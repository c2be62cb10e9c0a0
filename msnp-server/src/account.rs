//! Accounts: what the directory keeps of a person beside the network.

use std::sync::Arc;

use machine_contract::Secret;

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
