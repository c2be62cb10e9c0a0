//! The dialects of the protocol: their names, their order, and what each of them has.

use core::fmt;
use core::str::FromStr;

use nom::Parser;
use nom::bytes::complete::tag;
use nom::combinator::all_consuming;
use nom::error::Error;
use nom::sequence::preceded;

use crate::grammar;

/// A dialect: MSNP2 to 18, 21, 22 and 24; later ones are greater.
///
/// 19, 20 and 23 are no values: nothing is known of them (msnp24.md 1). What a dialect has is asked with the `has_` methods,
/// which all read one table, [`FEATURES`](Self::FEATURES).
///
/// ```
/// use msnp_proto::Dialect;
/// let dialect: Dialect = "MSNP15".parse()?;
/// assert_eq!(dialect, Dialect::MSNP15);
/// assert!(dialect > Dialect::MSNP9 && dialect.has_address_book() && !dialect.has_endpoints());
/// assert_eq!(Dialect::new(19), None);
/// # Ok::<(), msnp_proto::DialectError>(())
/// ```
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialect(u8);

/// A text is not the name of a dialect.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a dialect: MSNP2 to MSNP18, MSNP21, MSNP22 or MSNP24")]
pub struct DialectError;

/// Consecutive dialects, both ends included.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
pub struct Era {
    first: Dialect,
    last: Dialect,
}

/// A word of `VER`: what a client offers.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a server decides on every word; unknown ones are `Other`"
)]
pub enum Offer<'a> {
    /// `MSNP15`
    Dialect(Dialect),
    /// `CVR0`, which is no dialect: the client can be told of newer versions.
    Cvr0,
    /// Anything else, `MSNP19` among it.
    Other(&'a [u8]),
}

macro_rules! dialects {
    ($($name:ident = $number:literal)*) => {
        #[expect(missing_docs, reason = "the name says it")]
        impl Dialect {
            $(pub const $name: Self = Self($number);)*

            /// Every dialect, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

dialects! {
    MSNP2 = 2 MSNP3 = 3 MSNP4 = 4 MSNP5 = 5 MSNP6 = 6 MSNP7 = 7 MSNP8 = 8 MSNP9 = 9 MSNP10 = 10
    MSNP11 = 11 MSNP12 = 12 MSNP13 = 13 MSNP14 = 14 MSNP15 = 15 MSNP16 = 16 MSNP17 = 17 MSNP18 = 18
    MSNP21 = 21 MSNP22 = 22 MSNP24 = 24
}

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident = $first:literal - $last:literal;)*) => {
        /// What a dialect has.
        impl Dialect {
            $($(#[$doc])* pub const fn $name(self) -> bool {
                Era::of($first, $last).contains(self)
            })*

            /// The table that the `has_` methods read: their names, and the dialects that have it.
            pub const FEATURES: &'static [(&'static str, Era)] =
                &[$((stringify!($name), Era::of($first, $last)),)*];
        }
    };
}

