//! `<msnobj …/>`: what a picture, an emoticon or a wink is called.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};
use core::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::{Digest, Sha1};

use crate::{base64_text, param};

/// A description of something that a peer has and will send when asked: its picture, an emoticon, a wink
/// (msnp8-18.md 8.5).
///
/// All attributes are kept, in their order: other programs compare objects as text. In a parameter of `CHG` or `NLN` it
/// stands percent-coded, in an emoticon, a wink or `<UserTileLocation>` as it is.
///
/// ```
/// use msnp_proto::{Frame, MsnObject, ObjectKind, Verb};
/// let object = MsnObject::new("a@b", ObjectKind::DISPLAY_PICTURE, "TFR2C.tmp", "", b"the picture");
/// assert_eq!(object.size(), Some(11));
/// assert!(object.describes(b"the picture") && object.checksum_holds() == Some(true));
/// let frame = Frame::build(Verb::CHG).trid(9).param("NLN").number(0).raw_param(object.to_param().as_bytes())?.finish();
/// let word = frame.param(3).expect("just written");
/// assert_eq!(MsnObject::from_param(word)?, Some(object));
/// // No object is written in two ways.
/// assert_eq!(MsnObject::from_param(b"0")?, None);
/// assert_eq!(MsnObject::from_param(b"%3Cmsnobj%2F%3E")?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MsnObject {
    attributes: Vec<(Cow<'static, str>, String)>,
}

/// What an object is: the number in `Type`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKind(pub u32);

/// A text is no object: the fault of the peer that wrote it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("msnobj, byte {offset}: {kind}")]
pub struct MsnObjectError {
    /// Where, counted from the start of the text.
    pub offset: usize,
    /// What.
    pub kind: MsnObjectErrorKind,
}

/// What is wrong with an object.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MsnObjectErrorKind {
    /// It does not start with `<msnobj`.
    #[error("not <msnobj")]
    NotMsnObject,
    /// It ends before `>`, or goes on behind it.
    #[error("no end where it should be")]
    End,
    /// An attribute is not `name="value"`.
    #[error("a malformed attribute")]
    Attribute,
    /// More attributes than [`MsnObject::MAX_ATTRIBUTES`].
    #[error("too many attributes")]
    TooMany,
    /// Percent-coded bytes that are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
}

impl ObjectKind {
    /// A custom emoticon.
    pub const EMOTICON: Self = Self(2);
    /// A display picture.
    pub const DISPLAY_PICTURE: Self = Self(3);
    /// A background.
    pub const BACKGROUND: Self = Self(5);
    /// A display picture that moves.
    pub const DYNAMIC_DISPLAY_PICTURE: Self = Self(7);
    /// A wink.
    pub const WINK: Self = Self(8);
    /// A voice clip.
    pub const VOICE_CLIP: Self = Self(11);
    /// The sound that goes with a person.
    pub const SIGNATURE_SOUND: Self = Self(14);
    /// A scene.
    pub const SCENE: Self = Self(16);
}

impl MsnObject {
    /// The most attributes that are read; eight were seen at once.
    pub const MAX_ATTRIBUTES: usize = 32;

