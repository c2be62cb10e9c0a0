//! Why a call is answered with a fault.

use soap_codec::Fault;

/// Why a call is answered with a fault. What it says stands in the fault's text; the texts are this
/// project's own (soap.md 6).
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The session is unknown, has ended, or was not named.
    #[error("Invalid session.")]
    Session,
    /// No such service account, or the wrong password.
    #[error("Invalid user ID or password.")]
    Credentials,
    /// Too many wrong passwords for this service account of late.
    #[error("Too many attempts. Please try again later.")]
    TooManyAttempts,
    /// [`Config::sessions`](crate::imsoap::Config::sessions) or
    /// [`sessions_per_user`](crate::imsoap::Config::sessions_per_user).
    #[error("Too many sessions.")]
    TooManySessions,
    /// [`Config::accounts_per_session`](crate::imsoap::Config::accounts_per_session).
    #[error("Too many IM accounts.")]
    TooManyAccounts,
    /// [`Config::open_requests`](crate::imsoap::Config::open_requests).
    #[error("Too many requests are waiting for the IM network.")]
    Busy,
    /// The network is not `msn`.
    #[error("Invalid IM type.")]
    ImType,
    /// The IM account is missing, or cannot be one.
    #[error("Invalid IM account.")]
    Account,
    /// The IM account is neither signed in nor being signed in.
    #[error("The IM account is not signed in.")]
    NotSignedIn,
    /// The status is missing or no code. `FLN` is none for oneself; `HDN` hides.
    #[error("Invalid status.")]
    Status,
    /// The account to send to is missing, or cannot be one.
    #[error("Invalid recipient.")]
    Recipient,
    /// The service is stopping, or its store failed.
    #[error("The service is not available.")]
    Unavailable,
}

impl From<Error> for Fault {
    fn from(denied: Error) -> Self {
        Self::unable_to_process(&denied.to_string())
    }
}
