//! What the application asks of a notification connection.

use bytes::Bytes;
use msnp_proto::classic::{Endpoint, SendNotice, Withdraw};

use super::arrivals;
use super::calling;
use super::calls::Unposted;
use super::datagrams;
use super::desk::Desk;
use super::known::{self, Known};
use super::parties::Parties;
use super::publication;
use super::purpose::{Errand, Party, Purpose, Wanted};
use super::stage::Stage;
use crate::dialect::layered::address::address_in;
use crate::event::Reason;
use crate::fact::{Fact, Outcome};
use crate::id::ConversationId;
use crate::link::LinkError;
use crate::presence::EndpointId;
use crate::request::{Content, NotTaken, Operation, Outgoing, Request, RequestNumber};

/// Sends a request, or says what is in its way.
pub(super) fn send(
    known: &mut Known,
    desk: &mut Desk,
    outgoing: &Outgoing,
) -> Result<(), NotTaken> {
    if desk.calls.stage() != Stage::Ready {
        return Err(NotTaken::Full);
    }
    let number = outgoing.number;
    match &outgoing.request {
        Request::Message {
            conversation,
            content,
            ..
        } => say(known, desk, number, (conversation, content)),
        Request::Typing {
            conversation,
            typing,
        } if desk.calls.dialect().has_layered_messages() => {
            if let Some(to) = address_in(conversation)
                && let Some(me) = known::address(known)
            {
                datagrams::mention(datagrams::typing(to, me, *typing), desk);
            }
            desk.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
            Ok(())
        }
        Request::Typing {
            conversation,
            typing,
        } => hint(known, desk, number, (conversation, *typing)),
        Request::Operation { what, .. } => operate(known, desk, number, what),
    }
}

/// Whoever begins to type calls whom the words will be for, as clients of the time do (msnp8-18.md 9.4); but nobody is
/// called who was not seen to be there, for a sign alone.
fn hint(
    known: &mut Known,
    desk: &mut Desk,
    number: RequestNumber,
    (conversation, typing): (&ConversationId, bool),
) -> Result<(), NotTaken> {
    let who = conversation.contact().filter(|_| typing);
    if who.is_some_and(|who| known.calling.is_seen(who)) {
        known.calling.talk(conversation, desk)?;
        return Err(NotTaken::Later);
    }
    desk.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
    Ok(())
}

fn refuse(desk: &mut Desk, number: RequestNumber, reason: Reason) {
    desk.calls.tell(Fact::Done(number, Err(reason)));
}

/// There is no switchboard for it: one is asked for, unless that would be in vain.
fn say(
    known: &mut Known,
    desk: &mut Desk,
    number: RequestNumber,
    (conversation, content): (&ConversationId, &Content),
) -> Result<(), NotTaken> {
    let dialect = desk.calls.dialect();
    let is_possible = match content {
        Content::Text { .. } => true,
        Content::Nudge => dialect.has_nudges(),
        Content::Edit { .. } => false,
    };
    if !is_possible {
        refuse(desk, number, Reason::NotPossible);
        return Ok(());
    }
    if dialect.has_layered_messages() {
        return say_at_once(known, desk, number, (conversation, content));
    }
    // A group is over with its switchboard.
    let Some(who) = conversation.contact() else {
        refuse(desk, number, Reason::NotFound);
        return Ok(());
    };
    if !known.calling.is_away(who) {
        known.calling.talk(conversation, desk)?;
        return Err(NotTaken::Later);
    }
    let Content::Text { text, .. } = content else {
        refuse(desk, number, Reason::NotOnline);
        return Ok(());
    };
    let name = known.appearance.name(known.entry.login()).to_owned();
    let of = (&known.entry, name.as_str());
    known.mailbox.leave(number, (who, text), of, desk);
    Ok(())
}

/// Without switchboards: it is said where everything is.
fn say_at_once(
    known: &mut Known,
    desk: &mut Desk,
    number: RequestNumber,
    (conversation, content): (&ConversationId, &Content),
) -> Result<(), NotTaken> {
    let draft = match (address_in(conversation), known::address(known)) {
        (Some(to), Some(me)) => {
            let to = (to, conversation.contact());
            known.datagrams.draft(content, to, me)
        }
        _ => None,
    };
    let Some(draft) = draft else {
        refuse(desk, number, Reason::NotFound);
        return Ok(());
    };
    known.datagrams.say(number, draft, desk)
}

