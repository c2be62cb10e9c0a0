//! What the person says of themselves at this place (msnp8-18.md 8.1, 8.3).

use std::sync::Arc;

use msnp_proto::Dialect;
use msnp_proto::payload::personal_data::{PersonalData, PrivateEndpoint, Scope};
use msnp_proto::payload::presence::{Capabilities, service};

use crate::network::{PRIVATE, Property, Publication, Service, Status, Value};

/// The picture's object. It is written as what only these dialects read: nobody else could fetch the picture from their
/// clients.
pub(super) const OBJECT: &str = "UserTileLocation";
pub(super) const CAPABILITIES: &str = "Capabilities";
pub(super) const MESSAGE: &str = "PSM";
pub(super) const MEDIA: &str = "CurrentMedia";

/// What else may stand in `<Data>`, by the dialect that it came with (msnp8-18.md 8.3).
pub(super) const FURTHER: [&str; 4] = ["DDP", "SignatureSound", "Scene", "ColorScheme"];

/// What this place has said; each line of the client's changes a part of it, and all is published.
#[derive(Debug, Default)]
pub(super) struct OwnPresence {
    status: Option<Status>,
    capabilities: Option<Capabilities>,
    object: Option<Arc<str>>,
    /// As it was said last; `None`: never.
    data: Option<PersonalData>,
    private: Option<PrivateEndpoint>,
}

impl OwnPresence {
    /// Whether the person has said a status yet.
    pub(super) const fn status(&self) -> Option<Status> {
        self.status
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        self.capabilities.unwrap_or_default()
    }

    /// `CHG`: an object that is not repeated is taken away (msnp8-18.md 8.1).
    pub(super) fn set_status(
        &mut self,
        status: Status,
        capabilities: Option<Capabilities>,
        object: Option<&str>,
    ) {
        self.status = Some(status);
        self.capabilities = capabilities.or(self.capabilities);
        self.object = object.map(Arc::from);
    }

    /// `UUX`
    pub(super) fn set_data(&mut self, data: PersonalData) {
        match data.scope() {
            Scope::Person => self.data = Some(data),
            Scope::Endpoint => {
                let said = data.get(CAPABILITIES);
                let read = said.and_then(|text| text.trim().parse().ok());
                self.capabilities = read.or(self.capabilities);
            }
            Scope::PrivateEndpoint => self.private = private(&data),
        }
    }

    /// All of it, for the network.
    pub(super) fn publication(&self, dialect: Dialect) -> Publication {
        let mut services = Vec::new();
        let mut person = Vec::new();
        if let Some(data) = &self.data {
            let said = |name: &'static str| Some((name, data.get(name)?.into_owned()));
            let further = FURTHER.into_iter().filter_map(said);
            person.extend(
                said(MESSAGE)
                    .into_iter()
                    .chain(further)
                    .map(|(name, value)| text(name, &value)),
            );
            let media = said(MEDIA).map(|(name, value)| text(name, &value));
            services.push(service_of(service::IM, media.into_iter().collect()));
        }
        if let Some(object) = &self.object {
            person.push(Property {
                name: OBJECT.into(),
                value: Value::Markup(object.clone()),
            });
        }
        // What this dialect has no words for is another place's to say.
        if self.data.is_some() || dialect.has_objects() {
            services.push(service_of(service::PE, person));
        }
        Publication {
            status: self.status,
            services,
            endpoint: self.endpoint(),
        }
    }

    fn endpoint(&self) -> Vec<Service> {
        let capabilities = self.capabilities();
        let capabilities = Capabilities::of(
            capabilities.basic,
            capabilities.extended.unwrap_or_default(),
        );
        let can = text(CAPABILITIES, &capabilities.to_string());
        let mut services = vec![service_of(service::IM, vec![can])];
        if let Some(private) = &self.private {
            let properties = [
                ("ClientType", private.client_type.map(|one| one.to_string())),
                ("EpName", private.name.clone()),
                ("Idle", private.idle.map(|one| one.to_string())),
                ("State", private.status.map(|one| one.as_str().to_owned())),
            ];
            let said = properties.into_iter();
            let said = said.filter_map(|(name, value)| Some(text(name, &value?)));
            services.push(service_of(PRIVATE, said.collect()));
        }
        services
    }
}

fn private(data: &PersonalData) -> Option<PrivateEndpoint> {
    // The document is the endpoint; as a child it is read like any.
    let child = msnp_proto::payload::xml::Element::new("Data").with_child(data.to_element());
    let data = PersonalData::from_element(child).ok()?;
    data.private_endpoints().next()
}

fn text(name: &str, value: &str) -> Property {
    Property {
        name: name.into(),
        value: Value::Text(value.into()),
    }
}

fn service_of(name: &str, properties: Vec<Property>) -> Service {
    Service {
        name: name.into(),
        properties,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(publication: &Publication) -> Vec<String> {
        let all = publication.services.iter().chain(&publication.endpoint);
        let named = |one: &Service| {
            let properties: Vec<_> = one.properties.iter().map(|one| &*one.name).collect();
            format!("{}:{}", one.name, properties.join(","))
        };
        all.map(named).collect()
    }

    #[test]
    fn a_place_says_what_its_dialect_has_words_for() {
        let mut own = OwnPresence::default();
        own.set_status(Status::Busy, None, None);
        assert_eq!(names(&own.publication(Dialect::MSNP8)), ["IM:Capabilities"]);
        assert_eq!(
            names(&own.publication(Dialect::MSNP9)),
            ["PE:", "IM:Capabilities"]
        );
        own.set_status(Status::Busy, None, Some("<msnobj/>"));
        own.set_data(PersonalData::new("hi", "song"));
        let said = names(&own.publication(Dialect::MSNP12));
        assert_eq!(
            said,
            [
                "IM:CurrentMedia",
                "PE:PSM,UserTileLocation",
                "IM:Capabilities"
            ]
        );
    }

    #[test]
    fn an_endpoint_says_what_it_can_and_what_its_sisters_may_know() {
        let mut own = OwnPresence::default();
        for document in [
            "<EndpointData><Capabilities>2788999228:48</Capabilities></EndpointData>",
            "<PrivateEndpointData><EpName>PC</EpName><Idle>false</Idle><ClientType>1</ClientType><State>NLN</State></PrivateEndpointData>",
        ] {
            own.set_data(PersonalData::parse(document.as_bytes()).unwrap());
        }
        let said = own.publication(Dialect::MSNP18);
        assert_eq!(
            names(&said)[1..],
            ["IM:Capabilities", "PD:ClientType,EpName,Idle,State"]
        );
        assert_eq!(
            said.endpoint[0].properties[0].value,
            Value::Text("2788999228:48".into())
        );
    }
}
