//! Whether an answer is packed, which no request here asks for.

use bytes::Bytes;
use gateway_sm::Coding;
use http::Response;

/// How the answer is packed, if it is and there is something in it.
pub(crate) fn of(response: &Response<Bytes>) -> Option<Coding> {
    Coding::of(response.headers()).filter(|_| !response.body().is_empty())
}
