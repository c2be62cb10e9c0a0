//! What a connection is made with.

use std::time::Duration;

use gateway_sm::HostPolicy;
use msnp_proto::{Dialect, Guid, Secret};

use crate::fact::Errand;
use crate::id::ContactId;
use crate::limits::Limits;
use crate::link::Link;
use crate::network::WebAddresses;
use crate::request::Profile;
use crate::sign_in::AuthTokens;

/// Everything that a connection needs to know at its beginning, whatever its dialect.
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) link: Link,
    pub(crate) tokens: &'a AuthTokens,
    /// What it is made for.
    pub(crate) errand: Errand,
    /// What the service wants to see after a redirect.
    pub(crate) state: Option<Secret<String>>,
    /// Which of the dialects of its kind is spoken.
    pub(crate) dialect: Dialect,
    /// Name, password and web services, for dialects that sign in on the connection.
    pub(crate) passport: Option<Passport<'a>>,
    /// True randomness, for this connection alone.
    pub(crate) entropy: [u8; 32],
    /// Hosts to which passwords may go.
    pub(crate) hosts: &'a HostPolicy,
    /// The account, if the configuration names it.
    pub(crate) account: Option<&'a ContactId>,
    /// What a person types to sign in, if anything.
    pub(crate) login: Option<&'a str>,
    pub(crate) profile: Profile,
    /// Names this endpoint of the account.
    pub(crate) endpoint: Guid,
    pub(crate) limits: Limits,
    /// One HTTP request may take this long,
    pub(crate) request: Duration,
    /// the answer to a command this,
    pub(crate) command: Duration,
    /// the answer to a good-bye this,
    pub(crate) farewell: Duration,
    /// and the first keep-alive is due after this.
    pub(crate) keep_alive: Duration,
    /// Whether to tell every frame.
    pub(crate) tell_frames: bool,
    /// Whether messages with a text wait for the application to acknowledge them.
    pub(crate) hold_messages: bool,
}

/// Who signs in, and at which web services.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Passport<'a> {
    pub(crate) login: &'a str,
    pub(crate) password: &'a Secret<String>,
    pub(crate) web: &'a WebAddresses,
}
