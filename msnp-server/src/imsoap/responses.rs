//! The HTTP responses of the IM web service, as IIS with ASP.NET gave them (soap.md 2.9).

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use soap_codec::bsim::Refusal;
use soap_codec::{Envelope, Fault, Version};

use super::pages;
use crate::reply::bare;

/// What is answered to a request that calls no operation. `?wsdl` and `?singleWsdl` are the service
/// description, `?disco` says where that is; any other page, `?op=…` too, is the one for people.
pub(super) fn page(request: &Request<Bytes>, address: &str) -> Response<Bytes> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refusal = bare(StatusCode::METHOD_NOT_ALLOWED);
        let allowed = HeaderValue::from_static("GET, HEAD, POST");
        refusal.headers_mut().insert(header::ALLOW, allowed);
        return refusal;
    }
    let query = request.uri().query().unwrap_or_default();
    let asked = query.split(['=', '&']).next().unwrap_or_default();
    let asks = |word: &str| asked.eq_ignore_ascii_case(word);
    let (content_type, text) = if asks("wsdl") || asks("singlewsdl") {
        (Version::Soap11.content_type(), pages::wsdl(address))
    } else if asks("disco") {
        (Version::Soap11.content_type(), pages::disco(address))
    } else {
        ("text/html; charset=utf-8", pages::help(address))
    };
    written(StatusCode::OK, content_type, "private, max-age=0", text)
}

/// The answer to what is no request of the service: a fault, or a bare status.
pub(super) fn refused(refusal: &Refusal) -> Response<Bytes> {
    match refusal {
        Refusal::Fault(version, why) => fault(*version, why),
        other => bare(StatusCode::from_u16(other.status()).unwrap_or(StatusCode::BAD_REQUEST)),
    }
}

pub(super) fn fault(version: Version, fault: &Fault) -> Response<Bytes> {
    match Envelope::with_fault(version, fault).to_xml() {
        Ok(xml) => answer(StatusCode::INTERNAL_SERVER_ERROR, version, xml),
        Err(_) => bare(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

pub(super) fn answer(status: StatusCode, version: Version, xml: String) -> Response<Bytes> {
    let caching = if status == StatusCode::OK {
        "private, max-age=0"
    } else {
        "private"
    };
    written(status, version.content_type(), caching, xml)
}

fn written(
    status: StatusCode,
    content_type: &'static str,
    caching: &'static str,
    text: String,
) -> Response<Bytes> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

/// With the headers of the captured responses that say by what they were made, if they are wished for (soap.md 2.1).
pub(super) fn dressed(mut reply: Response<Bytes>, as_captured: bool) -> Response<Bytes> {
    if as_captured {
        let headers = reply.headers_mut();
        let powered = HeaderName::from_static("x-powered-by");
        let version = HeaderName::from_static("x-aspnet-version");
        let server = HeaderValue::from_static("Microsoft-IIS/6.0");
        headers.insert(header::SERVER, server);
        headers.append(powered.clone(), HeaderValue::from_static("ASP.NET"));
        headers.append(powered, HeaderValue::from_static("PleskWin"));
        headers.insert(version, HeaderValue::from_static("2.0.50727"));
    }
    reply
}
