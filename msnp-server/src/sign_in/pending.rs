//! `Pending`: a request that waits for the verdict on its password, in whichever way it has come.

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{HeaderValue, Response, StatusCode, header};

use super::checks::Unchecked;
use super::cookies::Trusted;
use super::door::Door;
use super::grants;
use super::oauth;
use super::page;
use super::passport;
use super::soap;
use super::tickets::Tickets;
use super::tokens::{Purpose, Tokens};
use crate::entropy::Entropy;
use crate::identity::Who;
use crate::now::Now;
use crate::password::Verdict;
use crate::reply::bare;

/// A request that waits.
#[derive(Debug)]
pub(super) struct Pending {
    exchange: ExchangeId,
    entropy: Entropy,
    way: Way,
    door: Door,
}

/// How a name and a password have come, and so how the answer goes.
#[derive(Debug)]
pub(super) enum Way {
    /// The page's form.
    Page(Box<page::Form>),
    /// Headers.
    Passport(passport::Form),
    /// SOAP.
    Soap(Box<soap::Wanted>),
}

/// What grants tickets, and when.
#[derive(Debug)]
pub(super) struct Grantor<'a> {
    pub(super) tickets: &'a mut Tickets,
    pub(super) tokens: &'a mut Tokens,
    /// To whose pages people may be sent back.
    pub(super) trusted: &'a Trusted,
    pub(super) now: Now,
}

impl Pending {
    pub(super) fn new(exchange: ExchangeId, entropy: &Entropy, way: Way, door: Door) -> Self {
        Self {
            exchange,
            entropy: entropy.clone(),
            way,
            door,
        }
    }

    pub(super) const fn exchange(&self) -> ExchangeId {
        self.exchange
    }

    /// The answer to a request whose password is not right, or not looked at.
    pub(super) fn refused(&self, why: Unchecked) -> Response<Bytes> {
        match &self.way {
            Way::Page(form) => form.refused(why),
            Way::Passport(form) => passport::refused(*form, why),
            Way::Soap(wanted) => wanted.refused(why),
        }
    }

    /// The answer once there is a verdict, and who has signed in by it.
    pub(super) fn answered(
        &self,
        verdict: Verdict,
        grantor: Grantor<'_>,
    ) -> (Response<Bytes>, Option<Who>) {
        match verdict {
            Verdict::Right(who) => (self.granted(&who, grantor), Some(who)),
            Verdict::Wrong => (self.refused(Unchecked::Wrong), None),
            Verdict::RightUser { .. } | Verdict::Unavailable => (busy(), None),
        }
    }

    fn granted(&self, who: &Who, grantor: Grantor<'_>) -> Response<Bytes> {
        let Grantor {
            tickets,
            tokens,
            trusted,
            now,
        } = grantor;
        let (entropy, at) = (&self.entropy, now.monotonic);
        match &self.way {
            Way::Page(form) => {
                let query = form.query();
                let granted = tickets.grant(who, entropy.take(), at);
                let mut more = Vec::new();
                if oauth::wants_token(query) {
                    more = tokens.grant(who, &oauth::PURPOSES, entropy, at);
                }
                let place = if form.is_web_client_s() {
                    "/"
                } else {
                    oauth::place(query, trusted)
                };
                let location = oauth::location(place, query, &more, grants::LIFETIME.as_secs());
                page::granted(&granted, &location, self.door.is_secure())
            }
            Way::Passport(form) => {
                let granted = tokens.grant(who, &[Purpose::Connection], entropy, at);
                match granted.first() {
                    Some(token) => passport::granted(*form, token),
                    None => bare(StatusCode::INTERNAL_SERVER_ERROR),
                }
            }
            Way::Soap(wanted) => {
                let granted = tokens.grant(who, &wanted.purposes(), entropy, at);
                wanted.granted(who, &granted, entropy, now.wall)
            }
        }
    }
}

/// Too much is to be checked, or nothing can be: for people and programs, soon (RFC 9110 15.6.4).
fn busy() -> Response<Bytes> {
    let mut refusal = bare(StatusCode::SERVICE_UNAVAILABLE);
    let headers = refusal.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    refusal
}
