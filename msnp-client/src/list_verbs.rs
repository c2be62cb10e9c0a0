//! What an application may ask of the contact list.

use machine_contract::Instant;

use crate::client::Client;
use crate::event::Refused;
use crate::id::{ContactId, OperationId};
use crate::request::{ListChange, ListGroupChange, Operation};
use crate::verbs::possible;

/// The contact list.
impl Client {
    /// Puts somebody on the list and lets him see one's presence, unless he is blocked.
    pub fn add_contact(&mut self, who: &ContactId, now: Instant) -> Result<OperationId, Refused> {
        self.change_list(who, ListChange::Add, now)
    }

    /// Takes somebody off the list. A block stays.
    pub fn remove_contact(
        &mut self,
        who: &ContactId,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        self.change_list(who, ListChange::Remove, now)
    }

    /// Hides from somebody and takes no messages of his.
    pub fn block(&mut self, who: &ContactId, now: Instant) -> Result<OperationId, Refused> {
        self.change_list(who, ListChange::Block, now)
    }

    /// Lifts a block.
    pub fn unblock(&mut self, who: &ContactId, now: Instant) -> Result<OperationId, Refused> {
        self.change_list(who, ListChange::Unblock, now)
    }

    /// Whether whoever is on neither the allow nor the block list may see one and write. The service keeps it.
    pub fn allow_others(&mut self, allowed: bool, now: Instant) -> Result<OperationId, Refused> {
        possible(self.abilities().privacy)?;
        self.operate(Operation::AllowOthers(allowed), now)
    }

    /// Makes a group of the contact list, with nobody in it yet.
    pub fn add_contact_group(&mut self, name: &str, now: Instant) -> Result<OperationId, Refused> {
        let name = name.to_owned();
        self.change_groups(ListGroupChange::Add { name }, now)
    }

    /// Gives a group of the contact list another name.
    pub fn rename_contact_group(
        &mut self,
        name: &str,
        to: &str,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        let (name, to) = (name.to_owned(), to.to_owned());
        self.change_groups(ListGroupChange::Rename { name, to }, now)
    }

    /// Takes a group off the contact list; who was in it stays there.
    pub fn remove_contact_group(
        &mut self,
        name: &str,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        let name = name.to_owned();
        self.change_groups(ListGroupChange::Remove { name }, now)
    }

    /// Puts somebody who is on the list into one of its groups; in others he stays.
    pub fn put_into_contact_group(
        &mut self,
        who: &ContactId,
        name: &str,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        self.move_contact(who, name, true, now)
    }

    /// Takes somebody out of one of the groups of the list.
    pub fn take_out_of_contact_group(
        &mut self,
        who: &ContactId,
        name: &str,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        self.move_contact(who, name, false, now)
    }

    fn move_contact(
        &mut self,
        who: &ContactId,
        name: &str,
        inside: bool,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        let change = ListGroupChange::Move {
            contact: who.clone(),
            name: name.to_owned(),
            inside,
        };
        self.change_groups(change, now)
    }

    fn change_groups(
        &mut self,
        change: ListGroupChange,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        possible(self.abilities().contact_groups)?;
        let (ListGroupChange::Add { name }
        | ListGroupChange::Rename { to: name, .. }
        | ListGroupChange::Remove { name }
        | ListGroupChange::Move { name, .. }) = &change;
        self.check_text(name)?;
        self.operate(Operation::ListGroup(change), now)
    }

    fn change_list(
        &mut self,
        who: &ContactId,
        change: ListChange,
        now: Instant,
    ) -> Result<OperationId, Refused> {
        if self.is_oneself(who) {
            return Err(Refused::Oneself);
        }
        let what = Operation::List {
            contact: who.clone(),
            change,
        };
        self.operate(what, now)
    }
}
