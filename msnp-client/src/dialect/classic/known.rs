//! What a notification connection knows; what is made of it stands where it is used.

use super::appearance::Appearance;
use super::book::Book;
use super::calling::Calling;
use super::edits::Edits;
use super::entry::Entry;
use super::introduction::Introduction;
use super::mailbox::Mailbox;
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
    pub(super) limits: Limits,
}
