//! How texts look, as all dialects write it: `X-MMS-IM-Format` (msnp8-18.md 9.4, msnp24.md 10).

use msnp_proto::payload::message::TextFormat;

use crate::looks::Looks;
use crate::text::clip;

/// No system of the time had longer names for fonts, and what is left of a message's size is for the text.
const FONT_BYTES: usize = 31;

/// What a format says.
pub(in crate::dialect) fn of_format(format: &TextFormat) -> Looks {
    let font = clip(format.font.trim(), FONT_BYTES);
    Looks {
        font: Some(font).filter(|font| !font.is_empty()),
        colour: format.rgb(),
        bold: format.bold,
        italic: format.italic,
        underline: format.underline,
        strikethrough: format.strike,
        right_to_left: format.right_to_left,
    }
}

/// The same to be written; `font` if none is wished for.
pub(in crate::dialect) fn to_format(looks: &Looks, font: &str) -> TextFormat {
    let wished = looks.font.as_deref().map(str::trim);
    let font = wished.filter(|it| !it.is_empty()).unwrap_or(font);
    let format = TextFormat {
        font: clip(font, FONT_BYTES),
        bold: looks.bold,
        italic: looks.italic,
        underline: looks.underline,
        strike: looks.strikethrough,
        right_to_left: looks.right_to_left,
        ..TextFormat::default()
    };
    format.with_rgb(looks.colour)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn looks_are_read_as_they_were_written(
            font in proptest::option::of("[a-zA-Zäß;=%][a-zA-Z äß;=%]{0,9}[a-z]"),
            colour: [u8; 3],
            marks: [bool; 5],
        ) {
            let [bold, italic, underline, strikethrough, right_to_left] = marks;
            let looks = Looks { font, colour, bold, italic, underline, strikethrough, right_to_left };
            let written = to_format(&looks, "").to_string();
            let read = written.parse().expect("a format");
            prop_assert_eq!(of_format(&read), looks);
        }
    }

    #[test]
    fn a_font_is_cut_between_characters() {
        let looks = Looks {
            font: Some("\u{e4}".repeat(40)),
            ..Looks::default()
        };
        let format = to_format(&looks, "");
        assert_eq!(format.font, "\u{e4}".repeat(15));
    }
}
