//! Names of people and groups as MSNP24 addresses, and back (msnp24.md 4).

use msnp_proto::{Address, Network};

use crate::id::{ContactId, ConversationId};

pub(super) fn address_of(contact: &ContactId) -> Option<Address> {
    Address::new(Network(contact.network()), contact.name()).ok()
}

pub(super) fn address_in(conversation: &ConversationId) -> Option<Address> {
    match (conversation.contact(), conversation.group_name()) {
        (Some(contact), _) => address_of(contact),
        (None, name) => name?.parse().ok(),
    }
}

/// The person at an address, whichever endpoint it names.
pub(super) fn contact_at(address: &Address) -> Option<ContactId> {
    ContactId::on_network(address.network().0, address.id()).ok()
}

/// The conversation at an address: a thread, or the one with a person.
pub(super) fn conversation_at(address: &Address) -> Option<ConversationId> {
    if address.is_thread() {
        ConversationId::group(address.account().as_str()).ok()
    } else {
        contact_at(address).map(ConversationId::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, conversation: &str) {
        let address: Address = address.parse().expect(address);
        let named = conversation_at(&address).expect("a conversation");
        assert_eq!(named.to_string(), conversation);
        let back = address_in(&named).expect("an address");
        assert!(back.same_account(&address), "{back:?}");
    }

    #[test]
    fn conversations_survive_the_way_there_and_back() {
        check(
            "8:live:bob;epid={006213cd-00b8-7e9c-0022-df0d0013802a}",
            "8:live:bob",
        );
        check("1:Bob@Hotmail.com", "bob@hotmail.com");
        check(
            "19:0123456789abcdef0123456789abcdef@thread.skype",
            "19:0123456789abcdef0123456789abcdef@thread.skype",
        );
    }
}
