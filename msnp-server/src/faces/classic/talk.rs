//! `Talk`: the connection of one conversation, a switchboard (msnp8-18.md 9).
//!
//! What one person says to one other is a message of the network's like any: it is kept, it comes to all their places, and to
//! those who speak another dialect. It comes to a switchboard by way of the main connection. What more than two say to each
//! other, and what the network has no words for, goes through the room that they are in, and is kept nowhere.

use machine_contract::Instant;
use msnp_proto::classic::{Answered, ClientBody, Endpoint, Joined, Message, Name, Ringing, Word};
use msnp_proto::{Dialect, TrId};

use super::company::{Company, Peer};
use super::handover::Handover;
use super::lists::account;
use super::receipts::Receipts;
use super::refusal::{self, Subject};
use super::requests::Requests;
use super::session;
use super::speech::{self, Audience, Speech};
use super::talk_steps::Then;
use super::writer::Writer;
use super::{message, roster};
use crate::faces::passes::Pass;
use crate::faces::turn::Turn;
use crate::identity::{Address, EmailAddress, PersonId, Who};
use crate::network::{Answer, Command, Contact, Event, Number, Refusal, RoomId, Said};

/// The connection of one conversation.
#[derive(Debug)]
pub(super) struct Talk {
    writer: Writer,
    pass: Pass,
    /// The line that began it, and who it said to be.
    trid: TrId,
    user: Endpoint,
    /// The room of the conversation; `None` if the other is written to only.
    room: Option<RoomId>,
    company: Company,
    speech: Speech,
    receipts: Receipts,
    /// With whom alone it was said to be.
    with: Option<PersonId>,
    is_ready: bool,
}

impl Talk {
    /// A conversation that this pass is for.
    pub(super) fn new(
        trid: TrId,
        user: Endpoint,
        pass: Pass,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Self {
        let enter = Command::EnterConversation {
            who: pass.who.clone(),
            endpoint: pass.place,
        };
        requests.ask(Then::Entered, enter, turn);
        let writer = Writer::new(Dialect::new(pass.dialect).unwrap_or(Dialect::MSNP8));
        Self {
            writer,
            with: pass.call.as_ref().map(|call| call.by.person()),
            trid,
            user,
            room: None,
            company: Company::new(writer),
            speech: Speech::new(writer, pass.name.clone()),
            pass,
            receipts: Receipts::default(),
            is_ready: false,
        }
    }

    /// When it is over.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.receipts.awaited_until()
    }

    pub(super) const fn writer(&self) -> Writer {
        self.writer
    }

