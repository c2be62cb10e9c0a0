//! The address book: contacts as they are, and the edits of them (soap.md 5.4, 5.7).

use soap_codec::Envelope;
use soap_codec::address_book::{
    ABAdd, ABAddReply, ABContactAdd, ABContactAddReply, ABContactDelete, ABContactUpdate,
    ABFindAll, ABFindAllReply, ABFindAllResult, ABFindContactsPaged, ABFindContactsPagedReply,
    ABFindContactsPagedResult, BreakConnection, ContactInfo, CreateContact, CreateContactReply,
    ManageWLConnection, ManageWLConnectionReply,
};
use soap_codec::call::{Guid, Request};

use super::context::{Context, address, address_of, contact, found as found_in, headers, whole};
use super::entries;
use super::refused::Refused;
use crate::identity::Address;
use crate::network::{self, Answer, Command, ContactChange, ListChange, Lists, Privacy};

/// The book of this id is the account's own, and the only one.
pub(super) fn plan_find(
    deltas_only: Option<bool>,
    id: Option<&Guid>,
) -> Result<Vec<Command>, Refused> {
    whole(deltas_only)?;
    if id.is_some_and(|id| *id != Guid::zero()) {
        return Err(Refused::list(
            "ABDoesNotExist",
            "Address Book does not exist",
        ));
    }
    Ok(Vec::new())
}

/// The same, as later clients ask.
pub(super) fn plan_find_paged(find: &ABFindContactsPaged) -> Result<Vec<Command>, Refused> {
    let deltas_only = find.filter.as_ref().and_then(|it| it.deltas_only);
    let id = find.handle.as_ref().and_then(|handle| handle.id.as_ref());
    plan_find(deltas_only, id)
}

/// What it takes to put somebody into the book: whom, and the commands.
pub(super) struct Adding {
    pub(super) address: Address,
    pub(super) commands: Vec<Command>,
}

/// Somebody is put into the book, and lets be seen if they are not blocked. Who is in it already stays so. The first answer says who it
/// is.
pub(super) fn adding(
    account: &str,
    allows: bool,
    context: &Context<'_>,
) -> Result<Adding, Refused> {
    let address = address(account)?;
    let mut contacts = context.roster.contacts.iter();
    let is_blocked =
        contacts.any(|one| one.who.is_at(&address) && one.lists.contains(Lists::BLOCK));
    let lists = if allows && !is_blocked {
        Lists::FORWARD | Lists::ALLOW
    } else {
        Lists::FORWARD
    };
    let change = ContactChange {
        contact: address.clone(),
        change: ListChange::Add(lists),
    };
    let commands = vec![
        Command::LookUp(vec![address.clone()]),
        Command::ChangeContacts(vec![change]),
    ];
    Ok(Adding { address, commands })
}

/// A contact is added; one, in every request that was seen.
pub(super) fn plan_add(add: &ABContactAdd, context: &Context<'_>) -> Result<Vec<Command>, Refused> {
    let one = add.contacts.first().ok_or(Refused::Schema)?;
    let account = entries::account(one).ok_or(Refused::Schema)?;
    let options = add.options.as_ref();
    let allows = options.and_then(|it| it.enable_allow_list_management);
    let mut adding = adding(account, allows == Some(true), context)?;
    let name = one
        .info
        .as_ref()
        .and_then(|info| info.annotation(entries::NICKNAME));
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        adding.commands.push(Command::NameContact {
            contact: adding.address,
            name: name.into(),
        });
    }
    Ok(adding.commands)
}

/// Its id.
pub(super) fn added(
    request: &Request<ABContactAdd>,
    context: &Context<'_>,
    answers: &[Answer],
) -> Result<Envelope, Refused> {
    let account = request.body.contacts.first().and_then(entries::account);
    let who = found_in(answers, 0, account.unwrap_or_default())?;
    let reply = ABContactAddReply {
        result: Some(entries::result(entries::id(&who))),
        ..ABContactAddReply::default()
    };
    Ok(request.respond(headers(context), reply).to_envelope())
}

/// A contact is added, in the words of 2009.
pub(super) fn plan_create(
    create: &CreateContact,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let account = email(create).ok_or(Refused::Schema)?;
    Ok(adding(account, true, context)?.commands)
}

/// What it is now.
pub(super) fn created(
    request: &Request<CreateContact>,
    context: &Context<'_>,
    answers: &[Answer],
) -> Result<Envelope, Refused> {
    let account = email(&request.body).unwrap_or_default();
    let Some(Answer::Contacts(found)) = answers.first() else {
        return Err(Refused::Unavailable);
    };
    let one = found
        .first()
        .ok_or_else(|| Refused::invalid_user(account))?;
    let reply = CreateContactReply {
        contact: Some(entries::regular(one, context)),
        ..CreateContactReply::default()
    };
    Ok(request.respond(headers(context), reply).to_envelope())
}

/// A connection is made: somebody who is known is to be seen.
pub(super) fn plan_connect(
    manage: &ManageWLConnection,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let known = contact(context, manage.contact_id.as_ref(), Lists::NONE)?;
    if manage.connection == Some(false) {
        return Ok(change(known, ListChange::Remove(Lists::FORWARD)));
    }
    Ok(change(known, ListChange::Add(Lists::FORWARD)))
}

