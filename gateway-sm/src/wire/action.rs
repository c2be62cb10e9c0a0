//! `Action`: the query of a request, which says what the client wants of the gateway.

use std::fmt;
use std::time::Duration;

use super::percent;
use super::session_id::{SessionId, SessionIdError};

/// What a request asks for: the query of its URI, printed by `Display`.
///
/// Parameters may come in any order; unknown ones, empty pieces and a trailing `&` are ignored
/// (gateway.md 2, 13.1). Values are percent-decoded.
///
/// ```
/// use std::time::Duration;
/// use gateway_sm::{Action, Open};
///
/// let open = Action::Open(Open::web());
/// assert_eq!(open.to_string(), "Version=1&Protocol=mtp&Action=open&Server=NS&IP=none");
/// assert_eq!(Action::parse(&open.to_string()), Ok(open));
///
/// let poll = Action::Poll { session: "1.2".parse()?, lifespan: Some(Duration::from_secs(60)) };
/// assert_eq!(poll.to_string(), "SessionID=1.2&Action=poll&Lifespan=60");
/// # Ok::<(), gateway_sm::SessionIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a gateway has to decide on each")]
pub enum Action {
    /// `Action=open`: make a session; the body may hold its first commands.
    Open(Open),
    /// No `Action`: the body holds commands.
    Post {
        /// The session.
        session: SessionId,
    },
    /// `Action=poll`: give what is queued. The body is empty.
    Poll {
        /// The session.
        session: SessionId,
        /// For how long the gateway may hold the request while nothing is queued, in whole seconds;
        /// never none. `None`: it answers at once.
        lifespan: Option<Duration>,
    },
    /// `Action=close`: end the session. Known from one revival server only (gateway.md 2).
    Close {
        /// The session.
        session: SessionId,
    },
}

/// The parameters of `Action=open`. `Debug` hides where wake-ups go: whoever knows that address can
/// wake the device.
#[derive(Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "clients write it, with `..Open::default()` for the rest"
)]
pub struct Open {
    /// `Server=`: which kind of server to be connected to.
    pub server: Server,
    /// `Version=1&Protocol=mtp`, or neither.
    pub protocol: Protocol,
    /// `IP=`: host or address of the wanted server, without port; the web client says `none`.
    pub ip: Option<String>,
    /// `SessionTimeout=`: the wished idle life of the session, in whole seconds. Gateways may ignore it.
    pub session_timeout: Option<Duration>,
    /// `AutoIdleTimeout=`: presumably after how much time to show the user as idle, in whole seconds.
    pub auto_idle_timeout: Option<Duration>,
    /// `Queue=`: a comma list, presumably of message classes to keep for a sleeping client.
    pub queue: Option<String>,
    /// `NotificationURI=`: where to post a wake-up when something is queued and no poll is held.
    /// A server must not call it without an allow-list.
    pub notification_uri: Option<String>,
}

impl Open {
    /// What the web client of outlook.com asks for:
    /// `Version=1&Protocol=mtp&Action=open&Server=NS&IP=none`.
    pub fn web() -> Self {
        Self {
            server: Server::Notification,
            protocol: Protocol::Mtp,
            ip: Some("none".to_owned()),
            ..Self::default()
        }
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = self.notification_uri.as_ref().map(|_| "..");
        f.debug_struct("Open")
            .field("server", &self.server)
            .field("protocol", &self.protocol)
            .field("ip", &self.ip)
            .field("session_timeout", &self.session_timeout)
            .field("auto_idle_timeout", &self.auto_idle_timeout)
            .field("queue", &self.queue)
            .field("notification_uri", &hidden)
            .finish()
    }
}

/// Which kind of server a session leads to.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a face has to decide on each")]
pub enum Server {
    /// `NS`, also when a request names none.
    #[default]
    Notification,
    /// `SB`.
    Switchboard,
}

impl Server {
    /// `NS` or `SB`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "NS",
            Self::Switchboard => "SB",
        }
    }
}

/// Which framing the bodies have.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a face has to decide on each")]
pub enum Protocol {
    /// The request says nothing: MSNP8 to MSNP22.
    #[default]
    Msnp,
    /// `Version=1&Protocol=mtp`: MSNP24.
    Mtp,
}

