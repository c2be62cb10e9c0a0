//! The dialects of the protocol that a client speaks, one folder each. Only there is it known what stands
//! on the wire: verbs, frames, ids, challenges.
//!
//! A connection of any dialect says [`Fact`]s upward and takes [`Request`](crate::request::Request)s from
//! above. Another dialect is a folder with a `Connection` that has the methods below, and a line in the list.

mod layered;
#[cfg(feature = "tickets")]
mod soap;
#[cfg(feature = "tickets")]
mod token_service;
#[cfg(feature = "tickets")]
mod web;

use machine_contract::Instant;
use msnp_proto::Dialect;

use crate::event::Reason;
use crate::fact::Fact;
use crate::id::{ConversationId, MessageId};
use crate::link::Link;
use crate::message::Held;
use crate::opening::Opening;
use crate::request::{NotTaken, Outgoing, Profile};
use crate::sign_in::AuthTokens;
use crate::web_calls::WebCalls;

mod looks;

macro_rules! dialects {
    ($($(#[$attribute:meta])* $dialect:ident => $folder:ident,)+) => {
        $($(#[$attribute])* mod $folder;)+

        /// Which dialects are spoken: those of one folder.
        #[derive(Copy, Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Family {
            $($(#[$attribute])* $dialect,)+
        }

        impl Family {
            /// A name for a message that is about to be sent, made of a random number.
            pub(crate) fn message_id(self, random: u64) -> MessageId {
                match self {
                    $($(#[$attribute])* Self::$dialect => $folder::message_id(random),)+
                }
            }
        }

        /// One connection, in one of the dialects.
        #[derive(Debug)]
        pub(crate) enum Connection {
            $($(#[$attribute])* $dialect(Box<$folder::Connection>),)+
        }

        impl Connection {
            /// Begins to speak on a fresh link.
            pub(crate) fn open(family: Family, opening: Opening<'_>) -> Self {
                match family {
                    $($(#[$attribute])* Family::$dialect => {
                        Self::$dialect(Box::new($folder::Connection::open(opening)))
                    })+
                }
            }

            /// The link, for the driver's inputs and outputs. [`read_on`](Self::read_on) after each input.
            pub(crate) fn link(&mut self) -> &mut Link {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.link(),)+ }
            }

            pub(crate) fn as_link(&self) -> &Link {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.as_link(),)+ }
            }

            /// The requests that it makes beside the link, if any.
            pub(crate) fn web(&mut self) -> Option<&mut WebCalls> {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.web(),)+ }
            }

            /// Somebody is not there: whether the service keeps messages for them. It is asked to from now on.
            pub(crate) fn leaves_word(&mut self, conversation: &ConversationId) -> bool {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.leaves_word(conversation),)+ }
            }

            /// Reads one thing more of what has arrived. False: nothing is left that may be read, and no
            /// fact was told. Without room nothing is read, and what arrives stays in the link, which is not
            /// asked for more; a connection that leaves reads all the same, to come to its end.
            pub(crate) fn read_on(&mut self, has_room: bool, now: Instant) -> bool {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.read_on(has_room, now),)+ }
            }

            pub(crate) fn poll_fact(&mut self) -> Option<Fact> {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.poll_fact(),)+ }
            }

            /// Sends a request; facts tell what becomes of it.
            pub(crate) fn send(&mut self, outgoing: &Outgoing) -> Result<(), NotTaken> {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.send(outgoing),)+ }
            }

            /// One's own profile has changed; the request that publishes it comes by itself.
            pub(crate) fn set_profile(&mut self, profile: &Profile) {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.set_profile(profile),)+ }
            }

            /// The application has a message that was held for it.
            pub(crate) fn acknowledge(&mut self, held: &Held) {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.acknowledge(held),)+ }
            }

            /// Shows fresh tokens on the living connection; `Renewed` tells what becomes of that.
            pub(crate) fn renew(&mut self, tokens: &AuthTokens) {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.renew(tokens),)+ }
            }

            /// Says good-bye and ends, at the latest after the time that was set for it.
            pub(crate) fn leave(&mut self, now: Instant) {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.leave(now),)+ }
            }

            /// Ends at once.
            pub(crate) fn end(&mut self, reason: Reason) {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.end(reason),)+ }
            }

            /// What is due, once everything that may be read is read: an answer that has arrived is not late.
            pub(crate) fn handle_timeout(&mut self, now: Instant) {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.handle_timeout(now),)+ }
            }

            pub(crate) fn poll_timeout(&self) -> Option<Instant> {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.poll_timeout(),)+ }
            }

            /// Whether requests are taken.
            pub(crate) fn is_ready(&self) -> bool {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.is_ready(),)+ }
            }

            /// Nothing was read at the last input for want of room.
            pub(crate) fn is_paused(&self) -> bool {
                match self { $($(#[$attribute])* Self::$dialect(it) => it.is_paused(),)+ }
            }
        }
    };
}

impl Family {
    /// The folder in which a dialect is spoken.
    pub(crate) fn of(dialect: Dialect) -> Self {
        match dialect {
            // Without that folder no access speaks what is older (`Network::speaks`).
            #[cfg(feature = "classic")]
            older if !older.has_bindings() => Self::Classic,
            _ => Self::Msnp24,
        }
    }
}

dialects! {
    // The last one, of 2014 to 2019.
    Msnp24 => msnp24,
    // Those before it, of 1999 to 2012, with a connection for each conversation.
    #[cfg(feature = "classic")]
    Classic => classic,
    // As unlike MSNP24 as can be, to prove that nothing above minds.
    #[cfg(test)]
    Stub => stub,
}
