//! What browsers are told about pages of other origins (gateway.md 13.14). No header of Microsoft's is known.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
};
use http::{HeaderMap, HeaderValue};

use super::config::Origins;

impl Origins {
    /// Lets the page at `origin` read the reply, if it may. On errors too: without it a browser
    /// shows the page no status, only that something failed (gateway.md 13.12).
    pub(super) fn write(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) -> bool {
        match self {
            Self::None => return false,
            // No browser, no page: other clients are spared these headers.
            Self::Any if origin.is_none() => return false,
            Self::Any => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
            Self::Listed(list) => {
                // Caches must not give one page the answer made for another.
                headers.insert(VARY, HeaderValue::from_static("Origin"));
                let listed = |origin: &&HeaderValue| list.iter().any(|known| known == *origin);
                let Some(origin) = origin.filter(listed) else {
                    return false;
                };
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                headers.insert(
                    ACCESS_CONTROL_ALLOW_CREDENTIALS,
                    HeaderValue::from_static("true"),
                );
            }
        }
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED),
        );
        true
    }

    /// The answer to `OPTIONS`.
    pub(super) fn write_preflight(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        if self.write(origin, headers) {
            headers.remove(ACCESS_CONTROL_EXPOSE_HEADERS);
            headers.insert(
                ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("POST, OPTIONS"),
            );
            headers.insert(
                ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static(ALLOWED),
            );
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
        }
    }
}

const ALLOWED: &str = "Content-Type, X-MSN-Auth, X-MSN-SslAuthToken, X-MSN-GWCapabilities, X-Requested-Session-Content-Type";
const EXPOSED: &str = "X-MSN-Messenger, X-MSN-Host, X-MSNSERVER, X-MSN-SessionTimeout, X-MSN-SkypeId, X-MSN-GWCapabilities";
