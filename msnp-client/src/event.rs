//! What the client tells the application, in the application's own words.

mod size;

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Coding;
use machine_contract::CertificateFault;
use msnp_proto::Side;

use crate::contacts::Contact;
use crate::group::Group;
use crate::history::History;
use crate::id::{ContactId, ConversationId, MessageId, OperationId};
use crate::message::Message;
use crate::presence::{OwnPresence, Presence};

/// Something happened that the application should know.
///
/// Nothing here belongs to one dialect. Contacts, presence and messages that waited may be told just
/// before [`SignedIn`](Self::SignedIn).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Signing in has come to this step.
    SignInProgress(Step),
    /// Signed in under this name: what is sent from now on goes out at once.
    SignedIn(ContactId),
    /// A contact is new on the list, or what is known of it has changed.
    ContactChanged(Contact),
    /// A contact is on no list any more.
    ContactRemoved(ContactId),
    /// Two names are one person: whatever was told of `before` is now told of `now`, and goes on under that
    /// name (conversation, presence, entry of the list). Requests that name `before` are understood for good.
    ///
    /// So it is when somebody was added or written to by e-mail address, and the service tells which account
    /// that is. An entry of the list under `before` is told as removed just after this, and the one under
    /// `now` as changed. Oneself can be meant too.
    ContactRenamed {
        /// The provisional name.
        before: ContactId,
        /// The one that stays.
        now: ContactId,
    },
    /// Somebody's presence is now this. When the connection is lost, everybody who was seen online
    /// is told offline: nothing is known any more. Nobody is because one signs out oneself.
    PresenceChanged {
        /// Who.
        contact: ContactId,
        /// All that is known now, not only what changed.
        presence: Presence,
    },
    /// One's own presence, as the service tells it to all of one's endpoints.
    OwnPresence(OwnPresence),
    /// A message for the application. Told once, even if the service sends it again. Two that were
    /// sent at the same moment may come in either order: the replies of a held poll and of a post can
    /// overtake each other.
    MessageReceived(Message),
    /// Somebody types, or has stopped: said so, or gave no sign for twelve seconds.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        from: ContactId,
        /// False: stopped.
        typing: bool,
    },
    /// Somebody nudges.
    Nudge {
        /// Where.
        conversation: ConversationId,
        /// Who.
        from: ContactId,
    },
    /// A message that was told before has a new text.
    MessageEdited {
        /// Which message: one of the sender of the edit, since ids are the sender's own. Another
        /// person's message under this id is not meant.
        original: MessageId,
        /// The edit itself, with the new text; an empty text deletes the message.
        edit: Message,
    },
    /// The service has accepted a message of ours: it has been handed to the other side or is kept
    /// for it. One of the three fates: each sent message ends in exactly one.
    MessageDelivered {
        /// Where.
        conversation: ConversationId,
        /// Which.
        message: MessageId,
    },
    /// A message of ours will certainly not arrive.
    MessageFailed {
        /// Where.
        conversation: ConversationId,
        /// Which.
        message: MessageId,
        /// Why.
        reason: Reason,
    },
    /// A message of ours may or may not have arrived, and nobody can tell.
    MessageUncertain {
        /// Where.
        conversation: ConversationId,
        /// Which.
        message: MessageId,
        /// Why.
        reason: Reason,
    },
    /// A group is new, or its topic or members have changed.
    GroupChanged(Group),
    /// One is no longer a member of this group.
    GroupLeft(ConversationId),
    /// Older messages, as asked for by `request_history`.
    History(History),
    /// What the application asked for has been done.
    OperationSucceeded {
        /// What.
        operation: OperationId,
        /// The group that it made, if it made one.
        conversation: Option<ConversationId>,
    },
    /// What the application asked for has not been done, or nobody can tell
    /// ([`Reason::TimedOut`], [`Reason::ConnectionLost`]).
    OperationFailed {
        /// What.
        operation: OperationId,
        /// Why.
        reason: Reason,
    },
    /// The connection is lost; signing in starts again by itself.
    Reconnecting {
        /// Attempts since it last was signed in, from 1.
        attempt: u32,
        /// How long until it starts.
        wait: Duration,
        /// What was wrong.
        reason: Reason,
    },
    /// It is over: nothing happens until the application signs in again.
    SignedOut(Reason),
    /// A frame as it is on the wire, if [`Config::frames`](crate::Config::frames) asks for them.
    /// It holds tickets and people's messages: do not log it.
    Frame {
        /// Who wrote it.
        side: Side,
        /// Its bytes: line and payload.
        bytes: Bytes,
    },
}

/// How far signing in has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Showing name and password to the sign-in service.
    Credentials,
    /// Getting what else the service wants to see of one's identity.
    Identity,
    /// Opening the connection.
    Connecting,
    /// Proving who one is on the connection.
    Authenticating,
    /// Lists, presence and conversations.
    Synchronizing,
}

