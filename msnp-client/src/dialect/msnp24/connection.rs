//! One MSNP24 connection, from the open to the end: reading, waiting, leaving.
//!
//! What has arrived is read one thing at a time, so that the client can stop in the middle of a body when the
//! application takes nothing.

use std::time::Duration;

use machine_contract::{Instant, Machine};
use msnp_proto::msnp24::{Authenticate, ClientBody, HeaderValue};

use super::calls::{Calls, Purpose};
#[cfg(not(feature = "tickets"))]
use super::closed_office::TicketOffice;
use super::dialogue::Dialogue;
use super::encode;
use super::guise::Guise;
use super::introduction::Introduction;
use super::keep_alive::KeepAlive;
use super::own_name::OwnName;
use super::stage::Stage;
#[cfg(feature = "tickets")]
use super::ticket_office::TicketOffice;
use crate::event::{Reason, Step};
use crate::fact::Fact;
use crate::id::ConversationId;
use crate::link::{Link, LinkError, LinkEvent};
use crate::message::Held;
use crate::opening::Opening;
use crate::request::{NotTaken, Outgoing, Profile};
use crate::sign_in::AuthTokens;
use crate::web_calls::WebCalls;

/// One connection to the notification server.
#[derive(Debug)]
pub(crate) struct Connection {
    calls: Calls,
    /// Where what is shown comes from, if the lifecycle has not got it before.
    office: Option<TicketOffice>,
    /// What the redirect that led here wants to see, until it was said.
    state: Option<String>,
    /// The other side is there.
    is_open: bool,
    dialogue: Dialogue,
    reading: Reading,
    farewell: Duration,
    farewell_at: Option<Instant>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Reading {
    Goes,
    /// What has arrived waits for the application to take events.
    Paused,
}

impl Connection {
    pub(crate) fn open(opening: Opening<'_>) -> Self {
        let own = OwnName::new(opening.account, opening.login, opening.endpoint);
        let page = opening.limits.history_page;
        let hosts = opening.hosts;
        let office = opening
            .passport
            .and_then(|passport| TicketOffice::new(passport, hosts, opening.request));
        let guise = match office {
            Some(_) => Guise::Desktop,
            None => Guise::Web,
        };
        let introduction = Introduction::new(own, guise, opening.profile, page, opening.command);
        let mut connection = Self {
            calls: Calls::new(opening.link, opening.command, opening.tell_frames),
            office,
            state: opening.state.map(|state| state.expose().clone()),
            is_open: false,
            dialogue: Dialogue::new(
                introduction,
                KeepAlive::new(opening.keep_alive),
                opening.limits,
                opening.hold_messages,
            ),
            reading: Reading::Goes,
            farewell: opening.farewell,
            farewell_at: None,
        };
        match &mut connection.office {
            Some(office) => {
                connection.calls.tell(Fact::Step(Step::Credentials));
                if let Err(reason) = office.ask() {
                    connection.calls.end(reason);
                }
            }
            None => connection.greet(encode::authenticate(opening.tokens)),
        }
        connection
    }

    /// Says the first words.
    fn greet(&mut self, proof: Authenticate) {
        let state = self.state.take();
        let introduction = self.dialogue.introduction();
        introduction.greet(proof, state, &mut self.calls);
        if self.is_open {
            self.calls.tell(Fact::Step(Step::Authenticating));
        }
    }

    pub(crate) const fn link(&mut self) -> &mut Link {
        self.calls.link()
    }

    pub(crate) const fn as_link(&self) -> &Link {
        self.calls.as_link()
    }

    pub(crate) fn web(&mut self) -> Option<&mut WebCalls> {
        self.office.as_mut().map(TicketOffice::calls)
    }

    #[expect(clippy::unused_self, reason = "nobody has to be there")]
    pub(crate) const fn leaves_word(&mut self, _: &ConversationId) -> bool {
        false
    }

