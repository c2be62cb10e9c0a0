//! The requests of the service. Members are written in the order and case of soap.md 2.2, which is
//! not the same in all of them, and read in any order.

use std::fmt;

use crate::bsim::decode::Leniency;
use crate::bsim::encode::push_member;
use crate::bsim::session::Session;
use crate::element::Element;
use crate::envelope::Envelope;
use crate::fields;
use crate::ns;
use crate::version::Version;
use machine_contract::Secret;

/// The name of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a service decides on every operation"
)]
pub enum OperationName {
    /// Sign in to the service.
    Login,
    /// Sign in an IM account.
    LoginIM,
    /// Keep the session alive and fetch what happened.
    KeepSessionAlive,
    /// Change the status of an IM account.
    ChangeStatus,
    /// Send a message from an IM account.
    SendMessage,
    /// Ask for the service's version.
    GetVersion,
}

impl OperationName {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Login,
        Self::LoginIM,
        Self::KeepSessionAlive,
        Self::ChangeStatus,
        Self::SendMessage,
        Self::GetVersion,
    ];

    /// The name, which is that of the request's element.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "Login",
            Self::LoginIM => "LoginIM",
            Self::KeepSessionAlive => "KeepSessionAlive",
            Self::ChangeStatus => "ChangeStatus",
            Self::SendMessage => "SendMessage",
            Self::GetVersion => "GetVersion",
        }
    }

    /// The name of the response's element.
    pub const fn response(self) -> &'static str {
        match self {
            Self::Login => "LoginResponse",
            Self::LoginIM => "LoginIMResponse",
            Self::KeepSessionAlive => "KeepSessionAliveResponse",
            Self::ChangeStatus => "ChangeStatusResponse",
            Self::SendMessage => "SendMessageResponse",
            Self::GetVersion => "GetVersionResponse",
        }
    }

    /// The action, without quotes: SOAP 1.2's `action` parameter.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Login => "http://www.imcomponents.com/Login",
            Self::LoginIM => "http://www.imcomponents.com/LoginIM",
            Self::KeepSessionAlive => "http://www.imcomponents.com/KeepSessionAlive",
            Self::ChangeStatus => "http://www.imcomponents.com/ChangeStatus",
            Self::SendMessage => "http://www.imcomponents.com/SendMessage",
            Self::GetVersion => "http://www.imcomponents.com/GetVersion",
        }
    }

    /// The value of the header `SOAPAction`, in quotes as .NET callers send it.
    pub fn soap_action(self) -> String {
        format!("\"{}\"", self.action())
    }

    /// The operation of this action, compared exactly as ASP.NET does.
    pub fn of_action(action: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.action() == action)
    }
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request.
///
/// Every member may be missing (`None`), which .NET takes for null, or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a service decides on every operation"
)]
pub enum Operation {
    /// Sign in to the service.
    Login(Login),
    /// Sign in an IM account. The answer comes at once; how it went comes as events.
    LoginIM(LoginIM),
    /// Keep the session alive and fetch what happened.
    KeepSessionAlive(KeepSessionAlive),
    /// Change the status of an IM account.
    ChangeStatus(ChangeStatus),
    /// Send a message from an IM account.
    SendMessage(SendMessage),
    /// Ask for the service's version.
    GetVersion,
}

/// What `Login` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// The service account.
    pub user_id: Option<String>,
    /// Its password.
    pub password: Option<Secret<String>>,
}

/// What `LoginIM` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginIM {
    /// What `Login` gave.
    pub session: Option<Session>,
    /// Which network; only `msn` was ever seen.
    pub im_type: Option<String>,
    /// The IM account, an e-mail address.
    pub account: Option<String>,
    /// Its password.
    pub password: Option<Secret<String>>,
}

/// What `KeepSessionAlive` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeepSessionAlive {
    /// What `Login` gave.
    pub session: Option<Session>,
}

/// What `ChangeStatus` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeStatus {
    /// What `Login` gave.
    pub session: Option<Session>,
    /// Which network.
    pub im_type: Option<String>,
    /// The IM account whose status it is.
    pub im_account: Option<String>,
    /// MSN's code: `NLN`, `HDN`, …
    pub status: Option<String>,
}

