//! One connection, of either kind.

use machine_contract::Instant;

use super::notification::Notification;
use super::switchboard::Switchboard;
use crate::event::Reason;
use crate::fact::{Errand, Fact};
use crate::id::ConversationId;
use crate::link::Link;
use crate::message::Held;
use crate::opening::Opening;
use crate::request::{NotTaken, Outgoing, Profile};
use crate::sign_in::AuthTokens;
use crate::web_calls::WebCalls;

/// The main connection, or one beside it for a conversation.
#[derive(Debug)]
pub(crate) struct Connection(Kind);

#[derive(Debug)]
enum Kind {
    Notification(Box<Notification>),
    Switchboard(Box<Switchboard>),
}

/// The same call for either.
macro_rules! either {
    ($connection:expr, $it:ident => $call:expr) => {
        match $connection {
            Kind::Notification($it) => $call,
            Kind::Switchboard($it) => $call,
        }
    };
}

impl Connection {
    pub(crate) fn open(opening: Opening<'_>) -> Self {
        let kind = match (&opening.errand, opening.passport) {
            (Errand::SignIn, Some(passport)) => {
                Kind::Notification(Box::new(Notification::open(opening, passport)))
            }
            // Whoever signs in has a name and a password: the way in sees to that.
            _ => Kind::Switchboard(Box::new(Switchboard::open(opening))),
        };
        Self(kind)
    }

    pub(crate) const fn link(&mut self) -> &mut Link {
        either!(&mut self.0, it => it.link())
    }

    pub(crate) const fn as_link(&self) -> &Link {
        either!(&self.0, it => it.as_link())
    }

    pub(crate) const fn web(&mut self) -> Option<&mut WebCalls> {
        match &mut self.0 {
            Kind::Notification(it) => Some(it.web()),
            Kind::Switchboard(_) => None,
        }
    }

    pub(crate) fn leaves_word(&mut self, conversation: &ConversationId) -> bool {
        match &mut self.0 {
            Kind::Notification(it) => it.leaves_word(conversation),
            Kind::Switchboard(_) => false,
        }
    }

    pub(crate) fn read_on(&mut self, has_room: bool, now: Instant) -> bool {
        either!(&mut self.0, it => it.read_on(has_room, now))
    }

    pub(crate) fn poll_fact(&mut self) -> Option<Fact> {
        either!(&mut self.0, it => it.poll_fact())
    }

    pub(crate) fn send(&mut self, outgoing: &Outgoing) -> Result<(), NotTaken> {
        either!(&mut self.0, it => it.send(outgoing))
    }

    pub(crate) fn set_profile(&mut self, profile: &Profile) {
        if let Kind::Notification(it) = &mut self.0 {
            it.set_profile(profile);
        }
    }

    /// What waited for one is held, until it is deleted by a call of its own. A switchboard gives a message once, whatever
    /// is said of it (msnp8-18.md 9.3).
    pub(crate) fn acknowledge(&mut self, held: &Held) {
        if let Kind::Notification(it) = &mut self.0 {
            it.acknowledge(held);
        }
    }

    /// The tokens are the connection's own to get.
    pub(crate) fn renew(&mut self, _: &AuthTokens) {
        if let Kind::Notification(it) = &mut self.0 {
            it.renew();
        }
    }

    pub(crate) fn leave(&mut self, now: Instant) {
        either!(&mut self.0, it => it.leave(now));
    }

    pub(crate) fn end(&mut self, reason: Reason) {
        either!(&mut self.0, it => it.end(reason));
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        either!(&mut self.0, it => it.handle_timeout(now));
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        either!(&self.0, it => it.poll_timeout())
    }

    pub(crate) fn is_ready(&self) -> bool {
        either!(&self.0, it => it.is_ready())
    }

    pub(crate) const fn is_paused(&self) -> bool {
        either!(&self.0, it => it.is_paused())
    }
}
