//! Who is meant: accounts, their endpoints, the networks they are on, and their names.

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use percent_encoding::percent_decode;

use crate::classic::form::Kind;
use crate::classic::grammar;
use crate::classic::line::{Line, Parameter, Words};
use crate::classic::word::Word;
use crate::frame::parse_number;
use crate::{Guid, Network};

/// An account as it stands on the wire: `alice@example.com`, `tel:+15551234567`.
///
/// It is sent as it is configured and compared without regard to ASCII case or coding (msnp8-18.md 16): servers encode the `@`
/// in what they echo, and some sign in the exact spelling only.
///
/// ```
/// use msnp_proto::classic::Account;
/// assert_eq!(Account::new("Alice@Example.com"), Account::new("alice@example.com"));
/// assert_eq!(Account::new("Alice@Example.com").text(), "Alice@Example.com");
/// ```
#[derive(Clone)]
pub struct Account(Word);

/// An account and perhaps one of its endpoints: `alice@example.com;{aaaaaaaa-..}`.
///
/// The endpoint is there since MSNP16; before, it is left out (msnp8-18.md 9.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Whose.
    pub account: Account,
    /// What stands behind the semicolon, as it came.
    pub id: Option<Word>,
}

/// An account with its network, in the form of the dialect: `account`, since MSNP14 `account network`, since MSNP18
/// `network:account[;via=..]` (msnp8-18.md 8.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The network; written as [`Network::PASSPORT`] if there is none.
    pub network: Option<Network>,
    /// Who.
    pub account: Account,
    /// What stands behind a semicolon, as it came: `via=9:guid@live.com` for a circle.
    pub suffix: Option<Word>,
}

/// A display name behind an account. Where it has to stand and there is none, the account is written: an empty one shifts
/// what follows (msnp8-18.md 8.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub Word);

impl Account {
    /// Makes an account of its text.
    pub fn new(text: &str) -> Self {
        Self(Word::encode(text))
    }

    /// The word on the wire.
    pub const fn as_word(&self) -> &Word {
        &self.0
    }

    /// The text, case kept.
    pub fn text(&self) -> alloc::borrow::Cow<'_, str> {
        self.0.text()
    }

    /// Whether there is an `@` with something around it: servers refuse others with 201, 208 or 911 (msnp8-18.md 5.5, 7.3).
    pub fn has_domain(&self) -> bool {
        let text = self.0.decoded();
        let at = memchr::memrchr(b'@', &text);
        at.is_some_and(|at| at > 0 && at + 1 < text.len())
    }

    /// Appends it to a word in which a semicolon would end it. Up to MSNP15 an account may hold one.
    fn write_before_semicolon(&self, line: &mut Line) {
        let account = self.0.as_bytes();
        if memchr::memchr(b';', account).is_none() {
            line.more_account(account);
        } else {
            line.more_account(
                &account
                    .split(|b| *b == b';')
                    .collect::<Vec<_>>()
                    .join(&b"%3B"[..]),
            );
        }
    }

    fn key(&self) -> impl Iterator<Item = u8> + '_ {
        percent_decode(self.0.as_bytes()).map(|byte| byte.to_ascii_lowercase())
    }
}

impl From<Word> for Account {
    fn from(word: Word) -> Self {
        Self(word)
    }
}

impl Endpoint {
    /// The account, whichever endpoint.
    pub const fn of(account: Account) -> Self {
        Self { account, id: None }
    }

    /// One endpoint; the GUID is written in braces and lower case.
    pub fn with_guid(account: Account, guid: Guid) -> Self {
        let id = alloc::format!("{}", guid.braced());
        Self {
            account,
            id: Some(Word::encode(&id)),
        }
    }

    /// The GUID behind the semicolon, if it is one.
    pub fn guid(&self) -> Option<Guid> {
        core::str::from_utf8(self.id.as_ref()?.as_bytes())
            .ok()?
            .parse()
            .ok()
    }
}

impl Principal {
    /// An account of Windows Live.
    pub const fn passport(account: Account) -> Self {
        Self {
            network: Some(Network::PASSPORT),
            account,
            suffix: None,
        }
    }

    /// The circle through which the account is seen, `9:guid@live.com`.
    pub fn via(&self) -> Option<&[u8]> {
        self.suffix.as_ref()?.as_bytes().strip_prefix(b"via=")
    }
}

