//! Faults of SOAP 1.1 and 1.2 in one shape, with the texts that ASP.NET gives them.

use std::fmt;

use crate::element::{Declaration, Element, Node};
use crate::grammar;
use crate::ns;
use crate::shared_str::SharedStr;
use crate::version::Version;

/// A fault of either version.
///
/// `Debug` does not show the detail's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Whose fault it is, or what was wrong. [`Code::Other`] with an empty name if there was none.
    pub code: Code,
    /// SOAP 1.2's `Subcode`, the first of them; 1.1 has none.
    pub subcode: Option<Code>,
    /// What happened, for people.
    pub reason: String,
    /// Who raised it: 1.1's `faultactor`, 1.2's `Role`.
    pub actor: Option<String>,
    /// What more there is to say. An empty one is not the same as none: .NET callers take a fault
    /// without detail for a complaint about a header (soap.md 2.9).
    pub detail: Option<Vec<Node>>,
}

/// A fault code, known by its local name whatever its prefix (soap.md 5.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller decides on every code; unknown ones are `Other`"
)]
pub enum Code {
    /// The caller's fault: 1.1 `Client`, 1.2 `Sender`.
    Client,
    /// The receiver's fault: 1.1 `Server`, 1.2 `Receiver`.
    Server,
    /// The envelope's namespace is unknown.
    VersionMismatch,
    /// A header that had to be understood was not.
    MustUnderstand,
    /// Any other.
    Other {
        /// What its prefix means; `None` if it has no prefix, or one that nothing declares.
        namespace: Option<SharedStr>,
        /// The name behind the prefix.
        local: SharedStr,
    },
}

impl Fault {
    /// A fault with an empty detail. Characters that XML cannot carry become U+FFFD in the reason,
    /// so that a fault about a hostile request can always be written.
    pub fn new(code: Code, reason: &str) -> Self {
        Self {
            code,
            subcode: None,
            reason: printable(reason),
            actor: None,
            detail: Some(Vec::new()),
        }
    }

    /// The method failed: `Server was unable to process request. ---> …`.
    pub fn unable_to_process(message: &str) -> Self {
        let reason = format!("Server was unable to process request. ---> {message}");
        Self::new(Code::Server, &reason)
    }

    /// The request makes no sense: `Server was unable to read request. ---> …`.
    pub fn unable_to_read(message: &str) -> Self {
        let reason = format!("Server was unable to read request. ---> {message}");
        Self::new(Code::Client, &reason)
    }

    /// The root is no envelope.
    pub fn missing_envelope() -> Self {
        Self::unable_to_read("Request format is invalid: Missing required soap:Envelope element.")
    }

    /// The envelope has no body.
    pub fn missing_body() -> Self {
        Self::unable_to_read("Request format is invalid: Missing required soap:Body element.")
    }

    /// The envelope is in a namespace that is no SOAP.
    pub fn version_mismatch(found: &str) -> Self {
        let reason = format!(
            "Possible SOAP version mismatch: Envelope namespace {found} was unexpected. Expecting {}.",
            ns::SOAP_11,
        );
        Self::new(Code::VersionMismatch, &reason)
    }

    /// A header block that had to be understood was not. It has no detail, because it is about a
    /// header.
    pub fn must_understand(header: &Element) -> Self {
        let reason = format!("SOAP header {} was not understood.", header.local());
        Self {
            detail: None,
            ..Self::new(Code::MustUnderstand, &reason)
        }
    }

    /// SOAP 1.1: the `SOAPAction` names no operation.
    pub fn unknown_soap_action(value: &str) -> Self {
        let reason =
            format!("Server did not recognize the value of HTTP Header SOAPAction: {value}.");
        Self::new(Code::Client, &reason)
    }

    /// SOAP 1.2: the `action` names no operation, and the body's element neither.
    pub fn unknown_action(value: &str) -> Self {
        let reason = format!("Unable to handle request. The action '{value}' was not recognized.");
        Self::new(Code::Client, &reason)
    }

