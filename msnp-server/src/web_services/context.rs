//! What a call is planned and answered from: who calls, and what they keep.

use machine_contract::UnixTime;
use msnp_proto::Guid;
use soap_codec::address_book::{ServiceHeader, ServiceHeaders};
use soap_codec::call::{self, Timestamp};

use super::refused::Refused;
use crate::account_number;
use crate::identity::{Address, EmailAddress, PersonId, Who};
use crate::network::{Answer, Contact, Group, Lists, Roster};

/// Whoever plans and answers has this.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) who: &'a Who,
    pub(super) roster: &'a Roster,
    /// What the service calls itself.
    pub(super) host: &'a str,
    /// When the call came.
    pub(super) now: UnixTime,
}

/// A contact that a call names by its id, who is on these lists at least.
pub(super) fn contact<'r>(
    context: &Context<'r>,
    id: Option<&call::Guid>,
    lists: Lists,
) -> Result<&'r Contact, Refused> {
    let unknown = || Refused::list("ContactDoesNotExist", "Contact does not exist");
    let person = id.and_then(person).ok_or_else(unknown)?;
    let mut contacts = context.roster.contacts.iter();
    let found = contacts.find(|one| one.who.person() == person && one.lists.contains(lists));
    found.ok_or_else(unknown)
}

/// A group that a call names by its id.
pub(super) fn group<'r>(
    context: &Context<'r>,
    id: Option<&call::Guid>,
) -> Result<&'r Group, Refused> {
    let unknown = || Refused::list("GroupDoesNotExist", "Group does not exist");
    let id: Guid = id.and_then(guid).ok_or_else(unknown)?;
    let mut groups = context.roster.groups.iter();
    groups.find(|one| one.id == id).ok_or_else(unknown)
}

/// Whom a contact's id names.
pub(super) fn person(id: &call::Guid) -> Option<PersonId> {
    account_number::contact_of(guid(id)?)
}

pub(super) fn guid(id: &call::Guid) -> Option<Guid> {
    id.as_str().parse().ok()
}

/// An account that a call names.
pub(super) fn address(account: &str) -> Result<Address, Refused> {
    let account = account.trim();
    let malformed = |_| {
        if account.contains('@') {
            Refused::invalid_user(account)
        } else {
            let text = "Malformed email Argument Email missing '@' character";
            Refused::list("BadEmailArgument", text)
        }
    };
    EmailAddress::parse(account)
        .map(Address::Email)
        .map_err(malformed)
}

/// The address of a contact.
pub(super) fn address_of(who: &Who) -> Address {
    Address::Email(who.email().clone())
}

/// The only one that was looked up, in the answer at this place.
pub(super) fn found(answers: &[Answer], at: usize, account: &str) -> Result<Who, Refused> {
    match answers.get(at) {
        Some(Answer::Contacts(found)) if !found.is_empty() => Ok(found[0].who.clone()),
        _ => Err(Refused::invalid_user(account)),
    }
}

/// The header of every answer about lists.
pub(super) fn headers(context: &Context<'_>) -> ServiceHeaders {
    ServiceHeaders {
        service: Some(ServiceHeader {
            version: Some("15.01.1408.0000".to_owned()),
            cache_key_changed: Some(false),
            preferred_host_name: Some(context.host.to_owned()),
            ..ServiceHeader::default()
        }),
        ..ServiceHeaders::default()
    }
}

/// When something has changed last: always just now, since nobody remembers when it was, and all is told anew to whoever asks.
pub(super) fn changed(context: &Context<'_>) -> Timestamp {
    Timestamp::from_unix(context.now)
}

/// Changes alone are not to be had: all has to be asked for (soap.md 5.3).
pub(super) fn whole(deltas_only: Option<bool>) -> Result<(), Refused> {
    if deltas_only == Some(true) {
        let text = "Full sync required.  Details: Delta syncs disabled.";
        return Err(Refused::list("FullSyncRequired", text));
    }
    Ok(())
}
