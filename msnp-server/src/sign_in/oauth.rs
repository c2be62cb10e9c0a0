//! The OAuth half of the login form: where whoever has signed in goes on, with a token if one was asked for, and more
//! tokens by `/oauth20_token.srf` (gateway.md 16.2).

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use machine_contract::Instant;
use serde_json::json;

use super::cookies::Trusted;
use super::page::{DESKTOP, Fields};
use super::tokens::{Purpose, Token, Tokens, bare};
use crate::entropy::Entropy;
use crate::reply::json;

/// The place of the original service, where programs wait for the token.
const ORIGINAL_DESKTOP: &str = "https://login.live.com/oauth20_desktop.srf";

/// What one sign-in at the page grants beside its cookies, if it asks for that.
pub(super) const PURPOSES: [Purpose; 2] = [Purpose::Connection, Purpose::Refresh];

/// Whether the page was asked for a token. A person who signs in by hand asks for none, and so none ever stands in the
/// address of a page.
pub(super) fn wants_token(query: &Fields) -> bool {
    let kinds = query.get("response_type").map(String::as_str);
    kinds.is_some_and(|kinds| kinds.split(' ').any(|kind| kind == "token"))
}

/// Where to go on: back to a page of the service or of a listed origin; anything else could be a stranger's.
/// `redirect_uri` is the OAuth form's name for it, `wreply` the regular form's.
pub(super) fn place<'a>(query: &'a Fields, trusted: &Trusted) -> &'a str {
    let named = query.get("redirect_uri").or_else(|| query.get("wreply"));
    let Some(named) = named else {
        return DESKTOP;
    };
    let page = named.split('#').next().unwrap_or_default();
    if page == ORIGINAL_DESKTOP || trusted.is_listed_page(page) {
        page
    } else {
        DESKTOP
    }
}

/// The address of that place with the tokens behind it, in the part that browsers send nobody.
pub(super) fn location(place: &str, query: &Fields, tokens: &[Token], seconds: u64) -> String {
    let [access, refresh] = tokens else {
        return place.to_owned();
    };
    let start = place.len() + 1;
    let mut fields = form_urlencoded::Serializer::for_suffix(format!("{place}#"), start);
    fields.append_pair("access_token", bare(access));
    fields.append_pair("token_type", "bearer");
    fields.append_pair("expires_in", &seconds.to_string());
    fields.append_pair("refresh_token", bare(refresh));
    for name in ["scope", "state"] {
        if let Some(text) = query.get(name) {
            fields.append_pair(name, text);
        }
    }
    fields.finish()
}

/// `POST /oauth20_token.srf`: a further token for whoever has the one that is for that alone.
pub(super) fn token(
    form: &Fields,
    tokens: &mut Tokens,
    entropy: &Entropy,
    now: Instant,
) -> Response<Bytes> {
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    if field("grant_type") != "refresh_token" {
        return refused(
            "unsupported_grant_type",
            "The only grant type is refresh_token.",
        );
    }
    let (refresh, scope) = (field("refresh_token"), field("scope"));
    let Ok((token, ends)) = tokens.more(refresh, purpose(scope), entropy, now) else {
        return refused("invalid_grant", "The refresh token is not in force.");
    };
    no_store(json(&json!({
        "token_type": "bearer",
        "expires_in": ends.saturating_duration_since(now).as_secs(),
        "scope": scope,
        "access_token": bare(&token),
        "refresh_token": refresh,
    })))
}

/// What a token of that scope is good for: those of contacts and storage go over plain HTTP, call after call.
fn purpose(scope: &str) -> Purpose {
    let services = ["contacts.msn.com", "storage.live.com", "storage.msn.com"];
    if services.iter().any(|service| scope.contains(service)) {
        Purpose::Service
    } else {
        Purpose::Connection
    }
}

/// As RFC 6749 5.2 has it.
fn refused(error: &str, description: &str) -> Response<Bytes> {
    let mut reply = json(&json!({ "error": error, "error_description": description }));
    *reply.status_mut() = StatusCode::BAD_REQUEST;
    no_store(reply)
}

fn no_store(mut reply: Response<Bytes>) -> Response<Bytes> {
    let headers = reply.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

#[cfg(test)]
mod tests {
    use gateway_sm::Origins;

    use super::super::page::fields_of;
    use super::*;

    #[track_caller]
    fn check(query: &str, goes_to: &str) {
        let origins = Origins::Listed(vec!["https://web.example".to_owned()]);
        let trusted = Trusted::new(None, &origins);
        assert_eq!(place(&fields_of(query), &trusted), goes_to, "{query}");
    }

    #[test]
    fn nobody_is_sent_anywhere_but_to_pages_of_listed_origins() {
        check("", DESKTOP);
        check("redirect_uri=https://web.example", "https://web.example");
        check(
            "wreply=https://web.example/a?b=c",
            "https://web.example/a?b=c",
        );
        check("wreply=https://web.example/a%23b", "https://web.example/a");
        check(
            &format!("redirect_uri={ORIGINAL_DESKTOP}"),
            ORIGINAL_DESKTOP,
        );
        for strange in [
            "https://web.example.evil.example/",
            "https://web.example@evil.example/",
            "https://web.example:81/",
            "http://web.example/",
            "https://web.example%0d%0aX: y",
            "https://web.example/%0d%0aX: y",
            "https://web.example/ x",
            "https://evil.example/?https://web.example/",
            "//evil.example/",
            "javascript:alert(1)",
            "",
        ] {
            check(&format!("redirect_uri={strange}"), DESKTOP);
        }
    }

    #[test]
    fn a_token_stands_in_an_address_only_where_it_was_asked_for() {
        assert!(wants_token(&fields_of("response_type=token")));
        assert!(wants_token(&fields_of("response_type=code+token")));
        for other in ["", "response_type=code", "response_type=tokens"] {
            assert!(!wants_token(&fields_of(other)), "{other}");
        }
        assert_eq!(location("/x", &fields_of("state=1"), &[], 1), "/x");
    }
}
