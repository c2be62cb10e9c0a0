//! What can come instead of the reply that was asked for, and how a response is read.

use bytes::Bytes;
use gateway_sm::Coding;
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use machine_contract::{CertificateFault, Failure};
use soap_codec::bsim::{Leniency, OperationName, Reply, ReplyError};
use soap_codec::{Budget, ContentType, EncodeError, Envelope, EnvelopeError, Fault, Limits};

use crate::coding;

/// Why a call has no good reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No byte left this host.
    #[error("the service cannot be reached")]
    Unreachable,
    /// Whoever answered has a certificate that this machine does not accept, so nothing was said to it.
    #[error("the service's certificate is not accepted: {0}")]
    Certificate(CertificateFault),
    /// The connection broke, or no response came in time.
    #[error("the service did not answer")]
    NoAnswer,
    /// A proxy on the way lets nobody through who does not say name and password to it (407).
    #[error("the proxy wants a name and a password, which belong into its address")]
    ProxyAuthentication,
    /// The response is packed, which was not asked for.
    #[error("the service's answer is packed by {0}, which was not asked for")]
    Packed(Coding),
    /// A status that is no success, without a SOAP fault. For malformed requests the service answers
    /// 400 with an empty body (soap.md 2.9).
    #[error("the service answered with status {}", .0.as_u16())]
    Status(StatusCode),
    /// Success with an empty body, which no operation has.
    #[error("the service answered with an empty body")]
    Empty,
    /// Success with something that says itself that it is no SOAP, such as a captive portal's page.
    #[error("what answers is no SOAP service")]
    NotSoap,
    /// The response is no SOAP envelope that can be read; also if it is in an encoding that is not.
    #[error(transparent)]
    Envelope(EnvelopeError),
    /// The envelope holds a fault, or no reply to the call.
    #[error(transparent)]
    Reply(ReplyError),
    /// `LoginResult` without a session id.
    #[error("the service accepted the sign-in and gave no session")]
    NoSession,
    /// The call cannot be written as XML; it never left.
    #[error(transparent)]
    Unwritable(EncodeError),
}

impl Problem {
    /// That of a call without an answer.
    pub(super) fn of(failure: Failure) -> Self {
        match failure {
            Failure::NotSent => Self::Unreachable,
            Failure::Untrusted(fault) => Self::Certificate(fault),
            Failure::Unknown => Self::NoAnswer,
        }
    }

    /// The service's fault, if that is what came.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Reply(ReplyError::Fault(fault)) => Some(fault),
            _ => None,
        }
    }

    /// Whether the call may have been carried out all the same. [`Failure::NotSent`]: it was not,
    /// because it never left or was refused.
    pub fn fate(&self) -> Failure {
        match self {
            Self::Unreachable
            | Self::Certificate(_)
            | Self::ProxyAuthentication
            | Self::Unwritable(_)
            | Self::Reply(ReplyError::Fault(_)) => Failure::NotSent,
            Self::Status(status) if status.is_client_error() || status.is_redirection() => {
                Failure::NotSent
            }
            _ => Failure::Unknown,
        }
    }

    /// Whether the service has looked at the call and said no: trying again would change nothing.
    pub(super) fn is_refusal(&self) -> bool {
        // 408 and 429 are about the moment, not the call.
        let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        match self {
            Self::Status(status) if later.contains(status) => false,
            Self::Unreachable => false,
            _ => self.fate() == Failure::NotSent,
        }
    }

    /// Whether this answer to a call in a session says that there is no such session.
    ///
    /// No text is known (soap.md 6), but `KeepSessionAlive` has nothing else that could be wrong.
    pub(super) fn ends_session(&self, operation: OperationName) -> bool {
        self.fault().is_some_and(|fault| {
            operation == OperationName::KeepSessionAlive
                || fault.reason.to_ascii_lowercase().contains("session")
        })
    }
}

/// Reads the response to a call.
///
/// The body decides where it can, since faults come with 500 and with 200 (soap.md 5); the status
/// decides about everything that is no envelope.
pub(super) fn read(
    operation: OperationName,
    response: &Response<Bytes>,
    limits: Limits,
) -> Result<Reply, Problem> {
    let status = response.status();
    if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Err(Problem::ProxyAuthentication);
    }
    if let Some(coding) = coding::of(response) {
        // It may be a fault; at any other status nobody would have looked.
        let is_read = status.is_success() || status == StatusCode::INTERNAL_SERVER_ERROR;
        return Err(if is_read {
            Problem::Packed(coding)
        } else {
            Problem::Status(status)
        });
    }
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.map(ContentType::parse);
    let media = content_type.clone().unwrap_or_default();
    let mut budget = Budget::new(limits);
    let envelope = match Envelope::receive(&media, response.body(), &mut budget) {
        Ok(envelope) => envelope,
        Err(_) if !status.is_success() => return Err(Problem::Status(status)),
        Err(_) if response.body().is_empty() => return Err(Problem::Empty),
        Err(_) if content_type.is_some_and(|it| !may_be_soap(&it)) => {
            return Err(Problem::NotSoap);
        }
        Err(error) => return Err(Problem::Envelope(error)),
    };
    match Reply::decode(operation, &envelope, &mut budget, Leniency::default()) {
        Err(error @ ReplyError::Fault(_)) => Err(Problem::Reply(error)),
        _ if !status.is_success() => Err(Problem::Status(status)),
        Err(error) => Err(Problem::Reply(error)),
        Ok(reply) => Ok(reply),
    }
}

fn may_be_soap(content_type: &ContentType) -> bool {
    let types = ["text/xml", "application/soap+xml", "application/xml"];
    types.contains(&content_type.media_type.as_str())
}
