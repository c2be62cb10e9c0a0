//! The sign-in page as a machine: page, form, cookies (gateway.md 16.2).

use std::time::Duration;

use bytes::Bytes;
use gateway_sm::{Coding, ConfigError, HostPolicy};
use http::header::{CONTENT_TYPE, COOKIE, LOCATION};
use http::{Method, Request, Response, StatusCode, Uri};
use machine_contract::{
    CertificateFault, Failure, HttpMachine, Instant, Machine, RequestId, StreamMachine, Transmit,
};
use msnp_proto::Secret;

use super::form::push_field;
use super::oauth::{OAuthTokens, field_of};
use super::page::Page;
use crate::coding;
use crate::cookies::Cookies;
use crate::plain_http::PlainHttp;
use crate::reference;
use crate::request_slot::RequestSlot;
use crate::retry_after;

/// Signs in as a person with a browser would, and ends with the cookies or a reason.
///
/// The password goes to hosts that the [`HostPolicy`] allows, by default to the sign-in page's own site,
/// and nowhere else, and never from https to http; every cookie goes only to the hosts that it belongs
/// to.
///
/// ```
/// use std::time::Duration;
/// use machine_contract::Instant;
/// use machine_contract::{HttpMachine, Machine};
/// use msnp_client::sign_in::web::WebSignIn;
/// use msnp_proto::Secret;
///
/// let page = "https://login.live.com/oauth20_authorize.srf".parse()?;
/// let mut sign_in = WebSignIn::new(page, "alice", Secret::new("secret".into()), Duration::from_secs(30));
/// let now = Instant::ORIGIN;
/// let ask = sign_in.poll_transmit(now).expect("the page");
/// let page = "<input name=\"PPFT\" value=\"t\"><script>urlPost:'/ppsecure/post.srf'</script>";
/// sign_in.handle_response(ask.id, http::Response::new(page.into()), now);
/// let form = sign_in.poll_transmit(now).expect("the form");
/// assert_eq!(form.request.uri(), "https://login.live.com/ppsecure/post.srf");
/// let reply = http::Response::builder().status(302).header("Set-Cookie", "MSPAuth=a; domain=.live.com");
/// sign_in.handle_response(form.id, reply.body("".into())?, now);
/// assert!(sign_in.poll_event().expect("the outcome").is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WebSignIn {
    slot: RequestSlot,
    home: Uri,
    hosts: HostPolicy,
    plain: PlainHttp,
    /// The address of the request in flight.
    at: Uri,
    login: String,
    password: Secret<String>,
    cookies: Cookies,
    stage: Stage,
    redirects: u32,
    tokens: Option<OAuthTokens>,
    outcome: Option<Result<Cookies, SignInError>>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Stage {
    Page,
    Form,
    Over,
}

/// Why there are no cookies.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The page does not accept the name or the password. What it says about it is for people.
    #[error("the sign-in page does not accept the name or password")]
    Refused {
        /// The page's own words, at most 500 characters.
        text: Option<Box<str>>,
    },
    /// The page takes no password at all for so long, since wrong ones were tried too often (429 with `Retry-After`).
    #[error("the sign-in page takes no password for {seconds} s")]
    Locked {
        /// How long.
        seconds: u32,
    },
    /// The page, or where it leads, is reached by plain http, and may not have the password so.
    #[error(
        "the sign-in page is reached by plain http, where everybody on the way can read the password"
    )]
    PlainHttp,
    /// The page is packed, which was not asked for.
    #[error("the sign-in page is packed by {0}, which was not asked for")]
    Packed(Coding),
    /// The page gives neither cookies nor an error: it wants a second factor, a consent, a captcha.
    #[error("the sign-in page asks for more than a name and a password")]
    NeedsBrowser,
    /// The OAuth form gives tokens with another `state` than it was asked with.
    #[error("the sign-in page answers another question than the one that was asked")]
    OtherState,
    /// The page has no form that could be filled in.
    #[error("the sign-in page has no sign-in form")]
    NoForm,
    /// The page sends the password or the browser to a foreign host, or around in circles.
    #[error("the sign-in page leads to a foreign host or around in circles")]
    RedirectRefused,
    /// The page answers with this status.
    #[error("the sign-in page answers with status {0}")]
    Status(u16),
    /// There is no page.
    #[error("the sign-in page cannot be reached")]
    Unreachable,
    /// Whoever shows the page does not prove to be the one that was meant.
    #[error("the sign-in page's certificate is not accepted: {0}")]
    Certificate(CertificateFault),
    /// The connection broke, or no answer came in time.
    #[error("the sign-in page did not answer")]
    NoAnswer,
}

