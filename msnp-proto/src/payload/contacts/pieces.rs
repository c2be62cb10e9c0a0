//! One long list -> commands that servers take.

use alloc::vec::Vec;

use super::ContactList;
use crate::payload::xml::Element;

/// How much one command may carry.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct PieceLimits {
    /// Contacts.
    pub contacts: usize,
    /// Bytes of the document. A contact that is longer by itself stands alone.
    pub bytes: usize,
}

impl PieceLimits {
    /// 150 contacts and 7,500 bytes, what clients of the time kept to (msnp24.md 14.2, msnp8-18.md 2.3).
    pub const DEFAULT: Self = Self {
        contacts: 150,
        bytes: 7500,
    };
}

impl Default for PieceLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl ContactList {
    /// The list as documents of one domain each, since one server keeps only the contacts of the last, and bounded;
    /// the first upload of a client (`l="1"`) is marked on each of them (msnp8-18.md 7.4). An empty list is one
    /// document: it is sent as well.
    pub fn pieces(&self, limits: PieceLimits) -> Vec<Self> {
        let root = self.to_element();
        let top = bare(&root);
        let mut pieces = Vec::new();
        for group in root.elements() {
            let empty = bare(group);
            let around = top.clone().with_child(empty.clone()).to_vec().len();
            let mut piece = empty.clone();
            let (mut contacts, mut bytes) = (0, around);
            for contact in group.elements() {
                let length = contact.to_vec().len();
                let full =
                    contacts >= limits.contacts || bytes.saturating_add(length) > limits.bytes;
                if contacts > 0 && full {
                    let whole = core::mem::replace(&mut piece, empty.clone());
                    pieces.push(top.clone().with_child(whole));
                    (contacts, bytes) = (0, around);
                }
                piece.push(contact.clone());
                contacts += 1;
                bytes += length;
            }
            if contacts > 0 {
                pieces.push(top.clone().with_child(piece));
            }
        }
        if pieces.is_empty() {
            pieces.push(top);
        }
        // Each root is a copy of this list's.
        pieces
            .into_iter()
            .filter_map(|root| Self::from_element(root).ok())
            .collect()
    }
}

/// The element with its attributes alone.
fn bare(element: &Element) -> Element {
    let mut bare = element.clone();
    bare.clear();
    bare
}
