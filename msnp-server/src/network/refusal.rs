//! `Refusal`: why a command is not carried out.

/// Why a command was not carried out. Everything before it stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The connection has not entered.
    #[error("the connection has not entered")]
    NotEntered,
    /// The connection has entered already.
    #[error("the connection has entered already")]
    Entered,
    /// There is no such account any more.
    #[error("the account is gone")]
    NoAccount,
    /// Too many endpoints of the person are there.
    #[error("too many endpoints are signed in")]
    TooManyEndpoints,
    /// The person is in too many conversations by connections of their own.
    #[error("too many conversations have a connection")]
    TooManyConversations,
    /// A value is not one that the network takes.
    #[error("a value is not valid")]
    Invalid,
    /// There is no such person or thread, as far as the asker may know.
    #[error("there is no such user or thread")]
    NoSuchUser,
    /// A list, a group or a thread takes no more.
    #[error("the list is full")]
    ListFull,
    /// The contact, member or group is not there.
    #[error("not on the list")]
    NotOnList,
    /// There is such a group already.
    #[error("there is a group of that name")]
    GroupExists,
    /// Nobody is there to have it.
    #[error("nobody is there to have it")]
    NotOnline,
    /// Too many messages wait for the recipient.
    #[error("too many messages wait for the recipient")]
    MailboxFull,
    /// More bytes than a message or a document may have.
    #[error("it is too long")]
    TooLong,
    /// They are there already.
    #[error("already there")]
    Present,
    /// Only an admin may do it.
    #[error("only an admin of the thread may do that")]
    Restricted,
    /// Too many commands wait to be carried out.
    #[error("too many commands wait")]
    Busy,
    /// The store failed: it has not happened.
    #[error("the store failed")]
    Store,
    /// Time is up: it may happen yet.
    #[error("there was no answer in time")]
    Uncertain,
}
