//! `SignIn`, everything that happens before a connection is made: cookies, then a uic, as configured.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use gateway_sm::HostPolicy;
use http::Response;
use machine_contract::{
    Failure, HttpMachine, Instant, Machine, Mux, RequestId, StreamMachine, Transmit,
};
use msnp_proto::Secret;

use super::web::{SignInError, WebSignIn};
use crate::access::{Access, Uic};
use crate::cookies::Cookies;
use crate::event::{Reason, Step};
use crate::origin;
use crate::uic::{UicError, UicFlow};

/// What the gateway and the notification server want to see.
#[derive(Clone, Debug)]
pub(crate) struct AuthTokens {
    /// `None`: the host keeps them, or there are none.
    pub(crate) cookies: Option<Cookies>,
    pub(crate) uic: Option<Secret<String>>,
}

/// What signing in has come to.
#[derive(Debug)]
pub(crate) enum SignInEvent {
    Step(Step),
    Ready(AuthTokens),
    Failed(Reason),
}

/// The sign-in page and the uic flow, one after the other.
#[derive(Debug)]
pub(crate) struct SignIn {
    stage: Stage,
    /// `None`: there is no such thing.
    config: Option<UicConfig>,
    told: VecDeque<SignInEvent>,
    mux: Mux<Part>,
}

/// The machine inside that a request belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Web,
    Uic,
}

#[derive(Debug)]
enum Stage {
    Web(Box<WebSignIn>),
    Uic(Box<UicFlow>, Option<Cookies>),
    Over,
}

/// What is needed to get a uic.
#[derive(Clone, Debug)]
struct UicConfig {
    uic: Uic,
    trouter: http::Uri,
    initialization: http::Uri,
    gateway: http::Uri,
    timeout: Duration,
}

impl SignIn {
    /// Starts, with `timeout` for each request.
    pub(crate) fn new(access: &Access, hosts: &HostPolicy, timeout: Duration) -> Self {
        let config = match access {
            Access::Web { service, uic, .. }
            | Access::Cookies { service, uic, .. }
            | Access::HostCookies { service, uic } => Some(UicConfig {
                uic: *uic,
                trouter: service.addresses().trouter.clone(),
                initialization: service.addresses().initialization.clone(),
                gateway: service.addresses().gateway.clone(),
                timeout,
            }),
            Access::Passport { .. } => None,
        };
        let mut sign_in = Self {
            stage: Stage::Over,
            config,
            told: VecDeque::new(),
            mux: Mux::new(),
        };
        match access {
            Access::Web {
                service,
                login,
                password,
                ..
            } => {
                let page = service.addresses().sign_in_page.clone();
                let web = WebSignIn::new(page, login, password.clone(), timeout)
                    .with_hosts(hosts.clone())
                    .plain_http(service.addresses().plain.clone());
                sign_in.tell(SignInEvent::Step(Step::Credentials));
                sign_in.stage = Stage::Web(Box::new(web));
            }
            Access::Cookies { cookies, .. } => sign_in.have_cookies(Some(cookies.clone())),
            Access::HostCookies { .. } => sign_in.have_cookies(None),
            // The challenge that the password answers comes on the connection.
            Access::Passport { .. } => sign_in.ready(None, None),
        }
        sign_in
    }

    fn tell(&mut self, event: SignInEvent) {
        self.told.push_back(event);
    }

    /// `None`: the host keeps them.
    fn have_cookies(&mut self, cookies: Option<Cookies>) {
        let Some(UicConfig {
            uic,
            trouter,
            initialization,
            gateway,
            timeout,
        }) = self.config.clone()
        else {
            return self.ready(cookies, None);
        };
        // The host's cookies go to the gateway's origin alone; without any, Initialization can only refuse.
        let can_ask = cookies.is_some() || origin::is_same(&gateway, &initialization);
        match uic {
            Uic::Skip => return self.ready(cookies, None),
            Uic::Wanted if !can_ask => return self.ready(cookies, None),
            Uic::Required if !can_ask => return self.fail(Reason::WrongCredentials),
            Uic::Wanted | Uic::Required => {}
        }
        self.tell(SignInEvent::Step(Step::Identity));
        let flow = match cookies.clone() {
            Some(cookies) => UicFlow::new(trouter, initialization, cookies, timeout),
            None => UicFlow::with_host_cookies(trouter, initialization, timeout),
        };
        self.enter(Stage::Uic(Box::new(flow), cookies));
    }

    fn ready(&mut self, cookies: Option<Cookies>, uic: Option<Secret<String>>) {
        self.enter(Stage::Over);
        self.tell(SignInEvent::Ready(AuthTokens { cookies, uic }));
    }

