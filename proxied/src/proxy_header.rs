//! `ProxyHeader`: what a proxy says in front of a connection, by the PROXY protocol of `HAProxy`, versions 1 and 2.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Who a connection comes from and where it came in, as its proxy says.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum ProxyHeader {
    /// A client's.
    Client {
        /// The client.
        source: SocketAddr,
        /// Where it has reached the proxy. Of the same family.
        destination: SocketAddr,
    },
    /// The proxy's own (a check whether the service is there), or one of which it tells nothing.
    Untold,
}

/// How far a header has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Progress {
    /// So many bytes more belong to it at least; never 0.
    Needs(usize),
    /// It is whole with the bytes that are there.
    Whole(ProxyHeader),
}

/// Bytes that are no header. The proxy's fault, or that of whoever is none.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyHeaderError {
    /// They begin like none.
    #[error("the connection does not begin with a PROXY header")]
    NoHeader,
    /// The line of version 1 is longer than 107 bytes.
    #[error("the PROXY line is longer than 107 bytes")]
    LongLine,
    /// The line of version 1 does not have the words that it should.
    #[error("the PROXY line has other words than a family, two addresses and two ports")]
    Words,
    /// An address or a port of version 1 is none, or not of the family that is named.
    #[error("{0} of the PROXY line is none")]
    Value(&'static str),
    /// Of version 2 there is a version, a command or a family that nobody knows: byte 12 or 13.
    #[error("byte {at} of the PROXY header is 0x{byte:02x}")]
    Byte {
        /// Where, from 0.
        at: usize,
        /// What.
        byte: u8,
    },
    /// What version 2 says of itself is too short for its addresses, or longer than anybody needs.
    #[error("a PROXY header of {0} bytes behind the first 16")]
    Length(usize),
}

/// How version 2 begins.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// How version 1 begins.
const WORD: &[u8] = b"PROXY ";

/// The shortest header that there is: `PROXY UNKNOWN` with its line end.
const SHORTEST: usize = 15;

/// The longest line of version 1, its end included.
const LINE: usize = 107;

/// The longest that version 2 may be behind its first 16 bytes: the longest addresses are 216, and what comes behind them is
/// of no use here.
const REST: usize = 4096;

impl ProxyHeader {
    /// Reads a header of which this much has come. Whoever then reads as many bytes as it [needs](Progress::Needs) never
    /// reads one that is not the header's.
    pub fn read(bytes: &[u8]) -> Result<Progress, ProxyHeaderError> {
        let begins = |with: &[u8]| {
            let both = bytes.len().min(with.len());
            bytes[..both] == with[..both]
        };
        if !begins(WORD) && !begins(SIGNATURE) {
            return Err(ProxyHeaderError::NoHeader);
        }
        if bytes.len() < SHORTEST {
            return Ok(Progress::Needs(SHORTEST - bytes.len()));
        }
        if begins(WORD) {
            line(bytes)
        } else {
            binary(bytes)
        }
    }

    /// The line of version 1.
    pub fn to_line(self) -> String {
        match self {
            Self::Untold => "PROXY UNKNOWN\r\n".to_owned(),
            Self::Client {
                source,
                destination,
            } => {
                let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
                let (from, to) = (source.ip(), destination.ip());
                let (from_port, to_port) = (source.port(), destination.port());
                format!("PROXY {family} {from} {to} {from_port} {to_port}\r\n")
            }
        }
    }

    /// The bytes of version 2.
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        match self {
            Self::Untold => bytes.extend([0x20, 0, 0, 0]),
            Self::Client {
                source,
                destination,
            } => {
                let (family, length) = if source.is_ipv4() {
                    (0x11, 12)
                } else {
                    (0x21, 36)
                };
                bytes.extend([0x21, family, 0, length]);
                for address in [source, destination] {
                    match address.ip() {
                        IpAddr::V4(ip) => bytes.extend(ip.octets()),
                        IpAddr::V6(ip) => bytes.extend(ip.octets()),
                    }
                }
                bytes.extend(source.port().to_be_bytes());
                bytes.extend(destination.port().to_be_bytes());
            }
        }
        bytes
    }
}

