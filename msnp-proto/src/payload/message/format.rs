//! `X-MMS-IM-Format`: the look of a plain text.

use alloc::string::String;
use core::fmt::{self, Write as _};
use core::str::FromStr;

use percent_encoding::percent_encode_byte;

use crate::param;

/// `FN=<font>; EF=<effects>; CO=<colour>; CS=<charset>; PF=<pitch and family>[; RL=1]`
/// (msnp24.md 10).
///
/// ```
/// use msnp_proto::payload::message::TextFormat;
/// let format: TextFormat = "FN=Segoe%20UI; EF=BI; CO=ff; CS=0; PF=22".parse()?;
/// assert_eq!(format.font, "Segoe UI");
/// assert!(format.bold && format.italic && !format.underline);
/// assert_eq!(format.rgb(), [0xff, 0, 0]);
/// assert_eq!(format.to_string(), "FN=Segoe%20UI; EF=BI; CO=ff; CS=0; PF=22");
/// # Ok::<(), msnp_proto::payload::message::TextFormatError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent marks of the wire"
)]
pub struct TextFormat {
    /// The font's name.
    pub font: String,
    /// `B`
    pub bold: bool,
    /// `I`
    pub italic: bool,
    /// `U`
    pub underline: bool,
    /// `S`
    pub strike: bool,
    /// The colour, `0xbbggrr`: blue in front.
    pub colour: u32,
    /// The Windows character set of the font, nothing else; the text is UTF-8 all the same.
    /// Official clients write it in hexadecimal, as is done here, others in decimal.
    pub charset: u16,
    /// Pitch and family of the font, hexadecimal.
    pub pitch_family: u16,
    /// Text runs from right to left.
    pub right_to_left: bool,
}

/// A text is not a format.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text format is a list of XX=value, with hexadecimal CO, CS and PF")]
pub struct TextFormatError;

impl TextFormat {
    /// The colour in the usual order: red, green, blue.
    pub const fn rgb(&self) -> [u8; 3] {
        let [red, green, blue, _] = self.colour.to_le_bytes();
        [red, green, blue]
    }

    /// The format with a colour given as red, green, blue.
    #[must_use]
    pub const fn with_rgb(mut self, [red, green, blue]: [u8; 3]) -> Self {
        self.colour = u32::from_le_bytes([red, green, blue, 0]);
        self
    }
}

impl FromStr for TextFormat {
    type Err = TextFormatError;

    /// Fields in any order; missing ones keep their default, unknown ones are skipped.
    fn from_str(text: &str) -> Result<Self, TextFormatError> {
        let mut format = Self::default();
        for field in text.split(';').map(str::trim).filter(|f| !f.is_empty()) {
            let (name, value) = field.split_once('=').ok_or(TextFormatError)?;
            match name {
                "FN" => {
                    let font = param::decode(value.as_bytes());
                    format.font = String::from_utf8_lossy(&font).into_owned();
                }
                "EF" => {
                    let has = |mark| value.contains(mark);
                    format.bold = has('B');
                    format.italic = has('I');
                    format.underline = has('U');
                    format.strike = has('S');
                }
                "CO" => format.colour = hex(value, 0x00ff_ffff)?,
                "CS" => format.charset = hex16(value)?,
                "PF" => format.pitch_family = hex16(value)?,
                "RL" => format.right_to_left = value == "1",
                _ => {}
            }
        }
        Ok(format)
    }
}

fn hex(digits: &str, max: u32) -> Result<u32, TextFormatError> {
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(TextFormatError);
    }
    if digits.is_empty() {
        return Ok(0);
    }
    u32::from_str_radix(digits, 16)
        .ok()
        .filter(|value| *value <= max)
        .ok_or(TextFormatError)
}

fn hex16(digits: &str) -> Result<u16, TextFormatError> {
    u16::try_from(hex(digits, u32::from(u16::MAX))?).map_err(|_| TextFormatError)
}

impl fmt::Display for TextFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FN=")?;
        for byte in self.font.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
                f.write_char(char::from(byte))?;
            } else {
                f.write_str(percent_encode_byte(byte))?;
            }
        }
        f.write_str("; EF=")?;
        for (mark, set) in [
            ('B', self.bold),
            ('I', self.italic),
            ('U', self.underline),
            ('S', self.strike),
        ] {
            if set {
                f.write_char(mark)?;
            }
        }
        write!(
            f,
            "; CO={:x}; CS={:x}; PF={:x}",
            self.colour & 0x00ff_ffff,
            self.charset,
            self.pitch_family
        )?;
        if self.right_to_left {
            f.write_str("; RL=1")?;
        }
        Ok(())
    }
}
