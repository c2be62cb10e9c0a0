//! `Announcement`: what the operator has everybody told who is signed in.

use std::sync::Arc;

use bytes::Bytes;
use msnp_proto::payload::message::MessageType;

use super::layered::message::DISPLAY_NAME;
use crate::network::{Attributes, Said};

/// The words of the operator: one line, so long that every dialect says it as one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement(Arc<str>);

/// Words that are no [`Announcement`].
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnnouncementError {
    /// Nothing is said.
    #[error("there are no words")]
    Empty,
    /// It is too long.
    #[error("the words are longer than {} bytes", Announcement::MAX)]
    TooLong,
    /// A control character, a line end among them: not every client shows those alike.
    #[error("there is a control character at byte {0}")]
    Control(usize),
}

impl Announcement {
    /// The longest, in bytes: what the older dialects have room for in one message beside its headers (msnp8-18.md 9.5).
    pub const MAX: usize = 1_000;

    /// Reads the words. Blanks at the ends are left out.
    ///
    /// # Errors
    /// [`AnnouncementError`] for what not every client could show.
    pub fn parse(words: &str) -> Result<Self, AnnouncementError> {
        let text = words.trim_matches(' ');
        if text.is_empty() {
            return Err(AnnouncementError::Empty);
        }
        if text.len() > Self::MAX {
            return Err(AnnouncementError::TooLong);
        }
        match words.char_indices().find(|(_, it)| it.is_control()) {
            Some((at, _)) => Err(AnnouncementError::Control(at)),
            None => Ok(Self(text.into())),
        }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As somebody says it who is called so.
    pub fn said_by(&self, name: &str) -> Said {
        let mut attributes = Attributes::new();
        attributes.push(DISPLAY_NAME, name);
        attributes.push("Content-Type", "Text/plain; charset=UTF-8");
        Said {
            kind: MessageType::TEXT.as_str().into(),
            client_id: None,
            attributes,
            body: Bytes::copy_from_slice(self.0.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_one_line_that_fits() {
        let parse = |words: &str| Announcement::parse(words).map(|it| it.as_str().to_owned());
        assert_eq!(parse(" grüße "), Ok("grüße".to_owned()));
        assert_eq!(parse("  "), Err(AnnouncementError::Empty));
        assert_eq!(parse(""), Err(AnnouncementError::Empty));
        let (longest, longer) = ("x".repeat(1_000), "x".repeat(1_001));
        assert!(parse(&longest).is_ok());
        assert_eq!(parse(&longer), Err(AnnouncementError::TooLong));
        for (words, at) in [("a\r\nb", 1), ("a\u{7}", 1), ("ü\u{85}", 2), ("\0", 0)] {
            assert_eq!(
                parse(words),
                Err(AnnouncementError::Control(at)),
                "{words:?}"
            );
        }
    }
}