    /// Describes `data` with the seven attributes that every peer wrote, in their order. `friendly` may be empty.
    pub fn new(
        creator: &str,
        kind: ObjectKind,
        location: &str,
        friendly: &str,
        data: &[u8],
    ) -> Self {
        // UTF-16 with a NUL at the end.
        let friendly: Vec<u8> = friendly
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_le_bytes)
            .collect();
        let attributes = [
            ("Creator", creator.into()),
            ("Size", data.len().to_string()),
            ("Type", kind.0.to_string()),
            ("Location", location.into()),
            ("Friendly", base64_text::encode(&friendly)),
            ("SHA1D", base64_text::encode(&Sha1::digest(data))),
        ];
        let mut object = Self {
            attributes: attributes.map(|(name, value)| (name.into(), value)).into(),
        };
        let checksum = object.checksum();
        object.attributes.push(("SHA1C".into(), checksum));
        object
    }

    /// Reads a parameter of a line. `0`, an empty word and an empty `<msnobj/>` say that there is none.
    ///
    /// # Errors
    /// [`MsnObjectError`], its offset counted in the decoded text.
    pub fn from_param(word: &[u8]) -> Result<Option<Self>, MsnObjectError> {
        let text = param::decode(word);
        let text = core::str::from_utf8(&text)
            .map_err(|error| MsnObjectErrorKind::NotUtf8.at(error.valid_up_to()))?;
        if matches!(text.trim(), "" | "0") {
            return Ok(None);
        }
        let object: Self = text.parse()?;
        Ok((!object.attributes.is_empty()).then_some(object))
    }

    /// The object as a parameter: all but unreserved characters escaped, in capitals (msnp8-18.md 2.4). It goes through
    /// [`FrameBuilder::raw_param`](crate::FrameBuilder::raw_param), since it is coded already.
    pub fn to_param(&self) -> String {
        const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
            .remove(b'-')
            .remove(b'.')
            .remove(b'_')
            .remove(b'~');
        utf8_percent_encode(&self.to_string(), ESCAPED).to_string()
    }

    /// An attribute by its name, in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All attributes, in order.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.attributes
            .iter()
            .map(|(name, value)| (&**name, value.as_str()))
    }

    /// `Creator`: the account that has it.
    pub fn creator(&self) -> Option<&str> {
        self.get("Creator")
    }

    /// `Size` of the data, in bytes.
    pub fn size(&self) -> Option<u64> {
        number(self.get("Size")?)
    }

    /// `Type`.
    pub fn kind(&self) -> Option<ObjectKind> {
        u32::try_from(number(self.get("Type")?)?)
            .ok()
            .map(ObjectKind)
    }

    /// `Location`: a file name that means nothing to others.
    pub fn location(&self) -> Option<&str> {
        self.get("Location")
    }

    /// `Friendly`: a name for people, if it can be read.
    pub fn friendly(&self) -> Option<String> {
        let bytes = base64_text::decode(self.get("Friendly")?.as_bytes())?;
        let units: Vec<u16> = bytes
            .as_chunks()
            .0
            .iter()
            .map(|unit| u16::from_le_bytes(*unit))
            .take_while(|unit| *unit != 0)
            .collect();
        String::from_utf16(&units).ok()
    }

    /// `SHA1D`: the hash of the data.
    pub fn data_hash(&self) -> Option<[u8; 20]> {
        base64_text::decode(self.get("SHA1D")?.as_bytes())?
            .try_into()
            .ok()
    }

    /// Whether `SHA1D` is the hash of this.
    pub fn describes(&self, data: &[u8]) -> bool {
        self.data_hash() == Some(Sha1::digest(data).into())
    }

    /// What `SHA1C` should be: the hash of six attributes with their names (msnp8-18.md 8.5).
    pub fn checksum(&self) -> String {
        let mut hash = Sha1::new();
        for name in ["Creator", "Size", "Type", "Location", "Friendly", "SHA1D"] {
            if let Some(value) = self.get(name) {
                hash.update(name);
                hash.update(value);
            }
        }
        base64_text::encode(&hash.finalize())
    }

    /// Whether `SHA1C` is what it should be; `None` if there is none, which receivers accept.
    pub fn checksum_holds(&self) -> Option<bool> {
        self.get("SHA1C").map(|found| found == self.checksum())
    }
}

impl MsnObjectErrorKind {
    const fn at(self, offset: usize) -> MsnObjectError {
        MsnObjectError { offset, kind: self }
    }
}

impl FromStr for MsnObject {
    type Err = MsnObjectError;

