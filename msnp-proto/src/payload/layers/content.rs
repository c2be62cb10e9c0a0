//! What a layered body can hold.

/// What the third block says it is, by its first-line header.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever reads layers decides on every kind; unknown ones are `Other`"
)]
pub enum Content {
    /// `Messaging: 2.0`: a message.
    Messaging,
    /// `Publication: 1.0`: what a client says about itself.
    Publication,
    /// `Notification: 1.0`: what the server says about others.
    Notification,
    /// None of these headers: a kind this crate has no name for.
    Other,
}

impl Content {
    /// The header that makes a block one of this kind.
    pub const fn header(self) -> Option<&'static str> {
        match self {
            Self::Messaging => Some("Messaging"),
            Self::Publication => Some("Publication"),
            Self::Notification => Some("Notification"),
            Self::Other => None,
        }
    }
}
