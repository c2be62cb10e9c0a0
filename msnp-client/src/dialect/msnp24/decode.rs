//! What the service says by itself, in the words of the client above: commands become facts.

use machine_contract::UnixTime;
use msnp_proto::Address;
use msnp_proto::msnp24::{GetReply, Notification, PutReply, ServerBody};
use msnp_proto::payload::contacts::{Contact, ContactList};
use msnp_proto::payload::history::RecentConversationsResponse;
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::message::Message;
use msnp_proto::payload::presence::{UserDocument, service};
use msnp_proto::payload::thread::{Role, Thread};

use super::history;
use super::own_name::OwnName;
use crate::contacts::Lists;
use crate::dialect::layered::address::{contact_at, conversation_at};
use crate::dialect::layered::message::{Reader, Times, said};
use crate::dialect::layered::presence::{departures_of, update_of};
use crate::fact::{Fact, Outcome, RosterEntry, RosterUpdate};
use crate::group::{GroupUpdate, Member};
use crate::history::HistoryPage;
use crate::limits::Limits;
use crate::presence::{Departure, EndpointId};
use crate::text::clip;

/// What must be known to understand what is said.
#[derive(Copy, Clone, Debug)]
pub(super) struct Context<'a> {
    pub(super) own: &'a OwnName,
    pub(super) limits: &'a Limits,
    /// The service's clock when it bound the connection.
    pub(super) bound_at: Option<UnixTime>,
}

/// Something said in a conversation. `None`: by or to nobody that has a name.
pub(super) fn message(wire: &Message, context: Context<'_>) -> Option<Fact> {
    let is_own = |address: &Address| context.own.is(address);
    let reader = Reader {
        is_own: &is_own,
        limits: context.limits,
        times: Times::Every(context.bound_at),
    };
    said(wire, reader)
}

/// `NFY`. Mail and address book notices have no word in the language of the client above.
pub(super) fn notification(notification: &Notification, context: Context<'_>) -> Vec<Fact> {
    match notification {
        Notification::Put(layers) => presence_put(layers, context).into_iter().collect(),
        Notification::Del(layers) => presence_del(layers),
        Notification::Contacts(list) => vec![Fact::Roster(roster(list, context.limits))],
        Notification::Thread(thread) => group(thread).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A reply that tells something, besides that what was asked for is done.
pub(super) fn reply(body: &ServerBody, context: Context<'_>) -> Vec<Fact> {
    match body {
        ServerBody::Put(PutReply::Presence(reply)) => {
            let me = context.own.used().and_then(contact_at);
            let Some((who, user)) = me.zip(reply.user.as_ref()) else {
                return Vec::new();
            };
            let update = update_of(user, true, context.limits);
            vec![Fact::Presence { who, update }]
        }
        ServerBody::Get(GetReply::RecentConversations(recent)) => {
            recent_conversations(recent, context.limits)
        }
        ServerBody::Get(GetReply::Threads(reply)) => {
            reply.threads.iter().filter_map(group).collect()
        }
        _ => Vec::new(),
    }
}

/// The reply to what the client above asked for.
pub(super) fn outcome(body: &ServerBody, limits: &Limits) -> Outcome {
    match body {
        ServerBody::Put(PutReply::Thread(thread)) => {
            let id = thread.id.as_ref().and_then(conversation_at);
            id.map_or(Outcome::Done, Outcome::Group)
        }
        ServerBody::Get(GetReply::MessagesByConversation(page)) => {
            history::page_of(page, limits).map_or(Outcome::Done, Outcome::History)
        }
        _ => Outcome::Done,
    }
}

fn presence_put(layers: &Layers, context: Context<'_>) -> Option<Fact> {
    let who = contact_at(&layers.from().ok()?)?;
    let user = UserDocument::parse(layers.body()).ok()?;
    let is_full = !layers
        .header("NotifType")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("Partial"));
    let update = update_of(&user, is_full, context.limits);
    Some(Fact::Presence { who, update })
}

fn presence_del(layers: &Layers) -> Vec<Fact> {
    let who = layers.from().ok().as_ref().and_then(contact_at);
    let (Some(who), Ok(user)) = (who, UserDocument::parse(layers.body())) else {
        return Vec::new();
    };
    departures_of(&user)
        .map(|departure| Fact::Departed {
            who: who.clone(),
            departure,
        })
        .collect()
}

/// Whether this is a `DEL` of the receiver's own endpoint, which means "sign out here" (msnp24.md 8).
pub(super) fn signs_out_here(notification: &Notification, own: &OwnName) -> bool {
    let Notification::Del(layers) = notification else {
        return false;
    };
    let here = Departure::Endpoint(EndpointId(own.endpoint()));
    layers.from().is_ok_and(|who| own.is(&who))
        && UserDocument::parse(layers.body())
            .is_ok_and(|user| departures_of(&user).any(|it| it == here))
}

/// The roster, or changes of it (our extension: `NFY MSGR\CONTACTS`).
fn roster(list: &ContactList, limits: &Limits) -> RosterUpdate {
    let entries = list.contacts().take(limits.contacts);
    RosterUpdate {
        is_whole: list.is_initial(),
        others_allowed: None,
        groups: None,
        entries: entries
            .filter_map(|entry| roster_entry(&entry, limits))
            .collect(),
    }
}

fn roster_entry(entry: &Contact<'_>, limits: &Limits) -> Option<RosterEntry> {
    let id = entry.address().as_ref().and_then(contact_at)?;
    // The IM service's lists count, whatever else is listed.
    let im = entry.services().find(|(name, _)| *name == service::IM);
    let bits = im
        .or_else(|| entry.services().next())
        .map(|(_, lists)| lists);
    let bits = bits.or(entry.lists()).unwrap_or_default();
    let attribute = |name| entry.element().attribute(name);
    Some(RosterEntry {
        id,
        lists: Lists::from_bits(bits.0.into()),
        name: attribute("f").map(|name| clip(name, limits.text)),
        groups: None,
        // By which address this connection has named the person, or the owner has listed him.
        alias: attribute("a").and_then(|address| address.parse().ok()),
    })
}

/// A thread document. Its members, if it names any, replace those known (msnp24.md 11).
fn group(thread: &Thread) -> Option<Fact> {
    let id = conversation_at(thread.id.as_ref()?)?;
    let members = thread.members.iter().filter_map(|member| {
        Some(Member {
            contact: contact_at(&member.mri)?,
            admin: member.role == Some(Role::ADMIN),
        })
    });
    Some(Fact::Group(GroupUpdate {
        id,
        topic: thread.topic.clone(),
        members: (!thread.members.is_empty()).then(|| members.collect()),
    }))
}

/// The conversations of late, with their last messages (msnp24.md 12).
fn recent_conversations(recent: &RecentConversationsResponse, limits: &Limits) -> Vec<Fact> {
    let mut facts = Vec::new();
    for said in recent.conversations.iter().take(limits.conversations) {
        let Some(conversation) = conversation_at(&said.id) else {
            continue;
        };
        if said.has_left() {
            facts.push(Fact::GroupLeft(conversation));
            continue;
        }
        let messages = history::messages_of(&conversation, &said.messages, limits);
        if !messages.is_empty() {
            facts.push(Fact::History(HistoryPage {
                conversation,
                messages,
                more: None,
            }));
        }
    }
    facts
}
