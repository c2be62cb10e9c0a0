//! A call as the HTTP request that a .NET proxy class made of it (soap.md 2.1).

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, EXPECT, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use soap_codec::bsim::{Operation, OperationName};
use soap_codec::{EncodeError, Version};

/// What the callers of the published session called themselves (soap.md 2.1).
const CALLER: &str =
    "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 2.0.50727.42)";

/// The request. `Host` and `Content-Length` belong to whoever sends it, and so do `Connection` and `Expect` unless it is to be
/// as captured.
pub(super) fn request(
    uri: &Uri,
    operation: &Operation,
    as_captured: bool,
) -> Result<Request<Bytes>, EncodeError> {
    let body = operation.to_envelope(Version::Soap11).to_xml()?;
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri.clone();
    let headers = request.headers_mut();
    // In the order of the published session (soap.md 2.1).
    headers.insert(USER_AGENT, HeaderValue::from_static(CALLER));
    let content_type = HeaderValue::from_static(Version::Soap11.content_type());
    headers.insert(CONTENT_TYPE, content_type);
    let action = HeaderValue::from_str(&operation.name().soap_action())
        .expect("the actions of the six operations are visible ASCII");
    headers.insert(HeaderName::from_static("soapaction"), action);
    if as_captured {
        dress(&mut request, operation.name());
    }
    Ok(request)
}

/// Adds what the callers of the published session said of their connections: each that it waits to be let go on, the first that
/// it has more to say (soap.md 2.1).
fn dress(request: &mut Request<Bytes>, name: OperationName) {
    let headers = request.headers_mut();
    headers.insert(EXPECT, HeaderValue::from_static("100-continue"));
    if name == OperationName::Login {
        headers.insert(CONNECTION, HeaderValue::from_static("Keep-Alive"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_a_header_value() {
        for name in soap_codec::bsim::OperationName::ALL {
            assert!(HeaderValue::from_str(&name.soap_action()).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_call_is_posted_as_the_callers_of_2008_did() {
        let uri = Uri::from_static("http://www.imcomponents.com/imsoap/BSIMService.asmx");
        let request = request(&uri, &Operation::GetVersion, false).expect("a request");
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), &uri);
        let headers: Vec<(&str, &[u8])> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let expected: [(&str, &[u8]); 3] = [
            ("user-agent", CALLER.as_bytes()),
            ("content-type", b"text/xml; charset=utf-8"),
            ("soapaction", b"\"http://www.imcomponents.com/GetVersion\""),
        ];
        assert_eq!(headers, expected);
    }

    #[test]
    fn as_captured_each_call_waits_and_the_first_keeps_the_connection() {
        let uri = Uri::from_static("http://www.imcomponents.com/imsoap/BSIMService.asmx");
        for name in OperationName::ALL {
            let mut request = request(&uri, &Operation::GetVersion, false).expect("a request");
            dress(&mut request, name);
            assert_eq!(request.headers()[EXPECT], "100-continue");
            let kept = request.headers().get(CONNECTION);
            let is_first = name == OperationName::Login;
            assert_eq!(kept.is_some_and(|it| it == "Keep-Alive"), is_first);
        }
    }
}