    pub(crate) fn read_on(&mut self, has_room: bool, now: Instant) -> bool {
        if self.calls.stage() == Stage::Over {
            return false;
        }
        if !has_room && self.calls.stage() != Stage::Leaving {
            self.reading = Reading::Paused;
            return self.rest(now);
        }
        self.resume(now);
        if self.read_ticket() || self.read_frame(now) {
            return true;
        }
        // What is said at rest has left, on a stream, and its time counts from now; nothing else may happen for long.
        self.read_link_event(now) || self.rest(now) || self.read_link_event(now)
    }

    fn read_link_event(&mut self, now: Instant) -> bool {
        let Some(event) = self.link().poll_event() else {
            return false;
        };
        self.on_link_event(event, now);
        true
    }

    pub(crate) fn poll_fact(&mut self) -> Option<Fact> {
        self.calls.poll_fact()
    }

    pub(crate) fn send(&mut self, outgoing: &Outgoing) -> Result<(), NotTaken> {
        let introduction = self.dialogue.introduction();
        let (Stage::Ready, Some(me)) = (self.calls.stage(), introduction.own().used()) else {
            return Err(NotTaken::Full);
        };
        let page = self.dialogue.limits().history_page;
        let Some(body) = encode::body(outgoing, me, introduction.shown(), page) else {
            // Only a name that the network does not allow cannot be written.
            let unknown = Fact::Done(outgoing.number, Err(Reason::NotFound));
            self.calls.tell(unknown);
            return Ok(());
        };
        let asked = self
            .calls
            .post(vec![(body, Purpose::Asked(outgoing.number))]);
        asked.map_err(|error| match error {
            LinkError::TooLarge => NotTaken::TooLarge,
            LinkError::Full | LinkError::Closed => NotTaken::Full,
        })
    }

    pub(crate) fn set_profile(&mut self, profile: &Profile) {
        let introduction = self.dialogue.introduction_mut();
        introduction.set_profile(profile.clone());
    }

    /// It is sent when all is read that may be read.
    pub(crate) fn acknowledge(&mut self, held: &Held) {
        if let Ok(id) = HeaderValue::new(held.0.clone()) {
            self.calls.owe_acknowledgement(id);
        }
    }

    /// msnp24.md 6.13.
    pub(crate) fn renew(&mut self, tokens: &AuthTokens) {
        if self.calls.stage() != Stage::Ready {
            return;
        }
        let Some(office) = &mut self.office else {
            self.link().renew(tokens);
            return self.show_again(encode::authenticate(tokens));
        };
        if let Err(reason) = office.ask() {
            self.calls.tell(Fact::Renewed(Err(reason)));
        }
    }

    fn show_again(&mut self, proof: Authenticate) {
        let body = ClientBody::Authenticate(proof);
        if self.calls.post(vec![(body, Purpose::Renew)]).is_err() {
            self.calls.tell(Fact::Renewed(Err(Reason::ConnectionLost)));
        }
    }

    /// False: nothing has come of the ticket that was asked for, if one was.
    fn read_ticket(&mut self) -> bool {
        let Some(outcome) = self.office.as_mut().and_then(TicketOffice::poll) else {
            return false;
        };
        match (self.calls.stage(), outcome) {
            (Stage::Arriving, Ok(proof)) => self.greet(proof),
            (Stage::Arriving, Err(reason)) => self.calls.end(reason),
            (Stage::Ready, Ok(proof)) => self.show_again(proof),
            (Stage::Ready, Err(reason)) => self.calls.tell(Fact::Renewed(Err(reason))),
            // Whoever leaves shows nothing any more.
            (Stage::Greeting | Stage::Synchronizing | Stage::Leaving | Stage::Over, _) => {}
        }
        true
    }

