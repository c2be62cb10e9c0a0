//! What may come from whoever does not play by the rules: bytes that were bent on their way, requests and replies of anybody.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use machine_contract::Failure;
use msnp_proto::Side;

use crate::choices::Choices;
use crate::generators::{Form, client_stream, server_stream};

/// What may become of bytes on their way, and of what somebody else says in between.
pub(crate) fn bend(mut bytes: Vec<u8>, side: Side, choices: &mut Choices<'_>) -> Vec<u8> {
    let more = |choices: &mut Choices<'_>| match side {
        Side::Client => client_stream(choices.some(), Form::Bent),
        Side::Server => server_stream(choices.some(), Form::Bent),
    };
    let at = choices.below(256) * bytes.len() / 256;
    match choices.below(8) {
        0 => bytes.truncate(at),
        1 | 2 => {
            let other = choices.byte().unwrap_or_default();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = other;
            }
        }
        3 => bytes.extend(more(choices)),
        4 => bytes = [more(choices), bytes].concat(),
        5 => bytes.extend(bytes.clone()),
        6 => {
            let some = choices.some();
            bytes.splice(at..(at + some.len()).min(bytes.len()), some.iter().copied());
        }
        _ => {
            let some = choices.some();
            bytes.splice(at..at, some.iter().copied());
        }
    }
    bytes
}

/// What may become of a reply's head.
pub(crate) fn bend_head(reply: &mut Response<Bytes>, choices: &mut Choices<'_>) {
    let status = *choices.of(&[200, 200, 302, 400, 401, 403, 404, 407, 429, 500, 503, 204]);
    *reply.status_mut() = status.try_into().expect("a status");
    for _ in 0..choices.below(4) {
        let (name, value) = *choices.of(HEADERS);
        let name = HeaderName::from_static(name);
        reply
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
}

/// A request of anybody.
pub(crate) fn request(choices: &mut Choices<'_>) -> Request<Bytes> {
    let path = *choices.of(PATHS);
    let method = *choices.of(&["POST", "GET", "OPTIONS", "HEAD", "PUT"]);
    let body = body(choices);
    let request = Request::builder().method(method).uri(path).body(body);
    let mut request = request.expect("a request");
    for _ in 0..choices.below(4) {
        let (name, value) = *choices.of(HEADERS);
        let name = HeaderName::from_static(name);
        let value = HeaderValue::from_static(value);
        request.headers_mut().append(name, value);
    }
    request
}

/// Whose pages may use the relay.
pub(crate) const ORIGIN: &str = "https://page.example";

/// What a web page asks of a relay.
pub(crate) fn page_request(how: usize, choices: &mut Choices<'_>) -> Request<Bytes> {
    let path = *choices.of(&[
        "/relay/rst",
        "/relay/other",
        "//relay/rst",
        "/relay/rst?a=b",
    ]);
    let method = *choices.of(&["POST", "GET", "OPTIONS", "PUT"]);
    let request = Request::builder().method(method).uri(path);
    let request = match how % 4 {
        0 => request,
        1 => request.header("origin", "null"),
        _ => request.header("origin", ORIGIN),
    };
    let body = Bytes::copy_from_slice(choices.some());
    request.body(body).expect("a request")
}

/// What a service says to a relay.
pub(crate) fn service_reply(choices: &mut Choices<'_>) -> Result<Response<Bytes>, Failure> {
    match choices.below(4) {
        0 => Err(Failure::NotSent),
        1 => Err(Failure::Unknown),
        _ => {
            let mut reply = Response::new(Bytes::copy_from_slice(choices.some()));
            let cookie = HeaderValue::from_static("a=b");
            reply.headers_mut().insert("set-cookie", cookie);
            Ok(reply)
        }
    }
}

/// What a body may be.
pub(crate) fn body(choices: &mut Choices<'_>) -> Bytes {
    match choices.below(4) {
        0 => Bytes::new(),
        1 => Bytes::copy_from_slice(choices.some()),
        2 => server_stream(choices.some(), Form::Whole).into(),
        _ => Bytes::from_static(choices.of(BODIES).as_bytes()),
    }
}

const PATHS: &[&str] = &[
    "/gateway/gateway.dll?Action=open&Server=NS&IP=none",
    "/gateway/gateway.dll?Action=poll&SessionID=1.2",
    "//gateway/gateway.dll?Action=open&Server=SB&IP=msn.example",
    "/",
    "/about",
    "/oauth20_authorize.srf?client_id=1&response_type=token&redirect_uri=https%3A%2F%2Fmsn.example%2F",
    "/ppsecure/post.srf",
    "/oauth20_token.srf",
    "/v2/a",
    "/v1/user/Initialization",
    "/RST.srf",
    "/RST2.srf",
    "/rdr/pprdr.asp",
    "/login2.srf",
    "/abservice/SharingService.asmx",
    "/abservice/abservice.asmx",
    "/rsi/rsi.asmx",
    "/OimWS/oim.asmx",
    "/imsoap/BSIMService.asmx",
];

const HEADERS: &[(&str, &str)] = &[
    ("x-msn-messenger", "SessionID=1.2; GW-IP=msn.example"),
    ("x-msn-messenger", "SessionID=1.2; Session=close"),
    ("x-msn-messenger", "SessionID=1.3; GW-IP=evil.example:81"),
    ("x-msn-host", "gw.msn.example"),
    ("x-msn-host", "evil.example"),
    ("location", "/oauth20_authorize.srf"),
    ("location", "https://evil.example/ppsecure/post.srf"),
    ("location", "http://msn.example/login2.srf"),
    ("set-cookie", "MSPAuth=a; domain=.msn.example"),
    ("set-cookie", "WLSSC=; Max-Age=0"),
    ("cookie", "MSPAuth=a; MSPProf=b"),
    ("retry-after", "3600"),
    ("content-encoding", "gzip"),
    ("content-type", "text/html"),
    ("content-type", "text/xml; charset=utf-8"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("soapaction", "\"http://www.imcomponents.com/Login\""),
    ("passporturls", "DALogin=evil.example/login2.srf,DAReg="),
    ("passporturls", "DALogin=msn.example/login2.srf"),
    ("www-authenticate", "Passport1.4 da-status=failed-noauth"),
    (
        "authentication-info",
        "Passport1.4 da-status=success,tname=MSPAuth,from-PP='t=a&p='",
    ),
    (
        "authorization",
        "Passport1.4 sign-in=alice%40msn.example,pwd=secret,ct=1",
    ),
    ("origin", "https://page.example"),
    ("x-msn-auth", "Use-Cookie"),
];

const BODIES: &[&str] = &[
    "VER 1 MSNP18 CVR0\r\n",
    "<input name=\"PPFT\" value=\"t\"><script>urlPost:'/ppsecure/post.srf'</script>",
    "<form action='https://evil.example/' method=post><input name=PPFT value=x>",
    "login=alice%40msn.example&passwd=secret&PPFT=x",
    "{\"MappingContainer\":\"abc\"}",
    "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body><S:Fault><faultcode>S:Client</faultcode><faultstring>no</faultstring></S:Fault></S:Body></S:Envelope>",
];
