//! `UserId`: what a caller of the IM web service is called.

use std::fmt;
use std::sync::Arc;

use crate::identity::NameError;

/// What a caller of the IM web service logs in with: `testing`, in lower case. Not an account of
/// the IM network.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Arc<str>);

impl UserId {
    /// The longest user id, in bytes.
    pub const MAX: usize = 64;

    /// Reads a user id: ASCII letters, digits and `.` `_` `-` `@`.
    ///
    /// # Errors
    /// [`NameError`] for what no service account can be called.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > Self::MAX {
            return Err(NameError::TooLong { limit: Self::MAX });
        }
        let refused = |byte: u8| !(byte.is_ascii_alphanumeric() || b"._-@".contains(&byte));
        match name.bytes().position(refused) {
            Some(offset) => Err(NameError::Character { offset }),
            None => Ok(Self(name.to_ascii_lowercase().into())),
        }
    }

    /// The user id, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
