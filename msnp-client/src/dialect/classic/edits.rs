//! Changes of the lists: one at a time, each in the steps that its dialect knows (msnp8-18.md 7.3, 7.4).

use std::collections::VecDeque;

use msnp_proto::classic::{
    Account, AddContact, AddMembers, ClientBody, ContactCard, List, Name, RemoveContact,
    RemoveMembers, ServerBody,
};
use msnp_proto::{Dialect, ErrorCode};
use soap_codec::address_book::{ABContactDelete, ABContactUpdate};
use soap_codec::membership::{AddMember, DeleteMember, MemberRole};

use super::address_book;
use super::book::{Book, announcement_of, card_of};
use super::desk::Desk;
use super::edit_plan::{Step, plan};
use super::entry::Entry;
use super::group_edits;
use super::people::account_of;
use super::privacy;
use super::purpose::{Errand, Purpose};
use super::reason;
use crate::contacts::Lists;
use crate::dialect::soap::Trouble;
use crate::dialect::web::Answer;
use crate::event::{Reason, Step as Phase};
use crate::fact::{Fact, Outcome, RosterUpdate};
use crate::id::ContactId;
use crate::request::{ListChange, ListGroupChange, RequestNumber};

/// Changes that wait, and the one that is under way.
#[derive(Debug, Default)]
pub(super) struct Edits {
    waiting: VecDeque<Edit>,
    current: Option<Edit>,
    /// Its first step waits for its answer.
    is_asked: bool,
}

#[derive(Debug)]
struct Edit {
    number: RequestNumber,
    what: What,
    /// In their order.
    steps: VecDeque<Step>,
}

#[derive(Debug)]
enum What {
    Lists {
        who: ContactId,
        before: Lists,
        after: Lists,
    },
    Groups(ListGroupChange),
    Privacy(bool),
}

impl Edit {
    /// On which lists somebody is afterwards, if it is about him.
    fn after(&self, of: &ContactId) -> Option<Lists> {
        match &self.what {
            What::Lists { who, after, .. } if who == of => Some(*after),
            What::Lists { .. } | What::Groups(_) | What::Privacy(_) => None,
        }
    }
}

impl Edits {
    /// Takes a change that the application wants.
    pub(super) fn take(
        &mut self,
        number: RequestNumber,
        (who, change): (&ContactId, ListChange),
        (book, entry): (&mut Book, &Entry),
        desk: &mut Desk,
    ) {
        // Those before it may have changed what the application has not been told yet.
        let before = self
            .waiting
            .iter()
            .chain(&self.current)
            .filter_map(|edit| edit.after(who))
            .next_back()
            .unwrap_or_else(|| book.lists(who));
        let after = change.apply(before);
        self.waiting.push_back(Edit {
            number,
            what: What::Lists {
                who: who.clone(),
                before,
                after,
            },
            steps: plan(desk.calls.dialect(), before, after),
        });
        self.go_on(book, entry, desk);
    }

    /// Takes a change of the groups.
    pub(super) fn take_groups(
        &mut self,
        number: RequestNumber,
        change: ListGroupChange,
        (book, entry): (&mut Book, &Entry),
        desk: &mut Desk,
    ) {
        self.waiting.push_back(Edit {
            number,
            what: What::Groups(change),
            steps: VecDeque::from([Step::Groups]),
        });
        self.go_on(book, entry, desk);
    }

    /// Takes a change of whether others are let in.
    pub(super) fn take_privacy(
        &mut self,
        number: RequestNumber,
        allowed: bool,
        (book, entry): (&mut Book, &Entry),
        desk: &mut Desk,
    ) {
        self.waiting.push_back(Edit {
            number,
            what: What::Privacy(allowed),
            steps: privacy::steps(desk.calls.dialect()),
        });
        self.go_on(book, entry, desk);
    }

    /// Begins what can be begun.
    fn go_on(&mut self, book: &mut Book, entry: &Entry, desk: &mut Desk) {
        while !self.is_asked {
            if self.current.is_none() {
                self.current = self.waiting.pop_front();
            }
            let Some(edit) = &mut self.current else {
                return;
            };
            let Some(step) = edit.steps.front() else {
                desk.calls.tell(Fact::Roster(settle(&edit.what, book)));
                let done = Fact::Done(edit.number, Ok(Outcome::Done));
                desk.calls.tell(done);
                self.current = None;
                continue;
            };
            match carry_out(*step, &edit.what, (book, entry), desk) {
                Ok(Carried::Asked) => self.is_asked = true,
                Ok(Carried::Needless) => {
                    edit.steps.pop_front();
                }
                Err(reason) => {
                    desk.calls.tell(Fact::Done(edit.number, Err(reason)));
                    self.current = None;
                }
            }
        }
    }

