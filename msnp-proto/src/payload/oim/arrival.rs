//! When a message arrived: `X-OriginalArrivalTime` with its `FILETIME`, and `Date`.

use alloc::format;
use alloc::string::String;

use machine_contract::{CivilTime, UnixTime, UtcOffset};

/// `21 Nov 2026 20:13:15.0000 (UTC) FILETIME=[BD8B7F80:01DD79F4]`: the low half stands first.
pub(super) fn file_time(value: &str) -> Option<UnixTime> {
    let (_, behind) = value.split_once("FILETIME=[")?;
    let (low, behind) = behind.split_once(':')?;
    let (high, _) = behind.split_once(']')?;
    let half = |digits: &str| {
        let plain = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        plain
            .then(|| u64::from_str_radix(digits, 16).ok())
            .flatten()
    };
    let ticks = half(high)? << 32 | half(low)?;
    (ticks / TICKS)
        .checked_sub(UNIX_EPOCH)
        .map(UnixTime::from_millis)
}

pub(super) fn write_file_time(time: UnixTime) -> String {
    let civil = civil(time);
    let ticks = time
        .as_millis()
        .saturating_add(UNIX_EPOCH)
        .saturating_mul(TICKS);
    format!(
        "{civil}.0000 (UTC) FILETIME=[{:08X}:{:08X}]",
        ticks & 0xffff_ffff,
        ticks >> 32
    )
}

/// `[Sat, ]21 Nov 2026 12:13:15 -0800`
pub(super) fn date(value: &str) -> Option<UnixTime> {
    let value = value.rsplit_once(',').map_or(value, |(_, behind)| behind);
    let mut words = value.split_ascii_whitespace();
    let number = |digits: &str| {
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse().ok())
            .flatten()
    };
    let day = number(words.next()?)?;
    let month = words.next()?;
    let month = MONTHS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(month))?;
    let year = words.next().filter(|year| year.len() == 4)?;
    let year = year.parse().ok()?;
    let mut time = words.next()?.split(':').map(number);
    let (hour, minute) = (time.next()??, time.next()??);
    let second = time.next().unwrap_or(Some(0))?;
    let month = u8::try_from(month + 1).ok()?;
    UnixTime::from_civil(
        CivilTime::new(year, month, day, hour, minute, second)?,
        offset(words.next()),
    )
}

/// `-0800`; anything else counts as UTC.
fn offset(word: Option<&str>) -> UtcOffset {
    let minutes = word.and_then(|word| {
        let (sign, digits) = match word.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, word.strip_prefix('+')?),
        };
        let number: i16 = (digits.len() == 4).then(|| digits.parse().ok()).flatten()?;
        UtcOffset::from_minutes(sign * (number / 100 * 60 + number % 100))
    });
    minutes.unwrap_or(UtcOffset::UTC)
}

pub(super) fn write_date(time: UnixTime) -> String {
    format!("{} +0000", civil(time))
}

fn civil(time: UnixTime) -> String {
    let civil = time.to_civil(UtcOffset::UTC);
    // Months are counted from 1 to 12.
    let month = MONTHS
        .get(usize::from(civil.month()) - 1)
        .copied()
        .unwrap_or_default();
    format!(
        "{:02} {month} {:04} {:02}:{:02}:{:02}",
        civil.day(),
        civil.year(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// 100-nanosecond ticks in a millisecond, and milliseconds from 1601 to 1970.
const TICKS: u64 = 10_000;
const UNIX_EPOCH: u64 = 11_644_473_600_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-21T20:13:15Z
    const RECORDED: UnixTime = UnixTime::from_secs(1_795_291_995);

    #[test]
    fn the_recorded_times_are_read_and_written() {
        let header = "21 Nov 2026 20:13:15.0000 (UTC) FILETIME=[BD8B7F80:01DD79F4]";
        assert_eq!(file_time(header), Some(RECORDED));
        assert_eq!(write_file_time(RECORDED), header);
        assert_eq!(date("21 Nov 2026 12:13:15 -0800"), Some(RECORDED));
        assert_eq!(date("Sat, 21 nov 2026 20:13:15 +0000"), Some(RECORDED));
        assert_eq!(date("21 Nov 2026 20:13:15"), Some(RECORDED));
        assert_eq!(write_date(RECORDED), "21 Nov 2026 20:13:15 +0000");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for value in [
            "",
            "FILETIME=[",
            "FILETIME=[1:2]",
            "FILETIME=[+0000000:00000000]",
            "FILETIME=[00000000:00000000]",
        ] {
            assert_eq!(file_time(value), None, "{value}");
        }
        for value in [
            "",
            "21",
            "21 Foo 2026 1:1",
            "32 Nov 2026 1:1:1",
            "21 Nov 2026 25:00",
            "+1 Nov 2026 1:1",
            "1 Nov 2026 1",
        ] {
            assert_eq!(date(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(seconds in 0..250_000_000_000u64) {
            let time = UnixTime::from_secs(seconds);
            prop_assert_eq!(file_time(&write_file_time(time)), Some(time));
            if time.to_civil(UtcOffset::UTC).year() < 10_000 {
                prop_assert_eq!(date(&write_date(time)), Some(time));
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let _ = (date(&text), file_time(&text));
        }
    }
}
