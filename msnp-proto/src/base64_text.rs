//! Base64 as peers write it: with spare bits set, with or without padding, with blanks inside.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A published secret has spare bits set that a strict decoder refuses (msnp8-18.md 5.3).
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// In one line, padded.
pub(crate) fn encode(bytes: &[u8]) -> String {
    TOLERANT.encode(bytes)
}

/// What the text stands for, white space in it skipped; `None` if it is not Base64.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.iter().any(u8::is_ascii_whitespace) {
        let dense: Vec<u8> = text
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        return TOLERANT.decode(dense).ok();
    }
    TOLERANT.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spare_bits_blanks_and_missing_padding_are_read() {
        assert_eq!(decode(b"BBB="), Some([4, 16].into()));
        assert_eq!(decode(b"QWxpY2U"), Some(b"Alice".into()));
        assert_eq!(decode(b"QWxp\r\nY2U= "), Some(b"Alice".into()));
        assert_eq!(decode(b""), Some(Vec::new()));
        assert_eq!(decode(b"QWxpY2U=="), None);
        assert_eq!(decode("é".as_bytes()), None);
    }
}
