//! The lists of MSNP13 and later, which live in two web services (msnp8-18.md 7.4, soap.md 5.3, 5.4).

use bytes::Bytes;
use http::Request;
use msnp_proto::Dialect;
use msnp_proto::classic::Privacy;
use soap_codec::Secret;
use soap_codec::address_book::{
    ABContactAdd, ABContactDelete, ABFindAll, ABFindContactsPaged, AddressBookHeaders, Contact,
    ContactAddOptions, ContactInfo, ContactType,
};
use soap_codec::call::{self, Call, Guid};
use soap_codec::membership::{AddMember, DeleteMember, FindMembership, Member, MemberRole};

use super::book::Book;
use super::groups::GroupId;
use crate::contacts::Lists;
use crate::dialect::soap::{self, Trouble};
use crate::dialect::web::Answer;
use crate::id::ContactId;
use crate::network::WebAddresses;

/// What the address book says of oneself.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) name: Option<String>,
    pub(super) privacy: Option<Privacy>,
}

/// The remark about oneself that says whether whoever is on no list is let in (msnp8-18.md 7.4).
pub(super) const PRIVACY: &str = "MSN.IM.BLP";

/// Words of the services' faults that mean: it is so already.
pub(super) const ALREADY: [&str; 4] = [
    "ContactAlreadyExists",
    "MemberAlreadyExists",
    "MemberDoesNotExist",
    "ContactDoesNotExist",
];

/// A service that has nothing yet of whoever signs in for the first time.
const NEW: [&str; 2] = ["ABDoesNotExist", "ServiceDoesNotExist"];

/// Asks who may see one, who may not, who has one on his list and who waits.
pub(super) fn ask_membership(
    web: &WebAddresses,
    ticket: &Secret<String>,
) -> Option<Request<Bytes>> {
    shown(&web.membership, "Initial", FindMembership::full(), ticket)
}

/// Asks for the contacts.
pub(super) fn ask_contacts(
    web: &WebAddresses,
    dialect: Dialect,
    ticket: &Secret<String>,
) -> Option<Request<Bytes>> {
    if dialect.has_network_prefix() {
        shown(
            &web.address_book,
            "Initial",
            ABFindContactsPaged::full(),
            ticket,
        )
    } else {
        shown(&web.address_book, "Initial", ABFindAll::full(), ticket)
    }
}

pub(super) fn shown<C: Call<Headers = AddressBookHeaders>>(
    service: &http::Uri,
    scenario: &str,
    body: C,
    ticket: &Secret<String>,
) -> Option<Request<Bytes>> {
    let headers = AddressBookHeaders::of(scenario, ticket.clone());
    soap::request(service, &call::Request::new(headers, body), Some(ticket))
}

/// Takes the lists of the first service into the book.
pub(super) fn take_membership(answer: Answer, book: &mut Book) -> Result<(), Trouble> {
    let reply = match soap::read::<FindMembership>(answer) {
        Err(trouble) if trouble.is_one_of(&NEW) => return Ok(()),
        reply => reply?,
    };
    let result = reply.result.unwrap_or_default();
    let Some(service) = result.service("Messenger").or(result.services.first()) else {
        return Ok(());
    };
    for membership in &service.memberships {
        let lists = match &membership.role {
            Some(MemberRole::Allow) => Lists::ALLOW,
            Some(MemberRole::Block) => Lists::BLOCK,
            Some(MemberRole::Reverse) => Lists::REVERSE,
            Some(MemberRole::Pending) => Lists::PENDING,
            _ => continue,
        };
        for member in membership
            .members
            .iter()
            .filter(|it| it.deleted != Some(true))
        {
            let account = member.account();
            if let Some(who) = account.and_then(|account| ContactId::messenger(account.trim()).ok())
            {
                book.add(&who, lists, member.display_name.as_deref());
            }
        }
    }
    Ok(())
}

