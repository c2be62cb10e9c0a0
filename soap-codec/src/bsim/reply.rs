//! The responses of the service.

use crate::bsim::decode::Leniency;
use crate::bsim::encode::push_member;
use crate::bsim::operation::OperationName;
use crate::bsim::reply_error::ReplyError;
use crate::bsim::results::{ResultEncoding, SessionEvents};
use crate::bsim::session::Session;
use crate::element::Element;
use crate::envelope::Envelope;
use crate::error::EncodeError;
use crate::limits::Budget;
use crate::ns;
use crate::version::Version;

/// A response that is no fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a caller decides on every reply")]
pub enum Reply {
    /// The session, if there was one in it.
    Login(Option<Session>),
    /// Nothing: how the sign-in went comes as events.
    LoginIM,
    /// What happened since the last fetch; `None` if the result is missing or empty.
    KeepSessionAlive(Option<SessionEvents>),
    /// Nothing.
    ChangeStatus,
    /// Nothing.
    SendMessage,
    /// The version, such as `v1.0.20080508`.
    GetVersion(Option<String>),
}

impl Reply {
    /// Which operation it answers.
    pub const fn name(&self) -> OperationName {
        match self {
            Self::Login(_) => OperationName::Login,
            Self::LoginIM => OperationName::LoginIM,
            Self::KeepSessionAlive(_) => OperationName::KeepSessionAlive,
            Self::ChangeStatus => OperationName::ChangeStatus,
            Self::SendMessage => OperationName::SendMessage,
            Self::GetVersion(_) => OperationName::GetVersion,
        }
    }

    /// Reads the response to `name`. The `budget` is the one that the envelope was read with.
    pub fn decode(
        name: OperationName,
        envelope: &Envelope,
        budget: &mut Budget,
        leniency: Leniency,
    ) -> Result<Self, ReplyError> {
        if let Some(fault) = envelope.fault() {
            return Err(ReplyError::Fault(Box::new(fault)));
        }
        let response = envelope
            .payload()
            .filter(|it| leniency.names(it, name.response()))
            .ok_or(ReplyError::Unexpected(name))?;
        let result = |local| leniency.member(response, local).filter(|it| !it.is_nil());
        Ok(match name {
            OperationName::Login => {
                let result = result("LoginResult");
                Self::Login(result.map(|it| Session::read(it, leniency)))
            }
            OperationName::LoginIM => Self::LoginIM,
            OperationName::KeepSessionAlive => {
                let result = result("KeepSessionAliveResult");
                let decoded = result.map(|it| SessionEvents::decode(it, budget, leniency));
                Self::KeepSessionAlive(decoded.transpose()?.flatten())
            }
            OperationName::ChangeStatus => Self::ChangeStatus,
            OperationName::SendMessage => Self::SendMessage,
            OperationName::GetVersion => {
                Self::GetVersion(leniency.trimmed(response, "GetVersionResult"))
            }
        })
    }

    /// The envelope that says it. Only `KeepSessionAlive` can fail, when an event holds characters
    /// that XML cannot carry.
    pub fn to_envelope(
        &self,
        version: Version,
        encoding: ResultEncoding,
    ) -> Result<Envelope, EncodeError> {
        let mut response = Element::new(ns::BSIM, self.name().response());
        match self {
            Self::Login(session) => {
                if let Some(session) = session {
                    response.push(session.to_element("LoginResult"));
                }
            }
            Self::KeepSessionAlive(events) => {
                if let Some(events) = events {
                    let mut result = Element::new(ns::BSIM, "KeepSessionAliveResult");
                    result.push_node(events.encode(encoding)?);
                    response.push(result);
                }
            }
            Self::GetVersion(version) => {
                push_member(&mut response, "GetVersionResult", version.as_deref());
            }
            Self::LoginIM | Self::ChangeStatus | Self::SendMessage => {}
        }
        Ok(Envelope::new(version, response))
    }
}
