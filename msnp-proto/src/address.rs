//! Addresses of people, endpoints, groups and bots: `8:live:alice;epid={..}`.

use alloc::string::String;
use core::cmp::Ordering;
use core::fmt::{self, Write as _};
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use nom::bytes::complete::take_till1;
use nom::character::complete::char;
use nom::error::Error;
use nom::sequence::terminated;
use nom::{IResult, Parser};

use crate::grammar;
use crate::guid::Guid;

/// The number in front of an address: which network the rest belongs to (msnp24.md 4).
///
/// A newtype and not an enum: a network without a name here is a value like any other.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(pub u32);

impl Network {
    /// A Microsoft account: `1:alice@hotmail.com`.
    pub const PASSPORT: Self = Self(1);
    /// Office Communicator; Skype for Business contacts on MSNP24.
    pub const OFFICE: Self = Self(2);
    /// A telephone: `4:tel:+15551234567`.
    pub const TELEPHONE: Self = Self(4);
    /// Skype on MSNP24: `8:live:alice`. On MSNP21 the mobile network.
    pub const SKYPE: Self = Self(8);
    /// A circle: `9:..@live.com;path=IM`.
    pub const CIRCLE: Self = Self(9);
    /// A temporary group of MSNP21: `10:..@live.com`.
    pub const MULTIPARTY: Self = Self(10);
    /// A contact of a connected network: `13:1065663773;via=14:fb`.
    pub const CONNECT: Self = Self(13);
    /// The gateway to a connected network: `14:fb`.
    pub const REMOTE: Self = Self(14);
    /// An e-mail contact.
    pub const SMTP: Self = Self(16);
    /// A group chat of MSNP24: `19:..@thread.skype`.
    pub const THREAD: Self = Self(19);
    /// A bot.
    pub const BOT: Self = Self(28);
    /// Yahoo!
    pub const YAHOO: Self = Self(32);
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Network({})", self.0)
    }
}

/// An address as it stands in `To`, `From`, `<mri>` and the like: `net:id;param=value;..`.
///
/// It prints exactly as it was read, unknown networks and parameters included. It is *compared* as
/// the services did: the id without regard to ASCII case, an `epid` as a [`Guid`]; the rest byte by
/// byte. So it can be a key in a map.
///
/// ```
/// use msnp_proto::{Address, Network};
/// let from: Address = "8:live:Alice;epid={006213CD-00B8-7E9C-0022-DF0D0013802A}".parse()?;
/// assert_eq!(from.network(), Network::SKYPE);
/// assert_eq!(from.id(), "live:Alice");
/// assert!(from.epid().is_some());
/// assert_eq!(from.account(), "8:live:alice".parse()?);
/// # Ok::<(), msnp_proto::AddressError>(())
/// ```
#[derive(Clone)]
pub struct Address {
    text: String,
    network: Network,
    /// Where the id starts: behind the first colon.
    id: u16,
    /// Where the id ends: at the first semicolon or at the end.
    end: u16,
}

/// Why a text is not an [`Address`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No number and colon in front.
    #[error("an address starts with the number of its network and a colon")]
    NoNetwork,
    /// Nothing stands between the colon and the parameters.
    #[error("an address needs an id behind its network")]
    NoId,
    /// A control character, which could end the header that the address stands in; or, in an id
    /// given to [`Address::new`], a semicolon.
    #[error("an address cannot hold that character, at byte {0}")]
    BadCharacter(usize),
    /// Longer than [`Address::MAX_LEN`].
    #[error("an address is at most 1024 bytes long")]
    TooLong,
}

impl Address {
    /// The longest address that is read, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Makes the address of an account, without parameters.
    ///
    /// # Errors
    /// [`AddressError`] if `id` is empty, too long, or holds a semicolon or a control character.
    pub fn new(network: Network, id: &str) -> Result<Self, AddressError> {
        let mut text = String::with_capacity(id.len() + 3);
        let _ = write!(text, "{network}:");
        if let Some(at) = id.find(';') {
            return Err(AddressError::BadCharacter(text.len() + at));
        }
        text.push_str(id);
        Self::from_text(text)
    }

