//! The payload of `MSG`, `UUM` and `UBM`: headers, an empty line, a body.
//!
//! [`Mime`] is the bytes with their headers looked up; [`Content`] is what they say, one variant for each kind of
//! content-types.tsv. Whoever passes a message on keeps the first, whoever shows it reads the second.
//!
//! ```
//! use msnp_proto::payload::mime::{Content, Datacast, Mime, Text};
//! let mime = Mime::parse("MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n".into())?;
//! assert_eq!(Content::of(&mime)?, Content::Datacast(Datacast::Nudge));
//! let text = Text::new("hi").to_mime();
//! assert_eq!(
//!     &text.as_bytes()[..],
//!     b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
//!       X-MMS-IM-Format: FN=; EF=; CO=0; CS=0; PF=0\r\n\r\nhi"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build;
mod chunk;
mod client_caps;
mod content;
mod datacast;
mod emoticons;
mod error;
mod fields;
mod handwriting;
mod invitation;
mod mail;
mod p2p;
mod profile;
mod system_message;
mod text;
mod typing;

pub use build::MimeBuilder;
pub use chunk::{ChunkNumber, Part};
pub use client_caps::ClientCaps;
pub use content::{Acknowledgement, Content};
pub use datacast::Datacast;
pub use emoticons::{Emoticon, Emoticons};
pub use error::{ContentError, MimeError, MimeErrorKind};
pub use fields::Fields;
pub use handwriting::{Handwriting, Ink};
pub use invitation::{Invitation, InvitationCommand};
pub use mail::{InitialMail, MailMoved, MailStatus, MailStatusKind, NewMail};
pub use p2p::{P2pHeader, P2pMessage};
pub use profile::Profile;
pub use system_message::SystemMessage;
pub use text::Text;
pub use typing::Typing;

use alloc::string::String;
use bytes::{BufMut, Bytes};
use core::fmt;

use super::header_line;

/// A payload with headers, as it was read or will be sent (msnp8-18.md 9.4).
///
/// ```text
/// mime    = *( name ":" [ SP ] value CRLF ) CRLF body
/// ```
///
/// It is one shared slice and two offsets: parsing copies nothing, and the bytes that were read are the bytes that are
/// written. Peers are read tolerantly: a blank behind the colon may be missing, a line that is no header is passed over,
/// header names stand in any case, `MIME-Version` need not be there. Only where no CRLF CRLF is anywhere, two bare
/// line feeds end the headers as well, or the end of the payload does: then no other reader sees headers that this one does not.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mime {
    bytes: Bytes,
    /// Where the last header line ends, without its line end.
    head: u32,
    /// Where the body begins.
    body: u32,
    lines: Lines,
}

/// What ends a header line.
#[derive(Copy, Clone, PartialEq, Eq, Hash)]
enum Lines {
    CrLf,
    Lf,
}

impl Mime {
    /// The most headers that are read; a profile has some twenty.
    pub const MAX_HEADERS: usize = 128;

