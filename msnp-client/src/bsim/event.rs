//! What a client of the IM web service tells its application.

use machine_contract::Instant;
use soap_codec::bsim::{Event as On, OperationName};

use super::problem::Problem;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Signed in to the service, for the first time or again. The IM accounts follow.
    SignedIn {
        /// The service's local time, `YYYY-MM-DD HH:MM:SS`.
        login_time: Option<String>,
        /// This host's address as the service saw it.
        client_ip: Option<String>,
    },
    /// One of the service's `On…` elements, in the order of its document. The service groups them by
    /// kind, so their order inside one fetch says nothing about time (soap.md 2.4).
    On {
        /// The network; only `msn` was ever seen.
        im_type: String,
        /// The IM account that it happened to.
        account: String,
        /// What happened, in the service's words; unknown elements as they are.
        event: On,
    },
    /// This IM account is not signed in, or no more, and is not tried again until
    /// [`login_im`](crate::bsim::Client::login_im).
    LoginImFailed {
        /// The account.
        account: String,
        /// Why.
        reason: LoginImFailure,
    },
    /// The service refused this status, or it cannot be written. It is not tried again.
    ChangeStatusFailed {
        /// The account.
        account: String,
        /// The status.
        status: String,
        /// What the service answered.
        problem: Problem,
    },
    /// The service has taken the message.
    MessageSent(MessageId),
    /// The message will not arrive.
    MessageNotSent {
        /// Which.
        message: MessageId,
        /// Why.
        reason: NotSent,
    },
    /// The message left, and what became of it is not known.
    MessageUncertain {
        /// Which.
        message: MessageId,
        /// What came instead of an answer.
        problem: Problem,
    },
    /// A call failed and is tried again.
    ///
    /// If it was [`KeepSessionAlive`](OperationName::KeepSessionAlive) and its
    /// [`fate`](Problem::fate) is unknown, events that the lost response held are gone: the service
    /// gives each out once (soap.md 2.4).
    Retrying {
        /// Which call.
        operation: OperationName,
        /// What went wrong.
        problem: Problem,
        /// When.
        at: Instant,
    },
    /// The session is lost; the client signs in again.
    SessionLost {
        /// How that showed.
        problem: Problem,
        /// When it signs in.
        at: Instant,
    },
    /// The end: nothing comes after it until [`sign_in`](crate::bsim::Client::sign_in).
    SignedOut(Reason),
}

/// Why the client is signed out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The application asked for it.
    #[error("signed out")]
    Requested,
    /// The service did not accept the service account; any fault to the first
    /// `Login` is taken for that (soap.md 1.3).
    #[error("the sign-in was refused: {0}")]
    Refused(Problem),
    /// Too many attempts failed in a row; this is how the last one did.
    #[error("gave up: {0}")]
    GaveUp(Problem),
}

/// Why an IM account is not signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginImFailure {
    /// The service refused the call, or it cannot be written.
    #[error(transparent)]
    Call(Problem),
    /// The service said so in a log line. Only the lines of `msnp-service` are known to do that.
    #[error("{0}")]
    Told(String),
    /// `OnLogin` did not come in time. The service has no certain word for a failed sign-in
    /// (soap.md 6); its log lines may say more.
    #[error("the sign-in did not end in time")]
    TimedOut,
}

/// Why a message will not arrive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSent {
    /// The client signed out first.
    #[error("signed out before it was sent")]
    SignedOut,
    /// Its IM account could not sign in.
    #[error("the IM account is not signed in")]
    AccountNotSignedIn,
    /// The service refused it, or it cannot be written.
    #[error(transparent)]
    Call(Problem),
}

/// Why a verb did nothing: the caller's side.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Not signed in, and not signing in.
    #[error("signed out")]
    SignedOut,
    /// The account was never given to `login_im`.
    #[error("this IM account was not given to the client")]
    UnknownAccount,
    /// The account's sign-in failed.
    #[error("this IM account could not sign in")]
    AccountNotSignedIn,
    /// As much waits already as the limits allow.
    #[error("too much is waiting already")]
    Full,
    /// The text is longer than the limits allow.
    #[error("the text is too long")]
    TooLong,
}

/// Names one message of one client. Never used twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub(super) u64);
