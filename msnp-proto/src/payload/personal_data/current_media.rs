//! `CurrentMedia`: what is being played, in fields between `\0`.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What somebody listens to, plays or works on.
///
/// ```text
/// media   = application \0 type \0 enabled \0 format \0 *( field \0 )     ; \0 is a backslash and a zero
/// ```
///
/// Types that are known: `Music`, `Games`, `Office`, `Radio`. The fields are title, artist, album, content id and
/// library, as far as the format names them (msnp8-18.md 8.3).
///
/// ```
/// use msnp_proto::payload::personal_data::CurrentMedia;
/// let media = CurrentMedia::parse(r"\0Music\01\0{0} - {1}\0Song Title\0Song Artist\0Song Album\0\0").expect("music");
/// assert_eq!((media.kind.as_str(), media.enabled), ("Music", true));
/// assert_eq!(media.text(), "Song Title - Song Artist");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentMedia {
    /// The program; mostly empty.
    pub application: String,
    /// The type.
    pub kind: String,
    /// Whether it is to be shown.
    pub enabled: bool,
    /// How: `{0}` stands for the first field.
    pub format: String,
    /// The fields, the empty ones at the end included.
    pub fields: Vec<String>,
}

impl CurrentMedia {
    /// Something to be shown. There are always five fields on the wire, some of them empty.
    pub fn new<'a>(kind: &str, format: &str, fields: impl IntoIterator<Item = &'a str>) -> Self {
        let mut fields: Vec<String> = fields.into_iter().map(String::from).collect();
        // Title, artist, album, content id, library; the last is ended by the end of the text.
        fields.resize(fields.len().max(5), String::new());
        Self {
            application: String::new(),
            kind: kind.into(),
            enabled: true,
            format: format.into(),
            fields,
        }
    }

    /// Reads the text; `None` if nothing is played, or the text is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split(SEPARATOR);
        let media = Self {
            application: fields.next()?.into(),
            kind: fields.next()?.into(),
            enabled: fields.next()? == "1",
            format: fields.next()?.into(),
            fields: fields.take(MAX_FIELDS).map(String::from).collect(),
        };
        (!media.kind.is_empty()).then_some(media)
    }

    /// The format with its fields filled in, for people to read.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut rest = self.format.as_str();
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            // `{12}` is the longest: no look-out for a brace that may be far away.
            let end = rest.bytes().take(4).position(|b| b == b'}');
            let field = end.and_then(|end| Some((rest[1..end].parse::<usize>().ok()?, end + 1)));
            let (filled, length) = match field {
                Some((index, length)) => {
                    (self.fields.get(index).map_or("", String::as_str), length)
                }
                None => ("{", 1),
            };
            out.push_str(filled);
            rest = &rest[length..];
        }
        out.push_str(rest);
        out
    }
}

const SEPARATOR: &str = "\\0";

/// Five were seen.
const MAX_FIELDS: usize = 32;

impl fmt::Display for CurrentMedia {
    /// A separator inside a field loses its backslash: nothing can express it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let enabled = if self.enabled { "1" } else { "0" };
        let head = [self.application.as_str(), &self.kind, enabled, &self.format];
        for (at, field) in head
            .into_iter()
            .chain(self.fields.iter().map(String::as_str))
            .enumerate()
        {
            if at > 0 {
                f.write_str(SEPARATOR)?;
            }
            f.write_str(&without_separators(field))?;
        }
        Ok(())
    }
}

/// A zero takes the backslashes in front of it along.
fn without_separators(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    for c in field.chars() {
        if c == '0' {
            out.truncate(out.trim_end_matches('\\').len());
        }
        out.push(c);
    }
    out
}
