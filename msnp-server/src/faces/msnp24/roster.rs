//! `Roster`: how far a client has been told its contacts.

/// What a client knows of its contacts.
#[derive(Debug, Default)]
pub(super) struct Roster {
    asked: bool,
    pushed: bool,
}

impl Roster {
    /// Something was subscribed to.
    pub(super) const fn subscribed(&mut self) {
        self.asked = true;
    }

    /// The contacts were pushed.
    pub(super) const fn pushed(&mut self) {
        self.pushed = true;
    }

    /// Whether something was subscribed to before.
    pub(super) const fn is_subscribed(&self) -> bool {
        self.asked
    }

    /// Whether the contacts were pushed: the client keeps them as they are kept here.
    pub(super) const fn is_pushed(&self) -> bool {
        self.pushed
    }
}