    /// The notification server has answered a step; an error if it did not do it.
    pub(super) fn on_reply(
        &mut self,
        reply: Result<&ServerBody, ErrorCode>,
        (book, entry): (&mut Book, &Entry),
        desk: &mut Desk,
    ) {
        let Some(edit) = &mut self.current else {
            return;
        };
        let is_removal = matches!(
            edit.steps.front(),
            Some(Step::Remove(_) | Step::Withdraw(_))
        );
        let outcome = match (&edit.what, reply) {
            (What::Groups(change), Ok(body)) => group_edits::take_reply(change, body, book),
            (What::Lists { .. } | What::Privacy(_), Ok(_)) => Ok(()),
            (What::Privacy(_), Err(code)) => privacy::refused(code),
            (What::Groups(_), Err(code)) => Err(reason::of_error(code)),
            (What::Lists { .. }, Err(code)) => match code.number() {
                // It is so already.
                215 => Ok(()),
                216 | 225 if is_removal => Ok(()),
                _ => Err(reason::of_error(code)),
            },
        };
        self.stepped(outcome, book, entry, desk);
    }

    /// A web service has.
    pub(super) fn on_web(
        &mut self,
        answer: Answer,
        (book, entry): (&mut Book, &Entry),
        desk: &mut Desk,
    ) {
        let Some(edit) = &mut self.current else {
            return;
        };
        let done = match (&edit.what, edit.steps.front()) {
            (What::Groups(change), _) => group_edits::take_answer(change, answer, book),
            (What::Lists { who, .. }, step) => take_listed(who, step, answer, book),
            (What::Privacy(_), _) => address_book::read_done::<ABContactUpdate>(answer),
        };
        let outcome = done.map_err(|trouble| trouble.reason(Phase::Synchronizing));
        self.stepped(outcome, book, entry, desk);
    }

    fn stepped(
        &mut self,
        outcome: Result<(), Reason>,
        book: &mut Book,
        entry: &Entry,
        desk: &mut Desk,
    ) {
        self.is_asked = false;
        if let Some(edit) = &mut self.current {
            match outcome {
                Ok(()) => {
                    edit.steps.pop_front();
                }
                Err(reason) => {
                    desk.calls.tell(Fact::Done(edit.number, Err(reason)));
                    self.current = None;
                }
            }
        }
        self.go_on(book, entry, desk);
    }

    /// Nothing came of the step that is under way, and nobody knows whether it was done.
    pub(super) fn uncertain(
        &mut self,
        reason: Reason,
        (book, entry): (&mut Book, &Entry),
        desk: &mut Desk,
    ) {
        self.is_asked = false;
        if let Some(edit) = self.current.take() {
            desk.calls.tell(Fact::Uncertain(edit.number, reason));
        }
        self.go_on(book, entry, desk);
    }

    /// The connection is over: what was not begun never will be.
    pub(super) fn abandon(&mut self) -> Vec<Fact> {
        let begun = self.current.take();
        let begun = begun.map(|edit| Fact::Uncertain(edit.number, Reason::ConnectionLost));
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        begun
            .into_iter()
            .chain(waiting.map(|edit| Fact::Unsent(edit.number)))
            .collect()
    }
}

/// What an edit has made of the lists, once all its steps are taken.
fn settle(what: &What, book: &mut Book) -> RosterUpdate {
    match what {
        What::Lists { who, before, after } => {
            book.remove(who, before.without(*after));
            book.add(who, *after, None);
            book.ask_about(who);
            book.update_of(who)
        }
        What::Groups(_) => book.whole(),
        What::Privacy(allowed) => privacy::told(*allowed),
    }
}

