//! The one calendar: what a [`UnixTime`] is called where people live, and back. The formats of the wire
//! are the codecs' matter.

use crate::time::UnixTime;

/// A date and a time of day in the Gregorian calendar, to the millisecond, without a zone.
///
/// Every value is a day that exists, at a time of day that exists. Leap seconds do not: Unix time has none.
///
/// ```
/// use machine_contract::{CivilTime, UnixTime, UtcOffset};
///
/// let time = UnixTime::from_secs(1_214_889_243);
/// let pacific = UtcOffset::from_minutes(-7 * 60).expect("less than a day");
/// let civil = time.to_civil(pacific);
/// assert_eq!((civil.year(), civil.month(), civil.day()), (2008, 6, 30));
/// assert_eq!((civil.hour(), civil.minute(), civil.second()), (22, 14, 3));
/// assert_eq!(UnixTime::from_civil(civil, pacific), Some(time));
/// assert_eq!(CivilTime::new(2015, 2, 29, 0, 0, 0), None);
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilTime {
    year: i32,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    millisecond: u16,
}

impl CivilTime {
    /// A moment of a day; `None` if there is none of that name.
    pub const fn new(
        year: i32,
        month: u8,
        day: u8,
        hour: u8,
        minute: u8,
        second: u8,
    ) -> Option<Self> {
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap(year) => 29,
            2 => 28,
            _ => return None,
        };
        if day == 0 || day > days || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Some(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
            millisecond: 0,
        })
    }

    /// The same second with this many of its milliseconds over; `None` from 1000 on.
    #[must_use]
    pub const fn with_millisecond(self, millisecond: u16) -> Option<Self> {
        if millisecond > 999 {
            return None;
        }
        Some(Self {
            millisecond,
            ..self
        })
    }

    /// The year; 0 is the one before the year 1.
    pub const fn year(self) -> i32 {
        self.year
    }

    /// The month, from 1.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The hour, 0 to 23.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// The second, 0 to 59.
    pub const fn second(self) -> u8 {
        self.second
    }

    /// The millisecond, 0 to 999.
    pub const fn millisecond(self) -> u16 {
        self.millisecond
    }
}

/// How far a zone's clocks are ahead of UTC (east of Greenwich) or behind it; less than a day.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UtcOffset {
    seconds: i32,
}

impl UtcOffset {
    /// No offset.
    pub const UTC: Self = Self { seconds: 0 };

    /// So many seconds ahead; `None` from a day on, in either direction.
    pub const fn from_seconds(seconds: i32) -> Option<Self> {
        if seconds.unsigned_abs() as u64 >= SECONDS_OF_A_DAY.unsigned_abs() {
            return None;
        }
        Some(Self { seconds })
    }

    /// So many minutes ahead; `None` from a day on, in either direction.
    pub const fn from_minutes(minutes: i16) -> Option<Self> {
        Self::from_seconds(minutes as i32 * 60)
    }

    /// How many seconds ahead.
    pub const fn seconds(self) -> i32 {
        self.seconds
    }
}

const SECONDS_OF_A_DAY: i64 = 86_400;

/// Days from 1 March of the year 0 to the beginning of 1970.
const DAYS_TO_1970: i64 = 719_468;

/// Days of 400 years, after which the calendar repeats.
const DAYS_OF_AN_ERA: i64 = 146_097;

impl UnixTime {
    /// What clocks and calendars show at this time where they are set to `offset`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        reason = "each is the rest of a division, and seconds of a u64 of milliseconds fit"
    )]
    pub const fn to_civil(self, offset: UtcOffset) -> CivilTime {
        let millis = self.as_millis();
        let seconds = (millis / 1000) as i64 + offset.seconds as i64;
        let (year, month, day) = date(seconds.div_euclid(SECONDS_OF_A_DAY));
        let second = seconds.rem_euclid(SECONDS_OF_A_DAY);
        CivilTime {
            year,
            month,
            day,
            hour: (second / 3600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
            millisecond: (millis % 1000) as u16,
        }
    }

    /// The time at which clocks and calendars that are set to `offset` show this; `None` before 1970, and
    /// behind the last time there is.
    #[expect(clippy::cast_sign_loss, reason = "what is negative was turned away")]
    pub const fn from_civil(civil: CivilTime, offset: UtcOffset) -> Option<Self> {
        let days = days(civil.year, civil.month, civil.day);
        let second = civil.hour as i64 * 3600 + civil.minute as i64 * 60 + civil.second as i64;
        // The years of an i32 have seconds that an i64 holds, but not milliseconds.
        let seconds = days * SECONDS_OF_A_DAY + second - offset.seconds as i64;
        if seconds < 0 {
            return None;
        }
        let Some(millis) = (seconds as u64).checked_mul(1000) else {
            return None;
        };
        match millis.checked_add(civil.millisecond as u64) {
            Some(millis) => Some(Self::from_millis(millis)),
            None => None,
        }
    }
}

