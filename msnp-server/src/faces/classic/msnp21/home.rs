//! `Home`: the one connection of a client, once it is known whose it is.

use std::sync::Arc;

use machine_contract::Instant;
use msnp_proto::classic::{ClientBody, Datagram, FslAccepted, FslReply, Published, SignedOut};
use msnp_proto::payload::layers::Layers;
use msnp_proto::payload::presence::{Departure, UserDocument};
use msnp_proto::{ErrorCode, TrId};

use super::group;
use super::inbox::Inbox;
use super::publishing::{Place, Publishing};
use super::rooms::Rooms;
use super::sight::Sight;
use super::steps::Then;
use super::words;
use crate::faces::classic::book::Book;
use crate::faces::classic::home_steps::Progress;
use crate::faces::classic::product::Product;
use crate::faces::classic::refusal::{self, Subject};
use crate::faces::classic::requests::Requests;
use crate::faces::classic::sign_in::Proved;
use crate::faces::classic::writer::Writer;
use crate::faces::classic::{greeting, notice, queries, roster};
use crate::faces::layered::address;
use crate::faces::layered::message;
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{
    Answer, Command, ConversationId, EndpointId, Event, Number, Presence, Publication, Refusal,
    Said, Subscription,
};

/// The connection of one place.
#[derive(Debug)]
pub(in crate::faces::classic) struct Home {
    proved: Proved,
    place: Place,
    book: Book,
    product: Product,
    publishing: Publishing,
    sight: Sight,
    rooms: Rooms,
    inbox: Inbox,
}

