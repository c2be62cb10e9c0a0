//! `SessionId`: the token that names a session, checked when it is read so that printing it into a
//! URI or a header cannot fail.

use std::fmt;
use std::str::FromStr;

/// The token that names one session of a gateway: a secret, since whoever knows it can read and
/// write the session. `Debug` hides it.
///
/// `1*DIGIT "." 1*DIGIT` at Microsoft, where the part after the dot may change with every reply; a
/// UUID or 32 hex digits at revival servers (gateway.md 4.1).
///
/// ```
/// use gateway_sm::SessionId;
///
/// let id: SessionId = "954547325.13160".parse()?;
/// assert_eq!(id.as_str(), "954547325.13160");
/// assert_eq!(format!("{id:?}"), "SessionId(..)");
/// # Ok::<(), gateway_sm::SessionIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Box<str>);

impl SessionId {
    /// The longest id that is accepted, in bytes. Microsoft's have about 20; old clients keep 40.
    pub const MAX_LEN: usize = 128;

    /// The id as it stands in a query or a header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    /// `1*128(ALPHA / DIGIT / "-" / "." / "_" / "~")`: what a URI can hold unescaped.
    fn from_str(text: &str) -> Result<Self, SessionIdError> {
        if text.is_empty() {
            Err(SessionIdError::Empty)
        } else if text.len() > Self::MAX_LEN {
            Err(SessionIdError::TooLong)
        } else if let Some(at) = text.bytes().position(|byte| !is_unreserved(byte)) {
            Err(SessionIdError::Byte { at })
        } else {
            Ok(Self(text.into()))
        }
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

/// What is wrong with a session id that a peer sent.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionIdError {
    /// There is nothing there.
    #[error("the session id is empty")]
    Empty,
    /// It is longer than [`SessionId::MAX_LEN`].
    #[error("the session id is longer than {} bytes", SessionId::MAX_LEN)]
    TooLong,
    /// It holds a byte that has a meaning in a URI or cannot stand in one.
    #[error("the session id has a byte at {at} that is not safe in a URI")]
    Byte {
        /// Where, counted from 0.
        at: usize,
    },
}

/// RFC 3986's `unreserved`.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, SessionIdError>) {
        let parsed = text.parse::<SessionId>();
        assert_eq!(
            parsed.as_ref().map(SessionId::as_str),
            expected.as_ref().map(|s| *s),
            "{text}"
        );
    }

    #[test]
    fn ids_of_every_known_server_are_read() {
        check("954547325.13160", Ok("954547325.13160"));
        check("870507030.2139024470", Ok("870507030.2139024470"));
        let uuid = "01234567-89ab-cdef-0123-456789abcdef";
        check(uuid, Ok(uuid));
        let hex = "0123456789abcdef0123456789abcdef";
        check(hex, Ok(hex));
    }

    #[test]
    fn an_id_that_could_change_a_request_is_refused() {
        check("", Err(SessionIdError::Empty));
        check("1.2&Action=open", Err(SessionIdError::Byte { at: 3 }));
        check("1.2 HTTP/1.1", Err(SessionIdError::Byte { at: 3 }));
        check("1.2\r\nCookie: x", Err(SessionIdError::Byte { at: 3 }));
        check("1.2#", Err(SessionIdError::Byte { at: 3 }));
        check("ä", Err(SessionIdError::Byte { at: 0 }));
        check(&"1".repeat(129), Err(SessionIdError::TooLong));
        let longest = "1".repeat(128);
        check(&longest, Ok(&longest));
    }
}
