//! `PUT MSGR\SUBSCRIPTIONS`: what the client wants to be told.

use alloc::string::String;
use alloc::vec::Vec;

use super::xml::{Element, EmptyTag};
use super::{PayloadError, document, expect_root, unknown_children};

/// A `<subscribe>` document (msnp24.md 9). Skype sends it twice, first without presence.
///
/// ```
/// use msnp_proto::payload::subscriptions::Subscriptions;
/// let document = Subscriptions { im: true, conversations: true, ..Subscriptions::default() };
/// assert_eq!(
///     document.encode(),
///     b"<subscribe><messaging><im /><conversations /></messaging></subscribe>"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscriptions {
    /// Partner notifications: `Hotmail` for mail, `ABCH` for the address book.
    pub partners: Vec<String>,
    /// Presence of every contact.
    pub buddies: bool,
    /// Messages.
    pub im: bool,
    /// Group chats.
    pub conversations: bool,
    /// Child elements of a kind unknown here.
    pub unknown: Vec<Element>,
}

document!(Subscriptions);

impl Subscriptions {
    /// Everything, as outlook.com asked for it.
    pub fn everything() -> Self {
        Self {
            partners: ["Hotmail", "ABCH"].map(String::from).into(),
            buddies: true,
            im: true,
            conversations: true,
            unknown: Vec::new(),
        }
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError::Root`] if it is another document.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "subscribe")?;
        let has = |block: &str, path: &[&str]| {
            let mut at = element.child(block);
            for name in path {
                at = at.and_then(|element| element.child(name));
            }
            at.is_some()
        };
        Ok(Self {
            partners: element
                .child("notifications")
                .and_then(|block| block.child("partners"))
                .into_iter()
                .flat_map(|partners| partners.children_named("partner"))
                .map(|partner| partner.text().trim().into())
                .collect(),
            buddies: has("presence", &["buddies", "all"]),
            im: has("messaging", &["im"]),
            conversations: has("messaging", &["conversations"]),
            unknown: unknown_children(element, &["notifications", "presence", "messaging"]),
        })
    }

    /// The document's tree, in the order of outlook.com: notifications, presence, messaging.
    pub fn to_element(&self) -> Element {
        let mark = |name| Element::new(name).with_empty_tag(EmptyTag::SpacedSlash);
        let mut root = Element::new("subscribe");
        if !self.partners.is_empty() {
            let mut partners = Element::new("partners");
            for partner in &self.partners {
                partners.push(Element::new("partner").with_text(partner.as_str()));
            }
            root.push(Element::new("notifications").with_child(partners));
        }
        if self.buddies {
            let buddies = Element::new("buddies").with_child(mark("all"));
            root.push(Element::new("presence").with_child(buddies));
        }
        if self.im || self.conversations {
            let mut messaging = Element::new("messaging");
            if self.im {
                messaging.push(mark("im"));
            }
            if self.conversations {
                messaging.push(mark("conversations"));
            }
            root.push(messaging);
        }
        for element in &self.unknown {
            root.push(element.clone());
        }
        root
    }
}
