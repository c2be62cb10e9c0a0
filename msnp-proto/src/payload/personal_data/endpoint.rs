//! `<EndpointData>` and `<PrivateEndpointData>`: several clients of one person.

use alloc::string::{String, ToString};

use crate::guid::Guid;
use crate::payload::presence::{Capabilities, Status};
use crate::payload::xml::Element;

/// What an endpoint says to everybody, from MSNP16 on (msnp8-18.md 8.1, 8.3).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Which; a client leaves out its own.
    pub id: Option<Guid>,
    /// What it can do.
    pub capabilities: Option<Capabilities>,
}

/// What an endpoint says to the person's others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateEndpoint {
    /// Which; a client leaves out its own.
    pub id: Option<Guid>,
    /// `EpName`: a name for people, such as the computer's.
    pub name: Option<String>,
    /// `Idle`. Servers write it only when it is so.
    pub idle: Option<bool>,
    /// `ClientType`: 1 is a computer; the numbers are in msnp24.md 8.
    pub client_type: Option<u32>,
    /// `State`.
    pub status: Option<Status>,
}

impl Endpoint {
    pub(super) const NAME: &'static str = "EndpointData";

    pub(super) fn of(element: &Element) -> Self {
        Self {
            id: id(element),
            capabilities: text(element, "Capabilities").and_then(|text| text.parse().ok()),
        }
    }

    pub(super) fn to_element(self) -> Element {
        let element = start(Self::NAME, self.id);
        match self.capabilities {
            Some(capabilities) => element.with("Capabilities", capabilities.to_string()),
            None => element,
        }
    }
}

impl PrivateEndpoint {
    pub(super) const NAME: &'static str = "PrivateEndpointData";

    pub(super) fn of(element: &Element) -> Self {
        Self {
            id: id(element),
            name: element.child_text("EpName").map(String::from),
            idle: text(element, "Idle").map(|text| text.eq_ignore_ascii_case("true")),
            client_type: text(element, "ClientType")
                .and_then(|text| crate::frame::parse_number(text.as_bytes())),
            status: text(element, "State").and_then(|text| text.parse().ok()),
        }
    }

    /// In libpurple's order, which is the official client's.
    pub(super) fn to_element(&self) -> Element {
        let mut element = start(Self::NAME, self.id);
        if let Some(name) = &self.name {
            element = element.with("EpName", name.as_str());
        }
        if let Some(idle) = self.idle {
            element = element.with("Idle", if idle { "true" } else { "false" });
        }
        if let Some(client_type) = self.client_type {
            element = element.with("ClientType", client_type.to_string());
        }
        match self.status {
            Some(status) => element.with("State", status.as_str()),
            None => element,
        }
    }
}

fn start(name: &'static str, id: Option<Guid>) -> Element {
    let element = Element::new(name);
    match id {
        Some(id) => element.with_attribute("id", id.braced().to_string()),
        None => element,
    }
}

fn id(element: &Element) -> Option<Guid> {
    element.attribute("id")?.trim().parse().ok()
}

/// The text of a child, blanks around it taken off; `None` if nothing is left.
fn text(element: &Element, name: &str) -> Option<String> {
    let text = element.child_text(name)?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.into())
}
