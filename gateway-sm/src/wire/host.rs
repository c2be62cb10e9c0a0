//! `Host`: a host name or address with an optional port, as `X-MSN-Host` and `GW-IP` carry it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;

/// A host and maybe a port: `BN1MSGR1011605.gateway.messenger.live.com`, `134.170.18.217:443`,
/// `[::1]:8080`.
///
/// Names are kept in lower case, so that equal hosts compare equal. Whatever parses can stand in a
/// URI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    name: Name,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Name {
    Domain(Box<str>),
    Ip(IpAddr),
}

impl Host {
    /// The longest text that is accepted, in bytes: a full domain name and a port.
    pub const MAX_LEN: usize = 253 + 6;

    /// An address, in the form that a URI wants (IPv6 in brackets).
    pub fn from_ip(ip: IpAddr, port: Option<u16>) -> Self {
        Self {
            name: Name::Ip(ip),
            port,
        }
    }

    /// The same host with this port.
    #[must_use]
    pub fn with_port(self, port: Option<u16>) -> Self {
        Self { port, ..self }
    }

    /// The port, if the text had one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The domain name in lower case, or `None` for an address.
    pub fn domain(&self) -> Option<&str> {
        match &self.name {
            Name::Domain(domain) => Some(domain),
            Name::Ip(_) => None,
        }
    }

    /// The address, or `None` for a domain name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.name {
            Name::Domain(_) => None,
            Name::Ip(ip) => Some(ip),
        }
    }

    /// The bare name of the host: the first label of a domain, an address as it is (gateway.md 4.2: `BN1MSGR1011605` of
    /// `bn1msgr1011605.gateway.messenger.live.com`).
    pub fn bare_name(&self) -> String {
        match &self.name {
            Name::Domain(domain) => domain.split('.').next().unwrap_or_default().to_owned(),
            Name::Ip(ip) => ip.to_string(),
        }
    }

    /// Whether both name the same host, whatever the ports.
    pub fn is_same_host(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl FromStr for Host {
    type Err = HostError;

    /// `(domain / IPv4 / "[" IPv6 "]") [":" 1*5DIGIT]`, where a domain is up to 253 bytes of labels
    /// of letters, digits, `-` and `_`.
    fn from_str(text: &str) -> Result<Self, HostError> {
        if text.len() > Self::MAX_LEN {
            return Err(HostError::TooLong);
        }
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (inside, after) = rest.split_once(']').ok_or(HostError::Name)?;
                let ip: Ipv6Addr = inside.parse().map_err(|_| HostError::Name)?;
                let port = match after {
                    "" => None,
                    _ => Some(after.strip_prefix(':').ok_or(HostError::Port)?),
                };
                (Name::Ip(IpAddr::V6(ip)), port)
            }
            None => match text.split_once(':') {
                Some((name, port)) => (parse_name(name)?, Some(port)),
                None => (parse_name(text)?, None),
            },
        };
        let port = port.map(parse_port).transpose()?;
        Ok(Self { name, port })
    }
}

impl TryFrom<&Uri> for Host {
    type Error = HostError;

    /// The host and port of an address. One with a user name in front of them has none.
    fn try_from(uri: &Uri) -> Result<Self, HostError> {
        let authority = uri.authority().ok_or(HostError::Name)?;
        authority.as_str().parse()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Name::Domain(domain) => f.write_str(domain)?,
            Name::Ip(IpAddr::V4(ip)) => write!(f, "{ip}")?,
            Name::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]")?,
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

fn parse_name(text: &str) -> Result<Name, HostError> {
    if let Ok(ip) = text.parse::<Ipv4Addr>() {
        return Ok(Name::Ip(IpAddr::V4(ip)));
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // Something like `1.2.3.999` or `0x7f.1` is an address to some resolvers, so it is not a domain
    // name here: the last label must not look like a number.
    let is_number = |label: &str| {
        label.bytes().all(|byte| byte.is_ascii_digit())
            || matches!(label.as_bytes(), [b'0', b'x' | b'X', ..])
    };
    let last = text.rsplit('.').next().unwrap_or(text);
    if text.len() > 253 || is_number(last) || !text.split('.').all(is_label) {
        return Err(HostError::Name);
    }
    Ok(Name::Domain(text.to_ascii_lowercase().into()))
}

fn parse_port(text: &str) -> Result<u16, HostError> {
    // `u16::from_str` would take a sign.
    if text.len() > 5 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HostError::Port);
    }
    match text.parse() {
        Ok(0) | Err(_) => Err(HostError::Port),
        Ok(port) => Ok(port),
    }
}

/// What is wrong with a host that a peer or the caller named.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// It is longer than [`Host::MAX_LEN`].
    #[error("the host is longer than {} bytes", Host::MAX_LEN)]
    TooLong,
    /// It is neither a domain name nor an address.
    #[error("the host is neither a domain name nor an address")]
    Name,
    /// What follows the colon is not a port from 1 to 65535.
    #[error("the port of the host is not a number from 1 to 65535")]
    Port,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, HostError>) {
        let parsed = text.parse::<Host>().map(|host| host.to_string());
        assert_eq!(parsed.as_deref(), expected.as_ref().map(|s| *s), "{text}");
    }

    #[test]
    fn hosts_of_every_known_server_are_read() {
        let name = "BN1MSGR1011605.gateway.messenger.live.com";
        check(name, Ok(&name.to_lowercase()));
        check("134.170.18.217:443", Ok("134.170.18.217:443"));
        check("207.46.110.18", Ok("207.46.110.18"));
        check("localhost:8080", Ok("localhost:8080"));
        check("[::1]:8080", Ok("[::1]:8080"));
        check("[::1]", Ok("[::1]"));
        check("none", Ok("none"));
    }

    #[test]
    fn a_host_that_could_change_a_request_is_refused() {
        check("", Err(HostError::Name));
        check("a b", Err(HostError::Name));
        check("user@evil.example", Err(HostError::Name));
        check("evil.example/path", Err(HostError::Name));
        check("evil.example?x", Err(HostError::Name));
        check("evil.example#x", Err(HostError::Name));
        check("http://evil.example", Err(HostError::Port));
        check("evil.example\r\nX: y", Err(HostError::Name));
        check("evil..example", Err(HostError::Name));
        check(".example", Err(HostError::Name));
        check("example.", Err(HostError::Name));
        check("évil.example", Err(HostError::Name));
        check("::1", Err(HostError::Name));
        check("[::1", Err(HostError::Name));
        check("[::1]8080", Err(HostError::Port));
        check(&"a".repeat(300), Err(HostError::TooLong));
        check(&"a".repeat(64), Err(HostError::Name));
    }

    #[test]
    fn addresses_in_disguise_are_refused() {
        check("1.2.3.999", Err(HostError::Name));
        check("2130706433", Err(HostError::Name));
        check("0x7f.1", Err(HostError::Name));
        check("127.1", Err(HostError::Name));
    }

    #[test]
    fn ports_are_numbers_from_1_to_65535() {
        check("a:1", Ok("a:1"));
        check("a:65535", Ok("a:65535"));
        check("a:0", Err(HostError::Port));
        check("a:65536", Err(HostError::Port));
        check("a:+80", Err(HostError::Port));
        check("a:", Err(HostError::Port));
        check("a:80:80", Err(HostError::Port));
    }

    #[test]
    fn the_port_does_not_make_another_host() {
        let host = |text: &str| text.parse::<Host>().unwrap();
        assert!(host("A.example:1").is_same_host(&host("a.example")));
        assert!(!host("a.example").is_same_host(&host("b.example")));
    }
}
