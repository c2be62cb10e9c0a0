//! Reading the small XML documents of the commands: a named child, and what its text must be.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use core::str::FromStr;
use core::time::Duration;

use machine_contract::UnixTime;

use crate::payload::PayloadError;
use crate::payload::xml::{Element, XmlLimits};

/// The document of `body`, if its root is `name`. White space around it is tolerated: clients
/// count a CRLF behind the document into the payload (msnp24.md 2.2).
pub(super) fn root(body: &[u8], name: &'static str) -> Result<Element, PayloadError> {
    let root = Element::parse(body, &XmlLimits::DEFAULT)?;
    if root.name() == name {
        Ok(root)
    } else {
        Err(PayloadError::Root(name))
    }
}

pub(super) fn child<'a>(
    parent: &'a Element,
    name: &'static str,
) -> Result<&'a Element, PayloadError> {
    parent.child(name).ok_or(PayloadError::Missing(name))
}

/// The text of a child that must be there and say something.
pub(super) fn filled(parent: &Element, name: &'static str) -> Result<String, PayloadError> {
    let text = child(parent, name)?.text();
    let text = text.trim();
    if text.is_empty() {
        return Err(PayloadError::Invalid(name));
    }
    Ok(text.to_string())
}

/// The text of a child; none if it is missing or empty.
pub(super) fn optional(parent: &Element, name: &'static str) -> Option<String> {
    let text = parent.child_text(name)?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_string())
}

pub(super) fn number<T: FromStr>(parent: &Element, name: &'static str) -> Result<T, PayloadError> {
    optional_number(parent, name)?.ok_or(PayloadError::Missing(name))
}

pub(super) fn optional_number<T: FromStr>(
    parent: &Element,
    name: &'static str,
) -> Result<Option<T>, PayloadError> {
    let Some(child) = parent.child(name) else {
        return Ok(None);
    };
    parse_number(&child.text(), name).map(Some)
}

/// A number of seconds that fits 32 bits, as every span of time on the wire is.
pub(super) fn optional_seconds(
    parent: &Element,
    name: &'static str,
) -> Result<Option<Duration>, PayloadError> {
    let seconds: Option<u32> = optional_number(parent, name)?;
    Ok(seconds.map(|seconds| Duration::from_secs(seconds.into())))
}

/// Unix time in seconds. One beyond the last that can be told is the last.
pub(super) fn optional_time(
    parent: &Element,
    name: &'static str,
) -> Result<Option<UnixTime>, PayloadError> {
    Ok(optional_number(parent, name)?.map(time_of_seconds))
}

pub(super) fn numbers(parent: &Element, name: &'static str) -> Result<Vec<u32>, PayloadError> {
    let named = parent.elements().filter(|child| child.name() == name);
    named
        .map(|child| parse_number(&child.text(), name))
        .collect()
}

/// The texts of all children of that name.
pub(super) fn texts(parent: &Element, name: &str) -> Vec<String> {
    let named = parent.elements().filter(|child| child.name() == name);
    named.map(|child| child.text().trim().to_string()).collect()
}

pub(super) fn flag(parent: &Element, name: &'static str) -> Result<Option<bool>, PayloadError> {
    let Some(text) = parent.child_text(name) else {
        return Ok(None);
    };
    match text.trim() {
        "true" | "1" => Ok(Some(true)),
        "false" | "0" => Ok(Some(false)),
        _ => Err(PayloadError::Invalid(name)),
    }
}

pub(super) const fn flag_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

pub(super) fn text(number: impl Display) -> String {
    number.to_string()
}

/// The time so many seconds after the beginning of 1970, in whole seconds however late it is: what is
/// written again is the same.
pub(super) fn time_of_seconds(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds.min(u64::MAX / 1000))
}

/// A span of time in whole seconds. A part of one counts as one, since nobody minds a longer wait.
pub(super) fn seconds_text(span: Duration) -> String {
    let seconds = span
        .as_secs()
        .saturating_add(u64::from(span.subsec_nanos() > 0));
    text(u32::try_from(seconds).unwrap_or(u32::MAX))
}

fn parse_number<T: FromStr>(text: &str, name: &'static str) -> Result<T, PayloadError> {
    let text = text.trim();
    // `FromStr` would take a plus sign.
    if text.bytes().any(|b| !b.is_ascii_digit()) {
        return Err(PayloadError::Invalid(name));
    }
    text.parse().map_err(|_| PayloadError::Invalid(name))
}
