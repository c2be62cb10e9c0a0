//! What the server says, and the order of things from `CNT` to signed in (msnp24.md 6, 16.3).

use machine_contract::Instant;
use msnp_proto::auth::challenge;
use msnp_proto::msnp24::{
    Agent, Bind, Bound, Challenge, ClientBody, Connect, Envelope, Get, GetReply, Program, Put,
    ServerBody, ServerCommand,
};
use msnp_proto::payload::history::{RecentConversations, RecentConversationsResponse, Threads};
use msnp_proto::payload::subscriptions::Subscriptions;
use msnp_proto::{Address, ErrorCode, Frame, Network, Verb};

use super::pending::{Pending, Purpose};
use super::{Connection, Stage, Told, reason, speak};
use crate::event::{Reason, Step};
use crate::sign_in::Pass;

/// With which product the nonce of the `BND` reply is answered (msnp24.md 13.2).
const PRODUCT: &str = "PROD0090YUAUV{2B";
/// How many groups are asked for in one request.
const MOST_GROUPS: usize = 100;

impl Connection {
    /// `CNT`, `ATH` and `BND` go together, without waiting for each other (msnp24.md 6.3).
    pub(super) fn greet(&mut self, pass: &Pass, state: Option<String>) {
        self.told.push_back(Told::Step(Step::Connecting));
        let requests = vec![
            (
                ClientBody::Connect(Connect {
                    state,
                    version: 2,
                    agent: Agent::web(),
                }),
                Purpose::Connect,
            ),
            (
                ClientBody::Authenticate(speak::authenticate(pass)),
                Purpose::Authenticate,
            ),
            (
                ClientBody::Bind(Bind {
                    version: 2,
                    alternative_versions: Vec::new(),
                    program: Program::web(),
                    epid: self.epid,
                    braced: true,
                }),
                Purpose::Bind,
            ),
        ];
        if self.post(requests).is_err() {
            // A fresh session has room for three commands unless the uic is absurdly long.
            self.finish(Reason::TooLarge);
        }
    }

    /// The session is there. Who one is need not be known yet: a service names the account once it
    /// has accepted it, and whether it does, the answer to `ATH` says.
    pub(super) fn opened(&mut self) {
        self.told.push_back(Told::Step(Step::Authenticating));
    }

    /// Under which name the service has accepted this connection.
    fn accepted_as(&self) -> Option<Address> {
        let skype = self.session.skype_id();
        let account = self
            .account
            .clone()
            .or_else(|| Address::new(Network::SKYPE, skype?).ok())
            .or_else(|| {
                let login = self.login.as_deref().filter(|login| login.contains('@'))?;
                Address::new(Network::PASSPORT, login).ok()
            })?;
        Some(account.with_epid(self.epid))
    }

    pub(super) fn hear(&mut self, frame: &Frame, now: Instant) {
        // The acknowledgement must not depend on whether the message can be read, or an unreadable
        // one would come again for ever.
        match ServerCommand::parse(frame) {
            Ok(command) => {
                if let Some(token) = command.headers.new_registration() {
                    self.registration = Some(token);
                }
                self.understand(command, now);
            }
            Err(_) => self.misunderstand(frame, now),
        }
    }

    fn understand(&mut self, command: ServerCommand, now: Instant) {
        match &command.body {
            ServerBody::Transfer(transfer) => {
                let transfer = transfer.clone();
                self.close();
                if self.stage != Stage::Over {
                    self.stage = Stage::Over;
                    self.give_up_pending(Reason::ConnectionLost);
                    self.told.push_back(Told::Redirected(Box::new(transfer)));
                }
            }
            ServerBody::SignedOut(text) if self.stage == Stage::Leaving => {
                // The echo of our own `OUT`; the session ends by itself.
                let _ = text;
            }
            ServerBody::SignedOut(text) => {
                let reason = reason::of_sign_out(text);
                self.end(reason);
            }
            ServerBody::Message(delivery) => {
                if let Some(id) = &delivery.ack_id {
                    self.acknowledge.push(id.clone());
                }
                // With our transaction id it is the reply to ours (msnp24.md 20.3: anything may
                // be); with an id to acknowledge, a message to us.
                let asked = self.pending.contains_key(&command.trid);
                if !asked || delivery.ack_id.is_some() {
                    self.told
                        .push_back(Told::Command(Box::new(command.clone())));
                }
                if asked {
                    self.answered(command, now);
                }
            }
            _ if self.pending.contains_key(&command.trid) => self.answered(command, now),
            // An error that answers nothing is about the connection.
            ServerBody::Error(error) if error.code.ends_session() == Some(true) => {
                let reason = reason::of_error(error.code);
                self.end(reason);
            }
            ServerBody::Notification(_) | ServerBody::Authenticated(_) => {
                self.told.push_back(Told::Command(Box::new(command)));
            }
            // A reply to what was given up already, or was never asked.
            _ => {}
        }
    }