    /// Carries out a line. False: the connection is over.
    pub(super) fn on_command(
        &mut self,
        trid: TrId,
        body: ClientBody,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> bool {
        // Whoever says something more has read what came before.
        self.shown(|_| true, requests, turn);
        match body {
            ClientBody::SignOut(_) => return false,
            _ if self.deadline().is_some() => return false,
            ClientBody::Call(call) => self.call(trid, &call.user, requests, turn),
            ClientBody::SendMessage(message) => {
                let to = Audience {
                    company: &self.company,
                    room: self.room,
                };
                self.speech.say(trid, &message, to, requests, turn);
            }
            ClientBody::Join(_) | ClientBody::Answer(_) => {
                self.writer.refuse(trid, refusal::NOT_EXPECTED, turn);
            }
            _ => self.writer.refuse(trid, refusal::SYNTAX, turn),
        }
        true
    }

    /// `CAL`
    fn call(
        &mut self,
        trid: TrId,
        user: &Endpoint,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let Ok(email) = EmailAddress::parse(&user.account.text()) else {
            let code = refusal::INVALID_USERNAME;
            return self.writer.refuse(trid, code, turn);
        };
        // The last clients call themselves, so that their other places come too (msnp8-18.md 9.2).
        if email == *self.pass.who.email() && self.writer.dialect().has_endpoints() {
            return self.ringing(trid, turn);
        }
        let whom = Address::Email(email);
        match self.room {
            _ if self.company.is_writing_to(&whom) => {
                self.writer.refuse(trid, refusal::PRESENT, turn);
            }
            // Whoever is only written to would not hear a third.
            Some(room) if !self.company.is_written_to() => {
                let then = Then::Invited(trid, whom.clone());
                self.company.hold();
                requests.ask(then, Command::Invite { room, whom }, turn);
            }
            _ => self.writer.refuse(trid, refusal::NOT_ONLINE, turn),
        }
    }

    fn ringing(&self, trid: TrId, turn: &mut Turn<'_>) {
        let room = self.room.map_or(0, |room| room.0);
        let session = Word::encode(&session::named(room));
        self.writer.reply(trid, Ringing { session }, turn);
    }

    /// False: the connection is over.
    pub(super) fn on_answer(
        &mut self,
        then: Then,
        outcome: Result<Answer, Refusal>,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> bool {
        match (then, outcome) {
            (Then::Entered, Ok(_)) => self.enter(requests, turn),
            (Then::InRoom, Ok(Answer::Room(room, others))) => {
                self.room = Some(room);
                self.company.set_here(others);
                requests.ask(Then::AtHome, Command::JoinRoom(self.pass.home), turn);
            }
            // Who has called is gone: they are written to.
            (Then::InRoom, _) if self.pass.call.is_some() => {
                self.write_to_caller();
                requests.ask(Then::AtHome, Command::JoinRoom(self.pass.home), turn);
            }
            (Then::AtHome, Ok(_)) => {
                self.is_ready = true;
                self.begin(turn);
                self.tell_with_whom(requests, turn);
            }
            (Then::Entered | Then::InRoom | Then::AtHome, outcome) => {
                let code = match outcome {
                    Err(Refusal::TooManyConversations) => refusal::TOO_ACTIVE,
                    _ => refusal::AUTHENTICATION_FAILED,
                };
                self.writer.refuse(self.trid, code, turn);
                return false;
            }
            (Then::Invited(trid, whom), Ok(Answer::Reached(rung))) => {
                // Where others are, whoever is only written to would not hear them.
                if rung > 0 || self.company.is_alone() {
                    let then = Then::Found(trid, rung > 0);
                    requests.ask(then, Command::LookUp(vec![whom]), turn);
                } else {
                    self.writer.refuse(trid, refusal::NOT_ONLINE, turn);
                }
            }
            (Then::Found(trid, comes), Ok(Answer::Contacts(found))) => {
                self.on_found(trid, comes, &found, requests, turn);
            }
            (Then::Invited(trid, _) | Then::Found(trid, _), Ok(_)) => {
                self.writer.refuse(trid, refusal::NOT_ONLINE, turn);
            }
            (Then::Invited(trid, _) | Then::Found(trid, _), Err(no)) => {
                let code = refusal::code(no, Subject::Person, self.writer.dialect());
                self.writer.refuse(trid, code, turn);
            }
            (Then::Said(message), outcome) => self.speech.on_answer(message, outcome, turn),
        }
        // Whoever was called has come only now that it rings.
        if !requests.is_waiting() && self.company.release(self.is_ready, turn) {
            self.tell_with_whom(requests, turn);
        }
        true
    }

    fn on_found(
        &mut self,
        trid: TrId,
        comes: bool,
        found: &[Contact],
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let Some(contact) = found.first() else {
            return self.writer.refuse(trid, refusal::NOT_ONLINE, turn);
        };
        self.ringing(trid, turn);
        let peer = Peer {
            who: contact.who.clone(),
            name: roster::name(contact).into(),
        };
        if comes {
            self.company.call(peer);
        } else {
            self.company.pretend(peer, turn);
        }
        self.tell_with_whom(requests, turn);
    }

    /// The conversation's own room comes first: once the private one is joined, what waits is handed over.
    fn enter(&mut self, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        let call = self.pass.call.as_ref().map(|call| call.room);
        match call {
            None => requests.ask(Then::InRoom, Command::OpenRoom, turn),
            Some(Some(room)) => requests.ask(Then::InRoom, Command::JoinRoom(room), turn),
            Some(None) => {
                self.write_to_caller();
                requests.ask(Then::AtHome, Command::JoinRoom(self.pass.home), turn);
            }
        }
    }

    fn write_to_caller(&mut self) {
        if let Some(call) = &self.pass.call {
            self.company.write_to(Peer {
                who: call.by.clone(),
                name: call.name.clone(),
            });
        }
    }

    /// Answers `USR`, or `ANS` behind those who are there.
    fn begin(&self, turn: &mut Turn<'_>) {
        if self.pass.call.is_none() {
            let joined = Joined {
                user: self.user.clone(),
                name: Some(Name::new(&self.pass.name)),
            };
            return self.writer.reply(self.trid, joined, turn);
        }
        self.company.tell(self.trid, turn);
        self.writer.reply(self.trid, Answered {}, turn);
    }

    /// False: the connection is over.
    pub(super) fn on_event(
        &mut self,
        event: Event,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> bool {
        match event {
            Event::Joined(room, one) if Some(room) == self.room => {
                self.company.joined(one, self.is_ready, turn);
                self.tell_with_whom(requests, turn);
            }
            Event::Left(room, who, place) if Some(room) == self.room => {
                self.company.left(&who, place, self.is_ready, turn);
                self.tell_with_whom(requests, turn);
            }
            // Without the main connection nobody would hand over what is said.
            Event::Left(room, ..) if room == self.pass.home => {
                return self.receipts.wait(turn.monotonic());
            }
            Event::SaidInRoom(room, _, said) if room == self.pass.home => {
                self.on_handed_over(&said, turn);
            }
            Event::SaidInRoom(_, who, said) => self.on_raw(&who, &said, turn),
            // The main connection is in its room first, and it has subscribed to nothing.
            Event::Joined(..)
            | Event::Left(..)
            | Event::Roster(_)
            | Event::RosterChanged(_)
            | Event::Groups(_)
            | Event::Presence { .. }
            | Event::Message(_)
            | Event::Passing { .. }
            | Event::Announcement { .. }
            | Event::Notice(..)
            | Event::Thread(_)
            | Event::Invitation { .. } => {}
        }
        true
    }

    fn on_raw(&self, who: &Who, said: &Said, turn: &mut Turn<'_>) {
        let is_full = turn.outgoing() >= turn.config().outgoing_bytes;
        let Some(payload) = speech::payload(said).filter(|_| !is_full) else {
            return;
        };
        let name = self.company.name(who).unwrap_or(who.email().as_str());
        self.writer.say(
            Message {
                sender: account(who),
                name: Some(Name::new(name)),
                payload: payload.clone(),
            },
            turn,
        );
    }

    fn on_handed_over(&mut self, said: &Said, turn: &mut Turn<'_>) {
        let Some(Handover::Said {
            number,
            author,
            said,
        }) = Handover::read(said)
        else {
            return;
        };
        let name = said.attributes.get(message::NAME);
        let name = name
            .filter(|name| !name.trim().is_empty())
            .unwrap_or(&author);
        let joins_parts = self.pass.joins_parts;
        let payloads = message::payloads(&said, &author, joins_parts, || turn.prng().guid());
        for mime in payloads {
            let told = Message {
                sender: msnp_proto::classic::Account::new(&author),
                name: Some(Name::new(name)),
                payload: mime.as_bytes().clone(),
            };
            self.writer.say(told, turn);
        }
        turn.shows(number);
        self.receipts.sent(number);
    }

    /// Those messages are known to have been shown.
    pub(super) fn shown(
        &mut self,
        which: impl Fn(&Number) -> bool,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        self.receipts.shown(which, self.pass.home, requests, turn);
    }

    /// Those messages were taken by a connection that was closed as its request had asked.
    pub(super) fn taken(
        &self,
        which: impl Fn(&Number) -> bool,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        self.receipts.taken(which, self.pass.home, requests, turn);
    }

    fn tell_home(&self, word: &Handover, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        let (room, said) = (self.pass.home, word.to_said());
        requests.tell(Command::SayInRoom { room, said }, turn);
    }

    /// The main connection hands over here what that one person says, and else to another conversation. When nobody is left
    /// it stays with the last, who may come again.
    fn tell_with_whom(&mut self, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        let with = self.company.alone_with().map(Who::person);
        if self.is_ready && self.company.is_any() && with != self.with {
            self.with = with;
            self.tell_home(&Handover::With(with), requests, turn);
        }
    }
}
