//! `Sight`: how others are shown, by `NFY PUT` and `NFY DEL` with a document (msnp24.md 8, 16.1).

use std::collections::BTreeMap;
use std::sync::Arc;

use msnp_proto::Address as Muri;
use msnp_proto::classic::{Change, Notification};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::presence::{UserDocument, service};

use super::words::muri;
use crate::faces::classic::writer::Writer;
use crate::faces::layered::presence;
use crate::faces::turn::Turn;
use crate::identity::{PersonId, Who};
use crate::network::{EndpointId, Presence, Property, Service, Value};

/// Who is seen, as the client was told last.
#[derive(Debug)]
pub(super) struct Sight {
    writer: Writer,
    own: Who,
    /// `NotifNum` of the next one.
    number: u64,
    seen: BTreeMap<PersonId, Arc<Presence>>,
}

const NAME: &str = "FriendlyName";
const MESSAGE: &str = "PSM";

impl Sight {
    pub(super) fn new(own: Who, writer: Writer) -> Self {
        Self {
            writer,
            own,
            number: 0,
            seen: BTreeMap::new(),
        }
    }

    /// Somebody is seen so from now on; `left` is a place of theirs that is there no more. One's own places are shown each other
    /// also when nobody sees them.
    pub(super) fn show(
        &mut self,
        (who, name): (&Who, &str),
        shown: Option<&Arc<Presence>>,
        left: Option<EndpointId>,
        turn: &mut Turn<'_>,
    ) {
        let own = *who == self.own;
        if let Some(epid) = left.filter(|_| own || shown.is_some()) {
            let document = UserDocument::signed_out(epid).encode();
            self.notify(who, Change::DEL, &document, turn);
        }
        let (change, document) = if let Some(shown) = shown {
            self.seen.insert(who.person(), shown.clone());
            (Change::PUT, document(shown, name))
        } else {
            self.seen.remove(&who.person());
            let change = if own { Change::PUT } else { Change::DEL };
            (change, UserDocument::offline().encode())
        };
        self.notify(who, change, &document, turn);
    }

    /// Somebody is called otherwise from now on.
    pub(super) fn rename(&mut self, who: &Who, name: &str, turn: &mut Turn<'_>) {
        if let Some(shown) = self.seen.get(&who.person()).cloned() {
            self.notify(who, Change::PUT, &document(&shown, name), turn);
        }
    }

    /// "Sign out here" (msnp24.md 8).
    pub(super) fn sign_out(&mut self, place: EndpointId, turn: &mut Turn<'_>) {
        let document = UserDocument::signed_out(place).encode();
        self.notify(&self.own.clone(), Change::DEL, &document, turn);
    }

    fn notify(&mut self, about: &Who, change: Change, document: &[u8], turn: &mut Turn<'_>) {
        let (Some(to), Some(from)) = (muri(&self.own), muri(about)) else {
            return;
        };
        let payload = self.layers(&to, &from, change, document).into_bytes();
        self.writer.say(Notification { change, payload }, turn);
    }

    fn layers(&mut self, to: &Muri, from: &Muri, change: Change, document: &[u8]) -> Layers {
        let number = self.number;
        self.number += 1;
        let kind = if change == Change::PUT {
            "Full"
        } else {
            "Partial"
        };
        Layers::build(to, from)
            .reliability()
            .notification()
            .header("NotifNum", number)
            .header("Uri", "/user")
            .header("NotifType", kind)
            .header("Content-Type", "application/user+xml")
            .finish(document)
    }
}

/// All that is shown of somebody. Their name stands in it, which the dialects before have elsewhere, and the line under it, which
/// clients of Skype call a mood.
fn document(shown: &Presence, name: &str) -> Vec<u8> {
    let mut shown = shown.clone();
    let mood = shown.text(service::SKP, "Mood").map(Arc::from);
    let at = shown
        .services
        .iter()
        .position(|one| &*one.name == service::PE);
    let at = at.unwrap_or_else(|| {
        shown.services.push(Service {
            name: service::PE.into(),
            properties: Vec::new(),
        });
        shown.services.len() - 1
    });
    let properties = &mut shown.services[at].properties;
    set(properties, NAME, name.into());
    let is_silent = |one: &Property| &*one.name != MESSAGE || one.value == Value::Text("".into());
    if properties.iter().all(is_silent) {
        set(properties, MESSAGE, mood.unwrap_or_else(|| "".into()));
    }
    presence::document(&shown)
}

fn set(properties: &mut Vec<Property>, name: &str, value: Arc<str>) {
    let value = Value::Text(value);
    match properties.iter_mut().find(|one| &*one.name == name) {
        Some(known) => known.value = value,
        None => properties.push(Property {
            name: name.into(),
            value,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Status;

    fn shown(services: &[(&str, &[(&str, &str)])]) -> Presence {
        let property = |(name, value): &(&str, &str)| Property {
            name: (*name).into(),
            value: Value::Text((*value).into()),
        };
        let service = |(name, properties): &(&str, &[(&str, &str)])| Service {
            name: (*name).into(),
            properties: properties.iter().map(property).collect(),
        };
        Presence {
            status: Status::Online,
            services: services.iter().map(service).collect(),
            endpoints: Vec::new(),
        }
    }

    #[track_caller]
    fn becomes(services: &[(&str, &[(&str, &str)])], expected: &str) {
        let text = String::from_utf8(document(&shown(services), "Bob")).unwrap();
        assert_eq!(text, format!("<user>{expected}</user>"));
    }

    #[test]
    fn a_document_says_name_and_line_wherever_they_were_said() {
        let status = "<s n=\"IM\"><Status>NLN</Status></s>";
        let own = "<s n=\"PE\"><FriendlyName>Bob</FriendlyName><PSM></PSM></s>";
        becomes(&[], &format!("{own}{status}"));
        becomes(
            &[("IM", &[]), ("PE", &[("PSM", "hi"), ("FriendlyName", "B")])],
            &format!("{status}<s n=\"PE\"><PSM>hi</PSM><FriendlyName>Bob</FriendlyName></s>"),
        );
        becomes(
            &[("SKP", &[("Mood", "well")]), ("PE", &[("PSM", "")])],
            &format!(
                "<s n=\"SKP\"><Mood>well</Mood></s><s n=\"PE\"><PSM>well</PSM><FriendlyName>Bob</FriendlyName></s>{status}"
            ),
        );
    }
}
