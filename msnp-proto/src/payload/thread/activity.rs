//! What happened in a group chat: the bodies of `ThreadActivity/..` messages.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::super::message::MessageType;
use super::super::xml::Element;
use super::super::{PayloadError, address, document, number};
use super::Role;
use crate::address::Address;

/// The body of a `ThreadActivity/..` message, whose `From` is the thread (msnp24.md 11).
///
/// Times are milliseconds of Unix time. The initiator is who did it.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a client decides on every activity"
)]
pub enum ThreadActivity {
    /// `<addmember>`
    AddMember {
        /// When.
        event_time: u64,
        /// By whom.
        initiator: Address,
        /// Who was added.
        targets: Vec<Address>,
    },
    /// `<deletemember>`. Someone who is both initiator and target left by himself.
    DeleteMember {
        /// When.
        event_time: u64,
        /// By whom.
        initiator: Address,
        /// Who was removed.
        targets: Vec<Address>,
    },
    /// `<topicupdate>`
    TopicUpdate {
        /// When.
        event_time: u64,
        /// By whom.
        initiator: Address,
        /// The new topic.
        topic: String,
    },
    /// `<roleupdate>`
    RoleUpdate {
        /// When.
        event_time: u64,
        /// By whom.
        initiator: Address,
        /// Whose roles changed, and to what.
        targets: Vec<RoleChange>,
    },
    /// An activity of a kind unknown here.
    Other(Element),
}

/// One target of [`ThreadActivity::RoleUpdate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleChange {
    /// Whose.
    pub id: Address,
    /// To what.
    pub role: Role,
}

document!(ThreadActivity);

impl ThreadActivity {
    /// Reads the document's tree.
    ///
    /// # Errors
    /// [`PayloadError`] if a known activity lacks its time or initiator, or holds a malformed one.
    pub fn from_element(element: &Element) -> Result<Self, PayloadError> {
        if !matches!(
            element.name(),
            "addmember" | "deletemember" | "topicupdate" | "roleupdate"
        ) {
            return Ok(Self::Other(element.clone()));
        }
        let part = |name| element.child(name).ok_or(PayloadError::Missing(name));
        let event_time = number(part("eventtime")?, "eventtime")?;
        let initiator = address(part("initiator")?, "initiator")?;
        let targets = element.children_named("target");
        Ok(match element.name() {
            "addmember" => Self::AddMember {
                event_time,
                initiator,
                targets: addresses(targets)?,
            },
            "deletemember" => Self::DeleteMember {
                event_time,
                initiator,
                targets: addresses(targets)?,
            },
            "topicupdate" => Self::TopicUpdate {
                event_time,
                initiator,
                topic: part("value")?.text().into_owned(),
            },
            _ => Self::RoleUpdate {
                event_time,
                initiator,
                targets: targets.map(role_change).collect::<Result<_, _>>()?,
            },
        })
    }

    /// The document's tree.
    pub fn to_element(&self) -> Element {
        let start = |name, event_time: &u64, initiator: &Address| {
            Element::new(name)
                .with("eventtime", event_time.to_string())
                .with("initiator", initiator.as_str())
        };
        match self {
            Self::AddMember {
                event_time,
                initiator,
                targets,
            } => with_targets(start("addmember", event_time, initiator), targets),
            Self::DeleteMember {
                event_time,
                initiator,
                targets,
            } => with_targets(start("deletemember", event_time, initiator), targets),
            Self::TopicUpdate {
                event_time,
                initiator,
                topic,
            } => start("topicupdate", event_time, initiator).with("value", topic.as_str()),
            Self::RoleUpdate {
                event_time,
                initiator,
                targets,
            } => targets.iter().fold(
                start("roleupdate", event_time, initiator),
                |element, change| {
                    element.with_child(
                        Element::new("target")
                            .with("id", change.id.as_str())
                            .with("role", change.role.as_str()),
                    )
                },
            ),
            Self::Other(element) => element.clone(),
        }
    }

    /// The `Message-Type` that goes with it; `None` for [`Other`](Self::Other).
    pub const fn message_type(&self) -> Option<MessageType> {
        match self {
            Self::AddMember { .. } => Some(MessageType::ADD_MEMBER),
            Self::DeleteMember { .. } => Some(MessageType::DELETE_MEMBER),
            Self::TopicUpdate { .. } => Some(MessageType::TOPIC_UPDATE),
            Self::RoleUpdate { .. } => Some(MessageType::ROLE_UPDATE),
            Self::Other(_) => None,
        }
    }
}

fn with_targets(element: Element, targets: &[Address]) -> Element {
    targets.iter().fold(element, |element, target| {
        element.with("target", target.as_str())
    })
}

fn addresses<'a>(targets: impl Iterator<Item = &'a Element>) -> Result<Vec<Address>, PayloadError> {
    targets.map(|target| address(target, "target")).collect()
}

fn role_change(target: &Element) -> Result<RoleChange, PayloadError> {
    let part = |name| target.child(name).ok_or(PayloadError::Missing(name));
    Ok(RoleChange {
        id: address(part("id")?, "id")?,
        role: Role::new(part("role")?.text().trim()),
    })
}

/// Leaves the topic out: people's words.
impl fmt::Debug for ThreadActivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddMember {
                initiator, targets, ..
            } => write!(f, "AddMember({targets:?} by {initiator})"),
            Self::DeleteMember {
                initiator, targets, ..
            } => write!(f, "DeleteMember({targets:?} by {initiator})"),
            Self::TopicUpdate {
                initiator, topic, ..
            } => write!(f, "TopicUpdate({} bytes by {initiator})", topic.len()),
            Self::RoleUpdate {
                initiator, targets, ..
            } => write!(f, "RoleUpdate({targets:?} by {initiator})"),
            Self::Other(element) => write!(f, "Other({element:?})"),
        }
    }
}
