//! What the OAuth form of the sign-in page grants beside its cookies, and how more is got by it (gateway.md 16.2).

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Coding;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, Uri};
use machine_contract::{
    CertificateFault, Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};
use msnp_proto::Secret;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::form::push_field;
use crate::coding;
use crate::plain_http::PlainHttp;
use crate::request_slot::RequestSlot;

/// The most that is read of an address, and of an answer, in bytes.
const MOST: usize = 64 * 1024;

/// The most that is kept of what a service says for people, in characters.
const MOST_WORDS: usize = 500;

/// Tokens, as the page's OAuth form gives them behind the `#` of the address that it leads to, and the token service in its answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OAuthTokens {
    /// What is shown to services.
    pub access_token: Secret<String>,
    /// What gets [another](TokenRefresh) when that has run out.
    pub refresh_token: Option<Secret<String>>,
    /// How long the access token counts, from when it was given.
    pub expires_in: Option<Duration>,
    /// What it is for.
    pub scope: Option<String>,
}

impl OAuthTokens {
    /// The tokens behind the `#` of this address, and the `state` beside them. `None`: there are none.
    pub(super) fn of_location(location: &str) -> Option<(Self, Option<String>)> {
        let (_, fragment) = location.split_once('#')?;
        if fragment.len() > MOST {
            return None;
        }
        let field = |name: &str| field_of(fragment, name);
        let tokens = Self {
            access_token: Secret::new(field("access_token").filter(|token| !token.is_empty())?),
            refresh_token: field("refresh_token").map(Secret::new),
            expires_in: seconds(field("expires_in").as_deref()),
            scope: field("scope"),
        };
        Some((tokens, field("state")))
    }

    /// The tokens of the token service's answer.
    fn of_answer(answer: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let owned = |name: &str| text(name).map(str::to_owned);
        // Some say it as a number, some in quotes.
        let number = answer.get("expires_in").map(Value::to_string);
        let number = number.as_deref().map(|number| number.trim_matches('"'));
        Some(Self {
            access_token: Secret::new(owned("access_token").filter(|token| !token.is_empty())?),
            refresh_token: owned("refresh_token").map(Secret::new),
            expires_in: seconds(number),
            scope: owned("scope"),
        })
    }
}

/// The value of a field of a query, or of what stands behind a `#`.
pub(super) fn field_of(fields: &str, name: &str) -> Option<String> {
    let mut fields = fields.split('&').filter_map(|field| field.split_once('='));
    let (_, value) = fields.find(|(of, _)| *of == name)?;
    let blanks = value.replace('+', " ");
    let decoded = percent_decode_str(&blanks).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

fn seconds(text: Option<&str>) -> Option<Duration> {
    let seconds: u32 = text?.parse().ok()?;
    Some(Duration::from_secs(seconds.into()))
}

/// Gets a further token by the refresh token of an earlier grant, at the token service: `oauth20_token.srf` beside the page.
///
/// ```
/// use std::time::Duration;
/// use machine_contract::{HttpMachine, Instant, Machine};
/// use msnp_client::sign_in::oauth::TokenRefresh;
/// use msnp_proto::Secret;
///
/// let service = "https://login.live.com/oauth20_token.srf".parse()?;
/// let (token, scope) = (Secret::new("r1".to_owned()), "service::ssl.live.com::MBI_SSL");
/// let mut refresh = TokenRefresh::new(service, "00000000480BC46C", &token, scope, Duration::from_secs(30));
/// let now = Instant::ORIGIN;
/// let ask = refresh.poll_transmit(now).expect("the request");
/// let answer = r#"{"token_type":"bearer","expires_in":86400,"access_token":"a2","refresh_token":"r2"}"#;
/// refresh.handle_response(ask.id, http::Response::new(answer.into()), now);
/// let tokens = refresh.poll_event().expect("the outcome")?;
/// assert_eq!(tokens.access_token.expose(), "a2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TokenRefresh {
    slot: RequestSlot,
    waiting: Option<Request<Bytes>>,
    plain: PlainHttp,
    outcome: Option<Result<OAuthTokens, RefreshError>>,
}

