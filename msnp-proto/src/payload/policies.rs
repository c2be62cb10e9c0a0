//! What `GCF` brings: shields and policies for the client.

use super::xml::{Element, EmptyTag};
use super::{PayloadError, document, expect_root};

/// A configuration file: `<config>` in the answer to `GCF n Shields.xml` of MSNP11 and 12, `<Policies>` in what servers
/// push from MSNP13 on (msnp8-18.md 5.2, 5.3, 14). Nobody needs what is in it to chat; it is kept as the tree that was
/// read.
///
/// ```
/// use msnp_proto::payload::policies::Policies;
/// let pushed = Policies::parse(&Policies::open().encode())?;
/// assert_eq!(pushed.policies().map(|policy| policy.kind).collect::<Vec<_>>(), ["SHIELDS"]);
/// assert!(pushed.shields().is_some());
/// # Ok::<(), msnp_proto::payload::PayloadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    root: Element,
}

document!(Policies, owned);

/// One `<Policy>`.
#[derive(Copy, Clone, Debug)]
pub struct Policy<'a> {
    /// `type`: `SHIELDS`, `ABCH`, `ERRORRESPONSETABLE`, `P2P`.
    pub kind: &'a str,
    /// `checksum`, by which a client knows whether it has this one already.
    pub checksum: Option<&'a str>,
    /// What is in it.
    pub element: &'a Element,
}

impl Policies {
    /// What a server pushes that shields nobody and blocks nothing.
    pub fn open() -> Self {
        let shields = Element::new("Policy")
            .with_attribute("type", SHIELDS)
            .with_child(Self::open_shields().root);
        Self {
            root: Element::new("Policies").with_child(shields),
        }
    }

    /// The same as an answer to `GCF n Shields.xml`.
    pub fn open_shields() -> Self {
        // From version 7.0 on nothing is denied.
        let clients = Element::new("cli")
            .with_attribute("maj", "7")
            .with_attribute("min", "0")
            .with_attribute("minbld", "0")
            .with_attribute("maxbld", "9999")
            .with_attribute("deny", " ")
            .with_empty_tag(EmptyTag::SpacedSlash);
        Self {
            root: Element::new("config")
                .with_child(Element::new("shield").with_child(clients))
                .with_child(Element::new("block")),
        }
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError::Root`] if it is another document.
    pub fn from_element(element: Element) -> Result<Self, PayloadError> {
        if element.name() != "config" {
            expect_root(&element, "Policies")?;
        }
        Ok(Self { root: element })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        self.root.clone()
    }

    /// The policies, in order; none in an answer of MSNP11 or 12.
    pub fn policies(&self) -> impl Iterator<Item = Policy<'_>> {
        self.root.children_named("Policy").map(|element| Policy {
            kind: element.attribute("type").unwrap_or_default(),
            checksum: element.attribute("checksum"),
            element,
        })
    }

    /// `<config>`: which clients and which texts are refused.
    pub fn shields(&self) -> Option<&Element> {
        if self.root.name() == "config" {
            return Some(&self.root);
        }
        let mut policies = self.policies();
        policies
            .find(|policy| policy.kind == SHIELDS)?
            .element
            .child("config")
    }
}

const SHIELDS: &str = "SHIELDS";
