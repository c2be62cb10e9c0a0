//! The session structure: what `Login` gives and every later request gives back whole.

use crate::bsim::decode::Leniency;
use crate::bsim::encode::push_member;
use crate::element::Element;
use crate::ns;
use machine_contract::Secret;

/// `LoginResult`, and `session` in requests. Every member may be missing; a caller gives back
/// whatever it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// An upper-case GUID without braces. Whoever has it is signed in.
    pub session_id: Option<Secret<String>>,
    /// The service account, as it was given to `Login`.
    pub user_id: Option<String>,
    /// A [`LocalTime`](crate::bsim::LocalTime) by rights; a caller gives back what it was given.
    pub login_time: Option<String>,
    /// The caller's address as the server saw it.
    pub client_ip: Option<String>,
}

impl Session {
    pub(crate) fn read(element: &Element, leniency: Leniency) -> Self {
        let member = |local| leniency.trimmed(element, local);
        Self {
            session_id: member("SessionId").map(Secret::from),
            user_id: member("UserId"),
            login_time: member("LoginTime"),
            client_ip: member("ClientIP"),
        }
    }

    pub(crate) fn to_element(&self, local: &'static str) -> Element {
        let mut element = Element::new(ns::BSIM, local);
        let id = self.session_id.as_ref().map(|id| id.expose().as_str());
        push_member(&mut element, "SessionId", id);
        push_member(&mut element, "UserId", self.user_id.as_deref());
        push_member(&mut element, "LoginTime", self.login_time.as_deref());
        push_member(&mut element, "ClientIP", self.client_ip.as_deref());
        element
    }
}
