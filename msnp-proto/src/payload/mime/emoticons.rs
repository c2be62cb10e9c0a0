//! `text/x-mms-emoticon`: the custom emoticons of the next text.

use alloc::string::String;
use alloc::vec::Vec;

use super::Mime;
use super::error::{ContentError, utf8};
use crate::msn_object::{MsnObject, MsnObjectError};

/// Pictures that stand for shortcuts in the text that follows: `shortcut TAB msnobj TAB …` (content-types.tsv).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoticons {
    /// `text/x-mms-animemoticon`: they move.
    pub animated: bool,
    /// Which.
    pub emoticons: Vec<Emoticon>,
}

/// One shortcut and its picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emoticon {
    /// What stands in the text.
    pub shortcut: String,
    /// The text of its object.
    pub object: String,
}

impl Emoticon {
    /// An emoticon.
    pub fn new(shortcut: impl Into<String>, object: &MsnObject) -> Self {
        Self {
            shortcut: shortcut.into(),
            object: alloc::string::ToString::to_string(object),
        }
    }

    /// The object, if it is one.
    ///
    /// # Errors
    /// [`MsnObjectError`] if it is none.
    pub fn msn_object(&self) -> Result<MsnObject, MsnObjectError> {
        self.object.parse()
    }
}

impl Emoticons {
    /// The most that are read; a message of 1664 bytes has room for seven.
    pub const MAX: usize = 64;

    pub(super) fn read(mime: &Mime, animated: bool) -> Result<Self, ContentError> {
        let mut words = utf8(mime.body())?.trim_matches(['\r', '\n']).split('\t');
        let mut emoticons = Vec::new();
        while let (Some(shortcut), Some(object)) = (words.next(), words.next()) {
            if emoticons.len() == Self::MAX {
                return Err(ContentError::TooMany);
            }
            emoticons.push(Emoticon {
                shortcut: one_line(shortcut),
                object: one_line(object),
            });
        }
        Ok(Self {
            animated,
            emoticons,
        })
    }

    /// Writes the message. Tabs and line ends inside a shortcut become spaces.
    #[must_use]
    pub fn to_mime(&self) -> Mime {
        let mut body = String::new();
        for emoticon in &self.emoticons {
            for word in [&emoticon.shortcut, &emoticon.object] {
                body.push_str(&one_line(word));
                body.push('\t');
            }
        }
        let content_type = if self.animated {
            "text/x-mms-animemoticon"
        } else {
            "text/x-mms-emoticon"
        };
        Mime::build(content_type).finish(body.as_bytes())
    }
}

fn one_line(word: &str) -> String {
    word.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
