//! Presence: how people are, on which of their endpoints.

use std::fmt;

/// Available, busy, away …: what a person says of himself, or the client of him.
///
/// A value and not a list of cases: what a later service says is kept.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status([u8; 3]);

impl Status {
    /// Available.
    pub const ONLINE: Self = Self(*b"NLN");
    /// Busy.
    pub const BUSY: Self = Self(*b"BSY");
    /// Away.
    pub const AWAY: Self = Self(*b"AWY");
    /// Back soon.
    pub const BE_RIGHT_BACK: Self = Self(*b"BRB");
    /// Nobody at the keyboard for a while.
    pub const IDLE: Self = Self(*b"IDL");
    /// On the phone.
    pub const ON_THE_PHONE: Self = Self(*b"PHN");
    /// Out for a meal.
    pub const OUT_TO_LUNCH: Self = Self(*b"LUN");
    /// Signed in but shown to others as offline. Only of oneself.
    pub const HIDDEN: Self = Self(*b"HDN");
    /// Not signed in, or hidden, or not to be seen by us.
    pub const OFFLINE: Self = Self(*b"FLN");

    /// The status with this code (msnp24.md 8): three upper-case letters.
    pub const fn from_code(code: [u8; 3]) -> Option<Self> {
        if code[0].is_ascii_uppercase()
            && code[1].is_ascii_uppercase()
            && code[2].is_ascii_uppercase()
        {
            Some(Self(code))
        } else {
            None
        }
    }

    /// The code.
    pub const fn code(&self) -> &str {
        match std::str::from_utf8(&self.0) {
            Ok(code) => code,
            // Invariant of the constants and of `from_code`: ASCII letters.
            Err(_) => unreachable!(),
        }
    }

    /// Signed in and to be seen.
    pub fn is_online(self) -> bool {
        self != Self::OFFLINE && self != Self::HIDDEN
    }
}

impl fmt::Display for Status {
    /// In English words; an unknown status by its code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::ONLINE => "online",
            Self::BUSY => "busy",
            Self::AWAY => "away",
            Self::BE_RIGHT_BACK => "be right back",
            Self::IDLE => "idle",
            Self::ON_THE_PHONE => "on the phone",
            Self::OUT_TO_LUNCH => "out to lunch",
            Self::HIDDEN => "hidden",
            Self::OFFLINE => "offline",
            _ => self.code(),
        })
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({})", self.code())
    }
}

/// How somebody else is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Presence {
    /// The status over all endpoints.
    pub status: Status,
    /// What the person calls himself.
    pub name: Option<String>,
    /// The line under the name: personal message or mood.
    pub personal_message: Option<String>,
    /// Where the person is signed in, as far as it is told.
    pub endpoints: Vec<Endpoint>,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            status: Status::OFFLINE,
            name: None,
            personal_message: None,
            endpoints: Vec::new(),
        }
    }
}

/// How oneself is, as all of one's endpoints see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnPresence {
    /// Status, name, personal message, and every endpoint of one's own, this one too.
    pub presence: Presence,
    /// Which of the endpoints is this client.
    pub this_endpoint: EndpointId,
}

/// One place where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// Which.
    pub id: EndpointId,
    /// What its owner calls it, for example the computer's name. Mostly told to its owner only.
    pub name: Option<String>,
    /// Nobody at the keyboard.
    pub idle: bool,
}

/// Names one endpoint of one person.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub(crate) [u8; 16]);

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointId({self})")
    }
}
