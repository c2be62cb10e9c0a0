//! `Home`: the main connection, once it is known whose it is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use machine_contract::Instant;
use msnp_proto::auth::challenge::product;
use msnp_proto::classic::{
    ChallengeAccepted, ChallengeResponse, ClientBody, NetworkQuery, OwnData, OwnDataReply,
    OwnStatus, SendPage, SignedIn, Word,
};
use msnp_proto::payload::contacts::{ContactList, Lists as WireLists};
use msnp_proto::payload::mime::Mime;
use msnp_proto::payload::personal_data::PersonalData;
use msnp_proto::payload::presence::{Capabilities, Status as Code};
use msnp_proto::{ErrorCode, Network, TrId, Verb};

use super::book::{Book, Step};
use super::calls::{Calls, Opening, Speaker};
use super::presence::OwnPresence;
use super::refusal::{self, Subject};
use super::requests::Requests;
use super::sight::{Sight, Viewer};
use super::sign_in::Proved;
use super::writer::Writer;
use super::{greeting, lists, message, roster};
use crate::faces::config::Challenge;
use crate::faces::status;
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{
    Answer, Author, Command, Content, ConversationId, Event, Kept, Message, Number, Presence,
    Recipient, Refusal, RoomId, Said, Status, Subscription,
};

/// The main connection of one place.
#[derive(Debug)]
pub(super) struct Home {
    proved: Proved,
    book: Book,
    own: OwnPresence,
    sight: Sight,
    calls: Calls,
    /// What was to be answered, and until when.
    challenge: Option<(String, Instant)>,
}

/// What follows from an answer of the network.
#[derive(Debug)]
pub(super) enum Then {
    /// The person is there.
    Entered,
    /// The contacts are being told.
    Known,
    /// The settings are known: the sign-in is done.
    Settled,
    /// The next step of a change of the list.
    Listed(Step),
    /// On which network somebody is.
    Queried(TrId),
    /// A message for somebody who is away was kept, or not.
    Paged(TrId),
    /// A private room was opened.
    Opened(Opening),
}

/// What becomes of the connection.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    GoesOn,
    /// The sign-in is done.
    SignedIn,
    Ends,
}

/// How long a client has for its answer (msnp8-18.md 11).
const TO_ANSWER: Duration = Duration::from_secs(50);

impl From<Opening> for Then {
    fn from(opening: Opening) -> Self {
        Self::Opened(opening)
    }
}

impl From<Step> for Then {
    fn from(step: Step) -> Self {
        Self::Listed(step)
    }
}

impl Home {
    pub(super) fn new(proved: Proved, requests: &mut Requests<Then>, turn: &mut Turn<'_>) -> Self {
        let (who, endpoint) = (proved.who.clone(), proved.place);
        requests.ask(Then::Entered, Command::Enter { who, endpoint }, turn);
        Self {
            book: Book::new(proved.who.clone(), proved.writer),
            calls: Calls::new(proved.who.clone(), proved.place, proved.writer),
            proved,
            own: OwnPresence::default(),
            sight: Sight::default(),
            challenge: None,
        }
    }

    pub(super) const fn writer(&self) -> Writer {
        self.proved.writer
    }

