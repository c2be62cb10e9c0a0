//! What an application can look up.

use msnp_proto::Dialect;

use crate::abilities::Abilities;
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

    /// The groups into which the list is sorted, by name, those with nobody in them too. Who is in which is in
    /// [`Contact::groups`].
    pub fn contact_groups(&self) -> impl Iterator<Item = &str> {
        self.state().roster().contact_groups()
    }

    /// Whether whoever is on neither the allow nor the block list may see one and write, once the service has said so.
    pub fn others_allowed(&self) -> Option<bool> {
        self.state().roster().others_allowed()
    }

    /// The name that stays of whoever is called so, as far as it is known: a person who was named by e-mail
    /// address may be known under an account's name since ([`Event::ContactRenamed`](crate::Event::ContactRenamed)).
    pub fn contact_id(&self, who: &ContactId) -> ContactId {
        self.state().roster().resolve(who)
    }

    /// How somebody is, as far as it is known.
    pub fn presence(&self, who: &ContactId) -> Presence {
        self.state().roster().presence(who)
    }

    /// What can be done on the network, in the dialect that is spoken there.
    pub fn abilities(&self) -> Abilities {
        Abilities::of(self.dialect())
    }

    /// The dialect that is spoken, or, while there is no connection, offered next: the one to put first into
    /// [`Config::dialects`](crate::Config::dialects) next time, so that no connection is made in vain.
    pub fn dialect(&self) -> Dialect {
        self.connector().dialect()
    }

    /// The groups that one is in.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.state().groups()
    }
}
