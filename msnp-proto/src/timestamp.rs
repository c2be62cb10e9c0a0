//! Times as messages carry them: `2015-05-17T17:11:33Z`.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use machine_contract::{CivilTime, UnixTime, UtcOffset};
use nom::branch::alt;
use nom::bytes::complete::take_while_m_n;
use nom::character::complete::{char, digit0, one_of};
use nom::combinator::{all_consuming, map_opt, opt, value};
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// `Original-Arrival-Time` of a message, `originalarrivaltime` and `composetime` of one in a history.
///
/// Written in UTC and to the second, as the services did. Read with parts of a second and with the offset
/// of a zone too, as ISO 8601 has them; a time without either counts as UTC.
///
/// ```
/// use machine_contract::UnixTime;
/// use msnp_proto::Timestamp;
///
/// let time = UnixTime::from_millis(1_431_882_693_260);
/// assert_eq!(Timestamp::new(time).to_string(), "2015-05-17T17:11:33Z");
///
/// let read: Timestamp = "2015-05-17T19:11:33.26+02:00".parse()?;
/// assert_eq!(read.time(), time);
/// # Ok::<(), msnp_proto::TimestampError>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(UnixTime);

/// A text is not a time of this form, there is no such time, or it is before 1970.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time such as 2015-05-17T17:11:33Z, from 1970 on")]
pub struct TimestampError;

impl Timestamp {
    /// The time to the second; the milliseconds are left out.
    pub const fn new(time: UnixTime) -> Self {
        Self(UnixTime::from_secs(time.as_secs()))
    }

    /// The time, to the millisecond if it was read so.
    pub const fn time(self) -> UnixTime {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0.to_civil(UtcOffset::UTC);
        let (year, month, day) = (time.year(), time.month(), time.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        match time.millisecond() {
            0 => f.write_str("Z"),
            thousandths => write!(f, ".{thousandths:03}Z"),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// `4digit "-" month "-" day "T" hour ":" minute ":" second [ "." *digit ] [ zone ]`, white space
    /// around it aside.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let parsed: IResult<_, _> = all_consuming(map_opt(
            (date, one_of("Tt"), time_of_day, opt(fraction), opt(zone)),
            |(date, _, time, thousandths, offset)| {
                assemble(
                    date,
                    time,
                    thousandths.unwrap_or(0),
                    offset.unwrap_or_default(),
                )
            },
        ))
        .parse(text.trim());
        parsed
            .map(|(_, time)| Self(time))
            .map_err(|_| TimestampError)
    }
}

type Triple<T> = (T, u8, u8);

fn assemble(
    (year, month, day): Triple<i32>,
    (hour, minute, second): Triple<u8>,
    thousandths: u16,
    offset: UtcOffset,
) -> Option<UnixTime> {
    // A leap second is none in Unix time: it is the first of the next minute.
    let (second, leap) = if second == 60 { (59, 1) } else { (second, 0) };
    let civil = CivilTime::new(year, month, day, hour, minute, second)?;
    let time = UnixTime::from_civil(civil.with_millisecond(thousandths)?, offset)?;
    Some(time.saturating_add(Duration::from_secs(leap)))
}

fn date(input: &str) -> IResult<&str, Triple<i32>> {
    let year = number(4, 4);
    let part = || preceded(char('-'), number(1, 2));
    (year, part(), part()).parse(input)
}

fn time_of_day(input: &str) -> IResult<&str, Triple<u8>> {
    let part = || preceded(char(':'), number(1, 2));
    (number(1, 2), part(), part()).parse(input)
}

/// The thousandths of a part of a second, however many digits it has.
fn fraction(input: &str) -> IResult<&str, u16> {
    let (rest, digits) = preceded(one_of(".,"), digit0).parse(input)?;
    let digits = digits.bytes().map(|digit| u16::from(digit - b'0'));
    let thousandths = digits.chain([0; 3]).take(3);
    Ok((rest, thousandths.fold(0, |sum, digit| sum * 10 + digit)))
}

/// `"Z" / ("+" / "-") 2digit [":"] 2digit`
fn zone(input: &str) -> IResult<&str, UtcOffset> {
    let sign = alt((value(1, char('+')), value(-1, char('-'))));
    let minutes = preceded(opt(char(':')), number::<i32>(2, 2));
    let offset = map_opt(
        (sign, number::<i32>(2, 2), minutes),
        |(sign, hours, minutes): (i32, i32, i32)| {
            (minutes < 60)
                .then(|| UtcOffset::from_seconds(sign * (hours * 60 + minutes) * 60))
                .flatten()
        },
    );
    alt((value(UtcOffset::UTC, one_of("Zz")), offset)).parse(input)
}

