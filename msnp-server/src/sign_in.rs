//! Signing in over HTTP: the page that grants `MSPAuth`, `MSPProf` and `WLSSC`, the calls that give a uic, and
//! what those tickets stand for.
//!
//! Passwords are not checked here: that is slow on purpose, and the shell's. It is asked to
//! ([`PasswordCheck`]), and its [`Verdict`] answers the request.

mod checks;
mod cookies;
mod grants;
mod page;
mod passport;
mod soap;
mod tickets;
mod token_answer;
mod tokens;
mod uic;

use std::net::SocketAddr;

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
use self::tokens::{Purpose, Tokens};
use crate::entropy::Entropy;
use crate::faces::{self, AccessClaim, AccessRefused, Ticket, TicketRefused};
use crate::identity::{EmailAddress, Who};
use crate::network::ConnectionId;
use crate::now::Now;
use crate::own_address::OwnAddress;
use crate::password::{CheckId, Verdict};
use crate::reply::bare;

/// The sign-in page and the uic calls, with all tickets in force.
#[derive(Debug)]
pub(crate) struct SignIn {
    tickets: Tickets,
    tokens: Tokens,
    checks: Checks<Waiting>,
    trusted: Trusted,
    own: OwnAddress,
}

/// What waits for a verdict.
#[derive(Debug)]
enum Waiting {
    Form(Box<Form>),
    /// A sign-in by headers.
    Passport(ExchangeId, passport::Form, Box<Entropy>),
    /// A sign-in by SOAP.
    Soap(ExchangeId, Box<soap::Wanted>, Box<Entropy>),
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
    pub(crate) entropy: &'a Entropy,
    pub(crate) now: Now,
}

impl SignIn {
    /// A service that is called `advertised` from outside, if it was told, and is reached as `own`. `attempts` wrong
    /// passwords per address are allowed in a quarter of an hour.
    pub(crate) fn new(
        advertised: Option<Host>,
        own: OwnAddress,
        origins: &Origins,
        attempts: u32,
        password_bytes: usize,
    ) -> Self {
        Self {
            tickets: Tickets::default(),
            tokens: Tokens::default(),
            checks: Checks::new(attempts, password_bytes),
            trusted: Trusted::new(advertised, own.secure, origins),
            own,
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
        if let Some(page) = passport::page_at(request.uri().path()) {
            return self.passport(exchange, page, asked);
        }
        if let Some(form) = soap::form_at(request.uri().path()).filter(|_| post) {
            return self.soap(exchange, form, asked);
        }
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
                    tickets,
                    &cookies,
                    body,
                    entropy,
                    asked.now.monotonic,
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
            path => soap::form_at(path).map(|_| "POST"),
        }
    }

    /// What a check has found, and what is answered by that.
    pub(crate) fn handle_verdict(
        &mut self,
        check: CheckId,
        verdict: Verdict,
        now: Now,
    ) -> Option<Answered> {
        let is_right = matches!(verdict, Verdict::Right(_));
        Some(match self.checks.answer(check, is_right)? {
            Waiting::Form(form) => self.answer_form(&form, verdict, now.monotonic),
            Waiting::Passport(exchange, form, entropy) => {
                let (tokens, purpose) = (&mut self.tokens, [Purpose::Connection]);
                answered(exchange, verdict, |outcome| match outcome {
                    Ok(who) => {
                        let granted = tokens.grant(who, &purpose, &entropy, now.monotonic);
                        let token = granted.first();
                        token.map_or_else(unavailable, |token| passport::granted(form, token))
                    }
                    Err(why) => passport::refused(form, why),
                })
            }
            Waiting::Soap(exchange, wanted, entropy) => {
                let tokens = &mut self.tokens;
                answered(exchange, verdict, |outcome| match outcome {
                    Ok(who) => {
                        let purposes = wanted.purposes();
                        let granted = tokens.grant(who, &purposes, &entropy, now.monotonic);
                        wanted.granted(who, &granted, &entropy, now.wall)
                    }
                    Err(why) => wanted.refused(why),
                })
            }
            Waiting::Claim(connection) => {
                let outcome = match verdict {
                    Verdict::Right(who) => Ok(Ticket {
                        who,
                        valid_until: now.monotonic + grants::LIFETIME,
                    }),
                    Verdict::Wrong => Err(AccessRefused::Wrong),
                    Verdict::RightUser | Verdict::Unavailable => Err(AccessRefused::Unavailable),
                };
                Answered::Claim(connection, outcome)
            }
        })
    }

