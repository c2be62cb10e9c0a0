//! What follows the sign-in until one is there: the lists, their announcement, and one's own status (msnp8-18.md 5.4, 7).

use std::collections::VecDeque;

use msnp_proto::classic::{AddMembers, ClientBody, Privacy, SetPrivacy, Synchronize};
use msnp_proto::payload::contacts::{ContactList, PieceLimits};

use super::address_book;
use super::appearance::Appearance;
use super::book::{Book, announcement_of_oneself};
use super::desk::Desk;
use super::entry::Entry;
use super::people::contact_of;
use super::purpose::{Errand, Purpose};
use super::synchronizing::Synchronizing;
use crate::dialect::soap::Trouble;
use crate::dialect::web::Answer;
use crate::event::{Reason, Step};
use crate::fact::{Fact, RosterUpdate};

/// How far that has come.
#[derive(Debug, Default)]
pub(super) struct Introduction {
    synchronizing: Synchronizing,
    /// What is still to be announced, one command after the other.
    pieces: VecDeque<ContactList>,
    privacy: Option<Privacy>,
    /// What the first of the two services has told. The lists are as they were until the second has, too: who changes
    /// them meanwhile needs the ids.
    draft: Option<Book>,
    phase: Phase,
}

#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Waiting,
    Lists,
    Announcing,
    Appearing,
    Done,
}

impl Introduction {
    /// Signed in: the lists are asked for.
    pub(super) fn begin(&mut self, entry: &Entry, desk: &mut Desk) -> Result<(), Reason> {
        desk.calls.tell(Fact::Step(Step::Synchronizing));
        self.phase = Phase::Lists;
        if desk.calls.dialect().has_synchronization() {
            let all = Synchronize {
                serial: None,
                first: None,
                second: None,
            };
            return post(desk, all, Purpose::Synchronize);
        }
        ask_lists(entry, desk).ok_or(Reason::ProtocolError)
    }

    /// How much of the list of `SYN` is still to come.
    pub(super) const fn synchronizing(&mut self) -> &mut Synchronizing {
        &mut self.synchronizing
    }

    /// A line of the list was read. True: it was the last.
    pub(super) fn listed(
        &mut self,
        book: &Book,
        entry: &Entry,
        appearance: &mut Appearance,
        desk: &mut Desk,
    ) -> Result<bool, Reason> {
        if self.phase != Phase::Lists || !self.synchronizing.is_over(desk.calls.dialect()) {
            return Ok(false);
        }
        desk.calls.tell(Fact::Roster(book.whole()));
        self.appear(entry, appearance, desk)?;
        Ok(true)
    }

    /// What one of the services has answered. Whoever asks for the lists anew is told of them alone.
    pub(super) fn on_lists(
        &mut self,
        (errand, answer): (&Errand, Answer),
        book: &mut Book,
        entry: &Entry,
        appearance: &mut Appearance,
        desk: &mut Desk,
    ) -> Result<(), Reason> {
        let dialect = desk.calls.dialect();
        let is_first = self.phase == Phase::Lists;
        let failed = |trouble: Trouble| trouble.reason(Step::Synchronizing);
        if *errand == Errand::Membership {
            let mut draft = book.fresh();
            address_book::take_membership(answer, &mut draft).map_err(failed)?;
            self.draft = Some(draft);
            let ticket = entry.tickets().for_lists();
            let request = address_book::ask_contacts(entry.web(), dialect, &ticket);
            let request = request.ok_or(Reason::ProtocolError)?;
            desk.web.call(request, Errand::AddressBook);
            return Ok(());
        }
        let mut draft = self.draft.clone().unwrap_or_else(|| book.fresh());
        let own = address_book::take_contacts(answer, dialect, &mut draft).map_err(failed)?;
        *book = draft;
        if let Some(name) = own.name.filter(|name| !name.is_empty()) {
            appearance.hear_name(&name);
        }
        // What was never set is what is announced then.
        let default = dialect.has_privacy().then_some(Privacy::ALLOW);
        let privacy = own.privacy.or(default);
        desk.calls.tell(Fact::Roster(RosterUpdate {
            others_allowed: privacy.map(|privacy| privacy != Privacy::BLOCK),
            ..book.whole()
        }));
        if is_first {
            self.privacy = own.privacy;
            let pieces = book.announcement(dialect).pieces(PieceLimits::DEFAULT);
            self.pieces = pieces.into();
            self.phase = Phase::Announcing;
            self.begin_announcing(entry, desk)?;
            return self.announce(entry, appearance, desk);
        }
        Ok(())
    }

    /// What goes before the lists: what holds for strangers, and since MSNP21, whose clients leave that to the service,
    /// oneself (msnp24.md 14.2).
    fn begin_announcing(&mut self, entry: &Entry, desk: &mut Desk) -> Result<(), Reason> {
        if desk.calls.dialect().has_presence_documents() {
            let me = contact_of(&entry.account(), None);
            let own = me.as_ref().map(announcement_of_oneself);
            if let Some(own) = own {
                self.pieces.push_front(own);
            }
            return Ok(());
        }
        let privacy = self.privacy.unwrap_or(Privacy::ALLOW);
        // A server that has it so already says 218, which is as good.
        post(desk, SetPrivacy { privacy }, Purpose::Nothing)
    }

    /// The next piece of the lists; behind the last one shows oneself.
    pub(super) fn announce(
        &mut self,
        entry: &Entry,
        appearance: &mut Appearance,
        desk: &mut Desk,
    ) -> Result<(), Reason> {
        if self.phase != Phase::Announcing {
            return Ok(());
        }
        match self.pieces.pop_front() {
            Some(piece) => {
                let payload = piece.encode().into();
                post(desk, AddMembers { payload }, Purpose::Announce)
            }
            None => self.appear(entry, appearance, desk),
        }
    }

    fn appear(
        &mut self,
        entry: &Entry,
        appearance: &mut Appearance,
        desk: &mut Desk,
    ) -> Result<(), Reason> {
        self.phase = Phase::Appearing;
        for body in appearance.changes(desk.calls.dialect(), &entry.account()) {
            // One is there once the status is taken; what else is refused is not worth the connection.
            let purpose = match body {
                ClientBody::OwnStatus(_) | ClientBody::Publish(_) => Purpose::Appear,
                _ => Purpose::Nothing,
            };
            post(desk, body, purpose)?;
        }
        Ok(())
    }

    /// The status is taken. True: that was what was waited for.
    pub(super) fn appeared(&mut self) -> bool {
        let is_first = self.phase == Phase::Appearing;
        self.phase = Phase::Done;
        is_first
    }
}

/// Asks both services for the lists, one after the other.
pub(super) fn ask_lists(entry: &Entry, desk: &mut Desk) -> Option<()> {
    let ticket = entry.tickets().for_lists();
    let request = address_book::ask_membership(entry.web(), &ticket)?;
    desk.web.call(request, Errand::Membership);
    Some(())
}

fn post(desk: &mut Desk, body: impl Into<ClientBody>, purpose: Purpose) -> Result<(), Reason> {
    let posted = desk.calls.post(body, purpose);
    posted.map(|_| ()).map_err(|_| Reason::ConnectionLost)
}
