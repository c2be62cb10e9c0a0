//! What changes a thread makes different, as functions of the thread alone.

use machine_contract::UnixTime;

use super::refusal::Refusal;
use super::thread::{Activity, Deed, Member, Role, Thread};
use crate::identity::Who;

/// What one change makes different, for the activity messages.
#[derive(Debug, Default)]
pub(super) struct Differences {
    added: Vec<Who>,
    removed: Vec<Who>,
    roles: Vec<(Who, Role)>,
    topic: bool,
}

/// People get these roles; who is not in the thread is added if `may` says so.
pub(super) fn put(
    thread: &mut Thread,
    by: &Who,
    members: &[(Who, Role)],
    may: impl Fn(&Who) -> bool,
    differences: &mut Differences,
) -> Result<(), Refusal> {
    let mine = thread.role(by.person()).unwrap_or(Role::User);
    for (who, role) in members {
        match thread.role(who.person()) {
            Some(same) if same == *role => {}
            // Who makes it is an admin.
            Some(_) if who == by && thread.version == 0 => {}
            Some(_) if mine == Role::User => return Err(Refusal::Restricted),
            Some(_) => {
                if let Some(member) = thread.members.iter_mut().find(|one| one.who == *who) {
                    member.role = *role;
                }
                differences.roles.push((who.clone(), *role));
            }
            None if *role == Role::Admin && mine == Role::User => {
                return Err(Refusal::Restricted);
            }
            None if !may(who) => {}
            None => {
                thread.members.retain(|member| member.who != *who);
                thread.members.push(Member {
                    who: who.clone(),
                    role: *role,
                    left: None,
                });
                differences.added.push(who.clone());
            }
        }
    }
    Ok(())
}

pub(super) fn remove(
    thread: &mut Thread,
    by: &Who,
    people: &[Who],
    now: UnixTime,
    differences: &mut Differences,
) -> Result<(), Refusal> {
    let mine = thread.role(by.person());
    for who in people {
        if who != by && mine != Some(Role::Admin) {
            return Err(Refusal::Restricted);
        }
        let mut present = thread.members.iter_mut().filter(|one| one.left.is_none());
        let member = present.find(|member| member.who == *who);
        member.ok_or(Refusal::NotOnList)?.left = Some(now);
        differences.removed.push(who.clone());
    }
    if differences.removed.is_empty() {
        return Err(Refusal::Invalid);
    }
    Ok(())
}

/// Somebody must be able to remove members.
pub(super) fn keep_an_admin(thread: &mut Thread, differences: &mut Differences) {
    if thread.present().any(|member| member.role == Role::Admin) {
        return;
    }
    let mut present = thread.members.iter_mut().filter(|one| one.left.is_none());
    if let Some(first) = present.next() {
        first.role = Role::Admin;
        differences.roles.retain(|(who, _)| *who != first.who);
        differences.roles.push((first.who.clone(), Role::Admin));
    }
}

/// A thread remembers no more leavers than it may have members; those who left first are dropped.
pub(super) fn forget_leavers(thread: &mut Thread, limit: usize) {
    let left = thread
        .members
        .iter()
        .filter(|one| one.left.is_some())
        .count();
    let mut surplus = left.saturating_sub(limit);
    thread.members.retain(|member| {
        let dropped = member.left.is_some() && surplus > 0;
        surplus -= usize::from(dropped);
        !dropped
    });
}

impl Differences {
    /// Who is added.
    pub(super) fn added(&self) -> &[Who] {
        &self.added
    }

    /// Who is in it no longer.
    pub(super) fn removed(&self) -> &[Who] {
        &self.removed
    }

    /// The topic is another.
    pub(super) const fn set_topic(&mut self) {
        self.topic = true;
    }

    /// What is said about it in the thread.
    pub(super) fn activities(&self, by: &Who, thread: &Thread, at: UnixTime) -> Vec<Activity> {
        let mut deeds = Vec::new();
        if !self.added.is_empty() {
            deeds.push(Deed::Added(self.added.clone()));
        }
        if !self.removed.is_empty() {
            deeds.push(Deed::Removed(self.removed.clone()));
        }
        if !self.roles.is_empty() {
            deeds.push(Deed::Roles(self.roles.clone()));
        }
        if self.topic {
            deeds.push(Deed::Topic(thread.topic.clone()));
        }
        let by = by.clone();
        let activity = |deed| Activity {
            at,
            by: by.clone(),
            deed,
        };
        deeds.into_iter().map(activity).collect()
    }
}
