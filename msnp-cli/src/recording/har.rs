//! HAR files, as browsers save them: one JSON document, read whole.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};
use std::rc::Rc;

use serde_json::value::RawValue;

use super::json::{self, Charset};
use super::place::Place;
use super::record::{Body, Fault, Headers, Record, RecordedExchange, Recording, Request, Response};

/// The largest file that is read.
const FILE_LIMIT: u64 = 1024 * 1024 * 1024;

/// The reader.
pub(crate) struct Har {
    input: Option<Box<dyn BufRead>>,
    records: std::vec::IntoIter<Record>,
}

impl Har {
    /// Reads `input`.
    pub(crate) fn new(input: Box<dyn BufRead>) -> Self {
        Self {
            input: Some(input),
            records: Vec::new().into_iter(),
        }
    }
}

impl Recording for Har {
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        if let Some(input) = self.input.take() {
            self.records = read_file(input)?.into_iter();
        }
        Ok(self.records.next())
    }
}

fn read_file(input: Box<dyn BufRead>) -> io::Result<Vec<Record>> {
    let mut file = Vec::new();
    input.take(FILE_LIMIT + 1).read_to_end(&mut file)?;
    let fault = |offset, line, fault| Record::Fault {
        place: Place { line, offset },
        fault,
    };
    if file.len() as u64 > FILE_LIMIT {
        return Ok(vec![fault(0, 1, Fault::LargeFile { limit: FILE_LIMIT })]);
    }
    let start = if file.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let source = Source::new(&file);
    let entries = match std::str::from_utf8(&file[start..]) {
        Ok(text) => source.entries(text),
        Err(error) => Err(Place {
            offset: (start + error.valid_up_to()) as u64,
            ..source.place_of(start + error.valid_up_to())
        }),
    };
    let entries = match entries {
        Ok(entries) => entries,
        Err(place) => return Ok(vec![fault(place.offset, place.line, Fault::BadJson)]),
    };
    let mut records = Vec::new();
    for entry in entries {
        let place = source.place(entry.get());
        let mut faults = Vec::new();
        match source.exchange(entry, place, &mut faults) {
            Some(exchange) => {
                // Before the exchange: what was lost explains what will not decode.
                records.append(&mut faults);
                records.push(Record::Exchange(Box::new(exchange)));
            }
            None => records.push(fault(place.offset, place.line, Fault::BadJson)),
        }
    }
    Ok(records)
}

type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

fn object(value: &RawValue) -> Option<Object<'_>> {
    serde_json::from_str(value.get()).ok()
}

/// The file, to tell where its parts stand.
struct Source<'a> {
    file: &'a [u8],
    line_feeds: Vec<usize>,
}

impl<'a> Source<'a> {
    fn new(file: &'a [u8]) -> Self {
        let feeds = file.iter().enumerate().filter(|(_, b)| **b == b'\n');
        Self {
            file,
            line_feeds: feeds.map(|(at, _)| at).collect(),
        }
    }

    fn place_of(&self, offset: usize) -> Place {
        Place {
            line: self.line_feeds.partition_point(|feed| *feed < offset) as u64 + 1,
            offset: offset as u64,
        }
    }

    /// Where `part`, a slice of the file, stands.
    fn place(&self, part: &str) -> Place {
        self.place_of(part.as_ptr() as usize - self.file.as_ptr() as usize)
    }

