//! `Timestamp`: the times of the services, which are given back as they came.

use machine_contract::{CivilTime, UnixTime, UtcOffset};

use crate::call::content::{Content, ContentError, Kind};
use crate::call::values::{is_blank, trimmed};
use crate::call::vocabulary::Vocabulary;
use crate::element::Element;

/// A time as it stands on the wire: `2026-11-21T19:52:09Z`, `0001-01-01T00:00:00`, `2006-03-29T07:29:42.5200000-08:00`.
///
/// A client gives the `lastChange` of an address book back, to be told only what is newer; so the text is kept as it is, and read
/// only when somebody asks what time it is.
///
/// ```
/// use soap_codec::call::Timestamp;
/// use machine_contract::UnixTime;
///
/// let time = Timestamp::from_unix(UnixTime::from_secs(1_795_290_729));
/// assert_eq!(time.as_str(), "2026-11-21T19:52:09Z");
/// assert_eq!(Timestamp::new("2026-11-21T11:52:09.0000000-08:00").to_unix(), time.to_unix());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timestamp(String);

/// The peer's text is no time, or one before 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer's time is not YYYY-MM-DDThh:mm:ss of 1970 or later")]
pub struct TimestampError;

impl Timestamp {
    /// What stands for "never", and in a request for "everything" (soap.md 5.4).
    pub const NEVER: &'static str = "0001-01-01T00:00:00";

    /// This text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// "Never", or in a request "everything".
    pub fn never() -> Self {
        Self::new(Self::NEVER)
    }

    /// This moment, to the second and in UTC.
    pub fn from_unix(time: UnixTime) -> Self {
        let civil = time.to_civil(UtcOffset::UTC);
        Self(format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second(),
        ))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the first second of the calendar, in whatever form.
    pub fn is_never(&self) -> bool {
        self.0.starts_with("0001-01-01T")
    }

    /// The moment that it means. Without a zone it is taken for UTC; fractions of a second are left out.
    pub fn to_unix(&self) -> Result<UnixTime, TimestampError> {
        let (time, offset) = self.civil().ok_or(TimestampError)?;
        UnixTime::from_civil(time, offset).ok_or(TimestampError)
    }

    fn civil(&self) -> Option<(CivilTime, UtcOffset)> {
        let (date, time) = self.0.split_once('T')?;
        let mut date = date.split('-');
        let year = date.next().filter(|it| it.len() == 4)?;
        let (month, day) = (date.next()?, date.next()?);
        if date.next().is_some() {
            return None;
        }
        let (clock, zone) = match time.find(['Z', '+', '-']) {
            Some(at) => time.split_at(at),
            None => (time, "Z"),
        };
        let clock = match clock.split_once('.') {
            Some((clock, fraction)) if fraction.bytes().all(|it| it.is_ascii_digit()) => clock,
            Some(_) => return None,
            None => clock,
        };
        let mut clock = clock.split(':');
        let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next()?);
        if clock.next().is_some() {
            return None;
        }
        let civil = CivilTime::new(
            number(year)?,
            two(month)?,
            two(day)?,
            two(hour)?,
            two(minute)?,
            two(second)?,
        )?;
        Some((civil, offset(zone)?))
    }
}

/// `Z`, `-08:00`, `+05:30`.
fn offset(zone: &str) -> Option<UtcOffset> {
    if zone == "Z" {
        return Some(UtcOffset::UTC);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let minutes = i16::from(two(hours)?) * 60 + i16::from(two(minutes)?);
    UtcOffset::from_minutes(sign * minutes)
}

fn two(text: &str) -> Option<u8> {
    number(text).filter(|_| text.len() == 2)
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

impl Content for Timestamp {
    const KIND: Kind = Kind::Time;

    fn read(element: &Element) -> Result<Self, ContentError> {
        Ok(Self(trimmed(element)))
    }

    fn fill(&self, element: &mut Element, vocabulary: &Vocabulary) {
        self.0.fill(element, vocabulary);
    }

    fn is_missing(element: &Element) -> bool {
        is_blank(element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: Option<u64>) {
        let read = Timestamp::new(text).to_unix();
        assert_eq!(read.ok().map(UnixTime::as_secs), seconds, "{text}");
    }

    #[test]
    fn zones_and_fractions_are_read() {
        check("2026-11-21T19:52:09Z", Some(1_795_290_729));
        check("2026-11-21T19:52:09", Some(1_795_290_729));
        check("2026-11-21T11:52:09.5200000-08:00", Some(1_795_290_729));
        check("2026-11-22T01:22:09+05:30", Some(1_795_290_729));
    }

    #[test]
    fn what_is_no_time_is_told() {
        for text in [
            "",
            "T",
            "2026-11-21",
            "2026-11-21T",
            "2026-13-21T00:00:00Z",
            "2026-11-21T19:52Z",
            "2026-11-21T19:52:09.xZ",
            "2026-11-21T19:52:09+5:30",
            "2026-11-21T19:52:09é",
            "2026-11-21T19:52:09-99:99",
            "+026-11-21T19:52:09Z",
            Timestamp::NEVER,
        ] {
            check(text, None);
        }
        assert!(Timestamp::never().is_never());
    }
}