/// Who it is with.
pub(super) fn connected(
    request: &Request<ManageWLConnection>,
    context: &Context<'_>,
) -> Result<Envelope, Refused> {
    let known = contact(context, request.body.contact_id.as_ref(), Lists::NONE)?;
    let reply = ManageWLConnectionReply {
        contact: Some(entries::regular(known, context)),
        ..ManageWLConnectionReply::default()
    };
    Ok(request.respond(headers(context), reply).to_envelope())
}

/// A connection is ended.
pub(super) fn plan_break(
    end: &BreakConnection,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let known = contact(context, end.contact_id.as_ref(), Lists::NONE)?;
    let mut commands = change(known, ListChange::Remove(Lists::FORWARD));
    if end.block_contact == Some(true) {
        commands.extend(change(known, ListChange::Add(Lists::BLOCK)));
    }
    Ok(commands)
}

/// Contacts leave the book. Whether they may see the owner is for the other lists.
pub(super) fn plan_delete(
    delete: &ABContactDelete,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let mut commands = Vec::new();
    for one in &delete.contacts {
        let known = contact(context, one.id.as_ref(), Lists::FORWARD)?;
        commands.extend(change(known, ListChange::Remove(Lists::FORWARD)));
    }
    Ok(commands)
}

fn change(contact: &network::Contact, change: ListChange) -> Vec<Command> {
    vec![Command::ChangeContacts(vec![ContactChange {
        contact: address_of(&contact.who),
        change,
    }])]
}

/// What is known of contacts, or of the account itself, is changed.
pub(super) fn plan_update(
    update: &ABContactUpdate,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let mut commands = Vec::new();
    for one in &update.contacts {
        let Some(info) = &one.info else {
            continue;
        };
        let own = entries::id(context.who);
        if one.me().is_some() || one.id.as_ref() == Some(&own) {
            commands.extend(own_changes(info));
            continue;
        }
        // libpurple, which is shown a new contact before it has read the answer to its adding, writes down their name with the
        // id that it does not know yet, and gives its session up if that is refused.
        if one.id.as_ref().is_none_or(|id| id.as_str().is_empty()) {
            continue;
        }
        let known = contact(context, one.id.as_ref(), Lists::FORWARD)?;
        // The name that contacts give themselves comes from them: clients write it as they have last seen it.
        if let Some(name) = info.annotation(entries::NICKNAME) {
            commands.push(Command::NameContact {
                contact: address_of(&known.who),
                name: name.into(),
            });
        }
        if info.is_messenger_user == Some(false) {
            commands.extend(change(known, ListChange::Remove(Lists::FORWARD)));
        }
    }
    Ok(commands)
}

/// What somebody changes of themselves: their name, and two answers that are numbers here and words in lines
/// (msnp8-18.md 7.4).
fn own_changes(info: &ContactInfo) -> Vec<Command> {
    let mut commands = Vec::new();
    if let Some(name) = info.display_name.as_deref().filter(|name| !name.is_empty()) {
        commands.push(Command::SetName(name.into()));
    }
    let number = |name| info.annotation(name).map(str::trim);
    match number("MSN.IM.BLP") {
        Some("1") => commands.push(Command::SetPrivacy(Privacy::AllowOthers)),
        Some("2") => commands.push(Command::SetPrivacy(Privacy::BlockOthers)),
        _ => {}
    }
    let prompt = match number("MSN.IM.GTC") {
        Some("1") => Some("A"),
        Some("2") => Some("N"),
        _ => None,
    };
    if let Some(value) = prompt {
        commands.push(Command::SetProperty {
            name: entries::PROMPT.into(),
            value: value.into(),
        });
    }
    commands
}

/// There is always one, so it is there now.
pub(super) fn made(request: &Request<ABAdd>, context: &Context<'_>) -> Envelope {
    let reply = ABAddReply {
        id: Some(Guid::zero()),
        ..ABAddReply::default()
    };
    request.respond(headers(context), reply).to_envelope()
}

/// The book.
pub(super) fn found(request: &Request<ABFindAll>, context: &Context<'_>) -> Envelope {
    let reply = ABFindAllReply {
        result: Some(ABFindAllResult {
            groups: entries::groups(context),
            contacts: entries::contacts(context),
            book: Some(entries::book(context)),
            ..ABFindAllResult::default()
        }),
        ..ABFindAllReply::default()
    };
    request.respond(headers(context), reply).to_envelope()
}

/// The book, as later clients ask for it. There are no circles.
pub(super) fn found_paged(
    request: &Request<ABFindContactsPaged>,
    context: &Context<'_>,
) -> Envelope {
    let reply = ABFindContactsPagedReply {
        result: Some(ABFindContactsPagedResult {
            groups: entries::groups(context),
            contacts: entries::contacts(context),
            book: Some(entries::book(context)),
            ..ABFindContactsPagedResult::default()
        }),
        ..ABFindContactsPagedReply::default()
    };
    request.respond(headers(context), reply).to_envelope()
}

fn email(create: &CreateContact) -> Option<&str> {
    let handle = create.contact.as_ref().and_then(|it| it.email.as_deref());
    handle.or_else(|| create.info.as_ref()?.passport_name.as_deref())
}
