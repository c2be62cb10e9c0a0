//! Messages to who is away, and for who was (soap.md 5.5, msnp8-18.md 10). They are messages like others: what is sent here is in
//! the history of both, and what waits comes to the next place of whatever dialect, unless it was deleted here before.

use std::sync::Arc;

use bytes::Bytes;
use msnp_proto::Guid;
use msnp_proto::payload::encoded_word;
use msnp_proto::payload::message::MessageType;
use msnp_proto::payload::oim::OfflineMessage;
use soap_codec::call::{self, Call, Done, Request, Timestamp, Verbatim};
use soap_codec::offline_messages::{
    AcknowledgedRange, Acknowledgement, DeleteMessages, GetMessage, GetMessageReply, GetMetadata,
    GetMetadataReply, Mailbox, NoHeaders, Store, StoreHeaders, StoreReply, StoreReplyHeaders,
    Waiting, WaitingMessage,
};
use soap_codec::{Envelope, FaultReason};

use super::context::{Context, guid};
use super::refused::{Refused, is_lock_key};
use crate::account_number::{contact_guid, message_guid, message_of};
use crate::identity::{Address, EmailAddress};
use crate::network::{
    Answer, Attributes, Author, Command, Content, ConversationId, Delivery, Kept, Number,
    Recipient, Refusal, Said,
};
use crate::plain_text::plain_text;

/// Messages in one answer.
const PAGE: usize = 100;

/// The folder of messages that wait.
const FOLDER: &str = "00000000-0000-0000-0000-000000000009";

/// The header that names the author, in the words of the dialect that has most of them.
const DISPLAY_NAME: &str = "IM-Display-Name";

/// A message is sent. Whoever sends it says to be whose the ticket is, and knows the key of their program.
pub(super) fn plan_send(
    headers: &StoreHeaders,
    store: &Store,
    namespace: &'static str,
    context: &Context<'_>,
) -> Result<Vec<Command>, Refused> {
    let from = headers.from.as_ref();
    let sender = from.and_then(|from| from.member_name.as_deref());
    let is_own = sender
        .and_then(|sender| EmailAddress::parse(sender.trim()).ok())
        .is_some_and(|sender| sender == *context.who.email());
    let ticket = headers.ticket.as_ref().ok_or(Refused::Schema)?;
    let lock_key = ticket.lock_key.as_ref().map_or("", |key| key.expose());
    let product = ticket.app_id.as_deref().unwrap_or_default();
    if !is_own || !is_lock_key(product.trim(), lock_key.trim()) {
        return Err(Refused::unproved(namespace));
    }
    let invalid = || Refused::Mail(FaultReason::InvalidContent, namespace);
    let mime = store.content.as_ref().ok_or_else(invalid)?;
    let message = OfflineMessage::parse_content(mime.as_str()).map_err(|_| invalid())?;
    let number = headers.sequence.as_ref().and_then(|it| it.number);
    if number != Some(i64::from(message.sequence)) {
        return Err(invalid());
    }
    let unknown = || Refused::Mail(FaultReason::SystemUnavailable, namespace);
    let to = headers.to.as_ref().and_then(|to| to.member_name.as_deref());
    let to = to.and_then(|to| EmailAddress::parse(to.trim()).ok());
    let to = Address::Email(to.ok_or_else(unknown)?);
    let name = from.and_then(|from| from.friendly_name.as_deref());
    let name = name.map(|name| encoded_word::decode(name.trim()));
    Ok(vec![Command::Send {
        to: Recipient::Person(to, None),
        said: said(&message, name.as_deref(), context),
        delivery: Delivery::Durable,
    }])
}

/// A text, as the network knows them. A repetition of the same one, under the same number of its run, is no second.
fn said(message: &OfflineMessage, name: Option<&str>, context: &Context<'_>) -> Said {
    let mut attributes = Attributes::new();
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    let name = name.unwrap_or(&context.roster.name);
    attributes.push(DISPLAY_NAME, name.replace(char::is_control, " "));
    attributes.push("Content-Type", "text/plain; charset=UTF-8");
    let run = message.run_id.unwrap_or(Guid::from_bytes([0; 16]));
    Said {
        kind: MessageType::TEXT.as_str().into(),
        client_id: Some(format!("{run}:{}", message.sequence).into()),
        attributes,
        body: Bytes::copy_from_slice(message.text.as_bytes()),
    }
}

/// What the network says to a message that it does not take.
pub(super) fn refused(refusal: Refusal, namespace: &'static str) -> Refused {
    let reason = match refusal {
        Refusal::NoSuchUser | Refusal::MailboxFull => FaultReason::SystemUnavailable,
        Refusal::Busy => FaultReason::SenderThrottleLimitExceeded,
        Refusal::TooLong | Refusal::Invalid => FaultReason::InvalidContent,
        _ => return Refused::Unavailable,
    };
    Refused::Mail(reason, namespace)
}

/// It was taken.
pub(super) fn sent<C>(request: &Request<C>, headers: &StoreHeaders) -> Result<Envelope, Refused>
where
    C: Call<Reply = StoreReply, ReplyHeaders = StoreReplyHeaders>,
{
    let sequence = headers.sequence.as_ref().ok_or(Refused::Schema)?;
    let acknowledgement = Acknowledgement {
        identifier: sequence.identifier.clone(),
        range: Some(AcknowledgedRange {
            upper: sequence.number,
            lower: sequence.number,
            ..AcknowledgedRange::default()
        }),
        ..Acknowledgement::default()
    };
    let headers = StoreReplyHeaders {
        acknowledgement: Some(acknowledgement),
        ..StoreReplyHeaders::default()
    };
    let reply = StoreReply {
        points_consumed: Some(0),
        ..StoreReply::default()
    };
    Ok(request.respond(headers, reply).to_envelope())
}

