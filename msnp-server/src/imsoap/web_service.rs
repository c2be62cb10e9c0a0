//! `WebService`: `/imsoap/BSIMService.asmx` as callers saw it, on IIS with ASP.NET (soap.md 2.9): sessions,
//! the clients of their IM accounts, and the calls.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use bytes::Bytes;
use gateway_sm::{ConnectionEnd, ExchangeId, HttpConnection};
use http::{Method, Request, Response, StatusCode};
use machine_contract::{Failure, Instant, RequestId, StreamId};
use soap_codec::Version;
use soap_codec::bsim::{self, Operation, OperationName, Reply, ResultEncoding};

use super::call::{Call, Login};
use super::clients::Clients;
use super::config::Config;
use super::error::Error;
use super::given::Carrier;
use super::lines::StreamNews;
use super::log::Log;
use super::outgoing::Outgoing;
use super::request::{receive, unpadded};
use super::responses::{answer, dressed, fault, page, refused};
use super::server::Server;
use super::upstream::AccountKey;
use super::ways::Ways;
use crate::entropy::Entropy;
use crate::network::{Found, Read};
use crate::now::Now;
use crate::own_address::OwnAddress;
use crate::password::{Attempts, CheckId, Claimant, PasswordCheck, Verdict};
use crate::peer_network::PeerNetwork;
use crate::user_id::UserId;

/// Where the IM web service is. It also answers as the default document of its folder (soap.md 1.3).
pub const PATH: &str = "/imsoap/BSIMService.asmx";

/// What `GetVersion` said in December 2008: the version of the interface, which is the same.
const VERSION: &str = "v1.0.20080508";

/// The IM web service, with its HTTP and its clients.
#[derive(Debug)]
pub(crate) struct WebService {
    settings: Settings,
    result_encoding: ResultEncoding,
    as_captured: bool,
    sessions: Server,
    clients: Clients,
    attempts: Attempts<UserId>,
    logins: BTreeMap<CheckId, Login>,
    last_check: u64,
    checks: VecDeque<PasswordCheck>,
    log: VecDeque<Log>,
    is_closed: bool,
    has_left: bool,
}

/// How requests are read and answered.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What the service calls itself in its description.
    pub(crate) own: OwnAddress,
    /// The longest body of a request, in bytes.
    pub(crate) request_bytes: usize,
    /// The longest password that is worth a check, in bytes.
    pub(crate) password_bytes: usize,
}

impl WebService {
    /// A service without sessions, whose accounts are signed in by these ways. `attempts` wrong passwords per user are
    /// allowed in a quarter of an hour.
    pub(crate) fn new(settings: Settings, config: Config, ways: Ways, attempts: u32) -> Self {
        Self {
            settings,
            result_encoding: config.result_encoding,
            as_captured: config.as_captured,
            sessions: Server::new(config),
            clients: Clients::new(ways),
            attempts: Attempts::new(attempts),
            logins: BTreeMap::new(),
            last_check: 0,
            checks: VecDeque::new(),
            log: VecDeque::new(),
            is_closed: false,
            has_left: false,
        }
    }

    /// Whether a path is one of its own: the page itself, in any case, since IIS did not look at the case
    /// of names, and its folder, whose default document it is.
    pub(crate) fn serves(path: &str) -> bool {
        matches!(path, "/imsoap" | "/imsoap/")
            || path.starts_with("/imsoap/") && path.eq_ignore_ascii_case(PATH)
    }

    /// Every request to the service, of a peer that has come by TLS or without. `None`: it is answered with a verdict.
    pub(crate) fn handle_request(
        &mut self,
        carrier: Carrier,
        request: &Request<Bytes>,
        (peer, by_tls): (IpAddr, bool),
        entropy: &Entropy,
        now: Now,
    ) -> Option<Response<Bytes>> {
        let reply = if *request.method() == Method::POST {
            self.answer_call(carrier, request, peer, entropy, now)?
        } else {
            let own = self.settings.own.url(request.headers(), by_tls);
            page(request, &format!("{own}{PATH}"))
        };
        Some(dressed(reply, self.as_captured))
    }