    /// The machine before this one is gone, and what it still has in flight is taken back.
    fn enter(&mut self, stage: Stage) {
        self.mux.remove(Part::Web);
        self.mux.remove(Part::Uic);
        self.stage = stage;
    }

    /// Hands the outcome of one stage to the next.
    fn advance(&mut self) {
        match &mut self.stage {
            Stage::Web(web) => match web.poll_event() {
                Some(Ok(cookies)) => self.have_cookies(Some(cookies)),
                Some(Err(error)) => self.fail(reason_of_sign_in(&error)),
                None => {}
            },
            Stage::Uic(flow, cookies) => match flow.poll_event() {
                Some(Ok(uic)) => {
                    let cookies = cookies.take();
                    self.ready(cookies, Some(uic));
                }
                Some(Err(error))
                    if (self.config.as_ref()).is_some_and(|it| it.uic == Uic::Required) =>
                {
                    self.fail(reason_of_uic(error));
                }
                // The cookies alone are enough (web-client.md 1).
                Some(Err(_)) => {
                    let cookies = cookies.take();
                    self.ready(cookies, None);
                }
                None => {}
            },
            Stage::Over => {}
        }
    }

    fn fail(&mut self, reason: Reason) {
        self.enter(Stage::Over);
        self.tell(SignInEvent::Failed(reason));
    }
}

impl Machine for SignIn {
    type Event = SignInEvent;

    fn handle_timeout(&mut self, now: Instant) {
        match &mut self.stage {
            Stage::Web(web) => web.handle_timeout(now),
            Stage::Uic(flow, _) => flow.handle_timeout(now),
            Stage::Over => {}
        }
        self.advance();
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Web(web) => web.poll_timeout(),
            Stage::Uic(flow, _) => flow.poll_timeout(),
            Stage::Over => None,
        }
    }

    fn poll_event(&mut self) -> Option<SignInEvent> {
        self.told.pop_front()
    }
}

impl HttpMachine for SignIn {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Instant) {
        match (self.mux.end_request(id), &mut self.stage) {
            (Some((Part::Web, id)), Stage::Web(web)) => web.handle_response(id, response, now),
            (Some((Part::Uic, id)), Stage::Uic(flow, _)) => flow.handle_response(id, response, now),
            _ => return,
        }
        self.advance();
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Instant) {
        match (self.mux.end_request(id), &mut self.stage) {
            (Some((Part::Web, id)), Stage::Web(web)) => web.handle_failure(id, failure, now),
            (Some((Part::Uic, id)), Stage::Uic(flow, _)) => flow.handle_failure(id, failure, now),
            _ => return,
        }
        self.advance();
    }

    fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        match &mut self.stage {
            Stage::Web(web) => self.mux.poll_transmit(Part::Web, &mut **web, now),
            Stage::Uic(flow, _) => self.mux.poll_transmit(Part::Uic, &mut **flow, now),
            Stage::Over => None,
        }
    }

    fn poll_cancel(&mut self) -> Option<RequestId> {
        let cancel = match &mut self.stage {
            Stage::Web(web) => self.mux.poll_cancel(Part::Web, &mut **web),
            Stage::Uic(flow, _) => self.mux.poll_cancel(Part::Uic, &mut **flow),
            Stage::Over => None,
        };
        cancel.or_else(|| self.mux.poll_cancelled())
    }
}

impl StreamMachine for SignIn {}

fn reason_of_sign_in(error: &SignInError) -> Reason {
    match error {
        SignInError::Refused { .. } => Reason::WrongCredentials,
        SignInError::Locked { seconds } => Reason::Locked { seconds: *seconds },
        SignInError::NeedsBrowser => Reason::NeedsBrowser,
        SignInError::PlainHttp => Reason::PlainHttp,
        SignInError::Packed(coding) => Reason::Packed(*coding),
        SignInError::RedirectRefused => Reason::RedirectRefused,
        SignInError::NoForm | SignInError::OtherState => Reason::ProtocolError,
        SignInError::Status(status) => reason_of_status(*status),
        SignInError::Unreachable => Reason::Unreachable,
        SignInError::Certificate(fault) => Reason::Certificate(*fault),
        SignInError::NoAnswer => Reason::SilentAt(Step::Credentials),
    }
}

fn reason_of_uic(error: UicError) -> Reason {
    match error {
        UicError::CookiesRefused => Reason::WrongCredentials,
        UicError::Status(status) => reason_of_status(status),
        UicError::Packed(coding) => Reason::Packed(coding),
        UicError::NoMappingContainer => Reason::ProtocolError,
        UicError::Unreachable => Reason::Unreachable,
        UicError::Certificate(fault) => Reason::Certificate(fault),
        UicError::NoAnswer => Reason::SilentAt(Step::Identity),
    }
}