/// The cookies that the login form grants (web-client.md 1); which of them are needed is not known, so
/// one of them is the sign of success.
const GRANTED: [&str; 3] = ["MSPAuth", "MSPProf", "WLSSC"];
const MAX_REDIRECTS: u32 = 8;
const MAX_ERROR_TEXT: usize = 500;

impl WebSignIn {
    /// Starts with this page. `timeout` is for each request.
    pub fn new(page: Uri, login: &str, password: Secret<String>, timeout: Duration) -> Self {
        let mut sign_in = Self {
            slot: RequestSlot::new(timeout),
            home: page.clone(),
            hosts: HostPolicy::default(),
            plain: PlainHttp::default(),
            at: page.clone(),
            login: login.to_owned(),
            password,
            cookies: Cookies::default(),
            stage: Stage::Page,
            redirects: 0,
            tokens: None,
            outcome: None,
        };
        sign_in.get(page);
        sign_in
    }

    /// To which hosts the page may send the password and the browser. Default: the same site.
    ///
    /// # Errors
    /// [`ConfigError::SecretsAnywhere`]: a password must not go anywhere.
    pub fn host_policy(self, hosts: HostPolicy) -> Result<Self, ConfigError> {
        if hosts == HostPolicy::Anywhere {
            return Err(ConfigError::SecretsAnywhere);
        }
        Ok(self.with_hosts(hosts))
    }

    /// Which hosts may have the password over plain http. Default: this machine; at any other the sign-in fails before anything
    /// is sent.
    #[must_use]
    pub fn plain_http(mut self, plain: PlainHttp) -> Self {
        self.plain = plain;
        if matches!(self.outcome, Some(Err(SignInError::PlainHttp)))
            && self.plain.allows(&self.home)
        {
            self.outcome = None;
            self.stage = Stage::Page;
            self.get(self.home.clone());
        }
        self
    }

    /// The tokens that the OAuth form has given beside the cookies, if its address asked for them (`response_type=token`). There from the
    /// moment that the outcome is.
    pub const fn tokens(&self) -> Option<&OAuthTokens> {
        self.tokens.as_ref()
    }

    /// For a policy that was checked when the client was configured.
    pub(crate) fn with_hosts(self, hosts: HostPolicy) -> Self {
        Self { hosts, ..self }
    }

    fn get(&mut self, uri: Uri) {
        self.request(Method::GET, uri, None);
    }

    fn request(&mut self, method: Method, uri: Uri, form: Option<String>) {
        if !self.plain.allows(&uri) {
            return self.fail(SignInError::PlainHttp);
        }
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        if let Some(cookies) = self.cookies.header_for(&uri) {
            request.headers_mut().insert(COOKIE, cookies);
        }
        if let Some(form) = form {
            let form_type = http::HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(CONTENT_TYPE, form_type);
            *request.body_mut() = form.into();
        }
        *request.uri_mut() = uri.clone();
        self.at = uri;
        self.slot.start(request);
    }

    fn end(&mut self, outcome: Result<Cookies, SignInError>) {
        self.stage = Stage::Over;
        self.outcome = Some(outcome);
    }

    fn fail(&mut self, error: SignInError) {
        self.end(Err(error));
    }

    /// Follows `reference` if it stays at home.
    fn follow(&mut self, reference: &str) {
        self.redirects += 1;
        match self.at_home(reference) {
            Some(uri) if self.redirects <= MAX_REDIRECTS => self.get(uri),
            _ => self.fail(SignInError::RedirectRefused),
        }
    }

    fn at_home(&self, reference: &str) -> Option<Uri> {
        reference::resolve(&self.at, reference).filter(|uri| self.hosts.allows_uri(&self.home, uri))
    }

    fn fill_in(&mut self, page: &Page) {
        let Some(token) = &page.flow_token else {
            return self.fail(SignInError::NoForm);
        };
        let target = if let Some(reference) = &page.post_to {
            self.at_home(reference)
        } else {
            // The address that the clients of gateway.md 16.2 fall back to.
            let query = self.at.query().map_or(String::new(), |q| format!("?{q}"));
            self.at_home(&format!("/ppsecure/post.srf{query}"))
        };
        let Some(target) = target else {
            return self.fail(SignInError::RedirectRefused);
        };
        let mut form = String::new();
        for (name, value) in [
            ("login", self.login.as_str()),
            ("passwd", self.password.expose()),
            ("PPFT", token.expose()),
        ] {
            push_field(name, value, &mut form);
        }
        self.stage = Stage::Form;
        self.request(Method::POST, target, Some(form));
    }

