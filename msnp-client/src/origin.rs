//! Origins as browsers have them: scheme, host and port.

use http::Uri;

/// Whether both addresses have the same origin: what the host keeps for one it sends to the other.
pub(crate) fn is_same(one: &Uri, other: &Uri) -> bool {
    let (Some(first), Some(second)) = (one.host(), other.host()) else {
        return false;
    };
    first.eq_ignore_ascii_case(second) && one.scheme() == other.scheme() && port(one) == port(other)
}

fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or(match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, expected: bool) {
        let uri = |text: &str| text.parse::<Uri>().expect("an address");
        assert_eq!(is_same(&uri(one), &uri(other)), expected, "{one} {other}");
    }

    #[test]
    fn scheme_host_and_port_make_an_origin() {
        check("https://a.example/x", "https://A.example:443/y?z", true);
        check("http://a.example:80", "http://a.example/", true);
        check("http://[::1]:8080/", "http://[::1]:8080/x", true);
        check("https://a.example", "http://a.example:443", false);
        check("https://a.example", "https://a.example:8443", false);
        check("https://a.example", "https://b.a.example", false);
        check("https://a.example", "/x", false);
        check("/x", "/x", false);
    }
}
