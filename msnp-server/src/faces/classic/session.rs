//! `session`: what a conversation is called in `CAL` and `RNG`.

/// A number of 31 bits, without a sign: official ids were decimal (msnp8-18.md 9.1), and `BitlBee`'s module of MSNP18 takes one for a C
/// `int`, says in `ANS` what it has read, and ends the conversation if there is no digit at the front. Nobody is let in for knowing it.
pub(super) fn named(of: u128) -> String {
    (of % u128::from(i32::MAX.unsigned_abs()) + 1).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_a_number_that_a_c_int_holds() {
        for of in [0, 1, 0x7FFF_FFFE, 0x7FFF_FFFF, u128::MAX] {
            let read: i32 = named(of).parse().expect("it fits");
            assert!(read > 0, "{read}");
        }
    }
}
