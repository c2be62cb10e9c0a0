//! What the client tells, as JSON.

use msnp_client::Event;
use serde_json::{Value, json};

/// The event as JSON: `{"event": "SignedIn", …}`. Those that an example has no use for are only named.
pub(crate) fn shown(event: &Event) -> Value {
    match event {
        Event::SignInProgress(step) => {
            json!({ "event": "SignInProgress", "step": format!("{step:?}") })
        }
        Event::SignedIn(me) => json!({ "event": "SignedIn", "me": me.to_string() }),
        Event::MessageReceived(message) => json!({
            "event": "MessageReceived",
            "from": message.from.to_string(),
            "text": message.text,
        }),
        Event::MessageDelivered { message, .. } => {
            json!({ "event": "MessageDelivered", "message": message.to_string() })
        }
        Event::MessageFailed {
            message, reason, ..
        } => json!({
            "event": "MessageFailed",
            "message": message.to_string(),
            "reason": reason.to_string(),
        }),
        Event::MessageUncertain {
            message, reason, ..
        } => json!({
            "event": "MessageUncertain",
            "message": message.to_string(),
            "reason": reason.to_string(),
        }),
        Event::Reconnecting { reason, .. } => {
            json!({ "event": "Reconnecting", "reason": reason.to_string() })
        }
        Event::SignedOut(reason) => json!({ "event": "SignedOut", "reason": reason.to_string() }),
        _ => json!({ "event": "Other" }),
    }
}
