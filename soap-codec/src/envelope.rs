//! The SOAP envelope, 1.1 and 1.2: headers and body in, headers and body out.

use crate::charset::Characters;
use crate::content_type::ContentType;
use crate::element::{Declaration, Element, Node, is_true};
use crate::error::{EncodeError, EnvelopeError};
use crate::fault::Fault;
use crate::limits::Budget;
use crate::ns;
use crate::version::Version;
use crate::write::{self, Writer};

/// The prefix of an envelope that has a fault in place of its body.
const BARE: &str = "S";

/// A SOAP envelope: version, headers, body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    version: Version,
    headers: Vec<Element>,
    body: Vec<Element>,
    /// The body's only element stands directly under the envelope, without a `Body`.
    bare: bool,
    /// Prefixes from `Envelope` and `Body`, for names in texts such as fault codes.
    declarations: Vec<Declaration>,
}

impl Envelope {
    /// An envelope with one element in its body.
    pub fn new(version: Version, payload: Element) -> Self {
        Self::with_body(version, vec![payload])
    }

    /// An envelope with any number of elements in its body.
    pub fn with_body(version: Version, body: Vec<Element>) -> Self {
        Self {
            version,
            headers: Vec::new(),
            body,
            bare: false,
            declarations: Vec::new(),
        }
    }

    /// An envelope with a fault in its body, in the form of the version.
    pub fn with_fault(version: Version, fault: &Fault) -> Self {
        Self::new(version, fault.to_element(version))
    }

    /// An envelope with a fault in place of its body, as the Passport service sends it (soap.md 5.2); under the prefix `S`, by
    /// which `BitlBee` knows it.
    pub fn with_bare_fault(version: Version, fault: &Fault) -> Self {
        Self {
            bare: true,
            ..Self::new(version, fault.to_prefixed(BARE, version))
        }
    }

    /// Adds a header block at the end.
    pub fn push_header(&mut self, header: Element) {
        self.headers.push(header);
    }

    /// Reads an envelope as a transport brought it, of either version.
    ///
    /// UTF-8, UTF-16 and ISO-8859-1 are read. A byte order mark wins over the charset of the type, and that over the declaration:
    /// .NET declares `utf-16` for strings that it sends as UTF-8. Where an error says a position, it is one of the document in UTF-8.
    pub fn receive(
        content_type: &ContentType,
        body: &[u8],
        budget: &mut Budget,
    ) -> Result<Self, EnvelopeError> {
        Self::read(match Characters::read(content_type, body, budget)? {
            Characters::Known(text) => Element::parse_known(&text, budget)?,
            Characters::Unknown(bytes) => Element::parse(bytes, budget)?,
        })
    }

    /// Reads an envelope of either version, whatever its prefixes are: a document in UTF-8.
    ///
    /// Elements beside `Header` and `Body`, and text between elements, are skipped, as ASP.NET does.
    /// Give the same `budget` to what reads the body's content afterwards.
    pub fn parse(bytes: &[u8], budget: &mut Budget) -> Result<Self, EnvelopeError> {
        Self::read(Element::parse(bytes, budget)?)
    }

    fn read(root: Element) -> Result<Self, EnvelopeError> {
        if root.local() != "Envelope" {
            return Err(EnvelopeError::NotAnEnvelope);
        }
        let version = Version::of(root.namespace())
            .ok_or_else(|| EnvelopeError::VersionMismatch(root.name().namespace.clone()))?;
        let mut declarations = root.declarations().to_vec();
        let (mut headers, mut body, mut fault) = (None, None, None);
        for child in into_elements(root) {
            if child.is(version.namespace(), "Header") {
                if headers.is_some() || body.is_some() {
                    return Err(EnvelopeError::Structure);
                }
                headers = Some(into_elements(child).collect());
            } else if child.is(version.namespace(), "Body") {
                if body.is_some() {
                    return Err(EnvelopeError::Structure);
                }
                declarations.extend_from_slice(child.declarations());
                body = Some(into_elements(child).collect());
            } else if child.is(version.namespace(), "Fault") && fault.is_none() {
                fault = Some(child);
            }
        }
        let bare = body.is_none();
        let body = body
            .or_else(|| fault.map(|fault| vec![fault]))
            .ok_or(EnvelopeError::NoBody)?;
        Ok(Self {
            version,
            headers: headers.unwrap_or_default(),
            body,
            bare,
            declarations,
        })
    }

