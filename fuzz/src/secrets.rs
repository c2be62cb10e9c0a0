//! Where a password may go.

use bytes::Bytes;
use http::Request;
use simulation::{HOST, PASSWORD};

/// A password goes nowhere but to the service, and not in the clear.
pub(crate) fn keeps_its_secrets(request: &Request<Bytes>) {
    let has_it = |bytes: &[u8]| {
        let word = PASSWORD.as_bytes();
        bytes.windows(word.len()).any(|it| it == word)
    };
    let in_head = request.headers().values().any(|it| has_it(it.as_bytes()));
    if in_head || has_it(request.body()) {
        let host = request.uri().host().unwrap_or_default();
        let is_own = host == HOST || host.ends_with(&format!(".{HOST}"));
        assert!(is_own, "a password goes to {host}");
        assert_eq!(request.uri().scheme_str(), Some("https"));
    }
}
