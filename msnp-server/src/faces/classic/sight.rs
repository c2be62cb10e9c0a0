//! `Sight`: how others are shown: `ILN`, `NLN`, `FLN` and `UBX` (msnp8-18.md 8.2, 8.3).

use std::collections::BTreeMap;

use bytes::Bytes;
use msnp_proto::TrId;
use msnp_proto::classic::{
    ContactData, ContactOffline, ContactStatus, InitialStatus, Name, Principal, Word,
};
use msnp_proto::payload::personal_data::{Endpoint, PersonalData, PrivateEndpoint};
use msnp_proto::payload::presence::{Capabilities, Status as Code, service};

use super::lists::account;
use super::presence::{FURTHER, MEDIA, MESSAGE, OBJECT};
use super::writer::Writer;
use crate::faces::status;
use crate::faces::turn::Turn;
use crate::identity::{PersonId, Who};
use crate::network::{EndpointPresence, PRIVATE, Presence, Service, Status, Value};

/// Who is seen, as the client was told last.
#[derive(Debug, Default)]
pub(super) struct Sight {
    seen: BTreeMap<PersonId, Seen>,
}

#[derive(Debug)]
struct Seen {
    status: ContactStatus,
    /// The personal message.
    data: Bytes,
}

/// For whom somebody is shown.
#[derive(Copy, Clone, Debug)]
pub(super) struct Viewer {
    pub(super) writer: Writer,
    /// The line that asked for it, which those who are there already are shown with (msnp8-18.md 7.4, 8.2).
    pub(super) asked: Option<TrId>,
    /// They are the person's own places.
    pub(super) own: bool,
}

impl Sight {
    /// Somebody is seen so from now on. What the client was told already is not said again.
    pub(super) fn show(
        &mut self,
        who: &Who,
        presence: Option<&Presence>,
        name: &str,
        viewer: Viewer,
        turn: &mut Turn<'_>,
    ) {
        let before = self.seen.remove(&who.person());
        let Some(presence) = presence else {
            if before.is_some() {
                let offline = ContactOffline {
                    contact: Principal::passport(account(who)),
                    capabilities: None,
                };
                viewer.writer.say(offline, turn);
            }
            return;
        };
        let seen = Seen {
            status: status_of(who, presence, name),
            data: data(presence, viewer),
        };
        if before.as_ref().map(|one| &one.status) != Some(&seen.status) {
            let asked = viewer.asked.filter(|_| before.is_none());
            write_status(seen.status.clone(), Viewer { asked, ..viewer }, turn);
        }
        let told = before.map(|one| one.data).unwrap_or_default();
        if viewer.writer.dialect().has_personal_message() && seen.data != told {
            let contact = Principal::passport(account(who));
            let payload = seen.data.clone();
            viewer.writer.say(ContactData { contact, payload }, turn);
        }
        self.seen.insert(who.person(), seen);
    }

    /// Somebody who may be seen is called otherwise from now on.
    pub(super) fn rename(&mut self, who: &Who, name: &str, writer: Writer, turn: &mut Turn<'_>) {
        if let Some(seen) = self.seen.get_mut(&who.person()) {
            seen.status.name = Some(Name::new(name));
            writer.say(seen.status.clone(), turn);
        }
    }
}

fn status_of(who: &Who, presence: &Presence, name: &str) -> ContactStatus {
    // `0` is none, on every server that was seen (msnp8-18.md 8.2).
    let object = object(presence).map_or_else(|| Word::encode("0"), Word::encode_all);
    ContactStatus {
        status: code(presence.status),
        contact: Principal::passport(account(who)),
        name: Some(Name::new(name)),
        capabilities: Some(capabilities(Some(presence))),
        object: Some(object),
        icon: None,
    }
}

fn write_status(news: ContactStatus, viewer: Viewer, turn: &mut Turn<'_>) {
    let is_initial = viewer.writer.dialect().has_initial_status();
    let Some(trid) = viewer.asked.filter(|_| is_initial) else {
        return viewer.writer.say(news, turn);
    };
    let initial = InitialStatus {
        status: news.status,
        contact: news.contact,
        name: news.name,
        capabilities: news.capabilities,
        object: news.object,
        icon: news.icon,
    };
    viewer.writer.reply(trid, initial, turn);
}

/// The code of a status. Clients end themselves at one that they do not know.
fn code(status: Status) -> Code {
    match status {
        Status::Other(_) => Code::AWY,
        status => status::code(status),
    }
}

/// What the most available client of somebody can do; nothing is known of one that does not say.
pub(super) fn capabilities(presence: Option<&Presence>) -> Capabilities {
    let endpoints = presence.into_iter().flat_map(|one| &one.endpoints);
    let shown = presence.map(|one| one.status);
    let mut first = endpoints.filter(|one| Some(one.status) == shown);
    let said = first.next().and_then(EndpointPresence::capabilities);
    said.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The picture's object, if it can be had by a client of these dialects.
fn object(presence: &Presence) -> Option<&str> {
    let properties = presence
        .services
        .iter()
        .filter(|one| &*one.name == service::PE);
    let mut properties = properties.flat_map(|one| &one.properties);
    properties.find_map(|one| match &one.value {
        Value::Markup(object) if &*one.name == OBJECT => Some(&**object),
        _ => None,
    })
}

/// The document of `UBX`; nothing if there is nothing to say, which the oldest that have it are not told either.
fn data(presence: &Presence, viewer: Viewer) -> Bytes {
    let dialect = viewer.writer.dialect();
    let get = |service, name| presence.text(service, name).unwrap_or_default();
    let (message, media) = (get(service::PE, MESSAGE), get(service::IM, MEDIA));
    if message.is_empty() && media.is_empty() && !dialect.has_endpoints() {
        return Bytes::new();
    }
    let mut data = PersonalData::new(message, media);
    if dialect.has_endpoints() {
        let further = FURTHER.into_iter();
        let further =
            further.filter(|name| dialect.has_network_prefix() || *name == "SignatureSound");
        for name in further {
            data.set(name, get(service::PE, name));
        }
        for endpoint in &presence.endpoints {
            let capabilities = endpoint.capabilities().and_then(|text| text.parse().ok());
            data.push_endpoint(&Endpoint {
                id: Some(endpoint.id),
                capabilities,
            });
        }
        for endpoint in presence.endpoints.iter().filter(|_| viewer.own) {
            data.push_private_endpoint(&private(endpoint));
        }
    }
    data.encode().into()
}

fn private(endpoint: &EndpointPresence) -> PrivateEndpoint {
    let services = endpoint.services.iter().filter(|one| &*one.name == PRIVATE);
    let properties: Vec<_> = services.flat_map(|one: &Service| &one.properties).collect();
    let get = |name: &str| {
        let found = properties.iter().find(|one| &*one.name == name);
        found.and_then(|one| match &one.value {
            Value::Text(text) => Some(text.to_string()),
            Value::Markup(_) => None,
        })
    };
    PrivateEndpoint {
        id: Some(endpoint.id),
        name: get("EpName"),
        // Servers write it only when it is so.
        idle: get("Idle").filter(|idle| idle == "true").map(|_| true),
        client_type: get("ClientType").and_then(|text| text.parse().ok()),
        status: Some(code(endpoint.status)),
    }
}