    pub(crate) fn leave(&mut self, now: Instant) {
        if matches!(self.calls.stage(), Stage::Leaving | Stage::Over) {
            return;
        }
        self.dialogue.stop();
        if let Some(office) = &mut self.office {
            office.abandon();
        }
        if self.calls.stage() == Stage::Arriving {
            // Nothing was said that a good-bye could end.
            return self.calls.end(Reason::Requested);
        }
        if self.calls.sign_out() {
            self.farewell_at = Some(now + self.farewell);
        }
    }

    pub(crate) fn end(&mut self, reason: Reason) {
        self.calls.end(reason);
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.farewell_at.is_some_and(|at| at <= now) {
            self.farewell_at = None;
            self.link().close();
        }
        self.dialogue.handle_timeout(&mut self.calls, now);
        // The answer to what would be given up may lie in the link, or could not come because nobody polls.
        if !self.is_paused() {
            self.calls.expire(now);
            let introduction = self.dialogue.introduction();
            introduction.expire(&mut self.calls, now);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let stage = self.calls.stage();
        if stage == Stage::Over {
            return None;
        }
        let deadlines = [
            self.calls.next_deadline(),
            self.dialogue.introduction().name_deadline(stage),
        ];
        let deadline = deadlines.into_iter().flatten().min();
        [
            self.calls.as_link().poll_timeout(),
            self.farewell_at,
            self.dialogue.poll_timeout(),
            self.office.as_ref().and_then(TicketOffice::poll_timeout),
            deadline.filter(|_| !self.is_paused()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.calls.stage() == Stage::Ready
    }

    pub(crate) const fn is_paused(&self) -> bool {
        matches!(self.reading, Reading::Paused)
    }

    /// There is room again. Answers that came meanwhile are about to be read, others could not come
    /// since nothing was polled: nobody was late, so each gets its whole time once more.
    fn resume(&mut self, now: Instant) {
        if std::mem::replace(&mut self.reading, Reading::Goes) == Reading::Paused {
            self.calls.restart_deadlines(now);
        }
    }

    fn on_link_event(&mut self, event: LinkEvent, now: Instant) {
        match event {
            // Who one is need not be known yet: a service names the account once it has accepted it, and
            // whether it does, the answer to `ATH` says.
            LinkEvent::Opened => {
                self.is_open = true;
                if self.calls.stage() != Stage::Arriving {
                    self.calls.tell(Fact::Step(Step::Authenticating));
                }
            }
            LinkEvent::Received(bytes) => self.calls.push(bytes),
            LinkEvent::Sent(id) => self.calls.sent(id, now),
            LinkEvent::Unsent { id, fate } => self.calls.unsent(id, fate),
            // Requests that a lost reply may have answered are given up by their deadlines.
            LinkEvent::Gap => self.dialogue.on_gap(&mut self.calls),
            LinkEvent::Closed(reason) => {
                let reason = match self.calls.stage() {
                    Stage::Leaving => Reason::Requested,
                    _ => reason,
                };
                self.calls.finish(reason);
            }
        }
    }

    /// False: no whole frame is there.
    fn read_frame(&mut self, now: Instant) -> bool {
        match self.calls.next_frame() {
            Ok(Some(frame)) => {
                self.dialogue.on_frame(&frame, &mut self.calls, now);
                true
            }
            Ok(None) => {
                self.calls.send_acknowledgements();
                false
            }
            Err(error) => {
                if error.is_fatal() {
                    self.calls.end(Reason::ProtocolError);
                }
                true
            }
        }
    }

    /// What is done when all is read that may be read. True: that has told something.
    fn rest(&mut self, now: Instant) -> bool {
        self.calls.send_acknowledgements();
        self.dialogue.refresh(&mut self.calls);
        self.dialogue.ping_again(&mut self.calls, now);
        // Last, so that the link's own reason to close comes first.
        self.calls.close_if_broken();
        // This is the link's driver: taking its events may have made room in it.
        self.link().handle_timeout(now);
        self.calls.has_facts()
    }
}
