//! The grammars of a line's words, in nom. Nothing here leaves the crate.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_till1, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{all_consuming, opt, rest};
use nom::error::Error;
use nom::sequence::{preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use crate::frame::is_separator;
use crate::grammar::{number, word};

/// `[SP] word`: what is left behind it, and the word; `None` at the end of the line.
pub(super) fn next_word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    preceded(take_while(is_separator), word).parse(line).ok()
}

/// Whether no byte could end the line. A carriage return inside would to some readers (msnp24.md 2.1), and a NUL ends a text.
pub(super) fn stays_in_line(bytes: &[u8]) -> bool {
    memchr::memchr3(b'\r', b'\n', b'\0', bytes).is_none()
}

/// Without the blanks around it. Other white space is part of a word.
pub(super) fn trim(mut words: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = words {
        words = rest;
    }
    words
}

/// What stands before the last word, and that word without the blanks behind it.
pub(super) fn last_word(line: &[u8]) -> (&[u8], &[u8]) {
    let blanks = line.iter().rev().take_while(|b| is_separator(**b)).count();
    let line = &line[..line.len() - blanks];
    let length = line.iter().rev().take_while(|b| !is_separator(**b)).count();
    line.split_at(line.len() - length)
}

/// `[network ":"] account [";" suffix]`
pub(super) struct Principal<'a> {
    pub(super) network: Option<u32>,
    pub(super) account: &'a [u8],
    pub(super) suffix: Option<&'a [u8]>,
}

/// `network ":" account [";" suffix]`, or without the network. A telephone is `4:tel:+1555`: the first colon ends the
/// network, and only behind a number (msnp8-18.md 8.2).
pub(super) fn principal(word: &[u8]) -> Option<Principal<'_>> {
    let (left, network) = opt(terminated(number, char(':'))).parse(word).ok()?;
    let (account, suffix) = endpoint(left)?;
    Some(Principal {
        network,
        account,
        suffix,
    })
}

/// `account [";" id]`
pub(super) fn endpoint(word: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let account = take_till1::<_, _, Error<&[u8]>>(|b| b == b';');
    let id = preceded(char(';'), rest);
    let (_, (account, id)) = all_consuming((account, opt(id))).parse(word).ok()?;
    Some((account, id.filter(|id| !id.is_empty())))
}

/// `letter "=" value`, one of `N`, `F` and `C` (msnp8-18.md 7.2).
pub(super) fn tagged(word: &[u8]) -> Option<(u8, &[u8])> {
    let letter = alt((
        tag::<_, _, Error<&[u8]>>(&b"N"[..]),
        tag(&b"F"[..]),
        tag(&b"C"[..]),
    ));
    let (_, (letter, value)) = separated_pair(letter, char('='), rest).parse(word).ok()?;
    Some((letter[0], value))
}

/// `key "=" value`, any key
pub(super) fn pair(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let key = take_while1::<_, _, Error<&[u8]>>(|b: u8| b.is_ascii_alphanumeric());
    let (_, pair) = separated_pair(key, char('='), rest).parse(word).ok()?;
    Some(pair)
}

/// `host [":" port]`
pub(super) fn server_address(word: &[u8]) -> (&[u8], Option<u32>) {
    let host = take_till::<_, _, Error<&[u8]>>(|b| b == b':');
    let parsed: IResult<_, _> = separated_pair(host, char(':'), all_consuming(number)).parse(word);
    parsed.map_or((word, None), |(_, (host, port))| (host, Some(port)))
}

/// `number [ ":" number [ ":" number ] ]`
pub(super) fn capabilities(word: &[u8]) -> Option<(u32, Option<u32>, Option<u32>)> {
    let further = || opt(preceded(char::<_, Error<&[u8]>>(':'), number));
    let mut capabilities = all_consuming((number, further(), further()));
    capabilities.parse(word).ok().map(|(_, words)| words)
}

/// `number *( ":" number )`, as capabilities are.
pub(super) fn looks_like_capabilities(word: &[u8]) -> bool {
    word.split(|b| *b == b':')
        .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(word: &str, network: Option<u32>, account: &str, suffix: Option<&str>) {
        let read = principal(word.as_bytes()).expect("a principal");
        assert_eq!(read.network, network);
        assert_eq!(read.account, account.as_bytes());
        assert_eq!(read.suffix, suffix.map(str::as_bytes));
    }

    #[test]
    fn a_principal_is_network_account_and_suffix() {
        reads("alice@example.com", None, "alice@example.com", None);
        reads("1:alice@example.com", Some(1), "alice@example.com", None);
        reads("4:tel:+15551234567", Some(4), "tel:+15551234567", None);
        reads("tel:+15551234567", None, "tel:+15551234567", None);
        let circle = "9:00000000-0000-0000-0009-73944a8f7947@live.com";
        let word = alloc::format!("1:a@b;via={circle}");
        let via = alloc::format!("via={circle}");
        reads(&word, Some(1), "a@b", Some(&via));
        reads("a@b;", None, "a@b", None);
        assert!(principal(b";x").is_none() && principal(b"1:").is_none());
    }

    #[test]
    fn words_are_found_whatever_is_between_them() {
        assert_eq!(next_word(b"  a\t b "), Some((&b"\t b "[..], &b"a"[..])));
        assert_eq!(next_word(b" \t"), None);
        assert_eq!(last_word(b"MSG a  12 \t"), (&b"MSG a  "[..], &b"12"[..]));
        assert_eq!(last_word(b"  "), (&b""[..], &b""[..]));
    }

    #[test]
    fn an_address_has_a_host_and_a_port() {
        assert_eq!(
            server_address(b"10.0.0.1:1863"),
            (&b"10.0.0.1"[..], Some(1863))
        );
        assert_eq!(server_address(b"0"), (&b"0"[..], None));
        assert_eq!(server_address(b"host:x"), (&b"host:x"[..], None));
    }
}