fn number<'a, T: FromStr>(
    least: usize,
    most: usize,
) -> impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>> {
    let digits = take_while_m_n(least, most, |c: char| c.is_ascii_digit());
    map_opt(digits, |digits: &str| digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        let read = text.parse().map(Timestamp::time).ok();
        assert_eq!(read, expected.map(UnixTime::from_millis), "{text}");
    }

    #[test]
    fn times_of_the_recordings_are_read() {
        check("1970-01-01T00:00:00Z", Some(0));
        check("2015-05-17T17:11:33Z", Some(1_431_882_693_000));
        check("2015-05-17T17:11:33.26Z", Some(1_431_882_693_260));
        check("2000-02-29T23:59:59.9999", Some(951_868_799_999));
        check("2015-05-17", None);
        check("2015-13-17T17:11:33Z", None);
        check("1969-12-31T23:59:59Z", None);
        check("+015-05-17T17:11:33Z", None);
        check("2015-05-17T17:11:33é", None);
        check("2015-05-17T17:11:33.é", None);
        check("", None);
    }

    #[test]
    fn offsets_are_read() {
        let noon = Some(1_431_864_000_000);
        check("2015-05-17T12:00:00Z", noon);
        check("2015-05-17T14:00:00+02:00", noon);
        check("2015-05-17T14:00:00+0200", noon);
        check("2015-05-17T06:30:00-05:30", noon);
        check("2015-05-18T11:59:00.000+23:59", noon);
        check("1969-12-31T23:00:00-01:00", Some(0));
        check("1970-01-01T01:00:00+02:00", None);
        for zone in [
            "+2:00", "+02:60", "+24:00", "+02:0", "+", "Z+00:00", " Z", "+02:00Z",
        ] {
            check(&alloc::format!("2015-05-17T12:00:00{zone}"), None);
        }
    }

    #[test]
    fn odd_times_are_read_and_impossible_ones_are_not() {
        check(" 2015-05-17t17:11:33z ", Some(1_431_882_693_000));
        check("2015-5-7T7:1:3Z", Some(1_430_982_063_000));
        check("2015-06-30T23:59:60Z", Some(1_435_708_800_000));
        check("2015-06-30T23:59:61Z", None);
        check("2015-02-29T00:00:00Z", None);
        check("2015-05-17T24:00:00Z", None);
        check("2015-05-17T17:11Z", None);
        check("2015-05-17 17:11:33Z", None);
    }

    #[track_caller]
    fn written(ms: u64, expected: &str) {
        let time = Timestamp::new(UnixTime::from_millis(ms));
        assert_eq!(time.to_string(), expected);
    }

    #[test]
    fn times_are_written_as_the_service_wrote_them() {
        written(0, "1970-01-01T00:00:00Z");
        written(1_431_882_693_260, "2015-05-17T17:11:33Z");
        written(951_782_400_000, "2000-02-29T00:00:00Z");
        written(951_868_799_999, "2000-02-29T23:59:59Z");
        written(951_868_800_000, "2000-03-01T00:00:00Z");
        written(1_735_689_599_000, "2024-12-31T23:59:59Z");
        written(4_107_542_400_000, "2100-03-01T00:00:00Z");
    }

    /// The first millisecond of the year 10000, which four digits cannot say.
    const YEAR_10000: u64 = 253_402_300_800_000;

    proptest! {
        #[test]
        fn what_is_written_is_read(millis in 0..YEAR_10000) {
            let time = Timestamp::new(UnixTime::from_millis(millis));
            prop_assert_eq!(time.to_string().parse(), Ok(time));
            let exact = Timestamp(UnixTime::from_millis(millis));
            prop_assert_eq!(exact.to_string().parse(), Ok(exact));
        }

        #[test]
        fn what_is_read_is_written(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z") {
            if let Ok(time) = text.parse::<Timestamp>() {
                prop_assert_eq!(time.to_string(), text);
            }
        }

        #[test]
        fn every_offset_is_read(secs in 86_400..YEAR_10000 / 1000, minutes in -1439i16..=1439) {
            let offset = UtcOffset::from_minutes(minutes).expect("less than a day");
            let time = UnixTime::from_secs(secs);
            let local = time.to_civil(offset);
            prop_assume!(local.year() < 10_000);
            let sign = if minutes < 0 { '-' } else { '+' };
            let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
            let text = alloc::format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{hours:02}:{rest:02}",
                local.year(), local.month(), local.day(), local.hour(), local.minute(), local.second(),
            );
            prop_assert_eq!(text.parse(), Ok(Timestamp(time)));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = text.parse::<Timestamp>();
        }
    }
}
