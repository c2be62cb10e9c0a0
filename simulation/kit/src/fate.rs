//! `Fate`: what becomes of one request.

use machine_contract::{CertificateFault, Failure};

/// What becomes of one request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and so does its reply.
    Fine,
    /// [`Faults::refused`](crate::Faults::refused).
    Refused,
    /// Whoever answers has a certificate that is not accepted ([`Failure::Untrusted`]): the host
    /// never sees it.
    Untrusted(CertificateFault),
    /// [`Faults::lost`](crate::Faults::lost).
    Lost,
    /// [`Faults::reply_lost`](crate::Faults::reply_lost).
    ReplyLost,
    /// [`Faults::reply_cut`](crate::Faults::reply_cut).
    ReplyCut,
    /// [`Faults::stalled`](crate::Faults::stalled).
    Stalled,
    /// [`Faults::repeated`](crate::Faults::repeated).
    Repeated,
    /// [`Faults::portal`](crate::Faults::portal).
    Portal,
}

impl Fate {
    /// What is told of a request that never comes to the host.
    pub(crate) const fn before_the_host(self) -> Option<Failure> {
        match self {
            Self::Refused => Some(Failure::NotSent),
            Self::Untrusted(fault) => Some(Failure::Untrusted(fault)),
            Self::Lost => Some(Failure::Unknown),
            _ => None,
        }
    }
}
