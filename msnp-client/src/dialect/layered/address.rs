//! Names of people and groups as the addresses of MSNP21 and MSNP24, and back (msnp24.md 4).

use msnp_proto::{Address, Network};

use crate::id::{ContactId, ConversationId};

pub(in crate::dialect) fn address_of(contact: &ContactId) -> Option<Address> {
    Address::new(Network(contact.network()), contact.name()).ok()
}

pub(in crate::dialect) fn address_in(conversation: &ConversationId) -> Option<Address> {
    match (conversation.contact(), conversation.group_name()) {
        (Some(contact), _) => address_of(contact),
        (None, name) => name?.parse().ok(),
    }
}

/// The person at an address, whichever endpoint it names.
pub(in crate::dialect) fn contact_at(address: &Address) -> Option<ContactId> {
    ContactId::on_network(address.network().0, address.id()).ok()
}

/// Whether an address is that of several: a thread, or a temporary group of MSNP21.
pub(in crate::dialect) fn is_group(address: &Address) -> bool {
    address.is_thread() || address.network() == Network::MULTIPARTY
}

/// The conversation at an address: a group, or the one with a person.
pub(in crate::dialect) fn conversation_at(address: &Address) -> Option<ConversationId> {
    if is_group(address) {
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
        check(
            "10:588e793a-003d-0003-4136-314b00000000@live.com;path=IM",
            "10:588e793a-003d-0003-4136-314b00000000@live.com",
        );
    }
}
