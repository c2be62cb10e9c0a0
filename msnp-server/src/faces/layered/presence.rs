//! Presence documents (msnp24.md 8), between the wire's elements and the network's values.
//!
//! A property is a text where a text says all; else it is kept as the markup that was read. An attribute
//! of a service is a property named `@name` (`PF` has only one, `ts`). The status stands beside the
//! services; an empty property `Status` keeps its place in the document, so that services do not
//! differ where only the status does. Text directly inside a service means nothing and is dropped.

use std::fmt::Write as _;

use msnp_proto::payload::presence::{UserDocument, service};
use msnp_proto::payload::xml::{Element, XmlLimits};

use super::fault::Fault;
use crate::faces::status;
use crate::network::{EndpointId, Presence, Property, Publication, Service, Value};

/// The property of `IM` that holds the status.
const STATUS: &str = "Status";

/// What a document publishes, and the display name that it gives the account.
#[derive(Debug)]
pub(in crate::faces) struct Published {
    pub(in crate::faces) publication: Publication,
    /// Without blanks around it; may be empty.
    pub(in crate::faces) name: Option<String>,
}

/// Reads what the endpoint `epid` publishes. What it says of other endpoints is passed over.
pub(in crate::faces) fn read(document: &[u8], epid: EndpointId) -> Result<Published, Fault> {
    let document = UserDocument::parse(document).map_err(Fault::malformed)?;
    let services = document.services();
    let services = services.map(|one| service_of(one.name(), one.element(), true));
    let own = document.endpoints();
    let own = own.filter(|one| one.epid().is_none_or(|named| named == epid));
    let own = own.map(|one| service_of(one.service(), one.element(), false));
    let publication = Publication {
        status: document.status().map(status::read),
        services: services.collect(),
        endpoint: own.collect(),
    };
    let name = document.friendly_name();
    let name = name.map(|name| name.trim().to_owned());
    Ok(Published { publication, name })
}

/// Writes what is shown of somebody.
pub(in crate::faces) fn document(shown: &Presence) -> Vec<u8> {
    let code = status::code(shown.status);
    let mut document = String::from("<user>");
    let mut is_said = false;
    for service in &shown.services {
        write_start(&mut document, "s", service, None);
        let is_im = &*service.name == service::IM && !is_said;
        let mut open = is_im;
        for property in elements(service) {
            if open && &*property.name == STATUS {
                open = false;
                write_text(&mut document, STATUS, code.as_str());
            } else {
                write_property(&mut document, property);
            }
        }
        if open {
            write_text(&mut document, STATUS, code.as_str());
        }
        is_said |= is_im;
        document.push_str("</s>");
    }
    for endpoint in &shown.endpoints {
        for service in &endpoint.services {
            write_start(&mut document, "sep", service, Some(endpoint.id));
            for property in elements(service) {
                write_property(&mut document, property);
            }
            document.push_str("</sep>");
        }
    }
    if !is_said {
        document.push_str("<s n=\"IM\">");
        write_text(&mut document, STATUS, code.as_str());
        document.push_str("</s>");
    }
    document.push_str("</user>");
    document.into_bytes()
}

fn service_of(name: &str, element: &Element, of_person: bool) -> Service {
    let attributes = element
        .attributes()
        .filter(|(name, _)| !["n", "epid"].contains(name))
        .map(|(name, value)| Property {
            name: format!("@{name}").into(),
            value: Value::Text(value.into()),
        });
    let elements = element.elements().map(|child| {
        let is_status = of_person && name == service::IM && child.name() == STATUS;
        Property {
            name: child.name().into(),
            value: if is_status {
                Value::Text("".into())
            } else {
                value_of(child)
            },
        }
    });
    Service {
        name: name.into(),
        properties: attributes.chain(elements).collect(),
    }
}

/// The text of an element, if it would be written as it was read from its name and text alone.
fn value_of(element: &Element) -> Value {
    let text = element.text();
    let markup = element.to_vec();
    let mut plain = String::new();
    write_text(&mut plain, element.name(), &text);
    if plain.as_bytes() == markup {
        Value::Text(text.into())
    } else {
        // What was read is UTF-8, and so is what is written.
        Value::Markup(String::from_utf8_lossy(&markup).into())
    }
}

fn elements(service: &Service) -> impl Iterator<Item = &Property> {
    let properties = service.properties.iter();
    properties.filter(|property| !property.name.starts_with('@'))
}

fn write_start(out: &mut String, tag: &str, service: &Service, epid: Option<EndpointId>) {
    let _ = write!(out, "<{tag} n=\"{}\"", escaped_value(&service.name));
    if let Some(epid) = epid {
        let _ = write!(out, " epid=\"{}\"", epid.braced());
    }
    for property in &service.properties {
        if let (Some(name), Value::Text(value)) = (property.name.strip_prefix('@'), &property.value)
        {
            let _ = write!(out, " {name}=\"{}\"", escaped_value(value));
        }
    }
    out.push('>');
}

fn write_property(out: &mut String, property: &Property) {
    match &property.value {
        Value::Text(text) => write_text(out, &property.name, text),
        // Another dialect's markup may be anything; here it must be the element of that name.
        Value::Markup(markup) => {
            let read = Element::parse(markup.as_bytes(), &XmlLimits::DEFAULT);
            if read.is_ok_and(|element| element.name() == &*property.name) {
                out.push_str(markup);
            }
        }
    }
}

fn write_text(out: &mut String, name: &str, text: &str) {
    let element = Element::new("x").with_text(text).to_vec();
    let element = String::from_utf8_lossy(&element);
    let inside = element.strip_prefix("<x>");
    let inside = inside.and_then(|text| text.strip_suffix("</x>"));
    let _ = write!(out, "<{name}>{}</{name}>", inside.unwrap_or_default());
}

