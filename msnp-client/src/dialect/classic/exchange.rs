//! What is said on a switchboard in both directions, and what follows from it (msnp8-18.md 9).

use machine_contract::{Failure, Instant};
use msnp_proto::classic::{Answer, Call, Endpoint, Join, ServerBody, ServerCommand, Word};
use msnp_proto::{ErrorCode, Secret};

use super::calls::{Calls, Heard, Unposted};
use super::invitation::Ticket;
use super::people::account_of;
use super::purpose::TalkPurpose;
use super::reason;
use super::room::Room;
use super::stage::Stage;
use super::talk;
use super::utterances::{Utterances, mention};
use crate::event::Reason;
use crate::fact::{Fact, Outcome};
use crate::id::{ContactId, ConversationId};
use crate::link::LinkEvent;
use crate::request::{NotTaken, Operation, Outgoing, Request, RequestNumber};

/// Both sides of a conversation, on the connection that carries it.
#[derive(Debug)]
pub(super) struct Exchange {
    calls: Calls<TalkPurpose>,
    room: Room,
    utterances: Utterances,
    login: String,
}

impl Exchange {
    pub(super) const fn new(
        calls: Calls<TalkPurpose>,
        room: Room,
        utterances: Utterances,
        login: String,
    ) -> Self {
        Self {
            calls,
            room,
            utterances,
            login,
        }
    }

    pub(super) const fn calls(&mut self) -> &mut Calls<TalkPurpose> {
        &mut self.calls
    }

    pub(super) const fn as_calls(&self) -> &Calls<TalkPurpose> {
        &self.calls
    }

    /// Whether nothing that one has said waits for its fate.
    pub(super) fn is_quiet(&self) -> bool {
        self.utterances.is_empty()
    }

    /// Asks to be let in.
    pub(super) fn enter(&mut self, ticket: &Ticket, user: Endpoint) -> Result<(), Unposted> {
        let word = |text: &str| Word::new(text.to_owned()).map_err(|_| Unposted::NotInDialect);
        match ticket {
            Ticket::Own(token) => {
                let token = Secret::new(word(token.expose())?);
                self.calls.post(Join { user, token }, TalkPurpose::Enter)?;
            }
            Ticket::Invitation { session, token } => {
                self.room.set_session(session.clone());
                let answer = Answer {
                    user,
                    token: Secret::new(word(token.expose())?),
                    session: word(session)?,
                };
                self.calls.post(answer, TalkPurpose::Enter)?;
            }
        }
        Ok(())
    }

    /// The server says something.
    pub(super) fn on_heard(&mut self, heard: Heard, now: Instant) {
        let command = match heard {
            Heard::Command(command) => command,
            // It was answered, whatever the answer is.
            Heard::Unreadable(trid) => {
                if let Some(purpose) = self.calls.answered(trid) {
                    self.given_up(purpose, Reason::ProtocolError);
                }
                return;
            }
        };
        match &command.body {
            ServerBody::RosterEntry(entry) => {
                // Who calls hears of them one by one; who was called, all before it is said that he is in.
                self.room.came(&entry.user, entry.capabilities);
            }
            ServerBody::ContactJoined(joined) => {
                if self.room.came(&joined.user, joined.capabilities) {
                    self.room.settle(&mut self.calls);
                }
            }
            ServerBody::ContactLeft(left) => {
                // The session could be used again at some servers; a fresh one can at all.
                if !self.room.went(&left.user, &mut self.calls) {
                    self.say_good_bye();
                }
            }
            ServerBody::Message(message) => self.room.heard(message, &mut self.calls, now),
            ServerBody::SignedOut(_) => self.end(Reason::ClosedByService),
            _ => self.on_reply(&command, now),
        }
    }

    fn on_reply(&mut self, command: &ServerCommand, now: Instant) {
        let Some(purpose) = self.calls.answered(command.trid) else {
            // An error that answers nothing is about the connection.
            if let ServerBody::Error(error) = &command.body
                && error.code.ends_session() == Some(true)
            {
                self.end(reason::of_error(error.code));
            }
            return;
        };
        match (purpose, &command.body) {
            (purpose, ServerBody::Error(error)) => self.refused(purpose, error.code),
            (TalkPurpose::Enter, ServerBody::Joined(_)) => {
                self.calls.enter(Stage::Gathering);
                self.room.call_all(&mut self.calls, now);
                self.end_in_vain(Reason::NotFound);
            }
            (TalkPurpose::Enter, ServerBody::Answered(_)) => {
                self.calls.enter(Stage::Gathering);
                self.room.settle(&mut self.calls);
                if self.room.is_empty() {
                    // Whoever has called is gone again.
                    self.say_good_bye();
                }
            }
            (TalkPurpose::Call(who), ServerBody::Ringing(ringing)) => {
                self.room.set_session(ringing.session.text().into_owned());
                self.room.rings(&who, now);
                self.room.settle(&mut self.calls);
            }
            (TalkPurpose::Invite(number), _) => {
                self.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
            }
            (TalkPurpose::Part(number), ServerBody::Delivered(_)) => {
                let fact = self.utterances.arrived(number);
                self.tell(fact);
            }
            (TalkPurpose::Part(number), ServerBody::Undelivered(_)) => {
                let fact = self.utterances.failed(number, Reason::NotOnline);
                self.tell(fact);
            }
            (purpose, _) => self.given_up(purpose, Reason::ProtocolError),
        }
    }

    fn tell(&mut self, fact: Option<Fact>) {
        if let Some(fact) = fact {
            self.calls.tell(fact);
        }
    }

