//! The uic flow of the web client: trouter, Initialization, `MappingContainer` (gateway.md 16.3).

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::Coding;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use machine_contract::{
    CertificateFault, Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};
use msnp_proto::{Secret, param};

use crate::coding;
use crate::cookies::Cookies;
use crate::request_slot::RequestSlot;

/// Gets the uic that some versions of the web client show beside their cookies.
///
/// Step 1, a POST of nothing to trouter, gives an address and an id; step 2 posts them to
/// Initialization, with the cookies, and gets the uic. Step 2 does not check the values: when
/// step 1 fails, fixed ones do as well.
#[derive(Debug)]
pub struct UicFlow {
    slot: RequestSlot,
    initialization: Uri,
    cookies: Option<Cookies>,
    stage: Stage,
    outcome: Option<Result<Secret<String>, UicError>>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    Trouter,
    Initialization,
    Over,
}

/// Why there is no uic.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UicError {
    /// The cookies are not accepted.
    #[error("Initialization does not accept the cookies")]
    CookiesRefused,
    /// Initialization answers with this status.
    #[error("Initialization answers with status {0}")]
    Status(u16),
    /// The answer is not a JSON object with a `MappingContainer`.
    #[error("the answer of Initialization holds no MappingContainer")]
    NoMappingContainer,
    /// The answer is packed, which was not asked for.
    #[error("the answer of Initialization is packed by {0}, which was not asked for")]
    Packed(Coding),
    /// There is nobody.
    #[error("Initialization cannot be reached")]
    Unreachable,
    /// Whoever answers there does not prove to be it.
    #[error("Initialization's certificate is not accepted: {0}")]
    Certificate(CertificateFault),
    /// The connection broke, or no answer came in time.
    #[error("Initialization did not answer")]
    NoAnswer,
}

/// What to post when step 1 fails: these 44 bytes were always accepted (gateway.md 16.3).
const FALLBACK: &[u8] = br#"{"trouterurl":"https://","connectionid":"a"}"#;
const MAX_ANSWER: usize = 64 * 1024;
const MAX_UIC: usize = 16 * 1024;

impl UicFlow {
    /// Starts the flow. `timeout` is for each of the two requests.
    pub fn new(trouter: Uri, initialization: Uri, cookies: Cookies, timeout: Duration) -> Self {
        Self::start(trouter, initialization, Some(cookies), timeout)
    }

    /// The same with the cookies that the host keeps for Initialization, as a browser does: the request
    /// to it is [marked](Transmit::host_cookies) and carries none, the one to trouter is neither.
    pub fn with_host_cookies(trouter: Uri, initialization: Uri, timeout: Duration) -> Self {
        Self::start(trouter, initialization, None, timeout)
    }

    /// `None`: the host keeps the cookies.
    fn start(
        trouter: Uri,
        initialization: Uri,
        cookies: Option<Cookies>,
        timeout: Duration,
    ) -> Self {
        let mut slot = RequestSlot::new(timeout);
        // Trouter belongs to somebody else: it gets no cookies (the seed posts to it bare).
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = trouter;
        slot.start(request);
        Self {
            slot,
            initialization,
            cookies,
            stage: Stage::Trouter,
            outcome: None,
        }
    }

    fn initialize(&mut self, body: Bytes) {
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.initialization.clone();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        let cookies = self.cookies.as_ref();
        if let Some(cookies) = cookies.and_then(|it| it.header_for(&self.initialization)) {
            request.headers_mut().insert(COOKIE, cookies);
        }
        self.stage = Stage::Initialization;
        self.slot.start_with(request, self.cookies.is_none());
    }

    fn end(&mut self, outcome: Result<Secret<String>, UicError>) {
        self.stage = Stage::Over;
        self.outcome = Some(outcome);
    }

    fn fail(&mut self, error: UicError) {
        match self.stage {
            Stage::Trouter => self.initialize(Bytes::from_static(FALLBACK)),
            Stage::Initialization => self.end(Err(error)),
            Stage::Over => {}
        }
    }
}

impl Machine for UicFlow {
    /// The outcome, once.
    type Event = Result<Secret<String>, UicError>;

