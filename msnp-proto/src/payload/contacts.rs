//! Contact lists: the `<ml>` of `PUT MSGR\CONTACTS`, `ADL`, `RML` and `FQY`.

mod pieces;

pub use pieces::PieceLimits;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;
use core::ops::{BitOr, BitOrAssign};

use super::xml::{Element, EmptyTag};
use super::{PayloadError, document, expect_root};
use crate::address::{Address, Network};
use crate::param;

/// The lists that a contact is on, as bits (msnp24.md 14.2).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lists(pub u8);

impl Lists {
    /// On none.
    pub const NONE: Self = Self(0);
    /// `FL`: contacts that the user sees.
    pub const FORWARD: Self = Self(1);
    /// `AL`: may see the user.
    pub const ALLOW: Self = Self(2);
    /// `BL`: may not; wins over `AL`.
    pub const BLOCK: Self = Self(4);
    /// `RL`: have the user on their list. Told by the server only.
    pub const REVERSE: Self = Self(8);
    /// `PL`: asked and not answered yet. Told by the server only.
    pub const PENDING: Self = Self(16);
    /// Hidden.
    pub const HIDE: Self = Self(64);

    /// Whether every bit of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These without the bits of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Lists {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Lists {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An `<ml>` document: contacts by domain, Skype contacts in one group (msnp24.md 9).
///
/// It is kept as the tree that was read, so that it is written back as it came.
///
/// ```
/// use msnp_proto::payload::contacts::{ContactList, Lists};
/// let seen = Lists::FORWARD | Lists::ALLOW;
/// let mut list = ContactList::initial();
/// list.push(&"8:live:bob".parse()?, &[("IM", seen), ("SKP", seen)]);
/// assert_eq!(
///     list.encode(),
///     br#"<ml l="1"><skp><c n="live:bob" t="8"><s l="3" n="IM"/><s l="3" n="SKP"/></c></skp></ml>"#
/// );
/// assert_eq!(list.contacts().next().expect("just pushed").address(), "8:live:bob".parse().ok());
/// # Ok::<(), msnp_proto::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactList {
    root: Element,
}

document!(ContactList, owned, lenient []);

impl ContactList {
    /// An empty list: changes to the one that the server has.
    pub fn new() -> Self {
        Self {
            root: Element::new("ml"),
        }
    }

    /// An empty list marked as the whole one that a client uploads after sign-in (`l="1"`).
    pub fn initial() -> Self {
        Self {
            root: Element::new("ml").with_attribute("l", "1"),
        }
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError::Root`] if it is another document.
    pub fn from_element(element: Element) -> Result<Self, PayloadError> {
        expect_root(&element, "ml")?;
        Ok(Self { root: element })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        self.root.clone()
    }

    /// Asks for the networks of one address, as `FQY` does from MSNP14 on: no lists, no network (msnp8-18.md 7.4).
    pub fn query(contact: &Address) -> Self {
        let mut list = Self::new();
        list.push_entry(contact, |name| Element::new("c").with_attribute("n", name));
        list
    }

    /// Adds a contact of MSNP21 and later, in the group where its kind belongs: `<d>` for an address with a domain,
    /// `<t>` for a telephone, `<skp>` for the rest. An empty `services` names the contact only.
    pub fn push(&mut self, contact: &Address, services: &[(&str, Lists)]) {
        self.push_entry(contact, |name| {
            let mut entry = Element::new("c")
                .with_attribute("n", name)
                .with_attribute("t", contact.network().to_string());
            for (service, lists) in services {
                entry.push(
                    Element::new("s")
                        .with_attribute("l", lists.to_string())
                        .with_attribute("n", *service)
                        .with_empty_tag(EmptyTag::Slash),
                );
            }
            entry
        });
    }

    /// Adds a contact of MSNP13 to MSNP18, whose lists stand on the contact itself. A telephone has no `t`.
    ///
    /// ```
    /// use msnp_proto::payload::contacts::{ContactList, Lists, PieceLimits};
    /// let mut list = ContactList::initial();
    /// list.push_listed(&"1:bob@example.com".parse()?, Lists::FORWARD | Lists::ALLOW, None);
    /// list.push_listed(&"4:tel:+15551111222".parse()?, Lists::FORWARD, None);
    /// // One domain at a time.
    /// let pieces = list.pieces(PieceLimits::DEFAULT);
    /// assert_eq!(pieces[0].encode(), br#"<ml l="1"><d n="example.com"><c n="bob" l="3" t="1"/></d></ml>"#);
    /// assert_eq!(pieces[1].encode(), br#"<ml l="1"><t><c n="tel:+15551111222" l="1"/></t></ml>"#);
    /// # Ok::<(), msnp_proto::AddressError>(())
    /// ```
    ///
    /// `friendly_name` is what a server tells of somebody who added the user.
    pub fn push_listed(&mut self, contact: &Address, lists: Lists, friendly_name: Option<&str>) {
        self.push_entry(contact, |name| {
            let mut entry = Element::new("c")
                .with_attribute("n", name)
                .with_attribute("l", lists.to_string());
            if contact.network() != Network::TELEPHONE {
                entry.set_attribute("t", contact.network().to_string());
            }
            if let Some(friendly_name) = friendly_name {
                // Percent-coded, as the live server does: whoever does not decode it sees a readable name all the same.
                let mut coded = alloc::vec::Vec::with_capacity(friendly_name.len());
                param::encode_into(friendly_name, &mut coded);
                entry.set_attribute("f", String::from_utf8(coded).unwrap_or_default());
            }
            entry
        });
    }

    /// Puts the element that `entry` makes of the name into the group of the address.
    fn push_entry(&mut self, contact: &Address, entry: impl FnOnce(&str) -> Element) {
        let id = contact.id();
        let (group, domain, name) = match (contact.network(), id.rsplit_once('@')) {
            (Network::SKYPE, _) => ("skp", None, id),
            (Network::TELEPHONE, _) => ("t", None, id),
            (_, Some((name, domain))) => ("d", Some(domain), name),
            (_, None) => ("skp", None, id),
        };
        let entry = entry(name).with_empty_tag(EmptyTag::Slash);
        let fitting = |element: &&mut Element| {
            element.name() == group
                && match (element.attribute("n"), domain) {
                    (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
                    (a, b) => a == b,
                }
        };
        if let Some(element) = self.root.elements_mut().find(fitting) {
            element.push(entry);
            return;
        }
        let mut element = Element::new(group);
        if let Some(domain) = domain {
            element.set_attribute("n", domain);
        }
        self.root.push(element.with_child(entry));
    }

    /// Whether this is the whole list of a client that signed in.
    pub fn is_initial(&self) -> bool {
        self.root.attribute("l") == Some("1")
    }

    /// Every contact, in order.
    pub fn contacts(&self) -> impl Iterator<Item = Contact<'_>> {
        self.root.elements().flat_map(|group| {
            group
                .children_named("c")
                .map(move |element| Contact { group, element })
        })
    }
}

impl Default for ContactList {
    fn default() -> Self {
        Self::new()
    }
}

/// One `<c>` of a [`ContactList`].
#[derive(Copy, Clone, Debug)]
pub struct Contact<'a> {
    group: &'a Element,
    element: &'a Element,
}