    fn from_text(text: String) -> Result<Self, AddressError> {
        if text.len() > Self::MAX_LEN {
            return Err(AddressError::TooLong);
        }
        if let Some(at) = text.bytes().position(|b| b.is_ascii_control()) {
            return Err(AddressError::BadCharacter(at));
        }
        let network: IResult<_, _> = terminated(grammar::number, char(':')).parse(text.as_bytes());
        let (behind, network) = network.map_err(|_| AddressError::NoNetwork)?;
        let id = take_till1::<_, _, Error<&[u8]>>(|byte| byte == b';').parse(behind);
        let (params, _) = id.map_err(|_| AddressError::NoId)?;
        let network = Network(network);
        let (id, end) = (text.len() - behind.len(), text.len() - params.len());
        let (Ok(id), Ok(end)) = (u16::try_from(id), u16::try_from(end)) else {
            return Err(AddressError::TooLong);
        };
        Ok(Self {
            text,
            network,
            id,
            end,
        })
    }

    /// The network.
    pub const fn network(&self) -> Network {
        self.network
    }

    /// What stands between the network and the parameters, case kept: `live:alice`.
    pub fn id(&self) -> &str {
        &self.text[usize::from(self.id)..usize::from(self.end)]
    }

    /// The whole address as it was read.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parameters behind the id, name and value, in order.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.text[usize::from(self.end)..]
            .split(';')
            .filter(|param| !param.is_empty())
            .map(|param| param.split_once('=').unwrap_or((param, "")))
    }

    /// The first parameter called `name`, without regard to ASCII case.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The endpoint (one signed-in client of the account), if it is named and is a GUID.
    pub fn epid(&self) -> Option<Guid> {
        self.param("epid")?.parse().ok()
    }

    /// The `path` within a circle, usually `IM`.
    pub fn path(&self) -> Option<&str> {
        self.param("path")
    }

    /// The gateway through which a contact of another network is reached.
    pub fn via(&self) -> Option<Self> {
        self.param("via")?.parse().ok()
    }

    /// The same address without parameters.
    #[must_use]
    pub fn account(&self) -> Self {
        Self {
            text: self.text[..usize::from(self.end)].into(),
            ..*self
        }
    }

    /// The account's address with one parameter: the endpoint `epid`, in braces.
    #[must_use]
    pub fn with_epid(&self, epid: Guid) -> Self {
        let mut address = self.account();
        let _ = write!(address.text, ";epid={}", epid.braced());
        address
    }

    /// Whether both belong to one account: same network and id, whatever the parameters.
    pub fn same_account(&self, other: &Self) -> bool {
        self.network == other.network && self.id().eq_ignore_ascii_case(other.id())
    }

    /// Whether this is a group chat of MSNP24.
    pub fn is_thread(&self) -> bool {
        self.network == Network::THREAD
    }

    fn param_keys(&self) -> impl Iterator<Item = ParamKey<'_>> {
        self.params().map(|(name, value)| {
            if name.eq_ignore_ascii_case("epid")
                && let Ok(epid) = value.parse()
            {
                ParamKey::Epid(epid)
            } else {
                ParamKey::Other(name, value)
            }
        })
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
enum ParamKey<'a> {
    Epid(Guid),
    Other(&'a str, &'a str),
}

fn lower(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().map(|b| b.to_ascii_lowercase())
}

impl FromStr for Address {
    type Err = AddressError;

    /// `net ":" id *( ";" name "=" value )`
    fn from_str(text: &str) -> Result<Self, AddressError> {
        // Before the copy: an address comes from the peer.
        if text.len() > Self::MAX_LEN {
            return Err(AddressError::TooLong);
        }
        Self::from_text(text.into())
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.same_account(other) && self.param_keys().eq(other.param_keys())
    }
}

