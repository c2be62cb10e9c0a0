//! `Failure`: the two ways in which something can fail to have been sent.

use core::fmt;

/// How a request or a stream ended without reaching its end. Two cases, because a machine does one of
/// two things: what was not sent may be sent again, what may have arrived may not.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a machine does one of two things")]
pub enum Failure {
    /// No byte left this host: the name did not resolve, the connection was refused, the
    /// certificate was not accepted, the host cannot do such a thing.
    NotSent,
    /// The peer may have seen it: reset, cut off, timed out, an unreadable response.
    Unknown,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSent => "nothing was sent",
            Self::Unknown => "what was sent may have arrived",
        })
    }
}
