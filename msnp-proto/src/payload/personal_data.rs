//! `<Data>`: personal message, media and endpoints, the payload of `UUX` and `UBX`.

mod current_media;
mod endpoint;

pub use current_media::CurrentMedia;
pub use endpoint::{Endpoint, PrivateEndpoint};

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::PayloadError;
use super::xml::{Element, XmlLimits};
use crate::guid::{Guid, GuidError};

/// What people say about themselves, from MSNP11 on (msnp8-18.md 8.3).
///
/// A client sends one of three documents, a server always the first. It is kept as the tree that was read: what has no
/// name here stays, and it is written back as it came.
///
/// ```
/// use msnp_proto::payload::personal_data::{CurrentMedia, PersonalData};
/// let song = CurrentMedia::new("Music", "{0} - {1}", ["Song", "Artist"]);
/// let mut data = PersonalData::new("gone <fishing>", "");
/// data.set_current_media(&song);
/// assert_eq!(
///     data.encode(),
///     br"<Data><PSM>gone &lt;fishing&gt;</PSM><CurrentMedia>\0Music\01\0{0} - {1}\0Song\0Artist\0\0\0</CurrentMedia></Data>"
/// );
/// // One server leaves out the escapes.
/// let raw = PersonalData::parse(b"<Data><PSM>gone <fishing> & more</PSM><CurrentMedia></CurrentMedia></Data>")?;
/// assert_eq!(raw.personal_message(), Some("gone <fishing> & more".into()));
/// # Ok::<(), msnp_proto::payload::PayloadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalData {
    root: Element,
}

/// Which of the three documents it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are three roots")]
pub enum Scope {
    /// `<Data>`: the person.
    Person,
    /// `<EndpointData>`, from MSNP16 on: the writer's own endpoint, for everybody.
    Endpoint,
    /// `<PrivateEndpointData>`, from MSNP16 on: the same for the person's other endpoints.
    PrivateEndpoint,
}

impl PersonalData {
    /// A person's message and media, either perhaps empty, as every client writes them.
    pub fn new(personal_message: impl Into<String>, current_media: impl Into<String>) -> Self {
        Self {
            root: Element::new("Data")
                .with("PSM", personal_message)
                .with("CurrentMedia", current_media),
        }
    }

    /// What a client says of its own endpoint to everybody.
    pub fn of_endpoint(endpoint: &Endpoint) -> Self {
        Self {
            root: endpoint.to_element(),
        }
    }

    /// What a client says of its own endpoint to the person's others.
    pub fn of_private_endpoint(endpoint: &PrivateEndpoint) -> Self {
        Self {
            root: endpoint.to_element(),
        }
    }

    /// Reads a payload within [`XmlLimits::DEFAULT`]; an empty one, which `UBX … 0` announces, says nothing.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document, or none even when what people typed is taken raw.
    pub fn parse(payload: &[u8]) -> Result<Self, PayloadError> {
        Self::parse_with(payload, &XmlLimits::DEFAULT)
    }

    /// Reads a payload within limits of the caller's own.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(payload: &[u8], limits: &XmlLimits) -> Result<Self, PayloadError> {
        if payload.is_empty() {
            return Ok(Self::default());
        }
        Self::from_element(Element::parse_lenient(payload, TYPED_BY_PEOPLE, limits)?)
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError::Root`] if it is another document.
    pub fn from_element(element: Element) -> Result<Self, PayloadError> {
        match element.name() {
            "Data" | Endpoint::NAME | PrivateEndpoint::NAME => Ok(Self { root: element }),
            _ => Err(PayloadError::Root("Data")),
        }
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        self.root.clone()
    }

    /// The document as a payload.
    pub fn encode(&self) -> Vec<u8> {
        self.root.to_vec()
    }

    /// Which document it is.
    pub fn scope(&self) -> Scope {
        match self.root.name() {
            Endpoint::NAME => Scope::Endpoint,
            PrivateEndpoint::NAME => Scope::PrivateEndpoint,
            // `from_element` lets no other in.
            _ => Scope::Person,
        }
    }

    /// A property by its element: `PSM`, `DDP`, `SignatureSound`, `Scene`, `ColorScheme`, `UserTileLocation` …
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.root.child_text(name)
    }

    /// Sets a property, where it stands or behind the others.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.root.set_child_text(name, value);
    }

    /// The document with a property.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// `PSM`: the personal message.
    pub fn personal_message(&self) -> Option<Cow<'_, str>> {
        self.get("PSM")
    }

    /// `CurrentMedia`, if something is being played.
    pub fn current_media(&self) -> Option<CurrentMedia> {
        CurrentMedia::parse(&self.get("CurrentMedia")?)
    }

    /// Sets `CurrentMedia`.
    pub fn set_current_media(&mut self, media: &CurrentMedia) {
        self.set("CurrentMedia", media.to_string());
    }

    /// `MachineGuid`, from MSNP13 on, with or without braces.
    ///
    /// # Errors
    /// [`GuidError`] if it is there and none.
    pub fn machine_guid(&self) -> Result<Option<Guid>, GuidError> {
        match self.get("MachineGuid") {
            Some(text) if !text.trim().is_empty() => text.trim().parse().map(Some),
            _ => Ok(None),
        }
    }

    /// Sets `MachineGuid`.
    pub fn set_machine_guid(&mut self, guid: Guid) {
        self.set("MachineGuid", guid.braced().to_string());
    }

    /// What endpoints say to everybody, from MSNP16 on; that of the document itself if it is one.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint> {
        self.parts(Endpoint::NAME).map(Endpoint::of)
    }

    /// What endpoints say to the person's others; that of the document itself if it is one.
    pub fn private_endpoints(&self) -> impl Iterator<Item = PrivateEndpoint> {
        self.parts(PrivateEndpoint::NAME).map(PrivateEndpoint::of)
    }

    /// Adds what an endpoint says to everybody.
    pub fn push_endpoint(&mut self, endpoint: &Endpoint) {
        self.root.push(endpoint.to_element());
    }

    /// Adds what an endpoint says to the person's others.
    pub fn push_private_endpoint(&mut self, endpoint: &PrivateEndpoint) {
        self.root.push(endpoint.to_element());
    }

    fn parts(&self, name: &'static str) -> impl Iterator<Item = &Element> {
        let itself = (self.root.name() == name).then_some(&self.root);
        itself.into_iter().chain(self.root.children_named(name))
    }
}

impl Default for PersonalData {
    /// A document that says nothing.
    fn default() -> Self {
        Self {
            root: Element::new("Data"),
        }
    }
}

/// The elements whose text comes from a keyboard, and which a server passes on unescaped (msnp8-18.md 8.3).
const TYPED_BY_PEOPLE: &[&str] = &[
    "PSM",
    "CurrentMedia",
    "EpName",
    "FriendlyName",
    "DDP",
    "SignatureSound",
    "Scene",
    "UserTileLocation",
];
