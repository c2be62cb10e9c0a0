//! What a connection is made with.

use std::time::Duration;

use msnp_proto::Guid;

use crate::id::ContactId;
use crate::limits::Limits;
use crate::link::Link;
use crate::request::Profile;
use crate::sign_in::AuthTokens;

/// Everything that a connection needs to know at its beginning, whatever its dialect.
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) link: Link,
    pub(crate) tokens: &'a AuthTokens,
    /// What the service wants to see after a redirect.
    pub(crate) state: Option<String>,
    /// The account, if the configuration names it.
    pub(crate) account: Option<&'a ContactId>,
    /// What a person types to sign in, if anything.
    pub(crate) login: Option<&'a str>,
    pub(crate) profile: Profile,
    /// Names this endpoint of the account.
    pub(crate) endpoint: Guid,
    pub(crate) limits: Limits,
    /// The answer to a command may take this long,
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