/// Version 1.
fn line(bytes: &[u8]) -> Result<Progress, ProxyHeaderError> {
    let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else {
        let ends = bytes.last() == Some(&b'\r');
        let needs = if ends { 1 } else { 2 };
        return if bytes.len() + needs > LINE {
            Err(ProxyHeaderError::LongLine)
        } else {
            Ok(Progress::Needs(needs))
        };
    };
    let text = std::str::from_utf8(&bytes[WORD.len()..end]).map_err(|_| ProxyHeaderError::Words)?;
    let words: Vec<&str> = text.split(' ').collect();
    let [family, source, destination, from, to] = words[..] else {
        // Whatever stands behind it is to be ignored.
        return if words[0] == "UNKNOWN" {
            Ok(Progress::Whole(ProxyHeader::Untold))
        } else {
            Err(ProxyHeaderError::Words)
        };
    };
    let address = |text: &str, what| {
        let address = match family {
            "TCP4" => text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
            "TCP6" => text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
            _ => None,
        };
        address.ok_or(ProxyHeaderError::Value(what))
    };
    let port = |text: &str, what| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let port = text.parse::<u16>().ok().filter(|_| digits);
        port.ok_or(ProxyHeaderError::Value(what))
    };
    match family {
        "TCP4" | "TCP6" => {
            let source = address(source, "the source")?;
            let destination = address(destination, "the destination")?;
            Ok(Progress::Whole(ProxyHeader::Client {
                source: (source, port(from, "the port of the source")?).into(),
                destination: (destination, port(to, "the port of the destination")?).into(),
            }))
        }
        "UNKNOWN" => Ok(Progress::Whole(ProxyHeader::Untold)),
        _ => Err(ProxyHeaderError::Value("the family")),
    }
}

