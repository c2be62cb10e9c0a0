//! `Sites`: what is asked by HTTP and is not the gateway's: the pages and calls of the sign-in, the web services, and how the server is.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{Method, Request, Response, StatusCode};

use super::about;
use super::caller::Caller;
use super::config::Config;
use super::routes::{self, Pages};
use crate::entropy::Entropy;
use crate::faces::AccessClaim;
use crate::identity::Who;
use crate::messenger::Messenger;
use crate::network::{Answer, ConnectionId, Refusal};
use crate::now::Now;
use crate::own_address::OwnAddress;
use crate::password::{CheckId, Verdict};
use crate::peer_network::PeerNetwork;
use crate::reply::bare;
use crate::sign_in::{Answered, Asked, Door, SignIn};
use crate::web_client::WebClient;
use crate::web_services::{WebServices, Wish};

/// The sites, over a messenger that is the owner's.
#[derive(Debug)]
pub(super) struct Sites {
    web_services: WebServices,
    pages: Pages,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
    degraded: bool,
    own: OwnAddress,
    web_client: Option<Arc<WebClient>>,
}

/// A request, as it came in.
#[derive(Debug)]
pub(super) struct Arrival<'a> {
    pub(super) exchange: ExchangeId,
    pub(super) request: &'a Request<Bytes>,
    pub(super) from: Caller,
    pub(super) entropy: &'a Entropy,
    pub(super) now: Now,
}

impl Sites {
    /// Nobody has asked for anything yet.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            web_services: config.web_services(),
            pages: Pages::new(&config.origins),
            replies: VecDeque::new(),
            degraded: false,
            own: config.own_address(),
            web_client: config.web_client.clone(),
        }
    }

    /// Whether the store keeps nothing just now.
    pub(super) const fn set_degraded(&mut self, degraded: bool) {
        self.degraded = degraded;
    }

    /// A request for any path that is not the gateway's. The gateway has so many `sessions`.
    pub(super) fn handle_request(
        &mut self,
        arrival: &Arrival<'_>,
        messenger: &mut Messenger<SignIn>,
        sessions: usize,
    ) {
        let Arrival {
            exchange,
            request,
            from,
            entropy,
            now,
        } = *arrival;
        if let Some(reply) = self.pages.preflight(request) {
            self.replies.push_back((exchange, reply));
            return;
        }
        let path = request.uri().path();
        let reply = if path == routes::HEALTH {
            let connections = messenger.connections();
            Some(routes::health(self.degraded, sessions, connections))
        } else if path == about::ABOUT && matches!(*request.method(), Method::GET | Method::HEAD) {
            let own = self.own.url(request.headers(), from.tls);
            Some(about::page(&own, self.degraded))
        } else if let Some(reply) = self.web_file(request) {
            Some(reply)
        } else if path == "/" && *request.method() == Method::POST {
            // Whether the network is there at all, as some clients ask (msnp8-18.md 6.3).
            Some(bare(StatusCode::OK))
        } else if WebServices::serves(path) {
            let sign_in = messenger.tickets();
            let whose = |ticket: &str| sign_in.owner_of_token(ticket, now.monotonic);
            self.web_services
                .handle_request(exchange, request, from.tls, whose, now)
        } else {
            let asked = Asked {
                request,
                door: Door::new(from.local, self.own.is_secure(from.tls)),
                from: PeerNetwork::of(from.peer),
                entropy,
                now,
            };
            messenger.tickets_mut().handle_request(exchange, &asked)
        };
        let is_nothing = |reply: &Response<Bytes>| {
            let reads = matches!(*request.method(), Method::GET | Method::HEAD);
            let is_bare = reply.status() == StatusCode::NOT_FOUND && reply.body().is_empty();
            is_bare && reads && about::is_browser(request.headers())
        };
        let reply = reply.map(|reply| {
            if is_nothing(&reply) {
                about::nothing_here()
            } else {
                reply
            }
        });
        match reply {
            Some(mut reply) => {
                self.pages.allow(request.headers(), reply.headers_mut());
                self.replies.push_back((exchange, reply));
            }
            None => self.pages.remember(exchange, request.headers()),
        }
    }

    /// A file of the web client.
    fn web_file(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let web_client = self.web_client.as_ref()?;
        let (method, path) = (request.method(), request.uri().path());
        web_client.handle_request(method, path, request.headers())
    }

    /// What a check has found. Gives the person who has signed in by it, if it was a page or a call that asked.
    pub(super) fn handle_verdict(
        &mut self,
        check: CheckId,
        verdict: Verdict,
        messenger: &mut Messenger<SignIn>,
        now: Now,
    ) -> Option<Who> {
        let sign_in = messenger.tickets_mut();
        match sign_in.handle_verdict(check, verdict, now)? {
            Answered::Request(exchange, reply, who) => {
                self.reply_later(exchange, reply);
                who
            }
            Answered::Claim(connection, outcome) => {
                messenger.handle_access_checked(connection, outcome, now);
                None
            }
        }
    }

    /// Nobody waits for that request any more.
    pub(super) fn handle_lost(&mut self, exchange: ExchangeId, messenger: &mut Messenger<SignIn>) {
        messenger.tickets_mut().handle_lost(exchange);
        self.web_services.handle_lost(exchange);
        self.pages.forget(exchange);
    }

    /// A command of a web service was carried out, or not.
    pub(super) fn handle_answer(
        &mut self,
        connection: ConnectionId,
        outcome: Result<Answer, Refusal>,
    ) {
        self.web_services.handle_answer(connection, outcome);
    }

    /// Carries out what the web services want; whether that was anything.
    pub(super) fn serve(&mut self, messenger: &mut Messenger<SignIn>, now: Now) -> bool {
        let mut moved = false;
        while let Some(wish) = self.web_services.poll_wish() {
            moved = true;
            match wish {
                Wish::Command(connection, request, command) => {
                    if messenger.take_allowance(connection, now) {
                        messenger.handle_command(connection, request, command, now);
                    } else {
                        self.handle_answer(connection, Err(Refusal::Busy));
                    }
                }
                Wish::Close(connection) => messenger.handle_closed(connection, now),
                Wish::Reply(exchange, reply) => self.reply_later(exchange, reply),
            }
        }
        moved
    }

    /// A reply to be written.
    pub(super) fn poll_reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        self.replies.pop_front()
    }

    fn reply_later(&mut self, exchange: ExchangeId, mut reply: Response<Bytes>) {
        self.pages.allow_later(exchange, reply.headers_mut());
        self.replies.push_back((exchange, reply));
    }
}

/// Somebody at a connection says to have an access token: it is checked, or refused at once.
pub(super) fn handle_claim(
    messenger: &mut Messenger<SignIn>,
    connection: ConnectionId,
    claimed: (AccessClaim, Option<PeerNetwork>),
    now: Now,
) {
    let sign_in = messenger.tickets_mut();
    if let Err(refused) = sign_in.handle_claim(connection, claimed, now.monotonic) {
        messenger.handle_access_checked(connection, Err(refused), now);
    }
}
