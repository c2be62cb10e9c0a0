//! `2008-06-30 22:14:03`: how the service writes a time (soap.md 2.3).

use std::fmt;
use std::str::FromStr;

use machine_contract::{CivilTime, UnixTime, UtcOffset};

/// A time as the service's own clock and calendar show it, to the second: `LoginTime` of a
/// [`Session`](crate::bsim::Session) and the `datetime` of [`OnLogin`](crate::bsim::Event::OnLogin).
///
/// The wire does not say which zone that is, so a caller can show it and make no [`UnixTime`] of it
/// unless the service's offset is known to it otherwise.
///
/// ```
/// use machine_contract::{UnixTime, UtcOffset};
/// use soap_codec::bsim::LocalTime;
///
/// let pacific = UtcOffset::from_minutes(-7 * 60).ok_or("a day or more")?;
/// let time = LocalTime::new(UnixTime::from_secs(1_214_889_243), pacific);
/// assert_eq!(time.to_string(), "2008-06-30 22:14:03");
/// assert_eq!("2008-06-30 22:14:03".parse(), Ok(time));
/// # Ok::<(), &str>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(CivilTime);

/// A text is not `YYYY-MM-DD HH:MM:SS`, or there is no such time.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer's local time is not YYYY-MM-DD HH:MM:SS")]
pub struct LocalTimeError;

impl LocalTime {
    /// What clocks show that are set to `offset`, the milliseconds left out.
    ///
    /// A clock that was never set stands at the beginning of 1970, and is shown so in every zone: a
    /// date of 1969 would look like one that somebody had chosen.
    pub fn new(time: UnixTime, offset: UtcOffset) -> Self {
        let whole = UnixTime::from_secs(time.as_secs());
        let civil = whole.to_civil(offset);
        if civil.year() < 1970 {
            return Self(UnixTime::default().to_civil(UtcOffset::UTC));
        }
        Self(civil)
    }

    /// Date and time of day.
    pub const fn civil(self) -> CivilTime {
        self.0
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

impl FromStr for LocalTime {
    type Err = LocalTimeError;

    /// `4*digit "-" 2digit "-" 2digit SP 2digit ":" 2digit ":" 2digit`
    fn from_str(text: &str) -> Result<Self, LocalTimeError> {
        let fields = || {
            let (date, time) = text.split_once(' ')?;
            let mut date = date.split('-');
            let (year, month, day) = (date.next()?, date.next()?, date.next()?);
            let mut time = time.split(':');
            let (hour, minute, second) = (time.next()?, time.next()?, time.next()?);
            if date.next().is_some() || time.next().is_some() || !is_year(year) {
                return None;
            }
            CivilTime::new(
                digits(year)?,
                two(month)?,
                two(day)?,
                two(hour)?,
                two(minute)?,
                two(second)?,
            )
        };
        fields().map(Self).ok_or(LocalTimeError)
    }
}

/// Four digits, more only if there is no other way.
fn is_year(text: &str) -> bool {
    text.len() == 4 || (text.len() > 4 && !text.starts_with('0'))
}

fn two(text: &str) -> Option<u8> {
    (text.len() == 2).then(|| digits(text)).flatten()
}

/// `parse` alone would take a sign.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn local_time(time: UnixTime, offset_minutes: i16) -> String {
        let offset = UtcOffset::from_minutes(offset_minutes).expect("less than a day");
        LocalTime::new(time, offset).to_string()
    }

    #[track_caller]
    fn check(utc_seconds: u64, offset_minutes: i16, expected: &str) {
        let time = UnixTime::from_secs(utc_seconds);
        assert_eq!(local_time(time, offset_minutes), expected);
    }

    #[test]
    fn the_capture_was_in_pacific_daylight_time() {
        check(1_214_889_243, 0, "2008-07-01 05:14:03");
        check(1_214_889_243, -420, "2008-06-30 22:14:03");
    }

    #[test]
    fn leap_days_and_ends_of_years_and_centuries() {
        check(951_782_400, 0, "2000-02-29 00:00:00");
        check(1_709_251_199, 0, "2024-02-29 23:59:59");
        check(1_709_251_200, 0, "2024-03-01 00:00:00");
        check(1_735_689_599, 0, "2024-12-31 23:59:59");
        check(1_735_689_599, 1, "2025-01-01 00:00:59");
        check(4_107_542_400, 0, "2100-03-01 00:00:00");
    }

    #[test]
    fn no_clock_makes_it_fail() {
        check(0, -60, "1970-01-01 00:00:00");
        assert!(local_time(UnixTime::from_millis(u64::MAX), 24 * 60 - 1).len() > 19);
    }

    #[test]
    fn what_is_no_local_time_is_refused() {
        for text in [
            "",
            "2008-06-30",
            "2008-06-30T22:14:03",
            "2008-06-30 22:14",
            "2008-06-30 22:14:03 ",
            "2008-06-30 22:14:03Z",
            "2008-06-31 22:14:03",
            "2008-06-30 24:14:03",
            "2008-6-30 22:14:03",
            "+008-06-30 22:14:03",
            "-2008-06-30 22:14:03",
            "20080-06-30 22:14:+3",
            "99999999999-06-30 22:14:03",
            "02008-06-30 22:14:03",
            "2008-06-30 22:14:03:04",
        ] {
            assert_eq!(text.parse::<LocalTime>(), Err(LocalTimeError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(millis: u64, minutes in -1439i16..=1439) {
            let offset = UtcOffset::from_minutes(minutes).expect("less than a day");
            let time = LocalTime::new(UnixTime::from_millis(millis), offset);
            prop_assert_eq!(time.to_string().parse(), Ok(time));
        }

        #[test]
        fn what_is_read_is_written(text in "[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]") {
            if let Ok(time) = text.parse::<LocalTime>() {
                prop_assert_eq!(time.to_string(), text);
            }
        }
    }
}
