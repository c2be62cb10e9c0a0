//! The words that both ends of the gateway exchange around a body, each of them parsed and printed
//! here: the query of a request, the `X-MSN-…` headers of a reply, session ids, hosts.

mod action;
mod coding;
mod headers;
mod host;
mod percent;
mod reply;
mod session_id;

pub use action::{Action, ActionError, Open, Protocol, Server};
pub use coding::Coding;
pub use headers::{
    CONTENT_TYPE, PATH, USE_COOKIE, USE_SSL_AUTH_TOKEN, X_MSN_AUTH, X_MSN_GW_CAPABILITIES,
    X_MSN_HOST, X_MSN_MESSENGER, X_MSN_SESSION_TIMEOUT, X_MSN_SKYPE_ID, X_MSN_SSL_AUTH_TOKEN,
    X_MSNSERVER, X_REQUESTED_SESSION_CONTENT_TYPE,
};
pub use host::{Host, HostError};
pub use reply::{Reply, ReplyError};
pub(crate) use reply::{Standing, Varying};
pub use session_id::{SessionId, SessionIdError};
