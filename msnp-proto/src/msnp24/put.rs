//! `PUT MSGR\NAME` and its reply; the small documents that only `PUT` carries (msnp24.md 6.4).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use bytes::Bytes;

use crate::Address;
use crate::msnp24::{Channel, CommandErrorKind, document, grammar};
use crate::payload::PayloadError;
use crate::payload::contacts::ContactList;
use crate::payload::layers::Layers;
use crate::payload::presence::UserDocument;
use crate::payload::subscriptions::Subscriptions;
use crate::payload::thread::Thread;
use crate::payload::xml::Element;

/// `PUT n MSGR\NAME`: what a client tells the service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a server decides on every request")]
pub enum Put {
    /// `CHALLENGE`: the answer to [`Bound::nonce`](super::Bound::nonce).
    Challenge(Challenge),
    /// `PRESENCE`: layered; a [`UserDocument`] in a Publication.
    Presence(Layers),
    /// `CONTACTS`: the contact list, or changes of it.
    Contacts(ContactList),
    /// `SUBSCRIPTIONS`: what to be notified of.
    Subscriptions(Subscriptions),
    /// `THREAD`: creates or changes a group conversation.
    Thread(Thread),
    /// `ACTIVEENDPOINT`: whether a person is at the machine.
    ActiveEndpoint(ActiveEndpoint),
    /// `OPTIONS`: how to deliver. Documented, not seen in use.
    Options(EndpointOptions),
    /// `PARTNERS`: documented, not seen in use.
    Partners(Partners),
    /// `NETWORKS`: documented, not seen in use.
    Networks(Networks),
}

impl Put {
    pub(super) fn read(channel: &Channel, body: &Bytes) -> Result<Option<Self>, CommandErrorKind> {
        Ok(Some(match channel {
            Channel::Challenge => Self::Challenge(Challenge::parse(body)?),
            Channel::Presence => Self::Presence(Layers::parse(body.clone())?),
            Channel::Contacts => Self::Contacts(ContactList::parse(body)?),
            Channel::Subscriptions => Self::Subscriptions(Subscriptions::parse(body)?),
            Channel::Thread => Self::Thread(Thread::parse(body)?),
            Channel::ActiveEndpoint => Self::ActiveEndpoint(ActiveEndpoint::parse(body)?),
            Channel::Options => Self::Options(EndpointOptions::parse(body)?),
            Channel::Partners => Self::Partners(Partners::parse(body)?),
            Channel::Networks => Self::Networks(Networks::parse(body)?),
            _ => return Ok(None),
        }))
    }

    pub(super) fn write(&self) -> (Channel, Bytes) {
        match self {
            Self::Challenge(challenge) => (Channel::Challenge, challenge.encode().into()),
            Self::Presence(layers) => (Channel::Presence, layers.as_bytes().clone()),
            Self::Contacts(contacts) => (Channel::Contacts, contacts.encode().into()),
            Self::Subscriptions(wanted) => (Channel::Subscriptions, wanted.encode().into()),
            Self::Thread(thread) => (Channel::Thread, thread.encode().into()),
            Self::ActiveEndpoint(active) => (Channel::ActiveEndpoint, active.encode().into()),
            Self::Options(options) => (Channel::Options, options.encode().into()),
            Self::Partners(partners) => (Channel::Partners, partners.encode().into()),
            Self::Networks(networks) => (Channel::Networks, networks.encode().into()),
        }
    }
}

/// The reply to a `PUT` or a `DEL`; usually without a body.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a client decides on every reply; unknown ones are `Other`"
)]
pub enum PutReply {
    /// No body.
    Empty,
    /// To `PRESENCE`: the presence that the service now holds.
    Presence(Box<PresenceReply>),
    /// To `THREAD`: the thread's address.
    Thread(Box<Thread>),
    /// A body this crate has no name for.
    Other(Bytes),
}

impl PutReply {
    /// The reply does not name what it answers, so its root element tells.
    pub(super) fn read(body: &Bytes) -> Result<Self, CommandErrorKind> {
        if body.trim_ascii().is_empty() {
            return Ok(Self::Empty);
        }
        Ok(match grammar::root_name(body) {
            b"presence-response" => Self::Presence(Box::new(PresenceReply::parse(body)?)),
            b"thread" => Self::Thread(Box::new(Thread::parse(body)?)),
            _ => Self::Other(body.clone()),
        })
    }

    pub(super) fn write(&self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Presence(reply) => reply.encode().into(),
            Self::Thread(thread) => thread.encode().into(),
            Self::Other(body) => body.clone(),
        }
    }
}

/// Prints the size only of a body without a name.
impl fmt::Debug for PutReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Presence(reply) => reply.fmt(f),
            Self::Thread(thread) => thread.fmt(f),
            Self::Other(body) => write!(f, "Other({} bytes)", body.len()),
        }
    }
}

