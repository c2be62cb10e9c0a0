//! The notification connection, from the open to the end: reading, waiting, keeping alive, leaving.

use std::time::Duration;

use machine_contract::{Instant, Machine, Prng};
use msnp_proto::Guid;
use msnp_proto::classic::{Account, Ping, ServerBody, ServerKind, Word};

use super::appearance::Appearance;
use super::arrivals;
use super::book::Book;
use super::calling::Calling;
use super::calls::{Calls, Heard};
use super::datagrams::Datagrams;
use super::desk::Desk;
use super::edits::Edits;
use super::ending;
use super::entry::{Entrant, Entry};
use super::introduction::Introduction;
use super::known::Known;
use super::mailbox::Mailbox;
use super::parties::Parties;
use super::people::contact_of;
use super::purpose::{EntryStep, Purpose};
use super::replies;
use super::stage::Stage;
use super::typing::Signs;
use super::wishes;
use crate::dialect::web::Web;
use crate::event::Reason;
use crate::fact::Fact;
use crate::id::ConversationId;
use crate::link::{Link, LinkEvent};
use crate::message::Held;
use crate::opening::{Opening, Passport};
use crate::request::{NotTaken, Outgoing, Profile};
use crate::web_calls::WebCalls;

/// The shortest and the longest time between two keep-alives that the service may ask for.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(600));

/// The main connection.
#[derive(Debug)]
pub(super) struct Notification {
    desk: Desk,
    known: Known,
    /// How long an answer to a keep-alive may take, and the time between two.
    command: Duration,
    every: Duration,
    ping_at: Option<Instant>,
    pong_until: Option<Instant>,
    farewell: Duration,
    farewell_at: Option<Instant>,
    is_paused: bool,
}

impl Notification {
    /// Says the first word.
    pub(super) fn open(opening: Opening<'_>, passport: Passport<'_>) -> Self {
        let mut prng = Prng::new(&opening.entropy);
        let vector = prng.number().to_be_bytes();
        // A word of a line, since it was one.
        let hop = opening.state.as_ref();
        let hop = hop.and_then(|hop| Word::new(hop.expose().clone()).ok());
        let account = Account::new(passport.login);
        let me = opening.account.cloned();
        let entry = Entry::new(Entrant {
            login: passport.login.to_owned(),
            password: passport.password.clone(),
            web: passport.web.clone(),
            hosts: opening.hosts.clone(),
            endpoint: opening.endpoint,
            vector,
            hop,
        });
        let run = Guid::from_bytes(prng.guid());
        let known = Known {
            entry,
            me: me.or_else(|| contact_of(&account, None)),
            book: Book::new(opening.limits),
            introduction: Introduction::default(),
            appearance: Appearance::new(opening.profile, opening.endpoint),
            edits: Edits::default(),
            mailbox: Mailbox::new(run, opening.limits, opening.hold_messages),
            calling: Calling::default(),
            datagrams: Datagrams::default(),
            parties: Parties::default(),
            typing: Signs::default(),
            limits: opening.limits,
            leaves_for: None,
        };
        let server = (opening.dialect, ServerKind::Notification);
        let calls = Calls::new(opening.link, server, opening.command, opening.tell_frames);
        let web = Web::new(opening.request);
        let mut connection = Self {
            desk: Desk { calls, web },
            known,
            command: opening.command,
            every: opening.keep_alive,
            ping_at: None,
            pong_until: None,
            farewell: opening.farewell,
            farewell_at: None,
            is_paused: false,
        };
        let begun = connection.known.entry.begin(&mut connection.desk);
        if let Err(reason) = begun {
            connection.end(reason);
        }
        connection
    }

    pub(super) const fn link(&mut self) -> &mut Link {
        self.desk.calls.link()
    }

    pub(super) const fn as_link(&self) -> &Link {
        self.desk.calls.as_link()
    }

    pub(super) const fn web(&mut self) -> &mut WebCalls {
        self.desk.web.calls()
    }

    pub(super) fn poll_fact(&mut self) -> Option<Fact> {
        self.desk.calls.poll_fact()
    }