impl Action {
    /// Reads a query, without its `?`.
    pub fn parse(query: &str) -> Result<Self, ActionError> {
        let mut action = None;
        let mut session = None;
        let mut lifespan = None;
        let mut open = Open::default();
        for piece in query.split('&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            // What is no text is no parameter; the rest of the query may still do.
            let Some(value) = percent::decode(value) else {
                continue;
            };
            match name {
                "Action" => action = Some(value),
                "SessionID" if !value.is_empty() => session = Some(value),
                // Zero and nonsense are taken for "at once", as if it were not there (gateway.md 2).
                "Lifespan" => lifespan = seconds(&value).filter(|lifespan| !lifespan.is_zero()),
                "Server" if value.eq_ignore_ascii_case("NS") => open.server = Server::Notification,
                "Server" if value.eq_ignore_ascii_case("SB") => open.server = Server::Switchboard,
                "Server" => return Err(ActionError::Server),
                "Protocol" if value.eq_ignore_ascii_case("mtp") => open.protocol = Protocol::Mtp,
                "IP" => open.ip = Some(value.into_owned()),
                "SessionTimeout" => open.session_timeout = seconds(&value),
                "AutoIdleTimeout" => open.auto_idle_timeout = seconds(&value),
                "Queue" => open.queue = Some(value.into_owned()),
                "NotificationURI" => open.notification_uri = Some(value.into_owned()),
                _ => {}
            }
        }
        let action = action.unwrap_or_default();
        if action.eq_ignore_ascii_case("open") {
            return Ok(Self::Open(open));
        }
        // Only now: an open may name anything (gateway.md 13.2).
        let session = session.ok_or(ActionError::NoSession)?;
        let session = session.parse().map_err(ActionError::SessionId)?;
        if action.is_empty() {
            Ok(Self::Post { session })
        } else if action.eq_ignore_ascii_case("poll") {
            Ok(Self::Poll { session, lifespan })
        } else if action.eq_ignore_ascii_case("close") {
            Ok(Self::Close { session })
        } else {
            Err(ActionError::Unknown)
        }
    }

    /// The session that the request belongs to; an open has none yet.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Open(_) => None,
            Self::Post { session } | Self::Poll { session, .. } | Self::Close { session } => {
                Some(session)
            }
        }
    }
}

impl Action {
    /// Appends the query, without its `?`.
    pub(crate) fn print(&self, to: &mut String) {
        if let Some(session) = self.session() {
            to.push_str("SessionID=");
            to.push_str(session.as_str());
        }
        match self {
            Self::Open(open) => open.print(to),
            Self::Post { .. } => {}
            Self::Poll { lifespan, .. } => {
                to.push_str("&Action=poll");
                print_seconds(to, "Lifespan", *lifespan);
            }
            Self::Close { .. } => to.push_str("&Action=close"),
        }
    }
}

impl Open {
    fn print(&self, to: &mut String) {
        if self.protocol == Protocol::Mtp {
            to.push_str("Version=1&Protocol=mtp&");
        }
        to.push_str("Action=open&Server=");
        to.push_str(self.server.as_str());
        print_text(to, "IP", self.ip.as_deref());
        print_seconds(to, "SessionTimeout", self.session_timeout);
        print_seconds(to, "AutoIdleTimeout", self.auto_idle_timeout);
        print_text(to, "Queue", self.queue.as_deref());
        print_text(to, "NotificationURI", self.notification_uri.as_deref());
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = String::new();
        self.print(&mut query);
        f.write_str(&query)
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = String::new();
        self.print(&mut query);
        f.write_str(&query)
    }
}

/// No server is known to take more than 32 bits of them.
fn seconds(value: &str) -> Option<Duration> {
    let seconds: u32 = value.parse().ok()?;
    Some(Duration::from_secs(seconds.into()))
}

fn print_seconds(to: &mut String, name: &str, time: Option<Duration>) {
    if let Some(time) = time {
        let seconds = time.as_secs().to_string();
        print_parameter(to, name);
        to.push_str(&seconds);
    }
}

