//! MSNP7 to MSNP18: a notification server for sign-in, lists and presence, a switchboard for each conversation, and
//! web services for what does not stand on either (msnp8-18.md). MSNP21 is their last descendant: it signs in and has its
//! lists as they do, and all else stands in layered bodies on the notification connection (msnp24.md 14). MSNP22 is the same, but
//! for the ticket, which stands in the heads of its requests (msnp24.md 15).

mod address_book;
mod appearance;
mod arrivals;
mod book;
mod calling;
mod calls;
mod client_version;
mod connection;
mod datagrams;
mod desk;
mod documents;
mod edit_plan;
mod edits;
mod ending;
mod entry;
mod exchange;
mod group_edits;
mod groups;
mod introduction;
mod invitation;
mod known;
mod mailbox;
mod members;
mod notification;
mod parties;
mod passport;
mod people;
mod presence;
mod privacy;
mod publication;
mod purpose;
mod reason;
mod replies;
mod room;
mod stage;
mod switchboard;
mod synchronizing;
mod talk;
mod tickets;
mod typing;
mod utterances;
mod wishes;

use crate::id::MessageId;

pub(crate) use connection::Connection;

/// Nothing on the wire: the name is the client's own.
pub(super) fn message_id(random: u64) -> MessageId {
    MessageId::from_number(random)
}
