//! People, as the wire names them and as the client does.

use msnp_proto::Network;
use msnp_proto::classic::{Account, Endpoint, Principal};

use crate::id::ContactId;

/// The person of this account. `None`: it names nobody.
pub(super) fn contact_of(account: &Account, network: Option<Network>) -> Option<ContactId> {
    let network = network.unwrap_or(Network::PASSPORT);
    ContactId::on_network(network.0, account.text().trim()).ok()
}

/// The person whose status is told. Circles, and people seen through one, are nobody that can be written to
/// (msnp8-18.md 13).
pub(super) fn principal(principal: &Principal) -> Option<ContactId> {
    if principal.network == Some(Network::CIRCLE) || principal.suffix.is_some() {
        return None;
    }
    contact_of(&principal.account, principal.network)
}

/// The person in a conversation, whichever of his endpoints it is (msnp8-18.md 9.2).
pub(super) fn speaker(user: &Endpoint) -> Option<ContactId> {
    contact_of(&user.account, None)
}

/// How a command names somebody.
pub(super) fn account_of(contact: &ContactId) -> Account {
    Account::new(contact.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(account: &str, network: Option<u32>, expected: Option<&str>) {
        let contact = contact_of(&Account::new(account), network.map(Network));
        let shown = contact.map(|contact| contact.to_string());
        assert_eq!(shown.as_deref(), expected);
    }

    #[test]
    fn accounts_are_people() {
        check("Bob@Example.com", None, Some("bob@example.com"));
        check("bob@yahoo.com", Some(32), Some("32:bob@yahoo.com"));
        check("a b@example.com", None, None);
    }

    #[test]
    fn circles_are_nobody() {
        let of = |network, suffix: Option<&str>| Principal {
            network: Some(network),
            account: Account::new("x@live.com"),
            suffix: suffix.map(msnp_proto::classic::Word::encode),
        };
        assert_eq!(principal(&of(Network::CIRCLE, None)), None);
        assert_eq!(
            principal(&of(Network::PASSPORT, Some("via=9:g@live.com"))),
            None
        );
        assert!(principal(&of(Network::PASSPORT, None)).is_some());
    }
}
