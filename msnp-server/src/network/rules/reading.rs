//! Reading: how kept messages reach a place, receipts, how far somebody has read, and pages of history.

use super::super::batch_id::BatchId;
use super::super::command::{Answer, ConnectionId, ConversationAddress};
use super::super::entry::Entry;
use super::super::event::Event;
use super::super::inbox::Backlog;
use super::super::message::{Author, ConversationId, Kept, Number};
use super::super::person::Person;
use super::super::receipt::{Evidence, WithoutReceipt};
use super::super::refusal::Refusal;
use super::super::store::{Change, Read};
use super::super::turn::{Asked, Purpose, Turn};

/// A new message is there, and kept: sends it to a place, unless older ones still wait for their turn.
pub(in super::super) fn offer(
    person: &mut Person,
    connection: ConnectionId,
    kept: &Kept,
    turn: &mut Turn,
) {
    if is_own(person, connection, kept) {
        return;
    }
    let Some(inbox) = person.places_mut().inbox(connection) else {
        return;
    };
    if inbox.offer(kept, turn.config()) {
        show(connection, kept.clone(), turn);
    } else {
        read_next_page(person, connection, turn);
    }
}

/// Sends what waits in the store, as far as there is room.
pub(super) fn catch_up(person: &Person, connection: ConnectionId, turn: &mut Turn) {
    // Behind what is being kept, so that the page has it.
    turn.leave(connection, person.touched(), Entry::Backlog);
}

/// Has the next page read at once: all that it can hold is kept.
pub(in super::super) fn read_next_page(
    person: &mut Person,
    connection: ConnectionId,
    turn: &mut Turn,
) {
    let owner = person.id();
    let inbox = person.places_mut().inbox(connection);
    let Some(page) = inbox.and_then(|inbox| inbox.next_page(turn.config())) else {
        return;
    };
    let read = Read::Backlog {
        owner,
        after: page.after,
        until: page.until,
        waiting: page.waiting,
        limit: page.limit,
    };
    turn.read(Purpose::Backlog(connection, page), read);
}

/// A page of the backlog was read, or could not be.
pub(in super::super) fn take_backlog(
    person: &mut Person,
    connection: ConnectionId,
    asked: Backlog,
    found: Option<Vec<Kept>>,
    turn: &mut Turn,
) {
    let here = person.places().id(connection);
    let who = person.who().clone();
    let now = turn.now().monotonic;
    let Some(mut page) = found else {
        if let Some(inbox) = person.places_mut().inbox(connection) {
            inbox.page_failed(now + turn.config().commit_within);
        }
        return;
    };
    let full = page.len() >= asked.limit;
    let last = page.last().map(|kept| kept.number);
    // What was received a moment ago the store may still have waiting.
    page.retain(|kept| !asked.waiting || person.mailbox().is_waiting(kept.number));
    page.retain(|kept| {
        !matches!(&kept.message.author, Author::Person(author, at) if *author == who && Some(*at) == here)
    });
    let Some(inbox) = person.places_mut().inbox(connection) else {
        return;
    };
    let sent = inbox.take_page(page, asked, full, last, turn.config());
    for kept in sent {
        show(connection, kept, turn);
    }
    read_next_page(person, connection, turn);
}

/// Sends what is on the way once more.
pub(super) fn offer_again(person: &mut Person, connection: ConnectionId, turn: &mut Turn) {
    let inbox = person.places_mut().inbox(connection);
    let again: Vec<_> = inbox
        .iter()
        .flat_map(|one| one.on_the_way().cloned())
        .collect();
    for kept in again {
        turn.tell(connection, None, Event::Message(kept));
    }
}

/// A place has received a message. An unknown number is nothing to talk about, since the wait for it may
/// just be over.
pub(super) fn received(
    person: &mut Person,
    connection: ConnectionId,
    number: Number,
    turn: &mut Turn,
) {
    if person.places().is_aside(connection) {
        // It was told nothing by the network: it has asked.
        note_received(person, number, turn);
        return;
    }
    let inbox = person.places_mut().inbox(connection);
    let now = turn.now().monotonic;
    if inbox.is_some_and(|inbox| inbox.received(number, now)) {
        note_received(person, number, turn);
        read_next_page(person, connection, turn);
    }
    person.places_mut().note_word(connection);
}

