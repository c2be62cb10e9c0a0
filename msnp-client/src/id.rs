//! Names of people, conversations, messages and requests: opaque values that hold for every
//! dialect. What they look like on the wire is the dialect's business.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Names one person: a network and a name in it.
///
/// Two networks matter: Messenger, where a name is an e-mail address (every dialect), and Skype
/// (MSNP24). Names are compared without regard to case, so they are kept in lower case.
///
/// ```
/// use msnp_client::ContactId;
/// let bob: ContactId = "Bob@Hotmail.com".parse()?;
/// assert_eq!(bob, ContactId::messenger("bob@hotmail.com")?);
/// assert_eq!(bob.to_string(), "bob@hotmail.com");
/// let eve: ContactId = "8:live:eve".parse()?;
/// assert_eq!((eve.name(), eve.to_string()), ("live:eve", "8:live:eve".into()));
/// # Ok::<(), msnp_client::InvalidId>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContactId {
    network: u32,
    name: Arc<str>,
}

impl ContactId {
    /// Longest accepted name, in bytes.
    pub const MAX_LEN: usize = 256;

    /// A Messenger account: an e-mail address.
    ///
    /// # Errors
    /// [`InvalidId`] if it is not `something@something` in printable characters.
    pub fn messenger(email: &str) -> Result<Self, InvalidId> {
        match email.split_once('@') {
            Some((user, domain)) if !user.is_empty() && !domain.is_empty() => {
                Self::on_network(MESSENGER, email)
            }
            _ => Err(InvalidId),
        }
    }

    /// A Skype account: `live:alice` or `alice`.
    ///
    /// # Errors
    /// [`InvalidId`] if it is empty, too long or holds white space.
    pub fn skype(name: &str) -> Result<Self, InvalidId> {
        Self::on_network(SKYPE, name)
    }

    /// A name on the network with this number (msnp24.md 4).
    ///
    /// # Errors
    /// [`InvalidId`] if the name is empty, too long, or holds white space, control characters or
    /// one of `;<>"`, which no network allows.
    pub fn on_network(network: u32, name: &str) -> Result<Self, InvalidId> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || ";<>\"".contains(c);
        if name.is_empty() || name.len() > Self::MAX_LEN || name.contains(bad) {
            return Err(InvalidId);
        }
        Ok(Self {
            network,
            name: name.to_lowercase().into(),
        })
    }

    /// Stands where there has to be somebody and nobody is.
    pub(crate) fn nobody() -> Self {
        Self {
            network: 0,
            name: "".into(),
        }
    }

    /// The network's number: 1 Messenger, 8 Skype (msnp24.md 4).
    pub const fn network(&self) -> u32 {
        self.network
    }

    /// The name within the network.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// `network:name`, if it is that.
fn network_of(text: &str) -> Option<(u32, &str)> {
    let (network, name) = text.split_once(':')?;
    Some((network.parse().ok()?, name))
}

impl FromStr for ContactId {
    type Err = InvalidId;

    /// Reads what a person would type: an e-mail address, or `network:name`.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if let Some((network, name)) = network_of(text) {
            return Self::on_network(network, name);
        }
        Self::messenger(text)
    }
}

impl fmt::Display for ContactId {
    /// An e-mail address as it is, anything else as `network:name`; [`FromStr`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reads_back = || network_of(&self.name).is_none() && Self::messenger(&self.name).is_ok();
        if self.network == MESSENGER && reads_back() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}:{}", self.network, self.name)
        }
    }
}

impl fmt::Debug for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContactId({self})")
    }
}

/// Names one conversation: with one person, or a group.
///
/// The conversation with one person always exists and needs no opening: it is
/// `ConversationId::from(contact)`. Groups are named by the service.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationId(Kind);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    With(ContactId),
    Group(Arc<str>),
}

impl ConversationId {
    /// Longest accepted name of a group, in bytes.
    pub const MAX_LEN: usize = 256;

    /// The group that the service calls so.
    ///
    /// # Errors
    /// [`InvalidId`] if it is empty, too long, or holds white space or one of `;<>"`.
    pub fn group(name: &str) -> Result<Self, InvalidId> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || ";<>\"".contains(c);
        if name.is_empty() || name.len() > Self::MAX_LEN || name.contains(bad) {
            return Err(InvalidId);
        }
        Ok(Self(Kind::Group(name.into())))
    }

    /// The person, if the conversation is with one.
    pub fn contact(&self) -> Option<&ContactId> {
        match &self.0 {
            Kind::With(contact) => Some(contact),
            Kind::Group(_) => None,
        }
    }

    /// The group's name, if it is one.
    pub fn group_name(&self) -> Option<&str> {
        match &self.0 {
            Kind::With(_) => None,
            Kind::Group(name) => Some(name),
        }
    }
}

