//! `Talk`: the connection of one conversation, a switchboard (msnp8-18.md 9).
//!
//! What one person says to one other is a message of the network's like any: it is kept, it comes to all their places, and to
//! those who speak another dialect. It comes to a switchboard by way of the main connection. What more than two say to each
//! other, and what the network has no words for, goes through the room that they are in, and is kept nowhere.

use std::sync::Arc;

use msnp_proto::classic::{
    Acknowledgement, Answered, ClientBody, ContactJoined, ContactLeft, Delivered, Endpoint, Joined,
    Message, Name, Ringing, RosterEntry, SendMessage, Undelivered, Word, limits,
};
use msnp_proto::payload::chunks::Joiner;
use msnp_proto::payload::mime::{Content, Mime};
use msnp_proto::payload::presence::Capabilities;
use msnp_proto::{Dialect, TrId};

use super::handover::Handover;
use super::lists::account;
use super::refusal::{self, Subject};
use super::requests::Requests;
use super::sign_in::ONLY_PLACE;
use super::writer::Writer;
use super::{message, roster, sight};
use crate::faces::passes::Pass;
use crate::faces::turn::Turn;
use crate::identity::{Address, EmailAddress, PersonId, Who};
use crate::network::{
    Answer, Attributes, Command, Contact, EndpointId, Event, Number, Participant, Recipient,
    Refusal, RoomId, Said,
};

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
    /// Who else is in it.
    others: Vec<Participant>,
    /// Somebody who is not, and is written to.
    written_to: Option<Peer>,
    /// Who was called and has not come. What is said before is written to them, and waits until they do.
    called: Vec<Peer>,
    joiner: Joiner,
    /// Messages that were sent to the client and not shown by anything to have been received.
    unshown: Vec<Number>,
    /// With whom alone it was said to be.
    with: Option<PersonId>,
    is_ready: bool,
}

/// Somebody who is not in the room.
#[derive(Clone, Debug)]
struct Peer {
    who: Who,
    name: Arc<str>,
}

/// What follows from an answer of the network.
#[derive(Debug)]
pub(super) enum Then {
    /// The connection is that of a conversation.
    Entered,
    /// The conversation's room was opened, or joined.
    InRoom,
    /// So was the private one.
    AtHome,
    /// Somebody was called.
    Invited(TrId, Address),
    /// It is known who that is; whether any of their places comes into rooms.
    Found(TrId, bool),
    /// It was said, or not.
    Said(TrId, Acknowledgement),
}

