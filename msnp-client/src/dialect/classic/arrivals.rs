//! What the notification server says by itself, and what follows from it.

use machine_contract::Instant;
use msnp_proto::auth::challenge;
use msnp_proto::classic::{
    Challenge, ChallengeResponse, EndpointNotice, Message, Page, Privacy, Property, PropertySet,
    Referral, ServerBody, ServerCommand, Word,
};
use msnp_proto::payload::contacts::ContactList;
use msnp_proto::payload::mime::Content;
use msnp_proto::{ErrorCode, TrId};

use super::calling;
use super::calls::Heard;
use super::datagrams;
use super::desk::Desk;
use super::documents;
use super::ending::{end, redirect, yield_to_another};
use super::groups::GroupId;
use super::introduction;
use super::known::Known;
use super::people::{contact_of, speaker};
use super::presence;
use super::privacy;
use super::purpose::Purpose;
use super::reason;
use super::replies;
use super::stage::Stage;
use super::talk::{self, Meaning};
use crate::contacts::Lists;
use crate::dialect::layered::address::address_of;
use crate::fact::Fact;
use crate::id::ContactId;
use crate::message::Received;

/// The number of an endpoint's notice that signs this one out, and of one that its lists have changed (enums.tsv).
pub(super) const SIGNS_OUT: u32 = 4;
const LISTS_CHANGED: u32 = 6;

/// The server has said something.
pub(super) fn hear(known: &mut Known, desk: &mut Desk, heard: Heard, now: Instant) {
    match heard {
        Heard::Command(command) => on_command(known, desk, &command, now),
        // It was answered, and what the answer is cannot be read.
        Heard::Unreadable(trid) => {
            if let Some(purpose) = desk.calls.answered(trid) {
                replies::unreadable(known, desk, purpose);
            }
        }
    }
}

