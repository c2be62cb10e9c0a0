//! Times as services write them: `2015-05-17T17:11:33Z`.

use machine_contract::UnixTime;

/// A UTC time in the form `yyyy-mm-ddThh:mm:ss[.fraction][Z]`.
pub(super) fn parse(text: &str) -> Option<UnixTime> {
    let text = text.trim();
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| digits(part, 4));
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut time = time.splitn(3, ':').map(|part| digits(part, 2));
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    // Three digits of the fraction, however many there are.
    let mut thousandths: String = fraction.chars().take(3).collect();
    while thousandths.len() < 3 {
        thousandths.push('0');
    }
    let thousandths = digits(&thousandths, 3)?;
    if !(1970..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(UnixTime::from_millis(seconds * 1_000 + thousandths))
}

fn digits(part: &str, most: usize) -> Option<u64> {
    let fits = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| part.parse().ok()).flatten()
}

/// Days of the Gregorian calendar; years begin in March, so that the leap day ends them.
const fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(parse(text), expected.map(UnixTime::from_millis), "{text}");
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
}