    const fn stage(&self) -> Stage {
        self.desk.calls.stage()
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
            self.desk.calls.restart_deadlines(now);
            self.pong_until = self.pong_until.map(|_| now + self.command);
        }
        match self.desk.calls.next_command() {
            Ok(Some(heard)) => self.on_heard(heard, now),
            Ok(None) => return self.read_link(now),
            Err(error) if error.is_fatal() => self.end(Reason::ProtocolError),
            Err(_) => {}
        }
        true
    }

    fn read_link(&mut self, now: Instant) -> bool {
        if self.read_link_event(now) {
            return true;
        }
        let Some((errand, answer)) = self.desk.web.poll() else {
            // What is said at rest has left, on a stream, and its time counts from now; nothing else may happen for long.
            return self.rest(now) || self.read_link_event(now);
        };
        replies::on_web(&mut self.known, &mut self.desk, errand, answer);
        true
    }

    fn read_link_event(&mut self, now: Instant) -> bool {
        let Some(event) = self.link().poll_event() else {
            return false;
        };
        self.on_link_event(event, now);
        true
    }

    /// All is read that may be read. True: that has told something.
    fn rest(&mut self, now: Instant) -> bool {
        self.known.calling.forget(now);
        self.known.parties.give_up(now, &mut self.desk);
        if self.known.datagrams.ask(&mut self.desk) {
            self.ping_at = None;
            self.pong_until = Some(now + self.command);
        }
        // This is the link's driver: taking its events may have made room in it.
        self.link().handle_timeout(now);
        self.desk.calls.has_facts()
    }

    fn on_heard(&mut self, heard: Heard, now: Instant) {
        if let Heard::Command(command) = &heard
            && let ServerBody::Pong(pong) = &command.body
        {
            if let Some(seconds) = pong.seconds {
                let every = Duration::from_secs(seconds.into());
                self.every = every.clamp(BOUNDS.0, BOUNDS.1);
            }
            self.pong_until = None;
            self.ping_at = self.as_link().is_forgotten().then(|| now + self.every);
            self.known.datagrams.ponged(&mut self.desk);
            return;
        }
        arrivals::hear(&mut self.known, &mut self.desk, heard, now);
        if self.stage() == Stage::Leaving && self.farewell_at.is_none() {
            self.part(now);
        }
        // A gateway is asked all the time, and there are some that end the session at a keep-alive (gateway.md 12).
        if self.is_ready() && self.ping_at.is_none() && self.pong_until.is_none() {
            let is_needed = self.as_link().is_forgotten();
            self.ping_at = is_needed.then(|| now + self.every);
        }
    }

    fn on_link_event(&mut self, event: LinkEvent, now: Instant) {
        match event {
            LinkEvent::Opened => {}
            LinkEvent::Received(bytes) => self.desk.calls.push(bytes),
            LinkEvent::Sent(id) => self.desk.calls.sent(id, now),
            LinkEvent::Unsent { id, fate } => {
                for purpose in self.desk.calls.take_sent(id) {
                    ending::lost(&mut self.desk, purpose, fate);
                }
            }
            // What was lost may have been anybody's presence: all of it is told at the next sign-in.
            LinkEvent::Gap => self.end(Reason::ConnectionLost),
            LinkEvent::Closed(reason) => {
                let reason = self.meaning_of_end(reason);
                ending::finish(&mut self.known, &mut self.desk, reason);
            }
        }
    }

    /// Some servers close without a word where others say 911 (msnp8-18.md 16).
    fn meaning_of_end(&self, reason: Reason) -> Reason {
        let shown = Purpose::Entry(EntryStep::Ticket);
        match (self.stage(), reason) {
            (Stage::Leaving, _) => Reason::Requested,
            (_, Reason::ClosedByService) if self.desk.calls.waits_for(&shown) => {
                Reason::WrongCredentials
            }
            _ => reason,
        }
    }

    pub(super) fn send(&mut self, outgoing: &Outgoing) -> Result<(), NotTaken> {
        wishes::send(&mut self.known, &mut self.desk, outgoing)
    }

    pub(super) fn leaves_word(&mut self, conversation: &ConversationId) -> bool {
        wishes::leaves_word(&mut self.known, &self.desk, conversation)
    }

    pub(super) fn acknowledge(&mut self, held: &Held) {
        let (mailbox, entry) = (&mut self.known.mailbox, &self.known.entry);
        mailbox.acknowledge(held, entry, &mut self.desk);
    }

    pub(super) fn set_profile(&mut self, profile: &Profile) {
        self.known.appearance.set_profile(profile.clone());
    }

    pub(super) fn renew(&mut self) {
        wishes::renew(&self.known, &mut self.desk);
    }

    pub(super) fn leave(&mut self, now: Instant) {
        if self.stage() < Stage::Leaving {
            self.desk.calls.sign_out();
            self.part(now);
        }
    }

    /// The good-bye is said; its end is not waited for without end.
    fn part(&mut self, now: Instant) {
        (self.ping_at, self.pong_until) = (None, None);
        self.farewell_at = Some(now + self.farewell);
    }

    pub(super) fn end(&mut self, reason: Reason) {
        ending::end(&mut self.known, &mut self.desk, reason);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.stage() == Stage::Over {
            return;
        }
        if self.farewell_at.is_some_and(|at| at <= now) {
            self.farewell_at = Some(now + self.farewell);
            self.link().close();
        }
        if self.is_ready() && self.ping_at.is_some_and(|at| at <= now) {
            self.ping_at = None;
            // What fills the link keeps the connection alive just as well.
            if self.desk.calls.say(Ping {}).is_ok() {
                self.known.datagrams.pinged();
                self.pong_until = Some(now + self.command);
            } else {
                self.ping_at = Some(now + self.every);
            }
        }
        for fact in self.known.typing.expire(now) {
            self.desk.calls.tell(fact);
        }
        // The answer to what would be given up may lie in the link, or could not come because nobody polls.
        if self.is_paused {
            return;
        }
        for purpose in self.desk.calls.take_late(now) {
            replies::late(&mut self.known, &mut self.desk, purpose);
        }
        if self.pong_until.is_some_and(|at| at <= now) {
            self.end(Reason::TimedOut);
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        if self.stage() == Stage::Over {
            return None;
        }
        let waiting = self.desk.calls.next_deadline().into_iter();
        let waiting = waiting.chain(self.pong_until).min();
        [
            self.as_link().poll_timeout(),
            self.desk.web.poll_timeout(),
            self.farewell_at,
            // Nobody is pinged before the sign-in, whatever a server says (and then a driver would spin).
            self.ping_at.filter(|_| self.is_ready()),
            self.known.parties.poll_timeout(),
            self.known.typing.poll_timeout(),
            waiting.filter(|_| !self.is_paused),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
