//! What a proxy has answered to a `CONNECT`.

use std::error::Error;

use bytes::Bytes;
use http::{Response, StatusCode};

/// The answer of a proxy that opens no tunnel because it wants credentials: a machine is told what it would be told without a
/// tunnel. The library says so in words alone, and calls it a connection that did not come about.
pub(crate) fn wants_credentials(error: &reqwest::Error) -> Option<Response<Bytes>> {
    let mut source: Option<&dyn Error> = Some(error);
    while let Some(error) = source {
        if error.to_string().ends_with("proxy authorization required") {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
            return Some(response);
        }
        source = error.source();
    }
    None
}