    /// Reads a payload.
    ///
    /// # Errors
    /// [`MimeError`] if no headers can be told from a body.
    pub fn parse(bytes: Bytes) -> Result<Self, MimeError> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(MimeErrorKind::TooLong.at(0));
        }
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (head, length, lines) = if let Some(at) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
            (at, 4, Lines::CrLf)
        } else if let Some(at) = memchr::memmem::find(&bytes, b"\n\n") {
            (at, 2, Lines::Lf)
        } else if bytes.ends_with(b"\r\n") && header_line_starts(&bytes) {
            (bytes.len() - 2, 2, Lines::CrLf)
        } else {
            return Err(MimeErrorKind::NoBlankLine.at(bytes.len()));
        };
        let mime = Self {
            head: offset(head),
            body: offset(head + length),
            lines,
            bytes,
        };
        if mime.lines().nth(Self::MAX_HEADERS).is_none() {
            return Ok(mime);
        }
        let before = mime.lines().take(Self::MAX_HEADERS);
        let offset = before.map(|line| line.len() + mime.line_end().len()).sum();
        Err(MimeErrorKind::TooManyHeaders.at(offset))
    }

    /// The payload of bytes whose headers end at `head`, with the blank line behind them.
    fn from_parts(bytes: Bytes, head: usize) -> Self {
        // What was built is far below 4 GiB: it goes into one frame.
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            head: offset(head),
            body: offset(head + 4),
            lines: Lines::CrLf,
            bytes,
        }
    }

    /// The value of the last header called `name`, in any case; one that is not UTF-8 is passed over.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .last()
            .map(|(_, value)| value)
    }

    /// The same, control characters in it turned into blanks: as it is written again.
    fn value(&self, name: &str) -> Option<String> {
        self.get(name).map(header_line::one_line)
    }

    /// The headers that are UTF-8 and not `MIME-Version` or `Content-Type`, as they are written again.
    fn further_headers(&self) -> impl Iterator<Item = (&str, String)> {
        self.headers()
            .filter(|(name, _)| !is_leading(name))
            .map(|(name, value)| (name, header_line::one_line(value)))
    }

    /// All headers that are UTF-8, name and value, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines().filter_map(|line| {
            let (name, value) = core::str::from_utf8(line).ok()?.split_once(':')?;
            let name = name.trim_ascii();
            header_line::is_name(name.as_bytes()).then(|| (name, value.trim_ascii()))
        })
    }

    /// `Content-Type` without its parameters.
    pub fn media_type(&self) -> Option<&str> {
        let value = self.get("Content-Type")?;
        let plain = value.split(';').next().unwrap_or_default().trim();
        (!plain.is_empty()).then_some(plain)
    }

    /// What follows the headers.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.body as usize..]
    }

    /// The body as a slice of its own, sharing the buffer.
    pub fn body_bytes(&self) -> Bytes {
        self.bytes.slice(self.body as usize..)
    }

    /// The message with another body, and without the headers that are called so. It shares no bytes with this one.
    pub(super) fn rebuild(&self, without: &[&str], body: &[u8]) -> Self {
        let mut bytes = alloc::vec::Vec::with_capacity(self.head as usize + 4 + body.len());
        for line in self.lines() {
            let name = line.split(|b| *b == b':').next().unwrap_or_default();
            let name = name.trim_ascii();
            if without
                .iter()
                .any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
            {
                continue;
            }
            bytes.extend_from_slice(line);
            bytes.extend_from_slice(b"\r\n");
        }
        if bytes.is_empty() {
            // An empty line alone would need two line ends to be one.
            bytes.extend_from_slice(b"MIME-Version: 1.0\r\n");
        }
        let head = bytes.len() - 2;
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        Self::from_parts(bytes.into(), head)
    }

    /// All of it, as it is on the wire.
    pub const fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Gives up the message for its bytes.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Appends the bytes to `out`.
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_slice(&self.bytes);
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = Some(&self.bytes[..self.head as usize]);
        let end = self.line_end();
        core::iter::from_fn(move || {
            let text = rest?;
            let found = memchr::memmem::find(text, end);
            rest = found.map(|at| &text[at + end.len()..]);
            Some(&text[..found.unwrap_or(text.len())])
        })
    }

    const fn line_end(&self) -> &'static [u8] {
        match self.lines {
            Lines::CrLf => b"\r\n",
            Lines::Lf => b"\n",
        }
    }
}

/// The two headers that [`Mime::build`] writes.
fn is_leading(name: &str) -> bool {
    name.eq_ignore_ascii_case("MIME-Version") || name.eq_ignore_ascii_case("Content-Type")
}

/// Whether the bytes start as a header does.
fn header_line_starts(bytes: &[u8]) -> bool {
    let name = bytes.split(|byte| *byte == b':').next();
    name.is_some_and(|name| name.len() < bytes.len() && header_line::is_name(name))
}

/// Prints sizes only: bodies are people's messages.
impl fmt::Debug for Mime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Mime({:?}, {} head bytes, {} body bytes)",
            self.media_type(),
            self.head,
            self.body().len()
        )
    }
}
