//! `AccountError`: why an account was not made, or given something.

use msnp_server::Taken;
use msnp_server::identity::NameError;
use msnp_server::network::StoreFailed;

use crate::accounts::{PasswordError, TokenRefused};

/// Why an account was not added.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The address or the name is not one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The password is refused.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Somebody has that address or that name.
    #[error(transparent)]
    Taken(#[from] Taken),
    /// There is no such account, or it may have no more access tokens.
    #[error(transparent)]
    Token(#[from] TokenRefused),
    /// A user of the IM web service is called so.
    #[error("the user id is taken")]
    UserTaken,
    /// The store failed; the log says why.
    #[error(transparent)]
    Store(#[from] StoreFailed),
    /// The service has stopped, or the system has no random bytes to give.
    #[error("the service is not available")]
    Unavailable,
}
