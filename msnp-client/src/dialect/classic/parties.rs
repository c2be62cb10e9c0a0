//! Conversations of several since MSNP21: temporary groups, by documents with who is in them (msnp24.md 14.4).

use std::time::Duration;

use machine_contract::{Instant, SortedMap, SortedSet};
use msnp_proto::classic::{Publish, Published, Withdraw};
use msnp_proto::payload::circle::Circle;
use msnp_proto::payload::layers::Layers;
use msnp_proto::{Address, Network};

use super::desk::Desk;
use super::purpose::{Party, Purpose};
use crate::dialect::layered::address::{address_in, address_of, contact_at, conversation_at};
use crate::event::Reason;
use crate::fact::{Fact, Outcome};
use crate::group::{GroupUpdate, Member};
use crate::id::{ContactId, ConversationId};
use crate::limits::Limits;
use crate::request::{NotTaken, RequestNumber};

/// Whoever was asked comes within this time or not at all, as to a switchboard (msnp8-18.md 16).
const COMING: Duration = Duration::from_secs(30);

/// Whom a new group is asked of.
const NOBODYS: &str = "00000000-0000-0000-0000-000000000000@live.com";

/// Documents that name who is in a group, and those that ask somebody in.
const ROSTER: &str = "application/circles+xml";
const INVITATION: &str = "application/multiparty+xml";

/// The groups that one is in, and those that are being made.
#[derive(Debug, Default)]
pub(super) struct Parties {
    /// Everybody else in each.
    members: SortedMap<ConversationId, SortedSet<ContactId>>,
    gathering: SortedMap<RequestNumber, Gathering>,
}

/// A group that is being made.
#[derive(Debug)]
struct Gathering {
    id: ConversationId,
    /// Asked, and not refused.
    asked: SortedSet<ContactId>,
    /// Why the last one was who is.
    refused: Reason,
    /// Until when they have to have come; `None`: counted from the next occasion.
    until: Option<Instant>,
}

/// Oneself, as the group's documents name one.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) me: ContactId,
    /// With the endpoint.
    pub(super) address: Address,
}

impl Parties {
    /// Asks for a new group of these.
    pub(super) fn gather(
        number: RequestNumber,
        members: &[ContactId],
        own: &Own,
        desk: &mut Desk,
    ) -> Result<(), NotTaken> {
        let Ok(nobody) = Address::new(Network::MULTIPARTY, NOBODYS) else {
            return Err(NotTaken::Full);
        };
        let put = put(own, &nobody, INVITATION, None);
        let step = Party::New(number, members.to_vec());
        let posted = desk.calls.post(put, Purpose::Party(step));
        posted.map(|_| ()).map_err(|_| NotTaken::Full)
    }

    /// Asks somebody into a group.
    pub(super) fn ask(
        group: &ConversationId,
        who: &ContactId,
        (step, own): (Party, &Own),
        desk: &mut Desk,
    ) -> Result<(), NotTaken> {
        let there = group_path(group).zip(address_of(who));
        let Some((to, member)) = there else {
            step.refused(Reason::NotFound, desk);
            return Ok(());
        };
        let put = put(own, &to, INVITATION, Some(&member));
        let posted = desk.calls.post(put, Purpose::Party(step));
        posted.map(|_| ()).map_err(|_| NotTaken::Full)
    }

    /// Whether what is said in a conversation is for one: what comes from a group that one has left is not.
    pub(super) fn hears(&self, conversation: &ConversationId) -> bool {
        conversation.contact().is_some() || self.members.contains_key(conversation)
    }

    /// Goes out of a group.
    pub(super) fn leave(&mut self, group: &ConversationId, own: &Own, desk: &mut Desk) -> bool {
        let is_in = self.members.remove(group).is_some();
        if let Some(to) = address_in(group).filter(|_| is_in) {
            let layers = Layers::build(&to, &own.address)
                .reliability()
                .publication()
                .header("Uri", uri_of(&own.address))
                .header("Content-Type", ROSTER)
                .finish(b"");
            let payload = layers.into_bytes();
            // Nobody is known to answer it (msnp24.md 20.4).
            let _ = desk.calls.say_numbered(Withdraw { payload });
            desk.calls.tell(Fact::GroupLeft(group.clone()));
        }
        is_in
    }

