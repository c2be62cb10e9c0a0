//! The states of the graph, with what belongs to each.

use machine_contract::Instant;
use msnp_proto::Secret;

use crate::place::Place;
use crate::sign_in::{AuthTokens, SignIn};

/// Where the client stands.
#[derive(Debug)]
pub(super) enum Phase {
    SignedOut,
    /// Getting tokens.
    SigningIn(Box<SignIn>),
    /// The connection is being made.
    Connecting(Credit),
    /// Signed in.
    Online {
        tokens: AuthTokens,
        since: Instant,
        renewal: Renewal,
    },
    /// Good-bye was said.
    Leaving,
    /// Waiting before signing in again.
    Pausing {
        until: Instant,
    },
    /// Waiting before following a redirect.
    Following {
        until: Instant,
        place: Box<Place>,
        state: Option<Secret<String>>,
        credit: Credit,
    },
}

/// What there is to show while a connection is being made.
#[derive(Clone, Debug)]
pub(super) struct Credit {
    pub(super) tokens: AuthTokens,
    /// They have been good for a sign-in: when they are refused now, they have run out.
    pub(super) are_proven: bool,
    /// Redirects in a row.
    pub(super) redirects: u32,
}

/// How far getting fresh tokens has come.
#[derive(Debug)]
pub(super) enum Renewal {
    /// `None`: a moment that the clock cannot tell.
    DueAt(Option<Instant>),
    /// Getting fresh tokens.
    Getting(Box<SignIn>),
    /// They are shown on the connection.
    Shown,
}
