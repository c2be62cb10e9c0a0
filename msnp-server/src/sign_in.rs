//! Signing in over HTTP: the page that grants `MSPAuth`, `MSPProf` and `WLSSC`, the calls that give a uic, and
//! what those tickets stand for.
//!
//! Passwords are not checked here: that is slow on purpose, and the shell's. It is asked to
//! ([`PasswordCheck`]), and its [`Verdict`] answers the request.

mod checks;
mod cookies;
mod door;
mod forms;
mod grants;
mod oauth;
mod page;
mod passport;
mod paths;
mod pending;
mod soap;
mod tickets;
mod token_answer;
mod tokens;
mod uic;

use std::sync::Arc;

use bytes::Bytes;
use gateway_sm::{ExchangeId, Host, Origins};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use machine_contract::Instant;

pub(crate) use self::checks::Check;
use self::checks::{Checks, Unchecked};
use self::cookies::{Cookies, Trusted};
pub(crate) use self::door::Door;
use self::forms::Forms;
use self::page::fields_of;
use self::paths::{LOGOUT, REGULAR_FORM};
use self::pending::{Grantor, Pending, Way};
use self::tickets::{Tickets, cookie};
use self::tokens::Tokens;
use crate::entropy::Entropy;
use crate::faces::{self, AccessClaim, AccessRefused, Ticket, TicketRefused};
use crate::identity::{EmailAddress, Who};
use crate::network::ConnectionId;
use crate::now::Now;
use crate::own_address::OwnAddress;
use crate::password::{CheckId, Verdict};
use crate::peer_network::PeerNetwork;
use crate::reply::bare;
use crate::web_client::WebClient;

/// The sign-in page and the uic calls, with all tickets in force.
#[derive(Debug)]
pub(crate) struct SignIn {
    tickets: Tickets,
    tokens: Tokens,
    checks: Checks<Waiting>,
    trusted: Trusted,
    own: OwnAddress,
    forms: Forms,
}

/// What waits for a verdict.
#[derive(Debug)]
enum Waiting {
    /// A request, for the answer.
    Request(Box<Pending>),
    /// A connection, for whether its claim is right.
    Claim(ConnectionId),
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
    pub(crate) door: Door,
    /// The network that it comes from.
    pub(crate) from: Option<PeerNetwork>,
    pub(crate) entropy: &'a Entropy,
    pub(crate) now: Now,
}