/// `<presence-response>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceReply {
    /// The user's presence, all endpoints together.
    pub user: Option<UserDocument>,
    /// Whose.
    pub from: Option<Address>,
}

impl PresenceReply {
    /// Reads `<presence-response>`.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document, or a part is not of its kind.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "presence-response")?;
        let user = root.child("user").cloned().map(UserDocument::from_element);
        let from = document::optional(&root, "from").map(|from| from.parse());
        Ok(Self {
            user: user.transpose()?,
            from: from
                .transpose()
                .map_err(|_| PayloadError::Invalid("from"))?,
        })
    }

    /// Writes `<presence-response>`.
    pub fn encode(&self) -> Vec<u8> {
        let mut root = Element::new("presence-response");
        if let Some(user) = &self.user {
            root.push(user.to_element());
        }
        if let Some(from) = &self.from {
            root = root.with("from", from.as_str());
        }
        root.to_vec()
    }
}

/// `<challenge>`: see [`auth::challenge`](crate::auth::challenge) for the arithmetic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Which product's key was used, `PROD0090YUAUV{2B`.
    pub product_id: String,
    /// 32 lower-case hexadecimal digits.
    pub response: String,
}

impl Challenge {
    /// Reads `<challenge>`.
    ///
    /// # Errors
    /// [`PayloadError`] if a part is missing.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "challenge")?;
        Ok(Self {
            product_id: document::filled(&root, "appId")?,
            response: document::filled(&root, "response")?,
        })
    }

    /// Writes `<challenge>`.
    pub fn encode(&self) -> Vec<u8> {
        Element::new("challenge")
            .with("appId", &self.product_id)
            .with("response", &self.response)
            .to_vec()
    }
}

/// `<activeendpoint>`: sent again before the time is over; not a replacement for `PNG`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct ActiveEndpoint {
    /// For how long this endpoint counts as the one in use, whole seconds on the wire; zero when the
    /// person left.
    pub timeout: Duration,
}

impl ActiveEndpoint {
    /// Reads `<activeendpoint>`.
    ///
    /// # Errors
    /// [`PayloadError`] if the time is missing or no number.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "activeendpoint")?;
        Ok(Self {
            timeout: document::optional_seconds(&root, "timeout")?
                .ok_or(PayloadError::Missing("timeout"))?,
        })
    }

    /// Writes `<activeendpoint>`.
    pub fn encode(&self) -> Vec<u8> {
        Element::new("activeendpoint")
            .with("timeout", document::seconds_text(self.timeout))
            .to_vec()
    }
}

/// `<options>`
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointOptions {
    /// `pwrmode`
    pub power_mode: Option<u32>,
    /// `deliveryConfirmation`
    pub delivery_confirmation: Option<bool>,
    /// `batchtimeout`; whole seconds on the wire.
    pub batch_timeout: Option<Duration>,
}

impl EndpointOptions {
    /// Reads `<options>`.
    ///
    /// # Errors
    /// [`PayloadError`] if a value is not of its kind.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "options")?;
        Ok(Self {
            power_mode: document::optional_number(&root, "pwrmode")?,
            delivery_confirmation: document::flag(&root, "deliveryConfirmation")?,
            batch_timeout: document::optional_seconds(&root, "batchtimeout")?,
        })
    }

    /// Writes `<options>`.
    pub fn encode(&self) -> Vec<u8> {
        let mut root = Element::new("options");
        if let Some(mode) = self.power_mode {
            root = root.with("pwrmode", document::text(mode));
        }
        if let Some(confirm) = self.delivery_confirmation {
            root = root.with("deliveryConfirmation", document::flag_text(confirm));
        }
        if let Some(span) = self.batch_timeout {
            root = root.with("batchtimeout", document::seconds_text(span));
        }
        root.to_vec()
    }
}

/// `<partners>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partners {
    /// `ABCH`
    pub kinds: Vec<String>,
}

impl Partners {
    /// Reads `<partners>`.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "partners")?;
        Ok(Self {
            kinds: document::texts(&root, "type"),
        })
    }

    /// Writes `<partners>`.
    pub fn encode(&self) -> Vec<u8> {
        let root = Element::new("partners");
        let kinds = self.kinds.iter();
        kinds
            .fold(root, |root, kind| root.with("type", kind))
            .to_vec()
    }
}

/// `<networks>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    /// `fb`
    pub names: Vec<String>,
}

impl Networks {
    /// Reads `<networks>`.
    ///
    /// # Errors
    /// [`PayloadError`] if it is another document.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "networks")?;
        Ok(Self {
            names: document::texts(&root, "network"),
        })
    }

    /// Writes `<networks>`.
    pub fn encode(&self) -> Vec<u8> {
        let root = Element::new("networks");
        let names = self.names.iter();
        names
            .fold(root, |root, name| root.with("network", name))
            .to_vec()
    }
}
