//! Whether and when to sign in again after a sign-in that failed or did not last.

use std::time::Duration;

use crate::event::Reason;
use crate::limits::Timings;

/// The most that is believed of how long an account is locked.
const LONGEST_LOCK: Duration = Duration::from_secs(3600);

/// What the configuration says about trying again.
#[derive(Debug)]
pub(crate) struct Retry {
    first: Duration,
    longest: Duration,
    most_attempts: u32,
    /// There may be something better to show next time.
    can_renew: bool,
}

impl Retry {
    pub(crate) const fn new(timings: Timings, most_attempts: u32, can_renew: bool) -> Self {
        Self {
            first: timings.backoff,
            longest: timings.longest_backoff,
            most_attempts,
            can_renew,
        }
    }

    /// Whether trying again would be of no use, after so many attempts. `are_proven`: what was shown has been
    /// good for a sign-in.
    pub(crate) const fn is_useless(&self, reason: Reason, are_proven: bool, attempts: u32) -> bool {
        if attempts >= self.most_attempts {
            return true;
        }
        match reason {
            Reason::Requested
            | Reason::NeedsBrowser
            | Reason::Elsewhere
            | Reason::RedirectRefused
            | Reason::PlainHttp
            | Reason::Packed(_)
            | Reason::ProxyAuthentication
            | Reason::NoStreams { .. }
            | Reason::TooLarge
            | Reason::AccountUnknown
            | Reason::NoSuchAccount
            | Reason::DialectRefused
            | Reason::NotPossible
            | Reason::NotAllowed => true,
            // Nothing better can be shown next time.
            Reason::WrongCredentials if !self.can_renew => true,
            // Tokens that were good once have run out; fresh ones that are refused are wrong. A certificate would be the same; where
            // it was good before, somebody on the way may have been in between for a while.
            Reason::WrongCredentials | Reason::AuthenticationExpired | Reason::Certificate(_) => {
                !are_proven
            }
            Reason::ClosedByService
            | Reason::ServiceUnavailable
            | Reason::RateLimited
            | Reason::Locked { .. }
            | Reason::Unreachable
            | Reason::ConnectionLost
            | Reason::TimedOut
            | Reason::SilentAt(_)
            | Reason::Maintenance { .. }
            | Reason::ProtocolError
            | Reason::NotFound
            | Reason::NotOnline
            | Reason::ListFull
            | Reason::Service(_) => false,
        }
    }

    /// How long to wait before this attempt, counted from 1. Doubles with each; spread, so that a thousand
    /// clients do not come back at once.
    pub(crate) fn wait(&self, reason: Reason, attempt: u32, random: u64) -> Duration {
        // Whoever tries before is refused unheard; longer than an hour nobody should be made to wait by a word.
        if let Reason::Locked { seconds } = reason {
            return Duration::from_secs(u64::from(seconds)).clamp(self.first, LONGEST_LOCK);
        }
        if let Reason::Maintenance { minutes } = reason {
            let wait = Duration::from_secs(u64::from(minutes).saturating_mul(60));
            return wait.clamp(self.first, LONGEST_LOCK);
        }
        let doublings = attempt.saturating_sub(1).min(16);
        let wait = match reason {
            Reason::RateLimited => self.longest,
            _ => self.first.saturating_mul(1 << doublings),
        };
        let wait = wait.min(self.longest);
        let share = u32::try_from(random % 512).unwrap_or(0);
        wait / 2 + wait / 1024 * share
    }
}
