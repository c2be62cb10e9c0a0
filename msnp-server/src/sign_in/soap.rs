//! The SOAP sign-in of MSNP13 and later: name and password in, a token for each service out (soap.md 5.2).

use bytes::Bytes;
use http::{Response, StatusCode};
use machine_contract::{Secret, UnixTime};
use soap_codec::call::{self, Call as _};
use soap_codec::sign_in::{
    RequestSecurityToken, RequestSecurityTokens, RequestSecurityTokens2, RequestStatus,
    TokenCollection,
};
use soap_codec::{Budget, Code, Element, Envelope, FaultReason, Limits, Received, Version, ns};

use super::checks::Unchecked;
pub(super) use super::token_answer::Form;
use super::token_answer::{compact, number_text, passports_own, refused, signed_in};
use super::tokens::{AT_ONCE, Purpose, Token};
use crate::entropy::Entropy;
use crate::identity::Who;
use crate::reply::{bare, xml};

/// What is asked for, and by whom.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) account: String,
    pub(super) password: Secret<String>,
    pub(super) wanted: Wanted,
}

/// What is to be answered.
#[derive(Debug)]
pub(super) struct Wanted {
    request: Received,
    services: Vec<Service>,
}

/// A service that a token is wanted for.
#[derive(Debug)]
struct Service {
    address: String,
    purpose: Purpose,
}

/// The longest request, in bytes: of 16 services, with addresses longer than any that was seen.
const REQUEST: usize = 16 * 1024;

/// The form at a path: in any case, since IIS did not look at the case of names, and below the folders that accounts of
/// some domains were sent to (`pp550`, msnp8-18.md 6.2).
pub(super) fn form_at(path: &str) -> Option<Form> {
    let mut parts = path.strip_prefix('/')?.rsplit('/');
    let file = parts.next()?;
    let folder = parts.next().unwrap_or_default();
    let known = folder.is_empty() || folder.get(..2) == Some("pp") && parts.next().is_none();
    match known {
        true if file.eq_ignore_ascii_case("RST.srf") => Some(Form::First),
        true if file.eq_ignore_ascii_case("RST2.srf") => Some(Form::Second),
        _ => None,
    }
}

/// Reads a request; `None` for what cannot be read, or names nobody.
pub(super) fn read(form: Form, body: &[u8]) -> Option<Asked> {
    let limits = Limits {
        bytes: REQUEST,
        ..Limits::REQUEST
    };
    let received = Received::receive(form.path(), None, body, &mut Budget::new(limits));
    let received = received.ok()?;
    let (headers, requests) = match &received {
        Received::SignIn(request) => (&request.headers, &request.body.requests),
        Received::SignIn2(request) => (&request.headers, &request.body.0.requests),
        _ => return None,
    };
    let (account, password) = headers.credentials()?;
    let services = requests.iter().filter_map(Service::of).take(AT_ONCE);
    Some(Asked {
        account: account.to_owned(),
        password: unpadded(password),
        wanted: Wanted {
            services: services.collect(),
            request: received,
        },
    })
}

/// The answer to what was not read.
pub(super) fn invalid(form: Form) -> Response<Bytes> {
    fault(form, &FaultReason::InvalidRequest, INVALID)
}

impl Wanted {
    /// What each token shall be good for, in the order asked.
    pub(super) fn purposes(&self) -> Vec<Purpose> {
        self.services.iter().map(|one| one.purpose).collect()
    }

    /// The tokens, in that order, given at `now`.
    pub(super) fn granted(
        &self,
        who: &Who,
        tokens: &[Token],
        entropy: &Entropy,
        now: UnixTime,
    ) -> Response<Bytes> {
        let granted = |form| {
            // Passport's own comes first, also if it was not asked for: libpurple skips the first (real-clients.md 1).
            let mut all = vec![passports_own(form, entropy, now)];
            for (at, (service, token)) in self.services.iter().zip(tokens).enumerate() {
                all.push(compact(form, (&service.address, at + 1), token, now));
            }
            TokenCollection {
                responses: all,
                ..TokenCollection::default()
            }
        };
        let (first, second) = (Form::First, Form::Second);
        let envelope = match &self.request {
            Received::SignIn(request) => {
                let response = request.respond(signed_in(first, who, now), granted(first));
                response.to_envelope()
            }
            Received::SignIn2(request) => {
                let response = request.respond(signed_in(second, who, now), granted(second));
                response.to_envelope()
            }
            // No other was read.
            _ => return bare(StatusCode::INTERNAL_SERVER_ERROR),
        };
        answer(&envelope)
    }

    /// No tokens: a fault in a body that says 200, as clients want it (soap.md 5.2).
    pub(super) fn refused(&self, why: Unchecked) -> Response<Bytes> {
        let form = match &self.request {
            Received::SignIn2(_) => Form::Second,
            _ => Form::First,
        };
        let mut reply = fault(form, &FaultReason::FailedAuthentication, why.text());
        why.write(reply.headers_mut());
        reply
    }
}

impl Form {
    fn path(self) -> &'static str {
        match self {
            Self::First => RequestSecurityTokens::OPERATION.path,
            Self::Second => RequestSecurityTokens2::OPERATION.path,
        }
    }

    const fn version(self) -> Version {
        match self {
            Self::First => Version::Soap11,
            Self::Second => Version::Soap12,
        }
    }
}

impl Service {
    /// `None` for Passport's own, which is always given.
    fn of(request: &RequestSecurityToken) -> Option<Self> {
        let address = request.address()?;
        if address.eq_ignore_ascii_case(RequestSecurityTokens::PASSPORT) {
            return None;
        }
        let policy = request.policy.as_ref().and_then(|it| it.uri.as_deref());
        Some(Self {
            address: address.to_owned(),
            purpose: purpose(address, policy.unwrap_or_default()),
        })
    }
}