    /// A known command with strange content.
    fn misunderstand(&mut self, frame: &Frame, now: Instant) {
        if let Ok(envelope) = Envelope::parse(frame) {
            if let Some(token) = envelope.headers.new_registration() {
                self.registration = Some(token);
            }
            if frame.verb() == Verb::SDG
                && let Some(id) = envelope.headers.value("Ack-Id")
            {
                self.acknowledge.push(id);
            }
        }
        let Some(pending) = frame.trid().and_then(|trid| self.pending.remove(&trid)) else {
            return;
        };
        match pending.purpose {
            Purpose::Job(job) if frame.verb() == Verb::SDG => {
                let trid = frame.trid().unwrap_or_default();
                let accepted = Box::new(ServerCommand::new(trid, ServerBody::Accepted));
                self.told.push_back(Told::Answered(job, Ok(accepted)));
            }
            Purpose::Job(job) => {
                // It was answered, so it was done or not; what was said cannot be read.
                self.told
                    .push_back(Told::Uncertain(job, Reason::ProtocolError));
            }
            Purpose::Connect
            | Purpose::Ping
            | Purpose::Challenge
            | Purpose::Refresh
            | Purpose::Groups
            | Purpose::Conversations => self.heartbeat(None, now),
            Purpose::Renew => self
                .told
                .push_back(Told::Renewed(Err(Reason::ProtocolError))),
            Purpose::Authenticate => {}
            Purpose::Bind => self.end(Reason::ProtocolError),
            Purpose::Subscribe | Purpose::Appear => self.ready_if_all_answered(now),
        }
    }

    fn answered(&mut self, command: ServerCommand, now: Instant) {
        let Some(pending) = self.pending.remove(&command.trid) else {
            return;
        };
        let error = match &command.body {
            ServerBody::Error(error) => Some(error.code),
            _ => None,
        };
        match (pending.purpose, error) {
            (Purpose::Job(job), Some(code)) => {
                let reason = reason::of_error(code);
                self.told.push_back(Told::Answered(job, Err(reason)));
                if reason == Reason::AuthenticationExpired {
                    self.end(reason);
                }
            }
            (Purpose::Job(job), None) => {
                self.told
                    .push_back(Told::Answered(job, Ok(Box::new(command))));
            }
            (Purpose::Renew, error) => {
                let outcome = error.map_or(Ok(()), |code| Err(reason::of_error(code)));
                self.told.push_back(Told::Renewed(outcome));
            }
            // A wrong answer to the challenge has no documented effect (msnp24.md 13.2).
            (Purpose::Challenge | Purpose::Refresh, _)
            | (Purpose::Connect | Purpose::Authenticate, None)
            | (Purpose::Conversations | Purpose::Groups, Some(_)) => {}
            (Purpose::Conversations, None) => {
                if let ServerBody::Get(GetReply::RecentConversations(recent)) = &command.body {
                    self.ask_for_groups(recent);
                }
                self.told.push_back(Told::Command(Box::new(command)));
            }
            (Purpose::Groups, None) => self.told.push_back(Told::Command(Box::new(command))),
            // "This connection already has a feature set": harmless (msnp24.md 6.3).
            (Purpose::Bind, Some(ErrorCode::NOT_EXPECTED)) => self.synchronize(None),
            (Purpose::Bind, None) => match &command.body {
                ServerBody::Bound(bound) => {
                    self.bound_at = bound.utc_time.or_else(|| command.headers.utc_time());
                    self.synchronize(Some(bound));
                }
                _ => self.end(Reason::ProtocolError),
            },
            (Purpose::Subscribe | Purpose::Appear, None) => {
                if matches!(command.body, ServerBody::Put(_)) {
                    self.told.push_back(Told::Command(Box::new(command)));
                }
                self.ready_if_all_answered(now);
            }
            (Purpose::Ping, None) => {
                let wait = match &command.body {
                    ServerBody::Pong(pong) => pong.wait,
                    _ => None,
                };
                self.heartbeat(wait, now);
            }
            (_, Some(_)) if self.stage == Stage::Leaving => {}
            (_, Some(code)) => self.end(reason::of_error(code)),
        }
    }

