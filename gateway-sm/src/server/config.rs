//! `ServerConfig`: what one gateway advertises, allows and bounds. Checked as it is set, read-only afterwards.

use std::time::Duration;

use http::HeaderValue;
use thiserror::Error;

use crate::wire::{Host, HostError, Reply, Standing};

/// The settings of a [`Gateway`](crate::Gateway).
///
/// ```
/// use std::time::Duration;
/// use gateway_sm::ServerConfig;
///
/// let config = ServerConfig::new("gw1.gateway.example.com", "192.0.2.7")?
///     .server_name("GW1")?
///     .session_timeout(Duration::from_secs(120))?;
/// # Ok::<(), gateway_sm::ServerConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServerConfig(Settings);

/// What a [`ServerConfig`] holds. Whoever has one has it from there, checked.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a wish of its own, and none goes with another"
)]
pub(super) struct Settings {
    /// What every reply says.
    pub(super) standing: Standing,
    pub(super) follows_host: bool,
    pub(super) server_of_host: bool,
    pub(super) session_timeout: Duration,
    pub(super) longest_hold: Duration,
    pub(super) post_hold: Duration,
    pub(super) max_body: usize,
    pub(super) max_queued: usize,
    pub(super) max_reply: usize,
    pub(super) max_sessions: usize,
    pub(super) max_sessions_per_peer: Option<usize>,
    /// In all, and of one peer.
    pub(super) max_strangers: (usize, usize),
    pub(super) max_queued_by_all: usize,
    pub(super) max_posts: usize,
    pub(super) rotate_session_ids: bool,
    pub(super) strict_serial: bool,
    pub(super) unknown_session: UnknownSession,
    pub(super) origins: Origins,
}

/// What a request gets whose session does not exist (any more).
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnknownSession {
    /// 400, as Microsoft's gateway did. Stops every client (gateway.md 13.12), so it is the default.
    BadRequest,
    /// 200 with `Session=close`: lets `MSNPSharp`, Miranda and emesene 1 stop without an error, but
    /// libpurple ignores it and polls on for ever (gateway.md 8).
    SessionClose,
}

/// Which web pages of other origins may talk to the gateway (CORS).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a face beside the gateway has to decide on each"
)]
pub enum Origins {
    /// None: no CORS header is ever sent.
    None,
    /// Any, without the browser's cookies: `Access-Control-Allow-Origin: *`. A session is known by
    /// its secret id alone, so a foreign page gains nothing by it.
    Any,
    /// These, with the browser's cookies: `scheme://host[:port]` each, compared as written.
    Listed(Vec<String>),
}

