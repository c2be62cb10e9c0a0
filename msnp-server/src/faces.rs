//! Faces: one connection in one dialect. Bytes in, commands for the network out; what the network
//! answers and tells in, bytes out.
//!
//! A dialect is a folder here and one line in the list below. What happens in the network is told
//! to every face by the same [`Event`](crate::network::Event)s, and each decides what of it its dialect
//! shows.

mod config;
mod first_bytes;
mod msnp24;
mod ticket;
mod turn;

use bytes::Bytes;
use machine_contract::Instant;

pub use config::{Challenge, Config};
pub(crate) use first_bytes::FirstBytes;
pub use ticket::{Ticket, Tickets};
pub(crate) use turn::{Input, Output, Surroundings, Turn};

macro_rules! faces {
    ($($(#[$doc:meta])* $name:ident => $face:ty,)*) => {
        /// What a connection can speak.
        #[derive(Copy, Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Dialect {
            $($(#[$doc])* $name,)*
        }

        /// The state of one connection, in its dialect.
        #[derive(Debug)]
        pub(crate) enum Face {
            $($(#[$doc])* $name(Box<$face>),)*
        }

        impl Dialect {
            /// What one connection too many is told.
            pub(crate) fn busy(self) -> Bytes {
                match self {
                    $(Self::$name => <$face>::busy(),)*
                }
            }
        }

        impl Face {
            /// A connection that has just been opened.
            pub(crate) fn new(
                dialect: Dialect,
                ticket: Option<Ticket>,
                config: &Config,
                now: Instant,
            ) -> Self {
                match dialect {
                    $(Dialect::$name => Self::$name(Box::new(<$face>::new(ticket, config, now))),)*
                }
            }

            /// Something has happened to it.
            pub(crate) fn handle(&mut self, input: Input, turn: &mut Turn<'_>) {
                match self {
                    $(Self::$name(face) => face.handle(input, turn),)*
                }
            }

            /// When [`Input::Timeout`] is due.
            pub(crate) const fn deadline(&self) -> Instant {
                match self {
                    $(Self::$name(face) => face.deadline(),)*
                }
            }
        }
    };
}

faces! {
    /// The envelopes of 2012 and later (msnp24.md).
    Msnp24 => msnp24::Msnp24,
}

impl Dialect {
    /// What is spoken to a client that has said nothing yet.
    pub(crate) const DEFAULT: Self = Self::Msnp24;
}
