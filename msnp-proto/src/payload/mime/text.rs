//! `text/plain`: what people write.

use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use core::fmt;

use super::Mime;
use super::chunk::ChunkNumber;
use crate::payload::message::TextFormat;

/// A text with its look.
///
/// The body is bytes: a part of a long message may end within a character (msnp8-18.md 9.5). A missing
/// `X-MMS-IM-Format` is the default look; one that cannot be read is kept among the other headers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// `X-MMS-IM-Format`.
    pub format: Option<TextFormat>,
    /// `P4-Context`: a name to be shown instead of the sender's. It is decoration and must not change who the sender is
    /// (msnp8-18.md 9.4).
    pub shown_name: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `Dest-Agent`: `client` on a `UUM` that waits for someone who is offline (msnp8-18.md 10).
    pub dest_agent: Option<String>,
    /// Which part of a long message this is.
    pub chunk: Option<ChunkNumber>,
    /// The other headers, `MIME-Version` and `Content-Type` excepted.
    pub headers: Vec<(String, String)>,
    /// The text, UTF-8 unless it was cut.
    pub body: Bytes,
}

impl Text {
    /// The type that is written.
    pub(super) const CONTENT_TYPE: &'static str = "text/plain; charset=UTF-8";

    /// A text in the default look.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            format: Some(TextFormat::default()),
            body: Bytes::from(text.into()),
            ..Self::default()
        }
    }

    /// The text in a look of its own.
    #[must_use]
    pub fn with_format(mut self, format: TextFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// The body as text; `None` if it is not UTF-8.
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(&self.body).ok()
    }

    /// Reads the headers; whatever the body is, it is taken.
    pub(super) fn read(mime: &Mime) -> Self {
        let mut text = Self {
            body: mime.body_bytes(),
            chunk: ChunkNumber::of(mime),
            ..Self::default()
        };
        for (name, value) in mime.further_headers() {
            let own = OWN.iter().find(|own| own.eq_ignore_ascii_case(name));
            match own.copied() {
                Some("X-MMS-IM-Format") => match value.parse() {
                    Ok(format) => text.format = Some(format),
                    Err(_) => text.headers.push((name.into(), value)),
                },
                Some("P4-Context") => text.shown_name = Some(value),
                Some("User-Agent") => text.user_agent = Some(value),
                Some("Dest-Agent") => text.dest_agent = Some(value),
                Some(_) if text.chunk.is_some() => {}
                _ => text.headers.push((name.into(), value)),
            }
        }
        text
    }

    /// Writes the message: type and format in the second and third line, where the oldest readers look for them
    /// (msnp8-18.md 9.4).
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let mut builder = Mime::build(Self::CONTENT_TYPE)
            .header_if("X-MMS-IM-Format", self.format.as_ref())
            .header_if("User-Agent", self.user_agent.as_ref())
            .header_if("P4-Context", self.shown_name.as_ref())
            .header_if("Dest-Agent", self.dest_agent.as_ref());
        if let Some(chunk) = &self.chunk {
            builder = chunk.write(builder);
        }
        for (name, value) in &self.headers {
            let is = |own: &&str| own.eq_ignore_ascii_case(name);
            let numbered = self.chunk.is_some() && NUMBERS.iter().any(is);
            if !numbered && !NEVER_TWICE.iter().any(is) {
                builder = builder.header(name, value);
            }
        }
        builder.finish(&self.body)
    }
}

/// The headers that have a field.
const OWN: [&str; 7] = [
    "X-MMS-IM-Format",
    "P4-Context",
    "User-Agent",
    "Dest-Agent",
    "Message-ID",
    "Chunks",
    "Chunk",
];

/// Those that say which part it is.
const NUMBERS: [&str; 3] = ["Message-ID", "Chunks", "Chunk"];

/// Those of which a second one would be believed by some readers.
const NEVER_TWICE: [&str; 5] = [
    "MIME-Version",
    "Content-Type",
    "P4-Context",
    "User-Agent",
    "Dest-Agent",
];

/// Prints sizes only.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes, {:?})", self.body.len(), self.chunk)
    }
}
