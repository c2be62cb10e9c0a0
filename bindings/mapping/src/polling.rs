//! How a gateway session polls, and what it holds, from JSON: the same for a session alone and for those of a client.

use gateway_sm::{Limits, Mode, Timing};
use msnp_client::GatewayOptions;

use crate::fields::Fields;
use crate::wrong::Wrong;

/// What is the same for both.
pub(crate) const POLLING: [&str; 4] = ["mode", "lifespan_ms", "timing", "limits"];

/// What a client says of its sessions.
pub(crate) const GATEWAY_SESSION: [&str; 6] = [
    "mode",
    "lifespan_ms",
    "most_held",
    "timing",
    "limits",
    "html_replies",
];

pub(crate) const TIMING: [&str; 6] = [
    "reply_ms",
    "margin_ms",
    "quick_ms",
    "slow_ms",
    "retry_ms",
    "slow_retry_ms",
];

pub(crate) const LIMITS: [&str; 6] = ["request", "send", "queue", "reply", "undrained", "failures"];

pub(crate) fn gateway_options(fields: &Fields<'_>) -> Result<GatewayOptions, Wrong> {
    let default = GatewayOptions::default();
    Ok(GatewayOptions {
        mode: fields.maybe("mode", read_mode)?.unwrap_or(default.mode),
        lifespan: fields.millis_or("lifespan_ms", default.lifespan)?,
        most_held: fields.number_or("most_held", default.most_held)?,
        timing: timing(fields)?,
        limits: limits(fields)?,
        html_replies: fields
            .maybe_flag("html_replies")?
            .unwrap_or(default.html_replies),
    })
}

fn read_mode(text: &str) -> Result<Mode, &'static str> {
    match text {
        "learn" => Ok(Mode::Learn),
        "serial" => Ok(Mode::Serial),
        "parallel" => Ok(Mode::Parallel),
        _ => Err("is neither `learn` nor `serial` nor `parallel`"),
    }
}

fn timing(fields: &Fields<'_>) -> Result<Timing, Wrong> {
    let default = Timing::default();
    let Some(inside) = fields.maybe_object("timing", &TIMING)? else {
        return Ok(default);
    };
    Ok(Timing {
        reply: inside.millis_or("reply_ms", default.reply)?,
        margin: inside.millis_or("margin_ms", default.margin)?,
        quick: inside.millis_or("quick_ms", default.quick)?,
        slow: inside.millis_or("slow_ms", default.slow)?,
        retry: inside.millis_or("retry_ms", default.retry)?,
        slow_retry: inside.millis_or("slow_retry_ms", default.slow_retry)?,
    })
}

fn limits(fields: &Fields<'_>) -> Result<Limits, Wrong> {
    let default = Limits::default();
    let Some(inside) = fields.maybe_object("limits", &LIMITS)? else {
        return Ok(default);
    };
    Ok(Limits {
        request: inside.number_or("request", default.request)?,
        send: inside.number_or("send", default.send)?,
        queue: inside.number_or("queue", default.queue)?,
        reply: inside.number_or("reply", default.reply)?,
        undrained: inside.number_or("undrained", default.undrained)?,
        failures: inside.number_or("failures", default.failures)?,
    })
}
