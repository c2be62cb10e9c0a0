//! `Coding`: how a reply is packed that nobody asked to be.

use std::fmt;

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// How a body is packed (`Content-Encoding`). None is read: requests ask for `identity`.
///
/// A driver that unpacks bodies by itself takes the header away with the packing, as browsers do not.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// `gzip`
    Gzip,
    /// `deflate`
    Deflate,
    /// `br`
    Brotli,
    /// `zstd`
    Zstd,
    /// One that has no name here.
    Other,
}

impl Coding {
    /// The outermost packing that these headers name; `None` if the body is as it is.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(CONTENT_ENCODING).iter();
        let names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
        let names = names.map(<[u8]>::trim_ascii);
        let mut packed =
            names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"));
        packed.next_back().map(|name| {
            let known = [
                ("gzip", Self::Gzip),
                ("x-gzip", Self::Gzip),
                ("deflate", Self::Deflate),
                ("br", Self::Brotli),
                ("zstd", Self::Zstd),
            ];
            let mut known = known.into_iter();
            let found = known.find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
            found.map_or(Self::Other, |(_, coding)| coding)
        })
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Other => "an unknown coding",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], expected: Option<Coding>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_ENCODING, value.parse().unwrap());
        }
        assert_eq!(Coding::of(&headers), expected, "{values:?}");
    }

    #[test]
    fn the_outermost_packing_is_named() {
        check(&[], None);
        check(&["identity", " , Identity,"], None);
        check(&["gzip"], Some(Coding::Gzip));
        check(&["X-GZIP"], Some(Coding::Gzip));
        check(&["gzip, br"], Some(Coding::Brotli));
        check(&["br", "deflate, identity"], Some(Coding::Deflate));
        check(&["zstd"], Some(Coding::Zstd));
        check(&["gzipped"], Some(Coding::Other));
    }
}