/// What goes from one switchboard to others byte for byte.
const RAW: &str = "Switchboard/Message";

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
        let dialect = Dialect::new(pass.dialect).unwrap_or(Dialect::MSNP8);
        Self {
            writer: Writer::new(dialect),
            with: pass.call.as_ref().map(|call| call.by.person()),
            pass,
            trid,
            user,
            room: None,
            others: Vec::new(),
            written_to: None,
            called: Vec::new(),
            joiner: Joiner::default(),
            unshown: Vec::new(),
            is_ready: false,
        }
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
        self.confirm(requests, turn);
        match body {
            ClientBody::SignOut(_) => return false,
            ClientBody::Call(call) => self.call(trid, &call.user, requests, turn),
            ClientBody::SendMessage(message) => self.say(trid, &message, requests, turn),
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
        match (&self.written_to, self.room) {
            (Some(peer), _) if peer.who.is_at(&whom) => {
                self.writer.refuse(trid, refusal::PRESENT, turn);
            }
            // Whoever is only written to would not hear a third.
            (None, Some(room)) => {
                let then = Then::Invited(trid, whom.clone());
                requests.ask(then, Command::Invite { room, whom }, turn);
            }
            _ => self.writer.refuse(trid, refusal::NOT_ONLINE, turn),
        }
    }

    fn ringing(&self, trid: TrId, turn: &mut Turn<'_>) {
        let session = self.session();
        self.writer.reply(trid, Ringing { session }, turn);
    }

    fn session(&self) -> Word {
        let room = self.room.map_or(0, |room| room.0);
        let digits = format!("{room:032x}");
        // What others are told of the room is not what lets anybody in; the network asks who was invited.
        Word::encode(&digits[..limits::SESSION_ID])
    }

    /// `MSG`
    fn say(
        &mut self,
        trid: TrId,
        said: &SendMessage,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let acknowledgement = said.acknowledgement;
        if said.payload.len() > limits::SWITCHBOARD_PAYLOAD {
            let code = refusal::MESSAGE_TOO_LONG;
            return self.writer.refuse(trid, code, turn);
        }
        let Ok(mime) = Mime::parse(said.payload.clone()) else {
            return self.outcome(trid, acknowledgement, false, turn);
        };
        match self.alone_with() {
            Some(who) => self.say_to(&who, trid, acknowledgement, mime, requests, turn),
            None => self.say_raw(trid, acknowledgement, &mime, requests, turn),
        }
    }

    /// Says something to the one other. Long texts come in parts, and are one message.
    fn say_to(
        &mut self,
        who: &Who,
        trid: TrId,
        acknowledgement: Acknowledgement,
        mime: Mime,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let now = turn.monotonic();
        let whole = match self.joiner.push("", mime, now) {
            Ok(Some(whole)) => whole,
            Ok(None) => return self.outcome(trid, acknowledgement, true, turn),
            Err(_) => return self.outcome(trid, acknowledgement, false, turn),
        };
        let Some(spoken) = message::spoken(&whole, &self.pass.name) else {
            return self.say_raw(trid, acknowledgement, &whole, requests, turn);
        };
        if spoken.said.body.len() > turn.config().message_bytes {
            return self.outcome(trid, acknowledgement, false, turn);
        }
        let command = Command::Send {
            to: Recipient::Person(Address::Email(who.email().clone()), None),
            said: spoken.said,
            delivery: spoken.delivery,
        };
        requests.ask(Then::Said(trid, acknowledgement), command, turn);
    }

    /// Says something to all who are in the room; whoever is only written to could not make anything of it.
    fn say_raw(
        &self,
        trid: TrId,
        acknowledgement: Acknowledgement,
        mime: &Mime,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let Some(room) = self.room.filter(|_| !self.others.is_empty()) else {
            // What only helps a client to show the next message is not missed.
            let is_missed = !matches!(
                Content::of(mime),
                Ok(Content::Emoticons(_) | Content::ClientCaps(_) | Content::KeepAlive)
            );
            let done = self.written_to.is_some() && !is_missed;
            return self.outcome(trid, acknowledgement, done, turn);
        };
        let said = Said {
            kind: RAW.into(),
            client_id: None,
            attributes: Attributes::new(),
            body: mime.as_bytes().clone(),
        };
        let command = Command::SayInRoom { room, said };
        requests.ask(Then::Said(trid, acknowledgement), command, turn);
    }

    /// Tells the client what it wants to hear of a message (msnp8-18.md 9.3).
    fn outcome(
        &self,
        trid: TrId,
        acknowledgement: Acknowledgement,
        done: bool,
        turn: &mut Turn<'_>,
    ) {
        match (acknowledgement, done) {
            (
                Acknowledgement::ALWAYS | Acknowledgement::DATA | Acknowledgement::ON_SUCCESS,
                true,
            ) => {
                self.writer.reply(trid, Delivered {}, turn);
            }
            (Acknowledgement::DATA, false) => {
                let code = refusal::NO_SUCH_APPLICATION;
                self.writer.refuse(trid, code, turn);
            }
            (Acknowledgement::ALWAYS | Acknowledgement::ON_FAILURE, false) => {
                self.writer.reply(trid, Undelivered {}, turn);
            }
            _ => {}
        }
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
                self.others = others;
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
                if rung > 0 || self.others.is_empty() {
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
            (Then::Said(trid, acknowledgement), outcome) => {
                let done = match outcome {
                    Ok(Answer::Reached(reached)) => reached > 0,
                    // Nobody knows: the client's own time-out says so best.
                    Err(Refusal::Uncertain) => return true,
                    outcome => outcome.is_ok(),
                };
                self.outcome(trid, acknowledgement, done, turn);
            }
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
        if !comes {
            self.announce(peer_entry(&peer), turn);
            self.written_to = Some(peer);
        } else if !self.is_here(&peer.who) && self.called.iter().all(|one| one.who != peer.who) {
            self.called.push(peer);
        }
        self.tell_with_whom(requests, turn);
    }

    fn is_here(&self, who: &Who) -> bool {
        self.others.iter().any(|one| one.who == *who)
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
        self.written_to = self.pass.call.as_ref().map(|call| Peer {
            who: call.by.clone(),
            name: call.name.clone(),
        });
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
        let mut entries: Vec<_> = self
            .others
            .iter()
            .flat_map(|one| self.entries(one))
            .collect();
        if let Some(peer) = &self.written_to {
            entries.push(peer_entry(peer));
        }
        let total = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        for (number, (user, name, capabilities)) in (1..).zip(entries) {
            let entry = RosterEntry {
                number,
                total,
                user,
                name: Some(name),
                capabilities: Some(capabilities),
            };
            self.writer.reply(self.trid, entry, turn);
        }
        self.writer.reply(self.trid, Answered {}, turn);
    }

    /// Somebody as the lines of the dialect have them: since MSNP16 each place, and the account once more
    /// (msnp8-18.md 9.2).
    fn entries(&self, one: &Participant) -> Vec<(Endpoint, Name, Capabilities)> {
        let capabilities = sight::capabilities(one.shown.as_deref());
        let name = Name::new(&one.name);
        let users = self.users(&one.who, one.endpoint).into_iter();
        users
            .map(|user| (user, name.clone(), capabilities))
            .collect()
    }

    fn users(&self, who: &Who, place: EndpointId) -> Vec<Endpoint> {
        let mut users = Vec::with_capacity(2);
        if self.writer.dialect().has_endpoints() && place != ONLY_PLACE {
            users.push(Endpoint::with_guid(account(who), place));
        }
        users.push(Endpoint::of(account(who)));
        users
    }

    fn announce(
        &self,
        (user, name, capabilities): (Endpoint, Name, Capabilities),
        turn: &mut Turn<'_>,
    ) {
        let joined = ContactJoined {
            user,
            name: Some(name),
            capabilities: Some(capabilities),
        };
        self.writer.say(joined, turn);
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
                for entry in self.entries(&one).into_iter().filter(|_| self.is_ready) {
                    self.announce(entry, turn);
                }
                self.called.retain(|peer| peer.who != one.who);
                self.others.push(one);
                self.tell_with_whom(requests, turn);
            }
            Event::Left(room, who, place) if Some(room) == self.room => {
                self.on_left(&who, place, requests, turn);
            }
            // Without the main connection nobody would hand over what is said.
            Event::Left(room, ..) => return room != self.pass.home,
            Event::SaidInRoom(room, _, said) if room == self.pass.home => {
                self.on_handed_over(&said, turn);
            }
            Event::SaidInRoom(_, who, said) => self.on_raw(&who, &said, turn),
            Event::Joined(..) => {}
            // It has subscribed to nothing.
            Event::Roster(_)
            | Event::RosterChanged(_)
            | Event::Groups(_)
            | Event::Presence { .. }
            | Event::Message(_)
            | Event::Passing { .. }
            | Event::Thread(_)
            | Event::Invitation { .. } => {}
        }
        true
    }

    fn on_left(
        &mut self,
        who: &Who,
        place: EndpointId,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let gone = self.others.iter();
        let mut gone = gone.enumerate();
        let gone = gone.find(|(_, one)| one.who == *who && one.endpoint == place);
        let Some((at, _)) = gone else {
            return;
        };
        self.others.remove(at);
        let is_still_here = self.is_here(who);
        let users = self.users(who, place);
        let bare = users.len() - 1;
        for (number, user) in users.into_iter().enumerate() {
            // The account itself is gone with its last place.
            if self.is_ready && (number < bare || !is_still_here) {
                self.writer.say(ContactLeft { user, idle: None }, turn);
            }
        }
        self.tell_with_whom(requests, turn);
    }

    fn on_raw(&self, who: &Who, said: &Said, turn: &mut Turn<'_>) {
        let is_full = turn.outgoing() >= turn.config().outgoing_bytes;
        if &*said.kind != RAW || is_full {
            return;
        }
        let known = self.others.iter().find(|one| one.who == *who);
        let name = known.map_or(who.email().as_str(), |one| &*one.name);
        self.writer.say(
            Message {
                sender: account(who),
                name: Some(Name::new(name)),
                payload: said.body.clone(),
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
        if let Some(number) = number {
            turn.shows(number);
            self.unshown.push(number);
        }
    }

    /// Messages are known to have been shown.
    pub(super) fn on_shown(
        &mut self,
        shown: &[Number],
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let received: Vec<_> = self
            .unshown
            .extract_if(.., |one| shown.contains(one))
            .collect();
        self.tell_received(received, requests, turn);
    }

    fn confirm(&mut self, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        let received = std::mem::take(&mut self.unshown);
        self.tell_received(received, requests, turn);
    }

    fn tell_received(
        &self,
        received: Vec<Number>,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        if !received.is_empty() {
            self.tell_home(&Handover::Received(received), requests, turn);
        }
    }

    fn tell_home(&self, word: &Handover, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        let (room, said) = (self.pass.home, word.to_said());
        requests.tell(Command::SayInRoom { room, said }, turn);
    }

    /// With whom the person speaks, if it is one alone.
    fn alone_with(&self) -> Option<Who> {
        let is_empty = self.others.is_empty();
        let called = self.called.iter().filter(|_| is_empty);
        let peers = called.chain(&self.written_to).map(|peer| &peer.who);
        let mut all = self.others.iter().map(|one| &one.who).chain(peers);
        let first = all.next()?;
        all.all(|one| one == first).then(|| first.clone())
    }

    /// The main connection hands over here what that one person says, and else to another conversation. When nobody is left
    /// it stays with the last, who may come again.
    fn tell_with_whom(&mut self, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        let here = self.others.len() + self.called.len() + usize::from(self.written_to.is_some());
        let with = self.alone_with().map(|who| who.person());
        if self.is_ready && here > 0 && with != self.with {
            self.with = with;
            self.tell_home(&Handover::With(with), requests, turn);
        }
    }
}

fn peer_entry(peer: &Peer) -> (Endpoint, Name, Capabilities) {
    // Nothing is known of a client that no switchboard has seen: it is offered nothing.
    let user = Endpoint::of(account(&peer.who));
    (user, Name::new(&peer.name), Capabilities::default())
}
