//! What callers post, read as they wrote it.

use bytes::Bytes;
use http::{HeaderName, Request, header};
use machine_contract::Secret;
use soap_codec::bsim::{self, Leniency, Refusal};
use soap_codec::{Budget, ContentType, Fault, Version};

use super::charset;

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
    let content_type = text(header::CONTENT_TYPE);
    let media = ContentType::parse(content_type.as_deref().unwrap_or_default());
    let body = match charset::decode(&media, request.body()) {
        Ok(body) => body,
        // Only what is SOAP at all is told why, in its own version.
        Err(unreadable) => {
            let versions = [Version::Soap11, Version::Soap12];
            let version = (versions.into_iter()).find(|it| it.media_type() == media.media_type);
            let version = version.ok_or(Refusal::UnsupportedMediaType)?;
            let fault = Fault::unable_to_read(&unreadable.to_string());
            return Err(Refusal::Fault(version, Box::new(fault)));
        }
    };
    let content_type = content_type.map(|value| match media.charset {
        Some(_) if !media.is_utf8() => in_utf8(&media).into(),
        _ => value,
    });
    let limits = soap_codec::Limits {
        bytes,
        ..soap_codec::Limits::REQUEST
    };
    bsim::Request::receive(
        content_type.as_deref(),
        text(SOAP_ACTION).as_deref(),
        &body,
        &mut Budget::new(limits),
        LENIENCY,
    )
}

/// The same type, of what was read as UTF-8.
fn in_utf8(media: &ContentType) -> String {
    let text = format!("{}; charset=utf-8", media.media_type);
    if let Some(action) = &media.action {
        let action = action.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("{text}; action=\"{action}\"");
    }
    text
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