/// A message counts as received at a place, whose client has said nothing of it.
pub(super) fn count_as_received(
    person: &mut Person,
    connection: ConnectionId,
    number: Number,
    turn: &mut Turn,
) {
    let now = turn.now().monotonic;
    // A conversation was told nothing by the network: a place of the person's has handed the message over.
    let is_conversation = person.places().is_conversation(connection);
    let inbox = person.places_mut().inbox(connection);
    if is_conversation || inbox.is_some_and(|inbox| inbox.settle(number, now)) {
        note_received(person, number, turn);
        read_next_page(person, connection, turn);
    }
}

/// Something is known of messages that a place was sent, without its own word.
///
/// The one rule of receipt, for every kind of client: a message is received when its endpoint says so. An endpoint that
/// never has said so of any counts as having received what it was shown; the passing of time shows nothing. What may be
/// lost is sent again, whatever the endpoint says of others.
///
/// What was [taken](Evidence::Taken) may be lost, and is sent again, once the endpoint's own word had its time. One of which
/// no word was ever heard, and that takes the same message so twice, has none: then what it takes counts as shown. So behind
/// a proxy that loses a reply whoever acknowledges loses nothing, and whoever never does is given one message twice, once.
///
/// What was shown to an endpoint that says so of others is sent again likewise: a proxy has read it, and not the client. That holds
/// also where the first word comes later, and even where it had seemed that none will: a word can be held up for longer than anybody
/// waits, and what it does not name was not received.
pub(super) fn take_evidence(
    person: &mut Person,
    connection: ConnectionId,
    evidence: Evidence,
    numbers: &[Number],
    turn: &mut Turn,
) {
    let now = turn.now().monotonic;
    for number in numbers {
        let Some(inbox) = person.places_mut().inbox(connection) else {
            return;
        };
        match evidence {
            Evidence::Written => inbox.written(*number, now, turn.config()),
            Evidence::Shown => {
                if inbox.shown(*number, now, turn.config()) {
                    note_shown(person, *number, turn);
                }
            }
            Evidence::Taken => {
                for shown in inbox.taken(*number, now, turn.config()) {
                    note_shown(person, shown, turn);
                }
            }
            Evidence::Lost => {
                if let Some(again) = inbox.lost(*number) {
                    turn.tell(connection, None, Event::Message(again));
                }
            }
        }
    }
    person.places_mut().note_word(connection);
    read_next_page(person, connection, turn);
}

/// It is time to read a page again that could not be read, or to give again what was taken.
pub(in super::super) fn stop_waiting(person: &mut Person, turn: &mut Turn) {
    let now = turn.now().monotonic;
    for connection in person.places().all() {
        let Some(inbox) = person.places_mut().inbox(connection) else {
            continue;
        };
        let is_retry_due = inbox.is_retry_due(now);
        let (shown, again) = inbox.take_due(now, turn.config());
        for kept in again {
            turn.tell(connection, None, Event::Message(kept));
        }
        let are_shown = !shown.is_empty();
        for number in shown {
            note_shown(person, number, turn);
        }
        person.places_mut().note_word(connection);
        if is_retry_due || are_shown {
            read_next_page(person, connection, turn);
        }
    }
}

/// A place is about to go.
pub(super) fn leave(person: &mut Person, connection: ConnectionId, turn: &mut Turn) {
    let inbox = person.places_mut().inbox(connection);
    let shown = inbox
        .map(|inbox| inbox.leave(turn.config()))
        .unwrap_or_default();
    for number in shown {
        note_shown(person, number, turn);
    }
    person.places_mut().note_word(connection);
}

