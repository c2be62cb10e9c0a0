//! The groups of an account's contacts, as its caller is told them.

use msnp_client::{Client, ContactId};
use soap_codec::bsim::Group;

use super::buddy_list::guid_of;
use super::upstream::UpstreamEvent;
use crate::network::{ContactRecord, PersonRecord};

/// The groups of somebody's contacts, and who is in which: in the first of several, as a buddy has one.
pub(super) fn groups_of(record: &PersonRecord) -> UpstreamEvent {
    let groups = record.groups.iter().map(|group| Group {
        id: group.id.to_string(),
        name: group.name.to_string(),
    });
    let member = |contact: &ContactRecord| {
        let group = contact.groups.first()?.to_string();
        let who = ContactId::messenger(contact.who.email().as_str()).ok()?;
        Some((who, group))
    };
    UpstreamEvent::Groups {
        groups: groups.collect(),
        members: record.contacts.iter().filter_map(member).collect(),
    }
}

/// The same as a client knows it, which has no ids for groups: each is called after its name.
pub(super) fn groups_known_to(client: &Client) -> UpstreamEvent {
    let groups = client.contact_groups().map(|name| Group {
        id: guid_of(name),
        name: name.to_owned(),
    });
    let members = client.contacts().filter_map(|contact| {
        let group = contact.groups.first()?;
        Some((contact.id.clone(), guid_of(group)))
    });
    UpstreamEvent::Groups {
        groups: groups.collect(),
        members: members.collect(),
    }
}