    fn handle_timeout(&mut self, now: Instant) {
        if self.slot.overdue(now) {
            self.fail(UicError::NoAnswer);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.slot.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.outcome.take()
    }
}

impl HttpMachine for UicFlow {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _now: Instant) {
        if !self.slot.end(id) {
            return;
        }
        match self.stage {
            Stage::Trouter => {
                let body = if response.status().is_success() {
                    connection_of(response.body())
                } else {
                    None
                };
                self.initialize(body.unwrap_or(Bytes::from_static(FALLBACK)));
            }
            Stage::Initialization => {
                let outcome = match response.status() {
                    status if status.is_success() => match coding::of(&response) {
                        Some(coding) => Err(UicError::Packed(coding)),
                        None => uic_of(response.body()).ok_or(UicError::NoMappingContainer),
                    },
                    StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                        Err(UicError::CookiesRefused)
                    }
                    status => Err(UicError::Status(status.as_u16())),
                };
                self.end(outcome);
            }
            Stage::Over => {}
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, _now: Instant) {
        if self.slot.end(id) {
            self.fail(match failure {
                Failure::NotSent => UicError::Unreachable,
                Failure::Untrusted(fault) => UicError::Certificate(fault),
                Failure::Unknown => UicError::NoAnswer,
            });
        }
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        self.slot.poll_transmit(now)
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        self.slot.poll_cancel()
    }
}

impl StreamMachine for UicFlow {}

fn object(body: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    if body.len() > MAX_ANSWER {
        return None;
    }
    match serde_json::from_slice(body).ok()? {
        serde_json::Value::Object(object) => Some(object),
        _ => None,
    }
}

/// The body of step 2 out of the answer of step 1.
fn connection_of(body: &[u8]) -> Option<Bytes> {
    let answer = object(body)?;
    let url = answer.get("url")?.as_str()?;
    let id = answer.get("connId")?.as_str()?;
    let text = |s: &str| serde_json::Value::from(s).to_string();
    Some(
        format!(
            "{{\"trouterurl\":{},\"connectionid\":{}}}",
            text(url),
            text(id)
        )
        .into(),
    )
}

