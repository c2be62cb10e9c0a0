//! The people of the older dialects' traffic.

use std::fmt::Write as _;

use super::random::Random;

/// Somebody whom a client of an older dialect is told of.
pub(super) struct Contact {
    pub(super) mail: String,
    /// Percent-encoded.
    pub(super) name: String,
    pub(super) picture: Option<String>,
    pub(super) guid: String,
}

const DOMAINS: &[&str] = &[
    "example.com",
    "hotmail.example",
    "live.example",
    "mail.example.org",
];

/// Somebody with a name in need of percent-coding, most with a picture.
pub(super) fn contact(random: &mut Random) -> Contact {
    let (first, last) = (random.pick_name(), random.pick_name());
    let mail = format!(
        "{first}.{last}{}@{}",
        random.between(0, 999),
        random.pick(DOMAINS)
    );
    let name = quote(&random.text(1, 4), b"()*!'.-_~");
    let hash: String = (0..27)
        .map(|_| char::from(random.pick(b"ABCDEFGHabcdefgh0123456789+/")))
        .collect();
    let picture = format!(
        "<msnobj Creator=\"{mail}\" Size=\"{}\" Type=\"3\" Location=\"TFR{:X}.dat\" Friendly=\"AAA=\" SHA1D=\"{hash}=\" SHA1C=\"{hash}=\"/>",
        random.between(2000, 30000),
        random.bits(16),
    );
    Contact {
        picture: random.percent(70).then(|| quote(&picture, b"-_.~")),
        guid: random.guid(),
        mail,
        name,
    }
}

/// Percent-encodes everything but letters, digits and `safe`.
fn quote(text: &str, safe: &[u8]) -> String {
    let mut quoted = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || safe.contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            let _ = write!(quoted, "%{byte:02X}");
        }
    }
    quoted
}