/// A message was shown to somebody who never tells of receipts.
fn note_shown(person: &mut Person, number: Number, turn: &mut Turn) {
    let once = turn.config().without_receipt == WithoutReceipt::PerhapsNever;
    if once || person.mailbox_in_memory().shown(number) {
        note_received(person, number, turn);
    }
}

/// Nobody waits for a receipt to be kept: lost with the process, the message is sent once more.
fn note_received(person: &mut Person, number: Number, turn: &mut Turn) {
    if person.mailbox_in_memory().received(number) {
        turn.keep_some_day(Some(person.id()), Change::Received(person.id(), number));
    }
}

/// The person has read a conversation, up to now.
pub(super) fn read(
    person: &Person,
    asked: Asked,
    conversation: &ConversationAddress,
    turn: &mut Turn,
) -> Result<Option<Answer>, Refusal> {
    let conversation = find(conversation, turn)?;
    let (last, now) = (person.last_kept(), turn.now().wall);
    let change = Change::Read(person.id(), conversation, last, now);
    turn.keep_some_day(Some(person.id()), change);
    turn.answer(asked, None, Ok(Answer::Done));
    Ok(None)
}

/// A page of the person's conversations.
pub(super) fn list_conversations(
    person: &Person,
    asked: Asked,
    since: Number,
    limit: usize,
    turn: &mut Turn,
) {
    let owner = person.id();
    let read = Read::Conversations {
        owner,
        since,
        limit,
    };
    // How far was read is kept some day; who looks wants to see it now.
    let owed = turn.hurry(owner);
    look_up(person, asked, read, owed, turn);
}

/// A page of what waits.
pub(super) fn list_waiting(
    person: &Person,
    asked: Asked,
    (after, until, limit): (Number, Number, usize),
    turn: &mut Turn,
) {
    let owner = person.id();
    let read = Read::Backlog {
        owner,
        after,
        until,
        waiting: true,
        limit,
    };
    // What was received is kept some day; who looks must not be shown it again.
    let behind = person.touched().max(turn.hurry(owner));
    let entry = Entry::Read(asked.request, read);
    turn.leave(asked.connection, behind, entry);
}

/// A page of one conversation.
pub(super) fn list_messages(
    person: &Person,
    asked: Asked,
    conversation: &ConversationAddress,
    (from, before, limit): (Number, Number, usize),
    turn: &mut Turn,
) -> Result<(), Refusal> {
    let read = Read::Messages {
        owner: person.id(),
        conversation: find(conversation, turn)?,
        from,
        before,
        limit,
    };
    look_up(person, asked, read, None, turn);
    Ok(())
}

/// Has a page read, behind what the person has changed and the batch that `owed` something of theirs. If the store
/// hangs, what it has now is read.
fn look_up(person: &Person, asked: Asked, read: Read, owed: Option<BatchId>, turn: &mut Turn) {
    let behind = person.touched().max(owed);
    let behind = behind.filter(|_| !turn.store_hangs());
    let entry = Entry::Read(asked.request, read);
    turn.leave(asked.connection, behind, entry);
}

fn find(conversation: &ConversationAddress, turn: &mut Turn) -> Result<ConversationId, Refusal> {
    match conversation {
        ConversationAddress::Person(address) => {
            let found = turn.directory().get(address);
            let (who, _) = found.ok_or(Refusal::NoSuchUser)?;
            Ok(ConversationId::Person(who.clone()))
        }
        ConversationAddress::Thread(id) => Ok(ConversationId::Thread(*id)),
    }
}

/// Whether the message was said at this very place.
fn is_own(person: &Person, connection: ConnectionId, kept: &Kept) -> bool {
    let here = person.places().id(connection);
    matches!(&kept.message.author, Author::Person(author, at) if author == person.who() && Some(*at) == here)
}

/// What is shown here is kept: nothing holds it back.
fn show(connection: ConnectionId, kept: Kept, turn: &mut Turn) {
    turn.effect(super::super::effect::Effect::Tell(
        connection,
        Event::Message(kept),
    ));
}
