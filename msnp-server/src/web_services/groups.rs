//! Groups of contacts, and who is in them (soap.md 5.4, 5.7).

use soap_codec::Envelope;
use soap_codec::address_book::{
    ABGroupAdd, ABGroupAddReply, ABGroupContactAdd, ABGroupContactAddReply, ABGroupContactDelete,
    ABGroupDelete, ABGroupUpdate, GroupFilter,
};
use soap_codec::call::{Guid, Request};

use super::contacts;
use super::context::{Context, address_of, contact, found, group, headers};
use super::entries;
use super::refused::Refused;
use crate::identity::Address;
use crate::network::{Answer, Command, GroupId, Lists};

/// A group is made.
pub(super) fn plan_add(add: &ABGroupAdd) -> Result<Vec<Command>, Refused> {
    let info = add.group.as_ref().and_then(|group| group.info.as_ref());
    let name = info.and_then(|info| info.name.as_deref());
    let name = name.ok_or(Refused::Schema)?.into();
    Ok(vec![Command::AddGroup { name }])
}

/// Its id.
pub(super) fn added(
    request: &Request<ABGroupAdd>,
    context: &Context<'_>,
    answers: &[Answer],
) -> Result<Envelope, Refused> {
    let Some(Answer::Group(id)) = answers.first() else {
        return Err(Refused::Unavailable);
    };
    let reply = ABGroupAddReply {
        result: Some(entries::result(Guid::new(id.to_string()))),
        ..ABGroupAddReply::default()
    };
    Ok(request.respond(headers(context), reply).to_envelope())
}

/// Groups get other names.
pub(super) fn plan_update(
    update: &ABGroupUpdate,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let renamed = update.groups.iter().map(|edit| {
        let known = group(context, edit.id.as_ref())?;
        let name = edit.info.as_ref().and_then(|info| info.name.as_deref());
        let name = name.unwrap_or(&known.name);
        let rename = Command::RenameGroup {
            group: known.id,
            name: name.into(),
        };
        // Under its own name there is one already: itself.
        Ok((name != &*known.name).then_some(rename))
    });
    let renamed: Result<Vec<_>, Refused> = renamed.collect();
    Ok(renamed?.into_iter().flatten().collect())
}

/// Groups go; their contacts stay.
pub(super) fn plan_delete(
    delete: &ABGroupDelete,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let groups = groups_in(delete.filter.as_ref(), context)?;
    let remove = |group| Command::RemoveGroup { group };
    Ok(groups.into_iter().map(remove).collect())
}

/// Contacts are put into groups. libpurple adds new ones so, by account (soap.md 5.7).
pub(super) fn plan_put(
    put: &ABGroupContactAdd,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let groups = groups_in(put.filter.as_ref(), context)?;
    let mut commands = Vec::new();
    for one in &put.contacts {
        let address = match entries::account(one) {
            Some(account) if one.id.is_none() => {
                let allows = put.options.as_ref();
                let allows = allows.and_then(|it| it.enable_allow_list_management);
                let added = contacts::adding(account, allows != Some(false), context)?;
                let address = added.address;
                commands.extend(added.commands);
                address
            }
            _ => address_of(&contact(context, one.id.as_ref(), Lists::FORWARD)?.who),
        };
        commands.extend(moves(&address, &groups, true));
    }
    Ok(commands)
}

/// The id of the first of them.
pub(super) fn put(
    request: &Request<ABGroupContactAdd>,
    context: &Context<'_>,
    answers: &[Answer],
) -> Result<Envelope, Refused> {
    let first = request.body.contacts.first().ok_or(Refused::Schema)?;
    let who = match entries::account(first) {
        Some(account) if first.id.is_none() => found(answers, 0, account)?,
        _ => contact(context, first.id.as_ref(), Lists::FORWARD)?
            .who
            .clone(),
    };
    let reply = ABGroupContactAddReply {
        result: Some(entries::result(entries::id(&who))),
        ..ABGroupContactAddReply::default()
    };
    Ok(request.respond(headers(context), reply).to_envelope())
}

/// Contacts are taken out of groups.
pub(super) fn plan_take(
    take: &ABGroupContactDelete,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let groups = groups_in(take.filter.as_ref(), context)?;
    let mut commands = Vec::new();
    for one in &take.contacts {
        let known = contact(context, one.id.as_ref(), Lists::FORWARD)?;
        commands.extend(moves(&address_of(&known.who), &groups, false));
    }
    Ok(commands)
}

fn moves<'g>(
    contact: &Address,
    groups: &'g [GroupId],
    inside: bool,
) -> impl Iterator<Item = Command> + use<'g> {
    let contact = contact.clone();
    groups.iter().map(move |group| Command::SetGroup {
        contact: contact.clone(),
        group: *group,
        inside,
    })
}

fn groups_in(filter: Option<&GroupFilter>, context: &Context<'_>) -> Result<Vec<GroupId>, Refused> {
    let ids = &filter.ok_or(Refused::Schema)?.ids;
    ids.iter()
        .map(|id| Ok(group(context, Some(id))?.id))
        .collect()
}
