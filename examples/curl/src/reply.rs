//! `Reply`: what libcurl hands over of a response, piece by piece.

use bytes::Bytes;
use curl::easy::{Handler, WriteError};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// A response that is coming in.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    status: Option<StatusCode>,
    headers: HeaderMap,
    head_len: usize,
    /// The empty line has come. Without it libcurl calls a connection that ends in the head the end of a response.
    head_ended: bool,
    body: Vec<u8>,
    longest_body: usize,
    /// What follows the body is no part of the head.
    body_begun: bool,
}

/// The longest head.
const HEAD: usize = 64 << 10;

impl Reply {
    pub(crate) fn up_to(longest_body: usize) -> Self {
        Self {
            longest_body,
            ..Self::default()
        }
    }

    /// The response, once all of it was there; `None` if its head was not.
    pub(crate) fn take(&mut self) -> Option<Response<Bytes>> {
        if !self.head_ended {
            return None;
        }
        let mut response = Response::new(Bytes::from(std::mem::take(&mut self.body)));
        *response.status_mut() = self.status?;
        *response.headers_mut() = std::mem::take(&mut self.headers);
        Some(response)
    }

    fn line(&mut self, line: &[u8]) -> Option<()> {
        if line.starts_with(b"HTTP/") {
            // A head begins. Those before it were interim ones.
            self.headers.clear();
            let status = line.split(|byte| *byte == b' ').nth(1)?;
            self.status = StatusCode::from_bytes(status.trim_ascii()).ok();
            self.head_ended = false;
        } else if line.trim_ascii().is_empty() {
            self.head_ended = true;
        } else if let Some(colon) = line.iter().position(|byte| *byte == b':') {
            let name = HeaderName::from_bytes(&line[..colon]).ok()?;
            let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
            self.headers.append(name, value);
        }
        Some(())
    }
}

impl Handler for Reply {
    fn header(&mut self, line: &[u8]) -> bool {
        if self.body_begun {
            return true;
        }
        self.head_len += line.len();
        self.head_len <= HEAD && self.line(line).is_some()
    }

    fn write(&mut self, piece: &[u8]) -> Result<usize, WriteError> {
        self.body_begun = true;
        if self.body.len() + piece.len() > self.longest_body {
            // Less than all: libcurl gives up.
            return Ok(0);
        }
        self.body.extend_from_slice(piece);
        Ok(piece.len())
    }
}