fn on_command(known: &mut Known, desk: &mut Desk, command: &ServerCommand, now: Instant) {
    if on_list(known, desk, command)
        || on_presence(known, desk, &command.body)
        || on_layers(known, desk, &command.body)
    {
        return;
    }
    match &command.body {
        ServerBody::SignedOut(out) => end(known, desk, reason::of_sign_out(out)),
        ServerBody::Error(error) => on_error(known, desk, command.trid, error.code),
        ServerBody::Referral(referral) => on_referral(known, desk, referral),
        ServerBody::Challenge(asked) => respond(desk, asked),
        ServerBody::Ring(ring) => desk.calls.tell(calling::ringing(ring)),
        ServerBody::Message(message) => on_message(known, desk, message),
        ServerBody::Page(page) => on_page(known, desk, page, now),
        ServerBody::EndpointNotice(notice) => on_notice(known, desk, notice),
        ServerBody::Notice(notice) => {
            // Another endpoint has changed the address book (msnp8-18.md 7.4).
            let is_of_lists = contains(&notice.payload, b"ABCHInternal");
            if is_of_lists && desk.calls.dialect().has_address_book() {
                fetch_lists_again(known, desk);
            }
        }
        body => {
            if let Some(purpose) = desk.calls.answered(command.trid) {
                replies::answered(known, desk, purpose, body);
            }
        }
    }
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn fetch_lists_again(known: &Known, desk: &mut Desk) {
    if desk.calls.stage() == Stage::Ready {
        // Without it the lists are as they were, which is how they are without the notice.
        let _ = introduction::ask_lists(&known.entry, desk);
    }
}

fn on_error(known: &mut Known, desk: &mut Desk, trid: Option<TrId>, code: ErrorCode) {
    if let Some(purpose) = desk.calls.answered(trid) {
        replies::refused(known, desk, purpose, code);
    } else if code.ends_session() == Some(true) {
        // One that answers nothing is about the connection.
        end(known, desk, reason::of_error(code));
    }
}

fn on_referral(known: &mut Known, desk: &mut Desk, referral: &Referral) {
    if referral.address.is_here() {
        // Sign in again, on the same connection (msnp8-18.md 3).
        let begun = known.entry.begin(desk);
        if let Err(reason) = begun {
            end(known, desk, reason);
        }
        return;
    }
    redirect(known, desk, calling::redirection(referral));
}

/// Proves that one knows the product of one's time (msnp8-18.md 11).
fn respond(desk: &mut Desk, asked: &Challenge) {
    let product = challenge::product_of(desk.calls.dialect().number());
    let answer = product.respond(&asked.challenge.text());
    // As it is: ids have percent signs that code nothing.
    let Ok(id) = Word::new(product.id) else {
        return;
    };
    let response = ChallengeResponse {
        product: id,
        payload: answer.as_bytes().to_vec().into(),
    };
    // Without an answer the server ends the session, and that is told.
    let _ = desk.calls.post(response, Purpose::Nothing);
}

/// Lines of the list, and what changes in it. True: it was one.
fn on_list(known: &mut Known, desk: &mut Desk, command: &ServerCommand) -> bool {
    let synchronizing = known.introduction.synchronizing();
    match &command.body {
        ServerBody::SynchronizeReply(reply) => synchronizing.begin(reply),
        ServerBody::ListedContact(listed) => {
            synchronizing.contact();
            known.book.take_listed(listed);
        }
        ServerBody::ListEntry(entry) => {
            synchronizing.entry(entry);
            known.book.take_entry(entry);
        }
        ServerBody::ListedGroup(group) => {
            synchronizing.group();
            take_group(known, group.id, group.guid.as_ref(), &group.name);
        }
        // In the list of MSNP7 these carry the number of the request, and answer it not.
        ServerBody::GroupEntry(group) => {
            take_group(known, Some(group.id), None, &group.name);
            return true;
        }
        ServerBody::PrivacySet(set) if desk.calls.waits_for(&Purpose::Synchronize) => {
            let allowed = set.privacy != Privacy::BLOCK;
            desk.calls.tell(Fact::Roster(privacy::told(allowed)));
            return true;
        }
        ServerBody::PromptSet(_) if desk.calls.waits_for(&Purpose::Synchronize) => return true,
        ServerBody::PropertySet(property)
            if command.trid.is_none() || desk.calls.waits_for(&Purpose::Synchronize) =>
        {
            on_property(known, property);
            return true;
        }
        body => return on_change(known, desk, command.trid, body),
    }
    let whole = known
        .introduction
        .listed(&known.book, &known.entry, &mut known.appearance, desk);
    match whole {
        Ok(true) => desk.calls.forget(&Purpose::Synchronize),
        Ok(false) => {}
        Err(reason) => end(known, desk, reason),
    }
    true
}

/// A group of the list, by its number or by its GUID.
fn take_group(known: &mut Known, number: Option<u32>, guid: Option<&Word>, name: &Word) {
    let number = number.map(|number| number.to_string());
    let id = guid.map(|guid| guid.text().into_owned()).or(number);
    if let Some(id) = id.and_then(|id| GroupId::new(&id)) {
        known.book.put_group(id, &name.text());
    }
}

fn on_property(known: &mut Known, property: &PropertySet) {
    if property.key == Property::NAME
        && let Some(name) = &property.value
    {
        known.appearance.hear_name(&name.text());
    }
}

/// Somebody has changed the lists: oneself, which is a reply too, or another.
fn on_change(known: &mut Known, desk: &mut Desk, trid: Option<TrId>, body: &ServerBody) -> bool {
    let book = &mut known.book;
    let changed: Vec<ContactId> = match body {
        ServerBody::ContactAdded(added) => book.take_added(added).into_iter().collect(),
        ServerBody::ContactCard(card) => {
            let who = book.take_carded(card);
            who.into_iter().collect()
        }
        ServerBody::ContactRemoved(removed) => book.take_removed(removed).into_iter().collect(),
        ServerBody::AddedByOthers(added) => by_others(known, &added.payload, true),
        ServerBody::RemovedByOthers(removed) => by_others(known, &removed.payload, false),
        _ => return false,
    };
    if let Some(purpose) = desk.calls.answered(trid) {
        replies::answered(known, desk, purpose, body);
    } else {
        for who in changed {
            known.book.ask_about(&who);
            desk.calls.tell(Fact::Roster(known.book.update_of(&who)));
        }
    }
    true
}

/// Since MSNP13 whoever has added or removed one stands in a document.
fn by_others(known: &mut Known, document: &[u8], is_added: bool) -> Vec<ContactId> {
    let Ok(list) = ContactList::parse(document) else {
        return Vec::new();
    };
    let mut changed = Vec::new();
    for contact in list.contacts().take(known.limits.contacts) {
        let who = contact
            .address()
            .and_then(|address| ContactId::on_network(address.network().0, address.id()).ok());
        let Some(who) = who else {
            continue;
        };
        if is_added {
            let name = contact.friendly_name();
            known.book.add(&who, Lists::REVERSE, name.as_deref());
        } else {
            known.book.remove(&who, Lists::REVERSE);
        }
        changed.push(who);
    }
    changed
}

/// How somebody is. True: it was that.
fn on_presence(known: &mut Known, desk: &mut Desk, body: &ServerBody) -> bool {
    let fact = match body {
        ServerBody::InitialStatus(told) => presence::of_initial(told, &known.limits),
        ServerBody::ContactStatus(told) => presence::of_contact(told, &known.limits),
        ServerBody::ContactOffline(told) => presence::of_offline(&told.contact),
        ServerBody::ContactData(told) => presence::of_data(told, &known.limits),
        _ => return false,
    };
    match &fact {
        Some(Fact::Presence { who, update }) if update.status.is_some() => {
            known.calling.is_there(who, known.limits.contacts);
        }
        Some(Fact::Departed { who, .. }) => known.calling.is_gone(who, known.limits.contacts),
        _ => {}
    }
    if let Some(fact) = fact {
        desk.calls.tell(fact);
    }
    true
}

/// Something in layers, as everything between people is since MSNP21. True: it was that.
fn on_layers(known: &mut Known, desk: &mut Desk, body: &ServerBody) -> bool {
    match body {
        ServerBody::Notification(told) => documents::on_notification(known, desk, told),
        ServerBody::Datagram(datagram) => {
            let me = known.me.as_ref().and_then(address_of);
            let fact = me.and_then(|me| datagrams::heard(datagram, &me, &known.limits));
            let is_heard = |fact: &Fact| match fact {
                Fact::Message(Received { conversation, .. })
                | Fact::Typing { conversation, .. } => known.parties.hears(conversation),
                _ => true,
            };
            if let Some(fact) = fact.filter(is_heard) {
                desk.calls.tell(fact);
            }
        }
        _ => return false,
    }
    true
}

/// The server itself speaks: profile, mail, messages that wait (msnp8-18.md 5.4, 10).
fn on_message(known: &mut Known, desk: &mut Desk, message: &Message) {
    let content = talk::mime_of(&message.payload).map(|mime| Content::of(&mime));
    match content {
        Some(Ok(Content::Profile(profile))) => {
            if let Ok(Some(ticket)) = profile.ticket() {
                known.entry.take_ticket(&ticket);
            }
        }
        Some(Ok(Content::MailStatus(status))) => {
            // Since MSNP21 what waited comes by itself (msnp24.md 10).
            let dialect = desk.calls.dialect();
            if dialect.has_personal_message() && !dialect.has_layered_messages() {
                known.mailbox.hear(&status, &known.entry, desk);
            }
        }
        // Mail is nothing of this client.
        _ => {}
    }
}

/// A message without a conversation: of another network, or one that waited.
fn on_page(known: &mut Known, desk: &mut Desk, page: &Page, now: Instant) {
    let (Some(from), Some(mime)) = (
        contact_of(&page.sender, Some(page.sender_network)),
        talk::mime_of(&page.payload),
    ) else {
        return;
    };
    let conversation = from.clone().into();
    let facts = match talk::meaning_of(&mime, None, known.limits.text) {
        Meaning::Content(content) => {
            let mut facts: Vec<_> = known.typing.end(&from).into_iter().collect();
            facts.push(Fact::Message(Received {
                id: None,
                key: None,
                conversation,
                from,
                content,
            }));
            facts
        }
        Meaning::Typing => known.typing.begin(&from, conversation, now),
        Meaning::Invitation(_) | Meaning::Nothing => return,
    };
    for fact in facts {
        desk.calls.tell(fact);
    }
}

/// Another endpoint of one's own says something.
fn on_notice(known: &mut Known, desk: &mut Desk, notice: &EndpointNotice) {
    let is_own = speaker(&notice.user) == known.me;
    match notice.kind {
        SIGNS_OUT if is_own => yield_to_another(known, desk),
        LISTS_CHANGED if is_own && desk.calls.dialect().has_address_book() => {
            fetch_lists_again(known, desk);
        }
        _ => {}
    }
}
