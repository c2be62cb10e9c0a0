//! Calls of the web services, and what their answers mean.

use bytes::Bytes;
use gateway_sm::Coding;
use http::{Request, Uri, header};
use machine_contract::Failure;
use soap_codec::call::{self, Call};
use soap_codec::{Budget, ContentType, Envelope, FaultReason, Limits, Secret, Version};

use super::web::Answer;
use crate::coding;
use crate::event::{Reason, Step};
use crate::retry_after;

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The service says why.
    Fault(FaultReason),
    /// It takes no password at all for so many seconds.
    Locked(u32),
    /// It says it by the status alone.
    Status(u16),
    /// It is packed, which was not asked for.
    Packed(Coding),
    /// It says something that is not understood.
    Unreadable,
    /// It says nothing.
    Failed(Failure),
}

/// The request of a call, with the ticket in a cookie too, as some services look for it there alone. `None`: what
/// is asked for cannot be written.
pub(super) fn request<C: Call>(
    uri: &Uri,
    call: &call::Request<C>,
    ticket: Option<&Secret<String>>,
) -> Option<Request<Bytes>> {
    let operation = C::OPERATION;
    let action = operation.has_action.then(|| call.soap_action());
    post(uri, operation.version, action, &call.to_envelope(), ticket)
}

/// The same whatever the call is: this is compiled once, and not for each of them.
fn post(
    uri: &Uri,
    version: Version,
    action: Option<String>,
    envelope: &Envelope,
    ticket: Option<&Secret<String>>,
) -> Option<Request<Bytes>> {
    let body = envelope.to_xml().ok()?;
    let mut request = Request::post(uri).header(header::CONTENT_TYPE, version.content_type());
    if let Some(action) = action {
        request = request.header("SOAPAction", action);
    }
    if let Some(ticket) = ticket {
        let cookie = format!(
            "MSPAuth={}",
            soap_codec::sign_in::ticket_halves(ticket.expose()).0
        );
        let mut cookie = header::HeaderValue::try_from(cookie).ok()?;
        cookie.set_sensitive(true);
        request = request.header(header::COOKIE, cookie);
    }
    request.body(body.into()).ok()
}

/// What the answer to a call holds, whatever its status: faults come with 200 too (soap.md 5.6).
pub(super) fn read<C: Call>(answer: Answer) -> Result<C::Reply, Trouble> {
    let envelope = envelope(answer)?;
    call::reply::<C>(&envelope).map_err(|_| Trouble::Unreadable)
}

/// An answer that is no fault.
fn envelope(answer: Answer) -> Result<Envelope, Trouble> {
    let response = &answer.map_err(Trouble::Failed)?;
    if let Some(coding) = coding::of(response) {
        return Err(Trouble::Packed(coding));
    }
    let media = response.headers().get(header::CONTENT_TYPE);
    let media = media.and_then(|value| value.to_str().ok());
    let media = media.map(ContentType::parse).unwrap_or_default();
    let mut budget = Budget::new(Limits::RESPONSE);
    let envelope = Envelope::receive(&media, response.body(), &mut budget);
    let Ok(envelope) = envelope else {
        return Err(if response.status().is_success() {
            Trouble::Unreadable
        } else {
            Trouble::Status(response.status().as_u16())
        });
    };
    let Some(fault) = envelope.fault() else {
        return Ok(envelope);
    };
    Err(match (FaultReason::of(&fault), retry_after::of(response)) {
        // Programs of then are told that the password is wrong; how long that goes on stands beside it.
        (FaultReason::FailedAuthentication, Some(seconds)) => Trouble::Locked(seconds),
        (reason, _) => Trouble::Fault(reason),
    })
}

impl Trouble {
    /// What it means to the application, in this step.
    pub(super) fn reason(&self, step: Step) -> Reason {
        match self {
            Self::Locked(seconds) => Reason::Locked { seconds: *seconds },
            Self::Fault(FaultReason::FailedAuthentication) => Reason::WrongCredentials,
            Self::Fault(FaultReason::BadContextToken) => Reason::AuthenticationExpired,
            Self::Fault(FaultReason::AuthenticationFailed { .. }) | Self::Status(401) => {
                Reason::WrongCredentials
            }
            Self::Fault(FaultReason::SystemUnavailable) => Reason::NotFound,
            Self::Fault(FaultReason::SenderThrottleLimitExceeded) | Self::Status(429) => {
                Reason::RateLimited
            }
            Self::Fault(FaultReason::Redirect(_)) => Reason::RedirectRefused,
            Self::Fault(FaultReason::List(_)) | Self::Status(403) => Reason::NotAllowed,
            Self::Fault(FaultReason::InvalidRequest | FaultReason::InvalidContent) => {
                Reason::ProtocolError
            }
            Self::Fault(FaultReason::Other) | Self::Status(500..=599) => Reason::ServiceUnavailable,
            Self::Packed(coding) => Reason::Packed(*coding),
            Self::Status(407) => Reason::ProxyAuthentication,
            Self::Status(_) | Self::Unreadable => Reason::ProtocolError,
            Self::Failed(Failure::NotSent) => Reason::Unreachable,
            Self::Failed(Failure::Untrusted(fault)) => Reason::Certificate(*fault),
            Self::Failed(Failure::Unknown) => Reason::SilentAt(step),
        }
    }

    /// Whether the word of a list's fault is one of these.
    pub(super) fn is_one_of(&self, words: &[&str]) -> bool {
        matches!(self, Self::Fault(FaultReason::List(word)) if words.contains(&word.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use http::Response;
    use soap_codec::membership::FindMembership;
    use soap_codec::{Code, Fault};

    use super::*;

    fn answer(status: u16, body: &str) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(body.to_owned()));
        *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        response
    }

    #[test]
    fn a_packed_answer_and_a_proxy_that_wants_credentials_are_named() {
        let mut packed = answer(200, "\u{1f}\u{8b}");
        let gzip = http::HeaderValue::from_static("gzip");
        packed.headers_mut().insert("content-encoding", gzip);
        let trouble = read::<FindMembership>(Ok(packed)).expect_err("it is packed");
        assert_eq!(trouble.reason(Step::Identity), Reason::Packed(Coding::Gzip));
        let trouble = read::<FindMembership>(Ok(answer(407, "<html>"))).expect_err("no answer");
        assert_eq!(trouble.reason(Step::Identity), Reason::ProxyAuthentication);
    }

    #[test]
    fn a_fault_is_one_whatever_its_status() {
        let fault = FaultReason::List("FullSyncRequired".to_owned());
        let fault = fault.to_fault(Version::Soap11, "", "all of it");
        let body = Envelope::with_fault(Version::Soap11, &fault).to_xml();
        let body = body.expect("it can be written");
        for status in [200, 500] {
            let read = read::<FindMembership>(Ok(answer(status, &body)));
            let trouble = read.expect_err("refused");
            assert!(trouble.is_one_of(&["FullSyncRequired"]), "{trouble:?}");
        }
    }

    #[test]
    fn what_is_no_soap_is_told_by_its_status() {
        let read = |status, body| read::<FindMembership>(Ok(answer(status, body))).err();
        assert_eq!(read(200, "hello"), Some(Trouble::Unreadable));
        assert_eq!(read(403, ""), Some(Trouble::Status(403)));
        let other = Envelope::with_fault(Version::Soap11, &Fault::new(Code::Server, "no"));
        let other = other.to_xml().expect("it can be written");
        let trouble = read(500, &other).expect("a fault");
        assert_eq!(
            trouble.reason(Step::Synchronizing),
            Reason::ServiceUnavailable
        );
    }
}
