//! What the server wants done.

use std::net::IpAddr;

use gateway_sm::{ConnectionEnd, EndReason};

use crate::identity::Who;
use crate::imsoap;
use crate::network::{Batch, ConnectionId, Read, ReadId};
use crate::password::{AccessCheck, PasswordCheck};

/// Something to be done by the shell.
///
/// Exhaustive: there is none that may be left out.
#[derive(Clone, Debug)]
pub enum Effect {
    /// To be kept, whole or not at all; then
    /// [`handle_committed`](crate::Server::handle_committed).
    Commit(Batch),
    /// To be read; then [`handle_read`](crate::Server::handle_read).
    Read(ReadId, Read),
    /// To be checked, slowly; then
    /// [`handle_password_checked`](crate::Server::handle_password_checked).
    CheckPassword(PasswordCheck),
    /// To be checked by what the store has; then
    /// [`handle_password_checked`](crate::Server::handle_password_checked).
    CheckAccess(AccessCheck),
    /// For the operator.
    Log(Log),
}

/// Something that an operator may want to know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Log {
    /// A connection was opened.
    Opened {
        /// Which.
        connection: ConnectionId,
        /// Whether its cookies are good.
        signed_in: bool,
    },
    /// A connection speaks for somebody.
    SignedIn {
        /// Which.
        connection: ConnectionId,
        /// For whom.
        who: Who,
    },
    /// Somebody has signed in at the page.
    SignedInAtPage {
        /// Who.
        who: Who,
    },
    /// A connection was ended because its client does not take what it is sent.
    NotKeepingUp {
        /// Which.
        connection: ConnectionId,
    },
    /// What the operator had announced was said to so many people.
    Announced {
        /// How many.
        people: usize,
    },
    /// Something of the IM web service.
    ImSoap(imsoap::Log),
    /// A stream was dropped at once: there are too many, of all or from this address.
    StreamRefused {
        /// Where it came from.
        peer: IpAddr,
    },
    /// A stream in which nobody has signed in gave way to another.
    StreamDisplaced {
        /// Which.
        connection: ConnectionId,
    },
    /// A stream is over, and with it its connection, if it was not before.
    StreamEnded {
        /// Which.
        connection: ConnectionId,
        /// How.
        end: ConnectionEnd,
    },
    /// A connection by the gateway has ended.
    Closed {
        /// Which.
        connection: ConnectionId,
        /// Why.
        reason: EndReason,
    },
}
