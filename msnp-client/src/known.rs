//! What an application can look up.

use crate::client::Client;
use crate::contacts::Contact;
use crate::group::Group;
use crate::id::ContactId;
use crate::presence::Presence;

/// What is known without asking the service.
impl Client {
    /// The name under which one is known; `None` before the first sign-in unless the configuration
    /// says it.
    pub const fn account(&self) -> Option<&ContactId> {
        self.state().roster().me()
    }

    /// Everybody on the list, by name.
    pub fn contacts(&self) -> impl Iterator<Item = &Contact> {
        self.state().roster().contacts()
    }

    /// The name that stays of whoever is called so, as far as it is known: a person who was named by e-mail
    /// address may be known under an account's name since ([`Event::ContactRenamed`]).
    pub fn contact_id(&self, who: &ContactId) -> ContactId {
        self.state().roster().resolve(who)
    }

    /// How somebody is, as far as it is known.
    pub fn presence(&self, who: &ContactId) -> Presence {
        self.state().roster().presence(who)
    }

    /// The groups that one is in.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.state().groups()
    }
}
