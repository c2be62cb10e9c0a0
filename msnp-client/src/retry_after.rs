//! `Retry-After`: for how long a service takes nothing more.

use bytes::Bytes;
use http::Response;
use http::header::RETRY_AFTER;

/// The time that an answer names, in seconds; a date is of a clock that is not ours.
pub(crate) fn of(response: &Response<Bytes>) -> Option<u32> {
    let value = response.headers().get(RETRY_AFTER)?;
    value.to_str().ok()?.trim().parse().ok()
}
