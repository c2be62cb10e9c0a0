//! The head of a request or a reply, read from its bytes.

use crate::wire::Wire;

/// A request as it was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// Counts the connections from 0: two requests with one number came over one connection.
    pub connection: usize,
    /// `POST` and the like.
    pub method: String,
    /// What stands after it: path and query, or a whole address.
    pub target: String,
    /// Its headers, in order, as text; [`head`](Self::head) has their bytes.
    pub headers: Vec<(String, String)>,
    /// Its body. One that came in chunks, which no driver has a reason for, is kept with their lengths.
    pub body: Vec<u8>,
    /// Its head, byte for byte.
    pub head: Vec<u8>,
}

impl Request {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// All headers of that name, byte for byte.
    pub fn header_bytes(&self, name: &str) -> Vec<&[u8]> {
        let lines = self.head.split(|byte| *byte == b'\n');
        lines
            .filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                line[..colon]
                    .eq_ignore_ascii_case(name.as_bytes())
                    .then(|| line[colon + 1..].trim_ascii())
            })
            .collect()
    }

    /// All of it, as it was read.
    pub fn to_wire(&self) -> Wire {
        Wire([&self.head[..], &self.body].concat())
    }
}

pub(super) struct Head {
    start: String,
    headers: Vec<(String, String)>,
    len: usize,
}

impl Head {
    /// `None` until all of it has come.
    pub(super) fn parse(read: &[u8]) -> Option<Self> {
        let end = read.windows(4).position(|w| w == b"\r\n\r\n")?;
        let text = String::from_utf8_lossy(&read[..end]);
        let mut lines = text.split("\r\n");
        Some(Self {
            start: lines.next()?.to_owned(),
            headers: lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect(),
            len: end + 4,
        })
    }

    /// The word of the first line at this place.
    fn word(&self, at: usize) -> &str {
        self.start.split(' ').nth(at).unwrap_or_default()
    }

    /// The status, if it is a reply's.
    pub(super) fn status(&self) -> Option<u16> {
        self.word(1).parse().ok()
    }

    /// The headers, in order.
    pub(super) fn into_headers(self) -> Vec<(String, String)> {
        self.headers
    }

    /// Where the body begins.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The request, once all of it was read.
    pub(super) fn into_request(self, connection: usize, read: &[u8]) -> Request {
        let (head, body) = read.split_at(self.len);
        Request {
            connection,
            method: self.word(0).to_owned(),
            target: self.word(1).to_owned(),
            headers: self.headers,
            body: body.to_vec(),
            head: head.to_vec(),
        }
    }

    /// Where the body ends; `None` as long as that cannot be seen.
    pub(super) fn end(&self, read: &[u8]) -> Option<usize> {
        let chunked = find(&self.headers, "transfer-encoding").is_some();
        if chunked {
            let last = b"0\r\n\r\n";
            let body = read.get(self.len..)?;
            let at = body.windows(last.len()).position(|w| w == last)?;
            return Some(self.len + at + last.len());
        }
        let length = find(&self.headers, "content-length").and_then(|length| length.parse().ok());
        Some(self.len + length.unwrap_or(0))
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value.as_str())
}
