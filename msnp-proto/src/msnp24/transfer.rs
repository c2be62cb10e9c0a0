//! `XFR CON`: "connect over there", and the small text that the redirect carries (msnp24.md 6.10).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::time::Duration;

use machine_contract::UnixTime;

use crate::msnp24::{document, grammar};
use crate::payload::PayloadError;
use crate::payload::xml::Element;

/// `XFR n CON`: in place of a reply to `CNT` or `BND`, or by itself later.
///
/// The client drops what it knows of the connection, its registration token too, connects to the
/// target and starts over with `CNT` 1, returning the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// `HOST:443`
    pub target: String,
    /// `S` in what was seen.
    pub flags: Option<String>,
    /// Base64; [`TransferState::parse`] reads it.
    pub state: Option<String>,
    /// How long to wait before connecting; whole seconds on the wire.
    pub wait: Option<Duration>,
}

impl Transfer {
    /// Reads `<xfr>`.
    ///
    /// # Errors
    /// [`PayloadError`] if the target is missing, or the time is no number.
    pub fn parse(body: &[u8]) -> Result<Self, PayloadError> {
        let root = document::root(body, "xfr")?;
        Ok(Self {
            target: document::filled(&root, "target")?,
            flags: document::optional(&root, "flags"),
            state: document::optional(&root, "state"),
            wait: document::optional_seconds(&root, "wait")?,
        })
    }

    /// Writes `<xfr>`.
    pub fn encode(&self) -> Vec<u8> {
        let mut root = Element::new("xfr").with("target", &self.target);
        if let Some(flags) = &self.flags {
            root = root.with("flags", flags);
        }
        if let Some(state) = &self.state {
            root = root.with("state", state);
        }
        if let Some(wait) = self.wait {
            root = root.with("wait", document::seconds_text(wait));
        }
        root.to_vec()
    }
}

/// What the state of a redirect says; also the last word of `CVR` in MSNP21 (msnp24.md 14.1).
///
/// ```
/// use msnp_proto::msnp24::TransferState;
/// let state = TransferState::parse("VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg==").expect("a state");
/// assert_eq!((state.version, state.count, state.sent), (1, 2, None));
/// assert_eq!(state.encode(), "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg==");
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TransferState {
    /// `Version`, always 1.
    pub version: u32,
    /// `XfrCount`: how often this client has been sent elsewhere.
    pub count: u32,
    /// `XfrSentUTCTime`: when, in units of 100 ns since the year 1.
    pub sent: Option<u64>,
    /// `IsGeoXfr: true`, seen in MSNP21.
    pub geographic: bool,
}

impl TransferState {
    /// Reads the base64 text; `None` if it is none, or the first two lines are missing. Unknown
    /// lines are left out.
    pub fn parse(base64: &str) -> Option<Self> {
        let text = decode_base64(base64)?;
        let text = core::str::from_utf8(&text).ok()?;
        let line = |name: &str| {
            let mut lines = text
                .lines()
                .filter_map(|line| grammar::header(line.as_bytes()));
            let (_, value) = lines.find(|(found, _)| *found == name.as_bytes())?;
            core::str::from_utf8(value).ok()
        };
        Some(Self {
            version: line("Version")?.parse().ok()?,
            count: line("XfrCount")?.parse().ok()?,
            sent: line("XfrSentUTCTime").and_then(|ticks| ticks.parse().ok()),
            geographic: line("IsGeoXfr") == Some("true"),
        })
    }

    /// Writes the base64 text.
    pub fn encode(&self) -> String {
        let mut text = "Version: ".to_string();
        text.push_str(&document::text(self.version));
        // Writing to a string cannot fail.
        let _ = write!(text, "\r\nXfrCount: {}\r\n", self.count);
        if let Some(ticks) = self.sent {
            let _ = write!(text, "XfrSentUTCTime: {ticks}\r\n");
        }
        if self.geographic {
            text.push_str("IsGeoXfr: true\r\n");
        }
        encode_base64(text.as_bytes())
    }

    /// When the redirect was sent, to the millisecond; `None` if not said, or before 1970.
    pub fn sent_at(&self) -> Option<UnixTime> {
        let millis = (self.sent? / TICKS_PER_MILLISECOND).checked_sub(MILLISECONDS_TO_1970)?;
        Some(UnixTime::from_millis(millis))
    }
}

const TICKS_PER_MILLISECOND: u64 = 10_000;
/// From the beginning of the year 1.
const MILLISECONDS_TO_1970: u64 = 62_135_596_800_000;

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut block = [0u8; 4];
        block[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(block);
        for digit in 0..4 {
            if digit <= group.len() {
                let value = (bits >> (18 - 6 * digit)) & 63;
                out.push(char::from(BASE64[value as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// Padding may be missing, as long as no bits are.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().trim_end_matches('=').as_bytes();
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        if group.len() == 1 {
            return None;
        }
        let mut bits = 0u32;
        for digit in group {
            let value = BASE64.iter().position(|known| known == digit)?;
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        bits <<= 6 * (4 - group.len());
        let bytes = bits.to_be_bytes();
        out.extend_from_slice(&bytes[1..group.len()]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base64: &str, state: TransferState) {
        assert_eq!(TransferState::parse(base64), Some(state));
        assert_eq!(state.encode(), base64);
    }

    #[test]
    fn the_observed_states_are_read_and_written() {
        check(
            "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDENClhmclNlbnRVVENUaW1lOiA2MzU2MTE4OTE5MzM0MDMwODANCg==",
            TransferState {
                version: 1,
                count: 1,
                sent: Some(635_611_891_933_403_080),
                geographic: false,
            },
        );
        check(
            "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCg==",
            TransferState {
                version: 1,
                count: 2,
                sent: None,
                geographic: false,
            },
        );
        check(
            "VmVyc2lvbjogMQ0KWGZyQ291bnQ6IDINCklzR2VvWGZyOiB0cnVlDQo=",
            TransferState {
                version: 1,
                count: 2,
                sent: None,
                geographic: true,
            },
        );
    }

    #[test]
    fn ticks_are_a_point_in_time() {
        let state = TransferState {
            version: 1,
            count: 1,
            sent: Some(635_611_891_933_403_080),
            geographic: false,
        };
        // 2015-03-05 21:53:13.340 UTC.
        assert_eq!(
            state.sent_at(),
            Some(UnixTime::from_millis(1_425_592_393_340))
        );
    }

    #[test]
    fn what_is_not_a_state_is_refused() {
        for text in ["", "=", "A", "!!!!", "VmVyc2lvbjogMQ0K", "gICAgA=="] {
            assert_eq!(TransferState::parse(text), None, "{text}");
        }
    }

    #[test]
    fn base64_of_every_length_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..bytes.len() {
            let text = encode_base64(&bytes[..length]);
            assert_eq!(text.len() % 4, 0);
            assert_eq!(decode_base64(&text).as_deref(), Some(&bytes[..length]));
        }
    }
}
