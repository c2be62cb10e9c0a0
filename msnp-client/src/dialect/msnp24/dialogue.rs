//! What the server says, and the order of things from `CNT` to signed in (msnp24.md 6, 16.3).

use std::time::Duration;

use machine_contract::{Instant, UnixTime};
use msnp_proto::auth::challenge;
use msnp_proto::msnp24::{
    Agent, Bind, Bound, Challenge, ClientBody, Connect, Delivery, Envelope, Get, GetReply,
    Notification, Program, Put, PutReply, ServerBody, ServerCommand,
};
use msnp_proto::payload::history::{RecentConversations, RecentConversationsResponse, Threads};
use msnp_proto::payload::message::Message;
use msnp_proto::payload::subscriptions::Subscriptions;
use msnp_proto::{Address, ErrorCode, Frame, Verb};

use super::address::contact_at;
use super::calls::{Calls, Purpose};
use super::decode::{self, Context};
use super::keep_alive::KeepAlive;
use super::own_name::OwnName;
use super::stage::Stage;
use super::{encode, reason};
use crate::event::{Reason, Step};
use crate::fact::{Fact, Outcome, Route};
use crate::limits::Limits;
use crate::request::Profile;
use crate::sign_in::AuthTokens;

/// With which product the nonce of the `BND` reply is answered (msnp24.md 13.2).
const PRODUCT: &str = "PROD0090YUAUV{2B";
/// How many groups are asked for in one request.
const MOST_GROUPS: usize = 100;

/// Both sides of what is said on one connection, besides what is asked for from above.
#[derive(Debug)]
pub(super) struct Dialogue {
    own: OwnName,
    profile: Profile,
    keep_alive: KeepAlive,
    limits: Limits,
    /// How long a name of one's own is waited for.
    patience: Duration,
    /// The service's clock when it bound the connection. Other times of the service are compared with it,
    /// and nothing else is made of it.
    bound_at: Option<UnixTime>,
    /// A reply was lost since subscribing was last asked for.
    gap: bool,
}

impl Dialogue {
    pub(super) const fn new(
        own: OwnName,
        profile: Profile,
        keep_alive: KeepAlive,
        limits: Limits,
        patience: Duration,
    ) -> Self {
        Self {
            own,
            profile,
            keep_alive,
            limits,
            patience,
            bound_at: None,
            gap: false,
        }
    }