// Rows by topic. The sources: msnp8-18.md 1 and commands.tsv up to 18, msnp24.md 1 and 14 behind it.
features! {
    /// `USR MD5`: a hash of salt and password (msnp8-18.md 5.1).
    has_md5_sign_in = 2 - 7;
    /// `USR TWN`: a ticket of the login page (msnp8-18.md 5.2).
    has_twn_sign_in = 8 - 14;
    /// `USR SSO`: a ticket and a proof of its secret (msnp8-18.md 5.3).
    has_sso_sign_in = 15 - 21;
    /// `USR WEB`: the ticket travels in an HTTP header (msnp24.md 15).
    has_web_sign_in = 22 - 22;
    /// `ATH` and `BND` in place of `USR` (msnp24.md 1).
    has_bindings = 24 - 24;

    /// The list comes by `SYN` and is changed on the notification server (msnp8-18.md 7.1).
    has_synchronization = 2 - 12;
    /// Each change of the list carries a serial number (msnp8-18.md 7.3).
    has_list_serials = 2 - 9;
    /// What comes in the list of `SYN` carries no transaction id.
    has_list_without_ids = 8 - 12;
    /// Whether whoever is on no list is let in, `BLP` (msnp8-18.md 7.3).
    has_privacy = 2 - 18;
    /// Groups of contacts.
    has_groups = 7 - 24;
    /// Contacts and groups are named by GUIDs; `ADC` in place of `ADD`.
    has_contact_guids = 10 - 12;
    /// The list lives in the address book service and is announced with `ADL` (msnp8-18.md 7.4).
    has_address_book = 13 - 22;
    /// Networks beside Passport: a number stands behind an account (msnp8-18.md 8.2).
    has_networks = 14 - 24;
    /// The network stands before the account, `1:alice@example.com`.
    has_network_prefix = 18 - 24;

    /// What a client can do stands in `CHG`, `ILN` and `NLN`.
    has_capabilities = 8 - 24;
    /// Capabilities have two words, `a:b`.
    has_extended_capabilities = 16 - 24;
    /// Capabilities stand in `IRO` and `JOI` too.
    has_switchboard_capabilities = 12 - 18;
    /// Display pictures and other objects stand in the status.
    has_objects = 9 - 18;
    /// Personal messages, by `UUX` and `UBX`, later in the presence document.
    has_personal_message = 11 - 24;
    /// Statuses that were there before oneself come as `ILN`.
    has_initial_status = 2 - 17;
    /// Presence is a layered document in `PUT` and `NFY` (msnp24.md 1).
    has_presence_documents = 21 - 24;
    /// Several endpoints of one account, told apart by a GUID.
    has_endpoints = 16 - 24;

    /// Conversations have a server of their own (msnp8-18.md 9).
    has_switchboards = 2 - 18;
    /// Circles, later groups, by `PUT`, `NFY` and `SDG` (msnp8-18.md 13).
    has_layered_commands = 18 - 24;
    /// Messages travel in `SDG` alone (msnp24.md 1).
    has_layered_messages = 21 - 24;
    /// Nudges (`text/x-msnmsgr-datacast`).
    has_nudges = 11 - 24;
    /// Messages without a conversation, `UUM` and `UBM`.
    has_page_mode = 14 - 18;
    /// Offline messages by SOAP (msnp8-18.md 10).
    has_offline_messages_by_soap = 11 - 17;
    /// Offline messages by `UUM` (msnp8-18.md 10).
    has_offline_messages_by_page = 18 - 18;

    /// The server asks for a proof of the product, `CHL`.
    has_challenge = 6 - 24;
    /// That proof is an MD5 of challenge and key alone (msnp8-18.md 11).
    has_md5_challenge = 6 - 10;
    /// `QNG` says when the next `PNG` is due.
    has_ping_interval = 9 - 22;
    /// The client asks for the configuration, `GCF n Shields.xml`.
    has_configuration_request = 11 - 12;
    /// The server pushes the configuration before the sign-in is answered.
    has_configuration_push = 13 - 22;
    /// `OUT RCT` says after how many minutes to come back.
    has_reconnect_delay = 11 - 22;
    /// Every line has a header block behind it (msnp24.md 2.2).
    has_header_block = 24 - 24;
}

impl Dialect {
    /// The dialect of this number; `None` if nothing is known of it.
    pub const fn new(number: u8) -> Option<Self> {
        match number {
            2..=18 | 21 | 22 | 24 => Some(Self(number)),
            _ => None,
        }
    }

