//! The address book: contacts as they are, and the edits of them (soap.md 5.4, 5.7).

use soap_codec::Envelope;
use soap_codec::address_book::{
    ABAdd, ABAddReply, ABContactAdd, ABContactAddReply, ABContactDelete, ABContactUpdate,
    ABFindAll, ABFindAllReply, ABFindAllResult, ABFindContactsPaged, ABFindContactsPagedReply,
    ABFindContactsPagedResult, AddressBook, AddressBookInfo, Annotation, BreakConnection, Contact,
    ContactInfo, ContactType, CreateContact, CreateContactReply, ManageWLConnection,
    ManageWLConnectionReply,
};
use soap_codec::call::{Guid, Request, Timestamp};

use super::context::{
    Context, address, address_of, changed, contact, found as found_in, headers, whole,
};
use super::groups;
use super::refused::Refused;
use crate::account_number::{AccountNumber, contact_guid};
use crate::identity::{Address, Who};
use crate::network::{self, Answer, Command, ContactChange, ListChange, Lists, Privacy};

/// The property in which it is kept whether the person wants to be asked about new contacts: the word of `GTC`
/// (msnp8-18.md 7.1).
const PROMPT: &str = "GTC";

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
    let account = account(one).ok_or(Refused::Schema)?;
    let options = add.options.as_ref();
    let allows = options.and_then(|it| it.enable_allow_list_management);
    let mut adding = adding(account, allows == Some(true), context)?;
    let name = one.info.as_ref().and_then(|info| info.annotation(NICKNAME));
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
    let account = request.body.contacts.first().and_then(account);
    let who = found_in(answers, 0, account.unwrap_or_default())?;
    let reply = ABContactAddReply {
        result: Some(groups::result(id(&who))),
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
        contact: Some(regular(one, context)),
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
        contact: Some(regular(known, context)),
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
        let own = id(context.who);
        if one.me().is_some() || one.id.as_ref() == Some(&own) {
            commands.extend(own_changes(info));
            continue;
        }
        let known = contact(context, one.id.as_ref(), Lists::FORWARD)?;
        // The name that contacts give themselves comes from them: clients write it as they have last seen it.
        if let Some(name) = info.annotation(NICKNAME) {
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
            name: PROMPT.into(),
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
            groups: groups::all(context),
            contacts: all(context),
            book: Some(book(context)),
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
            groups: groups::all(context),
            contacts: all(context),
            book: Some(book(context)),
            ..ABFindContactsPagedResult::default()
        }),
        ..ABFindContactsPagedReply::default()
    };
    request.respond(headers(context), reply).to_envelope()
}

/// The contacts, and the account itself behind them, as the servers of today have it.
fn all(context: &Context<'_>) -> Vec<Contact> {
    let contacts = context.roster.contacts.iter();
    let forward = contacts.filter(|one| one.lists.contains(Lists::FORWARD));
    let mut all: Vec<_> = forward.map(|one| regular(one, context)).collect();
    all.push(me(context));
    all
}

/// The remark in which an owner names a contact.
const NICKNAME: &str = "AB.NickName";

fn regular(contact: &network::Contact, context: &Context<'_>) -> Contact {
    let own_name = (!contact.own_name.is_empty()).then(|| annotation(NICKNAME, &contact.own_name));
    let info = ContactInfo {
        annotations: own_name.into_iter().collect(),
        contact_type: Some(ContactType::Regular),
        group_ids: groups::of(contact),
        is_messenger_user: Some(true),
        ..info(&contact.who, &contact.name)
    };
    entry(&contact.who, info, context)
}

fn me(context: &Context<'_>) -> Contact {
    let settings = &context.roster.settings;
    let privacy = match settings.privacy {
        Privacy::AllowOthers => "1",
        Privacy::BlockOthers => "2",
    };
    let prompt = match settings.property(PROMPT) {
        Some("A") => "1",
        Some("N") => "2",
        _ => "0",
    };
    let info = ContactInfo {
        annotations: vec![
            annotation("MSN.IM.MBEA", "0"),
            annotation("MSN.IM.GTC", prompt),
            annotation("MSN.IM.BLP", privacy),
        ],
        contact_type: Some(ContactType::Me),
        is_messenger_user: Some(false),
        ..info(context.who, &context.roster.name)
    };
    entry(context.who, info, context)
}

fn entry(who: &Who, info: ContactInfo, context: &Context<'_>) -> Contact {
    Contact {
        id: Some(id(who)),
        info: Some(info),
        properties_changed: Some(String::new()),
        deleted: Some(false),
        last_change: changed(context),
        ..Contact::default()
    }
}

/// What clients want to be there of everybody.
fn info(who: &Who, name: &str) -> ContactInfo {
    let account = who.email().as_str();
    let name = if name.is_empty() { account } else { name };
    let text = |text: &str| Some(text.to_owned());
    ContactInfo {
        quick_name: text(name),
        passport_name: text(account),
        is_passport_name_hidden: Some(false),
        display_name: text(name),
        puid: Some(0),
        cid: Some(AccountNumber::of(who.person()).get()),
        is_not_mobile_visible: Some(false),
        is_mobile_im_enabled: Some(false),
        is_favorite: Some(false),
        is_smtp: Some(false),
        has_space: Some(false),
        spot_watch_state: text("NoDevice"),
        birthdate: Some(Timestamp::never()),
        primary_email_type: text("ContactEmailPersonal"),
        primary_location: text("ContactLocationPersonal"),
        primary_phone: text("ContactPhonePersonal"),
        is_private: Some(false),
        gender: text("Unspecified"),
        time_zone: text("None"),
        ..ContactInfo::default()
    }
}

fn book(context: &Context<'_>) -> AddressBook {
    let who = context.who;
    AddressBook {
        id: Some(Guid::zero()),
        info: Some(AddressBookInfo {
            owner_puid: Some(0),
            owner_cid: Some(AccountNumber::of(who.person()).get()),
            owner_email: Some(who.email().as_str().to_owned()),
            is_default: Some(true),
            joined_namespace: Some(false),
            is_bot: Some(false),
            is_parent_managed: Some(false),
            account_tier_last_changed: Some(Timestamp::never()),
            profile_version: Some(0),
            subscribe_external_partner: Some(false),
            notify_external_partner: Some(false),
            address_book_type: Some("Individual".to_owned()),
            ..AddressBookInfo::default()
        }),
        last_change: changed(context),
        dynamic_item_last_changed: Some(Timestamp::never()),
        created: changed(context),
        properties_changed: Some(String::new()),
        ..AddressBook::default()
    }
}

fn annotation(name: &str, value: &str) -> Annotation {
    Annotation {
        name: Some(name.to_owned()),
        value: Some(value.to_owned()),
        ..Annotation::default()
    }
}

/// The account that a call names a contact by, or else the first mail address.
pub(super) fn account(contact: &Contact) -> Option<&str> {
    let info = contact.info.as_ref()?;
    let email = || info.emails.first()?.email.as_deref();
    info.passport_name.as_deref().or_else(email)
}

fn email(create: &CreateContact) -> Option<&str> {
    let handle = create.contact.as_ref().and_then(|it| it.email.as_deref());
    handle.or_else(|| create.info.as_ref()?.passport_name.as_deref())
}

/// The id of somebody's contact.
pub(super) fn id(who: &Who) -> Guid {
    Guid::new(contact_guid(who.person()).to_string())
}
