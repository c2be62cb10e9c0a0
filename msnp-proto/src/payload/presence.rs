//! Presence documents, `application/user+xml`: what someone says about himself.

mod capabilities;
pub mod service;
mod status;

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

pub use capabilities::{Capabilities, CapabilitiesError};
pub use status::{Status, StatusError};

use super::xml::{Element, EmptyTag};
use super::{PayloadError, document, expect_root};
use crate::guid::Guid;

/// A `<user>` document (msnp24.md 8): *service data*, one `<s>` per service and user, and
/// *endpoint data*, one `<sep>` per service and signed-in client.
///
/// It is kept as the tree that was read: unknown services and properties stay, and it is written
/// back as it came.
///
/// ```
/// use msnp_proto::payload::presence::{Status, UserDocument, service};
/// let user = UserDocument::new()
///     .with_status(Status::NLN)
///     .with(service::PE, "FriendlyName", "Bob")
///     .with(service::PE, "PSM", "");
/// assert_eq!(user.status(), Some(Status::NLN));
/// assert_eq!(user.friendly_name().as_deref(), Some("Bob"));
/// assert_eq!(
///     user.encode(),
///     b"<user><s n=\"IM\"><Status>NLN</Status></s>\
///       <s n=\"PE\"><FriendlyName>Bob</FriendlyName><PSM></PSM></s></user>"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDocument {
    root: Element,
}

/// Who is gone, according to a `DEL` (msnp24.md 8).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a client decides on every way to be gone"
)]
pub enum Departure {
    /// `<s n="IM"/>`: the user is offline.
    User,
    /// `<sep n="IM" epid=".."/>`: one endpoint signed out. Naming the receiver's own, it means
    /// "sign out here".
    Endpoint(Guid),
}

document!(UserDocument, owned);

impl UserDocument {
    /// An empty document.
    pub fn new() -> Self {
        Self {
            root: Element::new("user"),
        }
    }

    /// The document of a `DEL`: the user is offline.
    pub fn offline() -> Self {
        let mut user = Self::new();
        user.root
            .push(service_element(service::IM).with_empty_tag(EmptyTag::SpacedSlash));
        user
    }

