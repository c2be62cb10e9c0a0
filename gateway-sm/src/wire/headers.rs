//! Names: the gateway's path, media type and header fields, and the values that never change.

use http::HeaderName;

/// The path of the gateway in every source (gateway.md 2).
pub const PATH: &str = "/gateway/gateway.dll";

/// The media type of requests, and of replies unless the client wished another (gateway.md 4.2).
pub const CONTENT_TYPE: &str = "application/x-msn-messenger";

/// How a request proves who sends it: [`USE_COOKIE`] or [`USE_SSL_AUTH_TOKEN`] (gateway.md 3).
pub const X_MSN_AUTH: HeaderName = HeaderName::from_static("x-msn-auth");

/// The value of [`X_MSN_AUTH`] of the web client, on every request: see the `Cookie` header.
pub const USE_COOKIE: &str = "Use-Cookie";

/// The value of [`X_MSN_AUTH`] of Windows 8 Messaging: see [`X_MSN_SSL_AUTH_TOKEN`].
pub const USE_SSL_AUTH_TOKEN: &str = "Use-X-MSN-SslAuthToken";

/// The ticket of Windows 8 Messaging, `t=<base64>&p=` (gateway.md 3).
pub const X_MSN_SSL_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-msn-sslauthtoken");

/// The media type that a client wishes for the replies; `text/html` from the web client.
pub const X_REQUESTED_SESSION_CONTENT_TYPE: HeaderName =
    HeaderName::from_static("x-requested-session-content-type");

/// Attributes of the session, on every reply: see [`Reply`](super::Reply).
pub const X_MSN_MESSENGER: HeaderName = HeaderName::from_static("x-msn-messenger");

/// The host for all later requests of the session.
pub const X_MSN_HOST: HeaderName = HeaderName::from_static("x-msn-host");

/// The bare name of the machine that answered.
pub const X_MSNSERVER: HeaderName = HeaderName::from_static("x-msnserver");

/// After how many idle seconds the gateway forgets the session.
pub const X_MSN_SESSION_TIMEOUT: HeaderName = HeaderName::from_static("x-msn-sessiontimeout");

/// The Skype name of the account, such as `live:maxint32`.
pub const X_MSN_SKYPE_ID: HeaderName = HeaderName::from_static("x-msn-skypeid");

/// `*` in a request asks what the gateway can do; `LP` in the reply means that it holds polls
/// (gateway.md 4.2).
pub const X_MSN_GW_CAPABILITIES: HeaderName = HeaderName::from_static("x-msn-gwcapabilities");