    /// Somebody says to have an access token. `Err`: that is not looked at.
    pub(crate) fn handle_claim(
        &mut self,
        connection: ConnectionId,
        claim: AccessClaim,
        now: Instant,
    ) -> Result<(), AccessRefused> {
        let checked = self.checks.access(claim, Waiting::Claim(connection), now);
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
            Waiting::Passport(waiting, ..) | Waiting::Soap(waiting, ..) => *waiting == exchange,
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
        match self
            .checks
            .password(address, password, waiting, asked.now.monotonic)
        {
            Ok(()) => None,
            Err(Unchecked::Wrong) => Some(form(&query, token, Some(WRONG))),
            Err(Unchecked::TooMany(time)) => {
                let mut page = form(&query, token, Some(TOO_MANY));
                *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
                Unchecked::TooMany(time).write(page.headers_mut());
                Some(page)
            }
        }
    }

    /// The nexus, and the sign-in that it leads to.
    fn passport(
        &mut self,
        exchange: ExchangeId,
        page: passport::Page,
        asked: &Asked<'_>,
    ) -> Option<Response<Bytes>> {
        let headers = asked.request.headers();
        let form = match page {
            passport::Page::Nexus => return Some(passport::nexus(&self.own.url(headers))),
            passport::Page::Login(form) => form,
        };
        let read = passport::credentials(form, headers);
        let checked = read.map_err(|_| Unchecked::Wrong).and_then(|read| {
            let entropy = Box::new(asked.entropy.clone());
            let waiting = Waiting::Passport(exchange, form, entropy);
            let (account, password) = (read.account(), read.password().expose());
            self.check(account, password, waiting, asked.now.monotonic)
        });
        checked.err().map(|why| passport::refused(form, why))
    }

    /// The sign-in by SOAP.
    fn soap(
        &mut self,
        exchange: ExchangeId,
        form: soap::Form,
        asked: &Asked<'_>,
    ) -> Option<Response<Bytes>> {
        let read = match soap::read(form, asked.request.body()) {
            Ok(read) => read,
            Err(refusal) => return Some(refusal),
        };
        let refusal = read.wanted.refusal();
        let entropy = Box::new(asked.entropy.clone());
        let waiting = Waiting::Soap(exchange, Box::new(read.wanted), entropy);
        let password = read.password.expose();
        let checked = self.check(&read.account, password, waiting, asked.now.monotonic);
        checked.err().map(refusal)
    }

    fn check(
        &mut self,
        account: &str,
        password: &str,
        waiting: Waiting,
        now: Instant,
    ) -> Result<(), Unchecked> {
        let address = EmailAddress::parse(account.trim()).map_err(|_| Unchecked::Wrong)?;
        self.checks.password(address, password, waiting, now)
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
                (page::granted(query, &granted, self.own.secure), Some(who))
            }
            Verdict::Wrong => (form(query, token, Some(WRONG)), None),
            Verdict::RightUser | Verdict::Unavailable => {
                (bare(StatusCode::SERVICE_UNAVAILABLE), None)
            }
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
        fresh_form(query, &token, complaint, self.own.secure)
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

/// The answer to a request that has waited for a verdict.
fn answered(
    exchange: ExchangeId,
    verdict: Verdict,
    reply: impl FnOnce(Result<&Who, Unchecked>) -> Response<Bytes>,
) -> Answered {
    let (reply, who) = match verdict {
        Verdict::Right(who) => (reply(Ok(&who)), Some(who)),
        Verdict::Wrong => (reply(Err(Unchecked::Wrong)), None),
        Verdict::RightUser | Verdict::Unavailable => (unavailable(), None),
    };
    Answered::Request(exchange, reply, who)
}

fn unavailable() -> Response<Bytes> {
    bare(StatusCode::SERVICE_UNAVAILABLE)
}

/// Where a client is sent at the end: it reads the fragment of its own address, so there is nothing to
/// say.
const SIGNED_IN: &str =
    "<!DOCTYPE html><title>Signed in</title><p>You are signed in. You can close this page.";

const WRONG: &str = "That account or password is not right.";
const TOO_MANY: &str = "Too many attempts. Please try again later.";
const OUT_OF_DATE: &str = "This page is out of date. Please try again.";
const FOREIGN: &str = "Please sign in on this page, under the service's own address.";