impl<'a> Contact<'a> {
    /// The name as it stands in `n`: without domain, without network.
    pub fn name(&self) -> &'a str {
        self.element.attribute("n").unwrap_or_default()
    }

    /// The domain of the group, for an address that has one.
    pub fn domain(&self) -> Option<&'a str> {
        (self.group.name() == "d")
            .then(|| self.group.attribute("n"))
            .flatten()
    }

    /// The network in `t`, or the one that the group implies.
    pub fn network(&self) -> Network {
        let stated = self
            .element
            .attribute("t")
            .and_then(|t| crate::frame::parse_number(t.as_bytes()));
        match (stated, self.group.name()) {
            (Some(number), _) => Network(number),
            (None, "skp") => Network::SKYPE,
            (None, "t") => Network::TELEPHONE,
            (None, _) => Network::PASSPORT,
        }
    }

    /// The contact's address, if name and domain make one.
    pub fn address(&self) -> Option<Address> {
        let name = self.name();
        let id: String = match self.domain() {
            Some(domain) if !name.is_empty() => format!("{name}@{domain}"),
            _ => name.into(),
        };
        Address::new(self.network(), &id).ok()
    }

    /// The lists in `l` of the contact itself, as before MSNP21.
    pub fn lists(&self) -> Option<Lists> {
        lists(self.element)
    }

    /// The name in `f`, with which a server tells of somebody who added the user. Some write it percent-coded, some do
    /// not: what can be decoded is (msnp8-18.md 7.4).
    pub fn friendly_name(&self) -> Option<Cow<'a, str>> {
        let raw = self.element.attribute("f")?;
        Some(match param::decode(raw.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(raw),
            Cow::Owned(bytes) => String::from_utf8(bytes).map_or(Cow::Borrowed(raw), Cow::Owned),
        })
    }

    /// The services that it is listed for, each with its lists.
    pub fn services(&self) -> impl Iterator<Item = (&'a str, Lists)> {
        self.element.children_named("s").filter_map(|service| {
            Some((service.attribute("n")?, lists(service).unwrap_or_default()))
        })
    }

    /// The `<c>` element, for what has no method here.
    pub const fn element(&self) -> &'a Element {
        self.element
    }
}

fn lists(element: &Element) -> Option<Lists> {
    element.attribute("l")?.parse().ok().map(Lists)
}
