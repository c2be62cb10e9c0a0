//! `text/x-msnmsgr-datacast`: nudges, winks, voice clips, actions.

use alloc::string::{String, ToString};

use super::Mime;
use super::error::ContentError;
use super::fields::Fields;

/// Something small for everybody in the conversation (enums.tsv).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Datacast {
    /// 1: a nudge.
    Nudge,
    /// 2: a wink; the text of its [`MsnObject`](crate::MsnObject).
    Wink(String),
    /// 3: a voice clip; the text of its [`MsnObject`](crate::MsnObject).
    VoiceClip(String),
    /// 4: an action, as text.
    Action(String),
    /// Another number.
    Other {
        /// `ID`
        id: u32,
        /// `Data`
        data: Option<String>,
    },
}

impl Datacast {
    /// Reads the body; libpurple ends it with one line end, others with two, others have no blank behind `ID:`
    /// (msnp8-18.md 9.4).
    pub(super) fn read(mime: &Mime) -> Result<Self, ContentError> {
        let fields = Fields::parse(mime.body())?;
        fields.get("ID").ok_or(ContentError::Missing("ID"))?;
        let id = fields.number("ID").ok_or(ContentError::Invalid("ID"))?;
        let data = fields.get("Data").map(String::from);
        Ok(match (id, data) {
            (1, _) => Self::Nudge,
            (2, Some(object)) => Self::Wink(object),
            (3, Some(object)) => Self::VoiceClip(object),
            (4, Some(text)) => Self::Action(text),
            (id, data) => Self::Other { id, data },
        })
    }

    /// Writes the message with an empty line at its end: msnp11-sdk knows a nudge by that only (msnp8-18.md 9.4).
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let (id, data) = match self {
            Self::Nudge => (1, None),
            Self::Wink(object) => (2, Some(object)),
            Self::VoiceClip(object) => (3, Some(object)),
            Self::Action(text) => (4, Some(text)),
            Self::Other { id, data } => (*id, data.as_ref()),
        };
        let fields = Fields::new()
            .with("ID", &id.to_string())
            .with_some("Data", data.map(String::as_str));
        Mime::build("text/x-msnmsgr-datacast").finish(&fields.to_closed_vec())
    }
}