    /// The number in its name.
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl FromStr for Dialect {
    type Err = DialectError;

    /// `"MSNP" number`, upper case, without leading zeros.
    fn from_str(name: &str) -> Result<Self, DialectError> {
        match Offer::of(name.as_bytes()) {
            Offer::Dialect(dialect) => Ok(dialect),
            _ => Err(DialectError),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MSNP{}", self.0)
    }
}

impl fmt::Debug for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Era {
    /// From the dialect with the first number to that with the last; for tables in the code, where both exist.
    pub(crate) const fn of(first: u8, last: u8) -> Self {
        match (Dialect::new(first), Dialect::new(last)) {
            (Some(first), Some(last)) if first.0 <= last.0 => Self { first, last },
            // Invariant: only written in constants, where this fails to compile.
            _ => panic!("an era has two known ends in order"),
        }
    }

    /// The first dialect of it.
    pub const fn first(self) -> Dialect {
        self.first
    }

    /// The last dialect of it.
    pub const fn last(self) -> Dialect {
        self.last
    }

    /// Whether the dialect belongs to it.
    pub const fn contains(self, dialect: Dialect) -> bool {
        self.first.0 <= dialect.0 && dialect.0 <= self.last.0
    }
}

/// `8-12`, or `18` alone.
impl fmt::Display for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first.0)
        } else {
            write!(f, "{}-{}", self.first.0, self.last.0)
        }
    }
}

impl fmt::Debug for Era {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Era({self})")
    }
}

impl<'a> Offer<'a> {
    /// Reads one word: `"MSNP" number`, `"CVR0"`, or anything else.
    pub fn of(word: &'a [u8]) -> Self {
        if word == b"CVR0" {
            return Self::Cvr0;
        }
        let name = preceded(tag::<_, _, Error<&[u8]>>(&b"MSNP"[..]), grammar::number);
        let number = all_consuming(name).parse(word).map(|(_, number)| number);
        let dialect = number
            .ok()
            .and_then(|number| u8::try_from(number).ok())
            .and_then(Dialect::new)
            // `MSNP08` is nobody's name for a dialect.
            .filter(|_| word.get(4) != Some(&b'0'));
        dialect.map_or(Self::Other(word), Self::Dialect)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn every_dialect_is_its_name() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.to_string().parse(), Ok(*dialect));
            assert_eq!(Dialect::new(dialect.number()), Some(*dialect));
        }
        assert!(Dialect::ALL.is_sorted());
    }

    #[test]
    fn what_is_no_dialect_is_refused() {
        for name in [
            "", "MSNP", "MSNP1", "MSNP19", "MSNP20", "MSNP23", "MSNP25", "MSNP08", "msnp8",
            "MSNP8 ", "CVR0", "MSNP264", "XMSNP8",
        ] {
            assert_eq!(name.parse::<Dialect>(), Err(DialectError), "{name}");
        }
    }

    #[test]
    fn a_word_of_ver_is_an_offer() {
        assert_eq!(Offer::of(b"MSNP18"), Offer::Dialect(Dialect::MSNP18));
        assert_eq!(Offer::of(b"CVR0"), Offer::Cvr0);
        assert_eq!(Offer::of(b"MSNP19"), Offer::Other(b"MSNP19"));
    }

    #[test]
    fn each_dialect_has_one_way_to_sign_in() {
        for dialect in Dialect::ALL {
            let ways = [
                dialect.has_md5_sign_in(),
                dialect.has_twn_sign_in(),
                dialect.has_sso_sign_in(),
                dialect.has_web_sign_in(),
                dialect.has_bindings(),
            ];
            assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{dialect}");
            let messages = [dialect.has_switchboards(), dialect.has_layered_messages()];
            assert_eq!(messages.iter().filter(|way| **way).count(), 1, "{dialect}");
        }
    }

    #[test]
    fn the_table_says_what_the_methods_say() {
        let row = |name| Dialect::FEATURES.iter().find(|(found, _)| *found == name);
        let (_, era) = row("has_endpoints").expect("a row");
        assert_eq!(
            (era.first(), era.last()),
            (Dialect::MSNP16, Dialect::MSNP24)
        );
        for dialect in Dialect::ALL {
            assert_eq!(era.contains(*dialect), dialect.has_endpoints());
        }
        assert_eq!(era.to_string(), "16-24");
        assert_eq!(Era::of(22, 22).to_string(), "22");
    }
}
