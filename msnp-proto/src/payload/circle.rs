//! `<circle>`: who is in a circle or a multiparty conversation, from MSNP17 on.

use alloc::string::{String, ToString};

use super::xml::Element;
use super::{PayloadError, document, expect_root};
use crate::address::Address;

/// The body of `PUT`, `NFY` and `DEL` about circles, behind their three blocks
/// ([`Layers`](super::layers::Layers)) (msnp24.md 14.4, msnp8-18.md 13).
///
/// It is kept as the tree that was read.
///
/// ```
/// use msnp_proto::payload::circle::Circle;
/// let join = Circle::with_member(&"1:alice@example.com".parse()?);
/// assert_eq!(join.encode(), b"<circle><roster><id>IM</id><user><id>1:alice@example.com</id></user></roster></circle>");
/// assert!(!join.members().next().expect("one").pending);
/// # Ok::<(), msnp_proto::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    root: Element,
}

document!(Circle, owned);

/// One `<user>` of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircleMember {
    /// Who, as it stands there.
    pub id: String,
    /// Whether an invitation is not answered yet.
    pub pending: bool,
}

impl CircleMember {
    /// Who, if it is an address.
    pub fn address(&self) -> Option<Address> {
        self.id.parse().ok()
    }
}

impl Circle {
    /// Names one member in the roster of messages: oneself to join, another to invite.
    pub fn with_member(member: &Address) -> Self {
        let user = Element::new("user").with("id", member.to_string());
        Self {
            root: Element::new("circle")
                .with_child(Element::new("roster").with("id", "IM").with_child(user)),
        }
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError::Root`] if it is another document.
    pub fn from_element(element: Element) -> Result<Self, PayloadError> {
        expect_root(&element, "circle")?;
        Ok(Self { root: element })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        self.root.clone()
    }

    /// Everybody in any roster, in order.
    pub fn members(&self) -> impl Iterator<Item = CircleMember> {
        self.root
            .children_named("roster")
            .flat_map(|roster| roster.children_named("user"))
            .map(|user| CircleMember {
                id: user.child_text("id").unwrap_or_default().trim().into(),
                pending: user
                    .child_text("state")
                    .is_some_and(|state| state.trim().eq_ignore_ascii_case("pending")),
            })
    }
}
