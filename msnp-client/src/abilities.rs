//! What can be done on the network that a client is on.

use msnp_proto::Dialect;

/// What can be done on the network that a [`Client`](crate::Client) is on, in the dialect that it speaks there.
///
/// Asking for something else is refused at once ([`Refused::NotPossible`](crate::Refused::NotPossible)). Before the
/// first sign-in it is what the best dialect of the configuration can do.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
#[non_exhaustive]
pub struct Abilities {
    /// The line under one's name, and seeing that of others.
    pub personal_message: bool,
    /// Display pictures: saying which one one has, and being told of those of others. The pictures themselves go between clients.
    pub picture: bool,
    /// Shaking windows.
    pub nudges: bool,
    /// Replacing the text of a message.
    pub edits: bool,
    /// Asking for older messages.
    pub history: bool,
    /// Saying whether whoever is on no list may see one and write.
    pub privacy: bool,
    /// Sorting the contact list into groups.
    pub contact_groups: bool,
    /// Conversations of several people.
    pub groups: bool,
    /// Giving those a topic, and putting others out of them.
    pub group_administration: bool,
    /// Groups that are still there when nobody is in them; else they are over with the talk.
    pub lasting_groups: bool,
    /// Leaving messages for people who are not there.
    pub offline_messages: bool,
    /// Being signed in at several places at once.
    pub several_endpoints: bool,
    /// Signing one of those out from another.
    pub endpoint_sign_out: bool,
}

impl Abilities {
    /// What a dialect has the means for (msnp8-18.md 1, msnp24.md 1).
    pub(crate) const fn of(dialect: Dialect) -> Self {
        let is_newest = dialect.has_header_block();
        Self {
            personal_message: dialect.has_personal_message(),
            picture: dialect.has_objects() || dialect.has_presence_documents(),
            nudges: dialect.has_nudges(),
            edits: is_newest,
            history: is_newest,
            privacy: dialect.has_privacy(),
            contact_groups: dialect.has_groups() && !is_newest,
            groups: true,
            group_administration: is_newest,
            lasting_groups: is_newest,
            offline_messages: dialect.has_layered_messages()
                || dialect.has_offline_messages_by_soap()
                || dialect.has_offline_messages_by_page(),
            several_endpoints: dialect.has_endpoints(),
            // By a notice from one to the other, which MSNP24 has no word for (msnp8-18.md 12).
            endpoint_sign_out: dialect.has_endpoints() && !is_newest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_dialects_can_less() {
        let oldest = Abilities::of(Dialect::MSNP8);
        assert!(
            oldest.groups && oldest.contact_groups && !oldest.nudges && !oldest.personal_message
        );
        assert!(!oldest.offline_messages && !oldest.edits && oldest.privacy);
        assert!(!oldest.picture && Abilities::of(Dialect::MSNP9).picture);
        let middle = Abilities::of(Dialect::MSNP11);
        assert!(middle.nudges && middle.offline_messages && !middle.several_endpoints);
        let last = Abilities::of(Dialect::MSNP21);
        assert!(last.offline_messages && last.contact_groups && last.several_endpoints);
        assert!(!last.edits && !last.history && !last.lasting_groups);
        let newest = Abilities::of(Dialect::MSNP24);
        assert!(newest.edits && newest.history && newest.lasting_groups);
        assert!(!newest.contact_groups && !newest.privacy && !last.privacy);
    }
}
