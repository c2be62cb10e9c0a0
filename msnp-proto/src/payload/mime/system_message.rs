//! `application/x-msmsgssystemmessage`: the server speaks to everybody.

use alloc::string::ToString;

use super::Mime;
use super::error::ContentError;
use super::fields::Fields;

/// A word of the server (content-types.tsv).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SystemMessage {
    /// Type 1: it goes down in so many minutes.
    GoingDown {
        /// `Arg1`
        minutes: u32,
    },
    /// Another type.
    Other {
        /// `Type`
        kind: u32,
        /// `Arg1`
        argument: Option<u32>,
    },
}

impl SystemMessage {
    pub(super) fn read(mime: &Mime) -> Result<Self, ContentError> {
        let fields = Fields::parse(mime.body())?;
        fields.get("Type").ok_or(ContentError::Missing("Type"))?;
        let kind = fields.number("Type").ok_or(ContentError::Invalid("Type"))?;
        Ok(match (kind, fields.number("Arg1")) {
            (1, Some(minutes)) => Self::GoingDown { minutes },
            (kind, argument) => Self::Other { kind, argument },
        })
    }

    /// Writes the message.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let (kind, argument) = match *self {
            Self::GoingDown { minutes } => (1, Some(minutes)),
            Self::Other { kind, argument } => (kind, argument),
        };
        let argument = argument.map(|argument| argument.to_string());
        let fields = Fields::new()
            .with("Type", &kind.to_string())
            .with_some("Arg1", argument.as_deref());
        Mime::build("application/x-msmsgssystemmessage").finish(&fields.to_vec())
    }
}
