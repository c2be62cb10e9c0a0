//! The small sets: lists, privacy, flags, reasons.

use core::fmt;

use crate::classic::form::Kind;
use crate::classic::line::{Line, Parameter, Words};

/// The longest code that is kept, known or not; all known ones have at most three letters.
const CODE_LEN: usize = 8;

/// The code with NULs behind it; `None` if it is too long or not of visible ASCII, or a number: those stand in front of codes.
const fn padded(code: &[u8]) -> Option<[u8; CODE_LEN]> {
    if code.is_empty() || code.len() > CODE_LEN || code[0].is_ascii_digit() {
        return None;
    }
    let mut padded = [0; CODE_LEN];
    let mut at = 0;
    while at < code.len() {
        if !code[at].is_ascii_graphic() {
            return None;
        }
        padded[at] = code[at];
        at += 1;
    }
    Some(padded)
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$code_doc:meta])* $code:ident = $wire:literal;)* } fill $fill:ident)*) => {$(
        $(#[$doc])*
        ///
        /// A newtype and not an enum: a code without a name here is a value like any other.
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; CODE_LEN]);

        impl $name {
            $($(#[$code_doc])* pub const $code: Self = match Self::new($wire) {
                Some(code) => code,
                None => unreachable!(),
            };)*

            /// The code of one to eight visible ASCII characters, the first no digit; `None` for any other text.
            pub const fn new(code: &str) -> Option<Self> {
                match padded(code.as_bytes()) {
                    Some(code) => Some(Self(code)),
                    None => None,
                }
            }

            /// The code on the wire.
            pub fn as_str(&self) -> &str {
                // Invariant of `padded`: ASCII, and NULs only behind it.
                core::str::from_utf8(&self.0).map_or("", |code| code.trim_end_matches('\0'))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Parameter for $name {
            const KIND: Kind = Kind::Code;

            fn read(words: &mut Words<'_>) -> Option<Self> {
                words.next().and_then(padded).map(Self)
            }

            fn write(&self, line: &mut Line) {
                line.word(self.as_str().as_bytes());
            }

            fn fill(line: &mut Line) {
                Self::$fill.write(line);
            }
        }
    )*};
}

codes! {
    /// Who may see and write to oneself, `BLP` (enums.tsv, privacy-BLP).
    Privacy {
        /// Everybody who is not blocked; the default.
        ALLOW = "AL";
        /// Nobody who is not allowed.
        BLOCK = "BL";
    } fill ALLOW
    /// Whether to ask before somebody adds oneself, `GTC` (enums.tsv, privacy-GTC).
    Prompt {
        /// Ask; the default.
        ASK = "A";
        /// Never ask.
        NEVER = "N";
    } fill ASK
    /// `ON` or `OFF`, of `IMS`.
    Switch {
        /// On.
        ON = "ON";
        /// Off.
        OFF = "OFF";
    } fill ON
    /// What the sender of a switchboard message wants to hear (msnp8-18.md 9.3). The server of today closes at any other.
    Acknowledgement {
        /// Nothing.
        NONE = "U";
        /// `NAK` if it fails.
        ON_FAILURE = "N";
        /// `ACK` or `NAK`.
        ALWAYS = "A";
        /// `ACK`, `NAK` or error 282; what carries data must have it.
        DATA = "D";
        /// `ACK` alone; of later clients.
        ON_SUCCESS = "S";
    } fill ON_FAILURE
    /// Why the server ends the session, `OUT` (enums.tsv, OUT-reason).
    OutReason {
        /// Signed in elsewhere: do not come back by oneself.
        OTHER_PLACE = "OTH";
        /// The server shuts down: come back after a while.
        SHUTDOWN = "SSD";
        /// The account is being migrated: come back.
        MIGRATION = "MIG";
        /// Terms of use have to be accepted.
        TERMS_OF_USE = "TOU";
        /// Come back after the minutes that follow.
        RECONNECT = "RCT";
    } fill SHUTDOWN
    /// How the server that a transfer names is reached (msnp24.md 14.1).
    Carrier {
        /// `U`: directly.
        DIRECT = "U";
        /// `G`: through the gateway.
        GATEWAY = "G";
    } fill DIRECT
    /// What stands behind the carrier when a client is sent to another notification server; what for is not known.
    ReferralFlag {
        /// `D`, the only one that was seen.
        D = "D";
    } fill D
    /// A key of `PRP`, `BPR` and `SBP` (enums.tsv, PRP-BPR-key).
    Property {
        /// Home phone.
        HOME_PHONE = "PHH";
        /// Work phone.
        WORK_PHONE = "PHW";
        /// Mobile phone.
        MOBILE_PHONE = "PHM";
        /// Whether others may page the mobile, `Y` or `N`.
        MOBILE_ALLOWED = "MOB";
        /// Whether there is a mobile device, `Y` or `N`; the server's.
        MOBILE_ENABLED = "MBE";
        /// Web watch.
        WEB_WATCH = "WWE";
        /// Own display name, since MSNP10; with `SBP`, the name that one gives a contact.
        NAME = "MFN";
        /// Whether there is a Space, `0` or `1`, since MSNP11.
        SPACE = "HSB";
    } fill NAME
    /// What `NFY` says of the document behind it.
    Change {
        /// It is so now.
        PUT = "PUT";
        /// It is withdrawn.
        DEL = "DEL";
    } fill PUT
}