/// Year, month and day of the date so many days after the beginning of 1970.
///
/// Years are counted from March, so that a leap day is the last of its year, in eras of 400 years, which
/// are all of the same length; five months of 31, 30, 31, 30, 31 days are 153 days.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the years of a u64 of milliseconds fit, months and days too"
)]
const fn date(days: i64) -> (i32, u8, u8) {
    let days = days + DAYS_TO_1970;
    let (era, day) = (
        days.div_euclid(DAYS_OF_AN_ERA),
        days.rem_euclid(DAYS_OF_AN_ERA),
    );
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    ((era * 400 + year + later) as i32, month as u8, day as u8)
}

/// The other way round.
const fn days(year: i32, month: u8, day: u8) -> i64 {
    let (month, day) = (month as i64, day as i64);
    let year = if month <= 2 {
        year as i64 - 1
    } else {
        year as i64
    };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * DAYS_OF_AN_ERA + 365 * year + year / 4 - year / 100 + day_of_year - DAYS_TO_1970
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(secs: u64, date: (i32, u8, u8), time: (u8, u8, u8)) {
        let civil = CivilTime::new(date.0, date.1, date.2, time.0, time.1, time.2);
        let unix = UnixTime::from_secs(secs);
        assert_eq!(Some(unix.to_civil(UtcOffset::UTC)), civil);
        let back = civil.and_then(|civil| UnixTime::from_civil(civil, UtcOffset::UTC));
        assert_eq!(back, Some(unix));
    }

    #[test]
    fn leap_days_and_ends_of_years_and_centuries() {
        check(0, (1970, 1, 1), (0, 0, 0));
        check(951_782_400, (2000, 2, 29), (0, 0, 0));
        check(951_868_799, (2000, 2, 29), (23, 59, 59));
        check(951_868_800, (2000, 3, 1), (0, 0, 0));
        check(1_431_882_693, (2015, 5, 17), (17, 11, 33));
        check(1_709_251_199, (2024, 2, 29), (23, 59, 59));
        check(1_709_251_200, (2024, 3, 1), (0, 0, 0));
        check(1_735_689_599, (2024, 12, 31), (23, 59, 59));
        check(4_107_542_400, (2100, 3, 1), (0, 0, 0));
    }

    #[test]
    fn no_day_exists_that_does_not() {
        for (year, month, day) in [
            (2015, 2, 29),
            (1900, 2, 29),
            (2015, 4, 31),
            (2015, 0, 1),
            (2015, 13, 1),
            (2015, 1, 0),
            (2015, 1, 32),
        ] {
            assert_eq!(CivilTime::new(year, month, day, 0, 0, 0), None);
        }
        for (hour, minute, second) in [(24, 0, 0), (0, 60, 0), (0, 0, 60)] {
            assert_eq!(CivilTime::new(2015, 1, 1, hour, minute, second), None);
        }
        let midnight = CivilTime::new(2000, 2, 29, 0, 0, 0);
        assert_eq!(midnight.and_then(|it| it.with_millisecond(1000)), None);
    }

    #[test]
    fn an_offset_is_less_than_a_day() {
        assert_eq!(UtcOffset::from_minutes(24 * 60), None);
        assert_eq!(UtcOffset::from_minutes(i16::MIN), None);
        assert_eq!(UtcOffset::from_seconds(i32::MIN), None);
        let offset = UtcOffset::from_minutes(-24 * 60 + 1);
        assert_eq!(offset.map(UtcOffset::seconds), Some(-86_340));
    }

    #[test]
    fn west_of_greenwich_1969_ends_later_but_no_time_is_before_1970() {
        let west = UtcOffset::from_minutes(-60).unwrap();
        let civil = UnixTime::default().to_civil(west);
        assert_eq!(Some(civil), CivilTime::new(1969, 12, 31, 23, 0, 0));
        assert_eq!(UnixTime::from_civil(civil, west), Some(UnixTime::default()));
        assert_eq!(UnixTime::from_civil(civil, UtcOffset::UTC), None);
    }

    proptest! {
        #[test]
        fn there_and_back(millis: u64, seconds in -86_399..=86_399) {
            let (time, offset) = (UnixTime::from_millis(millis), UtcOffset::from_seconds(seconds).unwrap());
            let civil = time.to_civil(offset);
            prop_assert_eq!(UnixTime::from_civil(civil, offset), Some(time));
            let made = CivilTime::new(civil.year(), civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second());
            prop_assert_eq!(made.and_then(|it| it.with_millisecond(civil.millisecond())), Some(civil));
        }

        #[test]
        fn any_civil_time_is_a_time_or_out_of_its_range(year: i32, month in 1u8..=12, day in 1u8..=28, hour in 0u8..24) {
            let civil = CivilTime::new(year, month, day, hour, 0, 0).expect("a day of every month");
            let last = UnixTime::from_millis(u64::MAX).to_civil(UtcOffset::UTC);
            let time = UnixTime::from_civil(civil, UtcOffset::UTC);
            prop_assert_eq!(time.is_some(), year >= 1970 && civil <= last);
            prop_assert!(time.is_none_or(|time| time.to_civil(UtcOffset::UTC) == civil));
        }
    }
}
