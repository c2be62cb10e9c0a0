//! Signing in over HTTP: the page that grants `MSPAuth`, `MSPProf` and `WLSSC`, the calls that give a uic, and
//! what those tickets stand for.
//!
//! Passwords are not checked here: that is slow on purpose, and the shell's. It is asked to
//! ([`PasswordCheck`]), and its [`Verdict`] answers the request.

mod cookies;
mod page;
mod tickets;
mod uic;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use gateway_sm::{ExchangeId, Host, Origins};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use machine_contract::{Instant, Secret};

use self::cookies::{Cookies, Trusted};
use self::page::{Fields, fields_of, form, fresh_form, html};
use self::tickets::{Tickets, cookie};
use crate::entropy::Entropy;
use crate::faces;
use crate::identity::{EmailAddress, Who};
use crate::password::{Attempts, CheckId, Claimant, PasswordCheck, Verdict};
use crate::reply::bare;

/// The sign-in page and the uic calls, with all tickets in force.
#[derive(Debug)]
pub(crate) struct SignIn {
    tickets: Tickets,
    attempts: Attempts<EmailAddress>,
    trusted: Trusted,
    secure: bool,
    waiting: BTreeMap<CheckId, Waiting>,
    last_check: u64,
    checks: VecDeque<PasswordCheck>,
    /// The longest password that is worth a check.
    password_bytes: usize,
}

/// A form that waits for the verdict on its password.
#[derive(Debug)]
struct Waiting {
    exchange: ExchangeId,
    query: Fields,
    token: String,
    address: EmailAddress,
    entropy: Entropy,
}

/// A request to the sign-in, as far as it came in.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request<Bytes>,
    /// The address that it came in at.
    pub(crate) local: Option<SocketAddr>,
    pub(crate) entropy: &'a Entropy,
    pub(crate) now: Instant,
}

impl SignIn {
    /// A service that is called `advertised` from outside, if it was told. `attempts` wrong passwords per
    /// address are allowed in a quarter of an hour.
    pub(crate) fn new(
        advertised: Option<Host>,
        secure: bool,
        origins: &Origins,
        attempts: u32,
        password_bytes: usize,
    ) -> Self {
        Self {
            tickets: Tickets::default(),
            attempts: Attempts::new(attempts),
            trusted: Trusted::new(advertised, secure, origins),
            secure,
            waiting: BTreeMap::new(),
            last_check: 0,
            checks: VecDeque::new(),
            password_bytes,
        }
    }

    /// Answers a request; `None`: it is answered with a verdict. What is none of its pages is not found.
    pub(crate) fn handle_request(
        &mut self,
        exchange: ExchangeId,
        asked: &Asked<'_>,
    ) -> Option<Response<Bytes>> {
        let request = asked.request;
        let get = *request.method() == Method::GET || *request.method() == Method::HEAD;
        let post = *request.method() == Method::POST;
        match request.uri().path() {
            "/" | "/oauth20_authorize.srf" if get => {
                let query = fields_of(request.uri().query().unwrap_or_default());
                Some(self.fresh_form(&query, None, asked.entropy))
            }
            page::DESKTOP if get => Some(html(SIGNED_IN)),
            "/ppsecure/post.srf" if post => self.submit(exchange, asked),
            "/v2/a" if post => Some(uic::place(request.headers(), asked.entropy)),
            "/v1/user/Initialization" | "/v1/User/Initialization" if post => {
                let cookies = self.trusted.cookies(request.headers(), asked.local);
                let body = request.body();
                let (tickets, entropy) = (&self.tickets, asked.entropy);
                Some(uic::initialization(
                    tickets, &cookies, body, entropy, asked.now,
                ))
            }
            path => Some(match Self::methods(path) {
                Some(methods) => {
                    let mut refusal = bare(StatusCode::METHOD_NOT_ALLOWED);
                    let allowed = HeaderValue::from_static(methods);
                    refusal.headers_mut().insert(header::ALLOW, allowed);
                    refusal
                }
                None => bare(StatusCode::NOT_FOUND),
            }),
        }
    }

