//! Group chats: `<thread>` documents, and the activity messages about them.

mod activity;

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

pub use activity::{RoleChange, ThreadActivity};

use super::xml::Element;
use super::{
    PayloadError, address, child_address, child_number, document, expect_root, unknown_children,
};
use crate::address::Address;

/// A `<thread>` document (msnp24.md 11).
///
/// One shape serves creating (no id), adding and removing members, setting the topic, the server's
/// answers, and `NFY MSGR\THREAD`, which holds everything and *replaces* the member list.
///
/// ```
/// use msnp_proto::payload::thread::{Member, Role, Thread};
/// let create = Thread {
///     members: vec![
///         Member::new("8:live:alice".parse()?, Role::ADMIN),
///         Member::new("8:bob".parse()?, Role::USER),
///     ],
///     ..Thread::default()
/// };
/// assert!(create.encode().starts_with(b"<thread><id></id><members><member><mri>8:live:alice</mri>"));
/// # Ok::<(), msnp_proto::AddressError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// `19:..@thread.skype`; `None` asks for a new thread.
    pub id: Option<Address>,
    /// When the thread was last changed, in milliseconds of Unix time.
    pub version: Option<u64>,
    /// A bit set; 2047 in every sample.
    pub capabilities: Option<u64>,
    /// The topic; `Some` and empty takes it away.
    pub topic: Option<String>,
    /// Who made the thread.
    pub creator: Option<Address>,
    /// Properties of a kind unknown here.
    pub other_properties: Vec<Element>,
    /// The members, or those to be added, changed or removed.
    pub members: Vec<Member>,
    /// Child elements of a kind unknown here.
    pub unknown: Vec<Element>,
}

/// One member of a [`Thread`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub mri: Address,
    /// As what; not given when a member is removed.
    pub role: Option<Role>,
}

/// What a member may do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Role(Cow<'static, str>);

impl Role {
    /// May add and remove others.
    pub const ADMIN: Self = Self(Cow::Borrowed("admin"));
    /// May talk.
    pub const USER: Self = Self(Cow::Borrowed("user"));

    /// The role of this name, known or not.
    pub fn new(name: &str) -> Self {
        match name {
            "admin" => Self::ADMIN,
            "user" => Self::USER,
            other => Self(Cow::Owned(other.into())),
        }
    }

    /// The word as it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Member {
    /// A member with a role.
    pub const fn new(mri: Address, role: Role) -> Self {
        Self {
            mri,
            role: Some(role),
        }
    }

    /// A member to be removed.
    pub const fn removed(mri: Address) -> Self {
        Self { mri, role: None }
    }
}

document!(Thread);

impl Thread {
    /// The document that names a thread and nothing else.
    pub fn named(id: Address) -> Self {
        Self {
            id: Some(id),
            ..Self::default()
        }
    }

    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document, or holds a malformed address or number.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        expect_root(element, "thread")?;
        let properties = element.child("properties");
        Ok(Self {
            id: child_address(element, "id")?,
            version: child_number(element, "version")?,
            capabilities: child_number(element, "capabilities")?,
            topic: properties
                .and_then(|p| p.child_text("topic"))
                .map(Cow::into_owned),
            creator: match properties {
                Some(properties) => child_address(properties, "creator")?,
                None => None,
            },
            other_properties: properties
                .map(|p| unknown_children(p, &["topic", "creator"]))
                .unwrap_or_default(),
            members: element
                .child("members")
                .into_iter()
                .flat_map(|members| members.children_named("member"))
                .map(member)
                .collect::<Result<_, _>>()?,
            unknown: unknown_children(
                element,
                &["id", "version", "capabilities", "properties", "members"],
            ),
        })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        let id = self.id.as_ref().map(Address::as_str).unwrap_or_default();
        let mut root = Element::new("thread").with("id", id);
        if let Some(version) = self.version {
            root = root.with("version", version.to_string());
        }
        if let Some(capabilities) = self.capabilities {
            root = root.with("capabilities", capabilities.to_string());
        }
        if self.topic.is_some() || self.creator.is_some() || !self.other_properties.is_empty() {
            let mut properties = Element::new("properties");
            if let Some(topic) = &self.topic {
                properties = properties.with("topic", topic.as_str());
            }
            if let Some(creator) = &self.creator {
                properties = properties.with("creator", creator.as_str());
            }
            for property in &self.other_properties {
                properties.push(property.clone());
            }
            root.push(properties);
        }
        if !self.members.is_empty() {
            let mut members = Element::new("members");
            for member in &self.members {
                let mut element = Element::new("member").with("mri", member.mri.as_str());
                if let Some(role) = &member.role {
                    element = element.with("role", role.as_str());
                }
                members.push(element);
            }
            root.push(members);
        }
        for element in &self.unknown {
            root.push(element.clone());
        }
        root
    }
}

fn member(element: &Element) -> Result<Member, PayloadError> {
    let mri = element.child("mri").ok_or(PayloadError::Missing("mri"))?;
    Ok(Member {
        mri: address(mri, "mri")?,
        role: element
            .child_text("role")
            .map(|role| Role::new(role.trim())),
    })
}

/// Leaves the topic out: people's words.
impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.id)
            .field("version", &self.version)
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}
