//! `<NOTIFICATION>`: the payload of `NOT`, and of `NFY MSGR\ABCH`.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

use super::xml::{Element, EmptyTag, XmlLimits};
use super::{PayloadError, document, expect_root};
use machine_contract::UnixTime;

use crate::timestamp::Timestamp;

/// News of another service: an alert, or that the address book was changed elsewhere (msnp8-18.md 7.3, 7.4).
///
/// It is kept as the tree that was read.
///
/// ```
/// use machine_contract::UnixTime;
/// use msnp_proto::payload::notification::Notification;
/// let changed = Notification::address_book_changed("alice@example.com", 96_076, UnixTime::from_secs(1_795_291_548));
/// let read = Notification::parse(&changed.encode())?;
/// assert!(read.is_address_book_change());
/// assert_eq!(read.receiver(), Some("alice@example.com"));
/// # Ok::<(), msnp_proto::payload::PayloadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    root: Element,
}

document!(Notification, owned, lenient["TEXT"]);

impl Notification {
    /// That the receiver's address book was changed by another of its endpoints, or by somebody who added it.
    /// `cid` is the receiver's number, of the server's own choosing.
    pub fn address_book_changed(receiver: &str, cid: u64, at: UnixTime) -> Self {
        // Within is a document of its own, escaped.
        let data = Element::new("NotificationData")
            .with("Service", ADDRESS_BOOK)
            .with("CID", cid.to_string())
            .with("LastModifiedDate", Timestamp::new(at).to_string())
            .with("HasNewItem", "false");
        let data = String::from_utf8_lossy(&data.to_vec()).into_owned();
        Self::new("45705", "http://contacts.msn.com", receiver, data)
    }

    /// A notification of a site.
    pub fn new(site_id: &str, site_url: &str, receiver: &str, body: impl Into<String>) -> Self {
        let empty = |name| Element::new(name).with_empty_tag(EmptyTag::SpacedSlash);
        let to = Element::new("TO")
            .with_attribute("name", receiver)
            .with_child(empty("VIA").with_attribute("agent", "messenger"));
        let message = Element::new("MSG")
            .with_attribute("id", "0")
            .with_child(empty("SUBSCR").with_attribute("url", "s.htm"))
            .with_child(empty("ACTION").with_attribute("url", "a.htm"))
            .with_child(Element::new("BODY").with_text(body));
        Self {
            root: Element::new("NOTIFICATION")
                .with_attribute("id", "0")
                .with_attribute("siteid", site_id)
                .with_attribute("siteurl", site_url)
                .with_child(to)
                .with_child(message),
        }
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError::Root`] if it is another document.
    pub fn from_element(element: Element) -> Result<Self, PayloadError> {
        expect_root(&element, "NOTIFICATION")?;
        Ok(Self { root: element })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        self.root.clone()
    }

    /// `siteid`: which service.
    pub fn site_id(&self) -> Option<&str> {
        self.root.attribute("siteid")
    }

    /// The account it is for.
    pub fn receiver(&self) -> Option<&str> {
        self.root.child("TO")?.attribute("name")
    }

    /// `ACTION`: where to go when it is clicked, below `siteurl`.
    pub fn action_url(&self) -> Option<&str> {
        self.root.child("MSG")?.child("ACTION")?.attribute("url")
    }

    /// The text of the body, or of the `<TEXT>` in it.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        let body = self.root.child("MSG")?.child("BODY")?;
        Some(body.child_text("TEXT").unwrap_or_else(|| body.text()))
    }

    /// The document that stands in the body, from MSNP13 on: `<NotificationData>`, as text or as it is.
    pub fn data(&self) -> Option<Element> {
        let body = self.root.child("MSG")?.child("BODY")?;
        match body.elements().next() {
            Some(data) if data.name() == "NotificationData" => Some(data.clone()),
            _ => Element::parse(self.text()?.trim().as_bytes(), &XmlLimits::DEFAULT).ok(),
        }
    }

    /// Whether the address book is to be read again.
    pub fn is_address_book_change(&self) -> bool {
        self.data().is_some_and(|data| {
            data.child_text("Service")
                .is_some_and(|service| service.trim() == ADDRESS_BOOK)
        })
    }
}

const ADDRESS_BOOK: &str = "ABCHInternal";
