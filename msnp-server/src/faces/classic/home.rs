//! `Home`: the main connection, once it is known whose it is.

use std::collections::VecDeque;
use std::sync::Arc;

use machine_contract::Instant;
use msnp_proto::classic::{ClientBody, NoticeSent, OwnData};
use msnp_proto::{ErrorCode, TrId};

use super::book::Book;
use super::calls::{Calls, Opening, Speaker};
use super::home_steps::{Progress, Then};
use super::mail::{self, Mail};
use super::own_place::OwnPlace;
use super::product::Product;
use super::refusal::{self, Subject};
use super::requests::Requests;
use super::sight::{Sight, Viewer};
use super::sign_in::Proved;
use super::writer::Writer;
use super::{greeting, message, notice, queries, roster};
use crate::faces::turn::Turn;
use crate::identity::Who;
use crate::network::{
    self, Answer, Command, ConversationId, Event, Kept, Message, Number, Presence, Refusal, Said,
    Subscription,
};

/// The main connection of one place.
#[derive(Debug)]
pub(super) struct Home {
    proved: Proved,
    book: Book,
    own: OwnPlace,
    product: Product,
    sight: Sight,
    calls: Calls,
    mail: Mail,
}

impl Home {
    pub(super) fn new(proved: Proved, requests: &mut Requests<Then>, turn: &mut Turn<'_>) -> Self {
        let (who, endpoint) = (proved.who.clone(), proved.place);
        requests.ask(Then::Entered, Command::Enter { who, endpoint }, turn);
        Self {
            book: Book::new(proved.who.clone(), proved.writer),
            calls: Calls::new(proved.who.clone(), proved.place, proved.writer),
            own: OwnPlace::new(proved.writer),
            product: Product::new(proved.writer),
            sight: Sight::default(),
            mail: Mail::default(),
            proved,
        }
    }

    pub(super) const fn writer(&self) -> Writer {
        self.proved.writer
    }