/// Why there is no further token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The service says no, such as `invalid_grant`: the refresh token counts no more, and the password has to be shown again.
    #[error("the token service refuses: {error}")]
    Refused {
        /// Its word for it, at most 500 characters.
        error: Box<str>,
        /// What it says about that for people, at most 500 characters.
        description: Option<Box<str>>,
    },
    /// The service is reached by plain http, and may not have the token so.
    #[error("the token service is reached by plain http, where everybody on the way can read it")]
    PlainHttp,
    /// The answer is packed, which was not asked for.
    #[error("the token service's answer is packed by {0}, which was not asked for")]
    Packed(Coding),
    /// The answer holds neither tokens nor an error.
    #[error("the token service answers something else, with status {0}")]
    Unreadable(u16),
    /// There is nobody.
    #[error("the token service cannot be reached")]
    Unreachable,
    /// Whoever answers does not prove to be it.
    #[error("the token service's certificate is not accepted: {0}")]
    Certificate(CertificateFault),
    /// The connection broke, or no answer came in time.
    #[error("the token service did not answer")]
    NoAnswer,
}

impl TokenRefresh {
    /// Asks that service for a token of this scope, with `timeout` for the answer.
    pub fn new(
        service: Uri,
        client_id: &str,
        refresh_token: &Secret<String>,
        scope: &str,
        timeout: Duration,
    ) -> Self {
        let mut form = String::new();
        for (name, value) in [
            ("client_id", client_id),
            ("scope", scope),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
        ] {
            push_field(name, value, &mut form);
        }
        let mut request = Request::new(Bytes::from(form));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = service;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        Self {
            slot: RequestSlot::new(timeout),
            waiting: Some(request),
            plain: PlainHttp::default(),
            outcome: None,
        }
    }

    /// Which hosts may have the token over plain http. Default: this machine.
    #[must_use]
    pub fn plain_http(mut self, plain: PlainHttp) -> Self {
        self.plain = plain;
        self
    }

    fn end(&mut self, outcome: Result<OAuthTokens, RefreshError>) {
        self.outcome = Some(outcome);
    }
}

impl Machine for TokenRefresh {
    /// The outcome, once.
    type Event = Result<OAuthTokens, RefreshError>;

