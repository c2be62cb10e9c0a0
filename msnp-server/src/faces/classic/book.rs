//! `Book`: contacts, groups and settings of the person, and what the client changes of them, line by line.

use std::sync::Arc;

use machine_contract::Instant;
use msnp_proto::classic::{ClientBody, GroupAdded, Word};
use msnp_proto::{ErrorCode, TrId};

use super::edits::Edit;
use super::fresh::Fresh;
use super::lists;
use super::refusal::{self, Subject};
use super::requests::Requests;
use super::roster::Roster;
use super::wishes::{self, Asker, Wish};
use super::writer::Writer;
use crate::faces::turn::Turn;
use crate::identity::{Address, Who};
use crate::network::{Answer, Command, Contact, Group, GroupId, Lists, Privacy, Refusal, Settings};

/// All of it, as the client knows it.
#[derive(Debug)]
pub(super) struct Book {
    who: Who,
    writer: Writer,
    roster: Roster,
    settings: Settings,
    /// The last line that was to bring somebody to sight, and when it was carried out.
    brought: Option<(TrId, Instant)>,
    fresh: Fresh,
}

/// What follows from an answer of the network.
#[derive(Debug)]
pub(super) enum Step {
    /// Who is to be put on a list is known, or not.
    Found(TrId, Box<Edit>),
    /// They are on it.
    Edited(TrId, Box<Edit>, Vec<Contact>),
    /// They are in the group, or out of it.
    Grouped(TrId, Box<Edit>, Vec<Contact>),
    /// It was done, or not.
    Wished(TrId, Subject, Box<wishes::Answer>),
}

impl Book {
    pub(super) fn new(who: Who, writer: Writer) -> Self {
        Self {
            who,
            writer,
            roster: Roster::default(),
            settings: Settings {
                privacy: Privacy::AllowOthers,
                properties: Vec::new(),
            },
            brought: None,
            fresh: Fresh::default(),
        }
    }

    pub(super) fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// All contacts, as they are when the person signs in.
    pub(super) fn take_all(&mut self, contacts: Vec<Contact>) {
        self.roster.take(contacts);
    }

    /// All groups, as they are when the person signs in, or since another place has changed them.
    pub(super) fn take_groups(&mut self, groups: Vec<Group>, turn: &mut Turn<'_>) {
        let is_elsewhere = self.roster.has_groups_told();
        self.roster.take_groups(groups);
        if is_elsewhere {
            lists::changed_elsewhere(self.writer, &self.who, turn);
        }
    }

    /// Contacts are otherwise now; the client is told what it has words for. Gives those that are called otherwise.
    pub(super) fn take_changes(
        &mut self,
        contacts: Vec<Contact>,
        turn: &mut Turn<'_>,
    ) -> Vec<Contact> {
        let is_renamed = |one: &&Contact| {
            let before = self.roster.get(&one.who);
            before.is_some_and(|before| before.name != one.name)
        };
        let renamed = contacts.iter().filter(is_renamed).cloned().collect();
        let mut elsewhere = false;
        for (before, contact) in self.roster.take(contacts) {
            let had = before.contains(Lists::REVERSE);
            let has = contact.lists.contains(Lists::REVERSE);
            if had != has {
                lists::changed_by_other(self.writer, &contact, has, &mut self.roster, turn);
            }
            elsewhere |= before & Lists::OWN != contact.lists & Lists::OWN;
            let is_new = contact.lists.without(before).contains(Lists::FORWARD);
            let dialect = self.writer.dialect();
            if is_new && dialect.has_address_book() && !dialect.has_presence_documents() {
                self.fresh.add(contact.who.person(), turn.monotonic());
            }
        }
        if elsewhere {
            lists::changed_elsewhere(self.writer, &self.who, turn);
        }
        renamed
    }

    /// Those who were added elsewhere.
    pub(super) const fn fresh(&mut self) -> &mut Fresh {
        &mut self.fresh
    }

