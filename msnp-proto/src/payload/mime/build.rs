//! Writing a message, header by header.

use alloc::vec::Vec;
use core::fmt;

use super::Mime;
use crate::payload::header_line::{is_name, push_value};

/// Writes a [`Mime`]; made by [`Mime::build`] and [`Mime::build_part`].
///
/// No value can start a second header: control characters in it become spaces. An empty value is written without a
/// blank behind the colon, as in profiles. A header whose name is not one word of visible ASCII is left out, and one
/// beyond [`Mime::MAX_HEADERS`] too.
#[derive(Clone)]
pub struct MimeBuilder {
    head: Vec<u8>,
    headers: usize,
}

impl Mime {
    /// Starts a message: `MIME-Version` and `Content-Type` in front, since the oldest readers look for the type in the
    /// second line (msnp8-18.md 9.4).
    pub fn build(content_type: &str) -> MimeBuilder {
        Self::build_part().header("Content-Type", content_type)
    }

    /// Starts a message without a type: a later part of a long one.
    pub fn build_part() -> MimeBuilder {
        MimeBuilder {
            head: Vec::with_capacity(128),
            headers: 0,
        }
        .header("MIME-Version", "1.0")
    }
}

impl MimeBuilder {
    /// Appends a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        if !is_name(name.as_bytes()) || self.headers == Mime::MAX_HEADERS {
            return self;
        }
        self.headers += 1;
        let mut written = Vec::new();
        push_value(&mut written, value);
        // Without blanks at its ends, which a reader would take off.
        let value = written.trim_ascii();
        self.head.extend_from_slice(name.as_bytes());
        self.head.push(b':');
        if !value.is_empty() {
            self.head.push(b' ');
            self.head.extend_from_slice(value);
        }
        self.head.extend_from_slice(b"\r\n");
        self
    }

    /// Appends a header if there is a value.
    #[must_use]
    pub fn header_if(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.header(name, value),
            None => self,
        }
    }

    /// Ends the headers and appends the body.
    #[must_use]
    pub fn finish(self, body: &[u8]) -> Mime {
        let mut bytes = self.head;
        // At least `MIME-Version` is there, with its line end.
        let head = bytes.len() - 2;
        bytes.reserve_exact(body.len() + 2);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        Mime::from_parts(bytes.into(), head)
    }
}

/// Prints sizes only.
impl fmt::Debug for MimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MimeBuilder({} bytes)", self.head.len())
    }
}
