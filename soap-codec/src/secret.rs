//! Text that must never be printed: passwords and session ids.

use std::fmt;

/// Text that `Debug` shows as `Secret(..)`; it has no `Display`.
///
/// Reading it takes the word [`expose`](Self::expose), so that a search finds every place where a
/// secret leaves its box.
///
/// ```
/// let password = soap_codec::Secret::new("hunter2");
/// assert_eq!(format!("{password:?}"), "Secret(..)");
/// assert_eq!(password.expose(), "hunter2");
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(String);

impl Secret {
    /// Puts text into the box.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be written on the wire and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
