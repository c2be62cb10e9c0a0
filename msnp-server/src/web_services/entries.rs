//! What stands in the address book, as calls show it (soap.md 5.4).

use soap_codec::address_book::{
    AddressBook, AddressBookInfo, Annotation, Contact, ContactInfo, ContactType, Group, GroupInfo,
    GuidResult,
};
use soap_codec::call::{Guid, Timestamp};

use super::context::{Context, changed};
use crate::account_number::{AccountNumber, contact_guid};
use crate::identity::Who;
use crate::network::{self, Lists, Privacy};

/// The property in which it is kept whether the person wants to be asked about new contacts: the word of `GTC`
/// (msnp8-18.md 7.1).
pub(super) const PROMPT: &str = "GTC";

/// The contacts, and the account itself behind them, as the servers of today have it.
pub(super) fn contacts(context: &Context<'_>) -> Vec<Contact> {
    let contacts = context.roster.contacts.iter();
    let forward = contacts.filter(|one| one.lists.contains(Lists::FORWARD));
    let mut all: Vec<_> = forward.map(|one| regular(one, context)).collect();
    all.push(me(context));
    all
}

/// The remark in which an owner names a contact.
pub(super) const NICKNAME: &str = "AB.NickName";

pub(super) fn regular(contact: &network::Contact, context: &Context<'_>) -> Contact {
    let own_name = (!contact.own_name.is_empty()).then(|| annotation(NICKNAME, &contact.own_name));
    let info = ContactInfo {
        annotations: own_name.into_iter().collect(),
        contact_type: Some(ContactType::Regular),
        group_ids: groups_of(contact),
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
        last_change: Some(changed(context)),
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

pub(super) fn book(context: &Context<'_>) -> AddressBook {
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
        last_change: Some(changed(context)),
        dynamic_item_last_changed: Some(Timestamp::never()),
        created: Some(changed(context)),
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

/// The id of somebody's contact.
pub(super) fn id(who: &Who) -> Guid {
    Guid::new(contact_guid(who.person()).to_string())
}

/// The groups, as an address book has them.
pub(super) fn groups(context: &Context<'_>) -> Vec<Group> {
    let groups = context.roster.groups.iter();
    groups.map(|group| shown(group, context)).collect()
}

fn shown(group: &network::Group, context: &Context<'_>) -> Group {
    Group {
        id: Some(Guid::new(group.id.to_string())),
        info: Some(GroupInfo {
            annotations: vec![Annotation {
                name: Some("MSN.IM.Display".to_owned()),
                value: Some("1".to_owned()),
                ..Annotation::default()
            }],
            group_type: Some(Guid::new(GroupInfo::MESSENGER.to_ascii_lowercase())),
            name: Some(group.name.to_string()),
            is_not_mobile_visible: Some(false),
            is_private: Some(false),
            is_favorite: Some(false),
            ..GroupInfo::default()
        }),
        properties_changed: Some(String::new()),
        deleted: Some(false),
        last_change: Some(changed(context)),
        ..Group::default()
    }
}

/// Something new has this id.
pub(super) fn result(id: Guid) -> GuidResult {
    GuidResult {
        id: Some(id),
        ..GuidResult::default()
    }
}

/// Which groups a contact is in.
fn groups_of(contact: &network::Contact) -> Vec<Guid> {
    let groups = contact.groups.iter();
    groups.map(|group| Guid::new(group.to_string())).collect()
}