    /// `log.entries`, or where the document is none.
    fn entries(&self, text: &'a str) -> Result<Vec<&'a RawValue>, Place> {
        let start = self.place(text);
        let document: Object<'_> =
            serde_json::from_str(text).map_err(|error| self.place_of_error(&error, start))?;
        let log = document
            .get("log")
            .and_then(|log| object(log))
            .ok_or(start)?;
        let entries = log.get("entries").ok_or(start)?;
        serde_json::from_str(entries.get()).map_err(|_| self.place(entries.get()))
    }

    fn place_of_error(&self, error: &serde_json::Error, start: Place) -> Place {
        let line_start = match error.line() {
            0 | 1 => usize::try_from(start.offset).unwrap_or_default(),
            line => self.line_feeds.get(line - 2).map_or(0, |feed| feed + 1),
        };
        self.place_of((line_start + error.column().saturating_sub(1)).min(self.file.len()))
    }

    fn exchange(
        &self,
        entry: &RawValue,
        place: Place,
        faults: &mut Vec<Record>,
    ) -> Option<RecordedExchange> {
        let entry = object(entry)?;
        let request = object(entry.get("request")?)?;
        let target = json::text(request.get("url")?)?;
        let sent = Request {
            method: json::text(request.get("method")?)?,
            headers: headers(&request),
            target,
        };
        let request_body = match request.get("postData").and_then(|data| object(data)) {
            Some(data) => self.body(&data, faults)?,
            None => Body::Missing(size(&request, "bodySize").or(Some(0))),
        };
        let response = entry.get("response").and_then(|response| object(response));
        // Browsers leave `text` out of a body that they have dropped, and keep its size: that is a gap in
        // the stream, while a body of no bytes is none.
        let response_body = match &response {
            Some(response) => match response.get("content").and_then(|content| object(content)) {
                Some(content) if content.contains_key("text") => self.body(&content, faults)?,
                Some(content) => Body::Missing(size(&content, "size")),
                None => Body::Missing(size(response, "bodySize")),
            },
            None => Body::Missing(None),
        };
        let response = response.map(|response| Response {
            status: response
                .get("status")
                .and_then(|status| status.get().parse().ok())
                .unwrap_or_default(),
            headers: headers(&response),
        });
        Some(RecordedExchange {
            connection: host(&sent.target),
            place,
            request: sent,
            request_body,
            response,
            response_body,
        })
    }

    fn body(&self, content: &Object<'_>, faults: &mut Vec<Record>) -> Option<Body> {
        let Some(text) = content.get("text") else {
            return Some(Body::Missing(None));
        };
        let is_base64 = content
            .get("encoding")
            .and_then(|encoding| json::text(encoding))
            .is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
        let charset = if is_base64 {
            Charset::Base64
        } else {
            Charset::Utf8
        };
        let (piece, fault) = json::bytes(text.get(), self.place(text.get()), charset)?;
        if let Some((place, fault)) = fault {
            faults.push(Record::Fault { place, fault });
        }
        Some(Body::Recorded(piece))
    }
}

/// A size, if the browser knew it.
fn size(object: &Object<'_>, name: &str) -> Option<u64> {
    object.get(name)?.get().parse().ok()
}

fn headers(message: &Object<'_>) -> Headers {
    let list = message
        .get("headers")
        .and_then(|headers| serde_json::from_str::<Vec<&RawValue>>(headers.get()).ok())
        .unwrap_or_default();
    let field = |header: &RawValue| {
        let header = object(header)?;
        Some((
            json::text(header.get("name")?)?,
            json::text(header.get("value")?)?,
        ))
    };
    list.into_iter().filter_map(field).collect()
}

/// The host of a URL, or all of it.
fn host(url: &str) -> Rc<str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if host.is_empty() { "-" } else { host }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Record> {
        let mut har = Har::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())));
        std::iter::from_fn(|| har.next_record().expect("memory does not fail")).collect()
    }

    #[test]
    fn entries_become_exchanges() {
        let found = records(
            r#"{"log": {"entries": [
              {"request": {"method": "POST", "url": "https://geo.example.net/gateway/gateway.dll?Action=open",
                 "headers": [{"name": "X-MSN-Auth", "value": "Use-Cookie"}],
                 "postData": {"mimeType": "text/plain", "text": "PNG\r\n"}},
               "response": {"status": 200, "headers": [], "content": {"size": 8, "text": "UU5HIDUwDQo=", "encoding": "base64"}}},
              {"request": {"method": "GET", "url": "https://example.net/", "headers": []},
               "response": {"status": 304, "content": {"size": 12}}},
              {"request": 7}
            ]}}"#,
        );
        let [
            Record::Exchange(first),
            Record::Exchange(second),
            Record::Fault { place, .. },
        ] = &found[..]
        else {
            panic!("{found:?}");
        };
        assert_eq!(&*first.connection, "geo.example.net");
        assert_eq!(first.request.headers.get("x-msn-auth"), Some("Use-Cookie"));
        let Body::Recorded(sent) = &first.request_body else {
            panic!()
        };
        assert_eq!(
            (&sent.bytes()[..], sent.place(0).line),
            (&b"PNG\r\n"[..], 4)
        );
        let Body::Recorded(got) = &first.response_body else {
            panic!()
        };
        assert_eq!(&got.bytes()[..], b"QNG 50\r\n");
        assert!(matches!(second.request_body, Body::Missing(Some(0))));
        assert!(matches!(second.response_body, Body::Missing(Some(12))));
        assert_eq!(place.line, 8);
    }

    #[test]
    fn bad_json_is_pinpointed() {
        let found = records("{\"log\": {\n  \"entries\": [}]}");
        let [
            Record::Fault {
                place,
                fault: Fault::BadJson,
            },
        ] = &found[..]
        else {
            panic!("{found:?}");
        };
        assert_eq!((place.line, place.offset), (2, 24));
    }
}
