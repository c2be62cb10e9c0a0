//! Why an account was not changed.

use std::io;
use std::path::PathBuf;

use msnp_server::Taken;
use msnp_service::accounts::{NameError, PasswordError, TokenRefused};
use msnp_service::database::{Error, OpenError};

use crate::causes::chain;
use crate::exit::Exit;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{}: no such file", .0.display())]
    NoFile(PathBuf),
    #[error("{}: {}", .0.display(), chain(.1))]
    Open(PathBuf, OpenError),
    #[error("{}", chain(.0))]
    Database(#[from] Error),
    #[error("`{0}` cannot be an address: {1}")]
    Address(String, NameError),
    #[error("`{0}` cannot be an id: {1}; another can be given with --id")]
    Id(String, NameError),
    #[error("`{0}` cannot be the name of a user: {1}")]
    User(String, NameError),
    #[error("{}", taken(.address, .id, *.which))]
    Taken {
        address: String,
        id: String,
        which: Taken,
    },
    #[error("the IM web service has a user {0} already")]
    UserTaken(String),
    #[error("there is no account {0}")]
    Nobody(String),
    #[error("{0}: {1}")]
    Token(String, TokenRefused),
    #[error("{0} has no access token {1}")]
    NoToken(String, u64),
    #[error("the IM web service has no user {0}")]
    NoUser(String),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Terminal(#[from] io::Error),
    #[error("the system has no random numbers to give: {0}")]
    Randomness(#[from] getrandom::Error),
}

impl Failure {
    /// 1 if what was asked for cannot be done, 3 if a file or the system failed.
    pub(super) const fn exit(&self) -> Exit {
        match self {
            Self::NoFile(_)
            | Self::Open(..)
            | Self::Database(_)
            | Self::Terminal(_)
            | Self::Randomness(_) => Exit::Io,
            _ => Exit::Findings,
        }
    }
}

fn taken(address: &str, id: &str, which: Taken) -> String {
    match which {
        Taken::Email => format!("somebody has the address {address} already"),
        Taken::SkypeId => {
            format!("somebody has the id {id} already, or had it; another can be given with --id")
        }
    }
}