fn print_text(to: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        print_parameter(to, name);
        percent::encode(value, to);
    }
}

fn print_parameter(to: &mut String, name: &str) {
    to.push('&');
    to.push_str(name);
    to.push('=');
}

/// Why a query is not a request to a gateway; the client's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// It neither opens a session nor names one.
    #[error("the query neither opens a session nor names one")]
    NoSession,
    /// Its session id is not one.
    #[error("in the query, {0}")]
    SessionId(SessionIdError),
    /// `Action=` is none of `open`, `poll` and `close`.
    #[error("the query asks for an unknown action")]
    Unknown,
    /// `Server=` is neither `NS` nor `SB`.
    #[error("the query names neither NS nor SB")]
    Server,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: Result<&str, ActionError>) {
        let printed = Action::parse(query).map(|action| action.to_string());
        assert_eq!(printed.as_deref(), expected.as_ref().map(|s| *s), "{query}");
    }

    #[test]
    fn the_requests_of_every_known_client_are_read() {
        let seed = "Version=1&Protocol=mtp&Action=open&Server=NS&IP=none";
        check(seed, Ok(seed));
        let msnp8 = "Action=open&Server=SB&IP=207.46.108.13";
        check(msnp8, Ok(msnp8));
        let windows_8 =
            "Action=open&Server=NS&SessionTimeout=21660&AutoIdleTimeout=960&Queue=system,chat";
        check(windows_8, Ok(windows_8));
        let phone = "Action=open&Server=NS&SessionTimeout=259200&NotificationURI=https%3A%2F%2Fpush.example%2Ft";
        check(phone, Ok(phone));
        check(
            "SessionID=&Action=open&Server=NS",
            Ok("Action=open&Server=NS"),
        );
        check("SessionID=1.2&", Ok("SessionID=1.2"));
        check("Action=poll&SessionID=1.2", Ok("SessionID=1.2&Action=poll"));
        check(
            "Action=poll&Lifespan=3&SessionID=1.2",
            Ok("SessionID=1.2&Action=poll&Lifespan=3"),
        );
        check(
            "Action=close&SessionID=1.2",
            Ok("SessionID=1.2&Action=close"),
        );
    }

    #[test]
    fn odd_queries_are_read_as_servers_read_them() {
        check("&&Foo&Bar=1&SessionID=1%2E2&&", Ok("SessionID=1.2"));
        check("Action=POLL&SessionID=1", Ok("SessionID=1&Action=poll"));
        check(
            "SessionID=1&Action=poll&Lifespan=0",
            Ok("SessionID=1&Action=poll"),
        );
        check(
            "SessionID=1&Action=poll&Lifespan=-5",
            Ok("SessionID=1&Action=poll"),
        );
        check(
            "SessionID=1&Action=poll&Lifespan=99999999999",
            Ok("SessionID=1&Action=poll"),
        );
        check("Action=open&IP=%FF", Ok("Action=open&Server=NS"));
        check("Action=open&SessionID=1", Ok("Action=open&Server=NS"));
        check("Action=open&SessionID=a%26b", Ok("Action=open&Server=NS"));
    }

    #[test]
    fn a_query_that_names_no_session_is_refused() {
        check("", Err(ActionError::NoSession));
        check("Action=poll", Err(ActionError::NoSession));
        check("SessionID=&Action=poll", Err(ActionError::NoSession));
        check("SessionID=1&Action=dance", Err(ActionError::Unknown));
        check("Action=open&Server=XX", Err(ActionError::Server));
        check(
            "SessionID=a%26b",
            Err(ActionError::SessionId(SessionIdError::Byte { at: 1 })),
        );
    }

    #[test]
    fn debug_hides_the_session_and_the_address_of_wake_ups() {
        for query in [
            "SessionID=hush.1&Action=poll",
            "Action=open&NotificationURI=https%3A%2F%2Fhush.example",
        ] {
            let action = Action::parse(query).unwrap();
            assert!(!format!("{action:?}").contains("hush"), "{action:?}");
        }
    }
}