    /// Writes it in UTF-8, as .NET does: the declaration, then `soap:Envelope` with the namespaces
    /// soap, xsi, xsd in that order, no white space between elements, empty ones as `<x />`. With a fault in place of the body
    /// it is `S:Envelope`, as Passport's (soap.md 5.2).
    pub fn to_xml(&self) -> Result<String, EncodeError> {
        let namespace = self.version.namespace();
        let own = if self.bare { BARE } else { "soap" };
        let named = |local| Element::new(namespace, local).with_prefix(own);
        let mut root = named("Envelope");
        root.declare(own, namespace);
        root.declare("xsi", ns::XSI);
        root.declare("xsd", ns::XSD);
        // What was read may name these prefixes in its texts, so they keep their meaning. The three that
        // every envelope declares keep theirs.
        for Declaration { prefix, namespace } in &self.declarations {
            match prefix {
                Some(prefix) if ![own, "xsi", "xsd"].contains(&prefix.as_str()) => {
                    root.declare(prefix.clone(), namespace.clone());
                }
                _ => {}
            }
        }
        let (header, body) = (named("Header"), named("Body"));

        let mut out = String::with_capacity(512);
        out.push_str(write::DECLARATION);
        let mut writer = Writer::new(&mut out, " />");
        let envelope = writer.open(&root)?;
        if !self.headers.is_empty() {
            let header = writer.open(&header)?;
            for block in &self.headers {
                writer.element(block)?;
            }
            writer.close(&header);
        }
        if self.body.is_empty() {
            writer.element(&body)?;
        } else {
            // Passport puts its faults directly under the envelope (soap.md 5.2).
            let holder = if self.bare {
                None
            } else {
                Some(writer.open(&body)?)
            };
            for element in &self.body {
                writer.element(element)?;
            }
            if let Some(holder) = holder {
                writer.close(&holder);
            }
        }
        writer.close(&envelope);
        Ok(out)
    }

    /// The version, which an answer should have too.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The header blocks.
    pub fn headers(&self) -> &[Element] {
        &self.headers
    }

    /// The elements of the body.
    pub fn body(&self) -> &[Element] {
        &self.body
    }

    /// The first element of the body, if there is one and it is no fault.
    pub fn payload(&self) -> Option<&Element> {
        self.body.first().filter(|_| self.fault_element().is_none())
    }

    /// Whether a fault stands in place of the body.
    pub fn is_bare(&self) -> bool {
        self.bare
    }

    /// The fault that the envelope carries, be it in the body or in place of it.
    ///
    /// A fault counts even beside other elements: whoever sends one did not do what was asked.
    pub fn fault(&self) -> Option<Fault> {
        let element = self.fault_element()?;
        Some(Fault::from_element(
            element,
            self.version,
            &self.declarations,
        ))
    }

    /// The header blocks that their sender wants understood by this receiver or else refused:
    /// `mustUnderstand` is set, and no other `actor` (1.1) or `role` (1.2) is named.
    pub fn must_understand(&self) -> impl Iterator<Item = &Element> {
        let namespace = self.version.namespace();
        self.headers.iter().filter(move |header| {
            let attribute = |local| header.attribute(namespace, local);
            attribute("mustUnderstand").is_some_and(is_true)
                && attribute("actor")
                    .or_else(|| attribute("role"))
                    .is_none_or(is_for_us)
        })
    }

    fn fault_element(&self) -> Option<&Element> {
        let namespace = self.version.namespace();
        self.body
            .iter()
            .find(|element| element.is(namespace, "Fault"))
    }
}

/// Whether a header's actor or role is the end of the line, or everyone on the way.
fn is_for_us(actor: &str) -> bool {
    matches!(
        actor.trim(),
        "" | "http://schemas.xmlsoap.org/soap/actor/next"
            | "http://www.w3.org/2003/05/soap-envelope/role/next"
            | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
    )
}

fn into_elements(element: Element) -> impl Iterator<Item = Element> {
    element
        .into_children()
        .into_iter()
        .filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::CData(_) => None,
        })
}
