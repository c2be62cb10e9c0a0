//! The zone that times are shown in.

use machine_contract::UtcOffset;

/// The zone that the system's clock is shown in. It cannot be had once there are several threads.
pub(crate) fn local_offset() -> UtcOffset {
    let offset = time::UtcOffset::current_local_offset().ok();
    let offset = offset.and_then(|offset| UtcOffset::from_seconds(offset.whole_seconds()));
    offset.unwrap_or_default()
}

/// Reads `local`, `UTC`, or hours and minutes from UTC: `-07:00`.
pub(crate) fn parse(text: &str) -> Result<UtcOffset, String> {
    match text {
        "local" => Ok(local_offset()),
        "UTC" => Ok(UtcOffset::UTC),
        text => hours_and_minutes(text)
            .ok_or_else(|| "neither `local` nor `UTC` nor of the form -07:00".to_owned()),
    }
}

fn hours_and_minutes(text: &str) -> Option<UtcOffset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |text: &str| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i16>().ok().filter(|_| is_plain)
    };
    let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
    UtcOffset::from_minutes(sign * (number(hours)? * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read() {
        let minutes = |text| parse(text).ok();
        assert_eq!(minutes("-07:00"), UtcOffset::from_minutes(-420));
        assert_eq!(minutes("+05:45"), UtcOffset::from_minutes(345));
        assert_eq!(minutes("UTC"), Some(UtcOffset::UTC));
        assert!(minutes("local").is_some());
        for bad in [
            "", "7", "07:00", "+7:00", "+07:60", "+24:00", "+99:99", "-+1:00", "+é:00",
        ] {
            assert_eq!(minutes(bad), None, "{bad}");
        }
    }
}
