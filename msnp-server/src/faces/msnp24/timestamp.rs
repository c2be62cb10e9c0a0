//! Times as the service wrote them into `Original-Arrival-Time`.

use machine_contract::UnixTime;

/// `2015-05-17T17:11:33Z`.
pub(super) fn timestamp(time: UnixTime) -> String {
    let seconds = time.as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days are counted from 1 March of the year 0, so that a leap day is the last of its year:
    // 400 years are 146,097 days, and five months of 31, 30, 31, 30, 31 days are 153.
    let from_march = days + 719_468;
    let (era, day) = (from_march / 146_097, from_march % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year + next_year;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ms: u64, expected: &str) {
        assert_eq!(timestamp(UnixTime::from_millis(ms)), expected);
    }

    #[test]
    fn times_are_written_as_the_service_wrote_them() {
        check(0, "1970-01-01T00:00:00Z");
        check(1_431_882_693_260, "2015-05-17T17:11:33Z");
        check(951_782_400_000, "2000-02-29T00:00:00Z");
        check(951_868_799_999, "2000-02-29T23:59:59Z");
        check(951_868_800_000, "2000-03-01T00:00:00Z");
        check(1_735_689_599_000, "2024-12-31T23:59:59Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00Z");
    }
}