/// Why something ended, or did not happen.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The application said so.
    #[error("the application asked for it")]
    Requested,
    /// Name or password are wrong, or the ready cookies are not (or no longer) accepted.
    #[error("the service did not accept the name, password or cookies")]
    WrongCredentials,
    /// The proof of identity has run out (922, after 24 h).
    #[error("the authentication has expired")]
    AuthenticationExpired,
    /// The sign-in page wants something that only a person with a browser can do.
    #[error("the sign-in page asks for more than a name and a password")]
    NeedsBrowser,
    /// The account signed in somewhere else, or another endpoint signed this one out.
    #[error("signed out from another place")]
    Elsewhere,
    /// The service ended the session.
    #[error("the service ended the session")]
    ClosedByService,
    /// The service is busy, down or going down.
    #[error("the service is not available")]
    ServiceUnavailable,
    /// Too much was asked in too short a time (800, 803).
    #[error("the service limits how often this may be done")]
    RateLimited,
    /// Wrong passwords were tried too often, by whomever: for this long the account takes none at all.
    #[error("too many wrong passwords: the account is locked for {}", minutes(*seconds))]
    Locked {
        /// How long, as the service says.
        seconds: u32,
    },
    /// No host could be reached.
    #[error("the service could not be reached")]
    Unreachable,
    /// The server is reached by a stream, and the host that the client runs on makes none: its driver knows HTTP requests only.
    /// It takes a driver that makes streams, or a [`Network::gateway`](crate::Network::gateway).
    #[error(
        "the server is reached over {}, and this program makes HTTP requests only: it takes a driver with streams, or the network's gateway",
        if *tls { "TLS" } else { "TCP" }
    )]
    NoStreams {
        /// Whether TLS goes over the stream.
        tls: bool,
    },
    /// Whoever answered has a certificate that this machine does not accept, so nothing was said to it: no password, no cookie, no word.
    #[error("the service's certificate is not accepted: {0}")]
    Certificate(CertificateFault),
    /// The connection broke, or the service forgot the session.
    #[error("the connection was lost")]
    ConnectionLost,
    /// No answer came in time.
    #[error("no answer came in time")]
    TimedOut,
    /// The service said nothing while this was asked of it. Servers of the older dialects answer many a mistake so.
    #[error("the service said nothing when {}", asked(*.0))]
    SilentAt(Step),
    /// The service speaks none of the dialects that the configuration offers.
    #[error("the service speaks none of the offered dialects")]
    DialectRefused,
    /// The service knows no account of this name.
    #[error("there is no account of this name")]
    NoSuchAccount,
    /// The service is down on purpose, and says for how long.
    #[error("the service is down for {}", down_for(*minutes))]
    Maintenance {
        /// How long, as the service says.
        minutes: u32,
    },
    /// The dialect that is spoken has no means for it.
    #[error("this network has no means for it")]
    NotPossible,
    /// The other side said something that cannot be.
    #[error("the service broke the protocol")]
    ProtocolError,
    /// Somebody packs what the service says, which was not asked for.
    #[error("the answers are packed by {0}, which was not asked for")]
    Packed(Coding),
    /// A proxy on the way lets nobody through who does not say name and password to it (407).
    #[error("the proxy wants a name and a password, which belong into its address")]
    ProxyAuthentication,
    /// The service wants to send us to a host that the configuration does not allow, or around in
    /// circles.
    #[error("the service redirects to where the client must not go")]
    RedirectRefused,
    /// The service wants to send us to a host over plain http, where everybody on the way could read password and cookies.
    #[error(
        "the service leads to plain http, where everybody on the way can read password and cookies"
    )]
    PlainHttp,
    /// The service has accepted the sign-in and does not say as whom, or takes none of the names that can be
    /// known for one's own. [`Config::account`](crate::Config::account) can say it.
    #[error("the service does not say under which name the account is known")]
    AccountUnknown,
    /// No such person, group or message.
    #[error("there is no such person, group or message")]
    NotFound,
    /// The other side is offline, and the service does not keep messages for it.
    #[error("the other side is not online")]
    NotOnline,
    /// The service does not allow it.
    #[error("the service does not allow it")]
    NotAllowed,
    /// A list of the service is full.
    #[error("the list is full")]
    ListFull,
    /// The service finds the request too large.
    #[error("too large for the service")]
    TooLarge,
    /// The service answered with an error that has no word of its own here.
    #[error("the service answered with error {0}")]
    Service(u16),
}

/// As people say it.
fn minutes(seconds: u32) -> String {
    match seconds.div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

fn down_for(announced: u32) -> String {
    minutes(announced.saturating_mul(60))
}

/// What was asked for in a step of signing in.
const fn asked(step: Step) -> &'static str {
    match step {
        Step::Credentials => "it was shown name and password",
        Step::Identity => "it was asked for the account's other names",
        Step::Connecting => "it was asked how to talk",
        Step::Authenticating => "it was told who signs in",
        Step::Synchronizing => "it was asked for the lists",
    }
}

/// The client will not even try; nothing has happened.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Neither signed in nor about to be.
    #[error("not signed in")]
    SignedOut,
    /// Too much is waiting for its answer, or to be taken by the application: drain events and try again
    /// later.
    #[error("too many requests wait for their answers")]
    Full,
    /// The text or list is longer than [`Limits`](crate::Limits) allows.
    #[error("longer than the configured limit")]
    TooLong,
    /// It makes no sense in this conversation: groups have members and a topic, people have not.
    #[error("only a group has members and a topic")]
    NotAGroup,
    /// One cannot be one's own contact.
    #[error("one cannot be one's own contact")]
    Oneself,
    /// The network has no means for it ([`Abilities`](crate::Abilities)).
    #[error("this network has no means for it")]
    NotPossible,
}
