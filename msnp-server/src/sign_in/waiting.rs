//! `Waiting`: what waits for a verdict, and what that answers.

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{HeaderValue, Response, StatusCode, header};

use super::checks::Unchecked;
use super::grants;
use super::page::{self, Fields, form};
use super::tickets::Tickets;
use super::tokens::{Purpose, Tokens};
use super::{passport, soap};
use crate::entropy::Entropy;
use crate::faces::{AccessRefused, Ticket};
use crate::identity::Who;
use crate::network::ConnectionId;
use crate::now::Now;
use crate::password::Verdict;
use crate::reply::bare;

/// What waits for a verdict.
#[derive(Debug)]
pub(super) enum Waiting {
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
pub(super) struct Form {
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

/// What a page says of a wrong password.
pub(super) const WRONG: &str = "That account or password is not right.";

impl Form {
    /// The form of a page with that query, which has come back with its `token`.
    pub(super) fn new(
        exchange: ExchangeId,
        query: Fields,
        token: String,
        entropy: Entropy,
    ) -> Waiting {
        Waiting::Form(Box::new(Self {
            exchange,
            query,
            token,
            entropy,
        }))
    }
}

impl Waiting {
    /// Whether the request is this one.
    pub(super) fn is(&self, exchange: ExchangeId) -> bool {
        match self {
            Self::Form(form) => form.exchange == exchange,
            Self::Passport(own, ..) | Self::Soap(own, ..) => *own == exchange,
            Self::Claim(_) => false,
        }
    }

    /// Answers, and gives out what the answer grants. Cookies are for HTTPS alone if it is `secure`.
    pub(super) fn answer(
        self,
        verdict: Verdict,
        tickets: &mut Tickets,
        tokens: &mut Tokens,
        secure: bool,
        now: Now,
    ) -> Answered {
        let at = now.monotonic;
        match self {
            Self::Form(waiting) => {
                let (query, token) = (&waiting.query, &waiting.token);
                answered(waiting.exchange, verdict, |outcome| match outcome {
                    Ok(who) => {
                        let granted = tickets.grant(who, waiting.entropy.take(), at);
                        page::granted(query, &granted, secure)
                    }
                    Err(_) => form(query, token, Some(WRONG)),
                })
            }
            Self::Passport(exchange, form, entropy) => {
                answered(exchange, verdict, |outcome| match outcome {
                    Ok(who) => {
                        let granted = tokens.grant(who, &[Purpose::Connection], &entropy, at);
                        let token = granted.first();
                        token.map_or_else(busy, |token| passport::granted(form, token))
                    }
                    Err(why) => passport::refused(form, why),
                })
            }
            Self::Soap(exchange, wanted, entropy) => {
                answered(exchange, verdict, |outcome| match outcome {
                    Ok(who) => {
                        let granted = tokens.grant(who, &wanted.purposes(), &entropy, at);
                        wanted.granted(who, &granted, &entropy, now.wall)
                    }
                    Err(why) => wanted.refused(why),
                })
            }
            Self::Claim(connection) => {
                let outcome = match verdict {
                    Verdict::Right(who) => Ok(Ticket {
                        who,
                        valid_until: at + grants::LIFETIME,
                    }),
                    Verdict::Wrong => Err(AccessRefused::Wrong),
                    Verdict::RightUser | Verdict::Unavailable => Err(AccessRefused::Unavailable),
                };
                Answered::Claim(connection, outcome)
            }
        }
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
        Verdict::RightUser | Verdict::Unavailable => (busy(), None),
    };
    Answered::Request(exchange, reply, who)
}

/// Too much is to be checked, or nothing can be: for people and programs, soon (RFC 9110 15.6.4).
fn busy() -> Response<Bytes> {
    let mut refusal = bare(StatusCode::SERVICE_UNAVAILABLE);
    let headers = refusal.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    refusal
}