/// A setting that cannot be used. The embedding program's fault.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ServerConfigError {
    /// `X-MSN-Host` or `GW-IP` is no host.
    #[error("{0}")]
    Host(#[from] HostError),
    /// `GW-IP` is longer than 79 bytes: Miranda keeps it in a buffer of 80 (gateway.md 13.7).
    #[error("the GW-IP text is longer than 79 bytes")]
    LongAddress,
    /// The server name is empty or holds more than visible ASCII.
    #[error("the server name is not visible ASCII")]
    ServerName,
    /// A time is zero where it must not be, or longer than a week.
    #[error("{0} is zero or longer than a week")]
    Time(&'static str),
    /// A held poll would outlast the session timeout that clients are told.
    #[error("the longest hold is not shorter than the session timeout")]
    HoldTooLong,
    /// A limit of nothing: no session could ever work.
    #[error("{0} is zero")]
    Zero(&'static str),
    /// A listed origin that cannot be a header value.
    #[error("an origin is not visible ASCII")]
    Origin,
}

impl ServerConfig {
    /// A gateway that tells its clients to come to `host` (`X-MSN-Host`: no scheme) and calls
    /// itself `gateway_ip` (`GW-IP`: libpurple and the other clients of MSNP8–18 use it as the host
    /// of all later requests, so it must be reachable; without a port for them, gateway.md 13.7).
    ///
    /// # Errors
    /// [`ServerConfigError::Host`], [`ServerConfigError::LongAddress`].
    pub fn new(host: &str, gateway_ip: &str) -> Result<Self, ServerConfigError> {
        let gw_ip: Host = gateway_ip.parse()?;
        if gateway_ip.len() > 79 {
            return Err(ServerConfigError::LongAddress);
        }
        let reply = Reply {
            host: Some(host.parse()?),
            gw_ip: Some(gw_ip),
            ..Reply::default()
        };
        let session_timeout = Duration::from_secs(120);
        Ok(Self(Settings {
            standing: Standing::of(&reply),
            follows_host: false,
            server_of_host: false,
            session_timeout,
            longest_hold: Duration::from_secs(110),
            post_hold: Duration::from_secs(10),
            max_body: 256 * 1024,
            max_queued: 1024 * 1024,
            max_reply: 64 * 1024,
            max_sessions: 100_000,
            max_sessions_per_peer: None,
            max_strangers: (usize::MAX, usize::MAX),
            max_queued_by_all: usize::MAX,
            max_posts: 16,
            rotate_session_ids: false,
            strict_serial: false,
            unknown_session: UnknownSession::BadRequest,
            origins: Origins::Any,
        }))
    }

    /// Whether a client is told to come back to what it has called the gateway by (`Host`), if that can be said: then the
    /// names above are for those that do not say. A gateway that knows no name which holds for everybody is reached so
    /// behind a proxy, a tunnel or another name. Default: no.
    #[must_use]
    pub const fn follows_host(mut self, yes: bool) -> Self {
        self.0.follows_host = yes;
        self
    }

    /// The bare server name of `X-MSNSERVER`, e.g. `BN1MSGR1011605`. Not sent unless set.
    ///
    /// # Errors
    /// [`ServerConfigError::ServerName`].
    pub fn server_name(mut self, name: &str) -> Result<Self, ServerConfigError> {
        let value = HeaderValue::from_str(name).map_err(|_| ServerConfigError::ServerName)?;
        if !is_visible(name) {
            return Err(ServerConfigError::ServerName);
        }
        self.0.standing.set_server(value);
        self.0.server_of_host = false;
        Ok(self)
    }

    /// The same, with the bare name of the host in `X-MSN-Host`, as the original's was (web-client.md 3).
    #[must_use]
    pub fn server_name_of_host(mut self) -> Self {
        self.0.standing.set_server_of_host();
        self.0.server_of_host = true;
        self
    }

    /// After how much silence, with no request in progress, a session ends; advertised in whole
    /// seconds as `X-MSN-SessionTimeout`. Default 120 s (gateway.md 17.4); below 60 s old clients
    /// with slow poll timers get lost (gateway.md 13.11).
    ///
    /// # Errors
    /// [`ServerConfigError::Time`]; [`HoldTooLong`](ServerConfigError::HoldTooLong): shorten
    /// [`longest_hold`](Self::longest_hold) first.
    pub fn session_timeout(mut self, timeout: Duration) -> Result<Self, ServerConfigError> {
        self.0.session_timeout = time(timeout, "the session timeout")?;
        self.hold_fits()
    }

    /// The most of a poll's `Lifespan` that is granted. Default 110 s. Zero makes a server that
    /// never holds a poll and does not claim `X-MSN-GWCapabilities: LP`.
    ///
    /// # Errors
    /// [`ServerConfigError::HoldTooLong`] unless shorter than the session timeout.
    pub fn longest_hold(mut self, hold: Duration) -> Result<Self, ServerConfigError> {
        self.0.longest_hold = hold;
        self.hold_fits()
    }

    /// How long a request that carried bytes may wait for the application's
    /// [`answered`](crate::Gateway::answered) before it is answered with what is there. Default 10 s.
    ///
    /// # Errors
    /// [`ServerConfigError::Time`].
    pub fn post_hold(mut self, hold: Duration) -> Result<Self, ServerConfigError> {
        self.0.post_hold = time(hold, "the post hold")?;
        Ok(self)
    }

    /// The longest request body in bytes; beyond it 413. Default 256 KiB.
    ///
    /// # Errors
    /// [`ServerConfigError::Zero`].
    pub fn max_body(mut self, bytes: usize) -> Result<Self, ServerConfigError> {
        self.0.max_body = some(bytes, "the body limit")?;
        Ok(self)
    }

    /// How many bytes may wait for one session, replies on their way included; beyond it
    /// [`send`](crate::Gateway::send) says `Full`. Default 1 MiB.
    ///
    /// # Errors
    /// [`ServerConfigError::Zero`].
    pub fn max_queued(mut self, bytes: usize) -> Result<Self, ServerConfigError> {
        self.0.max_queued = some(bytes, "the queue limit")?;
        Ok(self)
    }

    /// Up to how many bytes waiting frames are joined into one reply (a single larger piece still
    /// goes out whole). Default 64 KiB.
    ///
    /// # Errors
    /// [`ServerConfigError::Zero`].
    pub fn max_reply(mut self, bytes: usize) -> Result<Self, ServerConfigError> {
        self.0.max_reply = some(bytes, "the reply limit")?;
        Ok(self)
    }

    /// How many sessions there may be; beyond it an open gets 503. Default 100,000.
    ///
    /// # Errors
    /// [`ServerConfigError::Zero`].
    pub fn max_sessions(mut self, sessions: usize) -> Result<Self, ServerConfigError> {
        self.0.max_sessions = some(sessions, "the session limit")?;
        Ok(self)
    }

    /// How many sessions one [`Peer`](crate::Peer) may have; beyond it an open gets 429. No limit
    /// unless set, and none for requests that carry no `Peer`.
    ///
    /// # Errors
    /// [`ServerConfigError::Zero`].
    pub fn max_sessions_per_peer(mut self, sessions: usize) -> Result<Self, ServerConfigError> {
        self.0.max_sessions_per_peer = Some(some(sessions, "the session limit per peer")?);
        Ok(self)
    }

    /// How many sessions there may be for whose client the application has not [vouched](crate::Gateway::vouch), and how
    /// many of them one [`Peer`](crate::Peer) may have. Beyond it nobody is refused: of those of this peer, or else of the
    /// peer that has the most, the one that was silent for longest gives way. So it does where there is no room for any
    /// session. No limit unless set.
    ///
    /// # Errors
    /// [`ServerConfigError::Zero`].
    pub fn max_strangers(mut self, all: usize, per_peer: usize) -> Result<Self, ServerConfigError> {
        let all = some(all, "the limit of strangers")?;
        let per_peer = some(per_peer, "the limit of strangers per peer")?;
        self.0.max_strangers = (all, per_peer);
        Ok(self)
    }

    /// How many bytes may wait for all sessions together. Beyond it, whoever has more waiting than one reply holds
    /// ([`max_reply`](Self::max_reply)) gets no more; all others do. No limit unless set.
    ///
    /// # Errors
    /// [`ServerConfigError::Zero`].
    pub fn max_queued_by_all(mut self, bytes: usize) -> Result<Self, ServerConfigError> {
        self.0.max_queued_by_all = some(bytes, "the queue limit of all")?;
        Ok(self)
    }

    /// How many requests of one session may be in progress besides its held poll; beyond it 429.
    /// Default 16: `BitlBee` posts several at once (gateway.md 6).
    ///
    /// # Errors
    /// [`ServerConfigError::Zero`].
    pub fn max_posts(mut self, posts: usize) -> Result<Self, ServerConfigError> {
        self.0.max_posts = some(posts, "the post limit")?;
        Ok(self)
    }

    /// Whether the part of the session id after the dot changes with every reply, as in 2003
    /// (gateway.md 4.1). Off by default: "safest: never rotate" (gateway.md 13.8). When on, the ids
    /// of the four most recent replies are good, and no poll is held: clients of that era had one
    /// request in flight, and beside a held poll ids would change under a request on its way.
    #[must_use]
    pub fn rotate_session_ids(mut self, rotate: bool) -> Self {
        self.0.rotate_session_ids = rotate;
        self
    }

    /// Whether a request gets 400 while another of its session is in progress, as in 2003
    /// (gateway.md 6). For tests of fidelity; off by default.
    #[must_use]
    pub fn strict_serial(mut self, strict: bool) -> Self {
        self.0.strict_serial = strict;
        self
    }

    /// What a request of an unknown session gets. Default [`UnknownSession::BadRequest`].
    #[must_use]
    pub fn unknown_session(mut self, answer: UnknownSession) -> Self {
        self.0.unknown_session = answer;
        self
    }

    /// Which foreign web pages may talk to the gateway. Default [`Origins::Any`].
    ///
    /// # Errors
    /// [`ServerConfigError::Origin`].
    pub fn origins(mut self, origins: Origins) -> Result<Self, ServerConfigError> {
        if let Origins::Listed(list) = &origins
            && !list.iter().all(|origin| is_visible(origin))
        {
            return Err(ServerConfigError::Origin);
        }
        self.0.origins = origins;
        Ok(self)
    }

    /// All of it, with what every reply says of it.
    pub(super) fn into_settings(self) -> Settings {
        let Self(mut settings) = self;
        if settings.rotate_session_ids {
            settings.longest_hold = Duration::ZERO;
        }
        // Nothing is what a client could take for "never".
        let timeout = settings.session_timeout.as_secs().max(1);
        settings
            .standing
            .set_session_timeout(Duration::from_secs(timeout));
        settings
    }

    fn hold_fits(self) -> Result<Self, ServerConfigError> {
        if self.0.longest_hold < self.0.session_timeout {
            Ok(self)
        } else {
            Err(ServerConfigError::HoldTooLong)
        }
    }
}

fn time(time: Duration, what: &'static str) -> Result<Duration, ServerConfigError> {
    if time.is_zero() || time > WEEK {
        return Err(ServerConfigError::Time(what));
    }
    Ok(time)
}

fn some(limit: usize, what: &'static str) -> Result<usize, ServerConfigError> {
    if limit == 0 {
        Err(ServerConfigError::Zero(what))
    } else {
        Ok(limit)
    }
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Longer than any timer here makes sense, and short enough that no addition to an instant overflows.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused<T: std::fmt::Debug>(built: Result<T, ServerConfigError>, error: ServerConfigError) {
        assert_eq!(built.unwrap_err(), error);
    }

    fn config() -> ServerConfig {
        ServerConfig::new("gw.example.com", "192.0.2.1:443").unwrap()
    }

    #[test]
    fn names_that_would_break_a_header_are_refused() {
        for bad in ["", "a b", "a;b", "a=b", "a\r\nX-Evil: 1"] {
            refused(ServerConfig::new(bad, "192.0.2.1"), HostError::Name.into());
            refused(ServerConfig::new("gw", bad), HostError::Name.into());
        }
        for bad in ["", "a b", "a\r\nX-Evil: 1"] {
            refused(config().server_name(bad), ServerConfigError::ServerName);
        }
    }

    #[test]
    fn a_gw_ip_longer_than_mirandas_buffer_is_refused() {
        let long = format!("{}example", "a.".repeat(40));
        refused(
            ServerConfig::new("gw", &long),
            ServerConfigError::LongAddress,
        );
    }

    #[test]
    fn a_hold_must_end_before_the_session_does() {
        refused(
            config().longest_hold(Duration::from_secs(120)),
            ServerConfigError::HoldTooLong,
        );
        refused(
            config().session_timeout(Duration::from_secs(110)),
            ServerConfigError::HoldTooLong,
        );
    }

    #[test]
    fn limits_of_nothing_and_endless_times_are_refused() {
        refused(
            config().max_body(0),
            ServerConfigError::Zero("the body limit"),
        );
        refused(
            config().max_posts(0),
            ServerConfigError::Zero("the post limit"),
        );
        refused(
            config().post_hold(Duration::ZERO),
            ServerConfigError::Time("the post hold"),
        );
        refused(
            config().session_timeout(Duration::MAX),
            ServerConfigError::Time("the session timeout"),
        );
        refused(
            config().origins(Origins::Listed(vec!["https://a b".into()])),
            ServerConfigError::Origin,
        );
    }
}
