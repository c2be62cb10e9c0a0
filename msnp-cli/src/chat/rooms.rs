//! `Rooms`: the conversations that are open, which of them is shown, and what is written into them.

use std::collections::{BTreeMap, VecDeque};

use msnp_client::{ContactId, ConversationId};

use super::line::{Kind, Line};
use super::ring::step;
use super::room::Room;
use super::timestamps::Timestamps;
use crate::shown;

/// The most conversations that are open at a time.
const ROOMS: usize = 500;

/// Which part of the screen the keys go to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    Input,
    /// The list of people, with this one chosen.
    People(usize),
}

/// A line, and where it was written.
pub(super) type Entry = (Option<ConversationId>, Line);

/// All rooms.
#[derive(Debug)]
pub(super) struct Rooms {
    /// The first is the page of notices, and always there.
    open: Vec<Room>,
    /// The one that is shown; always an index of `open`.
    current: usize,
    focus: Focus,
    /// What a program that reads along is to be told, if one does.
    journal: Option<VecDeque<Entry>>,
    /// Names by which people were known once, each with the one that stays.
    other_names: BTreeMap<ContactId, ContactId>,
}

impl Rooms {
    /// The page of notices alone.
    pub(super) fn new() -> Self {
        Self {
            open: vec![Room::new(None)],
            current: 0,
            focus: Focus::Input,
            journal: None,
            other_names: BTreeMap::new(),
        }
    }

    /// From now on, what is written is told to a program that reads along.
    pub(super) fn keep_journal(&mut self) {
        self.journal = Some(VecDeque::new());
    }

    /// What that program is to be told next.
    pub(super) fn pop_journal(&mut self) -> Option<Entry> {
        self.journal.as_mut()?.pop_front()
    }

    /// Tells it something that is not a new line on the screen.
    pub(super) fn note(&mut self, place: Option<ConversationId>, line: Line) {
        if let Some(journal) = &mut self.journal {
            journal.push_back((place, line));
        }
    }

    /// The room that is shown.
    pub(super) fn current(&self) -> &Room {
        &self.open[self.current]
    }

    /// The room that is shown.
    pub(super) fn current_mut(&mut self) -> &mut Room {
        &mut self.open[self.current]
    }

    /// Its index.
    pub(super) const fn current_index(&self) -> usize {
        self.current
    }

    /// All of them, the page of notices first.
    pub(super) fn all(&self) -> &[Room] {
        &self.open
    }

    /// One of them.
    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Room> {
        self.open.get_mut(index)
    }

    /// The index of a conversation's room, if it is open.
    pub(super) fn index_of(&self, id: &ConversationId) -> Option<usize> {
        let id = self.resolve(id);
        self.open.iter().position(|room| room.id() == Some(&id))
    }

    /// The conversation under the name that stays.
    fn resolve(&self, id: &ConversationId) -> ConversationId {
        let stays = id.contact().and_then(|name| self.other_names.get(name));
        stays.map_or_else(|| id.clone(), ConversationId::from)
    }

    /// Shows a room.
    pub(super) fn show(&mut self, index: usize) {
        if index < self.open.len() {
            self.current = index;
            self.focus = Focus::Input;
            self.current_mut().mark_read();
        }
    }

    /// Shows the next room or the one before.
    pub(super) fn turn(&mut self, forth: bool) {
        self.show(step(self.current, self.open.len(), forth));
    }

    /// The room of a conversation, opened if need be; gives its index.
    pub(super) fn open(&mut self, id: &ConversationId) -> usize {
        self.index_of(id).unwrap_or_else(|| {
            if self.open.len() > ROOMS {
                // The one that was opened first and is not shown.
                let oldest = if self.current == 1 { 2 } else { 1 };
                self.close(oldest);
            }
            self.open.push(Room::new(Some(self.resolve(id))));
            self.open.len() - 1
        })
    }

    /// Closes a room; the page of notices stays.
    pub(super) fn close(&mut self, index: usize) {
        if index > 0 && index < self.open.len() {
            self.open.remove(index);
            if self.current >= index {
                self.show(self.current - 1);
            }
        }
    }

    /// Which part of the screen the keys go to.
    pub(super) const fn focus(&self) -> Focus {
        self.focus
    }

    /// Lets the keys go to another part of the screen.
    pub(super) const fn set_focus(&mut self, focus: Focus) {
        self.focus = focus;
    }

    /// A message came into a room: it is unread unless it is seen.
    pub(super) fn mark_unread(&mut self, index: usize) {
        let is_shown = index == self.current;
        if let Some(room) = self.open.get_mut(index) {
            room.mark_unread(is_shown);
        }
    }

    /// Messages that were not read, in all rooms.
    pub(super) fn unread(&self) -> usize {
        self.open.iter().map(Room::unread).sum()
    }

    /// Time has passed; whether anything that is shown has changed.
    pub(super) fn expire(&mut self, now: Timestamps) -> bool {
        let mut changed = false;
        for room in &mut self.open {
            changed |= room.expire(now);
        }
        changed
    }

    /// Somebody is known under another name now.
    pub(super) fn rename(&mut self, before: &ContactId, after: &ContactId) {
        for room in &mut self.open {
            room.rename(before, after);
        }
    }

    /// Two names are one person's: one conversation is left.
    pub(super) fn unite(&mut self, before: &ContactId, after: &ContactId) {
        self.rename(before, after);
        let (old, new) = (before.into(), ConversationId::from(after));
        match (self.index_of(&old), self.index_of(&new)) {
            (Some(from), Some(into)) if from != into => self.merge(from, into),
            (Some(from), None) => self.open[from].set_id(new),
            _ => {}
        }
        for stays in self.other_names.values_mut() {
            if stays == before {
                stays.clone_from(after);
            }
        }
        self.other_names.insert(before.clone(), after.clone());
    }

    /// Moves what stands in one room into another, and closes the first.
    fn merge(&mut self, from: usize, into: usize) {
        let was_shown = self.current == from;
        let other = std::mem::replace(&mut self.open[from], Room::new(None));
        self.open[into].absorb(other);
        if was_shown {
            self.show(into);
        }
        self.close(from);
    }

    /// How many messages of ours have no end yet.
    pub(super) fn pending(&self) -> usize {
        self.open.iter().map(Room::pending).sum()
    }

    /// Writes something that happened into a room.
    pub(super) fn notice(&mut self, index: usize, text: String, now: Timestamps) {
        self.write(index, Kind::Notice, text, now);
    }

    /// Writes something that went wrong into a room.
    pub(super) fn alarm(&mut self, index: usize, text: String, now: Timestamps) {
        self.write(index, Kind::Alarm, text, now);
    }

    fn write(&mut self, index: usize, kind: Kind, text: String, now: Timestamps) {
        let at = now.wall();
        let text = shown::cleaned(text);
        self.push(index, Line { at, kind, text });
    }

    /// Appends a line to a room.
    pub(super) fn push(&mut self, index: usize, line: Line) {
        let Some(room) = self.open.get_mut(index) else {
            return;
        };
        if let Some(journal) = &mut self.journal {
            journal.push_back((room.id().cloned(), line.clone()));
        }
        room.push(line);
    }
}
