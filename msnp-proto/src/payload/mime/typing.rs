//! `text/x-msmsgscontrol`: somebody is typing, or speaking into a voice clip.

use alloc::string::String;

use super::Mime;

/// A sign of life while a message is being made. It is repeated every 4 to 5 seconds and forgotten after 6
/// (content-types.tsv).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever shows it decides on all three"
)]
pub enum Typing {
    /// `TypingUser`, the sender's own account.
    Typing(String),
    /// `RecordingUser`, the same.
    Recording(String),
    /// Neither is there: whoever sent it.
    Unnamed,
}

impl Typing {
    pub(super) fn read(mime: &Mime) -> Self {
        if let Some(account) = mime.value("TypingUser") {
            Self::Typing(account)
        } else if let Some(account) = mime.value("RecordingUser") {
            Self::Recording(account)
        } else {
            Self::Unnamed
        }
    }

    /// Writes the message: the account in the third line, a body of one empty line (msnp8-18.md 9.4).
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let builder = Mime::build("text/x-msmsgscontrol");
        match self {
            Self::Typing(account) => builder.header("TypingUser", account),
            Self::Recording(account) => builder.header("RecordingUser", account),
            Self::Unnamed => builder,
        }
        .finish(b"\r\n")
    }
}