impl From<ContactId> for ConversationId {
    fn from(contact: ContactId) -> Self {
        Self(Kind::With(contact))
    }
}

impl From<&ContactId> for ConversationId {
    fn from(contact: &ContactId) -> Self {
        Self(Kind::With(contact.clone()))
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::With(contact) => contact.fmt(f),
            Kind::Group(name) => f.write_str(name),
        }
    }
}

impl fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConversationId({self})")
    }
}

/// Names one message. One that this client sends gets its id before anything is sent; one that it
/// receives keeps the id that its sender gave it, so an edit can name it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Arc<str>);

impl MessageId {
    /// Longest accepted id, in bytes.
    pub const MAX_LEN: usize = 64;

    /// The id with this text.
    ///
    /// # Errors
    /// [`InvalidId`] if it is empty, too long or holds anything but printable ASCII.
    pub fn new(text: &str) -> Result<Self, InvalidId> {
        if text.is_empty()
            || text.len() > Self::MAX_LEN
            || !text.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(InvalidId);
        }
        Ok(Self(text.into()))
    }

    pub(crate) fn from_number(number: u64) -> Self {
        Self(number.to_string().into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageId({})", self.0)
    }
}

/// Names one thing that the application asked for, other than a message: it ends in
/// [`Event::OperationSucceeded`](crate::Event::OperationSucceeded) or
/// [`Event::OperationFailed`](crate::Event::OperationFailed). Never used twice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(u64);

impl OperationId {
    /// The id with this number, for tests of applications: a client counts its own.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number, for applications that keep or pass on the number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// A text cannot name what it should name.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid name: it is empty, too long or holds forbidden characters")]
pub struct InvalidId;

const MESSENGER: u32 = 1;
const SKYPE: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// `8:bob@example.com` of Messenger was shown as a person of Skype.
    #[test]
    fn an_address_that_looks_like_another_network_s_is_shown_with_its_own() {
        for name in ["8:bob@example.com", "bob", "@", "a@", "1:a@b"] {
            let id = ContactId::on_network(MESSENGER, name).expect("a name");
            assert_eq!(id.to_string(), format!("1:{name}"));
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[track_caller]
    fn check(typed: &str, network: u32, name: &str, shown: &str) {
        let id: ContactId = typed.parse().expect(typed);
        assert_eq!(
            (id.network(), id.name(), id.to_string().as_str()),
            (network, name, shown)
        );
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn people_are_named_as_a_person_would_type() {
        check(
            "Alice@Hotmail.com",
            1,
            "alice@hotmail.com",
            "alice@hotmail.com",
        );
        check(
            "1:alice@hotmail.com",
            1,
            "alice@hotmail.com",
            "alice@hotmail.com",
        );
        check("8:live:alice", 8, "live:alice", "8:live:alice");
        check("8:a@b", 8, "a@b", "8:a@b");
        check("1:odd", 1, "odd", "1:odd");
        check("32:x@yahoo.com", 32, "x@yahoo.com", "32:x@yahoo.com");
    }

    #[test]
    fn texts_that_would_break_a_command_are_no_names() {
        for text in [
            "",
            "8:",
            "@",
            "a@",
            "bob",
            "8:a b",
            "8:a\r\nOUT",
            "8:a;epid=x",
            "8:<a>",
        ] {
            assert_eq!(text.parse::<ContactId>(), Err(InvalidId), "{text:?}");
        }
        assert_eq!(ContactId::skype(&"x".repeat(257)), Err(InvalidId));
        assert_eq!(ConversationId::group("19:a b"), Err(InvalidId));
        assert_eq!(MessageId::new("1\r\n2"), Err(InvalidId));
    }

    #[test]
    fn a_name_that_lower_casing_lengthens_is_still_accepted_or_refused_whole() {
        // U+0130 becomes two characters in lower case.
        let id = ContactId::skype("\u{130}").expect("one letter");
        assert_eq!(id.name(), "i\u{307}");
    }
}
