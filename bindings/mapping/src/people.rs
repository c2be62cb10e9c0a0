//! People and groups as JSON: contacts, presence, endpoints, members.

use msnp_client::{Abilities, Contact, Group, Presence};
use serde_json::{Value, json};

use crate::names;

pub(crate) fn contact(contact: &Contact) -> Value {
    json!({
        "contact": contact.id.to_string(),
        "name": contact.name,
        "lists": names::lists(contact.lists),
        "groups": contact.groups,
    })
}

pub(crate) fn presence(presence: &Presence) -> Value {
    let endpoints = presence.endpoints.iter().map(|endpoint| {
        json!({
            "endpoint": endpoint.id.to_string(),
            "name": endpoint.name,
            "idle": endpoint.idle,
        })
    });
    json!({
        "status": presence.status.to_string(),
        "name": presence.name,
        "personal_message": presence.personal_message,
        "endpoints": endpoints.collect::<Value>(),
        "picture": presence.picture,
    })
}

pub(crate) fn group(group: &Group) -> Value {
    let members = group
        .members
        .iter()
        .map(|member| json!({ "contact": member.contact.to_string(), "admin": member.admin }));
    json!({
        "conversation": names::conversation(&group.id),
        "topic": group.topic,
        "members": members.collect::<Value>(),
    })
}

pub(crate) fn abilities(abilities: Abilities) -> Value {
    json!({
        "personal_message": abilities.personal_message,
        "picture": abilities.picture,
        "nudges": abilities.nudges,
        "edits": abilities.edits,
        "history": abilities.history,
        "privacy": abilities.privacy,
        "contact_groups": abilities.contact_groups,
        "groups": abilities.groups,
        "group_administration": abilities.group_administration,
        "lasting_groups": abilities.lasting_groups,
        "offline_messages": abilities.offline_messages,
        "several_endpoints": abilities.several_endpoints,
        "endpoint_sign_out": abilities.endpoint_sign_out,
    })
}
