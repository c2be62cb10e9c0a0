//! `PlainHttp`: which hosts get passwords and cookies without encryption.

use gateway_sm::{Host, HostError};
use http::Uri;

/// The hosts to which passwords and cookies may go over plain `http`, where everybody on the way reads them.
///
/// This machine is always one: its loopback addresses, `localhost`, and the names below that (RFC 6761, 6.3). Every other is asked for
/// by its name or address, whatever its port.
///
/// ```
/// use msnp_client::PlainHttp;
/// let plain = PlainHttp::to(["msn.lan"])?;
/// assert!(plain.allows(&"http://msn.lan:8080/".parse()?));
/// assert!(plain.allows(&"http://[::1]:8080/".parse()?));
/// assert!(!plain.allows(&"http://other.lan/".parse()?));
/// assert!(plain.allows(&"https://other.lan/".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlainHttp(Vec<Host>);

impl PlainHttp {
    /// To these hosts too.
    ///
    /// # Errors
    /// [`HostError`] if one is no host.
    pub fn to<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Result<Self, HostError> {
        let hosts = hosts.into_iter().map(str::parse);
        Ok(Self(hosts.collect::<Result<_, _>>()?))
    }

    /// Whether a password may be sent to this address: it is `https`, or a host that may have it over `http`.
    pub fn allows(&self, uri: &Uri) -> bool {
        match uri.scheme_str() {
            Some("https") => true,
            Some("http") => Host::try_from(uri).is_ok_and(|host| {
                is_this_machine(&host) || self.0.iter().any(|known| known.is_same_host(&host))
            }),
            _ => false,
        }
    }
}

fn is_this_machine(host: &Host) -> bool {
    if let Some(name) = host.domain() {
        let name = name.to_ascii_lowercase();
        return name == "localhost" || name.ends_with(".localhost");
    }
    host.ip().is_some_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &str, expected: bool) {
        let plain = PlainHttp::to(["msn.lan", "192.168.1.5"]).expect("hosts");
        let uri = uri.parse().expect("an address");
        assert_eq!(plain.allows(&uri), expected, "{uri}");
    }

    #[test]
    fn this_machine_and_who_is_named_get_secrets_in_the_clear_and_nobody_else() {
        for this in [
            "127.0.0.1:8080",
            "127.8.9.10",
            "[::1]",
            "[::1]:8080",
            "[::ffff:127.0.0.1]",
            "localhost",
            "LocalHost:1863",
            "msn.localhost",
            "MSN.lan:99",
            "192.168.1.5",
        ] {
            check(&format!("http://{this}/"), true);
        }
        for other in [
            "msn.example",
            "localhost.example",
            "notlocalhost",
            "127.0.0.1.example",
            "sub.msn.lan",
            "192.168.1.50",
            "0.0.0.0",
            "[::2]",
            "me@localhost",
        ] {
            check(&format!("http://{other}/"), false);
            check(&format!("https://{other}/"), true);
        }
        check("ftp://localhost/", false);
        check("/path", false);
        assert!(PlainHttp::to(["a b"]).is_err());
    }
}
