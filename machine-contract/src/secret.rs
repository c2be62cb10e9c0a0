//! A value that must never be printed: tickets, tokens, cookies, passwords.

use core::fmt;

/// Holds a secret; `Debug` prints `Secret(..)` and there is no `Display`.
///
/// Reading it takes the word [`expose`](Self::expose), so that a search finds every place where a
/// secret leaves its box.
///
/// ```
/// use machine_contract::Secret;
/// let ticket = Secret::new("t=EwBwAlu");
/// assert_eq!(format!("{ticket:?}"), "Secret(..)");
/// assert_eq!(*ticket.expose(), "t=EwBwAlu");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Puts a value into the box.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, to be written on the wire and nowhere else.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
