//! A gateway session instead of a whole client: the smallest machine that a driver can be judged by
//! (`driver_conformance::guests`, `tests/guest.js`).
//!
//! `start` with `gateway` begins one. Then `poll_order`, `poll_timeout`, `handle_response` and
//! `handle_failure` are as for a client, and besides:
//!
//! | call | with | answer |
//! |---|---|---|
//! | `start` | `gateway`, its address; `reply`, seconds; `host_cookies` | |
//! | `send` | the bytes | `{send: number}` or `{refused}` |
//! | `close` | | |
//! | `poll_event` | | `{event: "Received"}` and the bytes, `{event: "Sent", send}`, `{event: "Unsent", send, fate}`, `{event: "Closed", local, reason}`, others by name alone, or `null` |

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{CloseReason, Config, Event, Session, Timing};
use machine_contract::{Failure, Instant};
use machine_driver::Runner;
use serde_json::{Map, Value, json};

use crate::fields::{Wrong, number, text};

/// A session that was asked for.
pub(crate) fn start(request: &Map<String, Value>) -> Result<Runner<Session>, Wrong> {
    let timing = Timing {
        reply: Duration::from_secs(number(request, "reply")?),
        ..Timing::default()
    };
    let config = Config::new(text(request, "gateway")?);
    let config = config.map_err(|_| Wrong::Field("gateway"))?.timing(timing);
    let config = config.map_err(|_| Wrong::Field("reply"))?;
    let keeps = request.get("host_cookies").and_then(Value::as_bool);
    let config = if keeps.unwrap_or_default() {
        let asked = config.host_cookies();
        asked.map_err(|_| Wrong::Field("host_cookies"))?
    } else {
        config
    };
    Ok(Runner::http_only(Session::new(config)))
}

/// What is a session's alone.
pub(crate) fn call(
    runner: &mut Runner<Session>,
    call: &str,
    body: Bytes,
    now: Instant,
) -> Result<(Value, Bytes), Wrong> {
    let answer = match call {
        "send" => match runner.call(|session, _| session.send(body), now) {
            Ok(id) => json!({ "send": id.get() }),
            Err(refused) => json!({ "refused": refused.to_string() }),
        },
        "close" => {
            runner.call(|session, _| session.close(), now);
            Value::Null
        }
        "poll_event" => {
            let event = runner.poll_event();
            return Ok(event.map_or((Value::Null, Bytes::new()), shown));
        }
        _ => return Err(Wrong::Call),
    };
    Ok((answer, Bytes::new()))
}

fn shown(event: Event) -> (Value, Bytes) {
    let head = match event {
        Event::Received(bytes) => return (json!({ "event": "Received" }), bytes),
        Event::Opened(_) => json!({ "event": "Opened" }),
        Event::Sent(id) => json!({ "event": "Sent", "send": id.get() }),
        Event::Unsent { id, fate } => {
            let fate = match fate {
                Failure::NotSent | Failure::Untrusted(_) => "notsent",
                Failure::Unknown => "unknown",
            };
            json!({ "event": "Unsent", "send": id.get(), "fate": fate })
        }
        Event::Gap => json!({ "event": "Gap" }),
        Event::HostRefused(_) => json!({ "event": "HostRefused" }),
        Event::Closed(reason) => {
            let local = reason == CloseReason::Local;
            json!({ "event": "Closed", "local": local, "reason": reason.to_string() })
        }
    };
    (head, Bytes::new())
}
