//! Secrets in XML: the text of elements and the values of attributes, wherever they stand: behind a prefix, in CDATA, in a
//! document that another holds as text. Nothing here decides what is well-formed: what is not is masked too far.

/// Elements and attributes that hold secrets, without prefix, in lower case (msnp24.md 6.2, 6.10; im-web-service.md; soap.md).
const NAMES: [&str; 20] = [
    "uic",
    "ssl-compact-ticket",
    "ssl-site-specific-ticket",
    "web-compact-ticket",
    "skypetoken",
    "ticket",
    "state",
    "password",
    "sessionid",
    "binarysecuritytoken",
    "binarysecret",
    "ciphervalue",
    "tickettoken",
    "lockkey",
    "mspauth",
    "mspprof",
    "access_token",
    "refresh_token",
    "passport",
    // Both halves of a ticket, in elements whose own names are of one letter (soap.md 5.5).
    "passportcookie",
];

/// One tag.
#[derive(Copy, Clone, Debug)]
struct Tag<'a> {
    /// Where it starts and what follows it.
    start: usize,
    end: usize,
    /// Its inside, and where that starts.
    inside: &'a [u8],
    inside_start: usize,
}

/// The payload with its secrets replaced; `None` if there are none.
pub(super) fn mask(payload: &[u8], mask: &[u8]) -> Option<Vec<u8>> {
    let mut out = Masked {
        payload,
        mask,
        out: Vec::new(),
        copied: 0,
    };
    let mut at = 0;
    while let Some(tag) = next_tag(payload, at) {
        at = tag.end;
        for (start, end) in secret_values(&tag) {
            out.hide(start, end);
        }
        let name = name(tag.inside);
        let is_element = !tag.inside.starts_with(b"/") && !tag.inside.ends_with(b"/");
        if is_element && is_secret(name) {
            let end = closing(payload, at, name);
            out.hide(at, end);
            at = end;
        }
    }
    (out.copied > 0).then(|| out.finish())
}

/// What is masked so far.
struct Masked<'a> {
    payload: &'a [u8],
    mask: &'a [u8],
    out: Vec<u8>,
    copied: usize,
}

impl Masked<'_> {
    fn hide(&mut self, start: usize, end: usize) {
        if start < self.copied || self.payload[start..end].trim_ascii().is_empty() {
            return;
        }
        self.out
            .extend_from_slice(&self.payload[self.copied..start]);
        self.out.extend_from_slice(self.mask);
        self.copied = end;
    }

    fn finish(mut self) -> Vec<u8> {
        self.out.extend_from_slice(&self.payload[self.copied..]);
        self.out
    }
}

/// The ways to write one character, itself and as text inside other documents.
fn written<'a>(bytes: &[u8], ways: &[&'a [u8]]) -> Option<&'a [u8]> {
    ways.iter().find(|way| bytes.starts_with(way)).copied()
}

const OPEN: [&[u8]; 3] = [b"<", b"&lt;", b"&amp;lt;"];
const CLOSE: [&[u8]; 3] = [b">", b"&gt;", b"&amp;gt;"];
const QUOTES: [&[u8]; 6] = [
    b"\"",
    b"'",
    b"&quot;",
    b"&apos;",
    b"&amp;quot;",
    b"&amp;apos;",
];

fn next_tag(payload: &[u8], from: usize) -> Option<Tag<'_>> {
    let (start, open) = find(payload, from, &OPEN)?;
    let inside_start = start + open.len();
    // CDATA holds text that may be a document too.
    if payload[inside_start..].starts_with(b"![CDATA[") {
        let inside_start = inside_start + b"![CDATA[".len();
        return Some(Tag {
            start,
            end: inside_start,
            inside: b"",
            inside_start,
        });
    }
    let (close, way) = find(payload, inside_start, &CLOSE).unwrap_or((payload.len(), b""));
    Some(Tag {
        start,
        end: close + way.len(),
        inside: &payload[inside_start..close],
        inside_start,
    })
}

/// The first of `ways` at or behind `from`.
fn find<'a>(payload: &[u8], from: usize, ways: &[&'a [u8]]) -> Option<(usize, &'a [u8])> {
    (from..payload.len()).find_map(|at| written(&payload[at..], ways).map(|way| (at, way)))
}

/// Where the element of this name that is open at `from` is closed; the end of the payload if it is not.
fn closing(payload: &[u8], from: usize, wanted: &[u8]) -> usize {
    let mut at = from;
    while let Some(tag) = next_tag(payload, at) {
        let closes = tag.inside.strip_prefix(b"/");
        if closes.is_some_and(|inside| name(inside).eq_ignore_ascii_case(wanted)) {
            return tag.start;
        }
        at = tag.end;
    }
    payload.len()
}

/// A tag's name without its prefix.
fn name(inside: &[u8]) -> &[u8] {
    let end = inside
        .iter()
        .position(|b| b.is_ascii_whitespace() || *b == b'/')
        .unwrap_or(inside.len());
    local(&inside[..end])
}

fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|b| *b == b':').next().unwrap_or(name)
}

fn is_secret(name: &[u8]) -> bool {
    NAMES
        .iter()
        .any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}

/// Where the values of a tag's secret attributes start and end. The id of a `Session` is one (im-web-service.md).
fn secret_values(tag: &Tag<'_>) -> Vec<(usize, usize)> {
    let is_session = name(tag.inside).eq_ignore_ascii_case(b"session");
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(equals) = tag.inside[at..].iter().position(|b| *b == b'=') {
        let before = tag.inside[at..at + equals].trim_ascii_end();
        let word = before
            .iter()
            .rposition(u8::is_ascii_whitespace)
            .map_or(0, |space| space + 1);
        let key = local(&before[word..]);
        let value = at + equals + 1;
        let blanks = tag.inside[value..]
            .iter()
            .take_while(|b| b.is_ascii_whitespace());
        let value = value + blanks.count();
        let (start, end) = match written(&tag.inside[value..], &QUOTES) {
            Some(quote) => {
                let start = value + quote.len();
                let end = find(tag.inside, start, &[quote]);
                (start, end.map_or(tag.inside.len(), |(end, _)| end))
            }
            None => (value, tag.inside.len()),
        };
        let is_ticket = tag.inside[start..end].starts_with(b"t=");
        if is_secret(key) || is_ticket || (is_session && key.eq_ignore_ascii_case(b"id")) {
            found.push((tag.inside_start + start, tag.inside_start + end));
        }
        at = end;
    }
    found
}