/// What `SendMessage` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendMessage {
    /// What `Login` gave.
    pub session: Option<Session>,
    /// Which network.
    pub im_type: Option<String>,
    /// The IM account that sends it.
    pub account: Option<String>,
    /// Whom it goes to.
    pub to_account: Option<String>,
    /// The text, as people read it. On the wire it is URL-encoded in the callers' dialect; what is
    /// not encoded at all is read too.
    pub message: Option<String>,
}

impl Operation {
    /// Its name.
    pub const fn name(&self) -> OperationName {
        match self {
            Self::Login(_) => OperationName::Login,
            Self::LoginIM(_) => OperationName::LoginIM,
            Self::KeepSessionAlive(_) => OperationName::KeepSessionAlive,
            Self::ChangeStatus(_) => OperationName::ChangeStatus,
            Self::SendMessage(_) => OperationName::SendMessage,
            Self::GetVersion => OperationName::GetVersion,
        }
    }

    /// The session it is made in; `Login` and `GetVersion` have none.
    pub const fn session(&self) -> Option<&Session> {
        match self {
            Self::Login(_) | Self::GetVersion => None,
            Self::LoginIM(request) => request.session.as_ref(),
            Self::KeepSessionAlive(request) => request.session.as_ref(),
            Self::ChangeStatus(request) => request.session.as_ref(),
            Self::SendMessage(request) => request.session.as_ref(),
        }
    }

    /// Reads the body of a request for `name`, found by [`route`](crate::bsim::route).
    ///
    /// As with ASP.NET nothing is an error: the body's element is not compared with the name, of
    /// repeated members the first counts, unknown ones are skipped, and what is in another namespace
    /// or case is not there (soap.md 2.9).
    pub fn decode(name: OperationName, envelope: &Envelope, leniency: Leniency) -> Self {
        // An empty body is a request of which every member is missing.
        let nothing = Element::new(ns::BSIM, name.as_str());
        let body = envelope.payload().unwrap_or(&nothing);
        let id = |local| leniency.trimmed(body, local);
        let password = || leniency.kept(body, "password").map(Secret::from);
        let session = || {
            let member = leniency.member(body, "session").filter(|it| !it.is_nil())?;
            Some(Session::read(member, leniency))
        };
        match name {
            OperationName::Login => Self::Login(Login {
                user_id: id("userId"),
                password: password(),
            }),
            OperationName::LoginIM => Self::LoginIM(LoginIM {
                session: session(),
                im_type: id("imType"),
                account: id("account"),
                password: password(),
            }),
            OperationName::KeepSessionAlive => {
                Self::KeepSessionAlive(KeepSessionAlive { session: session() })
            }
            OperationName::ChangeStatus => Self::ChangeStatus(ChangeStatus {
                session: session(),
                im_type: id("IMType"),
                im_account: id("IMAccount"),
                status: id("Status"),
            }),
            OperationName::SendMessage => Self::SendMessage(SendMessage {
                session: session(),
                im_type: id("imType"),
                account: id("account"),
                to_account: id("toAccount"),
                message: leniency
                    .kept(body, "message")
                    .map(|field| fields::decode(&field).into_owned()),
            }),
            OperationName::GetVersion => Self::GetVersion,
        }
    }

    /// The envelope that asks for it.
    pub fn to_envelope(&self, version: Version) -> Envelope {
        let mut element = Element::new(ns::BSIM, self.name().as_str());
        if let Some(session) = self.session() {
            element.push(session.to_element("session"));
        }
        let secret =
            |secret: &Option<Secret<String>>| secret.as_ref().map(|it| it.expose().to_owned());
        let mut put = |local, text: Option<&str>| push_member(&mut element, local, text);
        match self {
            Self::Login(request) => {
                put("userId", request.user_id.as_deref());
                put("password", secret(&request.password).as_deref());
            }
            Self::LoginIM(request) => {
                put("imType", request.im_type.as_deref());
                put("account", request.account.as_deref());
                put("password", secret(&request.password).as_deref());
            }
            Self::ChangeStatus(request) => {
                put("IMType", request.im_type.as_deref());
                put("IMAccount", request.im_account.as_deref());
                put("Status", request.status.as_deref());
            }
            Self::SendMessage(request) => {
                put("imType", request.im_type.as_deref());
                put("account", request.account.as_deref());
                put("toAccount", request.to_account.as_deref());
                let field = request.message.as_deref().map(fields::encode_caller);
                put("message", field.as_deref());
            }
            Self::KeepSessionAlive(_) | Self::GetVersion => {}
        }
        Envelope::new(version, element)
    }
}