fn operate(
    known: &mut Known,
    desk: &mut Desk,
    number: RequestNumber,
    what: &Operation,
) -> Result<(), NotTaken> {
    if desk.calls.dialect().has_layered_messages()
        && let Some(taken) = gather(known, desk, number, what)
    {
        return taken;
    }
    match what {
        Operation::Publish => return publish(known, desk, number),
        Operation::List { contact, change } => {
            let lists = (&mut known.book, &known.entry);
            known.edits.take(number, (contact, *change), lists, desk);
        }
        Operation::ListGroup(change) => {
            let lists = (&mut known.book, &known.entry);
            known.edits.take_groups(number, change.clone(), lists, desk);
        }
        Operation::AllowOthers(allowed) => {
            let lists = (&mut known.book, &known.entry);
            known.edits.take_privacy(number, *allowed, lists, desk);
        }
        Operation::SignOutEndpoint(endpoint) => {
            return sign_out(known, desk, number, *endpoint);
        }
        Operation::CreateGroup { members, .. } => {
            return calling::ask(Wanted::Group(number, members.clone()), desk);
        }
        // A group that no switchboard knows is over.
        Operation::AddMember { .. } | Operation::RemoveMember { member: None, .. } => {
            refuse(desk, number, Reason::NotFound);
        }
        Operation::SetTopic { .. }
        | Operation::RemoveMember {
            member: Some(_), ..
        }
        | Operation::History { .. } => refuse(desk, number, Reason::NotPossible),
    }
    Ok(())
}

/// What is to be done with a temporary group; `None`: something else.
fn gather(
    known: &mut Known,
    desk: &mut Desk,
    number: RequestNumber,
    what: &Operation,
) -> Option<Result<(), NotTaken>> {
    let own = known::own(known)?;
    match what {
        Operation::CreateGroup { members, .. } => {
            Some(Parties::gather(number, members, &own, desk))
        }
        Operation::AddMember { group, member } => {
            let step = (Party::Asked(number), &own);
            Some(Parties::ask(group, member, step, desk))
        }
        Operation::RemoveMember {
            group,
            member: None,
        } => {
            let is_in = known.parties.leave(group, &own, desk);
            let outcome = is_in.then_some(Outcome::Done).ok_or(Reason::NotFound);
            desk.calls.tell(Fact::Done(number, outcome));
            Some(Ok(()))
        }
        _ => None,
    }
}

/// Tells another place of one's own to sign out, which it does by itself: by a notice (msnp8-18.md 12), and since MSNP21 by
/// withdrawing what it shows (msnp24.md 8).
fn sign_out(
    known: &mut Known,
    desk: &mut Desk,
    number: RequestNumber,
    endpoint: EndpointId,
) -> Result<(), NotTaken> {
    if desk.calls.dialect().has_layered_messages() {
        let Some(me) = known::address(known) else {
            refuse(desk, number, Reason::NotFound);
            return Ok(());
        };
        let payload = publication::without_endpoint(&me, endpoint.0).into_bytes();
        return known
            .datagrams
            .confirm(Withdraw { payload }, Purpose::Notice(number), desk);
    }
    let notice = SendNotice {
        user: Endpoint::with_guid(known.entry.account(), endpoint.0),
        kind: arrivals::SIGNS_OUT,
        payload: Bytes::from_static(b"goawyplzthxbye"),
    };
    match desk.calls.post(notice, Purpose::Notice(number)) {
        Ok(_) => Ok(()),
        Err(Unposted::Link(_)) => Err(NotTaken::Full),
        Err(Unposted::NotInDialect) => {
            refuse(desk, number, Reason::NotPossible);
            Ok(())
        }
    }
}

/// Tells the service what has changed of how one shows oneself.
fn publish(known: &mut Known, desk: &mut Desk, number: RequestNumber) -> Result<(), NotTaken> {
    let account = known.entry.account();
    let commands = known.appearance.changes(desk.calls.dialect(), &account);
    let count = commands.len();
    if count == 0 {
        desk.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
    }
    for (at, body) in commands.into_iter().enumerate() {
        let is_last = at + 1 == count;
        match desk.calls.post(body, Purpose::Show { number, is_last }) {
            Ok(_) => {}
            Err(Unposted::Link(LinkError::Full | LinkError::Closed)) if at == 0 => {
                known.appearance.forget();
                return Err(NotTaken::Full);
            }
            Err(_) => {
                known.appearance.forget();
                refuse(desk, number, Reason::TooLarge);
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Somebody is not there: whether a message can be left for him. It will be, from now on.
pub(super) fn leaves_word(known: &mut Known, desk: &Desk, conversation: &ConversationId) -> bool {
    let dialect = desk.calls.dialect();
    let is_possible =
        dialect.has_offline_messages_by_soap() || dialect.has_offline_messages_by_page();
    match conversation.contact() {
        Some(who) if is_possible => {
            known.calling.is_absent(who, known.limits.contacts);
            true
        }
        _ => false,
    }
}

/// Fresh tickets for the web services; the connection itself needs none.
pub(super) fn renew(known: &Known, desk: &mut Desk) {
    match known.entry.token_request(desk.calls.dialect()) {
        Some(request) => desk.web.call(request, Errand::Refresh),
        None => desk.calls.tell(Fact::Renewed(Ok(()))),
    }
}
