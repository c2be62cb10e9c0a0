//! What C may look at until it calls again: texts with a zero behind them, and bytes.

use std::ffi::{CString, c_char};
use std::ptr;

use bytes::Bytes;
use http::HeaderMap;
use machine_contract::Transmit;
use serde_json::Value;

/// Bytes that belong to the library.
#[derive(Copy, Clone, Debug)]
#[repr(C)]
pub struct View {
    /// Where; never null.
    pub(crate) data: *const u8,
    /// How many.
    pub(crate) len: usize,
}

impl View {
    pub(crate) const fn of(bytes: &[u8]) -> Self {
        Self {
            data: bytes.as_ptr(),
            len: bytes.len(),
        }
    }
}

/// What C is shown at the moment. Each kind is kept until the next of its kind.
#[derive(Debug, Default)]
pub(crate) struct Held {
    texts: Vec<CString>,
    /// Where the headers among the texts are.
    headers: Vec<*const c_char>,
    body: Bytes,
    answer: CString,
    event: CString,
    event_bytes: Bytes,
}

impl Held {
    /// Keeps a request: its method, its address, its headers as `Name: value`, its body.
    pub(crate) fn request(&mut self, transmit: Transmit) -> Request {
        let (head, body) = transmit.request.into_parts();
        let mut texts = vec![text(head.method.as_str()), text(&head.uri.to_string())];
        texts.extend(lines(&head.headers));
        // The texts stand still from here on: a list that grows moves its entries, not what they point to.
        self.texts = texts;
        self.headers = self.texts[2..].iter().map(|text| text.as_ptr()).collect();
        self.body = body;
        Request {
            method: self.texts[0].as_ptr(),
            uri: self.texts[1].as_ptr(),
            headers: self.headers.as_ptr(),
            header_count: self.headers.len(),
            body: View::of(&self.body),
        }
    }

    pub(crate) fn answer(&mut self, answer: &Value) -> *const c_char {
        self.answer = text(&answer.to_string());
        self.answer.as_ptr()
    }

    pub(crate) fn event(&mut self, event: &Value, bytes: Bytes) -> (*const c_char, View) {
        self.event = text(&event.to_string());
        self.event_bytes = bytes;
        (self.event.as_ptr(), View::of(&self.event_bytes))
    }
}

/// Where the parts of a request are.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: *const c_char,
    pub(crate) uri: *const c_char,
    pub(crate) headers: *const *const c_char,
    pub(crate) header_count: usize,
    pub(crate) body: View,
}

impl Request {
    /// None.
    pub(crate) const NONE: Self = Self {
        method: ptr::null(),
        uri: ptr::null(),
        headers: ptr::null(),
        header_count: 0,
        body: View::of(&[]),
    };
}

fn lines(headers: &HeaderMap) -> impl Iterator<Item = CString> {
    headers.iter().map(|(name, value)| {
        let mut line = format!("{name}: ").into_bytes();
        line.extend_from_slice(value.as_bytes());
        CString::new(line).unwrap_or_default()
    })
}

/// JSON, methods, addresses and header values hold no zero.
fn text(text: &str) -> CString {
    CString::new(text).unwrap_or_default()
}
