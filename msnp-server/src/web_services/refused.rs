//! Why a call is not carried out, and the fault that says so: each service has its own (soap.md 5.6).

use bytes::Bytes;
use http::{Response, StatusCode};
use msnp_proto::auth::challenge;
use soap_codec::{
    Code, Envelope, Fault, FaultReason, Received, SharedStr, Unreceived, Version, ns,
};

use super::call::Site;
use crate::network::Refusal;
use crate::reply::{bare, xml};

/// Why a call is not carried out.
#[derive(Debug)]
pub(super) enum Refused {
    /// The lists say why, in a word for programs.
    List {
        word: &'static str,
        text: String,
        /// Faults of some kinds come with the status of a success.
        status: StatusCode,
    },
    /// No ticket in force comes with it.
    Ticket,
    /// The service of messages says why, in the namespace that it was asked in.
    Mail(FaultReason, &'static str),
    /// It is no call, or names what there is not.
    Schema,
    /// It is not known what it asks for.
    Unknown(SharedStr),
    /// It cannot be carried out now.
    Unavailable,
}

/// What the sender of a message is to hash (msnp8-18.md 10). It proves which program sends, and no person, so one does for
/// everybody, and who has hashed it once need not be told again.
const LOCK_KEY_CHALLENGE: &str = "1731250459";

/// The policy for a ticket that would do.
const POLICY: &str = "MBI_SSL";

impl Refused {
    /// The lists refuse it with that word.
    pub(super) fn list(word: &'static str, text: &str) -> Self {
        let status = match word {
            // As seen (soap.md 5.6): these are for the program, and not about what it has sent.
            "FullSyncRequired" | "Forbidden" => StatusCode::OK,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let text = text.to_owned();
        Self::List { word, text, status }
    }

    /// There is no such account.
    pub(super) fn invalid_user(account: &str) -> Self {
        let text = format!("The Passport user specified is invalid SignInName: {account}");
        Self::list("InvalidPassportUser", &text)
    }

    /// A call that this service does not know.
    pub(super) fn unknown(name: &str) -> Self {
        Self::Unknown(SharedStr::from(name.to_owned()))
    }

    /// No ticket in force came with this call.
    pub(super) fn ticket(call: &Received) -> Self {
        match call {
            Received::Store(request) => Self::unproved(request.namespace),
            Received::Store2(request) => Self::unproved(request.namespace),
            _ => Self::Ticket,
        }
    }

    /// The sender of a message has to prove something: by a ticket, and by a lock key.
    pub(super) fn unproved(namespace: &'static str) -> Self {
        let reason = FaultReason::AuthenticationFailed {
            lock_key_challenge: Some(LOCK_KEY_CHALLENGE.to_owned()),
            tweener_challenge: Some(POLICY.to_owned()),
        };
        Self::Mail(reason, namespace)
    }

    /// The answer to the request.
    pub(super) fn reply(self, site: Site) -> Response<Bytes> {
        let fault = |fault: &Fault| Envelope::with_fault(Version::Soap11, fault);
        let failed = StatusCode::INTERNAL_SERVER_ERROR;
        let (status, envelope) = match self {
            Self::List { word, text, status } => {
                let reason = FaultReason::List(word.to_owned());
                (
                    status,
                    fault(&reason.to_fault(Version::Soap11, ns::NONE, &text)),
                )
            }
            Self::Ticket if site == Site::Fetch => (failed, fault(&schema())),
            Self::Ticket => {
                // With the prefix `q0`, which clients compare (soap.md 5.6).
                let code = Code::Other {
                    namespace: Some(ns::ADDRESS_BOOK.into()),
                    local: "BadContextToken".into(),
                };
                let text = "The ticket is not in force any more.";
                (failed, fault(&Fault::new(code, text)))
            }
            Self::Mail(reason, namespace) => {
                let text = "The message was not taken.";
                (
                    failed,
                    fault(&reason.to_fault(Version::Soap11, namespace, text)),
                )
            }
            Self::Unknown(name) if matches!(site, Site::Members | Site::Book) => {
                let reason = FaultReason::List("Forbidden".to_owned());
                let text = format!("API {} no longer supported", &*name);
                (
                    StatusCode::OK,
                    fault(&reason.to_fault(Version::Soap11, ns::NONE, &text)),
                )
            }
            Self::Schema | Self::Unknown(_) => (failed, fault(&schema())),
            Self::Unavailable => return bare(StatusCode::SERVICE_UNAVAILABLE),
        };
        match envelope.to_xml() {
            Ok(text) => xml(status, text),
            Err(_) => bare(failed),
        }
    }
}

/// Whether somebody knows the key of the program that they say to use. Programs that are not known here are believed if
/// they say anything.
pub(super) fn is_lock_key(product: &str, answer: &str) -> bool {
    match challenge::product(product) {
        Some(product) => {
            msnp_proto::auth::lock_key(LOCK_KEY_CHALLENGE, product).matches(answer.as_bytes())
        }
        None => !answer.is_empty(),
    }
}

fn schema() -> Fault {
    Fault::new(Code::Client, "Schema validation error")
}

impl From<Unreceived> for Refused {
    fn from(unreceived: Unreceived) -> Self {
        match unreceived {
            Unreceived::Unknown(name) => Self::Unknown(name),
            Unreceived::Envelope(_) | Unreceived::Empty | Unreceived::Call(_) => Self::Schema,
        }
    }
}

/// What the network refuses of what the lists ask it.
impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchUser => Self::list("InvalidPassportUser", "There is no such account."),
            Refusal::NotOnList => Self::list("ContactDoesNotExist", "Contact does not exist"),
            Refusal::GroupExists => Self::list("GroupAlreadyExists", "Group Already Exists "),
            Refusal::TooLong | Refusal::Invalid => {
                Self::list("BadArgumentLength", "An argument is too long or empty")
            }
            Refusal::ListFull => Self::list("QuotaLimitReached", "There is no room for more"),
            _ => Self::Unavailable,
        }
    }
}
