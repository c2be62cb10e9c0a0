//! The header block of an MSNP24 payload: looked up in place, written without a way to inject.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use machine_contract::UnixTime;

use crate::Secret;
use crate::msnp24::document::time_of_seconds;
use crate::msnp24::{CommandErrorKind, grammar};

/// The header lines of one payload, in order, without the blank line that ends them.
///
/// The block *is* its bytes, as a [`Frame`](crate::Frame) is: unknown headers, empty values and bare line feeds
/// are kept and written back as they came. A name is looked up without case, and its last line
/// counts (msnp24.md 19). `Debug` prints names only, since registration tokens stand here.
///
/// ```
/// use msnp_proto::msnp24::{HeaderValue, Headers};
/// let mut headers = Headers::new();
/// headers.set("Ack-Id", &HeaderValue::new("0000014BDE39B23E")?)?;
/// assert_eq!(headers.get("ack-id"), Some(&b"0000014BDE39B23E"[..]));
/// assert_eq!(headers.as_bytes(), b"Ack-Id: 0000014BDE39B23E\r\n");
/// assert!(HeaderValue::new("1\r\nRegistration: forged").is_err());
/// # Ok::<(), msnp_proto::msnp24::HeaderError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Headers {
    /// Whole lines with their ends, each accepted by [`grammar::header`].
    block: Bytes,
}

/// A header's value that can be written: not empty, no control characters, no blanks around it.
///
/// Empty values are refused since a client's parser breaks on them (JavaSkype, msnp24.md 18).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HeaderValue(Bytes);

/// A name or a value cannot stand in a header line.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a header's name or value cannot be empty, hold control characters or have blanks around it"
)]
pub struct HeaderError;

impl HeaderValue {
    /// Checks a value.
    ///
    /// # Errors
    /// [`HeaderError`] if a header line cannot carry it.
    pub fn new(value: impl Into<Bytes>) -> Result<Self, HeaderError> {
        let value = value.into();
        let bad = value.is_empty()
            || grammar::trim(&value).len() != value.len()
            || value.iter().any(u8::is_ascii_control);
        if bad {
            Err(HeaderError)
        } else {
            Ok(Self(value))
        }
    }

    /// The value's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A decimal number, as `UtcTime` and `Last-Msg-Id` are.
    pub fn to_number(&self) -> Option<u64> {
        parse_u64(&self.0)
    }

    /// The value that a decimal number makes.
    pub fn from_number(number: u64) -> Self {
        Self(alloc::format!("{number}").into())
    }
}

impl Headers {
    /// No headers.
    pub const fn new() -> Self {
        Self {
            block: Bytes::new(),
        }
    }

    /// Splits a payload, which is all of `bytes` from `payload` on, into its header block and what
    /// follows the blank line. An error says at which of the bytes.
    pub(crate) fn split(
        bytes: &Bytes,
        payload: usize,
    ) -> Result<(Self, Bytes), (CommandErrorKind, usize)> {
        if payload == bytes.len() {
            // `PNG n CON 0` (msnp24.md 2.2).
            return Ok((Self::new(), Bytes::new()));
        }
        let mut start = payload;
        loop {
            let rest = &bytes[start..];
            let Some(feed) = memchr::memchr(b'\n', rest) else {
                return Err((CommandErrorKind::HeaderBlock, start));
            };
            let line = without_return(&rest[..feed]);
            if line.is_empty() {
                let headers = Self {
                    block: bytes.slice(payload..start),
                };
                return Ok((headers, bytes.slice(start + feed + 1..)));
            }
            if grammar::header(line).is_none() {
                return Err((CommandErrorKind::HeaderLine, start));
            }
            start += feed + 1;
        }
    }

