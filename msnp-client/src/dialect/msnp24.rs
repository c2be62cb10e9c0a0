//! MSNP24: one connection, on which everything is said. Nothing here outlives it: registration token,
//! transaction ids and stage die with it, so a redirect cannot carry them over (msnp24.md 18: `JavaSkype` did).

mod calls;
#[cfg(not(feature = "tickets"))]
mod closed_office;
mod connection;
mod decode;
mod dialogue;
mod encode;
mod guise;
mod history;
mod introduction;
mod keep_alive;
mod own_name;
mod reason;
mod stage;
#[cfg(feature = "tickets")]
mod ticket_office;
mod wire;

use crate::id::MessageId;

pub(crate) use connection::Connection;

/// A message is named by a 64-bit number, its `Client-Message-ID`.
pub(super) fn message_id(random: u64) -> MessageId {
    MessageId::from_number(random)
}
