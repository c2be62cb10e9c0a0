//! What is said, as JSON: messages, and pages of older ones.

use machine_contract::UnixTime;
use msnp_client::{Format, History, HistoryMark, Message, OperationId, ReceiptId};
use serde_json::{Value, json};

use crate::looks::looks;
use crate::names;

pub(crate) fn message(message: &Message) -> Value {
    let (format, format_name) = match &message.format {
        Format::Plain => ("plain", None),
        Format::Rich => ("rich", None),
        // The sender's own word stands apart, so that none can be taken for one of ours.
        Format::Other(name) => ("other", Some(name)),
        _ => ("other", None),
    };
    json!({
        "message": message.id.as_str(),
        "conversation": names::conversation(&message.conversation),
        "from": message.from.to_string(),
        "from_name": message.from_name,
        "text": message.text,
        "format": format,
        "format_name": format_name,
        "looks": looks(&message.looks),
        "sent_at_ms": message.sent_at.map(UnixTime::as_millis),
        "delayed": message.delayed,
        "receipt": message.receipt.map(ReceiptId::get),
    })
}

pub(crate) fn history(history: &History) -> Value {
    json!({
        "operation": history.operation.map(OperationId::get),
        "conversation": names::conversation(&history.conversation),
        "messages": history.messages.iter().map(message).collect::<Value>(),
        "more": history.more.as_ref().map(HistoryMark::as_str),
    })
}
