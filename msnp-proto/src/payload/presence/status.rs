//! The three-letter codes of availability.

use core::fmt;
use core::str::FromStr;

/// A status code, such as `NLN`.
///
/// A newtype and not an enum: one without a name here is a value like any other.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status([u8; 3]);

/// A text is not a status code.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a status is three letters or digits")]
pub struct StatusError;

impl Status {
    /// Online.
    pub const NLN: Self = Self(*b"NLN");
    /// Away.
    pub const AWY: Self = Self(*b"AWY");
    /// Be right back.
    pub const BRB: Self = Self(*b"BRB");
    /// Idle; sent by the client by itself.
    pub const IDL: Self = Self(*b"IDL");
    /// Busy.
    pub const BSY: Self = Self(*b"BSY");
    /// On the phone. MSNP21 clients send [`BSY`](Self::BSY) instead.
    pub const PHN: Self = Self(*b"PHN");
    /// Out to lunch. MSNP21 clients send [`AWY`](Self::AWY) instead.
    pub const LUN: Self = Self(*b"LUN");
    /// Hidden: said of oneself only; others see [`FLN`](Self::FLN).
    pub const HDN: Self = Self(*b"HDN");
    /// Offline.
    pub const FLN: Self = Self(*b"FLN");

    /// The code as text.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(&self.0) {
            Ok(code) => code,
            // Invariant of `from_str` and the constants: ASCII only.
            Err(_) => unreachable!(),
        }
    }

    /// Whether others see the user: neither offline nor hidden.
    pub fn is_visible(self) -> bool {
        self != Self::FLN && self != Self::HDN
    }
}

impl FromStr for Status {
    type Err = StatusError;

    /// Three ASCII letters or digits, case kept.
    fn from_str(code: &str) -> Result<Self, StatusError> {
        let code: [u8; 3] = code.as_bytes().try_into().map_err(|_| StatusError)?;
        if code.iter().all(u8::is_ascii_alphanumeric) {
            Ok(Self(code))
        } else {
            Err(StatusError)
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
