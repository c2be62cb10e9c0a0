//! The web services that clients of MSNP8 to MSNP21 ask beside their connections (soap.md 5, msnp8-18.md 6): lists,
//! groups and messages that wait, all of the one network.
//!
//! A call is made for whoever has the ticket in it, by a connection that is
//! [aside](crate::network::Command::EnterAside): nobody has to be signed in for it, it shows nobody there, and the person's
//! places hear of what it changes as of what any of them does. Each call is read, planned and answered by functions without state:
//!
//! ```text
//! request ─▶ Call ─▶ EnterAside, ListRoster ─▶ Roster ─▶ plan: commands ─▶ answers ─▶ answer: envelope
//! ```
//!
//! | path | what |
//! |---|---|
//! | `/abservice/SharingService.asmx` | the lists Allow, Block, Reverse, Pending: `members` |
//! | `/abservice/abservice.asmx` | the address book: `contacts`, `groups` |
//! | `/OimWS/oim.asmx`, `/rsi/rsi.asmx` | messages to and for who is away: `offline` |
//! | `/storageservice/SchematizedStore.asmx` | what somebody shows: `profile` |
//! | `/Config/MsgrConfig.asmx`, `/etc/MsgrConfig` | where the address book is: `configuration` |

mod call;
mod configuration;
mod contacts;
mod context;
mod entries;
mod groups;
mod members;
mod offline;
mod profile;
mod refused;
mod visit;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use gateway_sm::ExchangeId;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use soap_codec::{Budget, Limits, Received};

use self::call::Site;
use self::refused::Refused;
use self::visit::{Next, Visit};
use crate::identity::Who;
use crate::network::{Answer, Command, ConnectionId, Refusal, RequestId};
use crate::now::Now;
use crate::own_address::OwnAddress;
use crate::reply::{bare, xml};

/// All calls under way.
#[derive(Debug)]
pub(crate) struct WebServices {
    own: OwnAddress,
    /// The longest request, in bytes.
    request_bytes: usize,
    visits: BTreeMap<ConnectionId, Visit>,
    last_visit: u64,
    last_request: u64,
    wishes: VecDeque<Wish>,
}

/// What a call wants.
#[derive(Debug)]
pub(crate) enum Wish {
    /// This to be carried out for it.
    Command(ConnectionId, RequestId, Command),
    /// Its connection to be closed.
    Close(ConnectionId),
    /// Its request to be answered so.
    Reply(ExchangeId, Response<Bytes>),
}

/// Where the numbers of these connections begin: those below are of connections that have a face.
const FIRST: u64 = 1 << 63;

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");

impl WebServices {
    /// Services that are reached as `own`, and read requests of so many bytes.
    pub(crate) const fn new(own: OwnAddress, request_bytes: usize) -> Self {
        Self {
            own,
            request_bytes,
            visits: BTreeMap::new(),
            last_visit: FIRST,
            last_request: 0,
            wishes: VecDeque::new(),
        }
    }

    /// Whether a path is that of one of the services.
    pub(crate) fn serves(path: &str) -> bool {
        Site::at(path).is_some()
    }

    /// A request for one of the services, by TLS or without, of whoever `whose` says that a ticket belongs to. `None`: it is
    /// answered by a wish.
    pub(crate) fn handle_request(
        &mut self,
        exchange: ExchangeId,
        request: &Request<Bytes>,
        by_tls: bool,
        whose: impl FnOnce(&str) -> Option<Who>,
        now: Now,
    ) -> Option<Response<Bytes>> {
        let Some(site) = Site::at(request.uri().path()) else {
            return Some(bare(StatusCode::NOT_FOUND));
        };
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if site == Site::Configuration && is_read {
            let document = configuration::document(&self.own.url(request.headers(), by_tls));
            return Some(xml(StatusCode::OK, document));
        }
        if *request.method() != Method::POST {
            return Some(only_posts());
        }
        let text = |name: HeaderName| {
            let value = request.headers().get(name)?;
            value.to_str().ok()
        };
        let limits = Limits {
            bytes: self.request_bytes,
            ..Limits::REQUEST
        };
        let (action, body) = (text(SOAP_ACTION), request.body());
        let received = Received::receive(site.path(), action, body, &mut Budget::new(limits));
        let received = match received {
            Ok(received) if site.has(&received) => received,
            Ok(received) => return Some(Refused::unknown(received.operation().name).reply(site)),
            Err(unreceived) => return Some(Refused::from(unreceived).reply(site)),
        };
        if site == Site::Configuration {
            let own = self.own.url(request.headers(), by_tls);
            return Some(configuration::answer(&received, &own));
        }
        // Escargot takes the ticket from this cookie too (soap.md 5.3); a page of another site has no way to make a browser send
        // one, since the service sets none that holds a ticket of this kind.
        let ticket = call::ticket(&received).or_else(|| call::cookie(text(header::COOKIE)?));
        let Some(who) = ticket.and_then(|ticket| whose(&ticket)) else {
            return Some(Refused::ticket(&received).reply(site));
        };
        self.last_visit += 1;
        let connection = ConnectionId(self.last_visit);
        let host = self.own.host(request.headers()).into_owned();
        let (visit, first) = Visit::new(exchange, site, received, who, host, now.wall);
        self.visits.insert(connection, visit);
        self.ask(connection, first);
        None
    }

    /// A command was carried out, or not.
    pub(crate) fn handle_answer(
        &mut self,
        connection: ConnectionId,
        outcome: Result<Answer, Refusal>,
    ) {
        let Some(visit) = self.visits.get_mut(&connection) else {
            return;
        };
        match visit.take(outcome) {
            Next::Wait => {}
            Next::Ask(commands) => self.ask(connection, commands),
            Next::Reply(exchange, reply) => {
                self.visits.remove(&connection);
                self.wishes.push_back(Wish::Close(connection));
                self.wishes.push_back(Wish::Reply(exchange, reply));
            }
        }
    }

    /// Nobody waits for that request any more. What it has asked for stands.
    pub(crate) fn handle_lost(&mut self, exchange: ExchangeId) {
        let wishes = &mut self.wishes;
        self.visits.retain(|connection, visit| {
            let is_lost = visit.exchange() == exchange;
            if is_lost {
                wishes.push_back(Wish::Close(*connection));
            }
            !is_lost
        });
    }

    /// The next thing that is wanted.
    pub(crate) fn poll_wish(&mut self) -> Option<Wish> {
        self.wishes.pop_front()
    }

    fn ask(&mut self, connection: ConnectionId, commands: Vec<Command>) {
        for command in commands {
            self.last_request += 1;
            let request = RequestId(self.last_request);
            self.wishes
                .push_back(Wish::Command(connection, request, command));
        }
    }
}

fn only_posts() -> Response<Bytes> {
    let mut refusal = bare(StatusCode::METHOD_NOT_ALLOWED);
    let post = HeaderValue::from_static("POST");
    refusal.headers_mut().insert(header::ALLOW, post);
    refusal
}