    fn answer_call(
        &mut self,
        carrier: Carrier,
        request: &Request<Bytes>,
        peer: IpAddr,
        entropy: &Entropy,
        now: Now,
    ) -> Option<Response<Bytes>> {
        let request = match receive(request, self.settings.request_bytes) {
            Ok(request) => request,
            Err(refusal) => {
                self.log.push_back(Log::Refused(refusal.to_string()));
                return Some(refused(&refusal));
            }
        };
        let call = Call {
            carrier,
            version: request.version,
            peer,
            entropy,
        };
        let operation = request.operation.name();
        let outcome = self.call(request.operation, &call, now).transpose()?;
        self.settle(now);
        let reply = self.reply(operation, call.version, outcome);
        if !reply.status().is_success() {
            // Whatever was to be given is not in it.
            self.sessions.handle_reply_lost(carrier.exchange);
        }
        Some(reply)
    }

    /// What a password check has found: the request that is answered by it.
    pub(crate) fn handle_verdict(
        &mut self,
        check: CheckId,
        verdict: &Verdict,
        now: Now,
    ) -> Option<(ExchangeId, Response<Bytes>)> {
        let login = self.logins.remove(&check)?;
        let outcome = match verdict {
            Verdict::RightUser { is_on_trial } => self.open(&login, *is_on_trial, now),
            Verdict::Wrong => Err(Error::Credentials),
            // It was nobody else's password that was to be checked.
            Verdict::Right(_) | Verdict::Unavailable => {
                let from = PeerNetwork::of(login.peer);
                self.attempts.take_back(&login.user, from);
                Err(Error::Unavailable)
            }
        };
        let reply = self.reply(OperationName::Login, login.version, outcome);
        Some((login.exchange, dressed(reply, self.as_captured)))
    }

    /// The reply to that request was written.
    pub(crate) fn handle_reply_sent(&mut self, exchange: ExchangeId) {
        self.sessions.handle_reply_sent(exchange);
    }

    /// A connection that requests have come by has ended.
    pub(crate) fn handle_connection_ended(
        &mut self,
        connection: HttpConnection,
        end: ConnectionEnd,
        now: Now,
    ) {
        self.sessions.handle_connection_ended(connection, end);
        self.settle(now);
    }

    /// The reply to that request is not, or was not, written.
    pub(crate) fn handle_lost(&mut self, exchange: ExchangeId) {
        self.sessions.handle_reply_lost(exchange);
        self.logins.retain(|_, login| login.exchange != exchange);
    }

    /// What was looked up for an account of that number; `None` where the store failed.
    pub(crate) fn handle_found(&mut self, account: u64, found: Option<Found>, now: Now) {
        let account = AccountKey::new(account);
        self.clients.handle_found(account, found, now.monotonic);
        self.settle(now);
    }

    pub(crate) fn handle_response(&mut self, id: RequestId, response: Response<Bytes>, now: Now) {
        self.clients.handle_response(id, response, now.monotonic);
        self.settle(now);
    }

    pub(crate) fn handle_failure(&mut self, id: RequestId, failure: Failure, now: Now) {
        self.clients.handle_failure(id, failure, now.monotonic);
        self.settle(now);
    }

    /// Something has happened to a stream of a client.
    pub(crate) fn handle_stream(&mut self, id: StreamId, news: StreamNews, now: Now) {
        self.clients.handle_stream(id, news, now.monotonic);
        self.settle(now);
    }

    pub(crate) fn handle_timeout(&mut self, now: Now) {
        self.sessions.handle_timeout(now.monotonic);
        self.clients.handle_timeout(now.monotonic);
        self.settle(now);
    }

    /// Ends all sessions, and opens none any more.
    pub(crate) fn close(&mut self, now: Now) {
        self.is_closed = true;
        self.sessions.close();
        self.settle(now);
    }

    /// Since it was closed, the last of its clients has said good-bye. True once.
    pub(crate) fn has_left(&mut self) -> bool {
        let has_left = self.is_closed && self.clients() == 0;
        has_left && !std::mem::replace(&mut self.has_left, has_left)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let timeouts = [self.sessions.poll_timeout(), self.clients.poll_timeout()];
        timeouts.into_iter().flatten().min()
    }

    /// What the clients want of the network.
    pub(crate) const fn outgoing(&mut self) -> &mut Outgoing {
        self.clients.outgoing()
    }

    /// What is to be looked up, for an account of that number.
    pub(crate) fn poll_lookup(&mut self) -> Option<(u64, Read)> {
        let (account, read) = self.clients.poll_lookup()?;
        Some((account.get(), read))
    }