/// A web service has answered a step of a change of somebody's lists.
fn take_listed(
    who: &ContactId,
    step: Option<&Step>,
    answer: Answer,
    book: &mut Book,
) -> Result<(), Trouble> {
    let done = match step {
        Some(Step::AddContact) => address_book::read_added(answer).map(|id| {
            book.add(who, Lists::FORWARD, None);
            book.set_book_id(who, id);
        }),
        Some(Step::DeleteContact) => address_book::read_done::<ABContactDelete>(answer),
        Some(Step::Member { is_on: true, .. }) => address_book::read_done::<AddMember>(answer),
        _ => address_book::read_done::<DeleteMember>(answer),
    };
    match done {
        Err(trouble) if trouble.is_one_of(&address_book::ALREADY) => Ok(()),
        done => done,
    }
}

enum Carried {
    Asked,
    Needless,
}

/// One step, by a line or by a call: which, its dialect knows.
fn carry_out(
    step: Step,
    what: &What,
    (book, entry): (&Book, &Entry),
    desk: &mut Desk,
) -> Result<Carried, Reason> {
    let ticket = entry.tickets().for_lists();
    let (web, dialect) = (entry.web(), desk.calls.dialect());
    let who = match what {
        What::Lists { who, .. } => who,
        What::Groups(change) => {
            if !dialect.has_address_book() {
                return command(group_edits::line(change, dialect, book)?, desk);
            }
            let request = group_edits::call(change, book, web, &ticket)?;
            desk.web.call(request, Errand::Edit);
            return Ok(Carried::Asked);
        }
        What::Privacy(allowed) if step == Step::PrivacyInBook => {
            let request = privacy::call(*allowed, web, &ticket);
            desk.web
                .call(request.ok_or(Reason::NotPossible)?, Errand::Edit);
            return Ok(Carried::Asked);
        }
        What::Privacy(allowed) => return command(privacy::line(*allowed), desk),
    };
    let request = match step {
        Step::Groups | Step::Privacy | Step::PrivacyInBook => return Ok(Carried::Needless),
        Step::Add(list) => return command(add(list, who, dialect), desk),
        Step::Remove(list) => {
            let Some(body) = remove(list, who, book, dialect) else {
                return Ok(Carried::Needless);
            };
            return command(body, desk);
        }
        Step::Announce(lists) => {
            let payload = announcement_of(who, lists, dialect).encode().into();
            return command(AddMembers { payload }, desk);
        }
        Step::Withdraw(lists) => {
            let payload = announcement_of(who, lists, dialect).encode().into();
            return command(RemoveMembers { payload }, desk);
        }
        Step::AddContact => address_book::add_contact(web, who, &ticket),
        Step::DeleteContact => match book.book_id(who) {
            Some(id) => address_book::delete_contact(web, id, &ticket),
            // Whom the address book does not know needs not be taken out.
            None => return Ok(Carried::Needless),
        },
        Step::Member { list, is_on } => {
            let role = match list {
                List::Block => MemberRole::Block,
                _ => MemberRole::Allow,
            };
            address_book::change_member(web, role, who, is_on, &ticket)
        }
    };
    let request = request.ok_or(Reason::NotPossible)?;
    desk.web.call(request, Errand::Edit);
    Ok(Carried::Asked)
}

fn command(body: impl Into<ClientBody>, desk: &mut Desk) -> Result<Carried, Reason> {
    match desk.calls.post(body, Purpose::Edit) {
        Ok(_) => Ok(Carried::Asked),
        Err(_) => Err(Reason::ConnectionLost),
    }
}

fn add(list: List, who: &ContactId, dialect: Dialect) -> ClientBody {
    let account = account_of(who);
    if dialect.has_contact_guids() {
        let mut contact = card_of(who);
        if list == List::Forward {
            contact.name = Some(Name::new(who.name()));
        }
        return ClientBody::ContactCard(ContactCard {
            list,
            contact,
            group: None,
        });
    }
    ClientBody::AddContact(AddContact {
        list,
        name: Some(Name::new(who.name())),
        account,
        group: None,
    })
}

/// Since MSNP10 the forward list names people by GUID alone.
fn remove(list: List, who: &ContactId, book: &Book, dialect: Dialect) -> Option<ClientBody> {
    let contact = if dialect.has_contact_guids() && list == List::Forward {
        Account::from(book.guid(who)?.clone())
    } else {
        account_of(who)
    };
    Some(ClientBody::RemoveContact(RemoveContact {
        list,
        contact,
        group: None,
    }))
}
