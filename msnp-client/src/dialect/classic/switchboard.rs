//! One switchboard: entered by asking or by invitation, left when nobody is there or nothing is said (msnp8-18.md 9).

use std::time::Duration;

use machine_contract::{Instant, Machine};
use msnp_proto::classic::{Account, Endpoint, ServerKind};

use super::calls::Calls;
use super::exchange::Exchange;
use super::invitation::Ticket;
use super::people::contact_of;
use super::room::Room;
use super::stage::Stage;
use super::utterances::Utterances;
use crate::event::Reason;
use crate::fact::Fact;
use crate::id::ContactId;
use crate::link::{Link, LinkEvent};
use crate::opening::Opening;
use crate::request::{NotTaken, Outgoing};

/// Nobody has said anything for so long: one goes, and calls again when there is something to say.
const IDLE: Duration = Duration::from_secs(300);

/// One conversation on one connection.
#[derive(Debug)]
pub(super) struct Switchboard {
    exchange: Exchange,
    idle_at: Option<Instant>,
    farewell: Duration,
    farewell_at: Option<Instant>,
    is_paused: bool,
}

impl Switchboard {
    /// Enters. What cannot be entered is over at once.
    pub(super) fn open(opening: Opening<'_>) -> Self {
        let login = opening.login.unwrap_or_default().to_owned();
        let account = Account::new(&login);
        let me = opening.account.cloned();
        let me = me.or_else(|| contact_of(&account, None));
        let note = opening.state.map(|state| state.expose().clone());
        let ticket = Ticket::of_note(&note.unwrap_or_default());
        let server = (opening.dialect, ServerKind::Switchboard);
        let is_somebody = me.is_some();
        let me = me.unwrap_or_else(ContactId::nobody);
        let limit = opening.limits.text;
        let calls = Calls::new(opening.link, server, opening.command, opening.tell_frames);
        let room = Room::new(opening.errand, me, account.clone(), limit);
        let utterances = Utterances::new(&opening.entropy);
        let mut exchange = Exchange::new(calls, room, utterances, login);
        // Since MSNP16 with the endpoint; before, the dialect leaves it out.
        let user = Endpoint::with_guid(account, opening.endpoint);
        if !is_somebody || exchange.enter(&ticket, user).is_err() {
            exchange.end(Reason::ProtocolError);
        }
        Self {
            exchange,
            idle_at: None,
            farewell: opening.farewell,
            farewell_at: None,
            is_paused: false,
        }
    }

    pub(super) const fn link(&mut self) -> &mut Link {
        self.exchange.calls().link()
    }

    pub(super) const fn as_link(&self) -> &Link {
        self.exchange.as_calls().as_link()
    }

    pub(super) fn poll_fact(&mut self) -> Option<Fact> {
        self.exchange.calls().poll_fact()
    }

    fn stage(&self) -> Stage {
        self.exchange.as_calls().stage()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.stage() == Stage::Ready
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.is_paused
    }

    pub(super) fn read_on(&mut self, has_room: bool, now: Instant) -> bool {
        if self.stage() == Stage::Over {
            return false;
        }
        if !has_room && self.stage() != Stage::Leaving {
            self.is_paused = true;
            return self.rest(now);
        }
        if std::mem::take(&mut self.is_paused) {
            // Nobody was late while nothing was read.
            self.exchange.calls().restart_deadlines(now);
        }
        match self.exchange.calls().next_command() {
            Ok(Some(heard)) => {
                self.idle_at = Some(now + IDLE);
                self.exchange.on_heard(heard, now);
            }
            Ok(None) => {
                let Some(event) = self.link().poll_event() else {
                    return self.rest(now);
                };
                self.on_link_event(event, now);
            }
            Err(error) if error.is_fatal() => self.exchange.end(Reason::ProtocolError),
            Err(_) => {}
        }
        true
    }

    /// All is read that may be read. True: that has told something.
    fn rest(&mut self, now: Instant) -> bool {
        if self.stage() == Stage::Leaving && self.farewell_at.is_none() {
            self.farewell_at = Some(now + self.farewell);
        }
        self.link().handle_timeout(now);
        self.exchange.calls().has_facts()
    }

    fn on_link_event(&mut self, event: LinkEvent, now: Instant) {
        match event {
            LinkEvent::Opened | LinkEvent::Gap => {}
            LinkEvent::Received(bytes) => self.exchange.calls().push(bytes),
            LinkEvent::Sent(id) => {
                self.exchange.calls().sent(id, now);
                self.idle_at = Some(now + IDLE);
            }
            LinkEvent::Unsent { id, fate } => {
                for purpose in self.exchange.calls().take_sent(id) {
                    self.exchange.lost(&purpose, fate);
                }
            }
            LinkEvent::Closed(reason) => {
                let is_leaving = self.stage() == Stage::Leaving;
                let reason = if is_leaving {
                    Reason::Requested
                } else {
                    reason
                };
                self.exchange.finish(reason);
            }
        }
    }

    pub(super) fn send(&mut self, outgoing: &Outgoing) -> Result<(), NotTaken> {
        self.exchange.send(outgoing)
    }

    pub(super) fn leave(&mut self, now: Instant) {
        if self.stage() < Stage::Leaving {
            self.exchange.say_good_bye();
            self.farewell_at = Some(now + self.farewell);
        }
    }

    pub(super) fn end(&mut self, reason: Reason) {
        self.exchange.end(reason);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.farewell_at.is_some_and(|at| at <= now) && self.stage() != Stage::Over {
            self.farewell_at = Some(now + self.farewell);
            self.link().close();
        }
        self.exchange.expire(now);
        // The answer to what would be given up may lie in the link.
        if self.is_paused {
            return;
        }
        self.exchange.give_up(now);
        if self.idle_at.is_some_and(|at| at <= now) {
            self.idle_at = None;
            if self.is_ready() && self.exchange.is_quiet() {
                self.leave(now);
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        if self.stage() == Stage::Over {
            return None;
        }
        let waiting = self.exchange.deadline().into_iter().chain(self.idle_at);
        [
            self.as_link().poll_timeout(),
            self.farewell_at,
            self.exchange.poll_timeout(),
            waiting.min().filter(|_| !self.is_paused),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