    /// There is no action at all, and the body's element names no operation.
    pub fn missing_action() -> Self {
        let reason = "Unable to handle request without a valid action parameter. \
                      Please supply a valid soap action.";
        Self::new(Code::Client, reason)
    }

    /// The same with these elements as detail.
    #[must_use]
    pub fn with_detail(mut self, entries: impl IntoIterator<Item = Element>) -> Self {
        self.detail = Some(entries.into_iter().map(Node::Element).collect());
        self
    }

    /// The first element of the detail with this local name, in any namespace.
    pub fn detail_entry(&self, local: &str) -> Option<&Element> {
        self.detail.iter().flatten().find_map(|node| match node {
            Node::Element(element) if element.local() == local => Some(element),
            _ => None,
        })
    }

    /// The `Fault` element of this version.
    pub fn to_element(&self, version: Version) -> Element {
        self.to_prefixed("soap", version)
    }

    /// The same, under this prefix for the envelope's namespace.
    pub(crate) fn to_prefixed(&self, prefix: &'static str, version: Version) -> Element {
        let soap = |local| Element::new(version.namespace(), local).with_prefix(prefix);
        let mut fault = soap("Fault");
        match version {
            Version::Soap11 => {
                let plain = |local: &'static str| Element::new(ns::NONE, local);
                fault.push(self.code.write(plain("faultcode"), prefix, version));
                fault.push(plain("faultstring").with_text(&self.reason));
                if let Some(actor) = &self.actor {
                    fault.push(plain("faultactor").with_text(actor));
                }
                fault_detail(&mut fault, plain("detail"), self.detail.as_deref());
            }
            Version::Soap12 => {
                // 1.2 knows few codes; every other is a subcode of one of them.
                let (code, subcode) = match (&self.code, &self.subcode) {
                    (other @ Code::Other { .. }, None) => (&Code::Server, Some(other)),
                    (code, subcode) => (code, subcode.as_ref()),
                };
                let mut codes = soap("Code").with_child(code.write(soap("Value"), prefix, version));
                if let Some(subcode) = subcode {
                    let value = subcode.write(soap("Value"), prefix, version);
                    codes.push(soap("Subcode").with_child(value));
                }
                fault.push(codes);
                let mut text = soap("Text").with_text(&self.reason);
                text.set_attribute(ns::XML, "lang", "en");
                fault.push(soap("Reason").with_child(text));
                if let Some(actor) = &self.actor {
                    fault.push(soap("Role").with_text(actor));
                }
                fault_detail(&mut fault, soap("Detail"), self.detail.as_deref());
            }
        }
        fault
    }

    /// Reads a `Fault` element: members by local name, in any namespace and order, as .NET does;
    /// unknown ones are skipped.
    pub(crate) fn from_element(element: &Element, version: Version, scope: &[Declaration]) -> Self {
        let text = |element: &Element| element.text().trim_matches(grammar::SPACE).to_owned();
        // A code's prefix may be declared on the code itself or on anything around it.
        let code = |around: &[&Element], code: &Element| {
            let mut declarations = scope.to_vec();
            for holder in around.iter().copied().chain([code]) {
                declarations.extend_from_slice(holder.declarations());
            }
            Code::read(&text(code), &declarations)
        };
        let mut fault = match version {
            Version::Soap11 => Self {
                code: member(element, "faultcode").map_or(Code::NONE, |it| code(&[element], it)),
                subcode: None,
                reason: member(element, "faultstring").map(text).unwrap_or_default(),
                actor: member(element, "faultactor").map(text),
                detail: member(element, "detail").map(|it| it.children().to_vec()),
            },
            Version::Soap12 => {
                let outer = member(element, "Code");
                let inner = outer.and_then(|outer| member(outer, "Subcode"));
                let value = |holder: Option<&Element>, around: &[Option<&Element>]| {
                    let around: Vec<&Element> = around.iter().copied().flatten().collect();
                    member(holder?, "Value").map(|it| code(&around, it))
                };
                let reason = member(element, "Reason").and_then(|it| member(it, "Text"));
                Self {
                    code: value(outer, &[Some(element), outer]).unwrap_or(Code::NONE),
                    subcode: value(inner, &[Some(element), outer, inner]),
                    reason: reason.map(text).unwrap_or_default(),
                    actor: member(element, "Role").map(text),
                    detail: member(element, "Detail").map(|it| it.children().to_vec()),
                }
            }
        };
        if let Some(beside) = member(element, REDIRECT) {
            let detail = fault.detail.get_or_insert_default();
            detail.push(Node::Element(beside.clone()));
        }
        fault
    }
}

