//! What is asked for from above, in MSNP24: requests become commands, names become addresses.

use msnp_proto::msnp24::{Authenticate, ClientBody, Delete, Get, Put};
use msnp_proto::payload::contacts::{ContactList, Lists as ListBits};
use msnp_proto::payload::history::MessagesByConversation;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::Draft;
use msnp_proto::payload::presence::{Capabilities, UserDocument, service};
use msnp_proto::payload::thread::{Member, Role, Thread};
use msnp_proto::{Address, Network};

use super::guise::Guise;
use crate::contacts::Lists;
use crate::dialect::layered::address::{address_in, address_of};
use crate::dialect::layered::message;
use crate::id::{ContactId, MessageId};
use crate::request::{Content, ListChange, Operation, Outgoing, Profile, Request};
use crate::sign_in::AuthTokens;

/// For these a contact is listed (msnp24.md 9).
const SERVICES: [&str; 3] = [service::IM, service::PE, service::SKP];

pub(super) fn authenticate(tokens: &AuthTokens) -> Authenticate {
    Authenticate::Web {
        uic: tokens.uic.clone(),
    }
}

/// The command for a request; `None` if a name in it cannot stand in an MSNP24 address.
pub(super) fn body(
    outgoing: &Outgoing,
    me: &Address,
    (profile, guise): (&Profile, Guise),
    history_page: u32,
) -> Option<ClientBody> {
    Some(match &outgoing.request {
        Request::Message {
            id,
            conversation,
            content,
        } => {
            let to = address_in(conversation)?;
            let draft = match content {
                Content::Text { text, looks } => message::text(to, me.clone(), text, looks),
                Content::Nudge => Draft::nudge(to, me.clone()),
                Content::Edit { original, text } => {
                    Draft::edit(to, me.clone(), number(original)?, text.clone())
                }
            };
            let mut draft = draft.with_client_message_id(number(id)?);
            draft.display_name.clone_from(&profile.display_name);
            ClientBody::Message(draft.finish().into_layers())
        }
        Request::Typing {
            conversation,
            typing,
        } => {
            let to = address_in(conversation)?;
            let draft = if *typing {
                Draft::typing(to, me.clone())
            } else {
                Draft::clear_typing(to, me.clone())
            };
            ClientBody::Message(draft.finish().into_layers())
        }
        Request::Operation { what, .. } => {
            operation_body(what, outgoing.lists, me, (profile, guise), history_page)?
        }
    })
}

fn operation_body(
    what: &Operation,
    before: Lists,
    me: &Address,
    (profile, guise): (&Profile, Guise),
    history_page: u32,
) -> Option<ClientBody> {
    let put_thread = |thread| Some(ClientBody::Put(Put::Thread(thread)));
    match what {
        Operation::Publish => Some(ClientBody::Put(Put::Presence(presence(me, profile, guise)))),
        Operation::List { contact, change } => {
            if *change == ListChange::Remove {
                // The lists named are the ones to be taken from.
                let all = Lists::FORWARD.with(Lists::ALLOW);
                let kept = change.apply(before.with(all));
                let gone = before.with(all).without(kept);
                let list = listed(contact, gone)?;
                return Some(ClientBody::Delete(Delete::Contacts(list)));
            }
            let list = listed(contact, change.apply(before))?;
            Some(ClientBody::Put(Put::Contacts(list)))
        }
        // Its list has no groups (msnp24.md 9), and one place has no word to another.
        Operation::ListGroup(_) | Operation::AllowOthers(_) | Operation::SignOutEndpoint(_) => None,
        Operation::CreateGroup { members, .. } => {
            let mut all = vec![Member::new(me.account(), Role::ADMIN)];
            for member in members {
                all.push(Member::new(address_of(member)?, Role::USER));
            }
            put_thread(Thread {
                members: all,
                ..Thread::default()
            })
        }
        Operation::SetTopic { group, topic, .. } => put_thread(Thread {
            topic: Some(topic.clone()),
            ..Thread::named(address_in(group)?)
        }),
        Operation::AddMember { group, member } => put_thread(Thread {
            members: vec![Member::new(address_of(member)?, Role::USER)],
            ..Thread::named(address_in(group)?)
        }),
        Operation::RemoveMember { group, member } => {
            let member = match member {
                Some(member) => address_of(member)?,
                None => me.account(),
            };
            Some(ClientBody::Delete(Delete::Thread(Thread {
                members: vec![Member::removed(member)],
                ..Thread::named(address_in(group)?)
            })))
        }
        Operation::History { conversation, mark } => {
            let get = MessagesByConversation {
                id: address_in(conversation)?,
                start: Some(0),
                sync_state: mark.as_ref().map(|mark| mark.as_str().to_owned()),
                page_size: Some(history_page.into()),
            };
            Some(ClientBody::Get(Get::MessagesByConversation(get)))
        }
    }
}

/// One's own presence (msnp24.md 8), for oneself and everybody who may see it.
pub(super) fn presence(me: &Address, profile: &Profile, guise: Guise) -> Layers {
    let account = me.account();
    let status = profile.status.shown(profile.idle);
    let status = status.code();
    let mood = profile.personal_message.as_deref().unwrap_or_default();
    let mut user = UserDocument::new();
    user.set(service::IM, "Status", status);
    if let Some(picture) = &profile.picture {
        user.set(service::PE, "UserTileLocation", picture.to_string());
    }
    if let Some(name) = &profile.display_name {
        user.set(service::PE, "FriendlyName", name.as_str());
    }
    user.set(service::PE, "PSM", mood);
    user.set_mood(mood);
    if account.network() == Network::SKYPE {
        user.set(service::SKP, "Skypename", account.id());
    }
    let epid = me.epid();
    let able = Capabilities::of(
        0,
        Capabilities::OFFLINE_IM | Capabilities::YAHOO_IM_DISABLED,
    );
    user.set_endpoint(service::IM, epid, "Capabilities", able.to_string());
    user.set_endpoint(service::PD, epid, "ClientType", guise.client_type());
    if let Some(name) = &profile.endpoint_name {
        user.set_endpoint(service::PD, epid, "EpName", name.as_str());
    }
    let idle = if profile.idle { "true" } else { "false" };
    user.set_endpoint(service::PD, epid, "Idle", idle);
    user.set_endpoint(service::PD, epid, "State", status);
    Layers::build(&account, me)
        .reliability()
        .publication()
        .header("Uri", "/user")
        .header("Content-Type", "application/user+xml")
        .content_length()
        .finish(&user.encode())
}

fn listed(contact: &ContactId, lists: Lists) -> Option<ContactList> {
    let address = address_of(contact)?;
    // Only what a client decides: who has oneself on his list is the service's to say.
    let own = Lists::FORWARD.with(Lists::ALLOW).with(Lists::BLOCK).bits();
    let bits = ListBits(u8::try_from(lists.bits() & own).ok()?);
    let mut list = ContactList::new();
    list.push(&address, &SERVICES.map(|name| (name, bits)));
    Some(list)
}

/// A message is named by a 64-bit number.
fn number(id: &MessageId) -> Option<u64> {
    id.as_str().parse().ok()
}
