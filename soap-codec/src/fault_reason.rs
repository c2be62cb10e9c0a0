//! What a fault of the sign-in, the lists and the offline messages means: one table, both ways (soap.md 5.2, 5.6).

use crate::element::{Element, Node};
use crate::fault::{Code, Fault};
use crate::grammar::SPACE;
use crate::ns;
use crate::version::Version;

/// What a fault means. Codes are compared by their local names: prefixes vary, and one peer does not declare its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a caller decides on each; others are `Other`"
)]
pub enum FaultReason {
    /// Sign-in: wrong password, or no such account.
    FailedAuthentication,
    /// Sign-in: the request was malformed.
    InvalidRequest,
    /// Sign-in: ask there instead; once or twice, and then stop.
    Redirect(String),
    /// Lists: the ticket has expired.
    BadContextToken,
    /// Offline messages: not with this ticket or lock key. Which of the two, says what is there.
    AuthenticationFailed {
        /// Compute the lock key of this, and send again.
        lock_key_challenge: Option<String>,
        /// Get a new ticket, by this policy.
        tweener_challenge: Option<String>,
    },
    /// Offline messages: no such recipient, or one that blocks the sender.
    SystemUnavailable,
    /// Offline messages: too many at once.
    SenderThrottleLimitExceeded,
    /// Offline messages: the content is malformed.
    InvalidContent,
    /// Lists: the word of `errorcode`, such as `ABDoesNotExist`, `ContactAlreadyExists`, `MemberAlreadyExists`, `FullSyncRequired`,
    /// `Forbidden`.
    List(String),
    /// Anything else: see the fault.
    Other,
}

impl FaultReason {
    /// What a fault means.
    pub fn of(fault: &Fault) -> Self {
        let detail = |name| {
            let entry = fault.detail_entry(name)?;
            Some(entry.text().trim_matches(SPACE).to_owned())
        };
        if let Some(word) = detail("errorcode") {
            return Self::List(word);
        }
        // SOAP 1.2 knows few codes, so the one that says something is the subcode.
        let code = fault.subcode.as_ref().unwrap_or(&fault.code);
        match code.local(Version::Soap11) {
            "FailedAuthentication" => Self::FailedAuthentication,
            "InvalidRequest" => Self::InvalidRequest,
            "Redirect" => Self::Redirect(detail("redirectUrl").unwrap_or_default()),
            "BadContextToken" => Self::BadContextToken,
            "AuthenticationFailed" => Self::AuthenticationFailed {
                lock_key_challenge: detail("LockKeyChallenge"),
                tweener_challenge: detail("TweenerChallenge")
                    .or_else(|| detail("RequiredAuthPolicy")),
            },
            "SystemUnavailable" => Self::SystemUnavailable,
            "SenderThrottleLimitExceeded" => Self::SenderThrottleLimitExceeded,
            "InvalidContent" => Self::InvalidContent,
            _ => Self::Other,
        }
    }

    /// The fault that says it, in the namespaces of a call: `RST.srf` has those of 2003, `RST2.srf` those of 2005, and offline
    /// messages the one they were sent in. A fault of `RST.srf` belongs directly under the envelope
    /// ([`Envelope::with_bare_fault`](crate::Envelope::with_bare_fault)).
    pub fn to_fault(&self, version: Version, namespace: &'static str, reason: &str) -> Fault {
        let coded = |space: &'static str, local: &'static str| {
            let code = Code::Other {
                namespace: Some(space.into()),
                local: local.into(),
            };
            match version {
                Version::Soap11 => Fault::new(code, reason),
                // 1.2 allows few codes of its own, so what says something is the subcode.
                Version::Soap12 => Fault {
                    subcode: Some(code),
                    ..Fault::new(Code::Client, reason)
                },
            }
        };
        let security = match version {
            Version::Soap11 => ns::SECURITY_2003,
            Version::Soap12 => ns::TRUST_2005,
        };
        let entry = |space: &'static str, local: &'static str, text: &str| {
            Node::Element(Element::new(space, local).with_text(text))
        };
        let mut detail = Vec::new();
        let fault = match self {
            Self::FailedAuthentication => coded(security, "FailedAuthentication"),
            Self::InvalidRequest => coded(security, "InvalidRequest"),
            Self::Redirect(url) => {
                detail.push(entry(ns::PASSPORT_FAULT, "redirectUrl", url));
                coded(ns::PASSPORT_FAULT, "Redirect")
            }
            Self::BadContextToken => coded(security, "BadContextToken"),
            Self::AuthenticationFailed {
                lock_key_challenge,
                tweener_challenge,
            } => {
                let policy = tweener_challenge.iter();
                detail.extend(policy.map(|text| entry(namespace, "TweenerChallenge", text)));
                let lock = lock_key_challenge.iter();
                detail.extend(lock.map(|text| entry(namespace, "LockKeyChallenge", text)));
                coded(namespace, "AuthenticationFailed")
            }
            Self::SystemUnavailable => coded(namespace, "SystemUnavailable"),
            Self::SenderThrottleLimitExceeded => coded(namespace, "SenderThrottleLimitExceeded"),
            Self::InvalidContent => coded(namespace, "InvalidContent"),
            Self::List(word) => {
                detail.push(entry(ns::ADDRESS_BOOK, "errorcode", word));
                detail.push(entry(ns::ADDRESS_BOOK, "errorstring", reason));
                Fault::new(Code::Client, reason)
            }
            Self::Other => Fault::new(Code::Server, reason),
        };
        Fault {
            detail: Some(detail),
            ..fault
        }
    }
}
