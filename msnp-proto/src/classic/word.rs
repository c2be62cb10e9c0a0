//! One word of a line, as it stands on the wire, and lists of them.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::Secret;
use crate::classic::form::Kind;
use crate::classic::grammar::{self, stays_in_line};
use crate::classic::line::{Line, Parameter, Words};
use crate::frame::{Params, is_separator, parse_number};
use crate::param;

/// A parameter as it stands on the wire, percent-coding included; a slice of its frame.
///
/// Two words are equal if their bytes are. Peers encode anew what they echo (msnp8-18.md 2.4), so texts are compared by
/// [`decoded`](Self::decoded).
///
/// ```
/// use msnp_proto::classic::Word;
/// let name = Word::encode("Al ice 100%");
/// assert_eq!(name.as_bytes(), b"Al%20ice%20100%25");
/// assert_eq!(name.text(), "Al ice 100%");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Bytes);

/// Bytes cannot stand in a line as one word.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a word cannot be empty or hold spaces, tabs, line ends or NUL")]
pub struct WordError;

/// Several words at the end of a line, without a copy; perhaps none.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct WordList(Bytes);

/// Everything but the unreserved characters of a URI.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Word {
    /// Makes a word of bytes that need no coding, or have it.
    ///
    /// # Errors
    /// [`WordError`] if they would end the word or the line.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, WordError> {
        let bytes = bytes.into();
        let fits =
            !bytes.is_empty() && !bytes.iter().any(|b| is_separator(*b)) && stays_in_line(&bytes);
        if fits {
            Ok(Self(bytes))
        } else {
            Err(WordError)
        }
    }

    /// Makes a word of a text: `%`, spaces and control characters are percent-encoded, all else stays UTF-8, which is what
    /// the servers of today write and those of then understood (msnp8-18.md 2.4). An empty text, which would vanish among
    /// the blanks, becomes `%20`.
    pub fn encode(text: &str) -> Self {
        if text.is_empty() {
            return Self(Bytes::from_static(b"%20"));
        }
        let mut bytes = Vec::with_capacity(text.len());
        param::encode_into(text, &mut bytes);
        Self(bytes.into())
    }

    /// Makes a word of a text with all but the unreserved characters encoded, in upper-case digits: the form of an object, of a
    /// URL in a list (msnp8-18.md 2.4).
    pub fn encode_all(text: &str) -> Self {
        if text.is_empty() {
            return Self::encode(text);
        }
        let text: String = percent_encode(text.as_bytes(), RESERVED).collect();
        Self(text.into())
    }

    /// The bytes on the wire.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Gives up the word for its bytes, which share the frame's buffer.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// The bytes that they stand for: every well-formed `%XX` decoded once, all else kept.
    pub fn decoded(&self) -> Cow<'_, [u8]> {
        param::decode(&self.0)
    }

    /// The text that it stands for; what is not UTF-8 in it becomes U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        match self.decoded() {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
        }
    }

    /// The number that it is, if it is one.
    pub fn number(&self) -> Option<u32> {
        parse_number(&self.0)
    }

    /// A word of the program's own, known to be one.
    pub(super) const fn of_static(word: &'static str) -> Self {
        Self(Bytes::from_static(word.as_bytes()))
    }

    /// A word of the line that is being read, or a part of one.
    pub(super) fn of_line(words: &Words<'_>, word: &[u8]) -> Option<Self> {
        words.share(word).map(Self)
    }
}

impl WordList {
    /// Makes a list of words.
    ///
    /// # Errors
    /// [`WordError`] if a line end or a NUL is among them.
    pub fn new(words: impl Into<Bytes>) -> Result<Self, WordError> {
        let words = words.into();
        if !stays_in_line(&words) {
            return Err(WordError);
        }
        let trimmed = grammar::trim(&words);
        Ok(Self(words.slice_ref(trimmed)))
    }