impl SignIn {
    /// A service that is called `advertised` from outside, if it was told, and is reached as `own`. `attempts` wrong
    /// passwords per address and network are allowed in a quarter of an hour.
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
            trusted: Trusted::new(advertised, origins),
            forms: Forms::new(None),
            own,
        }
    }

    /// With a page for people at `/`.
    pub(crate) fn with_web_client(mut self, web_client: Option<Arc<WebClient>>) -> Self {
        self.forms = Forms::new(web_client);
        self
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
        let path = request.uri().path();
        // Programs of old come there with a name and a password in a header, people with a browser without.
        let by_form = path.eq_ignore_ascii_case(REGULAR_FORM)
            && get
            && !request.headers().contains_key(header::AUTHORIZATION);
        if let Some(page) = passport::page_at(path).filter(|_| !by_form) {
            return self.passport(exchange, page, asked);
        }
        if let Some(form) = soap::form_at(request.uri().path()).filter(|_| post) {
            return self.soap(exchange, form, asked);
        }
        match path {
            "/" if get => Some(self.start_page(asked)),
            _ if by_form || (get && path == "/oauth20_authorize.srf") => {
                let query = fields_of(request.uri().query().unwrap_or_default());
                Some(self.forms.fresh(query, "", None, asked.door, asked.entropy))
            }
            LOGOUT if post => Some(self.sign_out(asked)),
            page::DESKTOP if get => Some(self.forms.signed_in()),
            "/oauth20_token.srf" if post => Some(self.more_tokens(asked)),
            "/ppsecure/post.srf" if post => self.submit(exchange, asked),
            "/v2/a" if post => Some(uic::place(request.headers(), asked.entropy)),
            "/v1/user/Initialization" | "/v1/User/Initialization" if post => {
                let cookies = self.trusted.cookies(request.headers(), asked.door);
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
            path => Some(paths::refused(path)),
        }
    }

    /// What a check has found, and what is answered by that.
    pub(crate) fn handle_verdict(
        &mut self,
        check: CheckId,
        verdict: Verdict,
        now: Now,
    ) -> Option<Answered> {
        Some(match self.checks.answer(check, &verdict)? {
            Waiting::Request(pending) => {
                let grantor = Grantor {
                    tickets: &mut self.tickets,
                    tokens: &mut self.tokens,
                    trusted: &self.trusted,
                    now,
                };
                let (reply, who) = pending.answered(verdict, grantor);
                Answered::Request(pending.exchange(), reply, who)
            }
            Waiting::Claim(connection) => {
                let outcome = match verdict {
                    Verdict::Right(who) => Ok(Ticket {
                        who,
                        valid_until: now.monotonic + grants::LIFETIME,
                    }),
                    Verdict::Wrong => Err(AccessRefused::Wrong),
                    Verdict::RightUser { .. } | Verdict::Unavailable => {
                        Err(AccessRefused::Unavailable)
                    }
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
            Waiting::Request(pending) => pending.exchange() == exchange,
            Waiting::Claim(_) => false,
        });
    }

    /// Whose the value of an `X-MSN-SslAuthToken` is, and until when.
    pub(crate) fn bearer_of_token(&self, token: &HeaderValue, now: Instant) -> Option<Ticket> {
        self.tokens.owner(token.to_str().ok()?, now).ok()
    }

    /// Whose cookies these are, and until when.
    pub(crate) fn bearer(&self, cookies: &[HeaderValue], now: Instant) -> Option<(Who, Instant)> {
        self.tickets.bearer(cookies, now)
    }

    /// Whose a ticket is that was given for a web service, or for more.
    pub(crate) fn owner_of_token(&self, token: &str, now: Instant) -> Option<Who> {
        self.tokens.bearer(token, now).ok()
    }

    /// A further token.
    fn more_tokens(&mut self, asked: &Asked<'_>) -> Response<Bytes> {
        let Ok(body) = std::str::from_utf8(asked.request.body()) else {
            return bare(StatusCode::BAD_REQUEST);
        };
        let (form, now) = (fields_of(body), asked.now.monotonic);
        oauth::token(&form, &mut self.tokens, asked.entropy, now)
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
        let cookies = self.trusted.cookies(request.headers(), asked.door);
        if matches!(cookies, Cookies::Foreign) {
            return Some(
                self.forms
                    .fresh(query, "", Some(FOREIGN), asked.door, asked.entropy),
            );
        }
        let mut counting = cookies.counting().iter();
        let token = counting.find_map(|header| cookie(header, "MSPOK"));
        if token.is_none_or(|token| token.is_empty() || token != field("PPFT")) {
            let (door, entropy) = (asked.door, asked.entropy);
            let form = self
                .forms
                .fresh(query, field("login"), Some(OUT_OF_DATE), door, entropy);
            return Some(form);
        }
        let (token, password) = (field("PPFT"), field("passwd"));
        let (token, login) = (token.to_owned(), field("login"));
        let form = self.forms.form(query, token, login.to_owned(), asked.door);
        let way = Way::Page(Box::new(form));
        self.check(login, password, exchange, way, asked)
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
            passport::Page::Nexus => {
                let own = self.own.url(headers, asked.door.is_secure());
                return Some(passport::nexus(&own));
            }
            passport::Page::Login(form) => form,
        };
        let Ok(read) = passport::credentials(form, headers) else {
            return Some(passport::refused(form, Unchecked::Wrong));
        };
        let (account, password) = (read.account(), read.password().expose());
        self.check(account, password, exchange, Way::Passport(form), asked)
    }

    /// The sign-in by SOAP.
    fn soap(
        &mut self,
        exchange: ExchangeId,
        form: soap::Form,
        asked: &Asked<'_>,
    ) -> Option<Response<Bytes>> {
        let Some(read) = soap::read(form, asked.request.body()) else {
            return Some(soap::invalid(form));
        };
        let way = Way::Soap(Box::new(read.wanted));
        let (account, password) = (&read.account, read.password.expose());
        self.check(account, password, exchange, way, asked)
    }

    /// Has a password checked, or answers at once.
    fn check(
        &mut self,
        account: &str,
        password: &str,
        exchange: ExchangeId,
        way: Way,
        asked: &Asked<'_>,
    ) -> Option<Response<Bytes>> {
        let pending = Pending::new(exchange, asked.entropy, way, asked.door);
        let Ok(address) = EmailAddress::parse(account.trim()) else {
            return Some(pending.refused(Unchecked::Wrong));
        };
        let (claimed, now) = ((address, asked.from), asked.now.monotonic);
        if let Err(why) = self.checks.admit(&claimed, password, now) {
            return Some(pending.refused(why));
        }
        let waiting = Waiting::Request(Box::new(pending));
        self.checks.password(claimed, password, waiting);
        None
    }

    /// What is at `/`.
    fn start_page(&self, asked: &Asked<'_>) -> Response<Bytes> {
        let cookies = self.trusted.cookies(asked.request.headers(), asked.door);
        let bearer = self.bearer(cookies.counting(), asked.now.monotonic);
        let query = fields_of(asked.request.uri().query().unwrap_or_default());
        let (door, entropy) = (asked.door, asked.entropy);
        self.forms.start(bearer.is_some(), query, door, entropy)
    }

    /// Ends what the cookies stand for, and the cookies.
    fn sign_out(&mut self, asked: &Asked<'_>) -> Response<Bytes> {
        let cookies = self.trusted.cookies(asked.request.headers(), asked.door);
        if matches!(cookies, Cookies::Foreign) {
            return bare(StatusCode::FORBIDDEN);
        }
        self.tickets.end(cookies.counting(), asked.now.monotonic);
        page::signed_out(asked.door.is_secure())
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

const OUT_OF_DATE: &str = "This page is out of date. Please try again.";
const FOREIGN: &str = "Please sign in on this page, at the address of the service itself.";
