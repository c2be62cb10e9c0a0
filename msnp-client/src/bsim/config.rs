//! What a client of the IM web service is made with: address, service account, limits and times.

use std::fmt;
use std::time::Duration;

use http::Uri;
use soap_codec::Secret;

use crate::plain_http::PlainHttp;
use crate::service::{InvalidUri, absolute};

/// Everything that a [`Client`](crate::bsim::Client) is made with.
#[derive(Clone)]
pub struct Config(Settings);

/// What a [`Config`] holds. Whoever has one has it from there, checked.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) uri: Uri,
    pub(super) user_id: String,
    pub(super) password: Secret<String>,
    pub(super) attempts: u32,
    pub(super) as_captured: bool,
    pub(super) limits: Limits,
    pub(super) timings: Timings,
}

impl Config {
    /// A client of the service at `url` (`http://host/imsoap/BSIMService.asmx`) with this service
    /// account, which is not an IM account.
    ///
    /// # Errors
    /// [`InvalidUri`] if it is not an absolute https address, or one of http and this machine.
    pub fn new(
        url: &str,
        user_id: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, InvalidUri> {
        Self::plain(url, user_id, password, &PlainHttp::default())
    }

    /// The same where these hosts may be reached by plain `http`, as the service of 2008 was.
    ///
    /// # Errors
    /// [`InvalidUri`] if it is not an absolute https address, or one of http and one of these hosts.
    pub fn plain(
        url: &str,
        user_id: impl Into<String>,
        password: impl Into<String>,
        plain: &PlainHttp,
    ) -> Result<Self, InvalidUri> {
        Ok(Self(Settings {
            uri: absolute(url, plain)?,
            user_id: user_id.into(),
            password: Secret::new(password.into()),
            attempts: 8,
            as_captured: false,
            limits: Limits::default(),
            timings: Timings::default(),
        }))
    }

    /// All of it.
    pub(super) fn into_settings(self) -> Settings {
        self.0
    }

    /// How often to try again in a row before giving up. 0: never. Default: 8.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Whether calls carry the headers of the published session too (soap.md 2.1): `Expect: 100-continue` each, and
    /// `Connection: Keep-Alive` the first. Default: no, since whoever sends knows best how it holds its connections; a host that
    /// does not wait for the `100`, as most, may send the body at once all the same. Browsers leave both out.
    #[must_use]
    pub fn as_captured(mut self, as_captured: bool) -> Self {
        self.0.as_captured = as_captured;
        self
    }

    /// Limits of what is kept and sent.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.0.limits = limits;
        self
    }

    /// How long things may take. Each is taken as at most a year; the paces as at least 10
    /// milliseconds, the rest as at least a second.
    #[must_use]
    pub fn timings(mut self, timings: Timings) -> Self {
        self.0.timings = timings.sane();
        self
    }
}

/// Shows neither password nor address, which may hold a key.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("host", &self.0.uri.host())
            .field("attempts", &self.0.attempts)
            .field("limits", &self.0.limits)
            .field("timings", &self.0.timings)
            .finish_non_exhaustive()
    }
}

/// What a client keeps and sends at most.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// IM accounts. Default 16.
    pub accounts: usize,
    /// Messages that wait to be sent. Default 256.
    pub messages: usize,
    /// Bytes of one message's text. Default 64 KiB, which is at most 192 KiB on the wire.
    pub text: usize,
    /// Events that the application has not taken, from which on nothing is fetched: the rest waits
    /// with the service, as long as that keeps the session. Default 1,024.
    pub events: usize,
    /// The same in bytes: of their texts and lists, and their own size. Default 4 MiB.
    pub undrained: usize,
    /// What the reading of one response may cost. Default [`soap_codec::Limits::RESPONSE`].
    pub response: soap_codec::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts: 16,
            messages: 256,
            text: 64 * 1024,
            events: 1024,
            undrained: 4 << 20,
            response: soap_codec::Limits::RESPONSE,
        }
    }
}

/// How long things may take.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Timings {
    /// Between two `KeepSessionAlive`. Default 5 seconds, as in the published session (im-web-service.md 3).
    pub pace: Duration,
    /// The same while an IM account is signing in, if that is shorter. Default 1 second.
    pub sign_in_pace: Duration,
    /// For one request. Default 30 seconds.
    pub request: Duration,
    /// From `LoginIM` until `OnLogin`. Default 60 seconds.
    pub sign_in: Duration,
    /// Silence after which the service has ended the session. Default 60 seconds (soap.md 6).
    pub session: Duration,
    /// The first pause after a failure; doubles with each further one. Default 1 second.
    pub backoff: Duration,
    /// The longest of these pauses. Default 60 seconds.
    pub longest_backoff: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            pace: Duration::from_secs(5),
            sign_in_pace: Duration::from_secs(1),
            request: Duration::from_secs(30),
            sign_in: Duration::from_secs(60),
            session: Duration::from_secs(60),
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(60),
        }
    }
}

impl Timings {
    /// Times that can be added to any clock and never make the client spin.
    fn sane(self) -> Self {
        let year = Duration::from_secs(365 * 24 * 3600);
        let pace = |time: Duration| time.clamp(Duration::from_millis(10), year);
        let time = |time: Duration| time.clamp(Duration::from_secs(1), year);
        Self {
            pace: pace(self.pace),
            sign_in_pace: pace(self.sign_in_pace),
            request: time(self.request),
            sign_in: time(self.sign_in),
            session: time(self.session),
            backoff: time(self.backoff),
            longest_backoff: time(self.longest_backoff),
        }
    }

    /// The pause after this many failures in a row.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        let pause = self.backoff.saturating_mul(1 << doublings);
        pause.min(self.longest_backoff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(failures: u32, seconds: u64) {
        let pause = Timings::default().pause(failures);
        assert_eq!(pause, Duration::from_secs(seconds));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        check(1, 1);
        check(2, 2);
        check(4, 8);
        check(7, 60);
        check(u32::MAX, 60);
    }

    #[test]
    fn times_that_would_overflow_or_spin_are_mended() {
        let all = |time| Timings {
            pace: time,
            sign_in_pace: time,
            request: time,
            sign_in: time,
            session: time,
            backoff: time,
            longest_backoff: time,
        };
        let year = Duration::from_secs(365 * 24 * 3600);
        assert_eq!(all(Duration::MAX).sane(), all(year));
        let least = all(Duration::ZERO).sane();
        assert_eq!(least.pace, Duration::from_millis(10));
        assert_eq!(least.request, Duration::from_secs(1));
    }

    #[test]
    fn a_service_needs_an_absolute_web_address() {
        assert!(Config::new("https://msn.example/imsoap/", "a", "b").is_ok());
        let refused = Config::new("imsoap/", "a", "b").err();
        assert_eq!(refused, Some(InvalidUri::Malformed));
    }

    #[test]
    fn the_service_account_s_password_goes_in_the_clear_to_whom_it_was_asked_for_alone() {
        let url = "http://www.imcomponents.com/imsoap/BSIMService.asmx";
        let refused = Config::new(url, "a", "b").err();
        assert_eq!(refused, Some(InvalidUri::PlainHttp));
        let plain = PlainHttp::to(["www.imcomponents.com"]).expect("a host");
        assert!(Config::plain(url, "a", "b", &plain).is_ok());
    }

    #[test]
    fn nothing_secret_shows() {
        let config = Config::new("https://msn.example/?key=hush", "user", "hunter2");
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("hush"),
            "{shown}"
        );
    }
}
