//! The lists Allow, Block, Reverse and Pending, and Hide of a service of its own (soap.md 5.3, 5.7).

use soap_codec::Envelope;
use soap_codec::address_book::ServiceHeaders;
use soap_codec::call::{Call, Done, Guid, Request, Timestamp};
use soap_codec::membership::{
    AddMember, CircleAttributes, DeleteMember, FindMembership, FindMembershipReply,
    FindMembershipResult, Handle, Member, MemberRole, Membership, NamespaceHandle, NamespaceInfo,
    OwnerNamespace, Service, ServiceInfo,
};

use super::context::{Context, address, address_of, changed, headers, person, whole};
use super::refused::Refused;
use crate::account_number::AccountNumber;
use crate::identity::{Address, PersonId};
use crate::network::{Command, Contact, ContactChange, ListChange, Lists};

/// Reading the lists changes nothing.
pub(super) fn plan_find(find: &FindMembership) -> Result<Vec<Command>, Refused> {
    whole(find.deltas_only).map(|()| Vec::new())
}

/// Members are put on lists. On those that others make nobody is put: what it would mean to say so, the other two say.
pub(super) fn plan_add(add: &AddMember, context: &Context<'_>) -> Result<Vec<Command>, Refused> {
    let mut changes = Vec::new();
    for (list, member) in named(&add.memberships) {
        let contact = match account(member, context) {
            Some(account) => account?,
            None => continue,
        };
        let change = ListChange::Add(list.lists());
        changes.push(ContactChange { contact, change });
    }
    Ok(one(changes))
}

/// Members are taken off lists, by account or by the number that the list gives them.
pub(super) fn plan_delete(
    delete: &DeleteMember,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let mut changes = Vec::new();
    for (list, member) in named(&delete.memberships) {
        let contact = match account(member, context) {
            Some(account) => account?,
            None => continue,
        };
        let mut contacts = context.roster.contacts.iter();
        let is_on = contacts.any(|one| one.who.is_at(&contact) && one.lists.contains(list.lists()));
        if !is_on {
            let text = "Member does not exist";
            return Err(Refused::list("MemberDoesNotExist", text));
        }
        let change = ListChange::Remove(list.lists());
        let contact_change = |change| ContactChange {
            contact: contact.clone(),
            change,
        };
        changes.push(contact_change(change));
        // One hides from those who are allowed, and they are again once one does not.
        if list == Own::Hide {
            changes.push(contact_change(ListChange::Add(Lists::ALLOW)));
        }
    }
    Ok(one(changes))
}

fn one(changes: Vec<ContactChange>) -> Vec<Command> {
    if changes.is_empty() {
        return Vec::new();
    }
    vec![Command::ChangeContacts(changes)]
}

/// A list that its owner changes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Own {
    Allow,
    Block,
    /// Who is on it is blocked. Whom one hides from does not see one, and this network has no other word for that.
    Hide,
}

impl Own {
    const fn lists(self) -> Lists {
        match self {
            Self::Allow => Lists::ALLOW,
            Self::Block | Self::Hide => Lists::BLOCK,
        }
    }
}

/// The members that a call names, with the list that each is about; of those lists that their owner changes.
fn named(memberships: &[Membership]) -> impl Iterator<Item = (Own, &Member)> {
    memberships.iter().flat_map(|membership| {
        let list = match membership.role {
            Some(MemberRole::Allow) => Some(Own::Allow),
            Some(MemberRole::Block) => Some(Own::Block),
            Some(MemberRole::Hide) => Some(Own::Hide),
            _ => None,
        };
        let members = membership.members.iter();
        members.filter_map(move |member| Some((list?, member)))
    })
}

/// Whom a member is, if it is one who can be here: telephones and circles cannot.
fn account(member: &Member, context: &Context<'_>) -> Option<Result<Address, Refused>> {
    if let Some(account) = member.account() {
        return Some(address(account));
    }
    // The number of these lists; or `Allow/` and the id of a contact, as other servers number.
    let id = member.id.as_deref()?.rsplit('/').next()?.trim();
    let person = match id.parse() {
        Ok(number) => PersonId::new(number),
        Err(_) => person(&Guid::new(id))?,
    };
    let mut contacts = context.roster.contacts.iter();
    let found = contacts.find(|one| one.who.person() == person)?;
    Some(Ok(address_of(&found.who)))
}