/// Takes the contacts of the second into it, and what it says of oneself.
pub(super) fn take_contacts(
    answer: Answer,
    dialect: Dialect,
    book: &mut Book,
) -> Result<Own, Trouble> {
    let contacts = if dialect.has_network_prefix() {
        let reply = soap::read::<ABFindContactsPaged>(answer);
        reply.map(|reply| reply.result.map(|it| (it.groups, it.contacts)))
    } else {
        let reply = soap::read::<ABFindAll>(answer);
        reply.map(|reply| reply.result.map(|it| (it.groups, it.contacts)))
    };
    let (groups, contacts) = match contacts {
        Err(trouble) if trouble.is_one_of(&NEW) => return Ok(Own::default()),
        read => read?.unwrap_or_default(),
    };
    for group in groups.iter().filter(|it| it.deleted != Some(true)) {
        let id = group.id.as_ref().and_then(|id| GroupId::new(id.as_str()));
        let name = group.info.as_ref().and_then(|info| info.name.as_deref());
        if let (Some(id), Some(name)) = (id, name) {
            book.put_group(id, name);
        }
    }
    let mut own = Own::default();
    for contact in &contacts {
        if let Some(me) = contact.me() {
            own = Own {
                name: me.display_name.clone(),
                privacy: privacy_of(me.annotation(PRIVACY)),
            };
        } else if let Some(info) = &contact.info {
            take_contact(contact, info, book);
        }
    }
    Ok(own)
}

/// 1 is everybody, 2 whoever is allowed, 0 was never set (msnp8-18.md 7.4).
fn privacy_of(annotation: Option<&str>) -> Option<Privacy> {
    match annotation?.trim() {
        "2" => Some(Privacy::BLOCK),
        "1" => Some(Privacy::ALLOW),
        _ => None,
    }
}

/// Only whoever uses Messenger is on the list; the others are addresses.
fn take_contact(contact: &Contact, info: &ContactInfo, book: &mut Book) {
    let is_there = info.is_messenger_user == Some(true) && contact.deleted != Some(true);
    let account = info.passport_name.as_deref().map(str::trim);
    let Some(who) = account.and_then(|account| ContactId::messenger(account).ok()) else {
        return;
    };
    if is_there {
        book.add(&who, Lists::FORWARD, info.display_name.as_deref());
    } else {
        book.add(&who, Lists::default(), None);
    }
    book.set_book_id(&who, contact.id.clone());
    if is_there {
        let ids = info.group_ids.iter();
        book.set_groups(
            &who,
            ids.filter_map(|id| GroupId::new(id.as_str())).collect(),
        );
    }
}

/// Puts somebody into the address book.
pub(super) fn add_contact(
    web: &WebAddresses,
    who: &ContactId,
    ticket: &Secret<String>,
) -> Option<Request<Bytes>> {
    let contact = Contact {
        info: Some(ContactInfo {
            contact_type: Some(ContactType::Regular),
            passport_name: Some(who.name().to_owned()),
            is_messenger_user: Some(true),
            ..ContactInfo::default()
        }),
        ..Contact::default()
    };
    let call = ABContactAdd {
        id: Some(Guid::zero()),
        contacts: vec![contact],
        options: Some(ContactAddOptions {
            generate_missing_quick_name: Some(true),
            ..ContactAddOptions::default()
        }),
        ..ABContactAdd::default()
    };
    shown(&web.address_book, "ContactSave", call, ticket)
}

/// The id under which he is there now.
pub(super) fn read_added(answer: Answer) -> Result<Option<Guid>, Trouble> {
    let reply = soap::read::<ABContactAdd>(answer)?;
    Ok(reply.result.and_then(|result| result.id))
}

/// Takes somebody out of the address book.
pub(super) fn delete_contact(
    web: &WebAddresses,
    id: &Guid,
    ticket: &Secret<String>,
) -> Option<Request<Bytes>> {
    let call = ABContactDelete {
        id: Some(Guid::zero()),
        contacts: vec![Contact {
            id: Some(id.clone()),
            ..Contact::default()
        }],
        ..ABContactDelete::default()
    };
    shown(&web.address_book, "Timer", call, ticket)
}

/// Puts somebody on one of the lists of the other service, or takes him off it.
pub(super) fn change_member(
    web: &WebAddresses,
    role: MemberRole,
    who: &ContactId,
    is_on: bool,
    ticket: &Secret<String>,
) -> Option<Request<Bytes>> {
    let member = Member::of(who.name());
    let service = &web.membership;
    if is_on {
        shown(service, "BlockUnblock", AddMember::of(role, member), ticket)
    } else {
        shown(
            service,
            "BlockUnblock",
            DeleteMember::of(role, member),
            ticket,
        )
    }
}

