//! `Failure`: the ways in which something can fail to have been sent.

use core::fmt;

/// How a request or a stream ended without reaching its end. Three cases, because a machine does one of
/// three things: what was not sent may be sent again, what may have arrived may not, and whom nobody vouches for is not
/// asked again.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a machine does one of three things"
)]
pub enum Failure {
    /// No byte left this host: the name did not resolve, the connection was refused, TLS did not come about, the host
    /// cannot do such a thing.
    NotSent,
    /// No byte left this host either: whoever answered did not prove to be the one that was meant, and would not the next
    /// time. A host that cannot tell why TLS did not come about says [`NotSent`](Self::NotSent).
    Untrusted(CertificateFault),
    /// The peer may have seen it: reset, cut off, timed out, an unreadable response.
    Unknown,
}

/// What is wrong with the certificate that a peer has shown.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFault {
    /// No authority that this host trusts stands behind it.
    #[error("nobody whom this machine trusts vouches for it")]
    UnknownIssuer,
    /// Its time is over, by this host's clock.
    #[error("it has expired")]
    Expired,
    /// Its time has not begun, by this host's clock.
    #[error("it is not valid yet, or this machine's clock is wrong")]
    NotYetValid,
    /// It is for other names.
    #[error("it is for another name")]
    WrongName,
    /// Its authority has taken it back.
    #[error("it was revoked")]
    Revoked,
    /// It breaks a rule, or the host does not say what is wrong.
    #[error("it is not one that a server can be known by")]
    Unfit,
}

impl Failure {
    /// Whether certainly nothing has arrived.
    pub const fn is_unsent(self) -> bool {
        matches!(self, Self::NotSent | Self::Untrusted(_))
    }

    /// The same without its cause: what was not sent, and what may have arrived.
    #[must_use]
    pub const fn fate(self) -> Self {
        if self.is_unsent() {
            Self::NotSent
        } else {
            Self::Unknown
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent => f.write_str("nothing was sent"),
            Self::Untrusted(fault) => write!(f, "nothing was sent: of the certificate, {fault}"),
            Self::Unknown => f.write_str("what was sent may have arrived"),
        }
    }
}
