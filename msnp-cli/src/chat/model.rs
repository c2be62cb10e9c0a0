//! `Model`: everything that the terminal client knows. Knows neither terminal nor network: events
//! ([`events`](super::events)) and keys ([`keys`](super::keys)) go in, commands come out.

use machine_contract::Instant;
use msnp_client::{ContactId, Reason, Step};

use super::completion::Completion;
use super::input_history::InputHistory;
use super::overlay::Overlay;
use super::pending::Pending;
use super::people::People;
use super::rooms::Rooms;

/// How the connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    SigningIn(Option<Step>),
    Online,
    /// It is tried again at this moment.
    Reconnecting {
        reason: Reason,
        until: Instant,
    },
    SignedOut(Reason),
}

/// All there is: parts that keep their own order, side by side. Whoever has it has every part.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) people: People,
    pub(super) rooms: Rooms,
    pub(super) pending: Pending,
    pub(super) link: Link,
    pub(super) history: InputHistory,
    pub(super) completion: Option<Completion>,
    /// What lies over the conversation.
    pub(super) overlay: Option<Overlay>,
    /// What is shown to sign in, in a word.
    pub(super) secret: &'static str,
    /// What is typed is that secret: the one before was refused.
    pub(super) is_asking: bool,
    /// It was signed in at least once.
    pub(super) was_online: bool,
    /// The person has asked for the end.
    pub(super) leaving: bool,
}

impl Model {
    /// Nothing known yet, signing in, as `me` as far as one can tell.
    pub(super) fn new(me: Option<ContactId>) -> Self {
        Self {
            people: People::new(me),
            rooms: Rooms::new(),
            pending: Pending::default(),
            link: Link::SigningIn(None),
            history: InputHistory::default(),
            completion: None,
            overlay: None,
            secret: "Password",
            is_asking: false,
            was_online: false,
            leaving: false,
        }
    }
}

/// Whether nothing is under way any more.
pub(super) fn is_settled(model: &Model) -> bool {
    model.pending.is_empty() && model.rooms.pending() == 0
}