    /// `"<msnobj" *( SP name "=" quoted ) [ SP ] [ "/" ] ">"`, either quote. A reference that is none stays as it is.
    fn from_str(text: &str) -> Result<Self, MsnObjectError> {
        let at = |rest: &str| text.len() - rest.len();
        let trimmed = text.trim();
        let mut rest = match trimmed.split_at_checked("<msnobj".len()) {
            Some((start, rest)) if start.eq_ignore_ascii_case("<msnobj") => rest,
            _ => return Err(MsnObjectErrorKind::NotMsnObject.at(0)),
        };
        let mut attributes: Vec<(Cow<'static, str>, String)> = Vec::new();
        // The offsets of errors count from the untrimmed text; what was trimmed stands behind too.
        let behind = text.len() - text.trim_end().len();
        let fail =
            |kind: MsnObjectErrorKind, rest: &str| Err(kind.at(at(rest).saturating_sub(behind)));
        loop {
            let spaced = rest.trim_start();
            if matches!(spaced, "/>" | ">" | "></msnobj>") {
                return Ok(Self { attributes });
            }
            if spaced.is_empty() || spaced.starts_with(['/', '>']) {
                return fail(MsnObjectErrorKind::End, spaced);
            }
            if spaced.len() == rest.len() {
                return fail(MsnObjectErrorKind::Attribute, rest);
            }
            if attributes.len() == Self::MAX_ATTRIBUTES {
                return fail(MsnObjectErrorKind::TooMany, spaced);
            }
            let Some((name, value, behind)) = attribute(spaced) else {
                return fail(MsnObjectErrorKind::Attribute, spaced);
            };
            attributes.push((Cow::Owned(name.into()), resolve(value)));
            rest = behind;
        }
    }
}

/// Name, raw value and what follows.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim_end();
    let named = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':'));
    let rest = rest.trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|c| named && matches!(c, '"' | '\''))?;
    let (value, behind) = rest[1..].split_once(quote)?;
    Some((name, value, behind))
}

/// The five predefined references and numbers, whatever is no reference left as it is.
fn resolve(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest
            .find(';')
            .and_then(|end| Some((referred(&rest[1..end])?, end + 1)));
        let (character, length) = reference.unwrap_or(('&', 1));
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

fn referred(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let (digits, radix) = number
                .strip_prefix(['x', 'X'])
                .map_or((number, 10), |hex| (hex, 16));
            let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
            char::from_u32(u32::from_str_radix(digits, radix).ok().filter(|_| plain)?)?
        }
    })
}

/// Digits only: `parse` would take a plus sign.
fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())?
}

impl fmt::Display for MsnObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<msnobj")?;
        for (name, value) in self.attributes() {
            write!(f, " {name}=\"")?;
            for c in value.chars() {
                match c {
                    '&' => f.write_str("&amp;")?,
                    '<' => f.write_str("&lt;")?,
                    '>' => f.write_str("&gt;")?,
                    '"' => f.write_str("&quot;")?,
                    c if c.is_control() => write!(f, "&#x{:X};", u32::from(c))?,
                    c => f.write_char(c)?,
                }
            }
            f.write_str("\"")?;
        }
        f.write_str("/>")
    }
}

