//! The groups of an account's contacts, as its caller is told them.

use msnp_client::ContactId;
use soap_codec::bsim::Group;

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