    pub(super) fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
    }

    pub(super) const fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(super) const fn own(&self) -> &OwnName {
        &self.own
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// `CNT`, `ATH` and `BND` go together, without waiting for each other (msnp24.md 6.3).
    pub(super) fn greet(&self, tokens: &AuthTokens, state: Option<String>, calls: &mut Calls) {
        calls.tell(Fact::Step(Step::Connecting));
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
                ClientBody::Authenticate(encode::authenticate(tokens)),
                Purpose::Authenticate,
            ),
            (
                ClientBody::Bind(Bind {
                    version: 2,
                    alternative_versions: Vec::new(),
                    program: Program::web(),
                    epid: self.own.endpoint(),
                    braced: true,
                }),
                Purpose::Bind,
            ),
        ];
        if calls.post(requests).is_err() {
            // A fresh link has room for three commands unless the uic is absurdly long.
            calls.finish(Reason::TooLarge);
        }
    }

    pub(super) fn on_frame(&mut self, frame: &Frame, calls: &mut Calls, now: Instant) {
        // The acknowledgement must not depend on whether the message can be read, or an unreadable
        // one would come again for ever.
        match ServerCommand::parse(frame) {
            Ok(command) => {
                calls.take_registration(&command.headers);
                self.on_command(&command, calls, now);
            }
            Err(_) => self.on_unreadable(frame, calls, now),
        }
        self.try_names(calls, now);
    }

    fn on_command(&mut self, command: &ServerCommand, calls: &mut Calls, now: Instant) {
        match &command.body {
            ServerBody::Transfer(transfer) => calls.redirect(Route {
                authority: transfer.target.clone(),
                state: transfer.state.clone(),
                wait: Duration::from_secs(transfer.wait.unwrap_or(0).into()),
            }),
            // The echo of our own `OUT`; the link ends by itself.
            ServerBody::SignedOut(_) if calls.stage() == Stage::Leaving => {}
            ServerBody::SignedOut(text) => calls.end(reason::of_sign_out(text)),
            ServerBody::Message(delivery) => {
                if let Some(id) = &delivery.ack_id {
                    calls.owe_acknowledgement(id.clone());
                }
                // With our transaction id it is the reply to ours (msnp24.md 20.3: anything may
                // be); with an id to acknowledge, a message to us.
                let is_asked = calls.is_asked(command.trid);
                if !is_asked || delivery.ack_id.is_some() {
                    self.on_message(delivery, calls);
                }
                if is_asked {
                    self.on_reply(command, calls, now);
                }
            }
            _ if calls.is_asked(command.trid) => self.on_reply(command, calls, now),
            // An error that answers nothing is about the connection.
            ServerBody::Error(error) if error.code.ends_session() == Some(true) => {
                calls.end(reason::of_error(error.code));
            }
            ServerBody::Notification(told) => self.on_notification(told, calls),
            // A reply to what was given up already, or was never asked; the second `ATH`, which says
            // nothing (msnp24.md 6.2).
            _ => {}
        }
    }

    fn on_message(&mut self, delivery: &Delivery, calls: &mut Calls) {
        // What cannot be read is acknowledged all the same; there is nobody to tell.
        let Ok(message) = Message::try_from(delivery.message.clone()) else {
            return;
        };
        self.own.hear(message.to(), false);
        self.own.hear(message.from(), false);
        if !decode::is_typing(message.kind()) {
            self.keep_alive.received(message.message_id());
        }
        if let Some(fact) = decode::message(&message, self.context()) {
            calls.tell(fact);
        }
    }

    fn on_notification(&mut self, told: &Notification, calls: &mut Calls) {
        if let Notification::Put(layers) | Notification::Del(layers) = told
            && let Ok(to) = layers.to()
        {
            self.hear_plainly(&to, calls);
        }
        if decode::signs_out_here(told, &self.own) {
            return calls.end(Reason::Elsewhere);
        }
        for fact in decode::notification(told, self.context()) {
            calls.tell(fact);
        }
    }

    /// A known command with strange content.
    fn on_unreadable(&mut self, frame: &Frame, calls: &mut Calls, now: Instant) {
        if let Ok(envelope) = Envelope::parse(frame) {
            calls.take_registration(&envelope.headers);
            if frame.verb() == Verb::SDG
                && let Some(id) = envelope.headers.value("Ack-Id")
            {
                calls.owe_acknowledgement(id);
            }
        }
        let Some(purpose) = frame.trid().and_then(|trid| calls.answered(trid)) else {
            return;
        };
        match purpose {
            // Whatever it says, it is the reply to a message.
            Purpose::Asked(number) if frame.verb() == Verb::SDG => {
                calls.tell(Fact::Done(number, Ok(Outcome::Done)));
            }
            // It was answered, so it was done or not; what was said cannot be read.
            Purpose::Asked(number) => {
                calls.tell(Fact::Uncertain(number, Reason::ProtocolError));
            }
            Purpose::Connect
            | Purpose::Ping
            | Purpose::Challenge
            | Purpose::Refresh
            | Purpose::Groups
            | Purpose::Conversations => self.keep_alive.heartbeat(None, calls, now),
            Purpose::Renew => calls.tell(Fact::Renewed(Err(Reason::ProtocolError))),
            Purpose::Authenticate => {}
            Purpose::Bind => calls.end(Reason::ProtocolError),
            Purpose::Appear => self.appeared(calls, now),
            Purpose::Subscribe => self.ready_if_all_answered(calls, now),
        }
    }

    fn on_reply(&mut self, command: &ServerCommand, calls: &mut Calls, now: Instant) {
        let Some(purpose) = calls.answered(command.trid) else {
            return;
        };
        if let ServerBody::Error(error) = &command.body {
            return self.on_refusal(purpose, error.code, calls, now);
        }
        match purpose {
            Purpose::Asked(number) => {
                let outcome = decode::outcome(&command.body, &self.limits);
                calls.tell(Fact::Done(number, Ok(outcome)));
            }
            Purpose::Renew => calls.tell(Fact::Renewed(Ok(()))),
            Purpose::Connect | Purpose::Authenticate | Purpose::Challenge | Purpose::Refresh => {}
            Purpose::Conversations => {
                if let ServerBody::Get(GetReply::RecentConversations(recent)) = &command.body {
                    ask_for_groups(recent, calls);
                }
                self.tell_reply(&command.body, calls);
            }
            Purpose::Groups => self.tell_reply(&command.body, calls),
            Purpose::Bind => match &command.body {
                ServerBody::Bound(bound) => {
                    let seconds = bound.utc_time.or_else(|| command.headers.utc_time());
                    self.bound_at = seconds.map(UnixTime::from_secs);
                    self.synchronize(Some(bound), calls, now);
                }
                _ => calls.end(Reason::ProtocolError),
            },
            Purpose::Subscribe => {
                self.tell_reply(&command.body, calls);
                self.ready_if_all_answered(calls, now);
            }
            Purpose::Appear => {
                if let ServerBody::Put(PutReply::Presence(reply)) = &command.body
                    && let Some(own) = &reply.from
                {
                    self.hear_plainly(own, calls);
                }
                self.tell_reply(&command.body, calls);
                self.appeared(calls, now);
            }
            Purpose::Ping => {
                let wait = match &command.body {
                    ServerBody::Pong(pong) => pong.wait,
                    _ => None,
                };
                self.keep_alive.heartbeat(wait, calls, now);
            }
        }
    }

    /// An error in place of a reply.
    fn on_refusal(&mut self, purpose: Purpose, code: ErrorCode, calls: &mut Calls, now: Instant) {
        match purpose {
            Purpose::Asked(number) => {
                let reason = reason::of_error(code);
                calls.tell(Fact::Done(number, Err(reason)));
                if reason == Reason::AuthenticationExpired {
                    calls.end(reason);
                }
            }
            Purpose::Renew => calls.tell(Fact::Renewed(Err(reason::of_error(code)))),
            // A wrong answer to the challenge has no documented effect (msnp24.md 13.2), and the others
            // are not needed.
            Purpose::Challenge | Purpose::Refresh | Purpose::Conversations | Purpose::Groups => {}
            // "This connection already has a feature set": harmless (msnp24.md 6.3).
            Purpose::Bind if code == ErrorCode::NOT_EXPECTED => {
                self.synchronize(None, calls, now);
            }
            // Something in the document is wrong, and the only thing that is not sure is the name.
            Purpose::Appear if self.own.is_in_doubt() && (200..300).contains(&code.number()) => {
                self.own.want(now + self.patience);
            }
            Purpose::Connect
            | Purpose::Authenticate
            | Purpose::Bind
            | Purpose::Subscribe
            | Purpose::Appear
            | Purpose::Ping => {
                if calls.stage() != Stage::Leaving {
                    calls.end(reason::of_error(code));
                }
            }
        }
    }

    fn tell_reply(&self, body: &ServerBody, calls: &mut Calls) {
        for fact in decode::reply(body, self.context()) {
            calls.tell(fact);
        }
    }

    /// Bound: everything else that a fresh connection needs, in one send.
    fn synchronize(&mut self, bound: Option<&Bound>, calls: &mut Calls, now: Instant) {
        if calls.stage() != Stage::Greeting {
            return;
        }
        // The reply to BND is the proof that CNT and ATH were accepted.
        calls.forget(|purpose| matches!(purpose, Purpose::Connect | Purpose::Authenticate));
        calls.enter(Stage::Synchronizing);
        calls.tell(Fact::Step(Step::Synchronizing));
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
        match self.own.choose(calls.as_link().skype_name()) {
            Some(me) => requests.push(self.appearance(&me, calls)),
            // What the service has to say to oneself may show it.
            None => self.own.want(now + self.patience),
        }
        let recent = RecentConversations {
            start: Some(0),
            page_size: Some(self.limits.history_page.into()),
        };
        requests.push((
            ClientBody::Get(Get::RecentConversations(recent)),
            Purpose::Conversations,
        ));
        if calls.post(requests).is_err() {
            calls.end(Reason::ProtocolError);
        }
    }

    /// Says who one is to those above and to the service.
    fn appearance(&self, me: &Address, calls: &mut Calls) -> (ClientBody, Purpose) {
        if let Some(contact) = contact_at(me) {
            calls.tell(Fact::Account(contact));
        }
        let presence = encode::presence(me, &self.profile);
        (ClientBody::Put(Put::Presence(presence)), Purpose::Appear)
    }

    /// A frame says plainly that it is for this name.
    fn hear_plainly(&mut self, name: &Address, calls: &mut Calls) {
        let was_known = self.own.also().is_some();
        self.own.hear(name, true);
        if !was_known {
            self.tell_other_name(calls);
        }
    }

    fn tell_other_name(&self, calls: &mut Calls) {
        if let Some(contact) = self.own.also().and_then(contact_at) {
            calls.tell(Fact::Account(contact));
        }
    }

    /// Shows oneself under the next name that may be one's own, if one is needed and was heard.
    fn try_names(&mut self, calls: &mut Calls, now: Instant) {
        if calls.stage() != Stage::Synchronizing {
            return;
        }
        if let Some(me) = self.own.next() {
            let request = self.appearance(&me, calls);
            if calls.post(vec![request]).is_err() {
                self.own.want(now + self.patience);
            }
        }
    }

    /// The service has taken one's presence, and with it the name.
    fn appeared(&mut self, calls: &mut Calls, now: Instant) {
        self.own.accept();
        self.tell_other_name(calls);
        self.ready_if_all_answered(calls, now);
    }

    fn ready_if_all_answered(&mut self, calls: &mut Calls, now: Instant) {
        let is_open = calls
            .waits_for(|purpose| matches!(purpose, Purpose::Subscribe | Purpose::Appear))
            || self.own.wanted_until().is_some();
        if is_open || calls.stage() != Stage::Synchronizing {
            return;
        }
        let me = self.own.also().or(self.own.used());
        let Some(me) = me.and_then(contact_at) else {
            return calls.end(Reason::AccountUnknown);
        };
        calls.enter(Stage::Ready);
        self.keep_alive.start(now);
        calls.tell(Fact::Ready(me));
    }

    /// A lost reply may have held messages, or told of presence or lists: subscribing again has all
    /// that told again. One request at a time; what is lost while it is under way, another one brings.
    pub(super) fn refresh(&mut self, calls: &mut Calls) {
        let is_refresh = |purpose: &Purpose| matches!(purpose, Purpose::Refresh);
        if self.gap && calls.stage() == Stage::Ready && !calls.waits_for(is_refresh) {
            let asked = calls.post(vec![(subscriptions(), Purpose::Refresh)]);
            self.gap = asked.is_err();
        }
    }

    /// A reply was lost. The one to a keep-alive may be among them, so its absence proves nothing.
    pub(super) fn on_gap(&mut self, calls: &mut Calls) {
        self.gap = true;
        calls.forget(|purpose| matches!(purpose, Purpose::Ping));
    }

    pub(super) fn ping_again(&mut self, calls: &mut Calls, now: Instant) {
        self.keep_alive.ping_again(calls, now);
    }

    /// Says nothing by itself any more.
    pub(super) const fn stop(&mut self) {
        self.keep_alive.stop();
    }

    pub(super) fn handle_timeout(&mut self, calls: &mut Calls, now: Instant) {
        self.keep_alive.handle_timeout(calls, now);
    }

    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.keep_alive.due()
    }

    /// Until when a name of one's own is waited for, if the connection needs one.
    pub(super) fn name_deadline(&self, stage: Stage) -> Option<Instant> {
        let until = self.own.wanted_until();
        until.filter(|_| stage == Stage::Synchronizing)
    }

    /// Ends a connection that has not learnt under which name.
    pub(super) fn expire(&self, calls: &mut Calls, now: Instant) {
        if self.name_deadline(calls.stage()).is_some_and(|at| at <= now) {
            calls.end(Reason::AccountUnknown);
        }
    }

    const fn context(&self) -> Context<'_> {
        Context {
            own: &self.own,
            limits: &self.limits,
            bound_at: self.bound_at,
        }
    }
}

/// A conversation of late says of a group only that it is one: topic and members stand in its document.
fn ask_for_groups(recent: &RecentConversationsResponse, calls: &mut Calls) {
    let groups = recent.conversations.iter();
    let groups = groups.filter(|it| it.id.is_thread() && !it.has_left());
    let ids: Vec<_> = groups.map(|it| it.id.clone()).take(MOST_GROUPS).collect();
    if !ids.is_empty() {
        let get = ClientBody::Get(Get::Threads(Threads { ids }));
        // A fresh connection has room; without it, groups are told when they change.
        let _ = calls.post(vec![(get, Purpose::Groups)]);
    }
}

fn subscriptions() -> ClientBody {
    ClientBody::Put(Put::Subscriptions(Subscriptions::everything()))
}
