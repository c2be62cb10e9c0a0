//! What the sessions want done upstream, and what they are told of that.

use std::fmt;

use msnp_client::{ContactId, Event, OperationId, ReceiptId, Refused, Status};
use soap_codec::Secret;
use soap_codec::bsim::Group;

/// One sign-in of one IM account; never given twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey(u64);

impl AccountKey {
    pub(super) const fn new(number: u64) -> Self {
        Self(number)
    }

    pub(super) const fn get(self) -> u64 {
        self.0
    }
}

/// What to do upstream.
///
/// `Debug` leaves passwords and texts out.
#[derive(Clone, PartialEq, Eq)]
pub enum Effect {
    /// Sign a client in, and report all its events under this key until it is signed out.
    StartSignIn {
        /// Which.
        account: AccountKey,
        /// The login name.
        login: String,
        /// The password.
        password: Secret<String>,
        /// The client's seed.
        seed: [u8; 32],
    },
    /// Set the status; report [`UpstreamEvent::StatusTaken`] or [`UpstreamEvent::StatusRefused`].
    SetStatus {
        /// Whose.
        account: AccountKey,
        /// The new one.
        status: Status,
    },
    /// Send a message; report [`UpstreamEvent::MessageRefused`] if the client does not take it.
    Send {
        /// From whom.
        account: AccountKey,
        /// To whom.
        to: ContactId,
        /// What.
        text: String,
    },
    /// Tell the network that the caller has a message.
    Acknowledge {
        /// Whose.
        account: AccountKey,
        /// Which.
        receipt: ReceiptId,
    },
    /// Sign out. What is reported under this key from now on is of no interest.
    SignOut {
        /// Which.
        account: AccountKey,
    },
}

impl Effect {
    /// Whose it is.
    pub const fn account(&self) -> AccountKey {
        match self {
            Self::StartSignIn { account, .. }
            | Self::SetStatus { account, .. }
            | Self::Send { account, .. }
            | Self::Acknowledge { account, .. }
            | Self::SignOut { account } => *account,
        }
    }
}

/// What became of an effect, and what the client of an IM account says.
#[derive(Clone, Debug, PartialEq)]
pub enum UpstreamEvent {
    /// The client's own words.
    Event(Event),
    /// What the account calls itself, as far as is known from elsewhere than the client.
    DisplayName(String),
    /// The groups of the account's contacts, and who is in which, by its id; the same.
    Groups {
        /// All, in their order.
        groups: Vec<Group>,
        /// Whoever is in one.
        members: Vec<(ContactId, String)>,
    },
    /// The client has taken a status; the operation's end will be an event.
    StatusTaken(OperationId, Status),
    /// The client has refused a status.
    StatusRefused(Status, Refused),
    /// The client has refused a message.
    MessageRefused(ContactId, Refused),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartSignIn { account, login, .. } => {
                write!(f, "StartSignIn({account:?}, {login})")
            }
            Self::SetStatus { account, status } => write!(f, "SetStatus({account:?}, {status:?})"),
            Self::Send { account, to, .. } => write!(f, "Send({account:?}, {to})"),
            Self::Acknowledge { account, receipt } => {
                write!(f, "Acknowledge({account:?}, {receipt:?})")
            }
            Self::SignOut { account } => write!(f, "SignOut({account:?})"),
        }
    }
}
