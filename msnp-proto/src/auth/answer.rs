//! Thirty-two digits: how an MD5 value stands on the wire.

use core::fmt;

/// 32 lower-case hexadecimal digits: the payload of `QRY`, the `<response>` of `PUT MSGR\CHALLENGE`, the answer of an
/// MD5 sign-in, a lock key.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
pub struct Answer([u8; 32]);

impl Answer {
    pub(super) fn of(bytes: [u8; 16]) -> Self {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
            pair[0] = HEX[usize::from(byte >> 4)];
            pair[1] = HEX[usize::from(byte & 15)];
        }
        Self(digits)
    }

    /// The digits as text.
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(&self.0) {
            Ok(digits) => digits,
            // Invariant of `of`, the only constructor: ASCII digits.
            Err(_) => unreachable!(),
        }
    }

    /// The digits as bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether a peer's digits say the same, in either case. All of them are looked at, whichever differs.
    pub fn matches(&self, digits: &[u8]) -> bool {
        digits.len() == self.0.len()
            && self.0.iter().zip(digits).fold(0, |found, (own, given)| {
                found | (own ^ given.to_ascii_lowercase())
            }) == 0
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_may_write_capitals_but_nothing_else() {
        let answer = Answer::of([0xab; 16]);
        assert!(answer.matches(answer.as_bytes()));
        assert!(answer.matches("AB".repeat(16).as_bytes()));
        assert!(!answer.matches(&answer.as_bytes()[..31]));
        assert!(!answer.matches(b""));
        for at in 0..32 {
            let mut other = *answer.as_bytes();
            other[at] = b'0';
            assert!(!answer.matches(&other), "{at}");
        }
    }
}
