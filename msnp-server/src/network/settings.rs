//! `Settings`: what a person has settled for all their places.

use std::sync::Arc;

use super::lists::Privacy;

/// What a person's clients are to find again wherever they sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What holds for people on neither the allow nor the block list; the network's default if the person has not said.
    pub privacy: Privacy,
    /// Properties that only the clients give a meaning to, name and value, in the order of their names.
    pub properties: Vec<(Arc<str>, Arc<str>)>,
}

impl Settings {
    /// The value of a property; none if it was never set or was taken away.
    pub fn property(&self, name: &str) -> Option<&str> {
        let mut properties = self.properties.iter();
        properties.find_map(|(known, value)| (**known == *name).then_some(&**value))
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        let properties = self.properties.iter();
        64 + properties
            .map(|(name, value)| 32 + name.len() + value.len())
            .sum::<usize>()
    }
}
