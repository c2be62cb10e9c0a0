//! What the sign-in page says: the hidden `PPFT` field, where to post, and the error text.
//!
//! No HTML parser: the page is a script that writes its own form, and every generation of it wrote
//! it another way (gateway.md 16.2). Each look-up is one bounded search.

use std::borrow::Cow;

use msnp_proto::Secret;

/// Pages longer than this are cut: the form stands at the start.
const MAX_PAGE: usize = 1024 * 1024;
/// Longest tag, address or value that is taken seriously.
const MAX_PIECE: usize = 8 * 1024;
/// How many places of one name are looked at.
const MAX_PLACES: usize = 32;

/// What a page says, as far as it can be found.
#[derive(Debug)]
pub(super) struct Page {
    /// The value of the hidden field `PPFT`.
    pub(super) flow_token: Option<Secret<String>>,
    /// Where the form goes, as it stands in the page.
    pub(super) post_to: Option<String>,
    /// The text that the page shows after a failed attempt.
    pub(super) error_text: Option<String>,
    /// It asks for a password.
    pub(super) has_password_field: bool,
}

impl Page {
    pub(super) fn read(body: &[u8]) -> Self {
        let body = &body[..body.len().min(MAX_PAGE)];
        let text = String::from_utf8_lossy(body);
        Self {
            flow_token: flow_token(&text).map(Secret::new),
            post_to: script_value(&text, "urlPost").or_else(|| form_action(&text)),
            error_text: script_value(&text, "sErrTxt"),
            has_password_field: text.contains("passwd") || text.contains("type=\"password\""),
        }
    }
}

/// `<input type="hidden" name="PPFT" value="…">`, attributes in any order and quoting, as markup or
/// inside a script's string; or the script's own `sFT:'…'`.
fn flow_token(text: &str) -> Option<String> {
    for (at, _) in text.match_indices("PPFT").take(MAX_PLACES) {
        let start = text[..at].rfind('<')?;
        if at - start > MAX_PIECE {
            continue;
        }
        let tag = tag_at(text, start)?;
        if attribute(tag, "name").is_some_and(|name| name == "PPFT")
            && let Some(value) = attribute(tag, "value")
            && !value.is_empty()
        {
            return Some(value);
        }
    }
    script_value(text, "sFT")
}

/// The `action` of the first form.
fn form_action(text: &str) -> Option<String> {
    text.match_indices('<')
        .filter(|(at, _)| {
            text.as_bytes()
                .get(at + 1..at + 5)
                .is_some_and(|word| word.eq_ignore_ascii_case(b"form"))
        })
        .take(MAX_PLACES)
        .find_map(|(at, _)| attribute(tag_at(text, at)?, "action").filter(|a| !a.is_empty()))
}

/// From `<` to the `>` that ends the tag: one inside quotes does not.
fn tag_at(text: &str, start: usize) -> Option<&str> {
    let tag = text.get(start..)?;
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate().take(MAX_PIECE) {
        match (quote, byte) {
            (None, b'>') => return Some(&tag[..at]),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute; quotes may be escaped with a backslash, as inside a script's string.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let bytes = tag.as_bytes();
    for (at, _) in tag.match_indices(name).take(MAX_PLACES) {
        let stands_alone = at
            .checked_sub(1)
            .and_then(|before| bytes.get(before))
            .is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'/'));
        let rest = tag[at + name.len()..].trim_start();
        let Some(rest) = rest.strip_prefix('=') else {
            continue;
        };
        if !stands_alone {
            continue;
        }
        let rest = rest.trim_start();
        let (escape, rest) = match rest.strip_prefix('\\') {
            Some(rest) => ("\\", rest),
            None => ("", rest),
        };
        let value = match rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                let inner = &rest[1..];
                let end = format!("{escape}{}", char::from(*quote));
                &inner[..inner.find(&end)?]
            }
            _ => rest
                .split(|c: char| c.is_whitespace() || c == '/')
                .next()
                .unwrap_or_default(),
        };
        return Some(unescape_entities(value).into_owned());
    }
    None
}

/// The string that a script gives this name: `name:'…'`, `"name":"…"`, `name = '…'`.
fn script_value(text: &str, name: &str) -> Option<String> {
    for (at, _) in text.match_indices(name).take(MAX_PLACES) {
        // `surlPost` and `urlPostMsa` are other names.
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + name.len()..];
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start();
        let Some(rest) = rest.strip_prefix([':', '=']) else {
            continue;
        };
        let rest = rest.trim_start();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            continue;
        };
        if let Some(value) = script_string(&rest[1..], quote)
            && !value.is_empty()
        {
            return Some(value);
        }
    }
    None
}