impl Name {
    /// Makes a name of its text.
    pub fn new(text: &str) -> Self {
        Self(Word::encode(text))
    }

    /// The text.
    pub fn text(&self) -> alloc::borrow::Cow<'_, str> {
        self.0.text()
    }
}

impl PartialEq for Account {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.key().eq(other.key())
    }
}

impl Eq for Account {}

impl Ord for Account {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }
}

impl PartialOrd for Account {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Account {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.key() {
            state.write_u8(byte);
        }
        state.write_u8(0xff);
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Parameter for Account {
    const KIND: Kind = Kind::Account;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        Word::read(words).map(Self)
    }

    fn write(&self, line: &mut Line) {
        line.word(b"");
        line.more_account(self.0.as_bytes());
    }
}

impl Parameter for Endpoint {
    const KIND: Kind = Kind::Endpoint;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        let (account, id) = grammar::endpoint(words.next()?)?;
        Some(Self {
            account: Account(Word::of_line(words, account)?),
            id: match id {
                Some(id) => Some(Word::of_line(words, id)?),
                None => None,
            },
        })
    }

    fn write(&self, line: &mut Line) {
        line.word(b"");
        self.account.write_before_semicolon(line);
        if let Some(id) = &self.id
            && line.dialect().has_endpoints()
        {
            line.more(b";");
            line.more(id.as_bytes());
        }
    }
}

impl Parameter for Principal {
    const KIND: Kind = Kind::Principal;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        let dialect = words.dialect();
        if !dialect.has_network_prefix() {
            let account = Account::read(words)?;
            let network = if dialect.has_networks() {
                words.recognised(Network::read)
            } else {
                None
            };
            return Some(Self {
                network,
                account,
                suffix: None,
            });
        }
        let read = grammar::principal(words.next()?)?;
        Some(Self {
            network: read.network.map(Network),
            account: Account(Word::of_line(words, read.account)?),
            suffix: match read.suffix {
                Some(suffix) => Some(Word::of_line(words, suffix)?),
                None => None,
            },
        })
    }

    fn write(&self, line: &mut Line) {
        let network = self.network.unwrap_or(Network::PASSPORT);
        if !line.dialect().has_network_prefix() {
            self.account.write(line);
            if line.dialect().has_networks() {
                network.write(line);
            }
            return;
        }
        line.number(network.0);
        line.more(b":");
        self.account.write_before_semicolon(line);
        if let Some(suffix) = &self.suffix {
            line.more(b";");
            line.more(suffix.as_bytes());
        }
    }
}

impl Parameter for Network {
    const KIND: Kind = Kind::Network;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        words.next().and_then(parse_number).map(Self)
    }

    fn write(&self, line: &mut Line) {
        line.number(self.0);
    }

    fn fill(line: &mut Line) {
        Self::PASSPORT.write(line);
    }
}

impl Parameter for Name {
    const KIND: Kind = Kind::Name;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        Word::read(words).map(Self)
    }

    fn write(&self, line: &mut Line) {
        self.0.write(line);
    }

    fn fill(line: &mut Line) {
        line.account_again();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_compared_without_case_and_coding() {
        let coded = Account::from(Word::new("ALICE%40example.com").expect("a word"));
        assert_eq!(coded, Account::new("alice@example.com"));
        assert_eq!(
            coded.cmp(&Account::new("alice@example.com")),
            Ordering::Equal
        );
        assert_ne!(coded, Account::new("alice@example.co"));
    }

    #[test]
    fn an_account_has_something_on_both_sides_of_its_at() {
        for text in ["", "alice", "@", "alice@", "@example.com"] {
            assert!(!Account::new(text).has_domain(), "{text}");
        }
        assert!(Account::new("a@b").has_domain());
    }

    #[test]
    fn equal_accounts_hash_alike() {
        use std::hash::{BuildHasher, RandomState};
        let state = RandomState::new();
        let hash = |text| state.hash_one(Account::new(text));
        assert_eq!(hash("Alice@B"), hash("alice@b"));
    }

    #[test]
    fn an_endpoint_is_its_guid_in_braces() {
        let guid = Guid::from_bytes([0xab; 16]);
        let endpoint = Endpoint::with_guid(Account::new("a@b"), guid);
        assert_eq!(endpoint.guid(), Some(guid));
        let id = endpoint.id.expect("an id");
        assert_eq!(id.as_bytes(), b"{abababab-abab-abab-abab-abababababab}");
    }
}