impl Eq for Address {}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        self.network
            .cmp(&other.network)
            .then_with(|| lower(self.id()).cmp(lower(other.id())))
            .then_with(|| self.param_keys().cmp(other.param_keys()))
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.network.hash(state);
        for byte in lower(self.id()) {
            state.write_u8(byte);
        }
        for param in self.param_keys() {
            param.hash(state);
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, network: u32, id: &str, params: &[(&str, &str)]) {
        let address: Address = text.parse().unwrap();
        assert_eq!(address.network(), Network(network));
        assert_eq!(address.id(), id);
        assert!(address.params().eq(params.iter().copied()));
        assert_eq!(address.to_string(), text, "prints exactly");
    }

    #[test]
    fn every_form_of_the_notes_is_read() {
        check("1:alice@hotmail.com", 1, "alice@hotmail.com", &[]);
        check("4:tel:+15551234567", 4, "tel:+15551234567", &[]);
        check("8:live:alice", 8, "live:alice", &[]);
        check(
            "9:00000000-0000-0000-0009-73944a8f7947@live.com;path=IM",
            9,
            "00000000-0000-0000-0009-73944a8f7947@live.com",
            &[("path", "IM")],
        );
        check(
            "13:1065663773;via=14:fb",
            13,
            "1065663773",
            &[("via", "14:fb")],
        );
        check(
            "19:0123456789abcdef0123456789abcdef@thread.skype",
            19,
            "0123456789abcdef0123456789abcdef@thread.skype",
            &[],
        );
        check("14:fb", 14, "fb", &[]);
    }

    #[test]
    fn unknown_networks_and_parameters_are_kept() {
        check("99:x;odd;a=b=c", 99, "x", &[("odd", ""), ("a", "b=c")]);
        check("08:bob", 8, "bob", &[]);
    }

    #[track_caller]
    fn refuse(text: &str, error: AddressError) {
        assert_eq!(text.parse::<Address>().unwrap_err(), error, "{text:?}");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        refuse("", AddressError::NoNetwork);
        refuse("alice", AddressError::NoNetwork);
        refuse("live:alice", AddressError::NoNetwork);
        refuse(":alice", AddressError::NoNetwork);
        refuse("-1:alice", AddressError::NoNetwork);
        refuse("99999999999:alice", AddressError::NoNetwork);
        refuse("8:", AddressError::NoId);
        refuse("8:;epid=x", AddressError::NoId);
        refuse("8:a\r\nFrom: 8:b", AddressError::BadCharacter(3));
        refuse(
            &alloc::format!("8:{}", "a".repeat(1023)),
            AddressError::TooLong,
        );
        assert_eq!(
            Address::new(Network::SKYPE, "a;epid=x").unwrap_err(),
            AddressError::BadCharacter(3)
        );
    }

    #[test]
    fn case_braces_and_leading_zeros_do_not_matter_to_equality() {
        let a: Address = "1:Alice@Hotmail.com;epid={AAAAAAAA-2222-3333-4444-555555555555}"
            .parse()
            .unwrap();
        let b: Address = "1:alice@hotmail.com;epid=aaaaaaaa-2222-3333-4444-555555555555"
            .parse()
            .unwrap();
        assert_eq!(a, b);
        assert_eq!(a.cmp(&b), Ordering::Equal);
        assert_ne!(a, b.account());
        assert!(a.same_account(&b.account()));
        assert_eq!(b.account().with_epid(b.epid().unwrap()), a);
    }

    #[test]
    fn another_network_or_endpoint_is_another_address() {
        let alice: Address = "8:alice".parse().unwrap();
        assert_ne!(alice, "1:alice".parse().unwrap());
        assert!(!alice.same_account(&"1:alice".parse().unwrap()));
        assert_ne!(
            alice.with_epid(Guid::NIL),
            alice.with_epid(Guid::from_bytes([1; 16]))
        );
    }

    #[test]
    fn a_gateway_is_an_address_itself() {
        let contact: Address = "13:1065663773;via=14:fb".parse().unwrap();
        assert_eq!(contact.via(), "14:fb".parse().ok());
        assert_eq!(contact.path(), None);
    }

    proptest! {
        #[test]
        fn any_text_is_printed_as_it_was_read(text in "[0-9]{0,3}:?[a-z:;={}@.]{0,20}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.to_string(), text);
                prop_assert_eq!(&address, &address.clone());
            }
        }

        #[test]
        fn equal_addresses_hash_alike(id in "[a-zA-Z:.@]{1,12}", bytes: [u8; 16]) {
            use std::hash::{BuildHasher, RandomState};
            let epid = Guid::from_bytes(bytes);
            let lower = Address::new(Network::SKYPE, &id.to_ascii_lowercase()).unwrap();
            let upper = Address::new(Network::SKYPE, &id.to_ascii_uppercase()).unwrap();
            let state = RandomState::new();
            prop_assert_eq!(lower.with_epid(epid), upper.with_epid(epid));
            prop_assert_eq!(
                state.hash_one(lower.with_epid(epid)),
                state.hash_one(upper.with_epid(epid))
            );
        }
    }
}