/// A script's string up to its closing quote, escapes resolved.
fn script_string(text: &str, quote: char) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if out.len() > MAX_PIECE {
            return None;
        }
        match c {
            _ if c == quote => return Some(unescape_entities(&out).into_owned()),
            '\r' | '\n' => return None,
            '\\' => match chars.next()? {
                'u' => out.push(hex_char(&mut chars, 4)?),
                'x' => out.push(hex_char(&mut chars, 2)?),
                'n' | 'r' | 't' => out.push(' '),
                other => out.push(other),
            },
            _ => out.push(c),
        }
    }
    None
}

fn hex_char(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut code = 0;
    for _ in 0..digits {
        code = code * 16 + chars.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

/// The five predefined entities and `&#39;`; anything else stays.
fn unescape_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [
            ("&amp;", '&'),
            ("&quot;", '"'),
            ("&#39;", '\''),
            ("&apos;", '\''),
            ("&lt;", '<'),
            ("&gt;", '>'),
        ];
        if let Some((entity, c)) = known.iter().find(|(entity, _)| rest.starts_with(entity)) {
            out.push(*c);
            rest = &rest[entity.len()..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn token(page: &str, value: Option<&str>) {
        let page = Page::read(page.as_bytes());
        assert_eq!(page.flow_token.as_ref().map(|t| t.expose().as_str()), value);
    }

    #[track_caller]
    fn post(page: &str, to: Option<&str>) {
        assert_eq!(Page::read(page.as_bytes()).post_to.as_deref(), to);
    }

    #[test]
    fn the_hidden_field_is_found_however_it_is_written() {
        token(
            r#"<input type="hidden" name="PPFT" id="i0327" value="DZ*a!b$$"/>"#,
            Some("DZ*a!b$$"),
        );
        token("<INPUT value='t>1' type=hidden name='PPFT'>", Some("t>1"));
        token("<input name=PPFT value=abc>", Some("abc"));
        token(
            r#"sFTTag:'<input type="hidden" name="PPFT" value="q"/>',x"#,
            Some("q"),
        );
        token(
            r#"{"sFTTag":"<input name=\"PPFT\" value=\"q=\"/>"}"#,
            Some("q="),
        );
        token(r#"<input name = "PPFT" value = "a&amp;b">"#, Some("a&b"));
        token("var x={sFT:'tok'}", Some("tok"));
    }

    #[test]
    fn what_only_looks_like_it_is_not_it() {
        token("PPFT", None);
        token("<input name=\"PPFTX\" value=\"x\">", None);
        token("<input id=\"PPFT\" value=\"x\">", None);
        token("<input name=\"PPFT\" value=\"\">", None);
        token("<input name=\"PPFT\" value=\"x", None);
        token("<input data-name=\"PPFT\" value=\"x\">", None);
        token("", None);
    }

    #[test]
    fn the_address_is_found_however_it_is_written() {
        post(
            "urlPost:'https://l/post.srf?a=1&b=2'",
            Some("https://l/post.srf?a=1&b=2"),
        );
        post(
            r#"{"urlPost":"https:\/\/l\/p?a\u0026b"}"#,
            Some("https://l/p?a&b"),
        );
        post("var urlPost = \"/p\";", Some("/p"));
        post("<form method=post action=\"/p?a&amp;b\">", Some("/p?a&b"));
        post("<FORM action='/q'>", Some("/q"));
        post("urlPostMsa:'x', urlPost:'y'", Some("y"));
        post("surlPost:'x'", None);
        post("urlPost:'never ends", None);
        post("urlPost:12", None);
    }

    #[test]
    fn the_error_text_is_read_whole() {
        let page = Page::read(br"sErrTxt:'That password is incorrect. It\'s wrong.'");
        assert_eq!(
            page.error_text.as_deref(),
            Some("That password is incorrect. It's wrong.")
        );
    }

    #[test]
    fn any_page_is_read_without_a_panic_at_every_cut() {
        let page = "é<form action='é'><input name=\"PPFT\" value='\u{1F600}'> urlPost:'\\u00e9\\x', \
                    sErrTxt:'é', sFT:'\\";
        for cut in 0..=page.len() {
            Page::read(&page.as_bytes()[..cut]);
            Page::read(&page.as_bytes()[cut..]);
        }
    }

    #[test]
    fn a_page_made_to_be_slow_is_not() {
        let page = "<input name=\"PPFT\" ".repeat(200_000);
        token(&page, None);
        let page = "urlPost:'".repeat(100_000);
        post(&page, Some("urlPost:"));
    }
}
