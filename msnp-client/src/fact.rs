//! What a connection says upward, in no dialect's words.

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Server;
use msnp_proto::{Secret, Side};

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
    Beside(Beside),
    /// Nobody could be reached in this conversation: what waits to be said there will not be.
    Unreached(ConversationId, Reason),
    /// The service does not speak the dialect that this connection has offered, or shows by nothing that it does; the connection
    /// is over. If there is no other to offer, that is why.
    DialectRefused(Reason),
    /// The service sends the client elsewhere; this connection is over.
    Redirected(Route),
    /// The connection is over. Once and last.
    Ended(Reason),
}

/// Where another connection is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    to: To,
    state: Option<Secret<String>>,
    wait: Duration,
}

/// To whom a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// The gateway at this host and perhaps port.
    Authority(String),
    /// A server, by whatever carries a client there.
    Server {
        host: String,
        port: u16,
        server: Server,
        carrier: Carrier,
    },
}

/// How a server wants to be reached.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// By itself.
    Direct,
    /// The same, and whoever uses a gateway finds one at the server itself.
    OwnGateway,
    /// Through the gateway at the server.
    Gateway,
}

impl Route {
    /// There, after this time; `state` is what the service wants to see there.
    pub(crate) fn new(to: To, state: Option<String>, wait: Duration) -> Self {
        let state = state.map(Secret::new);
        Self { to, state, wait }
    }

    pub(crate) const fn to(&self) -> &To {
        &self.to
    }

    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }

    pub(crate) fn into_state(self) -> Option<Secret<String>> {
        self.state
    }
}

/// A connection beside the one that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) route: Route,
    pub(crate) errand: Errand,
}

/// What a connection is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// To be signed in.
    SignIn,
    /// To talk there.
    Talk(ConversationId),
    /// To make a group of these, as was asked for.
    Gather(RequestNumber, Vec<ContactId>),
    /// To join those who have called.
    Join,
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
    /// Whether whoever is on no list may see one and write, if it is told.
    pub(crate) others_allowed: Option<bool>,
    /// All groups of the list by name, if they are told.
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) entries: Vec<RosterEntry>,
}

/// One person on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RosterEntry {
    pub(crate) id: ContactId,
    pub(crate) lists: Lists,
    pub(crate) name: Option<String>,
    /// The groups of the list that the person is in by name, if they are told.
    pub(crate) groups: Option<Vec<String>>,
    /// Another name of the same person, by which this client has named him.
    pub(crate) alias: Option<ContactId>,
}
