//! `name=value` between commas, values perhaps between quotes.

use super::error::PassportError;

/// What follows the word `Passport1.4`, which may stand in any case.
pub(super) fn behind_scheme(value: &str) -> Result<&str, PassportError> {
    const SCHEME: &str = "Passport1.4";
    let value = value.trim();
    match value.split_at_checked(SCHEME.len()) {
        Some((word, rest))
            if word.eq_ignore_ascii_case(SCHEME) && rest.starts_with([' ', '\t']) =>
        {
            Ok(rest.trim_start())
        }
        _ => Err(PassportError::Scheme),
    }
}

/// Name and value of each pair, quotes taken off. A comma between quotes ends no value, a word without `=` has an
/// empty one.
#[derive(Clone)]
pub(super) struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    pub(super) const fn of(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let pair;
            (pair, self.rest) = first_pair(self.rest);
            let pair = pair.trim();
            if pair.is_empty() {
                continue;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = value.trim();
            let bare = value
                .strip_prefix('\'')
                .and_then(|value| value.strip_suffix('\''))
                .unwrap_or(value);
            return Some((name.trim(), bare));
        }
    }
}

/// Up to the first comma that is not inside `='…'`, and what follows it.
fn first_pair(text: &str) -> (&str, &str) {
    let plain = text.find(',').unwrap_or(text.len());
    let quote = text[..plain].find("='");
    let end = quote
        .and_then(|at| Some(at + 2 + text[at + 2..].find('\'')? + 1))
        .map_or(plain, |closed| {
            text[closed..]
                .find(',')
                .map_or(text.len(), |at| closed + at)
        });
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[track_caller]
    fn check(text: &str, pairs: &[(&str, &str)]) {
        assert_eq!(Pairs::of(text).collect::<Vec<_>>(), pairs, "{text}");
    }

    #[test]
    fn quotes_hold_a_value_together() {
        check("a=1,b='x,y',c", &[("a", "1"), ("b", "x,y"), ("c", "")]);
        check(" a = 1 ,, b=''", &[("a", "1"), ("b", "")]);
        check("a='open,b=2", &[("a", "'open"), ("b", "2")]);
        check(
            "pp='t=1&p=',ru=http://x/?a=b",
            &[("pp", "t=1&p="), ("ru", "http://x/?a=b")],
        );
        check("a=it's,b='", &[("a", "it's"), ("b", "'")]);
        check("", &[]);
        check(",", &[]);
    }

    #[test]
    fn the_scheme_is_a_word() {
        assert_eq!(behind_scheme(" passport1.4  a=b "), Ok("a=b"));
        for bad in [
            "",
            "Passport1.4",
            "Passport1.4a=b",
            "Basic a",
            "Passport1.\u{e9} x",
        ] {
            assert_eq!(behind_scheme(bad), Err(PassportError::Scheme), "{bad}");
        }
    }
}
