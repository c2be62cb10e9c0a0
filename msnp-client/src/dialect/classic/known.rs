//! What a notification connection knows; what is made of it stands where it is used.

use msnp_proto::Address;

use super::appearance::Appearance;
use super::book::Book;
use super::calling::Calling;
use super::datagrams::Datagrams;
use super::edits::Edits;
use super::entry::Entry;
use super::introduction::Introduction;
use super::mailbox::Mailbox;
use super::parties::{Own, Parties};
use super::typing::Signs;
use crate::dialect::layered::address::address_of;
use crate::event::Reason;
use crate::id::ContactId;
use crate::limits::Limits;

/// The parts of a notification connection, each of which minds its own business.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) entry: Entry,
    /// Oneself, as far as that is known.
    pub(super) me: Option<ContactId>,
    pub(super) book: Book,
    pub(super) introduction: Introduction,
    pub(super) appearance: Appearance,
    pub(super) edits: Edits,
    pub(super) mailbox: Mailbox,
    pub(super) calling: Calling,
    pub(super) datagrams: Datagrams,
    pub(super) parties: Parties,
    /// Those of whom pages say that they type.
    pub(super) typing: Signs,
    pub(super) limits: Limits,
    /// Why one leaves, if not because the application has asked for it.
    pub(super) leaves_for: Option<Reason>,
}

/// Oneself at this endpoint, as layers name it (msnp24.md 4).
pub(super) fn address(known: &Known) -> Option<Address> {
    let me = known.me.as_ref().and_then(address_of)?;
    Some(me.with_epid(known.entry.endpoint()))
}

/// The same, for documents about groups.
pub(super) fn own(known: &Known) -> Option<Own> {
    Some(Own {
        me: known.me.clone()?,
        address: address(known)?,
    })
}