    fn refused(&mut self, purpose: TalkPurpose, code: ErrorCode) {
        let why = reason::of_error(code);
        match purpose {
            TalkPurpose::Enter => self.end(why),
            // Whoever is in the room already has come.
            TalkPurpose::Call(_) if code.number() == 215 => {}
            TalkPurpose::Call(who) => self.comes_not(&who, why),
            TalkPurpose::Invite(number) => self.calls.tell(Fact::Done(number, Err(why))),
            TalkPurpose::Part(number) => {
                let fact = self.utterances.failed(number, why);
                self.tell(fact);
            }
        }
    }

    /// Nobody knows what became of it.
    pub(super) fn given_up(&mut self, purpose: TalkPurpose, reason: Reason) {
        match purpose {
            TalkPurpose::Enter => self.end(reason),
            TalkPurpose::Call(who) => self.comes_not(&who, reason),
            TalkPurpose::Invite(number) => self.calls.tell(Fact::Uncertain(number, reason)),
            TalkPurpose::Part(number) => {
                let fact = self.utterances.uncertain(number, reason);
                self.tell(fact);
            }
        }
    }

    /// The link did not deliver it.
    pub(super) fn lost(&mut self, purpose: &TalkPurpose, fate: Failure) {
        match *purpose {
            TalkPurpose::Part(number) => {
                let fact = self.utterances.lost(number, fate);
                self.tell(fact);
            }
            // The link has its own word to say of why it is over.
            TalkPurpose::Enter | TalkPurpose::Call(_) => {}
            TalkPurpose::Invite(number) => {
                let reason = Reason::ConnectionLost;
                self.calls.tell(Fact::Uncertain(number, reason));
            }
        }
    }

    /// Somebody who was called does not come. Those who have come may have waited for him.
    fn comes_not(&mut self, who: &ContactId, why: Reason) {
        self.room.comes_not(who);
        self.room.settle(&mut self.calls);
        self.end_in_vain(why);
    }

    /// If there is nobody to wait for any more, the talk is over before it began.
    fn end_in_vain(&mut self, reason: Reason) {
        if self.calls.stage() == Stage::Gathering && self.room.is_in_vain() {
            self.end(reason);
        }
    }

    pub(super) fn send(&mut self, outgoing: &Outgoing) -> Result<(), NotTaken> {
        let number = outgoing.number;
        match &outgoing.request {
            Request::Message {
                conversation,
                content,
                ..
            } => {
                self.takes(conversation)?;
                let can_join = self.room.can_join();
                self.utterances
                    .say(number, content, can_join, &mut self.calls)
            }
            Request::Typing {
                conversation,
                typing,
            } => {
                self.takes(conversation)?;
                if *typing {
                    mention(talk::typing(&self.login), &mut self.calls);
                }
                self.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
                Ok(())
            }
            Request::Operation { what, .. } => self.operate(number, what),
        }
    }

    /// Whether what belongs to this conversation can be said here now.
    fn takes(&self, conversation: &ConversationId) -> Result<(), NotTaken> {
        match self.calls.stage() {
            _ if !self.room.is_about(conversation) => Err(NotTaken::Elsewhere),
            Stage::Greeting | Stage::Gathering => Err(NotTaken::Later),
            Stage::Ready => Ok(()),
            Stage::Leaving | Stage::Over => Err(NotTaken::Elsewhere),
        }
    }

    fn operate(&mut self, number: RequestNumber, what: &Operation) -> Result<(), NotTaken> {
        match what {
            Operation::AddMember { group, member } => {
                self.takes(group)?;
                let call = Call {
                    user: Endpoint::of(account_of(member)),
                };
                let posted = self.calls.post(call, TalkPurpose::Invite(number));
                posted.map(|_| ()).map_err(|_| NotTaken::Full)
            }
            Operation::RemoveMember {
                group,
                member: None,
            } => {
                self.takes(group)?;
                self.calls.tell(Fact::Done(number, Ok(Outcome::Done)));
                self.say_good_bye();
                Ok(())
            }
            _ => Err(NotTaken::Elsewhere),
        }
    }

    /// Goes, once that was heard.
    pub(super) fn say_good_bye(&mut self) {
        if self.calls.stage() < Stage::Leaving {
            let lost = Reason::ConnectionLost;
            self.room.tell_who_waits(lost, &mut self.calls);
            self.calls.sign_out();
        }
    }

    /// Ends at once.
    pub(super) fn end(&mut self, reason: Reason) {
        if self.calls.stage() == Stage::Over {
            return;
        }
        for event in self.calls.close() {
            if let LinkEvent::Unsent { id, fate } = event {
                for purpose in self.calls.take_sent(id) {
                    self.lost(&purpose, fate);
                }
            }
        }
        self.finish(reason);
    }

    /// The last word: what still waits for an answer is of unknown fate.
    pub(super) fn finish(&mut self, reason: Reason) {
        if self.calls.stage() == Stage::Over {
            return;
        }
        self.room.tell_who_waits(reason, &mut self.calls);
        for purpose in self.calls.take_all() {
            self.lost(&purpose, Failure::Unknown);
        }
        self.room.close(&mut self.calls);
        self.calls.finish(reason);
    }

    /// Signs of typing that count no more.
    pub(super) fn expire(&mut self, now: Instant) {
        self.room.expire(&mut self.calls, now);
    }

    /// What has taken too long.
    pub(super) fn give_up(&mut self, now: Instant) {
        for purpose in self.calls.take_late(now) {
            self.given_up(purpose, Reason::TimedOut);
        }
        if self.room.give_up_calling(now) {
            self.room.settle(&mut self.calls);
            self.end_in_vain(Reason::TimedOut);
        }
    }

    /// When something is too late.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let calling = self.room.come_until().into_iter();
        calling.chain(self.calls.next_deadline()).min()
    }

    /// When something is over by itself.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.room.poll_timeout()
    }
}