    /// A password to be checked.
    pub(crate) fn poll_check(&mut self) -> Option<PasswordCheck> {
        self.checks.pop_front()
    }

    /// Something for the operator.
    pub(crate) fn poll_log(&mut self) -> Option<Log> {
        self.log.pop_front()
    }

    pub(crate) fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Carries out an operation; `None`: it waits for a password to be checked.
    fn call(
        &mut self,
        operation: Operation,
        call: &Call<'_>,
        now: Now,
    ) -> Result<Option<Reply>, Error> {
        if self.is_closed && !matches!(operation, Operation::GetVersion) {
            return Err(Error::Unavailable);
        }
        let sessions = &mut self.sessions;
        Ok(Some(match operation {
            Operation::Login(login) => {
                self.authenticate(login, call, now)?;
                return Ok(None);
            }
            Operation::LoginIM(mut request) => {
                request.password = request.password.map(unpadded);
                sessions.login_im(request, call.entropy.take(), now)?;
                Reply::LoginIM
            }
            Operation::KeepSessionAlive(request) => {
                let events = sessions.keep_session_alive(&request, call.carrier, now)?;
                Reply::KeepSessionAlive(Some(events))
            }
            Operation::ChangeStatus(request) => {
                sessions.change_status(&request, now)?;
                Reply::ChangeStatus
            }
            Operation::SendMessage(request) => {
                sessions.send_message(request, now)?;
                Reply::SendMessage
            }
            Operation::GetVersion => Reply::GetVersion(Some(VERSION.to_owned())),
        }))
    }

    /// Has the password of a service account checked.
    fn authenticate(&mut self, login: bsim::Login, call: &Call<'_>, now: Now) -> Result<(), Error> {
        let user = UserId::parse(&login.user_id.unwrap_or_default());
        let user = user.map_err(|_| Error::Credentials)?;
        let password = unpadded(login.password.unwrap_or_default());
        if password.expose().len() > self.settings.password_bytes {
            return Err(Error::Credentials);
        }
        let from = PeerNetwork::of(call.peer);
        let counted = self.attempts.begin(&user, from, now.monotonic);
        counted.map_err(|_| Error::TooManyAttempts)?;
        self.last_check += 1;
        let id = CheckId(self.last_check);
        self.checks.push_back(PasswordCheck {
            id,
            account: Claimant::ServiceUser(user.clone()),
            password,
            from,
        });
        let login = Login {
            exchange: call.carrier.exchange,
            version: call.version,
            user,
            peer: call.peer,
            entropy: call.entropy.clone(),
        };
        self.logins.insert(id, login);
        Ok(())
    }

    /// Opens the session of somebody whose password was right.
    fn open(&mut self, login: &Login, is_on_trial: bool, now: Now) -> Result<Reply, Error> {
        let (user, peer) = (login.user.clone(), login.peer);
        self.attempts.succeeded(&user, PeerNetwork::of(peer));
        if self.is_closed {
            return Err(Error::Unavailable);
        }
        let id = login.entropy.take();
        let session = self.sessions.login(user.as_str(), peer, id, now)?;
        if is_on_trial {
            self.sessions.put_on_trial(&session);
        }
        self.log.push_back(Log::LoggedIn { user, peer });
        Ok(Reply::Login(Some(session)))
    }

    fn reply(
        &mut self,
        operation: OperationName,
        version: Version,
        outcome: Result<Reply, Error>,
    ) -> Response<Bytes> {
        let error = outcome.as_ref().err().copied();
        self.log.push_back(Log::Called { operation, error });
        let reply = match outcome {
            Ok(reply) => reply,
            Err(error) => return fault(version, &error.into()),
        };
        let envelope = reply.to_envelope(version, self.result_encoding);
        match envelope.and_then(|envelope| envelope.to_xml()) {
            Ok(xml) => answer(StatusCode::OK, version, xml),
            Err(error) => {
                let error = error.to_string();
                self.log.push_back(Log::Unwritable { operation, error });
                fault(version, &Error::Unavailable.into())
            }
        }
    }

    /// Carries wishes and events between sessions and clients until there are none.
    fn settle(&mut self, now: Now) {
        loop {
            while let Some(effect) = self.sessions.poll_effect() {
                self.clients.carry_out(effect, now.monotonic);
            }
            let Some((account, event)) = self.clients.poll_event(now.monotonic) else {
                break;
            };
            self.sessions.handle_upstream_event(account, event, now);
        }
    }
}