    /// When they are to be shown.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.fresh.deadline()
    }

    /// A contact, if there is one.
    pub(super) fn contact(&self, who: &Who) -> Option<&Contact> {
        self.roster.get(who)
    }

    /// The line that has brought somebody to sight, if it was carried out at this very moment: who is told later is told as
    /// news.
    pub(super) fn brought(&self, now: Instant) -> Option<TrId> {
        let brought = self.brought.filter(|(_, at)| *at == now);
        brought.map(|(trid, _)| trid)
    }

    /// A line brings others to sight.
    pub(super) const fn bring(&mut self, trid: TrId, now: Instant) {
        self.brought = Some((trid, now));
    }

    /// `SYN`
    pub(super) fn synchronize(&self, trid: TrId, turn: &mut Turn<'_>) {
        let name = turn.name().unwrap_or_default();
        if !self.writer.dialect().has_list_without_ids() {
            let (roster, settings) = (&self.roster, &self.settings);
            return lists::synchronize_lists(self.writer, trid, roster, settings, turn);
        }
        let known = (&self.settings, &*name);
        lists::synchronize(self.writer, trid, &self.roster, known, turn);
    }

    /// Carries out a line; `None` if it is about something else.
    pub(super) fn on_command<T: From<Step>>(
        &mut self,
        trid: TrId,
        body: &ClientBody,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) -> Option<Result<(), ErrorCode>> {
        let dialect = self.writer.dialect();
        if let Some(edit) = Edit::read(body, &self.roster, dialect) {
            let edit = edit.map(|edit| self.edit(trid, edit, requests, turn));
            return Some(edit);
        }
        let mut by = Asker {
            who: &self.who,
            dialect,
            settings: &self.settings,
            roster: &mut self.roster,
        };
        let wish = wishes::read(body, &mut by)?;
        Some(wish.map(|wish| self.wish(trid, wish, requests, turn)))
    }

    fn edit<T: From<Step>>(
        &mut self,
        trid: TrId,
        edit: Edit,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        if edit.is_empty() {
            return self.reply(trid, &edit, &[], turn);
        }
        let look_up = Command::LookUp(edit.addresses());
        let step = Step::Found(trid, Box::new(edit));
        requests.ask(T::from(step), look_up, turn);
    }

    fn wish<T: From<Step>>(
        &mut self,
        trid: TrId,
        wish: Wish,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let Wish {
            command,
            subject,
            answer,
        } = wish;
        match command {
            Some(command) => {
                let step = Step::Wished(trid, subject, Box::new(answer));
                requests.ask(T::from(step), command, turn);
            }
            None => self.granted(trid, answer, &Answer::Done, turn),
        }
    }

    pub(super) fn on_answer<T: From<Step>>(
        &mut self,
        step: Step,
        outcome: Result<Answer, Refusal>,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let dialect = self.writer.dialect();
        let (trid, code) = match (step, outcome) {
            (Step::Found(trid, edit), Ok(Answer::Contacts(found)))
                if edit.is_about(&found, &self.who) =>
            {
                let change = Command::ChangeContacts(edit.changes());
                let step = Step::Edited(trid, edit, found);
                return requests.ask(T::from(step), change, turn);
            }
            (Step::Edited(trid, edit, found), Ok(_)) => {
                return self.edited(trid, edit, found, requests, turn);
            }
            // `RML` of somebody who is on no list, or is not there, is done (msnp8-18.md 7.4).
            (Step::Edited(trid, edit, _), Err(Refusal::NoSuchUser | Refusal::NotOnList))
                if edit.is_about(&[], &self.who) =>
            {
                return self.reply(trid, &edit, &[], turn);
            }
            (Step::Grouped(trid, edit, done), Ok(_)) => {
                return self.grouped(trid, &edit, &done, turn);
            }
            (Step::Wished(trid, _, answer), Ok(done)) => {
                return self.granted(trid, *answer, &done, turn);
            }
            (Step::Found(trid, _), Ok(_)) => (trid, refusal::unknown_user(dialect)),
            (Step::Wished(trid, subject, _), Err(no)) => {
                (trid, refusal::code(no, subject, dialect))
            }
            (Step::Grouped(trid, ..), Err(Refusal::NotOnList)) => (trid, refusal::INVALID_GROUP),
            (Step::Found(trid, _) | Step::Edited(trid, ..) | Step::Grouped(trid, ..), Err(no)) => {
                (trid, refusal::code(no, Subject::Contact, dialect))
            }
        };
        self.writer.refuse(trid, code, turn);
    }

    fn edited<T: From<Step>>(
        &mut self,
        trid: TrId,
        edit: Box<Edit>,
        found: Vec<Contact>,
        requests: &mut Requests<T>,
        turn: &mut Turn<'_>,
    ) {
        let done = edit.apply(found);
        for contact in &done {
            self.roster.put(contact.clone());
        }
        self.bring(trid, turn.monotonic());
        match (edit.group(), done.first()) {
            (Some((group, inside)), Some(contact)) => {
                let contact = Address::Email(contact.who.email().clone());
                let command = Command::SetGroup {
                    contact,
                    group,
                    inside,
                };
                let step = Step::Grouped(trid, edit, done);
                requests.ask(T::from(step), command, turn);
            }
            _ => self.reply(trid, &edit, &done, turn),
        }
    }

    fn grouped(&mut self, trid: TrId, edit: &Edit, done: &[Contact], turn: &mut Turn<'_>) {
        if let (Some((group, inside)), Some(contact)) = (edit.group(), done.first())
            && let Some(kept) = self.roster.get_mut(&contact.who)
        {
            kept.groups.retain(|one| *one != group);
            if inside {
                kept.groups.push(group);
            }
        }
        self.reply(trid, edit, done, turn);
    }

    fn reply(&mut self, trid: TrId, edit: &Edit, done: &[Contact], turn: &mut Turn<'_>) {
        let reply = edit.reply(done, &mut self.roster, self.writer);
        self.writer.reply(trid, reply, turn);
    }

    /// What a line wanted is done.
    fn granted(&mut self, trid: TrId, answer: wishes::Answer, done: &Answer, turn: &mut Turn<'_>) {
        use wishes::Answer as Wished;
        let reply = match answer {
            Wished::Nothing => return,
            Wished::Line(reply) => reply,
            Wished::Privacy(privacy, reply) => {
                self.settings.privacy = privacy;
                reply
            }
            Wished::Property(name, value, reply) => {
                self.settings.properties.retain(|(known, _)| *known != name);
                if !value.is_empty() {
                    self.settings.properties.push((name, value));
                }
                reply
            }
            Wished::Named(who, name, reply) => {
                if let Some(contact) = self.roster.get_mut(&who) {
                    contact.own_name = name;
                }
                reply
            }
            Wished::GroupRenamed(group, name, reply) => {
                self.roster.rename_group(group, &name);
                reply
            }
            Wished::GroupRemoved(group, reply) => {
                self.roster.remove_group(group);
                reply
            }
            Wished::Group(name) => {
                let Answer::Group(id) = *done else {
                    return;
                };
                Box::new(self.group_added(id, name).into())
            }
        };
        self.writer.reply(trid, *reply, turn);
    }

    fn group_added(&mut self, id: GroupId, name: Word) -> GroupAdded {
        let dialect = self.writer.dialect();
        let text: Arc<str> = name.text().as_ref().into();
        self.roster.add_group(Group { id, name: text });
        let serial = dialect
            .has_list_serials()
            .then(|| self.roster.next_serial());
        let word = self.roster.group_word(id, dialect);
        GroupAdded {
            serial,
            id: word.unwrap_or_else(|| name.clone()),
            name,
        }
    }
}
