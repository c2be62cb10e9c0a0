//! The service's way to write a time: `2008-06-30 22:14:03`, without a zone (soap.md 2.3).

use machine_contract::UnixTime;

/// The date and time of day, `offset_minutes` east of Greenwich.
pub(super) fn local_time(time: UnixTime, offset_minutes: i16) -> String {
    let seconds = i64::try_from(time.as_secs())
        .unwrap_or(i64::MAX)
        .saturating_add(i64::from(offset_minutes) * 60)
        .max(0);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The Gregorian date so many days after 1970-01-01. Years are counted from March, so that the leap
/// day is the last of its year, in eras of 400 years, which are all of the same length.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + later, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(local_time(UnixTime::from_millis(u64::MAX), i16::MAX).len() > 19);
    }
}
