//! The chain of addresses in `X-Forwarded-For` and in `Forwarded` (RFC 7239).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// A hop of a request, as a proxy names it; `None` if it is not told: unknown, hidden, or not to be read.
pub(crate) type Hop = Option<IpAddr>;

/// The hops of all lines of `X-Forwarded-For`, in their order: the one that each proxy saw comes last.
pub(crate) fn x_forwarded_for<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<Hop> {
    let mut hops = Vec::new();
    for line in lines {
        let items = line.split(|byte| *byte == b',');
        hops.extend(items.map(|item| address(item.trim_ascii())));
    }
    hops
}

/// The hops of all lines of `Forwarded`: the `for` of each element.
pub(crate) fn forwarded<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<Hop> {
    let mut hops = Vec::new();
    for line in lines {
        hops.extend(split(line, b',').map(hop));
    }
    hops
}

/// What one element says; nothing if it says it twice.
fn hop(element: &[u8]) -> Hop {
    let mut of = split(element, b';').filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (pair[..at].trim_ascii(), &pair[at + 1..]);
        name.eq_ignore_ascii_case(b"for")
            .then_some(value.trim_ascii())
    });
    let value = of.next()?;
    if of.next().is_some() {
        return None;
    }
    match value.strip_prefix(b"\"") {
        Some(quoted) => address(&unquoted(quoted)?),
        None => address(value),
    }
}

/// What stands between two marks, which in a quoted string are none. If one does not end, quotes say nothing: a client
/// could hide what its proxy writes behind it.
fn split(text: &[u8], mark: u8) -> impl Iterator<Item = &[u8]> {
    let mut quotes = Quotes::default();
    let is_open = text.iter().fold(false, |_, byte| quotes.hold(*byte));
    let mut quotes = Quotes::default();
    text.split(move |byte| {
        let is_held = quotes.hold(*byte);
        *byte == mark && (is_open || !is_held)
    })
}

/// Whether a byte of a text stands in a quoted string.
#[derive(Default)]
struct Quotes {
    quoted: bool,
    escaped: bool,
}

impl Quotes {
    /// Goes on by a byte; whether the quoted string, if there is one, goes on behind it.
    const fn hold(&mut self, byte: u8) -> bool {
        if self.escaped {
            self.escaped = false;
        } else if self.quoted && byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.quoted = !self.quoted;
        }
        self.quoted
    }
}

/// The contents of a quoted string, behind its first quote; nothing may stand behind the last.
fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let mut contents = Vec::new();
    let mut bytes = text.iter();
    loop {
        match bytes.next()? {
            b'"' => return bytes.next().is_none().then_some(contents),
            b'\\' => contents.push(*bytes.next()?),
            byte => contents.push(*byte),
        }
    }
}

/// An address, with a port or without, IPv6 in brackets or not.
fn address(text: &[u8]) -> Hop {
    let text = std::str::from_utf8(text).ok()?;
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    if let Some(bare) = bare {
        return bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let alone = text.parse().ok();
    alone.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(hops: &[Hop]) -> String {
        let shown = |hop: &Hop| hop.map_or_else(|| "?".to_owned(), |address| address.to_string());
        hops.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check_x(lines: &[&str], expected: &str) {
        let hops = x_forwarded_for(lines.iter().map(|line| line.as_bytes()));
        assert_eq!(shown(&hops), expected, "{lines:?}");
    }

    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        let hops = forwarded(lines.iter().map(|line| line.as_bytes()));
        assert_eq!(shown(&hops), expected, "{lines:?}");
    }

    #[test]
    fn lists_of_addresses_are_read_over_all_lines() {
        check_x(&["192.0.2.1"], "192.0.2.1");
        check_x(
            &["192.0.2.1,198.51.100.7 ,\t10.0.0.1"],
            "192.0.2.1 198.51.100.7 10.0.0.1",
        );
        check_x(&["192.0.2.1", "198.51.100.7"], "192.0.2.1 198.51.100.7");
        check_x(
            &["192.0.2.1:4711, [2001:db8::1]:80, [2001:db8::2], 2001:db8::3"],
            "192.0.2.1 2001:db8::1 2001:db8::2 2001:db8::3",
        );
        check_x(
            &["unknown, , 1.2.3, 192.0.2.1:99999, 192.0.2.300, [192.0.2.1], fe80::1%eth0"],
            "? ? ? ? ? ? ?",
        );
        check_x(&[], "");
    }

    #[test]
    fn elements_of_forwarded_name_their_clients() {
        check(&["for=192.0.2.60;proto=http;by=203.0.113.43"], "192.0.2.60");
        check(&["For=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17");
        check(
            &["for=192.0.2.43, for=198.51.100.17"],
            "192.0.2.43 198.51.100.17",
        );
        check(
            &["for=192.0.2.43", "for=\"198.51.100.17:80\" ; by=_a"],
            "192.0.2.43 198.51.100.17",
        );
        check(&["for=_hidden, for=unknown, proto=https, "], "? ? ? ?");
        check(&["by=\"a,b;for=192.0.2.1\";for=192.0.2.2"], "192.0.2.2");
        check(&["by=\"a\\\",for=192.0.2.1\";for=192.0.2.2"], "192.0.2.2");
        check(&["for=\"192.0.2.\\1\""], "192.0.2.1");
    }

    #[test]
    fn what_says_two_things_says_nothing() {
        check(&["for=192.0.2.1;for=192.0.2.2"], "?");
        check(&["for=\"192.0.2.1\"x"], "?");
        check(&["for=\"192.0.2.1"], "?");
        check(&["for"], "?");
    }

    #[test]
    fn a_quote_that_a_client_leaves_open_hides_nothing() {
        check(&["for=\"x, for=192.0.2.1"], "? 192.0.2.1");
        check(&["for=\"x, for=\"[2001:db8::1]\""], "? 2001:db8::1");
        check(&["for=\"x\\, for=192.0.2.1"], "? 192.0.2.1");
    }
}