impl Home {
    pub(in crate::faces::classic) fn new(
        proved: Proved,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Self {
        let (who, endpoint) = (proved.who.clone(), proved.place);
        let place = Place::new(who.clone(), endpoint);
        requests.ask(Then::Entered, Command::Enter { who, endpoint }, turn);
        Self {
            book: Book::new(proved.who.clone(), proved.writer),
            sight: Sight::new(proved.who.clone(), proved.writer),
            product: Product::new(proved.writer),
            publishing: Publishing::default(),
            inbox: Inbox::new(proved.who.clone(), proved.writer),
            rooms: Rooms::new(place.clone(), proved.writer),
            place,
            proved,
        }
    }

    pub(in crate::faces::classic) const fn writer(&self) -> Writer {
        self.proved.writer
    }

    /// When something has to be done about it.
    pub(in crate::faces::classic) fn deadline(&self) -> Option<Instant> {
        self.product.deadline()
    }

    /// Time has passed. False: the connection is over.
    pub(in crate::faces::classic) fn on_timeout(&self, turn: &mut Turn<'_>) -> bool {
        self.product.is_in_time(turn)
    }

    /// Those messages are known to have been shown.
    pub(in crate::faces::classic) fn shown(
        &mut self,
        which: impl Fn(&Number) -> bool,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        self.inbox.shown(which, requests, turn);
    }

    /// Carries out a line. False: the connection is over.
    pub(in crate::faces::classic) fn on_command(
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
        match body {
            ClientBody::Publish(put) => self.publish(trid, put.payload, requests, turn),
            ClientBody::Withdraw(del) => self.withdraw(trid, del.payload, requests, turn),
            ClientBody::Datagram(datagram) => self.say(trid, &datagram, requests, turn),
            ClientBody::ChallengeResponse(response) => self.product.check(trid, &response, turn),
            // A telephone asks to be asked (msnp24.md 13.2).
            ClientBody::ChallengeRequest(_) => {
                self.product.ask(turn);
                Ok(())
            }
            // What for is not known; telephones were seen to take the one answer, MSNP22 the other (msnp24.md 14.1).
            ClientBody::Fsl(_) => {
                let writer = self.writer();
                if writer.dialect().has_web_sign_in() {
                    writer.reply(trid, FslReply {}, turn);
                } else {
                    let payload = "".into();
                    writer.reply(trid, FslAccepted { payload }, turn);
                }
                Ok(())
            }
            ClientBody::NetworkQuery(query) => {
                let command = queries::ask(&query)?;
                requests.ask(Then::Queried(trid), command, turn);
                Ok(())
            }
            ClientBody::CircleTicket(_) => {
                greeting::no_circles(trid, &self.proved, turn);
                Ok(())
            }
            body => match self.book.on_command(trid, &body, requests, turn) {
                Some(done) => done,
                None => Err(refusal::unexpected(&body)),
            },
        }
    }

    /// Layers that come from the person at this place; anything else is refused (msnp24.md 4).
    fn own_layers(&self, payload: bytes::Bytes) -> Result<Layers, ErrorCode> {
        let layers = Layers::parse(payload).map_err(|_| refusal::SYNTAX)?;
        let author = address::author(&layers, self.place.who(), self.place.id());
        author.map(|_| layers).ok_or(refusal::INVALID_PARAMETER)
    }

    /// `PUT`
    fn publish(
        &mut self,
        trid: TrId,
        payload: bytes::Bytes,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let layers = self.own_layers(payload)?;
        if let Some(wish) = group::put(&layers, self.place.who()) {
            self.rooms.wish(trid, wish?, requests, turn);
            return Ok(());
        }
        let published = Publishing::read(&layers, &self.place, turn)?;
        let name = published.name.filter(|name| !name.is_empty());
        let known = turn.name();
        match name.filter(|name| known.as_deref() != Some(name)) {
            Some(name) => {
                let then = Then::Named(trid, published.publication);
                requests.ask(then, Command::SetName(name.into()), turn);
            }
            None => self.published(trid, published.publication, requests, turn),
        }
        Ok(())
    }

    /// Nothing refuses it, and what follows from it comes behind the answer.
    fn published(
        &mut self,
        trid: TrId,
        publication: Publication,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let receipt = self.place.receipt();
        let payload = receipt.map(Layers::into_bytes).unwrap_or_default();
        self.writer().reply(trid, Published { payload }, turn);
        if self.publishing.publish(publication, requests, turn) {
            self.inbox.open(turn.now().wall);
        }
    }

    /// `DEL`: the person leaves a group, or another place of theirs is to sign out. Nobody is known to wait for an answer (msnp24.md 20.4).
    fn withdraw(
        &mut self,
        trid: TrId,
        payload: bytes::Bytes,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let layers = self.own_layers(payload)?;
        if let Some(wish) = group::del(&layers, self.place.who()) {
            self.rooms.wish(trid, wish?, requests, turn);
            return Ok(());
        }
        let user = UserDocument::parse(layers.body()).map_err(|_| refusal::INVALID_XML)?;
        for departure in user.departures() {
            if let Departure::Endpoint(place) = departure {
                let command = notice::sign_out(place);
                requests.ask(Then::SignedOut(trid), command, turn);
            }
        }
        Ok(())
    }

    /// `SDG`. What is taken is not answered (msnp24.md 10).
    fn say(
        &mut self,
        trid: TrId,
        datagram: &Datagram,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let layers = self.own_layers(datagram.payload.clone())?;
        let name = turn.name();
        let to = layers.to().ok();
        if let Some(room) = to.as_ref().and_then(group::room_of) {
            let said = message::said(&layers, name.as_deref(), turn.config());
            let said = said.map_err(|fault| refusal::of_layers(&fault))?;
            return self.rooms.say((trid, room), &said, requests, turn);
        }
        let read = message::read(&layers, self.place.who(), name.as_deref(), turn.config());
        let outgoing = read.map_err(|fault| refusal::of_layers(&fault))?;
        if let Some(read) = outgoing.read {
            requests.tell(Command::Read(read), turn);
        }
        let command = Command::Send {
            to: outgoing.to,
            said: words::heard(outgoing.said),
            delivery: outgoing.delivery,
        };
        requests.ask(Then::Said(trid, outgoing.no_way), command, turn);
        Ok(())
    }

    pub(in crate::faces::classic) fn on_answer(
        &mut self,
        then: Then,
        outcome: Result<Answer, Refusal>,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Progress {
        let writer = self.writer();
        let dialect = writer.dialect();
        match (then, outcome) {
            (Then::Listed(step), outcome) => self.book.on_answer(step, outcome, requests, turn),
            (Then::Grouped(step), outcome) => self.rooms.on_answer(step, outcome, turn),
            // What the lists are, the face has to know before the client can speak of them.
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
                self.product.ask(turn);
                return Progress::SignedIn;
            }
            (Then::Entered | Then::Known | Then::Settled, outcome) => {
                let refusal = outcome.err().unwrap_or(Refusal::Store);
                let code = refusal::code(refusal, Subject::Other, dialect);
                writer.refuse(self.proved.trid, code, turn);
                return Progress::Ends;
            }
            (Then::Queried(trid), outcome) => queries::answer(trid, outcome, writer, turn),
            (Then::Named(trid, publication), Ok(_)) => {
                self.published(trid, publication, requests, turn);
            }
            (Then::Named(trid, _), Err(Refusal::TooLong | Refusal::Invalid)) => {
                writer.refuse(trid, refusal::INVALID_NAME, turn);
            }
            // Nobody is there to take what is for clients alone: there is no way (msnp24.md 7.2).
            (Then::Said(trid, true), Err(Refusal::NotOnline)) => {
                writer.refuse(trid, refusal::INVALID_PARAMETER, turn);
            }
            (Then::Named(trid, _), Err(no)) => {
                writer.refuse(trid, refusal::code(no, Subject::Other, dialect), turn);
            }
            (Then::Said(trid, _) | Then::SignedOut(trid), Err(no)) => {
                writer.refuse(trid, refusal::code(no, Subject::Person, dialect), turn);
            }
            (Then::Said(..) | Then::SignedOut(_), Ok(_)) => {}
        }
        Progress::GoesOn
    }

    /// False: the connection is over.
    pub(in crate::faces::classic) fn on_event(
        &mut self,
        event: Event,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> bool {
        match event {
            Event::Groups(groups) => self.book.take_groups(groups, turn),
            Event::Roster(contacts) => self.book.take_all(contacts),
            Event::RosterChanged(contacts) => {
                for contact in self.book.take_changes(contacts, turn) {
                    let name = roster::name(&contact);
                    self.sight.rename(&contact.who, name, turn);
                }
            }
            Event::Presence { who, shown, left } => {
                self.on_presence(&who, shown.as_ref(), left, turn);
            }
            Event::Message(kept) => self.inbox.on_message(&kept, requests, turn),
            Event::Passing {
                conversation,
                message,
                ..
            } => self.inbox.on_passing(&conversation, &message, turn),
            Event::Announcement { by, message, .. } => {
                let conversation = ConversationId::Person(by);
                self.inbox.on_passing(&conversation, &message, turn);
            }
            Event::Notice(_, said) => return self.on_notice(&said, turn),
            // Who is in a thread finds it with another dialect.
            Event::Thread(_) => {}
            Event::Invitation { room, .. } => Rooms::invited(room, requests, turn),
            Event::Joined(room, one) => self.rooms.joined(room, one, turn),
            Event::Left(room, who, place) => self.rooms.left(room, (&who, place), requests, turn),
            Event::SaidInRoom(room, who, said) => self.rooms.said(room, &who, &said, turn),
        }
        true
    }

    fn on_presence(
        &mut self,
        who: &Who,
        shown: Option<&Arc<Presence>>,
        left: Option<EndpointId>,
        turn: &mut Turn<'_>,
    ) {
        let name: Arc<str> = match self.book.contact(who) {
            _ if who == self.place.who() => turn.name().unwrap_or_default(),
            Some(contact) => roster::name(contact).into(),
            None => who.email().as_str().into(),
        };
        self.sight.show((who, &name), shown, left, turn);
    }

    /// False: another place has told this one to sign out.
    fn on_notice(&mut self, said: &Said, turn: &mut Turn<'_>) -> bool {
        if !notice::is_sign_out(said) {
            return true;
        }
        self.sight.sign_out(self.place.id(), turn);
        let (reason, minutes) = (None, None);
        self.writer().say(SignedOut { reason, minutes }, turn);
        false
    }
}
