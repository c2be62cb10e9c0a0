//! What a client can do and of which generation it is, and its status: the values of presence that other dialects share.

use core::fmt;

use crate::classic::form::Kind;
use crate::classic::grammar;
use crate::classic::line::{Line, Parameter, Words};
use crate::payload::presence::{Capabilities, Status};

/// The generation of a client, from the top four bits of its capabilities (enums.tsv, capability-version-nibble).
///
/// ```
/// use msnp_proto::classic::ClientGeneration;
/// let wlm_2009 = "2788999228:48".parse()?;
/// assert_eq!(ClientGeneration::of(wlm_2009).name(), Some("2009 (14)"));
/// # Ok::<(), msnp_proto::payload::presence::CapabilitiesError>(())
/// ```
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientGeneration(u8);

/// The names, by the value of the four bits.
const NAMES: [&str; 13] = [
    "before 6.0",
    "6.0",
    "6.1",
    "6.2",
    "7.0",
    "7.5",
    "8.0",
    "8.1",
    "8.5",
    "9.0 beta",
    "2009 (14)",
    "2011 (15)",
    "2012 (16)",
];

impl ClientGeneration {
    /// The generation that these capabilities claim.
    pub const fn of(capabilities: Capabilities) -> Self {
        Self((capabilities.basic >> 28) as u8)
    }

    /// The number, 0 to 15: the `n` of MSNC*n*.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The client's version as people know it.
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(usize::from(self.0)).copied()
    }

    /// The bits, to be set in [`Capabilities::basic`].
    pub const fn bits(self) -> u32 {
        (self.0 as u32) << 28
    }
}

impl fmt::Debug for ClientGeneration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MSNC{}", self.0)
    }
}

/// `a` up to MSNP15, `a:b` since: as many words are written as the dialect has.
impl Parameter for Capabilities {
    const KIND: Kind = Kind::Capabilities;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        let (basic, extended, further) = grammar::capabilities(words.next()?)?;
        Some(Self {
            basic,
            extended,
            further,
        })
    }

    fn write(&self, line: &mut Line) {
        line.number(self.basic);
        if line.dialect().has_extended_capabilities() {
            line.more(b":");
            line.more_digits(self.extended.unwrap_or_default());
        }
    }

    fn fill(line: &mut Line) {
        Self::default().write(line);
    }
}

impl Parameter for Status {
    const KIND: Kind = Kind::Status;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        core::str::from_utf8(words.next()?).ok()?.parse().ok()
    }

    fn write(&self, line: &mut Line) {
        line.word(self.as_str().as_bytes());
    }

    fn fill(line: &mut Line) {
        Self::NLN.write(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(capabilities: &str, number: u8, name: Option<&str>) {
        let generation = ClientGeneration::of(capabilities.parse().expect("capabilities"));
        assert_eq!((generation.number(), generation.name()), (number, name));
        let basic = capabilities
            .parse::<Capabilities>()
            .expect("capabilities")
            .basic;
        assert_eq!(generation.bits(), basic & 0xf000_0000);
    }

    #[test]
    fn the_top_four_bits_say_which_client() {
        check("2788999228:48", 10, Some("2009 (14)"));
        check("2416181284:00", 9, Some("9.0 beta"));
        check("1073741824", 4, Some("7.0"));
        check("32", 0, Some("before 6.0"));
        check("4294967295", 15, None);
    }
}
