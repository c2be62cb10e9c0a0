//! A contact and a group of contacts, as values.

use std::sync::Arc;

use msnp_proto::Guid;

use super::lists::Lists;
use crate::identity::Who;

/// The id of a [`Group`].
pub type GroupId = Guid;

/// A contact, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub who: Who,
    /// The name that they gave themselves.
    pub name: Arc<str>,
    /// The name that the owner gave them; empty if none.
    pub own_name: Arc<str>,
    /// The lists that they are on.
    pub lists: Lists,
    /// The groups that they are in.
    pub groups: Vec<GroupId>,
}

/// A group of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// Its name.
    pub name: Arc<str>,
}