    /// When something has to be done about it.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let (mail, fresh) = (self.mail.deadline(), self.book.deadline());
        let all = [self.product.deadline(), mail, fresh];
        all.into_iter().flatten().min()
    }

    /// Time has passed. False: the connection is over.
    pub(super) fn on_timeout(
        &mut self,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> bool {
        if let Some(ask) = self.mail.give_up(turn.monotonic()) {
            requests.give(Then::Unfetched, ask, turn);
        }
        let fresh = self.book.deadline();
        if fresh.is_some_and(|at| at <= turn.monotonic()) {
            self.show_fresh(turn);
        }
        self.product.is_in_time(turn)
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
        if matches!(body, ClientBody::AddMembers(_)) {
            self.show_fresh(turn);
        }
        if let Some(done) = self.book.on_command(trid, &body, requests, turn) {
            return done;
        }
        match body {
            ClientBody::Synchronize(_) => self.book.synchronize(trid, turn),
            ClientBody::OwnStatus(status) => {
                if self.own.set_status(trid, &status, requests, turn)? {
                    self.product.ask(turn);
                    self.book.bring(trid, turn.monotonic());
                    if mail::is_told(self.writer().dialect()) {
                        requests.give(Then::Waiting, mail::ask(), turn);
                    }
                }
            }
            ClientBody::OwnData(OwnData { payload }) => {
                self.own.set_data(trid, &payload, requests, turn)?;
            }
            ClientBody::ChallengeResponse(response) => {
                self.product.check(trid, &response, turn)?;
            }
            ClientBody::SwitchboardRequest(_) => self.ask_for_room(trid, requests, turn)?,
            ClientBody::NetworkQuery(query) => {
                requests.ask(Then::Queried(trid), queries::ask(&query)?, turn);
            }
            ClientBody::SendPage(page) => {
                let name = turn.name().unwrap_or_default();
                let command = message::page(&page, &name, turn.config())?;
                requests.ask(Then::Paged(trid), command, turn);
            }
            ClientBody::SendNotice(notice) => {
                let command = notice::command(&notice, &self.proved.who, turn)?;
                requests.ask(Then::Noticed(trid), command, turn);
            }
            ClientBody::CircleTicket(_) => greeting::no_circles(trid, &self.proved, turn),
            body => return Err(refusal::unexpected(&body)),
        }
        Ok(())
    }

    /// `XFR … SB`
    fn ask_for_room(
        &mut self,
        trid: TrId,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        match self.own.may_call() {
            false => Err(refusal::NOT_WHILE_OFFLINE),
            true if self.calls.ask(trid, requests, turn) => Ok(()),
            true => Err(refusal::TOO_ACTIVE),
        }
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
            (Then::Waiting, outcome) => self.on_waiting(outcome, requests, turn),
            (Then::Unfetched, Ok(Answer::Messages(waiting))) => {
                for kept in waiting {
                    self.on_message(&kept, requests, turn);
                }
            }
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
            (Then::Queried(trid), outcome) => {
                queries::answer(trid, outcome, self.writer(), turn);
            }
            (Then::Noticed(trid), Ok(_)) => self.writer().reply(trid, NoticeSent {}, turn),
            (Then::Noticed(trid) | Then::Paged(trid), Err(no)) => {
                let code = refusal::code(no, Subject::Person, dialect);
                self.writer().refuse(trid, code, turn);
            }
            // It was kept, and is not answered; what could not be read now comes with the next sign-in.
            (Then::Paged(_), Ok(_)) | (Then::Unfetched, _) => {}
        }
        Progress::GoesOn
    }

    /// What waits can be told, and then whatever comes.
    fn on_waiting(
        &mut self,
        outcome: Result<Answer, Refusal>,
        requests: &mut Requests<Then>,
        turn: &mut Turn<'_>,
    ) {
        let waiting = match outcome {
            Ok(Answer::Messages(waiting)) => waiting,
            // It is called for instead.
            _ => Vec::new(),
        };
        let (who, writer) = (&self.proved.who, self.proved.writer);
        self.mail.announce(&waiting, who, writer, turn);
        let messages = Subscription {
            messages: true,
            ..Subscription::default()
        };
        requests.tell(Command::Subscribe(messages), turn);
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
            joins_parts: self.own.joins_parts(),
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
            Event::Groups(groups) => self.book.take_groups(groups, turn),
            Event::Roster(contacts) => self.book.take_all(contacts),
            Event::RosterChanged(contacts) => {
                for contact in self.book.take_changes(contacts, turn) {
                    let name = roster::name(&contact);
                    self.sight.rename(&contact.who, name, self.writer(), turn);
                }
            }
            Event::Presence { who, shown, .. } => self.on_presence(&who, shown.as_deref(), turn),
            Event::Message(kept) => self.on_message(&kept, requests, turn),
            Event::Passing {
                conversation,
                message,
                ..
            } => self.on_passing(&conversation, &message, requests, turn),
            Event::Announcement { by, message, .. } => {
                if let network::Content::Said(said) = &message.content {
                    self.hand_over(&by, (None, said.clone()), true, requests, turn);
                }
            }
            Event::Invitation { room, by, name } => {
                let call = (&by, &name, Some(room));
                self.calls.call(call, VecDeque::new(), requests, turn);
            }
            Event::Joined(room, _) => self.calls.joined(room, requests, turn),
            Event::Left(room, ..) => self.calls.left(room, requests, turn),
            Event::SaidInRoom(room, _, said) => {
                for command in self.calls.said(room, &said) {
                    requests.tell(command, turn);
                }
            }
            Event::Notice(from, said) => {
                notice::show(from, &said, &self.proved.who, self.writer(), turn);
            }
            // There are none in these dialects; who is in one finds it with another.
            Event::Thread(_) => {}
        }
    }

    /// Shows those who were added elsewhere a moment ago.
    fn show_fresh(&mut self, turn: &mut Turn<'_>) {
        for (who, shown) in self.book.fresh().release() {
            self.on_presence(&who, shown.as_ref(), turn);
        }
    }

    /// Up to MSNP15 nobody has another place.
    fn on_presence(&mut self, who: &Who, shown: Option<&Presence>, turn: &mut Turn<'_>) {
        let writer = self.writer();
        let own = *who == self.proved.who;
        if own && !writer.dialect().has_endpoints() || self.book.fresh().hold(who, shown) {
            return;
        }
        let name: Arc<str> = match self.book.contact(who) {
            _ if own => turn.name().unwrap_or_default(),
            Some(contact) => roster::name(contact).into(),
            None => who.email().as_str().into(),
        };
        let viewer = Viewer {
            writer,
            asked: self.book.brought(turn.monotonic()).filter(|_| !own),
            own,
        };
        self.sight.show(who, shown, &name, viewer, turn);
    }

    /// What these dialects cannot show is received all the same: left waiting, it would take the room of what they can.
    fn on_message(&mut self, kept: &Kept, requests: &mut Requests<Then>, turn: &mut Turn<'_>) {
        match message::of_another(&kept.conversation, &kept.message, &self.proved.who) {
            Some((_, said)) if message::is_shown(said) && self.mail.has(kept) => {}
            Some((by, said)) if message::is_shown(said) => {
                let waiting = (Some(kept.number), said.clone());
                self.hand_over(by, waiting, true, requests, turn);
            }
            _ => requests.tell(Command::CountsAsReceived(kept.number), turn),
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
        let words = message::of_another(conversation, passing, &self.proved.who);
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
}