/// Whether one of those that answer nothing else was done.
pub(super) fn read_done<C: Call>(answer: Answer) -> Result<(), Trouble> {
    soap::read::<C>(answer).map(|_| ())
}

#[cfg(test)]
mod tests {
    use http::Response;
    use soap_codec::address_book::{ABFindAllReply, ABFindAllResult, Annotation};
    use soap_codec::membership::{FindMembershipReply, FindMembershipResult, Membership, Service};

    use super::*;
    use crate::limits::Limits;

    fn answer<C: Call>(body: C::Reply) -> Response<Bytes>
    where
        C::ReplyHeaders: Default,
    {
        let envelope = call::Response::<C>::new(Default::default(), body).to_envelope();
        let body = envelope.to_xml().expect("it can be written");
        Response::new(body.into())
    }

    fn person(name: &str, uses: bool) -> Contact {
        Contact {
            id: Some(Guid::from("11111111-2222-4333-8444-555555555502")),
            info: Some(ContactInfo {
                contact_type: Some(ContactType::Regular),
                passport_name: Some(name.to_owned()),
                display_name: Some(format!("{name}'s name")),
                is_messenger_user: Some(uses),
                ..ContactInfo::default()
            }),
            ..Contact::default()
        }
    }

    #[test]
    fn both_services_make_one_list() {
        let mut book = Book::new(Limits::default());
        let role = |role, names: &[&str]| Membership {
            role: Some(role),
            members: names.iter().map(|name| Member::of(name)).collect(),
            ..Membership::default()
        };
        let service = Service {
            memberships: vec![
                role(MemberRole::Allow, &["bob@x.org"]),
                role(MemberRole::Block, &["eve@x.org"]),
                role(MemberRole::Pending, &["may@x.org"]),
            ],
            ..Service::default()
        };
        let membership = FindMembershipReply {
            result: Some(FindMembershipResult {
                services: vec![service],
                ..FindMembershipResult::default()
            }),
            ..FindMembershipReply::default()
        };
        take_membership(Ok(answer::<FindMembership>(membership)), &mut book).expect("lists");
        let me = ContactInfo {
            contact_type: Some(ContactType::Me),
            display_name: Some("Alice".to_owned()),
            annotations: vec![Annotation {
                name: Some(PRIVACY.to_owned()),
                value: Some("2".to_owned()),
                ..Annotation::default()
            }],
            ..ContactInfo::default()
        };
        let me = Contact {
            info: Some(me),
            ..Contact::default()
        };
        let contacts = ABFindAllReply {
            result: Some(ABFindAllResult {
                contacts: vec![me, person("bob@x.org", true), person("post@x.org", false)],
                ..ABFindAllResult::default()
            }),
            ..ABFindAllReply::default()
        };
        let answer = Ok(answer::<ABFindAll>(contacts));
        let own = take_contacts(answer, Dialect::MSNP15, &mut book).expect("contacts");
        assert_eq!(own.name.as_deref(), Some("Alice"));
        assert_eq!(own.privacy, Some(Privacy::BLOCK));
        let entries = book.whole().entries;
        let lists: Vec<_> = entries
            .iter()
            .map(|it| (it.id.name(), it.lists.bits()))
            .collect();
        let expected = [
            ("bob@x.org", 3),
            ("eve@x.org", 4),
            ("may@x.org", 16),
            ("post@x.org", 0),
        ];
        assert_eq!(lists, expected);
    }

    #[test]
    fn whoever_is_there_for_the_first_time_has_empty_lists() {
        use soap_codec::{Envelope, FaultReason, Version};
        let fault = FaultReason::List("ABDoesNotExist".to_owned());
        let fault = fault.to_fault(Version::Soap11, "", "no address book");
        let body = Envelope::with_fault(Version::Soap11, &fault).to_xml();
        let answer = || {
            Ok(Response::new(Bytes::from(
                body.clone().expect("it can be written"),
            )))
        };
        let mut book = Book::new(Limits::default());
        assert!(take_membership(answer(), &mut book).is_ok());
        assert!(take_contacts(answer(), Dialect::MSNP18, &mut book).is_ok());
    }
}