    /// What was asked for is granted.
    pub(super) fn granted(
        &mut self,
        step: Party,
        reply: Option<&Published>,
        own: Option<&Own>,
        desk: &mut Desk,
    ) {
        match step {
            Party::Asked(number) => desk.calls.tell(Fact::Done(number, Ok(Outcome::Done))),
            // Whether they come, the group says.
            Party::Member(..) => {}
            Party::New(number, members) => {
                let group = reply.and_then(|reply| Layers::parse(reply.payload.clone()).ok());
                let group = group.and_then(|layers| layers.from().ok());
                let id = group.as_ref().and_then(conversation_at);
                match (id, group, own) {
                    (Some(id), Some(group), Some(own)) => {
                        self.made(number, (id, &group), members, own, desk);
                    }
                    _ => desk
                        .calls
                        .tell(Fact::Done(number, Err(Reason::ProtocolError))),
                }
            }
        }
    }

    /// A new group is there: one is in it, and asks the others in.
    fn made(
        &mut self,
        number: RequestNumber,
        (id, group): (ConversationId, &Address),
        members: Vec<ContactId>,
        own: &Own,
        desk: &mut Desk,
    ) {
        join(group, own, desk);
        self.members.get_or_default(id.clone());
        let gathering = Gathering {
            id: id.clone(),
            asked: members.iter().cloned().collect(),
            refused: Reason::NotFound,
            until: None,
        };
        self.gathering.insert(number, gathering);
        for who in members {
            let step = Party::Member(number, who.clone());
            if Self::ask(&id, &who, (step, own), desk).is_err() {
                self.comes_not(number, &who, Reason::TooLarge, desk);
            }
        }
        self.settle(number, desk);
    }

    /// What was asked for is not granted.
    pub(super) fn refused(&mut self, step: Party, why: Reason, desk: &mut Desk) {
        match step {
            Party::Member(number, who) => self.comes_not(number, &who, why, desk),
            step => step.refused(why, desk),
        }
    }

    fn comes_not(&mut self, number: RequestNumber, who: &ContactId, why: Reason, desk: &mut Desk) {
        if let Some(gathering) = self.gathering.get_mut(&number) {
            gathering.asked.remove(who);
            gathering.refused = why;
            self.settle(number, desk);
        }
    }

    /// All who were asked have come, or will not: the group is made if anybody has.
    fn settle(&mut self, number: RequestNumber, desk: &mut Desk) {
        let Some(gathering) = self.gathering.get(&number) else {
            return;
        };
        let here = self.members.get(&gathering.id);
        let has_come = |who: &ContactId| here.is_some_and(|here| here.contains(who));
        if gathering.asked.iter().all(has_come) {
            self.finish(number, desk);
        }
    }

    fn finish(&mut self, number: RequestNumber, desk: &mut Desk) {
        let Some(gathering) = self.gathering.remove(&number) else {
            return;
        };
        let here = self.members.get(&gathering.id);
        let outcome = if here.is_some_and(|here| !here.is_empty()) {
            Ok(Outcome::Group(gathering.id))
        } else {
            Err(gathering.refused)
        };
        desk.calls.tell(Fact::Done(number, outcome));
    }

    /// A document says who is in a group. Whoever is asked in comes.
    pub(super) fn put(&mut self, layers: &Layers, own: &Own, limits: &Limits, desk: &mut Desk) {
        let Some((group, id)) = group_of(layers) else {
            return;
        };
        let Ok(circle) = Circle::parse(layers.body()) else {
            return;
        };
        let is_known = self.members.contains_key(&id);
        if !is_known && self.members.len() >= limits.conversations {
            return;
        }
        let mut is_asked = false;
        let mut come = SortedSet::new();
        for member in circle.members() {
            let who = member.address().as_ref().and_then(contact_at);
            match who {
                Some(who) if who == own.me => is_asked |= member.pending,
                Some(who) if !member.pending => {
                    come.insert(who);
                }
                _ => {}
            }
        }
        if is_asked {
            join(&group, own, desk);
        }
        if !is_known && !is_asked && come.is_empty() {
            return;
        }
        let here = self.members.get_or_default(id.clone());
        let room = limits.members.saturating_sub(here.len());
        here.extend(come.into_iter().take(room));
        self.tell(&id, &own.me, desk);
        let gathering: Vec<_> = self.gathering.keys().copied().collect();
        for number in gathering {
            self.settle(number, desk);
        }
    }