/// What waits is read.
pub(super) fn plan_list() -> Vec<Command> {
    vec![Command::ListWaiting {
        after: Number(0),
        until: Number::LAST,
        limit: PAGE,
    }]
}

/// One message is read.
pub(super) fn plan_get(get: &GetMessage) -> Result<Vec<Command>, Refused> {
    let number = get.id.as_ref().and_then(number).ok_or(Refused::Schema)?;
    Ok(vec![only(number)])
}

/// Messages are taken off, of which each is looked for first.
pub(super) fn plan_delete(delete: &DeleteMessages) -> Result<Vec<Command>, Refused> {
    let numbers: Option<Vec<Number>> = delete.ids.iter().take(PAGE).map(number).collect();
    let numbers = numbers.ok_or(Refused::Schema)?;
    let both = |number| [only(number), Command::Received(number)];
    Ok(numbers.into_iter().flat_map(both).collect())
}

fn number(id: &call::Guid) -> Option<Number> {
    message_of(guid(id)?)
}

fn only(number: Number) -> Command {
    Command::ListWaiting {
        after: Number(number.0.saturating_sub(1)),
        until: number,
        limit: 1,
    }
}

/// What waits, as a mailbox.
pub(super) fn listed(
    request: &Request<GetMetadata>,
    answers: &[Answer],
    context: &Context<'_>,
) -> Envelope {
    let waiting = messages(answers.first());
    let waiting = waiting.iter().filter_map(|kept| entry(kept, context));
    let reply = GetMetadataReply {
        inline: Some(Waiting {
            mailbox: Some(Mailbox {
                inbox: Some(0),
                inbox_unread: Some(0),
                others: Some(0),
                others_unread: Some(0),
                ..Mailbox::default()
            }),
            messages: waiting.collect(),
            ..Waiting::default()
        }),
        ..GetMetadataReply::default()
    };
    request.respond(NoHeaders::default(), reply).to_envelope()
}

fn entry(kept: &Kept, context: &Context<'_>) -> Option<WaitingMessage> {
    let email = email(kept, context)?;
    let size = i64::try_from(email.to_email().len()).ok()?;
    Some(WaitingMessage {
        message_type: Some(11),
        status: Some(6),
        received: Some(
            Timestamp::from_unix(kept.message.arrival)
                .as_str()
                .to_owned(),
        ),
        read: Some(0),
        size: Some(size),
        sender: email.sender,
        id: Some(call::Guid::new(
            message_guid(kept.number).to_string().to_ascii_uppercase(),
        )),
        folder: Some(call::Guid::new(FOLDER)),
        name: email.sender_name.as_deref().map(encoded_word::encode),
        ..WaitingMessage::default()
    })
}

/// The message.
pub(super) fn got(
    request: &Request<GetMessage>,
    answers: &[Answer],
    context: &Context<'_>,
) -> Result<Envelope, Refused> {
    let kept = messages(answers.first()).first().ok_or(Refused::Schema)?;
    let email = email(kept, context).ok_or(Refused::Schema)?;
    // A carriage return would be written as a reference and come through; raw ones, as of old, no reader of XML gives out.
    // libpurple looks for its lines by their line feeds alone, and crashes where it finds no empty one.
    let lines = email.to_email().replace("\r\n", "\n");
    let reply = GetMessageReply {
        message: Some(Verbatim::new(lines)),
        ..GetMessageReply::default()
    };
    Ok(request.respond(NoHeaders::default(), reply).to_envelope())
}

/// They were there, and are not any more.
pub(super) fn deleted(
    request: &Request<DeleteMessages>,
    answers: &[Answer],
) -> Result<Envelope, Refused> {
    if answers
        .iter()
        .step_by(2)
        .any(|one| messages(Some(one)).is_empty())
    {
        return Err(Refused::Schema);
    }
    let response = request.respond(NoHeaders::default(), Done::default());
    Ok(response.to_envelope())
}

fn messages(answer: Option<&Answer>) -> &[Kept] {
    match answer {
        Some(Answer::Messages(messages)) => messages,
        _ => &[],
    }
}

/// A message as an e-mail, if it is one that has words and was said by one person to another: threads have no place in a
/// mailbox.
fn email(kept: &Kept, context: &Context<'_>) -> Option<OfflineMessage> {
    let (Content::Said(said), Author::Person(author, _), ConversationId::Person(_)) = (
        &kept.message.content,
        &kept.message.author,
        &kept.conversation,
    ) else {
        return None;
    };
    if !MessageType::new(&said.kind).is_text() {
        return None;
    }
    let mut contacts = context.roster.contacts.iter();
    let known = contacts.find(|one| one.who == *author);
    let known: Option<Arc<str>> = known.map(|one| one.name.clone());
    let named = said.attributes.get(DISPLAY_NAME).map(Arc::from);
    let name = named.or(known).filter(|name| !name.is_empty());
    let (run, sequence) = run_of(said).unwrap_or((contact_guid(author.person()), 1));
    Some(OfflineMessage {
        text: plain_text(said),
        run_id: Some(run),
        sequence,
        sender: Some(author.email().as_str().to_owned()),
        sender_name: Some(name.map_or_else(|| author.email().to_string(), |name| name.to_string())),
        receiver: Some(context.who.email().as_str().to_owned()),
        received: Some(kept.message.arrival),
    })
}

/// The run of a message that was sent here, and its place in it.
fn run_of(said: &Said) -> Option<(Guid, u32)> {
    let (run, sequence) = said.client_id.as_deref()?.split_once(':')?;
    Some((run.parse().ok()?, sequence.parse().ok()?))
}