/// What a token for a service is good for. Those of the lists go over plain HTTP, call after call: whoever hears one must not be able
/// to sign in by it.
fn purpose(address: &str, policy: &str) -> Purpose {
    let is = |host: &str| address.eq_ignore_ascii_case(host);
    // The clients of MSNP13 and 14 give the notification server's challenge as the policy, and no proof (msnp8-18.md 5.2).
    let proves = !policy.contains("ct=");
    if is("messengerclear.live.com") && proves || policy.starts_with("MBI_KEY") {
        Purpose::Proof
    } else if is("messengerclear.live.com")
        || is("messenger.msn.com")
        || is("chatservice.live.com")
        || is("ssl.live.com")
    {
        Purpose::Connection
    } else {
        Purpose::Service
    }
}

const INVALID: &str = "Invalid Request";

/// A refusal in the form that was asked in: the first has its fault without a body around it (soap.md 5.2).
fn fault(form: Form, reason: &FaultReason, text: &str) -> Response<Bytes> {
    let version = form.version();
    let mut fault = reason.to_fault(version, ns::NONE, text);
    let number = match (form, reason) {
        (_, FaultReason::InvalidRequest) => RequestStatus::InvalidRequest,
        (Form::First, _) => RequestStatus::WrongCredentialsOld,
        (Form::Second, _) => RequestStatus::WrongCredentials,
    };
    let headers = refused(number);
    match form {
        Form::First => {
            if *reason == FaultReason::InvalidRequest {
                // Seen with the code of a caller's fault, and none of Passport's (soap.md 5.2).
                fault.code = Code::Client;
            }
            fault.detail = None;
            let mut envelope = Envelope::with_bare_fault(version, &fault);
            call::add_headers::<RequestSecurityTokens>(&mut envelope, &headers);
            answer(&envelope)
        }
        Form::Second => {
            let named = |name: &'static str| Element::new(ns::PASSPORT_FAULT, name);
            let value = named("value").with_text(&number_text(number));
            let fault = fault.with_detail([named("error").with_child(value)]);
            let mut envelope = Envelope::with_fault(version, &fault);
            call::add_headers::<RequestSecurityTokens2>(&mut envelope, &headers);
            answer(&envelope)
        }
    }
}

fn answer(envelope: &Envelope) -> Response<Bytes> {
    match envelope.to_xml() {
        Ok(text) => xml(StatusCode::OK, text),
        // Nothing in it comes from outside but the account, which is an address.
        Err(_) => bare(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// A password without the lines of a printed request (soap.md 5.7), which are at both its ends.
fn unpadded(password: &Secret<String>) -> Secret<String> {
    let text = password.expose();
    let space = |c: char| c.is_ascii_whitespace();
    if text.starts_with(space) && text.ends_with(space) {
        return Secret::new(text.trim_matches(space).to_owned());
    }
    password.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESSES: [(&str, &str); 6] = [
        ("messengerclear.live.com", "MBI_KEY_OLD"),
        ("messenger.msn.com", "?id=507"),
        ("contacts.msn.com", "MBI"),
        ("messengersecure.live.com", "MBI_SSL"),
        ("storage.live.com", "MBI"),
        ("chatservice.live.com", "MBI_SSL"),
    ];

    #[test]
    fn a_token_that_goes_in_the_clear_signs_in_to_no_connection() {
        use Purpose::{Connection, Proof, Service};
        let all = ADDRESSES.map(|(address, policy)| purpose(address, policy));
        assert_eq!(
            all,
            [Proof, Connection, Service, Service, Service, Connection]
        );
        // MSNP13 and 14: no proof is given.
        let challenge = "?ct=1795290729&rver=5.5.4177.0&wp=FS_40SEC_0_COMPACT";
        assert_eq!(purpose("MessengerClear.live.com", challenge), Connection);
        assert_eq!(purpose("messengerclear.live.com", ""), Proof);
    }

    #[test]
    fn paths_are_known_in_any_case_and_below_the_folders_of_the_time() {
        for (path, form) in [
            ("/RST.srf", Some(Form::First)),
            ("/rst2.SRF", Some(Form::Second)),
            ("/pp550/RST.srf", Some(Form::First)),
            ("/pp800/RST2.srf", Some(Form::Second)),
            ("/x/RST.srf", None),
            ("/a/pp550/RST.srf", None),
            ("/RST3.srf", None),
            ("RST.srf", None),
        ] {
            assert_eq!(form_at(path), form, "{path}");
        }
    }

    #[test]
    fn what_names_nobody_is_refused_at_once() {
        for (form, expected) in [
            (Form::First, "<faultcode>S:Client</faultcode>"),
            (Form::Second, "wst:InvalidRequest"),
        ] {
            for body in ["", "<", "<a/>", "\u{0}", "<!DOCTYPE a><a/>"] {
                assert!(read(form, body.as_bytes()).is_none());
                let reply = invalid(form);
                assert_eq!(reply.status(), 200, "told by the body alone");
                let text = std::str::from_utf8(reply.body()).unwrap();
                assert!(text.contains(expected), "{body:?}: {text}");
                assert!(text.contains("0x80048820"), "{text}");
            }
        }
    }

    #[test]
    fn a_printed_password_is_read_without_its_lines() {
        let password = |text: &str| unpadded(&Secret::new(text.to_owned())).expose().clone();
        assert_eq!(password("\n    123456\n  "), "123456");
        assert_eq!(password(" 123456"), " 123456", "it may begin so");
        assert_eq!(password(""), "");
    }
}
