//! A contact and a group of contacts, as values.

use std::sync::Arc;

use msnp_proto::Guid;

use super::lists::Lists;
use super::settings::Settings;
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

/// What a person keeps of others, and for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The name that others are shown of the person.
    pub name: Arc<str>,
    /// All contacts, and everybody who has the person on their forward list, in the order of their ids.
    pub contacts: Vec<Contact>,
    /// All groups of contacts, in the order in which they were made.
    pub groups: Vec<Group>,
    /// What the person has settled.
    pub settings: Settings,
}

/// A group of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// Its name.
    pub name: Arc<str>,
}