    fn methods(path: &str) -> Option<&'static str> {
        match path {
            "/" | "/oauth20_authorize.srf" | page::DESKTOP => Some("GET,HEAD"),
            "/ppsecure/post.srf"
            | "/v2/a"
            | "/v1/user/Initialization"
            | "/v1/User/Initialization" => Some("POST"),
            _ => None,
        }
    }

    /// What a password check has found. Gives the request that is answered by it, and the person who has
    /// signed in, if anybody has.
    pub(crate) fn handle_verdict(
        &mut self,
        check: CheckId,
        verdict: Verdict,
        now: Instant,
    ) -> Option<(ExchangeId, Response<Bytes>, Option<Who>)> {
        let waiting = self.waiting.remove(&check)?;
        let Waiting {
            exchange,
            query,
            token,
            address,
            entropy,
        } = waiting;
        let (response, who) = match verdict {
            Verdict::Right(who) => {
                self.attempts.succeeded(&address);
                let granted = self.tickets.grant(&who, entropy.take(), now);
                (page::granted(&query, &granted, self.secure), Some(who))
            }
            Verdict::Wrong => (form(&query, &token, Some(WRONG)), None),
            Verdict::RightUser | Verdict::Unavailable => {
                (bare(StatusCode::SERVICE_UNAVAILABLE), None)
            }
        };
        Some((exchange, response, who))
    }

    /// A password to be checked.
    pub(crate) fn poll_check(&mut self) -> Option<PasswordCheck> {
        self.checks.pop_front()
    }

    /// Nobody waits for that request any more.
    pub(crate) fn handle_lost(&mut self, exchange: ExchangeId) {
        self.waiting
            .retain(|_, waiting| waiting.exchange != exchange);
    }

    /// Whose cookies these are, and until when.
    pub(crate) fn bearer(&self, cookies: &[HeaderValue], now: Instant) -> Option<(Who, Instant)> {
        self.tickets.bearer(cookies, now)
    }

    /// The filled-in form.
    fn submit(&mut self, exchange: ExchangeId, asked: &Asked<'_>) -> Option<Response<Bytes>> {
        let request = asked.request;
        let query = fields_of(request.uri().query().unwrap_or_default());
        let Ok(body) = std::str::from_utf8(request.body()) else {
            return Some(bare(StatusCode::BAD_REQUEST));
        };
        let fields = fields_of(body);
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        // The token of the page must come back by both ways: a foreign page can make a browser post a
        // form, but cannot read the cookie to repeat it in the field.
        let cookies = self.trusted.cookies(request.headers(), asked.local);
        if matches!(cookies, Cookies::Foreign) {
            return Some(self.fresh_form(&query, Some(FOREIGN), asked.entropy));
        }
        let mut counting = cookies.counting().iter();
        let token = counting.find_map(|header| cookie(header, "MSPOK"));
        if token.is_none_or(|token| token.is_empty() || token != field("PPFT")) {
            return Some(self.fresh_form(&query, Some(OUT_OF_DATE), asked.entropy));
        }
        let (token, password) = (field("PPFT"), field("passwd"));
        let address = EmailAddress::parse(field("login").trim());
        let Some(address) = address
            .ok()
            .filter(|_| password.len() <= self.password_bytes)
        else {
            return Some(form(&query, token, Some(WRONG)));
        };
        if !self.attempts.allow(&address, asked.now) {
            let time = self.attempts.locked_for(&address, asked.now);
            return Some(locked(form(&query, token, Some(TOO_MANY)), time));
        }
        self.last_check += 1;
        let id = CheckId(self.last_check);
        self.checks.push_back(PasswordCheck {
            id,
            account: Claimant::Person(address.clone()),
            password: Secret::new(password.to_owned()),
        });
        let waiting = Waiting {
            exchange,
            token: token.to_owned(),
            query,
            address,
            entropy: asked.entropy.clone(),
        };
        self.waiting.insert(id, waiting);
        None
    }

    fn fresh_form(
        &self,
        query: &Fields,
        complaint: Option<&str>,
        entropy: &Entropy,
    ) -> Response<Bytes> {
        let token = URL_SAFE_NO_PAD.encode(entropy.take::<24>());
        fresh_form(query, &token, complaint, self.secure)
    }
}

impl faces::Tickets for SignIn {
    fn owner_of_uic(&self, uic: &str, now: Instant) -> Option<Who> {
        self.tickets.account_of_uic(uic, now)
    }
}

/// The form again, and for programs: not now, but after that time (RFC 6585 4, RFC 9110 10.2.3).
fn locked(mut form: Response<Bytes>, time: Duration) -> Response<Bytes> {
    *form.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    // Whole seconds, rounded up: who comes back then is let in.
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    form.headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    form
}

/// Where a client is sent at the end: it reads the fragment of its own address, so there is nothing to
/// say.
const SIGNED_IN: &str =
    "<!DOCTYPE html><title>Signed in</title><p>You are signed in. You can close this page.";

const WRONG: &str = "That account or password is not right.";
const TOO_MANY: &str = "Too many attempts. Please try again later.";
const OUT_OF_DATE: &str = "This page is out of date. Please try again.";
const FOREIGN: &str = "Please sign in on this page, under the service's own address.";
