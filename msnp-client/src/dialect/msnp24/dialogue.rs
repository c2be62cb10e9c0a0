//! What the server says, and what follows from it (msnp24.md 6).

use bytes::Bytes;
use machine_contract::{Instant, UnixTime};
use msnp_proto::msnp24::{
    ClientBody, Delivery, Envelope, Get, GetReply, Notification, PutReply, ServerBody,
    ServerCommand,
};
use msnp_proto::payload::history::{RecentConversationsResponse, Threads};
use msnp_proto::payload::message::Message;
use msnp_proto::{ErrorCode, Frame, Verb};

use super::calls::{Calls, Purpose};
use super::decode::{self, Context};
use super::introduction::{Introduction, subscriptions};
use super::keep_alive::KeepAlive;
use super::reason;
use super::stage::Stage;
use crate::dialect::layered::message::is_typing;
use crate::event::Reason;
use crate::fact::{Fact, Outcome, Route, To};
use crate::limits::Limits;
use crate::message::Held;

/// How many groups are asked for in one request.
const MOST_GROUPS: usize = 100;

/// Both sides of what is said on one connection, besides what is asked for from above.
#[derive(Debug)]
pub(super) struct Dialogue {
    introduction: Introduction,
    keep_alive: KeepAlive,
    limits: Limits,
    /// Messages with a text are acknowledged by the application.
    hold_messages: bool,
    /// The service's clock when it bound the connection. Other times of the service are compared with it,
    /// and nothing else is made of it.
    bound_at: Option<UnixTime>,
    /// A reply was lost since subscribing was last asked for.
    gap: bool,
}

impl Dialogue {
    pub(super) const fn new(
        introduction: Introduction,
        keep_alive: KeepAlive,
        limits: Limits,
        hold_messages: bool,
    ) -> Self {
        Self {
            introduction,
            keep_alive,
            limits,
            hold_messages,
            bound_at: None,
            gap: false,
        }
    }

    pub(super) const fn introduction(&self) -> &Introduction {
        &self.introduction
    }

    pub(super) const fn introduction_mut(&mut self) -> &mut Introduction {
        &mut self.introduction
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
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
        self.introduction.try_names(calls, now);
    }

    fn on_command(&mut self, command: &ServerCommand, calls: &mut Calls, now: Instant) {
        match &command.body {
            ServerBody::Transfer(transfer) => calls.redirect(Route::new(
                To::Authority(transfer.target.clone()),
                transfer.state.clone(),
                transfer.wait.unwrap_or_default(),
            )),
            // The echo of our own `OUT`; the link ends by itself.
            ServerBody::SignedOut(_) if calls.stage() == Stage::Leaving => {}
            ServerBody::SignedOut(text) => calls.end(reason::of_sign_out(text)),
            ServerBody::Message(delivery) => {
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
        let acknowledge = |calls: &mut Calls| {
            if let Some(id) = &delivery.ack_id {
                calls.owe_acknowledgement(id.clone());
            }
        };
        // What cannot be read is acknowledged all the same; there is nobody to tell.
        let Ok(message) = Message::try_from(delivery.message.clone()) else {
            return acknowledge(calls);
        };
        self.introduction.hear_message(message.to(), message.from());
        if !is_typing(message.kind()) {
            self.keep_alive.received(message.message_id());
        }
        match (decode::message(&message, self.context()), &delivery.ack_id) {
            (Some(Fact::Message(received)), Some(id))
                if self.hold_messages && received.content.text_bytes().is_some() =>
            {
                // A frame must not be kept alive by one of its lines.
                let held = Held(Bytes::copy_from_slice(id.as_bytes()));
                calls.tell(Fact::MessageHeld(received, held));
            }
            (fact, _) => {
                acknowledge(calls);
                if let Some(fact) = fact {
                    calls.tell(fact);
                }
            }
        }
    }

    fn on_notification(&mut self, told: &Notification, calls: &mut Calls) {
        if let Notification::Put(layers) | Notification::Del(layers) = told
            && let Ok(to) = layers.to()
        {
            self.introduction.hear_plainly(&to, calls);
        }
        if decode::signs_out_here(told, self.introduction.own()) {
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
            Purpose::Subscribe => self.ready_if_complete(calls, now),
        }
    }

    /// The reply to a request, which may be anything: what it was sent for says what to make of it.
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
            // That it was accepted, the reply to `BND` proves; what was missed comes by itself.
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
                    self.bound_at = bound.utc_time.or_else(|| command.headers.utc_time());
                    self.introduction.synchronize(Some(bound), calls, now);
                }
                _ => calls.end(Reason::ProtocolError),
            },
            Purpose::Subscribe => {
                self.tell_reply(&command.body, calls);
                self.ready_if_complete(calls, now);
            }
            Purpose::Appear => {
                if let ServerBody::Put(PutReply::Presence(reply)) = &command.body
                    && let Some(own) = &reply.from
                {
                    self.introduction.hear_plainly(own, calls);
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
            Purpose::Asked(number) if reason::is_uncertain(code) => {
                calls.tell(Fact::Uncertain(number, Reason::TimedOut));
            }
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
                self.introduction.synchronize(None, calls, now);
            }
            // Something in the document is wrong, and the only thing that is not sure is the name.
            Purpose::Appear
                if (200..300).contains(&code.number()) && self.introduction.is_renaming(now) => {}
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

    /// The service has taken one's presence.
    fn appeared(&mut self, calls: &mut Calls, now: Instant) {
        self.introduction.appeared(calls);
        self.ready_if_complete(calls, now);
    }

    fn ready_if_complete(&mut self, calls: &mut Calls, now: Instant) {
        if self.introduction.is_complete(calls) {
            self.keep_alive.start(now);
        }
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

    const fn context(&self) -> Context<'_> {
        Context {
            own: self.introduction.own(),
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