    /// The headers in order; names as they were written, values without blanks around them.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        lines(&self.block).filter_map(grammar::header)
    }

    /// The value of the last header of that name, compared without case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let mut found = None;
        for line in lines(&self.block) {
            if let Some(value) = value_of(line, name) {
                found = Some(grammar::trim(value));
            }
        }
        found
    }

    /// The value of the last header of that name, if it could be written again.
    pub fn value(&self, name: &str) -> Option<HeaderValue> {
        let value = self.get(name)?;
        HeaderValue::new(self.block.slice_ref(value)).ok()
    }

    /// Sets a header: replaces the lines of that name, in the first one's place, or comes last.
    ///
    /// # Errors
    /// [`HeaderError`] if the name is empty or holds anything but visible ASCII, or a colon.
    pub fn set(&mut self, name: &str, value: &HeaderValue) -> Result<(), HeaderError> {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
            return Err(HeaderError);
        }
        self.place(name, value, false);
        Ok(())
    }

    /// Removes all headers of that name.
    pub fn remove(&mut self, name: &str) {
        if self.get(name).is_some() {
            let mut block = Vec::with_capacity(self.block.len());
            for line in self.block.split_inclusive(|b| *b == b'\n') {
                if value_of(line, name).is_none() {
                    block.extend_from_slice(line);
                }
            }
            self.block = block.into();
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.block.is_empty()
    }

    /// The lines as they are on the wire, without the blank line.
    pub fn as_bytes(&self) -> &[u8] {
        &self.block
    }

    /// `Registration`: the token that a client returns with every frame.
    pub fn registration(&self) -> Option<Secret<HeaderValue>> {
        self.value(REGISTRATION).map(Secret::new)
    }

    /// Writes `Registration` in front of the other headers, where every official client has it.
    pub fn set_registration(&mut self, token: &Secret<HeaderValue>) {
        self.place(REGISTRATION, token.expose(), true);
    }

    /// `Set-Registration`: the token that replaces the client's.
    pub fn new_registration(&self) -> Option<Secret<HeaderValue>> {
        self.value(SET_REGISTRATION).map(Secret::new)
    }

    /// Writes `Set-Registration` in front of the other headers.
    pub fn set_new_registration(&mut self, token: &Secret<HeaderValue>) {
        self.place(SET_REGISTRATION, token.expose(), true);
    }

    /// `UtcTime`: the server's clock; whole seconds on the wire.
    pub fn utc_time(&self) -> Option<UnixTime> {
        self.time(UTC_TIME)
    }

    /// Sets `UtcTime`.
    pub fn set_utc_time(&mut self, time: UnixTime) {
        self.set_time(UTC_TIME, time);
    }

    /// `Registration-Token-Expiry`: when the token ends, about a day ahead; whole seconds on the wire.
    pub fn registration_expiry(&self) -> Option<UnixTime> {
        self.time(REGISTRATION_EXPIRY)
    }

    /// Sets `Registration-Token-Expiry`.
    pub fn set_registration_expiry(&mut self, time: UnixTime) {
        self.set_time(REGISTRATION_EXPIRY, time);
    }

    /// `Context`: sixteen hexadecimal digits without known meaning.
    pub fn context(&self) -> Option<HeaderValue> {
        self.value(CONTEXT)
    }

    /// Sets `Context`.
    pub fn set_context(&mut self, context: &HeaderValue) {
        self.place(CONTEXT, context, false);
    }

    /// Sets a header that a command's struct holds, unless it says so already.
    pub(super) fn ensure(&mut self, name: &'static str, value: &HeaderValue) {
        if self.get(name) != Some(value.as_bytes()) {
            self.place(name, value, false);
        }
    }

    fn time(&self, name: &str) -> Option<UnixTime> {
        parse_u64(self.get(name)?).map(time_of_seconds)
    }

    fn set_time(&mut self, name: &str, time: UnixTime) {
        self.place(name, &HeaderValue::from_number(time.as_secs()), false);
    }

    fn place(&mut self, name: &str, value: &HeaderValue, in_front: bool) {
        let line = [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat();
        let mut block = Vec::with_capacity(self.block.len() + line.len());
        let mut placed = in_front;
        if in_front {
            block.extend_from_slice(&line);
        }
        for old in self.block.split_inclusive(|b| *b == b'\n') {
            if value_of(old, name).is_none() {
                block.extend_from_slice(old);
            } else if !placed {
                placed = true;
                block.extend_from_slice(&line);
            }
        }
        if !placed {
            block.extend_from_slice(&line);
        }
        self.block = block.into();
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.iter().map(|(name, _)| name.escape_ascii());
        f.debug_set()
            .entries(names.map(|name| alloc::format!("{name}")))
            .finish()
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

const REGISTRATION: &str = "Registration";
const SET_REGISTRATION: &str = "Set-Registration";
const UTC_TIME: &str = "UtcTime";
const REGISTRATION_EXPIRY: &str = "Registration-Token-Expiry";
const CONTEXT: &str = "Context";
pub(super) const ACK_ID: &str = "Ack-Id";
pub(super) const LAST_MESSAGE_ID: &str = "Last-Msg-Id";

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

pub(super) fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = block;
    core::iter::from_fn(move || {
        let feed = memchr::memchr(b'\n', rest)?;
        let line = without_return(&rest[..feed]);
        rest = &rest[feed + 1..];
        Some(line)
    })
}

/// What stands behind the colon, if the line is a header of that name.
pub(super) fn value_of<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (head, tail) = line.split_at_checked(name.len())?;
    let value = tail.strip_prefix(b":")?;
    head.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
}

fn parse_u64(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    core::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(block: &'static str) -> Headers {
        let payload = Bytes::from([block.as_bytes(), b"\r\nbody"].concat());
        let (headers, body) = Headers::split(&payload, 0).expect("a header block");
        assert_eq!(&body[..], b"body");
        headers
    }

    fn value(value: &'static str) -> HeaderValue {
        HeaderValue::new(value).expect("a value")
    }

    #[track_caller]
    fn refused(payload: &'static str, kind: CommandErrorKind, offset: usize) {
        let error = Headers::split(&Bytes::from(payload), 0).map(|_| ());
        assert_eq!(error, Err((kind, offset)));
    }

    #[test]
    fn names_are_compared_without_case_and_the_last_line_counts() {
        let headers = headers("Context: 1\r\nUTCTIME: 5\r\ncontext: 2\r\n");
        assert_eq!(headers.get("CONTEXT"), Some(&b"2"[..]));
        assert_eq!(headers.utc_time(), Some(UnixTime::from_secs(5)));
        assert_eq!(headers.get("Contex"), None);
    }

    #[test]
    fn unknown_headers_empty_values_and_bare_line_feeds_are_kept() {
        let block = "X-New: a: b\nEmpty:\r\nTight:x\r\n";
        let headers = headers(block);
        assert_eq!(headers.as_bytes(), block.as_bytes());
        assert_eq!(headers.get("x-new"), Some(&b"a: b"[..]));
        assert_eq!(headers.get("Empty"), Some(&b""[..]));
        assert_eq!(headers.value("Empty"), None);
        assert_eq!(headers.get("Tight"), Some(&b"x"[..]));
        assert_eq!(headers.iter().count(), 3);
    }

    #[test]
    fn the_blank_line_alone_or_nothing_at_all_is_no_headers() {
        for payload in ["", "\r\n", "\n"] {
            let (headers, body) = Headers::split(&Bytes::from(payload), 0).expect("legal");
            assert!(headers.is_empty() && body.is_empty());
        }
    }

    #[test]
    fn a_block_without_its_blank_line_is_refused() {
        refused("Context: 1\r\n", CommandErrorKind::HeaderBlock, 12);
        refused("<connect/>", CommandErrorKind::HeaderBlock, 0);
    }

    #[test]
    fn a_line_that_is_no_header_is_refused() {
        refused(
            "Context: 1\r\nnope\r\n\r\n",
            CommandErrorKind::HeaderLine,
            12,
        );
        refused(": value\r\n\r\n", CommandErrorKind::HeaderLine, 0);
        refused("A: b\rC: d\r\n\r\n", CommandErrorKind::HeaderLine, 0);
    }

    #[test]
    fn setting_replaces_in_place_and_leaves_one_line() {
        let mut headers = headers("A: 1\r\nB: 2\r\na: 3\r\n");
        headers.set("A", &value("4")).expect("a name");
        assert_eq!(headers.as_bytes(), b"A: 4\r\nB: 2\r\n");
        headers.set("C", &value("5")).expect("a name");
        assert_eq!(headers.as_bytes(), b"A: 4\r\nB: 2\r\nC: 5\r\n");
        headers.remove("b");
        assert_eq!(headers.as_bytes(), b"A: 4\r\nC: 5\r\n");
    }

    #[test]
    fn registration_comes_first() {
        let mut headers = headers("Ack-Id: 1\r\nRegistration: old\r\n");
        headers.set_registration(&Secret::new(value("new")));
        assert_eq!(headers.as_bytes(), b"Registration: new\r\nAck-Id: 1\r\n");
        assert_eq!(headers.registration(), Some(Secret::new(value("new"))));
    }

    #[test]
    fn no_value_and_no_name_starts_another_header() {
        for bad in ["", " a", "a ", "a\r\nB: c", "a\nB: c", "a\rb", "a\0"] {
            assert_eq!(HeaderValue::new(bad), Err(HeaderError), "{bad:?}");
        }
        for bad in ["", "A:", "A b", "A\r\nB"] {
            assert_eq!(Headers::new().set(bad, &value("x")), Err(HeaderError));
        }
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        let text = alloc::format!("{:?}", headers("Registration: secret\r\n"));
        assert_eq!(text, r#"{"Registration"}"#);
    }
}
