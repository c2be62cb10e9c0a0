//! What a connection says upward, in no dialect's words.

use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use msnp_proto::Side;

use crate::contacts::Lists;
use crate::event::{Reason, Step};
use crate::group::GroupUpdate;
use crate::history::HistoryPage;
use crate::id::{ContactId, ConversationId};
use crate::message::{Held, Received};
use crate::presence::{Departure, PresenceUpdate};
use crate::request::RequestNumber;

/// What a connection knows now, or what became of something.
#[derive(Debug)]
pub(crate) enum Fact {
    Step(Step),
    /// Signed in under this name: requests are taken from now on.
    Ready(ContactId),
    /// The service calls oneself so, and not as was said with `Ready`.
    Account(ContactId),
    Message(Received),
    /// One that is acknowledged once the application says so.
    MessageHeld(Received, Held),
    Typing {
        conversation: ConversationId,
        from: ContactId,
        typing: bool,
    },
    Presence {
        who: ContactId,
        update: PresenceUpdate,
    },
    Departed {
        who: ContactId,
        departure: Departure,
    },
    Roster(RosterUpdate),
    Group(GroupUpdate),
    GroupLeft(ConversationId),
    /// Told unasked.
    History(HistoryPage),
    /// The answer to a request.
    Done(RequestNumber, Result<Outcome, Reason>),
    /// It certainly never left.
    Unsent(RequestNumber),
    /// Nobody can tell what became of it.
    Uncertain(RequestNumber, Reason),
    /// The authentication was renewed, or not.
    Renewed(Result<(), Reason>),
    /// One frame, as it is on the wire.
    Frame(Side, Bytes),
    /// Another connection is wanted beside this one.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "said by dialects with a connection for each conversation"
        )
    )]
    Beside(Route),
    /// The service sends the client elsewhere; this connection is over.
    Redirected(Route),
    /// The connection is over. Once and last.
    Ended(Reason),
}

/// Where another connection is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    authority: String,
    state: Option<String>,
    wait: Duration,
}

impl Route {
    /// To this host and perhaps port, after this time; `state` is what the service wants to see there.
    pub(crate) const fn new(authority: String, state: Option<String>, wait: Duration) -> Self {
        Self {
            authority,
            state,
            wait,
        }
    }

    /// The address at which it leads, scheme and path taken from `like`. `None`: it is none.
    pub(crate) fn target(&self, like: &Uri) -> Option<Uri> {
        let scheme = like.scheme_str().unwrap_or("https");
        let (authority, path) = (self.authority.trim(), like.path());
        format!("{scheme}://{authority}{path}").parse().ok()
    }

    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }

    pub(crate) fn into_state(self) -> Option<String> {
        self.state
    }
}

/// What the answer to a request holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// That it was done.
    Done,
    /// The group that it made.
    Group(ConversationId),
    History(HistoryPage),
}

/// The contact list, or changes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RosterUpdate {
    /// Whoever is not named is on no list.
    pub(crate) is_whole: bool,
    pub(crate) entries: Vec<RosterEntry>,
}

/// One person on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RosterEntry {
    pub(crate) id: ContactId,
    pub(crate) lists: Lists,
    pub(crate) name: Option<String>,
    /// Another name of the same person, by which this client has named him.
    pub(crate) alias: Option<ContactId>,
}
