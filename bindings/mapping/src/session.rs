//! A gateway session by itself: its configuration from JSON, what it tells as JSON and bytes.

use bytes::Bytes;
use gateway_sm::{CloseReason, Config, Event, Open, Opened, Protocol, SendError, Server};
use http::{HeaderName, HeaderValue};
use machine_contract::Failure;
use serde_json::{Value, json};

use crate::event::named;
use crate::fields::Fields;
use crate::hosts::host_policy;
use crate::polling::{POLLING, gateway_options};
use crate::wrong::Wrong;

const FIELDS: [&str; 10] = [
    "gateway",
    "cookies",
    "host_cookies",
    "ssl_auth_token",
    "reply_content_type",
    "user_agent",
    "host_policy",
    "open",
    "empty_open",
    "close_action",
];

const OPEN: [&str; 3] = ["server", "protocol", "ip"];

/// The names of all fields of a session's configuration.
pub fn session_config_fields() -> impl Iterator<Item = &'static str> {
    FIELDS.into_iter().chain(POLLING)
}

/// The configuration of a gateway session. Which fields there are stands in the
/// [crate guide](crate#configuration-of-a-session).
///
/// # Errors
/// [`Wrong`] if it cannot be understood, or cannot be.
pub fn session_config(json: &Value) -> Result<Config, Wrong> {
    let names: Vec<_> = session_config_fields().collect();
    let fields = Fields::of(json, "", &names)?;
    let mut config = fields.read("gateway", Config::new)?;
    if let Some(policy) = host_policy(&fields, "host_policy")? {
        config = fields.fits("host_policy", config.hosts(policy))?;
    }
    if let Some(cookies) = fields.maybe_text("cookies")? {
        config = fields.fits("cookies", config.cookies(cookies))?;
    }
    if let Some(token) = fields.maybe_text("ssl_auth_token")? {
        config = fields.fits("ssl_auth_token", config.ssl_auth_token(token))?;
    }
    // After the others, beside which it cannot be.
    if fields.maybe_flag("host_cookies")? == Some(true) {
        config = fields.fits("host_cookies", config.host_cookies())?;
    }
    if let Some(media_type) = fields.maybe_text("reply_content_type")? {
        config = fields.fits("reply_content_type", config.reply_content_type(media_type))?;
    }
    if let Some(agent) = fields.maybe("user_agent", HeaderValue::from_str)? {
        let name = HeaderName::from_static("user-agent");
        config = fields.fits("user_agent", config.header(name, agent))?;
    }
    if let Some(inside) = fields.maybe_object("open", &OPEN)? {
        config = fields.fits("open", config.open(open(&inside)?))?;
    }
    if let Some(yes) = fields.maybe_flag("empty_open")? {
        config = config.empty_open(yes);
    }
    if let Some(yes) = fields.maybe_flag("close_action")? {
        config = config.close_action(yes);
    }
    let polling = gateway_options(&fields)?;
    config = fields.fits("lifespan_ms", config.lifespan(polling.lifespan))?;
    config = fields.fits("timing", config.timing(polling.timing))?;
    config = fields.fits("limits", config.limits(polling.limits))?;
    Ok(config.mode(polling.mode))
}

fn open(fields: &Fields<'_>) -> Result<Open, Wrong> {
    let server = fields.maybe("server", |text| match text {
        "NS" => Ok(Server::Notification),
        "SB" => Ok(Server::Switchboard),
        _ => Err("is neither `NS` nor `SB`"),
    })?;
    let protocol = fields.maybe("protocol", |text| match text {
        "mtp" => Ok(Protocol::Mtp),
        "msnp" => Ok(Protocol::Msnp),
        _ => Err("is neither `mtp` nor `msnp`"),
    })?;
    let default = Open::web();
    Ok(Open {
        server: server.unwrap_or(default.server),
        protocol: protocol.unwrap_or(default.protocol),
        ip: fields.maybe_text("ip")?.map(str::to_owned).or(default.ip),
        ..Open::default()
    })
}

/// What a session tells: the event as JSON, and the bytes of `Received`, empty for all others.
pub fn session_event(event: Event) -> (Value, Bytes) {
    let told = match event {
        Event::Opened(opened) => named("Opened", said(&opened)),
        Event::Received(bytes) => return (named("Received", json!({})), bytes),
        Event::Sent(id) => named("Sent", json!({ "send": id.get() })),
        Event::Unsent { id, fate } => named(
            "Unsent",
            json!({ "send": id.get(), "fate": fate_word(fate) }),
        ),
        Event::Gap => named("Gap", json!({})),
        Event::HostRefused(host) => named("HostRefused", json!({ "host": host.to_string() })),
        Event::Closed(reason) => named("Closed", closed(reason)),
    };
    (told, Bytes::new())
}

fn said(opened: &Opened) -> Value {
    let timeout = opened.session_timeout;
    let timeout = timeout.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
    json!({
        "host": opened.host.to_string(),
        "server": opened.server,
        "skype_id": opened.skype_id,
        "session_timeout_ms": timeout,
    })
}

const fn fate_word(fate: Failure) -> &'static str {
    match fate {
        Failure::NotSent | Failure::Untrusted(_) => "not_sent",
        Failure::Unknown => "unknown",
    }
}

/// `{reason, code, detail}`, as of a client.
fn closed(reason: CloseReason) -> Value {
    let (code, detail) = match reason {
        CloseReason::Local => ("Local", Value::Null),
        CloseReason::Peer => ("Peer", Value::Null),
        CloseReason::SessionLost => ("SessionLost", Value::Null),
        CloseReason::Unauthorized(status) => ("Unauthorized", status.as_u16().into()),
        CloseReason::Status(status) => ("Status", status.as_u16().into()),
        CloseReason::Unreachable(failure) => ("Unreachable", fate_word(failure).into()),
        CloseReason::Protocol(error) => ("Protocol", error.to_string().into()),
    };
    json!({ "reason": reason.to_string(), "code": code, "detail": detail })
}

/// `{refused, code}`: why bytes were not taken.
pub fn send_refused(error: SendError) -> Value {
    let code = match error {
        SendError::Closed => "Closed",
        SendError::Full => "Full",
        SendError::TooLarge => "TooLarge",
    };
    json!({ "refused": error.to_string(), "code": code })
}
