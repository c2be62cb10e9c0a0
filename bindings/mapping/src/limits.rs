//! What a client keeps and waits for at most, from JSON. What is left out is as the client has it.

use msnp_client::{Limits, Timings};

use crate::fields::Fields;
use crate::wrong::Wrong;

pub(crate) const LIMITS: [&str; 12] = [
    "contacts",
    "conversations",
    "members",
    "endpoints",
    "pending",
    "text",
    "remembered",
    "unacknowledged",
    "unacknowledged_bytes",
    "history_page",
    "redirects",
    "undrained",
];

pub(crate) fn limits(fields: &Fields<'_>) -> Result<Limits, Wrong> {
    let default = Limits::default();
    Ok(Limits {
        contacts: fields.number_or("contacts", default.contacts)?,
        conversations: fields.number_or("conversations", default.conversations)?,
        members: fields.number_or("members", default.members)?,
        endpoints: fields.number_or("endpoints", default.endpoints)?,
        pending: fields.number_or("pending", default.pending)?,
        text: fields.number_or("text", default.text)?,
        remembered: fields.number_or("remembered", default.remembered)?,
        unacknowledged: fields.number_or("unacknowledged", default.unacknowledged)?,
        unacknowledged_bytes: fields
            .number_or("unacknowledged_bytes", default.unacknowledged_bytes)?,
        history_page: fields.number_or("history_page", default.history_page)?,
        redirects: fields.number_or("redirects", default.redirects)?,
        undrained: fields.number_or("undrained", default.undrained)?,
    })
}

pub(crate) const TIMINGS: [&str; 7] = [
    "request_ms",
    "command_ms",
    "keep_alive_ms",
    "renewal_ms",
    "backoff_ms",
    "longest_backoff_ms",
    "farewell_ms",
];

pub(crate) fn timings(fields: &Fields<'_>) -> Result<Timings, Wrong> {
    let default = Timings::default();
    Ok(Timings {
        request: fields.millis_or("request_ms", default.request)?,
        command: fields.millis_or("command_ms", default.command)?,
        keep_alive: fields.millis_or("keep_alive_ms", default.keep_alive)?,
        renewal: fields.millis_or("renewal_ms", default.renewal)?,
        backoff: fields.millis_or("backoff_ms", default.backoff)?,
        longest_backoff: fields.millis_or("longest_backoff_ms", default.longest_backoff)?,
        farewell: fields.millis_or("farewell_ms", default.farewell)?,
    })
}