    /// When something has to be done about it.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.challenge.as_ref().map(|(_, until)| *until)
    }

    /// Time has passed. False: the connection is over.
    pub(super) fn on_timeout(&self, turn: &mut Turn<'_>) -> bool {
        if self.deadline().is_none_or(|until| until > turn.monotonic()) {
            return true;
        }
        let code = refusal::CHALLENGE_FAILED;
        self.writer().refuse(TrId(0), code, turn);
        false
    }

    /// Carries out a line. False: the connection is over.
    pub(super) fn on_command(
        &mut self,
        trid: TrId,
        body: ClientBody,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> bool {
        let ends = matches!(
            body,
            ClientBody::Version(_) | ClientBody::ChallengeResponse(_)
        );
        if matches!(body, ClientBody::SignOut(_)) {
            return false;
        }
        match self.carry_out(trid, body, requests, turn) {
            Ok(()) => true,
            Err(code) => {
                self.writer().refuse(trid, code, turn);
                !ends
            }
        }
    }

    fn carry_out(
        &mut self,
        trid: TrId,
        body: ClientBody,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        if let Some(done) = self.book.on_command(trid, &body, requests, turn) {
            return done;
        }
        match body {
            ClientBody::Synchronize(_) => self.book.synchronize(trid, turn),
            ClientBody::OwnStatus(status) => self.set_status(trid, &status, requests, turn)?,
            ClientBody::OwnData(OwnData { payload }) => {
                self.set_data(trid, &payload, requests, turn)?;
            }
            ClientBody::ChallengeResponse(response) => self.check(trid, &response, turn)?,
            ClientBody::SwitchboardRequest(_) => self.ask_for_room(trid, requests, turn)?,
            ClientBody::NetworkQuery(query) => {
                let named = ContactList::parse(&query.payload).map_err(|_| refusal::INVALID_XML)?;
                let first = named.contacts().next().ok_or(refusal::EMPTY_DOMAIN)?;
                let address = first.address().and_then(|one| roster::address(one.id()));
                let address = address.ok_or(refusal::INVALID_USERNAME)?;
                requests.ask(Then::Queried(trid), Command::LookUp(vec![address]), turn);
            }
            ClientBody::SendPage(page) => self.page(trid, &page, requests, turn)?,
            // Places have no words for each other here but their status.
            ClientBody::SendNotice(_) => return Err(refusal::UNKNOWN_NOTICE),
            // The circles of the address book, of which there are none (msnp8-18.md 13).
            ClientBody::CircleTicket(_) => {
                let signed_in = SignedIn {
                    account: self.proved.account.clone(),
                    name: None,
                    successor_name: None,
                    verified: Some(false),
                    restricted: Some(false),
                };
                self.writer().reply(trid, signed_in, turn);
            }
            ClientBody::Md5Account(_) | ClientBody::Md5Response(_) => {
                return Err(refusal::ALREADY_SIGNED_IN);
            }
            ClientBody::TwnAccount(_)
            | ClientBody::TwnTicket(_)
            | ClientBody::SsoAccount(_)
            | ClientBody::SsoTicket(_) => return Err(refusal::INVALID_USER),
            ClientBody::Other(frame) if frame.verb() == Verb::XFR => {
                return Err(refusal::INVALID_PARAMETER);
            }
            ClientBody::Other(frame) => return Err(unknown(frame.verb())),
            _ => return Err(refusal::NOT_EXPECTED),
        }
        Ok(())
    }

    /// `CHG`: with the first one the person is there for others, and is told of them.
    fn set_status(
        &mut self,
        trid: TrId,
        said: &OwnStatus,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let status = status::read(said.status);
        let object = said.object.as_ref().map(Word::text);
        let object = object.filter(|object| !object.is_empty() && object != "0");
        let length = object.as_ref().map_or(0, |one| one.len());
        let is_status = said.status != Code::FLN && !matches!(status, Status::Other(_));
        if !is_status || length > turn.config().presence_bytes {
            return Err(refusal::INVALID_PARAMETER);
        }
        let is_first = self.own.status().is_none();
        self.own
            .set_status(status, said.capabilities, object.as_deref());
        // Nothing refuses it, and what follows from it comes behind the answer.
        self.writer().reply(trid, said.clone(), turn);
        self.publish(requests, turn);
        if is_first {
            self.book.bring(trid, turn.monotonic());
            greeting::mailbox(self.writer(), turn);
            self.ask_for_proof_of_product(turn);
            let all = Subscription {
                roster: false,
                presence: true,
                messages: true,
                rooms: true,
            };
            requests.tell(Command::Subscribe(all), turn);
        }
        Ok(())
    }

    fn ask_for_proof_of_product(&mut self, turn: &mut Turn<'_>) {
        let asks = turn.config().challenge != Challenge::Absent;
        if asks && self.writer().dialect().has_challenge() {
            let until = match turn.config().challenge {
                Challenge::Checked => turn.monotonic() + TO_ANSWER,
                Challenge::Absent | Challenge::Ignored => Instant::END,
            };
            let asked = greeting::challenge(self.writer(), turn);
            self.challenge = Some((asked, until));
        }
    }

    fn set_data(
        &mut self,
        trid: TrId,
        payload: &[u8],
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        if payload.len() > turn.config().presence_bytes {
            return Err(refusal::INVALID_PARAMETER);
        }
        let data = PersonalData::parse(payload).map_err(|_| refusal::SYNTAX)?;
        self.own.set_data(data);
        let payload = "".into();
        self.writer().reply(trid, OwnDataReply { payload }, turn);
        // Before the first status nobody is there who could say anything.
        if self.own.status().is_some() {
            self.publish(requests, turn);
        }
        Ok(())
    }

    fn publish(&self, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        let publication = self.own.publication(self.writer().dialect());
        requests.tell(Command::Publish(publication), turn);
    }

    /// `QRY`
    fn check(
        &mut self,
        trid: TrId,
        response: &ChallengeResponse,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let asked = self.challenge.take();
        if turn.config().challenge == Challenge::Checked {
            let (challenge, _) = asked.ok_or(refusal::CHALLENGE_FAILED)?;
            let product = product(&response.product.text()).ok_or(refusal::CHALLENGE_FAILED)?;
            if !product.respond(&challenge).matches(&response.payload) {
                return Err(refusal::CHALLENGE_FAILED);
            }
        }
        self.writer().reply(trid, ChallengeAccepted {}, turn);
        Ok(())
    }

    /// `XFR … SB`: whoever is not there calls nobody (error-codes.tsv 913).
    fn ask_for_room(
        &mut self,
        trid: TrId,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let is_early = self.writer().dialect().has_synchronization();
        match self.own.status() {
            Some(status) if status != Status::Hidden || !is_early => {}
            _ => return Err(refusal::NOT_WHILE_OFFLINE),
        }
        if self.calls.ask(trid, requests, turn) {
            Ok(())
        } else {
            Err(refusal::TOO_ACTIVE)
        }
    }

    /// `UUM`: a message for somebody who is away, and what is said beside conversations. It is not answered when it is done
    /// (msnp8-18.md 10). libpurple leaves out the header that says for whom it is (real-clients.md 1).
    fn page(
        &self,
        trid: TrId,
        page: &SendPage,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        if page.network != Network::PASSPORT {
            return Err(refusal::UNROUTABLE);
        }
        if page.payload.len() > turn.config().message_bytes {
            return Err(refusal::MESSAGE_TOO_LONG);
        }
        let to = roster::address(&page.account.text()).ok_or(refusal::INVALID_USERNAME)?;
        let mime = Mime::parse(page.payload.clone()).map_err(|_| refusal::UNDELIVERABLE)?;
        let name = turn.name().unwrap_or_default();
        let spoken = message::spoken(&mime, &name).ok_or(refusal::UNDELIVERABLE)?;
        let command = Command::Send {
            to: Recipient::Person(to, None),
            said: spoken.said,
            delivery: spoken.delivery,
        };
        requests.ask(Then::Paged(trid), command, turn);
        Ok(())
    }

    pub(super) fn on_answer(
        &mut self,
        then: Then,
        outcome: Result<Answer, Refusal>,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Progress {
        let dialect = self.writer().dialect();
        match (then, outcome) {
            (Then::Listed(step), outcome) => self.book.on_answer(step, outcome, requests, turn),
            (Then::Opened(opening), outcome) => self.on_room(opening, outcome, requests, turn),
            (Then::Entered, Ok(_)) => {
                let contacts = Subscription {
                    roster: true,
                    ..Subscription::default()
                };
                requests.ask(Then::Known, Command::Subscribe(contacts), turn);
            }
            (Then::Known, Ok(_)) => requests.ask(Then::Settled, Command::ListSettings, turn),
            (Then::Settled, Ok(Answer::Settings(settings))) => {
                self.book.set_settings(settings);
                let name = turn.name().unwrap_or_default();
                greeting::welcome(&self.proved, &name, turn);
                return Progress::SignedIn;
            }
            (Then::Entered | Then::Known | Then::Settled, outcome) => {
                let refusal = outcome.err().unwrap_or(Refusal::Store);
                let code = refusal::code(refusal, Subject::Other, dialect);
                self.writer().refuse(self.proved.trid, code, turn);
                return Progress::Ends;
            }
            (Then::Queried(trid), Ok(Answer::Contacts(found))) => match found.first() {
                Some(found) => {
                    let payload = lists::document(&found.who, WireLists::NONE, None);
                    let payload = payload.unwrap_or_default().into();
                    self.writer().reply(trid, NetworkQuery { payload }, turn);
                }
                None => self.writer().refuse(trid, refusal::INVALID_USERNAME, turn),
            },
            (Then::Paged(trid) | Then::Queried(trid), Err(no)) => {
                let code = refusal::code(no, Subject::Person, dialect);
                self.writer().refuse(trid, code, turn);
            }
            // It was kept, and is not answered.
            (Then::Paged(_) | Then::Queried(_), Ok(_)) => {}
        }
        Progress::GoesOn
    }

    fn on_room(
        &mut self,
        opening: Opening,
        outcome: Result<Answer, Refusal>,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let room = match &outcome {
            Ok(Answer::Room(room, _)) => Some(*room),
            _ => None,
        };
        let speaker = Speaker {
            writer: self.writer(),
            name: turn.name().unwrap_or_default(),
            joins_parts: self
                .own
                .capabilities()
                .has(Capabilities::MULTI_PACKET_MESSAGES),
        };
        let refused = self.calls.opened(opening, room, speaker, requests, turn);
        if let Some(trid) = refused {
            let refusal = outcome.err().unwrap_or(Refusal::Busy);
            let code = refusal::code(refusal, Subject::Other, self.writer().dialect());
            self.writer().refuse(trid, code, turn);
        }
    }

    pub(super) fn on_event(
        &mut self,
        event: Event,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        match event {
            Event::Groups(groups) => self.book.take_groups(groups),
            Event::Roster(contacts) => self.book.take_all(contacts),
            Event::RosterChanged(contacts) => {
                for contact in self.book.take_changes(contacts, turn) {
                    let name = roster::name(&contact);
                    self.sight.rename(&contact.who, name, self.writer(), turn);
                }
            }
            Event::Presence { who, shown, .. } => self.on_presence(&who, shown, turn),
            Event::Message(kept) => self.on_message(&kept, requests, turn),
            Event::Passing {
                conversation,
                message,
                ..
            } => self.on_passing(&conversation, &message, requests, turn),
            Event::Invitation { room, by, name } => {
                let call = (&by, &name, Some(room));
                self.calls.call(call, VecDeque::new(), requests, turn);
            }
            Event::Joined(room, _) => self.calls.joined(room, requests, turn),
            Event::Left(room, ..) => self.calls.left(room, requests, turn),
            Event::SaidInRoom(room, _, said) => self.on_said(room, &said, requests, turn),
            // There are none in these dialects; who is in one finds it with another.
            Event::Thread(_) => {}
        }
    }

    /// Up to MSNP15 nobody has another place.
    fn on_presence(&mut self, who: &Who, shown: Option<Arc<Presence>>, turn: &mut Turn<'_>) {
        let writer = self.writer();
        let own = *who == self.proved.who;
        if own && !writer.dialect().has_endpoints() {
            return;
        }
        let name: Arc<str> = match self.book.contact(who) {
            _ if own => turn.name().unwrap_or_default(),
            Some(contact) => roster::name(contact).into(),
            None => who.email().as_str().into(),
        };
        let viewer = Viewer {
            writer,
            asked: self.book.brought(turn.monotonic()),
            own,
        };
        self.sight.show(who, shown, &name, viewer, turn);
    }

    /// What these dialects cannot show is received all the same: left waiting, it would take the room of what they can.
    fn on_message(&mut self, kept: &Kept, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        match words_of_another(&kept.conversation, &kept.message, &self.proved.who) {
            Some((by, said)) if message::is_shown(said) => {
                let waiting = (Some(kept.number), said.clone());
                self.hand_over(by, waiting, true, requests, turn);
            }
            _ => requests.tell(Command::Received(kept.number), turn),
        }
    }

    fn on_passing(
        &mut self,
        conversation: &ConversationId,
        passing: &Message,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let is_half_full = turn.outgoing() >= turn.config().outgoing_bytes / 2;
        let words = words_of_another(conversation, passing, &self.proved.who);
        if let Some((by, said)) = words.filter(|_| !is_half_full) {
            let waiting = (None, said.clone());
            self.hand_over(by, waiting, message::rings(said), requests, turn);
        }
    }

    fn hand_over(
        &mut self,
        by: &Who,
        waiting: (Option<Number>, Said),
        rings: bool,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let contact = self.book.contact(by).map(roster::name);
        let said = waiting.1.attributes.get(message::NAME);
        let name = contact.or(said).unwrap_or(by.email().as_str());
        let by = (by, &Arc::from(name));
        self.calls.hand_over(by, waiting, rings, requests, turn);
    }

    fn on_said(
        &mut self,
        room: RoomId,
        said: &Said,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        for number in self.calls.said(room, said) {
            requests.tell(Command::Received(number), turn);
        }
    }
}

/// What one other person has said to the person; nothing of what is said in a thread, or by the person elsewhere.
fn words_of_another<'a>(
    conversation: &'a ConversationId,
    message: &'a Message,
    own: &Who,
) -> Option<(&'a Who, &'a Said)> {
    match (conversation, &message.author, &message.content) {
        (ConversationId::Person(with), Author::Person(author, _), Content::Said(said))
            if author != own =>
        {
            Some((with, said))
        }
        _ => None,
    }
}

/// Why a line was not carried out that has no meaning here: its verb is another dialect's, or nobody's.
fn unknown(verb: Verb) -> ErrorCode {
    let known = ClientBody::FORMS.iter().any(|form| form.verb == verb);
    if known {
        refusal::DISABLED
    } else {
        refusal::SYNTAX
    }
}