/// A text as it stands between the quotes of an attribute.
fn escaped_value(value: &str) -> String {
    let element = Element::new("x").with_attribute("a", value).to_vec();
    let element = String::from_utf8_lossy(&element);
    let inside = element.strip_prefix("<x a=\"");
    let inside = inside.and_then(|text| text.strip_suffix("\"></x>"));
    inside.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use msnp_proto::Guid;
    use proptest::prelude::*;

    use super::*;
    use crate::network::{EndpointPresence, Status};

    const EPID: Guid = Guid::from_bytes([1; 16]);

    fn shown(document: &str) -> Presence {
        let published = read(document.as_bytes(), EPID).unwrap().publication;
        let status = published.status.unwrap_or(Status::Offline);
        Presence {
            status,
            services: published.services,
            endpoints: vec![EndpointPresence {
                id: EPID,
                status,
                services: published.endpoint,
            }],
        }
    }

    #[track_caller]
    fn becomes(text: &str, expected: &str) {
        let written = document(&shown(text));
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[track_caller]
    fn stays(text: &str) {
        becomes(text, text);
    }

    #[test]
    fn a_document_is_written_as_it_was_read() {
        stays(
            "<user><s n=\"IM\"><Status>NLN</Status></s><s n=\"SKP\"><Mood>hi</Mood><Skypename>bob</Skypename></s></user>",
        );
        let epid = EPID.braced();
        stays(&format!(
            "<user><s n=\"IM\"><CurrentMedia>a &amp; b</CurrentMedia><Status>AWY</Status><X y=\"1\"><Z/></X></s><s n=\"PE\"><FriendlyName>Älice</FriendlyName><PSM></PSM></s><s n=\"SKP\"><Mood/></s><s n=\"PF\" ts=\"2015 &quot;\"></s><sep n=\"IM\" epid=\"{epid}\"><Capabilities>0:4194560</Capabilities></sep><sep n=\"PD\" epid=\"{epid}\" v=\"2\"><EpName>PC &lt;1&gt;</EpName></sep></user>"
        ));
        stays("<user><s n=\"IM\"><Status>XYZ</Status></s></user>");
    }

    #[test]
    fn a_missing_status_is_put_where_it_belongs() {
        becomes(
            "<user><s n=\"IM\"><A>1</A></s><s n=\"PE\"></s></user>",
            "<user><s n=\"IM\"><A>1</A><Status>FLN</Status></s><s n=\"PE\"></s></user>",
        );
        becomes(
            "<user><s n=\"PE\"><A>1</A></s></user>",
            "<user><s n=\"PE\"><A>1</A></s><s n=\"IM\"><Status>FLN</Status></s></user>",
        );
        becomes(
            "<user/>",
            "<user><s n=\"IM\"><Status>FLN</Status></s></user>",
        );
    }

    #[test]
    fn services_do_not_differ_where_only_the_status_does() {
        let services = |status: &str| {
            let text = format!("<user><s n=\"IM\"><Status>{status}</Status><A>1</A></s></user>");
            shown(&text).services
        };
        assert_eq!(services("NLN"), services("HDN"));
    }

    #[test]
    fn an_endpoint_speaks_for_itself_only_and_may_leave_its_epid_out() {
        let other = Guid::from_bytes([2; 16]).braced();
        let text = format!(
            "<user><sep n=\"IM\" epid=\"{other}\"><A>1</A></sep><sep n=\"PE\"><B>2</B></sep></user>"
        );
        let read = read(text.as_bytes(), EPID).unwrap().publication;
        let names: Vec<_> = read.endpoint.iter().map(|one| &*one.name).collect();
        assert_eq!((names, read.status), (vec!["PE"], None));
    }

    #[test]
    fn markup_of_another_dialect_is_left_out() {
        let mut shown = shown("<user><s n=\"IM\"><Status>NLN</Status></s></user>");
        for (name, markup) in [
            ("A", "</user>"),
            ("B", "a & b"),
            ("C", "<D/>"),
            ("E", "<E/>"),
        ] {
            shown.services[0].properties.push(Property {
                name: name.into(),
                value: Value::Markup(markup.into()),
            });
        }
        let expected = "<user><s n=\"IM\"><Status>NLN</Status><E/></s></user>";
        assert_eq!(document(&shown), expected.as_bytes());
    }

    #[test]
    fn the_friendly_name_is_the_display_name() {
        let text = "<user><s n=\"PE\"><FriendlyName> Älice &amp; co\n</FriendlyName></s></user>";
        let name = read(text.as_bytes(), EPID).unwrap().name;
        assert_eq!(name.as_deref(), Some("Älice & co"));
        assert_eq!(read(b"<user/>", EPID).unwrap().name, None);
        assert!(read(b"<other/>", EPID).is_err());
    }

    proptest! {
        #[test]
        fn what_was_read_twice_is_the_same(name in "[A-Z]{1,3}", text in "\\PC{0,20}", value in "[\\PC\t\n]{0,20}") {
            let element = Element::new("user").with_child(
                Element::new("s")
                    .with_attribute("n", name)
                    .with_attribute("ts", value)
                    .with("A", text.as_str())
                    .with_child(Element::new("B").with_attribute("c", text)),
            );
            let first = document(&shown(&String::from_utf8(element.to_vec()).unwrap()));
            let again = document(&shown(&String::from_utf8(first.clone()).unwrap()));
            prop_assert_eq!(first, again);
        }
    }
}
