//! What is to be done after a transition.

use std::time::Duration;

use msnp_proto::Secret;

use crate::event::{Reason, Step};
use crate::place::Place;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing but waiting.
    Wait,
    /// Signing in has come to this step.
    Tell(Step),
    /// Make the connection, with the lifecycle's tokens.
    Connect {
        place: Place,
        state: Option<Secret<String>>,
    },
    /// Show the fresh the lifecycle's tokens on the connection.
    ShowTokens,
    /// The connection is no use: end it for this reason.
    End(Reason),
    /// Say good-bye on the connection.
    Leave,
    /// Signing in begins again after this time.
    Retry {
        attempt: u32,
        wait: Duration,
        reason: Reason,
    },
    /// It is over.
    Over(Reason),
}
