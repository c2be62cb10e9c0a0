//! What the client tells, as JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use msnp_client::Event;
use msnp_proto::Side;
use serde_json::{Value, json};

use crate::reason::{OTHER, reason, step};
use crate::{message, names, people};

/// The event as JSON: `{"event": "SignedIn", "me": "8:live:alice"}`. Which has which fields stands in the
/// [crate guide](crate#events). One that is newer than this mapping is only named, `Other`.
pub fn event(event: &Event) -> Value {
    match event {
        Event::SignInProgress(at) => named("SignInProgress", json!({ "step": step(*at) })),
        Event::SignedIn(me) => named("SignedIn", json!({ "me": me.to_string() })),
        Event::ContactChanged(contact) => named("ContactChanged", people::contact(contact)),
        Event::ContactRemoved(contact) => {
            named("ContactRemoved", json!({ "contact": contact.to_string() }))
        }
        Event::ContactRenamed { before, now } => {
            let fields = json!({ "before": before.to_string(), "now": now.to_string() });
            named("ContactRenamed", fields)
        }
        Event::PresenceChanged { contact, presence } => {
            let who = json!({ "contact": contact.to_string() });
            named("PresenceChanged", with(who, people::presence(presence)))
        }
        Event::OwnPresence(own) => {
            let here = json!({ "this_endpoint": own.this_endpoint.to_string() });
            named("OwnPresence", with(here, people::presence(&own.presence)))
        }
        Event::MessageReceived(it) => named("MessageReceived", message::message(it)),
        Event::Typing {
            conversation,
            from,
            typing,
        } => {
            let what = json!({ "from": from.to_string(), "typing": typing });
            named("Typing", with(what, place(conversation)))
        }
        Event::Nudge { conversation, from } => {
            let what = json!({ "from": from.to_string() });
            named("Nudge", with(what, place(conversation)))
        }
        Event::MessageEdited { original, edit } => {
            let which = json!({ "original": original.as_str() });
            named("MessageEdited", with(which, message::message(edit)))
        }
        Event::MessageDelivered {
            conversation,
            message,
        } => named("MessageDelivered", sent(conversation, message)),
        Event::MessageFailed {
            conversation,
            message,
            reason: why,
        } => named(
            "MessageFailed",
            with(sent(conversation, message), reason(*why)),
        ),
        Event::MessageUncertain {
            conversation,
            message,
            reason: why,
        } => named(
            "MessageUncertain",
            with(sent(conversation, message), reason(*why)),
        ),
        // Lists and operations.
        Event::GroupChanged(group) => named("GroupChanged", people::group(group)),
        Event::GroupLeft(conversation) => named("GroupLeft", place(conversation)),
        Event::History(history) => named("History", message::history(history)),
        Event::OperationSucceeded {
            operation,
            conversation,
        } => {
            let group = conversation.as_ref().map(names::conversation);
            let fields = json!({ "operation": operation.get(), "conversation": group });
            named("OperationSucceeded", fields)
        }
        Event::OperationFailed {
            operation,
            reason: why,
        } => {
            let which = json!({ "operation": operation.get() });
            named("OperationFailed", with(which, reason(*why)))
        }
        Event::Reconnecting {
            attempt,
            wait,
            reason: why,
        } => {
            let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            let when = json!({ "attempt": attempt, "wait_ms": wait });
            named("Reconnecting", with(when, reason(*why)))
        }
        Event::SignedOut(why) => named("SignedOut", reason(*why)),
        Event::Frame { side, bytes } => {
            let side = match side {
                Side::Client => "client",
                Side::Server => "server",
            };
            // JSON has no bytes.
            let fields = json!({ "side": side, "base64": STANDARD.encode(bytes) });
            named("Frame", fields)
        }
        _ => named(OTHER, json!({})),
    }
}

fn place(conversation: &msnp_client::ConversationId) -> Value {
    json!({ "conversation": names::conversation(conversation) })
}

fn sent(conversation: &msnp_client::ConversationId, message: &msnp_client::MessageId) -> Value {
    json!({
        "conversation": names::conversation(conversation),
        "message": message.as_str(),
    })
}

/// The fields of an event, with its name.
pub(crate) fn named(event: &'static str, fields: Value) -> Value {
    with(json!({ "event": event }), fields)
}

/// The fields of both; both are objects.
fn with(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}