    /// The document of a `DEL`: one endpoint is gone.
    pub fn signed_out(epid: Guid) -> Self {
        let mut user = Self::new();
        user.root
            .push(endpoint_element(service::IM, Some(epid)).with_empty_tag(EmptyTag::SpacedSlash));
        user
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError::Root`] if it is another document.
    pub fn from_element(element: Element) -> Result<Self, PayloadError> {
        expect_root(&element, "user")?;
        Ok(Self { root: element })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        self.root.clone()
    }

    /// Sets a property of a service, replacing the one it has.
    pub fn set(&mut self, service: &str, property: &'static str, value: impl Into<String>) {
        self.service_mut(service).set_child_text(property, value);
    }

    /// Sets a property of an endpoint. `epid` may be left out for the writer's own on MSNP21.
    pub fn set_endpoint(
        &mut self,
        service: &str,
        epid: Option<Guid>,
        property: &'static str,
        value: impl Into<String>,
    ) {
        self.endpoint_mut(service, epid)
            .set_child_text(property, value);
    }

    /// Sets the status.
    pub fn set_status(&mut self, status: Status) {
        self.set(service::IM, "Status", status.as_str());
    }

    /// Sets the Skype mood. An empty one is written `<Mood/>`, as Skype did.
    pub fn set_mood(&mut self, mood: impl Into<String>) {
        let service = self.service_mut(service::SKP);
        service.set_child_text("Mood", mood);
        if let Some(mood) = service.child_mut("Mood") {
            mood.set_empty_tag(EmptyTag::Slash);
        }
    }

    /// Removes a service of the user, endpoint data excepted.
    pub fn remove_service(&mut self, service: &str) {
        self.root
            .retain(|e| !(e.name() == "s" && e.attribute("n") == Some(service)));
    }

    /// Removes everything that one endpoint said.
    pub fn remove_endpoint(&mut self, epid: Guid) {
        self.root
            .retain(|e| !(e.name() == "sep" && element_epid(e) == Some(epid)));
    }

    /// The document with a property of a service.
    #[must_use]
    pub fn with(mut self, service: &str, property: &'static str, value: impl Into<String>) -> Self {
        self.set(service, property, value);
        self
    }

    /// The document with a property of an endpoint.
    #[must_use]
    pub fn with_endpoint(
        mut self,
        service: &str,
        epid: Option<Guid>,
        property: &'static str,
        value: impl Into<String>,
    ) -> Self {
        self.set_endpoint(service, epid, property, value);
        self
    }

    /// The document with a status.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.set_status(status);
        self
    }

    /// The document with a Skype mood.
    #[must_use]
    pub fn with_mood(mut self, mood: impl Into<String>) -> Self {
        self.set_mood(mood);
        self
    }

    /// The document with an endpoint's capabilities for a service.
    #[must_use]
    pub fn with_capabilities(
        self,
        service: &str,
        epid: Option<Guid>,
        capabilities: Capabilities,
    ) -> Self {
        self.with_endpoint(service, epid, "Capabilities", capabilities.to_string())
    }

    /// Service data, in order.
    pub fn services(&self) -> impl Iterator<Item = Service<'_>> {
        self.root
            .children_named("s")
            .map(|element| Service { element })
    }

    /// Endpoint data, in order: one item per service and endpoint.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint<'_>> {
        self.root
            .children_named("sep")
            .map(|element| Endpoint { element })
    }

    /// A property of a service.
    pub fn property(&self, service: &str, property: &str) -> Option<Cow<'_, str>> {
        self.services()
            .filter(|s| s.name() == service)
            .find_map(|s| s.property(property))
    }

    /// A property that the endpoint `epid` gave for a service.
    pub fn endpoint_property(
        &self,
        service: &str,
        epid: Guid,
        property: &str,
    ) -> Option<Cow<'_, str>> {
        self.endpoints()
            .filter(|e| e.service() == service && e.epid() == Some(epid))
            .find_map(|e| e.property(property))
    }

    /// The status. Missing in a whole document of MSNP24, it means offline or hidden.
    pub fn status(&self) -> Option<Status> {
        self.property(service::IM, "Status")?.trim().parse().ok()
    }

    /// The display name.
    pub fn friendly_name(&self) -> Option<Cow<'_, str>> {
        self.property(service::PE, "FriendlyName")
    }

    /// The personal message.
    pub fn psm(&self) -> Option<Cow<'_, str>> {
        self.property(service::PE, "PSM")
    }

    /// What is being listened to, in the notation of `UUX`.
    pub fn current_media(&self) -> Option<Cow<'_, str>> {
        self.property(service::IM, "CurrentMedia")
    }

    /// The display picture: the text of an `<msnobj>`.
    pub fn user_tile(&self) -> Option<Cow<'_, str>> {
        self.property(service::PE, "UserTileLocation")
    }

    /// The mood of Skype.
    pub fn mood(&self) -> Option<Cow<'_, str>> {
        self.property(service::SKP, "Mood")
    }

    /// The Skype name.
    pub fn skype_name(&self) -> Option<Cow<'_, str>> {
        self.property(service::SKP, "Skypename")
    }

    /// Who is gone, if this is the document of a `DEL`.
    pub fn departures(&self) -> impl Iterator<Item = Departure> {
        self.root.elements().filter_map(|element| {
            if element.attribute("n") != Some(service::IM) {
                return None;
            }
            match element.name() {
                "s" => Some(Departure::User),
                "sep" => element_epid(element).map(Departure::Endpoint),
                _ => None,
            }
        })
    }

    fn service_mut(&mut self, service: &str) -> &mut Element {
        let found = |e: &Element| e.name() == "s" && e.attribute("n") == Some(service);
        self.find_or_push(found, || service_element(service))
    }

    fn endpoint_mut(&mut self, service: &str, epid: Option<Guid>) -> &mut Element {
        let found = |e: &Element| {
            e.name() == "sep" && e.attribute("n") == Some(service) && element_epid(e) == epid
        };
        self.find_or_push(found, || endpoint_element(service, epid))
    }

    fn find_or_push(
        &mut self,
        found: impl Fn(&Element) -> bool,
        make: impl FnOnce() -> Element,
    ) -> &mut Element {
        let at = self.root.elements().position(found);
        let at = at.unwrap_or_else(|| {
            self.root.push(make());
            self.root.elements().count() - 1
        });
        self.root
            .elements_mut()
            .nth(at)
            .expect("found or pushed just above")
    }
}

impl Default for UserDocument {
    fn default() -> Self {
        Self::new()
    }
}

fn service_element(service: &str) -> Element {
    Element::new("s").with_attribute("n", service)
}

fn endpoint_element(service: &str, epid: Option<Guid>) -> Element {
    let element = Element::new("sep").with_attribute("n", service);
    match epid {
        Some(epid) => element.with_attribute("epid", epid.braced().to_string()),
        None => element,
    }
}

fn element_epid(element: &Element) -> Option<Guid> {
    element.attribute("epid")?.parse().ok()
}

/// One `<s>` of a [`UserDocument`].
#[derive(Copy, Clone, Debug)]
pub struct Service<'a> {
    element: &'a Element,
}

impl<'a> Service<'a> {
    /// The service: one of [`service`], or another.
    pub fn name(&self) -> &'a str {
        self.element.attribute("n").unwrap_or_default()
    }

    /// A property.
    pub fn property(&self, name: &str) -> Option<Cow<'a, str>> {
        self.element.child_text(name)
    }

    /// All properties, in order.
    pub fn properties(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        self.element.elements().map(|e| (e.name(), e.text()))
    }

    /// The `<s>` element, for what has no method here (`PF` has only an attribute, `ts`).
    pub const fn element(&self) -> &'a Element {
        self.element
    }
}

/// One `<sep>` of a [`UserDocument`]: what one endpoint says for one service.
#[derive(Copy, Clone, Debug)]
pub struct Endpoint<'a> {
    element: &'a Element,
}

impl<'a> Endpoint<'a> {
    /// The service.
    pub fn service(&self) -> &'a str {
        self.element.attribute("n").unwrap_or_default()
    }

    /// The endpoint; `None` for the writer's own on MSNP21. May be [`Guid::NIL`].
    pub fn epid(&self) -> Option<Guid> {
        element_epid(self.element)
    }

    /// A property.
    pub fn property(&self, name: &str) -> Option<Cow<'a, str>> {
        self.element.child_text(name)
    }

    /// The capabilities for this service.
    pub fn capabilities(&self) -> Option<Capabilities> {
        self.property("Capabilities")?.trim().parse().ok()
    }

    /// All properties, in order.
    pub fn properties(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        self.element.elements().map(|e| (e.name(), e.text()))
    }

    /// The `<sep>` element, for what has no method here.
    pub const fn element(&self) -> &'a Element {
        self.element
    }
}