/// The lists. Of a service beside Messenger's is told only who has named it: most clients know none.
pub(super) fn found(request: &Request<FindMembership>, context: &Context<'_>) -> Envelope {
    let filter = request.body.filter.as_ref();
    let asks = |name: &str| {
        filter.is_some_and(|filter| filter.types.iter().any(|asked| asked.trim() == name))
    };
    let lists = [
        (MemberRole::Allow, Lists::ALLOW),
        (MemberRole::Block, Lists::BLOCK),
        (MemberRole::Reverse, Lists::REVERSE),
        (MemberRole::Pending, Lists::PENDING),
    ];
    let mut services = vec![service(("1", "Messenger"), &lists, context)];
    if asks(AVAILABILITY) {
        let hidden = [(MemberRole::Hide, Lists::BLOCK)];
        services.push(service(("2", AVAILABILITY), &hidden, context));
    }
    let reply = FindMembershipReply {
        result: Some(FindMembershipResult {
            services,
            owner: Some(owner(context)),
            ..FindMembershipResult::default()
        }),
        ..FindMembershipReply::default()
    };
    request.respond(headers(context), reply).to_envelope()
}

/// The service of those whom one hides from, which `MSNPSharp` has made by a call that is not here if it is not told of it.
const AVAILABILITY: &str = "IMAvailability";

/// A service, by its number and name, with its lists.
fn service(
    (id, name): (&str, &str),
    lists: &[(MemberRole, Lists)],
    context: &Context<'_>,
) -> Service {
    let memberships = lists.iter().map(|(role, lists)| {
        let contacts = context.roster.contacts.iter();
        // Who waits to be answered is on that list alone, as the servers of today have it (msnp8-18.md 7.2).
        let is_in = |one: &&Contact| {
            let waits = *role == MemberRole::Reverse && one.lists.contains(Lists::PENDING);
            one.lists.contains(*lists) && !waits
        };
        Membership {
            members: contacts
                .filter(is_in)
                .map(|one| member(one, context))
                .collect(),
            role: Some(role.clone()),
            is_complete: Some(true),
            ..Membership::default()
        }
    });
    Service {
        memberships: memberships.collect(),
        info: Some(ServiceInfo {
            handle: Some(Handle {
                id: Some(id.to_owned()),
                service_type: Some(name.to_owned()),
                foreign_id: Some(String::new()),
                ..Handle::default()
            }),
            inverse_required: Some(false),
            authorization_criteria: Some("Everyone".to_owned()),
            is_bot: Some(false),
            ..ServiceInfo::default()
        }),
        changes: Some(String::new()),
        last_change: Some(changed(context)),
        deleted: Some(false),
        ..Service::default()
    }
}

fn member(contact: &Contact, context: &Context<'_>) -> Member {
    let who = &contact.who;
    // An `int` in the WSDL: MSNPSharp reads none of the lists if it is anything else, and libpurple reads it with C's `atoi`.
    let id = i32::try_from(who.person().get()).ok();
    Member {
        id: id.map(|number| number.to_string()),
        deleted: Some(false),
        last_changed: Some(changed(context)),
        joined: Some(changed(context)),
        expires: Some(Timestamp::never()),
        changes: Some(String::new()),
        is_passport_name_hidden: Some(false),
        passport_id: Some(0),
        cid: Some(AccountNumber::of(who.person()).get()),
        passport_changes: Some(String::new()),
        looked_up_by_cid: Some(false),
        ..Member::of(who.email().as_str())
    }
}

fn owner(context: &Context<'_>) -> OwnerNamespace {
    let who = context.who;
    OwnerNamespace {
        info: Some(NamespaceInfo {
            handle: Some(NamespaceHandle {
                id: Some(Guid::zero()),
                is_passport_name_hidden: Some(false),
                cid: Some(0),
                ..NamespaceHandle::default()
            }),
            creator_puid: Some(0),
            creator_cid: Some(AccountNumber::of(who.person()).get()),
            creator_passport_name: Some(who.email().as_str().to_owned()),
            circle: Some(CircleAttributes {
                is_presence_enabled: Some(false),
                domain: Some("WindowsLive".to_owned()),
                ..CircleAttributes::default()
            }),
            messenger_service_created: Some(false),
            ..NamespaceInfo::default()
        }),
        changes: Some(String::new()),
        created: Some(changed(context)),
        last_change: Some(changed(context)),
        ..OwnerNamespace::default()
    }
}

/// The answer to an edit that says nothing but that it was done.
pub(super) fn done<C>(request: &Request<C>, context: &Context<'_>) -> Envelope
where
    C: Call<Reply = Done, ReplyHeaders = ServiceHeaders>,
{
    request
        .respond(headers(context), Done::default())
        .to_envelope()
}
