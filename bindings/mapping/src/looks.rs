//! How texts look, as JSON: `{font, colour, bold, italic, underline, strikethrough, right_to_left}`.

use msnp_client::Looks;
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::wrong::Wrong;

const FIELDS: &[&str] = &[
    "font",
    "colour",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "right_to_left",
];

/// As a message has them.
pub(crate) fn looks(looks: &Looks) -> Value {
    let [red, green, blue] = looks.colour;
    json!({
        "font": looks.font,
        "colour": format!("#{red:02x}{green:02x}{blue:02x}"),
        "bold": looks.bold,
        "italic": looks.italic,
        "underline": looks.underline,
        "strikethrough": looks.strikethrough,
        "right_to_left": looks.right_to_left,
    })
}

/// Reads what [`looks`] writes; what is left out is as usual.
pub(crate) fn read_looks(of: &Fields<'_>, name: &str) -> Result<Looks, Wrong> {
    let Some(fields) = of.maybe_object(name, FIELDS)? else {
        return Ok(Looks::default());
    };
    let flag = |name| fields.maybe_flag(name).map(Option::unwrap_or_default);
    Ok(Looks {
        font: fields.maybe_text("font")?.map(str::to_owned),
        colour: fields.maybe("colour", read_colour)?.unwrap_or_default(),
        bold: flag("bold")?,
        italic: flag("italic")?,
        underline: flag("underline")?,
        strikethrough: flag("strikethrough")?,
        right_to_left: flag("right_to_left")?,
    })
}

fn read_colour(text: &str) -> Result<[u8; 3], &'static str> {
    let digits = text.strip_prefix('#').filter(|it| it.len() == 6);
    let is_hex = |it: &&str| it.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = digits.filter(is_hex);
    let number = number.and_then(|it| u32::from_str_radix(it, 16).ok());
    let [_, red, green, blue] = number
        .ok_or("a colour is written like #1a2b3c")?
        .to_be_bytes();
    Ok([red, green, blue])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn looks_come_back(font in proptest::option::of("\\PC{1,20}"), colour: [u8; 3], marks: [bool; 5]) {
            let [bold, italic, underline, strikethrough, right_to_left] = marks;
            let there = Looks { font, colour, bold, italic, underline, strikethrough, right_to_left };
            let call = json!({ "looks": looks(&there) });
            let fields = Fields::of(&call, "", &["looks"]).expect("fields");
            prop_assert_eq!(read_looks(&fields, "looks").expect("looks"), there);
        }
    }

    #[test]
    fn a_colour_that_is_none_is_named() {
        for text in ["", "#", "red", "#12345", "#1234567", "#+12345", "#äää"] {
            assert!(read_colour(text).is_err(), "{text}");
        }
    }
}
