//! What a session tells the application.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::wire::{Coding, Host, ReplyError};
use machine_contract::Failure;

/// What a [`Session`](crate::Session) tells the application.
///
/// `Debug` prints the number of received bytes, not the bytes: they hold tickets and messages.
#[derive(Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the application has to decide on each"
)]
pub enum Event {
    /// The gateway has made the session. Once, before all others but `Unsent` and `Closed`.
    Opened(Opened),
    /// Bytes of the MSNP stream, in the order in which they arrived. A frame may begin in one of
    /// these and end in another.
    Received(Bytes),
    /// The gateway has answered the request that carried this send: it has it.
    Sent(SendId),
    /// A send that did not, or may not, arrive. It will not be tried again.
    Unsent {
        /// Which.
        id: SendId,
        /// `NotSent`: the gateway never saw it. `Unknown`: it may have.
        fate: Failure,
    },
    /// A reply was lost on the way. Whole frames that it may have held are missing from the stream,
    /// unless the gateway sends them again. The session goes on.
    Gap,
    /// A reply named a host that the [`HostPolicy`](crate::HostPolicy) does not allow. The session
    /// stays where it is. Not repeated for the same host.
    HostRefused(Host),
    /// The session has ended. Once and last.
    Closed(CloseReason),
}

impl Event {
    /// What it holds beside itself, in bytes.
    pub(super) fn heap(&self) -> usize {
        match self {
            Self::Received(bytes) => bytes.len(),
            Self::Opened(opened) => {
                let words = [&opened.server, &opened.skype_id].into_iter().flatten();
                Host::MAX_LEN + words.map(String::len).sum::<usize>()
            }
            Self::HostRefused(_) => Host::MAX_LEN,
            Self::Sent(_) | Self::Unsent { .. } | Self::Gap | Self::Closed(_) => 0,
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened(opened) => opened.fmt(f),
            Self::Received(bytes) => write!(f, "Received({} bytes)", bytes.len()),
            Self::Sent(id) => write!(f, "Sent({})", id.0),
            Self::Unsent { id, fate } => write!(f, "Unsent({}, {fate:?})", id.0),
            Self::Gap => f.write_str("Gap"),
            Self::HostRefused(host) => write!(f, "HostRefused({host})"),
            Self::Closed(reason) => write!(f, "Closed({reason:?})"),
        }
    }
}

/// What the gateway said when it made the session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// Where the next request goes.
    pub host: Host,
    /// `X-MSNSERVER`: the bare name of the machine that answered.
    pub server: Option<String>,
    /// `X-MSN-SkypeId`: the Skype name of the account. Missing while the service does not know who
    /// this is: see [`Session::skype_id`](crate::Session::skype_id).
    pub skype_id: Option<String>,
    /// `X-MSN-SessionTimeout`: after how much idle time the gateway forgets the session.
    pub session_timeout: Option<Duration>,
}

/// Names one [`send`](crate::Session::send) of one session. They count up.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SendId(u64);

impl SendId {
    pub(super) const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number: 0 for the first send.
    ///
    /// ```
    /// use gateway_sm::{Config, Session};
    /// let mut session = Session::new(Config::new("https://gateway.example.com")?);
    /// let id = session.send("PNG\r\n".into())?;
    /// assert_eq!((id.get(), id.to_string()), (0, "0".to_owned()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SendId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a session has ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "what to do next depends on it")]
pub enum CloseReason {
    /// The application closed it. Whether the last words arrived, `Sent` and `Unsent` say.
    #[error("the application closed the session")]
    Local,
    /// The gateway said `Session=close`.
    #[error("the gateway closed the session")]
    Peer,
    /// The gateway does not know the session any more (400, 404, 410): it expired, or the gateway
    /// started anew. Sign in again; do not send the same bytes again.
    #[error("the gateway does not know the session any more")]
    SessionLost,
    /// The cookies or the ticket were not accepted (401, 403).
    #[error("the gateway answered {0}: the cookies or the ticket were not accepted")]
    Unauthorized(StatusCode),
    /// Another status that cannot be worked with; a redirect is never followed.
    #[error("the gateway answered {0}")]
    Status(StatusCode),
    /// Requests failed more often in a row than [`Limits::failures`](crate::Limits::failures), or
    /// one failed that cannot be made again: also since nobody vouches for whoever answered.
    #[error("the gateway cannot be reached")]
    Unreachable(Failure),
    /// Something answered that does not speak as a gateway does.
    #[error("not a gateway's answer: {0}")]
    Protocol(ProtocolError),
}

/// How a response with status 200 fails to be a gateway's; the peer's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Its headers.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// The answer to the open names no session.
    #[error("the answer to the open names no session")]
    NoSession,
    /// The stream does not begin like MSNP, with a verb or an error number: a captive portal.
    #[error("the first byte received cannot begin an MSNP frame")]
    NotMessenger,
    /// The body is packed, which no request asked for: something between the two of them did it.
    #[error("the body is packed by {0}, which was not asked for")]
    Packed(Coding),
    /// The body is larger than [`Limits::reply`](crate::Limits::reply).
    #[error("the body is larger than the limit")]
    TooLarge,
}