fn uic_of(body: &[u8]) -> Option<Secret<String>> {
    let answer = object(body)?;
    let container = answer.get("MappingContainer")?.as_str()?;
    if container.len() > MAX_UIC {
        return None;
    }
    // It comes percent-encoded (gateway.md 16.3); base64 holds no percent sign of its own.
    let uic = String::from_utf8(param::decode(container.as_bytes()).into_owned()).ok()?;
    let uic = uic.trim();
    (!uic.is_empty()).then(|| Secret::new(uic.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TROUTER: &str =
        r#"{"url":"https://host.trouter.io:443/v2/f/abc","connId":"abc","ttl":"9"}"#;

    fn start() -> (UicFlow, Instant) {
        let flow = UicFlow::new(
            Uri::from_static("https://go.trouter.io/v2/a"),
            Uri::from_static("https://skypewebexperience.live.com/v1/user/Initialization"),
            Cookies::for_domain("MSPAuth=a", "live.com").expect("a cookie"),
            Duration::from_secs(30),
        );
        (flow, Instant::ORIGIN)
    }

    fn reply(status: u16, body: &str) -> Response<Bytes> {
        let mut response = Response::new(body.to_owned().into());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        response
    }

    /// What step 2 posts after step 1 was answered so.
    fn second(answer: Response<Bytes>) -> (UicFlow, Transmit, Instant) {
        let (mut flow, now) = start();
        let ask = flow.poll_transmit(now).expect("step 1");
        assert_eq!(ask.request.uri(), "https://go.trouter.io/v2/a");
        assert_eq!(ask.request.method(), Method::POST);
        assert!(ask.request.body().is_empty());
        assert!(!ask.request.headers().contains_key(COOKIE));
        flow.handle_response(ask.id, answer, now);
        let ask = flow.poll_transmit(now).expect("step 2");
        (flow, ask, now)
    }

    #[track_caller]
    fn posts(answer: Response<Bytes>, body: &str) {
        let (_, ask, _) = second(answer);
        assert_eq!(ask.request.body(), body);
        assert_eq!(ask.request.headers()[COOKIE], "MSPAuth=a");
        assert_eq!(ask.request.headers()[CONTENT_TYPE], "application/json");
    }

    #[track_caller]
    fn ends(answer: Response<Bytes>, uic: Result<&str, UicError>) {
        let (mut flow, ask, now) = second(reply(200, TROUTER));
        flow.handle_response(ask.id, answer, now);
        let outcome = flow.poll_event().expect("an outcome");
        assert_eq!(
            outcome
                .as_ref()
                .map(|s| s.expose().as_str())
                .map_err(|e| *e),
            uic
        );
        assert!(flow.poll_event().is_none());
    }

    #[test]
    fn the_second_step_carries_what_the_first_gave() {
        posts(
            reply(200, TROUTER),
            r#"{"trouterurl":"https://host.trouter.io:443/v2/f/abc","connectionid":"abc"}"#,
        );
    }

    #[test]
    fn cookies_that_the_host_keeps_are_asked_for_by_the_second_step_alone() {
        let now = Instant::ORIGIN;
        let mut flow = UicFlow::with_host_cookies(
            Uri::from_static("https://msn.example/v2/a"),
            Uri::from_static("https://msn.example/v1/user/Initialization"),
            Duration::from_secs(30),
        );
        let ask = flow.poll_transmit(now).expect("step 1");
        assert!(!ask.host_cookies);
        flow.handle_response(ask.id, reply(200, TROUTER), now);
        let ask = flow.poll_transmit(now).expect("step 2");
        assert!(ask.host_cookies && !ask.request.headers().contains_key(COOKIE));
        let (_, ask, _) = second(reply(200, TROUTER));
        assert!(!ask.host_cookies);
    }

    #[test]
    fn when_the_first_step_fails_the_fixed_body_does() {
        let fixed = r#"{"trouterurl":"https://","connectionid":"a"}"#;
        posts(reply(500, TROUTER), fixed);
        posts(reply(200, "<html>"), fixed);
        posts(reply(200, r#"{"url":1,"connId":"a"}"#), fixed);
        posts(reply(200, &"[".repeat(60_000)), fixed);
        posts(
            reply(200, &format!("{{\"url\":\"{}\"}}", "x".repeat(70_000))),
            fixed,
        );
        let (mut flow, now) = start();
        let ask = flow.poll_transmit(now).expect("step 1");
        flow.handle_failure(ask.id, Failure::NotSent, now);
        assert_eq!(
            flow.poll_transmit(now).expect("step 2").request.body(),
            fixed
        );
    }

    #[test]
    fn the_uic_is_percent_decoded() {
        ends(
            reply(
                200,
                r#"{"MappingContainer":"AAAAABnpOEW+/vLV7w%3D%3D","x":[]}"#,
            ),
            Ok("AAAAABnpOEW+/vLV7w=="),
        );
        ends(reply(200, r#"{"MappingContainer":"QQ==\n"}"#), Ok("QQ=="));
    }

    #[test]
    fn each_way_to_fail_has_a_name() {
        ends(reply(401, "{}"), Err(UicError::CookiesRefused));
        ends(reply(503, "{}"), Err(UicError::Status(503)));
        ends(reply(200, "{}"), Err(UicError::NoMappingContainer));
        ends(
            reply(200, r#"{"MappingContainer":""}"#),
            Err(UicError::NoMappingContainer),
        );
        ends(
            reply(200, r#"{"MappingContainer":"%FF"}"#),
            Err(UicError::NoMappingContainer),
        );
        let (mut flow, ask, now) = second(reply(200, TROUTER));
        flow.handle_timeout(ask.deadline);
        assert_eq!(flow.poll_cancel(), Some(ask.id));
        assert_eq!(
            flow.poll_event().map(Result::err),
            Some(Some(UicError::NoAnswer))
        );
        flow.handle_response(ask.id, reply(200, "{}"), now);
        assert!(flow.poll_event().is_none());
    }
}