/// Prints what it is, not whose.
impl fmt::Debug for MsnObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "MsnObject({:?}, {} attributes)",
            self.kind(),
            self.attributes.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// msnp8-18.md 8.5
    const SAMPLE: &str = "<msnobj Creator=\"buddy1@hotmail.com\" Size=\"24539\" Type=\"3\" Location=\"TFR2C.tmp\" \
        Friendly=\"AAA=\" SHA1D=\"trC8SlFx2sWQxZMIBAWSEnXc8oQ=\" SHA1C=\"U32o6bosZzluJq82eAtMpx5dIEI=\"/>";

    #[test]
    fn the_published_sample_is_read_and_written() {
        let object: MsnObject = SAMPLE.parse().expect("an object");
        assert_eq!(object.creator(), Some("buddy1@hotmail.com"));
        assert_eq!(
            (object.size(), object.kind()),
            (Some(24539), Some(ObjectKind::DISPLAY_PICTURE))
        );
        assert_eq!(
            (object.location(), object.friendly().as_deref()),
            (Some("TFR2C.tmp"), Some(""))
        );
        assert_eq!(object.checksum_holds(), Some(true));
        assert_eq!(object.to_string(), SAMPLE);
        let param = object.to_param();
        assert!(
            param.starts_with("%3Cmsnobj%20Creator%3D%22buddy1%40hotmail.com%22"),
            "{param}"
        );
        assert_eq!(
            MsnObject::from_param(param.as_bytes()),
            Ok(Some(object.clone()))
        );
        // Official servers wrote small digits.
        let lower = param.replace("%3D", "%3d").replace("%2F", "%2f");
        assert_eq!(MsnObject::from_param(lower.as_bytes()), Ok(Some(object)));
    }

    #[test]
    fn order_and_unknown_attributes_are_kept() {
        let text = "<msnobj Type=\"2\" contenttype=\"M\" Creator=\"x&amp;y\" avatarid=\"7\"/>";
        let object: MsnObject = text.parse().expect("an object");
        assert_eq!(object.to_string(), text);
        assert_eq!(object.creator(), Some("x&y"));
        assert_eq!(
            (object.get("ContentType"), object.checksum_holds()),
            (Some("M"), None)
        );
        assert_eq!(
            (object.size(), object.friendly(), object.data_hash()),
            (None, None, None)
        );
    }

    #[test]
    fn sloppy_writers_are_understood() {
        let read = |text: &str| text.parse::<MsnObject>().expect("an object").to_string();
        assert_eq!(
            read("<msnobj a='1' b = \"2\" >"),
            "<msnobj a=\"1\" b=\"2\"/>"
        );
        assert_eq!(
            read(" <MSNOBJ a=\"&#65;&x; &\"></msnobj> "),
            "<msnobj a=\"A&amp;x; &amp;\"/>"
        );
        assert_eq!(MsnObject::from_param(b" "), Ok(None));
        assert_eq!(MsnObject::from_param(b"<msnobj/>"), Ok(None));
        assert_eq!(MsnObject::from_param(b"<msnobj />"), Ok(None));
    }

    #[track_caller]
    fn refuse(text: &str, offset: usize, kind: MsnObjectErrorKind) {
        assert_eq!(text.parse::<MsnObject>(), Err(kind.at(offset)), "{text:?}");
    }

    #[test]
    fn what_is_no_object_is_refused_at_its_place() {
        refuse("", 0, MsnObjectErrorKind::NotMsnObject);
        refuse("<msnob", 0, MsnObjectErrorKind::NotMsnObject);
        refuse("<msnobj", 7, MsnObjectErrorKind::End);
        refuse("<msnobjx a=\"1\"/>", 7, MsnObjectErrorKind::Attribute);
        refuse(
            "<msnobj a=\"1\"b=\"2\"/>",
            13,
            MsnObjectErrorKind::Attribute,
        );
        refuse("<msnobj a=\"1\" b/>", 14, MsnObjectErrorKind::Attribute);
        refuse("  <msnobj a=\"1\"/><x/>  ", 15, MsnObjectErrorKind::End);
        refuse("<msnobj a=\"1", 8, MsnObjectErrorKind::Attribute);
        let many = alloc::format!("<msnobj{}/>", " a=\"\"".repeat(33));
        refuse(&many, 7 + 32 * 5 + 1, MsnObjectErrorKind::TooMany);
        assert_eq!(
            MsnObject::from_param(b"a%ff"),
            Err(MsnObjectErrorKind::NotUtf8.at(1))
        );
    }

    #[test]
    fn every_cut_is_refused() {
        for cut in 0..SAMPLE.len() {
            assert!(SAMPLE[..cut].parse::<MsnObject>().is_err(), "{cut}");
        }
    }

    proptest! {
        #[test]
        fn what_is_described_is_read(creator: String, location: String, friendly in "[^\\x00]*", data: Vec<u8>) {
            let object = MsnObject::new(&creator, ObjectKind::WINK, &location, &friendly, &data);
            prop_assert_eq!(object.to_string().parse(), Ok(object.clone()));
            prop_assert_eq!(MsnObject::from_param(object.to_param().as_bytes()), Ok(Some(object.clone())));
            prop_assert_eq!(object.friendly(), Some(friendly));
            prop_assert!(object.describes(&data) && object.checksum_holds() == Some(true));
        }

        #[test]
        fn what_is_read_is_written(text in "(<msnobj)?[ a-z=\"'/>&;<]*") {
            if let Ok(object) = text.parse::<MsnObject>() {
                prop_assert_eq!(object.to_string().parse(), Ok(object));
            }
        }
    }
}