/// One of the contact lists (enums.tsv, list-bit).
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a server that had more would have a new dialect"
)]
pub enum List {
    /// `FL`, forward: contacts that the user sees.
    Forward,
    /// `AL`, allow.
    Allow,
    /// `BL`, block; wins over allow.
    Block,
    /// `RL`, reverse: who has the user; the server's.
    Reverse,
    /// `PL`, pending: who added the user and was not answered, since MSNP10; the server's.
    Pending,
}

impl List {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 5] = [
        Self::Forward,
        Self::Allow,
        Self::Block,
        Self::Reverse,
        Self::Pending,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "FL",
            Self::Allow => "AL",
            Self::Block => "BL",
            Self::Reverse => "RL",
            Self::Pending => "PL",
        }
    }

    /// Its bit in a sum of lists.
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl Parameter for List {
    const KIND: Kind = Kind::List;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        let word = words.next()?;
        let mut all = Self::ALL.into_iter();
        all.find(|list| list.as_str().as_bytes() == word)
    }

    fn write(&self, line: &mut Line) {
        line.word(self.as_str().as_bytes());
    }
}

/// The lists that a contact is on, as the sum of their bits.
///
/// ```
/// use msnp_proto::classic::{List, ListBits};
/// let lists: ListBits = [List::Forward, List::Allow].into_iter().collect();
/// assert_eq!(lists, ListBits(3));
/// assert!(lists.has(List::Allow) && !lists.has(List::Block));
/// ```
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListBits(pub u32);

impl ListBits {
    /// What a client may put into `ADL` and `RML`; another bit is error 241 (enums.tsv, list-bit).
    pub const OF_CLIENTS: Self = Self(0x07);

    /// Whether the list is among them.
    pub const fn has(self, list: List) -> bool {
        self.0 & list.bit() != 0
    }

    /// The same with one list more.
    #[must_use]
    pub const fn with(self, list: List) -> Self {
        Self(self.0 | list.bit())
    }

    /// The same without one list.
    #[must_use]
    pub const fn without(self, list: List) -> Self {
        Self(self.0 & !list.bit())
    }
}

impl FromIterator<List> for ListBits {
    fn from_iter<I: IntoIterator<Item = List>>(lists: I) -> Self {
        lists.into_iter().fold(Self::default(), Self::with)
    }
}

impl Parameter for ListBits {
    const KIND: Kind = Kind::ListBits;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        u32::read(words).map(Self)
    }

    fn write(&self, line: &mut Line) {
        line.number(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_short_word() {
        assert_eq!(OutReason::new("OTH"), Some(OutReason::OTHER_PLACE));
        assert_eq!(
            Property::new("XYZZYXYZ").map(|code| code.as_str().len()),
            Some(8)
        );
        for code in ["", "a b", "é", "ABCDEFGHI", "a\0", "13"] {
            assert_eq!(Privacy::new(code), None, "{code:?}");
        }
    }

    #[test]
    fn each_list_has_its_bit() {
        let bits = List::ALL.map(List::bit);
        assert_eq!(bits, [1, 2, 4, 8, 16]);
        let all: ListBits = List::ALL.into_iter().collect();
        assert_eq!(all, ListBits(31));
        assert_eq!(all.without(List::Pending), ListBits(15));
    }
}
