//! Signing in over HTTP: the page that grants `MSPAuth`, `MSPProf` and `WLSSC`, the calls that give a uic, and
//! what those tickets stand for.
//!
//! Passwords are not checked here: that is slow on purpose, and the shell's. It is asked to
//! ([`PasswordCheck`]), and its [`Verdict`] answers the request.

mod checks;
mod cookies;
mod grants;
mod page;
mod tickets;
mod tokens;
mod uic;

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use gateway_sm::{ExchangeId, Host, Origins};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use machine_contract::Instant;

pub(crate) use self::checks::Check;
use self::checks::{Checks, Unchecked};
use self::cookies::{Cookies, Trusted};
use self::page::{Fields, fields_of, form, fresh_form, html};
use self::tickets::{Tickets, cookie};
use self::tokens::Tokens;
use crate::entropy::Entropy;
use crate::faces::{self, AccessClaim, AccessRefused, Ticket, TicketRefused};
use crate::identity::{EmailAddress, Who};
use crate::network::ConnectionId;
use crate::password::{CheckId, Verdict};
use crate::peer_network::PeerNetwork;
use crate::reply::bare;

/// The sign-in page and the uic calls, with all tickets in force.
#[derive(Debug)]
pub(crate) struct SignIn {
    tickets: Tickets,
    tokens: Tokens,
    checks: Checks<Waiting>,
    trusted: Trusted,
    secure: bool,
}

/// What waits for a verdict.
#[derive(Debug)]
enum Waiting {
    Form(Box<Form>),
    /// A connection, for whether its claim is right.
    Claim(ConnectionId),
}

/// A form that waits for the verdict on its password.
#[derive(Debug)]
struct Form {
    exchange: ExchangeId,
    query: Fields,
    token: String,
    entropy: Entropy,
}

/// What a verdict has answered.
#[derive(Debug)]
pub(crate) enum Answered {
    /// This request, in that way; the person who has signed in, if anybody has.
    Request(ExchangeId, Response<Bytes>, Option<Who>),
    /// What a connection has claimed.
    Claim(ConnectionId, Result<Ticket, AccessRefused>),
}

/// A request to the sign-in, as far as it came in.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request<Bytes>,
    /// The address that it came in at.
    pub(crate) local: Option<SocketAddr>,
    /// The network that it comes from.
    pub(crate) from: Option<PeerNetwork>,
    pub(crate) entropy: &'a Entropy,
    pub(crate) now: Instant,
}

impl SignIn {
    /// A service that is called `advertised` from outside, if it was told. `attempts` wrong passwords per
    /// address and network are allowed in a quarter of an hour.
    pub(crate) fn new(
        advertised: Option<Host>,
        secure: bool,
        origins: &Origins,
        attempts: u32,
        password_bytes: usize,
    ) -> Self {
        Self {
            tickets: Tickets::default(),
            tokens: Tokens::default(),
            checks: Checks::new(attempts, password_bytes),
            trusted: Trusted::new(advertised, secure, origins),
            secure,
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

    /// What a check has found, and what is answered by that.
    pub(crate) fn handle_verdict(
        &mut self,
        check: CheckId,
        verdict: Verdict,
        now: Instant,
    ) -> Option<Answered> {
        Some(match self.checks.answer(check, &verdict)? {
            Waiting::Form(form) => self.answer_form(&form, verdict, now),
            Waiting::Claim(connection) => {
                let outcome = match verdict {
                    Verdict::Right(who) => Ok(Ticket {
                        who,
                        valid_until: now + grants::LIFETIME,
                    }),
                    Verdict::Wrong => Err(AccessRefused::Wrong),
                    Verdict::RightUser | Verdict::Unavailable => Err(AccessRefused::Unavailable),
                };
                Answered::Claim(connection, outcome)
            }
        })
    }

    /// Somebody says to have an access token, from that network. `Err`: that is not looked at.
    pub(crate) fn handle_claim(
        &mut self,
        connection: ConnectionId,
        (claim, from): (AccessClaim, Option<PeerNetwork>),
        now: Instant,
    ) -> Result<(), AccessRefused> {
        let waiting = Waiting::Claim(connection);
        let checked = self.checks.access(claim, from, waiting, now);
        checked.map_err(|unchecked| match unchecked {
            Unchecked::Wrong => AccessRefused::Wrong,
            Unchecked::TooMany(_) => AccessRefused::TooMany,
        })
    }

    /// Something to be checked.
    pub(crate) fn poll_check(&mut self) -> Option<Check> {
        self.checks.poll()
    }

    /// Nobody waits for that request any more.
    pub(crate) fn handle_lost(&mut self, exchange: ExchangeId) {
        self.checks.forget(|waiting| match waiting {
            Waiting::Form(form) => form.exchange == exchange,
            Waiting::Claim(_) => false,
        });
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
        let Ok(address) = EmailAddress::parse(field("login").trim()) else {
            return Some(form(&query, token, Some(WRONG)));
        };
        let waiting = Waiting::Form(Box::new(Form {
            exchange,
            token: token.to_owned(),
            query: query.clone(),
            entropy: asked.entropy.clone(),
        }));
        let claimed = (address, asked.from);
        match self.checks.password(claimed, password, waiting, asked.now) {
            Ok(()) => None,
            Err(Unchecked::Wrong) => Some(form(&query, token, Some(WRONG))),
            Err(Unchecked::TooMany(time)) => {
                Some(locked(form(&query, token, Some(TOO_MANY)), time))
            }
        }
    }

    fn answer_form(&mut self, waiting: &Form, verdict: Verdict, now: Instant) -> Answered {
        let Form {
            exchange,
            query,
            token,
            entropy,
        } = waiting;
        let (response, who) = match verdict {
            Verdict::Right(who) => {
                let granted = self.tickets.grant(&who, entropy.take(), now);
                (page::granted(query, &granted, self.secure), Some(who))
            }
            Verdict::Wrong => (form(query, token, Some(WRONG)), None),
            Verdict::RightUser | Verdict::Unavailable => (busy(), None),
        };
        Answered::Request(*exchange, response, who)
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

    fn owner_of_ticket(&self, ticket: &str, now: Instant) -> Result<Ticket, TicketRefused> {
        self.tokens.owner(ticket, now)
    }

    fn owner_by_proof(
        &self,
        ticket: &str,
        blob: &str,
        nonce: &str,
        now: Instant,
    ) -> Result<Ticket, TicketRefused> {
        self.tokens.owner_by_proof(ticket, blob, nonce, now)
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

/// Too much is to be checked, or nothing can be: for people and programs, soon (RFC 9110 15.6.4).
fn busy() -> Response<Bytes> {
    let mut refusal = bare(StatusCode::SERVICE_UNAVAILABLE);
    let headers = refusal.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    refusal
}

/// Where a client is sent at the end: it reads the fragment of its own address, so there is nothing to
/// say.
const SIGNED_IN: &str =
    "<!DOCTYPE html><title>Signed in</title><p>You are signed in. You can close this page.";

const WRONG: &str = "That account or password is not right.";
const TOO_MANY: &str = "Too many attempts. Please try again later.";
const OUT_OF_DATE: &str = "This page is out of date. Please try again.";
const FOREIGN: &str = "Please sign in on this page, under the service's own address.";
