//! The configuration of a client, from JSON.

use msnp_client::{Config, ContactId, Dialect};
use serde_json::Value;

use crate::access::{self, access};
use crate::fields::Fields;
use crate::hosts::host_policy;
use crate::limits::{LIMITS, TIMINGS, limits, timings};
use crate::names::read_status;
use crate::polling::{GATEWAY_SESSION, gateway_options};
use crate::wrong::{What, Wrong};

/// What else there can be beside the [ways in](access::FIELDS).
const FIELDS: [&str; 14] = [
    "dialects",
    "account",
    "status",
    "display_name",
    "personal_message",
    "endpoint_name",
    "frames",
    "acknowledge_by_hand",
    "resend_unsent",
    "reconnect_attempts",
    "host_policy",
    "limits",
    "timings",
    "gateway_session",
];

/// The names of all fields of a client's configuration.
pub fn config_fields() -> impl Iterator<Item = &'static str> {
    access::FIELDS.into_iter().chain(FIELDS)
}

/// The configuration of a client. Which fields there are stands in the [crate guide](crate#configuration-of-a-client).
///
/// `seed` is 32 bytes of true randomness, from the host: two clients with the same seed would be taken for one.
///
/// # Errors
/// [`Wrong`] if it cannot be understood, or cannot be.
pub fn config(json: &Value, seed: [u8; 32]) -> Result<Config, Wrong> {
    let names: Vec<_> = config_fields().collect();
    let fields = Fields::of(json, "", &names)?;
    let mut config = Config::new(access(&fields)?, seed);
    if let Some(dialects) = fields.maybe_list("dialects", str::parse::<Dialect>)? {
        config = fields.fits("dialects", config.dialects(dialects))?;
    }
    if let Some(account) = fields.maybe("account", str::parse::<ContactId>)? {
        config = config.account(account);
    }
    if let Some(status) = fields.maybe("status", read_status)? {
        config = config.status(status);
    }
    if let Some(name) = fields.maybe_text("display_name")? {
        config = config.display_name(name);
    }
    if let Some(text) = fields.maybe_text("personal_message")? {
        config = config.personal_message(text);
    }
    if let Some(name) = fields.maybe_text("endpoint_name")? {
        config = config.endpoint_name(name);
    }
    if let Some(yes) = fields.maybe_flag("frames")? {
        config = config.frames(yes);
    }
    if let Some(yes) = fields.maybe_flag("acknowledge_by_hand")? {
        config = config.acknowledge_by_hand(yes);
    }
    if let Some(yes) = fields.maybe_flag("resend_unsent")? {
        config = config.resend_unsent(yes);
    }
    if fields.has("reconnect_attempts") {
        config = config.reconnect_attempts(fields.number_or("reconnect_attempts", 0)?);
    }
    // Each knows its own defaults: what is left out stays as it is.
    if let Some(policy) = host_policy(&fields, "host_policy")? {
        config = fields.fits("host_policy", config.host_policy(policy))?;
    }
    if let Some(inside) = fields.maybe_object("limits", &LIMITS)? {
        config = config.limits(limits(&inside)?);
    }
    if let Some(inside) = fields.maybe_object("timings", &TIMINGS)? {
        config = config.timings(timings(&inside)?);
    }
    if let Some(inside) = fields.maybe_object("gateway_session", &GATEWAY_SESSION)? {
        let options = gateway_options(&inside)?;
        config = fields.fits("gateway_session", config.gateway(options))?;
    }
    Ok(config)
}

/// Whether a host that makes requests and no byte streams can run a client of this configuration: a network that is reached by
/// TCP or TLS is none for it.
///
/// # Errors
/// [`Wrong`] if it cannot. What else may be wrong, [`config`] says.
pub fn http_only(json: &Value) -> Result<(), Wrong> {
    let stream = ["tcp", "tls"];
    let stream = stream
        .into_iter()
        .find(|name| !json["network"][*name].is_null());
    stream.map_or(Ok(()), |name| {
        let why = "needs a byte stream, which this host does not make: name a `gateway`";
        Err(Wrong::new(
            format!("network.{name}"),
            What::Unfit(why.to_owned()),
        ))
    })
}
