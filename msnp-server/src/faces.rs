//! Faces: one connection in one dialect. Bytes in, commands for the network out; what the network
//! answers and tells in, bytes out.
//!
//! A dialect is a folder here, with a `Connection`, what it says to one too many and the first bytes that it
//! claims, and one line in the list below. What happens in the network is told to every face by the same [`Event`](crate::network::Event)s, and each decides what of it its dialect
//! shows.

mod announcement;
mod config;
mod first_bytes;
mod layered;
mod passes;
mod status;
mod ticket;
mod turn;

use bytes::Bytes;
use machine_contract::Instant;

pub use announcement::{Announcement, AnnouncementError};
pub use config::{Challenge, Config};
use first_bytes::Claim;
pub(crate) use first_bytes::FirstBytes;
pub(crate) use passes::Passes;
pub use ticket::{AccessClaim, AccessRefused, Ticket, TicketRefused, Tickets};
pub(crate) use turn::{Input, Output, Surroundings, Turn};

macro_rules! faces {
    ($($(#[$attribute:meta])* $dialect:ident => $folder:ident,)+) => {
        $($(#[$attribute])* mod $folder;)+

        /// What a connection can speak.
        #[derive(Copy, Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Dialect {
            $($(#[$attribute])* $dialect,)+
        }

        /// The state of one connection, in its dialect.
        #[derive(Debug)]
        pub(crate) enum Face {
            $($(#[$attribute])* $dialect(Box<$folder::Connection>),)+
        }

        impl Dialect {
            /// Which one these first bytes of a connection belong to.
            pub(crate) fn of(bytes: &[u8]) -> FirstBytes<Self> {
                let claims: &[(Self, Claim)] = &[
                    $($(#[$attribute])* (Self::$dialect, $folder::claim(bytes)),)+
                ];
                FirstBytes::of(bytes, claims.iter().copied(), Self::DEFAULT)
            }

            /// What one connection too many is told.
            pub(crate) fn busy(self) -> Bytes {
                match self {
                    $($(#[$attribute])* Self::$dialect => $folder::busy(),)+
                }
            }
        }

        impl Face {
            /// A connection that was opened at `now`.
            pub(crate) fn new(
                dialect: Dialect,
                ticket: Option<Ticket>,
                config: &Config,
                now: Instant,
            ) -> Self {
                match dialect {
                    $($(#[$attribute])* Dialect::$dialect => {
                        Self::$dialect(Box::new($folder::Connection::new(ticket, config, now)))
                    })+
                }
            }

            /// Something has happened to it.
            pub(crate) fn handle(&mut self, input: Input, turn: &mut Turn<'_>) {
                match self {
                    $($(#[$attribute])* Self::$dialect(face) => face.handle(input, turn),)+
                }
            }

            /// When [`Input::Timeout`] is due.
            pub(crate) fn deadline(&self) -> Instant {
                match self {
                    $($(#[$attribute])* Self::$dialect(face) => face.deadline(),)+
                }
            }
        }
    };
}

faces! {
    // The envelopes of 2012 and later (msnp24.md).
    Msnp24 => msnp24,
    // The lines of before, with switchboards (msnp8-18.md).
    Classic => classic,
    // As unlike them as can be, for the tests: proves that the network minds no dialect.
    #[cfg(any(test, feature = "stub-dialect"))] Stub => stub,
}

impl Dialect {
    /// What is spoken to a client that has said nothing yet, or what no dialect begins with.
    pub(crate) const DEFAULT: Self = Self::Msnp24;
}
