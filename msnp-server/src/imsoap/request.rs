//! What callers post, read as they wrote it.

use bytes::Bytes;
use http::{HeaderName, Request, header};
use machine_contract::Secret;
use soap_codec::Budget;
use soap_codec::bsim::{self, Leniency, Refusal};

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");

/// Identifiers may be padded in any case; texts on lines of their own are meant without the lines.
const LENIENCY: Leniency = Leniency {
    any_case: false,
    printed: true,
};

/// Reads a call, of at most so many bytes.
pub(super) fn receive(request: &Request<Bytes>, bytes: usize) -> Result<bsim::Request, Refusal> {
    let text = |name| {
        let value = request.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()))
    };
    let limits = soap_codec::Limits {
        bytes,
        ..soap_codec::Limits::REQUEST
    };
    bsim::Request::receive(
        text(header::CONTENT_TYPE).as_deref(),
        text(SOAP_ACTION).as_deref(),
        request.body(),
        &mut Budget::new(limits),
        LENIENCY,
    )
}

/// A password without the white space of a printed request, which is at both its ends (soap.md 2.7).
pub(super) fn unpadded(password: Secret<String>) -> Secret<String> {
    let space = |c: char| c.is_ascii_whitespace();
    let text = password.expose();
    if text.starts_with(space) && text.ends_with(space) {
        Secret::new(text.trim_matches(space).to_owned())
    } else {
        password
    }
}
