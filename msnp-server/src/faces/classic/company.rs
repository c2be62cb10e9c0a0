//! `Company`: who else is in a conversation, and the lines that say so (msnp8-18.md 9.1, 9.2).

use std::sync::Arc;

use msnp_proto::TrId;
use msnp_proto::classic::{ContactJoined, ContactLeft, Endpoint, Name, RosterEntry};
use msnp_proto::payload::presence::Capabilities;

use super::lists::account;
use super::sight;
use super::sign_in::ONLY_PLACE;
use super::writer::Writer;
use crate::faces::turn::Turn;
use crate::identity::{Address, Who};
use crate::network::{EndpointId, Participant};

/// Those who are there, and those who are spoken to though they are not.
#[derive(Debug)]
pub(super) struct Company {
    writer: Writer,
    /// Who is in the room, each by one connection.
    here: Vec<Participant>,
    /// Somebody who speaks a dialect without switchboards, or has gone, and is written to.
    written_to: Option<Peer>,
    /// Who was called and has not come. What is said before is written to them, and waits until they do.
    called: Vec<Peer>,
    /// Those who came while somebody was being called: who speaks a dialect without switchboards comes before it rings.
    held: Option<Vec<Participant>>,
}

/// Somebody who is not in the room.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) who: Who,
    pub(super) name: Arc<str>,
}

/// A line's words about somebody.
type Entry = (Endpoint, Name, Capabilities);

impl Company {
    pub(super) const fn new(writer: Writer) -> Self {
        Self {
            writer,
            here: Vec::new(),
            written_to: None,
            called: Vec::new(),
            held: None,
        }
    }

    /// These are in the room already.
    pub(super) fn set_here(&mut self, here: Vec<Participant>) {
        self.here = here;
    }

    /// The one other is written to. Nothing is told.
    pub(super) fn write_to(&mut self, peer: Peer) {
        self.written_to = Some(peer);
    }

    /// Whether nobody is in the room.
    pub(super) const fn is_alone(&self) -> bool {
        self.here.is_empty()
    }

    /// Whether somebody is in the room who can make something of any payload: by a switchboard, and not from MSNP21.
    pub(super) fn takes_payloads(&self) -> bool {
        self.here.iter().any(|one| one.apart)
    }

    /// Whether anybody is spoken to, in the room or not.
    pub(super) const fn is_any(&self) -> bool {
        !self.here.is_empty() || !self.called.is_empty() || self.written_to.is_some()
    }

    pub(super) const fn is_written_to(&self) -> bool {
        self.written_to.is_some()
    }

    pub(super) fn is_writing_to(&self, whom: &Address) -> bool {
        let peer = self.written_to.as_ref();
        peer.is_some_and(|peer| peer.who.is_at(whom))
    }

    /// With whom the person speaks, if it is one alone.
    pub(super) fn alone_with(&self) -> Option<&Who> {
        let is_alone = self.is_alone();
        let called = self.called.iter().filter(|_| is_alone);
        let peers = called.chain(&self.written_to).map(|peer| &peer.who);
        let mut all = self.here.iter().map(|one| &one.who).chain(peers);
        let first = all.next()?;
        all.all(|one| one == first).then_some(first)
    }

    /// What somebody in the room is called.
    pub(super) fn name(&self, who: &Who) -> Option<&str> {
        let mut here = self.here.iter();
        let known = here.find(|one| one.who == *who)?;
        Some(&known.name)
    }

    /// Somebody was called, and may come.
    pub(super) fn call(&mut self, peer: Peer) {
        let is_called = self.called.iter().any(|one| one.who == peer.who);
        if !is_called && self.name(&peer.who).is_none() {
            self.called.push(peer);
        }
    }

    /// Somebody was called who does not come into rooms: for the client they have come.
    pub(super) fn pretend(&mut self, peer: Peer, turn: &mut Turn<'_>) {
        self.say_joined(peer_entry(&peer), turn);
        self.written_to = Some(peer);
    }

    /// Somebody is being called: who comes is told once that is answered.
    pub(super) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// The call is answered. Whether somebody has come meanwhile, which is told if the client knows who was there before.
    pub(super) fn release(&mut self, is_told: bool, turn: &mut Turn<'_>) -> bool {
        let held = self.held.take().unwrap_or_default();
        let is_any = !held.is_empty();
        for one in held {
            self.joined(one, is_told, turn);
        }
        is_any
    }

    /// Somebody has come. It is told once the client knows who was there before.
    pub(super) fn joined(&mut self, one: Participant, is_told: bool, turn: &mut Turn<'_>) {
        if let Some(held) = &mut self.held {
            return held.push(one);
        }
        if is_told {
            for entry in self.entries(&one) {
                self.say_joined(entry, turn);
            }
        }
        self.called.retain(|peer| peer.who != one.who);
        self.here.push(one);
    }

    /// Somebody has gone with one of their connections.
    pub(super) fn left(
        &mut self,
        who: &Who,
        place: EndpointId,
        is_told: bool,
        turn: &mut Turn<'_>,
    ) {
        let is_it = |one: &Participant| one.who == *who && one.endpoint == place;
        if let Some(held) = &mut self.held {
            held.retain(|one| !is_it(one));
        }
        let Some(at) = self.here.iter().position(is_it) else {
            return;
        };
        self.here.remove(at);
        let users = self.users(who, place);
        // The account itself is gone with its last place.
        let gone = users.len() - usize::from(self.name(who).is_some());
        for user in users.into_iter().take(gone).filter(|_| is_told) {
            self.writer.say(ContactLeft { user, idle: None }, turn);
        }
    }

    /// `IRO`: who is there, for somebody who has come.
    pub(super) fn tell(&self, trid: TrId, turn: &mut Turn<'_>) {
        let here = self.here.iter().flat_map(|one| self.entries(one));
        let entries: Vec<_> = here.chain(self.written_to.iter().map(peer_entry)).collect();
        let total = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        for (number, (user, name, capabilities)) in (1..).zip(entries) {
            let entry = RosterEntry {
                number,
                total,
                user,
                name: Some(name),
                capabilities: Some(capabilities),
            };
            self.writer.reply(trid, entry, turn);
        }
    }

    fn say_joined(&self, (user, name, capabilities): Entry, turn: &mut Turn<'_>) {
        let joined = ContactJoined {
            user,
            name: Some(name),
            capabilities: Some(capabilities),
        };
        self.writer.say(joined, turn);
    }

    fn entries(&self, one: &Participant) -> Vec<Entry> {
        let capabilities = sight::capabilities(one.shown.as_deref());
        let name = Name::new(&one.name);
        let users = self.users(&one.who, one.endpoint).into_iter();
        users
            .map(|user| (user, name.clone(), capabilities))
            .collect()
    }

    /// Somebody as the lines of the dialect have them: since MSNP16 each place, and the account once more.
    fn users(&self, who: &Who, place: EndpointId) -> Vec<Endpoint> {
        let mut users = Vec::with_capacity(2);
        if self.writer.dialect().has_endpoints() && place != ONLY_PLACE {
            users.push(Endpoint::with_guid(account(who), place));
        }
        users.push(Endpoint::of(account(who)));
        users
    }
}

fn peer_entry(peer: &Peer) -> Entry {
    // Nothing is known of a client that no switchboard has seen: it is offered nothing.
    let user = Endpoint::of(account(&peer.who));
    (user, Name::new(&peer.name), Capabilities::default())
}
