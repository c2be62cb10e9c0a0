//! `Step`: one request to the gateway that was written down before.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// One request to the gateway.
#[derive(Clone, Debug)]
pub struct Step {
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Step {
    /// The first: a session is opened, and this said in it.
    pub fn open(body: impl Into<Bytes>) -> Self {
        Self::new("Version=1&Protocol=mtp&Action=open&Server=NS&IP=none", body)
    }

    /// This is said.
    pub fn post(body: impl Into<Bytes>) -> Self {
        Self::new("", body)
    }

    /// Whatever is said is waited for, up to a minute.
    pub fn poll() -> Self {
        Self::new("Action=poll&Lifespan=60", Bytes::new())
    }

    fn new(query: &str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        let name = HeaderName::from_static("x-msn-auth");
        headers.insert(name, HeaderValue::from_static("Use-Cookie"));
        Self {
            query: query.to_owned(),
            headers,
            body: body.into(),
        }
    }
}
