//! `UUN` and `UBN`: short words to one person or endpoint, beside any conversation.

use bytes::Bytes;
use core::fmt;

/// The number between account and length (enums.tsv, `UUN-UBN-type`). Servers pass on any.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
pub struct SignalKind(pub u32);

impl SignalKind {
    /// An XML document about sharing.
    pub const SHARING: Self = Self(1);
    /// A SIP invitation.
    pub const SIP_INVITATION: Self = Self(2);
    /// The talk about a P2P transfer.
    pub const P2P: Self = Self(3);
    /// The endpoint is to sign out.
    pub const SIGN_OUT: Self = Self(4);
    /// The endpoint is to close a conversation's window.
    pub const CLOSE_WINDOW: Self = Self(5);
    /// The address book was changed.
    pub const ADDRESS_BOOK: Self = Self(6);
    /// For the person's other endpoints.
    pub const FORWARD: Self = Self(8);
    /// How media reach the endpoint.
    pub const TURN: Self = Self(10);
    /// SIP through this door.
    pub const SIP: Self = Self(12);
}

impl fmt::Debug for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignalKind({})", self.0)
    }
}

/// What a `UUN` carries.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointSignal {
    /// One's own other endpoint is to sign out, from MSNP16 on (msnp8-18.md 12).
    SignOut,
    /// Anything else, as it came.
    Other {
        /// What it is.
        kind: SignalKind,
        /// What it says.
        body: Bytes,
    },
}

impl EndpointSignal {
    /// Reads number and payload. The number alone is not enough: it is told from other uses by its words.
    pub fn of(kind: SignalKind, body: Bytes) -> Self {
        if kind == SignalKind::SIGN_OUT && body[..] == *GO_AWAY {
            Self::SignOut
        } else {
            Self::Other { kind, body }
        }
    }

    /// The number for the line.
    pub const fn kind(&self) -> SignalKind {
        match self {
            Self::SignOut => SignalKind::SIGN_OUT,
            Self::Other { kind, .. } => *kind,
        }
    }

    /// The payload.
    pub fn body(&self) -> Bytes {
        match self {
            Self::SignOut => Bytes::from_static(GO_AWAY),
            Self::Other { body, .. } => body.clone(),
        }
    }
}

/// The words of the official client.
const GO_AWAY: &[u8] = b"goawyplzthxbye";

/// Prints sizes only.
impl fmt::Debug for EndpointSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "EndpointSignal({:?}, {} bytes)",
            self.kind(),
            self.body().len()
        )
    }
}
