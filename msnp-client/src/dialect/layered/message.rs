//! Messages, as `SDG` brings them (msnp24.md 10), in the words of the client above.

use machine_contract::UnixTime;
use msnp_proto::Address;
use msnp_proto::payload::message::{Draft, Message, MessageType};

use super::address::{contact_at, conversation_at, is_group};
use super::format::format_of;
use crate::dialect::looks::{of_format, to_format};
use crate::fact::Fact;
use crate::id::{ContactId, ConversationId, MessageId};
use crate::limits::Limits;
use crate::looks::Looks;
use crate::message::{Received, ReceivedContent, ReceivedText};
use crate::text::clip;

/// Who reads a message, and what has to be known for that.
#[derive(Copy, Clone)]
pub(in crate::dialect) struct Reader<'a> {
    /// Whether an address is one's own.
    pub(in crate::dialect) is_own: &'a dyn Fn(&Address) -> bool,
    pub(in crate::dialect) limits: &'a Limits,
    pub(in crate::dialect) times: Times,
}

/// On which messages the service writes when they were sent.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::dialect) enum Times {
    /// On every one, as in MSNP24: what is older than the connection has waited.
    Every(Option<UnixTime>),
    /// On those that have waited, as in MSNP21.
    Waited,
}

/// A message is only a sign that somebody types, or no more.
pub(in crate::dialect) fn is_typing(kind: &MessageType) -> bool {
    *kind == MessageType::TYPING || *kind == MessageType::CLEAR_TYPING
}

/// Something said in a conversation. `None`: by or to nobody that has a name.
pub(in crate::dialect) fn said(wire: &Message, reader: Reader<'_>) -> Option<Fact> {
    let (conversation, from) = place(wire, reader)?;
    let kind = wire.kind();
    if is_typing(kind) {
        // That oneself types at another endpoint is nothing to tell.
        return (!(reader.is_own)(wire.from())).then_some(Fact::Typing {
            conversation,
            from,
            typing: *kind == MessageType::TYPING,
        });
    }
    let said = if *kind == MessageType::NUDGE {
        ReceivedContent::Nudge
    } else if let Some(original) = wire.edited_id() {
        let text = wire.edited_text().unwrap_or_default();
        ReceivedContent::Edit {
            original: MessageId::from_number(original),
            edit: readable(wire, &text, reader),
        }
    } else if kind.is_text() {
        let text = String::from_utf8_lossy(wire.body());
        ReceivedContent::Text(readable(wire, &text, reader))
    } else {
        // Activities of threads come as `NFY MSGR\THREAD` as well; signals are between programs.
        ReceivedContent::Other
    };
    let id = wire.client_message_id().or(wire.message_id());
    // Both ids, since either alone may be given twice: the service's is a time, the sender's a
    // number that some clients count from 1. Without any there is nothing to know it by.
    let key = match (wire.message_id(), wire.client_message_id()) {
        (None, None) => None,
        ids => Some(format!("{ids:?}")),
    };
    Some(Fact::Message(Received {
        id: id.map(MessageId::from_number),
        key,
        conversation,
        from,
        content: said,
    }))
}

/// A text to be said. One without looks is as its reader's client shows texts.
pub(in crate::dialect) fn text(to: Address, me: Address, text: &str, looks: &Looks) -> Draft {
    Draft {
        format: (*looks != Looks::default()).then(|| to_format(looks, "")),
        ..Draft::text(to, me, text.to_owned())
    }
}

fn readable(wire: &Message, text: &str, reader: Reader<'_>) -> ReceivedText {
    let limit = reader.limits.text;
    let sent_at = wire.arrived_at();
    let is_offline = wire.service_channel() == Some("IM/Offline");
    let delayed = match (sent_at, reader.times) {
        (Some(sent), Times::Every(Some(since))) => sent < since,
        (Some(_), Times::Waited) => true,
        _ => is_offline,
    };
    ReceivedText {
        text: clip(text, limit),
        format: format_of(wire.kind()),
        looks: wire.format().map(|it| of_format(&it)).unwrap_or_default(),
        from_name: wire.display_name().map(|name| clip(name, limit)),
        sent_at,
        delayed,
    }
}

/// In which conversation, and by whom. Messages of one's own other endpoints come with `From`
/// oneself; in a group either address may be the group's (msnp24.md 10, 11).
fn place(wire: &Message, reader: Reader<'_>) -> Option<(ConversationId, ContactId)> {
    let from = contact_at(wire.from())?;
    let conversation = if is_group(wire.to()) {
        conversation_at(wire.to())?
    } else if is_group(wire.from()) {
        conversation_at(wire.from())?
    } else if (reader.is_own)(wire.from()) {
        conversation_at(wire.to())?
    } else {
        ConversationId::from(&from)
    };
    Some((conversation, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(routing: &str, messaging: &str, body: &str, times: Times) -> Option<Fact> {
        let bytes = format!(
            "Routing: 1.0\r\n{routing}\r\nReliability: 1.0\r\n\r\nMessaging: 2.0\r\n{messaging}\r\n{body}"
        );
        let message = Message::parse(bytes.into()).expect("a message");
        let is_own = |address: &Address| address.id() == "alice@x.org";
        let reader = Reader {
            is_own: &is_own,
            limits: &Limits::default(),
            times,
        };
        said(&message, reader)
    }

    const FROM_BOB: &str = "To: 1:alice@x.org\r\nFrom: 1:bob@x.org\r\n";
    const SENT: &str = "Message-Type: Text\r\nOriginal-Arrival-Time: 2015-05-17T17:11:33.000Z\r\n";

    #[track_caller]
    fn check_delayed(routing: &str, messaging: &str, times: Times, expected: bool) {
        let Some(Fact::Message(received)) = fact(routing, messaging, "hi", times) else {
            panic!("a message");
        };
        let ReceivedContent::Text(text) = received.content else {
            panic!("a text");
        };
        assert_eq!(text.delayed, expected, "{messaging} {times:?}");
    }

    #[test]
    fn what_has_waited_is_told_by_the_time_that_stands_on_it() {
        let since = |seconds| Times::Every(Some(UnixTime::from_secs(seconds)));
        check_delayed(FROM_BOB, SENT, since(1_431_882_693), false);
        check_delayed(FROM_BOB, SENT, since(1_431_882_694), true);
        check_delayed(FROM_BOB, SENT, Times::Waited, true);
        check_delayed(FROM_BOB, "Message-Type: Text\r\n", Times::Waited, false);
        let offline = format!("{FROM_BOB}Service-Channel: IM/Offline\r\n");
        check_delayed(&offline, "Message-Type: Text\r\n", Times::Waited, true);
    }

    #[track_caller]
    fn check_place(to: &str, from: &str, expected: &str) {
        let routing = format!("To: {to}\r\nFrom: {from}\r\n");
        let told = fact(&routing, "Message-Type: Nudge\r\n", "", Times::Waited);
        let Some(Fact::Message(received)) = told else {
            panic!("a message");
        };
        assert_eq!(
            format!("{} {}", received.conversation, received.from),
            expected
        );
    }

    #[test]
    fn a_message_is_in_the_conversation_that_either_address_names() {
        check_place("1:alice@x.org", "1:bob@x.org", "bob@x.org bob@x.org");
        check_place("1:bob@x.org", "1:alice@x.org", "bob@x.org alice@x.org");
        let group = "10:588e793a-003d-0003-4136-314b00000000@live.com";
        let to = format!("{group};path=IM");
        check_place(&to, "1:bob@x.org", &format!("{group} bob@x.org"));
    }
}