    /// Bound: everything else that a fresh connection needs, in one send.
    fn synchronize(&mut self, bound: Option<&Bound>) {
        if self.stage != Stage::Greeting {
            return;
        }
        let Some(me) = self.accepted_as() else {
            return self.end(Reason::ProtocolError);
        };
        self.me = Some(me.clone());
        // The reply to BND is the proof that CNT and ATH were accepted.
        self.pending.retain(|_, pending| {
            !matches!(pending.purpose, Purpose::Connect | Purpose::Authenticate)
        });
        self.stage = Stage::Synchronizing;
        self.told.push_back(Told::Step(Step::Synchronizing));
        let mut requests = Vec::new();
        if let Some(nonce) = bound.and_then(|bound| bound.nonce.as_deref())
            && let Some(product) = challenge::product(PRODUCT)
        {
            let answer = Challenge {
                product_id: PRODUCT.to_owned(),
                response: product.respond(nonce).as_str().to_owned(),
            };
            requests.push((ClientBody::Put(Put::Challenge(answer)), Purpose::Challenge));
        }
        requests.push((subscriptions(), Purpose::Subscribe));
        let presence = speak::presence(&me, &self.profile);
        requests.push((ClientBody::Put(Put::Presence(presence)), Purpose::Appear));
        let recent = RecentConversations {
            start: Some(0),
            page_size: Some(self.history_page.into()),
        };
        requests.push((
            ClientBody::Get(Get::RecentConversations(recent)),
            Purpose::Conversations,
        ));
        if self.post(requests).is_err() {
            self.end(Reason::ProtocolError);
        }
    }

    /// A lost reply may have held messages, or told of presence or lists: subscribing again has all
    /// that told again. One request at a time; what is lost while it is under way, another one brings.
    pub(super) fn refresh(&mut self) {
        let asked = |pending: &Pending| matches!(pending.purpose, Purpose::Refresh);
        if self.gap && self.stage == Stage::Ready && !self.pending.values().any(asked) {
            let asked = self.post(vec![(subscriptions(), Purpose::Refresh)]);
            self.gap = asked.is_err();
        }
    }

    /// A conversation of late says of a group only that it is one: topic and members stand in its
    /// document.
    fn ask_for_groups(&mut self, recent: &RecentConversationsResponse) {
        let groups = recent.conversations.iter();
        let groups = groups.filter(|c| c.id.is_thread() && !c.has_left());
        let ids: Vec<_> = groups.map(|c| c.id.clone()).take(MOST_GROUPS).collect();
        if !ids.is_empty() {
            let get = ClientBody::Get(Get::Threads(Threads { ids }));
            // A fresh connection has room; without it, groups are told when they change.
            let _ = self.post(vec![(get, Purpose::Groups)]);
        }
    }

    fn ready_if_all_answered(&mut self, now: Instant) {
        let open = self
            .pending
            .values()
            .any(|pending| matches!(pending.purpose, Purpose::Subscribe | Purpose::Appear));
        if open || self.stage != Stage::Synchronizing {
            return;
        }
        let Some(me) = self.me.clone() else { return };
        self.stage = Stage::Ready;
        self.keep_alive_at = Some(now + self.keep_alive);
        self.told.push_back(Told::Ready(me));
    }
}

fn subscriptions() -> ClientBody {
    ClientBody::Put(Put::Subscriptions(Subscriptions::everything()))
}
