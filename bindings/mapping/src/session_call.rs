//! Calls of a gateway session: all but those that take bytes, which JSON has not.

use gateway_sm::Session;
use serde_json::Value;

use crate::fields::Fields;
use crate::wrong::{What, Wrong};

/// Has the session do something, or asks what it knows; sends are not among it, since JSON has no bytes
/// ([`Session::send`]). Which calls there are stands in the [crate guide](crate#calls-of-a-session).
///
/// # Errors
/// [`Wrong`] if the host has said something that cannot be understood. Nothing has happened.
pub fn session_call(session: &mut Session, name: &str, fields: &Value) -> Result<Value, Wrong> {
    let call = CALLS.iter().find(|(found, ..)| *found == name);
    let (_, names, run) = call.ok_or_else(|| Wrong::new("", What::NoSuchCall))?;
    run(session, &Fields::of(fields, "", names)?)
}

/// The names of all calls of a session, each with the names of its fields.
pub fn session_calls() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    CALLS.iter().map(|(name, fields, _)| (*name, *fields))
}

type Run = fn(&mut Session, &Fields<'_>) -> Result<Value, Wrong>;

const CALLS: &[(&str, &[&str], Run)] = &[
    ("close", &[], |session, _| {
        session.close();
        Ok(Value::Null)
    }),
    ("set_cookies", &["cookies"], |session, fields| {
        let set = session.set_cookies(fields.text("cookies")?);
        fields.fits("cookies", set).map(|()| Value::Null)
    }),
    ("skype_id", &[], |session, _| Ok(session.skype_id().into())),
    ("state", &[], |session, _| {
        Ok(session.state().to_string().into())
    }),
];
