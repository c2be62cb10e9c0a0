//! `Destinations`: where a session may lead, and where clients are sent.

use std::net::IpAddr;

use bytes::Bytes;
use gateway_sm::{Action, Peer, Protocol, Server};
use http::Request;
use machine_contract::{Instant, Remote};
use msnp_proto::{Frame, PayloadTable, Side};

use crate::allow_list::{AllowList, Asker};
use crate::awaited::shown_token;
use crate::config::Named;
use crate::referral::Referral;

/// What clients are told of servers, and what follows for where they may go.
#[derive(Debug)]
pub(crate) struct Destinations {
    named: Named,
    allow: AllowList,
}

/// Nobody has sent this client where it wants to go.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    /// The host that it asked for, cut to 100 characters.
    pub(crate) host: String,
}

impl Destinations {
    pub(crate) const fn new(named: Named, allow: AllowList) -> Self {
        Self { named, allow }
    }

    /// Where a request leads that opens a session; `None` for any other.
    pub(crate) fn route(
        &mut self,
        request: &Request<Bytes>,
        now: Instant,
    ) -> Result<Option<Remote>, Elsewhere> {
        let query = request.uri().query().unwrap_or_default();
        // What cannot be read is the gateway's to refuse.
        let Ok(Action::Open(open)) = Action::parse(query) else {
            return Ok(None);
        };
        let token = match (open.server, open.protocol) {
            (Server::Notification, _) | (_, Protocol::Mtp) => None,
            _ => shown_token(request.body(), PayloadTable::sent_by(Side::Client)),
        };
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
        // The web client's word for "any" (gateway.md 2).
        let host = open.ip.filter(|host| !host.is_empty() && host != "none");
        let asker = Asker { peer, token };
        let found = self.find(open.server, host.as_deref(), &asker, now);
        found.map(Some).ok_or_else(|| Elsewhere {
            host: host.unwrap_or_default().chars().take(100).collect(),
        })
    }

    /// A frame goes to this peer, from a server over TLS or not. The bytes that go in its place, if others do.
    pub(crate) fn pass(
        &mut self,
        frame: &Frame,
        (peer, tls): (Option<IpAddr>, bool),
        now: Instant,
    ) -> Option<Bytes> {
        let referral = Referral::read(frame)?;
        self.allow.remember(&referral, tls, peer, now);
        let own = self.named.advertised()?;
        Some(referral.write(frame, own))
    }

    /// How many referrals are remembered.
    pub(crate) fn referrals(&self) -> usize {
        self.allow.len()
    }

    /// The server that a client asks for, if it may: one that it was sent to, the server itself, one that was allowed.
    fn find(
        &mut self,
        server: Server,
        host: Option<&str>,
        asker: &Asker,
        now: Instant,
    ) -> Option<Remote> {
        let Self { named, allow } = self;
        let itself = (server == Server::Notification).then_some(named.server());
        match host {
            None if itself.is_some() => itself.cloned(),
            // Under our own name it was sent to whichever server this name stood for.
            None => allow.find(server, None, asker, now),
            Some(host) if named.is_advertised(host) => {
                let sent_to = allow.find(server, None, asker, now);
                sent_to.or_else(|| itself.cloned())
            }
            Some(host) => {
                let sent_to = allow.find(server, Some(host), asker, now);
                sent_to
                    .or_else(|| itself.filter(|_| named.is_server(host)).cloned())
                    .or_else(|| named.allowed(host).cloned())
            }
        }
    }
}
