//! The rules that lines, addresses and headers of every dialect are made of, in nom. Framing does not
//! use them: it looks at bytes that may still be incomplete. Nothing here leaves the crate.

use nom::bytes::complete::take_while1;
use nom::character::complete::digit1;
use nom::combinator::map_opt;
use nom::error::{Error, ErrorKind};
use nom::{IResult, Parser};

use crate::frame::{is_separator, parse_number};

/// `SP`: any run of spaces and tabs.
pub(crate) fn separator(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(is_separator).parse(input)
}

/// A parameter of a line: everything up to the next separator.
pub(crate) fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    // What nom's `take_till1(is_separator)` does, sixteen bytes at a time.
    match memchr::memchr2(b' ', b'\t', input).unwrap_or(input.len()) {
        0 => Err(nom::Err::Error(Error::new(input, ErrorKind::TakeTill1))),
        end => {
            let (word, rest) = input.split_at(end);
            Ok((rest, word))
        }
    }
}

/// A decimal number of at most ten digits that fits 32 bits.
pub(crate) fn number(input: &[u8]) -> IResult<&[u8], u32> {
    map_opt(digit1, parse_number).parse(input)
}
