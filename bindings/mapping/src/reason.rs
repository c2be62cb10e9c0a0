//! Reasons and refusals: a text for people, a code for programs, and what else there is to know.

use msnp_client::{Reason, Refused, Step};
use serde_json::{Value, json};

/// The word of a step of signing in: the name of its variant.
pub(crate) fn step(step: Step) -> &'static str {
    match step {
        Step::Credentials => "Credentials",
        Step::Identity => "Identity",
        Step::Connecting => "Connecting",
        Step::Authenticating => "Authenticating",
        Step::Synchronizing => "Synchronizing",
        _ => OTHER,
    }
}

/// The word of what is newer than this mapping.
pub(crate) const OTHER: &str = "Other";

/// `{reason, code, detail}`: in words, the name of the variant, and what stands in it.
pub(crate) fn reason(reason: Reason) -> Value {
    let detail = match reason {
        Reason::Locked { seconds } => json!(seconds),
        Reason::Maintenance { minutes } => json!(minutes),
        Reason::SilentAt(at) => json!(step(at)),
        Reason::NoStreams { tls } => json!(if tls { "tls" } else { "tcp" }),
        Reason::Packed(coding) => json!(coding.to_string()),
        Reason::Service(number) => json!(number),
        Reason::Certificate(fault) => json!(fault.to_string()),
        _ => Value::Null,
    };
    json!({ "reason": reason.to_string(), "code": code(reason), "detail": detail })
}

/// The word for a reason that programs can rely on: the name of its variant.
const fn code(reason: Reason) -> &'static str {
    match reason {
        Reason::Requested => "Requested",
        Reason::WrongCredentials => "WrongCredentials",
        Reason::AuthenticationExpired => "AuthenticationExpired",
        Reason::NeedsBrowser => "NeedsBrowser",
        Reason::Elsewhere => "Elsewhere",
        Reason::ClosedByService => "ClosedByService",
        Reason::ServiceUnavailable => "ServiceUnavailable",
        Reason::RateLimited => "RateLimited",
        Reason::Locked { .. } => "Locked",
        Reason::Unreachable => "Unreachable",
        Reason::NoStreams { .. } => "NoStreams",
        Reason::ConnectionLost => "ConnectionLost",
        Reason::TimedOut => "TimedOut",
        Reason::SilentAt(_) => "SilentAt",
        Reason::DialectRefused => "DialectRefused",
        Reason::NoSuchAccount => "NoSuchAccount",
        Reason::Maintenance { .. } => "Maintenance",
        Reason::NotPossible => "NotPossible",
        Reason::ProtocolError => "ProtocolError",
        Reason::Packed(_) => "Packed",
        Reason::ProxyAuthentication => "ProxyAuthentication",
        Reason::RedirectRefused => "RedirectRefused",
        Reason::PlainHttp => "PlainHttp",
        Reason::Certificate(_) => "Certificate",
        Reason::AccountUnknown => "AccountUnknown",
        Reason::NotFound => "NotFound",
        Reason::NotOnline => "NotOnline",
        Reason::NotAllowed => "NotAllowed",
        Reason::ListFull => "ListFull",
        Reason::TooLarge => "TooLarge",
        Reason::Service(_) => "Service",
        // As many words as there are reasons: nothing to say why of.
        _ => OTHER,
    }
}

/// `{refused, code}`: in words, and the name of the variant.
pub(crate) fn refused(refused: Refused) -> Value {
    let code = match refused {
        Refused::SignedOut => "SignedOut",
        Refused::Full => "Full",
        Refused::TooLong => "TooLong",
        Refused::NotAGroup => "NotAGroup",
        Refused::Oneself => "Oneself",
        Refused::NotPossible => "NotPossible",
        _ => OTHER,
    };
    json!({ "refused": refused.to_string(), "code": code })
}
