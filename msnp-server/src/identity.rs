//! One person, one identity: the number that never changes, and the addresses that lead to it.

use std::fmt;
use std::sync::Arc;

/// Who somebody is, on every machine and for ever. Given once, when the account is made.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(u64);

/// The machine that keeps a person or a thread.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HomeId(pub u32);

/// The name of a user in MSNP24 addresses, without its `8:`: `live:alice`, `alice`.
///
/// Kept in lower case, since peers differ in the case they send; a cheap clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkypeId(Arc<str>);

/// What a user types on the sign-in page, and is called by in MSNP8 to MSNP22: `alice@example.org`, in
/// lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(Arc<str>);

/// One of the addresses that lead to a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// As MSNP24 names people by default.
    Skype(SkypeId),
    /// As all other dialects do, and MSNP24 too.
    Email(EmailAddress),
}

/// A person with all their addresses; equal and ordered by the person alone, a cheap clone.
#[derive(Clone)]
pub struct Who(Arc<Identity>);

/// What [`Who`] knows.
struct Identity {
    person: PersonId,
    home: HomeId,
    skype_id: SkypeId,
    email: EmailAddress,
}

/// A name that no account can have.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("the name is empty")]
    Empty,
    /// More bytes than the kind of name may have.
    #[error("the name is longer than {limit} bytes")]
    TooLong {
        /// The most that is allowed.
        limit: usize,
    },
    /// A character that could be mistaken for syntax in an address, a line or a document.
    #[error("the name holds a character that is not allowed at byte {offset}")]
    Character {
        /// Where it stands.
        offset: usize,
    },
    /// An e-mail address is a local part, one `@` and a domain.
    #[error("the address is not of the form name@domain")]
    NotAnAddress,
}

impl PersonId {
    /// The person of that number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl SkypeId {
    /// The longest name, in bytes: what fits the client that cuts lines at 1,023 (msnp24.md 18)
    /// many times over.
    pub const MAX: usize = 64;

    /// Reads a name: ASCII letters, digits and `.` `,` `_` `-` `:`, the first of them a letter or
    /// a digit. With or without the `8:` of an address.
    ///
    /// # Errors
    /// [`NameError`] for what no account can be called.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let name = name.strip_prefix("8:").unwrap_or(name);
        check_length(name, Self::MAX)?;
        let allowed = |(at, byte): (usize, u8)| {
            byte.is_ascii_alphanumeric()
                || (at > 0 && matches!(byte, b'.' | b',' | b'_' | b'-' | b':'))
        };
        match name.bytes().enumerate().find(|one| !allowed(*one)) {
            Some((offset, _)) => Err(NameError::Character { offset }),
            None => Ok(Self(name.to_ascii_lowercase().into())),
        }
    }

    /// The name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EmailAddress {
    /// The longest address, in bytes (RFC 5321's path limit less its brackets).
    pub const MAX: usize = 254;

    /// Reads an address: printable ASCII without spaces and `<>"&;,`, one `@` inside.
    ///
    /// # Errors
    /// [`NameError`] for what no account can sign in with.
    pub fn parse(address: &str) -> Result<Self, NameError> {
        check_length(address, Self::MAX)?;
        let refused = |byte: u8| !byte.is_ascii_graphic() || b"<>\"&;,".contains(&byte);
        if let Some(offset) = address.bytes().position(refused) {
            return Err(NameError::Character { offset });
        }
        match address.split_once('@') {
            Some((local, domain))
                if !local.is_empty() && !domain.is_empty() && !domain.contains('@') =>
            {
                Ok(Self(address.to_ascii_lowercase().into()))
            }
            _ => Err(NameError::NotAnAddress),
        }
    }

    /// The address, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Who {
    /// A person with their addresses, kept at `home`.
    pub fn new(person: PersonId, home: HomeId, skype_id: SkypeId, email: EmailAddress) -> Self {
        Self(Arc::new(Identity {
            person,
            home,
            skype_id,
            email,
        }))
    }

    /// The number.
    pub fn person(&self) -> PersonId {
        self.0.person
    }

    /// The machine that keeps this person.
    pub fn home(&self) -> HomeId {
        self.0.home
    }

    /// The name on MSNP24.
    pub fn skype_id(&self) -> &SkypeId {
        &self.0.skype_id
    }

    /// The e-mail address.
    pub fn email(&self) -> &EmailAddress {
        &self.0.email
    }

    /// Whether `address` leads to this person.
    pub fn is_at(&self, address: &Address) -> bool {
        match address {
            Address::Skype(name) => *name == self.0.skype_id,
            Address::Email(email) => *email == self.0.email,
        }
    }
}

impl PartialEq for Who {
    fn eq(&self, other: &Self) -> bool {
        self.0.person == other.0.person
    }
}

impl Eq for Who {}

impl PartialOrd for Who {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Who {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.person.cmp(&other.0.person)
    }
}

fn check_length(name: &str, limit: usize) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > limit {
        return Err(NameError::TooLong { limit });
    }
    Ok(())
}

impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.0.skype_id, self.0.person.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skype(name) => fmt::Display::fmt(name, f),
            Self::Email(email) => fmt::Display::fmt(email, f),
        }
    }
}

impl fmt::Debug for SkypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SkypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn name(text: &str, expected: Result<&str, NameError>) {
        assert_eq!(
            SkypeId::parse(text).as_ref().map(SkypeId::as_str),
            expected.as_ref().copied()
        );
    }

    #[track_caller]
    fn address(text: &str, expected: Result<&str, NameError>) {
        assert_eq!(
            EmailAddress::parse(text).as_ref().map(EmailAddress::as_str),
            expected.as_ref().copied()
        );
    }

    #[test]
    fn names_are_lower_case_and_lose_their_network() {
        name("live:alice", Ok("live:alice"));
        name("8:Live:Alice", Ok("live:alice"));
        name("bob.b-2_x,y", Ok("bob.b-2_x,y"));
    }

    #[test]
    fn names_that_could_be_syntax_are_refused() {
        name("", Err(NameError::Empty));
        name("8:", Err(NameError::Empty));
        name("a;epid={x}", Err(NameError::Character { offset: 1 }));
        name("a b", Err(NameError::Character { offset: 1 }));
        name(":a", Err(NameError::Character { offset: 0 }));
        name("ålice", Err(NameError::Character { offset: 0 }));
        name("a\r\n", Err(NameError::Character { offset: 1 }));
        name(&"a".repeat(65), Err(NameError::TooLong { limit: 64 }));
    }

    #[test]
    fn addresses_have_one_at_sign_inside() {
        address("Alice@Example.org", Ok("alice@example.org"));
        address("alice", Err(NameError::NotAnAddress));
        address("@b", Err(NameError::NotAnAddress));
        address("a@", Err(NameError::NotAnAddress));
        address("a@b@c", Err(NameError::NotAnAddress));
        address("a b@c", Err(NameError::Character { offset: 1 }));
    }
}