const fn reason_of_status(status: u16) -> Reason {
    match status {
        401 | 403 => Reason::WrongCredentials,
        407 => Reason::ProxyAuthentication,
        429 => Reason::RateLimited,
        500..=599 => Reason::ServiceUnavailable,
        _ => Reason::ProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Service;

    const TIMEOUT: Duration = Duration::from_secs(30);
    const PAGE: &str = "<input name=PPFT value=t>";
    const UIC: &str = r#"{"MappingContainer":"QQ=="}"#;

    fn reply(status: u16, body: &str) -> Response<Bytes> {
        let mut response = Response::new(body.to_owned().into());
        *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
        let cookie = http::HeaderValue::from_static("MSPAuth=a");
        response.headers_mut().insert("set-cookie", cookie);
        response
    }

    fn access(uic: Uic) -> Access {
        let service = Service::at("http://127.0.0.1:1863").expect("a base");
        Access::web(service, "a", "b").uic(uic)
    }

    /// Answers with these in turn; gives the paths asked for and what was told, in short.
    fn run(access: &Access, replies: &[(u16, &str)]) -> (Vec<String>, String) {
        let now = Instant::ORIGIN;
        let mut sign_in = SignIn::new(access, &HostPolicy::default(), TIMEOUT);
        let mut paths = Vec::new();
        let mut told = Vec::new();
        let mut replies = replies.iter();
        loop {
            while let Some(event) = sign_in.poll_event() {
                told.push(match event {
                    SignInEvent::Step(step) => format!("{step:?}"),
                    SignInEvent::Ready(tokens) => format!("ready {}", tokens.uic.is_some()),
                    SignInEvent::Failed(reason) => format!("failed {reason:?}"),
                });
            }
            let Some(ask) = sign_in.poll_transmit(now) else {
                return (paths, told.join(" "));
            };
            paths.push(ask.request.uri().path().to_owned());
            let (status, body) = replies.next().expect("a reply");
            sign_in.handle_response(RequestId::new(99), reply(200, ""), now);
            sign_in.handle_response(ask.id, reply(*status, body), now);
            sign_in.handle_response(ask.id, reply(500, ""), now);
        }
    }

    #[test]
    fn page_form_trouter_initialization() {
        let replies = [(200, PAGE), (200, ""), (200, "{}"), (200, UIC)];
        let (paths, told) = run(&access(Uic::Wanted), &replies);
        assert_eq!(
            paths,
            [
                "/oauth20_authorize.srf",
                "/ppsecure/post.srf",
                "/v2/a",
                "/v1/user/Initialization"
            ]
        );
        assert_eq!(told, "Credentials Identity ready true");
    }

    #[test]
    fn the_cookies_alone_do_if_the_configuration_says_so() {
        let replies = [(200, PAGE), (200, ""), (500, ""), (500, "")];
        let (_, told) = run(&access(Uic::Wanted), &replies);
        assert_eq!(told, "Credentials Identity ready false");
        let (_, told) = run(&access(Uic::Required), &replies);
        assert_eq!(told, "Credentials Identity failed ServiceUnavailable");
        let (paths, told) = run(&access(Uic::Skip), &replies[..2]);
        assert_eq!((paths.len(), told.as_str()), (2, "Credentials ready false"));
    }

    #[test]
    fn a_request_that_outlives_its_machine_is_taken_back() {
        let now = Instant::ORIGIN;
        let hosts = HostPolicy::default();
        let mut sign_in = SignIn::new(&access(Uic::Wanted), &hosts, TIMEOUT);
        let page = sign_in.poll_transmit(now).expect("the page");
        sign_in.handle_timeout(page.deadline);
        assert_eq!(sign_in.poll_cancel(), Some(page.id));
        assert_eq!(sign_in.poll_cancel(), None);
        sign_in.handle_response(page.id, reply(200, PAGE), now);
        assert!(sign_in.poll_transmit(now).is_none());
    }

    #[test]
    fn ready_cookies_skip_the_page() {
        let cookies = Cookies::for_domain("MSPAuth=a", "127.0.0.1").expect("a cookie");
        let service = Service::at("http://127.0.0.1:1863").expect("a base");
        let access = Access::cookies(service, cookies);
        let (paths, told) = run(&access, &[(200, "{}"), (200, UIC)]);
        assert_eq!((paths.len(), told.as_str()), (2, "Identity ready true"));
    }
}