    fn is_granted(&self) -> bool {
        self.stage == Stage::Form && GRANTED.iter().any(|name| self.cookies.contains(name))
    }

    /// The cookies, and beside them what the OAuth form was asked for, which stands in the address that it leads to.
    fn take_grant(&mut self, response: &Response<Bytes>) {
        let location = redirect(response);
        let given = location.as_deref().and_then(OAuthTokens::of_location);
        if let Some((tokens, state)) = given {
            // Else they are the answer to another's question.
            let asked = self.home.query().and_then(|query| field_of(query, "state"));
            if state != asked {
                return self.fail(SignInError::OtherState);
            }
            self.tokens = Some(tokens);
        }
        let cookies = std::mem::take(&mut self.cookies);
        self.end(Ok(cookies));
    }

    fn read_form_reply(&mut self, response: &Response<Bytes>) {
        if self.is_granted() {
            return self.take_grant(response);
        }
        let status = response.status();
        if let Some(location) = redirect(response) {
            return self.follow(&location);
        }
        // The page says so to people too, in words that no program knows.
        if status == StatusCode::TOO_MANY_REQUESTS
            && let Some(seconds) = retry_after::of(response)
        {
            return self.fail(SignInError::Locked { seconds });
        }
        let page = Page::read(response.body());
        let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if let Some(text) = page.error_text {
            let text: String = text.chars().take(MAX_ERROR_TEXT).collect();
            self.fail(SignInError::Refused {
                text: Some(text.into()),
            });
        } else if refused || (page.flow_token.is_some() && page.has_password_field) {
            // The same form again, without a word.
            self.fail(SignInError::Refused { text: None });
        } else if status.is_success() {
            self.fail(SignInError::NeedsBrowser);
        } else {
            self.fail(SignInError::Status(status.as_u16()));
        }
    }
}

impl Machine for WebSignIn {
    /// The outcome, once.
    type Event = Result<Cookies, SignInError>;

    fn handle_timeout(&mut self, now: Instant) {
        if self.slot.overdue(now) {
            self.fail(SignInError::NoAnswer);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.slot.poll_timeout()
    }

    fn poll_event(&mut self) -> Option<Self::Event> {
        self.outcome.take()
    }
}

impl HttpMachine for WebSignIn {
    fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, _now: Instant) {
        if !self.slot.end(id) {
            return;
        }
        self.cookies.take_from(response.headers(), &self.at);
        // Where the cookies are there already, nobody reads the body.
        let is_read = response.status().is_success() && !self.is_granted();
        if let (true, Some(coding)) = (is_read, coding::of(&response)) {
            return self.fail(SignInError::Packed(coding));
        }
        match self.stage {
            Stage::Page => {
                if let Some(location) = redirect(&response) {
                    self.follow(&location);
                } else if response.status().is_success() {
                    self.fill_in(&Page::read(response.body()));
                } else {
                    self.fail(SignInError::Status(response.status().as_u16()));
                }
            }
            Stage::Form => self.read_form_reply(&response),
            Stage::Over => {}
        }
    }

