//! HAR files, as browsers save them: one JSON document, read whole.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _};
use std::rc::Rc;

use bytes::Bytes;
use msnp_proto::{FrameDecoder, PayloadTable, Side};
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
    if file.len() as u64 > FILE_LIMIT {
        let place = Place { line: 1, offset: 0 };
        let fault = Fault::LargeFile { limit: FILE_LIMIT };
        return Ok(vec![Record::Fault { place, fault }]);
    }
    let start = if file.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let source = Source::new(&file);
    let entries = match std::str::from_utf8(&file[start..]) {
        Ok(text) => source.entries(text),
        Err(error) => Err((source.place_of(start + error.valid_up_to()), Fault::BadJson)),
    };
    let entries = match entries {
        Ok(entries) => entries,
        Err((place, fault)) => return Ok(vec![Record::Fault { place, fault }]),
    };
    let mut records = vec![Record::Entries(entries.len() as u64)];
    for entry in entries {
        let place = source.place(entry.get());
        let mut faults = Vec::new();
        let exchange = source.exchange(entry, place, &mut faults);
        // Before the exchange: what was lost explains what will not decode.
        records.append(&mut faults);
        records.push(match exchange {
            Some(exchange) => Record::Exchange(Box::new(exchange)),
            None => Record::UnreadEntry { place },
        });
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

    /// `log.entries`, or what is wrong with the document and where.
    fn entries(&self, text: &'a str) -> Result<Vec<&'a RawValue>, (Place, Fault)> {
        let start = self.place(text);
        let document: Object<'_> = serde_json::from_str(text).map_err(|error| {
            if error.is_eof() {
                (self.place_of(self.file.len()), Fault::CutJson)
            } else {
                (self.place_of_error(&error, start), Fault::BadJson)
            }
        })?;
        let log = document.get("log").and_then(|log| object(log));
        let log = log.ok_or((start, Fault::NoEntries))?;
        let entries = log.get("entries").ok_or((start, Fault::NoEntries))?;
        serde_json::from_str(entries.get())
            .map_err(|_| (self.place(entries.get()), Fault::NoEntries))
    }

    fn place_of_error(&self, error: &serde_json::Error, start: Place) -> Place {
        let line_start = match error.line() {
            0 | 1 => usize::try_from(start.offset).unwrap_or_default(),
            line => self.line_feeds.get(line - 2).map_or(0, |feed| feed + 1),
        };
        self.place_of((line_start + error.column().saturating_sub(1)).min(self.file.len()))
    }

    /// One entry; `None` if it does not say what was asked of whom. Whatever else cannot be read is told and left out.
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
            headers: self.headers(&request, faults),
            target,
        };
        let request_body = match self.part(&request, "postData", faults) {
            Some(data) => self.body(&data, Side::Client, faults),
            None => Body::Missing(size(&request, "bodySize").or(Some(0))),
        };
        let response = self.part(&entry, "response", faults);
        // Browsers leave `text` out of a body that they have dropped, and keep its size: that is a gap in
        // the stream, while a body of no bytes is none.
        let response_body = match &response {
            Some(response) => match self.part(response, "content", faults) {
                Some(content) if content.contains_key("text") => {
                    self.body(&content, Side::Server, faults)
                }
                Some(content) => Body::Missing(size(&content, "size")),
                None => Body::Missing(size(response, "bodySize")),
            },
            None => Body::Missing(None),
        };
        let response = response.map(|response| Response {
            status: self.status(&response, faults),
            headers: self.headers(&response, faults),
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

    /// An object inside another; told if something else stands there.
    fn part<'v>(
        &self,
        object_around: &Object<'v>,
        name: &'static str,
        faults: &mut Vec<Record>,
    ) -> Option<Object<'v>> {
        let value = object_around.get(name)?;
        let part = object(value);
        if part.is_none() && value.get() != "null" {
            self.tell(value, name, faults);
        }
        part
    }

    fn tell(&self, value: &RawValue, what: &'static str, faults: &mut Vec<Record>) {
        let place = self.place(value.get());
        let fault = Fault::BadField { what };
        faults.push(Record::Fault { place, fault });
    }

    /// A number, which some writers put between quotes.
    fn status(&self, response: &Object<'_>, faults: &mut Vec<Record>) -> u16 {
        let Some(value) = response.get("status") else {
            return 0;
        };
        let text = json::text(value).unwrap_or_else(|| value.get().to_owned());
        text.trim().parse().unwrap_or_else(|_| {
            self.tell(value, "status", faults);
            0
        })
    }

    /// A list of names and values; some writers make one object of it, or `null`.
    fn headers(&self, message: &Object<'_>, faults: &mut Vec<Record>) -> Headers {
        let Some(value) = message.get("headers").filter(|it| it.get() != "null") else {
            return Headers::default();
        };
        if let Some(fields) = object(value) {
            let field = |(name, value): (Cow<'_, str>, &RawValue)| {
                let text = json::text(value).unwrap_or_else(|| value.get().to_owned());
                (name.into_owned(), text)
            };
            return fields.into_iter().map(field).collect();
        }
        let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value.get()) else {
            self.tell(value, "headers", faults);
            return Headers::default();
        };
        let mut headers = Headers::default();
        for header in list {
            let field = object(header).and_then(|header| {
                let name = json::text(header.get("name")?)?;
                let value = header.get("value")?;
                let text = json::text(value).unwrap_or_else(|| value.get().to_owned());
                Some((name, text))
            });
            match field {
                Some((name, value)) => headers.push(name, value),
                None => self.tell(header, "header", faults),
            }
        }
        headers
    }

    /// A body. The label that says whether its text is base64 is missing, or there for nothing, in what some programs
    /// write: the other reading is taken if it alone begins with a frame.
    fn body(&self, content: &Object<'_>, writer: Side, faults: &mut Vec<Record>) -> Body {
        let Some(text) = content.get("text") else {
            return Body::Missing(None);
        };
        let is_base64 = content
            .get("encoding")
            .and_then(|encoding| json::text(encoding))
            .is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
        let read = |charset| json::bytes(text.get(), self.place(text.get()), charset);
        let (labelled, other, fault) = if is_base64 {
            (Charset::Base64, Charset::Utf8, Fault::WrongBase64Label)
        } else {
            (Charset::Utf8, Charset::Base64, Fault::NoBase64Label)
        };
        let Some((piece, wrong)) = read(labelled) else {
            self.tell(text, "text", faults);
            return Body::Missing(None);
        };
        if !begins_with_frame(piece.bytes(), writer)
            && let Some((piece, None)) = read(other)
            && begins_with_frame(piece.bytes(), writer)
        {
            let place = self.place(text.get());
            faults.push(Record::Fault { place, fault });
            return Body::Recorded(piece);
        }
        if let Some((place, fault)) = wrong {
            faults.push(Record::Fault { place, fault });
        }
        Body::Recorded(piece)
    }
}

/// Whether the bytes are MSNP from their start.
fn begins_with_frame(bytes: &Bytes, writer: Side) -> bool {
    let mut decoder = FrameDecoder::new(PayloadTable::either(writer));
    decoder.push(bytes.clone());
    matches!(decoder.next_frame(), Ok(Some(_)))
}

/// A size, if the browser knew it.
fn size(object: &Object<'_>, name: &str) -> Option<u64> {
    object.get(name)?.get().parse().ok()
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
            Record::Entries(3),
            Record::Exchange(first),
            Record::Exchange(second),
            Record::UnreadEntry { place },
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