    fn handle_timeout(&mut self, now: Instant) {
        if self.slot.overdue(now) {
            self.end(Err(RefreshError::NoAnswer));
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.slot.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.outcome.take()
    }
}

impl HttpMachine for TokenRefresh {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _: Instant) {
        if self.slot.end(id) {
            self.end(read(&response));
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, _: Instant) {
        if self.slot.end(id) {
            self.end(Err(match failure {
                Failure::NotSent => RefreshError::Unreachable,
                Failure::Untrusted(fault) => RefreshError::Certificate(fault),
                Failure::Unknown => RefreshError::NoAnswer,
            }));
        }
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        if let Some(request) = self.waiting.take() {
            if !self.plain.allows(request.uri()) {
                self.end(Err(RefreshError::PlainHttp));
                return None;
            }
            self.slot.start(request);
        }
        self.slot.poll_transmit(now)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.slot.poll_cancel()
    }
}

impl StreamMachine for TokenRefresh {}

fn read(response: &Response<Bytes>) -> Result<OAuthTokens, RefreshError> {
    if let Some(coding) = coding::of(response) {
        return Err(RefreshError::Packed(coding));
    }
    let unreadable = RefreshError::Unreadable(response.status().as_u16());
    let body = response.body();
    let answer = (body.len() <= MOST).then(|| serde_json::from_slice(body));
    let Some(Ok(Value::Object(answer))) = answer else {
        return Err(unreadable);
    };
    let words = |name: &str| {
        let text = answer.get(name).and_then(Value::as_str)?;
        Some(text.chars().take(MOST_WORDS).collect::<String>().into())
    };
    if let Some(error) = words("error") {
        let description = words("error_description");
        return Err(RefreshError::Refused { error, description });
    }
    OAuthTokens::of_answer(&answer).ok_or(unreadable)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(status: u16, body: &str) -> Response<Bytes> {
        let response = Response::builder().status(status);
        response.body(body.to_owned().into()).expect("a response")
    }

    fn at(service: &str) -> TokenRefresh {
        let service = service.parse().expect("an address");
        let token = Secret::new("r&1".to_owned());
        TokenRefresh::new(service, "id", &token, "a::b", Duration::from_secs(9))
    }

    const LOCATION: &str = "https://login.live.com/oauth20_desktop.srf#access_token=a%2Bb&token_type=bearer&expires_in=86400&refresh_token=r&scope=s+t&state=99%39";

    #[test]
    fn the_fragment_of_the_original_is_read() {
        let (tokens, state) = OAuthTokens::of_location(LOCATION).expect("tokens");
        assert_eq!(tokens.access_token.expose(), "a+b");
        let refresh = tokens.refresh_token.as_ref().map(|it| it.expose().as_str());
        assert_eq!(refresh, Some("r"));
        assert_eq!(tokens.expires_in, Some(Duration::from_secs(86_400)));
        assert_eq!(
            (tokens.scope.as_deref(), state.as_deref()),
            (Some("s t"), Some("999"))
        );
        assert!(!format!("{tokens:?}").contains("a+b"));
        for none in [
            "",
            "https://a/#",
            "https://a/?access_token=a",
            "#access_token=",
        ] {
            assert!(OAuthTokens::of_location(none).is_none(), "{none}");
        }
    }

    #[test]
    fn an_address_that_is_cut_anywhere_is_read_or_not() {
        for cut in 0..LOCATION.len() {
            let read = OAuthTokens::of_location(&LOCATION[..cut]);
            assert_eq!(
                read.is_some(),
                cut > LOCATION.find("=a%").expect("it is there") + 1
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_a_token_holds_comes_out_as_it_was(token in ".+", scope in ".*") {
            let mut fragment = String::new();
            push_field("scope", &scope, &mut fragment);
            push_field("access_token", &token, &mut fragment);
            let read = OAuthTokens::of_location(&format!("/x#{fragment}"));
            let (tokens, state) = read.expect("tokens");
            prop_assert_eq!(tokens.access_token.expose(), &token);
            prop_assert_eq!((tokens.scope, state), (Some(scope), None));
        }

        #[test]
        fn anything_else_is_no_trouble(location in ".*") {
            let _ = OAuthTokens::of_location(&location);
        }
    }

    #[test]
    fn the_token_service_is_asked_as_the_programs_of_then_asked_it() {
        let mut refresh = at("https://login.live.com/oauth20_token.srf");
        let ask = refresh.poll_transmit(Instant::ORIGIN).expect("a request");
        let form = "client_id=id&scope=a%3A%3Ab&grant_type=refresh_token&refresh_token=r%261";
        assert_eq!(ask.request.body(), form);
        assert_eq!(ask.request.method(), Method::POST);
        assert!(!format!("{refresh:?}").contains("r%261"), "{refresh:?}");
    }

    #[test]
    fn what_comes_instead_of_tokens_is_named() {
        let refused = RefreshError::Refused {
            error: "invalid_grant".into(),
            description: Some("It has run out.".into()),
        };
        for (status, body, expected) in [
            (
                400,
                r#"{"error":"invalid_grant","error_description":"It has run out."}"#,
                refused,
            ),
            (200, "{}", RefreshError::Unreadable(200)),
            (200, "<html>", RefreshError::Unreadable(200)),
            (503, "", RefreshError::Unreadable(503)),
        ] {
            let mut refresh = at("https://login.live.com/oauth20_token.srf");
            let ask = refresh.poll_transmit(Instant::ORIGIN).expect("a request");
            refresh.handle_response(ask.id, answer(status, body), Instant::ORIGIN);
            let outcome = refresh.poll_event().expect("an outcome");
            assert_eq!(outcome.err(), Some(expected), "{body}");
        }
        let mut plain = at("http://login.lan/oauth20_token.srf");
        assert!(plain.poll_transmit(Instant::ORIGIN).is_none());
        let outcome = plain.poll_event().expect("an outcome");
        assert_eq!(outcome.err(), Some(RefreshError::PlainHttp));
    }
}
