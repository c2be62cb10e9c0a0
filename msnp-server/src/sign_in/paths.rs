//! Where things are, and what is said of a request that comes there in another way, or elsewhere.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::page;
use super::soap;
use crate::reply::bare;

/// Where the regular form of the login is, as opposed to the one of OAuth (gateway.md 16.2).
pub(super) const REGULAR_FORM: &str = "/login.srf";

/// Where a browser signs out.
pub(super) const LOGOUT: &str = "/logout.srf";

/// For a request by a method that the path does not have, or to a path that there is not.
pub(super) fn refused(path: &str) -> Response<Bytes> {
    let Some(methods) = methods(path) else {
        return bare(StatusCode::NOT_FOUND);
    };
    let mut refusal = bare(StatusCode::METHOD_NOT_ALLOWED);
    let allowed = HeaderValue::from_static(methods);
    refusal.headers_mut().insert(header::ALLOW, allowed);
    refusal
}

fn methods(path: &str) -> Option<&'static str> {
    match path {
        "/" | "/oauth20_authorize.srf" | page::DESKTOP => Some("GET,HEAD"),
        "/ppsecure/post.srf"
        | LOGOUT
        | "/oauth20_token.srf"
        | "/v2/a"
        | "/v1/user/Initialization"
        | "/v1/User/Initialization" => Some("POST"),
        path => soap::form_at(path).map(|_| "POST"),
    }
}