/// What Passport says of where to ask instead. It stands beside the other members of a fault, and not in its detail, where the rest of
/// its kind is (soap.md 5.2).
const REDIRECT: &str = "redirectUrl";

/// Whether a piece of a detail is one that is written beside it.
fn is_beside(node: &Node) -> bool {
    matches!(node, Node::Element(one) if one.is(ns::PASSPORT_FAULT, REDIRECT))
}

/// A member of a fault by its local name, in whatever namespace.
fn member<'e>(holder: &'e Element, local: &str) -> Option<&'e Element> {
    holder.elements().find(|child| child.local() == local)
}

impl Code {
    /// The code of a fault that has none.
    const NONE: Self = Self::Other {
        namespace: None,
        local: SharedStr::constant(""),
    };

    /// The code's local name in this version.
    pub fn local(&self, version: Version) -> &str {
        match (self, version) {
            (Self::Client, Version::Soap11) => "Client",
            (Self::Client, Version::Soap12) => "Sender",
            (Self::Server, Version::Soap11) => "Server",
            (Self::Server, Version::Soap12) => "Receiver",
            (Self::VersionMismatch, _) => "VersionMismatch",
            (Self::MustUnderstand, _) => "MustUnderstand",
            (Self::Other { local, .. }, _) => local,
        }
    }

    fn read(text: &str, declarations: &[Declaration]) -> Self {
        let (prefix, local) = text.rsplit_once(':').unwrap_or(("", text));
        match local {
            "Client" | "Sender" => Self::Client,
            "Server" | "Receiver" => Self::Server,
            "VersionMismatch" => Self::VersionMismatch,
            "MustUnderstand" => Self::MustUnderstand,
            _ => Self::Other {
                namespace: Declaration::meaning_of(declarations, prefix).cloned(),
                local: SharedStr::from(local.to_owned()),
            },
        }
    }

    /// Puts the code into `holder`. A foreign namespace gets the prefix `q0` there, as ASP.NET does; those of the sign-in get their
    /// own, because libpurple compares the text, prefix and all (soap.md 5.6).
    fn write(&self, mut holder: Element, envelope: &str, version: Version) -> Element {
        let local = self.local(version);
        let text = match self {
            Self::Other {
                namespace: None, ..
            } => local.to_owned(),
            Self::Other {
                namespace: Some(namespace),
                ..
            } => {
                let prefix = ns::fault_prefix(namespace);
                holder.declare(prefix, namespace.clone());
                format!("{prefix}:{local}")
            }
            _ => format!("{envelope}:{local}"),
        };
        holder.push_text(&text);
        holder
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.local(Version::Soap11))
    }
}

fn fault_detail(fault: &mut Element, mut holder: Element, detail: Option<&[Node]>) {
    let Some(detail) = detail else {
        return;
    };
    for node in detail.iter().filter(|node| !is_beside(node)) {
        holder.push_node(node.clone());
    }
    fault.push(holder);
    for node in detail.iter().filter(|node| is_beside(node)) {
        fault.push_node(node.clone());
    }
}

/// Text without characters that XML cannot carry.
fn printable(text: &str) -> String {
    let kept = |c: char| if grammar::is_char(c) { c } else { '\u{FFFD}' };
    text.chars().map(kept).collect()
}
