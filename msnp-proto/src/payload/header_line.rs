//! `Name: value CRLF`: what keeps one header from becoming two.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// A header name: visible ASCII. A space in it (`From : x`, or a folded line) would make it another
/// header to some parsers.
pub(super) fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| is_name_byte(*b))
}

pub(super) const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b':'
}

/// Appends a value with every control character as a space.
pub(super) fn push_value(out: &mut Vec<u8>, value: impl fmt::Display) {
    // Writing to a vector cannot fail.
    let _ = write!(OneLine(out), "{value}");
}

/// A value as it is written and read again: in one line, no blanks at its ends.
pub(super) fn one_line(value: &str) -> String {
    let mut out = Vec::with_capacity(value.len());
    push_value(&mut out, value);
    // Only ASCII control characters were turned into other ASCII.
    String::from_utf8_lossy(&out).trim().into()
}

struct OneLine<'a>(&'a mut Vec<u8>);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend(
            text.bytes()
                .map(|b| if b.is_ascii_control() { b' ' } else { b }),
        );
        Ok(())
    }
}