/// Version 2.
fn binary(bytes: &[u8]) -> Result<Progress, ProxyHeaderError> {
    let byte = |at: usize| {
        Err(ProxyHeaderError::Byte {
            at,
            byte: bytes[at],
        })
    };
    // The second half byte says whether it is a client's; the first is the version.
    let is_client = match bytes[12] {
        0x20 => false,
        0x21 => true,
        _ => return byte(12),
    };
    // Internet addresses by a stream, in two sizes; by datagrams, files, or of no kind that is known here: untold.
    let size = match bytes[13] {
        0x11 => 4,
        0x21 => 16,
        0x00 | 0x12 | 0x22 | 0x31 | 0x32 => 0,
        _ if !is_client => 0,
        _ => return byte(13),
    };
    let Some(length) = bytes.get(14..16) else {
        return Ok(Progress::Needs(16 - bytes.len()));
    };
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let told = is_client && size > 0;
    if length > REST || told && length < 2 * size + 4 {
        return Err(ProxyHeaderError::Length(length));
    }
    let Some(rest) = bytes.get(16..16 + length) else {
        return Ok(Progress::Needs(16 + length - bytes.len()));
    };
    if !told {
        return Ok(Progress::Whole(ProxyHeader::Untold));
    }
    let (source, rest) = rest.split_at(size);
    let (destination, ports) = rest.split_at(size);
    let port = |at: usize| u16::from_be_bytes([ports[at], ports[at + 1]]);
    let address = |octets: &[u8], port| -> Option<SocketAddr> {
        let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
        let v6 = || <[u8; 16]>::try_from(octets).map(IpAddr::from);
        Some((v4.or_else(|_| v6()).ok()?, port).into())
    };
    Ok(Progress::Whole(
        match (address(source, port(0)), address(destination, port(2))) {
            (Some(source), Some(destination)) => ProxyHeader::Client {
                source,
                destination,
            },
            _ => ProxyHeader::Untold,
        },
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ProxyHeaderError as E;
    use super::*;

    /// Reads as a connection does: only what it is told that it needs.
    fn read(wire: &[u8]) -> (Result<ProxyHeader, ProxyHeaderError>, usize) {
        let mut taken = 0;
        loop {
            match ProxyHeader::read(&wire[..taken]) {
                Ok(Progress::Whole(header)) => return (Ok(header), taken),
                Ok(Progress::Needs(more)) => {
                    assert!(more > 0);
                    taken += more;
                    assert!(taken <= wire.len(), "it reads behind the header");
                }
                Err(error) => return (Err(error), taken),
            }
        }
    }

    fn client(source: &str, destination: &str) -> ProxyHeader {
        ProxyHeader::Client {
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        }
    }

    #[track_caller]
    fn check(wire: &[u8], expected: Result<ProxyHeader, ProxyHeaderError>) {
        let mut padded = wire.to_vec();
        padded.extend([b'x'; 8192]);
        assert_eq!(read(&padded).0, expected, "{}", wire.escape_ascii());
        if expected.is_ok() {
            assert_eq!(read(wire), (expected, wire.len()));
        }
    }

    #[test]
    fn lines_of_version_1() {
        let four = client("192.0.2.1:56324", "198.51.100.1:443");
        check(b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", Ok(four));
        let six = client("[2001:db8::1]:65535", "[::1]:0");
        check(b"PROXY TCP6 2001:db8::1 ::1 65535 0\r\n", Ok(six));
        check(b"PROXY UNKNOWN\r\n", Ok(ProxyHeader::Untold));
        check(
            b"PROXY UNKNOWN ffff::1 what ever\r\n",
            Ok(ProxyHeader::Untold),
        );
        check(b"PROXY UNKNOWN a b c d\r\n", Ok(ProxyHeader::Untold));
    }

    #[test]
    fn what_is_wrong_in_a_line_is_told() {
        check(b"GET / HTTP/1.1\r\n", Err(E::NoHeader));
        check(b"PROXYTCP4 ", Err(E::NoHeader));
        check(b"PROXY TCP4 192.0.2.1\r\n", Err(E::Words));
        check(b"PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n", Err(E::Words));
        check(b"PROXY TCP4 \xff 192.0.2.2 1 2\r\n", Err(E::Words));
        check(
            b"PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
            Err(E::Value("the family")),
        );
        check(
            b"PROXY TCP4 ::1 192.0.2.2 1 2\r\n",
            Err(E::Value("the source")),
        );
        check(
            b"PROXY TCP6 ::1 192.0.2.2 1 2\r\n",
            Err(E::Value("the destination")),
        );
        check(
            b"PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
            Err(E::Value("the port of the source")),
        );
        check(
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
            Err(E::Value("the port of the destination")),
        );
        check(
            &[b"PROXY UNKNOWN ", &[b'a'; 91][..], b"\r\n"].concat(),
            Ok(ProxyHeader::Untold),
        );
        check(
            &[b"PROXY UNKNOWN ", &[b'a'; 92][..], b"\r\n"].concat(),
            Err(E::LongLine),
        );
    }

    #[test]
    fn headers_of_version_2() {
        let header = |rest: &[u8]| [&SIGNATURE[..], rest].concat();
        let four = [
            0x21, 0x11, 0, 12, 192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 4, 1, 0xBB,
        ];
        check(
            &header(&four),
            Ok(client("192.0.2.1:56324", "198.51.100.1:443")),
        );
        // What stands behind the addresses is skipped.
        let mut longer = four.to_vec();
        longer[3] = 15;
        longer.extend([4, 0, 0]);
        check(
            &header(&longer),
            Ok(client("192.0.2.1:56324", "198.51.100.1:443")),
        );
        check(&header(&[0x20, 0, 0, 0]), Ok(ProxyHeader::Untold));
        check(
            &header(&[0x20, 0x77, 0, 3, 1, 2, 3]),
            Ok(ProxyHeader::Untold),
        );
        check(&header(&[0x21, 0x12, 0, 2, 1, 2]), Ok(ProxyHeader::Untold));
        check(
            &header(&[0x11, 0x11, 0, 12]),
            Err(E::Byte { at: 12, byte: 0x11 }),
        );
        check(
            &header(&[0x22, 0x11, 0, 12]),
            Err(E::Byte { at: 12, byte: 0x22 }),
        );
        check(
            &header(&[0x21, 0x41, 0, 12]),
            Err(E::Byte { at: 13, byte: 0x41 }),
        );
        check(&header(&[0x21, 0x11, 0, 11]), Err(E::Length(11)));
        check(&header(&[0x21, 0x21, 0, 35]), Err(E::Length(35)));
        check(&header(&[0x20, 0, 0x10, 1]), Err(E::Length(4097)));
    }

    fn header() -> impl Strategy<Value = ProxyHeader> {
        prop_oneof![
            Just(ProxyHeader::Untold),
            any::<([u8; 4], u16, [u8; 4], u16)>().prop_map(|(a, b, c, d)| ProxyHeader::Client {
                source: (a, b).into(),
                destination: (c, d).into(),
            }),
            any::<([u8; 16], u16, [u8; 16], u16)>().prop_map(|(a, b, c, d)| {
                ProxyHeader::Client {
                    source: (a, b).into(),
                    destination: (c, d).into(),
                }
            }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_not_a_byte_more(header in header(), behind: Vec<u8>) {
            for mut wire in [header.to_line().into_bytes(), header.to_bytes()] {
                let length = wire.len();
                wire.extend(&behind);
                prop_assert_eq!(read(&wire), (Ok(header), length));
            }
        }

        #[test]
        fn at_every_cut_it_needs_more_and_never_too_much(header in header()) {
            for wire in [header.to_line().into_bytes(), header.to_bytes()] {
                for cut in 0..wire.len() {
                    match ProxyHeader::read(&wire[..cut]) {
                        Ok(Progress::Needs(more)) => prop_assert!(cut + more <= wire.len()),
                        other => prop_assert!(false, "{other:?} at {cut}"),
                    }
                }
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = ProxyHeader::read(&bytes);
            let _ = ProxyHeader::read(&[&SIGNATURE[..], &bytes].concat());
            let _ = ProxyHeader::read(&[WORD, &bytes].concat());
        }
    }
}