    /// Somebody has gone out of a group.
    pub(super) fn del(&mut self, layers: &Layers, own: &Own, desk: &mut Desk) {
        let uri = layers.header("Uri").unwrap_or_default();
        let gone = uri.strip_prefix("/circle/roster(IM)/user(");
        let gone = gone.and_then(|rest| rest.trim_end().strip_suffix(')')?.parse().ok());
        let gone = gone.as_ref().and_then(contact_at);
        let (Some((_, id)), Some(gone)) = (group_of(layers), gone) else {
            return;
        };
        if gone == own.me {
            if self.members.remove(&id).is_some() {
                desk.calls.tell(Fact::GroupLeft(id));
            }
        } else if let Some(here) = self.members.get_mut(&id) {
            here.remove(&gone);
            self.tell(&id, &own.me, desk);
        }
    }

    fn tell(&self, id: &ConversationId, me: &ContactId, desk: &mut Desk) {
        let here = self.members.get(id).into_iter().flatten();
        let members = here.chain(std::iter::once(me)).cloned();
        desk.calls.tell(Fact::Group(GroupUpdate {
            id: id.clone(),
            topic: None,
            members: Some(members.map(Member::new).collect()),
        }));
    }

    /// Time has passed: whoever was asked long ago does not come any more.
    pub(super) fn give_up(&mut self, now: Instant, desk: &mut Desk) {
        let mut late = Vec::new();
        for (number, gathering) in self.gathering.iter_mut() {
            if *gathering.until.get_or_insert(now + COMING) <= now {
                gathering.refused = Reason::TimedOut;
                late.push(*number);
            }
        }
        for number in late {
            self.finish(number, desk);
        }
    }

    /// When somebody has to have come.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.gathering.values().filter_map(|one| one.until).min()
    }

    /// The connection is over, and with it one's being in any of them.
    pub(super) fn abandon(&mut self) -> Vec<Fact> {
        let made = std::mem::take(&mut self.gathering).into_keys();
        let made = made.map(|number| Fact::Uncertain(number, Reason::ConnectionLost));
        let left = std::mem::take(&mut self.members).into_keys();
        made.chain(left.map(Fact::GroupLeft)).collect()
    }
}

impl Party {
    fn refused(self, why: Reason, desk: &mut Desk) {
        if let Self::New(number, _) | Self::Asked(number) = self {
            desk.calls.tell(Fact::Done(number, Err(why)));
        }
    }
}

/// The payload of a `PUT` about one member of a group, or without any, which asks for a new group.
fn put(own: &Own, to: &Address, content_type: &str, member: Option<&Address>) -> Publish {
    let document = member.map(|member| Circle::with_member(&member.account()).encode());
    let layers = Layers::build(to, &own.address)
        .reliability()
        .publication()
        .header("Uri", "/circle")
        .header("Content-Type", content_type)
        .finish(&document.unwrap_or_default());
    let payload = layers.into_bytes();
    Publish { payload }
}

/// Comes into a group.
fn join(group: &Address, own: &Own, desk: &mut Desk) {
    let put = put(own, &group.account(), ROSTER, Some(&own.address));
    // A group into which one does not come says nothing more.
    let _ = desk.calls.post(put, Purpose::Nothing);
}

/// The group that a document is about.
fn group_of(layers: &Layers) -> Option<(Address, ConversationId)> {
    let group = layers.from().ok()?;
    let id = conversation_at(&group)?;
    (group.network() == Network::MULTIPARTY).then_some((group, id))
}

/// Where those of a group are who write to each other.
fn group_path(group: &ConversationId) -> Option<Address> {
    format!("{};path=IM", address_in(group)?).parse().ok()
}

fn uri_of(me: &Address) -> String {
    format!("/circle/roster(IM)/user({})", me.account())
}
