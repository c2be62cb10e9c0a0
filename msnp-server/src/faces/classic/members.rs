//! Who is meant by the documents of `ADL` and `RML`, and on which of one's lists (msnp8-18.md 7.4).

use msnp_proto::payload::contacts::{Contact as Entry, ContactList, Lists as WireLists};
use msnp_proto::payload::presence::service;
use msnp_proto::{ErrorCode, Network};

use super::{refusal, roster};
use crate::identity::Address;
use crate::network::Lists;

/// Who is to be put on which lists. By the whole list, as it is told at sign-in, nobody is.
pub(super) fn to_add(document: &[u8]) -> Result<Vec<(Address, Lists)>, ErrorCode> {
    let list = parse(document)?;
    if list.is_initial() {
        Ok(Vec::new())
    } else {
        members(&list)
    }
}

/// Who is to be taken off which lists.
pub(super) fn to_remove(document: &[u8]) -> Result<Vec<(Address, Lists)>, ErrorCode> {
    members(&parse(document)?)
}

fn parse(document: &[u8]) -> Result<ContactList, ErrorCode> {
    ContactList::parse(document).map_err(|_| refusal::INVALID_XML)
}

/// Who is meant, on which lists. Telephones are taken and forgotten, as on the server of today (msnp8-18.md 7.4).
fn members(list: &ContactList) -> Result<Vec<(Address, Lists)>, ErrorCode> {
    let mut members = Vec::new();
    let mut any = false;
    for entry in list.contacts() {
        any = true;
        if entry.network() == Network::TELEPHONE {
            continue;
        }
        members.push((member(&entry)?, own_lists(&entry)?));
    }
    if any {
        Ok(members)
    } else {
        Err(refusal::EMPTY_DOMAIN)
    }
}

fn member(entry: &Entry<'_>) -> Result<Address, ErrorCode> {
    if entry.network() != Network::PASSPORT {
        return Err(refusal::UNROUTABLE);
    }
    let address = entry.address();
    let address = address.and_then(|one| roster::address(one.id()));
    address.ok_or(refusal::INVALID_USERNAME)
}

fn own_lists(entry: &Entry<'_>) -> Result<Lists, ErrorCode> {
    let lists = entry.lists().or_else(|| lists_of_services(entry));
    let lists = roster::meant(lists.unwrap_or_default());
    let own = WireLists::FORWARD | WireLists::ALLOW | WireLists::BLOCK;
    if own.contains(lists) && lists != WireLists::NONE {
        Ok(Lists::from_bits(lists.0))
    } else {
        Err(refusal::INVALID_XML)
    }
}

/// Since MSNP21 the lists stand on each service; those of messages count (msnp24.md 14.2).
fn lists_of_services(entry: &Entry<'_>) -> Option<WireLists> {
    let of_messages = entry.services().find(|(name, _)| *name == service::IM);
    let first = of_messages.or_else(|| entry.services().next())?;
    Some(first.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn members_are(document: &str, expected: Result<&[(&str, u8)], u16>) {
        let found = to_add(document.as_bytes()).map_err(ErrorCode::number);
        let expected = expected.map(|all| {
            let one = |(text, bits): &(&str, u8)| {
                (roster::address(text).unwrap(), Lists::from_bits(*bits))
            };
            all.iter().map(one).collect::<Vec<_>>()
        });
        assert_eq!(found, expected, "{document}");
    }

    #[test]
    fn a_list_is_read_as_far_as_it_makes_sense() {
        let bob = |attributes: &str| {
            format!("<ml><d n=\"example.org\"><c n=\"bob\" {attributes}/></d></ml>")
        };
        members_are(&bob("l=\"3\" t=\"1\""), Ok(&[("bob@example.org", 3)]));
        members_are(&bob("l=\"4\""), Ok(&[("bob@example.org", 4)]));
        members_are(&bob("l=\"8\" t=\"1\""), Err(241));
        members_are(&bob("t=\"1\""), Err(241));
        members_are(&bob("l=\"1\" t=\"32\""), Err(204));
        let services = |lists: &str| {
            format!(
                "<ml><d n=\"example.org\"><c n=\"bob\" t=\"1\"><s l=\"1\" n=\"PE\"/><s l=\"{lists}\" n=\"IM\"/></c></d></ml>"
            )
        };
        members_are(&services("3"), Ok(&[("bob@example.org", 3)]));
        // MSNPSharp blocks whom it hides from, and leaves him on the list of the allowed.
        members_are(&services("64"), Ok(&[("bob@example.org", 4)]));
        members_are(&services("67"), Ok(&[("bob@example.org", 7)]));
        members_are(&services("0"), Err(241));
        members_are("<ml><d n=\"example.org\"/></ml>", Err(240));
        members_are("<ml l=\"1\"/>", Ok(&[]));
        members_are("<ml><t><c n=\"tel:+1555\" l=\"1\"/></t></ml>", Ok(&[]));
        members_are("<ml", Err(241));
    }
}
