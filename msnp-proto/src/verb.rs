//! The first word of every command: three letters, or the three digits of an error.

use core::fmt;

/// The command word of a frame, three ASCII letters or digits, case kept.
///
/// A newtype and not an enum: a verb this crate has no name for is a value like any other. The
/// named constants are the words of MSNP2 to MSNP24.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verb([u8; 3]);

impl Verb {
    /// Makes a verb; `None` unless all three bytes are ASCII letters or digits.
    pub const fn new(word: [u8; 3]) -> Option<Self> {
        if word[0].is_ascii_alphanumeric()
            && word[1].is_ascii_alphanumeric()
            && word[2].is_ascii_alphanumeric()
        {
            Some(Self(word))
        } else {
            None
        }
    }

    /// The word as text.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(&self.0) {
            Ok(word) => word,
            // Invariant of `new`: ASCII letters and digits only.
            Err(_) => unreachable!(),
        }
    }

    /// The word as bytes.
    pub const fn as_bytes(&self) -> &[u8; 3] {
        &self.0
    }

    /// The number of a numeric reply (`911` gives 911), `None` for a word of letters.
    pub const fn error_code(self) -> Option<u16> {
        let [a, b, c] = self.0;
        if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() {
            Some((a - b'0') as u16 * 100 + (b - b'0') as u16 * 10 + (c - b'0') as u16)
        } else {
            None
        }
    }

    /// The verb of a numeric reply; `None` above 999.
    pub const fn from_error_code(code: u16) -> Option<Self> {
        if code > 999 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "each is below 10")]
        Some(Self([
            b'0' + (code / 100) as u8,
            b'0' + (code / 10 % 10) as u8,
            b'0' + (code % 10) as u8,
        ]))
    }

    /// A number that orders and hashes like the word.
    pub(crate) const fn key(self) -> u32 {
        u32::from_be_bytes([0, self.0[0], self.0[1], self.0[2]])
    }
}

impl fmt::Debug for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        #[expect(missing_docs, reason = "the words are documented in groups below")]
        impl Verb {
            $($(#[$doc])* pub const $name: Verb = {
                let word = stringify!($name).as_bytes();
                Verb([word[0], word[1], word[2]])
            };)*
        }
    };
}

verbs! {
    // Connecting and signing in.
    VER; CVR; USR; INF; XFR; SHA; OUT; CNT; ATH; BND;
    // Keep-alive and challenge.
    PNG; QNG; CHL; QRY;
    // Lists, groups and properties.
    SYN; LST; LSG; BPR; PRP; GTC; BLP; SBP; ADD; ADC; ADL; REM; REG; RMG; ADG; RML; FQY; FSL;
    // Presence.
    CHG; ILN; NLN; FLN; UUX; UBX; UBN; UBM; UUN; UUM; REA; RFS;
    // Switchboard.
    CAL; RNG; ANS; IRO; JOI; BYE; ACK; NAK; MSG;
    // Layered commands of MSNP21 and later.
    PUT; GET; DEL; NFY; SDG;
    // Notices and services.
    NOT; GCF; IPG; PGD; PAG; SBS; GSB; URL; LKP; SND; FND; IMS; VAS; SDC; CVQ;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_told_apart() {
        assert_eq!(Verb::new(*b"USR"), Some(Verb::USR));
        assert_eq!(Verb::USR.error_code(), None);
        assert_eq!(Verb::new(*b"911").and_then(Verb::error_code), Some(911));
        assert_eq!(Verb::new(*b"U R"), None);
        assert_eq!(Verb::new(*b"U\xc3R"), None);
    }

    #[test]
    fn every_code_has_a_verb() {
        for code in 0..=999 {
            let verb = Verb::from_error_code(code).expect("below 1000");
            assert_eq!(verb.error_code(), Some(code));
        }
        assert_eq!(Verb::from_error_code(1000), None);
    }
}