    /// The words.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        Params::of_line(&self.0)
    }

    /// The value behind `key=`, where the words have this form.
    pub fn value(&self, key: &str) -> Option<&[u8]> {
        self.iter()
            .filter_map(grammar::pair)
            .find(|(found, _)| *found == key.as_bytes())
            .map(|(_, value)| value)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words and what is between them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromIterator<Word> for WordList {
    fn from_iter<I: IntoIterator<Item = Word>>(words: I) -> Self {
        let mut bytes = Vec::new();
        for word in words {
            if !bytes.is_empty() {
                bytes.push(b' ');
            }
            bytes.extend_from_slice(&word.0);
        }
        Self(bytes.into())
    }
}

impl From<u32> for Word {
    fn from(number: u32) -> Self {
        let mut digits = Vec::with_capacity(10);
        crate::frame::push_decimal(&mut digits, number);
        Self(digits.into())
    }
}

impl Parameter for Word {
    const KIND: Kind = Kind::Word;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        let word = words.next()?;
        Self::of_line(words, word)
    }

    fn write(&self, line: &mut Line) {
        line.word(&self.0);
    }
}

impl Parameter for Secret<Word> {
    const KIND: Kind = Kind::Secret;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        Word::read(words).map(Self::new)
    }

    fn write(&self, line: &mut Line) {
        self.expose().write(line);
    }
}

impl Parameter for WordList {
    const KIND: Kind = Kind::Words;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        let rest = words.take_rest();
        words.share(rest).map(Self)
    }

    fn write(&self, line: &mut Line) {
        if !self.is_empty() {
            line.word(&self.0);
        }
    }

    fn fill(_: &mut Line) {}
}

impl Parameter for u32 {
    const KIND: Kind = Kind::Number;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        words.next().and_then(parse_number)
    }

    fn write(&self, line: &mut Line) {
        line.number(*self);
    }
}

/// `1` and `0`; some servers count further.
impl Parameter for bool {
    const KIND: Kind = Kind::Flag;

    fn read(words: &mut Words<'_>) -> Option<Self> {
        u32::read(words).map(|number| number != 0)
    }

    fn write(&self, line: &mut Line) {
        line.number(u32::from(*self));
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for WordList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_cannot_end_the_line() {
        for bytes in ["", " ", "a b", "a\tb", "a\r", "a\nOUT", "a\0"] {
            assert_eq!(Word::new(bytes), Err(WordError), "{bytes:?}");
        }
        assert_eq!(
            Word::encode("a\r\nOUT 1\0").as_bytes(),
            &b"a%0D%0AOUT%201%00"[..]
        );
        assert_eq!(Word::encode("").as_bytes(), &b"%20"[..]);
        assert_eq!(WordList::new("a\r\nOUT"), Err(WordError));
    }

    #[test]
    fn an_object_is_encoded_whole() {
        let object = Word::encode_all("<msnobj Creator=\"a@b\"/>");
        assert_eq!(
            object.as_bytes(),
            &b"%3Cmsnobj%20Creator%3D%22a%40b%22%2F%3E"[..]
        );
        assert_eq!(object.text(), "<msnobj Creator=\"a@b\"/>");
        assert_eq!(Word::encode_all("é").as_bytes(), &b"%C3%A9"[..]);
    }

    #[test]
    fn text_is_decoded_once_and_never_fails() {
        let text = |bytes: &'static [u8]| Word::new(bytes).expect("a word").text().into_owned();
        assert_eq!(text(b"B%20%C3%B6%20%25"), "B \u{f6} %");
        assert_eq!(text(b"100%"), "100%");
        assert_eq!(text(b"%2520"), "%20");
        assert_eq!(text(b"a+b"), "a+b");
        assert_eq!(text(b"\xff%ff"), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_list_gives_its_words() {
        let list = WordList::new("  fname=Al  city= x ").expect("words");
        assert_eq!(list.iter().count(), 3);
        assert_eq!(list.value("fname"), Some(&b"Al"[..]));
        assert_eq!(list.value("city"), Some(&b""[..]));
        assert_eq!(list.value("x"), None);
        let made: WordList = ["a", "b"].map(Word::encode).into_iter().collect();
        assert_eq!(made.as_bytes(), b"a b");
        assert!(WordList::default().is_empty());
    }

    #[test]
    fn a_ticket_does_not_show() {
        let ticket = Secret::new(Word::encode("t=ticket"));
        assert!(!alloc::format!("{ticket:?}").contains("ticket"));
    }
}
