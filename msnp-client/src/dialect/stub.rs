//! A dialect that nobody speaks, as unlike MSNP24 as the older ones are: people are e-mail addresses, the list
//! has a command of its own, each conversation has a connection of its own, messages have no ids and nobody
//! acknowledges them. Whatever above the dialects cannot live with that is in the wrong place.
//!
//! Lines of text: `HELLO me`, `WELCOME`; `ADD who`, `ADDED who`; `ROOM who`, `ROOM who authority token`;
//! on a connection beside the main one `JOIN token`, `JOINED`, `SAY text`, `SAID text`; `QUIT`.

mod connection;
#[cfg(test)]
mod tests;

use crate::id::MessageId;

pub(crate) use connection::Connection;

/// Nothing on the wire: the name is the client's own.
pub(super) fn message_id(random: u64) -> MessageId {
    MessageId::new(&format!("m{random:x}")).expect("printable and short")
}