    fn handle_failure(&mut self, id: RequestId, failure: Failure, _now: Instant) {
        if self.slot.end(id) {
            self.fail(match failure {
                Failure::NotSent => SignInError::Unreachable,
                Failure::Untrusted(fault) => SignInError::Certificate(fault),
                Failure::Unknown => SignInError::NoAnswer,
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

impl StreamMachine for WebSignIn {}

/// Where a redirect leads.
fn redirect(response: &Response<Bytes>) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    Some(location.to_owned())
}

#[cfg(test)]
mod tests {
    use gateway_sm::Domains;

    use super::*;

    const PAGE: &str = "<input type=\"hidden\" name=\"PPFT\" value=\"T*1\"/>\
                        <script>urlPost:'https://login.live.com/ppsecure/post.srf?x=1'</script>";

    fn start() -> (WebSignIn, Instant) {
        let page = Uri::from_static("https://login.live.com/oauth20_authorize.srf?client_id=1");
        let password = Secret::new("p&=% é".to_owned());
        let sign_in = WebSignIn::new(page, "alice@hotmail.com", password, Duration::from_secs(30));
        (sign_in, Instant::ORIGIN)
    }

    fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Bytes> {
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        response.body(body.to_owned().into()).expect("a response")
    }

    /// Answers one request after the other with these; gives the requests and the outcome.
    fn run(
        replies: Vec<Response<Bytes>>,
    ) -> (Vec<Request<Bytes>>, Option<Result<Cookies, SignInError>>) {
        let (mut sign_in, now) = start();
        let mut seen = Vec::new();
        for reply in replies {
            let ask = sign_in.poll_transmit(now).expect("a request");
            assert!(sign_in.poll_event().is_none());
            seen.push(ask.request);
            sign_in.handle_response(ask.id, reply, now);
        }
        (seen, sign_in.poll_event())
    }

    #[track_caller]
    fn fails(replies: Vec<Response<Bytes>>, error: SignInError) {
        let (_, outcome) = run(replies);
        assert_eq!(outcome.expect("an outcome").err(), Some(error));
    }

    /// The password went to any `http` address without a word.
    #[test]
    fn a_page_in_the_clear_gets_nothing_unless_it_was_asked_for_by_name() {
        let sign_in = |page: &'static str| {
            let password = Secret::new("secret".to_owned());
            WebSignIn::new(
                Uri::from_static(page),
                "alice",
                password,
                Duration::from_secs(30),
            )
        };
        let now = Instant::ORIGIN;
        let mut refused = sign_in("http://msn.lan/page");
        assert!(refused.poll_transmit(now).is_none());
        let outcome = refused.poll_event().expect("an outcome");
        assert_eq!(outcome.err(), Some(SignInError::PlainHttp));

        let here = sign_in("http://localhost:1863/page").poll_transmit(now);
        assert!(here.is_some());
        let plain = PlainHttp::to(["msn.lan"]).expect("a host");
        let domains = gateway_sm::Domains::new(["msn.lan", "other.lan"]).expect("domains");
        let named = sign_in("http://msn.lan/page").plain_http(plain);
        let mut named = named
            .host_policy(HostPolicy::Within(domains))
            .expect("a policy");
        let page = named.poll_transmit(now).expect("the page");
        assert_eq!(page.request.uri(), "http://msn.lan/page");
        // Even where the policy would let it go on.
        let form =
            "<input name=\"PPFT\" value=\"t\"><script>urlPost:'http://other.lan/post'</script>";
        named.handle_response(page.id, reply(200, &[], form), now);
        assert!(named.poll_transmit(now).is_none());
        let outcome = named.poll_event().expect("an outcome");
        assert_eq!(outcome.err(), Some(SignInError::PlainHttp));
    }

    #[test]
    fn the_form_is_filled_in_and_the_cookies_are_taken() {
        let granted = [
            ("Set-Cookie", "MSPAuth=a; domain=.live.com; path=/"),
            ("Set-Cookie", "MSPProf=b; domain=.live.com"),
            ("Set-Cookie", "WLSSC=c; domain=.live.com; secure"),
            (
                "Location",
                "https://login.live.com/oauth20_desktop.srf#access_token=t",
            ),
        ];
        let (seen, outcome) = run(vec![
            reply(200, &[("Set-Cookie", "MSPOK=k; path=/")], PAGE),
            reply(302, &granted, ""),
        ]);
        let form = &seen[1];
        assert_eq!(form.method(), Method::POST);
        assert_eq!(form.uri(), "https://login.live.com/ppsecure/post.srf?x=1");
        assert_eq!(form.headers()[COOKIE], "MSPOK=k");
        assert_eq!(
            form.body(),
            "login=alice%40hotmail.com&passwd=p%26%3D%25+%C3%A9&PPFT=T*1"
        );
        let cookies = outcome.expect("an outcome").expect("cookies");
        let gateway = Uri::from_static("https://geo.gateway.messenger.live.com/");
        let header = cookies.header_for(&gateway).expect("cookies");
        assert_eq!(header, "MSPAuth=a; MSPProf=b; WLSSC=c");
    }

    #[test]
    fn a_wrong_password_is_told_with_the_pages_words() {
        let again = format!("{PAGE}<script>sErrTxt:'No.'</script>");
        fails(
            vec![reply(200, &[], PAGE), reply(200, &[], &again)],
            SignInError::Refused {
                text: Some("No.".into()),
            },
        );
        let silent = format!("{PAGE}<input name=passwd type=password>");
        fails(
            vec![reply(200, &[], PAGE), reply(200, &[], &silent)],
            SignInError::Refused { text: None },
        );
        fails(
            vec![reply(200, &[], PAGE), reply(401, &[], "")],
            SignInError::Refused { text: None },
        );
    }

    #[test]
    fn a_packed_page_is_named_by_its_coding_and_none_is_asked_for() {
        let packed = || reply(200, &[("Content-Encoding", "gzip")], "\u{1f}\u{8b}");
        fails(vec![packed()], SignInError::Packed(Coding::Gzip));
        let (asked, outcome) = run(vec![reply(200, &[], PAGE), packed()]);
        let outcome = outcome.expect("an outcome").err();
        assert_eq!(outcome, Some(SignInError::Packed(Coding::Gzip)));
        for request in asked {
            assert_eq!(request.headers()["accept-encoding"], "identity");
        }
    }

    #[test]
    fn a_locked_account_is_told_with_its_time() {
        let again = format!("{PAGE}<script>sErrTxt:'Later.'</script>");
        let locked = reply(429, &[("Retry-After", "840")], &again);
        fails(
            vec![reply(200, &[], PAGE), locked],
            SignInError::Locked { seconds: 840 },
        );
        // Without a time it is like any other word of the page.
        fails(
            vec![reply(200, &[], PAGE), reply(429, &[], &again)],
            SignInError::Refused {
                text: Some("Later.".into()),
            },
        );
    }

    #[test]
    fn a_page_that_wants_more_is_told() {
        let more = vec![reply(200, &[], PAGE), reply(200, &[], "Enter the code")];
        fails(more, SignInError::NeedsBrowser);
    }

    #[test]
    fn the_password_goes_to_no_foreign_host() {
        let page = PAGE.replace("login.live.com", "login.evil.example");
        fails(vec![reply(200, &[], &page)], SignInError::RedirectRefused);
        let page = PAGE.replace("https:", "http:");
        fails(vec![reply(200, &[], &page)], SignInError::RedirectRefused);
        fails(
            vec![reply(302, &[("Location", "https://evil.example/")], "")],
            SignInError::RedirectRefused,
        );
    }

    /// Where a page under `hosts` that redirects to this address, and one whose form goes there, has
    /// led to.
    fn led_to(hosts: &HostPolicy, target: &str) -> [Option<String>; 2] {
        let form = PAGE.replace("https://login.live.com", target);
        let moved = reply(302, &[("Location", target)], "");
        [moved, reply(200, &[], &form)].map(|answer| {
            let (sign_in, now) = start();
            let mut sign_in = sign_in.host_policy(hosts.clone()).expect("a policy");
            let page = sign_in.poll_transmit(now).expect("the page");
            sign_in.handle_response(page.id, answer, now);
            let next = sign_in.poll_transmit(now)?;
            Some(next.request.uri().host().expect("a host").to_owned())
        })
    }

    #[test]
    fn redirects_and_forms_are_followed_within_the_policy() {
        let within = HostPolicy::Within(Domains::new(["sign.in.example"]).expect("a domain"));
        for (hosts, target, allowed) in [
            (&HostPolicy::SameSite, "account.live.com", true),
            (&HostPolicy::SameSite, "live.com", false),
            (&HostPolicy::SameSite, "sign.in.example", false),
            (&HostPolicy::Stay, "login.live.com", true),
            (&HostPolicy::Stay, "account.live.com", false),
            (&within, "a.sign.in.example", true),
            (&within, "login.live.com", true),
            (&within, "account.live.com", false),
        ] {
            let expected = allowed.then(|| target.to_owned());
            let led = led_to(hosts, &format!("https://{target}"));
            assert_eq!(led, [expected.clone(), expected], "{hosts:?} {target}");
            let led = led_to(hosts, &format!("http://{target}"));
            assert_eq!(led, [None, None], "{hosts:?} {target}");
        }
    }

    #[test]
    fn a_password_cannot_be_sent_anywhere() {
        let refused = start().0.host_policy(HostPolicy::Anywhere).err();
        assert_eq!(refused, Some(ConfigError::SecretsAnywhere));
    }

    #[test]
    fn redirects_within_the_site_are_followed_but_not_in_circles() {
        let moved = || {
            reply(
                302,
                &[("Location", "/login.srf"), ("Set-Cookie", "A=1")],
                "",
            )
        };
        let (seen, _) = run(vec![moved(), reply(200, &[], PAGE)]);
        assert_eq!(seen[1].uri(), "https://login.live.com/login.srf");
        assert_eq!(seen[1].headers()[COOKIE], "A=1");
        let circles = (0..=MAX_REDIRECTS).map(|_| moved()).collect();
        fails(circles, SignInError::RedirectRefused);
    }

    #[test]
    fn without_an_address_the_form_goes_where_it_always_went() {
        let (seen, _) = run(vec![
            reply(200, &[], "<input name=PPFT value=T>"),
            reply(200, &[], ""),
        ]);
        let expected = "https://login.live.com/ppsecure/post.srf?client_id=1";
        assert_eq!(seen[1].uri(), expected);
    }

    #[test]
    fn a_page_without_a_form_and_a_page_with_an_error_are_told() {
        fails(
            vec![reply(200, &[], "<html>Welcome to Hotel Wi-Fi")],
            SignInError::NoForm,
        );
        fails(vec![reply(503, &[], PAGE)], SignInError::Status(503));
        fails(
            vec![reply(200, &[], PAGE), reply(500, &[], "oops")],
            SignInError::Status(500),
        );
    }

    /// Signs in at this page; the form's answer leads there.
    fn granted(page: &'static str, location: &str) -> (WebSignIn, Result<Cookies, SignInError>) {
        let password = Secret::new("secret".to_owned());
        let page = Uri::from_static(page);
        let mut sign_in = WebSignIn::new(page, "alice", password, Duration::from_secs(30));
        let now = Instant::ORIGIN;
        let ask = sign_in.poll_transmit(now).expect("the page");
        sign_in.handle_response(ask.id, reply(200, &[], PAGE), now);
        let form = sign_in.poll_transmit(now).expect("the form");
        let headers = [
            ("Location", location),
            ("Set-Cookie", "MSPAuth=a; domain=.live.com"),
        ];
        sign_in.handle_response(form.id, reply(302, &headers, ""), now);
        let outcome = sign_in.poll_event().expect("an outcome");
        (sign_in, outcome)
    }

    /// They were thrown away.
    #[test]
    fn the_oauth_form_gives_tokens_and_gives_the_state_back() {
        let page = "https://login.live.com/oauth20_authorize.srf?response_type=token&state=9%269";
        let good = "/oauth20_desktop.srf#access_token=t&refresh_token=r&state=9%269";
        let (sign_in, outcome) = granted(page, good);
        assert!(outcome.is_ok());
        let tokens = sign_in.tokens().expect("tokens");
        assert_eq!(tokens.access_token.expose(), "t");
        assert!(!format!("{sign_in:?}").contains("\"t\""));
        for other in ["#access_token=t&state=8", "#access_token=t"] {
            let (sign_in, outcome) = granted(page, other);
            assert_eq!(outcome.err(), Some(SignInError::OtherState), "{other}");
            assert!(sign_in.tokens().is_none());
        }
    }

    #[test]
    fn the_regular_form_gives_cookies_alone() {
        let page = "https://login.live.com/login.srf?wreply=https%3A%2F%2Fmail.live.com%2F";
        let (sign_in, outcome) = granted(page, "https://mail.live.com/");
        assert!(outcome.expect("cookies").contains("MSPAuth"));
        assert!(sign_in.tokens().is_none());
    }

    #[test]
    fn failures_and_silence_are_told_once() {
        let (mut sign_in, now) = start();
        let ask = sign_in.poll_transmit(now).expect("a request");
        sign_in.handle_failure(RequestId::new(99), Failure::NotSent, now);
        assert!(sign_in.poll_event().is_none(), "a stale id is ignored");
        sign_in.handle_failure(ask.id, Failure::NotSent, now);
        assert_eq!(
            sign_in.poll_event().map(Result::err),
            Some(Some(SignInError::Unreachable))
        );

        let (mut sign_in, now) = start();
        let ask = sign_in.poll_transmit(now).expect("a request");
        let late = sign_in.poll_timeout().expect("a deadline");
        assert_eq!(late, ask.deadline);
        sign_in.handle_timeout(late);
        assert_eq!(sign_in.poll_cancel(), Some(ask.id));
        assert_eq!(sign_in.poll_timeout(), None);
        assert_eq!(
            sign_in.poll_event().map(Result::err),
            Some(Some(SignInError::NoAnswer))
        );
        sign_in.handle_response(ask.id, reply(200, &[], PAGE), late);
        assert!(sign_in.poll_transmit(late).is_none() && sign_in.poll_event().is_none());
    }

    #[test]
    fn nothing_secret_shows() {
        let (sign_in, _) = start();
        let shown = format!("{sign_in:?}");
        assert!(!shown.contains("p&"), "{shown}");
    }
}
